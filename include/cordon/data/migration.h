// SPDX-License-Identifier: Apache-2.0
//
// How the rows of a file that an older release wrote become rows of this release: versions, and the
// backfills and drops that lead from one to the next, declared beside the tables.
//
// Guarantees: a file has one version, and a release that has another one does not open it
//   (kMigrationNeeded, kNewerFile). Migrate() works in three parts. It adds what is new; it runs
//   each backfill for each tenant, behind both locks, in transactions of at most
//   MigrateOptions::rows_per_step rows, each of which holds its own progress; and in one last
//   transaction it fills the rows that were written meanwhile, makes the constraints and the drops
//   so, and notes the version. Killed at any moment, another call goes on where it was; several
//   processes may call it at once. Nothing is dropped that a migration does not name. What cannot
//   be done is refused before the file is touched.
// Not guaranteed: that a process of the older release which has the file open keeps working once
//   the last transaction has dropped what it uses, or that it notices what is new: what must not be
//   missing in the rows that it still adds is declared without a default, and is then NOT NULL.
//   There is no way back but a backup. The last transaction reads each backfilled table once and
//   copies each table whose constraints change, and other writers wait for it.
// Thread safety: thread-safe.
// Ownership and lifetime: values; a product's struct holds its migrations as the constant
//   kMigrations, behind kSchema.
// Errors: compile errors that hold one sentence beginning with "cordon:". At run time
//   kMigrationNeeded (a file too old for this release, or on the way to a newer version),
//   kNewerFile, kSchemaDrift (what a migration cannot change), kInvalidArgument (a backfill that
//   changes rows which it has filled), kInterrupted (the host stopped it), kUniqueViolation,
//   kNotNullViolation, kCheckViolation and kForeignKeyViolation (rows that break a rule which is
//   new), and those of the shared machine. After any of them the file is as far as it got. An error
//   of one tenant's rows has the tenant's id in the payload "cordon/tenant", not in its text.
//
//   struct Erp {
//     static constexpr auto kSchema = cordon::Schema{
//         cordon::TenantTable<Order>("orders").Key<&Order::id>("id").Column<&Order::net>("net")
//             .Column<&Order::gross>("gross")};
//     static constexpr auto kMigrations = cordon::Migrations{kSchema,
//         cordon::Migration(2).Backfill("UPDATE orders SET gross = net WHERE gross IS NULL"_sql)};
//   };
//   absl::Status done = cordon::Migrate<Erp>({.path = "erp.db"});
#ifndef CORDON_DATA_MIGRATION_H_
#define CORDON_DATA_MIGRATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/options.h"
#include "cordon/data/sql.h"

namespace cordon {

namespace internal {

struct BackfillDef {
  std::int64_t version = 0;
  std::string_view sql;
};
struct DropDef {
  std::int64_t version = 0;
  std::string_view table;
  std::string_view column;  // empty: the table
};

// The migrations of a product without their types. Without any, a file has version 1.
struct MigrationsView {
  std::int64_t oldest = 1;  // the version of the oldest file that they take
  std::int64_t version = 1;
  const BackfillDef* backfills = nullptr;
  std::size_t backfill_count = 0;
  const DropDef* drops = nullptr;
  std::size_t drop_count = 0;
};

enum class BackfillProblem : std::uint8_t { kNone, kNoUpdate, kKey, kFrom, kNoWhere };
struct SayText {
  constexpr const char* operator()(const char* sentence) const { return sentence; }
};
// GCC shows a sentence only where it is an argument as it stands.
template <class Say = SayText>
constexpr auto Explain(BackfillProblem problem, Say say = {}) {
  switch (problem) {
    case BackfillProblem::kNoUpdate:
      return say(
          "cordon: a backfill is one UPDATE of a tenant table of this schema: begin it with UPDATE "
          "and the table");
    case BackfillProblem::kKey:
      return say("cordon: a backfill cannot change the key of a row: fill other columns");
    case BackfillProblem::kFrom:
      return say(
          "cordon: a backfill has neither FROM nor RETURNING: read other rows in a subquery of SET "
          "or WHERE");
    case BackfillProblem::kNoWhere:
      return say(
          "cordon: a backfill says which rows it has not filled yet: end it with a WHERE such as "
          "WHERE total IS NULL");
    case BackfillProblem::kNone:
      break;
  }
  return say(nullptr);
}

// What a backfill consists of, or why it is none.
struct BackfillShape {
  BackfillProblem problem = BackfillProblem::kNone;
  std::size_t at = 0;     // of the problem, in the text
  std::size_t table = 0;  // in the schema
  // The condition of its WHERE.
  std::size_t condition = 0;
  std::size_t condition_end = 0;
};

// The parser has the last word on the text; this looks at what a backfill may not have.
constexpr BackfillShape ShapeOf(const SchemaView& schema, std::string_view text) {
  BackfillShape shape;
  const auto refuse = [&](BackfillProblem problem, std::size_t place) {
    if (shape.problem != BackfillProblem::kNone) return;
    shape.problem = problem;
    shape.at = place;
  };
  std::size_t at = 0;
  std::size_t number = 0;
  int depth = 0;
  bool name_follows = false;  // of a column that SET assigns
  bool in_list = false;       // such a name, of several in parentheses
  Word before = Word::kNone;
  for (;; ++number) {
    Token token;
    if (NextToken(text, &at, &token) != Refusal::kNone) break;  // the parser says why
    if (token.kind == Token::kEnd || (token.kind == Token::kPunct && token.punct == ';')) break;
    const std::string_view word = text.substr(token.begin, token.end - token.begin);
    if (number == 0 && token.word != Word::kUpdate) refuse(BackfillProblem::kNoUpdate, 0);
    if (number == 1) {
      const std::size_t table = schema.FindTable(word);
      if (table == SchemaView::kNone || schema.tables[table].kind != TableKind::kTenant) {
        refuse(BackfillProblem::kNoUpdate, token.begin);
      } else {
        shape.table = table;
      }
    }
    if (shape.problem != BackfillProblem::kNone) return shape;
    if (token.kind == Token::kPunct && token.punct == '(') {
      ++depth;
      in_list = name_follows;
      continue;
    }
    if (token.kind == Token::kPunct && token.punct == ')') {
      --depth;
      in_list = name_follows = false;
    }
    if (shape.condition != 0) shape.condition_end = at;
    if (name_follows || in_list) {
      const std::size_t column = schema.FindColumn(shape.table, word, NameHash(word));
      if (column != SchemaView::kNone && schema.tables[shape.table].key.Contains(column)) {
        refuse(BackfillProblem::kKey, token.begin);
      }
    }
    name_follows = in_list;
    if (depth == 0) {
      const bool comma = token.kind == Token::kPunct && token.punct == ',';
      if ((token.word == Word::kSet || comma) && shape.condition == 0) name_follows = true;
      if (token.word == Word::kWhere && shape.condition == 0) {
        shape.condition = at;
        name_follows = false;
      }
      if ((token.word == Word::kFrom && before != Word::kDistinct) ||
          token.word == Word::kReturning) {
        refuse(BackfillProblem::kFrom, token.begin);
      }
    }
    before = token.word;
  }
  if (number == 0) refuse(BackfillProblem::kNoUpdate, 0);
  if (shape.condition_end == 0) refuse(BackfillProblem::kNoWhere, 0);
  return shape;
}

}  // namespace internal

// One step of the versions: what has to happen to the rows of a file of the version before. An
// added table, index, or column that is optional or has a Default needs no migration at all.
template <std::size_t kBackfills = 0, std::size_t kDrops = 0>
class Migration {
 public:
  // A file begins with version 1.
  constexpr explicit Migration(std::int64_t version) : version_(version) {}

  // An UPDATE of a tenant table, without arguments, whose WHERE tells the rows that it has still to
  // fill from those that it has filled: it is run over ranges of the key, and again over rows that
  // others wrote meanwhile. It is checked for the schema of the newest version.
  [[nodiscard]] constexpr auto Backfill(SqlText sql) const {
    Migration<kBackfills + 1, kDrops> longer(version_);
    for (std::size_t i = 0; i < kBackfills; ++i) longer.backfills_[i] = backfills_[i];
    for (std::size_t i = 0; i < kDrops; ++i) longer.drops_[i] = drops_[i];
    longer.backfills_[kBackfills] = {version_, {sql.text, sql.size}};
    return longer;
  }
  // A column, or a table with all of its rows, that is declared no longer. It goes at the very end.
  [[nodiscard]] constexpr auto Drop(std::string_view table, std::string_view column) const {
    Migration<kBackfills, kDrops + 1> longer(version_);
    for (std::size_t i = 0; i < kBackfills; ++i) longer.backfills_[i] = backfills_[i];
    for (std::size_t i = 0; i < kDrops; ++i) longer.drops_[i] = drops_[i];
    longer.drops_[kDrops] = {version_, table, column};
    return longer;
  }
  [[nodiscard]] constexpr auto DropTable(std::string_view table) const { return Drop(table, ""); }

 private:
  template <std::size_t, std::size_t>
  friend class Migration;
  template <std::size_t, std::size_t>
  friend class Migrations;

  std::int64_t version_;
  std::array<internal::BackfillDef, kBackfills> backfills_{};
  std::array<internal::DropDef, kDrops> drops_{};
};
Migration(std::int64_t)->Migration<0, 0>;

// All migrations that this release still knows, oldest first. The last one's version is that of the
// release. Leave the oldest out when no file is that old any more, or when what they fill is
// declared no longer: such a file goes through a release in between.
template <std::size_t kBackfills, std::size_t kDrops>
class Migrations {
 public:
  template <class SchemaType, class... Each>
  consteval explicit Migrations(const SchemaType& schema, const Each&... each) {
    static_assert(sizeof...(Each) > 0,
                  "cordon: Migrations lists at least one migration: leave kMigrations out");
    std::size_t backfill = 0;
    std::size_t drop = 0;
    const auto add = [&](const auto& one) {
      if (version_ == 0) {
        if (one.version_ < 2) {
          internal::Refuse(
              "cordon: a file begins with version 1: give the first migration version 2 or later",
              "");
        }
        oldest_ = one.version_ - 1;
      } else if (one.version_ != version_ + 1) {
        internal::Refuse(
            "cordon: each migration leads one version further than the one above it: number them "
            "2, 3, 4",
            "");
      }
      version_ = one.version_;
      for (const internal::BackfillDef& each_one : one.backfills_) {
        backfills_[backfill++] = each_one;
      }
      for (const internal::DropDef& each_one : one.drops_) drops_[drop++] = each_one;
    };
    (add(each), ...);
    for (const internal::BackfillDef& one : backfills_) Check(schema.view(), one);
    for (const internal::DropDef& one : drops_) Check(schema.view(), one);
  }

  [[nodiscard]] constexpr internal::MigrationsView view() const {
    return {oldest_, version_, backfills_.data(), kBackfills, drops_.data(), kDrops};
  }

 private:
  static constexpr void Check(const internal::SchemaView& schema,
                              const internal::BackfillDef& backfill) {
    const internal::BackfillShape shape = internal::ShapeOf(schema, backfill.sql);
    internal::Explain(shape.problem, internal::Refuser{backfill.sql.data() + shape.at});
    internal::Parsed parsed;
    internal::Parser<false> parser(schema, internal::Access::kWrite, backfill.sql, nullptr, 0);
    parser.Parse(&parsed);
    if (parsed.refusal != internal::Refusal::kNone) {
      internal::Explain(parsed.refusal, internal::Refuser{backfill.sql.data() + parsed.at});
    }
  }
  static constexpr void Check(const internal::SchemaView& schema, const internal::DropDef& drop) {
    const std::size_t table = schema.FindTable(drop.table);
    if (table == internal::SchemaView::kNone) return;
    if (drop.column.empty() ||
        schema.FindColumn(table, drop.column, internal::NameHash(drop.column)) !=
            internal::SchemaView::kNone) {
      internal::Refuse(
          "cordon: a migration drops what is declared no longer: take it out of kSchema",
          drop.table.data());
    }
  }

  std::int64_t oldest_ = 0;
  std::int64_t version_ = 0;
  std::array<internal::BackfillDef, kBackfills> backfills_{};
  std::array<internal::DropDef, kDrops> drops_{};
};
template <class SchemaType, std::size_t... kBackfills, std::size_t... kDrops>
Migrations(const SchemaType&, const Migration<kBackfills, kDrops>&...)
    -> Migrations<(kBackfills + ... + 0), (kDrops + ... + 0)>;

struct MigrationProgress {
  std::int64_t version = 0;  // that the backfill belongs to; 0 in the last part
  std::string_view table;    // that is filled; empty in the last part
  std::size_t tenant = 0;    // from 1
  std::size_t tenants = 0;   // how many there are
  std::int64_t rows = 0;     // changed by this call so far
};

struct MigrateOptions {
  // How many rows one transaction looks at, at most: the more, the sooner it is done, and the
  // longer other writers wait for each. What a tenant's statement may not use is halved by itself.
  std::int64_t rows_per_step = 500;
  // Told of each transaction before it begins, on the calling thread. False stops there
  // (kInterrupted); another call goes on.
  std::function<bool(const MigrationProgress&)> progress = nullptr;
};

// Reported by tools: do not renumber, do not rename.
enum class MigrationAction : int {
  kCreateTable = 1,
  kAddColumn = 2,
  kBackfill = 3,
  kCreateIndex = 4,
  kDropIndex = 5,
  kRebuildTable = 6,  // copies it into one with the declared columns and constraints
  kDropColumn = 7,
  kDropTable = 8,
};
// "create-table" and the like.
[[nodiscard]] std::string_view NameOf(MigrationAction action);

struct MigrationStep {
  MigrationAction action;
  std::int64_t version;  // of a backfill or a drop; else 0
  std::string table;
  std::string object;  // the column or index; of a backfill, its statement
};

struct MigrationPlan {
  std::int64_t from = 0;             // the file's version
  std::int64_t to = 0;               // the release's
  bool begun = false;                // a migration was cut short
  std::vector<MigrationStep> steps;  // in their order
};

namespace internal {

template <class Product>
constexpr MigrationsView MigrationsViewOf() {
  if constexpr (requires { Product::kMigrations; }) {
    return Product::kMigrations.view();
  } else {
    return {};
  }
}

[[nodiscard]] absl::Status RunMigration(const SchemaView& schema, const MigrationsView& migrations,
                                        PlatformOptions options, const MigrateOptions& how);
[[nodiscard]] absl::StatusOr<MigrationPlan> PlanOf(const SchemaView& schema,
                                                   const MigrationsView& migrations,
                                                   const std::string& path);
[[nodiscard]] absl::Status MakeTemplate(const SchemaView& schema, const MigrationsView& migrations,
                                        const std::string& path);

}  // namespace internal

// Brings the file to the version of this release. Nothing happens to a file that has it. Hooks of
// `options` hear nothing: no tenant acts.
template <class Product>
[[nodiscard]] absl::Status Migrate(PlatformOptions options, const MigrateOptions& how = {}) {
  return internal::RunMigration(internal::kViewOf<Product>, internal::MigrationsViewOf<Product>(),
                                std::move(options), how);
}

// What Migrate() would do now. Reads the file, and writes nothing, neither to it nor beside it.
template <class Product>
[[nodiscard]] absl::StatusOr<MigrationPlan> PlanMigration(const std::string& path) {
  return internal::PlanOf(internal::kViewOf<Product>, internal::MigrationsViewOf<Product>(), path);
}

// Writes a new, empty file which stands for this release, for programs that lack its code: its
// tables and its migrations. Ship it with the release; it holds no secret.
template <class Product>
[[nodiscard]] absl::Status WriteTemplate(const std::string& path) {
  return internal::MakeTemplate(internal::kViewOf<Product>, internal::MigrationsViewOf<Product>(),
                                path);
}

// Migrate() and PlanMigration() for the release that wrote the template, by the same checker and
// behind the same locks. kInvalidArgument when the file at `template_path` is none.
[[nodiscard]] absl::Status MigrateLike(const std::string& template_path, PlatformOptions options,
                                       const MigrateOptions& how = {});
[[nodiscard]] absl::StatusOr<MigrationPlan> PlanMigrationLike(const std::string& template_path,
                                                              const std::string& path);

}  // namespace cordon

#endif  // CORDON_DATA_MIGRATION_H_
