// SPDX-License-Identifier: Apache-2.0
//
// Who acts, why, and in which trace: the three things beside the tenant that a context carries.
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

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cordon/store/entropy.h"

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

  friend auto operator<=>(const Principal&, const Principal&) = default;

 private:
  Principal(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}
  static absl::StatusOr<Principal> Make(Kind kind, std::string_view name);

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
void PurposeIsNotWellFormed(const char* message);
constexpr void RefusePurpose(const char* message) {
  if (message != nullptr) PurposeIsNotWellFormed(message);
}
}  // namespace internal

// Why a tenant is entered: a constant of the host's code such as "order-entry". One to 64
// characters of a-z, 0-9, '.', '-' and '_'.
class Purpose {
 public:
  template <std::size_t N>
  consteval explicit Purpose(const char (&text)[N])  // cordon: a purpose is constant: write it out
      : text_(text, N - 1) {
    bool fits = N > 1 && N <= 65;
    for (const char c : text_) {
      fits = fits &&
             ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_');
    }
    if (!fits) {
      internal::RefusePurpose(
          "cordon: a purpose is 1 to 64 characters of a-z, 0-9, dot, dash and underscore: choose "
          "such a word");
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// A W3C trace id: 16 bytes, written as 32 lower-case hexadecimal digits, never all zero.
class TraceId {
 public:
  [[nodiscard]] static absl::StatusOr<TraceId> Parse(std::string_view text);
  [[nodiscard]] static absl::StatusOr<TraceId> Draw(Entropy& entropy);
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const TraceId&, const TraceId&) = default;

 private:
  using Bytes = std::array<unsigned char, 16>;
  explicit TraceId(const Bytes& bytes) : bytes_(bytes) {}
  Bytes bytes_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_PRINCIPAL_H_
