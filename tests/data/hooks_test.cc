// SPDX-License-Identifier: Apache-2.0
// What hooks are told, what they can refuse, and what happens when they misbehave.
#include "cordon/data/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "support/world.h"

namespace {
thread_local std::int64_t allocations = 0;
}  // namespace

// Not inlined: GCC would take the pairs apart and warn.
__attribute__((noinline)) void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size == 0 ? 1 : size); at != nullptr) return at;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* at) noexcept { std::free(at); }
__attribute__((noinline)) void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace cordon_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Writes down what it is told, and does what a test puts into `on`.
class Recorder final : public cordon::Hook {
 public:
  explicit Recorder(bool timed = false) : timed_(timed) {}
  bool WantsDuration() const override { return timed_; }
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    Note("before" + Tables(event));
    Keep(event);
    return Act("before");
  }
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    Note("after" + Tables(event) + " returned " + std::to_string(event.rows_returned) +
         " changed " + std::to_string(event.rows_changed) + (event.outcome.ok() ? "" : " failed"));
    Keep(event);
    return Act("after");
  }
  absl::Status BeforeCommit(const cordon::TransactionEvent& event) override {
    Note("commit?");
    Keep(event);
    return Act("commit?");
  }
  void AfterCommit(const cordon::TransactionEvent& event) override {
    Note("committed");
    Keep(event);
    (void)Act("committed");
  }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    Note(event.nested ? "part undone" : "undone");
    Keep(event);
    (void)Act("undone");
  }
  void Denied(const cordon::DenialEvent& event) override {
    denials.push_back(CodeOf(event.status));
    denied_of = event.who.tenant == nullptr ? "" : event.who.tenant->ToString();
    texts += Text(event.status);
    fingerprint = event.fingerprint;
    (void)Act("denied");
  }

  std::vector<std::string> Take() { return std::exchange(log, {}); }

  std::vector<std::string> log;
  std::vector<ErrorCode> denials;
  std::string denied_of;
  std::string texts;  // everything that could hold a value
  std::vector<std::uint64_t> transactions;
  std::uint64_t fingerprint = 0;
  std::optional<std::chrono::nanoseconds> duration;
  absl::Status outcome;
  std::string tenant, principal, purpose, trace;
  std::map<std::string, std::function<absl::Status()>> on;

 private:
  static std::string Tables(const cordon::StatementEvent& event) {
    std::string text;
    for (const cordon::TouchedTable& table : event.tables) {
      text += (table.written ? " >" : " ") + std::string(table.name);
    }
    return text;
  }
  void Note(std::string line) { log.push_back(std::move(line)); }
  template <class Event>
  void Keep(const Event& event) {
    transactions.push_back(event.transaction);
    duration = event.duration;
    outcome = event.outcome;
    texts += Text(event.outcome);
    if constexpr (requires { event.fingerprint; }) fingerprint = event.fingerprint;
    tenant = event.who.tenant == nullptr ? "" : event.who.tenant->ToString();
    principal = event.who.principal == nullptr ? "" : event.who.principal->name();
    purpose = event.who.purpose;
    trace = event.who.trace == nullptr ? "" : event.who.trace->ToString();
  }
  absl::Status Act(const std::string& when) {
    const auto found = on.find(when);
    if (found == on.end()) return absl::OkStatus();
    const auto act = found->second;  // may change `on`
    return act();
  }
  const bool timed_;
};

absl::Status No() { return absl::FailedPreconditionError("the hook says no"); }

MATCHER(IsTheHooksNo, "is what the hook said") {
  *result_listener << Describe(StatusOf(arg));
  return StatusOf(arg) == No();
}

class Hooks : public World {
 protected:
  void SetUp() override { OpenWith({hook}); }
  void OpenWith(std::vector<std::shared_ptr<cordon::Hook>> hooks) {
    cordon::PlatformOptions options = Options();
    options.hooks = std::move(hooks);
    options.patience = 50ms;
    OpenTwins(std::move(options));
    Forget();
  }
  void Forget() {
    hook->log.clear();
    hook->denials.clear();
    hook->transactions.clear();
  }
  std::int64_t N(std::int64_t id) {
    const std::string n =
        RawValue(path(), "SELECT n FROM counters WHERE id = " + std::to_string(id) +
                             " AND n < 900 ORDER BY n DESC LIMIT 1");
    return n == "(no row)" ? -1 : std::stoll(n);
  }
  absl::Status Raise(const Session& session) {
    return session.Execute("UPDATE counters SET n = n + 10 WHERE id = 3"_sql).status();
  }

  std::shared_ptr<Recorder> hook = std::make_shared<Recorder>();
};

// ---- what is told -------------------------------------------------------------------------------

TEST_F(Hooks, AReadOfItsOwn) {
  Must(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = ?"_sql, 1));
  EXPECT_THAT(hook->Take(), ElementsAre("before counters", "after counters returned 1 changed 0"));
  Must(a->session.All(as<std::string>,
                      "SELECT o.number FROM orders AS o JOIN customers AS c ON c.id = "
                      "o.customer_id"_sql));
  EXPECT_THAT(hook->Take(), ElementsAre("before customers orders",
                                        "after customers orders returned 3 changed 0"));
  EXPECT_FALSE(Must(a->session.Optional(as<Counter>, "SELECT * FROM counters WHERE id = 9"_sql))
                   .has_value());
  EXPECT_THAT(hook->Take(), ElementsAre("before counters", "after counters returned 0 changed 0"));
}

TEST_F(Hooks, AWriteOfItsOwn) {
  Must(Raise(a->session));
  EXPECT_THAT(hook->Take(), ElementsAre("before >counters", "after >counters returned 0 changed 1",
                                        "commit?", "committed"));
  Must(a->session.Insert(Counter{50, 1}));
  EXPECT_THAT(hook->Take(), ElementsAre("before >counters", "after >counters returned 0 changed 1",
                                        "commit?", "committed"));
  EXPECT_THAT(a->session.Insert(Counter{50, 1}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(hook->Take(), ElementsAre("before >counters",
                                        "after >counters returned 0 changed 0 failed", "undone"));
  EXPECT_EQ(CodeOf(hook->outcome), ErrorCode::kUniqueViolation);
}

TEST_F(Hooks, ATransactionIsOneNumber) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{60, 1}));
    return tx.Execute("UPDATE counters SET n = (SELECT COUNT(*) FROM orders)"_sql).status();
  }));
  EXPECT_THAT(hook->Take(),
              ElementsAre("before >counters", "after >counters returned 0 changed 1",
                          "before orders >counters", "after orders >counters returned 0 changed 4",
                          "commit?", "committed"));
  for (const std::uint64_t number : hook->transactions) {
    EXPECT_EQ(number, hook->transactions.front());
  }
  const std::uint64_t first = hook->transactions.front();
  Forget();
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{61, 1}));
    return No();
  }),
              IsTheHooksNo());
  EXPECT_THAT(hook->Take(),
              ElementsAre("before >counters", "after >counters returned 0 changed 1", "undone"));
  EXPECT_EQ(hook->outcome, No());
  EXPECT_NE(hook->transactions.front(), first);
}

TEST_F(Hooks, ASnapshotHasStatementsOnly) {
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters"_sql)) {
      if (row->id == 2) break;
    }
    return tx.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql).status();
  }));
  EXPECT_THAT(hook->Take(), ElementsAre("before counters", "after counters returned 2 changed 0",
                                        "before orders", "after orders returned 1 changed 0"));
}

TEST_F(Hooks, APartThatIsUndone) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Nested([&](auto& inner) -> absl::Status {
      Must(inner.Insert(Counter{70, 1}));
      return No();
    }),
                IsTheHooksNo());
    return tx.Nested([&](auto& inner) { return inner.Insert(Counter{71, 1}); });
  }));
  EXPECT_THAT(hook->Take(),
              ElementsAre("before >counters", "after >counters returned 0 changed 1", "part undone",
                          "before >counters", "after >counters returned 0 changed 1", "commit?",
                          "committed"));
}

TEST_F(Hooks, GlobalTablesAreWrittenForNobody) {
  Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Insert(Currency{"CHF", "Franc"});
  }));
  EXPECT_THAT(hook->Take(),
              ElementsAre("before >currencies", "after >currencies returned 0 changed 1", "commit?",
                          "committed"));
  EXPECT_EQ(hook->tenant + hook->principal + hook->purpose + hook->trace, "");
}

TEST_F(Hooks, WhoActs) {
  Must(Raise(b->session));
  EXPECT_EQ(hook->tenant, b->id.ToString());
  EXPECT_EQ(hook->principal, "anna");
  EXPECT_EQ(hook->purpose, "test");
  EXPECT_EQ(hook->trace, b->context.trace().ToString());
}

TEST_F(Hooks, ABodyThatThrowsIsUndone) {
  EXPECT_THROW((void)a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THROW((void)tx.Nested([&](auto& inner) -> absl::Status {
      Must(inner.Insert(Counter{79, 1}));
      throw std::logic_error("inner");
    }),
                 std::logic_error);
    Must(tx.Insert(Counter{80, 1}));
    throw std::logic_error("body");
  }),
               std::logic_error);
  EXPECT_THAT(hook->Take(),
              ElementsAre("before >counters", "after >counters returned 0 changed 1", "part undone",
                          "before >counters", "after >counters returned 0 changed 1", "undone"));
  EXPECT_EQ(CodeOf(hook->outcome), ErrorCode::kTransactionOver);
}

TEST_F(Hooks, NoValueIsTold) {
  const std::string secret = "a very private value";
  EXPECT_THAT(a->session.Insert(Order{1, "K1", secret, {}}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(a->session.Insert(Order{9, secret, secret, {}}),
              HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(a->session.One(as<Customer>, "SELECT * FROM customers WHERE name = ?"_sql, secret),
              HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(hook->texts.find(secret), std::string::npos);
  EXPECT_NE(hook->texts.find("cordon:"), std::string::npos);
}

TEST_F(Hooks, AFingerprintIsOfTheStatementNotOfItsSpelling) {
  const auto of = [&](auto sql) {
    Must(a->session.All(as<std::string>, sql));
    return hook->fingerprint;
  };
  using Sql = cordon::Checked<Shop, cordon::internal::Access::kWrite, std::string>;
  const std::uint64_t print = of(Sql("SELECT c.name FROM customers AS c WHERE c.id = 'K1'"_sql));
  EXPECT_NE(print, 0U);
  EXPECT_EQ(print, of(Sql("select  x.NAME\n from Customers x -- why\n where x.id = 'K22'"_sql)));
  EXPECT_NE(print, of(Sql("SELECT c.name FROM customers AS c WHERE c.id <> 'K1'"_sql)));
  EXPECT_NE(print, of(Sql("SELECT c.id FROM customers AS c WHERE c.id = 'K1'"_sql)));
  EXPECT_NE(print, of(Sql("SELECT o.number FROM orders AS o WHERE o.customer_id = 'K1'"_sql)));
  const std::uint64_t number =
      of(Sql("SELECT number FROM orders WHERE id = 1 AND amount < 22"_sql));
  EXPECT_EQ(number, of(Sql("SELECT number FROM orders WHERE id = 333 AND amount < 4"_sql)));
  const cordon::TenantId ours = a->id;
  cordon::PlatformOptions options = Options();
  options.hooks = {hook};
  Open(std::move(options));
  a.emplace(Join(ours));
  EXPECT_EQ(print, of(Sql("SELECT c.name FROM customers AS c WHERE c.id = 'K1'"_sql)))
      << "the same in another platform object";
}

TEST_F(Hooks, DurationsAreForThoseWhoWantThem) {
  auto timed = std::make_shared<Recorder>(true);
  OpenWith({hook, timed});
  timed->log.clear();
  timed->on["before"] = [&] {
    clock->Advance(5ms);
    return absl::OkStatus();
  };
  Must(Raise(a->session));
  EXPECT_EQ(timed->duration, 5ms);
  EXPECT_EQ(hook->duration, std::nullopt);
  EXPECT_EQ(timed->log, hook->log);
}

// ---- what is refused ----------------------------------------------------------------------------

TEST_F(Hooks, ARefusedStatementDoesNotRun) {
  auto second = std::make_shared<Recorder>();
  auto first = std::make_shared<Recorder>();
  OpenWith({first, hook, second});
  first->log.clear();
  second->log.clear();
  hook->on["before"] = [] { return No(); };
  EXPECT_THAT(Raise(a->session), IsTheHooksNo());
  EXPECT_EQ(N(3), 3);
  EXPECT_THAT(hook->Take(), ElementsAre("before >counters", "undone"));
  EXPECT_THAT(first->Take(), ElementsAre("before >counters",
                                         "after >counters returned 0 changed 0 failed", "undone"));
  EXPECT_THAT(second->Take(), ElementsAre("undone"));
  int refused = 0;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    refused += tx.Insert(Counter{90, 1}) == No() ? 1 : 0;
    hook->on.clear();
    return tx.Insert(Counter{91, 1});  // the transaction goes on
  }));
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(N(90), -1);
  EXPECT_EQ(N(91), 1);
}

TEST_F(Hooks, AnErrorAfterAStatementFailsTheAct) {
  hook->on["after"] = [] { return No(); };
  EXPECT_THAT(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = ?"_sql, 1),
              IsTheHooksNo());
  EXPECT_THAT(a->session.Optional(as<Counter>, "SELECT * FROM counters WHERE id = ?"_sql, 1),
              IsTheHooksNo());
  EXPECT_THAT(a->session.All(as<Counter>, "SELECT * FROM counters"_sql), IsTheHooksNo());
  EXPECT_THAT(Raise(a->session), IsTheHooksNo());
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Insert(Counter{90, 1}), IsTheHooksNo());
    EXPECT_THAT(tx.Insert(Counter{91, 1}), IsTheHooksNo()) << "poisoned";
    return absl::OkStatus();  // overlooked
  }),
              IsTheHooksNo());
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for ([[maybe_unused]] auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters"_sql)) break;
    return absl::OkStatus();  // the loop was left before its end
  }),
              IsTheHooksNo());
  hook->on.clear();
  EXPECT_EQ(N(3), 3);
  EXPECT_EQ(N(90), -1);
  EXPECT_EQ(N(91), -1);
}

TEST_F(Hooks, ACommitCanBeRefused) {
  hook->on["commit?"] = [] { return No(); };
  EXPECT_THAT(Raise(a->session), IsTheHooksNo());
  EXPECT_EQ(hook->Take().back(), "undone");
  EXPECT_EQ(hook->outcome, No());
  EXPECT_THAT(a->session.Transaction([&](auto& tx) {
    return tx.Insert(Counter{90, 1});
  }),
              IsTheHooksNo());
  EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                     [](auto& tx) {
                                       return tx.Insert(Currency{"X", "Y"});
                                     }),
              IsTheHooksNo());
  hook->on.clear();
  EXPECT_EQ(N(3), 3);
  EXPECT_EQ(N(90), -1);
  EXPECT_THAT(Raise(a->session), IsOk()) << "the writer is free";
  EXPECT_EQ(N(3), 13);
}

TEST_F(Hooks, WhatAHookThrowsGoesNoFurther) {
  const auto raise = []() -> absl::Status { throw std::runtime_error("a hook's bug"); };
  for (const char* when : {"before", "after", "commit?"}) {
    hook->on = {{when, raise}};
    EXPECT_THAT(Raise(a->session), HasCode(ErrorCode::kInternal)) << when;
    EXPECT_EQ(N(3), 3) << when;
  }
  hook->on = {{"committed", raise}};
  EXPECT_THAT(Raise(a->session), IsOk()) << "what is committed is committed";
  EXPECT_EQ(N(3), 13);
  hook->on = {{"undone", raise}, {"denied", raise}};
  EXPECT_THAT(a->session.Transaction([](auto&) -> absl::Status { return No(); }), IsTheHooksNo());
  a->context.Revoke();
  EXPECT_THAT(Raise(a->session), HasCode(ErrorCode::kContextRevoked));
  hook->on = {{"before", []() -> absl::Status { throw std::bad_alloc(); }}};
  EXPECT_THAT(Raise(c->session), HasCode(ErrorCode::kOutOfMemory));
  hook->on = {{"before", []() -> absl::Status { throw 7; }}};
  EXPECT_THAT(Raise(c->session), HasCode(ErrorCode::kInternal));
}

// ---- re-entrancy --------------------------------------------------------------------------------

TEST_F(Hooks, AHookThatUsesItsOwnPlatformGetsAnError) {
  int times = 0;
  const auto misuse = [&]() -> absl::Status {
    ++times;
    EXPECT_THAT(Raise(a->session), HasCode(ErrorCode::kInsideHook));
    EXPECT_THAT(Raise(b->session), HasCode(ErrorCode::kInsideHook));
    EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql),
                HasCode(ErrorCode::kInsideHook));
    EXPECT_THAT(a->session.Read([](auto&) { return absl::OkStatus(); }),
                HasCode(ErrorCode::kInsideHook));
    EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                       [](auto&) { return absl::OkStatus(); }),
                HasCode(ErrorCode::kInsideHook));
    return absl::OkStatus();
  };
  for (const char* when : {"before", "after", "commit?", "committed", "undone", "denied"}) {
    hook->on[when] = misuse;
  }
  Must(Raise(a->session));
  EXPECT_EQ(times, 4);
  EXPECT_THAT(a->session.Transaction([](auto&) -> absl::Status { return No(); }), IsTheHooksNo());
  EXPECT_EQ(times, 5);
  c->context.Revoke();
  EXPECT_THAT(Raise(c->session), HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(times, 6);
}

TEST_F(Hooks, AHookThatUsesTheTransactionItIsToldOfPoisonsIt) {
  for (const char* when : {"before", "after", "commit?"}) {
    Writes* open = nullptr;
    cordon::internal::TransactionCore core(a->session.state_->engine, a->session.state_.get(),
                                           cordon::internal::TransactionCore::Kind::kWrite);
    Must(core.status());
    Writes tx(core);
    open = &tx;
    hook->on = {{when, [&]() -> absl::Status {
                   const absl::Status refused = open->Insert(Counter{95, 1});
                   EXPECT_THAT(refused, HasCode(ErrorCode::kInsideHook)) << when;
                   return absl::OkStatus();
                 }}};
    (void)tx.Insert(Counter{94, 1});
    EXPECT_THAT(core.Commit(), HasCode(ErrorCode::kInsideHook)) << when;
    hook->on.clear();
  }
  EXPECT_EQ(N(94), -1);
  EXPECT_EQ(N(95), -1);
}

TEST_F(Hooks, AHookThatWaitsForAnotherThreadsWriteGetsBusy) {
  for (const char* when : {"before", "after", "commit?"}) {
    absl::Status other;
    hook->on = {{when, [&]() -> absl::Status {
                   hook->on.clear();
                   std::thread writer([&] { other = Raise(c->session); });
                   writer.join();
                   return absl::OkStatus();
                 }}};
    EXPECT_THAT(Raise(a->session), IsOk()) << when;
    EXPECT_THAT(other, HasCode(ErrorCode::kBusy)) << when;
  }
  absl::Status other;
  hook->on = {{"committed", [&]() -> absl::Status {
                 hook->on.clear();
                 std::thread writer([&] { other = Raise(c->session); });
                 writer.join();
                 return absl::OkStatus();
               }}};
  EXPECT_THAT(Raise(a->session), IsOk());
  EXPECT_THAT(other, IsOk()) << "the turn is over when the commit is told of";
}

TEST_F(Hooks, AHookCannotChangeTheDirectoryWhileItsThreadWrites) {
  absl::Status created;
  hook->on = {{"commit?", [&] {
                 created = platform->tenants().Create("from a hook").status();
                 return absl::OkStatus();
               }}};
  EXPECT_THAT(Raise(a->session), IsOk());
  EXPECT_THAT(created, HasCode(ErrorCode::kInsideTransaction));
}

TEST_F(Hooks, AHookMayUseAnotherPlatformButNotComeBack) {
  auto back = std::make_shared<Recorder>();
  cordon::PlatformOptions options = Options();
  options.path = scratch.File("other.db");
  options.hooks = {back};
  auto other = Must(Platform::Open(std::move(options)));
  const cordon::TenantId id = Must(other->tenants().Create("log"));
  Must(other->tenants().AddMember(id, User("anna")));
  const auto context = Must(other->Enter(Verified("anna"), id, cordon::Purpose("test")));
  const Session log = Must(other->OpenSession(context));
  absl::Status written;
  absl::Status came_back;
  back->on["commit?"] = [&] {
    came_back = Raise(b->session);
    return absl::OkStatus();
  };
  hook->on["commit?"] = [&] { return written = log.Insert(Counter{1, 1}); };
  EXPECT_THAT(Raise(a->session), IsOk());
  EXPECT_THAT(written, IsOk());
  EXPECT_THAT(came_back, HasCode(ErrorCode::kInsideHook));
  EXPECT_EQ(N(3), 13);
}

TEST_F(Hooks, ATurnThatEndsInsideAHook) {
  cordon::PlatformOptions options = Options();
  options.hooks = {hook};
  options.write_cap = 20ms;
  OpenTwins(std::move(options));
  for (const char* when : {"before", "after", "commit?"}) {
    Forget();
    absl::Status other;
    std::thread writer;
    hook->on = {{when, [&]() -> absl::Status {
                   hook->on.clear();
                   writer = std::thread([&] {
                     other =
                         c->session.Execute("UPDATE counters SET n = n WHERE id = 1"_sql).status();
                   });
                   writer.join();  // gets the turn from us
                   hook->log.clear();
                   return absl::OkStatus();
                 }}};
    EXPECT_THAT(Raise(a->session), HasCode(ErrorCode::kWriteHeldTooLong)) << when;
    EXPECT_THAT(other, IsOk()) << when;
    EXPECT_EQ(hook->Take().back(), "undone") << when;
    EXPECT_EQ(CodeOf(hook->outcome), ErrorCode::kWriteHeldTooLong);
  }
  EXPECT_EQ(N(3), 3);
}

// ---- denials ------------------------------------------------------------------------------------

TEST_F(Hooks, WhoIsNotLetIn) {
  const auto enter = [&](std::string_view who, const cordon::TenantId& id) {
    return platform->Enter(Verified(who), id, cordon::Purpose("test")).status();
  };
  EXPECT_THAT(enter("mallory", a->id), HasCode(ErrorCode::kNotPermitted));
  EXPECT_EQ(hook->denied_of, a->id.ToString());
  EXPECT_THAT(
      platform->tenants().Enter(Verified("mallory"), b->id, cordon::Purpose("test")).status(),
      HasCode(ErrorCode::kNotPermitted));
  EXPECT_EQ(hook->denied_of, b->id.ToString());
  Must(platform->tenants().Suspend(c->id));
  EXPECT_THAT(enter("anna", c->id), HasCode(ErrorCode::kTenantSuspended));
  a->context.Revoke();
  EXPECT_THAT(platform->OpenSession(a->context), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kNotPermitted, ErrorCode::kNotPermitted,
                                         ErrorCode::kTenantSuspended, ErrorCode::kContextRevoked));
}

TEST_F(Hooks, AContextThatEndsInUse) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{40, 1}));
    a->context.Revoke();
    EXPECT_THAT(tx.Insert(Counter{41, 1}), HasCode(ErrorCode::kContextRevoked));
    EXPECT_THAT(tx.Insert(Counter{42, 1}), HasCode(ErrorCode::kContextRevoked));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kContextRevoked)) << "once";
  EXPECT_THAT(a->session.All(as<Counter>, "SELECT * FROM counters"_sql),
              HasCode(ErrorCode::kContextRevoked));
  clock->Advance(25h);
  EXPECT_THAT(Raise(b->session), HasCode(ErrorCode::kContextExpired));
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kContextRevoked, ErrorCode::kContextRevoked,
                                         ErrorCode::kContextExpired));
  EXPECT_EQ(hook->denied_of, b->id.ToString());
}

TEST_F(Hooks, AValueOfAnotherTenant) {
  const auto theirs = Must(b->session.One(as<Counter>, "SELECT * FROM counters WHERE id = 1"_sql));
  const auto id =
      Must(b->session.One(as<std::int64_t>, "SELECT id FROM counters WHERE n = 902"_sql));
  Forget();
  EXPECT_THAT(a->session.Insert(theirs), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = ?"_sql, id),
              HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kForeignValue, ErrorCode::kForeignValue));
  EXPECT_EQ(hook->denied_of, a->id.ToString());
  EXPECT_EQ(hook->texts.find(kCanary), std::string::npos);
}

TEST_F(Hooks, ABudgetThatIsSpent) {
  cordon::PlatformOptions options = Options();
  options.hooks = {hook};
  options.budget = {.rows = 2};
  Open(std::move(options));
  a.emplace(NewTenant("A"));
  for (std::int64_t i = 0; i < 3; ++i) Must(a->session.Insert(Counter{i, i}));
  Forget();
  EXPECT_THAT(a->session.All(as<Counter>, "SELECT * FROM counters"_sql),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kBudgetExceeded));
  EXPECT_NE(hook->fingerprint, 0U);
  EXPECT_THAT(hook->Take(),
              ElementsAre("before counters", "after counters returned 3 changed 0 failed"));
}

TEST_F(Hooks, AnOrdinaryErrorIsNoDenial) {
  EXPECT_THAT(a->session.Insert(Counter{1, 1}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = 99"_sql),
              HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(hook->denials, IsEmpty());
}

// ---- what it costs ------------------------------------------------------------------------------

TEST_F(Hooks, NobodyIsToldNothingIsSpent) {
  const auto cost = [&](std::vector<std::shared_ptr<cordon::Hook>> hooks) {
    OpenWith(std::move(hooks));
    const auto read = [&] {
      Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = ?"_sql, 1));
    };
    read();  // prepares
    const std::int64_t allocated = allocations;
    const std::int64_t looked = clock->looks();
    read();
    return std::pair(allocations - allocated, clock->looks() - looked);
  };
  const auto [none, look] = cost({});
  EXPECT_EQ(none, 0);
  EXPECT_EQ(look, 1) << "at the context's expiry";
  const auto [some, same_look] = cost({std::make_shared<cordon::Hook>()});
  EXPECT_GT(some, 0) << "what is counted is counted";
  EXPECT_EQ(same_look, look) << "nobody wants a duration";
  const auto [more, looks] = cost({std::make_shared<Recorder>(true)});
  EXPECT_GT(more, 0);
  EXPECT_EQ(looks, look + 3);
}

TEST_F(Hooks, OptionsAreChecked) {
  cordon::PlatformOptions options = Options();
  options.hooks = {hook, nullptr};
  EXPECT_THAT(Platform::Open(std::move(options)), HasCode(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace cordon_test
