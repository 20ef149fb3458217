// SPDX-License-Identifier: Apache-2.0
// One connection: what is bound, what is counted, what ends, and what is told.
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <thread>

#include "support/postgres.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PgConnectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (PostgresServer::Binaries().empty()) return;
    auto& server = PostgresServer::Get();
    server.Sql("CREATE ROLE erp_app LOGIN");
    server.Sql(
        "CREATE TABLE notes (id int8 PRIMARY KEY, n int8 NOT NULL CHECK (n < 1000), "
        "parent int8 REFERENCES notes); GRANT ALL ON notes TO erp_app");
  }
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    options_ = OptionsFor("postgres");
    PostgresServer::Get().Sql("TRUNCATE notes");
    connection_ = Connect(options_, "erp_app");
  }
  absl::StatusOr<PgRows> Run(std::string_view text, const PgArguments& arguments = {}) {
    return connection_->Run(text, arguments);
  }
  void Begin(PgAccess access = PgAccess::kRead) { Must(connection_->Begin(TenantOf('A'), access)); }
  static void AwaitSleeper() {
    while (PostgresServer::Get()
               .Sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
               .front() == "0") {
      std::this_thread::sleep_for(5ms);
    }
  }
  std::int64_t Pid() { return FirstInteger(connection_->Execute("SELECT pg_backend_pid()")); }

  PostgresOptions options_;
  std::unique_ptr<PgConnection> connection_;
};

TEST_F(PgConnectionTest, ValuesPassInBinary) {
  Begin();
  const std::string bytes("\0\1\xff", 3);
  auto rows =
      Run("SELECT $1::int8, $2::bool, $3::float8, $4::text, $5::bytea, $6::uuid, $7::int8, "
          "$8::text, $9::int8, 7::int4, (-2)::int2",
          PgArguments()
              .Integer(-5'000'000'000)
              .Boolean(true)
              .Real(-0.5)
              .Text("größer")
              .Bytes(std::as_bytes(std::span(bytes)))
              .Id(TenantOf('Z'))
              .NullInteger()
              .NullText()
              .Integer(INT64_MIN));
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->columns(), 11);
  EXPECT_EQ(Must(rows->Integer(0, 0)), -5'000'000'000);
  EXPECT_EQ(Must(rows->Integer(0, 1)), 1);
  EXPECT_EQ(rows->Bytes(0, 2), std::string_view("\xbf\xe0\0\0\0\0\0\0", 8));
  EXPECT_EQ(rows->Bytes(0, 3), "größer");
  EXPECT_EQ(rows->Bytes(0, 4), bytes);
  EXPECT_EQ(rows->Bytes(0, 5), std::string(16, 'Z'));
  EXPECT_TRUE(rows->IsNull(0, 6));
  EXPECT_TRUE(rows->IsNull(0, 7));
  EXPECT_EQ(Must(rows->Integer(0, 8)), INT64_MIN);
  EXPECT_EQ(Must(rows->Integer(0, 9)), 7);
  EXPECT_EQ(Must(rows->Integer(0, 10)), -2);
  EXPECT_THAT(rows->Integer(0, 6), HasCode(ErrorCode::kValueOutOfRange)) << "NULL";
  EXPECT_THAT(rows->Integer(0, 3), HasCode(ErrorCode::kValueOutOfRange)) << "a text";
}

TEST_F(PgConnectionTest, TheTenantIsBoundInTheRoundTripOfTheFirstStatement) {
  const std::string_view who = "SELECT current_setting('cordon.tenant', true)";
  const std::int64_t before = connection_->round_trips();
  Begin();
  EXPECT_EQ(connection_->round_trips(), before) << "nothing was said yet";
  EXPECT_EQ(First(connection_->Run(who, {}, PgThen::kCommit)), DigitsOf('A'));
  EXPECT_EQ(connection_->round_trips(), before + 1) << "BEGIN, binding, statement and COMMIT";
  EXPECT_TRUE(connection_->Clean());

  Must(connection_->Begin(TenantOf('B'), PgAccess::kWrite));
  EXPECT_EQ(First(Run(who)), DigitsOf('B'));
  EXPECT_THAT(connection_->Commit(), IsOk());
  EXPECT_EQ(connection_->round_trips(), before + 3) << "a write is looked at before it is kept";

  EXPECT_EQ(First(connection_->Execute(who)), "") << "it goes with its transaction";
  Begin();
  EXPECT_THAT(connection_->Commit(), IsOk());
  EXPECT_EQ(connection_->round_trips(), before + 4) << "a transaction without a statement is none";
}

TEST_F(PgConnectionTest, AWriteIsNeverCommittedUnseen) {
  Begin(PgAccess::kWrite);
  EXPECT_THAT(connection_->Run("INSERT INTO notes VALUES (1, 1)", {}, PgThen::kCommit),
              HasCode(ErrorCode::kInternal));
  connection_->Rollback();
  Begin(PgAccess::kRead);
  EXPECT_THAT(connection_->Run("INSERT INTO notes VALUES (1, 1)", {}, PgThen::kCommit),
              HasCode(ErrorCode::kReadOnly));
  connection_->Rollback();
  EXPECT_EQ(PostgresServer::Get().Sql("SELECT count(*) FROM notes").front(), "0");
}

TEST_F(PgConnectionTest, StatementsArePreparedOnceAndTheirNamesCannotBeGuessed) {
  for (int i = 0; i < 3; ++i) {
    Begin();
    EXPECT_EQ(FirstInteger(
                  connection_->Run("SELECT $1::int8", PgArguments().Integer(i), PgThen::kCommit)),
              i);
  }
  EXPECT_EQ(FirstInteger(connection_->Execute("SELECT count(*) FROM pg_prepared_statements")), 1);
  EXPECT_EQ(
      FirstInteger(connection_->Execute(
          "SELECT count(*) FROM pg_prepared_statements WHERE name ~ '^s[0-9a-f]{32}_[0-9]+$'")),
      1);
  // The same text with another type is another statement.
  Begin();
  EXPECT_THAT(connection_->Run("SELECT $1::int8", PgArguments().NullText(), PgThen::kCommit),
              IsOk());
  // More than are kept.
  for (int i = 0; i < 300; ++i) {
    Begin();
    EXPECT_EQ(FirstInteger(
                  connection_->Run("SELECT " + std::to_string(i) + "::int8", {}, PgThen::kCommit)),
              i);
  }
  EXPECT_EQ(FirstInteger(connection_->Execute("SELECT count(*) FROM pg_prepared_statements")), 256);
}

TEST_F(PgConnectionTest, BehindAPoolerNothingIsPreparedOrSet) {
  options_.pgbouncer = true;
  options_.statement_timeout = 1234ms;
  connection_ = Connect(options_, "erp_app");
  Begin();
  EXPECT_EQ(First(connection_->Run("SELECT current_setting('statement_timeout')")), "1234ms");
  EXPECT_EQ(First(connection_->Run("SELECT current_setting('cordon.tenant')")), DigitsOf('A'));
  EXPECT_THAT(connection_->Commit(), IsOk());
  EXPECT_EQ(FirstInteger(connection_->Execute("SELECT count(*) FROM pg_prepared_statements")), 0);
  EXPECT_EQ(First(connection_->Execute("SELECT current_setting('statement_timeout')")), "0");
}

TEST_F(PgConnectionTest, AStatementEndsAtItsTimeAndTheConnectionStays) {
  options_.statement_timeout = 100ms;
  connection_ = Connect(options_, "erp_app");
  Begin();
  EXPECT_THAT(Run("SELECT pg_sleep(60)"), HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kTransactionOver));
  connection_->Rollback();
  EXPECT_TRUE(connection_->Clean());
  Begin();
  EXPECT_EQ(FirstInteger(Run("SELECT 2::int8")), 2);
}

TEST_F(PgConnectionTest, AServerThatStopsIsLeft) {
  const std::int64_t pid = Pid();
  options_.statement_timeout = 100ms;
  connection_ = Connect(options_, "erp_app");
  const std::int64_t stopped = Pid();
  ASSERT_NE(pid, stopped);
  ASSERT_EQ(kill(static_cast<pid_t>(stopped), SIGSTOP), 0);
  Begin();
  EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kConnectionLost));
  EXPECT_FALSE(connection_->Clean());
  kill(static_cast<pid_t>(stopped), SIGKILL);  // which makes the server restart all of its own
  PostgresServer::Get().Stop();
  PostgresServer::Get().Start();
}

TEST_F(PgConnectionTest, AnInterruptHitsItsTransactionOnly) {
  Begin();
  ASSERT_EQ(FirstInteger(Run("SELECT 1::int8")), 1);
  const std::shared_ptr<PgInterrupter> interrupter = connection_->Interrupter();
  auto sleeper =
      std::async(std::launch::async, [&] { return Run("SELECT pg_sleep(60)").status(); });
  AwaitSleeper();
  interrupter->Interrupt();
  EXPECT_THAT(sleeper.get(), HasCode(ErrorCode::kInterrupted));
  connection_->Rollback();
  EXPECT_FALSE(connection_->Clean()) << "another request may be on its way";

  // Over: it stops nothing any more.
  connection_ = Connect(options_, "erp_app");
  Begin();
  const std::shared_ptr<PgInterrupter> late = connection_->Interrupter();
  ASSERT_THAT(connection_->Run("SELECT 1", {}, PgThen::kCommit), IsOk());
  Begin();
  auto next = std::async(std::launch::async, [&] { return Run("SELECT pg_sleep(0.5)").status(); });
  AwaitSleeper();
  late->Interrupt();
  EXPECT_THAT(next.get(), IsOk());
  EXPECT_THAT(connection_->Commit(), IsOk());
  EXPECT_TRUE(connection_->Clean());

  // Between two statements it meets the next one.
  Begin();
  ASSERT_THAT(Run("SELECT 1"), IsOk());
  connection_->Interrupter()->Interrupt();
  EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kInterrupted));
}

TEST_F(PgConnectionTest, NothingIsPrinted) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  EXPECT_THAT(connection_->Execute("DO $$BEGIN RAISE NOTICE 'secret'; END$$"), IsOk());
  EXPECT_THAT(connection_->Execute("COMMIT"), IsOk()) << "a warning: there is no transaction";
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(PgConnectionTest, ErrorsAreCordonsAndQuoteNothing) {
  PostgresServer::Get().Sql("INSERT INTO notes VALUES (777, 1)");
  const std::vector<std::pair<std::string, ErrorCode>> cases = {
      {"INSERT INTO notes VALUES (777, 1)", ErrorCode::kUniqueViolation},
      {"INSERT INTO notes VALUES (1, 1, 777777)", ErrorCode::kForeignKeyViolation},
      {"INSERT INTO notes VALUES (777777, NULL)", ErrorCode::kNotNullViolation},
      {"INSERT INTO notes VALUES (1, 777777)", ErrorCode::kCheckViolation},
      {"SELECT 777777 / 0", ErrorCode::kValueOutOfRange},
      {"SELECT '777777x'::int8", ErrorCode::kInvalidArgument},
      {"SELECT nothing777777", ErrorCode::kStatementRefused},
      {"SELECT * FROM pg_authid /* 777777 */", ErrorCode::kEngineLock},
      {"SELECT 1; SELECT 777777", ErrorCode::kStatementRefused},
      {"SELECT repeat('777777', 300000000)", ErrorCode::kBudgetExceeded},
      {std::string("SELECT 777777\0", 14), ErrorCode::kStatementRefused},
  };
  for (const auto& [text, code] : cases) {
    Begin(PgAccess::kWrite);
    const absl::Status status = Run(text).status();
    EXPECT_THAT(status, HasCode(code)) << text;
    EXPECT_THAT(Text(status), Not(HasSubstr("777"))) << text;
    EXPECT_THAT(connection_->Commit(), HasCode(ErrorCode::kTransactionOver)) << text;
    connection_->Rollback();
    ASSERT_TRUE(connection_->Clean()) << text;
  }
}

TEST_F(PgConnectionTest, ConflictsNameNobodyAndCanBeTriedAgain) {
  PostgresServer::Get().Sql("INSERT INTO notes VALUES (1, 1), (2, 2)");
  const auto other = Connect(options_, "erp_app");
  // A row that was changed since the snapshot.
  Begin(PgAccess::kWrite);
  ASSERT_THAT(Run("SELECT n FROM notes"), IsOk());
  Must(other->Begin(TenantOf('A'), PgAccess::kWrite));
  ASSERT_THAT(other->Run("UPDATE notes SET n = n + 1 WHERE id = 1"), IsOk());
  ASSERT_THAT(other->Commit(), IsOk());
  EXPECT_THAT(Run("UPDATE notes SET n = n + 1 WHERE id = 1"), HasCode(ErrorCode::kBusy));
  connection_->Rollback();
  // A deadlock, which the server breaks for one of the two.
  Begin(PgAccess::kWrite);
  Must(other->Begin(TenantOf('B'), PgAccess::kWrite));
  ASSERT_THAT(Run("UPDATE notes SET n = 5 WHERE id = 1"), IsOk());
  ASSERT_THAT(other->Run("UPDATE notes SET n = 6 WHERE id = 2"), IsOk());
  auto theirs = std::async(std::launch::async, [&] {
    return other->Run("UPDATE notes SET n = 6 WHERE id = 1").status();
  });
  const absl::Status ours = Run("UPDATE notes SET n = 5 WHERE id = 2").status();
  if (!ours.ok()) connection_->Rollback();
  const absl::Status their = theirs.get();
  EXPECT_NE(ours.ok(), their.ok());
  EXPECT_THAT(ours.ok() ? their : ours, HasCode(ErrorCode::kBusy));
}

TEST_F(PgConnectionTest, AKilledBackEndIsALostConnectionAndNoSignal) {
  signal(SIGPIPE, SIG_DFL);
  const std::int64_t pid = Pid();
  Begin(PgAccess::kWrite);
  ASSERT_THAT(Run("INSERT INTO notes VALUES (1, 1)"), IsOk());
  EXPECT_TRUE(connection_->Quiet());
  PostgresServer::Get().Sql("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
  EXPECT_FALSE(connection_->Quiet());
  EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kConnectionLost));
  EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kTransactionOver));
  connection_->Rollback();
  EXPECT_FALSE(connection_->Clean());
  EXPECT_THAT(connection_->Begin(TenantOf('A'), PgAccess::kRead), HasCode(ErrorCode::kInternal));
  EXPECT_EQ(PostgresServer::Get().Sql("SELECT count(*) FROM notes").front(), "0");
}

TEST_F(PgConnectionTest, AConnectionLostDuringTheCommitSaysThatNobodyKnows) {
  PostgresServer::Get().Sql(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION slow()");
  const std::int64_t pid = Pid();
  Begin(PgAccess::kWrite);
  ASSERT_THAT(Run("INSERT INTO notes VALUES (1, 1)"), IsOk());
  auto commit = std::async(std::launch::async, [&] { return connection_->Commit(); });
  AwaitSleeper();
  PostgresServer::Get().Sql("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
  const absl::Status status = commit.get();
  EXPECT_THAT(status, HasCode(ErrorCode::kConnectionLost));
  EXPECT_THAT(Text(status), HasSubstr("look whether it took place"));
  PostgresServer::Get().Sql("DROP TRIGGER slow ON notes; DROP FUNCTION slow()");
}

TEST_F(PgConnectionTest, WhatIsNoStatementOfATenantsClosesTheConnection) {
  for (const std::string text :
       {"SET cordon.tenant = 'x'", "RESET ALL", "SHOW cordon.tenant", "BEGIN", "COMMIT", "ROLLBACK",
        "EXPLAIN SELECT 1", "LISTEN x", "PREPARE x AS SELECT 1", "", "-- nothing",
        "COPY notes TO STDOUT", "COPY notes FROM STDIN", "DECLARE c CURSOR FOR SELECT 1"}) {
    connection_ = Connect(options_, "erp_app");
    Begin(PgAccess::kWrite);
    ASSERT_THAT(Run("INSERT INTO notes VALUES (1, 1)"), IsOk());
    EXPECT_THAT(Run(text), HasCode(ErrorCode::kEngineLock)) << text;
    EXPECT_THAT(Run("SELECT 1"), HasCode(ErrorCode::kTransactionOver)) << text;
    EXPECT_THAT(connection_->Commit(), HasCode(ErrorCode::kTransactionOver)) << text;
    connection_->Rollback();
    EXPECT_FALSE(connection_->Clean()) << text;
    if (text != "COMMIT") {
      EXPECT_EQ(PostgresServer::Get().Sql("SELECT count(*) FROM notes").front(), "0") << text;
    }
    PostgresServer::Get().Sql("TRUNCATE notes");
  }
}

TEST_F(PgConnectionTest, LargeValuesGoBothWays) {
  std::string large(12'000'000, 'x');
  large.back() = 'y';
  Begin();
  auto rows = Run("SELECT $1::text, $1::text", PgArguments().Text(large));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->Bytes(0, 0), large);
  EXPECT_EQ(rows->Bytes(0, 1), large);
}

TEST_F(PgConnectionTest, OptionsThatAreNone) {
  const auto deadline = [] { return std::chrono::steady_clock::now() + 10s; };
  options_.statement_timeout = 0ms;
  EXPECT_THAT(PgConnection::Open(options_, "erp_app", deadline()),
              HasCode(ErrorCode::kInvalidArgument));
  options_ = OptionsFor("postgres");
  options_.conninfo = "host=x password='hunter2";
  const absl::Status status = PgConnection::Open(options_, "erp_app", deadline()).status();
  EXPECT_THAT(status, HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Text(status), Not(HasSubstr("hunter2")));
}

TEST_F(PgConnectionTest, WhyNoConnectionComesAbout) {
  const auto deadline = [] { return std::chrono::steady_clock::now() + 10s; };
  const auto open = [&](const std::string& conninfo, const std::string& role) {
    options_.conninfo = conninfo;
    return PgConnection::Open(options_, role, deadline()).status();
  };
  auto& server = PostgresServer::Get();
  EXPECT_THAT(Text(open(server.Conninfo("no_such_database"), "erp_app")), HasSubstr("refused"));
  EXPECT_THAT(Text(open(server.Conninfo(), "no_such_role")), HasSubstr("refused"));
  EXPECT_THAT(Text(open("host=/nowhere dbname=x", "erp_app")), HasSubstr("not reached"));
  EXPECT_THAT(open("host=/nowhere dbname=x", "erp_app"), HasCode(ErrorCode::kCannotOpen));

  // TLS settings are libpq's: this server speaks none.
  EXPECT_THAT(open(server.TcpConninfo() + " sslmode=disable", "erp_app"), IsOk());
  EXPECT_THAT(open(server.TcpConninfo() + " sslmode=require", "erp_app"),
              HasCode(ErrorCode::kCannotOpen));

  // Somebody who accepts and says nothing.
  const int silent = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(silent, 1), 0);
  ASSERT_EQ(getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  options_.conninfo = "host=127.0.0.1 port=" + std::to_string(ntohs(address.sin_port));
  const absl::Status status =
      PgConnection::Open(options_, "erp_app", std::chrono::steady_clock::now() + 200ms).status();
  EXPECT_THAT(Text(status), HasSubstr("does not answer"));
  close(silent);
}

TEST_F(PgConnectionTest, TheServersRoleIsCordonsToName) {
  options_.conninfo += " user=postgres";
  connection_ = Connect(options_, "erp_app");
  EXPECT_EQ(First(connection_->Execute("SELECT current_user::text")), "erp_app");
}

}  // namespace
}  // namespace cordon_test
