// SPDX-License-Identifier: Apache-2.0
// What the tests of the readers of files have in common.
#ifndef CORDON_TESTS_EXAMPLES_INBOUND_FILES_H_
#define CORDON_TESTS_EXAMPLES_INBOUND_FILES_H_

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "purchase_order.h"

namespace distribution {

// What a reader of orders handed out.
struct Inbound {
  std::vector<PurchaseOrder> orders;
  std::vector<Refusal> refusals;
  bool stopped = false;

  [[nodiscard]] std::vector<std::string> numbers() const {
    std::vector<std::string> all;
    for (const PurchaseOrder& order : orders) all.push_back(order.number);
    return all;
  }
  [[nodiscard]] std::vector<std::int64_t> lines() const {
    std::vector<std::int64_t> all;
    for (const Refusal& refusal : refusals) all.push_back(refusal.at.line);
    return all;
  }
};

// Runs `read`, which is given where orders and refusals go, and looks at its counts.
template <class Read>
Inbound Collect(const Read& read) {
  Inbound result;
  const InboundResult counts = read(
      InboundTaker{.order =
                       [&](PurchaseOrder order) {
                         result.orders.push_back(std::move(order));
                         return true;
                       },
                   .refusal = [&](const Refusal& refusal) { result.refusals.push_back(refusal); }});
  EXPECT_EQ(counts.orders, static_cast<std::int64_t>(result.orders.size()));
  EXPECT_EQ(counts.refusals, static_cast<std::int64_t>(result.refusals.size()));
  result.stopped = counts.stopped;
  return result;
}

// The text with its first `from` replaced, which has to be there.
inline std::string Replace(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// `head`, `size` bytes that repeat `middle`, `tail`: a file that exists nowhere, so that the memory
// of a test with a huge line is the reader's own.
class Endless : public std::streambuf {
 public:
  Endless(std::string head, std::string_view middle, std::size_t size, std::string tail)
      : head_(std::move(head)), left_(size), tail_(std::move(tail)) {
    while (middle_.size() < (std::size_t{1} << 16)) middle_ += middle;
  }

 protected:
  int_type underflow() override {
    std::string* next = nullptr;
    if (stage_ == 0) {
      stage_ = 1;
      next = &head_;
    } else if (left_ > 0) {
      middle_.resize(std::min(middle_.size(), left_));
      left_ -= middle_.size();
      next = &middle_;
    } else if (stage_ == 1) {
      stage_ = 2;
      next = &tail_;
    } else {
      return traits_type::eof();
    }
    setg(next->data(), next->data(), next->data() + next->size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  int stage_ = 0;
  std::string head_, middle_;
  std::size_t left_;
  std::string tail_;
};

inline constexpr std::size_t kHuge = std::size_t{100} << 20;

inline std::int64_t PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace distribution

#endif  // CORDON_TESTS_EXAMPLES_INBOUND_FILES_H_
