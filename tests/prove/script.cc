// SPDX-License-Identifier: Apache-2.0
#include "prove/script.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "cordon/data/query.h"
#include "cordon/data/schema_check.h"
#include "data/unchecked.h"
#include "prove/hostile.h"
#include "prove/probe.h"
#include "prove/show.h"
#include "sql/erp_data.h"
#include "sql/generator.h"

namespace cordon_test {

const SchemaView& TradeView() {
  static constexpr SchemaView kView = Trade::kSchema.view();
  return kView;
}

const std::vector<RuntimeSchema::Table>& TradeTables() {
  static const std::vector<RuntimeSchema::Table> kTables = TablesOf(TradeView(), 3);
  return kTables;
}

namespace {

using cordon::ErrorCode;
using cordon::testing::Input;
using TradeTransaction = cordon::WriteTransaction<Trade>;
using Snapshot = cordon::ReadTransaction<Trade>;

// The first word, which is taken off.
std::string_view Word(std::string_view* line) {
  const std::size_t end = line->find(' ');
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(end == std::string_view::npos ? line->size() : end + 1);
  return word;
}
std::int64_t Number(std::string_view* line) {
  const std::string_view word = Word(line);
  std::int64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

// ---- showing ------------------------------------------------------------------------------------

using cordon_test::Shown;

template <class T>
std::string Shown(const std::optional<T>& value) {
  return value.has_value() ? Shown(cordon::Value(*value)) : "NULL";
}
std::string Shown(const Order& row) {
  return std::to_string(row.id) + "|" + Shown(row.n) + "|" + row.name + "|" + Shown(row.note) +
         "|" + row.net.ToString() + "|" + (row.open ? "1" : "0") + "|" + Shown(row.due);
}
std::string Shown(const Line& row) {
  return std::to_string(row.order_id) + "|" + std::to_string(row.line) + "|" + Shown(row.sku) +
         "|" + Shown(row.qty) + "|" + (row.price ? row.price->ToString() : "NULL");
}
std::string Shown(const Account& row) {
  return std::to_string(row.id) + "|" + row.code + "|" + row.balance.ToString() + "|" +
         std::to_string(row.version);
}
std::string Shown(const Unit& row) { return row.code + "|" + std::to_string(row.size); }

// ---- rows of the helpers ------------------------------------------------------------------------

constexpr const char* kTexts[] = {"ab", "Ab", "b", "", "a%", "12", "x y", "K1"};
std::string Text(std::int64_t n) { return kTexts[static_cast<std::size_t>(n) % 8]; }

Order MakeOrder(std::int64_t n) {
  Order order{n % 11,     {}, Text(n / 11), {}, cordon::Decimal<2>::FromUnits((n % 37) * 25 - 100),
              n % 3 == 0, {}};
  if (n % 5 != 0) order.n = n % 7;
  if (n % 4 != 0) order.note = Text(n / 4);
  return order;
}
Line MakeLine(std::int64_t n) {
  Line line{n % 11, n / 11 % 5, {}, {}, {}};
  if (n % 4 != 0) line.sku = Text(n / 4);
  if (n % 3 != 0) line.qty = n % 9;
  if (n % 6 != 0) line.price = cordon::Decimal<4>::FromUnits((n % 60) * 625);
  return line;
}
Account MakeAccount(std::int64_t n) {
  return {n % 7, "A" + std::to_string(n / 7 % 9), cordon::Decimal<2>::FromUnits(n % 1000), 0};
}

constexpr std::string_view kBehind = " ;; ";
// The text and its arguments behind it.
std::vector<Argument> Arguments(std::string_view* text) {
  std::vector<Argument> arguments;
  std::size_t first = std::string_view::npos;
  std::size_t end = text->find(kBehind);
  while (end != std::string_view::npos) {
    std::string_view rest = text->substr(end + kBehind.size());
    const std::size_t next = rest.find(kBehind);
    if (arguments.empty()) first = end;
    arguments.push_back(ParseArgument(std::string(rest.substr(0, next))));
    end = next == std::string_view::npos ? next : end + kBehind.size() + next;
  }
  *text = text->substr(0, first);
  return arguments;
}
cordon::Query<Trade> Parametrized(std::string_view sql, const std::vector<Argument>& arguments) {
  std::vector<cordon::Value> values;
  for (const Argument& argument : arguments) values.push_back(Given(argument));
  return cordon::Query<Trade>::FromText(sql, values);
}

// ---- playing ------------------------------------------------------------------------------------

class TheDoor : public TradeTransaction {
 public:
  static cordon::internal::TransactionCore& CoreOf(TradeTransaction& tx) {
    return (tx.*&TheDoor::core)();
  }
};

class Player {
 public:
  Player(const TradeWorld& world, const Script& script, Oracle* oracle, Counts* tally,
         std::optional<House>* house)
      : world_(world), script_(script), oracle_(oracle), tally_(*tally), house_(*house) {}

  std::string Play() {
    if (oracle_ != nullptr) oracle_->Begin();
    while (at_ < script_.size()) InSession(world_.session(), script_[at_++]);
    if (oracle_ != nullptr) {
      if (const std::string differs = oracle_->End(); !differs.empty()) Differs(differs);
    }
    if (house_.has_value()) house_->CloseSessions();
    return std::move(shown_);
  }

 private:
  void Say(const std::string& text) { shown_ += "  " + text; }
  void Differs(const std::string& what) { shown_ += "the witness does not agree\n" + what; }

  // ---- scopes

  void InSession(const TradeSession& session, std::string_view line) {
    shown_ += std::string(line) + "\n";
    if (line == "BEGIN") {
      if (oracle_ != nullptr) oracle_->Open();
      const absl::Status done = session.Transaction([&](TradeTransaction& tx) -> absl::Status {
        return Until(tx, "COMMIT", "ROLLBACK") == "COMMIT" ? absl::OkStatus()
                                                           : absl::AbortedError("undone");
      });
      Ended(done);
    } else if (line == "SNAPSHOT") {
      if (oracle_ != nullptr) oracle_->Open();
      const absl::Status done = session.Read([&](Snapshot& tx) -> absl::Status {
        (void)Until(tx, "COMMIT", "ROLLBACK");
        return absl::OkStatus();
      });
      Ended(done);
    } else if (line.starts_with("SECOND ")) {
      line.remove_prefix(7);
      Second(line);
    } else {
      Run(session, line);
    }
  }
  void Ended(const absl::Status& done) {
    if (oracle_ != nullptr) oracle_->Close(done.ok());
    Say(Shown(done));
  }

  // Runs lines up to one of these two, or the end of the script, and says which.
  template <class Tx>
  std::string Until(Tx& tx, std::string_view good, std::string_view bad) {
    while (at_ < script_.size()) {
      const std::string_view line = script_[at_++];
      shown_ += std::string(line) + "\n";
      if (line == good || line == bad) return std::string(line);
      if constexpr (std::is_same_v<Tx, TradeTransaction>) {
        if (line == "SAVEPOINT") {
          if (oracle_ != nullptr) oracle_->Open();
          const absl::Status done = tx.Nested([&](TradeTransaction& nested) -> absl::Status {
            return Until(nested, "RELEASE", "UNDO") == "RELEASE" ? absl::OkStatus()
                                                                 : absl::AbortedError("undone");
          });
          Ended(done);
          continue;
        }
      }
      if (line.starts_with("SECOND ")) {
        Second(line.substr(7));
      } else {
        Run(tx, line);
      }
    }
    return std::string(bad);
  }

  void Second(std::string_view line) {
    if (!second_.has_value()) {
      auto session = world_.platform().OpenSession(world_.context());
      if (!session.ok()) return Say(Shown(session.status()));
      second_.emplace(*std::move(session));
    }
    // Inside of the first one's transaction it sees other rows than plain SQLite, which has one
    // connection, does.
    Oracle* const oracle = std::exchange(oracle_, nullptr);
    if (oracle != nullptr) oracle->LoseTrack();
    Run(*second_, line);
    oracle_ = oracle;
  }

  // ---- lines

  template <class Scope>
  void Run(Scope& scope, std::string_view line) {
    cordon::proof::BeginStatement();
    const std::string_view whole = line;
    std::string_view word = Word(&line);
    const bool open = word == "OPEN";
    if (open) word = Word(&line);
    if (word == "QUERY" || word == "ORDERED") return Query(scope, line, word == "ORDERED", open);
    if (word == "OTHERS") return world_.LetOthersAct();
    if (word == "ASK") return Ask(line);
    if (word == "ENTER") return Enter(static_cast<std::size_t>(Number(&line)));
    if (word == "SCHEMA") return Schema();
    if (word == "GET") return Get(scope, line);
    if (word == "LIST") return List(scope, line);
    if (word == "VALUE") return Say(Told(scope.ValueOf(cordon::TenantCounter(std::string(line)))));
    if (word == "READBLOB") return ReadBlob(scope, Number(&line));
    if constexpr (std::is_same_v<std::remove_const_t<Scope>, TradeSession>) {
      if (House::Has(word)) return InHouse(scope, whole);
    }
    if constexpr (!std::is_same_v<Scope, Snapshot>) {
      if (word == "CHANGE" || word == "RETURNS") {
        return Change(scope, line, word == "RETURNS", open);
      }
      if (word == "RAW" || word == "MARKED") return Past(scope, line, word == "MARKED");
      if (oracle_ != nullptr) oracle_->LoseTrack();
      ++tally_.statements;
      if (word == "COUNT") {
        const cordon::TenantCounter counter{std::string(Word(&line))};
        return Say(Told(scope.AddTo(counter, Number(&line))));
      }
      if (word == "NUMBER" || word == "BLOB") return InTransaction(scope, word, line);
      return Helper(scope, word, line);
    }
    Say("(not here) " + std::string(whole) + "\n");
  }

  std::string Told(const absl::StatusOr<std::int64_t>& number) {
    ++tally_.statements;
    return number.ok() ? std::to_string(*number) + "\n" : Shown(number.status());
  }

  void Count(const absl::Status& status) {
    ++tally_.statements;
    switch (cordon::CodeOf(status)) {
      case ErrorCode::kNone:
        break;
      case ErrorCode::kStatementRefused:
        ++tally_.refused;
        return;
      case ErrorCode::kEngineLock:
        ++tally_.denied;
        break;
      default:
        ++tally_.failed;
    }
    cordon::proof::KeepRules();
  }

  void Rows(const std::vector<std::string>& rows, bool ordered) {
    std::vector<std::string> lines = rows;
    if (!ordered) std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) Say(line + "\n");
    if (!rows.empty()) ++tally_.with_rows;
  }

  static std::vector<std::string> Lines(const cordon::Table& table) {
    std::vector<std::string> lines;
    for (const std::vector<cordon::Value>& row : table.rows) {
      std::string& line = lines.emplace_back();
      for (const cordon::Value& value : row) line += (line.empty() ? "" : "|") + Shown(value);
    }
    return lines;
  }

  template <class Scope>
  void Query(Scope& scope, std::string_view sql, bool ordered, bool open) {
    const std::vector<Argument> arguments = Arguments(&sql);
    const auto table = scope.Query(Parametrized(sql, arguments));
    Count(table.status());
    if (!table.ok()) return Say(Shown(table.status()));
    Answer answer{absl::OkStatus(), Lines(table->Plain())};
    Rows(answer.rows, ordered);
    if (oracle_ == nullptr || open) return;
    const std::string differs = oracle_->Query(std::string(sql), arguments, ordered, answer);
    if (!differs.empty()) Differs(differs);
  }

  void Ask(std::string_view sql) {
    const auto table = world_.session().Ask(
        sql, {.budget = {.vm_steps = 100'000, .rows = 1'000}, .result_bytes = 64 << 10});
    Count(table.status());
    if (!table.ok()) return Say(Shown(table.status()));
    Rows(Lines(table->Plain()), false);
  }

  // Several rows may meet one, and which is the last is the plan's choice where no order is given.
  static bool LeavesTheLastOpen(std::string_view sql) {
    int depth = 0;
    bool from = false;
    bool conflict = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
      if (sql[i] == '(') ++depth;
      if (sql[i] == ')') --depth;
      if (depth > 0) continue;
      from = from || sql.substr(i).starts_with(" FROM ");
      conflict = conflict || sql.substr(i).starts_with(" ON CONFLICT");
    }
    return from && (conflict || !sql.starts_with("INSERT")) && !sql.starts_with("DELETE");
  }

  // Plain SQLite may show an UPDATE some of its own changes.
  static bool ReadsItsTarget(std::string_view sql) {
    if (sql.starts_with("INSERT ")) return false;
    for (const char* const table : {"ORDERS", "LINES"}) {
      const std::size_t target = sql.find(table);
      if (target > 16) continue;
      for (const char* const before : {"FROM ", "JOIN ", ", ", "("}) {
        if (sql.find(std::string(before) + table, target + 1) != std::string_view::npos)
          return true;
      }
      return false;
    }
    return true;
  }

  template <class Scope>
  void Change(Scope& scope, std::string_view sql, bool returning, bool open) {
    const std::vector<Argument> arguments = Arguments(&sql);
    std::string folded(sql);
    for (char& c : folded) {
      c = c == '\n' || c == '\t' ? ' '
          : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                 : c;
    }
    open = open || LeavesTheLastOpen(folded) || ReadsItsTarget(folded);
    Answer answer;
    if (returning) {
      using Number = std::optional<std::int64_t>;
      const auto checked = cordon::CheckAtRunTime<Trade, Number>(sql);
      answer.status = checked.status();
      if (checked.ok()) {
        const auto rows = scope.All(cordon::as<Number>, *checked);
        answer.status = rows.status();
        if (rows.ok()) {
          for (const auto& row : *rows) answer.rows.push_back(Shown(row.Plain()));
          answer.changed = static_cast<std::int64_t>(rows->size());
        }
      }
    } else {
      const auto checked = cordon::CheckAtRunTime<Trade, void>(sql);
      answer.status = checked.status();
      if (checked.ok()) {
        const auto changed = scope.Execute(*checked);
        answer.status = changed.status();
        answer.changed = changed.value_or(0);
      }
    }
    Count(answer.status);
    tally_.changed_rows += answer.changed;
    Say(std::to_string(answer.changed) + " " + Shown(answer.status));
    Rows(answer.rows, false);
    if (oracle_ == nullptr) return;
    if (open) oracle_->LoseTrack();
    const std::string differs = oracle_->Change(std::string(sql), arguments, answer);
    if (!differs.empty()) Differs(differs);
  }

  // Past the checker.
  void Past(const TradeSession& session, std::string_view text, bool marked) {
    (void)session.Transaction([&](TradeTransaction& tx) -> absl::Status {
      Past(tx, text, marked);
      return absl::OkStatus();
    });
  }
  void Past(TradeTransaction& tx, std::string_view text, bool marked) {
    if (oracle_ != nullptr) oracle_->LoseTrack();
    std::string sql;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool mark = marked && text[i] == '\\' && i + 1 < text.size() &&
                        (text[i + 1] == '1' || text[i + 1] == '2');
      sql += mark ? static_cast<char>(text[++i] - '0') : text[i];
    }
    cordon::internal::Cursor cursor;
    if (marked) {
      cordon::internal::UncheckedDoor::StartMarked(TheDoor::CoreOf(tx), sql,
                                                   cordon::internal::Access::kWrite, &cursor);
    } else {
      cordon::internal::UncheckedDoor::Start(TheDoor::CoreOf(tx), sql, &cursor);
    }
    std::vector<std::string> rows;
    while (cursor.Step()) {
      // It is not known how many columns there are; the first says what a leak would.
      const auto value = cursor.Column(0);
      rows.push_back(value.storage == SqlValue::kText || value.storage == SqlValue::kBlob
                         ? "'" + std::string(value.Bytes()) + "'"
                     : value.storage == SqlValue::kReal ? std::to_string(value.real)
                                                        : std::to_string(value.integer));
      cursor.EndRow();
    }
    absl::Status status = cursor.status();
    if (status.ok()) {
      const auto changed = cursor.Finish();
      status = changed.status();
      if (changed.ok()) rows.push_back("changed " + std::to_string(*changed));
    }
    Count(status);
    Say(Shown(status));
    Rows(rows, false);
  }

  template <class Scope>
  void Helper(Scope& scope, std::string_view verb, std::string_view line) {
    const std::string_view table = Word(&line);
    const std::int64_t n = Number(&line);
    if (table == "orders") return Say(Shown(Act(scope, verb, n, &MakeOrder)));
    if (table == "lines") return Say(Shown(Act(scope, verb, n, &MakeLine)));
    Account account = MakeAccount(n);
    if (verb == "SET" || verb == "DROP" || verb == "PUT") {
      // As somebody does who has read the row, or has an old copy of it.
      const auto found = scope.Find(cordon::as<Account>, account.id);
      if (found.ok() && found->has_value()) account.version = (*found)->Plain().version;
      if (n % 5 == 0) --account.version;
    }
    Say(Shown(Act(scope, verb, n, [&](std::int64_t) { return account; })));
  }
  template <class Scope, class Make>
  static absl::Status Act(Scope& scope, std::string_view verb, std::int64_t n, const Make& make) {
    if (verb == "ADD") return scope.Insert(make(n));
    if (verb == "PUT") return scope.Upsert(make(n));
    if (verb == "SET") return scope.Update(make(n));
    if (verb == "DROP") return scope.Delete(make(n));
    // BULK
    std::vector<decltype(make(n))> rows;
    for (std::int64_t i = 0; i < n % 4; ++i) rows.push_back(make(n + i));
    return scope.InsertAll(rows).status();
  }

  template <class Scope>
  void Get(Scope& scope, std::string_view line) {
    const std::string_view table = Word(&line);
    const std::int64_t key = Number(&line);
    ++tally_.statements;
    if (table == "orders") return Say(Found(scope.Get(cordon::as<Order>, key)));
    if (table == "accounts") return Say(Found(scope.Get(cordon::as<Account>, key)));
    if (table == "units") return Say(Found(scope.Get(cordon::as<Unit>, Text(key))));
    Say(Found(scope.Get(cordon::as<Line>, key, Number(&line))));
  }
  template <class T>
  static std::string Found(const absl::StatusOr<T>& row) {
    return row.ok() ? Shown(row->Plain()) + "\n" : Shown(row.status());
  }

  // Page by page.
  template <class Scope>
  void List(Scope& scope, std::string_view line) {
    using namespace cordon::literals;
    const std::string_view table = Word(&line);
    cordon::PageRequest request{.rows = 3};
    for (int page = 0; page < 6; ++page) {
      ++tally_.statements;
      std::string token;
      if (table == "orders") {
        const auto rows =
            scope.ReadPage(cordon::as<Order>,
                           "SELECT * FROM orders WHERE open ORDER BY name, n DESC"_sql, request);
        if (!rows.ok()) return Say(Shown(rows.status()));
        for (const auto& row : rows->rows) Say(Shown(row.Plain()) + "\n");
        token = rows->next;
      } else {
        const auto rows =
            scope.ReadPage(cordon::as<Line>, "SELECT * FROM lines ORDER BY sku DESC"_sql, request);
        if (!rows.ok()) return Say(Shown(rows.status()));
        for (const auto& row : rows->rows) Say(Shown(row.Plain()) + "\n");
        token = rows->next;
      }
      if (token.empty()) return;
      request.after = token;
    }
  }

  void InTransaction(const TradeSession& session, std::string_view word, std::string_view line) {
    const absl::Status done = session.Transaction([&](TradeTransaction& tx) -> absl::Status {
      InTransaction(tx, word, line);
      return absl::OkStatus();
    });
    if (!done.ok()) Say(Shown(done));
  }
  void InTransaction(TradeTransaction& tx, std::string_view word, std::string_view line) {
    if (word == "NUMBER") {
      return Say(Told(tx.NextNumber(cordon::Series(std::string(Word(&line))))));
    }
    const std::int64_t n = Number(&line);
    auto writer = tx.NewBlob();
    const std::string text(static_cast<std::size_t>(n % 5) * 1000, static_cast<char>('a' + n % 26));
    const absl::Status written =
        writer.Append(std::as_bytes(std::span<const char>(text.data(), text.size())));
    if (!written.ok()) return Say(Shown(written));
    const auto id = writer.Finish();
    if (!id.ok()) return Say(Shown(id.status()));
    Note note{n % 5, *id};
    Say(Shown(tx.Upsert(note)));
  }
  template <class Scope>
  void ReadBlob(Scope& scope, std::int64_t n) {
    if constexpr (std::is_same_v<Scope, TradeTransaction> || std::is_same_v<Scope, Snapshot>) {
      ++tally_.statements;
      const auto note = scope.Get(cordon::as<Note>, n % 5);
      if (!note.ok()) return Say(Shown(note.status()));
      if (!note->Plain().scan.has_value()) return Say("none\n");
      auto reader = scope.OpenBlob(*(*note)->scan);
      if (!reader.ok()) return Say(Shown(reader.status()));
      std::array<std::byte, 512> part{};
      std::string bytes;
      for (;;) {
        const auto read = reader->Read(part);
        if (!read.ok()) return Say(Shown(read.status()));
        if (*read == 0) break;
        bytes.append(reinterpret_cast<const char*>(part.data()), *read);
      }
      Say(std::to_string(bytes.size()) + " bytes\n");
      // We write each of one letter alone, so that what is short says all.
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find_first_not_of(bytes[at], at), bytes.size());
        Say(std::to_string(end - at) + " times " + bytes[at] + "\n");
        at = end;
      }
    } else {
      (void)scope.Read([&](Snapshot& tx) -> absl::Status {
        ReadBlob(tx, n);
        return absl::OkStatus();
      });
    }
  }

  void Enter(std::size_t which) {
    ++tally_.others;
    const auto user = cordon::Principal::User("mallory");
    if (!user.ok() || world_.neighbours().empty()) return;
    const cordon::TenantId& id = world_.neighbours()[which % world_.neighbours().size()];
    const auto context =
        world_.platform().Enter(cordon::AssertVerified(*user), id, cordon::Purpose("snooping"));
    Say(context.ok() ? "entered\n" : Shown(context.status()));
  }

  // What is done to the house is no transaction's.
  void InHouse(const TradeSession&, std::string_view line) {
    ++tally_.statements;
    if (!house_.has_value()) house_.emplace(world_);
    if (oracle_ != nullptr) oracle_->LoseTrack();
    std::string differs;
    shown_ += house_->Play(world_, line, oracle_ == nullptr ? nullptr : &differs);
    if (!differs.empty()) Differs(differs);
  }

  void Schema() {
    ++tally_.others;
    const auto report = cordon::CheckSchema({.path = world_.path(), .global_tables = {"units"}});
    Say(report.ok() ? cordon::RenderForPeople(*report) : Shown(report.status()));
  }

  const TradeWorld& world_;
  const Script& script_;
  Oracle* oracle_;
  Counts& tally_;
  std::size_t at_ = 0;
  std::string shown_;
  std::optional<TradeSession> second_;
  std::optional<House>& house_;
};

// ---- composing ----------------------------------------------------------------------------------

// As ParseArgument() takes it.
std::string AsWord(const Argument& argument) {
  const std::string optional = argument.type.nullable ? "?:" : ":";
  const bool null = argument.value.storage == SqlValue::kNull;
  switch (argument.type.kind) {
    case SqlType::kText:
      return "text" + optional + argument.value.text;
    case SqlType::kBoolean:
      return "boolean" + optional + (null ? "NULL" : std::to_string(argument.value.integer));
    case SqlType::kTimestamp:
      return "timestamp" + optional +
             (null ? "NULL" : ShowTime(argument.value.integer).substr(0, 10));
    case SqlType::kDecimal: {
      const int scale = argument.type.scale;
      const auto decimal = cordon::ScaledDecimal::FromUnits(argument.value.integer, scale);
      return "decimal" + std::to_string(scale) + optional +
             (null || !decimal.ok() ? "NULL" : decimal->ToString());
    }
    default:
      return "integer" + optional + (null ? "NULL" : std::to_string(argument.value.integer));
  }
}

class Composer {
 public:
  Composer(Input& input, const std::vector<cordon::TenantId>& neighbours, Mood mood)
      : input_(input), neighbours_(neighbours), mood_(mood) {}

  Script Compose() {
    switch (Kind()) {
      default:
        for (std::uint64_t i = 1 + Below(6); i-- > 0;) Add(Query());
        break;
      case 6:
      case 7:
      case 8:
        for (std::uint64_t i = 1 + Below(3); i-- > 0;) Add(Change());
        break;
      case 9:
        Transaction();
        break;
      case 10:
        Snapshot();
        break;
      case 11:
        for (std::uint64_t i = 1 + Below(4); i-- > 0;) Add("ASK " + Hostile(0));
        break;
      case 12:
        for (std::uint64_t i = 1 + Below(4); i-- > 0;) Add("RAW " + Hostile(1));
        break;
      case 13:
        for (std::uint64_t i = 1 + Below(4); i-- > 0;) Add("MARKED " + Hostile(2));
        break;
      case 14:
        Add(Helper());
        break;
      case 15:
        if (Below(3) == 2) {
          AtTheDoor();
        } else {
          Add(Below(8) == 7 ? "SCHEMA" : Helper());
        }
        break;
      case kHouse:
        ComposeHouse(input_, &script_);
    }
    return std::move(script_);
  }

 private:
  static constexpr std::uint64_t kHouse = 16;
  std::uint64_t Below(std::uint64_t n) { return input_.Below(n); }
  std::uint64_t Kind() {
    const std::uint64_t kind = Below(16);
    static constexpr std::uint64_t kHostile[] = {0,  0,  6,  9,  11, 11, 12, 12,
                                                 12, 13, 13, 13, 13, 13, 13, 14};
    if (mood_ == Mood::kHostile) return kHostile[kind];
    const bool in_house = mood_ == Mood::kHouse ? kind > 2 : kind > 13 && Below(2) == 1;
    return in_house ? kHouse : kind;
  }
  std::string Upto(std::uint64_t n) { return std::to_string(Below(n)); }
  void Add(std::string line) { script_.push_back(std::move(line)); }

  Generator Maker(bool open) {
    return Generator([this](std::uint64_t n) { return Below(n); }, TradeTables(), open);
  }
  std::string Query() {
    const bool open = Below(3) == 2;
    const Statement statement = Maker(open).Next();
    std::string line = std::string(open ? "OPEN " : "") +
                       (statement.ordered ? "ORDERED " : "QUERY ") + statement.sql;
    for (const Argument& argument : statement.arguments)
      line += std::string(kBehind) + AsWord(argument);
    return line;
  }
  std::string Change() {
    const bool open = Below(4) == 3;
    bool returning = false;
    const Statement statement = Maker(open).Change(&returning);
    return std::string(open ? "OPEN " : "") + (returning ? "RETURNS " : "CHANGE ") + statement.sql;
  }
  std::string Hostile(int way) {
    cordon_test::Hostile maker([this](std::uint64_t n) { return Below(n); }, TradeView(),
                               neighbours_);
    std::string made = way == 0 ? maker.ForAnalyst() : way == 1 ? maker.ForLock() : maker.Marked();
    if (way < 2) return made;
    std::string text;
    for (const char c : made) {
      if (c == '\x01' || c == '\x02') {
        text += c == '\x01' ? "\\1" : "\\2";
      } else {
        text += c;
      }
    }
    return text;
  }
  std::string Helper() {
    static constexpr const char* kTables[] = {"orders ", "accounts ", "lines "};
    static constexpr const char* kVerbs[] = {"ADD ", "PUT ", "SET ", "DROP ", "BULK "};
    switch (Below(10)) {
      case 0:
        return std::string("GET ") + kTables[Below(3)] + Upto(13) + " " + Upto(6);
      case 1:
        return std::string("LIST ") + (Below(2) == 1 ? "lines" : "orders");
      case 2:
        return "NUMBER " + std::string(Below(2) == 1 ? "invoices" : "returns");
      case 3:
        return "COUNT " + std::string(Below(2) == 1 ? "neighbour " : "prints ") + Upto(5);
      case 4:
        return "VALUE neighbour";
      case 5:
      case 6: {
        const std::string n = std::to_string(1 + Below(60));
        if (Below(2) == 1) return "READBLOB " + n;
        Add("BLOB " + n);
        return "READBLOB " + n;
      }
      default:
        return std::string(kVerbs[Below(5)]) + kTables[Below(3)] + Upto(2000);
    }
  }

  void AtTheDoor() {
    if (Below(2) == 1) return Add("ENTER " + Upto(9));
    // Of the name that the neighbours dismiss.
    for (const char* const line : {"JOIN 2 1", "COME 2 1 0", "OTHERS", "USE 0 0", "COME 2 1 0"}) {
      Add(line);
    }
  }

  std::string Line(bool writes) {
    switch (Below(12)) {
      case 6:
      case 7:
      case 8:
        return writes ? Change() : Query();
      case 9:
        return writes ? Helper() : "GET orders " + Upto(13);
      case 10:
        return "OTHERS";
      case 11:
        return "SECOND " + (Below(3) == 2 ? Change() : Query());
      default:
        return Query();
    }
  }
  void Transaction() {
    Add("BEGIN");
    for (std::uint64_t i = Below(3); i-- > 0;) Add(Line(true));
    if (Below(2) == 1) {
      Add("SAVEPOINT");
      for (std::uint64_t i = Below(3); i-- > 0;) Add(Line(true));
      if (Below(4) == 3) {
        Add("SAVEPOINT");
        Add(Change());
        Add(Below(2) == 1 ? "UNDO" : "RELEASE");
      }
      Add(Below(2) == 1 ? "UNDO" : "RELEASE");
      Add(Line(true));
    }
    Add(Below(4) == 3 ? "ROLLBACK" : "COMMIT");
  }
  void Snapshot() {
    Add("SNAPSHOT");
    Add(Line(false));
    Add("OTHERS");
    for (std::uint64_t i = Below(3); i-- > 0;) Add(Line(false));
    Add("COMMIT");
  }

  Input& input_;
  const std::vector<cordon::TenantId>& neighbours_;
  const Mood mood_;
  Script script_;
};

}  // namespace

Script Compose(Input& input, const std::vector<cordon::TenantId>& neighbours, Mood mood) {
  return Composer(input, neighbours, mood).Compose();
}

std::string Play(const TradeWorld& world, const Script& script, Oracle* oracle,
                 std::optional<House>* house, std::string* overheard, Counts* tally) {
  std::string shown = Player(world, script, oracle, tally, house).Play();
  if (!overheard->empty()) shown += "the platform reports of us\n" + *overheard;
  overheard->clear();
  return shown;
}

bool RunsOutOfSteps(const TradeSession& session, const Script& script) {
  std::string_view line = script.front();
  if (Word(&line) == "OPEN") (void)Word(&line);
  const std::vector<Argument> arguments = Arguments(&line);
  return cordon::CodeOf(session.Query(Parametrized(line, arguments)).status()) ==
         ErrorCode::kBudgetExceeded;
}

}  // namespace cordon_test
