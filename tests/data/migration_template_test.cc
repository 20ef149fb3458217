// SPDX-License-Identifier: Apache-2.0
// A release stands for itself in a file: who lacks its code migrates by that.
#include <gtest/gtest.h>

#include <string>

#include "data/migration_releases.h"
#include "support/fleet.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;

// Columns of every type, defaults included.
struct Fleet3AsVersion2 {
  static constexpr auto kSchema = Fleet3::kSchema;
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema, cordon::Migration(2).Backfill("UPDATE parts SET stock = 8 WHERE stock = 7"_sql)};
};
struct Versioned {
  std::int64_t id = 0;
  std::int64_t changes = 0;
};
struct WithVersionColumn {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Versioned>("things")
                                                     .Key<&Versioned::id>("id")
                                                     .Version<&Versioned::changes>("changes")};
};

class TemplateTest : public ::testing::Test {
 protected:
  absl::Status Like(const std::string& file) {
    return cordon::MigrateLike(like, {.path = file}, {.rows_per_step = 5});
  }
  ScratchDirectory scratch;
  const std::string path = scratch.File("erp.db");
  const std::string like = scratch.File("erp.template");
};

TEST_F(TemplateTest, DoesWhatTheReleaseWouldDo) {
  MakeFirstRelease(path, 2, 20);
  const std::string copy = scratch.File("copy.db");
  std::filesystem::copy_file(path, copy);
  Must(cordon::WriteTemplate<Release3>(like));
  const std::string bytes = Bytes(like);
  const auto plan = Must(cordon::PlanMigrationLike(like, path));
  const auto own = Must(cordon::PlanMigration<Release3>(path));
  ASSERT_EQ(plan.steps.size(), own.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    EXPECT_EQ(plan.steps[i].action, own.steps[i].action);
    EXPECT_EQ(plan.steps[i].version, own.steps[i].version);
    EXPECT_EQ(plan.steps[i].table, own.steps[i].table);
    EXPECT_EQ(plan.steps[i].object, own.steps[i].object);
  }
  EXPECT_THAT(Like(path), IsOk());
  EXPECT_THAT(TryMigrate<Release3>(copy), IsOk());
  EXPECT_THAT(TryOpen<Release3>(path), IsOk());
  for (const char* sql : {"SELECT version || declaration FROM cordon_schema",
                          "SELECT group_concat(hex(tenant_id) || id || number || gross) FROM sales",
                          "SELECT group_concat(hex(tenant_id) || id || sales) FROM clients"}) {
    EXPECT_EQ(RawValue(path, sql), RawValue(copy, sql));
  }
  EXPECT_EQ(Bytes(like), bytes);
  EXPECT_FALSE(std::filesystem::exists(like + "-wal"));
}

// A migration that the release began goes on by its template: the statements are the same.
TEST_F(TemplateTest, GoesOnWhereTheReleaseStopped) {
  MakeFirstRelease(path, 1, 30);
  Must(cordon::WriteTemplate<Release2>(like));
  EXPECT_THAT(
      TryMigrate<Release2>(path, {.rows_per_step = 10,
                                  .progress = [](const auto& so_far) { return so_far.rows == 0; }}),
      HasCode(ErrorCode::kInterrupted));
  std::int64_t rows = 0;
  EXPECT_THAT(cordon::MigrateLike(like, {.path = path},
                                  {.progress =
                                       [&](const cordon::MigrationProgress& so_far) {
                                         rows = so_far.rows;
                                         return true;
                                       }}),
              IsOk());
  EXPECT_EQ(rows, 30 - 10 + 30 + 2) << "what was filled is not filled again";
  EXPECT_THAT(TryOpen<Release2>(path), IsOk());
}

TEST_F(TemplateTest, KnowsColumnsOfEveryType) {
  {
    const Opened<Fleet1> first(path);
    Must(first.session->Insert(Part1{"K1", "one"}));
  }
  Must(cordon::WriteTemplate<Fleet3AsVersion2>(like));
  EXPECT_THAT(Like(path), IsOk());
  const Opened<Fleet3AsVersion2> third(path);
  const auto part = Must(third.session->One(as<Part3>, "SELECT * FROM parts WHERE sku = 'K1'"_sql));
  EXPECT_EQ(part->stock, 8);
  EXPECT_EQ(part->text, kOddText);
  EXPECT_EQ(part->least, kLeast);
  EXPECT_EQ(part->state, PartState::kNew);
}

TEST_F(TemplateTest, OtherFilesAreNone) {
  MakeFirstRelease(path, 1, 1);
  const auto refused = [&](const std::string& what) {
    const absl::Status status = Like(path);
    EXPECT_THAT(status, HasCode(ErrorCode::kInvalidArgument)) << what;
    EXPECT_THAT(Text(status), HasSubstr("WriteTemplate"));
    EXPECT_THAT(cordon::PlanMigrationLike(like, path), HasCode(ErrorCode::kInvalidArgument));
  };
  Must(TryOpen<Release3>(like));
  refused("an ordinary file");
  const auto anew = [&] {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(like + tail);
    Must(cordon::WriteTemplate<Release3>(like));
  };
  for (const char* change :
       {"UPDATE cordon_schema SET declaration = replace(declaration, 'sales', 'seals')",
        "UPDATE cordon_schema SET declaration = replace(declaration, 'decimal', 'integer'), "
        "version "
        "= 1",
        "UPDATE cordon_schema SET declaration = 'x'",
        "UPDATE cordon_schema SET declaration = '{\"tables\":[]}'",
        "UPDATE cordon_schema SET declaration = '{\"tables\":[{\"name\":\"x\"}]}'",
        "UPDATE cordon_schema SET declaration = replace(declaration, '\"key\":[\"id\"]', "
        "'\"key\":[\"name\"]')",
        "UPDATE cordon_template SET object = 'DELETE FROM sales' WHERE what = 'backfill'",
        "UPDATE cordon_template SET version = 9 WHERE what = 'backfill'",
        "DROP INDEX sales_by_client", "DROP TABLE cordon_template"}) {
    anew();
    RawSql(like, change);
    refused(change);
  }
  anew();
  EXPECT_THAT(Like(path), IsOk());
  EXPECT_THAT(cordon::WriteTemplate<Release3>(like), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(cordon::MigrateLike(scratch.File("none"), {.path = path}),
              HasCode(ErrorCode::kCannotOpen));
}

// What a template says passes the checker again, in the scope of each tenant.
TEST_F(TemplateTest, AStatementOfATemplateIsChecked) {
  MakeFirstRelease(path, 2, 3);
  Must(cordon::WriteTemplate<Release3>(like));
  RawSql(like,
         "UPDATE cordon_template SET object = 'UPDATE sales SET gross = 0 WHERE tenant_id IS NOT "
         "NULL' WHERE place = 2");
  EXPECT_THAT(Like(path), HasCode(ErrorCode::kStatementRefused));
  EXPECT_EQ(RawValue(path, "SELECT version FROM cordon_schema WHERE target IS NULL"), "1");
}

TEST_F(TemplateTest, AVersionColumnIsKnown) {
  Must(cordon::WriteTemplate<WithVersionColumn>(like));
  Must(TryOpen<WithVersionColumn>(path));
  EXPECT_THAT(Like(path), IsOk());
  EXPECT_EQ(RawValue(like,
                     "SELECT json_extract(declaration, '$.tables[0].version') FROM "
                     "cordon_schema"),
            "changes");
}

}  // namespace
}  // namespace cordon_test
