// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

namespace cordon::cli {
namespace {

constexpr std::pair<const char*, Principal::Kind> kPrincipals[] = {
    {"user", Principal::Kind::kUser},
    {"service", Principal::Kind::kService},
    {"support", Principal::Kind::kSupport},
    {"job", Principal::Kind::kJob}};

}  // namespace

absl::StatusOr<TenantInfo> TenantNamed(TenantDirectory& tenants, const std::string& text) {
  if (const auto id = TenantId::Parse(text); id.ok()) return tenants.Find(*id);
  return tenants.FindBySlug(text);
}

std::string NameOf(Principal::Kind kind) { return NameIn(kPrincipals, kind); }

std::string NameOf(const Principal& principal) {
  return NameOf(principal.kind()) + ":" + principal.name();
}

absl::StatusOr<Principal> PrincipalFrom(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    for (const auto& [name, kind] : kPrincipals) {
      if (text.compare(0, colon, name) == 0) return Principal::Of(kind, text.substr(colon + 1));
    }
  }
  return Principal::User(text);
}

std::string ForTerminal(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return shown;
}

}  // namespace cordon::cli
