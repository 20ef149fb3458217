// SPDX-License-Identifier: Apache-2.0
// `cordon doctor` as an operator runs it, beside the product that works: what it prints, and how it
// ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "data/migration_releases.h"
#include "support/program.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class DoctorCommand : public World {
 protected:
  void SetUp() override { OpenTwins(); }
  Finished Run(std::vector<std::string> more = {}, const std::string& out_to = "") {
    more.insert(more.begin(), {"doctor", path()});
    return RunProgram(CORDON_TOOL, std::move(more), out_to);
  }
  nlohmann::json Json(int exit_code) {
    const Finished run = Run({"--json"});
    EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
    return nlohmann::json::parse(run.out);
  }
  // With an SQLite on which `function` does nothing.
  nlohmann::json JsonWith(const char* function, int exit_code) {
    setenv("CORDON_BLUNT", function, 1);
    setenv("LD_PRELOAD", CORDON_BLUNT_SQLITE, 1);
    nlohmann::json report = Json(exit_code);
    unsetenv("LD_PRELOAD");
    unsetenv("CORDON_BLUNT");
    return report;
  }
};

// The codes of what is above a note.
std::vector<std::string> Codes(const nlohmann::json& report) {
  std::vector<std::string> codes;
  for (const nlohmann::json& finding : report["findings"]) {
    if (finding["severity"] != "note") codes.push_back(finding["code"]);
  }
  return codes;
}

TEST_F(DoctorCommand, ExitCodesAreWhatTheHelpSays) {
  const Finished help = RunProgram(CORDON_TOOL, {"doctor", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* said : {"0 clean", "1 findings", "2 wrong usage", "3 the file cannot be read",
                           "--thorough", "--json"}) {
    EXPECT_THAT(help.out, HasSubstr(said));
  }
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Run({"--thorough"}).exit_code, 0);
  EXPECT_EQ(Run({"--no-such-option"}).exit_code, 2);
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"doctor"}).exit_code, 2) << "no file";
  EXPECT_EQ(Run({path()}).exit_code, 2) << "two files";
  EXPECT_EQ(Run({}, "/dev/full").exit_code, 3) << "nobody saw the report";
  const Finished missing = RunProgram(CORDON_TOOL, {"doctor", scratch.File("missing.db")});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.out, IsEmpty());
  EXPECT_THAT(missing.err, StartsWith("cordon: there is no such file"));
  RawSql(path(), "CREATE TABLE extra(x)");
  EXPECT_EQ(Run().exit_code, 1);
}

TEST_F(DoctorCommand, ChangesNothingBesideAProductThatHasTheFileOpen) {
  ASSERT_GT(std::filesystem::file_size(path() + "-wal"), 0U) << "the product works on it";
  std::map<std::string, std::string> before;
  for (const char* suffix : {"", "-wal", "-shm"}) before[suffix] = Bytes(path() + suffix);
  const Finished run = Run();
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.err, IsEmpty()) << "progress is for terminals";
  EXPECT_THAT(run.out, HasSubstr("\n3 tenants, "));
  EXPECT_THAT(run.out, HasSubstr("\nthe lock is alive: it refused "));
  EXPECT_THAT(run.out, HasSubstr("\n0 errors, 0 warnings, "));
  for (const auto& [suffix, bytes] : before) EXPECT_EQ(Bytes(path() + suffix), bytes) << suffix;
  EXPECT_THAT(a->session.Update(Counter{1, 5}), IsOk());
}

TEST_F(DoctorCommand, WorksWhileTheProductWrites) {
  std::atomic<bool> done = false;
  std::thread product([&] {
    for (std::int64_t n = 0; !done; ++n) {
      Must(a->session.Update(Counter{1, n}));
      if (n % 10 == 0) RawSql(path(), "PRAGMA wal_checkpoint");  // changes the file itself
    }
  });
  for (int run = 0; run < 3; ++run) {
    EXPECT_THAT(Codes(Json(0)), IsEmpty());
  }
  done = true;
  product.join();
}

TEST_F(DoctorCommand, MachinesReadThis) {
  const nlohmann::json healthy = Json(0);
  std::vector<std::string> keys;
  for (const auto& [key, value] : healthy.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              UnorderedElementsAre("file", "healthy", "cordon", "sqlite", "own_tables", "schema",
                                   "pages", "log_bytes", "tenants", "lock_attempts", "findings"));
  EXPECT_EQ(healthy["file"], path());
  EXPECT_EQ(healthy["healthy"], true);
  EXPECT_EQ(healthy["tenants"], 3);
  EXPECT_EQ(healthy["schema"]["version"], 1);
  EXPECT_EQ(healthy["schema"]["target"], nullptr);
  EXPECT_EQ(healthy["own_tables"].size(), 5U);
  EXPECT_GT(healthy["lock_attempts"], 60);
  EXPECT_GT(healthy["log_bytes"], 0);

  RawSql(path(), "UPDATE cordon_tenants SET slug = 'A Slug' WHERE name = 'A'");
  const nlohmann::json ill = Json(1);
  EXPECT_EQ(ill["healthy"], false);
  const nlohmann::json& finding = ill["findings"].back();
  keys.clear();
  for (const auto& [key, value] : finding.items()) keys.push_back(key);
  EXPECT_THAT(keys, UnorderedElementsAre("code", "severity", "object", "message", "remedy"));
  EXPECT_EQ(finding["code"], "tenant-slug");
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["object"], a->id.ToString());
}

TEST_F(DoctorCommand, SaysNoValueOfARow) {
  RawSql(path(),
         "DELETE FROM customers WHERE id = 'K2'; UPDATE cordon_tenants SET state = 3 WHERE name = "
         "'B'; UPDATE cordon_schema SET declaration = 'CANARY-B'; ANALYZE");
  const Finished run = Run({"--thorough", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  for (const std::string& value : {std::string(kCanary), std::string("K2")}) {
    EXPECT_THAT(run.out, Not(HasSubstr(value)));
    EXPECT_THAT(Run().out, Not(HasSubstr(value)));
  }
}

TEST_F(DoctorCommand, FindsALogThatHasGrown) {
  EXPECT_THAT(Codes(Json(0)), IsEmpty());
  // What is behind the log's last commit is not read.
  std::filesystem::resize_file(path() + "-wal", (std::uintmax_t{65} << 20U));
  const nlohmann::json report = Json(1);
  EXPECT_THAT(Codes(report), ::testing::ElementsAre("large-log"));
  EXPECT_EQ(report["log_bytes"], 65 << 20);
  EXPECT_EQ(report["tenants"], 3);
}

TEST_F(DoctorCommand, FindsThatACopyIsWithoutItsLog) {
  const std::string copy = scratch.File("copy.db");
  const auto doctor = [&] { return RunProgram(CORDON_TOOL, {"doctor", copy, "--json"}); };
  std::filesystem::copy_file(path(), copy);
  std::filesystem::copy_file(path() + "-shm", copy + "-shm");
  Finished run = doctor();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("\"log-missing\""));
  std::filesystem::copy_file(path() + "-wal", copy + "-wal");
  run = doctor();
  EXPECT_EQ(run.exit_code, 0) << run.out;
  std::filesystem::remove(copy + "-shm");
  run = doctor();
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("write-ahead log (-wal) that was not taken over"));
}

// ---- an SQLite that does not do what the lock asks of it ----------------------------------------

TEST_F(DoctorCommand, FindsThatTheLockIsDead) {
  const nlohmann::json sharp = JsonWith("nothing", 0);
  EXPECT_THAT(Codes(sharp), IsEmpty());
  for (const char* function : {"authorizer", "row hook"}) {
    const nlohmann::json report = JsonWith(function, 1);
    EXPECT_THAT(Codes(report), ::testing::ElementsAre("lock-dead")) << function;
    EXPECT_EQ(report["lock_attempts"], sharp["lock_attempts"]);
    EXPECT_THAT(report["findings"].back()["message"].get<std::string>(),
                StartsWith("the engine let through "));
  }
  Close();
  const std::string before = Bytes(path());
  JsonWith("authorizer", 1);
  EXPECT_EQ(Bytes(path()), before) << "nothing that came through was done";
}

TEST_F(DoctorCommand, FindsWhatTheLinkedSqliteLacks) {
  EXPECT_THAT(Codes(JsonWith("ENABLE_PREUPDATE_HOOK", 1)),
              ::testing::ElementsAre("missing-feature"));
  const nlohmann::json report = JsonWith("SECURE_DELETE", 0);
  ASSERT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["findings"][0]["code"], "secure-delete");
  EXPECT_EQ(report["findings"][0]["severity"], "note");
}

}  // namespace
}  // namespace cordon_test
