// SPDX-License-Identifier: Apache-2.0
#include "data/lock.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "cordon/data/internal/functions.h"
#include "cordon/store/error.h"
#include "data/aggregates.h"
#include "data/arithmetic.h"
#include "data/names.h"

namespace cordon::internal {
namespace {

constexpr int kStepsPerLook = 1000;
constexpr std::size_t kSecretSize = 16;

// Pure, and the same for every tenant: what functions.h lists, what operators call, and Cordon's
// own.
bool IsLetIn(std::string_view name) {
  const Function* const function = FindFunction(name, NameHash(name));
  if (function != nullptr && IsPure(*function)) return true;
  static constexpr std::array<std::string_view, 18> kOthers = {"like",
                                                               "glob",
                                                               "->",
                                                               "->>",
                                                               "cordon_add",
                                                               "cordon_sub",
                                                               "cordon_mul",
                                                               "cordon_div",
                                                               "cordon_mod",
                                                               "cordon_round",
                                                               "cordon_unix",
                                                               "cordon_moment",
                                                               "cordon_group_concat",
                                                               "cordon_sum",
                                                               "cordon_avg",
                                                               "cordon_total",
                                                               "cordon_json_array",
                                                               "cordon_json_object"};
  return std::any_of(kOthers.begin(), kOthers.end(),
                     [&](std::string_view other) { return SameName(other, name); });
}

// Whether the text ends in a list of columns: one in parentheses that is no query, or behind SET.
bool IsInColumnList(std::string_view text) {
  std::string around;  // of this level alone, backwards
  int depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && depth-- == 0) break;
    if (depth == 0) around += Fold(text[i]);
  }
  const auto has = [&](std::string_view backwards) {
    return around.find(backwards) != std::string::npos;
  };
  return !has(" morf") && !has("nioj") && !has("tceles") && (depth < 0 || has(" tes "));
}

// Their rows are made of an argument, and of nothing else.
bool IsTableFunction(std::string_view name) { return name == "json_each" || name == "json_tree"; }

// What of a statement stands outside of all parentheses, and the insides of the outermost pairs.
// Folded; the target's mark is %, other marks are #, and a text is '. A quoted name is " with
// nothing in it unless it is the tenant column's.
struct Outline {
  std::string text;
  std::vector<std::string_view> groups;
};

// False where comments, other quotes or odd numbers would let SQLite see other parts than we do.
bool Draw(std::string_view marked, Outline* outline) {
  int depth = 0;
  std::size_t opened = 0;
  const auto add = [&](std::string_view part) {
    if (depth == 0) outline->text += part;
  };
  for (std::size_t i = 0; i < marked.size(); ++i) {
    const char c = marked[i];
    const std::string_view two = marked.substr(i, 2);
    if (two == "--" || two == "/*" || two == "*/" || c == '[' || c == '`' || c == ';') return false;
    if (c == '\x01') {
      const std::size_t end = marked.find('\x02', i);
      if (end == std::string_view::npos) return false;
      add(marked[i + 1] == 'T' ? "%" : marked[i + 1] == 'L' ? "'" : "#");
      i = end;
    } else if (c == '"' || c == '\'') {
      const std::size_t end = marked.find(c, i + 1);
      if (end == std::string_view::npos) return false;
      const std::string_view quoted = marked.substr(i, end + 1 - i);
      add(quoted == "\"tenant_id\"" ? quoted : quoted.substr(0, 1));
      i = end;
    } else if (c == '(') {
      add("(");
      if (depth++ == 0) opened = i + 1;
    } else if (c == ')') {
      if (--depth < 0) return false;
      add(")");
      if (depth == 0) outline->groups.push_back(marked.substr(opened, i - opened));
    } else {
      // A word, or a number: SQLite lets a word begin right behind ?2 or 1.
      const bool number = ClassOf(c) == CharClasses::kDigit || c == '?';
      std::size_t end = i + 1;
      for (; (number || IsWordPart(c)) && end < marked.size() && IsWordPart(marked[end]); ++end) {
        if (number && ClassOf(marked[end]) != CharClasses::kDigit &&
            std::string_view("abcdefx").find(Fold(marked[end])) == std::string_view::npos) {
          return false;
        }
      }
      for (; i < end; ++i) {
        const char folded = Fold(marked[i]);
        add({&folded, 1});
      }
      --i;
    }
  }
  return depth == 0;
}

bool Take(std::string_view* text, std::string_view part) {
  if (!text->starts_with(part)) return false;
  text->remove_prefix(part.size());
  return true;
}

// The name that the emitter gives the target; empty if it does not stand here.
std::string_view TakeAlias(std::string_view* text) {
  if (!Take(text, " as t")) return {};
  std::size_t size = 0;
  while (size < text->size() && ClassOf((*text)[size]) == CharClasses::kDigit) ++size;
  if (size == 0) return {};
  const std::string_view alias(text->data() - 1, size + 1);
  text->remove_prefix(size);
  return alias;
}

bool EndsOrGoesOn(std::string_view text, std::string_view with) {
  return text.empty() || text.starts_with(with) || text.starts_with(" returning ");
}

// INSERT INTO % AS t0 ("tenant_id", …) and then VALUES (?1, …), … or SELECT ?1, …
bool InsertsOwn(std::string_view text, const Outline& outline) {
  if (TakeAlias(&text).empty() || !Take(&text, " () ")) return false;
  std::string_view columns = outline.groups[0];
  if (!Take(&columns, "\"tenant_id\"")) return false;
  while (!columns.empty()) {  // the others are marks: none is the tenant again
    if (!Take(&columns, ", \x01") || !columns.starts_with('C')) return false;
    columns.remove_prefix(std::min(columns.find('\x02'), columns.size() - 1) + 1);
  }
  if (Take(&text, "values ")) {
    std::size_t row = 0;
    do {
      if (!Take(&text, "()") || !outline.groups[++row].starts_with("?1, ")) return false;
    } while (Take(&text, ", "));
    return EndsOrGoesOn(text, " on conflict");
  }
  // Of a second SELECT, the first value would be another one.
  if (!Take(&text, "select ?1, ")) return false;
  for (const char* word : {"union", "intersect", "except"}) {
    if (FindWhole(text, word) != std::string_view::npos) return false;
  }
  return true;
}

// … WHERE t0."tenant_id" = ?1, and whatever narrows it down.
bool KeepsToOwn(std::string_view text, std::string_view alias) {
  if (!Take(&text, "where ") || !Take(&text, alias)) return false;
  if (!Take(&text, ".\"tenant_id\" = ?1") || !EndsOrGoesOn(text, " and ")) return false;
  return FindWhole(text, "or") == std::string_view::npos;
}

// UPDATE % AS t0 SET … FROM … WHERE, where nothing in FROM has the target's name.
bool UpdatesOwn(std::string_view text) {
  const std::string_view alias = TakeAlias(&text);
  if (alias.empty() || !Take(&text, " set ")) return false;
  const std::size_t where = FindWhole(text, "where");
  if (where == std::string_view::npos) return false;
  const std::size_t from = std::min(FindWhole(text, "from"), where);
  const std::string_view sources = text.substr(from, where - from);
  for (std::size_t at = 0; at < sources.size(); ++at) {
    const bool named = sources[at] == '"' && sources[at - 1] != '.';
    if (sources[at] == '\'' || named) return false;
  }
  for (std::size_t at = FindWhole(sources, alias); at != std::string_view::npos;
       at = FindWhole(sources, alias, at + 1)) {
    if (!sources.substr(at + alias.size()).starts_with('.')) return false;
  }
  return KeepsToOwn(text.substr(where), alias);
}

// Whether a write is the leased tenant's by its text, in the words that the emitter uses. The hook
// sees a row only when SQLite has looked at it: a key that is taken, a NOT NULL or an overflow on
// another tenant's row would be told before.
bool WritesOwn(std::string_view body) {
  Outline outline;
  if (!Draw(body, &outline)) return false;
  std::string_view text = outline.text;
  if (Take(&text, "insert into %")) return InsertsOwn(text, outline);
  if (Take(&text, "update %")) return UpdatesOwn(text);
  if (!Take(&text, "delete from %")) return false;
  const std::string_view alias = TakeAlias(&text);
  return !alias.empty() && Take(&text, " ") && KeepsToOwn(text, alias);
}

absl::Status Refused(std::string_view why) {
  return Error(ErrorCode::kEngineLock, "the engine refused the statement: " + std::string(why));
}

}  // namespace

EngineLock::EngineLock(SqliteConnection& connection, const SchemaView& schema,
                       const StatementBudget& budget, const Clock& clock, std::string prefix)
    : connection_(connection),
      schema_(schema),
      budget_(budget),
      clock_(clock),
      prefix_(std::move(prefix)) {
  limits_.budget = budget;
}

absl::StatusOr<std::unique_ptr<EngineLock>> EngineLock::Install(SqliteConnection& connection,
                                                                const SchemaView& schema,
                                                                const StatementBudget& budget,
                                                                const Clock& clock,
                                                                Entropy& entropy) {
  std::array<std::byte, kSecretSize> secret{};
  if (absl::Status drawn = entropy.Fill(secret); !drawn.ok()) return drawn;
  std::string prefix = "s";
  for (const std::byte byte : secret) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    prefix += kHex[std::to_integer<unsigned>(byte) >> 4U];
    prefix += kHex[std::to_integer<unsigned>(byte) & 15U];
  }
  std::unique_ptr<EngineLock> lock(new EngineLock(connection, schema, budget, clock, prefix + "_"));
  sqlite3* const db = connection.handle();
  for (const auto enter : {&RegisterArithmetic, &RegisterAggregates}) {
    if (const int code = enter(db); code != SQLITE_OK) {
      return SqliteError(code, "installing the engine lock");
    }
  }
  // SQLite declares the tables of these functions when they are first used, by a CREATE TABLE that
  // the authorizer would see and refuse.
  if (absl::Status declared = connection.Run("SELECT 1 FROM json_each('[]'), json_tree('[]')");
      !declared.ok()) {
    return declared;
  }
  const auto authorize = [](void* self, int action, const char* a, const char* b,
                            const char* database, const char* context) noexcept -> int {
    return static_cast<EngineLock*>(self)->Authorize(action, a, b, database, context);
  };
  if (const int code = sqlite3_set_authorizer(db, authorize, lock.get()); code != SQLITE_OK) {
    return SqliteError(code, "installing the engine lock");
  }
  // SQLite declares these two on first use, in ways that no statement of a tenant's may go.
  if (absl::Status declared =
          connection.Run("SELECT 1 FROM json_each('[]') AS a JOIN json_tree('[]') AS b");
      !declared.ok()) {
    return declared;
  }
  sqlite3_preupdate_hook(
      db,
      [](void* self, sqlite3*, int action, const char*, const char* table, sqlite3_int64,
         sqlite3_int64) noexcept { static_cast<EngineLock*>(self)->CheckRow(action, table); },
      lock.get());
  sqlite3_commit_hook(
      db, [](void* self) noexcept { return static_cast<EngineLock*>(self)->doomed_ ? 1 : 0; },
      lock.get());
  lock->SetStepsPerLook(kStepsPerLook);
  return lock;
}

EngineLock::~EngineLock() {
  sqlite3* const db = connection_.handle();
  sqlite3_progress_handler(db, 0, nullptr, nullptr);
  sqlite3_commit_hook(db, nullptr, nullptr);
  sqlite3_preupdate_hook(db, nullptr, nullptr);
  sqlite3_set_authorizer(db, nullptr, nullptr);
}

// ---- reads --------------------------------------------------------------------------------------

std::string EngineLock::SecretName(std::size_t table) const {
  return prefix_ + std::to_string(table);
}

bool EngineLock::IsSecretOf(std::size_t table, const char* context) const {
  if (context == nullptr) return false;
  const std::string_view name(context);
  if (!name.starts_with(prefix_)) return false;
  std::size_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + prefix_.size(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end && number == table;
}

// A table that foreign keys tie to the target: SQLite reads its key columns to enforce them.
bool EngineLock::Related(std::size_t table) const {
  if (permit_->target == kNoTable) return false;
  const auto refers = [&](std::size_t child, std::size_t parent) {
    const TableDef& definition = schema_.tables[child];
    for (std::size_t i = 0; i < definition.foreign_key_count; ++i) {
      if (schema_.FindTable(definition.foreign_keys[i].parent) == parent) return true;
    }
    return false;
  };
  return refers(permit_->target, table) || refers(table, permit_->target);
}

int EngineLock::AuthorizeRead(std::string_view table, std::string_view column,
                              const char* context) const {
  const std::size_t place = schema_.FindTable(table);
  if (place == kNoTable) return IsTableFunction(table) ? SQLITE_OK : SQLITE_DENY;
  const bool known = column.empty() || column == kTenantColumn ||
                     schema_.FindColumn(place, column, NameHash(column)) != kNoTable;
  if (!known) return SQLITE_DENY;
  if (schema_.tables[place].kind == TableKind::kGlobal) return SQLITE_OK;
  const bool global = permit_->access == Access::kGlobalWrite;
  if (!global && IsSecretOf(place, context)) return SQLITE_OK;
  // The target's own row, also seen from a WITH inside the statement, or the keys that foreign keys
  // compare. Expand() has made sure that no text of the statement names a tenant table, so there is
  // one way to the target, and the reads of keys are the engine's.
  if (place == permit_->target || (context == nullptr && Related(place))) return SQLITE_OK;
  return SQLITE_DENY;
}

int EngineLock::AuthorizeWrite(int action, std::string_view table, const char* column) const {
  const std::size_t place = schema_.FindTable(table);
  if (place == kNoTable || place != permit_->target) return SQLITE_DENY;
  if (action == SQLITE_UPDATE && (column == nullptr || kTenantColumn == column)) {
    return SQLITE_DENY;
  }
  const bool global = schema_.tables[place].kind == TableKind::kGlobal;
  return global == (permit_->access == Access::kGlobalWrite) && permit_->access != Access::kRead
             ? SQLITE_OK
             : SQLITE_DENY;
}

// A WITH none of whose columns is used is reported like a table without a column. Its own reads are
// reported on their own; tables cannot have the names that the emitter gives (see schema.h).
bool EngineLock::ReadsNothing(const char* table, const char* column, const char* database) const {
  if (table == nullptr || column == nullptr || *column != '\0' || database != nullptr) return false;
  const std::string_view name(table);
  if (name.starts_with(prefix_) || IsTableFunction(name)) return true;
  return name.size() > 1 && name[0] == 'c' && std::all_of(name.begin() + 1, name.end(), [](char c) {
           return ClassOf(c) == CharClasses::kDigit;
         });
}

int EngineLock::Authorize(int action, const char* a, const char* b, const char* database,
                          const char* context) const {
  if (connection_.internal()) return SQLITE_OK;
  if (permit_ == nullptr) return SQLITE_DENY;
  const bool in_main = database != nullptr && std::strcmp(database, "main") == 0;
  switch (action) {
    case SQLITE_SELECT:
      return SQLITE_OK;
    case SQLITE_READ:
      if (ReadsNothing(a, b, database)) return SQLITE_OK;
      return in_main && a != nullptr && b != nullptr ? AuthorizeRead(a, b, context) : SQLITE_DENY;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return in_main && a != nullptr ? AuthorizeWrite(action, a, b) : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return b != nullptr && IsLetIn(b) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_RECURSIVE:
      return SQLITE_OK;  // a WITH that goes on from its own rows; what it reads is looked at above
    default:
      return SQLITE_DENY;  // what is not named here does not happen
  }
}

// ---- writes -------------------------------------------------------------------------------------

void EngineLock::CheckRow(int action, std::string_view table) {
  if (connection_.internal()) return;
  bool own = false;
  const std::string_view target = permit_ != nullptr && permit_->target != kNoTable
                                      ? schema_.tables[permit_->target].name
                                      : std::string_view();
  if (usage_ != nullptr && !target.empty() && (target == table || SameName(target, table))) {
    if (permit_->access == Access::kGlobalWrite) {
      own = true;
    } else {
      const auto is_ours = [&](int (*value_of)(sqlite3*, int, sqlite3_value**)) {
        sqlite3_value* value = nullptr;  // column 0 is the tenant, see ddl.cc
        const int code = value_of(connection_.handle(), 0, &value);
        short_of_memory_ = short_of_memory_ || code == SQLITE_NOMEM;
        return code == SQLITE_OK && value != nullptr && sqlite3_value_type(value) == SQLITE_BLOB &&
               sqlite3_value_bytes(value) == static_cast<int>(tenant_.size()) &&
               std::memcmp(sqlite3_value_blob(value), tenant_.data(), tenant_.size()) == 0;
      };
      // What an UPDATE makes of a row stays in its tenant: the authorizer lets no statement assign
      // the tenant column. To read it once more is 30 % of what the lock adds to an UPDATE by key.
      own = leased_ && (action == SQLITE_INSERT || is_ours(&sqlite3_preupdate_old)) &&
            (action != SQLITE_INSERT || is_ours(&sqlite3_preupdate_new));
    }
  }
  if (!own) {
    // The hook cannot veto; this ends the statement, and the commit hook refuses the rest.
    doomed_ = true;
    sqlite3_interrupt(connection_.handle());
    return;
  }
  if (++usage_->changed > limits_.budget.rows) {
    stop_ = Stop::kRows;
    sqlite3_interrupt(connection_.handle());
  }
}

// ---- limits -------------------------------------------------------------------------------------

void EngineLock::SetStepsPerLook(int steps) {
  steps_per_look_ = steps;
  sqlite3_progress_handler(
      connection_.handle(), steps,
      [](void* self) noexcept { return static_cast<EngineLock*>(self)->OnProgress(); }, this);
}

int EngineLock::OnProgress() {
  if (connection_.internal() || usage_ == nullptr) return 0;
  usage_->steps += steps_per_look_;
  if (usage_->steps > limits_.budget.vm_steps) stop_ = Stop::kSteps;
  // Read only once a statement has turned out to be a long one.
  const std::chrono::nanoseconds now = clock_.Monotonic();
  if (usage_->started.count() == 0) usage_->started = now;
  if (now - usage_->started > limits_.budget.wall) stop_ = Stop::kWall;
  if (limited_ && sqlite3_memory_used() - memory_before_ > limits_.memory_bytes) {
    stop_ = Stop::kMemory;
  }
  if (session_ != nullptr) {
    if (now >= session_->proof->expires || !session_->proof->Open()) stop_ = Stop::kRevoked;
    if (session_->interrupts.load(std::memory_order_relaxed) != interrupts_seen_) {
      stop_ = Stop::kInterrupted;
    }
  }
  return stop_ == Stop::kNone ? 0 : 1;
}

void EngineLock::BeginLease(const TenantId::Bytes* tenant, const SessionState* session,
                            std::uint64_t interrupts_seen) {
  leased_ = tenant != nullptr;
  if (leased_) tenant_ = *tenant;
  session_ = session;
  interrupts_seen_ = interrupts_seen;
  doomed_ = short_of_memory_ = false;
}

void EngineLock::Limit(const AnalystOptions& limits) {
  limits_ = limits;
  limited_ = true;
  memory_before_ = sqlite3_memory_used();
  // One step may call a function that takes its time.
  SetStepsPerLook(20);
  usual_length_ = sqlite3_limit(connection_.handle(), SQLITE_LIMIT_LENGTH,
                                static_cast<int>(limits.value_bytes));
}

void EngineLock::EndLease() {
  if (limited_) {
    sqlite3_limit(connection_.handle(), SQLITE_LIMIT_LENGTH, usual_length_);
    limits_.budget = budget_;
    SetStepsPerLook(kStepsPerLook);
    limited_ = false;
  }
  tenant_ = {};
  leased_ = false;
  session_ = nullptr;
  Disarm();
  doomed_ = short_of_memory_ = false;
}

// ---- names --------------------------------------------------------------------------------------

void EngineLock::AppendExpanded(std::string_view marked, std::string* sql, Permit* permit,
                                absl::Status* status) const {
  std::string plain;  // everything that is no mark, for CheckNames
  while (!marked.empty()) {
    const std::size_t mark = marked.find('\x01');
    const std::string_view text = marked.substr(0, mark);
    sql->append(text);
    plain.append(text);
    if (mark == std::string_view::npos) break;
    plain += ' ';
    const std::size_t end = marked.find('\x02', mark);
    if (end == std::string_view::npos) {
      *status = Refused("it is malformed");
      return;
    }
    const char kind = marked[mark + 1];
    const std::string_view body = marked.substr(mark + 2, end - mark - 2);
    marked.remove_prefix(end + 1);
    if (kind == 'L') {
      if (!IsLiteral(body)) {
        *status = Refused("it is malformed");
        return;
      }
      // SQLite takes a text for a name where a table is to stand; a sum is none.
      if (schema_.FindTable(body.substr(1, body.size() - 2)) != kNoTable) sql->append("+");
      sql->append(body);
      continue;
    }
    std::size_t table = 0;
    const auto number = std::from_chars(body.data(), body.data() + body.size(), table);
    if (number.ec != std::errc() || table >= schema_.table_count) {
      *status = Refused("it is malformed");
      return;
    }
    if (kind == 'G') {
      if (schema_.tables[table].kind != TableKind::kGlobal) {
        *status = Refused("it names a tenant's table outside the scope");
        return;
      }
      permit->reads[table] = true;
      sql->append("main.\"" + std::string(schema_.tables[table].name) + "\"");
    } else if (kind == 'R') {
      permit->reads[table] = true;
      sql->append("\"" + SecretName(table) + "\"");
    } else if (kind == 'T') {
      // One target, once: a second mention could read rows as if they were the target's.
      if (permit->target != kNoTable) {
        *status = Refused("it names its target twice");
        return;
      }
      permit->target = table;
      sql->append("main.\"" + std::string(schema_.tables[table].name) + "\"");
    } else {
      std::size_t column = 0;
      std::from_chars(number.ptr + 1, body.data() + body.size(), column);
      if (column >= schema_.tables[table].column_count) {
        *status = Refused("it is malformed");
        return;
      }
      // A column may have the name of a tenant's table; it must not stand where a table would.
      const std::size_t named = schema_.FindTable(schema_.Column(table, column).name);
      if (kind == 'C' && named != kNoTable && !IsInColumnList(plain)) {
        *status = Refused("it names a tenant's table outside the scope");
        return;
      }
      // Qualified where SQLite knows the target by its own name only; no table can be named so.
      if (kind == 'W') sql->append("\"" + std::string(schema_.tables[table].name) + "\".");
      sql->append("\"" + std::string(schema_.Column(table, column).name) + "\"");
    }
  }
  if (status->ok() && NamesTenantTable(schema_, plain)) {
    *status = Refused("it names a tenant's table outside the scope");
  }
}

absl::StatusOr<std::string> EngineLock::Expand(const MarkedSql& marked, Permit* permit) const {
  permit->reads.assign(schema_.table_count, false);
  std::string withs;
  std::string body;
  absl::Status status;
  AppendExpanded(marked.withs, &withs, permit, &status);
  AppendExpanded(marked.body, &body, permit, &status);
  if (!status.ok()) return status;
  if (permit->target != kNoTable && schema_.tables[permit->target].kind == TableKind::kTenant &&
      !WritesOwn(marked.body)) {
    return Refused("it would write more than its tenant's rows");
  }
  std::string scoped;
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    if (!permit->reads[t] || schema_.tables[t].kind != TableKind::kTenant) continue;
    std::string columns;
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      columns += (c == 0 ? "\"" : ", \"") + std::string(schema_.Column(t, c).name) + "\"";
    }
    scoped += "\"" + SecretName(t) + "\" AS NOT MATERIALIZED (SELECT " + columns + " FROM main.\"" +
              std::string(schema_.tables[t].name) + "\" WHERE \"tenant_id\" = ?1), ";
  }
  scoped += withs;
  if (scoped.empty()) return body;
  scoped.resize(scoped.size() - 2);  // the last comma
  return "WITH " + scoped + " " + body;
}

}  // namespace cordon::internal
