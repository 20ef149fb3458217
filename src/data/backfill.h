// SPDX-License-Identifier: Apache-2.0
// One backfill at work: ranges of a tenant's keys, and the host's statement over them.
#ifndef CORDON_SRC_DATA_BACKFILL_H_
#define CORDON_SRC_DATA_BACKFILL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/migration.h"
#include "cordon/tenant/tenant_id.h"
#include "data/connection.h"

namespace cordon::internal {

// The key of one row, as it is kept between two steps.
class RowKey {
 public:
  // The key columns are those of `row`, in their order.
  [[nodiscard]] static RowKey Of(const OwnStatement& row, const SchemaView& schema,
                                 std::size_t table);
  // The same of values that an engine has read.
  [[nodiscard]] static RowKey Of(const std::vector<SqlValue>& values, const SchemaView& schema,
                                 std::size_t table);
  [[nodiscard]] static std::vector<SqlType> TypesOf(const SchemaView& schema, std::size_t table);

  [[nodiscard]] std::string Serialize() const;
  // Nothing when it is no key of this table.
  [[nodiscard]] static std::optional<RowKey> Parse(std::string_view bytes, const SchemaView& schema,
                                                   std::size_t table);

  // In the order of the key. REQUIRES: of the same table.
  [[nodiscard]] bool IsBefore(const RowKey& other) const;

  void Bind(OwnStatement* statement, int first) const;
  // Borrows from this key.
  void AppendTo(std::vector<SqlValue>* values) const;

 private:
  struct Part {
    SqlType::Kind kind;
    std::int64_t number;
    std::string bytes;
    [[nodiscard]] bool HasBytes() const { return kind == SqlType::kText || kind == SqlType::kBlob; }
  };
  std::vector<Part> parts_;
};

// The host's statement is run behind the locks; the ranges of keys are looked up by Cordon's own.
// Refers to what it is made of.
class Backfill {
 public:
  using Tenant = TenantId::Bytes;

  // `place`: among all backfills of the release.
  Backfill(const SchemaView& schema, const BackfillDef& definition, std::size_t place);

  // Whether the checker takes it with the ranges that it gets.
  [[nodiscard]] absl::Status Check() const;

  [[nodiscard]] std::int64_t version() const { return definition_.version; }
  [[nodiscard]] std::int64_t place() const { return place_; }
  [[nodiscard]] std::string_view table() const { return schema_.tables[shape_.table].name; }
  [[nodiscard]] std::int64_t hash() const {
    return static_cast<std::int64_t>(TextHash(definition_.sql));
  }
  [[nodiscard]] std::size_t table_index() const { return shape_.table; }
  // The host's statement over the rows behind `lower` up to `upper`; `values` gets the bounds, and
  // borrows from them.
  [[nodiscard]] Statement StatementOver(const std::optional<RowKey>& lower,
                                        const std::optional<RowKey>& upper,
                                        std::vector<SqlValue>* values) const;
  // What it filled it must leave alone.
  [[nodiscard]] absl::Status NeverDone() const;
  [[nodiscard]] std::optional<RowKey> ParseKey(std::string_view bytes) const {
    return RowKey::Parse(bytes, schema_, shape_.table);
  }

  // The rows behind `last` of one tenant: how many, at most `limit`, and the last of them when
  // there may be more.
  struct Rows {
    std::int64_t count = 0;
    std::optional<RowKey> upper;
  };
  [[nodiscard]] absl::StatusOr<Rows> Next(SqliteConnection& connection, const Tenant& tenant,
                                          const std::optional<RowKey>& last,
                                          std::int64_t limit) const;

  // The last row of one tenant; nothing when it has none.
  [[nodiscard]] absl::StatusOr<std::optional<RowKey>> Last(SqliteConnection& connection,
                                                           const Tenant& tenant) const;

  // Fills the rows behind `lower` up to `upper`. The number of rows changed.
  [[nodiscard]] absl::StatusOr<std::int64_t> Fill(Connection& connection, const Tenant& tenant,
                                                  const std::optional<RowKey>& lower,
                                                  const std::optional<RowKey>& upper) const;

 private:
  struct Range {
    std::string text;
    std::vector<SqlType> types;
  };
  static std::size_t Index(bool lower, bool upper) { return (lower ? 2U : 0U) + (upper ? 1U : 0U); }
  absl::StatusOr<std::int64_t> Run(Connection& connection, const Tenant& tenant,
                                   const std::optional<RowKey>& lower,
                                   const std::optional<RowKey>& upper) const;

  const SchemaView& schema_;
  const BackfillDef& definition_;
  const std::int64_t place_;
  const BackfillShape shape_;
  // The statement with a lower bound, an upper bound, both, or none; see Index().
  std::array<Range, 4> ranges_;
  // Without and with a lower bound: the nth key, and how many there are.
  std::array<std::string, 2> nth_;
  std::array<std::string, 2> count_;
  std::string last_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_BACKFILL_H_
