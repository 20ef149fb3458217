// SPDX-License-Identifier: Apache-2.0
// Each ailment of a file is found in a file that has just that one, and said without a row's value.
#include "cordon/data/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/tenant/tenant_id.h"
#include "data/lock_trial.h"
#include "data/migration_releases.h"
#include "data/rebuild.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::HealthFinding;
using cordon::HealthReport;
using cordon::HealthSeverity;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// What an SQLite that does not overwrite what is deleted is noted for, whatever the file.
const bool kOverwrites = sqlite3_compileoption_used("SECURE_DELETE") != 0;

// "severity code object" of each finding.
std::vector<std::string> Found(const HealthReport& report) {
  std::vector<std::string> found;
  for (const HealthFinding& finding : report.findings) {
    if (finding.code == cordon::HealthCode::kSecureDelete && !kOverwrites) continue;
    found.push_back(std::string(NameOf(finding.severity)) + " " +
                    std::string(NameOf(finding.code)) +
                    (finding.object.empty() ? "" : " " + finding.object));
    EXPECT_FALSE(finding.message.empty());
    EXPECT_FALSE(finding.remedy.empty());
  }
  return found;
}

class DoctorTest : public World {
 protected:
  void SetUp() override {
    OpenTwins();
    id_of_a = a->id.ToString();
    Close();
  }
  [[nodiscard]] HealthReport Check(bool thorough = false) const {
    HealthReport report = Must(cordon::CheckHealth({.path = path(), .thorough = thorough}));
    EXPECT_THAT(RenderForPeople(report), Not(HasSubstr(kCanary))) << "a value of a row";
    return report;
  }
  // What is found after SQL that no product would run.
  std::vector<std::string> After(const std::string& sql) {
    RawSql(path(), sql);
    return Found(Check());
  }
  std::string MessageAfter(const std::string& sql) {
    RawSql(path(), sql);
    const HealthReport report = Check();
    return report.findings.empty() ? "" : report.findings.front().message;
  }
  [[nodiscard]] std::string Id(const std::string& name) const {
    return "(SELECT id FROM cordon_tenants WHERE name = '" + name + "')";
  }

  std::string id_of_a;
};

// ---- the file -----------------------------------------------------------------------------------

TEST_F(DoctorTest, FindsNothingInAHealthyFileAndLeavesItAsItIs) {
  const std::string before = Bytes(path());
  const auto changed = std::filesystem::last_write_time(path());
  for (const bool thorough : {false, true}) {
    const HealthReport report = Check(thorough);
    EXPECT_THAT(Found(report), IsEmpty());
    EXPECT_TRUE(report.healthy());
    EXPECT_EQ(report.tenants, 3);
    EXPECT_EQ(report.schema_version, 1);
    EXPECT_EQ(report.schema_target, std::nullopt);
    EXPECT_EQ(report.sqlite_version, sqlite3_libversion());
    EXPECT_EQ(report.own_tables.size(), 5U);
    for (const cordon::OwnTablesVersion& own : report.own_tables) {
      EXPECT_EQ(own.version, own.known) << own.room;
      EXPECT_GT(own.known, 0) << own.room;
    }
    EXPECT_GT(report.pages, 10);
    EXPECT_GT(report.page_bytes, 0);
    // Four tenants' tables, each read, written, given away and emptied in memory.
    EXPECT_GT(report.lock_attempts, 60U);
    EXPECT_THAT(RenderForPeople(report), HasSubstr("the lock is alive"));
  }
  EXPECT_EQ(Bytes(path()), before);
  EXPECT_EQ(std::filesystem::last_write_time(path()), changed);
  for (const char* beside : {"-wal", "-shm", "-journal"}) {
    EXPECT_FALSE(std::filesystem::exists(path() + beside));
  }
}

TEST_F(DoctorTest, FindsWhatIsNoDatabase) {
  std::ofstream(path()) << "this is a text, and long enough for the header of a database to be in "
                           "it, and for the pages behind it";
  EXPECT_THAT(Found(Check()), ElementsAre("error not-a-database"));
  std::ofstream(path()).close();
  EXPECT_THAT(Found(Check()), ElementsAre("error not-a-database")) << "an empty file";
  EXPECT_THAT(cordon::CheckHealth({.path = scratch.File("none.db")}),
              HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(cordon::CheckHealth({.path = scratch.path()}), HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(cordon::CheckHealth({}), HasCode(ErrorCode::kCannotOpen));
}

TEST_F(DoctorTest, FindsDamagedPages) {
  const auto page = std::stol(
      RawValue(path(), "SELECT rootpage FROM sqlite_schema WHERE name = 'cordon_numbers'"));
  const auto size = std::stol(RawValue(path(), "PRAGMA page_size"));
  {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp((page - 1) * size);
    file << std::string(64, '\xEE');
  }
  const HealthReport report = Check();
  EXPECT_THAT(Found(report), ElementsAre("error damaged"));
  EXPECT_THAT(report.findings.front().message, HasSubstr("SQLite finds 1 fault"));
}

TEST_F(DoctorTest, FindsADamagedCatalog) {
  std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(100);
  file << std::string(64, '\xEE');
  file.close();
  const HealthReport report = Check();
  EXPECT_THAT(Found(report), ElementsAre("error damaged"));
  EXPECT_EQ(report.lock_attempts, 0U);
  EXPECT_THAT(RenderForPeople(report), HasSubstr("the lock was not tried\n"));
}

TEST_F(DoctorTest, SurvivesWhateverAFileHolds) {
  const std::string whole = Bytes(path());
  std::mt19937 random(20260731);
  int noticed = 0;
  for (int run = 0; run < 80; ++run) {
    std::string bytes = whole;
    for (int change = 0; change < 8; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    if (run % 4 == 0) bytes.resize(random() % bytes.size());
    std::ofstream(path(), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto report = cordon::CheckHealth({.path = path(), .thorough = run % 2 == 0});
    if (report.ok()) {
      EXPECT_THAT(RenderForPeople(*report), Not(HasSubstr(kCanary)));
      noticed += report->healthy() ? 0 : 1;
    } else {
      EXPECT_THAT(Text(report), AllOf(StartsWith("cordon: "), Not(HasSubstr(kCanary))));
    }
  }
  EXPECT_GT(noticed, 20);
}

TEST_F(DoctorTest, ComparesIndexesOnlyWhenItIsToBeThorough) {
  const std::string sql =
      RawValue(path(), "SELECT sql FROM sqlite_schema WHERE name = 'customers_by_region'");
  const auto become = [&](const std::string& text) {
    RawSql(path(), "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '" + text +
                       "' WHERE name = 'customers_by_region'");
  };
  become(sql + " WHERE 0");
  RawSql(path(),
         "INSERT INTO customers SELECT tenant_id, 'K9', name, region FROM customers LIMIT 1");
  become(sql);
  EXPECT_THAT(Found(Check()), IsEmpty());
  EXPECT_THAT(Found(Check(true)), ElementsAre("error damaged"));
}

TEST_F(DoctorTest, FindsAFileOfAnother) {
  const std::string other = scratch.File("other.db");
  RawSql(other, "PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
  const HealthReport report = Must(cordon::CheckHealth({.path = other}));
  EXPECT_THAT(Found(report), ElementsAre("error not-a-products"));
}

TEST_F(DoctorTest, FindsThatNothingIsLoggedAhead) {
  EXPECT_THAT(After("PRAGMA journal_mode = DELETE"), ElementsAre("warning not-write-ahead"));
}

TEST_F(DoctorTest, FindsThatTheLogIsMissing) {
  std::ofstream(path() + "-shm") << "an index of a log that is not there";
  const HealthReport report = Check();
  EXPECT_THAT(Found(report), ElementsAre("error log-missing"));
  // The other way round, what was committed last is there, and cannot be read without writing.
  std::filesystem::rename(path() + "-shm", path() + "-wal");
  EXPECT_THAT(cordon::CheckHealth({.path = path()}), HasCode(ErrorCode::kCannotOpen));
}

TEST_F(DoctorTest, FindsFreePages) {
  EXPECT_THAT(After("CREATE TABLE t(x); INSERT INTO t VALUES (zeroblob(2000000)); DROP TABLE t"),
              ElementsAre("note free-pages"));
  EXPECT_TRUE(Check().healthy());
  EXPECT_THAT(After("VACUUM"), IsEmpty());
}

TEST_F(DoctorTest, FindsStatistics) {
  EXPECT_THAT(After("ANALYZE"), Contains("error statistics sqlite_stat1"));
  EXPECT_THAT(Found(Check()), Each(StartsWith("error statistics sqlite_stat")));
}

TEST_F(DoctorTest, FindsWhoElseCanOpenTheFile) {
  namespace fs = std::filesystem;
  // In a directory that nobody else enters, it does not matter.
  fs::permissions(path(), fs::perms(0666));
  EXPECT_THAT(Found(Check()), IsEmpty());

  std::string open = "/tmp/cordon.XXXXXX";  // where everybody may enter each directory above it
  ASSERT_NE(mkdtemp(open.data()), nullptr);
  fs::permissions(open, fs::perms(0755));
  const std::string file = open + "/world.db";
  fs::copy_file(path(), file);
  const auto found = [&](unsigned mode) {
    fs::permissions(file, fs::perms(mode));
    return Found(Must(cordon::CheckHealth({.path = file})));
  };
  EXPECT_THAT(found(0666), ElementsAre("error open-to-others world.db"));
  EXPECT_THAT(found(0664), ElementsAre("warning open-to-others world.db"));
  EXPECT_THAT(found(0660), IsEmpty());
  std::ofstream(file + "-wal").close();
  fs::permissions(file + "-wal", fs::perms(0604));
  EXPECT_THAT(found(0600), ElementsAre("warning open-to-others world.db-wal"));
  fs::remove_all(open);
}

TEST_F(DoctorTest, FindsRowsThatReferToNone) {
  EXPECT_THAT(After("DELETE FROM customers WHERE id = 'K2'"),
              ElementsAre("error foreign-key-broken orders"));
  EXPECT_THAT(Check().findings.front().message,
              HasSubstr("3 rows of \"orders\" refer to rows of \"customers\""));
}

TEST_F(DoctorTest, FindsRowsOfNobody) {
  EXPECT_THAT(After("INSERT INTO counters VALUES (randomblob(16), 1, 1), (randomblob(16), 1, 1)"),
              ElementsAre("error orphan-rows counters"));
  EXPECT_THAT(Check().findings.front().message, StartsWith("2 rows of \"counters\" are"));
  // The remedy that is offered is one.
  const std::string remedy = Check().findings.front().remedy;
  EXPECT_THAT(After(remedy.substr(remedy.find("DELETE"))), IsEmpty());
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM counters"), "9");
}

TEST_F(DoctorTest, FindsWhatIsLeftOfTenantsThatAreGone) {
  const std::vector<std::string> found =
      After("UPDATE cordon_tenants SET state = 3, name = '' WHERE name = 'B'");
  EXPECT_THAT(found, UnorderedElementsAre("error orphan-rows customers", "error orphan-rows orders",
                                          "error orphan-rows counters",
                                          "error orphan-rows cordon_members"));
  EXPECT_EQ(Check().tenants, 2);
}

// ---- versions and declarations ------------------------------------------------------------------

TEST_F(DoctorTest, FindsOtherVersionsOfCordonsOwnTables) {
  EXPECT_THAT(After("UPDATE cordon_versions SET version = 99 WHERE room = 'blobs'"),
              ElementsAre("error newer-file blobs"));
  EXPECT_THAT(After("UPDATE cordon_versions SET version = 1 WHERE room = 'blobs'"),
              ElementsAre("note older-file blobs"));
  EXPECT_THAT(After("UPDATE cordon_versions SET version = 3 WHERE room = 'blobs'; "
                    "INSERT INTO cordon_versions VALUES ('jobs', 1)"),
              ElementsAre("error newer-file jobs"));
}

TEST_F(DoctorTest, FindsThatCordonsOwnTablesWereChanged) {
  EXPECT_THAT(After("DROP TABLE cordon_blob_counters"),
              ElementsAre("error own-tables cordon_blob_counters"));
}
TEST_F(DoctorTest, FindsAColumnInCordonsOwnTables) {
  EXPECT_THAT(After("ALTER TABLE cordon_members ADD COLUMN x TEXT"),
              ElementsAre("error own-tables cordon_members"));
}
TEST_F(DoctorTest, FindsThatCordonsOwnTablesAreOthers) {
  EXPECT_THAT(After("DROP TABLE cordon_versions; CREATE TABLE cordon_versions(x)"),
              ElementsAre("error own-tables"));
}
TEST_F(DoctorTest, FindsAViewInThePlaceOfATableOfCordonsOwn) {
  EXPECT_THAT(After("DROP TABLE cordon_schema; CREATE VIEW cordon_schema AS SELECT 1"),
              UnorderedElementsAre("error own-tables cordon_schema", "error no-declaration",
                                   "warning lock-untried"));
}
TEST_F(DoctorTest, FindsAnIndexOfCordonsOwnMissing) {
  EXPECT_THAT(After("DROP INDEX cordon_tenants_slug"),
              ElementsAre("error own-tables cordon_tenants"));
}

TEST_F(DoctorTest, FindsWhatIsNotDeclared) {
  for (const auto& [make, drop, object] : {
           std::tuple{"CREATE TABLE extra(x)", "DROP TABLE extra", "extra"},
           std::tuple{"CREATE INDEX cordon_n ON counters(n)", "DROP INDEX cordon_n", "cordon_n"},
           std::tuple{"CREATE VIEW seen AS SELECT 1", "DROP VIEW seen", "seen"},
           std::tuple{"CREATE INDEX by_n ON counters(n)", "DROP INDEX by_n", "by_n"},
           std::tuple{"CREATE TRIGGER cordon_t AFTER INSERT ON counters BEGIN SELECT 1; END",
                      "DROP TRIGGER cordon_t", "cordon_t"},
       }) {
    EXPECT_THAT(After(make), ElementsAre("error foreign-object " + std::string(object)));
    EXPECT_THAT(Platform::Open({.path = path()}), HasCode(ErrorCode::kSchemaDrift))
        << "as the finding says";
    RawSql(path(), drop);
  }
  EXPECT_THAT(After("CREATE TABLE cordon_extra(x)"),
              ElementsAre("warning foreign-object cordon_extra"));
  EXPECT_THAT(Platform::Open({.path = path()}), IsOk()) << "it is not looked at";
}

TEST_F(DoctorTest, FindsATableThatIsNotAsDeclared) {
  EXPECT_THAT(After("DROP INDEX customers_by_region"),
              ElementsAre("error schema-drift customers_by_region"));
  RawSql(path(), "ALTER TABLE counters ADD COLUMN more INTEGER");
  EXPECT_THAT(Found(Check()),
              ElementsAre("error schema-drift customers_by_region", "error schema-drift counters"));
  EXPECT_GT(Check().lock_attempts, 60U) << "it is tried all the same";
}

TEST_F(DoctorTest, FindsThatTheFileSaysNothingOfItsTables) {
  EXPECT_THAT(After("UPDATE cordon_schema SET declaration = 'lost'"),
              ElementsAre("error no-declaration", "warning lock-untried"));
}
TEST_F(DoctorTest, FindsADeclarationThatMakesNoTables) {
  EXPECT_THAT(After("UPDATE cordon_schema SET declaration = json_insert(declaration, "
                    "'$.tables[#]', json_extract(declaration, '$.tables[0]'))"),
              ElementsAre("warning lock-untried"));
}

TEST(Doctor, FindsAMigrationThatIsUnderWay) {
  const ScratchDirectory scratch;
  const std::string path = scratch.File("erp.db");
  MakeFirstRelease(path, 2, 8);
  int told = 0;
  EXPECT_THAT(TryMigrate<Release3>(path, {.rows_per_step = 5,
                                          .progress =
                                              [&](const cordon::MigrationProgress& progress) {
                                                ++told;
                                                return progress.tenant < 2;
                                              }}),
              HasCode(ErrorCode::kInterrupted));
  ASSERT_GT(told, 1);
  const HealthReport report = Must(cordon::CheckHealth({.path = path}));
  EXPECT_THAT(Found(report), ElementsAre("warning migration-under-way"));
  EXPECT_EQ(report.schema_version, 1);
  EXPECT_EQ(report.schema_target, 3);
  EXPECT_THAT(report.findings.front().message,
              AllOf(HasSubstr("from version 1 to 3"),
                    HasSubstr("backfill 1, of version 2, is done with 1 of 2 tenants")));
  EXPECT_THAT(report.findings.front().remedy, StartsWith("cordon migrate FILE --like TEMPLATE"));
  EXPECT_GT(report.lock_attempts, 50U);
  Must(TryMigrate<Release3>(path));
  EXPECT_THAT(Found(Must(cordon::CheckHealth({.path = path}))), IsEmpty());
}

// ---- the directory ------------------------------------------------------------------------------

TEST_F(DoctorTest, FindsAParentThatIsNotThere) {
  EXPECT_THAT(After("UPDATE cordon_tenants SET parent = randomblob(16) WHERE name = 'A'"),
              ElementsAre("error tenant-tree " + id_of_a));
}

TEST_F(DoctorTest, FindsACircle) {
  // Resellers may stand under resellers.
  EXPECT_THAT(After("UPDATE cordon_tenants SET kind = 3; UPDATE cordon_tenants SET parent = " +
                    Id("B") + " WHERE name = 'A'"),
              IsEmpty());
  EXPECT_THAT(After("UPDATE cordon_tenants SET parent = " + Id("A") + " WHERE name = 'B'"),
              ElementsAre(StartsWith("error tenant-tree ")));
  EXPECT_THAT(Check().findings.front().message, StartsWith("2 tenants have a place that leads"));
  EXPECT_THAT(MessageAfter("UPDATE cordon_tenants SET parent = " + Id("B") + " WHERE name = 'C'"),
              StartsWith("3 tenants have a place that leads"))
      << "C hangs from the circle";
}

TEST_F(DoctorTest, FindsATreeThatIsTooDeep) {
  std::string sql = "UPDATE cordon_tenants SET kind = 3 WHERE name = 'A';";
  std::string above = "A";
  for (int level = 2; level <= 17; ++level) {
    const std::string name = "L" + std::to_string(level);
    if (level == 17) {
      EXPECT_THAT(After(sql), IsEmpty()) << "16 levels are let";
    }
    sql = (level == 17 ? "" : sql) + "INSERT INTO cordon_tenants SELECT randomblob(16), '" + name +
          "', 1, 0, 3, id, NULL, '', '', 1, 1 FROM cordon_tenants WHERE name = '" + above + "';";
    above = name;
  }
  EXPECT_THAT(MessageAfter(sql), StartsWith("1 tenant has a place below more than 16 levels"));
}

TEST_F(DoctorTest, FindsAKindThatDoesNotFit) {
  EXPECT_THAT(After("UPDATE cordon_tenants SET parent = " + Id("B") + " WHERE name = 'A'"),
              ElementsAre("error tenant-tree " + id_of_a));
  EXPECT_THAT(Check().findings.front().message, StartsWith("1 tenant has a parent whose kind"));
}

TEST_F(DoctorTest, FindsASlugThatIsNone) {
  EXPECT_THAT(After("UPDATE cordon_tenants SET slug = 'Not A Slug' WHERE name = 'A'"),
              ElementsAre("error tenant-slug " + id_of_a));
}

TEST_F(DoctorTest, FindsThatTheEpochIsLost) {
  EXPECT_THAT(After("DELETE FROM cordon_directory"),
              ElementsAre("error own-tables cordon_directory"));
}

TEST_F(DoctorTest, FindsThatEnvelopesAreMiscounted) {
  EXPECT_THAT(After("INSERT INTO cordon_envelope_floors VALUES (" + Id("A") + ", 0, 5)"),
              ElementsAre("warning envelopes " + id_of_a));
  const std::string remedy = Check().findings.front().remedy;
  EXPECT_THAT(After(remedy.substr(remedy.find("UPDATE"))), IsEmpty()) << "the remedy is one";
  EXPECT_THAT(After("INSERT INTO cordon_envelopes VALUES (" + Id("A") + ", 1, x'00')"),
              ElementsAre("warning envelopes " + id_of_a));
}

// ---- the lock -----------------------------------------------------------------------------------

// The trials as CheckHealth() makes them, on tables in memory, with parts of the lock taken away.
class LockTrialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    memory = Must(cordon::internal::SqliteConnection::Borrow(db.get()));
    Must(MakeTrialTables(*memory, schema));
    catalog = Must(cordon::internal::ReadCatalog(db.get()));
    locked = Must(LockForTrial(*memory, schema, *clock, *entropy));
  }
  cordon::internal::LockTrial Try() {
    cordon::internal::LockTrial trial;
    Must(TryStatements(*locked, schema, catalog, &trial));
    Must(TryRows(*locked, schema, &trial));
    return trial;
  }

  const cordon::internal::SchemaView schema = cordon::internal::kViewOf<Shop>;
  const std::shared_ptr<const cordon::Clock> clock = cordon::SystemClock();
  const std::shared_ptr<cordon::Entropy> entropy = cordon::SystemEntropy();
  const cordon::internal::Database db = cordon::internal::OpenScratch();
  std::unique_ptr<cordon::internal::SqliteConnection> memory;
  cordon::internal::Catalog catalog;
  std::unique_ptr<cordon::internal::Connection> locked;
};

TEST_F(LockTrialTest, NothingComesThroughALockThatIsAlive) {
  const auto trial = Try();
  EXPECT_THAT(trial.let_through, IsEmpty());
  EXPECT_GT(trial.attempts, 50U);
  EXPECT_THAT(Try().let_through, IsEmpty()) << "the first trial left nothing behind";
}

TEST_F(LockTrialTest, ADeadAuthorizerIsNoticedByEachStatement) {
  sqlite3_set_authorizer(db.get(), nullptr, nullptr);
  const auto trial = Try();
  EXPECT_THAT(
      trial.let_through,
      AllOf(Contains("reads the tenants' table \"customers\""),
            Contains("writes the tenants' table \"orders\""),
            Contains("gives a row of \"counters\" to another tenant"),
            Contains("attaches another file"), Contains("uses a pragma"), Contains("makes a table"),
            Contains("drops a table"), Contains("makes a trigger"), Contains("ends a transaction"),
            Contains("reads the catalog"), Contains("calls what is not let in")));
  EXPECT_THAT(trial.let_through, Not(Contains(HasSubstr("of another tenant in"))))
      << "the row hook needs no authorizer";
  EXPECT_EQ(Must(cordon::internal::ReadCatalog(db.get())).tables.size(), catalog.tables.size())
      << "what came through was not run";
}

TEST_F(LockTrialTest, ADeadRowHookIsNoticedByTheRows) {
  sqlite3_preupdate_hook(db.get(), nullptr, nullptr);
  EXPECT_THAT(Try().let_through,
              UnorderedElementsAre("inserts rows of another tenant in \"customers\"",
                                   "changes rows of another tenant in \"customers\"",
                                   "deletes rows of another tenant in \"customers\"",
                                   "inserts rows of another tenant in \"orders\"",
                                   "changes rows of another tenant in \"orders\"",
                                   "deletes rows of another tenant in \"orders\"",
                                   "inserts rows of another tenant in \"counters\"",
                                   "changes rows of another tenant in \"counters\"",
                                   "deletes rows of another tenant in \"counters\"",
                                   "inserts rows of another tenant in \"samples\"",
                                   "changes rows of another tenant in \"samples\"",
                                   "deletes rows of another tenant in \"samples\""));
}

TEST_F(LockTrialTest, ADeadCommitHookIsNoticedByTheRows) {
  sqlite3_commit_hook(db.get(), nullptr, nullptr);
  // The statement is interrupted all the same, but one row is written before it notices.
  EXPECT_THAT(Try().let_through,
              UnorderedElementsAre("inserts rows of another tenant in \"customers\"",
                                   "inserts rows of another tenant in \"orders\"",
                                   "inserts rows of another tenant in \"counters\"",
                                   "inserts rows of another tenant in \"samples\""));
}

// ---- how it goes on -----------------------------------------------------------------------------

TEST_F(DoctorTest, TellsWhatItLooksAtAndStops) {
  std::vector<std::string> parts;
  Must(cordon::CheckHealth({.path = path(), .progress = [&](std::string_view part) {
                              if (parts.empty() || parts.back() != part) parts.emplace_back(part);
                              return true;
                            }}));
  EXPECT_THAT(parts, ElementsAre("pages", "versions", "directory", "declaration", "references",
                                 "rows of tenants", "locks"));
  EXPECT_THAT(
      cordon::CheckHealth({.path = path(), .progress = [](std::string_view) { return false; }}),
      HasCode(ErrorCode::kInterrupted));
  EXPECT_THAT(cordon::CheckHealth({.path = path(),
                                   .progress = [](std::string_view) -> bool {
                                     throw std::runtime_error("the terminal is gone");
                                   }}),
              HasCode(ErrorCode::kInterrupted));
}

TEST_F(DoctorTest, PeopleReadThis) {
  RawSql(path(), "CREATE TABLE \"two\nlines\"(x)");
  std::string text = RenderForPeople(Check());
  const std::size_t second = text.find('\n') + 1;
  EXPECT_THAT(text, StartsWith("cordon 0."));
  text = text.substr(text.find('\n', second) + 1);
  if (!kOverwrites) text = text.substr(text.find("  error"));
  EXPECT_THAT(text, StartsWith("  error    foreign-object: the table \"two?lines\" is in the file "
                               "and not in the product's declaration: the product refuses the "
                               "file\n           drop it with the program that made it; keep what "
                               "is not the product's in another file\nthe lock is alive: it "
                               "refused "));
  EXPECT_THAT(text, HasSubstr(" attempts to get past it\n1 error, 0 warnings, "));
}

}  // namespace
}  // namespace cordon_test
