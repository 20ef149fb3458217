// SPDX-License-Identifier: Apache-2.0
// Who is meant: ids that are parsed, missing, magic or hostile, and rights that are looked up by
// name.
#include <array>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

using cordon::TenantId;

TEST_F(Leak, L22_TheIdIsNoPartOfAStatement) {
  const std::string own = a_id->ToString();
  ASSERT_EQ(Must(TenantId::Parse(own)), *a_id);
  // Whatever parses is the canonical form of what it parses to, and nothing else.
  const auto only_canonical = [](const std::string& text) {
    const auto parsed = TenantId::Parse(text);
    if (parsed.ok()) {
      EXPECT_EQ(parsed->ToString(), text);
    } else {
      EXPECT_THAT(parsed, HasCode(ErrorCode::kInvalidArgument));
    }
    return parsed.ok();
  };
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          own + " ",
                                                          " " + own,
                                                          own + '\0',
                                                          own + "'",
                                                          own + "' OR '1'='1",
                                                          own + ";",
                                                          own + " UNION SELECT name FROM customers",
                                                          "'; DROP TABLE customers; --",
                                                          "x'00'",
                                                          "1",
                                                          "1 OR 1=1",
                                                          "tn_",
                                                          "tn_' OR 1=1 --0000000000000000",
                                                          own.substr(3),
                                                          own.substr(1),
                                                          own.substr(0, own.size() - 1),
                                                          own + "0",
                                                          "TN_" + own.substr(3),
                                                          own + own,
                                                          own + "%",
                                                          "%",
                                                          "*",
                                                          "tn_%",
                                                          "tn_**************************",
                                                          Hex(*a_id),
                                                          "tn_\xEF\xBC\x90" + own.substr(4),
                                                          "tn_\xD0\xBE" + own.substr(4)}) {
    EXPECT_FALSE(only_canonical(text)) << text;
  }
  std::mt19937_64 random(22);
  int parsed = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    switch (i % 4) {
      case 0:  // any bytes
        for (std::size_t n = random() % 40; n > 0; --n) text += static_cast<char>(random() % 256);
        break;
      case 1:  // an id with one byte changed
        text = own;
        text[random() % text.size()] = static_cast<char>(random() % 256);
        break;
      case 2:  // an id with something put in
        text = own;
        text.insert(random() % text.size(), 1, static_cast<char>(random() % 256));
        break;
      default:  // the right length, letters and digits
        text = "tn_";
        for (int n = 0; n < 26; ++n) {
          text += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[random() % 62];
        }
    }
    parsed += only_canonical(text) ? 1 : 0;
  }
  EXPECT_GT(parsed, 100) << "an id with another digit is an id";
  // An id that parses and is nobody's, and B's own, open nothing for who is no member.
  Must(platform->tenants().RemoveMember(*b_id, User("anna")));
  const auto theirs = platform->Enter(Verified("anna"), *b_id, cordon::Purpose("test"));
  const auto nobodys =
      platform->Enter(Verified("anna"), Must(TenantId::Draw(*entropy)), cordon::Purpose("test"));
  EXPECT_THAT(theirs, HasCode(ErrorCode::kNotPermitted));
  EXPECT_EQ(Describe(theirs.status()), Describe(nobodys.status()));
  // As a value of a statement it is a text like any other.
  for (const std::string& text : {own, std::string("' OR '1'='1"), b_id->ToString()}) {
    Same([&](const Session& session) {
      return Said(session.All(as<Customer>, "SELECT * FROM customers WHERE id = ?"_sql, text));
    });
  }
}

TEST_F(Leak, L26_NoIdMeansEverybody) {
  for (const char* text : {"0",
                           "-1",
                           "1",
                           "*",
                           "all",
                           "ALL",
                           "any",
                           "global",
                           "host",
                           "system",
                           "root",
                           "default",
                           "public",
                           "null",
                           "NULL",
                           "nil",
                           "undefined",
                           "00000000-0000-0000-0000-000000000000",
                           "ffffffff-ffff-ffff-ffff-ffffffffffff",
                           "tn_00000000000000000000000000"}) {
    EXPECT_THAT(TenantId::Parse(text), HasCode(ErrorCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(TenantId::FromBytes({}), HasCode(ErrorCode::kInvalidArgument));
  // Ids that look special are nobody's.
  TenantId::Bytes ones;
  ones.fill(std::byte{0xFF});
  EXPECT_THAT(
      platform->Enter(Verified("anna"), Must(TenantId::FromBytes(ones)), cordon::Purpose("test")),
      HasCode(ErrorCode::kNotPermitted));
  // A row of the nil tenant is nobody's and everybody's in a product where nil means all.
  RawSql(path(), "INSERT INTO counters (tenant_id, id, n) VALUES (zeroblob(16), 4000, 977)");
  EXPECT_EQ(Reads("SELECT id FROM counters WHERE id >= 100"), "");
  Writes("DELETE FROM counters WHERE id = 4000");
  const Outcome wide =
      Past("SELECT t0.\"id\" FROM " + ReadMark(kCounters) + " AS t0", Kind::kGlobalWrite, true);
  EXPECT_THAT(wide.status, HasCode(ErrorCode::kEngineLock));
  EXPECT_EQ(wide.rows, "");
  // A directory that was made to hold it opens nothing either.
  static_assert(!std::is_constructible_v<TenantId, int>);
  static_assert(!std::is_constructible_v<TenantId, TenantId::Bytes>);
  static_assert(!std::is_convertible_v<std::string, TenantId>);
}

TEST_F(Leak, L27_NoTenantIsNoFilter) {
  for (const char* text : {"", " ", "\t", "\n"}) {
    EXPECT_THAT(TenantId::Parse(text), HasCode(ErrorCode::kInvalidArgument));
    const auto blank = cordon::Principal::User(text);
    if (!blank.ok()) continue;
    EXPECT_THAT(platform->Enter(cordon::AssertVerified(*blank), *a_id, cordon::Purpose("test")),
                HasCode(ErrorCode::kNotPermitted));
  }
  EXPECT_THAT(cordon::Principal::User(""), HasCode(ErrorCode::kInvalidArgument));
  static_assert(!std::is_default_constructible_v<TenantId>);
  static_assert(!std::is_default_constructible_v<cordon::TenantContext>);
  static_assert(!std::is_default_constructible_v<Session>);
  static_assert(!std::is_constructible_v<Session, std::nullptr_t, int>);
  // Moved from: a context is of no use any more, a session keeps its tenant.
  Session moved = a->session;
  const Session taken = std::move(moved);
  EXPECT_EQ(Said(taken.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the test
  EXPECT_EQ(Said(moved.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
  const cordon::TenantContext context = std::move(a->context);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the test
  EXPECT_THAT(platform->OpenSession(a->context), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->context.Check(), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(context.Check(), IsOk());
}

// No tenant is not "the host".
TEST_F(Leak, L50_NobodyIsNotTheHost) {
  using Globals = cordon::GlobalTransaction<Shop>;
  static_assert(!std::is_convertible_v<Globals&, cordon::ReadTransaction<Shop>&>);
  static_assert(!std::is_convertible_v<Globals&, cordon::WriteTransaction<Shop>&>);
  static_assert(!std::is_convertible_v<cordon::ReadTransaction<Shop>&, Globals&>);
  static_assert(!std::is_default_constructible_v<cordon::GlobalWriteAccess>);
  for (const std::string& sql : std::vector<std::string>{
           "SELECT t0.\"name\" FROM " + ReadMark(kCustomers) + " AS t0",
           "SELECT t0.\"name\" FROM " + ReadMark(kCurrencies) + " AS t0 JOIN " +
               ReadMark(kCustomers) + " AS t1 ON 1",
           "DELETE FROM " + TargetMark(kCounters),
           "UPDATE " + TargetMark(kCounters) + " SET " + ColumnMark(kCounters, 1) + " = 0",
           "INSERT INTO " + TargetMark(kCounters) + " VALUES (zeroblob(16), 1, 1)",
           "INSERT INTO " + TargetMark(kCounters) + " VALUES (" + Hex(*b_id) + ", 1000, 1)",
           "INSERT INTO " + TargetMark(kCurrencies) + " SELECT id, name FROM customers"}) {
    const Outcome outcome = Past(sql, Kind::kGlobalWrite, true);
    EXPECT_THAT(outcome.status, HasCode(ErrorCode::kEngineLock)) << sql;
    EXPECT_EQ(outcome.rows, "") << sql;
    ExpectNeighboursUntouched();
  }
}

// Rights that are found by a name which another tenant has as well.
TEST_F(Leak, L51_RightsAreOfOneTenant) {
  const auto enter = [&](const cordon::VerifiedIdentity& who, const TenantId& where) {
    return Said(platform->Enter(who, where, cordon::Purpose("test")).status());
  };
  // B has a member of its own, in every kind, and with a name that A's kinds have.
  Must(platform->tenants().AddMember(*b_id, User("bob")));
  const auto service = Must(cordon::Principal::Service("anna-batch"));
  Must(platform->tenants().AddMember(*b_id, service));
  const std::string nowhere = enter(Verified("bob"), Must(TenantId::Draw(*entropy)));
  EXPECT_THAT(nowhere, StartsWith("refused: code 30,"));
  EXPECT_EQ(enter(Verified("bob"), *b_id), "OK");
  EXPECT_EQ(enter(Verified("bob"), *a_id), nowhere);
  EXPECT_EQ(enter(cordon::AssertVerified(service), *b_id), "OK");
  EXPECT_EQ(enter(cordon::AssertVerified(service), *a_id), nowhere);
  EXPECT_EQ(enter(Verified("anna-batch"), *b_id), nowhere)
      << "a user is not the service of its name";
  // Taken away in one tenant, it stays in the other.
  Must(platform->tenants().RemoveMember(*b_id, User("anna")));
  EXPECT_EQ(enter(Verified("anna"), *b_id), nowhere);
  EXPECT_EQ(enter(Verified("anna"), *a_id), "OK");
  EXPECT_THAT(b->session.Get(as<Order>, 1), HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(Said(a->session.Get(as<Order>, 1)), "1|K1|a-1|1.0000");
  // Tenants of one name are two.
  const TenantId second = Must(platform->tenants().Create("A"));
  EXPECT_EQ(enter(Verified("anna"), second), nowhere);
}

// A count of nothing that is taken for a fact.
TEST_F(Leak, L83_NoScopeIsAnErrorAndNotZero) {
  const auto ask_all = [](const Session& session, ErrorCode code) {
    EXPECT_THAT(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql), HasCode(code));
    EXPECT_THAT(session.All(as<Order>, "SELECT * FROM orders"_sql), HasCode(code));
    EXPECT_THAT(session.Find(as<Order>, 1), HasCode(code));
    EXPECT_THAT(session.Get(as<Order>, 1), HasCode(code));
    EXPECT_THAT(session.Ask("SELECT COUNT(*) FROM orders"), HasCode(code));
    EXPECT_THAT(session.Execute("DELETE FROM orders"_sql), HasCode(code));
    EXPECT_THAT(session.InsertAll(std::vector<Counter>{{50, 1}}), HasCode(code));
    EXPECT_THAT(session.InsertAll(std::vector<Counter>{}), HasCode(code)) << "no rows at all";
    EXPECT_THAT(session.ValueOf(cordon::TenantCounter("stock")), HasCode(code));
    EXPECT_THAT(session.AddTo(cordon::TenantCounter("stock"), 1), HasCode(code));
    EXPECT_THAT(session.ReadPage(as<Order>, "SELECT * FROM orders ORDER BY id"_sql, {.rows = 1}),
                HasCode(code));
    EXPECT_THAT(session.Read([](auto&) { return absl::OkStatus(); }), HasCode(code));
    EXPECT_THAT(session.Transaction([](auto&) { return absl::OkStatus(); }), HasCode(code));
  };
  Must(platform->tenants().Suspend(*a_id));
  ask_all(a->session, ErrorCode::kTenantSuspended);
  Must(platform->tenants().Resume(*a_id));
  a.emplace(Join(*a_id));
  a->context.Revoke();
  ask_all(a->session, ErrorCode::kContextRevoked);
  a.emplace(Join(*a_id));
  clock->Advance(std::chrono::hours(25));
  ask_all(a->session, ErrorCode::kContextExpired);
  // In the middle of a loop, too: an end of the rows would be a fact.
  a.emplace(Join(*a_id));
  int rows = 0;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders ORDER BY id"_sql)) {
      (void)row;
      if (++rows == 1) a->context.Revoke();
    }
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(rows, 1);
}

// Names of tenants are for people: nothing in the file is called after one.
TEST_F(Leak, L95_HostileNamesOfTenants) {
  const auto catalog = [&] {
    return RawSql(path(),
                  "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema "
                  "ORDER BY 1");
  };
  const std::vector<std::string> before = catalog();
  const std::string longest(200, 'x');
  std::vector<Twin> twins;
  for (const std::string& name :
       std::vector<std::string>{"a\"; drop schema public; --",
                                "'; DROP TABLE customers; --",
                                "select",
                                "main",
                                "temp",
                                "sqlite_schema",
                                "customers",
                                "cordon_tenants",
                                "A_b",
                                "a.b",
                                "../../etc/passwd",
                                "world.db",
                                "%",
                                "_",
                                "\\",
                                "`x`",
                                "[x]",
                                "x'00'",
                                "?1",
                                ":tenant",
                                "@a",
                                "$a",
                                longest,
                                longest.substr(0, 199) + "y",  // alike in the first 63 bytes
                                "\xD0\x90",                    // a Cyrillic A
                                "\xEF\xBC\xA1",                // a wide A
                                "A",
                                "A",
                                "a",
                                "CANARY",
                                "{}",
                                "%s%n",
                                "NULL",
                                "0",
                                "-1",
                                "*"}) {
    SCOPED_TRACE(name);
    twins.push_back(NewTenant(name));
    Furnish(twins.back().session, "t");
  }
  EXPECT_EQ(catalog(), before);
  std::size_t listed = 0;
  for (const auto& info : Must(platform->tenants().List())) {
    for (const Twin& twin : twins) listed += info.id == twin.id ? 1 : 0;
  }
  EXPECT_EQ(listed, twins.size());
  for (const Twin& twin : twins) {
    EXPECT_EQ(Said(twin.session.Ask("SELECT COUNT(*), MAX(number) FROM orders")), "3|t-3|\n");
  }
  // Each goes alone, whatever it is called.
  for (std::size_t i = 0; i < twins.size(); i += 2) {
    Must(platform->tenants().Remove(twins[i].id));
    ExpectNeighboursUntouched();
  }
  for (std::size_t i = 1; i < twins.size(); i += 2) {
    EXPECT_EQ(Said(twins[i].session.Ask("SELECT COUNT(*) FROM orders")), "3|\n");
  }
  Same([](const Session& session) {
    return Said(session.All(as<Order>, "SELECT * FROM orders ORDER BY id"_sql));
  });
  EXPECT_EQ(catalog(), before);
}

}  // namespace
}  // namespace cordon_test
