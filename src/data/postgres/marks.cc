// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/marks.h"

#include <charconv>

#include "cordon/data/internal/lexer.h"
#include "cordon/store/error.h"
#include "data/create_text.h"
#include "data/names.h"

namespace cordon::internal {
namespace {

absl::Status Refused(std::string_view why) {
  return Error(ErrorCode::kEngineLock, "the engine refused the statement: " + std::string(why));
}
absl::Status Malformed() { return Refused("it is malformed"); }
absl::Status OutsideTheScope() {
  return Refused("it names a tenant's table outside the scope, or writes what the scope does not");
}

class Expansion {
 public:
  Expansion(const SchemaView& schema, Permit* permit) : schema_(schema), permit_(permit) {
    permit_->target = kNoTable;
    permit_->reads.assign(schema.table_count, false);
  }

  // One part of a statement, behind those that came before.
  absl::Status Add(std::string_view marked) {
    std::string plain;  // everything that is no mark
    while (!marked.empty()) {
      const std::size_t mark = marked.find('\x01');
      const std::string_view text = marked.substr(0, mark);
      sql_ += text;
      plain += text;
      if (mark == std::string_view::npos) break;
      plain += ' ';
      const std::size_t end = marked.find('\x02', mark);
      if (end == std::string_view::npos || end < mark + 2) return Malformed();
      const char kind = marked[mark + 1];
      const std::string_view body = marked.substr(mark + 2, end - mark - 2);
      marked.remove_prefix(end + 1);
      absl::Status added = kind == 'L' ? AddLiteral(body) : AddName(kind, body, marked);
      if (!added.ok()) return added;
    }
    return NamesTenantTable(schema_, plain) ? OutsideTheScope() : absl::OkStatus();
  }
  const std::string& sql() const { return sql_; }

 private:
  absl::Status AddLiteral(std::string_view literal) {
    if (!IsLiteral(literal)) return Malformed();
    if (Fold(literal.front()) == 'x') {
      sql_ += "'\\x" + std::string(literal.substr(2)) + "::bytea";
    } else {
      sql_ += "(" + std::string(literal) + " COLLATE \"C\")";
    }
    return absl::OkStatus();
  }

  // `behind`: what follows the mark.
  absl::Status AddName(char kind, std::string_view body, std::string_view behind) {
    std::size_t place = 0;
    const auto number = std::from_chars(body.data(), body.data() + body.size(), place);
    if (number.ec != std::errc() || place >= schema_.table_count) return Malformed();
    const TableDef& table = schema_.tables[place];
    const std::string name = QuotedName(kPgSchema) + "." + QuotedName(table.name);
    const bool of_tenants = table.kind == TableKind::kTenant;
    const bool global_scope = permit_->access == Access::kGlobalWrite;
    switch (kind) {
      case 'R': {
        if (!of_tenants || global_scope) return OutsideTheScope();
        permit_->reads[place] = true;
        std::string columns;
        for (std::size_t c = 0; c < table.column_count; ++c) {
          columns += (c == 0 ? "" : ", ") + QuotedName(schema_.Column(place, c).name);
        }
        sql_ += "(SELECT " + columns + " FROM " + name + " WHERE \"tenant_id\" = $1)";
        return absl::OkStatus();
      }
      case 'G':
        if (table.kind != TableKind::kGlobal) return OutsideTheScope();
        permit_->reads[place] = true;
        sql_ += name;
        return absl::OkStatus();
      case 'T':
        if (permit_->target != kNoTable) return Refused("it names its target twice");
        if (permit_->access == Access::kRead || of_tenants == global_scope) {
          return OutsideTheScope();
        }
        permit_->target = place;
        sql_ += name;
        // " AS t<n>"
        for (std::size_t i = 4; behind.starts_with(" AS t") && i < behind.size(); ++i) {
          if (!IsWordPart(behind[i])) break;
          alias_ += behind[i];
        }
        return absl::OkStatus();
      case 'C':
      case 'W': {
        std::size_t column = 0;
        if (number.ptr == body.data() + body.size()) return Malformed();
        std::from_chars(number.ptr + 1, body.data() + body.size(), column);
        if (column >= table.column_count) return Malformed();
        if (kind == 'W') {
          if (place != permit_->target || alias_.empty()) return Malformed();
          sql_ += alias_ + ".";
        }
        sql_ += QuotedName(schema_.Column(place, column).name);
        return absl::OkStatus();
      }
      default:
        return Malformed();
    }
  }

  const SchemaView& schema_;
  Permit* const permit_;
  std::string alias_;  // of the target
  std::string sql_;
};

}  // namespace

absl::StatusOr<std::string> PgExpand(const MarkedSql& marked, const SchemaView& schema,
                                     Permit* permit) {
  Expansion withs(schema, permit);
  if (absl::Status added = withs.Add(marked.withs); !added.ok()) return added;
  std::string text = withs.sql();
  Permit in_withs = *permit;
  Expansion body(schema, permit);
  if (absl::Status added = body.Add(marked.body); !added.ok()) return added;
  if (in_withs.target != kNoTable) return Malformed();
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    permit->reads[t] = permit->reads[t] || in_withs.reads[t];
  }
  if (text.empty()) return body.sql();
  if (!text.ends_with(", ")) return Malformed();
  text.resize(text.size() - 2);
  // Each has a name of its own, so that the word costs nothing where none goes on from its rows.
  return "WITH RECURSIVE " + text + " " + body.sql();
}

}  // namespace cordon::internal
