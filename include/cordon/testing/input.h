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
  // What the neighbours do before the request and inside of it is drawn from the comparison's seed
  // and from `moment`. At moment 0 they do nothing before it.
  explicit Input(std::vector<std::uint32_t> choices, std::uint64_t moment = 0)
      : choices_(std::move(choices)), moment_(moment) {}

  // One of 0 to n - 1; 0 when n is 0.
  [[nodiscard]] std::uint64_t Below(std::uint64_t n) {
    const std::uint64_t choice = at_ < choices_.size() ? choices_[at_] : 0;
    const std::uint64_t chosen = n == 0 ? 0 : choice % n;
    if (at_ < choices_.size()) choices_[at_++] = static_cast<std::uint32_t>(chosen);
    return chosen;
  }
  [[nodiscard]] bool Flip() { return Below(2) == 1; }
  // An id, a key or a word such as the tenants' rows have; the neighbours have the same ones.
  [[nodiscard]] std::int64_t Id() { return static_cast<std::int64_t>(Below(12)); }
  [[nodiscard]] std::string Key() { return "K" + std::to_string(Below(12)); }
  [[nodiscard]] std::string Word() { return internal::kWords[Below(internal::kWords.size())]; }

  [[nodiscard]] const std::vector<std::uint32_t>& choices() const { return choices_; }
  [[nodiscard]] std::uint64_t moment() const { return moment_; }
  // An input of what has been chosen until now: it chooses the same.
  [[nodiscard]] Input Chosen() const {
    const auto end = choices_.begin() + static_cast<std::ptrdiff_t>(at_);
    return Input(std::vector<std::uint32_t>(choices_.begin(), end), moment_);
  }

 private:
  std::vector<std::uint32_t> choices_;  // those before at_ as they were chosen
  std::size_t at_ = 0;
  std::uint64_t moment_;
};

}  // namespace cordon::testing

#endif  // CORDON_TESTING_INPUT_H_
