// SPDX-License-Identifier: Apache-2.0
//
// Where blobs are kept, and what transactions know of the streams that are open in them.
//
// A blob is a row of cordon_blobs and its parts in cordon_blob_chunks, all of one length but the
// last. The row is written last, so that what has no row is not there. 64 KiB: writing costs the
// same from 16 KiB to 1 MiB (SQLite 3.40, 220 MB/s), reading is fastest here, and the memory is
// small.
#ifndef CORDON_SRC_DATA_BLOB_H_
#define CORDON_SRC_DATA_BLOB_H_

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "cordon/data/blob.h"
#include "cordon/data/internal/core.h"
#include "data/tenant_statement.h"
#include "store/sqlite.h"

namespace cordon::internal {

inline constexpr std::size_t kBlobChunk = std::size_t{64} << 10U;

// The tables, as SqliteStore::Migrate() takes them for the room "blobs".
inline constexpr std::array kBlobSteps = {
    // `chunk` is the length of this blob's parts; it outlives a change of kBlobChunk.
    "CREATE TABLE cordon_blobs("
    "tenant_id BLOB NOT NULL CHECK(length(tenant_id) = 16), id INTEGER NOT NULL CHECK(id > 0), "
    "size INTEGER NOT NULL CHECK(size >= 0), chunk INTEGER NOT NULL CHECK(chunk > 0), "
    "PRIMARY KEY(tenant_id, id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE cordon_blob_chunks("
    "tenant_id BLOB NOT NULL CHECK(length(tenant_id) = 16), id INTEGER NOT NULL, "
    "part INTEGER NOT NULL CHECK(part >= 0), bytes BLOB NOT NULL, "
    "PRIMARY KEY(tenant_id, id, part)) STRICT, WITHOUT ROWID",
    // The last id that a tenant was given; deleting its newest blob must not free the id.
    "CREATE TABLE cordon_blob_counters("
    "tenant_id BLOB NOT NULL PRIMARY KEY CHECK(length(tenant_id) = 16), last INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",
};

// Deletes all blobs of a tenant, inside the transaction that removes it.
[[nodiscard]] absl::Status PurgeBlobs(SqliteConnection& connection, const TenantId& tenant);

// An open writer or reader: listed in its transaction, so that neither can do without the other
// noticing.
class BlobStream {
 public:
  BlobStream(const BlobStream&) = delete;
  BlobStream& operator=(const BlobStream&) = delete;

  // The transaction ends: its streams are of no use from here on.
  static void ForgetAll(TransactionCore& core);
  // Whether one of them is a blob that was begun and not finished.
  [[nodiscard]] static bool AnyUnfinished(const TransactionCore& core);

 protected:
  explicit BlobStream(TransactionCore& core);
  ~BlobStream();

  // Runs act(place) as a statement of the transaction.
  template <class Act>
  [[nodiscard]] absl::Status Run(const Act& act);
  template <class Act>
  [[nodiscard]] static absl::Status Run(TransactionCore& core, const Act& act);
  // Deletes what there is of a blob's parts, a few at a time, so that the transaction can be
  // stopped in between.
  [[nodiscard]] static absl::Status DeleteParts(TransactionCore& core, std::int64_t id);
  [[nodiscard]] static absl::StatusOr<std::int64_t> DrawId(TransactionCore& core,
                                                           const TenantPlace& place);
  [[nodiscard]] static std::int64_t MaxBytes(const TransactionCore& core);
  [[nodiscard]] static std::uint64_t Undone(const TransactionCore& core) { return core.undone_; }

  TransactionCore* core_;
  bool unfinished_ = false;

 private:
  friend struct BlobDoor;
  BlobStream* next_;
  BlobStream* previous_ = nullptr;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_BLOB_H_
