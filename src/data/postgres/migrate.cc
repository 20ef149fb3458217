// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/migrate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cordon/store/error.h"
#include "data/backfill.h"
#include "data/create_postgres.h"
#include "data/create_text.h"
#include "data/marked.h"
#include "data/migration.h"
#include "data/migration_pace.h"
#include "data/migration_plan.h"
#include "data/postgres/connection.h"
#include "data/postgres/ddl.h"
#include "data/postgres/engine.h"
#include "data/postgres/functions.h"
#include "data/postgres/marks.h"
#include "data/postgres/own_store.h"
#include "data/postgres/owner.h"
#include "data/postgres/value.h"
#include "tenant/directory_impl.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Tenant = TenantId::Bytes;

// How long a change of a table stands in a queue, in which everybody behind it waits. Less than the
// server's deadlock_timeout, so that it is never the host's transaction which is given up.
constexpr std::string_view kMoment = "200ms";
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2000};
// Of a change of a table, which reads all of it.
constexpr std::chrono::hours kLongest{24 * 7};

std::string InQuotes(std::string_view name) { return "'" + std::string(name) + "'"; }
absl::Status Refused(const std::string& what) { return Error(ErrorCode::kSchemaDrift, what); }

std::string TableName(std::string_view table) { return PgName(kPgSchema, table); }

// What ddl.cc's description says of a column, in its parts.
struct ColumnFact {
  explicit ColumnFact(std::string_view said) {
    generated = said.find(" GENERATED") != std::string_view::npos;
    const std::size_t with = said.find(" DEFAULT ");
    std::string_view head = said.substr(0, with);
    if (with != std::string_view::npos) {
      default_sql = said.substr(with + std::string_view(" DEFAULT ").size());
    }
    // Of a bigint only, whose default holds no parenthesis.
    std::string_view last = with == std::string_view::npos ? head : default_sql;
    const std::size_t note = last.rfind(" (");
    if (said.starts_with("bigint") && note != std::string_view::npos) {
      unit = last.substr(note);
      (with == std::string_view::npos ? head : default_sql).remove_suffix(unit.size());
    }
    const std::size_t must = head.find(" NOT NULL");
    required = must != std::string_view::npos;
    type = head.substr(0, must);
  }
  std::string_view type;
  std::string_view default_sql;
  std::string_view unit;
  bool required = false;
  bool generated = false;
};

// What is left to do.
struct Changes {
  std::vector<std::size_t> tables;   // that are missing
  std::vector<std::string> columns;  // are added by these
  std::vector<std::string> indexes;  // each in a transaction of its own
  // The last part, in its order; the table that each is about, for what a failure is told with.
  struct Change {
    std::string table;
    std::string sql;
  };
  std::vector<Change> last;
  std::set<std::string> locked;  // tables that the last part changes
};

class Planner {
 public:
  Planner(const PgBothDescriptions& both, const SchemaView& schema,
          const MigrationsView& migrations, std::int64_t version)
      : both_(both), schema_(schema), migrations_(migrations), version_(version) {}

  absl::StatusOr<Changes> Plan() {
    for (std::size_t t = 0; t < schema_.table_count; ++t) {
      if (schema_.tables[t].kind == TableKind::kResult) continue;
      const auto found = both_.found.find(std::string(schema_.tables[t].name));
      if (found == both_.found.end()) {
        changes_.tables.push_back(t);
        continue;
      }
      absl::Status planned = PlanTable(t, both_.wanted.at(found->first), found->second);
      if (!planned.ok()) return planned;
    }
    if (absl::Status planned = PlanObjects(); !planned.ok()) return planned;
    for (auto* part : {&unlinked_, &loosened_, &dropped_, &columns_, &tightened_, &linked_}) {
      std::move(part->begin(), part->end(), std::back_inserter(changes_.last));
    }
    return std::move(changes_);
  }

 private:
  using Part = std::vector<Changes::Change>;

  void Alter(Part* part, const std::string& table, const std::string& how) {
    part->push_back({table, "ALTER TABLE " + TableName(table) + " " + how});
    changes_.locked.insert(table);
  }

  absl::Status PlanTable(std::size_t t, const PgFacts& wanted, const PgFacts& found) {
    const std::string table(schema_.tables[t].name);
    const std::string where = "table " + InQuotes(table) + ": ";
    for (const PgFact& fact : found) {
      const bool ordinary = fact.what != "table" || fact.said.empty();
      if (ordinary && fact.what != "trigger" && fact.what != "rule") continue;
      return Refused(ordinary ? where + fact.what + " " + InQuotes(fact.name) +
                                    " is in the database and not in the declaration: drop it first"
                              : where + "it is " + fact.said +
                                    ": make it an ordinary, logged table of the owner role's");
    }
    if (absl::Status planned = PlanColumns(t, wanted, found); !planned.ok()) return planned;
    const PgTableText text = PgTableStatements(schema_, t, kPgSchema);
    for (const PgFact& fact : found) {
      const PgFact* const want = PgFindFact(wanted, fact.what, fact.name);
      if (want != nullptr && want->said == fact.said) continue;
      if (fact.what == "constraint") {
        if (fact.said.starts_with("PRIMARY KEY")) return OtherKey(table);
        Alter(fact.said.starts_with("FOREIGN KEY") ? &unlinked_ : &loosened_, table,
              "DROP CONSTRAINT " + QuotedName(fact.name));
      } else if (fact.what == "index") {
        changes_.indexes.push_back("DROP INDEX " + PgName(kPgSchema, fact.name));
      }
    }
    for (const PgFact& fact : wanted) {
      const PgFact* const have = PgFindFact(found, fact.what, fact.name);
      if (have != nullptr && have->said == fact.said) continue;
      if (fact.what == "constraint") {
        if (fact.said.starts_with("PRIMARY KEY")) return OtherKey(table);
        if (fact.said.starts_with("FOREIGN KEY")) {
          for (const PhysicalObject& key : text.foreign_keys) {
            if (key.name == fact.name) Link(t, key);
          }
        } else if (!IsOfNewColumn(t, found, fact.name)) {
          Alter(&tightened_, table, "ADD CONSTRAINT " + QuotedName(fact.name) + " " + fact.said);
        }
      } else if (fact.what == "index") {
        for (const PhysicalObject& index : text.indexes) {
          if (index.name == fact.name) changes_.indexes.push_back(index.sql);
        }
      }
    }
    return absl::OkStatus();
  }

  static absl::Status OtherKey(const std::string& table) {
    return Refused("table " + InQuotes(table) +
                   " has another key in the database, and a migration cannot change a key: declare "
                   "another table, and move the rows with the release in between");
  }

  // A check that comes with a column which is still to be added.
  bool IsOfNewColumn(std::size_t t, const PgFacts& found, const std::string& constraint) const {
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      const std::string name(schema_.Column(t, c).name);
      if (PgFindFact(found, "column", name) == nullptr &&
          constraint == std::string(schema_.tables[t].name) + "$check$" + name) {
        return true;
      }
    }
    return false;
  }

  // The owner's own look at the rows goes through the policies as long as these are forced, and
  // would find none that breaks it.
  void Link(std::size_t t, const PhysicalObject& key) {
    std::vector<std::string> tenants;
    for (std::size_t i = 0; i < schema_.tables[t].foreign_key_count; ++i) {
      const std::size_t parent = schema_.FindTable(schema_.tables[t].foreign_keys[i].parent);
      for (const std::size_t each : {t, parent}) {
        if (schema_.tables[each].kind == TableKind::kTenant) {
          tenants.emplace_back(schema_.tables[each].name);
        }
      }
    }
    for (const std::string& each : tenants) Alter(&linked_, each, "NO FORCE ROW LEVEL SECURITY");
    linked_.push_back({std::string(schema_.tables[t].name), key.sql});
    changes_.locked.insert(std::string(schema_.tables[t].name));
    for (const std::string& each : tenants) Alter(&linked_, each, "FORCE ROW LEVEL SECURITY");
  }

  absl::Status PlanColumns(std::size_t t, const PgFacts& wanted, const PgFacts& found) {
    const TableDef& definition = schema_.tables[t];
    const std::string table(definition.name);
    const std::string where = "table " + InQuotes(table) + ": column ";
    for (const PgFact& fact : wanted) {
      if (fact.what != "column") continue;
      const std::size_t c = schema_.FindColumn(t, fact.name, NameHash(fact.name));
      const PgFact* const live = PgFindFact(found, "column", fact.name);
      const ColumnFact want(fact.said);
      const bool to_fill = c != SchemaView::kNone && MustBeGiven(schema_.Column(t, c));
      if (live == nullptr) {
        if (c == SchemaView::kNone) return OtherKey(table);
        if (to_fill && !IsFilled(schema_, migrations_, version_, t)) {
          return Refused(where + InQuotes(fact.name) +
                         " is new and must have a value, and nothing fills it: give it a Default" +
                         (definition.kind == TableKind::kTenant
                              ? ", make it std::optional, or write a Backfill"
                              : " or make it std::optional"));
        }
        for (std::string& sql : PgAddColumn(schema_, t, c, kPgSchema, true)) {
          changes_.columns.push_back(std::move(sql));
        }
        if (to_fill)
          Alter(&columns_, table, "ALTER COLUMN " + QuotedName(fact.name) + " SET NOT NULL");
        continue;
      }
      if (live->said == fact.said) continue;
      const ColumnFact have(live->said);
      if (have.generated || have.type != want.type) {
        return Refused(where + InQuotes(fact.name) + " is " +
                       (have.generated ? "generated" : std::string(have.type)) +
                       " in the database and " + std::string(want.type) +
                       " in the declaration: declare a column of another name, fill it, and drop "
                       "this one");
      }
      if (have.unit != want.unit) {
        return Refused(where + InQuotes(fact.name) +
                       " holds numbers of another unit or scale in the database: declare a column "
                       "of another name, fill it, and drop this one");
      }
      const std::string column = "ALTER COLUMN " + QuotedName(fact.name);
      if (have.default_sql != want.default_sql) {
        Alter(
            &columns_, table,
            column + (want.default_sql.empty() ? " DROP DEFAULT"
                                               : " SET DEFAULT " + std::string(want.default_sql)));
      }
      if (have.required != want.required) {
        Alter(&columns_, table, column + (want.required ? " SET NOT NULL" : " DROP NOT NULL"));
      }
    }
    for (const PgFact& fact : found) {
      if (fact.what != "column" || PgFindFact(wanted, "column", fact.name) != nullptr) continue;
      if (DroppedBy(migrations_, version_, table, fact.name) == 0) {
        return Refused(where + InQuotes(fact.name) +
                       " is not in the declaration: declare it, or drop it with Drop(\"" + table +
                       "\", \"" + fact.name + "\") in a migration");
      }
      Alter(&dropped_, table, "DROP COLUMN " + QuotedName(fact.name));
    }
    return absl::OkStatus();
  }

  // What lies beside the declared tables. Those that go go at once, whoever of them refers to whom.
  absl::Status PlanObjects() {
    std::string gone;
    for (const auto& [what, name] : both_.objects) {
      if (what == "table" && schema_.FindTable(name) != SchemaView::kNone) continue;
      if (what != "table" || DroppedBy(migrations_, version_, name, "") == 0) {
        return Refused(what + " " + InQuotes(name) +
                       " is in the database and not in the declaration: declare it, or drop it " +
                       (what == "table" ? "with DropTable in a migration" : "first"));
      }
      gone += (gone.empty() ? "DROP TABLE " : ", ") + TableName(name);
      changes_.locked.insert(name);
    }
    if (!gone.empty()) dropped_.push_back({"", gone});
    return absl::OkStatus();
  }

  const PgBothDescriptions& both_;
  const SchemaView& schema_;
  const MigrationsView& migrations_;
  const std::int64_t version_;
  Changes changes_;
  Part unlinked_, loosened_, dropped_, columns_, tightened_, linked_;
};

// One backfill as the server takes it: ranges of a tenant's keys, and the host's statement.
class PgBackfill {
 public:
  using Rows = Backfill::Rows;

  PgBackfill(const SchemaView& schema, const Backfill& backfill)
      : schema_(schema),
        backfill_(backfill),
        types_(RowKey::TypesOf(schema, backfill.table_index())) {
    std::string numbered;
    const TableDef& table = schema.tables[backfill.table_index()];
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const std::string name =
          QuotedName(schema.Column(backfill.table_index(), table.key.columns[i]).name);
      names_ += (i == 0 ? "" : ", ") + name;
      backwards_ += (i == 0 ? "" : ", ") + name + " DESC";
      numbered += (i == 0 ? "$" : ", $") + std::to_string(i + 2);
    }
    from_ = " FROM " + TableName(backfill.table()) + " WHERE tenant_id = $1";
    behind_ = " AND (" + names_ + ") > (" + numbered + ")";
  }

  [[nodiscard]] const Backfill& operator*() const { return backfill_; }
  [[nodiscard]] const Backfill* operator->() const { return &backfill_; }

  [[nodiscard]] absl::StatusOr<Rows> Next(PgConnection& owner, const Tenant& tenant,
                                          const std::optional<RowKey>& last,
                                          std::int64_t limit) const {
    Rows rows;
    PgArguments arguments = OfTenant(tenant);
    std::string from = from_;
    if (last.has_value()) {
      from += behind_;
      std::vector<SqlValue> values;
      last->AppendTo(&values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        absl::Status added = AddArgument(values[i], types_[i], &arguments);
        if (!added.ok()) return added;
      }
    }
    auto nth = Key(owner,
                   "SELECT " + names_ + from + " ORDER BY " + names_ + " LIMIT 1 OFFSET " +
                       std::to_string(limit - 1),
                   arguments);
    if (!nth.ok()) return nth.status();
    if (nth->has_value()) {
      rows.count = limit;
      rows.upper = *std::move(nth);
      return rows;
    }
    const auto count = owner.Execute("SELECT count(*)" + from, arguments);
    if (!count.ok()) return count.status();
    const auto number = count->Integer(0, 0);
    if (!number.ok()) return number.status();
    rows.count = *number;
    return rows;
  }

  [[nodiscard]] absl::StatusOr<std::optional<RowKey>> Last(PgConnection& owner,
                                                           const Tenant& tenant) const {
    return Key(owner, "SELECT " + names_ + from_ + " ORDER BY " + backwards_ + " LIMIT 1",
               OfTenant(tenant));
  }

  // REQUIRES: the tenant is bound.
  [[nodiscard]] absl::StatusOr<std::int64_t> Fill(PgConnection& owner, const Tenant& tenant,
                                                  const std::optional<RowKey>& lower,
                                                  const std::optional<RowKey>& upper) const {
    std::vector<SqlValue> values;
    const Statement statement = backfill_.StatementOver(lower, upper, &values);
    auto marked = Emit(statement, Dialect::kPostgres);
    if (!marked.ok()) return marked.status();
    Permit permit;
    permit.access = statement.access;
    const auto text = PgExpand(*marked, schema_, &permit);
    if (!text.ok()) return text.status();
    PgArguments arguments = OfTenant(tenant);
    for (std::size_t i = 0; i < values.size(); ++i) {
      absl::Status added = AddArgument(values[i], statement.arguments[i], &arguments);
      if (!added.ok()) return added;
    }
    const auto filled = owner.Execute(*text, arguments);
    if (!filled.ok()) return filled.status();
    if (filled->changed() == 0) return 0;
    // It may meet a row again.
    const auto again = owner.Execute(*text, arguments);
    if (!again.ok()) return again.status();
    if (again->changed() != 0) return backfill_.NeverDone();
    return filled->changed();
  }

 private:
  static PgArguments OfTenant(const Tenant& tenant) {
    PgArguments arguments;
    arguments.Id(*TenantId::FromBytes(tenant));
    return arguments;
  }
  absl::StatusOr<std::optional<RowKey>> Key(PgConnection& owner, const std::string& sql,
                                            const PgArguments& arguments) const {
    const auto rows = owner.Execute(sql, arguments);
    if (!rows.ok()) return rows.status();
    std::optional<RowKey> key;
    if (rows->rows() == 0) return key;
    std::vector<SqlValue> values;
    for (int i = 0; i < rows->columns(); ++i) values.push_back(ValueAt(*rows, 0, i));
    key = RowKey::Of(values, schema_, backfill_.table_index());
    return key;
  }

  const SchemaView& schema_;
  const Backfill& backfill_;
  const std::vector<SqlType> types_;
  std::string names_, backwards_, from_, behind_;
};

class PgMigrator : private MigrationPace {
 public:
  PgMigrator(PgConnection& owner, const PostgresOptions& options, const SchemaView& schema,
             const MigrationsView& migrations, const MigrateOptions& how)
      : MigrationPace(how),
        owner_(owner),
        options_(options),
        schema_(schema),
        migrations_(migrations) {}

  absl::Status Run() {
    if (absl::Status begun = Patiently([&] { return Begin(); }); !begun.ok() || over_) {
      return begun;
    }
    const std::vector<Backfill> made = BackfillsAfter(schema_, migrations_, version_);
    std::vector<PgBackfill> backfills;
    for (const Backfill& each : made) backfills.emplace_back(schema_, each);
    for (const PgBackfill& backfill : backfills) {
      if (absl::Status filled = FillAll(backfill); !filled.ok() || over_) return filled;
    }
    for (bool changed = true; changed && !over_;) {
      absl::Status indexed = Patiently([&] { return ChangeIndex(&changed); });
      if (!indexed.ok()) return indexed;
    }
    if (over_) return absl::OkStatus();
    if (absl::Status told = TellLast(); !told.ok()) return told;
    return Patiently([&] { return Halving([&] { return Contract(backfills); }); });
  }

 private:
  absl::Status Do(const std::string& sql) { return owner_.Execute(sql).status(); }

  // Again, after a pause in which others work, as long as others are in the way.
  template <class Act>
  absl::Status Patiently(const Act& act) {
    const auto give_up = steady_clock::now() + options_.patience;
    for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
      absl::Status done = act();
      if (CodeOf(done) != ErrorCode::kBusy || steady_clock::now() + pause > give_up) return done;
      std::this_thread::sleep_for(pause);
    }
  }

  // A transaction in which tables are changed.
  absl::Status BeginChange(PgOwnersTransaction* transaction) {
    absl::Status begun = transaction->BeginAlone(options_);
    return begun.ok() ? Do("SET LOCAL lock_timeout = '" + std::string(kMoment) + "'") : begun;
  }

  absl::StatusOr<Changes> PlanNow() {
    const auto both = PgDescribeHere(owner_, schema_, kPgSchema);
    if (!both.ok()) return both.status();
    return Planner(*both, schema_, migrations_, version_).Plan();
  }

  absl::Status Begin() {
    PgOwnersTransaction transaction(owner_);
    if (absl::Status begun = BeginChange(&transaction); !begun.ok()) return begun;
    const auto found = PgReadVersionHere(owner_, schema_, kPgSchema);
    if (!found.ok()) return found.status();
    over_ = found->fresh || CheckVersion(*found, migrations_.version).ok();
    if (over_) {
      absl::Status same = PgAgreeHere(owner_, options_, schema_, kPgSchema, migrations_.version);
      return same.ok() ? transaction.Commit() : same;
    }
    version_ = found->version;
    if (absl::Status fit = CheckMigratable(*found, migrations_, "the database"); !fit.ok()) {
      return fit;
    }
    const auto changes = PlanNow();
    if (!changes.ok()) return changes.status();
    for (const std::string& sql : changes->columns) {
      if (absl::Status added = Do(sql); !added.ok()) return added;
    }
    absl::Status made = PgMakeTablesHere(owner_, schema_, kPgSchema, changes->tables);
    if (made.ok()) made = PgInstallWhereMissing(owner_, options_, PgTablesOf(schema_, kPgSchema));
    if (made.ok()) {
      made = PgNoteTargetHere(owner_, schema_, kPgSchema, version_, migrations_.version);
    }
    return made.ok() ? transaction.Commit() : made;
  }

  // Another process may have ended the migration, or a newer release has taken it over.
  absl::Status NoteOver() {
    const auto row = owner_.Execute(
        "SELECT version, target FROM cordon.schema WHERE name = $1 AND target IS NOT NULL",
        PgArguments().Text(kPgSchema));
    if (!row.ok()) return row.status();
    over_ = row->rows() == 0;
    if (over_) return absl::OkStatus();
    const auto version = row->Integer(0, 0);
    const auto target = row->Integer(0, 1);
    if (!version.ok()) return version.status();
    if (!target.ok()) return target.status();
    FileVersion now;
    now.version = *version;
    now.target = *target;
    return CheckMigratable(now, migrations_, "the database");
  }

  absl::Status Bind(const Tenant& tenant) { return Do(PgBindTenant(*TenantId::FromBytes(tenant))); }

  static absl::StatusOr<Tenant> TenantAt(const PgRows& rows, int row) {
    const std::string_view id = rows.Bytes(row, 0);
    Tenant tenant{};
    if (id.size() == tenant.size()) {
      std::copy_n(reinterpret_cast<const std::byte*>(id.data()), id.size(), tenant.begin());
    }
    // All noughts are nobody.
    if (id.size() != tenant.size() || !TenantId::FromBytes(tenant).ok()) {
      return Error(ErrorCode::kCorrupt, "a tenant's id in the directory is damaged");
    }
    return tenant;
  }

  // ---- backfills ----

  absl::Status FillAll(const PgBackfill& backfill) {
    const auto count =
        owner_.Execute("SELECT count(*) FROM cordon.cordon_tenants WHERE state <> 3");
    if (!count.ok()) return count.status();
    const auto tenants = count->Integer(0, 0);
    if (!tenants.ok()) return tenants.status();
    MigrationProgress progress{backfill->version(), backfill->table(), 1,
                               static_cast<std::size_t>(*tenants), 0};
    std::optional<Tenant> tenant = Tenant{};
    while (!over_) {
      auto next = NextTenant(backfill, *tenant);
      if (!next.ok()) return next.status();
      tenant = *next;
      if (!tenant.has_value()) break;
      progress.rows = rows_;
      if (absl::Status told = Tell(progress); !told.ok()) return told;
      bool done = false;
      std::int64_t changed = 0;
      absl::Status filled = Patiently(
          [&] { return Halving([&] { return FillSome(backfill, *tenant, &changed, &done); }); });
      if (!filled.ok()) return filled;
      rows_ += changed;
      if (done) progress.tenant = std::min(progress.tenant + 1, progress.tenants);
    }
    return absl::OkStatus();
  }

  // The first tenant from `from` on that the backfill is not done with.
  absl::StatusOr<std::optional<Tenant>> NextTenant(const PgBackfill& backfill, const Tenant& from) {
    const auto rows = owner_.Execute(
        "SELECT id FROM cordon.cordon_tenants AS t WHERE state <> 3 AND id >= $4 AND NOT EXISTS "
        "(SELECT FROM cordon.cordon_backfills WHERE version = $1 AND place = $2 AND tenant_id = "
        "t.id AND done = 1 AND statement = $3) ORDER BY id LIMIT 1",
        PgArguments()
            .Integer(backfill->version())
            .Integer(backfill->place())
            .Integer(backfill->hash())
            .Bytes(from));
    if (!rows.ok()) return rows.status();
    std::optional<Tenant> tenant;
    if (rows->rows() == 0) return tenant;
    auto id = TenantAt(*rows, 0);
    if (!id.ok()) return id.status();
    tenant = *id;
    return tenant;
  }

  // One range of one tenant's rows, and how far it has got.
  absl::Status FillSome(const PgBackfill& backfill, const Tenant& tenant, std::int64_t* changed,
                        bool* done) {
    *changed = 0;
    PgOwnersTransaction transaction(owner_);
    absl::Status ready = transaction.Begin("ISOLATION LEVEL READ COMMITTED READ WRITE");
    if (ready.ok()) ready = Bind(tenant);
    if (ready.ok()) {
      ready =
          Do("SET LOCAL statement_timeout = " + std::to_string(options_.statement_timeout.count()));
    }
    if (ready.ok()) {
      ready = owner_.Execute(kPgTakeTurn, PgArguments().Id(*TenantId::FromBytes(tenant))).status();
    }
    if (ready.ok()) ready = NoteOver();
    if (!ready.ok() || over_) return ready;
    absl::Status filled = FillInTurn(backfill, tenant, changed, done);
    if (!filled.ok()) return Concerning(filled, tenant);
    return transaction.Commit();
  }

  absl::Status FillInTurn(const PgBackfill& backfill, const Tenant& tenant, std::int64_t* changed,
                          bool* done) {
    const PgArguments which = PgArguments()
                                  .Integer(backfill->version())
                                  .Integer(backfill->place())
                                  .Bytes(tenant)
                                  .Integer(backfill->hash());
    std::optional<RowKey> last;
    std::optional<RowKey> end;
    const auto noted = owner_.Execute(
        "SELECT last_key, end_key FROM cordon.cordon_backfills WHERE version = $1 AND place = $2 "
        "AND tenant_id = $3 AND statement = $4 AND done = 0",
        which);
    if (!noted.ok()) return noted.status();
    // One that cannot be read is of a table with another key: from the beginning.
    if (noted->rows() > 0) {
      last = backfill->ParseKey(noted->Bytes(0, 0));
      end = backfill->ParseKey(noted->Bytes(0, 1));
    }
    if (!end.has_value()) {
      auto newest = backfill.Last(owner_, tenant);
      if (!newest.ok()) return newest.status();
      end = *std::move(newest);
    }
    const auto rows = backfill.Next(owner_, tenant, last, limit_);
    if (!rows.ok()) return rows.status();
    if (rows->count > 0) {
      const auto filled = backfill.Fill(owner_, tenant, last, rows->upper);
      if (!filled.ok()) return filled.status();
      *changed = *filled;
    }
    // Whoever adds rows faster than this could keep it from ever coming to an end.
    *done = !rows->upper.has_value() || !end.has_value() || !rows->upper->IsBefore(*end);
    const std::string last_key = *done ? "" : rows->upper->Serialize();
    const std::string end_key = *done ? "" : end->Serialize();
    return owner_
        .Execute(
            "INSERT INTO cordon.cordon_backfills (version, place, tenant_id, statement, "
            "last_key, end_key, done) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT "
            "(tenant_id, version, place) DO UPDATE SET statement = $4, last_key = $5, "
            "end_key = $6, done = $7",
            PgArguments(which)
                .Bytes(std::as_bytes(std::span(last_key)))
                .Bytes(std::as_bytes(std::span(end_key)))
                .Integer(*done ? 1 : 0))
        .status();
  }

  // Rows that were written since a backfill passed by.
  absl::Status FillLate(const PgBackfill& backfill) {
    const auto rows = owner_.Execute("SELECT id FROM cordon.cordon_tenants WHERE state <> 3");
    if (!rows.ok()) return rows.status();
    for (int row = 0; row < rows->rows(); ++row) {
      const auto tenant = TenantAt(*rows, row);
      if (!tenant.ok()) return tenant.status();
      if (absl::Status bound = Bind(*tenant); !bound.ok()) return bound;
      std::optional<RowKey> last;
      for (bool more = true; more;) {
        auto range = backfill.Next(owner_, *tenant, last, limit_);
        if (!range.ok()) return range.status();
        if (range->count > 0) {
          const auto filled = backfill.Fill(owner_, *tenant, last, range->upper);
          if (!filled.ok()) return Concerning(filled.status(), *tenant);
        }
        more = range->upper.has_value();
        last = std::move(range->upper);
      }
    }
    return Do("SET LOCAL " + std::string(kPgTenantVariable) + " = ''");
  }

  // ---- the last part ----

  absl::Status ChangeIndex(bool* changed) {
    *changed = false;
    PgOwnersTransaction transaction(owner_);
    absl::Status ready = BeginChange(&transaction);
    if (ready.ok()) ready = NoteOver();
    if (!ready.ok() || over_) return ready;
    const auto changes = PlanNow();
    if (!changes.ok()) return changes.status();
    if (changes->indexes.empty()) return absl::OkStatus();
    *changed = true;
    absl::Status done = Do(changes->indexes.front());
    return done.ok() ? transaction.Commit() : done;
  }

  absl::Status Contract(const std::vector<PgBackfill>& backfills) {
    PgOwnersTransaction transaction(owner_);
    absl::Status ready = BeginChange(&transaction);
    // Nobody's turn begins from here on, and none is under way.
    if (ready.ok()) ready = Do("LOCK TABLE cordon.turns IN EXCLUSIVE MODE");
    if (ready.ok()) ready = NoteOver();
    if (!ready.ok() || over_) return ready;
    const auto changes = PlanNow();
    if (!changes.ok()) return changes.status();
    // All at once and first of all, so that what is in the way costs no work.
    std::string locked;
    for (const std::string& table : changes->locked) {
      locked += (locked.empty() ? "LOCK TABLE " : ", ") + TableName(table);
    }
    if (!locked.empty()) ready = Do(locked + " IN ACCESS EXCLUSIVE MODE");
    if (!ready.ok()) return ready;
    for (const PgBackfill& backfill : backfills) {
      if (absl::Status late = FillLate(backfill); !late.ok()) return late;
    }
    for (const Changes::Change& change : changes->last) {
      if (absl::Status done = Do(change.sql); !done.ok()) return BrokenRule(done, change.table);
    }
    ready = Do("DELETE FROM cordon.cordon_backfills");
    // Platforms of the older release that are open hear of it as of an act in the directory.
    if (ready.ok()) ready = Do("UPDATE cordon.cordon_directory SET epoch = epoch + 1");
    if (ready.ok()) {
      ready = PgAgreeHere(owner_, options_, schema_, kPgSchema, migrations_.version);
    }
    return ready.ok() ? transaction.Commit() : ready;
  }

  PgConnection& owner_;
  const PostgresOptions& options_;
  const SchemaView& schema_;
  const MigrationsView& migrations_;
  std::int64_t version_ = 0;
  bool over_ = false;  // nothing is left to do
};

}  // namespace

absl::Status PgMigrate(const PostgresOptions& options, const SchemaView& schema,
                       const MigrationsView& migrations, const MigrateOptions& how) {
  if (absl::Status fit = CheckFitsPostgres(schema); !fit.ok()) return fit;
  const auto deadline = steady_clock::now() + options.patience;
  PostgresOptions owners = options;
  owners.statement_timeout = kLongest;
  auto owner = PgConnection::Open(owners, options.owner_role, deadline);
  if (!owner.ok()) return owner.status();
  if (absl::Status made = PgInstallFunctions(**owner, options); !made.ok()) return made;
  if (absl::Status made = PgMakeOwnTables(**owner, options); !made.ok()) return made;
  {
    auto store = PgStore::Open(options);
    if (!store.ok()) return store.status();
    absl::Status made = (*store)->Migrate("backfills", kBackfillSteps);
    // The first platform may have been killed before it had a directory.
    if (made.ok()) {
      made = (*store)->Migrate(DirectoryFactory::kRoom, DirectoryFactory::Steps());
    }
    if (!made.ok()) return made;
  }
  absl::Status done = PgMigrator(**owner, options, schema, migrations, how).Run();
  if (!done.ok()) return done;
  auto runtime =
      PgConnection::Open(options, options.runtime_role, steady_clock::now() + options.patience);
  if (!runtime.ok()) return runtime.status();
  return PgProve(**owner, **runtime, options);
}

}  // namespace cordon::internal
