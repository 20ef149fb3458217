// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cordon/store/error.h"

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
  if (colon == std::string::npos) return Principal::User(text);
  for (const auto& [name, kind] : kPrincipals) {
    if (text.compare(0, colon, name) == 0) return Principal::Of(kind, text.substr(colon + 1));
  }
  // A mistyped kind must not become a user of that name.
  return internal::Error(ErrorCode::kInvalidArgument,
                         "there is no such kind of principal: write user:NAME, service:NAME, "
                         "support:NAME or job:NAME");
}

void PrintJson(const nlohmann::json& json, int indent) {
  std::cout << json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

ExitCode Printed(ExitCode code) {
  std::cout.flush();
  return std::cout ? code : ExitCode::kCannotRead;
}

std::string ForTerminal(const std::string& text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    // Terminals take U+0080 to U+009F for commands, too.
    const bool command = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
    shown += byte < 0x20 || byte == 0x7F || command ? ' ' : text[i];
    if (command) ++i;
  }
  return shown;
}

}  // namespace cordon::cli
