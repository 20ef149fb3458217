// SPDX-License-Identifier: Apache-2.0
// A disk that fails: every call returns a status, what failed is not there, what succeeded is, and
// the platform works again once the disk does.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/fault_vfs.h"
#include "support/world.h"

namespace cordon_test {
namespace {

class Disk : public World {
 protected:
  void SetUp() override {
    OpenTwins();
    // So that reads go to the disk.
    Must(a->session.Insert(Sample{.id = 0, .text = std::string(100'000, 'x')}));
  }
  void TearDown() override { FaultVfs::Disarm(); }

  static absl::Status Change(const Session& session, std::int64_t id) {
    return session.Transaction([&](auto& tx) -> absl::Status {
      if (absl::Status s = tx.Insert(Counter{id, id}); !s.ok()) return s;
      if (absl::Status s = tx.Insert(Sample{.id = id, .text = std::string(9000, 'x')}); !s.ok()) {
        return s;
      }
      return tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql).status();
    });
  }
  std::set<std::int64_t> Changes(const Session& session) {
    std::set<std::int64_t> counters;
    std::set<std::int64_t> samples;
    for (const auto& id :
         Must(session.All(as<std::int64_t>, "SELECT id FROM counters WHERE id >= 100"_sql))) {
      counters.insert(id.Plain());
    }
    for (const auto& id :
         Must(session.All(as<std::int64_t>, "SELECT id FROM samples WHERE id >= 100"_sql))) {
      samples.insert(id.Plain());
    }
    EXPECT_EQ(counters, samples) << "a transaction is there in part";
    EXPECT_EQ(
        Must(session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
        1 + static_cast<std::int64_t>(counters.size()));
    return counters;
  }
  void ExpectNeighbourIntact() {
    for (const auto& row :
         Must(b->session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql))) {
      EXPECT_TRUE(row->name.starts_with(kCanary));
    }
    EXPECT_EQ(Must(b->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain(),
              3);
  }
  void RunWrites(FaultVfs::Kind kind, int code, ErrorCode expected) {
    std::set<std::int64_t> done;
    int faults = 0;
    std::int64_t id = 100;
    for (std::int64_t nth = 1; nth < 40; ++nth, ++id) {
      SCOPED_TRACE("fault at operation " + std::to_string(nth));
      FaultVfs::Arm(kind, nth, code);
      const absl::Status changed = Change(a->session, id);
      const bool fired = FaultVfs::Fired();
      FaultVfs::Disarm();
      faults += fired ? 1 : 0;
      if (changed.ok()) {
        done.insert(id);
      } else {
        EXPECT_TRUE(fired);
        EXPECT_THAT(changed, HasCode(expected));
      }
      ASSERT_EQ(Changes(a->session), done);
      ASSERT_THAT(Change(a->session, ++id), IsOk()) << "the disk is well again";
      done.insert(id);
      ExpectNeighbourIntact();
    }
    EXPECT_GT(faults, 5);
    // What the file says, not only what the connections remember.
    const cordon::TenantId ours = a->id;
    const cordon::TenantId theirs = b->id;
    Open();
    a.emplace(Join(ours));
    b.emplace(Join(theirs));
    EXPECT_EQ(Changes(a->session), done);
    ExpectNeighbourIntact();
    EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
  }
};

TEST_F(Disk, AFailingWriteOrSync) {
  RunWrites(FaultVfs::Kind::kFail, SQLITE_IOERR, ErrorCode::kIo);
}

TEST_F(Disk, ADiskThatFailsForAWhile) {
  RunWrites(FaultVfs::Kind::kFailForGood, SQLITE_IOERR, ErrorCode::kIo);
}

TEST_F(Disk, ADiskThatIsFullForAWhile) {
  RunWrites(FaultVfs::Kind::kFailForGood, SQLITE_FULL, ErrorCode::kDiskFull);
}

TEST_F(Disk, AFailingRead) {
  const cordon::TenantId ours = a->id;
  const cordon::TenantId theirs = b->id;
  int faults = 0;
  for (std::int64_t nth = 1; nth < 30; ++nth) {
    SCOPED_TRACE("fault at read " + std::to_string(nth));
    Open();  // nothing is cached
    a.emplace(Join(ours));
    FaultVfs::Arm(FaultVfs::Kind::kFail, nth, SQLITE_IOERR, FaultVfs::Count::kReads);
    const auto rows = a->session.All(as<Sample>, "SELECT * FROM samples"_sql);
    const auto customers = a->session.All(as<Customer>, "SELECT * FROM customers"_sql);
    const bool fired = FaultVfs::Fired();
    FaultVfs::Disarm();
    faults += fired ? 1 : 0;
    for (const absl::Status& status : {rows.status(), customers.status()}) {
      if (!status.ok()) {
        EXPECT_TRUE(fired);
        EXPECT_THAT(status, HasCode(ErrorCode::kIo));
      }
    }
    if (rows.ok()) {
      EXPECT_EQ(rows->size(), 1U);
    }
    if (customers.ok()) {
      EXPECT_EQ(customers->size(), 3U);
    }
    EXPECT_EQ(Must(a->session.All(as<Customer>, "SELECT * FROM customers"_sql)).size(), 3U);
  }
  EXPECT_GT(faults, 3);
  b.emplace(Join(theirs));
  ExpectNeighbourIntact();
}

TEST_F(Disk, AFaultWhileOpening) {
  Close();
  for (const FaultVfs::Count count : {FaultVfs::Count::kReads, FaultVfs::Count::kWrites}) {
    for (std::int64_t nth = 1; nth < 60; ++nth) {
      FaultVfs::Arm(FaultVfs::Kind::kFail, nth, SQLITE_IOERR, count);
      const auto opened = Platform::Open(Options());
      const bool fired = FaultVfs::Fired();
      FaultVfs::Disarm();
      if (!opened.ok()) {
        EXPECT_TRUE(fired);
        EXPECT_TRUE(CodeOf(opened.status()) == ErrorCode::kIo ||
                    CodeOf(opened.status()) == ErrorCode::kCannotOpen)
            << Describe(opened.status());
      }
    }
  }
  EXPECT_THAT(Platform::Open(Options()), IsOk());
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  cordon_test::FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
