// SPDX-License-Identifier: Apache-2.0
//
// Who acts, and why: what a context carries beside the tenant and the trace.
//
// Guarantees: each is a strong type without a default; their texts are checked, so they can be
//   written to a log as they are. Only AssertVerified() turns a Principal into an identity that
//   can enter a tenant, and it greps.
// Not guaranteed: that the host told the truth. Cordon does not authenticate; it takes the host's
//   word, once, in AssertVerified().
// Thread safety: thread-safe; immutable values.
// Ownership and lifetime: values that own their text.
// Errors: kInvalidArgument for a name that is empty, longer than 200 bytes, not UTF-8 or holds
//   control characters; a Purpose that is not well-formed does not compile.
//
//   auto anna = cordon::Principal::User("anna@example.com");
//   platform->Enter(cordon::AssertVerified(*anna), tenant, cordon::Purpose("order-entry"));
#ifndef CORDON_TENANT_PRINCIPAL_H_
#define CORDON_TENANT_PRINCIPAL_H_

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cordon {

class Principal {
 public:
  // Stored in the membership table: do not renumber.
  enum class Kind { kUser = 1, kService = 2, kSupport = 3, kJob = 4 };

  [[nodiscard]] static absl::StatusOr<Principal> User(std::string_view name);
  [[nodiscard]] static absl::StatusOr<Principal> Service(std::string_view name);
  [[nodiscard]] static absl::StatusOr<Principal> Support(std::string_view name);
  [[nodiscard]] static absl::StatusOr<Principal> Job(std::string_view name);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  // For a kind that is known only at run time; also kInvalidArgument for one that there is not.
  [[nodiscard]] static absl::StatusOr<Principal> Of(Kind kind, std::string_view name);

  friend auto operator<=>(const Principal&, const Principal&) = default;

 private:
  Principal(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

  Kind kind_;
  std::string name_;
};

// A principal whose identity the host has verified. Made by AssertVerified() only.
class VerifiedIdentity {
 public:
  [[nodiscard]] const Principal& principal() const { return principal_; }

 private:
  friend VerifiedIdentity AssertVerified(Principal principal);
  explicit VerifiedIdentity(Principal principal)  // cordon: unverified: use AssertVerified
      : principal_(std::move(principal)) {}
  Principal principal_;
};

// The host's assertion that it has authenticated `principal` (session cookie, mTLS, OIDC, …).
[[nodiscard]] VerifiedIdentity AssertVerified(Principal principal);

namespace internal {
// Never defined: to call it at compile time is the error, and its argument is the message.
void WordIsNotWellFormed(const char* message);
constexpr void RefuseWord(const char* message) {
  if (message != nullptr) WordIsNotWellFormed(message);
}

// One to 64 characters of a-z, 0-9, '.', '-' and '_'.
constexpr bool IsWord(std::string_view text) {
  bool fits = !text.empty() && text.size() <= 64;
  for (const char c : text) {
    fits = fits &&
           ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_');
  }
  return fits;
}
}  // namespace internal

// Why a tenant is entered: a constant of the host's code such as "order-entry". One to 64
// characters of a-z, 0-9, '.', '-' and '_'.
class Purpose {
 public:
  template <std::size_t N>
  consteval explicit Purpose(const char (&text)[N])  // cordon: a purpose is constant: write it out
      : text_(text, N - 1) {
    if (!internal::IsWord(text_)) {
      internal::RefuseWord(
          "cordon: a purpose is 1 to 64 characters of a-z, 0-9, dot, dash and underscore: choose "
          "such a word");
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_PRINCIPAL_H_
