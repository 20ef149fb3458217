// SPDX-License-Identifier: Apache-2.0
#include "prove/prover.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "cordon/data/hooks.h"
#include "cordon/data/query.h"
#include "cordon/testing/twins.h"

namespace cordon_test {

using cordon::testing::Input;

// What a platform tells its hooks of our tenant.
class Overhearing final : public cordon::Hook {
 public:
  void ListenFor(const cordon::TenantId& ours) {
    if (!ours_.has_value()) ours_ = ours;
  }
  std::string heard;
  std::optional<House> house;  // of the same world

  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    if (!Ours(event.who)) return absl::OkStatus();
    heard += "  statement " + std::to_string(event.fingerprint);
    for (const cordon::TouchedTable& table : event.tables) {
      heard += (table.written ? " writes " : " reads ") + std::string(table.name);
    }
    heard += ", rows " + std::to_string(event.rows_returned) + " and " +
             std::to_string(event.rows_changed) + Said(event.outcome);
    return absl::OkStatus();
  }
  void AfterCommit(const cordon::TransactionEvent& event) override {
    if (Ours(event.who)) heard += "  commit\n";
  }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    if (Ours(event.who)) heard += "  rollback" + Said(event.outcome);
  }
  void Denied(const cordon::DenialEvent& event) override {
    if (Ours(event.who)) heard += "  denied" + Said(event.status);
  }

 private:
  [[nodiscard]] bool Ours(const cordon::Who& who) const {
    return ours_.has_value() && who.tenant != nullptr &&
           (*who.tenant == *ours_ || (house.has_value() && house->IsOurs(*who.tenant)));
  }
  static std::string Said(const absl::Status& status) {
    return ", code " + std::to_string(static_cast<int>(cordon::CodeOf(status))) + " " +
           std::string(status.message()) + "\n";
  }
  std::optional<cordon::TenantId> ours_;
};

namespace {
constexpr std::int64_t kSteps = 100'000;
constexpr std::int64_t kRows = 5'000;

// As a line of C++.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned>(c));
      quoted += octal.data();
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string AsTest(std::uint64_t seed, const Program& program) {
  std::string test = "\nthis test fails so each time:\n\nTEST(Found, Seed" + std::to_string(seed) +
                     ") {\n  EXPECT_EQ(Prover().Replay(" + std::to_string(seed) + "U, {";
  for (std::size_t i = 0; i < program.size(); ++i) {
    test += (i == 0 ? "{" : ",\n      {") + std::to_string(program[i].moment) + "U, {";
    for (std::size_t line = 0; line < program[i].script.size(); ++line) {
      test += (line == 0 ? "" : ",\n        ") + Quoted(program[i].script[line]);
    }
    test += "}}";
  }
  return test + "}), \"\");\n}\n";
}

// Documents of one letter each: the same ids for everybody, what they hold for our tenant alone.
absl::Status AddDocuments(const TradeSession& session, char letter) {
  return session.Transaction([&](cordon::WriteTransaction<Trade>& tx) -> absl::Status {
    for (std::int64_t n = 0; n < 5; ++n) {
      auto writer = tx.NewBlob();
      const std::string text(1000 + static_cast<std::size_t>(n), letter);
      const absl::Status written =
          writer.Append(std::as_bytes(std::span<const char>(text.data(), text.size())));
      if (!written.ok()) return written;
      const auto id = writer.Finish();
      if (!id.ok()) return id.status();
      if (absl::Status kept = tx.Upsert(Note{n, *id}); !kept.ok()) return kept;
    }
    return absl::OkStatus();
  });
}

// Decimals that a double holds exactly, as plain SQLite will. For our tenant and its neighbours.
absl::Status Furnish(const TradeSession& session, const std::string& mark) {
  if (absl::Status added = AddDocuments(session, mark.empty() ? 'o' : 'n'); !added.ok()) {
    return added;
  }
  for (const char* const sql : {"UPDATE orders SET net = id * 0.25 - 1",
                                "UPDATE lines SET price = (order_id * 3 + line) * 0.0625 - 0.5 "
                                "WHERE price IS NOT NULL",
                                "UPDATE accounts SET balance = id * 1.25, version = version"}) {
    const auto checked = cordon::CheckAtRunTime<Trade, void>(sql);
    if (!checked.ok()) return checked.status();
    if (const auto changed = session.Execute(*checked); !changed.ok()) return changed.status();
  }
  return absl::OkStatus();
}

cordon::testing::Fill<Trade> Fill() {
  return [](const TradeSession& session, Input&, const std::string& mark) {
    return Furnish(session, mark);
  };
}

bool AtTheEdge(const std::string& shown) {
  return shown.find("the statement used more than its") != std::string::npos &&
         shown.find(" steps: ") != std::string::npos;
}
}  // namespace

Prover::Prover() = default;
Prover::~Prover() = default;

cordon::testing::TwinOptions Prover::Options(std::uint64_t seed) {
  overhearing_.clear();
  // Some thousand commits a second are not for a disk.
  static constexpr char kMemory[] = "/dev/shm";
  std::error_code ignored;
  const std::string directory = std::filesystem::is_directory(kMemory, ignored) ? kMemory : "";
  return {.seed = seed,
          .programs = 1,
          .requests = 250,
          .choices = 1500,
          .rows = 8,
          .neighbours = 3,
          .directory = directory,
          .configure = [this, seed](cordon::PlatformOptions& options) {
            options.budget = {.vm_steps = kSteps, .rows = kRows};
            options.readers = 2;
            overhearing_.push_back(std::make_shared<Overhearing>());
            // Without a hook the library takes shorter ways.
            if (seed % 2 == 0) options.hooks.push_back(overhearing_.back());
          }};
}

void Prover::ForgetOracle() {
  if (oracle_ == nullptr) return;
  witnessed_ += oracle_->compared();
  astray_ += oracle_->astray();
  oracle_.reset();
}

std::string Prover::Act(const TradeWorld& world, const Script& script) {
  const bool alone = world.path().ends_with("_alone.db");
  if (alone && oracle_of_ != world.path()) {
    ForgetOracle();
    oracle_of_ = world.path();
    oracle_ = std::make_unique<Oracle>(TradeView(), world.path(), world.session().tenant());
    alone_.clear();
    beside_ = 0;
    ended_ = false;
  }
  Overhearing& overhearing = *overhearing_[overhearing_.size() - (alone ? 2 : 1)];
  overhearing.ListenFor(world.session().tenant());
  if (alone) {
    return alone_.emplace_back(
        Play(world, script, oracle_.get(), &overhearing.house, &overhearing.heard, &tally_));
  }
  const std::string& expected = alone_[beside_++];
  if (ended_) return expected;
  Counts ignored;
  std::string shown =
      Play(world, script, nullptr, &overhearing.house, &overhearing.heard, &ignored);
  if (shown == expected || !(AtTheEdge(shown) || AtTheEdge(expected))) return shown;
  ended_ = true;
  ++at_the_edge_;
  return IsNearTheEdge(world, script) ? expected : shown + "far from the edge of the budget\n";
}

// The exception has a bound: a query that runs out of steps in one world alone all but does in the
// other. (A write has changed what it would run on.)
bool Prover::IsNearTheEdge(const TradeWorld& world, const Script& script) {
  const std::string& line = script.front();
  if (script.size() > 1 ||
      !(line.starts_with("QUERY ") || line.starts_with("ORDERED ") ||
        line.starts_with("OPEN QUERY ") || line.starts_with("OPEN ORDERED "))) {
    return true;
  }
  const auto user = cordon::Principal::User("twin");
  auto platform = cordon::Platform<Trade>::Open(
      {.path = world.path(), .budget = {.vm_steps = kSteps * 3 / 4, .rows = kRows}});
  if (!user.ok() || !platform.ok()) return false;
  const auto context = (*platform)->Enter(cordon::AssertVerified(*user), world.session().tenant(),
                                          cordon::Purpose("budgets"));
  if (!context.ok()) return false;
  const auto session = (*platform)->OpenSession(*context);
  return session.ok() && RunsOutOfSteps(*session, script);
}

// What differs, without the tester's own test for it: ours is written in SQL.
std::string Prover::Finding(const cordon::testing::Report& report) {
  ForgetOracle();
  oracle_of_.clear();
  const std::string& whole = report.finding();
  return whole.substr(0, whole.find("\nthis test fails so each time"));
}

std::string Prover::Run(std::uint64_t seed, bool shorten) {
  Program program;
  const auto act = [&](const TradeWorld& world, Input& input) {
    const Mood mood = seed % 3 == 2 ? Mood::kHostile : seed % 12 == 1 ? Mood::kHouse : Mood::kCalm;
    Script script = Compose(input, world.neighbours(), mood);
    if (world.path().ends_with("_alone.db")) program.push_back({input.moment(), script});
    return Act(world, script);
  };
  auto options = Options(seed);
  if (!shorten) options.shorten = std::chrono::seconds(0);
  const auto report = cordon::testing::CompareTwins<Trade>(options, act, Fill());
  std::string finding = Finding(report);
  if (finding.empty() || !shorten || report.program().empty()) return finding;
  program.clear();
  const auto again =
      cordon::testing::ReplayTwins<Trade>(Options(seed), report.program(), act, Fill());
  if (Finding(again).empty())
    return finding + "(seed " + std::to_string(seed) + ": it does not happen again)\n";
  Shorten(seed, &program, &finding);
  return finding + AsTest(seed, program);
}

std::string Prover::Replay(std::uint64_t seed, const Program& program) {
  std::vector<Input> inputs;
  for (const Step& step : program) inputs.emplace_back(std::vector<std::uint32_t>(), step.moment);
  std::map<std::string, std::size_t> next;  // by world
  return Finding(cordon::testing::ReplayTwins<Trade>(
      Options(seed), inputs,
      [&](const TradeWorld& world, Input&) {
        return Act(world, program[next[world.path()]++].script);
      },
      Fill()));
}

// Line by line.
void Prover::Shorten(std::uint64_t seed, Program* program, std::string* finding) {
  const auto fails = [&](const Program& shorter) {
    std::string found = Replay(seed, shorter);
    if (found.empty()) return false;
    *program = shorter;
    *finding = std::move(found);
    return true;
  };
  if (!fails(*program)) return;
  for (std::size_t i = program->size(); i-- > 0;) {
    for (std::size_t line = (*program)[i].script.size(); line-- > 0;) {
      Program shorter = *program;
      Script& script = shorter[i].script;
      script.erase(script.begin() + static_cast<std::ptrdiff_t>(line));
      (void)fails(shorter);
    }
    if ((*program)[i].script.empty() && program->size() > 1) {
      Program shorter = *program;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      (void)fails(shorter);
    }
  }
}

}  // namespace cordon_test
