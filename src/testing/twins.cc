// SPDX-License-Identifier: Apache-2.0
#include "cordon/testing/twins.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string_view>

#include "cordon/store/error.h"

namespace cordon::testing::internal {
namespace {

constexpr int kAttempts = 200;  // to shorten a program

struct Step {
  std::vector<std::uint32_t> choices;
  std::uint64_t disturbance = 0;  // what the neighbours do before it
};
using Program = std::vector<Step>;

class Seeded final : public Entropy {
 public:
  explicit Seeded(std::uint64_t seed) : random_(seed) {}
  absl::Status Fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
    return absl::OkStatus();
  }

 private:
  std::mt19937_64 random_;
};

class Directory {
 public:
  explicit Directory(const std::string& parent) {
    std::error_code ignored;
    const std::filesystem::path base = parent.empty()
                                           ? std::filesystem::temp_directory_path(ignored)
                                           : std::filesystem::path(parent);
    std::string pattern = (base / "cordon_twins_XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Everything in a file that belongs to anybody but one tenant, read with plain SQLite.
class Neighbourhood {
 public:
  Neighbourhood(const std::string& path, const TenantId& ours) {
    sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr);
    sqlite3_busy_timeout(db_, 5000);
    sqlite3_stmt* tables = Prepare(
        "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "
        "ON c.name = 'tenant_id' WHERE m.type = 'table' ORDER BY 1");
    while (tables != nullptr && sqlite3_step(tables) == SQLITE_ROW) {
      const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(tables, 0));
      sqlite3_stmt* rows = Prepare("SELECT * FROM \"" + name + "\" WHERE tenant_id <> ?1");
      if (rows == nullptr) continue;
      sqlite3_bind_blob(rows, 1, ours.bytes().data(), static_cast<int>(ours.bytes().size()),
                        SQLITE_TRANSIENT);
      rows_.push_back(rows);
    }
    sqlite3_finalize(tables);
  }
  ~Neighbourhood() {
    for (sqlite3_stmt* rows : rows_) sqlite3_finalize(rows);
    sqlite3_close(db_);
  }
  Neighbourhood(const Neighbourhood&) = delete;
  Neighbourhood& operator=(const Neighbourhood&) = delete;

  [[nodiscard]] bool readable() const { return !rows_.empty(); }
  [[nodiscard]] std::string Read() const {
    std::string all;
    for (sqlite3_stmt* rows : rows_) {
      while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); ++i) {
          all += static_cast<char>('0' + sqlite3_column_type(rows, i));
          const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(rows, i));
          const auto size = static_cast<std::size_t>(sqlite3_column_bytes(rows, i));
          all += std::to_string(size) + ":";
          if (size > 0) all.append(bytes, size);
        }
      }
      sqlite3_reset(rows);
      all += '\n';
    }
    return all;
  }

 private:
  sqlite3_stmt* Prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
    return statement;
  }
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> rows_;
};

std::string Shown(std::string_view text) {
  constexpr std::size_t kMost = 2000;
  std::string shown = "\"" + std::string(text.substr(0, kMost)) + "\"";
  if (text.size() > kMost) shown += " … (" + std::to_string(text.size()) + " bytes)";
  return shown;
}

std::string Shown(const Program& program) {
  std::string text;
  for (std::size_t i = 0; i < program.size(); ++i) {
    text += "  request " + std::to_string(i + 1) + ": Input({";
    for (std::size_t c = 0; c < program[i].choices.size(); ++c) {
      text += (c == 0 ? "" : ", ") + std::to_string(program[i].choices[c]);
    }
    text += "})\n";
  }
  return text;
}

class Driver {
 public:
  Driver(const std::string& directory, const MakeTwin& make) : make_(make), directory_(directory) {}

  // What went wrong when the program ran, or nothing. *requests: how many were compared.
  std::string Run(const Program& program, std::int64_t* requests) {
    if (directory_.path().empty()) return "no directory can be made for the files of the worlds";
    const std::string name = directory_.path() + "/" + std::to_string(++runs_);
    const std::string finding = RunIn(program, name + "_alone.db", name + "_crowded.db", requests);
    std::error_code ignored;
    for (const char* world : {"_alone.db", "_crowded.db"}) {
      for (const char* file : {"", "-wal", "-shm"}) {
        std::filesystem::remove(name + world + file, ignored);
      }
    }
    return finding;
  }

  // The shortest program near this one that still goes wrong; *finding is then what it does.
  Program Shorten(Program program, std::string* finding) {
    int left = kAttempts;
    const auto fails = [&](const Program& shorter) {
      if (left-- <= 0) return false;
      std::int64_t ignored = 0;
      std::string found = Run(shorter, &ignored);
      if (found.empty()) return false;
      *finding = std::move(found);
      program = shorter;
      return true;
    };
    for (std::size_t i = program.size(); i-- > 0;) {
      if (i >= program.size()) continue;
      Program shorter = program;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      (void)fails(shorter);
    }
    for (std::size_t i = 0; i < program.size(); ++i) {
      for (std::size_t size = 0; size < program[i].choices.size(); ++size) {
        Program shorter = program;
        shorter[i].choices.resize(size);
        if (fails(shorter)) break;
      }
      for (std::size_t c = 0; c < program[i].choices.size(); ++c) {
        // An input chooses among few: what is below them says the same more simply.
        for (std::uint32_t value = 0; value < 12 && value < program[i].choices[c]; ++value) {
          Program simpler = program;
          simpler[i].choices[c] = value;
          if (fails(simpler)) break;
        }
      }
    }
    return program;
  }

 private:
  std::string RunIn(const Program& program, const std::string& alone_path,
                    const std::string& crowded_path, std::int64_t* requests) const {
    const std::unique_ptr<Twin> alone = make_();
    const std::unique_ptr<Twin> crowded = make_();
    if (absl::Status made = alone->Open(alone_path, false); !made.ok()) {
      return "the first world could not be made: " + std::string(made.message());
    }
    if (absl::Status made = crowded->Open(crowded_path, true); !made.ok()) {
      return "the second world could not be made: " + std::string(made.message());
    }
    if (!(alone->ours() == crowded->ours())) return "the worlds differ in our tenant's id";
    for (Twin* const world : {alone.get(), crowded.get()}) world->Name(crowded->neighbours());
    const Neighbourhood neighbours(crowded_path, crowded->ours());
    if (!neighbours.readable()) return "the second world's file cannot be read";
    for (const Step& step : program) {
      if (absl::Status done = crowded->Disturb(step.disturbance); !done.ok()) {
        return "a neighbour failed: " + std::string(done.message());
      }
      std::string before = neighbours.Read();
      bool changed = false;
      std::uint64_t turn = step.disturbance;
      crowded->OnOthersAct([&] {
        changed = changed || neighbours.Read() != before;
        // Inside of our transaction a neighbour's write is refused, which is part of its history.
        (void)crowded->Disturb(++turn).ok();
        before = neighbours.Read();
      });
      Input first(step.choices);
      Input second(step.choices);
      const std::string expected = alone->Act(first);
      const std::string seen = crowded->Act(second);
      ++*requests;
      const std::string last = "  the last shows, when our tenant is alone:\n    " +
                               Shown(expected) + "\n  and beside neighbours:\n    " + Shown(seen) +
                               "\n";
      // A request may have brought the word itself, and then shows it in both.
      if (seen != expected && seen.find(kCanary) != std::string::npos)
        return "a neighbour's text is shown\n" + last;
      if (seen != expected) return "what is shown depends on neighbours\n" + last;
      if (changed || neighbours.Read() != before) return "a neighbour's row was changed\n" + last;
      alone->clock()->Advance(std::chrono::seconds(1));
      crowded->clock()->Advance(std::chrono::seconds(1));
    }
    return "";
  }

  const MakeTwin& make_;
  const Directory directory_;
  int runs_ = 0;
};

}  // namespace

std::shared_ptr<Entropy> SeededEntropy(std::uint64_t seed) {
  return std::make_shared<Seeded>(seed);
}

Report Drive(const TwinOptions& options, const MakeTwin& make) {
  Report report;
  Driver driver(options.directory, make);
  for (int p = 0; p < options.programs; ++p) {
    std::mt19937_64 random(options.seed * 1'000'003 + static_cast<std::uint64_t>(p));
    Program program(static_cast<std::size_t>(std::max(options.requests, 0)));
    for (Step& step : program) {
      step.choices.resize(static_cast<std::size_t>(std::max(options.choices, 0)));
      for (std::uint32_t& choice : step.choices) {
        // Small enough to be read by a person, and for every n that an input is asked for.
        choice = static_cast<std::uint32_t>(random() % 5040);
      }
      step.disturbance = random();
    }
    std::string finding = driver.Run(program, &report.requests_);
    if (finding.empty()) continue;
    const Program shortest = driver.Shorten(program, &finding);
    report.finding_ = finding + "the shortest program, with seed " + std::to_string(options.seed) +
                      ":\n" + Shown(shortest);
    return report;
  }
  return report;
}

}  // namespace cordon::testing::internal
