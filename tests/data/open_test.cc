// SPDX-License-Identifier: Apache-2.0
// What a platform opens, what it refuses, and what it says about it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Opening : public World {
 protected:
  absl::Status TryOpen() { return Platform::Open(Options()).status(); }
  absl::Status TryOpen(const std::string& at) {
    cordon::PlatformOptions options = Options();
    options.path = at;
    return Platform::Open(options).status();
  }
  void Write(const std::string& content) { std::ofstream(path(), std::ios::binary) << content; }
  std::string Content() {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Damage(std::size_t at, std::size_t length) {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    for (std::size_t i = 0; i < length; ++i) file.put(static_cast<char>(0xA5));
  }
  // A file with rows, closed; everything of it in the main file.
  void MakeFile() {
    OpenTwins();
    Close();
  }
};

// ---- paths ---------------------------------------------------------------------------------

TEST_F(Opening, CreatesWhatIsMissingAndFindsItAgain) {
  EXPECT_THAT(TryOpen(), IsOk());
  EXPECT_THAT(TryOpen(), IsOk());
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(RawValue(path(),
                     "SELECT count(*) FROM sqlite_schema WHERE name IN ('customers', "
                     "'orders', 'counters', 'samples', 'currencies')"),
            "5");
}

TEST_F(Opening, ThePathIsAnOrdinaryFile) {
  for (const std::string& bad : {std::string(), std::string(":memory:"), std::string("file:x.db"),
                                 "file://" + path() + "?mode=memory",
                                 std::string("file::memory:?cache=shared"), path() + '\0' + "x"}) {
    EXPECT_THAT(TryOpen(bad), HasCode(ErrorCode::kInvalidArgument)) << bad;
  }
  EXPECT_FALSE(std::filesystem::exists("file:x.db"));
  EXPECT_THAT(TryOpen(scratch.path()), HasCode(ErrorCode::kCannotOpen)) << "a directory";
  EXPECT_THAT(TryOpen(scratch.path() + "/missing/x.db"), HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(TryOpen("/dev/null"), Not(IsOk()));
  EXPECT_THAT(TryOpen("/proc/self/status"), Not(IsOk()));
  // Characters that mean something elsewhere are part of a name here.
  for (const char* name :
       {"with space.db", "q?mode=ro", "p%20.db", "#hash", "'quote\".db", "株.db"}) {
    EXPECT_THAT(TryOpen(scratch.File(name)), IsOk()) << name;
    EXPECT_TRUE(std::filesystem::exists(scratch.File(name))) << name;
  }
}

TEST_F(Opening, MessagesDoNotShowThePath) {
  EXPECT_THAT(Text(TryOpen(scratch.path() + "/secret-customer/x.db")),
              Not(HasSubstr("secret-customer")));
}

// ---- files of others -----------------------------------------------------------------------

TEST_F(Opening, ATextFileStaysAsItIs) {
  const std::string text(5000, 'x');
  Write(text);
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kNotADatabase));
  EXPECT_EQ(Content(), text);
}

TEST_F(Opening, AnotherApplicationsFileStaysAsItIs) {
  RawSql(path(), "CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1)");
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kSchemaDrift));
  EXPECT_EQ(RawValue(path(), "SELECT group_concat(name) FROM sqlite_schema"), "theirs");
  EXPECT_EQ(RawValue(path(), "PRAGMA application_id"), "0");
  EXPECT_EQ(RawValue(path(), "PRAGMA journal_mode"), "delete");
}

TEST_F(Opening, AnEmptyFileMarkedByAnotherApplicationIsRefused) {
  RawSql(path(), "PRAGMA application_id = 1234567");
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kSchemaDrift));
}

TEST_F(Opening, AnEmptyFileIsTaken) {
  Write("");
  EXPECT_THAT(TryOpen(), IsOk());
}

TEST_F(Opening, AFileOfANewerReleaseIsRefused) {
  MakeFile();
  for (const char* room : {"tenant", "data"}) {
    const std::string where = std::string(" WHERE room = '") + room + "'";
    RawSql(path(), "UPDATE cordon_versions SET version = version + 100" + where);
    EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kNewerFile)) << room;
    RawSql(path(), "UPDATE cordon_versions SET version = version - 100" + where);
  }
  EXPECT_THAT(TryOpen(), IsOk());
}

// ---- damage --------------------------------------------------------------------------------

TEST_F(Opening, ADamagedHeaderIsSaid) {
  MakeFile();
  Damage(0, 16);
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kNotADatabase));
}

TEST_F(Opening, ADamagedSchemaPageIsSaid) {
  MakeFile();
  Damage(100, 200);
  const absl::Status refused = TryOpen();
  EXPECT_THAT(refused,
              ::testing::AnyOf(HasCode(ErrorCode::kCorrupt), HasCode(ErrorCode::kNotADatabase)));
}

TEST_F(Opening, DamageAnywhereIsAnErrorAndNeverAnotherTenantsRow) {
  MakeFile();
  const std::string whole = Content();
  const cordon::PlatformOptions options = Options();
  int refused = 0;
  int said = 0;
  for (std::size_t at = 512; at + 64 < whole.size(); at += 1024) {
    Write(whole);
    Damage(at, 64);
    auto opened = Platform::Open(options);
    if (!opened.ok()) {
      ++refused;
      EXPECT_NE(CodeOf(opened.status()), ErrorCode::kUnknown);
      continue;
    }
    const auto all = Must((*opened)->tenants().List());
    for (const cordon::TenantInfo& info : all) {
      if (info.name == kCanary || info.name == "B") continue;
      auto context = (*opened)->Enter(Verified("anna"), info.id, cordon::Purpose("test"));
      if (!context.ok()) continue;
      const Session session = Must((*opened)->OpenSession(*context));
      const auto rows = session.All(as<Customer>, "SELECT * FROM customers"_sql);
      const auto orders = session.All(as<Order>, "SELECT * FROM orders"_sql);
      if (!rows.ok() || !orders.ok()) ++said;
      if (rows.ok()) {
        for (const auto& row : *rows) EXPECT_THAT(row->name, Not(HasSubstr(std::string(kCanary))));
      }
      if (orders.ok()) {
        for (const auto& row : *orders) {
          EXPECT_THAT(row->number, Not(HasSubstr(std::string(kCanary))));
        }
      }
    }
  }
  EXPECT_GT(refused + said, 0);
}

TEST_F(Opening, ATruncatedFileIsSaid) {
  MakeFile();
  const std::string whole = Content();
  Write(whole.substr(0, whole.size() / 2));
  auto opened = Platform::Open(Options());
  const absl::Status seen =
      opened.ok() ? (*opened)->tenants().Create("x").status() : opened.status();
  EXPECT_THAT(seen, HasCode(ErrorCode::kCorrupt));
}

// ---- permissions ---------------------------------------------------------------------------

// Root may write everywhere, so the attempt is made by a child process under another user.
class ReadOnly : public Opening {
 protected:
  void SetUp() override {
    MakeFile();
    std::filesystem::path up = scratch.path();
    for (; up != up.root_path(); up = up.parent_path()) {
      const auto mode = std::filesystem::status(up).permissions();
      if ((mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none &&
          up != scratch.path() && geteuid() == 0) {
        GTEST_SKIP() << up << " cannot be entered by another user: set TEST_TMPDIR elsewhere";
      }
    }
  }
  void TearDown() override {
    chmod(scratch.path().c_str(), 0700);
    chmod(path().c_str(), 0600);
  }
  // The code of what `act` returns where root's powers are gone.
  template <class Act>
  static ErrorCode AsNobody(const Act& act) {
    const pid_t child = fork();
    if (child == 0) {
      if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0)) _exit(255);
      _exit(static_cast<int>(CodeOf(act())));
    }
    int state = 0;
    waitpid(child, &state, 0);
    EXPECT_TRUE(WIFEXITED(state));
    return static_cast<ErrorCode>(WEXITSTATUS(state));
  }
};

TEST_F(ReadOnly, AReadOnlyFileIsSaid) {
  chmod(scratch.path().c_str(), 0777);
  chmod(path().c_str(), 0444);
  EXPECT_EQ(AsNobody([&] { return TryOpen(); }), ErrorCode::kReadOnly);
}

TEST_F(ReadOnly, AReadOnlyDirectoryIsSaid) {
  chmod(scratch.path().c_str(), 0555);
  chmod(path().c_str(), 0666);
  const ErrorCode code = AsNobody([&] { return TryOpen(); });
  EXPECT_TRUE(code == ErrorCode::kReadOnly || code == ErrorCode::kCannotOpen)
      << static_cast<int>(code);
  EXPECT_EQ(AsNobody([&] { return TryOpen(scratch.File("new.db")); }), ErrorCode::kCannotOpen);
}

TEST_F(ReadOnly, AFileThatMayNotBeReadIsSaid) {
  chmod(scratch.path().c_str(), 0777);
  chmod(path().c_str(), 0000);
  EXPECT_EQ(AsNobody([&] { return TryOpen(); }), ErrorCode::kCannotOpen);
}

// ---- drift ---------------------------------------------------------------------------------

class Drift : public Opening {
 protected:
  void SetUp() override { MakeFile(); }
  // Declares customers, orders or counters otherwise than the file.
  template <class Other>
  absl::Status OpenAs() {
    return cordon::Platform<Other>::Open(Options()).status();
  }
  void ExpectDrift(const std::string& sql, const std::string& named) {
    RawSql(path(), sql);
    const absl::Status refused = TryOpen();
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift)) << sql;
    EXPECT_THAT(Text(refused), HasSubstr(named)) << sql;
    EXPECT_THAT(Text(refused), Not(HasSubstr(std::string(kCanary))));
  }
  // Makes a table anew from a changed text of its declaration.
  void Redeclare(const std::string& table, const std::string& from, const std::string& to) {
    std::string sql =
        RawValue(path(), "SELECT sql FROM sqlite_schema WHERE name = '" + table + "'");
    const std::size_t at = sql.find(from);
    ASSERT_NE(at, std::string::npos) << sql;
    sql.replace(at, from.size(), to);
    RawSql(path(), "DROP TABLE " + table);
    RawSql(path(), sql);
  }
  void ExpectDrift(const std::string& table, const std::string& from, const std::string& to,
                   const std::string& named) {
    Redeclare(table, from, to);
    const absl::Status refused = TryOpen();
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(Text(refused), AllOf(HasSubstr("'" + table + "'"), HasSubstr(named)));
  }
};

TEST_F(Drift, AnExtraColumn) {
  ExpectDrift("ALTER TABLE counters ADD COLUMN extra INTEGER", "extra");
}
TEST_F(Drift, AMissingColumn) { ExpectDrift("counters", "  \"n\" INTEGER NOT NULL,\n", "", "'n'"); }
TEST_F(Drift, ARenamedColumn) { ExpectDrift("ALTER TABLE counters RENAME COLUMN n TO m", "'n'"); }
TEST_F(Drift, AnotherType) { ExpectDrift("counters", "\"n\" INTEGER", "\"n\" TEXT", "TEXT"); }
TEST_F(Drift, AnotherNullability) {
  ExpectDrift("counters", "\"n\" INTEGER NOT NULL", "\"n\" INTEGER", "NULL");
}
TEST_F(Drift, AnotherNullabilityTheOtherWay) {
  ExpectDrift("customers", "\"region\" TEXT", "\"region\" TEXT NOT NULL", "NULL");
}
TEST_F(Drift, AnotherKey) {
  ExpectDrift("counters", "PRIMARY KEY (\"tenant_id\", \"id\")",
              "PRIMARY KEY (\"tenant_id\", \"id\", \"n\")", "key");
}
TEST_F(Drift, AKeyThatDoesNotBeginWithTheTenant) {
  ExpectDrift("counters", "PRIMARY KEY (\"tenant_id\", \"id\")",
              "PRIMARY KEY (\"id\", \"tenant_id\")", "tenant_id");
}
TEST_F(Drift, AMissingUniqueConstraint) {
  ExpectDrift("orders", ",\n  UNIQUE (\"tenant_id\", \"number\")", "", "constraints");
}
TEST_F(Drift, AUniqueConstraintAcrossTenants) {
  ExpectDrift("orders", "UNIQUE (\"tenant_id\", \"number\")", "UNIQUE (\"number\")", "constraints");
}
TEST_F(Drift, AMissingForeignKey) {
  const std::string sql = RawValue(path(), "SELECT sql FROM sqlite_schema WHERE name = 'orders'");
  const std::size_t at = sql.find(",\n  FOREIGN KEY");
  ASSERT_NE(at, std::string::npos);
  ExpectDrift("orders", sql.substr(at, sql.find("\n) STRICT") - at), "", "constraints");
}
TEST_F(Drift, AnotherScaleOfADecimal) { ExpectDrift("orders", "scale 4", "scale 2", "amount"); }
TEST_F(Drift, ATableThatIsNotStrict) {
  ExpectDrift("counters", ") STRICT, WITHOUT ROWID", ") WITHOUT ROWID", "counters");
}
TEST_F(Drift, AMissingCheck) {
  ExpectDrift("samples", " CHECK (\"flag\" IN (0, 1))", "", "constraints");
}
TEST_F(Drift, AMissingIndexIsMadeAgain) {
  const std::string name =
      RawValue(path(),
               "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'customers' AND "
               "sql IS NOT NULL");
  RawSql(path(), "DROP INDEX " + name);
  EXPECT_THAT(TryOpen(), IsOk());
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM sqlite_schema WHERE name = '" + name + "'"),
            "1");
}
TEST_F(Drift, AMissingTableIsMadeAgain) {
  RawSql(path(), "DROP TABLE counters");
  EXPECT_THAT(TryOpen(), IsOk());
}
TEST_F(Drift, AnUndeclaredTable) { ExpectDrift("CREATE TABLE more(x)", "more"); }
TEST_F(Drift, AnUndeclaredIndex) {
  ExpectDrift("CREATE UNIQUE INDEX couples_tenants ON customers(name)", "couples_tenants");
}
TEST_F(Drift, AnUndeclaredIndexWithAFriendlyName) {
  ExpectDrift("CREATE UNIQUE INDEX cordon_index ON customers(name, id)", "cordon_index");
}
TEST_F(Drift, ATrigger) {
  ExpectDrift("CREATE TRIGGER spy AFTER INSERT ON customers BEGIN DELETE FROM orders; END", "spy");
}
TEST_F(Drift, ATriggerWithAFriendlyName) {
  ExpectDrift("CREATE TRIGGER cordon_spy AFTER INSERT ON customers BEGIN DELETE FROM orders; END",
              "cordon_spy");
}
TEST_F(Drift, AView) { ExpectDrift("CREATE VIEW window_ AS SELECT * FROM customers", "window_"); }
TEST_F(Drift, AViewInATablesPlace) {
  RawSql(path(), "DROP TABLE counters; CREATE VIEW counters AS SELECT 1 AS id, 2 AS n");
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kSchemaDrift));
}
TEST_F(Drift, GatheredStatistics) {
  ExpectDrift("ANALYZE", "sqlite_stat1");
  // The message says what to do, and that helps.
  RawSql(path(), "DROP TABLE sqlite_stat1");
  (void)TryOpen();
  if (RawValue(path(), "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'") == "1") {
    RawSql(path(), "DROP TABLE sqlite_stat4");
  }
  EXPECT_THAT(TryOpen(), IsOk());
}
// Other declarations of the same tables.
struct Global {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Counter>("counters").Key<&Counter::id>("id").Column<&Counter::n>("n")};
};
struct Fewer {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Counter>("counters").Key<&Counter::id>("id").Column<&Counter::n>("n")};
};
struct More {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Customer>("a_new_one").Key<&Customer::id>("id"),
      cordon::TenantTable<Counter>("counters").Key<&Counter::id>("id").Column<&Counter::n>("m")};
};

TEST_F(Drift, ATenantsTableThatBecameEverybodys) {
  const absl::Status refused = OpenAs<Global>();
  EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(Text(refused), HasSubstr("counters"));
}
TEST_F(Drift, ATableThatIsNoLongerDeclared) {
  EXPECT_THAT(OpenAs<Fewer>(), HasCode(ErrorCode::kSchemaDrift));
}
TEST_F(Drift, ARefusalChangesNothing) {
  const std::string before = RawValue(path(), "SELECT group_concat(sql) FROM sqlite_schema");
  EXPECT_THAT(OpenAs<More>(), HasCode(ErrorCode::kSchemaDrift));
  EXPECT_EQ(RawValue(path(), "SELECT group_concat(sql) FROM sqlite_schema"), before);
}

// ---- the installation's secret -------------------------------------------------------------

class Vault final : public cordon::SecretSource {
 public:
  explicit Vault(std::string key) : key_(std::move(key)) {}
  absl::StatusOr<cordon::Secret> Fetch(std::string_view name) override {
    EXPECT_EQ(name, "cordon.installation");
    if (key_.empty()) {
      return cordon::internal::Error(ErrorCode::kNotFound, "the vault holds no such secret");
    }
    return cordon::Secret::CopyFrom(std::as_bytes(std::span(key_)));
  }

 private:
  std::string key_;
};

class Installation : public Opening {
 protected:
  absl::Status OpenWith(const std::string& key) {
    cordon::PlatformOptions options = Options();
    options.secrets = std::make_shared<Vault>(key);
    return Platform::Open(options).status();
  }
  const std::string right = "the installation's own secret";
};

TEST_F(Installation, OpensWithItsSecretOnly) {
  ASSERT_THAT(OpenWith(right), IsOk());
  EXPECT_THAT(OpenWith(right), IsOk());
  EXPECT_THAT(OpenWith("another installation's secret"), HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kCannotOpen)) << "missing";
  EXPECT_THAT(OpenWith(""), HasCode(ErrorCode::kNotFound)) << "the vault's own answer";
  EXPECT_THAT(OpenWith(right), IsOk());
}

TEST_F(Installation, ASuperfluousSecretIsSaid) {
  ASSERT_THAT(TryOpen(), IsOk());
  EXPECT_THAT(OpenWith(right), HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(TryOpen(), IsOk());
}

TEST_F(Installation, SecretsHaveALength) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{15}, std::size_t{65}}) {
    EXPECT_THAT(OpenWith(std::string(size, 'x')), HasCode(ErrorCode::kInvalidArgument)) << size;
  }
  EXPECT_FALSE(RawValue(path(), "SELECT count(*) FROM sqlite_schema") == "-1");
  EXPECT_THAT(OpenWith(std::string(64, 'x')), IsOk());
}

TEST_F(Installation, ASealFromElsewhereIsNoSeal) {
  ASSERT_THAT(OpenWith(right), IsOk());
  RawSql(path(), "UPDATE cordon_installation SET file = randomblob(16)");
  EXPECT_THAT(OpenWith(right), HasCode(ErrorCode::kCannotOpen));
  RawSql(path(), "UPDATE cordon_installation SET file = x'00'");
  EXPECT_THAT(OpenWith(right), HasCode(ErrorCode::kCorrupt));
}

TEST_F(Opening, WithoutEntropyNothingOpens) {
  entropy->failing = true;
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kInternal));
  entropy->failing = false;
  EXPECT_THAT(TryOpen(), IsOk());
  entropy->failing = true;
  EXPECT_THAT(TryOpen(), HasCode(ErrorCode::kInternal)) << "the engine lock draws its own secret";
}

TEST_F(Opening, AReaderThatCannotDrawItsSecretServesNobody) {
  OpenTwins();
  Close();
  Open();
  const auto id = Must(platform->tenants().List()).front().id;
  Twin twin = Join(id);  // opens the first reader
  entropy->failing = true;
  Must(twin.session.Read([&](auto&) -> absl::Status {
    EXPECT_THAT(twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql),
                HasCode(ErrorCode::kInternal));
    return absl::OkStatus();
  }));
  entropy->failing = false;
  Must(twin.session.Read([&](auto&) -> absl::Status {
    EXPECT_THAT(twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql), IsOk());
    return absl::OkStatus();
  }));
}

// ---- global tables -------------------------------------------------------------------------

class Globals : public World {
 protected:
  void SetUp() override { OpenTwins(); }
};

TEST_F(Globals, AreWrittenByTheHostAndReadByAll) {
  EXPECT_THAT(platform->WriteGlobals(
                  cordon::GlobalWriteAccess::Get(),
                  [](auto& tx) -> absl::Status {
                    Must(tx.Insert(Currency{"EUR", "euro"}));
                    Must(tx.Insert(Currency{"CHF", "franc"}));
                    return tx
                        .Execute("UPDATE currencies SET name = 'Euro' WHERE code = ?"_sql, "EUR")
                        .status();
                  }),
              IsOk());
  for (const Twin* twin : {&*a, &*b, &*c}) {
    EXPECT_EQ(
        Must(twin->session.One(as<Currency>, "SELECT * FROM currencies WHERE code = 'EUR'"_sql))
            ->name,
        "Euro");
    EXPECT_EQ(Must(twin->session.All(as<std::tuple<std::string, std::string>>,
                                     "SELECT c.id, k.name FROM customers AS c JOIN currencies AS k "
                                     "ON k.code = 'CHF' ORDER BY c.id"_sql))
                  .size(),
              3U);
  }
}

TEST_F(Globals, AFailedBodyWritesNothing) {
  EXPECT_EQ(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                   [](auto& tx) -> absl::Status {
                                     Must(tx.Insert(Currency{"EUR", "euro"}));
                                     return absl::AbortedError("no");
                                   }),
            absl::AbortedError("no"));
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM currencies"_sql)).Plain(),
            0);
}

TEST_F(Globals, ATenantsValueDoesNotBecomeEverybodys) {
  const auto name =
      Must(b->session.One(as<std::string>, "SELECT name FROM customers WHERE id = 'K1'"_sql));
  EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                     [&](auto& tx) -> absl::Status {
                                       return tx
                                           .Execute(
                                               "INSERT INTO currencies (code, name) "
                                               "VALUES ('X', ?)"_sql,
                                               name)
                                           .status();
                                     }),
              HasCode(ErrorCode::kForeignValue));
}

TEST_F(Globals, AreReadInTheirOwnTransaction) {
  EXPECT_THAT(
      platform->WriteGlobals(
          cordon::GlobalWriteAccess::Get(),
          [](auto& tx) -> absl::Status {
            Must(tx.Insert(Currency{"EUR", "euro"}));
            EXPECT_EQ(Must(tx.One(as<std::int64_t>, "SELECT COUNT(*) FROM currencies"_sql)).Plain(),
                      1);
            return tx.Nested([](auto& inner) { return inner.Insert(Currency{"X", "x"}); });
          }),
      IsOk());
}

}  // namespace
}  // namespace cordon_test
