// SPDX-License-Identifier: Apache-2.0
// No memory for C++ at its Nth request: every call of a transaction returns, nothing is thrown at
// the host, no lock stays held, and the neighbour goes on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "support/world.h"

namespace {
// Negative: memory for everybody. Of this thread, so that nobody else is concerned.
thread_local std::int64_t requests_left = -1;
thread_local std::int64_t refused = 0;
}  // namespace

// GCC inlines these and then sees free() meet operator new.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void* operator new(std::size_t size) {
  if (requests_left >= 0 && requests_left-- == 0) {
    ++refused;
    throw std::bad_alloc();
  }
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
#pragma GCC diagnostic pop

namespace cordon_test {
namespace {

class HostMemory : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  // Acts again and again inside a transaction, each time with one request more granted.
  void RunShort(const std::function<void(Writes&)>& act) {
    for (std::int64_t n = 0;; ++n) {
      const std::int64_t before = refused;
      bool thrown = false;
      (void)a->session.Transaction([&](Writes& tx) -> absl::Status {
        requests_left = n;
        try {
          act(tx);
        } catch (const std::bad_alloc&) {
          thrown = true;
        }
        requests_left = -1;
        return absl::OkStatus();
      });
      EXPECT_FALSE(thrown) << "at request " << n;
      // Whoever comes next meets no lock, and their own row.
      const auto counter =
          b->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql);
      ASSERT_EQ(Must(counter).Plain(), 901);
      Must(b->session.Execute("UPDATE counters SET n = n + 0 WHERE id = ?"_sql, 1));
      if (refused == before) return;
      ASSERT_LT(n, 10'000);
    }
  }
};

TEST_F(HostMemory, AStatementThatIsRefusedByTheEngine) {
  RunShort([](Writes& tx) {
    (void)tx.Execute("INSERT INTO counters (id, n) VALUES (?, 1)"_sql, 1).ok();
  });
}

TEST_F(HostMemory, AnArgumentThatDoesNotFit) {
  const std::string zone(200, 'z');
  const cordon::ZonedTime time{cordon::Timestamp(), zone};
  RunShort([&](Writes& tx) {
    (void)tx.Execute("UPDATE customers SET name = ? WHERE id = ?"_sql, time, "K1").ok();
  });
  const std::string_view much("x", std::size_t{1} << 33U);
  RunShort([&](Writes& tx) {
    (void)tx.Execute("UPDATE customers SET name = ? WHERE id = 'K1'"_sql, much).ok();
  });
}

TEST_F(HostMemory, AComputationThatOverflows) {
  RunShort([](Writes& tx) {
    (void)tx
        .All(as<std::int64_t>, "SELECT n + ? FROM counters"_sql,
             std::numeric_limits<std::int64_t>::max())
        .ok();
  });
}

TEST_F(HostMemory, ALoopAndAWriteInsideIt) {
  const std::string id(40, 'A');
  RunShort([&](Writes& tx) {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers WHERE id > ?"_sql, id)) {
      (void)row;
    }
  });
  RunShort([](Writes& tx) {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters WHERE id > ?"_sql, 0)) {
      (void)row;
      (void)tx.Execute("UPDATE counters SET n = n + 0 WHERE id = ?"_sql, 1).ok();
      break;
    }
  });
}

}  // namespace
}  // namespace cordon_test
