// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/query.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"
#include "data/engine.h"
#include "data/zoned_time.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

// The least that SQLite needs to read its own schema when another process has changed it.
constexpr std::int64_t kLeastValue = 16 << 10;
constexpr std::int64_t kMostValue = 64 << 20;  // what every connection has, see sqlite.cc

absl::Status CheckOptions(const AnalystOptions& options) {
  if (options.budget.vm_steps < 1 || options.budget.rows < 1 || options.budget.wall.count() < 1 ||
      options.result_bytes < 1 || options.memory_bytes < 1) {
    return Error(ErrorCode::kInvalidArgument, "an analyst's limits must be positive");
  }
  if (options.value_bytes < kLeastValue || options.value_bytes > kMostValue) {
    return Error(ErrorCode::kInvalidArgument,
                 "an analyst's value_bytes must be between 16 KB and 64 MB");
  }
  return absl::OkStatus();
}

absl::Status RealArgument() {
  return Error(ErrorCode::kInvalidArgument,
               "a double is never an argument: pass an integer or an exact decimal");
}

}  // namespace

absl::Status RefusedText(Refusal refusal, std::size_t at) {
  const std::string_view sentence = Explain(refusal);
  return Error(ErrorCode::kStatementRefused, std::string(sentence.substr(sizeof "cordon: " - 1)) +
                                                 " (at byte " + std::to_string(at) +
                                                 " of the statement)");
}

absl::Status CheckText(const SchemaView& schema, Access access, std::string_view text,
                       std::span<const SqlType> arguments, Paging paging, Parsed* parsed,
                       std::string* copy) {
  return Guarded([&]() -> absl::Status {
    Parser<false> parser(schema, access, text, arguments.data(), arguments.size(), paging);
    parser.Parse(parsed);
    if (parsed->refusal != Refusal::kNone) return RefusedText(parsed->refusal, parsed->at);
    if (copy != nullptr) *copy = text;
    return absl::OkStatus();
  });
}

// ---- the parts of a query -----------------------------------------------------------------------

void QueryParts::Add(Clause clause, std::string_view text,
                     std::span<const QueryArgument> arguments) {
  if (!status_.ok()) return;
  status_ = Guarded([&]() -> absl::Status {
    if (whole_) {
      return Error(ErrorCode::kInvalidArgument,
                   "a query made of a whole text takes no more parts: write them into the text");
    }
    Part& part = parts_[clause];
    const bool condition = clause == kWhere;
    if (!part.text.empty()) part.text += condition ? " AND " : ", ";
    part.text += condition ? "(" + std::string(text) + ")" : std::string(text);
    for (const QueryArgument& argument : arguments) {
      if (argument.owner != nullptr) {
        mixed_ = mixed_ || (owner_.has_value() && *owner_ != *argument.owner);
        owner_ = *argument.owner;
      }
      Value value;
      if (argument.value.storage == SqlValue::kZonedTime) {
        ZonedText printed_text;
        absl::Status printed = PrintZonedTime(*argument.value.zoned, &printed_text);
        if (!printed.ok()) return printed;
        value = std::string(printed_text.bytes.data(), printed_text.size);
      } else if (!FromEngine(argument.value, argument.type, &value)) {
        value = std::monostate();
      }
      part.arguments.push_back({std::move(value), argument.type});
    }
    return absl::OkStatus();
  });
}

void QueryParts::AddText(std::string_view text, std::span<const Value> values) {
  status_ = Guarded([&]() -> absl::Status {
    parts_[kSelect].text = text;
    whole_ = true;
    for (const Value& value : values) {
      if (KindOf(value) == ValueKind::kReal) return RealArgument();
      parts_[kSelect].arguments.push_back({value, TypeOf(value)});
    }
    return absl::OkStatus();
  });
}

void QueryParts::AddChoice(std::string_view choice, std::span<const NamedOrder> offered) {
  const auto chosen = std::find_if(offered.begin(), offered.end(),
                                   [&](const NamedOrder& order) { return order.name == choice; });
  if (chosen != offered.end()) return Add(kOrderBy, chosen->order.text(), {});
  Fail(Error(ErrorCode::kInvalidArgument,
             "the order that was asked for is not among those offered: ask for one that is"));
}

void QueryParts::SetLimit(std::int64_t rows) {
  // To SQLite, a negative limit is none at all.
  if (rows < 0) Fail(Error(ErrorCode::kInvalidArgument, "a limit must not be negative"));
  if (whole_) Fail(Error(ErrorCode::kInvalidArgument, "write the limit of a whole text into it"));
  limit_ = rows;
}

void QueryParts::SetOffset(std::int64_t rows) {
  if (rows < 0) Fail(Error(ErrorCode::kInvalidArgument, "an offset must not be negative"));
  if (whole_) Fail(Error(ErrorCode::kInvalidArgument, "write the offset of a whole text into it"));
  offset_ = rows;
}

std::string QueryParts::Text() const {
  static constexpr std::array<std::string_view, 4> kClauses = {"", " WHERE ", " GROUP BY ",
                                                               " ORDER BY "};
  std::string text;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].text.empty()) continue;
    text += kClauses[i];
    text += parts_[i].text;
  }
  if (limit_.has_value()) text += " LIMIT ?";
  if (offset_.has_value()) text += " OFFSET ?";
  return text;
}

absl::Status BoundQuery::Bind(TransactionCore& core, const SchemaView& schema, Access access,
                              const QueryParts& parts, Paging paging, Parsed* parsed) {
  if (!parts.status().ok()) return parts.status();
  if (parts.offset_.has_value() && !parts.limit_.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "an offset takes a limit: call Limit() too");
  }
  // What holds values of two tenants is nobody's.
  const bool foreign = parts.owner_.has_value() && *parts.owner_ != core.tenant();
  if (foreign || parts.mixed_) return core.ForeignValue();
  return Guarded([&]() -> absl::Status {
    text_ = parts.Text();
    for (const QueryParts::Part& part : parts.parts_) {
      for (const QueryParts::Bound& bound : part.arguments) {
        types_.push_back(bound.type);
        values_.push_back(ToEngine(bound.value));
      }
    }
    for (const auto& count : {parts.limit_, parts.offset_}) {
      if (!count.has_value()) continue;
      types_.push_back(Field<std::int64_t>::kType);
      values_.push_back(Field<std::int64_t>::To(*count));
    }
    schema_ = &schema;
    access_ = access == Access::kGlobalWrite ? access : Access::kRead;
    absl::Status fit = CheckText(schema, access_, text_, types_, paging, parsed, nullptr);
    if (fit.ok() && parsed->writes) fit = RefusedText(Refusal::kWritesHere, 0);
    return fit;
  });
}

std::uint64_t BoundQuery::hash() const {
  return StatementHash(text_, types_.data(), types_.size());
}

Statement BoundQuery::statement() const {
  return {.text = text_,
          .hash = ForAccess(hash(), access_),
          .access = access_,
          .schema = schema_,
          .arguments = types_.data(),
          .argument_count = types_.size()};
}

// ---- tables -------------------------------------------------------------------------------------

absl::Status ReadTable(TransactionCore& core, const Statement& statement, const SqlValue* values,
                       const Parsed& parsed, std::int64_t result_bytes, cordon::Table* table) {
  return Guarded([&]() -> absl::Status {
    for (std::size_t c = 0; c < parsed.output_count; ++c) {
      const OutputColumn& column = parsed.output[c];
      table->columns.push_back({std::string(column.name), KindOfType(column.type),
                                column.type.scale,
                                column.type.nullable || column.type.kind == SqlType::kNull});
    }
    Cursor cursor;
    core.Start(statement, values, false, &cursor);
    std::int64_t left = result_bytes;
    while (cursor.Step()) {
      std::vector<Value>& row = table->rows.emplace_back(parsed.output_count);
      left -= static_cast<std::int64_t>(sizeof(std::vector<Value>) + row.size() * sizeof(Value));
      bool fits = true;
      for (std::size_t c = 0; c < row.size() && fits && left >= 0; ++c) {
        const SqlValue value = cursor.Column(c);
        left -= static_cast<std::int64_t>(value.size);
        // Counted before it is copied.
        if (left >= 0) fits = FromEngine(value, parsed.output[c].type, &row[c]);
      }
      cursor.EndRow();
      if (!fits) {
        cursor.Abandon(ValueDoesNotFit());
      } else if (left < 0) {
        cursor.Abandon(Error(ErrorCode::kBudgetExceeded,
                             "the result is larger than the " + std::to_string(result_bytes) +
                                 " bytes that it may have: select fewer rows or columns"));
      }
    }
    return cursor.status();
  });
}

absl::Status Ask(const SessionState& session, const SchemaView& schema, std::string_view text,
                 const AnalystOptions& options, std::span<const Value> values,
                 cordon::Table* table) {
  return Guarded([&]() -> absl::Status {
    if (absl::Status fit = CheckOptions(options); !fit.ok()) return fit;
    std::vector<SqlType> types;
    std::vector<SqlValue> arguments;
    for (const Value& value : values) {
      if (KindOf(value) == ValueKind::kReal) return RealArgument();
      types.push_back(TypeOf(value));
      arguments.push_back(ToEngine(value));
    }
    Parsed parsed;
    absl::Status fit =
        CheckText(schema, Access::kRead, text, types, Paging::kNone, &parsed, nullptr);
    if (!fit.ok()) {
      HookCalls* const hooks = session.engine.hooks();
      if (hooks != nullptr) hooks->Denied(WhoOf(*session.proof), fit, 0, true);
      return fit;
    }
    TransactionCore core(session.engine, &session, TransactionCore::Kind::kStatement, &options);
    if (!core.status().ok()) return core.status();
    const Statement statement = {
        text, 0, Access::kRead, &schema, types.data(), types.size(), /*cached=*/false};
    absl::Status read =
        ReadTable(core, statement, arguments.data(), parsed, options.result_bytes, table);
    return read.ok() ? core.status() : read;
  });
}

}  // namespace cordon::internal
