// SPDX-License-Identifier: Apache-2.0
//
// Documents that do not fit into memory (scans, PDFs, exports), written and read as streams.
//
// Guarantees: a blob belongs to one tenant; another tenant's id is "not found", with the words for
//   one that never existed. Ids are the tenant's own sequence and show nothing of others. A blob is
//   there, whole, once its transaction is committed; unfinished ones never are. A part that is
//   missing or of another length is kCorrupt, never a shorter document. Writing and reading take
//   the memory of one part (64 KiB) whatever the length. Every call is refused where a statement
//   would be: expired, revoked, interrupted, or the turn to write taken away. Removing a tenant
//   removes its blobs.
// Not guaranteed: that something refers to a blob, or that what a column refers to exists: a BlobId
//   in a column is a number. An upload of minutes holds the one writer: spool slow sources to disk
//   first, or be rolled back when others wait (PlatformOptions::write_cap).
// Thread safety: confined to the thread that runs the transaction.
// Ownership and lifetime: a writer and a reader belong to the transaction that made them. They may
//   outlive it, and are then of no use. A writer that goes away unfinished takes back what it
//   wrote; a transaction that is to be committed while one is unfinished is rolled back instead.
// Errors: kNotFound, kCorrupt; kBudgetExceeded beyond PlatformOptions::max_blob_bytes;
//   kInvalidArgument for an offset outside the blob, and for Commit() with an unfinished writer;
//   kTransactionOver for what is finished, moved from, or outlived its transaction; what
//   statements return. After an error a writer only repeats it.
//
//   absl::Status Store(ErpSession& tenant, std::istream& scan, std::int64_t document) {
//     return tenant.Transaction([&](auto& tx) -> absl::Status {
//       cordon::BlobWriter writer = tx.NewBlob();
//       std::array<char, 65536> part;
//       while (scan.read(part.data(), part.size()), scan.gcount() > 0) {
//         auto bytes = std::as_bytes(std::span(part).first(static_cast<size_t>(scan.gcount())));
//         if (absl::Status added = writer.Append(bytes); !added.ok()) return added;
//       }
//       auto id = writer.Finish();
//       if (!id.ok()) return id.status();
//       return tx.Execute("UPDATE documents SET scan = ? WHERE id = ?"_sql, *id,
//       document).status();
//     });
//   }
#ifndef CORDON_DATA_BLOB_H_
#define CORDON_DATA_BLOB_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/types.h"

namespace cordon {

// The name of a blob inside its tenant. Can be a column.
class BlobId {
 public:
  constexpr BlobId() = default;  // names no blob
  // As number() gave it. Nothing is checked: opening an id that is nobody's is kNotFound.
  [[nodiscard]] static constexpr BlobId FromNumber(std::int64_t number) { return BlobId(number); }
  [[nodiscard]] constexpr std::int64_t number() const { return number_; }
  friend constexpr auto operator<=>(const BlobId&, const BlobId&) = default;

 private:
  explicit constexpr BlobId(std::int64_t number) : number_(number) {}
  std::int64_t number_ = 0;
};

namespace internal {

class TransactionCore;
class BlobWriting;
class BlobReading;
struct BlobDoor;

template <>
struct Field<BlobId> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kInteger, 0, false};
  static constexpr SqlValue To(BlobId value) { return SqlValue::Integer(value.number()); }
  static constexpr bool From(const SqlValue& value, BlobId* field) {
    if (value.storage != SqlValue::kInteger) return false;
    *field = BlobId::FromNumber(value.integer);
    return true;
  }
};

}  // namespace internal

// A blob that is being written; see WriteTransaction::NewBlob().
class BlobWriter {
 public:
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) noexcept;
  ~BlobWriter();

  // Adds `bytes` to the end.
  [[nodiscard]] absl::Status Append(std::span<const std::byte> bytes);
  // Ends the blob. From here on it can be opened under its id in this transaction, and everywhere
  // once that is committed.
  [[nodiscard]] absl::StatusOr<BlobId> Finish();

 private:
  friend struct internal::BlobDoor;
  explicit BlobWriter(std::unique_ptr<internal::BlobWriting> writing);
  std::unique_ptr<internal::BlobWriting> writing_;
};

// A blob that is being read; see ReadTransaction::OpenBlob(). It begins at its first byte.
class BlobReader {
 public:
  BlobReader(BlobReader&&) noexcept;
  BlobReader& operator=(BlobReader&&) noexcept;
  ~BlobReader();

  // The whole blob's, in bytes; 0 once moved from.
  [[nodiscard]] std::int64_t size() const;
  // Where the next Read() begins.
  [[nodiscard]] std::int64_t position() const;
  // Moves to a place between 0 and size().
  [[nodiscard]] absl::Status Seek(std::int64_t offset);
  // Fills `to` as far as the blob goes and moves behind what was read. The number of bytes: less
  // than asked for at the end only, and 0 there. On error the position is where it was, and what
  // `to` holds is undefined.
  [[nodiscard]] absl::StatusOr<std::size_t> Read(std::span<std::byte> to);

 private:
  friend struct internal::BlobDoor;
  explicit BlobReader(std::unique_ptr<internal::BlobReading> reading);
  std::unique_ptr<internal::BlobReading> reading_;
};

namespace internal {

// What the transactions in session.h forward to.
struct BlobDoor {
  [[nodiscard]] static BlobWriter New(TransactionCore& core);
  [[nodiscard]] static absl::StatusOr<BlobReader> Open(TransactionCore& core, BlobId id);
  [[nodiscard]] static absl::Status Delete(TransactionCore& core, BlobId id);
};

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_BLOB_H_
