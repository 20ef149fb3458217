// SPDX-License-Identifier: Apache-2.0
//
// The tree that our tenant stands in, all of it ours: an operator, a reseller below it, and below
// that our tenant, another reseller and customers. script.h has the lines that act on it. Places
// number its tenants in the order of their creation: 0 the operator, 1 the reseller, 2 our tenant.
// Contexts and envelopes are kept, and counted back from the newest, 0.
//
// The neighbours stand beside it, below the same operator too: of the operator, nothing is asked
// that would tell what else is below it.
#ifndef CORDON_TESTS_PROVE_HOUSE_H_
#define CORDON_TESTS_PROVE_HOUSE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prove/house_model.h"
#include "prove/trade.h"

namespace cordon_test {

class House {
 public:
  static constexpr std::size_t kHeads = 6;  // people who come and go

  // Our tenant moves in.
  explicit House(const TradeWorld& world);

  // Whether a line with this first word is one of the house's.
  [[nodiscard]] static bool Has(std::string_view word);
  // What comes of it; and, where `witness` is given, what the model has against it.
  [[nodiscard]] std::string Play(const TradeWorld& world, std::string_view line,
                                 std::string* witness);
  // A request has ended: so do its sessions. Contexts are kept.
  void CloseSessions() { sessions_.clear(); }

  [[nodiscard]] bool IsOurs(const cordon::TenantId& id) const;

 private:
  using Code = cordon::ErrorCode;
  using Place = HouseModel::Place;
  using Who = HouseModel::Who;
  using Ticket = HouseModel::Ticket;
  struct Kept {
    std::optional<cordon::TenantContext> context;
    std::optional<cordon::SubtreeContext> subtree;
  };
  class Line;  // one, while it is played

  HouseModel model_;
  std::deque<Kept> kept_;  // as the model's tickets
  // Of this request, by the place of the context in `kept_`.
  std::map<std::size_t, TradeSession> sessions_;
};

// Adds the lines of a request.
void ComposeHouse(cordon::testing::Input& input, std::vector<std::string>* script);

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_HOUSE_H_
