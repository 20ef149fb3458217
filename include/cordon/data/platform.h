// SPDX-License-Identifier: Apache-2.0
//
// The running product: one file of tenants, the schema of their tables, and the way in.
//
// Guarantees: an open platform's file has the declared tables, exactly; to get there, tables and
//   indexes that are missing are made and columns that are new at the end of a declaration are
//   added, in one transaction, whoever else opens the file. What needs more is a migration (see
//   migration.h), and a file of another version is not opened. Its locks are installed on every
//   connection. Nothing is global: two platforms in one process know nothing of each other.
// Not guaranteed: isolation from code that opens the file by other means.
// Thread safety: thread-safe. A platform must not be used in a child process after fork().
// Ownership and lifetime: must outlive its sessions. Contexts may outlive it, and are then of no
//   use.
// Errors: Open(): kCannotOpen, kNotADatabase, kCorrupt, kReadOnly, kSchemaDrift, kNewerFile,
//   kMigrationNeeded, kMissingFeature, kInvalidArgument.
//
//   auto platform = cordon::Platform<Erp>::Open({.path = "erp.db"});
//   auto context = (*platform)->Enter(cordon::AssertVerified(anna), tenant,
//                                     cordon::Purpose("order-entry"));
//   absl::Status done = cordon::WithTenant(**platform, *context, [](auto& session) -> absl::Status
//   {
//     return Reprice(session, 105);
//   });
#ifndef CORDON_DATA_PLATFORM_H_
#define CORDON_DATA_PLATFORM_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/migration.h"
#include "cordon/data/options.h"
#include "cordon/data/session.h"
#include "cordon/data/subtree.h"
#include "cordon/data/transfer.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/directory.h"

namespace cordon {

// The capability to write what all tenants read. Search for Get() to find who does.
class GlobalWriteAccess {
 public:
  [[nodiscard]] static GlobalWriteAccess Get() { return GlobalWriteAccess(0); }

 private:
  explicit GlobalWriteAccess(int) {}  // cordon: ask by name: use GlobalWriteAccess::Get()
};

template <class Product>
class Platform {
 public:
  // Opens the file, creates what is missing and compares what is there with the declaration.
  // kMigrationNeeded where Migrate<Product>() comes first.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Platform>> Open(PlatformOptions options) {
    auto core = internal::PlatformCore::Open(
        internal::kViewOf<Product>, internal::MigrationsViewOf<Product>(), std::move(options));
    if (!core.ok()) return core.status();
    return std::unique_ptr<Platform>(new Platform(*std::move(core)));
  }
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  [[nodiscard]] TenantDirectory& tenants() const { return core_->tenants(); }

  // See TenantDirectory::Enter.
  [[nodiscard]] absl::StatusOr<TenantContext> Enter(const VerifiedIdentity& identity,
                                                    const TenantId& tenant, Purpose purpose,
                                                    EnterOptions options = {}) const {
    return tenants().Enter(identity, tenant, purpose, options);
  }

  void Enter(const Principal&, auto&&...) const = delete;  // cordon: unverified: use AssertVerified

  // An unbranded session, for plain functions and for members of classes.
  [[nodiscard]] absl::StatusOr<Session<Product>> OpenSession(const TenantContext& context) const {
    return OpenBranded<Unbranded>(context);
  }

  // Sums up over the tenants of a subtree.
  [[nodiscard]] absl::StatusOr<Subtree<Product>> OpenSubtree(const SubtreeContext& context) const {
    auto proof = core_->Admit(context);
    if (!proof.ok()) return proof.status();
    return Subtree<Product>(*core_, *std::move(proof));
  }
  void OpenSession(const SubtreeContext&) const = delete;  // cordon: it sums up only: OpenSubtree

  // Runs `body` in one transaction that reads and writes global tables only. Deleting a row that a
  // tenant's row refers to is kForeignKeyViolation, which tells that somebody does.
  template <class Body>
  [[nodiscard]] absl::Status WriteGlobals(GlobalWriteAccess, Body&& body) {
    static_assert(internal::ScopeBody<Body, GlobalTransaction<Product>>,
                  "cordon: the body of a transaction returns absl::Status: write '-> absl::Status' "
                  "behind its parameters");
    internal::TransactionCore core(core_->engine(), nullptr,
                                   internal::TransactionCore::Kind::kGlobalWrite);
    if (!core.status().ok()) return core.status();
    absl::Status done;
    {
      GlobalTransaction<Product> tx(core);
      done = body(tx);
    }
    if (done.ok()) done = core.status();
    if (done.ok()) return core.Commit();
    core.Poison(done);
    return done;
  }

  // The same with a brand of its own; WithTenant() makes brands up.
  template <class Brand>
  [[nodiscard]] absl::StatusOr<Session<Product, Brand>> OpenBranded(
      const TenantContext& context) const {
    auto state = core_->OpenSession(context);
    if (!state.ok()) return state.status();
    return Session<Product, Brand>(*std::move(state));
  }

 private:
  explicit Platform(std::unique_ptr<internal::PlatformCore> core) : core_(std::move(core)) {}
  std::unique_ptr<internal::PlatformCore> core_;
};

namespace internal {
template <class Tag, int N>
struct Brand {};

template <class Result>
concept StatusLike = std::is_convertible_v<absl::Status, Result>;
}  // namespace internal

// Runs `body` with a session of its own type: what it reads compiles in this scope only. Returns
// what `body` returns, an absl::Status or StatusOr. Each call in the source text is one brand; name
// one (WithTenant<struct Billing>) to have it in several places.
template <class Tag = decltype([] {}), class AnyPlatform, class Fn>
[[nodiscard]] auto WithTenant(const AnyPlatform& platform, const TenantContext& context,
                              Fn&& body) {
  auto scope = platform.template OpenBranded<internal::Brand<Tag, 0>>(context);
  using Result = std::invoke_result_t<Fn, decltype(*scope)>;
  static_assert(internal::StatusLike<Result>,
                "cordon: the body of WithTenant returns absl::Status or absl::StatusOr: write "
                "'-> absl::Status' behind its parameters");
  if (!scope.ok()) return Result(scope.status());
  return body(*scope);
}

// The same for two tenants at once, told apart by type.
template <class Tag = decltype([] {}), class AnyPlatform, class Fn>
[[nodiscard]] auto WithTenants(const AnyPlatform& platform, const TenantContext& first,
                               const TenantContext& second, Fn&& body) {
  auto a = platform.template OpenBranded<internal::Brand<Tag, 1>>(first);
  auto b = platform.template OpenBranded<internal::Brand<Tag, 2>>(second);
  using Result = std::invoke_result_t<Fn, decltype(*a), decltype(*b)>;
  static_assert(internal::StatusLike<Result>,
                "cordon: the body of WithTenants returns absl::Status or absl::StatusOr: write "
                "'-> absl::Status' behind its parameters");
  if (!a.ok()) return Result(a.status());
  if (!b.ok()) return Result(b.status());
  return body(*a, *b);
}

}  // namespace cordon

#endif  // CORDON_DATA_PLATFORM_H_
