// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/principal.h"

#include <utility>

#include "cordon/store/error.h"
#include "store/text.h"

namespace cordon {

absl::StatusOr<Principal> Principal::Of(Kind kind, std::string_view name) {
  if (kind < Kind::kUser || kind > Kind::kJob) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "there is no such kind of principal: use one of Principal::Kind");
  }
  if (!internal::IsName(name, 200)) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a principal's name is 1 to 200 bytes of UTF-8 without control "
                           "characters: pass the identity provider's stable subject");
  }
  return Principal(kind, std::string(name));
}

absl::StatusOr<Principal> Principal::User(std::string_view name) { return Of(Kind::kUser, name); }
absl::StatusOr<Principal> Principal::Service(std::string_view name) {
  return Of(Kind::kService, name);
}
absl::StatusOr<Principal> Principal::Support(std::string_view name) {
  return Of(Kind::kSupport, name);
}
absl::StatusOr<Principal> Principal::Job(std::string_view name) { return Of(Kind::kJob, name); }

VerifiedIdentity AssertVerified(Principal principal) {
  return VerifiedIdentity(std::move(principal));
}

}  // namespace cordon
