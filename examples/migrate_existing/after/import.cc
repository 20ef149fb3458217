// SPDX-License-Identifier: Apache-2.0
#include "import.h"

#include <sqlite3.h>

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wholesale {
namespace {

using cordon::as;
using namespace cordon::literals;

// ---- the old file --------------------------------------------------------------------------

// What the old tables allowed and the new ones do not take, or take for something else. SQLite
// keeps a text in a REAL column when it is no number, and a trigger keeps a total only while nobody
// changes a line by hand.
constexpr char kProblems[] = R"sql(
  SELECT 'article ' || id || ': its price is not a number of cents' FROM articles
    WHERE typeof(price) NOT IN ('integer', 'real') OR abs(price * 100 - round(price * 100)) > 0.001
      OR abs(price) > 1e12
  UNION ALL SELECT 'order ' || order_id || ', line ' || position || ': its price is not a number of cents'
    FROM order_lines WHERE typeof(unit_price) NOT IN ('integer', 'real')
      OR abs(unit_price * 100 - round(unit_price * 100)) > 0.001 OR abs(unit_price) > 1e12
  UNION ALL SELECT 'order ' || order_id || ', line ' || position || ': its place or its quantity is not whole'
    FROM order_lines WHERE typeof(position) <> 'integer' OR typeof(quantity) <> 'integer'
  UNION ALL SELECT 'a tax rate has no code or no whole percentage' FROM tax_rates
    WHERE code IS NULL OR typeof(percent) <> 'integer'
  UNION ALL SELECT 'order ' || id || ': it was placed on no day' FROM orders
    WHERE unixepoch(placed) IS NULL
  UNION ALL SELECT 'order ' || id || ': its total is not that of its lines' FROM orders
    WHERE abs(total - (SELECT total(quantity * unit_price) FROM order_lines WHERE order_id = orders.id))
      > 0.001
  UNION ALL SELECT 'a row of ' || "table" || ' refers to a row of ' || parent || ' that is not there'
    FROM pragma_foreign_key_check
)sql";

constexpr char kOldBooks[] = R"sql(
  SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM articles),
    (SELECT ifnull(sum(CAST(round(price * 100) AS INTEGER)), 0) FROM articles),
    (SELECT count(*) FROM orders), (SELECT ifnull(sum(unixepoch(placed)), 0) FROM orders),
    (SELECT count(*) FROM order_lines), (SELECT ifnull(sum(quantity), 0) FROM order_lines),
    (SELECT ifnull(sum(CAST(round(total * 100) AS INTEGER)), 0) FROM orders)
)sql";

class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] std::int64_t Integer(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] Amount Cents(int column) const { return Amount::FromUnits(Integer(column)); }
  [[nodiscard]] std::string Text(int column) const {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] std::optional<std::string> MaybeText(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return Text(column);
  }
  [[nodiscard]] int size() const { return sqlite3_column_count(statement_); }

 private:
  sqlite3_stmt* statement_;
};

// One snapshot of the old file: all that is read is of the same moment.
class OldFile {
 public:
  absl::Status Open(const std::string& path) {
    sqlite3* db = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    db_.reset(db);
    if (opened != SQLITE_OK) return Failed();
    return Each("BEGIN", {}, [](const Row&) { return absl::OkStatus(); });
  }
  // Calls `act` with each row until it returns an error.
  template <class Act>
  absl::Status Each(const std::string& sql, std::pair<std::int64_t, std::int64_t> limit,
                    const Act& act) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) return Failed();
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, &sqlite3_finalize);
    if (sqlite3_bind_parameter_count(raw) == 2) {
      sqlite3_bind_int64(raw, 1, limit.first);
      sqlite3_bind_int64(raw, 2, limit.second);
    }
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
      if (absl::Status done = act(Row(raw)); !done.ok()) return done;
    }
    return code == SQLITE_DONE ? absl::OkStatus() : Failed();
  }
  template <class Act>
  absl::Status Each(const std::string& sql, const Act& act) {
    return Each(sql, {}, act);
  }

 private:
  absl::Status Failed() const {
    return absl::FailedPreconditionError(std::string("the old file: ") + sqlite3_errmsg(db_.get()));
  }
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_{nullptr, &sqlite3_close};
};

absl::Status RefuseProblems(OldFile& old) {
  std::string problems;
  absl::Status read = old.Each(kProblems, [&](const Row& row) {
    problems += "\n  " + row.Text(0);
    return absl::OkStatus();
  });
  if (!read.ok() || problems.empty()) return read;
  return absl::FailedPreconditionError("mend these in the old file first:" + problems);
}

absl::StatusOr<Books> OldBooks(OldFile& old) {
  Books books{};
  absl::Status read = old.Each(kOldBooks, [&](const Row& row) {
    books = {row.Integer(0), row.Integer(1), row.Cents(2),   row.Integer(3),
             row.Integer(4), row.Integer(5), row.Integer(6), row.Cents(7)};
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return books;
}

// A number that another file, or this one after a change, would not have; never 0. FNV-1a.
absl::StatusOr<std::int64_t> Fingerprint(OldFile& old) {
  std::uint64_t hash = 14695981039346656037U;
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      hash ^= static_cast<unsigned char>(c);
      hash *= 1099511628211U;
    }
  };
  for (const char* table : {"tax_rates", "customers", "articles", "orders", "order_lines"}) {
    absl::Status read =
        old.Each(std::string("SELECT * FROM ") + table + " ORDER BY rowid", [&](const Row& row) {
          for (int i = 0; i < row.size(); ++i) {
            const std::optional<std::string> text = row.MaybeText(i);
            add(text.has_value() ? std::to_string(text->size()) + ":" + *text : "-");
          }
          return absl::OkStatus();
        });
    if (!read.ok()) return read;
    add(table);
  }
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(hash % kMost) + 1;
}

// ---- the tenant ----------------------------------------------------------------------------

// How far the import is, kept where the rows are, so that both are written or neither.
constexpr cordon::TenantCounter kFile("import.file");  // the fingerprint; 0 before the import
constexpr cordon::TenantCounter kDone("import.done");

absl::StatusOr<Books> NewBooks(Write& tx) {
  auto books = tx.One(as<Books>,
                      "SELECT (SELECT COUNT(*) FROM customers) AS customers, "
                      "(SELECT COUNT(*) FROM articles) AS articles, "
                      "COALESCE((SELECT SUM(price) FROM articles), 0) AS prices, "
                      "(SELECT COUNT(*) FROM orders) AS orders, "
                      "COALESCE((SELECT SUM(unixepoch(placed_at)) FROM orders), 0) AS seconds, "
                      "COUNT(*) AS lines, COALESCE(SUM(quantity), 0) AS quantity, "
                      "COALESCE(SUM(quantity * unit_price), 0) AS revenue FROM order_lines"_sql);
  if (!books.ok()) return books.status();
  return books->Plain();
}

// Whether all is there already.
absl::StatusOr<bool> Begin(Session& tenant, std::int64_t fingerprint) {
  bool done = false;
  absl::Status begun = tenant.Transaction([&](Write& tx) -> absl::Status {
    auto file = tx.ValueOf(kFile);
    if (!file.ok()) return file.status();
    auto value = tx.ValueOf(kDone);
    if (!value.ok()) return value.status();
    done = *value != 0;
    if (*file == fingerprint) return absl::OkStatus();
    if (*file != 0) {
      return absl::FailedPreconditionError(
          "this is not the file that the tenant's import began with, or it has changed since: give "
          "the right one, or remove the tenant and begin again");
    }
    auto books = NewBooks(tx);
    if (!books.ok()) return books.status();
    if (*books != Books{}) {
      return absl::FailedPreconditionError(
          "the tenant has rows of its own: import into a tenant of another name");
    }
    return tx.AddTo(kFile, fingerprint).status();
  });
  if (!begun.ok()) return begun;
  return done;
}

// Copies the rows of one table that are not there yet, in the order of their rowids.
template <class Make>
absl::Status Copy(OldFile& old, Session& tenant, const ImportOptions& options,
                  const std::string& table, const std::string& columns, const Make& make) {
  const cordon::TenantCounter copied("import." + table);
  const std::string sql =
      "SELECT " + columns + " FROM " + table + " ORDER BY rowid LIMIT ? OFFSET ?";
  for (bool more = true; more;) {
    absl::Status written = tenant.Transaction([&](Write& tx) -> absl::Status {
      auto before = tx.ValueOf(copied);
      if (!before.ok()) return before.status();
      std::int64_t count = 0;
      absl::Status done = old.Each(sql, {options.batch, *before}, [&](const Row& row) {
        options.progress();
        ++count;
        return tx.Insert(make(row));
      });
      more = count == options.batch;
      return done.ok() ? tx.AddTo(copied, count).status() : done;
    });
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

absl::Status CopyAll(OldFile& old, Session& tenant, const ImportOptions& options) {
  absl::Status done = Copy(old, tenant, options, "customers", "id, name, city", [](const Row& row) {
    return Customer{row.Integer(0), row.Text(1), row.MaybeText(2)};
  });
  if (!done.ok()) return done;
  done = Copy(old, tenant, options, "articles",
              "id, sku, name, CAST(round(price * 100) AS INTEGER), tax_code", [](const Row& row) {
                return Article{row.Integer(0), row.Text(1), row.Text(2), row.Cents(3), row.Text(4)};
              });
  if (!done.ok()) return done;
  done = Copy(old, tenant, options, "orders", "id, customer_id, unixepoch(placed)",
              [](const Row& row) {
                return Order{row.Integer(0), row.Integer(1),
                             cordon::Timestamp(std::chrono::seconds(row.Integer(2)))};
              });
  if (!done.ok()) return done;
  return Copy(old, tenant, options, "order_lines",
              "order_id, position, article_id, quantity, CAST(round(unit_price * 100) AS INTEGER)",
              [](const Row& row) {
                return OrderLine{row.Integer(0), row.Integer(1), row.Integer(2), row.Integer(3),
                                 row.Cents(4)};
              });
}

// New rows are numbered behind all that were ever there: AUTOINCREMENT never gave a number twice,
// and kept the last one apart from the rows.
absl::Status StartSeries(OldFile& old, Write& tx) {
  return old.Each(
      "SELECT max(0, ifnull((SELECT max(id) FROM customers), 0)) + 1, "
      "ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'articles'), 0) + 1, "
      "ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1",
      [&](const Row& row) {
        absl::Status done = tx.StartSeries(kCustomerIds, row.Integer(0));
        if (done.ok()) done = tx.StartSeries(kArticleIds, row.Integer(1));
        if (done.ok()) done = tx.StartSeries(kOrderIds, row.Integer(2));
        return done;
      });
}

absl::Status Finish(OldFile& old, Session& tenant) {
  const auto expected = OldBooks(old);
  if (!expected.ok()) return expected.status();
  return tenant.Transaction([&](Write& tx) -> absl::Status {
    const auto found = NewBooks(tx);
    if (!found.ok()) return found.status();
    if (*found != *expected) {
      return absl::FailedPreconditionError(
          "counts or sums differ from the old file's: remove the "
          "tenant and begin again");
    }
    if (absl::Status started = StartSeries(old, tx); !started.ok()) return started;
    return tx.AddTo(kDone, 1).status();
  });
}

absl::StatusOr<cordon::TenantId> FindOrCreate(Platform& platform, const std::string& name) {
  const auto there = FindTenant(platform, name);
  if (!there.ok()) return there.status();
  if (there->has_value()) return **there;
  return platform.tenants().Create(name);
}

}  // namespace

absl::StatusOr<Books> ImportTenant(Platform& platform, const std::string& old_path,
                                   const std::string& name, const ImportOptions& options) {
  OldFile old;
  absl::Status status = old.Open(old_path);
  if (status.ok()) status = RefuseProblems(old);
  std::vector<TaxRate> rates;
  if (status.ok()) {
    status = old.Each("SELECT code, percent FROM tax_rates ORDER BY code", [&](const Row& row) {
      rates.push_back({row.Text(0), row.Integer(1)});
      return absl::OkStatus();
    });
  }
  if (status.ok()) status = AddTaxRates(platform, rates);
  if (!status.ok()) return status;

  const auto clerk = ClerkOf(name);
  if (!clerk.ok()) return clerk.status();
  const auto importer = cordon::Principal::Service("import");
  if (!importer.ok()) return importer.status();
  const auto id = FindOrCreate(platform, name);
  if (!id.ok()) return id.status();
  status = platform.tenants().AddMember(*id, *importer);
  if (!status.ok()) return status;
  const auto context =
      platform.Enter(cordon::AssertVerified(*importer), *id, cordon::Purpose("import"),
                     {.lifetime = std::chrono::hours(24)});
  if (!context.ok()) return context.status();
  auto tenant = platform.OpenSession(*context);
  if (!tenant.ok()) return tenant.status();

  const auto fingerprint = Fingerprint(old);
  if (!fingerprint.ok()) return fingerprint.status();
  const auto done = Begin(*tenant, *fingerprint);
  if (!done.ok()) return done.status();
  if (!*done) {
    // Nobody works on half of it, not even in a tenant that was made beforehand.
    status = platform.tenants().RemoveMember(*id, *clerk);
    if (status.ok()) status = CopyAll(old, *tenant, options);
    if (status.ok()) status = Finish(old, *tenant);
    if (!status.ok()) return status;
  }

  absl::StatusOr<Books> books = Books{};
  status = tenant->Transaction([&](Write& tx) -> absl::Status {
    books = NewBooks(tx);
    return books.status();
  });
  if (status.ok()) status = platform.tenants().AddMember(*id, *clerk);
  if (status.ok()) status = platform.tenants().RemoveMember(*id, *importer);
  if (!status.ok()) return status;
  return books;
}

}  // namespace wholesale
