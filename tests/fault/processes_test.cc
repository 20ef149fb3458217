// SPDX-License-Identifier: Apache-2.0
// Several processes on one file: nobody loses an update, and nobody is told "busy" in time of
// patience.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/world.h"

namespace cordon_test {
namespace {

constexpr int kProcesses = 4;
constexpr int kUpdates = 40;

// Adds kUpdates to every tenant's counter, reading and writing by turns.
int Count(const std::string& path) {
  auto opened = Platform::Open({.path = path, .patience = 30s});
  if (!opened.ok()) {
    Say("open: " + Describe(opened.status()));
    return 1;
  }
  const auto& platform = *opened;
  for (int i = 0; i < kUpdates; ++i) {
    for (const cordon::TenantInfo& info : Must(platform->tenants().List())) {
      const auto context =
          Must(platform->Enter(Verified("anna"), info.id, cordon::Purpose("test")));
      const Session session = Must(platform->OpenSession(context));
      const absl::Status done = session.Transaction([&](auto& tx) -> absl::Status {
        const auto n = Must(tx.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql));
        return tx.Execute("UPDATE counters SET n = ? WHERE id = 1"_sql, n.Plain() + 1).status();
      });
      if (!done.ok()) {
        Say("write: " + Describe(done));
        return 1;
      }
      const auto name =
          Must(session.One(as<std::string>, "SELECT name FROM customers WHERE id = 'K1'"_sql));
      const std::string mark = info.name == "B"   ? std::string(kCanary)
                               : info.name == "A" ? "a"
                                                  : "c";
      if (!name.Plain().starts_with(mark)) {
        Say("leak: " + name.Plain());
        return 1;
      }
    }
  }
  return 0;
}

// Opens a file that may not be there yet, together with others.
int OpenTogether(const std::string& path) {
  const auto opened = Platform::Open({.path = path, .patience = 30s});
  if (!opened.ok()) {
    Say("open: " + Describe(opened.status()));
    return 1;
  }
  const auto created = (*opened)->tenants().Create("x");
  if (!created.ok()) Say("create: " + Describe(created.status()));
  return created.ok() ? 0 : 1;
}

class Processes : public World {
 protected:
  void RunTogether(const std::string& job) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < kProcesses; ++i) {
      children.push_back(std::make_unique<Child>(std::vector<std::string>{job, path()}));
    }
    for (const auto& child : children) {
      std::string line;
      while (child->Line(&line)) ADD_FAILURE() << line;
      EXPECT_EQ(child->Wait(), 0);
    }
  }
};

TEST_F(Processes, LoseNoUpdate) {
  OpenTwins();
  RunTogether("--count");  // while this process has the file open, too
  for (const Twin* twin : {&*a, &*b, &*c}) {
    EXPECT_EQ(Must(twin->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql))
                  .Plain(),
              (twin == &*b ? 901 : 1) + kProcesses * kUpdates);
  }
  Close();
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
}

TEST_F(Processes, MayCreateAFileTogether) {
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    RunTogether("--open");
    EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM cordon_tenants"), std::to_string(kProcesses));
    for (const char* tail : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path() + tail);
    }
  }
}

TEST_F(Processes, SeeEachOthersRowsAtOnce) {
  OpenTwins();
  const cordon::TenantId id = a->id;
  cordon::PlatformOptions options = Options();
  const auto other = Must(Platform::Open(options));
  const auto context = Must(other->Enter(Verified("anna"), id, cordon::Purpose("test")));
  const Session session = Must(other->OpenSession(context));
  Must(session.Insert(Counter{50, 1}));
  EXPECT_THAT(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = 50"_sql), IsOk());
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "--count") return cordon_test::Count(argv[2]);
  if (job == "--open") return cordon_test::OpenTogether(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
