// SPDX-License-Identifier: Apache-2.0
#include "data/tenant_statement.h"

#include <utility>

namespace cordon::internal {

bool TenantStatement::Step() {
  if (here_.has_value()) return here_->Step();
  if (!status_.ok()) return false;
  if (run_ == nullptr) {
    auto run = place_.remote->RunOwn(sql_, std::span(values_).first(count_));
    status_ = run.status();
    if (!run.ok()) return false;
    run_ = *std::move(run);
  }
  return run_->Next();
}

absl::Status TenantStatement::Finish() {
  while (Step()) {
  }
  return status();
}

std::int64_t TenantStatement::Int(int column) const {
  if (here_.has_value()) return here_->Int(column);
  const SqlValue value = run_->Column(static_cast<std::size_t>(column));
  return value.storage == SqlValue::kInteger ? value.integer : 0;
}

std::span<const std::byte> TenantStatement::Blob(int column) const {
  if (here_.has_value()) return here_->Blob(column);
  const SqlValue value = run_->Column(static_cast<std::size_t>(column));
  return value.storage == SqlValue::kBlob ? std::as_bytes(std::span(value.bytes, value.size))
                                          : std::span<const std::byte>();
}

std::int64_t TenantStatement::Changed() const {
  return here_.has_value() ? sqlite3_changes64(place_.sqlite->handle()) : run_->changed();
}

}  // namespace cordon::internal
