// SPDX-License-Identifier: Apache-2.0
//
// The test of non-interference, for a host's own code: does what a user sees depend on anything but
// the user's own tenant?
//
// Two worlds hold the same tenant, "ours": the same id, rows, keys and clock. In the first it is
// alone. In the second it has neighbours, whose rows have the same keys and a canary in every text,
// and who write, delete and roll back between our requests. A request of the host's runs in both
// with the same input, and what it shows must be the same.
//
// Guarantees: what is reported did differ, or did change or show a neighbour's row, and the program
//   that is reported with it does so each time. The same seed drives the same programs.
// Not guaranteed: that a request is clean which was not driven into its leak; more seeds and more
//   requests see more. Time is not compared.
// Thread safety: a call of CompareTwins() is confined to its thread; calls do not share anything.
// Ownership and lifetime: worlds live as long as the program that runs in them; a request must not
//   keep one.
// Errors: what keeps the worlds from being made is a Report that is not clean, and says so.
//
//   Report report = CompareTwins<Erp>({.seed = 7}, [](const World<Erp>& world, Input& input) {
//     return ShowOrder(world.session(), input.Id());
//   });
//
// Tables whose rows cannot be made up (a blob's id that is not optional) stay empty unless
// the Fill that CompareTwins() is given, called for each tenant, puts some in.
#ifndef CORDON_TESTING_TWINS_H_
#define CORDON_TESTING_TWINS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cordon/data/platform.h"
#include "cordon/testing/input.h"
#include "cordon/testing/internal/random_row.h"
#include "cordon/testing/internal/twin.h"

namespace cordon::testing {

namespace internal {
template <class Product>
class TwinOf;
}  // namespace internal

// In every text of a neighbour's that is no key.
using internal::kCanary;

struct TwinOptions {
  std::uint64_t seed = 1;
  int programs = 20;  // each in two worlds of its own
  int requests = 10;  // of a program, one after the other
  int choices = 24;   // of a request's input
  int rows = 12;      // of each table, for each tenant
  int neighbours = 3;
  std::string directory = {};  // for the files; the system's temporary one when empty
  // Changes what both worlds' platforms are opened with: limits, hooks. The path, the clock and the
  // entropy are the worlds' own.
  std::function<void(PlatformOptions&)> configure = {};
};

// What came of a comparison.
class Report {
 public:
  [[nodiscard]] bool clean() const { return finding_.empty(); }
  // Requests that were compared.
  [[nodiscard]] std::int64_t requests() const { return requests_; }
  // What differed, and the shortest program that was found to do it. Empty when clean.
  [[nodiscard]] const std::string& finding() const { return finding_; }

 private:
  friend Report internal::Drive(const TwinOptions& options, const internal::MakeTwin& make);
  std::int64_t requests_ = 0;
  std::string finding_;
};

// One of the two worlds, as a request meets it.
template <class Product>
class World {
 public:
  [[nodiscard]] const Platform<Product>& platform() const { return *platform_; }
  // Of our tenant.
  [[nodiscard]] const TenantContext& context() const { return *context_; }
  [[nodiscard]] const Session<Product>& session() const { return *session_; }
  // The platform's file, for code of the host's that has a way of its own to it.
  [[nodiscard]] const std::string& path() const { return path_; }
  // The ids of the crowded world's neighbours, in both worlds: what a request that was given
  // another tenant's id would hold.
  [[nodiscard]] const std::vector<TenantId>& neighbours() const { return neighbour_ids_; }
  // Lets a neighbour, where there is one, act at this very point of the request: between two of its
  // statements, inside of its transaction.
  void LetOthersAct() const {
    if (*others_act_) (*others_act_)();
  }

 private:
  template <class>
  friend class internal::TwinOf;
  std::string path_;
  std::vector<TenantId> neighbour_ids_;
  const std::function<void()>* others_act_ = nullptr;
  std::unique_ptr<Platform<Product>> platform_;
  std::optional<TenantContext> context_;
  std::optional<Session<Product>> session_;
};

// A request, and what its user sees of the answer: rows, counts, the code and text of an error.
template <class Product>
using Request = std::function<std::string(const World<Product>&, Input&)>;

// Puts rows into a tenant. `mark` is empty for our tenant, and the canary for a neighbour.
template <class Product>
using Fill = std::function<absl::Status(const Session<Product>&, Input&, const std::string& mark)>;

namespace internal {

template <class Product>
class TwinOf final : public Twin {
 public:
  TwinOf(const TwinOptions& options, const Request<Product>& request, const Fill<Product>& fill)
      : options_(options), request_(request), fill_(fill) {}

  absl::Status Open(const std::string& path, bool crowded) override {
    PlatformOptions options;
    if (options_.configure) options_.configure(options);
    world_.others_act_ = &meanwhile();
    options.path = world_.path_ = path;
    options.clock = clock();
    options.entropy = SeededEntropy(options_.seed);
    auto platform = Platform<Product>::Open(std::move(options));
    if (!platform.ok()) return platform.status();
    world_.platform_ = *std::move(platform);
    // The first to be drawn, and so the same in both worlds.
    auto ours = Enter();
    if (!ours.ok()) return ours.status();
    world_.context_.emplace(*std::move(ours));
    auto session = world_.platform_->OpenSession(*world_.context_);
    if (!session.ok()) return session.status();
    world_.session_.emplace(*std::move(session));
    for (int i = 0; crowded && i < options_.neighbours; ++i) {
      auto context = Enter();
      if (!context.ok()) return context.status();
      auto neighbour = world_.platform_->OpenSession(*context);
      if (!neighbour.ok()) return neighbour.status();
      neighbours_.push_back(*std::move(neighbour));
    }
    // Neighbours come before and behind, so that ours is neither the first nor the last to write.
    for (std::size_t i = 0; i < neighbours_.size(); i += 2) {
      if (absl::Status filled = Populate(neighbours_[i], kCanary, i + 1); !filled.ok())
        return filled;
    }
    if (absl::Status filled = Populate(*world_.session_, "", 0); !filled.ok()) return filled;
    for (std::size_t i = 1; i < neighbours_.size(); i += 2) {
      if (absl::Status filled = Populate(neighbours_[i], kCanary, i + 1); !filled.ok())
        return filled;
    }
    return absl::OkStatus();
  }

  std::string Act(Input& input) override { return request_(world_, input); }

  absl::Status Disturb(std::uint64_t seed) override {
    if (neighbours_.empty()) return absl::OkStatus();
    RowMaker maker(seed, kCanary, options_.rows);
    const Session<Product>& one = neighbours_[maker.Below(neighbours_.size())];
    // What fails, fails: a neighbour's errors are part of its history.
    (void)one.Transaction([&](auto& tx) -> absl::Status {
      (void)tx.AddTo(TenantCounter("neighbour"), 1).ok();
      maker.template InsertOne<Product>(tx);
      return maker.Below(3) == 0 ? absl::AbortedError("rolled back") : absl::OkStatus();
    });
    maker.template InsertOne<Product>(one);
    maker.template DeleteOne<Product>(one);
    return absl::OkStatus();
  }

  [[nodiscard]] const TenantId& ours() const override { return world_.session_->tenant(); }
  [[nodiscard]] std::vector<TenantId> neighbours() const override {
    std::vector<TenantId> ids;
    for (const Session<Product>& neighbour : neighbours_) ids.push_back(neighbour.tenant());
    return ids;
  }
  void Name(const std::vector<TenantId>& neighbours) override {
    world_.neighbour_ids_ = neighbours;
  }

 private:
  absl::StatusOr<TenantContext> Enter() {
    auto user = Principal::User("twin");
    if (!user.ok()) return user.status();
    auto id = world_.platform_->tenants().Create("a tenant");
    if (!id.ok()) return id.status();
    absl::Status added = world_.platform_->tenants().AddMember(*id, *user);
    if (!added.ok()) return added;
    return world_.platform_->Enter(AssertVerified(*user), *id, Purpose("comparison"),
                                   {.lifetime = std::chrono::hours(24)});
  }
  absl::Status Populate(const Session<Product>& session, const std::string& mark,
                        std::uint64_t number) {
    RowMaker maker(options_.seed * 64 + number, mark, options_.rows);
    absl::Status filled = maker.template InsertAll<Product>(session);
    if (filled.ok() && fill_) {
      Input input(maker.Choices());
      filled = fill_(session, input, mark);
    }
    return filled;
  }

  const TwinOptions& options_;
  const Request<Product>& request_;
  const Fill<Product>& fill_;
  World<Product> world_;
  std::vector<Session<Product>> neighbours_;
};

}  // namespace internal

// Drives `request` in both worlds and compares. Stops at the first finding and shortens it.
template <class Product>
[[nodiscard]] Report CompareTwins(const TwinOptions& options, const Request<Product>& request,
                                  const Fill<Product>& fill = nullptr) {
  return internal::Drive(
      options, [&] { return std::make_unique<internal::TwinOf<Product>>(options, request, fill); });
}

}  // namespace cordon::testing

#endif  // CORDON_TESTING_TWINS_H_
