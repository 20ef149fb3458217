// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/directory_file.h"

#include <sqlite3.h>

#include <optional>
#include <utility>

#include "cordon/store/clock.h"
#include "cordon/store/error.h"
#include "store/guard.h"
#include "store/store.h"
#include "tenant/directory_impl.h"

namespace cordon {

struct DirectoryFile::Parts {
  std::unique_ptr<internal::SqliteStore> store;
  std::unique_ptr<TenantDirectory> tenants;
};

absl::Status internal::CheckIsAPlatforms(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_stmt* find = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_prepare_v2(db,
                              "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name "
                              "IN ('cordon_tenants', 'cordon_members', 'cordon_versions')",
                              -1, &find, nullptr);
  }
  if (code == SQLITE_OK) code = sqlite3_step(find);
  const int found = code == SQLITE_ROW ? sqlite3_column_int(find, 0) : 0;
  sqlite3_finalize(find);
  sqlite3_close(db);
  if (code != SQLITE_ROW) return SqliteError(code, "looking for a directory in the file");
  if (found == 3) return absl::OkStatus();
  return Error(ErrorCode::kSchemaDrift,
               "the file holds no directory of tenants: open it with the product first, or check "
               "the path");
}

DirectoryFile::DirectoryFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DirectoryFile::~DirectoryFile() = default;

TenantDirectory& DirectoryFile::tenants() const { return *parts_->tenants; }

absl::StatusOr<std::unique_ptr<DirectoryFile>> DirectoryFile::Open(const std::string& path) {
  return internal::Guarded([&]() -> absl::StatusOr<std::unique_ptr<DirectoryFile>> {
    if (absl::Status ours = internal::CheckIsAPlatforms(path); !ours.ok()) return ours;
    auto parts = std::make_unique<Parts>();
    auto store =
        internal::SqliteStore::Open({path, 2, std::chrono::seconds(10), std::chrono::seconds(10),
                                     SystemClock(), SystemEntropy()});
    if (!store.ok()) return store.status();
    parts->store = *std::move(store);
    auto tenants =
        internal::DirectoryFactory::Open(*parts->store, std::nullopt,
                                         /*purge=*/nullptr,
                                         [](const Principal*, const TenantId*, std::string_view,
                                            const TraceId*, const absl::Status&) {});
    if (!tenants.ok()) return tenants.status();
    parts->tenants = *std::move(tenants);
    return std::unique_ptr<DirectoryFile>(new DirectoryFile(std::move(parts)));
  });
}

}  // namespace cordon
