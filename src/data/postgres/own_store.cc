// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/own_store.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "cordon/store/error.h"
#include "data/postgres/sqlstate.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// "cordon", and then which: hosts have advisory locks of their own.
constexpr std::int64_t kTurn = 0x63'6F'72'64'6F'6E'00'01;
// How often a transaction begins anew that the server gave up.
constexpr int kTries = 3;

constexpr bool IsOfWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A word of a statement's, behind `before`, in a statement that begins with `first`.
std::string Translated(std::string_view word, std::string_view first, std::string_view before,
                       bool behind_a_dot) {
  if (word == "INTEGER") return "bigint";
  if (word == "BLOB") return "bytea";
  if (word == "TEXT") return "text COLLATE \"C\"";
  // What an index is made as, and what a table is renamed to, stays in the schema of its table.
  const bool stays = behind_a_dot || before == "TO" || (before == "INDEX" && first == "CREATE");
  if (word.starts_with("cordon_") && !stays) return "cordon." + std::string(word);
  return std::string(word);
}

// ---- a statement --------------------------------------------------------------------------------

class PgCursor final : public OwnCursor {
 public:
  PgCursor(PgConnection& connection, std::string_view sql) : connection_(connection), sql_(sql) {}

  void Bind(int index, std::int64_t value) override { values_[index] = value; }
  void Bind(int index, std::string_view value) override { values_[index] = std::string(value); }
  void Bind(int index, std::span<const std::byte> value) override {
    values_[index] = std::vector<std::byte>(value.begin(), value.end());
  }

  bool Step() override {
    if (!status_.ok()) return false;
    if (!rows_.has_value()) Execute();
    return status_.ok() && ++row_ < rows_->rows();
  }

  [[nodiscard]] std::int64_t Int(int column) override {
    if (rows_->IsNull(row_, column)) return 0;
    const auto value = rows_->Integer(row_, column);
    if (value.ok()) return *value;
    status_.Update(value.status());
    return 0;
  }
  [[nodiscard]] std::string Text(int column) override {
    return std::string(rows_->Bytes(row_, column));
  }
  [[nodiscard]] std::span<const std::byte> Blob(int column) override {
    return std::as_bytes(std::span(rows_->Bytes(row_, column)));
  }
  [[nodiscard]] std::int64_t Changed() override { return rows_->changed(); }

 private:
  void Execute() {
    std::vector<int> bound;
    PgArguments arguments;
    for (const auto& [index, value] : values_) {
      bound.push_back(index);
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        arguments.Integer(*integer);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        arguments.Text(*text);
      } else {
        arguments.Bytes(std::get<std::vector<std::byte>>(value));
      }
    }
    auto rows = connection_.Execute(PgOwnText(sql_, bound), arguments);
    status_ = rows.status();
    if (rows.ok()) rows_ = *std::move(rows);
  }

  PgConnection& connection_;
  const std::string sql_;
  std::map<int, std::variant<std::int64_t, std::string, std::vector<std::byte>>> values_;
  std::optional<PgRows> rows_;  // all of them, once it has run
  int row_ = -1;
};

class PgOwnConnection final : public OwnConnection {
 public:
  explicit PgOwnConnection(PgConnection& connection) : connection_(connection) {}
  [[nodiscard]] std::unique_ptr<OwnCursor> Prepare(std::string_view sql) override {
    return std::make_unique<PgCursor>(connection_, sql);
  }

 private:
  PgConnection& connection_;
};

// Gives a connection back, whatever happened on it: one that is not clean is closed, and so undone.
class Taken {
 public:
  Taken(PgSupply& supply, std::unique_ptr<PgConnection> connection)
      : supply_(supply), connection_(std::move(connection)) {}
  ~Taken() { supply_.Return(std::move(connection_)); }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  [[nodiscard]] PgConnection& operator*() const { return *connection_; }

 private:
  PgSupply& supply_;
  std::unique_ptr<PgConnection> connection_;
};

}  // namespace

std::string PgOwnText(std::string_view sql, std::span<const int> bound) {
  std::string text;
  std::string_view first;
  std::string_view before;
  const bool makes_a_table = sql.starts_with("CREATE TABLE");
  if (makes_a_table) sql = sql.substr(0, sql.rfind(')') + 1);
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    std::size_t end = at + 1;
    if (c == '\'' || c == '"') {
      end = std::min(sql.find(c, end), sql.size() - 1) + 1;
      text += sql.substr(at, end - at);
    } else if (c == '?') {
      int index = 0;
      while (end < sql.size() && absl::ascii_isdigit(static_cast<unsigned char>(sql[end]))) {
        index = index * 10 + (sql[end++] - '0');
      }
      const auto place = std::find(bound.begin(), bound.end(), index);
      text += place == bound.end() ? "NULL" : "$" + std::to_string(place - bound.begin() + 1);
    } else if (IsOfWord(c)) {
      while (end < sql.size() && IsOfWord(sql[end])) ++end;
      const std::string_view word = sql.substr(at, end - at);
      if (first.empty()) first = word;
      text += Translated(word, first, before, at > 0 && sql[at - 1] == '.');
      before = word;
    } else {
      text += c;
    }
    at = end;
  }
  return text;
}

// ---- the store ----------------------------------------------------------------------------------

PgStore::PgStore(PostgresOptions options)
    : Store(options.clock != nullptr ? options.clock : SystemClock(),
            options.entropy != nullptr ? options.entropy : SystemEntropy()),
      options_(std::move(options)),
      supply_(options_, options_.owner_role, kReaders + 1),
      // Nobody's turn is cut short: none is ever started.
      gate_(milliseconds(0), [](WriteTurn&) {}) {}

absl::StatusOr<std::unique_ptr<PgStore>> PgStore::Open(PostgresOptions options) {
  if (options.owner_role.empty() || options.patience < milliseconds(0)) {
    return Error(ErrorCode::kInvalidArgument,
                 "PostgresOptions: there has to be an owner role, and a patience that is not "
                 "negative");
  }
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<PgStore>> {
    std::unique_ptr<PgStore> store(new PgStore(std::move(options)));
    absl::Status ready = store->Transact([](OwnConnection& connection) -> absl::Status {
      OwnStatement find(connection, "SELECT to_regclass('cordon.cordon_versions') IS NOT NULL");
      const bool there = find.Step() && find.Int(0) != 0;
      if (!find.status().ok() || there) return find.status();
      if (absl::Status made = connection.Run("CREATE SCHEMA IF NOT EXISTS cordon"); !made.ok()) {
        return made;
      }
      return connection.Run(kVersions);
    });
    if (!ready.ok()) return ready;
    return store;
  });
}

absl::Status PgStore::Transact(const Act& act) {
  return Guarded([&]() -> absl::Status {
    const auto deadline = steady_clock::now() + options_.patience;
    auto turn = gate_.Enter({}, options_.patience, nullptr);
    if (!turn.ok()) return turn.status();
    struct Leave {
      WriterGate& gate;
      const std::shared_ptr<WriteTurn>& turn;
      ~Leave() { gate.Leave(turn); }
    } const leave{gate_, *turn};
    for (int tries = 1;; ++tries) {
      absl::Status done = TryToTransact(act, deadline);
      const bool given_up = CodeOf(done) == ErrorCode::kBusy;
      if (!given_up || tries == kTries || steady_clock::now() >= deadline) return done;
    }
  });
}

absl::Status PgStore::TryToTransact(const Act& act, PgConnection::Deadline deadline) {
  auto connection = supply_.Take(deadline);
  if (!connection.ok()) return connection.status();
  const Taken taken(supply_, *std::move(connection));
  // Each statement sees what was committed before it: with one snapshot for all of them, that
  // would be one from before the turn.
  absl::Status done = (*taken).Execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").status();
  if (done.ok()) done = AwaitTurn(*taken, deadline);
  if (done.ok()) {
    PgOwnConnection own(*taken);
    done = act(own);
  }
  if (done.ok()) return (*taken).Execute("COMMIT").status();
  (void)(*taken).Execute("ROLLBACK");
  return done;
}

absl::Status PgStore::AwaitTurn(PgConnection& connection, PgConnection::Deadline deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  // For whatever the act waits for as well. Zero would be for ever.
  const std::string longest = std::to_string(std::max(left, milliseconds(1)).count());
  absl::Status done = connection
                          .Execute(
                              "SELECT set_config('lock_timeout', $1, true), "
                              "set_config('statement_timeout', $2, true), "
                              "pg_advisory_xact_lock($3)",
                              PgArguments()
                                  .Text(longest)
                                  .Text(std::to_string(options_.statement_timeout.count()))
                                  .Integer(kTurn))
                          .status();
  // A patience beyond what a statement may take.
  return CodeOf(done) == ErrorCode::kBudgetExceeded ? StatusOfSqlState("55P03") : done;
}

absl::Status PgStore::Read(const Act& act) {
  return Guarded([&]() -> absl::Status {
    const auto deadline = steady_clock::now() + options_.patience;
    {
      std::unique_lock lock(mutex_);
      if (!read_.wait_until(lock, deadline, [&] { return reading_ < kReaders; })) {
        return Error(ErrorCode::kPoolExhausted,
                     "every connection to the directory of tenants is in use: try again");
      }
      ++reading_;
    }
    struct Leave {
      PgStore& store;
      ~Leave() {
        const std::lock_guard lock(store.mutex_);
        --store.reading_;
        store.read_.notify_one();
      }
    } const leave{*this};
    auto connection = supply_.Take(deadline);
    if (!connection.ok()) return connection.status();
    const Taken taken(supply_, *std::move(connection));
    PgOwnConnection own(*taken);
    return act(own);
  });
}

}  // namespace cordon::internal
