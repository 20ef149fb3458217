// SPDX-License-Identifier: Apache-2.0
//
// Numbers that a tenant's documents are given, without a gap, and named counters.
//
// Guarantees: the numbers of a series are 1, 2, 3, … for each tenant by itself, or begin where
//   StartSeries() says. A number is drawn in the transaction that writes the document: when that is
//   rolled back, as a whole, to a savepoint or by a crash, the number is drawn again by whoever
//   comes next. So committed transactions hold every number once, also with several threads and
//   processes. No statement of the host's reads or changes them; they go when the tenant is
//   removed.
// Not guaranteed: a document for each number. A body that draws a number and then commits without
//   storing its document has made a gap, as has one that deletes a document.
// Thread safety: values.
// Ownership and lifetime: a name is copied.
// Errors: kInvalidArgument for a name that is none (see below); kUniqueViolation to start a series
//   that has begun; kValueOutOfRange behind the last number.
//
//   absl::Status Issue(ErpSession& tenant, Invoice invoice) {
//     return tenant.Transaction([&](auto& tx) -> absl::Status {
//       auto number = tx.NextNumber(cordon::Series("invoice-2026"));
//       if (!number.ok()) return number.status();
//       invoice.number = *number;
//       return tx.Insert(invoice);
//     });
//   }
#ifndef CORDON_DATA_NUMBER_H_
#define CORDON_DATA_NUMBER_H_

#include <array>
#include <cstddef>
#include <string_view>

namespace cordon {
namespace internal {

class NumberName {
 public:
  static constexpr std::size_t kMaxSize = 64;

  explicit constexpr NumberName(std::string_view name) {
    if (name.size() > kMaxSize) return;
    for (const char c : name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool digit = c >= '0' && c <= '9';
      if (!letter && !digit && std::string_view("-_./:").find(c) == std::string_view::npos) {
        size_ = 0;
        return;
      }
      text_[size_++] = c;
    }
  }
  // Empty when the text it was made of is no name.
  [[nodiscard]] constexpr std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMaxSize> text_{};
  std::size_t size_ = 0;
};

}  // namespace internal

// A series of document numbers. Its name is 1 to 64 ASCII letters, digits and -_./: and upper and
// lower case differ; a call that is given another one returns kInvalidArgument.
class Series : public internal::NumberName {
 public:
  using NumberName::NumberName;
};

// A counter of a tenant's, 0 until it is first added to. Named like a series, and never the same as
// one.
class TenantCounter : public internal::NumberName {
 public:
  using NumberName::NumberName;
};

}  // namespace cordon

#endif  // CORDON_DATA_NUMBER_H_
