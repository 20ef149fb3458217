// SPDX-License-Identifier: Apache-2.0
// How the room above opens a directory on its store.
#ifndef CORDON_SRC_TENANT_DIRECTORY_IMPL_H_
#define CORDON_SRC_TENANT_DIRECTORY_IMPL_H_

#include <functional>
#include <memory>
#include <string_view>

#include "cordon/tenant/directory.h"
#include "store/store.h"

namespace cordon::internal {

// Deletes all rows of one tenant inside the transaction that removes it.
using RowPurge = std::function<absl::Status(SqliteConnection&, const TenantId&)>;

// Hears of everybody who could not enter, and why. The trace is null when the caller brought none.
using EnterRefused = std::function<void(const Principal&, const TenantId&, std::string_view purpose,
                                        const TraceId*, const absl::Status&)>;

class DirectoryFactory {
 public:
  // `store` must outlive the directory.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<TenantDirectory>> Open(SqliteStore& store,
                                                                             RowPurge purge,
                                                                             EnterRefused refused);
};

// A reader for as long as this lives, for statements of Cordon's own.
class ReaderLease {
 public:
  explicit ReaderLease(SqliteStore& store) : store_(store) {
    auto reader = store.AcquireReader();
    if (reader.ok()) {
      reader_ = *reader;
    } else {
      status_ = reader.status();
    }
  }
  ~ReaderLease() {
    if (reader_ != nullptr) store_.ReleaseReader(reader_, true);
  }
  ReaderLease(const ReaderLease&) = delete;
  ReaderLease& operator=(const ReaderLease&) = delete;
  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] SqliteConnection& operator*() const { return *reader_->connection; }

 private:
  SqliteStore& store_;
  SqliteStore::Place* reader_ = nullptr;
  absl::Status status_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_TENANT_DIRECTORY_IMPL_H_
