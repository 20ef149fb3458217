// SPDX-License-Identifier: Apache-2.0
// `cordon migrate` as an operator runs it: what it prints, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/migration_releases.h"
#include "support/program.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class MigrateCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    MakeFirstRelease(path, 2, 8);
    Must(cordon::WriteTemplate<Release3>(like));
  }
  Finished Run(std::vector<std::string> more = {}, const std::string& out_to = "") {
    std::vector<std::string> arguments = {"migrate", path, "--like", like};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunProgram(CORDON_TOOL, std::move(arguments), out_to);
  }
  ScratchDirectory scratch;
  const std::string path = scratch.File("erp.db");
  const std::string like = scratch.File("erp.template");
};

TEST_F(MigrateCommand, MigratesAFile) {
  const Finished run = Run({"--rows", "3"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, IsEmpty()) << "progress is for terminals";
  EXPECT_THAT(run.out, StartsWith("version 1 to 3:\n  create-table visits\n"));
  EXPECT_THAT(run.out, HasSubstr("  backfill sales: UPDATE sales SET gross = net * 119 WHERE gross "
                                 "IS NULL (version 2)\n"));
  EXPECT_THAT(run.out, HasSubstr("  drop-column sales.note (version 3)\n"));
  EXPECT_THAT(run.out, ::testing::EndsWith("\ndone\n"));
  EXPECT_THAT(TryOpen<Release3>(path), IsOk());
  EXPECT_EQ(RawValue(path, "SELECT count(*) FROM sales WHERE gross IS NOT 119 * net"), "0");
  const Finished again = Run();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out, "the file has version 3: nothing is left to do\n");
}

TEST_F(MigrateCommand, ADryRunWritesNothing) {
  const std::string before = Bytes(path);
  const Finished run = Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 1) << "there is something to do";
  EXPECT_THAT(run.out, HasSubstr("rebuild-table sales\n"));
  EXPECT_THAT(run.out, ::testing::EndsWith("\nnothing was changed\n"));
  EXPECT_EQ(Bytes(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  Must(TryMigrate<Release3>(path));
  EXPECT_EQ(Run({"--dry-run"}).exit_code, 0);
}

TEST_F(MigrateCommand, MachinesReadThis) {
  const Finished dry = Run({"--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 1);
  const auto plan = nlohmann::json::parse(dry.out);
  EXPECT_EQ(plan["file"], path);
  EXPECT_EQ(plan["from"], 1);
  EXPECT_EQ(plan["to"], 3);
  EXPECT_EQ(plan["begun"], false);
  EXPECT_EQ(plan["done"], false);
  ASSERT_EQ(plan["steps"].size(), 13U);
  EXPECT_EQ(plan["steps"][0]["action"], "create-table");
  EXPECT_EQ(plan["steps"][0]["version"], nullptr);
  EXPECT_EQ(plan["steps"][5]["version"], 2);
  const Finished run = Run({"--json"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(run.out)["done"], true);
  EXPECT_EQ(nlohmann::json::parse(run.out)["steps"], plan["steps"]);
}

TEST_F(MigrateCommand, ExitCodesAreWhatTheHelpSays) {
  const Finished help = RunProgram(CORDON_TOOL, {"migrate", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* said : {"0 the file has the version", "1 it has not", "2 wrong usage",
                           "3 a file cannot be read", "--like", "--dry-run", "--json", "--rows"}) {
    EXPECT_THAT(help.out, HasSubstr(said));
  }
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"migrate", path}).exit_code, 2) << "no template";
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"migrate", path, "--like", path}).exit_code, 2);
  EXPECT_EQ(Run({"--rows", "0"}).exit_code, 2);
  const Finished missing =
      RunProgram(CORDON_TOOL, {"migrate", scratch.File("none.db"), "--like", like});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.out, IsEmpty());
  EXPECT_THAT(missing.err, StartsWith("cordon: there is no such file"));
  EXPECT_FALSE(std::filesystem::exists(scratch.File("none.db")));
  EXPECT_EQ(Run({"--dry-run"}, "/dev/full").exit_code, 3) << "nobody saw the steps";
  // A file that is ahead.
  Must(TryMigrate<Release3>(path));
  std::filesystem::remove(like);
  Must(cordon::WriteTemplate<Release2>(like));
  const Finished ahead = Run();
  EXPECT_EQ(ahead.exit_code, 1);
  EXPECT_THAT(ahead.err, HasSubstr("the file has version 3 and this release has 2"));
}

// A copy as a backup takes it of a process that was killed: the log is there, its index is not.
TEST_F(MigrateCommand, TakesALogOver) {
  const std::string copy = scratch.File("copy.db");
  {
    const auto open = Must(cordon::Platform<Release1>::Open({.path = path}));
    const AtWork<Release1> at(*open, Must(open->tenants().List()).front().id);
    Must(at.session.Insert(Sale1{4711, "a", 1, {}}));
    std::filesystem::copy_file(path, copy);
    std::filesystem::copy_file(path + "-wal", copy + "-wal");
  }
  const Finished dry = RunProgram(CORDON_TOOL, {"migrate", copy, "--like", like, "--dry-run"});
  EXPECT_EQ(dry.exit_code, 3);
  EXPECT_THAT(dry.err, HasSubstr("write-ahead log"));
  const Finished run = RunProgram(CORDON_TOOL, {"migrate", copy, "--like", like});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "the file has version 3: nothing is left to do\n");
  EXPECT_EQ(RawValue(copy, "SELECT gross || number FROM sales WHERE id = 4711"), "119S4711");
}

// Rows of one tenant stop it; the operator learns whose.
TEST_F(MigrateCommand, SaysWhoseRowsStopIt) {
  RawSql(path,
         "UPDATE sales SET net = 9000000000000000000 WHERE id = 0 AND tenant_id = (SELECT "
         "max(tenant_id) FROM sales)");
  const Finished run = Run();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("left the 64-bit range"));
  EXPECT_THAT(run.err, HasSubstr("with the rows of tenant "));
  RawSql(path, "UPDATE sales SET net = 1 WHERE id = 0");
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_THAT(TryOpen<Release3>(path), IsOk());
}

}  // namespace
}  // namespace cordon_test
