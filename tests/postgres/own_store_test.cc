// SPDX-License-Identifier: Apache-2.0
// Cordon's own tables on a server: texts, values, errors, and a server that goes away meanwhile.
#define CORDON_TEST_ON_POSTGRES
#include "data/postgres/own_store.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::internal::PgOwnText;
using cordon::internal::PgStore;
using ::testing::HasSubstr;

TEST(PgOwnTextTest, SaysTheSameToPostgreSql) {
  struct Case {
    const char* own;
    std::vector<int> bound;
    const char* there;
  };
  const Case cases[] = {
      {"SELECT epoch FROM cordon_directory", {}, "SELECT epoch FROM cordon.cordon_directory"},
      {"SELECT cordon_a.id FROM cordon_a WHERE x.cordon_b = 'cordon_c ?1' AND \"cordon_d\" = ?2",
       {2},
       "SELECT cordon.cordon_a.id FROM cordon.cordon_a WHERE x.cordon_b = 'cordon_c ?1' AND "
       "\"cordon_d\" = $1"},
      {"INSERT INTO cordon_a VALUES (?1, ?2, ?10, ?1)",
       {1, 10},
       "INSERT INTO cordon.cordon_a VALUES ($1, NULL, $2, $1)"},
      {"CREATE TABLE cordon_a(id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), parent BLOB "
       "REFERENCES cordon_a(id), name TEXT, n INTEGER NOT NULL) STRICT, WITHOUT ROWID",
       {},
       "CREATE TABLE cordon.cordon_a(id bytea NOT NULL PRIMARY KEY CHECK(length(id) = 16), parent "
       "bytea REFERENCES cordon.cordon_a(id), name text COLLATE \"C\", n bigint NOT NULL)"},
      {"CREATE UNIQUE INDEX cordon_a_n ON cordon_a(n)",
       {},
       "CREATE UNIQUE INDEX cordon_a_n ON cordon.cordon_a(n)"},
      {"DROP INDEX cordon_a_n", {}, "DROP INDEX cordon.cordon_a_n"},
      {"ALTER TABLE cordon_a_new RENAME TO cordon_a",
       {},
       "ALTER TABLE cordon.cordon_a_new RENAME TO cordon_a"},
      {"SELECT 'it''s cordon_a', 'open", {}, "SELECT 'it''s cordon_a', 'open"},
      {"", {}, ""},
  };
  for (const Case& each : cases) EXPECT_EQ(PgOwnText(each.own, each.bound), each.there);
}

class PgStoreTest : public Directories {
 protected:
  // What the statement gives as its first value; or what it fails with.
  std::string Said(const char* sql) {
    std::string said = "(no row)";
    const absl::Status done = house->store().Read([&](OwnConnection& connection) {
      OwnStatement find(connection, sql);
      if (find.Step()) said = std::to_string(find.Int(0));
      return find.status();
    });
    return done.ok() ? said : Describe(done);
  }
  std::string Epoch() { return Said("SELECT epoch FROM cordon_directory"); }
  static absl::Status Next(OwnConnection& connection) {
    return connection.Run("UPDATE cordon_directory SET epoch = epoch + 1");
  }
  absl::Status Run(const char* sql) {
    return house->store().Transact([&](OwnConnection& connection) { return connection.Run(sql); });
  }
  static void CutAll() {
    PostgresServer::Get().Sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
        "'directories' AND pid <> pg_backend_pid()");
  }
};

TEST_F(PgStoreTest, ValuesComeBackAsTheyWent) {
  const std::array<std::byte, 4> bytes = {std::byte{0}, std::byte{255}, std::byte{'\''},
                                          std::byte{0}};
  Must(Run("CREATE TABLE cordon_values(id INTEGER NOT NULL, t TEXT, b BLOB, n INTEGER) STRICT"));
  Must(house->store().Transact([&](OwnConnection& connection) -> absl::Status {
    OwnStatement insert(connection, "INSERT INTO cordon_values VALUES (?1, ?2, ?3, ?4)");
    insert.Bind(1, std::numeric_limits<std::int64_t>::min());
    insert.Bind(2, "株'; DROP");
    insert.Bind(3, std::span<const std::byte>(bytes));
    insert.Bind(4, std::numeric_limits<std::int64_t>::max());
    if (absl::Status done = insert.Finish(); !done.ok()) return done;
    EXPECT_EQ(insert.Changed(), 1);
    // A row of nothing, by INSERT … SELECT as well, where a parameter has no type of its own.
    OwnStatement none(connection, "INSERT INTO cordon_values SELECT ?1, ?2, ?3, nullif(?4, 0)");
    none.Bind(1, std::int64_t{0});
    none.Bind(4, std::int64_t{0});
    if (absl::Status done = none.Finish(); !done.ok()) return done;
    OwnStatement empty(connection, "INSERT INTO cordon_values VALUES (?1, ?2, ?3, 5)");
    empty.Bind(1, std::int64_t{1});
    empty.Bind(2, "");
    empty.Bind(3, std::span<const std::byte>());
    return empty.Finish();
  }));
  Must(house->store().Read([&](OwnConnection& connection) -> absl::Status {
    OwnStatement all(connection, "SELECT id, t, b, n FROM cordon_values ORDER BY id");
    EXPECT_TRUE(all.Step());
    EXPECT_EQ(all.Int(0), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(all.Text(1), "株'; DROP");
    EXPECT_THAT(all.Blob(2), ::testing::ElementsAreArray(bytes));
    EXPECT_EQ(all.Int(3), std::numeric_limits<std::int64_t>::max());
    EXPECT_TRUE(all.Step());
    EXPECT_EQ(all.Text(1), "");
    EXPECT_TRUE(all.Blob(2).empty());
    EXPECT_EQ(all.Int(3), 0);
    EXPECT_TRUE(all.Step());
    EXPECT_FALSE(all.Step());
    return all.status();
  }));
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_values WHERE t IS NULL AND b IS NULL AND n IS NULL"),
            "1");
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_values WHERE t = '' AND length(b) = 0"), "1");
}

TEST_F(PgStoreTest, WhatIsNoIntegerIsNotTakenForOne) {
  EXPECT_EQ(Said("SELECT sum(epoch) FROM cordon_directory"),
            Describe(cordon::internal::Error(ErrorCode::kValueOutOfRange,
                                             "a value of the result is no integer")));
  EXPECT_EQ(Said("SELECT epoch = 1 FROM cordon_directory"), "1");
}

TEST_F(PgStoreTest, ConstraintsHaveTheCodesThatTheyHaveOnSqlite) {
  const std::string other = "SELECT decode(repeat('ab', 16), 'hex'), 1, 'x', 1";
  EXPECT_THAT(Run("INSERT INTO cordon_directory VALUES (1, 1)"),
              HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(Run("INSERT INTO cordon_directory VALUES (2, 1)"),
              HasCode(ErrorCode::kCheckViolation));
  EXPECT_THAT(Run("UPDATE cordon_directory SET epoch = NULL"),
              HasCode(ErrorCode::kNotNullViolation));
  EXPECT_THAT(Run(("INSERT INTO cordon_members " + other).c_str()),
              HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_EQ(Epoch(), "1");
}

TEST_F(PgStoreTest, AnActIsKeptWhollyOrNotAtAll) {
  const absl::Status why = cordon::internal::Error(ErrorCode::kTenantTree, "no");
  EXPECT_EQ(house->store().Transact([&](OwnConnection& connection) {
    Must(Next(connection));
    return why;
  }),
            why);
  EXPECT_EQ(Epoch(), "1");
  // An act that does not look at what a statement said.
  EXPECT_THAT(house->store().Transact([&](OwnConnection& connection) {
    Must(Next(connection));
    (void)connection.Run("INSERT INTO cordon_directory VALUES (1, 1)");
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kTransactionOver));
  EXPECT_EQ(Epoch(), "1");
  EXPECT_THAT(house->store().Transact([&](OwnConnection& connection) -> absl::Status {
    Must(Next(connection));
    throw std::bad_alloc();
  }),
              HasCode(ErrorCode::kOutOfMemory));
  EXPECT_EQ(Epoch(), "1");
  Must(house->store().Transact(&Next));
  EXPECT_EQ(Epoch(), "2");
}

TEST_F(PgStoreTest, ANewerReleasesTablesAreRefused) {
  const char* const steps[] = {"CREATE TABLE cordon_rooms(id INTEGER) STRICT",
                               "CREATE INDEX cordon_rooms_id ON cordon_rooms(id)"};
  Must(house->store().Migrate("rooms", steps));
  Must(house->store().Migrate("rooms", steps));
  EXPECT_EQ(Raw("SELECT version FROM cordon_versions WHERE room = 'rooms'"), "2");
  EXPECT_THAT(house->store().Migrate("rooms", std::span(steps, 1)), HasCode(ErrorCode::kNewerFile));
}

TEST_F(PgStoreTest, OptionsThatCannotBeAreRefused) {
  PostgresOptions options = OptionsFor("directories");
  options.patience = -1ms;
  EXPECT_THAT(PgStore::Open(options), HasCode(ErrorCode::kInvalidArgument));
  options = OptionsFor("directories");
  options.owner_role = "";
  EXPECT_THAT(PgStore::Open(options), HasCode(ErrorCode::kInvalidArgument));
}

// ---- a server that goes away --------------------------------------------------------------------

TEST_F(PgStoreTest, AServerThatStopsInTheMiddleChangesNothing) {
  const absl::Status lost = house->store().Transact([&](OwnConnection& connection) {
    Must(Next(connection));
    PostgresServer::Get().Stop();
    return Next(connection);
  });
  EXPECT_THAT(lost, HasCode(ErrorCode::kConnectionLost));
  EXPECT_THAT(Text(lost), HasSubstr("nothing was changed"));
  // Away: asked again for as long as the patience lasts.
  const auto impatient = [&] {
    PostgresOptions options = OptionsFor("directories");
    options.patience = 300ms;
    return PgStore::Open(options).status();
  };
  EXPECT_THAT(impatient(), HasCode(ErrorCode::kCannotOpen));
  PostgresServer::Get().Start();
  EXPECT_EQ(Epoch(), "1");
  Must(house->store().Transact(&Next));
  EXPECT_EQ(Epoch(), "2");
}

TEST_F(PgStoreTest, AConnectionThatIsLostDuringTheCommitSaysThatNobodyKnows) {
  PostgresServer::Get().Sql(
      "CREATE FUNCTION cordon.die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
      "pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'; CREATE "
      "CONSTRAINT TRIGGER die AFTER UPDATE ON cordon.cordon_directory DEFERRABLE INITIALLY "
      "DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION cordon.die(); ALTER FUNCTION cordon.die OWNER TO erp_owner; "
      "GRANT EXECUTE ON FUNCTION cordon.die TO erp_owner",
      "directories");
  const absl::Status lost = house->store().Transact(&Next);
  EXPECT_THAT(lost, HasCode(ErrorCode::kConnectionLost));
  EXPECT_THAT(Text(lost), HasSubstr("look whether it took place"));
  EXPECT_EQ(Epoch(), "1");
}

TEST_F(PgStoreTest, ConnectionsThatWereCutWhileTheyLayIdleAreNotUsed) {
  for (int round = 0; round < 3; ++round) {
    CutAll();
    EXPECT_EQ(Epoch(), std::to_string(1 + round));
    CutAll();
    EXPECT_THAT(house->store().Transact(&Next), IsOk());
  }
}

// What only a process of its own can do: die.
TEST_F(PgStoreTest, AProcessThatDiesInTheMiddleLeavesNothing) {
  const auto impatient = Another(200ms);
  Child child({"--hold", PostgresServer::Get().Conninfo("directories")});
  std::string line;
  ASSERT_TRUE(child.Line(&line));
  EXPECT_EQ(line, "inside");
  EXPECT_THAT(impatient->store().Transact(&Next), HasCode(ErrorCode::kBusy));
  child.Kill();
  (void)child.Wait();
  EXPECT_THAT(house->store().Transact(&Next), IsOk());
  EXPECT_EQ(Epoch(), "2");
}

// Begins, says so, and never ends.
int Hold(const char* conninfo) {
  PostgresOptions options;
  options.conninfo = conninfo;
  options.owner_role = "erp_owner";
  const auto store = Must(PgStore::Open(options));
  return store->Transact([](OwnConnection& connection) -> absl::Status {
                Must(connection.Run("UPDATE cordon_directory SET epoch = 1000"));
                Say("inside");
                for (;;) pause();
              }).ok()
             ? 0
             : 1;
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "--hold") return cordon_test::Hold(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
