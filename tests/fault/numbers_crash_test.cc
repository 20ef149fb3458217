// SPDX-License-Identifier: Apache-2.0
// Processes that draw numbers are killed, one after the other and side by side: the documents that
// are there have the numbers 1, 2, 3, …, each once, and the next number is the next one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/fault_vfs.h"
#include "support/world.h"

namespace cordon_test {
namespace {

constexpr cordon::Series kInvoices("invoice");
constexpr cordon::TenantCounter kIssued("issued");

// Issues `documents` to each tenant; "<tenant> <number>" is said once one is durable.
int Issue(const std::string& path, FaultVfs::Kind kind, std::int64_t nth, int documents) {
  FaultVfs::Install();
  auto platform = Must(Platform::Open({.path = path, .patience = 60s}));
  std::vector<cordon::TenantContext> contexts;
  for (const cordon::TenantInfo& info : Must(platform->tenants().List())) {
    contexts.push_back(Must(platform->Enter(Verified("anna"), info.id, cordon::Purpose("test"))));
  }
  FaultVfs::Arm(kind, nth);
  for (int i = 0; i < documents; ++i) {
    for (std::size_t tenant = 0; tenant < contexts.size(); ++tenant) {
      const Session session = Must(platform->OpenSession(contexts[tenant]));
      std::int64_t number = 0;
      const absl::Status done = session.Transaction([&](auto& tx) -> absl::Status {
        // A draft that is given up, large enough to reach the file before it is.
        (void)tx.Nested([&](auto& part) -> absl::Status {
          Must(part.Insert(
              Sample{.id = Must(part.NextNumber(kInvoices)), .text = std::string(20'000, 'x')}));
          return absl::AbortedError("given up");
        });
        auto drawn = tx.NextNumber(kInvoices);
        if (!drawn.ok()) return drawn.status();
        number = *drawn;
        Must(tx.AddTo(kIssued, 1).status());
        return tx.Insert(Counter{number, i});
      });
      if (!done.ok()) {
        Say("error " + Describe(done));
        return 1;
      }
      Say(std::to_string(tenant) + " " + std::to_string(number));
    }
  }
  platform.reset();
  Say("operations " + std::to_string(FaultVfs::Seen()));
  return 0;
}

class NumbersCrash : public World {
 protected:
  void SetUp() override {
    Open({.path = path()});
    for (const char* name : {"A", "B"}) (void)NewTenant(name);
    Close();
  }
  static std::vector<std::string> Arguments(const std::string& path, FaultVfs::Kind kind,
                                            std::int64_t nth, int documents) {
    return {"--issue", path, std::to_string(static_cast<int>(kind)), std::to_string(nth),
            std::to_string(documents)};
  }
  // Notes what the child says until its end; kills it when it has said `kill_after` numbers.
  std::int64_t Listen(Child* child, int kill_after = -1) {
    std::int64_t operations = 0;
    int said = 0;
    std::string line;
    while (child->Line(&line)) {
      if (line.starts_with("operations ")) {
        operations = std::stoll(line.substr(11));
      } else if (line.starts_with("error ")) {
        ADD_FAILURE() << line;
      } else {
        std::int64_t& last = acknowledged[line.substr(0, 1)];
        last = std::max<std::int64_t>(last, std::stoll(line.substr(2)));
        if (++said == kill_after) child->Kill();
      }
    }
    const int state = child->Wait();
    const bool died = WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL;
    EXPECT_TRUE((WIFEXITED(state) && WEXITSTATUS(state) == 0) || died) << state;
    deaths += died ? 1 : 0;
    return operations;
  }
  // The documents of each tenant.
  std::map<std::string, std::int64_t> ExpectNoGap(const std::string& how) {
    SCOPED_TRACE(how);
    std::map<std::string, std::int64_t> documents;
    platform = Must(Platform::Open({.path = path()}));
    for (const cordon::TenantInfo& info : Must(platform->tenants().List())) {
      const std::string tenant = std::to_string(documents.size());
      const auto context = Enter(info.id);
      const Session session = Must(platform->OpenSession(context));
      std::int64_t next = 1;
      for (const auto& id :
           Must(session.All(as<std::int64_t>, "SELECT id FROM counters ORDER BY id"_sql))) {
        EXPECT_EQ(id.Plain(), next++) << "a gap";
      }
      EXPECT_GE(next - 1, acknowledged[tenant]) << "a committed document was lost";
      EXPECT_EQ(Must(session.ValueOf(kIssued)), next - 1);
      EXPECT_FALSE(session
                       .Transaction([&](auto& tx) -> absl::Status {
                         EXPECT_EQ(Must(tx.NextNumber(kInvoices)), next);
                         return absl::AbortedError("only looking");
                       })
                       .ok());
      documents[tenant] = next - 1;
    }
    Close();
    return documents;
  }

  int deaths = 0;
  std::map<std::string, std::int64_t> acknowledged;  // by tenant: the last number that was said
};

TEST_F(NumbersCrash, NoGapAfterAnyOfManyCrashes) {
  constexpr int kDocuments = 6;
  constexpr std::int64_t kPoints = 24;
  Child counting(Arguments(path(), FaultVfs::Kind::kDieBefore, std::int64_t{1} << 40, kDocuments));
  const std::int64_t operations = Listen(&counting);
  ASSERT_GT(operations, kPoints);
  EXPECT_EQ(ExpectNoGap("no crash")["0"], kDocuments);
  // The same file all along, so that what one crash leaves is what the next one meets.
  for (std::int64_t point = 0; point < kPoints; ++point) {
    const std::int64_t nth = 1 + point * operations / kPoints;
    const auto kind = point % 2 == 0 ? FaultVfs::Kind::kDieBefore : FaultVfs::Kind::kDieInTheMiddle;
    Child child(Arguments(path(), kind, nth, kDocuments));
    Listen(&child);
    ExpectNoGap("died at operation " + std::to_string(nth));
  }
  EXPECT_GT(deaths, kPoints / 2);
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
  EXPECT_GT(ExpectNoGap("in the end")["1"], kDocuments);
}

TEST_F(NumbersCrash, NoGapWithProcessesSideBySideOfWhichSomeAreKilled) {
  constexpr int kProcesses = 4;
  constexpr int kDocuments = 12;
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(std::make_unique<Child>(
        Arguments(path(), FaultVfs::Kind::kNone, 0, i < 2 ? 100'000 : kDocuments)));
  }
  // Two would go on for ever, and are killed from outside in the middle of it.
  Listen(children[0].get(), 7);
  Listen(children[2].get());
  Listen(children[1].get(), 10);
  Listen(children[3].get());
  EXPECT_EQ(deaths, 2);
  const auto documents = ExpectNoGap("in the end");
  for (const char* tenant : {"0", "1"}) EXPECT_GE(documents.at(tenant), 2 * kDocuments + 3);
}

TEST_F(NumbersCrash, NoGapWhenTheDiskIsFullForAWhile) {
  Open({.path = path()});
  a.emplace(Join(Must(platform->tenants().List())[0].id));
  std::int64_t issued = 0;
  int faults = 0;
  for (std::int64_t nth = 1; nth < 25; ++nth) {
    SCOPED_TRACE("full at operation " + std::to_string(nth));
    FaultVfs::Arm(FaultVfs::Kind::kFailForGood, nth, SQLITE_FULL);
    const absl::Status done = a->session.Transaction([&](auto& tx) -> absl::Status {
      for (int i = 0; i < 3; ++i) {
        const auto number = tx.NextNumber(kInvoices);
        if (!number.ok()) return number.status();
        EXPECT_EQ(*number, issued + 1 + i);
        if (absl::Status s = tx.Insert(Sample{.id = *number, .text = std::string(9000, 'x')});
            !s.ok()) {
          return s;
        }
      }
      return absl::OkStatus();
    });
    faults += FaultVfs::Fired() ? 1 : 0;
    FaultVfs::Disarm();
    if (done.ok()) {
      issued += 3;
    } else {
      EXPECT_THAT(done, HasCode(ErrorCode::kDiskFull));
    }
    ASSERT_EQ(RawValue(path(), "SELECT coalesce(sum(value), 0) FROM cordon_numbers"),
              std::to_string(issued));
    ASSERT_EQ(RawValue(path(), "SELECT count(*) || ' ' || coalesce(max(id), 0) FROM samples"),
              std::to_string(issued) + " " + std::to_string(issued));
  }
  EXPECT_GT(faults, 5);
  EXPECT_GT(issued, 0);
}

}  // namespace

int NumbersCrashMain(int argc, char** argv) {
  if (argc > 5 && std::string(argv[1]) == "--issue") {
    return Issue(argv[2], static_cast<FaultVfs::Kind>(std::atoi(argv[3])), std::atoll(argv[4]),
                 std::atoi(argv[5]));
  }
  FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::NumbersCrashMain(argc, argv); }
