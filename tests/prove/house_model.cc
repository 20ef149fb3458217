// SPDX-License-Identifier: Apache-2.0
#include "prove/house_model.h"

#include <algorithm>

namespace cordon_test {

using Code = HouseModel::Code;
using Place = HouseModel::Place;
using enum cordon::ErrorCode;
using enum cordon::TenantState;

// ---- the tree -----------------------------------------------------------------------------------

std::vector<Place> HouseModel::Children(Place place) const {
  std::vector<Place> below;
  for (Place i = 0; i < tenants.size(); ++i) {
    if (tenants[i].parent == place && IsThere(i)) below.push_back(i);
  }
  std::sort(below.begin(), below.end(), [this](Place a, Place b) {
    const Tenant& one = tenants[a];
    const Tenant& other = tenants[b];
    return one.created != other.created ? one.created < other.created : *one.id < *other.id;
  });
  return below;
}

std::vector<Place> HouseModel::Subtree(Place place) const {
  std::vector<Place> all = {place};
  for (const Place child : Children(place)) {
    for (const Place each : Subtree(child)) all.push_back(each);
  }
  return all;
}

std::vector<Place> HouseModel::Path(Place place) const {
  std::vector<Place> path;
  for (std::optional<Place> at = place; at.has_value(); at = tenants[*at].parent) {
    path.insert(path.begin(), *at);
  }
  return path;
}

bool HouseModel::IsBelow(Place place, Place top) const {
  const std::vector<Place> path = Path(place);
  return std::find(path.begin(), path.end(), top) != path.end();
}

std::string HouseModel::Nearest(Place place, std::string Tenant::*what) const {
  std::string found;
  for (const Place each : Path(place)) {
    if (!(tenants[each].*what).empty()) found = tenants[each].*what;
  }
  return found;
}

Code HouseModel::MayStandUnder(Place parent, Kind kind, std::size_t height) const {
  if (!IsThere(parent)) return kNotFound;
  if (tenants[parent].state == kOffboarding) return kTenantState;
  const Kind above = tenants[parent].kind;
  if (above > kind || (above == kind && kind != Kind::kReseller)) return kTenantTree;
  return Path(parent).size() + height > 16 ? kTenantTree : kNone;
}

bool HouseModel::IsTaken(const std::string& slug, std::optional<Place> except) const {
  for (Place i = 0; i < tenants.size(); ++i) {
    if (i != except && !slug.empty() && tenants[i].slug == slug) return true;
  }
  return false;
}

Code HouseModel::Build(const Tenant& tenant) {
  if (tenant.parent.has_value()) {
    if (const Code may = MayStandUnder(*tenant.parent, tenant.kind, 1); may != kNone) return may;
  }
  if (IsTaken(tenant.slug, std::nullopt)) return kUniqueViolation;
  tenants.push_back(tenant);
  return kNone;
}

Code HouseModel::Move(Place place, std::optional<Place> parent) {
  if (!IsThere(place)) return kNotFound;
  if (parent.has_value()) {
    if (IsBelow(*parent, place)) return kTenantTree;
    std::size_t height = 0;
    for (const Place each : Subtree(place)) {
      height = std::max(height, Path(each).size() - Path(place).size() + 1);
    }
    const Code may = MayStandUnder(*parent, tenants[place].kind, height);
    if (may != kNone) return may;
  }
  tenants[place].parent = parent;
  return kNone;
}

Code HouseModel::Rename(Place place, std::string Tenant::*what, const std::string& text) {
  if (!IsThere(place)) return kNotFound;
  if (what == &Tenant::slug && IsTaken(text, place)) return kUniqueViolation;
  tenants[place].*what = text;
  return kNone;
}

// ---- states -------------------------------------------------------------------------------------

Code HouseModel::Change(Place place, State to, const std::set<State>& from, bool ends) {
  State& state = tenants[place].state;
  if (state == kGone) return kNotFound;
  if (state == to) return kNone;
  if (!from.contains(state)) return kTenantState;
  state = to;
  for (Ticket& ticket : tickets) {
    ticket.tenant_ended = ticket.tenant_ended || (ends && ticket.tenant == place);
  }
  return kNone;
}

Code HouseModel::Activate(Place place) { return Change(place, kActive, {kProvisioning}, false); }
Code HouseModel::Suspend(Place place) { return Change(place, kSuspended, {kActive}, true); }
Code HouseModel::Resume(Place place) {
  return Change(place, kActive, {kSuspended, kOffboarding}, false);
}
Code HouseModel::Offboard(Place place) {
  return Change(place, kOffboarding, {kActive, kSuspended, kProvisioning}, true);
}
Code HouseModel::Remove(Place place) {
  if (!Children(place).empty()) return kTenantTree;
  const Code gone = Change(place, kGone, {kActive, kSuspended, kProvisioning, kOffboarding}, true);
  if (gone != kNone) return gone;
  Tenant& tenant = tenants[place];
  tenant.parent.reset();
  for (std::string Tenant::*what : {&Tenant::name, &Tenant::slug, &Tenant::brand, &Tenant::locale})
    (tenant.*what).clear();
  tenant.members.clear();
  tenant.summers.clear();
  return kNone;
}

// ---- who may what -------------------------------------------------------------------------------

Code HouseModel::Give(Place place, Who who, bool subtree) {
  if (!IsThere(place)) return kNotFound;
  (subtree ? tenants[place].summers : tenants[place].members).insert(who);
  return kNone;
}

Code HouseModel::Take(Place place, Who who, bool subtree) {
  if (!IsThere(place)) return kNotFound;
  (subtree ? tenants[place].summers : tenants[place].members).erase(who);
  for (Ticket& ticket : tickets) {
    if (ticket.tenant == place && ticket.who == who && ticket.subtree == subtree) {
      ticket.right_ended = true;
    }
  }
  return kNone;
}

Code HouseModel::Enter(Place place, Who who, bool subtree, Time expires) {
  const Tenant& tenant = tenants[place];
  if (!(subtree ? tenant.summers : tenant.members).contains(who)) return kNotPermitted;
  if (tenant.state == kSuspended) return kTenantSuspended;
  if (tenant.state != kActive && !services_.contains(who)) return kTenantState;
  tickets.push_back({subtree, place, who, expires});
  return kNone;
}

Code HouseModel::Check(const Ticket& ticket, Time now) const {
  if (ticket.tenant_ended) return kTenantSuspended;
  if (ticket.right_ended) return kContextRevoked;
  return now >= ticket.expires ? kContextExpired : kNone;
}

Code HouseModel::Unseal(const std::string& text, std::size_t audience, Time now, Time expires) {
  const auto letter = std::find_if(letters.begin(), letters.end(),
                                   [&](const Letter& each) { return each.text == text; });
  if (letter == letters.end() || letter->audience != audience) return kEnvelopeInvalid;
  if (now >= letter->ends) return kEnvelopeExpired;
  const Code may = Enter(letter->tenant, letter->who, false, expires);
  if (may != kNone) return may;
  if (letter->opened) {
    tickets.pop_back();
    return kEnvelopeReplayed;
  }
  letter->opened = true;
  return kNone;
}

}  // namespace cordon_test
