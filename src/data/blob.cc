// SPDX-License-Identifier: Apache-2.0
#include "data/blob.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "cordon/store/error.h"
#include "data/engine.h"
#include "store/guard.h"

namespace cordon {
namespace internal {
namespace {

constexpr std::int64_t kMaxChunk = std::int64_t{16} << 20U;  // of a file that a later release wrote

std::span<const std::byte> Raw(const TenantId::Bytes& tenant) { return tenant; }

absl::Status NoSuchBlob() {
  return Error(ErrorCode::kNotFound, "no such blob: it was deleted, or never finished");
}
absl::Status Damaged() {
  return Error(ErrorCode::kCorrupt,
               "a blob is damaged or a part of it is missing: restore it from a backup");
}
absl::Status Over() {
  return Error(ErrorCode::kTransactionOver,
               "the blob is finished, or its transaction is over: begin or open one in this "
               "transaction");
}

}  // namespace

absl::Status PurgeBlobs(SqliteConnection& connection, const TenantId& tenant) {
  for (const char* sql : {"DELETE FROM cordon_blob_chunks WHERE tenant_id = ?1",
                          "DELETE FROM cordon_blobs WHERE tenant_id = ?1",
                          "DELETE FROM cordon_blob_counters WHERE tenant_id = ?1"}) {
    OwnStatement purge(connection, sql);
    purge.Bind(1, Raw(tenant.bytes()));
    if (absl::Status gone = purge.Finish(); !gone.ok()) return gone;
  }
  return absl::OkStatus();
}

// ---- BlobStream ---------------------------------------------------------------------------------

BlobStream::BlobStream(TransactionCore& core) : core_(&core), next_(core.blobs_) {
  if (next_ != nullptr) next_->previous_ = this;
  core.blobs_ = this;
}

BlobStream::~BlobStream() {
  if (core_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : core_->blobs_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void BlobStream::ForgetAll(TransactionCore& core) {
  for (BlobStream* stream = std::exchange(core.blobs_, nullptr); stream != nullptr;
       stream = stream->next_) {
    stream->core_ = nullptr;
  }
}

bool BlobStream::AnyUnfinished(const TransactionCore& core) {
  for (const BlobStream* stream = core.blobs_; stream != nullptr; stream = stream->next_) {
    if (stream->unfinished_) return true;
  }
  return false;
}

template <class Act>
absl::Status BlobStream::Run(TransactionCore& core, const Act& act) {
  if (!core.EnterOwn()) return core.status();
  return core.LeaveOwn(Guarded([&]() -> absl::Status {
    SqliteConnection* const sqlite =
        core.connection_ != nullptr ? &core.connection_->sqlite() : nullptr;
    return act(TenantPlace{sqlite, core.remote_.get(), core.tenant()});
  }));
}
template <class Act>
absl::Status BlobStream::Run(const Act& act) {
  return core_ == nullptr ? Over() : Run(*core_, act);
}

absl::Status BlobStream::DeleteParts(TransactionCore& core, std::int64_t id) {
  std::int64_t deleted = -1;
  while (deleted != 0) {
    absl::Status done = Run(core, [&](const TenantPlace& place) {
      TenantStatement some(
          place,
          "DELETE FROM cordon_blob_chunks WHERE tenant_id = ?1 AND id = ?2 AND part "
          "< 256 + (SELECT min(part) FROM cordon_blob_chunks WHERE tenant_id = ?1 "
          "AND id = ?2)");
      some.Bind(2, id);
      absl::Status gone = some.Finish();
      deleted = some.Changed();
      return gone;
    });
    if (!done.ok()) {
      core.Poison(done);  // a part of it is gone
      return done;
    }
  }
  return absl::OkStatus();
}

// A savepoint that is rolled back takes the counter back with it; the transaction remembers, so
// that two streams of it never meet under one id.
absl::StatusOr<std::int64_t> BlobStream::DrawId(TransactionCore& core, const TenantPlace& place) {
  TenantStatement count(
      place,
      "INSERT INTO cordon_blob_counters AS c (tenant_id, last) VALUES (?1, ?2 + 1) ON "
      "CONFLICT(tenant_id) DO UPDATE SET last = CASE WHEN c.last < ?2 THEN ?2 ELSE c.last END + 1 "
      "RETURNING last");
  count.Bind(2, core.last_blob_);
  const std::int64_t id = count.Step() ? count.Int(0) : 0;
  if (absl::Status counted = count.Finish(); !counted.ok()) return counted;
  core.last_blob_ = id;
  return id;
}

std::int64_t BlobStream::MaxBytes(const TransactionCore& core) {
  return core.engine_.max_blob_bytes();
}

// ---- writing ------------------------------------------------------------------------------------

class BlobWriting final : public BlobStream {
 public:
  explicit BlobWriting(TransactionCore& core) : BlobStream(core), undone_(Undone(core)) {
    part_.reserve(kBlobChunk);
    unfinished_ = true;
  }
  ~BlobWriting() {
    if (!unfinished_ || id_ == 0 || core_ == nullptr) return;
    // What cannot be taken back is not committed.
    absl::Status gone = Guarded([&] { return DeleteParts(*core_, id_); });
    if (!gone.ok()) core_->Poison(gone);
  }

  absl::Status Append(std::span<const std::byte> bytes) {
    return Sticky([&]() -> absl::Status {
      if (core_ != nullptr && bytes.size() > static_cast<std::size_t>(MaxBytes(*core_) - size_)) {
        return Error(ErrorCode::kBudgetExceeded,
                     "the blob is longer than the " + std::to_string(MaxBytes(*core_)) +
                         " bytes that this platform takes: split it, or open the platform with "
                         "more max_blob_bytes");
      }
      // One part at a time, as the transaction may have been stopped in between.
      do {
        absl::Status added = RunHere([&](const TenantPlace& place) {
          const std::size_t room = std::min(bytes.size(), kBlobChunk - part_.size());
          absl::Status written;
          if (room == kBlobChunk) {
            written = WritePart(place, bytes.first(room));
          } else {
            const auto some = bytes.first(room);
            part_.insert(part_.end(), some.begin(), some.end());
            if (part_.size() == kBlobChunk) written = FlushPart(place);
          }
          bytes = bytes.subspan(room);
          size_ += static_cast<std::int64_t>(room);
          return written;
        });
        if (!added.ok()) return added;
      } while (!bytes.empty());
      return absl::OkStatus();
    });
  }

  absl::StatusOr<BlobId> Finish() {
    absl::Status finished = Sticky([&]() -> absl::Status {
      return RunHere([&](const TenantPlace& place) {
        absl::Status written = part_.empty() ? NeedId(place) : FlushPart(place);
        if (!written.ok()) return written;
        TenantStatement insert(place,
                               "INSERT INTO cordon_blobs(tenant_id, id, size, chunk) "
                               "VALUES (?1, ?2, ?3, ?4)");
        insert.Bind(2, id_);
        insert.Bind(3, size_);
        insert.Bind(4, static_cast<std::int64_t>(kBlobChunk));
        return insert.Finish();
      });
    });
    if (!finished.ok()) return finished;
    unfinished_ = false;
    status_ = Over();
    return BlobId::FromNumber(id_);
  }

 private:
  // The first error stays: a blob with a hole in it must not be finished.
  template <class Act>
  absl::Status Sticky(const Act& act) {
    if (status_.ok()) status_ = Guarded(act);
    return status_;
  }
  template <class Act>
  absl::Status RunHere(const Act& act) {
    if (core_ != nullptr && Undone(*core_) != undone_) {
      return Error(ErrorCode::kTransactionOver,
                   "a nested part was rolled back while the blob was being written, maybe with "
                   "parts of it: write the blob again");
    }
    return Run(act);
  }
  absl::Status NeedId(const TenantPlace& place) {
    if (id_ != 0) return absl::OkStatus();
    auto id = DrawId(*core_, place);
    if (id.ok()) id_ = *id;
    return id.status();
  }
  absl::Status FlushPart(const TenantPlace& place) {
    absl::Status written = WritePart(place, part_);
    part_.clear();
    return written;
  }
  absl::Status WritePart(const TenantPlace& place, std::span<const std::byte> bytes) {
    if (absl::Status named = NeedId(place); !named.ok()) return named;
    TenantStatement insert(place,
                           "INSERT INTO cordon_blob_chunks(tenant_id, id, part, bytes) "
                           "VALUES (?1, ?2, ?3, ?4)");
    insert.Bind(2, id_);
    insert.Bind(3, parts_++);
    insert.Bind(4, bytes);
    return insert.Finish();
  }

  const std::uint64_t undone_;   // savepoints of the transaction that were rolled back before
  std::vector<std::byte> part_;  // what is not written yet
  std::int64_t id_ = 0;          // once there is something to name
  std::int64_t parts_ = 0;
  std::int64_t size_ = 0;
  absl::Status status_;
};

// ---- reading ------------------------------------------------------------------------------------

class BlobReading final : public BlobStream {
 public:
  BlobReading(TransactionCore& core, BlobId id) : BlobStream(core), id_(id.number()) {}

  absl::Status Open() {
    return Run([&](const TenantPlace& place) { return FindRow(place, &size_, &chunk_); });
  }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::int64_t position() const { return position_; }
  void set_position(std::int64_t position) { position_ = position; }

  absl::StatusOr<std::size_t> Read(std::span<std::byte> to) {
    std::int64_t at = position_;
    std::size_t done = 0;
    do {
      absl::Status read = Run([&](const TenantPlace& place) {
        if (done == to.size() || at == size_) return absl::OkStatus();
        const std::int64_t part = at / chunk_;
        const auto from = static_cast<std::size_t>(at % chunk_);
        const auto length = static_cast<std::size_t>(std::min(chunk_, size_ - part * chunk_));
        const std::span<std::byte> rest = to.subspan(done);
        const std::size_t some = std::min(length - from, rest.size());
        if (part != loaded_ && some == length) {  // all of it: past the buffer
          absl::Status loaded = Load(place, part, rest.first(length));
          if (!loaded.ok()) return loaded;
        } else {
          if (part != loaded_) {
            loaded_ = -1;
            part_.resize(length);
            absl::Status loaded = Load(place, part, part_);
            if (!loaded.ok()) return loaded;
            loaded_ = part;
          }
          std::memcpy(rest.data(), part_.data() + from, some);
        }
        done += some;
        at += static_cast<std::int64_t>(some);
        return absl::OkStatus();
      });
      if (!read.ok()) return read;
    } while (done < to.size() && at < size_);
    position_ = at;
    return done;
  }

 private:
  absl::Status FindRow(const TenantPlace& place, std::int64_t* size, std::int64_t* chunk) const {
    TenantStatement find(place,
                         "SELECT size, chunk FROM cordon_blobs WHERE tenant_id = ?1 AND id = ?2");
    find.Bind(2, id_);
    if (!find.Step()) return find.status().ok() ? NoSuchBlob() : find.status();
    *size = find.Int(0);
    *chunk = find.Int(1);
    return *size < 0 || *chunk < 1 || *chunk > kMaxChunk ? Damaged() : absl::OkStatus();
  }
  // Fills `to`, which is as long as the part has to be.
  absl::Status Load(const TenantPlace& place, std::int64_t part, std::span<std::byte> to) const {
    TenantStatement find(place,
                         "SELECT bytes FROM cordon_blob_chunks "
                         "WHERE tenant_id = ?1 AND id = ?2 AND part = ?3");
    find.Bind(2, id_);
    find.Bind(3, part);
    const bool found = find.Step();
    if (!find.status().ok()) return find.status();
    const auto bytes = found ? find.Blob(0) : std::span<const std::byte>();
    if (found && bytes.size() == to.size()) {
      std::copy(bytes.begin(), bytes.end(), to.begin());
      return absl::OkStatus();
    }
    // Deleted since by this very transaction, or damaged.
    std::int64_t size = 0;
    std::int64_t chunk = 0;
    absl::Status there = FindRow(place, &size, &chunk);
    return there.ok() ? Damaged() : there;
  }

  const std::int64_t id_;
  std::int64_t size_ = 0;
  std::int64_t chunk_ = 1;
  std::int64_t position_ = 0;
  std::int64_t loaded_ = -1;  // the part that part_ holds
  std::vector<std::byte> part_;
};

BlobWriter BlobDoor::New(TransactionCore& core) {
  std::unique_ptr<BlobWriting> writing;
  absl::Status made = Guarded([&]() -> absl::Status {
    writing = std::make_unique<BlobWriting>(core);
    return absl::OkStatus();
  });
  // A writer without its state says only that it is over; the reason is the transaction's.
  if (!made.ok()) core.Poison(made);
  return BlobWriter(std::move(writing));
}

absl::StatusOr<BlobReader> BlobDoor::Open(TransactionCore& core, BlobId id) {
  return Guarded([&]() -> absl::StatusOr<BlobReader> {
    auto reading = std::make_unique<BlobReading>(core, id);
    if (absl::Status opened = reading->Open(); !opened.ok()) return opened;
    return BlobReader(std::move(reading));
  });
}

absl::Status BlobDoor::Delete(TransactionCore& core, BlobId id) {
  std::int64_t deleted = 0;
  absl::Status done = BlobStream::Run(core, [&](const TenantPlace& place) {
    TenantStatement row(place, "DELETE FROM cordon_blobs WHERE tenant_id = ?1 AND id = ?2");
    row.Bind(2, id.number());
    absl::Status gone = row.Finish();
    deleted = row.Changed();
    return gone;
  });
  if (!done.ok()) return done;
  return deleted == 0 ? NoSuchBlob() : BlobStream::DeleteParts(core, id.number());
}

}  // namespace internal

BlobWriter::BlobWriter(std::unique_ptr<internal::BlobWriting> writing)
    : writing_(std::move(writing)) {}
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;
BlobWriter& BlobWriter::operator=(BlobWriter&&) noexcept = default;
BlobWriter::~BlobWriter() = default;

absl::Status BlobWriter::Append(std::span<const std::byte> bytes) {
  return writing_ == nullptr ? internal::Over() : writing_->Append(bytes);
}
absl::StatusOr<BlobId> BlobWriter::Finish() {
  if (writing_ == nullptr) return internal::Over();
  return writing_->Finish();
}

BlobReader::BlobReader(std::unique_ptr<internal::BlobReading> reading)
    : reading_(std::move(reading)) {}
BlobReader::BlobReader(BlobReader&&) noexcept = default;
BlobReader& BlobReader::operator=(BlobReader&&) noexcept = default;
BlobReader::~BlobReader() = default;

std::int64_t BlobReader::size() const { return reading_ == nullptr ? 0 : reading_->size(); }
std::int64_t BlobReader::position() const { return reading_ == nullptr ? 0 : reading_->position(); }

absl::Status BlobReader::Seek(std::int64_t offset) {
  if (reading_ == nullptr) return internal::Over();
  if (offset < 0 || offset > reading_->size()) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a place in a blob is between 0 and its size: seek there");
  }
  reading_->set_position(offset);
  return absl::OkStatus();
}
absl::StatusOr<std::size_t> BlobReader::Read(std::span<std::byte> to) {
  if (reading_ == nullptr) return internal::Over();
  return reading_->Read(to);
}

}  // namespace cordon
