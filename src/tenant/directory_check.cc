// SPDX-License-Identifier: Apache-2.0
#include "tenant/directory_check.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tenant/directory_impl.h"

namespace cordon::internal {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

struct Node {
  TenantKind kind;
  std::string parent;  // the bytes of its id; empty: a root
  std::size_t above = kNobody;
  int depth = 0;  // 0: not known yet
};

std::string BytesOf(std::span<const std::byte> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

void Note(std::span<const std::byte> id, DirectoryCheck::Fault* fault) {
  if (++fault->tenants > 1) return;
  if (const auto tenant = TenantIdFrom(id); tenant.ok()) fault->first = tenant->ToString();
}
void Note(const std::string& id, DirectoryCheck::Fault* fault) {
  Note(std::as_bytes(std::span(id)), fault);
}

// The tree alone: what stands in a circle has no depth, nor has what hangs from one.
void CheckTree(std::vector<std::pair<std::string, Node>>* nodes, DirectoryCheck* check) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < nodes->size(); ++i) places[(*nodes)[i].first] = i;
  for (auto& [id, node] : *nodes) {
    if (node.parent.empty()) continue;
    const auto above = places.find(node.parent);
    if (above == places.end()) {
      Note(id, &check->no_parent);
      continue;
    }
    node.above = above->second;
    if (!KindsFit((*nodes)[node.above].second.kind, node.kind)) Note(id, &check->wrong_kind);
  }
  constexpr int kOnThisWay = -1;
  constexpr int kNowhere = -2;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    std::vector<std::size_t> way;
    std::size_t at = i;
    for (; at != kNobody && (*nodes)[at].second.depth == 0; at = (*nodes)[at].second.above) {
      (*nodes)[at].second.depth = kOnThisWay;
      way.push_back(at);
    }
    int depth = at == kNobody ? 0 : (*nodes)[at].second.depth;
    if (depth == kOnThisWay) depth = kNowhere;
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
      auto& [id, node] = (*nodes)[*step];
      node.depth = depth == kNowhere ? kNowhere : ++depth;
      if (depth == kNowhere) Note(id, &check->in_a_circle);
      if (depth > TenantDirectory::kMaxDepth) Note(id, &check->too_deep);
    }
  }
}

}  // namespace

absl::StatusOr<DirectoryCheck> CheckDirectory(OwnConnection& connection) {
  DirectoryCheck check;
  {
    OwnStatement epoch(connection, "SELECT epoch FROM cordon_directory");
    check.has_epoch = epoch.Step();
    if (!epoch.status().ok()) return epoch.status();
  }
  std::vector<std::pair<std::string, Node>> nodes;
  {
    OwnStatement all(connection,
                     "SELECT id, kind, parent, slug FROM cordon_tenants WHERE state <> 3 "
                     "ORDER BY id");
    while (all.Step()) {
      const auto id = all.Blob(0);
      if (!TenantIdFrom(id).ok()) ++check.bad_id.tenants;
      if (const std::string slug = all.Text(3); !slug.empty() && !IsSlug(slug)) {
        Note(id, &check.bad_slug);
      }
      nodes.emplace_back(
          BytesOf(id), Node{static_cast<TenantKind>(all.Int(1)), BytesOf(all.Blob(2)), kNobody, 0});
    }
    if (!all.status().ok()) return all.status();
  }
  check.tenants = static_cast<std::int64_t>(nodes.size());
  CheckTree(&nodes, &check);
  OwnStatement envelopes(
      connection,
      "SELECT tenant_id FROM (SELECT tenant_id, remembered, 0 AS held FROM cordon_envelope_floors "
      "UNION ALL SELECT tenant_id, 0, count(*) FROM cordon_envelopes GROUP BY tenant_id) AS each "
      "GROUP BY tenant_id HAVING sum(remembered) <> sum(held) OR sum(held) > ?1");
  envelopes.Bind(1, kMostRemembered);
  while (envelopes.Step()) Note(envelopes.Blob(0), &check.miscounted);
  if (!envelopes.status().ok()) return envelopes.status();
  return check;
}

}  // namespace cordon::internal
