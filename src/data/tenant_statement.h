// SPDX-License-Identifier: Apache-2.0
//
// A statement of Cordon's own on the tenants' own rows (numbers, blobs), inside a transaction of
// the tenant's, on either engine.
//
// Guarantees: ?1 is the tenant; one text means the same on both engines, as long as it keeps to
// what
//   both know.
// Thread safety: confined to the transaction.
// Ownership and lifetime: it ends before the transaction does; what is bound lives until Step().
#ifndef CORDON_SRC_DATA_TENANT_STATEMENT_H_
#define CORDON_SRC_DATA_TENANT_STATEMENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "data/remote.h"
#include "store/sqlite.h"

namespace cordon::internal {

// Where a transaction's statements run: one of the two.
struct TenantPlace {
  SqliteConnection* sqlite;
  RemoteTransaction* remote;
  const TenantId::Bytes& tenant;
};

class TenantStatement {
 public:
  TenantStatement(const TenantPlace& place, std::string_view sql) : place_(place), sql_(sql) {
    if (place.sqlite == nullptr) return;
    here_.emplace(*place.sqlite, sql);
    here_->Bind(1, std::span<const std::byte>(place.tenant));
  }

  // ?2 and so on, in their order.
  void Bind(int index, std::int64_t value) {
    if (here_.has_value()) return here_->Bind(index, value);
    Keep(index, SqlValue::Integer(value));
  }
  void Bind(int index, std::string_view value) {
    if (here_.has_value()) return here_->Bind(index, value);
    Keep(index, SqlValue::Text(value));
  }
  void Bind(int index, std::span<const std::byte> value) {
    if (here_.has_value()) return here_->Bind(index, value);
    Keep(index, SqlValue::Blob(reinterpret_cast<const char*>(value.data()), value.size()));
  }

  bool Step();                          // true: there is a row
  [[nodiscard]] absl::Status Finish();  // steps to the end
  [[nodiscard]] std::int64_t Int(int column) const;
  [[nodiscard]] std::span<const std::byte> Blob(int column) const;
  // REQUIRES: it was finished, and was the last one.
  [[nodiscard]] std::int64_t Changed() const;
  [[nodiscard]] const absl::Status& status() const {
    return here_.has_value() ? here_->status() : status_;
  }

 private:
  static constexpr std::size_t kMost = 4;
  void Keep(int index, SqlValue value) {
    count_ = static_cast<std::size_t>(index) - 1;
    values_[count_ - 1] = value;
  }

  const TenantPlace place_;
  const std::string_view sql_;
  std::optional<OwnStatement> here_;
  std::array<SqlValue, kMost> values_{};
  std::size_t count_ = 0;
  std::unique_ptr<RemoteRun> run_;
  absl::Status status_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_TENANT_STATEMENT_H_
