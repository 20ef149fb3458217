// SPDX-License-Identifier: Apache-2.0
#include "cordon/testing/twins.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

#include "cordon/testing/interleave.h"

namespace cordon::testing {
namespace internal {
namespace {

constexpr int kAttempts = 200;  // to shorten a program

constexpr std::string_view kFailsEachTime = "\nthis test fails so each time:";

using Program = std::vector<Input>;

// Different for each moment of a seed, and for each time that others act in it.
std::uint64_t Mixed(std::uint64_t seed, std::uint64_t moment, std::uint64_t time) {
  std::seed_seq all{seed & 0xFFFFFFFFU, seed >> 32U, moment & 0xFFFFFFFFU, moment >> 32U,
                    time & 0xFFFFFFFFU};
  return std::mt19937_64(all)();
}

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

// What the neighbours have in the crowded world, table by table.
class Neighbourhood {
 public:
  virtual ~Neighbourhood() = default;
  [[nodiscard]] virtual bool readable() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& Read() = 0;
  // The first table that is not as it was; empty when there is none.
  [[nodiscard]] std::string ChangedSince(const std::vector<std::string>& before) {
    const std::vector<std::string>& now = Read();
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] != before[i]) return tables_[i];
    }
    return "";
  }

 protected:
  std::vector<std::string> tables_;
  std::vector<std::string> read_;
};

// On a server, whatever they can read of their own.
class OnServer final : public Neighbourhood {
 public:
  explicit OnServer(Twin& crowded) : crowded_(crowded) {}
  [[nodiscard]] bool readable() const override { return true; }
  [[nodiscard]] const std::vector<std::string>& Read() override {
    tables_.clear();
    read_.clear();
    for (const Twin::Rows& table : crowded_.NeighboursRows()) {
      tables_.push_back(table.table);
      read_.push_back(Text(table.rows));
    }
    return read_;
  }

 private:
  static std::string Text(const absl::StatusOr<std::vector<std::vector<Value>>>& rows) {
    if (!rows.ok()) return std::string(rows.status().message());
    std::vector<std::string> lines;
    for (const std::vector<Value>& row : *rows) {
      std::string& line = lines.emplace_back();
      for (const Value& value : row) line += Text(value);
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
  static std::string Text(const Value& value) {
    struct Show {
      std::string operator()(std::monostate) const { return "NULL"; }
      std::string operator()(std::int64_t number) const { return std::to_string(number); }
      std::string operator()(bool flag) const { return flag ? "true" : "false"; }
      std::string operator()(double number) const {
        return std::to_string(std::bit_cast<std::uint64_t>(number));
      }
      std::string operator()(const std::string& text) const { return text; }
      std::string operator()(const std::vector<std::byte>& bytes) const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
      }
      std::string operator()(Timestamp at) const {
        return std::to_string(at.time_since_epoch().count());
      }
      std::string operator()(const ScaledDecimal& number) const { return number.ToString(); }
    };
    const std::string text = std::visit(Show{}, value);
    return std::to_string(text.size()) + ":" + text;
  }

  Twin& crowded_;
};

// Everything in the crowded world's file that belongs to a neighbour, read with plain SQLite. Who
// is in the other world too is ours: the tenant that asks, and whom its requests have created.
class InFile final : public Neighbourhood {
 public:
  InFile(const std::string& crowded, const std::string& alone) {
    sqlite3_open_v2(crowded.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr);
    sqlite3_busy_timeout(db_, 5000);
    sqlite3_stmt* attach = Prepare("ATTACH ?1 AS alone");
    sqlite3_bind_text(attach, 1, alone.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_step(attach);
    sqlite3_finalize(attach);
    sqlite3_stmt* tables = Prepare(
        "SELECT m.name, c.name FROM main.sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "
        "ON c.name = iif(m.name = 'cordon_tenants', 'id', 'tenant_id') "
        "WHERE m.type = 'table' ORDER BY 1");
    while (tables != nullptr && sqlite3_step(tables) == SQLITE_ROW) {
      const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(tables, 0));
      const std::string whose = reinterpret_cast<const char*>(sqlite3_column_text(tables, 1));
      sqlite3_stmt* rows = Prepare("SELECT * FROM main.\"" + name + "\" WHERE " + whose +
                                   " NOT IN (SELECT id FROM alone.cordon_tenants)");
      if (rows == nullptr) continue;
      tables_.push_back(name);
      rows_.push_back(rows);
    }
    sqlite3_finalize(tables);
    version_ = Prepare("PRAGMA main.data_version");
  }
  ~InFile() override {
    sqlite3_finalize(version_);
    for (sqlite3_stmt* rows : rows_) sqlite3_finalize(rows);
    sqlite3_close(db_);
  }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;

  [[nodiscard]] bool readable() const override { return !rows_.empty(); }
  [[nodiscard]] const std::vector<std::string>& Read() override {
    // It changes with every commit of somebody else's; most requests only read.
    std::int64_t version = 0;
    if (version_ != nullptr && sqlite3_step(version_) == SQLITE_ROW) {
      version = sqlite3_column_int64(version_, 0);
    }
    sqlite3_reset(version_);
    if (version != 0 && version == read_at_) return read_;
    read_at_ = version;
    read_.clear();
    for (sqlite3_stmt* rows : rows_) {
      std::string& all = read_.emplace_back();
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
    }
    return read_;
  }

 private:
  sqlite3_stmt* Prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
    return statement;
  }
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> rows_;
  sqlite3_stmt* version_ = nullptr;
  std::int64_t read_at_ = 0;
};

enum class Verdict { kClean, kNoWorlds, kTextShown, kDiffers, kChanged };

// What one run of a program came to. It ends with the first request that is not clean.
struct Run {
  struct Shown {
    std::string alone;
    std::string crowded;
  };
  Verdict verdict = Verdict::kClean;
  std::string reason;
  std::vector<Shown> shown;
  Program chosen;  // the same program, each choice written as what came of it
};

Run NoWorlds(std::string_view why, const absl::Status& status = absl::OkStatus()) {
  return {Verdict::kNoWorlds, std::string(why) + std::string(status.message()), {}, {}};
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMost = 2000;
  std::string quoted = "\"" + std::string(text.substr(0, kMost)) + "\"";
  if (text.size() > kMost) quoted += " … (" + std::to_string(text.size()) + " bytes)";
  return quoted;
}

// Of code that makes the input.
std::string Written(const Input& input) {
  std::string text = "Input({";
  for (std::size_t i = 0; i < input.choices().size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(input.choices()[i]);
  }
  text += "}";
  if (input.moment() != 0) text += ", " + std::to_string(input.moment());
  return text + ")";
}

// "… [with T = a::{anonymous}::Erp; …]" as GCC and Clang write it: a::Erp, which names the type
// from inside the unnamed namespace as well.
std::string TypeName(std::string_view spelled) {
  const std::size_t at = spelled.find("Type = ");
  if (at == std::string_view::npos) return "Product";
  std::string name(spelled.substr(at + 7));
  name.resize(std::min(name.find_first_of(";]"), name.size()));
  for (const std::string_view unnamed : {"{anonymous}::", "(anonymous namespace)::"}) {
    for (std::size_t i = name.find(unnamed); i != std::string::npos; i = name.find(unnamed)) {
      name.erase(i, unnamed.size());
    }
  }
  return name;
}

// The test that fails as the program does.
std::string Pasteable(const TwinOptions& options, const Call& call, const Program& program) {
  std::string inputs;
  for (std::size_t i = 0; i < program.size(); ++i) {
    inputs += (i == 0 ? "" : ",\n       ") + Written(program[i]);
  }
  return "TEST(Twins, ReplayTellsNothingOfOthers) {\n"
         "  using cordon::testing::Input;\n"
         "  const auto report = cordon::testing::ReplayTwins<" +
         (options.product_name.empty() ? TypeName(call.product) : options.product_name) +
         ">(\n"
         "      {.seed = " +
         std::to_string(options.seed) + "U, .rows = " + std::to_string(options.rows) +
         ", .neighbours = " + std::to_string(options.neighbours) +
         (options.neighbours_ask ? ", .neighbours_ask = true" : "") +
         (options.configure ? ", .configure = " + options.configure_name : "") +
         "},\n"
         "      {" +
         inputs + "},\n      " + options.request_name +
         (call.fill ? ", " + options.fill_name : "") + ");" +
         // No name is known here; it would not compile, and should say why.
         (options.request_name == TwinOptions().request_name
              ? "  // your request's name, which TwinOptions::request_name puts here"
              : "") +
         "\n"
         "  EXPECT_TRUE(report.clean()) << report.finding();\n"
         "}\n";
}

std::string Describe(const Run& run, const Program& program) {
  std::string text = run.reason + "\n";
  for (std::size_t i = 0; i < run.shown.size(); ++i) {
    const auto& [alone, crowded] = run.shown[i];
    text += "request " + std::to_string(i + 1) + " of " + std::to_string(run.shown.size()) + ", " +
            Written(program[i]);
    if (alone == crowded) {
      text += ", shows in both worlds\n  " + Quoted(alone) + "\n";
    } else {
      text += ", shows when our tenant is alone\n  " + Quoted(alone) +
              "\nand beside neighbours\n  " + Quoted(crowded) + "\n";
    }
  }
  return text;
}

}  // namespace

class Driver {
 public:
  Driver(const TwinOptions& options, const Call& call, const MakeTwin& make)
      : options_(options), call_(call), make_(make), directory_(options.directory) {}

  Report Compare() {
    for (int p = 0; p < options_.programs; ++p) {
      const Program program = Drawn(p);
      const Run run = Drive(program);
      report_.requests_ += static_cast<std::int64_t>(run.shown.size());
      if (run.verdict != Verdict::kClean) return Found(Shorten(program, run));
    }
    return report_;
  }
  Report Replay(const Program& program) {
    const Run run = Drive(program);
    report_.requests_ = static_cast<std::int64_t>(run.shown.size());
    return run.verdict == Verdict::kClean ? report_ : Finding({program, run});
  }

 private:
  struct Failing {
    Program program;
    Run run;
  };

  Program Drawn(int number) const {
    std::mt19937_64 random(options_.seed * 1'000'003 + static_cast<std::uint64_t>(number));
    Program program;
    for (int i = 0; i < options_.requests; ++i) {
      std::vector<std::uint32_t> choices(static_cast<std::size_t>(std::max(options_.choices, 0)));
      for (std::uint32_t& choice : choices) {
        // Small enough to be read by a person, and for every n that an input is asked for.
        choice = static_cast<std::uint32_t>(random() % 5040);
      }
      program.emplace_back(std::move(choices),
                           static_cast<std::uint64_t>(number * options_.requests + i + 1));
    }
    return program;
  }

  // What the process keeps differs once, and no test of the same program shows it again.
  Report Found(const Failing& failing) {
    const bool again = failing.run.verdict == Verdict::kNoWorlds ||
                       Drive(failing.program).verdict != Verdict::kClean;
    Report report = Finding(failing);
    if (again) return report;
    report.finding_.resize(report.finding_.find(kFailsEachTime));
    report.finding_ +=
        "\nit does not happen again: the request depends on what the process keeps, or on what no "
        "seed decides. Empty the one when world.path() is new, take the other from the world\n";
    return report;
  }

  Report Finding(Failing failing) {
    Program& program = failing.program;
    program.erase(program.begin() + static_cast<std::ptrdiff_t>(failing.run.shown.size()),
                  program.end());
    report_.finding_ = Describe(failing.run, program);
    if (failing.run.verdict != Verdict::kNoWorlds) {
      report_.finding_ +=
          std::string(kFailsEachTime) + "\n\n" + Pasteable(options_, call_, program);
      report_.program_ = std::move(program);
    }
    return report_;
  }

  // The shortest program near this one that still goes wrong in the same way.
  Failing Shorten(const Program& program, const Run& run) {
    Failing best{program, run};
    if (run.verdict == Verdict::kNoWorlds) return best;
    int left = kAttempts;
    const auto end = std::chrono::steady_clock::now() + options_.shorten;
    const auto over = [&] { return left <= 0 || std::chrono::steady_clock::now() > end; };
    const auto fails = [&](Program shorter) {
      if (over()) return false;
      --left;
      Run shorter_run = Drive(shorter);
      if (shorter_run.verdict != run.verdict) return false;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(shorter_run.shown.size()),
                    shorter.end());
      best = {std::move(shorter), std::move(shorter_run)};
      return true;
    };
    best.program.erase(best.program.begin() + static_cast<std::ptrdiff_t>(run.shown.size()),
                       best.program.end());
    // Without the requests that do not matter: many at once, then one by one.
    for (std::size_t many = best.program.size() / 2; many > 0; many /= 2) {
      for (std::size_t from = best.program.size(); from-- > 0;) {
        if (from + many > best.program.size()) continue;
        Program shorter = best.program;
        const auto first = shorter.begin() + static_cast<std::ptrdiff_t>(from);
        shorter.erase(first, first + static_cast<std::ptrdiff_t>(many));
        (void)fails(std::move(shorter));
      }
    }
    // With the choices as they came out, and with nothing before a request if that will do.
    (void)fails(best.run.chosen);
    for (std::size_t i = 0; i < best.program.size(); ++i) {
      if (best.program[i].moment() != 0) (void)fails(With(best.program, i, At(0)));
    }
    // A request may matter for nothing but what the neighbours do before it.
    for (std::size_t i = 0; i + 1 < best.program.size();) {
      Program shorter = With(best.program, i + 1, At(best.program[i].moment()));
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      if (!fails(std::move(shorter))) ++i;
    }
    for (std::size_t i = 0; i < best.program.size() && !over(); ++i) {
      for (std::size_t size = 0; i < best.program.size(); size = size * 2 + 1) {
        if (size >= best.program[i].choices().size() || fails(With(best.program, i, Cut(size)))) {
          break;
        }
      }
      for (std::size_t c = 0;
           i < best.program.size() && c < best.program[i].choices().size() && !over(); ++c) {
        // What an input chooses first is the simplest.
        while (i < best.program.size() && c < best.program[i].choices().size()) {
          const std::uint32_t now = best.program[i].choices()[c];
          if (now == 0 || fails(With(best.program, i, Set(c, 0)))) break;
          if (now < 2 || !(fails(With(best.program, i, Set(c, now / 2))) ||
                           fails(With(best.program, i, Set(c, now - 1))))) {
            break;
          }
        }
      }
    }
    (void)fails(best.run.chosen);
    return best;
  }

  // One request of a program, changed.
  using Change = std::function<Input(const Input&)>;
  static Program With(Program program, std::size_t at, const Change& change) {
    program[at] = change(program[at]);
    return program;
  }
  static Change At(std::uint64_t moment) {
    return [moment](const Input& input) { return Input(input.choices(), moment); };
  }
  static Change Cut(std::size_t size) {
    return [size](const Input& input) {
      std::vector<std::uint32_t> choices = input.choices();
      choices.resize(size);
      return Input(std::move(choices), input.moment());
    };
  }
  static Change Set(std::size_t at, std::uint32_t choice) {
    return [=](const Input& input) {
      std::vector<std::uint32_t> choices = input.choices();
      choices[at] = choice;
      while (!choices.empty() && choices.back() == 0) choices.pop_back();  // chosen all the same
      return Input(std::move(choices), input.moment());
    };
  }

  Run Drive(const Program& program) {
    if (directory_.path().empty()) {
      return NoWorlds("no directory can be made for the files of the worlds");
    }
    const std::string name = directory_.path() + "/" + std::to_string(++runs_);
    Run run = DriveIn(program, name + "_alone.db", name + "_crowded.db");
    std::error_code ignored;
    for (const char* world : {"_alone.db", "_crowded.db"}) {
      for (const char* file : {"", "-wal", "-shm"}) {
        std::filesystem::remove(name + world + file, ignored);
      }
    }
    return run;
  }

  Run DriveIn(const Program& program, const std::string& alone_path,
              const std::string& crowded_path) const {
    const std::unique_ptr<Twin> alone = make_();
    const std::unique_ptr<Twin> crowded = make_();
    if (absl::Status made = alone->Open(alone_path, false); !made.ok()) {
      return NoWorlds("the first world could not be made: ", made);
    }
    if (absl::Status made = crowded->Open(crowded_path, true); !made.ok()) {
      return NoWorlds("the second world could not be made: ", made);
    }
    if (!(alone->ours() == crowded->ours())) return NoWorlds("our tenant's id differs");
    for (Twin* const world : {alone.get(), crowded.get()}) world->Name(crowded->neighbours());
    std::unique_ptr<Neighbourhood> neighbourhood;
    if (crowded->on_server()) {
      neighbourhood = std::make_unique<OnServer>(*crowded);
    } else {
      neighbourhood = std::make_unique<InFile>(crowded_path, alone_path);
    }
    Neighbourhood& neighbours = *neighbourhood;
    if (!neighbours.readable()) return NoWorlds("the second world's file cannot be read");
    // One world after the other, so that a host can reset between them what its process shares.
    Run run;
    for (const Input& input : program) {
      Input choices(input.choices(), input.moment());
      run.shown.push_back({alone->Act(choices), ""});
      run.chosen.push_back(choices.Chosen());
      alone->clock()->Advance(std::chrono::seconds(1));
    }
    for (std::size_t i = 0; i < program.size(); ++i) {
      const Input& input = program[i];
      if (input.moment() != 0) crowded->Disturb(Mixed(options_.seed, input.moment(), 0));
      std::vector<std::string> before = neighbours.Read();
      std::string changed;
      std::uint64_t time = 0;
      crowded->OnOthersAct([&] {
        if (changed.empty()) changed = neighbours.ChangedSince(before);
        // Inside of our transaction a neighbour's write is refused, which is part of its history.
        crowded->Disturb(Mixed(options_.seed, input.moment(), ++time));
        before = neighbours.Read();
      });
      Input choices(input.choices(), input.moment());
      run.shown[i].crowded = crowded->Act(choices);
      if (Input chosen = choices.Chosen();
          chosen.choices().size() > run.chosen[i].choices().size()) {
        run.chosen[i] = std::move(chosen);
      }
      if (changed.empty()) changed = neighbours.ChangedSince(before);
      const auto& [expected, seen] = run.shown[i];
      // A request may have brought the word itself, and then shows it in both.
      if (seen != expected && seen.find(kCanary) != std::string::npos) {
        run.verdict = Verdict::kTextShown;
        run.reason = "a neighbour's text is shown";
      } else if (seen != expected) {
        run.verdict = Verdict::kDiffers;
        run.reason = "what is shown depends on neighbours";
      } else if (!changed.empty()) {
        run.verdict = Verdict::kChanged;
        run.reason = "a neighbour's row was changed, in the table \"" + changed + "\"";
      }
      if (run.verdict != Verdict::kClean) {
        run.shown.resize(i + 1);
        run.chosen.erase(run.chosen.begin() + static_cast<std::ptrdiff_t>(i + 1), run.chosen.end());
        return run;
      }
      crowded->clock()->Advance(std::chrono::seconds(1));
    }
    return run;
  }

  const TwinOptions& options_;
  const Call& call_;
  const MakeTwin& make_;
  const Directory directory_;
  Report report_;
  int runs_ = 0;
};

Report Compare(const TwinOptions& options, const Call& call, const MakeTwin& make) {
  return Driver(options, call, make).Compare();
}
Report Replay(const TwinOptions& options, const Call& call, const std::vector<Input>& program,
              const MakeTwin& make) {
  return Driver(options, call, make).Replay(program);
}

// ---- interleave.h ---------------------------------------------------------------------------

// Says which task runs. Tasks wait for it in threads of their own.
class Baton {
 public:
  Baton(std::uint64_t seed, const std::vector<Task>& tasks) : tasks_(tasks), random_(seed) {
    for (std::size_t i = 0; i < tasks.size(); ++i) waiting_.push_back(i);
  }
  Baton(const Baton&) = delete;
  Baton& operator=(const Baton&) = delete;

  void Run() {
    Threads threads(*this);
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      threads.running.emplace_back([this, i] { RunTask(i); });
    }
    const std::lock_guard lock(mutex_);
    Choose();
  }
  void Pass(std::size_t task) {
    std::unique_lock lock(mutex_);
    Choose();
    Await(lock, task);
  }
  [[nodiscard]] const std::exception_ptr& thrown() const { return thrown_; }

 private:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  // Joins what was started; without all of them, none runs its task.
  struct Threads {
    explicit Threads(Baton& of) : baton(of) {}
    ~Threads() {
      if (running.size() < baton.tasks_.size()) {
        const std::lock_guard lock(baton.mutex_);
        baton.called_off_ = true;
        baton.changed_.notify_all();
      }
      for (std::thread& thread : running) thread.join();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    Baton& baton;
    std::vector<std::thread> running = {};
  };

  void Choose() {
    holder_ = waiting_.empty() ? kNobody : waiting_[random_() % waiting_.size()];
    changed_.notify_all();
  }
  void Await(std::unique_lock<std::mutex>& lock, std::size_t task) {
    changed_.wait(lock, [&] { return holder_ == task || called_off_; });
  }
  void RunTask(std::size_t task) {
    std::unique_lock lock(mutex_);
    Await(lock, task);
    if (called_off_) return;
    lock.unlock();
    Turn turn(*this, task);
#if defined(__cpp_exceptions)
    std::exception_ptr thrown;
    try {
      tasks_[task](turn);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    if (!thrown_) thrown_ = thrown;
#else
    tasks_[task](turn);
    lock.lock();
#endif
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), task));
    Choose();
  }

  const std::vector<Task>& tasks_;
  std::mt19937_64 random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> waiting_;  // those that have not ended, also the one that runs
  std::size_t holder_ = kNobody;
  bool called_off_ = false;
  std::exception_ptr thrown_;
};

}  // namespace internal

void Turn::Pass() { baton_.Pass(task_); }

void Interleave(std::uint64_t seed, const std::vector<Task>& tasks) {
  internal::Baton baton(seed, tasks);
  baton.Run();
  if (baton.thrown()) std::rethrow_exception(baton.thrown());
}

}  // namespace cordon::testing
