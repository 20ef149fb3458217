// SPDX-License-Identifier: Apache-2.0
//
// What the tenants of our house, their members, contexts and envelopes have to be: the witness for
// what no plain SQLite knows. Each act changes the model and says with which code it ends.
#ifndef CORDON_TESTS_PROVE_HOUSE_MODEL_H_
#define CORDON_TESTS_PROVE_HOUSE_MODEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cordon/store/error.h"
#include "cordon/tenant/directory.h"

namespace cordon_test {

class HouseModel {
 public:
  using Code = cordon::ErrorCode;
  using Kind = cordon::TenantKind;
  using State = cordon::TenantState;
  using Place = std::size_t;  // of a tenant, in the order of their creation
  using Who = std::size_t;    // of a principal; `services` says which are services
  using Time = std::chrono::microseconds;

  struct Tenant {
    Kind kind = Kind::kCustomer;
    std::optional<Place> parent = {};
    std::string name = {};
    std::string slug = {};
    std::string brand = {};
    std::string locale = {};
    State state = State::kActive;
    std::optional<cordon::TenantId> id = {};  // once it is there
    Time created{0};
    std::set<Who> members = {};
    std::set<Who> summers = {};
  };
  // A context of either kind.
  struct Ticket {
    bool subtree = false;
    Place tenant = 0;
    Who who = 0;
    Time expires{0};
    bool tenant_ended = false;
    bool right_ended = false;
  };
  struct Letter {
    std::string text;
    Place tenant = 0;
    Who who = 0;
    std::size_t audience = 0;
    Time ends{0};
    bool opened = false;
  };

  explicit HouseModel(std::set<Who> services) : services_(std::move(services)) {}

  std::vector<Tenant> tenants;
  // The last is the newest. A deque, since what is being looked at stays where it is.
  std::deque<Ticket> tickets;
  std::deque<Letter> letters;

  [[nodiscard]] Code Build(const Tenant& tenant);
  [[nodiscard]] Code Move(Place place, std::optional<Place> parent);
  [[nodiscard]] Code Rename(Place place, std::string Tenant::*what, const std::string& text);
  [[nodiscard]] Code Activate(Place place);
  [[nodiscard]] Code Suspend(Place place);
  [[nodiscard]] Code Resume(Place place);
  [[nodiscard]] Code Offboard(Place place);
  [[nodiscard]] Code Remove(Place place);
  [[nodiscard]] Code Give(Place place, Who who, bool subtree);
  [[nodiscard]] Code Take(Place place, Who who, bool subtree);
  // The ticket is the newest one then.
  [[nodiscard]] Code Enter(Place place, Who who, bool subtree, Time expires);
  [[nodiscard]] Code Check(const Ticket& ticket, Time now) const;
  // `text` may be anything.
  [[nodiscard]] Code Unseal(const std::string& text, std::size_t audience, Time now, Time expires);

  [[nodiscard]] bool IsThere(Place place) const { return tenants[place].state != State::kGone; }
  [[nodiscard]] bool IsBelow(Place place, Place top) const;  // or the same
  [[nodiscard]] std::vector<Place> Children(Place place) const;
  [[nodiscard]] std::vector<Place> Subtree(Place place) const;
  [[nodiscard]] std::vector<Place> Path(Place place) const;
  [[nodiscard]] std::string Nearest(Place place, std::string Tenant::*what) const;

 private:
  [[nodiscard]] Code MayStandUnder(Place parent, Kind kind, std::size_t height) const;
  [[nodiscard]] bool IsTaken(const std::string& slug, std::optional<Place> except) const;
  [[nodiscard]] Code Change(Place place, State to, const std::set<State>& from, bool ends);

  std::set<Who> services_;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_HOUSE_MODEL_H_
