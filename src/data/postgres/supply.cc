// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/supply.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Firewalls and NAT forget connections that say nothing, and tell neither side.
constexpr auto kLongIdle = std::chrono::minutes(4);
constexpr milliseconds kFirstBackOff = milliseconds(100);
constexpr milliseconds kLongestBackOff = std::chrono::seconds(10);
// How long a caller sleeps before it looks at the clock again, which a test may move.
constexpr milliseconds kLookAgain = milliseconds(20);

}  // namespace

PgSupply::PgSupply(PostgresOptions options, std::string role, int most)
    : options_(std::move(options)),
      role_(std::move(role)),
      clock_(options_.clock != nullptr ? options_.clock : SystemClock()),
      entropy_(options_.entropy != nullptr ? options_.entropy : SystemEntropy()) {
  idle_.reserve(static_cast<std::size_t>(most));
}

void PgSupply::Return(std::unique_ptr<PgConnection> connection) {
  if (!connection->Clean()) return;
  const std::lock_guard lock(mutex_);
  // There is room: it was reserved for all of them.
  idle_.push_back({std::move(connection), clock_->Monotonic()});
}

int PgSupply::idle() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(idle_.size());
}

std::unique_ptr<PgConnection> PgSupply::TakeIdle() {
  for (;;) {
    Idle last;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      last = std::move(idle_.back());
      idle_.pop_back();
    }
    // Of what the server says unasked, nearly all is that it goes away.
    if (clock_->Monotonic() - last.since < kLongIdle && last.connection->Quiet()) {
      return std::move(last.connection);
    }
  }
}

void PgSupply::BackOff() {
  const int doubled = std::min(failures_++, 10);
  const milliseconds longest = std::min(kFirstBackOff * (1 << doubled), kLongestBackOff);
  // Between a half and all of it, so that the processes of a host do not come back all at once.
  std::array<std::byte, 4> random{};
  const bool drawn = entropy_->Fill(random).ok();
  const std::int64_t share = drawn ? std::bit_cast<std::uint32_t>(random) % 1000 : 1000;
  next_try_ = clock_->Monotonic() + longest / 2 + longest * share / 2000;
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgSupply::Take(PgConnection::Deadline deadline) {
  for (;;) {
    if (auto idle = TakeIdle(); idle != nullptr) return idle;
    bool probes = false;
    {
      std::unique_lock lock(mutex_);
      if (failures_ > 0 && (trying_ || clock_->Monotonic() < next_try_)) {
        const auto now = steady_clock::now();
        if (now >= deadline) return last_failure_;
        tried_.wait_until(lock, std::min(deadline, now + kLookAgain));
        continue;
      }
      probes = trying_ = failures_ > 0;
    }
    auto opened = Guarded([&] { return PgConnection::Open(options_, role_, deadline); });
    const std::lock_guard lock(mutex_);
    if (probes) trying_ = false;
    tried_.notify_all();
    if (opened.ok()) {
      failures_ = 0;
      return opened;
    }
    if (CodeOf(opened.status()) != ErrorCode::kCannotOpen &&
        CodeOf(opened.status()) != ErrorCode::kConnectionLost) {
      return opened;  // the server is not what fails
    }
    last_failure_ = opened.status();
    // Those that began to try before the first failure tell nothing new.
    if (probes || failures_ == 0) BackOff();
    if (steady_clock::now() >= deadline) return opened;
  }
}

}  // namespace cordon::internal
