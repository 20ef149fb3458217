// SPDX-License-Identifier: Apache-2.0
// Calls on whole rows, without SQL: Insert, InsertAll, Update, Upsert, Delete, Get, Find, and the
// versions that keep two editors of a row apart.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// ---- without versions ----------------------------------------------------------------------

class RowHelpers : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  static std::int64_t Count(const Session& session) {
    return Must(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain();
  }
  static std::int64_t N(const Session& session, std::int64_t id) {
    return Must(session.Get(as<Counter>, id))->n;
  }
};

TEST_F(RowHelpers, GetAndFindReadOneRowByItsKey) {
  EXPECT_EQ(Must(a->session.Get(as<Customer>, "K2"))->name, "a customer 2");
  EXPECT_EQ(Must(a->session.Get(as<Customer>, std::string("K2")))->name, "a customer 2");
  EXPECT_EQ(Must(b->session.Get(as<Counter>, 2))->n, 902);
  EXPECT_THAT(a->session.Get(as<Customer>, "K9"), HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(Must(a->session.Find(as<Customer>, "K1")).value()->name, "a customer 1");
  EXPECT_FALSE(Must(a->session.Find(as<Customer>, "K9")).has_value());
  Must(a->session.Read([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.Get(as<Counter>, 3))->n, 3);
    EXPECT_FALSE(Must(tx.Find(as<Counter>, 4)).has_value());
    return absl::OkStatus();
  }));
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{4, 44}));
    EXPECT_EQ(Must(tx.Get(as<Counter>, 4))->n, 44);
    return absl::OkStatus();
  }));
  // A key that was read is a key to read by.
  const auto order = Must(a->session.Get(as<Order>, 1));
  const auto id = Must(a->session.One(as<std::string>,
                                      "SELECT customer_id FROM orders "
                                      "WHERE id = ?"_sql,
                                      order->id));
  EXPECT_EQ(Must(a->session.Get(as<Customer>, id))->id, "K1");
  const char* const nothing = nullptr;
  EXPECT_THAT(a->session.Get(as<Customer>, nothing), HasCode(ErrorCode::kNotFound));
}

TEST_F(RowHelpers, AnotherTenantsRowIsNotFoundInTheSameWords) {
  Must(b->session.Insert(Counter{77, 1}));
  const auto theirs = a->session.Get(as<Counter>, 77);
  const auto nobodys = a->session.Get(as<Counter>, 78);
  EXPECT_THAT(theirs, HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(Text(theirs), Text(nobodys));
  EXPECT_FALSE(Must(a->session.Find(as<Counter>, 77)).has_value());
  EXPECT_EQ(Text(a->session.Update(Counter{77, 2})), Text(a->session.Update(Counter{78, 2})));
  EXPECT_THAT(a->session.Update(Counter{77, 2}), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(a->session.Delete(Counter{77, 1}), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(a->session.Delete(as<Counter>, 77), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(a->session.Upsert(Counter{77, 2}), IsOk());  // A's own, from here on
  EXPECT_EQ(N(b->session, 77), 1);
  EXPECT_THAT(a->session.Delete(as<Counter>, 77), IsOk());
  EXPECT_EQ(N(b->session, 77), 1);
}

TEST_F(RowHelpers, UpdateChangesAllColumnsBehindTheKey) {
  EXPECT_THAT(a->session.Update(Customer{"K1", "new name", std::nullopt}), IsOk());
  const auto now = Must(a->session.Get(as<Customer>, "K1"));
  EXPECT_EQ(now->name, "new name");
  EXPECT_EQ(now->region, std::nullopt);
  EXPECT_EQ(Must(a->session.Get(as<Customer>, "K2"))->name, "a customer 2");
  EXPECT_EQ(Must(b->session.Get(as<Customer>, "K1"))->name, std::string(kCanary) + " customer 1");
  EXPECT_THAT(a->session.Update(Customer{"K9", "x", {}}), HasCode(ErrorCode::kNotFound));
  // The row's own constraints hold.
  EXPECT_THAT(a->session.Update(Order{1, "K9", "a-1", {}}),
              HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(a->session.Update(Order{1, "K1", "a-2", {}}), HasCode(ErrorCode::kUniqueViolation));
}

TEST_F(RowHelpers, EveryColumnTypeGoesThere) {
  const auto bytes = [](char of) { return std::vector<std::byte>(3, static_cast<std::byte>(of)); };
  Sample sample{.id = 1, .text = "one"};
  Must(a->session.Insert(sample));
  sample = Sample{1,
                  std::numeric_limits<std::int64_t>::min(),
                  -7,
                  true,
                  std::string("zero\0byte", 9),
                  bytes('x'),
                  cordon::Timestamp(5us),
                  cordon::Decimal<4>::FromUnits(-1),
                  1,
                  false,
                  "",
                  bytes('y'),
                  cordon::Timestamp(-5us),
                  cordon::Decimal<4>::FromUnits(1)};
  const auto expect_stored = [&] {
    const Sample now = Must(a->session.Get(as<Sample>, 1)).Plain();
    EXPECT_EQ(now.big, sample.big);
    EXPECT_EQ(now.small, sample.small);
    EXPECT_EQ(now.flag, sample.flag);
    EXPECT_EQ(now.text, sample.text);
    EXPECT_EQ(now.blob, sample.blob);
    EXPECT_EQ(now.at, sample.at);
    EXPECT_EQ(now.exact, sample.exact);
    EXPECT_EQ(now.maybe_big, sample.maybe_big);
    EXPECT_EQ(now.maybe_flag, sample.maybe_flag);
    EXPECT_EQ(now.maybe_text, sample.maybe_text);
    EXPECT_EQ(now.maybe_blob, sample.maybe_blob);
    EXPECT_EQ(now.maybe_at, sample.maybe_at);
    EXPECT_EQ(now.maybe_exact, sample.maybe_exact);
  };
  Must(a->session.Update(sample));
  expect_stored();
  sample = Sample{.id = 1, .text = "again"};
  Must(a->session.Upsert(sample));
  expect_stored();
}

TEST_F(RowHelpers, UpsertInsertsOrUpdates) {
  EXPECT_THAT(a->session.Upsert(Counter{1, 11}), IsOk());
  EXPECT_THAT(a->session.Upsert(Counter{8, 88}), IsOk());
  EXPECT_EQ(N(a->session, 1), 11);
  EXPECT_EQ(N(a->session, 8), 88);
  EXPECT_EQ(Count(a->session), 4);
  EXPECT_EQ(N(b->session, 1), 901);
  // Only the key decides; another unique column is still unique.
  EXPECT_THAT(a->session.Upsert(Order{9, "K1", "a-2", {}}), HasCode(ErrorCode::kUniqueViolation));
}

TEST_F(RowHelpers, DeleteTakesAKeyOrARow) {
  EXPECT_THAT(a->session.Delete(as<Counter>, 1), IsOk());
  EXPECT_THAT(a->session.Delete(as<Counter>, 1), HasCode(ErrorCode::kNotFound));
  const auto row = Must(a->session.Get(as<Counter>, 2));
  EXPECT_THAT(a->session.Delete(row), IsOk());
  EXPECT_THAT(a->session.Delete(row), HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(Count(a->session), 1);
  EXPECT_EQ(Count(b->session), 3);
  EXPECT_THAT(a->session.Delete(as<Customer>, "K1"), HasCode(ErrorCode::kForeignKeyViolation));
}

TEST_F(RowHelpers, ARowOfAnotherTenantIsForeignToEachCall) {
  const auto theirs = Must(b->session.Get(as<Counter>, 1));
  const auto their_key = Must(b->session.One(as<std::int64_t>,
                                             "SELECT id FROM counters "
                                             "WHERE id = 1"_sql));
  const auto expect_foreign = [](const absl::Status& refused) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kForeignValue));
    EXPECT_THAT(refused.ToString(), Not(HasSubstr("901")));
  };
  expect_foreign(a->session.Insert(theirs));
  expect_foreign(a->session.Update(theirs));
  expect_foreign(a->session.Upsert(theirs));
  expect_foreign(a->session.Delete(theirs));
  expect_foreign(a->session.Delete(as<Counter>, their_key));
  expect_foreign(a->session.Get(as<Counter>, their_key).status());
  expect_foreign(a->session.Find(as<Counter>, their_key).status());
  expect_foreign(a->session.InsertAll(std::span(&theirs, 1)).status());
  EXPECT_EQ(N(a->session, 1), 1);
  EXPECT_EQ(N(b->session, 1), 901);
  auto own = Must(a->session.Get(as<Counter>, 1));
  EXPECT_THAT(a->session.Update(own), IsOk());
}

TEST_F(RowHelpers, BrandedScopesTakeTheirOwnRowsAndPlainOnes) {
  Must(cordon::WithTenants(*platform, a->context, b->context,
                           [](auto& ours, auto& theirs) -> absl::Status {
                             const auto row = Must(ours.Get(as<Counter>, 1));
                             Must(ours.Update(row));
                             Must(theirs.Update(row.Plain()));
                             return ours.Transaction([&](auto& tx) -> absl::Status {
                               const auto inside = Must(tx.Find(as<Counter>, 2)).value();
                               Must(tx.Upsert(inside));
                               return tx.Delete(inside);
                             });
                           }));
  EXPECT_EQ(N(b->session, 1), 1);
  EXPECT_EQ(Count(a->session), 2);
}

// ---- many rows -----------------------------------------------------------------------------

// Counters that are made on the way and can be gone through once; throws before `broken`.
class Stream {
 public:
  Stream(std::int64_t from, std::int64_t to, std::int64_t broken = -1)
      : next_(from), to_(to), broken_(broken) {}
  struct End {};
  struct Iterator {
    Stream* stream;
    Counter operator*() const {
      if (stream->next_ == stream->broken_) throw std::logic_error("thrown by the range");
      return {stream->next_, 0};
    }
    Iterator& operator++() {
      ++stream->next_;
      return *this;
    }
    bool operator==(End) const { return stream->next_ == stream->to_; }
  };
  Iterator begin() { return {this}; }
  End end() { return {}; }

 private:
  std::int64_t next_;
  std::int64_t to_;
  std::int64_t broken_;
};

TEST_F(RowHelpers, InsertAllTakesAnyRange) {
  const std::vector<Counter> many = {{10, 1}, {11, 1}};
  EXPECT_EQ(Must(a->session.InsertAll(many)), 2);
  EXPECT_EQ(Must(a->session.InsertAll(std::span(many).first(0))), 0);
  EXPECT_EQ(Must(a->session.InsertAll(std::list<Counter>{{12, 1}})), 1);
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.InsertAll(Stream(20, 120))), 100);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count(a->session), 3 + 2 + 1 + 100);
  EXPECT_EQ(Count(b->session), 3);
  // What was read goes in again.
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    const auto rows = Must(tx.All(as<Counter>, "SELECT * FROM counters"_sql));
    Must(tx.Execute("DELETE FROM counters"_sql));
    EXPECT_EQ(Must(tx.InsertAll(rows)), 106);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count(a->session), 106);
}

TEST_F(RowHelpers, InsertAllHappensWhollyOrNotAtAll) {
  const std::vector<Counter> doubled = {{10, 1}, {11, 1}, {3, 1}, {12, 1}};
  EXPECT_THAT(a->session.InsertAll(doubled), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Count(a->session), 3);
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{9, 1}));
    EXPECT_THAT(tx.InsertAll(doubled), HasCode(ErrorCode::kUniqueViolation));
    return tx.Insert(Counter{10, 1});  // the transaction goes on
  }));
  EXPECT_EQ(Count(a->session), 5);
}

TEST_F(RowHelpers, InsertAllIsUndoneWhenTheRangeThrows) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THROW((void)tx.InsertAll(Stream(20, 30, 25)), std::logic_error);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count(a->session), 3);
}

TEST_F(RowHelpers, RowsOfATableThatIsLoopedOverAreNotWritten) {
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters"_sql)) {
      EXPECT_THAT(tx.Update(row), HasCode(ErrorCode::kStatementRefused));
      EXPECT_THAT(tx.Delete(row), HasCode(ErrorCode::kStatementRefused));
      EXPECT_THAT(tx.InsertAll(std::span(&row, 1)), HasCode(ErrorCode::kStatementRefused));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count(a->session), 3);
}

// ---- global tables -------------------------------------------------------------------------

TEST_F(RowHelpers, GlobalTablesAreReadByTenantsAndWrittenByThePlatform) {
  const std::vector<Currency> currencies = {{"EUR", "Euro"}, {"USD", "Dollar"}};
  Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.InsertAll(currencies)), 2);
    Must(tx.Update(Currency{"EUR", "Euro (€)"}));
    Must(tx.Upsert(Currency{"GBP", "Pound"}));
    Must(tx.Delete(as<Currency>, "USD"));
    EXPECT_THAT(tx.Update(Currency{"USD", "Dollar"}), HasCode(ErrorCode::kNotFound));
    EXPECT_EQ(Must(tx.Get(as<Currency>, "EUR"))->name, "Euro (€)");
    EXPECT_FALSE(Must(tx.Find(as<Currency>, "USD")).has_value());
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(a->session.Get(as<Currency>, "EUR"))->name, "Euro (€)");
  EXPECT_FALSE(Must(b->session.Find(as<Currency>, "USD")).has_value());
}

// ---- expiry --------------------------------------------------------------------------------

TEST_F(RowHelpers, ARevokedContextHasNoRows) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Update(Counter{1, 5}));
    a->context.Revoke();
    EXPECT_THAT(tx.Update(Counter{1, 6}), HasCode(ErrorCode::kContextRevoked));
    EXPECT_THAT(tx.Get(as<Counter>, 1), HasCode(ErrorCode::kContextRevoked));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Get(as<Counter>, 1), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Delete(as<Counter>, 1), HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(N(Join(a->id).session, 1), 1);
}

// ---- other shapes of tables, and versions --------------------------------------------------

struct Document {
  std::string branch = {};
  std::int64_t number = 0;
  std::string body = {};
  std::int64_t revision = 0;
  std::optional<std::string> note = {};
};
struct Tag {  // key only
  std::string branch = {};
  std::string word = {};
};
struct Mark {  // key and version only
  std::int64_t id = 0;
  std::int64_t version = 0;
};
struct Wide {  // as long a key as there is
  std::int64_t k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0, k7 = 0, k8 = 0;
  std::string value = {};
  std::int64_t version = 0;
};
struct Rate {  // global, with a version
  std::string code = {};
  std::int64_t rate = 0;
  std::int64_t version = 0;
};
struct Office {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Document>("documents")
          .Column<&Document::body>("body")
          .Key<&Document::branch>("branch")
          .Version<&Document::revision>("revision")
          .Key<&Document::number>("number")
          .Column<&Document::note>("note"),
      cordon::TenantTable<Tag>("tags").Key<&Tag::branch>("branch").Key<&Tag::word>("word"),
      cordon::TenantTable<Mark>("marks").Key<&Mark::id>("id").Version<&Mark::version>("version"),
      cordon::TenantTable<Wide>("wide")
          .Key<&Wide::k1>("k1")
          .Key<&Wide::k2>("k2")
          .Key<&Wide::k3>("k3")
          .Key<&Wide::k4>("k4")
          .Key<&Wide::k5>("k5")
          .Key<&Wide::k6>("k6")
          .Key<&Wide::k7>("k7")
          .Key<&Wide::k8>("k8")
          .Column<&Wide::value>("value")
          .Version<&Wide::version>("version"),
      cordon::GlobalTable<Rate>("rates")
          .Key<&Rate::code>("code")
          .Column<&Rate::rate>("rate")
          .Version<&Rate::version>("version"),
  };
};

class Versions : public ::testing::Test {
 protected:
  using OfficeSession = cordon::Session<Office>;
  void SetUp() override {
    platform_ = Must(cordon::Platform<Office>::Open({.path = scratch_.File("office.db")}));
    ours_.emplace(Tenant("A"));
    theirs_.emplace(Tenant("B"));
  }
  OfficeSession Tenant(std::string_view name) {
    const cordon::TenantId id = Must(platform_->tenants().Create(name));
    Must(platform_->tenants().AddMember(id, User("anna")));
    const auto context = Must(platform_->Enter(Verified("anna"), id, cordon::Purpose("test")));
    return Must(platform_->OpenSession(context));
  }
  [[nodiscard]] Document Stored(std::int64_t number = 1) const {
    return Must(ours_->Get(as<Document>, "north", number)).Plain();
  }

  ScratchDirectory scratch_;
  std::unique_ptr<cordon::Platform<Office>> platform_;
  std::optional<OfficeSession> ours_;
  std::optional<OfficeSession> theirs_;
};

TEST_F(Versions, InsertStoresOneForZeroAndWhatElseItIsGiven) {
  Must(ours_->Insert(Document{"north", 1, "first"}));
  EXPECT_EQ(Stored().revision, 1);
  Must(ours_->Insert(Document{"north", 2, "restored", 7}));
  EXPECT_EQ(Stored(2).revision, 7);
  Must(ours_->InsertAll(std::vector<Document>{{"north", 3, "third"}}).status());
  EXPECT_EQ(Stored(3).revision, 1);
}

TEST_F(Versions, UpdateMatchesAndRaisesTheVersion) {
  Must(ours_->Insert(Document{"north", 1, "first"}));
  Must(theirs_->Insert(Document{"north", 1, "theirs", 1}));
  const auto mine = Must(ours_->Get(as<Document>, "north", 1));
  Document yours = mine.Plain();
  yours.body = "second";
  EXPECT_THAT(ours_->Update(yours), IsOk());
  EXPECT_EQ(Stored().body, "second");
  EXPECT_EQ(Stored().revision, 2);
  // The other editor comes too late, and so does whoever repeats himself.
  const absl::Status late = ours_->Update(mine);
  EXPECT_THAT(late, HasCode(ErrorCode::kVersionConflict));
  EXPECT_EQ(late.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(ours_->Update(yours), HasCode(ErrorCode::kVersionConflict));
  EXPECT_EQ(Stored().body, "second");
  EXPECT_EQ(Stored().revision, 2);
  yours.revision = 2;
  EXPECT_THAT(ours_->Update(yours), IsOk());
  EXPECT_EQ(Stored().revision, 3);
  EXPECT_EQ(Must(theirs_->Get(as<Document>, "north", 1))->revision, 1);
}

TEST_F(Versions, ARowThatIsNotThereIsNotAConflict) {
  Must(theirs_->Insert(Document{"north", 1, "theirs", 5}));
  EXPECT_THAT(ours_->Update(Document{"north", 1, "x", 1}), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(ours_->Delete(Document{"north", 1, "x", 1}), HasCode(ErrorCode::kNotFound));
  // Part of the key is no key.
  Must(ours_->Insert(Document{"north", 2, "ours"}));
  EXPECT_THAT(ours_->Update(Document{"south", 2, "x", 1}), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(ours_->Get(as<Document>, "south", 2), HasCode(ErrorCode::kNotFound));
}

TEST_F(Versions, DeleteOfARowMatchesTheVersionAndDeleteByKeyDoesNot) {
  Must(ours_->Insert(Document{"north", 1, "first"}));
  const auto old = Must(ours_->Get(as<Document>, "north", 1));
  Must(ours_->Update(old));
  EXPECT_THAT(ours_->Delete(old), HasCode(ErrorCode::kVersionConflict));
  EXPECT_EQ(Stored().revision, 2);
  EXPECT_THAT(ours_->Delete(Stored()), IsOk());
  EXPECT_THAT(ours_->Delete(old), HasCode(ErrorCode::kNotFound));
  Must(ours_->Insert(Document{"north", 1, "anew"}));
  EXPECT_THAT(ours_->Delete(as<Document>, "north", 1), IsOk());
  EXPECT_FALSE(Must(ours_->Find(as<Document>, "north", 1)).has_value());
}

TEST_F(Versions, UpsertDoesNotOverwriteWhatItHasNotSeen) {
  Document document{"north", 1, "first"};
  EXPECT_THAT(ours_->Upsert(document), IsOk());
  EXPECT_EQ(Stored().revision, 1);
  // The row was never read: to overwrite it unseen is what versions are against.
  EXPECT_THAT(ours_->Upsert(document), HasCode(ErrorCode::kVersionConflict));
  document = Stored();
  document.body = "second";
  EXPECT_THAT(ours_->Upsert(document), IsOk());
  EXPECT_EQ(Stored().body, "second");
  EXPECT_EQ(Stored().revision, 2);
  EXPECT_THAT(ours_->Upsert(document), HasCode(ErrorCode::kVersionConflict));
  Must(theirs_->Upsert(document));
  EXPECT_EQ(Stored().revision, 2);
}

TEST_F(Versions, TheLastVersionIsAnErrorAndChangesNothing) {
  const std::int64_t last = std::numeric_limits<std::int64_t>::max();
  Must(ours_->Insert(Document{"north", 1, "first", last}));
  EXPECT_THAT(ours_->Update(Document{"north", 1, "x", last}), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(ours_->Upsert(Document{"north", 1, "x", last}), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(Stored().body, "first");
}

TEST_F(Versions, AConflictEndsNothingButItsCall) {
  Must(ours_->Insert(Document{"north", 1, "first"}));
  Must(ours_->Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Update(Document{"north", 1, "x", 9}), HasCode(ErrorCode::kVersionConflict));
    auto now = Must(tx.Get(as<Document>, "north", 1)).Plain();
    now.body = "repeated";
    return tx.Update(now);
  }));
  EXPECT_EQ(Stored().body, "repeated");
}

TEST_F(Versions, TablesOfKeysOnly) {
  const Tag tag{"north", "red"};
  EXPECT_THAT(ours_->Upsert(tag), IsOk());
  EXPECT_THAT(ours_->Upsert(tag), IsOk());  // there it is
  EXPECT_THAT(ours_->Insert(tag), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(theirs_->Get(as<Tag>, "north", "red"), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(ours_->Get(as<Tag>, "red", "north"), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(ours_->Delete(tag), IsOk());
  EXPECT_THAT(ours_->Delete(tag), HasCode(ErrorCode::kNotFound));

  Must(ours_->Insert(Mark{1}));
  EXPECT_THAT(ours_->Update(Mark{1, 1}), IsOk());
  EXPECT_THAT(ours_->Update(Mark{1, 1}), HasCode(ErrorCode::kVersionConflict));
  EXPECT_EQ(Must(ours_->Get(as<Mark>, 1))->version, 2);
}

TEST_F(Versions, TheLongestKey) {
  Must(ours_->Insert(Wide{1, 2, 3, 4, 5, 6, 7, 8, "v"}));
  const auto wide = Must(ours_->Get(as<Wide>, 1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(wide->value, "v");
  EXPECT_THAT(ours_->Get(as<Wide>, 1, 2, 3, 4, 5, 6, 7, 9), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(ours_->Update(wide), IsOk());
  EXPECT_THAT(ours_->Upsert(wide), HasCode(ErrorCode::kVersionConflict));
  EXPECT_THAT(ours_->Delete(wide), HasCode(ErrorCode::kVersionConflict));
}

TEST_F(Versions, GlobalTablesHaveThemToo) {
  Must(platform_->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    Must(tx.Insert(Rate{"EUR", 100}));
    Must(tx.Update(Rate{"EUR", 101, 1}));
    EXPECT_THAT(tx.Update(Rate{"EUR", 102, 1}), HasCode(ErrorCode::kVersionConflict));
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(ours_->Get(as<Rate>, "EUR"))->rate, 101);
  EXPECT_EQ(Must(theirs_->Get(as<Rate>, "EUR"))->version, 2);
}

}  // namespace
}  // namespace cordon_test
