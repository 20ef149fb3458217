// SPDX-License-Identifier: Apache-2.0
// A product whose rows refer to scans.
#ifndef CORDON_TESTS_SUPPORT_ARCHIVE_H_
#define CORDON_TESTS_SUPPORT_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "support/world.h"

namespace cordon_test {

using cordon::BlobId;
using cordon::BlobReader;
using cordon::BlobWriter;
using Bytes = std::vector<std::byte>;

struct Document {
  std::int64_t id = 0;
  BlobId scan = {};
  std::optional<BlobId> original = {};
};
struct Archive {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Document>("documents")
          .Key<&Document::id>("id")
          .Column<&Document::scan>("scan")
          .Column<&Document::original>("original"),
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
  };
};
using ArchivePlatform = cordon::Platform<Archive>;
using ArchiveSession = cordon::Session<Archive>;

inline constexpr std::size_t kChunk = 65536;

// `size` bytes that are another sequence for each seed, none of it repeating at a part's length.
inline Bytes Scan(std::size_t size, std::uint32_t seed = 1) {
  Bytes bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

// Writes `bytes` in pieces of `step`.
template <class Tx>
[[nodiscard]] absl::StatusOr<BlobId> WriteBlob(Tx& tx, std::span<const std::byte> bytes,
                                               std::size_t step = 10'000) {
  BlobWriter writer = tx.NewBlob();
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(step, bytes.size()));
    if (absl::Status added = writer.Append(piece); !added.ok()) return added;
    bytes = bytes.subspan(piece.size());
  }
  return writer.Finish();
}
// The same in a transaction of its own.
[[nodiscard]] inline absl::StatusOr<BlobId> StoreBlob(const ArchiveSession& session,
                                                      const Bytes& bytes) {
  BlobId id;
  absl::Status done = session.Transaction([&](auto& tx) -> absl::Status {
    auto written = WriteBlob(tx, bytes);
    if (written.ok()) id = *written;
    return written.status();
  });
  if (!done.ok()) return done;
  return id;
}

// The whole blob, in pieces of `step`.
template <class Tx>
[[nodiscard]] absl::StatusOr<Bytes> ReadBlob(Tx& tx, BlobId id, std::size_t step = 7'000) {
  auto reader = tx.OpenBlob(id);
  if (!reader.ok()) return reader.status();
  Bytes all;
  Bytes piece(step);
  for (;;) {
    auto read = reader->Read(piece);
    if (!read.ok()) return read.status();
    if (*read == 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*read));
  }
}
[[nodiscard]] inline absl::StatusOr<Bytes> LoadBlob(const ArchiveSession& session, BlobId id) {
  Bytes bytes;
  absl::Status done = session.Read([&](auto& tx) -> absl::Status {
    auto read = ReadBlob(tx, id);
    if (read.ok()) bytes = *std::move(read);
    return read.status();
  });
  if (!done.ok()) return done;
  return bytes;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_ARCHIVE_H_
