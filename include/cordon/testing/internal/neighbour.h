// SPDX-License-Identifier: Apache-2.0
// What the tenants beside ours do, for twins.h: all that a tenant can, and much that fails.
#ifndef CORDON_TESTING_INTERNAL_NEIGHBOUR_H_
#define CORDON_TESTING_INTERNAL_NEIGHBOUR_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/platform.h"
#include "cordon/data/query.h"
#include "cordon/testing/internal/estate.h"
#include "cordon/testing/internal/random_row.h"
#include "cordon/testing/internal/twin.h"

namespace cordon::testing::internal {

// A context of a new member of the tenant.
template <class Product>
absl::StatusOr<TenantContext> EnterAs(const Platform<Product>& platform, const TenantId& tenant,
                                      const char* name, std::chrono::milliseconds lifetime) {
  auto user = Principal::User(name);
  if (!user.ok()) return user.status();
  if (absl::Status added = platform.tenants().AddMember(tenant, *user); !added.ok()) return added;
  return platform.Enter(AssertVerified(*user), tenant, Purpose("comparison"),
                        {.lifetime = lifetime});
}

template <class Product>
class Neighbour {
 public:
  static absl::StatusOr<Neighbour> Join(const Platform<Product>& platform) {
    auto id = platform.tenants().Create("a tenant");
    if (!id.ok()) return id.status();
    Neighbour neighbour(platform, *id);
    if (absl::Status opened = neighbour.Open(); !opened.ok()) return opened;
    return neighbour;
  }
  [[nodiscard]] const TenantId& id() const { return id_; }
  [[nodiscard]] const TenantContext& context() const { return *context_; }
  [[nodiscard]] const Session<Product>& session() const { return *session_; }

  // The rows of a table, in any order.
  [[nodiscard]] absl::StatusOr<std::vector<std::vector<Value>>> All(
      const std::string& table) const {
    auto read = session_->Query(Query<Product>::FromText("SELECT * FROM \"" + table + "\"", {}));
    if (!read.ok()) return read.status();
    return read->Plain().rows;
  }

  // What fails, fails: errors are part of a neighbour's history. `other`: one of the neighbours;
  // `ours`: who is none.
  void Act(RowMaker& maker, const Neighbour& other, const TenantId& ours) {
    switch (maker.Below(16)) {
      case 0:
        return Trade(maker);
      case 1:
        return Change(maker);
      case 2:
        return DrawNumbers(maker);
      case 3:
        return Collide(maker);
      case 4:
        return WriteBlob(maker);
      case 5:
        return RemoveBlob();
      case 6:
        return DismissSomebody(maker);
      case 7:
        return BeSuspended(maker);
      case 8:
        return Expire(maker);
      case 9:
        return Analyse(maker);
      case 10:
        return Deliver(maker, other);
      case 11:
        return VisitCustomer(maker);
      case 12:
      case 13:
      case 14:
        return estate_.Act(platform_->tenants(), *context_, ours, maker);
      default:
        return ComeAndGo(maker);
    }
  }

 private:
  Neighbour(const Platform<Product>& platform, const TenantId& id)
      : platform_(&platform), id_(id), estate_(id) {}

  absl::Status Open() {
    auto context = EnterAs(*platform_, id_, "twin", std::chrono::hours(24));
    if (!context.ok()) return context.status();
    auto session = platform_->OpenSession(*context);
    if (!session.ok()) return session.status();
    context_.emplace(*std::move(context));
    session_.emplace(*std::move(session));
    return absl::OkStatus();
  }
  static absl::Status Ended(RowMaker& maker) {
    return maker.Below(3) == 0 ? absl::AbortedError("rolled back") : absl::OkStatus();
  }
  template <class Scope>
  static void Insert(Scope& scope, RowMaker& maker) {
    maker.WithRow<Product>([&](const auto& row) { (void)scope.Insert(row).ok(); });
  }

  void Trade(RowMaker& maker) const {
    (void)session_->Transaction([&](auto& tx) -> absl::Status {
      (void)tx.AddTo(TenantCounter("neighbour"), 1).ok();
      Insert(tx, maker);
      (void)tx.Nested([&](auto& part) -> absl::Status {
        Insert(part, maker);
        return Ended(maker);
      });
      return Ended(maker);
    });
  }
  void Change(RowMaker& maker) const {
    Insert(*session_, maker);
    maker.WithRow<Product>([&](const auto& row) { (void)session_->Upsert(row).ok(); });
    maker.WithRow<Product>([&](const auto& row) { (void)session_->Delete(row).ok(); });
  }
  void DrawNumbers(RowMaker& maker) const {
    (void)session_->Transaction([&](auto& tx) -> absl::Status {
      for (const char* series : {"invoice", "order"}) (void)tx.NextNumber(Series(series)).ok();
      return Ended(maker);
    });
  }
  // The second row has the key of the first one, and breaks whatever else is unique.
  void Collide(RowMaker& maker) const {
    maker.WithRow<Product>([&](const auto& row) {
      (void)session_->Insert(row).ok();
      (void)session_->Transaction([&](auto& tx) -> absl::Status {
        (void)tx.AddTo(TenantCounter("neighbour"), 1).ok();
        return tx.Insert(row);
      });
    });
  }
  void WriteBlob(RowMaker& maker) {
    BlobId written;
    const absl::Status done = session_->Transaction([&](auto& tx) -> absl::Status {
      BlobWriter writer = tx.NewBlob();
      for (std::uint64_t i = maker.Below(4); i-- > 0;) {
        const std::string_view part = kCanary;
        (void)writer.Append(std::as_bytes(std::span(part))).ok();
      }
      if (maker.Below(4) == 0) return absl::OkStatus();  // unfinished, and so rolled back
      auto id = writer.Finish();
      if (!id.ok()) return id.status();
      written = *id;
      return Ended(maker);
    });
    if (done.ok()) blob_ = written;
  }
  void RemoveBlob() {
    (void)session_->Transaction([&](auto& tx) { return tx.DeleteBlob(blob_); });
  }
  void DismissSomebody(RowMaker& maker) const {
    auto context = EnterAs(*platform_, id_, "visitor", std::chrono::hours(1));
    auto visitor = Principal::User("visitor");
    if (!context.ok() || !visitor.ok()) return;
    auto session = platform_->OpenSession(*context);
    if (session.ok()) Insert(*session, maker);
    (void)platform_->tenants().RemoveMember(id_, *visitor);
    if (session.ok()) Insert(*session, maker);  // revoked
  }
  void BeSuspended(RowMaker& maker) {
    if (!platform_->tenants().Suspend(id_).ok()) return;
    Insert(*session_, maker);
    (void)platform_->tenants().Resume(id_);
    (void)Open();
  }
  // The context that was opened the last time has expired by now.
  void Expire(RowMaker& maker) {
    if (short_) Insert(*short_, maker);
    short_.reset();
    auto context = EnterAs(*platform_, id_, "twin", std::chrono::milliseconds(500));
    if (!context.ok()) return;
    if (auto session = platform_->OpenSession(*context); session.ok()) {
      short_.emplace(*std::move(session));
    }
  }
  void Analyse(RowMaker& maker) const {
    const std::string from = " FROM " + maker.Table<Product>();
    (void)session_->Ask("SELECT COUNT(*)" + from).ok();
    (void)session_->Ask("SELECT *" + from, {.budget = {.rows = 1}}).ok();
    (void)session_->Ask("SELECT tenant_id" + from).ok();
  }
  // A row goes to another neighbour, or would with a grant of both.
  void Deliver(RowMaker& maker, const Neighbour& to) const {
    maker.WithRow<Product>([&]<class Row>(const Row&) {
      constexpr std::size_t kPlace = cordon::internal::RowShape<Product, Row>::kPlace;
      const auto all = CheckAtRunTime<Product, Row>(
          "SELECT * FROM \"" + std::string(Product::kSchema.view().tables[kPlace].name) + "\"");
      if (!all.ok()) return;
      const auto rows = session_->All(as<Row>, *all);
      if (!rows.ok() || rows->empty()) return;
      const auto grant =
          Agree(Release(*session_, to.id_, Purpose("delivery")),
                maker.Below(3) == 0 ? Accept(*to.session_, id_, Purpose("returns"))
                                    : Accept(*to.session_, id_, Purpose("delivery")));
      if (!grant.ok()) return;
      const auto moved = Transfer(rows->back(), *grant);
      if (moved.ok()) (void)to.session_->Upsert(*moved);
    });
  }
  void VisitCustomer(RowMaker& maker) const {
    const std::vector<TenantId>& customers = estate_.customers();
    if (customers.empty()) return;
    const TenantId& customer = customers[maker.Below(customers.size())];
    auto context = EnterAs(*platform_, customer, "twin", std::chrono::hours(1));
    if (!context.ok()) return;
    if (auto session = platform_->OpenSession(*context); session.ok()) Insert(*session, maker);
  }
  // A tenant whose whole life is this one act.
  void ComeAndGo(RowMaker& maker) const {
    auto guest = Join(*platform_);
    if (!guest.ok()) return;
    guest->Trade(maker);
    guest->DrawNumbers(maker);
    (void)platform_->tenants().Remove(guest->id_);
  }

  const Platform<Product>* platform_;
  TenantId id_;
  std::optional<TenantContext> context_;
  std::optional<Session<Product>> session_;
  std::optional<Session<Product>> short_;
  Estate estate_;
  BlobId blob_;  // the last one that was written; names none after it was removed
};

}  // namespace cordon::testing::internal

#endif  // CORDON_TESTING_INTERNAL_NEIGHBOUR_H_
