// SPDX-License-Identifier: Apache-2.0
// Blobs by stream: what goes in comes out, to its own tenant only, whole or not at all.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <istream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <type_traits>

#include "support/archive.h"

namespace cordon_test {
namespace {

using ErpSession = ArchiveSession;

// As include/cordon/data/blob.h shows it.
absl::Status Store(ErpSession& tenant, std::istream& scan, std::int64_t document) {
  return tenant.Transaction([&](auto& tx) -> absl::Status {
    cordon::BlobWriter writer = tx.NewBlob();
    std::array<char, 65536> part;
    while (scan.read(part.data(), part.size()), scan.gcount() > 0) {
      auto bytes = std::as_bytes(std::span(part).first(static_cast<size_t>(scan.gcount())));
      if (absl::Status added = writer.Append(bytes); !added.ok()) return added;
    }
    auto id = writer.Finish();
    if (!id.ok()) return id.status();
    return tx.Execute("UPDATE documents SET scan = ? WHERE id = ?"_sql, *id, document).status();
  });
}

class Blobs : public ::testing::Test {
 protected:
  struct Tenant {
    cordon::TenantId id;
    cordon::TenantContext context;
    ArchiveSession session;
  };
  void SetUp() override { Open(Options()); }
  cordon::PlatformOptions Options() {
    cordon::PlatformOptions options;
    options.path = path;
    options.clock = clock;
    options.entropy = entropy;
    return options;
  }
  void Open(cordon::PlatformOptions options) {
    a.reset();
    b.reset();
    platform.reset();
    platform = Must(ArchivePlatform::Open(std::move(options)));
    a.emplace(NewTenant("A"));
    b.emplace(NewTenant("B"));
  }
  Tenant NewTenant(std::string_view name) {
    const cordon::TenantId id = Must(platform->tenants().Create(name));
    Must(platform->tenants().AddMember(id, User("anna")));
    auto context = Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test")));
    auto session = Must(platform->OpenSession(context));
    return {id, std::move(context), std::move(session)};
  }
  [[nodiscard]] std::string Count(const std::string& table) {
    return RawValue(path, "SELECT count(*) FROM " + table);
  }
  void ExpectNoTrace() {
    EXPECT_EQ(Count("cordon_blobs"), "0");
    EXPECT_EQ(Count("cordon_blob_chunks"), "0");
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("archive.db");
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<TestEntropy> entropy = std::make_shared<TestEntropy>();
  std::unique_ptr<ArchivePlatform> platform;
  std::optional<Tenant> a;
  std::optional<Tenant> b;
};

// ---- there and back ------------------------------------------------------------------------

TEST_F(Blobs, OfEveryLengthInPiecesOfEveryLength) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1,
                                 2 * kChunk, 5 * kChunk + 17}) {
    const Bytes scan = Scan(size);
    for (const std::size_t step : {std::size_t{997}, kChunk - 1, kChunk, 3 * kChunk + 5}) {
      SCOPED_TRACE(std::to_string(size) + " in pieces of " + std::to_string(step));
      BlobId id;
      Must(a->session.Transaction([&](auto& tx) -> absl::Status {
        id = Must(WriteBlob(tx, scan, step));
        EXPECT_EQ(Must(ReadBlob(tx, id, step)), scan) << "in the transaction that wrote it";
        return absl::OkStatus();
      }));
      Must(a->session.Read([&](auto& tx) -> absl::Status {
        EXPECT_EQ(Must(tx.OpenBlob(id)).size(), static_cast<std::int64_t>(size));
        EXPECT_EQ(Must(ReadBlob(tx, id, step)), scan);
        return absl::OkStatus();
      }));
      Must(a->session.Transaction([&](auto& tx) { return tx.DeleteBlob(id); }));
    }
  }
  ExpectNoTrace();
}

TEST_F(Blobs, AStoredScanIsFoundThroughItsRow) {
  const Bytes scan = Scan(200'000);
  Must(a->session.Insert(Document{.id = 7}));
  std::istringstream file(std::string(reinterpret_cast<const char*>(scan.data()), scan.size()));
  Must(Store(a->session, file, 7));
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    const auto row = Must(tx.One(as<Document>, "SELECT * FROM documents WHERE id = 7"_sql));
    EXPECT_EQ(row->original, std::nullopt);
    EXPECT_EQ(Must(ReadBlob(tx, row->scan)), scan);
    // Also by the id as it was read, in its scope's keeping.
    const auto id =
        Must(tx.One(as<BlobId>, "SELECT scan FROM documents WHERE scan = ?"_sql, row->scan));
    EXPECT_EQ(Must(tx.OpenBlob(id)).size(), 200'000);
    return absl::OkStatus();
  }));
}

TEST_F(Blobs, AnyPlaceCanBeReadInAnyOrder) {
  const Bytes scan = Scan(4 * kChunk + 1234);
  const BlobId id = Must(StoreBlob(a->session, scan));
  std::mt19937 random(4711);
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    BlobReader reader = Must(tx.OpenBlob(id));
    for (int i = 0; i < 300; ++i) {
      const std::size_t at = random() % (scan.size() + 1);
      Bytes piece(random() % (2 * kChunk));
      EXPECT_THAT(reader.Seek(static_cast<std::int64_t>(at)), IsOk());
      const std::size_t read = Must(reader.Read(piece));
      EXPECT_EQ(read, std::min(piece.size(), scan.size() - at));
      EXPECT_TRUE(std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(read),
                             scan.begin() + static_cast<std::ptrdiff_t>(at)));
      EXPECT_EQ(reader.position(), static_cast<std::int64_t>(at + read));
    }
    Must(reader.Seek(reader.size()));
    std::array<std::byte, 10> more{};
    EXPECT_EQ(Must(reader.Read(more)), 0U);
    for (const std::int64_t outside :
         {std::int64_t{-1}, reader.size() + 1, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
      EXPECT_THAT(reader.Seek(outside), HasCode(ErrorCode::kInvalidArgument));
    }
    EXPECT_EQ(reader.position(), reader.size());
    return absl::OkStatus();
  }));
}

TEST_F(Blobs, SeveralAreWrittenAndReadAtOnce) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobWriter one = tx.NewBlob();
    BlobWriter two = tx.NewBlob();
    const Bytes first = Scan(3 * kChunk, 1);
    const Bytes second = Scan(3 * kChunk, 2);
    for (std::size_t at = 0; at < first.size(); at += 1000) {
      const std::size_t n = std::min<std::size_t>(1000, first.size() - at);
      Must(one.Append(std::span(first).subspan(at, n)));
      Must(two.Append(std::span(second).subspan(at, n)));
    }
    BlobWriter moved = std::move(two);
    const BlobId second_id = Must(moved.Finish());
    const BlobId first_id = Must(one.Finish());
    EXPECT_NE(first_id, second_id);
    EXPECT_EQ(Must(ReadBlob(tx, first_id)), first);
    EXPECT_EQ(Must(ReadBlob(tx, second_id)), second);
    return absl::OkStatus();
  }));
}

TEST_F(Blobs, InALoopOverRowsAndInABrandedScope) {
  const absl::Status done =
      cordon::WithTenant(*platform, a->context, [](auto& tenant) -> absl::Status {
        return tenant.Transaction([](auto& tx) -> absl::Status {
          for (std::int64_t i = 0; i < 5; ++i) {
            const BlobId scan = Must(WriteBlob(tx, Scan(100'000, static_cast<std::uint32_t>(i))));
            Must(tx.Insert(Document{.id = i, .scan = scan}));
          }
          int seen = 0;
          for (auto& row : tx.Rows(as<Document>, "SELECT * FROM documents ORDER BY id"_sql)) {
            const Bytes scan = Scan(100'000, static_cast<std::uint32_t>(row->id));
            EXPECT_EQ(Must(ReadBlob(tx, row->scan)), scan);
            EXPECT_THAT(WriteBlob(tx, scan), IsOk());
            ++seen;
          }
          EXPECT_EQ(seen, 5);
          return absl::OkStatus();
        });
      });
  EXPECT_THAT(done, IsOk());
  EXPECT_EQ(Count("cordon_blobs"), "10");
}

TEST_F(Blobs, MemoryStaysThatOfOnePart) {
  constexpr std::size_t kPieces = 1024;  // 64 MiB
  const Bytes piece = Scan(kChunk);
  sqlite3_memory_highwater(1);
  const std::int64_t before = sqlite3_memory_used();
  BlobId id;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobWriter writer = tx.NewBlob();
    for (std::size_t i = 0; i < kPieces; ++i) Must(writer.Append(piece));
    id = Must(writer.Finish());
    return absl::OkStatus();
  }));
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    BlobReader reader = Must(tx.OpenBlob(id));
    Bytes to(kChunk);
    bool same = true;
    for (std::size_t i = 0; i < kPieces; ++i) {
      EXPECT_EQ(Must(reader.Read(to)), kChunk);
      same = same && to == piece;
    }
    EXPECT_TRUE(same);
    EXPECT_EQ(Must(reader.Read(to)), 0U);
    return absl::OkStatus();
  }));
  // Two connections' page caches of 2 MB, and then some.
  EXPECT_LT(sqlite3_memory_highwater(0) - before, std::int64_t{8} << 20U);
}

// ---- whose ---------------------------------------------------------------------------------

TEST_F(Blobs, AnothersIdIsOneThatNeverExisted) {
  const Bytes scan = Scan(100'000, 3);
  for (int i = 0; i < 5; ++i) Must(StoreBlob(b->session, Scan(100'000, 9)));
  const BlobId foreign = Must(StoreBlob(b->session, Scan(1000, 9)));
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    const absl::Status never = tx.OpenBlob(BlobId::FromNumber(1'000'000)).status();
    EXPECT_THAT(never, HasCode(ErrorCode::kNotFound));
    EXPECT_EQ(tx.OpenBlob(foreign).status(), never);
    EXPECT_EQ(tx.DeleteBlob(foreign), never);
    EXPECT_EQ(tx.DeleteBlob(BlobId::FromNumber(1'000'000)), never);
    for (const std::int64_t odd :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
      EXPECT_EQ(tx.OpenBlob(BlobId::FromNumber(odd)).status(), never);
      EXPECT_EQ(tx.DeleteBlob(BlobId::FromNumber(odd)), never);
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count("cordon_blobs"), "6");
  // The ids are the tenant's own sequence, whatever others have.
  EXPECT_EQ(Must(StoreBlob(a->session, scan)).number(), 1);
  EXPECT_EQ(Must(LoadBlob(a->session, BlobId::FromNumber(1))), scan);
  EXPECT_EQ(Must(LoadBlob(b->session, BlobId::FromNumber(1))), Scan(100'000, 9));
  EXPECT_EQ(Must(StoreBlob(a->session, scan)).number(), 2);
}

TEST_F(Blobs, AnIdThatWasReadElsewhereIsRefused) {
  const BlobId id = Must(StoreBlob(b->session, Scan(10)));
  Must(StoreBlob(a->session, Scan(10)));
  Must(b->session.Insert(Document{.id = 1, .scan = id}));
  const auto theirs = Must(b->session.One(as<BlobId>, "SELECT scan FROM documents"_sql));
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.OpenBlob(theirs), HasCode(ErrorCode::kForeignValue));
    EXPECT_THAT(tx.DeleteBlob(theirs), HasCode(ErrorCode::kForeignValue));
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count("cordon_blobs"), "2");
}

TEST_F(Blobs, AnIdIsNotGivenTwice) {
  const BlobId first = Must(StoreBlob(a->session, Scan(10)));
  Must(a->session.Transaction([&](auto& tx) { return tx.DeleteBlob(first); }));
  EXPECT_GT(Must(StoreBlob(a->session, Scan(10))), first);
}

TEST_F(Blobs, GoWithTheirTenant) {
  const Bytes scan = Scan(300'000);
  Must(StoreBlob(a->session, scan));
  const BlobId kept = Must(StoreBlob(b->session, scan));
  Must(platform->tenants().Remove(a->id));
  EXPECT_EQ(Count("cordon_blobs"), "1");
  EXPECT_EQ(Count("cordon_blob_counters"), "1");
  EXPECT_EQ(Count("cordon_blob_chunks"), "5");
  EXPECT_EQ(Must(LoadBlob(b->session, kept)), scan);
}

TEST_F(Blobs, NoStatementNamesTheirTables) {
  for (const char* table : {"cordon_blobs", "cordon_blob_chunks", "cordon_blob_counters"}) {
    const std::string name(table);
    EXPECT_FALSE(cordon::CheckSql<Archive>("SELECT id FROM " + name).ok());
    EXPECT_FALSE(cordon::CheckSql<Archive>("DELETE FROM " + name).ok());
    EXPECT_FALSE(cordon::CheckSql<Archive>("SELECT d.id FROM documents AS d JOIN " + name +
                                           " AS c ON c.id = d.id")
                     .ok());
  }
  EXPECT_TRUE(cordon::CheckSql<Archive>("SELECT id FROM documents").ok());
}

static_assert(!std::is_convertible_v<std::int64_t, BlobId>);
static_assert(!std::is_copy_constructible_v<BlobWriter>);

// ---- whole or not at all -------------------------------------------------------------------

TEST_F(Blobs, AnUnfinishedOneIsNotThere) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Document{.id = 1}));
    {
      BlobWriter writer = tx.NewBlob();
      Must(writer.Append(Scan(3 * kChunk)));
      EXPECT_THAT(tx.OpenBlob(BlobId::FromNumber(1)), HasCode(ErrorCode::kNotFound));
      EXPECT_THAT(tx.DeleteBlob(BlobId::FromNumber(1)), HasCode(ErrorCode::kNotFound));
    }
    { BlobWriter nothing = tx.NewBlob(); }
    BlobWriter kept = tx.NewBlob();
    Must(kept.Append(Scan(2 * kChunk, 2)));
    kept = tx.NewBlob();  // lets go of what it was
    Must(kept.Append(Scan(10, 5)));
    EXPECT_THAT(kept.Finish(), IsOk());
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count("cordon_blobs"), "1");
  EXPECT_EQ(Count("cordon_blob_chunks"), "1");
  EXPECT_EQ(Count("documents"), "1");
}

TEST_F(Blobs, GoBackWithTheirTransaction) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(WriteBlob(tx, Scan(200'000)), IsOk());
    BlobWriter writer = tx.NewBlob();
    Must(writer.Append(Scan(200'000)));
    return absl::AbortedError("the host changed its mind");
  }),
              ::testing::Not(IsOk()));
  ExpectNoTrace();
  EXPECT_EQ(Must(StoreBlob(a->session, Scan(5))).number(), 1);
}

TEST_F(Blobs, NothingIsCommittedWhileOneIsUnfinished) {
  std::optional<BlobWriter> outside;
  const absl::Status refused = a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Document{.id = 1}));
    outside.emplace(tx.NewBlob());
    return outside->Append(Scan(2 * kChunk));
  });
  EXPECT_THAT(refused, HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Text(refused), ::testing::HasSubstr("Finish()"));
  ExpectNoTrace();
  EXPECT_EQ(Count("documents"), "0");
  EXPECT_THAT(outside->Append(Scan(1)), HasCode(ErrorCode::kTransactionOver));
  EXPECT_THAT(outside->Finish(), HasCode(ErrorCode::kTransactionOver));
}

TEST_F(Blobs, AStreamThatOutlivesItsTransactionIsOfNoUse) {
  const BlobId id = Must(StoreBlob(a->session, Scan(100)));
  std::optional<BlobReader> reader;
  std::optional<BlobWriter> writer;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    reader.emplace(Must(tx.OpenBlob(id)));
    writer.emplace(tx.NewBlob());
    return writer->Finish().status();
  }));
  std::array<std::byte, 10> to{};
  EXPECT_THAT(reader->Read(to), HasCode(ErrorCode::kTransactionOver));
  EXPECT_THAT(writer->Append(to), HasCode(ErrorCode::kTransactionOver));
  EXPECT_EQ(reader->size(), 100);
  platform.reset();
  reader.reset();
  writer.reset();
}

TEST_F(Blobs, FinishedAndMovedFromSayThatTheyAreOver) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobWriter writer = tx.NewBlob();
    Must(writer.Append(Scan(10)));
    const BlobId id = Must(writer.Finish());
    EXPECT_THAT(writer.Append(Scan(10)), HasCode(ErrorCode::kTransactionOver));
    EXPECT_THAT(writer.Finish(), HasCode(ErrorCode::kTransactionOver));
    const BlobWriter other = std::move(writer);
    EXPECT_THAT(writer.Append(Scan(10)), HasCode(ErrorCode::kTransactionOver));  // NOLINT
    BlobReader reader = Must(tx.OpenBlob(id));
    const BlobReader last = std::move(reader);
    std::array<std::byte, 10> to{};
    EXPECT_THAT(reader.Read(to), HasCode(ErrorCode::kTransactionOver));  // NOLINT
    EXPECT_THAT(reader.Seek(0), HasCode(ErrorCode::kTransactionOver));   // NOLINT
    EXPECT_EQ(last.size(), 10);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(LoadBlob(a->session, BlobId::FromNumber(1))), Scan(10));
}

TEST_F(Blobs, ANestedPartThatIsRolledBackEndsTheWriter) {
  std::optional<BlobWriter> born_inside;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobWriter writer = tx.NewBlob();
    Must(writer.Append(Scan(2 * kChunk)));
    EXPECT_FALSE(tx.Nested([&](auto& inner) -> absl::Status {
                     Must(writer.Append(Scan(2 * kChunk)));
                     born_inside.emplace(inner.NewBlob());
                     Must(born_inside->Append(Scan(2 * kChunk)));
                     return absl::AbortedError("undo");
                   }).ok());
    EXPECT_THAT(writer.Append(Scan(1)), HasCode(ErrorCode::kTransactionOver));
    EXPECT_THAT(writer.Finish(), HasCode(ErrorCode::kTransactionOver));
    EXPECT_THAT(born_inside->Finish(), HasCode(ErrorCode::kTransactionOver));
    // A later one must not share anything with them, when they go.
    BlobWriter later = tx.NewBlob();
    Must(later.Append(Scan(2 * kChunk, 8)));
    born_inside.reset();
    { const BlobWriter gone = std::move(writer); }
    const BlobId id = Must(later.Finish());
    EXPECT_EQ(Must(ReadBlob(tx, id)), Scan(2 * kChunk, 8));
    // One that is kept is.
    return tx.Nested([&](auto& inner) { return WriteBlob(inner, Scan(5)).status(); });
  }));
  EXPECT_EQ(Count("cordon_blobs"), "2");
  EXPECT_EQ(Count("cordon_blob_chunks"), "3");
}

TEST_F(Blobs, ADeletedOneIsNotThereForItsReaderEither) {
  const BlobId id = Must(StoreBlob(a->session, Scan(3 * kChunk)));
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobReader reader = Must(tx.OpenBlob(id));
    Must(tx.DeleteBlob(id));
    Bytes to(10);
    EXPECT_THAT(reader.Read(to), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tx.OpenBlob(id), HasCode(ErrorCode::kNotFound));
    return absl::OkStatus();
  }));
  ExpectNoTrace();
}

TEST_F(Blobs, AReaderSeesItsSnapshot) {
  const BlobId id = Must(StoreBlob(a->session, Scan(3 * kChunk)));
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    BlobReader reader = Must(tx.OpenBlob(id));
    std::thread([&] {
      Must(a->session.Transaction([&](auto& other) { return other.DeleteBlob(id); }));
    }).join();
    Bytes to(3 * kChunk);
    EXPECT_EQ(Must(reader.Read(to)), to.size());
    EXPECT_EQ(to, Scan(3 * kChunk));
    return absl::OkStatus();
  }));
  EXPECT_THAT(LoadBlob(a->session, id), HasCode(ErrorCode::kNotFound));
}

// ---- limits --------------------------------------------------------------------------------

TEST_F(Blobs, ALengthIsEnforced) {
  cordon::PlatformOptions options = Options();
  options.max_blob_bytes = 100'000;
  Open(options);
  EXPECT_THAT(StoreBlob(a->session, Scan(100'000)), IsOk());
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(WriteBlob(tx, Scan(100'001)), HasCode(ErrorCode::kBudgetExceeded));
    BlobWriter writer = tx.NewBlob();
    EXPECT_THAT(writer.Append(Scan(100'001)), HasCode(ErrorCode::kBudgetExceeded));
    EXPECT_THAT(writer.Append(Scan(1)), HasCode(ErrorCode::kBudgetExceeded)) << "the first stays";
    EXPECT_THAT(writer.Finish(), HasCode(ErrorCode::kBudgetExceeded));
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count("cordon_blobs"), "1");
  EXPECT_EQ(Count("cordon_blob_chunks"), "2");
  options.max_blob_bytes = 0;
  Open(options);
  EXPECT_THAT(StoreBlob(a->session, Scan(0)), IsOk());
  EXPECT_THAT(StoreBlob(a->session, Scan(1)), HasCode(ErrorCode::kBudgetExceeded));
  options.max_blob_bytes = -1;
  EXPECT_THAT(ArchivePlatform::Open(options), HasCode(ErrorCode::kInvalidArgument));
}

// What stops a statement stops a stream, in the middle and for both directions.
TEST_F(Blobs, EndWithTheirContext) {
  const BlobId id = Must(StoreBlob(a->session, Scan(3 * kChunk)));
  const auto stopped_by = [&](const auto& stop) {
    return a->session.Read([&](auto& tx) -> absl::Status {
      BlobReader reader = Must(tx.OpenBlob(id));
      Bytes to(10);
      Must(reader.Read(to).status());
      stop();
      return reader.Read(to).status();  // of a part that is in memory already
    });
  };
  EXPECT_THAT(stopped_by([&] { a->session.Interrupt(); }), HasCode(ErrorCode::kInterrupted));
  EXPECT_THAT(stopped_by([&] { Must(platform->tenants().RemoveMember(a->id, User("anna"))); }),
              HasCode(ErrorCode::kContextRevoked));
  *a = NewTenant("A2");
  const auto writing = [&](const auto& stop) {
    return a->session.Transaction([&](auto& tx) -> absl::Status {
      BlobWriter writer = tx.NewBlob();
      Must(writer.Append(Scan(3 * kChunk)));
      stop();
      EXPECT_FALSE(writer.Append(Scan(1)).ok());
      return writer.Finish().status();
    });
  };
  EXPECT_THAT(writing([&] { a->session.Interrupt(); }), HasCode(ErrorCode::kInterrupted));
  EXPECT_THAT(writing([&] { clock->Advance(16min); }), HasCode(ErrorCode::kContextExpired));
  EXPECT_EQ(Count("cordon_blobs"), "1");
  EXPECT_EQ(Count("cordon_blob_chunks"), "3");
}

TEST_F(Blobs, AWriterWhoseTurnIsTakenAwayLeavesNothing) {
  cordon::PlatformOptions options = Options();
  options.write_cap = 30ms;
  Open(options);
  Signal waiting;
  std::thread other;
  const absl::Status evicted = a->session.Transaction([&](auto& tx) -> absl::Status {
    BlobWriter writer = tx.NewBlob();
    Must(writer.Append(Scan(kChunk)));
    other = std::thread([&] {
      waiting.Give();
      Must(StoreBlob(b->session, Scan(100)));
    });
    EXPECT_TRUE(waiting.Await());
    absl::Status added;
    const Bytes piece = Scan(kChunk);
    for (int i = 0; i < 100'000 && added.ok(); ++i) added = writer.Append(piece);
    EXPECT_THAT(added, HasCode(ErrorCode::kWriteHeldTooLong));
    return absl::OkStatus();  // overlooked, and yet nothing is committed
  });
  other.join();
  EXPECT_THAT(evicted, HasCode(ErrorCode::kWriteHeldTooLong));
  EXPECT_EQ(Count("cordon_blobs"), "1");
  EXPECT_EQ(Count("cordon_blob_chunks"), "1");
  EXPECT_EQ(Must(LoadBlob(b->session, BlobId::FromNumber(1))), Scan(100));
  EXPECT_THAT(StoreBlob(a->session, Scan(100)), IsOk());
}

// ---- damage --------------------------------------------------------------------------------

TEST_F(Blobs, AMissingOrDamagedPartIsSaid) {
  const Bytes scan = Scan(3 * kChunk + 100);
  for (const char* damage :
       {"DELETE FROM cordon_blob_chunks WHERE part = 1",
        "DELETE FROM cordon_blob_chunks WHERE part = 3",
        "UPDATE cordon_blob_chunks SET bytes = substr(bytes, 2) WHERE part = 1",
        "UPDATE cordon_blob_chunks SET bytes = CAST(bytes || x'00' AS BLOB) WHERE part = 1",
        "UPDATE cordon_blob_chunks SET bytes = x'' WHERE part = 0",
        "UPDATE cordon_blob_chunks SET part = 7 WHERE part = 2",
        "UPDATE cordon_blobs SET size = size + 1", "UPDATE cordon_blobs SET size = size - 1",
        "UPDATE cordon_blobs SET size = 9223372036854775807", "UPDATE cordon_blobs SET size = -1",
        "UPDATE cordon_blobs SET chunk = 0", "UPDATE cordon_blobs SET chunk = 1000",
        "UPDATE cordon_blobs SET chunk = 9223372036854775807"}) {
    SCOPED_TRACE(damage);
    const BlobId id = Must(StoreBlob(a->session, scan));
    RawSql(path, std::string("PRAGMA ignore_check_constraints = ON; ") + damage);
    const auto read = LoadBlob(a->session, id);
    EXPECT_THAT(read, HasCode(ErrorCode::kCorrupt));
    // What is left of it can be got rid of.
    Must(a->session.Transaction([&](auto& tx) { return tx.DeleteBlob(id); }));
    ExpectNoTrace();
  }
}

TEST_F(Blobs, AnErrorLeavesTheReaderWhereItWas) {
  const BlobId id = Must(StoreBlob(a->session, Scan(3 * kChunk)));
  RawSql(path, "DELETE FROM cordon_blob_chunks WHERE part = 1");
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    BlobReader reader = Must(tx.OpenBlob(id));
    Must(reader.Seek(5));
    Bytes to(2 * kChunk);
    EXPECT_THAT(reader.Read(to), HasCode(ErrorCode::kCorrupt));
    EXPECT_EQ(reader.position(), 5);
    EXPECT_EQ(Must(reader.Read(std::span(to).first(kChunk - 5))), kChunk - 5);
    Must(reader.Seek(2 * kChunk));
    EXPECT_EQ(Must(reader.Read(to)), kChunk);
    return absl::OkStatus();
  }));
}

// ---- files of earlier releases -------------------------------------------------------------

TEST_F(Blobs, AFileFromBeforeGetsTheirTables) {
  platform.reset();
  RawSql(path,
         "DROP TABLE cordon_blobs; DROP TABLE cordon_blob_chunks; DROP TABLE cordon_blob_counters; "
         "DELETE FROM cordon_versions WHERE room = 'blobs'");
  Open(Options());
  EXPECT_EQ(Must(LoadBlob(a->session, Must(StoreBlob(a->session, Scan(100))))), Scan(100));
  RawSql(path, "UPDATE cordon_versions SET version = version + 1 WHERE room = 'blobs'");
  EXPECT_THAT(ArchivePlatform::Open(Options()), HasCode(ErrorCode::kNewerFile));
}

}  // namespace
}  // namespace cordon_test
