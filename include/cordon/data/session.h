// SPDX-License-Identifier: Apache-2.0
//
// The only way to a tenant's rows: a session of one tenant, its transactions, and what they read.
//
// Guarantees: every statement reads and writes rows of the session's tenant only. What a scope has
//   read is Owned by it: it goes back into the same scope, not into another tenant's; between
//   branded scopes that is a compile error, between unbranded ones kForeignValue. An expired or
//   revoked context gives an error, never rows, also in the middle of a transaction. A write
//   transaction is durable when it returns OK and has had no effect when it returns anything else.
// Not guaranteed: what host code does with values it has taken out with -> or Plain(); that a call
//   of the session inside one of its transactions sees what that has written: it reads another
//   snapshot, and a write is refused.
// Thread safety: sessions are thread-safe; a transaction, its rows and its cursors are confined to
//   the thread that runs it.
// Ownership and lifetime: a session must not outlive its platform. Rows must be read inside their
//   transaction; results of One, Optional and All are copies.
// Errors: kNotFound, kNotOne and kVersionConflict of the call itself; kUniqueViolation,
//   kForeignKeyViolation and the like of the tenant's own rows; kContextExpired, kContextRevoked,
//   kTenantSuspended; kBudgetExceeded, kInterrupted, kWriteHeldTooLong; kInsideTransaction for a
//   write of a thread that is writing; kBusy, kDiskFull and the like of the machine. An error in
//   the middle of Rows() ends the loop and the transaction with it.
//
//   absl::Status Reprice(ErpSession& tenant, std::int64_t percent) {
//     return tenant.Transaction([&](auto& tx) -> absl::Status {
//       return tx.Execute("UPDATE prices SET cents = cents * ? / 100"_sql, percent).status();
//     });
//   }
#ifndef CORDON_DATA_SESSION_H_
#define CORDON_DATA_SESSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/blob.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/internal/rows.h"
#include "cordon/data/number.h"
#include "cordon/data/options.h"
#include "cordon/data/page.h"
#include "cordon/data/sql.h"
#include "cordon/data/value.h"

namespace cordon {

// The brand of scopes that are told apart at run time only.
struct Unbranded {};

template <class Product>
class Query;  // see query.h

namespace internal {
struct OwnedAccess;
}  // namespace internal

// A value that was read in a tenant's scope, and whose it is.
template <class T, class Brand = Unbranded>
class Owned {
 public:
  // Reads a field. The field itself is a plain value.
  const T* operator->() const { return &value_; }
  // Takes the value out of its scope's keeping.
  [[nodiscard]] const T& Plain() const& { return value_; }
  [[nodiscard]] T&& Plain() && { return std::move(value_); }

  // A branded value can be handed to code that knows no brands; it is then checked at run time.
  operator Owned<T, Unbranded>() const&  // NOLINT(google-explicit-constructor)
      requires(!std::is_same_v<Brand, Unbranded>) {
    return Owned<T, Unbranded>(value_, tenant_);
  }

 private:
  template <class, class>
  friend class Owned;
  friend struct internal::OwnedAccess;
  explicit Owned(const TenantId::Bytes& tenant) : value_{}, tenant_(tenant) {}
  Owned(T value, const TenantId::Bytes& tenant) : value_(std::move(value)), tenant_(tenant) {}
  T value_;
  TenantId::Bytes tenant_;
};

namespace internal {

struct OwnedAccess {
  template <class T, class Brand>
  static Owned<T, Brand> Make(const TenantId::Bytes& tenant) {
    return Owned<T, Brand>(tenant);
  }
  template <class T, class Brand>
  static T& Value(Owned<T, Brand>& owned) {
    return owned.value_;
  }
  template <class T, class Brand>
  static void Label(Owned<T, Brand>& owned, const TenantId::Bytes& tenant) {
    owned.tenant_ = tenant;
  }
  template <class T, class Brand>
  static const TenantId::Bytes& TenantOf(const Owned<T, Brand>& owned) {
    return owned.tenant_;
  }
};

// A literal argues as const char*.
template <class Arg>
using Decayed = std::decay_t<const Arg&>;

// What an argument is to the checker, and how it gets to the engine.
template <class Arg>
struct Argument {
  using Type = Arg;
  static_assert(
      Field<Arg>::kSupported && requires(const Arg& value) { Field<Arg>::To(value); },
      "cordon: an argument is an integer, text, blob, bool, enum, Timestamp, ZonedTime, Decimal, "
      "Json or BlobId, or a std::optional of these: convert it first");
  template <class Brand>
  static constexpr bool kBelongs = true;
  static SqlValue To(const Arg& value) { return Field<Arg>::To(value); }
  static bool IsOf(const Arg&, const TenantId::Bytes&) { return true; }
};
template <class T, class Origin>
struct Argument<Owned<T, Origin>> {
  using Type = T;
  template <class Brand>
  static constexpr bool kBelongs =
      std::is_same_v<Origin, Brand> || std::is_same_v<Origin, Unbranded> ||
      std::is_same_v<Brand, Unbranded>;
  static SqlValue To(const Owned<T, Origin>& value) { return Field<T>::To(value.Plain()); }
  static bool IsOf(const Owned<T, Origin>& value, const TenantId::Bytes& tenant) {
    return OwnedAccess::TenantOf(value) == tenant;
  }
};
template <class Arg>
using ArgumentType = typename Argument<Decayed<Arg>>::Type;

template <class Brand, class... Args>
constexpr void RequireOwn() {
  static_assert(
      (Argument<Decayed<Args>>::template kBelongs<Brand> && ...),
      "cordon: this value was read in another tenant's scope: pass a value of this scope");
}

// Starts `sql` with these arguments.
template <class Sql, class... Args>
void StartStatement(TransactionCore& core, const Sql& sql, bool keep, Cursor* cursor,
                    absl::Status* status, const Args&... args) {
  const bool own = (Argument<Decayed<Args>>::IsOf(args, core.tenant()) && ...);
  if (!own) {
    *status = core.ForeignValue();
    return;
  }
  if constexpr (requires { sql.values(); }) {  // a Query brings its own
    core.Start(sql.statement(), sql.values(), keep, cursor);
  } else {
    const std::array<SqlValue, sizeof...(Args)> values = {Argument<Decayed<Args>>::To(args)...};
    core.Start(sql.statement(), values.data(), keep, cursor);
  }
  *status = cursor->status();
}

// Host types may run out of memory; that must not escape as an exception. False when it happened.
template <class Act>
bool Fits(const Act& act) {
#if defined(__cpp_exceptions)
  try {
    act();
  } catch (const std::bad_alloc&) {
    return false;
  }
#else
  act();
#endif
  return true;
}

// Room for one more row. Moving rows, as often as a vector by itself does it, would cost a short
// list as much as all that Cordon adds to reading it.
template <class Row>
void MakeRoom(std::vector<Row>* rows) {
  const std::size_t size = rows->size();
  if (size == rows->capacity()) rows->reserve(size == 0 ? 32 : size < 4096 ? size * 4 : size * 2);
}

// Reads the row at hand.
template <class Shape, class Sql, class Row>
bool ReadRow(const Cursor& cursor, const Sql& sql, Row* row) {
  bool fits = true;
  return Fits([&] {
           Shape::ForEach(*row, [&](auto place, auto& field) {
             using Value = std::remove_reference_t<decltype(field)>;
             const std::size_t column = sql.place(place);
             if constexpr (Field<Value>::kType.IsStoredAsInteger()) {
               fits = fits && Field<Value>::From(cursor.Integer(column), &field);
             } else {
               fits = fits && Field<Value>::From(cursor.Column(column), &field);
             }
           });
         }) &&
         fits;
}

[[nodiscard]] absl::Status Ask(const SessionState& session, const SchemaView& schema,
                               std::string_view text, const AnalystOptions& options,
                               std::span<const Value> values, cordon::Table* table);

struct NoParent {
  explicit NoParent(TransactionCore& core) : core_(core) {}
  TransactionCore& core_;
};

}  // namespace internal

// Whether Value may be handed to Scope as far as types can tell. Between unbranded scopes that is
// always so, and the run-time check decides.
template <class Value, class Scope>
inline constexpr bool kMayPass =
    internal::Argument<internal::Decayed<Value>>::template kBelongs<typename Scope::BrandType>;

// The rows of one statement, one after the other. Use it in a range-for, at once.
template <class Product, class Row, class Brand, class Sql>
class RowRange {
 public:
  RowRange(const RowRange&) = delete;
  RowRange& operator=(const RowRange&) = delete;

  struct End {};
  class Iterator {
   public:
    explicit Iterator(RowRange* range) : range_(range) {}
    Owned<Row, Brand>& operator*() const { return range_->row_; }
    Iterator& operator++() {
      range_->Next();
      return *this;
    }
    bool operator==(End) const { return !range_->there_; }

   private:
    RowRange* range_;
  };
  Iterator begin() {
    if (!begun_) Next();
    return Iterator(this);
  }
  End end() const { return {}; }

 private:
  template <class, internal::Access, class>
  friend class Transaction;

  template <class... Args>
  RowRange(internal::TransactionCore& core, const Sql& sql, const Args&... args)
      : core_(core), sql_(sql), row_(internal::OwnedAccess::Make<Row, Brand>(core.tenant())) {
    absl::Status started;
    internal::StartStatement(core, sql, true, &cursor_, &started, args...);
    core.Poison(started);
    // What writes has to happen, whether anybody looks at the rows or not.
    if (sql.writes()) Next();
  }
  void Next() {
    begun_ = true;
    const bool attached = cursor_.attached();
    there_ = cursor_.Step();
    if (!there_) {
      if (attached) core_.Poison(cursor_.status());
      return;
    }
    // The loop's body may have assigned another tenant's value to the row it was shown.
    internal::OwnedAccess::Label(row_, core_.tenant());
    there_ = internal::ReadRow<internal::RowShape<Product, Row>>(
        cursor_, sql_, &internal::OwnedAccess::Value(row_));
    cursor_.EndRow();
    if (!there_) core_.Poison(internal::ValueDoesNotFit());
  }

  internal::TransactionCore& core_;
  const Sql sql_;
  internal::Cursor cursor_;
  Owned<Row, Brand> row_;
  bool begun_ = false;
  bool there_ = false;
};

template <class Product, internal::Access A, class Brand>
class Transaction;

namespace internal {

// A branded transaction can be passed where an unbranded one is wanted, and one that writes where
// one that reads is wanted.
template <class Product, Access A, class Brand>
using ParentOf = std::conditional_t<
    !std::is_same_v<Brand, Unbranded>, Transaction<Product, A, Unbranded>,
    std::conditional_t<A == Access::kWrite, Transaction<Product, Access::kRead, Unbranded>,
                       NoParent>>;

template <class Fn, class Scope>
concept ScopeBody = std::is_invocable_r_v<absl::Status, Fn, Scope&>;

}  // namespace internal

template <class Product, internal::Access A, class Brand>
class Transaction : public internal::ParentOf<Product, A, Brand> {
  using Parent = internal::ParentOf<Product, A, Brand>;
  template <class Row, class... Args>
  using Sql = std::type_identity_t<Checked<Product, A, Row, internal::ArgumentType<Args>...>>;
  template <class Row, class... Args>
  using PagedSql =
      std::type_identity_t<CheckedPage<Product, A, Row, internal::ArgumentType<Args>...>>;

 public:
  using BrandType = Brand;
  explicit Transaction(internal::TransactionCore& core) : Parent(core) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // The one row that fits; kNotFound without one, kNotOne with more.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> One(As<Row>, Sql<Row, Args...> sql,
                                                      const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    return TheOne<Row>(sql, args...);
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> One(As<Row>,
                                                      const cordon::Query<Product>& query) {
    const auto sql = query.template For<A, Row>(core());
    if (!sql.ok()) return sql.status();
    return TheOne<Row>(*sql);
  }

  // The row that fits, if there is one; kNotOne with more.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Optional(As<Row>,
                                                                          Sql<Row, Args...> sql,
                                                                          const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    return OneOrNone<Row>(sql, args...);
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Optional(
      As<Row>, const cordon::Query<Product>& query) {
    const auto sql = query.template For<A, Row>(core());
    if (!sql.ok()) return sql.status();
    return OneOrNone<Row>(*sql);
  }

  // All rows that fit, as copies.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::vector<Owned<Row, Brand>>> All(As<Row>, Sql<Row, Args...> sql,
                                                                   const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    return Every<Row>(sql, args...);
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<std::vector<Owned<Row, Brand>>> All(
      As<Row>, const cordon::Query<Product>& query) {
    const auto sql = query.template For<A, Row>(core());
    if (!sql.ok()) return sql.status();
    return Every<Row>(*sql);
  }

  // All rows of a query whose columns are known at run time only.
  [[nodiscard]] absl::StatusOr<Owned<Table, Brand>> Query(const cordon::Query<Product>& query) {
    absl::StatusOr<Owned<Table, Brand>> result(
        internal::OwnedAccess::Make<Table, Brand>(core().tenant()));
    absl::Status status =
        query.template ReadInto<A>(core(), &internal::OwnedAccess::Value(*result));
    if (!status.ok()) result = std::move(status);
    return result;
  }

  // The next page of a list; see page.h.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Page<Row, Brand>> ReadPage(As<Row>, PagedSql<Row, Args...> sql,
                                                          const PageRequest& request,
                                                          const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    const bool own =
        (internal::Argument<internal::Decayed<Args>>::IsOf(args, core().tenant()) && ...);
    if (!own) return core().ForeignValue();
    const std::array<internal::SqlValue, sizeof...(Args)> values = {
        internal::Argument<internal::Decayed<Args>>::To(args)...};
    return NextPage<Row>(sql, values, request);
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<Page<Row, Brand>> ReadPage(As<Row>,
                                                          const cordon::Query<Product>& query,
                                                          const PageRequest& request) {
    const auto pages = query.template PagesFor<A, Row>(core());
    if (!pages.ok()) return pages.status();
    return NextPage<Row>(*pages, pages->values(), request);
  }

  // The rows one by one, for a range-for. An error ends the loop and poisons the transaction.
  template <class Row, class... Args>
  [[nodiscard]] RowRange<Product, Row, Brand, Sql<Row, Args...>> Rows(As<Row>,
                                                                      Sql<Row, Args...> sql,
                                                                      const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    return RowRange<Product, Row, Brand, Sql<Row, Args...>>(core(), sql, args...);
  }

  // Runs a statement that returns no rows. The number of rows changed.
  template <class... Args>
  [[nodiscard]] absl::StatusOr<std::int64_t> Execute(Sql<internal::NoRow, Args...> sql,
                                                     const Args&... args) {
    internal::RequireOwn<Brand, Args...>();
    internal::Cursor cursor;
    absl::Status status;
    internal::StartStatement(core(), sql, false, &cursor, &status, args...);
    if (!status.ok()) return status;
    return cursor.Finish();
  }

  // ---- whole rows of declared tables: no SQL to write ----------------------------------------
  // Update, Upsert and Delete of a row match its Version, if its table has one: kVersionConflict
  // when another change came first. The row at hand keeps the version it has; read it again, or
  // raise it by one, to change it once more.

  // Inserts one row.
  template <class Row>
  [[nodiscard]] absl::Status Insert(const Row& row) {
    return Change<internal::RowVerb::kInsert>(row);
  }
  // Inserts all rows of a range, anything that a range-for goes through, or none of them: an error
  // undoes this call and leaves the transaction usable. The number of rows. Each row has a
  // statement's budget.
  template <class Range>
  [[nodiscard]] absl::StatusOr<std::int64_t> InsertAll(Range&& rows) {
    static_assert(A != internal::Access::kRead,
                  "cordon: this scope only reads: use Transaction for a statement that writes");
    std::int64_t count = 0;
    const absl::Status done = Nested([&](Transaction& part) -> absl::Status {
      for (const auto& row : rows) {
        if (absl::Status inserted = part.Insert(row); !inserted.ok()) return inserted;
        ++count;
      }
      return absl::OkStatus();
    });
    if (!done.ok()) return done;
    return count;
  }
  // Gives the row with this row's key its other values; kNotFound when there is none.
  template <class Row>
  [[nodiscard]] absl::Status Update(const Row& row) {
    return Change<internal::RowVerb::kUpdate>(row);
  }
  // Updates the row with this row's key, or inserts it when there is none.
  template <class Row>
  [[nodiscard]] absl::Status Upsert(const Row& row) {
    return Change<internal::RowVerb::kUpsert>(row);
  }
  // Deletes the row with this row's key; kNotFound when there is none.
  template <class Row>
  [[nodiscard]] absl::Status Delete(const Row& row) {
    return Change<internal::RowVerb::kDelete>(row);
  }
  // Deletes the row with this key, whatever its version; kNotFound when there is none.
  template <class Row, class... Args>
  [[nodiscard]] absl::Status Delete(As<Row>, const Args&... key) {
    constexpr auto kVerb = internal::RowVerb::kDeleteByKey;
    const auto deleted = Execute(ByKey<kVerb, Row, internal::NoRow, Args...>(), key...);
    if (!deleted.ok()) return deleted.status();
    return *deleted > 0 ? absl::OkStatus() : internal::NoRowFound();
  }
  // The row with this key; kNotFound when there is none.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> Get(As<Row> row, const Args&... key) {
    return One(row, ByKey<internal::RowVerb::kRead, Row, Row, Args...>(), key...);
  }
  // The row with this key, if there is one.
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Find(As<Row> row,
                                                                      const Args&... key) {
    return Optional(row, ByKey<internal::RowVerb::kRead, Row, Row, Args...>(), key...);
  }

  // ---- numbers: see number.h -----------------------------------------------------------------

  // The next number of the series, drawn for good when this transaction commits. A Session has no
  // such call: a number that is committed without its document is a gap.
  [[nodiscard]] absl::StatusOr<std::int64_t> NextNumber(const Series& series) {
    RequireTenantWrite();
    return core().AddToNumber(internal::NumberKind::kSeries, series, 1);
  }
  // Lets a series that has not begun begin with `first`, which is at least 1.
  [[nodiscard]] absl::Status StartSeries(const Series& series, std::int64_t first) {
    RequireTenantWrite();
    return core().StartSeries(series, first);
  }
  // Adds to the counter; its new value. kValueOutOfRange, and the old value, where that overflows.
  [[nodiscard]] absl::StatusOr<std::int64_t> AddTo(const TenantCounter& counter, std::int64_t by) {
    RequireTenantWrite();
    return core().AddToNumber(internal::NumberKind::kCounter, counter, by);
  }
  [[nodiscard]] absl::StatusOr<std::int64_t> ValueOf(const TenantCounter& counter) {
    static_assert(A != internal::Access::kGlobalWrite,
                  "cordon: a counter belongs to a tenant: read it in a tenant's scope");
    return core().NumberOf(internal::NumberKind::kCounter, counter);
  }

  // Begins a blob, whose Finish() returns its id; see blob.h.
  [[nodiscard]] BlobWriter NewBlob() {
    RequireTenantWrite();
    return internal::BlobDoor::New(core());
  }
  // Opens a blob of this tenant's by its BlobId; kNotFound without one.
  template <class Id>
  [[nodiscard]] absl::StatusOr<BlobReader> OpenBlob(const Id& id) {
    static_assert(A != internal::Access::kGlobalWrite,
                  "cordon: a blob belongs to a tenant: open it in a tenant's scope");
    absl::StatusOr<BlobId> own = OwnBlob(id);
    if (!own.ok()) return own.status();
    return internal::BlobDoor::Open(core(), *own);
  }
  // Deletes a blob of this tenant's; kNotFound without one.
  template <class Id>
  [[nodiscard]] absl::Status DeleteBlob(const Id& id) {
    RequireTenantWrite();
    absl::StatusOr<BlobId> own = OwnBlob(id);
    if (!own.ok()) return own.status();
    return internal::BlobDoor::Delete(core(), *own);
  }

  // A part that is undone alone: commits with this transaction, or is rolled back when `body`
  // returns an error, which is passed on.
  template <class Body>
  requires(A != internal::Access::kRead) [[nodiscard]] absl::Status Nested(Body&& body) {
    static_assert(internal::ScopeBody<Body, Transaction>,
                  "cordon: the body of a transaction returns absl::Status: write '-> absl::Status' "
                  "behind its parameters");
    if (absl::Status begun = core().Savepoint(); !begun.ok()) return begun;
    // Undone as well when the body throws.
    struct Savepoint {
      internal::TransactionCore& core;
      bool open = true;
      ~Savepoint() {
        if (open) (void)core.EndSavepoint(internal::LeftByException());
      }
    } savepoint{core()};
    const absl::Status done = body(*this);
    savepoint.open = false;
    const absl::Status ended = core().EndSavepoint(done);
    return done.ok() ? ended : done;
  }

 protected:
  internal::TransactionCore& core() { return this->core_; }

 private:
  template <class Row, class Checked, class... Args>
  absl::StatusOr<Owned<Row, Brand>> TheOne(const Checked& sql, const Args&... args) {
    // Read in place: rows are not moved on the way out.
    absl::StatusOr<Owned<Row, Brand>> result(
        internal::OwnedAccess::Make<Row, Brand>(core().tenant()));
    bool found = false;
    absl::Status status = ReadOne<Row>(
        sql, [&]() -> Owned<Row, Brand>& { return *result; }, &found, args...);
    if (status.ok() && !found) status = internal::NoRowFound();
    if (!status.ok()) result = std::move(status);
    return result;
  }
  template <class Row, class Checked, class... Args>
  absl::StatusOr<std::optional<Owned<Row, Brand>>> OneOrNone(const Checked& sql,
                                                             const Args&... args) {
    absl::StatusOr<std::optional<Owned<Row, Brand>>> result{std::optional<Owned<Row, Brand>>()};
    bool found = false;
    const auto place = [&]() -> Owned<Row, Brand>& {
      return result->emplace(internal::OwnedAccess::Make<Row, Brand>(core().tenant()));
    };
    absl::Status status = ReadOne<Row>(sql, place, &found, args...);
    if (!status.ok()) result = std::move(status);
    return result;
  }
  template <class Row, class Checked, class... Args>
  absl::StatusOr<std::vector<Owned<Row, Brand>>> Every(const Checked& sql, const Args&... args) {
    std::vector<Owned<Row, Brand>> rows;
    internal::Cursor cursor;
    absl::Status status;
    internal::StartStatement(core(), sql, false, &cursor, &status, args...);
    if (!status.ok()) return status;
    while (cursor.Step()) {
      const bool fits = internal::Fits([&] {
                          internal::MakeRoom(&rows);
                          rows.push_back(internal::OwnedAccess::Make<Row, Brand>(core().tenant()));
                        }) &&
                        internal::ReadRow<internal::RowShape<Product, Row>>(
                            cursor, sql, &internal::OwnedAccess::Value(rows.back()));
      cursor.EndRow();
      if (!fits) {
        if (sql.writes()) core().Poison(internal::ValueDoesNotFit());
        return internal::ValueDoesNotFit();
      }
    }
    if (!cursor.status().ok()) return cursor.status();
    return rows;
  }

  template <class Row, class Pages>
  absl::StatusOr<Page<Row, Brand>> NextPage(const Pages& sql,
                                            std::span<const internal::SqlValue> values,
                                            const PageRequest& request) {
    internal::PagePlace place;
    absl::Status status = place.Open(core(), sql.list(), values, sql.terms(), request);
    if (!status.ok()) return status;
    internal::Cursor cursor;
    core().Start(sql.statement(place.paging()), place.values(), false, &cursor);
    if (!cursor.status().ok()) return cursor.status();
    Page<Row, Brand> page;
    const auto wanted = static_cast<std::size_t>(request.rows);
    while (cursor.Step()) {
      if (page.rows.size() == wanted) {
        cursor.EndRow();
        if (!internal::Fits([&] { page.next = place.Token(); })) return internal::ValueDoesNotFit();
        return page;
      }
      bool fits = internal::Fits([&] {
        internal::MakeRoom(&page.rows);
        page.rows.push_back(internal::OwnedAccess::Make<Row, Brand>(core().tenant()));
      });
      fits = fits && internal::ReadRow<internal::RowShape<Product, Row>>(
                         cursor, sql, &internal::OwnedAccess::Value(page.rows.back()));
      if (fits && page.rows.size() == wanted) status = place.Note(cursor, sql.columns());
      cursor.EndRow();
      if (!fits) return internal::ValueDoesNotFit();
      if (!status.ok()) return status;
    }
    if (!cursor.status().ok()) return cursor.status();
    return page;
  }

  // Reads at most one row into what place() gives once there is one.
  template <class Row, class Checked, class Place, class... Args>
  absl::Status ReadOne(const Checked& sql, const Place& place, bool* found, const Args&... args) {
    internal::Cursor cursor;
    absl::Status status;
    internal::StartStatement(core(), sql, false, &cursor, &status, args...);
    if (!status.ok()) return status;
    if (cursor.Step()) {
      *found = true;
      const bool fits = internal::ReadRow<internal::RowShape<Product, Row>>(
          cursor, sql, &internal::OwnedAccess::Value(place()));
      cursor.EndRow();
      if (!fits) {
        if (sql.writes()) core().Poison(internal::ValueDoesNotFit());
        return internal::ValueDoesNotFit();
      }
      // A statement that writes is carried through; a key that is pinned has no second row.
      if ((sql.writes() || !sql.at_most_one()) && cursor.Step()) {
        cursor.EndRow();
        if (sql.writes()) core().Poison(internal::MoreThanOneRow());
        return internal::MoreThanOneRow();
      }
    }
    cursor.Close();
    return cursor.status();
  }

  // A blob is named by its BlobId, plain or as it was read in this scope.
  template <class Id>
  absl::StatusOr<BlobId> OwnBlob(const Id& id) {
    using Argument = internal::Argument<internal::Decayed<Id>>;
    static_assert(std::is_same_v<typename Argument::Type, BlobId>,
                  "cordon: a blob is named by the BlobId that Finish() returned: pass that one");
    internal::RequireOwn<Brand, Id>();
    if (!Argument::IsOf(id, core().tenant())) return core().ForeignValue();
    return BlobId::FromNumber(Argument::To(id).integer);
  }

  static constexpr void RequireTenantWrite() {
    static_assert(A == internal::Access::kWrite,
                  "cordon: numbers, counters and blobs change in a tenant's scope that writes: use "
                  "Session::Transaction");
  }

  template <internal::RowVerb V, class Row>
  absl::Status Change(const Row& row) {
    static_assert(A != internal::Access::kRead,
                  "cordon: this scope only reads: use Transaction for a statement that writes");
    if constexpr (A != internal::Access::kRead && internal::TakesRow<Product, Row, V>()) {
      return internal::ChangeRow<Product, A, V>(*this, row);
    }
  }
  template <internal::RowVerb V, class Row, class Origin>
  absl::Status Change(const Owned<Row, Origin>& row) {
    internal::RequireOwn<Brand, Owned<Row, Origin>>();
    if (internal::OwnedAccess::TenantOf(row) != core().tenant()) return core().ForeignValue();
    return Change<V>(row.Plain());
  }
  // The statement of a verb that takes a key.
  template <internal::RowVerb V, class Row, class Result, class... Args>
  static const Sql<Result, Args...>& ByKey() {
    internal::RequireOwn<Brand, Args...>();
    if constexpr (internal::TakesKey<Product, Row, V, internal::ArgumentType<Args>...>()) {
      return internal::kRowSql<Product, A, Row, V, Result, internal::ArgumentType<Args>...>;
    }
  }
};

template <class Product, class Brand = Unbranded>
using ReadTransaction = Transaction<Product, internal::Access::kRead, Brand>;
template <class Product, class Brand = Unbranded>
using WriteTransaction = Transaction<Product, internal::Access::kWrite, Brand>;
// Writes global tables; see Platform::WriteGlobals.
template <class Product>
using GlobalTransaction = Transaction<Product, internal::Access::kGlobalWrite, Unbranded>;

template <class Product, class Brand = Unbranded>
class Session;

namespace internal {
// Copies only: a session that was moved from would be one without a tenant.
struct SessionHolder {
  explicit SessionHolder(std::shared_ptr<SessionState> state) : state_(std::move(state)) {}
  SessionHolder(const SessionHolder&) = default;
  SessionHolder& operator=(const SessionHolder&) = default;
  ~SessionHolder() = default;
  std::shared_ptr<SessionState> state_;
};
}  // namespace internal

// One tenant, open. Its own calls are transactions of one statement each.
template <class Product, class Brand>
class Session : public std::conditional_t<std::is_same_v<Brand, Unbranded>, internal::SessionHolder,
                                          Session<Product, Unbranded>> {
  using Parent = std::conditional_t<std::is_same_v<Brand, Unbranded>, internal::SessionHolder,
                                    Session<Product, Unbranded>>;
  using Writes = WriteTransaction<Product, Brand>;
  using Reads = ReadTransaction<Product, Brand>;
  using Kind = internal::TransactionCore::Kind;
  template <class Row, class... Args>
  using Sql = std::type_identity_t<
      Checked<Product, internal::Access::kWrite, Row, internal::ArgumentType<Args>...>>;
  template <class Row, class... Args>
  using PagedSql = std::type_identity_t<
      CheckedPage<Product, internal::Access::kWrite, Row, internal::ArgumentType<Args>...>>;

 public:
  using BrandType = Brand;
  explicit Session(std::shared_ptr<internal::SessionState> state) : Parent(std::move(state)) {}

  [[nodiscard]] const TenantId& tenant() const { return this->state_->proof->tenant; }

  // Ends the calls that run in this session, from any thread, with kInterrupted. Calls that begin
  // afterwards are not concerned.
  void Interrupt() const { this->state_->interrupts.fetch_add(1, std::memory_order_relaxed); }

  // Runs `body` on one snapshot of the tenant's rows.
  template <class Body>
  [[nodiscard]] absl::Status Read(Body&& body) const {
    internal::TransactionCore core(this->state_->engine, this->state_.get(), Kind::kRead);
    return Run<Reads>(core, body);
  }

  // Runs `body` in one transaction that writes: committed when it returns OK, undone otherwise.
  template <class Body>
  [[nodiscard]] absl::Status Transaction(Body&& body) const {
    internal::TransactionCore core(this->state_->engine, this->state_.get(), Kind::kWrite);
    return Run<Writes>(core, body);
  }

  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> One(As<Row> row, Sql<Row, Args...> sql,
                                                      const Args&... args) const {
    return Alone<absl::StatusOr<Owned<Row, Brand>>>(
        sql.writes(), [&](Writes& tx) { return tx.One(row, sql, args...); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Optional(
      As<Row> row, Sql<Row, Args...> sql, const Args&... args) const {
    return Alone<absl::StatusOr<std::optional<Owned<Row, Brand>>>>(
        sql.writes(), [&](Writes& tx) { return tx.Optional(row, sql, args...); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::vector<Owned<Row, Brand>>> All(As<Row> row,
                                                                   Sql<Row, Args...> sql,
                                                                   const Args&... args) const {
    return Alone<absl::StatusOr<std::vector<Owned<Row, Brand>>>>(
        sql.writes(), [&](Writes& tx) { return tx.All(row, sql, args...); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Page<Row, Brand>> ReadPage(As<Row> row, PagedSql<Row, Args...> sql,
                                                          const PageRequest& request,
                                                          const Args&... args) const {
    return Alone<absl::StatusOr<Page<Row, Brand>>>(
        false, [&](Writes& tx) { return tx.ReadPage(row, sql, request, args...); });
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<Page<Row, Brand>> ReadPage(As<Row> row,
                                                          const cordon::Query<Product>& query,
                                                          const PageRequest& request) const {
    return Alone<absl::StatusOr<Page<Row, Brand>>>(
        false, [&](Writes& tx) { return tx.ReadPage(row, query, request); });
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> One(As<Row> row,
                                                      const cordon::Query<Product>& query) const {
    return Alone<absl::StatusOr<Owned<Row, Brand>>>(false,
                                                    [&](Writes& tx) { return tx.One(row, query); });
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Optional(
      As<Row> row, const cordon::Query<Product>& query) const {
    return Alone<absl::StatusOr<std::optional<Owned<Row, Brand>>>>(
        false, [&](Writes& tx) { return tx.Optional(row, query); });
  }
  template <class Row>
  [[nodiscard]] absl::StatusOr<std::vector<Owned<Row, Brand>>> All(
      As<Row> row, const cordon::Query<Product>& query) const {
    return Alone<absl::StatusOr<std::vector<Owned<Row, Brand>>>>(
        false, [&](Writes& tx) { return tx.All(row, query); });
  }
  [[nodiscard]] absl::StatusOr<Owned<Table, Brand>> Query(
      const cordon::Query<Product>& query) const {
    return Alone<absl::StatusOr<Owned<Table, Brand>>>(false,
                                                      [&](Writes& tx) { return tx.Query(query); });
  }

  // Runs SQL that the tenant's own analyst wrote, with one of `values` for each ?. It is treated as
  // hostile: it only reads, its limits are those of `options`, and it leaves nothing behind, not
  // even in the cache of statements. kStatementRefused says what the checker minds, and where.
  [[nodiscard]] absl::StatusOr<Owned<Table, Brand>> Ask(std::string_view text,
                                                        const AnalystOptions& options = {},
                                                        std::span<const Value> values = {}) const {
    absl::StatusOr<Owned<Table, Brand>> result(
        internal::OwnedAccess::Make<Table, Brand>(this->state_->proof->tenant.bytes()));
    absl::Status status = internal::Ask(*this->state_, internal::kViewOf<Product>, text, options,
                                        values, &internal::OwnedAccess::Value(*result));
    if (!status.ok()) result = std::move(status);
    return result;
  }

  template <class... Args>
  [[nodiscard]] absl::StatusOr<std::int64_t> Execute(Sql<internal::NoRow, Args...> sql,
                                                     const Args&... args) const {
    return Alone<absl::StatusOr<std::int64_t>>(
        true, [&](Writes& tx) { return tx.Execute(sql, args...); });
  }
  template <class Row>
  [[nodiscard]] absl::Status Insert(const Row& row) const {
    return Transaction([&](Writes& tx) { return tx.Insert(row); });
  }
  template <class Range>
  [[nodiscard]] absl::StatusOr<std::int64_t> InsertAll(Range&& rows) const {
    return Alone<absl::StatusOr<std::int64_t>>(true,
                                               [&](Writes& tx) { return tx.InsertAll(rows); });
  }
  template <class Row>
  [[nodiscard]] absl::Status Update(const Row& row) const {
    return Transaction([&](Writes& tx) { return tx.Update(row); });
  }
  template <class Row>
  [[nodiscard]] absl::Status Upsert(const Row& row) const {
    return Transaction([&](Writes& tx) { return tx.Upsert(row); });
  }
  template <class Row>
  [[nodiscard]] absl::Status Delete(const Row& row) const {
    return Transaction([&](Writes& tx) { return tx.Delete(row); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::Status Delete(As<Row> row, const Args&... key) const {
    return Transaction([&](Writes& tx) { return tx.Delete(row, key...); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<Owned<Row, Brand>> Get(As<Row> row, const Args&... key) const {
    return Alone<absl::StatusOr<Owned<Row, Brand>>>(
        false, [&](Writes& tx) { return tx.Get(row, key...); });
  }
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::optional<Owned<Row, Brand>>> Find(As<Row> row,
                                                                      const Args&... key) const {
    return Alone<absl::StatusOr<std::optional<Owned<Row, Brand>>>>(
        false, [&](Writes& tx) { return tx.Find(row, key...); });
  }

  // Rows are read one by one inside a transaction, whose snapshot they are of.
  template <class... Args>
  void Rows(const Args&...) const = delete;  // cordon: rows are of one Read: use it, or All here
  // Numbers are drawn in the transaction of their document; counters may stand alone.
  template <class... Args>
  void NextNumber(const Args&...) const = delete;  // cordon: draw it in a Transaction
  [[nodiscard]] absl::StatusOr<std::int64_t> AddTo(const TenantCounter& counter,
                                                   std::int64_t by) const {
    return Alone<absl::StatusOr<std::int64_t>>(true,
                                               [&](Writes& tx) { return tx.AddTo(counter, by); });
  }
  [[nodiscard]] absl::StatusOr<std::int64_t> ValueOf(const TenantCounter& counter) const {
    return Alone<absl::StatusOr<std::int64_t>>(false,
                                               [&](Writes& tx) { return tx.ValueOf(counter); });
  }

 private:
  template <class Tx, class Body>
  static absl::Status Run(internal::TransactionCore& core, Body& body) {
    static_assert(internal::ScopeBody<Body&, Tx>,
                  "cordon: the body of a transaction returns absl::Status: write '-> absl::Status' "
                  "behind its parameters");
    if (!core.status().ok()) return core.status();
    absl::Status done;
    {
      Tx tx(core);
      done = body(tx);
    }
    // An error inside a loop over rows counts even where the body did not look at it.
    if (done.ok()) done = core.status();
    if (done.ok()) return core.Commit();
    core.Poison(done);
    return done;
  }
  // One statement; a read needs no BEGIN.
  template <class Result, class Body>
  Result Alone(bool writes, const Body& body) const {
    if (!writes) {
      internal::TransactionCore core(this->state_->engine, this->state_.get(), Kind::kStatement);
      if (!core.status().ok()) return core.status();
      Writes tx(core);
      return body(tx);  // in place: the row is not moved
    }
    internal::TransactionCore core(this->state_->engine, this->state_.get(), Kind::kWrite);
    if (!core.status().ok()) return core.status();
    Writes tx(core);
    Result result = body(tx);
    if (!result.ok()) {
      core.Poison(result.status());
      return result;
    }
    if (absl::Status committed = core.Commit(); !committed.ok()) return committed;
    return result;
  }
};

}  // namespace cordon

#endif  // CORDON_DATA_SESSION_H_
