// SPDX-License-Identifier: Apache-2.0
// Who comes to a tenant's door in tests.
#ifndef CORDON_TESTS_SUPPORT_PEOPLE_H_
#define CORDON_TESTS_SUPPORT_PEOPLE_H_

#include <string_view>

#include "cordon/tenant/principal.h"
#include "support/status.h"

namespace cordon_test {

inline cordon::Principal User(std::string_view name) { return Must(cordon::Principal::User(name)); }
inline cordon::VerifiedIdentity Verified(std::string_view name) {
  return cordon::AssertVerified(User(name));
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_PEOPLE_H_
