// SPDX-License-Identifier: Apache-2.0
//
// The test of non-interference, for a host's own code: does what a user sees depend on anything but
// the user's own tenant?
//
// Two worlds hold the same tenant, "ours": the same id, rows, keys and clock. In the first it is
// alone. In the second it has neighbours, whose rows have the same keys and a canary in every text,
// and who write, delete and roll back between our requests. A request of the host's runs in both
// with the same input, and what it shows must be the same. Whoever is in both worlds is ours, also
// tenants that a request creates; slugs are everybody's, and those of neighbours begin with
// "neighbour-".
//
// Guarantees: what is reported did differ, or did change or show a neighbour's row, and the program
//   that is reported with it does so each time: ReplayTwins() runs it, and the report ends with the
//   test that says so. The same seed drives the same programs.
// Not guaranteed: that a request is clean which was not driven into its leak; more seeds and more
//   requests see more. Time is not compared. A request that shows what no seed decides (an address,
//   the system's clock) differs without a leak.
// Thread safety: a call of CompareTwins() is confined to its thread; calls do not share anything.
// Ownership and lifetime: worlds live as long as the program that runs in them; a request must not
//   keep one.
// Errors: what keeps the worlds from being made is a Report that is not clean, and says so.
//
//   Report report = CompareTwins<Erp>({.seed = 7}, [](const World<Erp>& world, Input& input) {
//     return ShowOrder(world.session(), input.Id());
//   });
//
// Global tables have the same rows in both worlds. Tables whose rows cannot be made up (a blob's id
// that is not optional) stay empty unless the Fill that CompareTwins() is given, called for each
// tenant, puts some in.
#ifndef CORDON_TESTING_TWINS_H_
#define CORDON_TESTING_TWINS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cordon/data/platform.h"
#include "cordon/testing/input.h"
#include "cordon/testing/internal/neighbour.h"
#include "cordon/testing/internal/random_row.h"
#include "cordon/testing/internal/twin.h"

namespace cordon::testing {

namespace internal {
template <class Product>
class TwinOf;
class Driver;
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
  // The neighbours make the request too, between ours and inside of them. Finds what host code
  // keeps from one tenant and shows another (a cache that is keyed without the tenant), if it keeps
  // that for each world by itself. The worlds run one after the other, and path() tells them apart:
  // a request that finds a path it has not seen can empty what the process shares.
  bool neighbours_ask = false;
  std::string directory = {};  // for the files; the system's temporary one when empty
  // Changes what both worlds' platforms are opened with: limits, hooks, a server. The path, the
  // clock and the entropy are the worlds' own. It is called for each world, which lives until the
  // second one after it is made; a server's database belongs to one of them, and has nobody's rows
  // in it.
  std::function<void(PlatformOptions&)> configure = {};
  // The longest time that is spent on making a finding shorter. What is short by then is reported.
  std::chrono::seconds shorten = std::chrono::seconds(30);
  // What these are called where the test that a report prints is to be compiled. The product is
  // called by its type's name when this is empty.
  std::string product_name = {};
  std::string request_name = "request";
  std::string fill_name = "fill";
  std::string configure_name = "configure";
};

// What came of a comparison.
class Report {
 public:
  [[nodiscard]] bool clean() const { return finding_.empty(); }
  // Requests that were compared.
  [[nodiscard]] std::int64_t requests() const { return requests_; }
  // What differed, what each request of the program showed in both worlds, and a test that fails
  // so. Empty when clean.
  [[nodiscard]] const std::string& finding() const { return finding_; }
  // The shortest program that was found to do it; its last request is the one that gives it away.
  // Empty when clean, and when there were no worlds to run in.
  [[nodiscard]] const std::vector<Input>& program() const { return program_; }

 private:
  friend class internal::Driver;
  std::int64_t requests_ = 0;
  std::string finding_;
  std::vector<Input> program_;
};

// One of the two worlds, as a request meets it.
template <class Product>
class World {
 public:
  [[nodiscard]] const Platform<Product>& platform() const { return *platform_; }
  // Of the tenant that asks: ours, but for TwinOptions::neighbours_ask.
  [[nodiscard]] const TenantContext& context() const { return *context_; }
  [[nodiscard]] const Session<Product>& session() const { return *session_; }
  // The platform's, for code of the host's that needs the time.
  [[nodiscard]] const std::shared_ptr<const Clock>& clock() const { return clock_; }
  // The platform's file, for code of the host's that has a way of its own to it; on a server, a
  // name that no other world has.
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
  std::shared_ptr<const Clock> clock_;
  std::string path_;
  std::vector<TenantId> neighbour_ids_;
  const std::function<void()>* others_act_ = nullptr;
  std::shared_ptr<Platform<Product>> platform_;
  const TenantContext* context_ = nullptr;
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
    world_.path_ = path;
    on_server_ = options.server != nullptr;
    if (!on_server_) options.path = path;
    options.clock = world_.clock_ = clock();
    options.entropy = entropy_;
    const int readers = options.readers;
    auto platform = Platform<Product>::Open(std::move(options));
    if (!platform.ok()) return platform.status();
    world_.platform_ = *std::move(platform);
    // The first to be drawn, and so the same in both worlds.
    auto id = world_.platform_->tenants().Create("a tenant");
    if (!id.ok()) return id.status();
    auto ours = EnterAs(*world_.platform_, *id, "twin", std::chrono::hours(24));
    if (!ours.ok()) return ours.status();
    context_.emplace(*std::move(ours));
    world_.context_ = &*context_;
    auto session = world_.platform_->OpenSession(*world_.context_);
    if (!session.ok()) return session.status();
    world_.session_.emplace(*std::move(session));
    OpenReaders(readers);
    RowMaker globals = Maker("", 63);
    absl::Status filled = globals.InsertGlobals(*world_.platform_);
    for (int i = 0; crowded && i < options_.neighbours && filled.ok(); ++i) {
      const SplitEntropy::Others theirs(*entropy_);
      auto neighbour = Neighbour<Product>::Join(*world_.platform_);
      if (!neighbour.ok()) return neighbour.status();
      neighbours_.push_back(*std::move(neighbour));
    }
    // Neighbours come before and behind, so that ours is neither the first nor the last to write.
    if (filled.ok()) filled = PopulateNeighbours(0);
    if (filled.ok()) filled = Populate(*world_.session_, "", 0);
    if (filled.ok()) filled = PopulateNeighbours(1);
    return filled;
  }

  std::string Act(Input& input) override { return request_(world_, input); }

  void Disturb(std::uint64_t seed) override {
    if (neighbours_.empty()) return;
    const SplitEntropy::Others theirs(*entropy_);
    RowMaker maker(seed, kCanary, options_.rows);
    for (std::uint64_t acts = 1 + maker.Below(4); acts-- > 0;) {
      Neighbour<Product>& one = neighbours_[maker.Below(neighbours_.size())];
      if (options_.neighbours_ask && maker.Below(2) == 0) {
        Ask(one, maker);
      } else {
        one.Act(maker, neighbours_[maker.Below(neighbours_.size())], ours());
      }
    }
  }

  [[nodiscard]] const TenantId& ours() const override { return world_.session_->tenant(); }
  [[nodiscard]] std::vector<TenantId> neighbours() const override {
    std::vector<TenantId> ids;
    for (const Neighbour<Product>& neighbour : neighbours_) ids.push_back(neighbour.id());
    return ids;
  }
  [[nodiscard]] bool on_server() const override { return on_server_; }
  [[nodiscard]] std::vector<Rows> NeighboursRows() override {
    std::vector<Rows> rows;
    const SplitEntropy::Others theirs(*entropy_);
    for (const Neighbour<Product>& neighbour : neighbours_) {
      for (std::size_t i = 0; i < Product::kSchema.view().table_count; ++i) {
        const cordon::internal::TableDef& table = Product::kSchema.view().tables[i];
        if (table.kind != cordon::internal::TableKind::kTenant) continue;
        rows.push_back({std::string(table.name), neighbour.All(std::string(table.name))});
      }
    }
    return rows;
  }
  void Name(const std::vector<TenantId>& neighbours) override {
    world_.neighbour_ids_ = neighbours;
  }

 private:
  // A connection draws secrets when it is opened. All of them are, so that what we draw later does
  // not depend on who was the first to need one.
  void OpenReaders(int left) const {
    if (left <= 0) return;
    (void)world_.session_->Read([&](auto&) -> absl::Status {
      OpenReaders(left - 1);
      return absl::OkStatus();
    });
  }
  RowMaker Maker(const std::string& mark, std::uint64_t number) const {
    return RowMaker(options_.seed * 64 + number, mark, options_.rows);
  }
  absl::Status Populate(const Session<Product>& session, const std::string& mark,
                        std::uint64_t number) {
    RowMaker maker = Maker(mark, number);
    absl::Status filled = maker.template InsertAll<Product>(session);
    if (filled.ok() && fill_) {
      Input input(maker.Choices());
      filled = fill_(session, input, mark);
    }
    return filled;
  }
  void Ask(const Neighbour<Product>& neighbour, RowMaker& maker) const {
    static const std::function<void()> kNobodyActs;
    World<Product> theirs;
    theirs.clock_ = world_.clock_;
    theirs.path_ = world_.path_;
    theirs.neighbour_ids_ = world_.neighbour_ids_;
    theirs.others_act_ = &kNobodyActs;
    theirs.platform_ = world_.platform_;
    theirs.context_ = &neighbour.context();
    theirs.session_ = neighbour.session();
    Input input(maker.Choices());
    (void)request_(theirs, input);
  }
  // Every other one, from the given one on.
  absl::Status PopulateNeighbours(std::size_t from) {
    const SplitEntropy::Others theirs(*entropy_);
    for (std::size_t i = from; i < neighbours_.size(); i += 2) {
      absl::Status filled = Populate(neighbours_[i].session(), kCanary, i + 1);
      if (!filled.ok()) return filled;
    }
    return absl::OkStatus();
  }

  const TwinOptions& options_;
  const Request<Product>& request_;
  const Fill<Product>& fill_;
  const std::shared_ptr<SplitEntropy> entropy_ = std::make_shared<SplitEntropy>(options_.seed);
  bool on_server_ = false;
  std::optional<TenantContext> context_;
  World<Product> world_;
  std::vector<Neighbour<Product>> neighbours_;
};

}  // namespace internal

// Drives `request` in both worlds and compares. Stops at the first finding and shortens it.
template <class Product>
[[nodiscard]] Report CompareTwins(const TwinOptions& options, const Request<Product>& request,
                                  const Fill<Product>& fill = nullptr) {
  return internal::Compare(options, {internal::Spelled<Product>(), fill != nullptr}, [&] {
    return std::make_unique<internal::TwinOf<Product>>(options, request, fill);
  });
}

// Runs one program, as a report gave it, with the seed, rows and neighbours that it had there.
template <class Product>
[[nodiscard]] Report ReplayTwins(const TwinOptions& options, const std::vector<Input>& program,
                                 const Request<Product>& request,
                                 const Fill<Product>& fill = nullptr) {
  return internal::Replay(options, {internal::Spelled<Product>(), fill != nullptr}, program, [&] {
    return std::make_unique<internal::TwinOf<Product>>(options, request, fill);
  });
}

}  // namespace cordon::testing

#endif  // CORDON_TESTING_TWINS_H_
