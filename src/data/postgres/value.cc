// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/value.h"

#include <bit>
#include <cstdint>
#include <string_view>

#include "cordon/store/error.h"
#include "data/zoned_time.h"
#include "store/text.h"

namespace cordon::internal {
namespace {

constexpr std::size_t kLongestValue = std::size_t{64} << 20U;  // as SQLite is told

absl::Status TooLarge() {
  return Error(ErrorCode::kInvalidArgument, "a text or blob is larger than the engine accepts");
}

absl::Status AddText(std::string_view text, PgArguments* arguments) {
  if (text.size() > kLongestValue) return TooLarge();
  if (text.find('\0') != std::string_view::npos || !IsUtf8(text)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a text for the database server is UTF-8 without a NUL: pass anything else as a "
                 "blob");
  }
  arguments->Text(text);
  return absl::OkStatus();
}

void AddNull(SqlType::Kind kind, PgArguments* arguments) {
  switch (kind) {
    case SqlType::kInteger:
    case SqlType::kTimestamp:
    case SqlType::kDecimal:
      arguments->NullInteger();
      return;
    case SqlType::kBoolean:
      arguments->NullBoolean();
      return;
    case SqlType::kBlob:
      arguments->NullBytes();
      return;
    default:
      arguments->NullText();
  }
}

// Big-endian; the sign is in the first byte.
std::int64_t IntegerOf(std::string_view bytes) {
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0;
  std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

SqlValue ValueOf(std::uint32_t type, std::string_view bytes);

// A cordon.value: how many fields, and of each its type, its length and its bytes. At most one of
// them is not NULL.
SqlValue UntypedValueOf(std::string_view bytes) {
  const auto take = [&]() -> std::int64_t {
    if (bytes.size() < 4) return -1;
    const std::int64_t number = IntegerOf(bytes.substr(0, 4));
    bytes.remove_prefix(4);
    return number;
  };
  for (std::int64_t fields = take(); fields > 0; --fields) {
    const auto type = static_cast<std::uint32_t>(take());
    const std::int64_t size = take();
    if (size < 0) continue;
    if (static_cast<std::uint64_t>(size) > bytes.size()) return {};
    const std::string_view value = bytes.substr(0, static_cast<std::size_t>(size));
    switch (type) {
      case pg_type::kInt8:
      case pg_type::kFloat8:
      case pg_type::kText:
        return ValueOf(type, value);
      default:
        return {};
    }
  }
  return {};
}

SqlValue ValueOf(std::uint32_t type, std::string_view bytes) {
  switch (type) {
    case pg_type::kInt8:
    case pg_type::kInt4:
    case pg_type::kInt2:
    case pg_type::kBool:
      return SqlValue::Integer(IntegerOf(bytes));
    case pg_type::kFloat8:
      return SqlValue::Real(std::bit_cast<double>(IntegerOf(bytes)));
    case pg_type::kText:
      return SqlValue::Text(bytes);
    case pg_type::kBytea:
      return SqlValue::Blob(bytes.data(), bytes.size());
    default:
      return UntypedValueOf(bytes);
  }
}

}  // namespace

absl::Status AddArgument(const SqlValue& value, const SqlType& type, PgArguments* arguments) {
  switch (value.storage) {
    case SqlValue::kNull:
      AddNull(type.kind, arguments);
      return absl::OkStatus();
    case SqlValue::kInteger:
      if (type.kind == SqlType::kBoolean) {
        arguments->Boolean(value.integer != 0);
      } else {
        arguments->Integer(value.integer);
      }
      return absl::OkStatus();
    case SqlValue::kText:
      return AddText(value.Bytes(), arguments);
    case SqlValue::kBlob:
      if (value.size > kLongestValue) return TooLarge();
      arguments->Bytes(std::as_bytes(std::span(value.bytes, value.size)));
      return absl::OkStatus();
    case SqlValue::kZonedTime: {
      ZonedText text;
      if (absl::Status printed = PrintZonedTime(*value.zoned, &text); !printed.ok()) return printed;
      return AddText({text.bytes.data(), text.size}, arguments);
    }
    case SqlValue::kReal:
      break;
  }
  arguments->Real(value.real);
  return absl::OkStatus();
}

SqlValue ValueAt(const PgRows& rows, int row, int column) {
  if (rows.IsNull(row, column)) return {};
  return ValueOf(rows.Type(column), rows.Bytes(row, column));
}

}  // namespace cordon::internal
