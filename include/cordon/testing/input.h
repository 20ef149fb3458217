// SPDX-License-Identifier: Apache-2.0
//
// Where a driven request takes its choices from, so that the same request can be made twice, and
// made shorter.
//
// Guarantees: the same input gives the same choices, on every machine.
// Not guaranteed: that choices are spread evenly.
// Thread safety: confined to one thread.
// Ownership and lifetime: values.
// Errors: none; an input that has come to its end chooses the first of everything.
#ifndef CORDON_TESTING_INPUT_H_
#define CORDON_TESTING_INPUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cordon::testing {

namespace internal {
// Texts that differ in what SQL compares by: case, wildcards, digits, nothing at all.
inline constexpr std::array<const char*, 8> kWords = {"ab", "Ab",  "b",  "",
                                                      "a%", "ba_", "12", "x y"};
}  // namespace internal

class Input {
 public:
  explicit Input(std::vector<std::uint32_t> choices) : choices_(std::move(choices)) {}

  // One of 0 to n - 1; 0 when n is 0.
  [[nodiscard]] std::uint64_t Below(std::uint64_t n) {
    const std::uint64_t choice = at_ < choices_.size() ? choices_[at_++] : 0;
    return n == 0 ? 0 : choice % n;
  }
  [[nodiscard]] bool Flip() { return Below(2) == 1; }
  // An id, a key or a word such as the tenants' rows have; the neighbours have the same ones.
  [[nodiscard]] std::int64_t Id() { return static_cast<std::int64_t>(Below(12)); }
  [[nodiscard]] std::string Key() { return "K" + std::to_string(Below(12)); }
  [[nodiscard]] std::string Word() { return internal::kWords[Below(internal::kWords.size())]; }

 private:
  std::vector<std::uint32_t> choices_;
  std::size_t at_ = 0;
};

}  // namespace cordon::testing

#endif  // CORDON_TESTING_INPUT_H_
