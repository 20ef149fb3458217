// SPDX-License-Identifier: Apache-2.0
#include "attempts.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include "back_office.h"
#include "checksum.h"
#include "import.h"
#include "scratch.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

// Rows that only the other dealer has, and ids that nobody has.
constexpr std::int64_t kTheirOrder = 900'001;
constexpr std::int64_t kNobodysOrder = 900'002;
constexpr std::int64_t kTheirProduct = 900'001;
constexpr std::string_view kTheirCustomer = "THEIRS";
constexpr std::string_view kNobodysCustomer = "NOBODY";

Customer CustomerCalled(std::string_view name) {
  return {std::string(kTheirCustomer),
          std::string(name),
          "Somebody",
          "Somewhere",
          std::nullopt,
          "Nowhere",
          "0"};
}
Order OrderOf(std::int64_t id, std::string_view customer) {
  return {id, std::string(customer), cordon::Timestamp(), std::nullopt, Price()};
}

// What an attempt has to play with.
struct Stage {
  ErpPlatform& platform;
  const Dealer& ours;
  const Dealer& theirs;
  ErpSession& mine;
  ErpSession& other;
  const std::filesystem::path& sample;
  const std::filesystem::path& scratch;  // an empty directory
  std::vector<cordon::TenantId> guests;  // removed when all is over
};

// A dealer that an attempt may damage.
absl::StatusOr<Dealer> AddGuest(Stage& stage) {
  absl::StatusOr<Dealer> guest = AddDealer(stage.platform, "guest");
  if (guest.ok()) stage.guests.push_back(guest->id);
  return guest;
}

struct Outcome {
  std::string_view stopped_by;
  bool stopped = false;
  std::string message;
};

constexpr std::string_view kType = "type";
constexpr std::string_view kEngine = "engine";
constexpr std::string_view kContext = "context";
constexpr std::string_view kImport = "import";

// Which lock speaks through a status; none when the machine merely failed.
std::string_view LockBehind(const absl::Status& status) {
  switch (cordon::CodeOf(status)) {
    case cordon::ErrorCode::kStatementRefused:
    case cordon::ErrorCode::kForeignValue:  // its second half, for values without a brand
      return kType;
    case cordon::ErrorCode::kNotFound:
    case cordon::ErrorCode::kForeignKeyViolation:
    case cordon::ErrorCode::kEngineLock:
      return kEngine;
    case cordon::ErrorCode::kInvalidArgument:
    case cordon::ErrorCode::kNotPermitted:
    case cordon::ErrorCode::kContextExpired:
    case cordon::ErrorCode::kContextRevoked:
    case cordon::ErrorCode::kTenantSuspended:
      return kContext;
    default:
      return "";
  }
}

Outcome Refused(const absl::Status& status) {
  const std::string_view lock = LockBehind(status);
  return {lock, !lock.empty(), std::string(status.message())};
}

// What is somebody else's must get the very answer that what is nobody's gets.
Outcome SameAnswer(const absl::Status& theirs, const absl::Status& nobodys) {
  Outcome outcome = Refused(theirs);
  if (theirs != nobodys) {
    outcome.stopped = false;
    outcome.message += "; but for nobody's: " + std::string(nobodys.message());
  }
  return outcome;
}

// Nothing was refused, because nothing could happen: the statement saw its own dealer's rows only.
Outcome Confined(bool confined, std::string message) {
  return {kEngine, confined, std::move(message)};
}

Outcome DoesNotCompile(bool refused, std::string message) {
  return {kType, refused, std::move(message)};
}

// An attempt that was not made has not been stopped.
Outcome CouldNotTry(const absl::Status& status) {
  return {"", false, std::string(status.message())};
}

// ---- what the compiler says ---------------------------------------------------------------------

template <class Scope>
concept RunsStatements = requires(Scope& scope) {
  scope.Execute("DELETE FROM order_lines"_sql);
};
template <class Scope>
concept RunsAnyText = requires(Scope& scope, std::string text) {
  scope.Execute(text);
};

Outcome QueriesWithoutATenant(Stage&) {
  return DoesNotCompile(RunsStatements<ErpSession> && !RunsStatements<ErpPlatform>,
                        "a platform has no statements: they belong to sessions");
}

Outcome MakesAContextUp(Stage&) {
  using Context = cordon::TenantContext;
  return DoesNotCompile(!std::is_default_constructible_v<Context> &&
                            !std::is_copy_constructible_v<Context> &&
                            !std::is_constructible_v<Context, cordon::TenantId> &&
                            !std::is_constructible_v<Context, std::string>,
                        "a context comes from Platform::Enter and from nowhere else");
}

Outcome MakesAnIdUp(Stage&) {
  using Id = cordon::TenantId;
  return DoesNotCompile(!std::is_default_constructible_v<Id> &&
                            !std::is_constructible_v<Id, std::int64_t> &&
                            !std::is_constructible_v<Id, std::string>,
                        "there is no tenant 0, no empty tenant and no tenant of a bare text");
}

Outcome GluesTextIntoAStatement(Stage&) {
  return DoesNotCompile(RunsStatements<ErpSession> && !RunsAnyText<ErpSession>,
                        "a statement is a literal; what a user typed is an argument");
}

// Two dealers open at once: what is read at one does not fit where the other's values go.
Outcome MixesTwoOpenDealers(Stage& stage) {
  absl::StatusOr<cordon::TenantContext> first = Enter(stage.platform, stage.ours);
  absl::StatusOr<cordon::TenantContext> second = Enter(stage.platform, stage.theirs);
  if (!first.ok()) return CouldNotTry(first.status());
  if (!second.ok()) return CouldNotTry(second.status());
  bool refused = false;
  absl::Status done =
      cordon::WithTenants(stage.platform, *first, *second, [&](auto& a, auto& b) -> absl::Status {
        constexpr auto kOneLine = "SELECT * FROM order_lines ORDER BY order_id LIMIT 1"_sql;
        auto own = a.One(as<OrderLine>, kOneLine);
        auto foreign = b.One(as<OrderLine>, kOneLine);
        // a.Insert(*foreign) does not compile. To show that in a program which does, it is asked
        // for.
        refused = cordon::kMayPass<decltype(*own), std::remove_reference_t<decltype(a)>> &&
                  !cordon::kMayPass<decltype(*foreign), std::remove_reference_t<decltype(a)>>;
        return foreign.status();
      });
  if (!done.ok()) return CouldNotTry(done);
  return DoesNotCompile(
      refused,
      "the line's type says where it was read, and that is another type than this scope's");
}

struct StatementAttempt {
  std::string_view name;
  std::string_view sql;
  cordon::Verdict verdict;
};

constexpr StatementAttempt Statement(std::string_view name, std::string_view sql) {
  return {name, sql, cordon::CheckSql<Erp>(sql)};
}

// Each verdict is the compiler's: these statements stand in no binary.
constexpr StatementAttempt kStatements[] = {
    Statement("asks for the tenant column", "SELECT tenant_id, id FROM orders"),
    Statement("filters by a tenant of their choice",
              "SELECT id FROM orders WHERE tenant_id <> 'ours'"),
    Statement("goes around by the schema's name", "SELECT id FROM main.orders"),
    Statement("reads the list of tables", "SELECT * FROM sqlite_schema"),
    Statement("switches a guard off", "PRAGMA foreign_keys = OFF"),
    Statement("attaches a file", "ATTACH 'other.db' AS other"),
    Statement("appends a second statement", "SELECT id FROM orders; DELETE FROM orders"),
    Statement("appends another query", "SELECT id FROM orders UNION SELECT id FROM invoices"),
    Statement("shadows a table", "CREATE TEMP VIEW orders AS SELECT 1"),
    Statement("inserts for somebody else",
              "INSERT INTO rebates (tenant_id, customer_id) VALUES ('theirs', 'ACORN')"),
    Statement("gives a row away", "UPDATE orders SET tenant_id = 'theirs'"),
    Statement("replaces whatever is in the way",
              "INSERT OR REPLACE INTO warehouses (id, name, preference) VALUES ('MAIN', '', 1)"),
    Statement("edits what is everybody's", "UPDATE currencies SET name = 'Ours'"),
};

// ---- what the engine says -----------------------------------------------------------------------

// Runs `work` in a transaction of ours that is then undone, so that the attempts do not see each
// other's traces.
template <class Work>
absl::Status Tentatively(ErpSession& session, Work work) {
  absl::Status done = session.Transaction([&](ErpWrite& tx) -> absl::Status {
    absl::Status worked = work(tx);
    return worked.ok() ? absl::CancelledError() : worked;
  });
  return absl::IsCancelled(done) ? absl::OkStatus() : done;
}

Outcome GuessesAnOrder(Stage& stage) {
  const auto read = [&](std::int64_t id) {
    return stage.mine.One(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, id).status();
  };
  return SameAnswer(read(kTheirOrder), read(kNobodysOrder));
}

Outcome GuessesAnOrderInAJoin(Stage& stage) {
  const auto read = [&](std::int64_t id) {
    return stage.mine
        .One(as<std::tuple<std::string, std::int64_t>>,
             "SELECT c.name, o.id FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
             "WHERE o.id = ?"_sql,
             id)
        .status();
  };
  return SameAnswer(read(kTheirOrder), read(kNobodysOrder));
}

Outcome AddsALineToTheirOrder(Stage& stage) {
  auto product =
      stage.mine.One(as<std::int64_t>, "SELECT id FROM products ORDER BY id LIMIT 1"_sql);
  const std::int64_t product_id = product.ok() ? product->Plain() : 1;
  const auto add = [&](std::int64_t order_id) {
    return stage.mine.Insert(OrderLine{order_id, product_id, Price::FromUnits(1), 1, Discount()});
  };
  return SameAnswer(add(kTheirOrder), add(kNobodysOrder));
}

Outcome OrdersForTheirCustomer(Stage& stage) {
  const auto order = [&](std::string_view customer) {
    return stage.mine.Insert(OrderOf(kNobodysOrder, customer));
  };
  return SameAnswer(order(kTheirCustomer), order(kNobodysCustomer));
}

Outcome StocksTheirProduct(Stage& stage) {
  const auto keep = [&](std::int64_t product) {
    return stage.mine.Insert(Stock{"MAIN", product, 1, 0});
  };
  return SameAnswer(keep(kTheirProduct), keep(kTheirProduct + 1));
}

Outcome ChangesTheirOrder(Stage& stage) {
  absl::StatusOr<std::int64_t> changed =
      stage.mine.Execute("UPDATE orders SET shipped_at = NULL WHERE id = ?"_sql, kTheirOrder);
  return Confined(changed.ok() && *changed == 0, "0 rows changed: no such order");
}

// If an id that somebody else uses could not be taken, one could ask for ids and learn who uses
// them.
Outcome ProbesForATakenId(Stage& stage) {
  absl::Status probed =
      Tentatively(stage.mine, [&](ErpWrite& tx) { return tx.Insert(CustomerCalled("a probe")); });
  return Confined(probed.ok(),
                  probed.ok() ? "the id was free, as every id is that one has not given out oneself"
                              : std::string(probed.message()));
}

Outcome UpsertsTheirCustomer(Stage& stage) {
  std::string seen;
  absl::Status upserted = Tentatively(stage.mine, [&](ErpWrite& tx) -> absl::Status {
    auto name = tx.One(as<std::string>,
                       "INSERT INTO customers (id, name, contact, city, country, phone) "
                       "VALUES (?, 'new', '', '', '', '') ON CONFLICT (id) "
                       "DO UPDATE SET name = customers.name || ' (old)' RETURNING name"_sql,
                       kTheirCustomer);
    if (name.ok()) seen = name->Plain();
    return name.status();
  });
  return Confined(upserted.ok() && seen == "new",
                  "a new row of one's own; theirs is neither overwritten nor returned");
}

// Carries `work` out, for good, at a dealer of its own, and looks whether ours has noticed.
template <class Work>
Outcome HitsOnlyItsOwn(Stage& stage, std::string_view what, Work work) {
  absl::StatusOr<Dealer> guest = AddGuest(stage);
  if (!guest.ok()) return CouldNotTry(guest.status());
  const absl::StatusOr<std::uint64_t> before = Checksum(stage.mine);
  absl::StatusOr<std::int64_t> changed;
  absl::Status done = AtDealer(stage.platform, *guest, [&](ErpSession& session) {
    const ImportReport report = ImportDealer(session, stage.sample);
    if (!report.status.ok()) return report.status;
    changed = work(session);
    return changed.status();
  });
  const absl::StatusOr<std::uint64_t> after = Checksum(stage.mine);
  if (!done.ok()) return CouldNotTry(done);
  return Confined(*changed > 0 && before.ok() && after.ok() && *before == *after,
                  fmt::format("{} rows of one's own {}, none of anybody else's", *changed, what));
}

Outcome DeletesWithoutWhere(Stage& stage) {
  return HitsOnlyItsOwn(stage, "deleted", [](ErpSession& session) {
    return session.Execute("DELETE FROM order_lines"_sql);
  });
}

Outcome UpdatesWithoutWhere(Stage& stage) {
  return HitsOnlyItsOwn(stage, "changed", [](ErpSession& session) {
    return session.Execute("UPDATE stock SET on_hand = 0"_sql);
  });
}

// Sessions without brands have one type, so the compiler is silent; the value itself knows whose it
// is.
Outcome CarriesARowAcross(Stage& stage) {
  auto line = stage.other.One(
      as<OrderLine>, "SELECT * FROM order_lines WHERE order_id = ? LIMIT 1"_sql, kTheirOrder);
  if (!line.ok()) return CouldNotTry(line.status());
  return Refused(stage.mine.Insert(*line));
}

Outcome CarriesAnIdAcross(Stage& stage) {
  auto id =
      stage.other.One(as<std::int64_t>, "SELECT id FROM orders WHERE id = ?"_sql, kTheirOrder);
  if (!id.ok()) return CouldNotTry(id.status());
  return Refused(stage.mine.One(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, *id).status());
}

Outcome InvoicesTheirOrder(Stage& stage) {
  const cordon::Timestamp now{};
  return SameAnswer(InvoiceOrder(stage.mine, kTheirOrder, "EUR", now).status(),
                    InvoiceOrder(stage.mine, kNobodysOrder, "EUR", now).status());
}

// ---- what the context says ----------------------------------------------------------------------

Outcome EntersAsAStranger(Stage& stage) {
  // Somebody else's tenant and a tenant that never was must get the same answer.
  std::string unknown = stage.theirs.id.ToString();
  unknown.back() = unknown.back() == '0' ? '4' : '0';
  const absl::StatusOr<cordon::TenantId> nobodys = cordon::TenantId::Parse(unknown);
  if (!nobodys.ok()) return CouldNotTry(nobodys.status());
  const auto enter = [&](const cordon::TenantId& id) {
    return stage.platform
        .Enter(cordon::AssertVerified(stage.ours.clerk), id, cordon::Purpose("curiosity"))
        .status();
  };
  return SameAnswer(enter(stage.theirs.id), enter(*nobodys));
}

Outcome ForgesATenantId(Stage& stage) {
  const std::string real = stage.theirs.id.ToString();
  std::string shouted = real;
  for (char& c : shouted) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  absl::Status refusal;
  for (const std::string& text :
       {std::string(), std::string("0"), std::string("-1"), std::string("*"), shouted, real + " ",
        " " + real, real + "' OR '1'='1", real.substr(3), "tn_" + std::string(26, '0')}) {
    const absl::StatusOr<cordon::TenantId> id = cordon::TenantId::Parse(text);
    if (id.ok()) return {kContext, false, "a forged id was taken for a real one"};
    refusal = id.status();
  }
  return Refused(refusal);
}

// Opens a session of a dealer of its own, lets `end` happen, and tries to go on.
template <class End>
Outcome GoesOnAfter(Stage& stage, cordon::EnterOptions options, End end) {
  absl::StatusOr<Dealer> dealer = AddGuest(stage);
  if (!dealer.ok()) return CouldNotTry(dealer.status());
  absl::StatusOr<cordon::TenantContext> context = stage.platform.Enter(
      cordon::AssertVerified(dealer->clerk), dealer->id, cordon::Purpose("back-office"), options);
  if (!context.ok()) return CouldNotTry(context.status());
  absl::StatusOr<ErpSession> session = stage.platform.OpenSession(*context);
  if (!session.ok()) return CouldNotTry(session.status());
  end(*dealer, *context);
  return Refused(session->One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql).status());
}

Outcome GoesOnAfterRevocation(Stage& stage) {
  return GoesOnAfter(stage, {},
                     [](const Dealer&, cordon::TenantContext& context) { context.Revoke(); });
}

Outcome GoesOnAfterExpiry(Stage& stage) {
  return GoesOnAfter(stage, {.lifetime = std::chrono::milliseconds(50)},
                     [](const Dealer&, cordon::TenantContext&) {
                       std::this_thread::sleep_for(std::chrono::milliseconds(80));
                     });
}

Outcome GoesOnAfterSuspension(Stage& stage) {
  absl::Status suspended;
  Outcome outcome = GoesOnAfter(stage, {}, [&](const Dealer& dealer, cordon::TenantContext&) {
    suspended = stage.platform.tenants().Suspend(dealer.id);
  });
  outcome.stopped = outcome.stopped && suspended.ok();
  return outcome;
}

Outcome GoesOnAfterLeaving(Stage& stage) {
  absl::Status left;
  Outcome outcome = GoesOnAfter(stage, {}, [&](const Dealer& dealer, cordon::TenantContext&) {
    left = stage.platform.tenants().RemoveMember(dealer.id, dealer.clerk);
  });
  outcome.stopped = outcome.stopped && left.ok();
  return outcome;
}

Outcome UsesAContextTwice(Stage& stage) {
  absl::StatusOr<cordon::TenantContext> context = Enter(stage.platform, stage.ours);
  if (!context.ok()) return CouldNotTry(context.status());
  const cordon::TenantContext handed_on = *std::move(context);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the attempt
  const absl::Status used = stage.platform.OpenSession(*context).status();
  return Refused(used);
}

Outcome CarriesAContextElsewhere(Stage& stage) {
  absl::StatusOr<std::unique_ptr<ErpPlatform>> elsewhere =
      OpenBackOffice(stage.scratch / "elsewhere.db");
  if (!elsewhere.ok()) return CouldNotTry(elsewhere.status());
  absl::StatusOr<cordon::TenantContext> context = Enter(stage.platform, stage.ours);
  if (!context.ok()) return CouldNotTry(context.status());
  return Refused((*elsewhere)->OpenSession(*context).status());
}

// ---- what the import says -----------------------------------------------------------------------

// Imports a copy of the sample that `spoil(directory)` has changed, for a new dealer.
template <class Spoil>
Outcome ImportsSpoilt(Stage& stage, Spoil spoil) {
  std::error_code failed;
  const std::filesystem::path directory = stage.scratch / "spoilt";
  std::filesystem::remove_all(directory, failed);
  std::filesystem::copy(stage.sample, directory, failed);
  if (failed) return CouldNotTry(absl::InternalError(failed.message()));
  spoil(directory);

  absl::StatusOr<Dealer> dealer = AddGuest(stage);
  if (!dealer.ok()) return CouldNotTry(dealer.status());
  ImportReport report;
  bool empty = false;
  absl::Status entered =
      AtDealer(stage.platform, *dealer, [&](ErpSession& session) -> absl::Status {
        const absl::StatusOr<std::uint64_t> before = Checksum(session);
        report = ImportDealer(session, directory);
        const absl::StatusOr<std::uint64_t> after = Checksum(session);
        empty = before.ok() && after.ok() && *before == *after;
        return after.status();
      });
  if (!entered.ok()) return CouldNotTry(entered);
  if (report.problems.empty()) return {kImport, false, std::string(report.status.message())};
  const ImportProblem& first = report.problems.front();
  return {kImport, absl::IsInvalidArgument(report.status) && empty,
          fmt::format("{}:{}: {}", first.file, first.line, first.reason)};
}

void Append(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

Outcome ImportsAForeignColumn(Stage& stage) {
  return ImportsSpoilt(stage, [&](const std::filesystem::path& directory) {
    std::ifstream in(directory / "customers.csv", std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    in.close();
    const std::string added = "," + stage.theirs.id.ToString();
    std::string spoilt;
    for (const char c : text) {
      if (c == '\n') spoilt += spoilt.find('\n') == std::string::npos ? ",tenant_id" : added;
      spoilt += c;
    }
    std::ofstream(directory / "customers.csv", std::ios::binary) << spoilt;
  });
}

Outcome ImportsAFormula(Stage& stage) {
  return ImportsSpoilt(stage, [](const std::filesystem::path& directory) {
    Append(directory / "customers.csv", "GREED,=1+1,Someone,Owner,Street 1,Town,,1,Country,1,\n");
  });
}

Outcome ImportsWrongEncoding(Stage& stage) {
  return ImportsSpoilt(stage, [](const std::filesystem::path& directory) {
    Append(directory / "customers.csv",
           "LATIN,Caf\xE9,Someone,Owner,Street 1,Town,,1,Country,1,\n");
  });
}

Outcome ImportsATruncatedFile(Stage& stage) {
  return ImportsSpoilt(stage, [](const std::filesystem::path& directory) {
    std::error_code ignored;
    const std::filesystem::path file = directory / "order_details.csv";
    std::filesystem::resize_file(file, std::filesystem::file_size(file, ignored) - 3, ignored);
  });
}

Outcome ImportsAnOpenQuote(Stage& stage) {
  return ImportsSpoilt(stage, [](const std::filesystem::path& directory) {
    Append(directory / "products.csv", "99,\"Everything that follows,1,1,piece,1,1,0,0,0\n");
  });
}

Outcome ImportsAnOrderForTheirCustomer(Stage& stage) {
  return ImportsSpoilt(stage, [](const std::filesystem::path& directory) {
    Append(directory / "orders.csv",
           fmt::format("9001,{},1,2024-01-01,2024-01-02,,1,1,Name,Street,Town,,,Country\n",
                       kTheirCustomer));
  });
}

Outcome ImportsAStatement(Stage& stage) {
  constexpr std::string_view kName = "x'); DELETE FROM orders; --";
  std::error_code failed;
  const std::filesystem::path directory = stage.scratch / "statement";
  std::filesystem::copy(stage.sample, directory, failed);
  if (failed) return CouldNotTry(absl::InternalError(failed.message()));
  Append(directory / "customers.csv",
         fmt::format("SQLIN,{},Someone,Owner,Street 1,Town,,1,Country,1,\n", kName));
  absl::StatusOr<Dealer> dealer = AddGuest(stage);
  if (!dealer.ok()) return CouldNotTry(dealer.status());
  bool as_text = false;
  absl::Status entered =
      AtDealer(stage.platform, *dealer, [&](ErpSession& session) -> absl::Status {
        const ImportReport report = ImportDealer(session, directory);
        if (!report.status.ok()) return report.status;
        auto name =
            session.One(as<std::string>, "SELECT name FROM customers WHERE id = 'SQLIN'"_sql);
        if (!name.ok()) return name.status();
        const absl::StatusOr<Figures> figures = ReadFigures(session);
        if (!figures.ok()) return figures.status();
        as_text = name->Plain() == kName && figures->orders == report.orders;
        return absl::OkStatus();
      });
  if (!entered.ok()) return CouldNotTry(entered);
  return {kType, as_text,
          "it is now the name of a customer, to the letter: values are never part of a statement"};
}

// ---- all of them --------------------------------------------------------------------------------

struct Attempt {
  std::string_view who;
  std::string_view name;
  Outcome (*make)(Stage&);
};

constexpr std::string_view kColleague = "careless colleague";
constexpr std::string_view kDealer = "curious dealer";

constexpr Attempt kAttempts[] = {
    {kColleague, "queries without saying for whom", QueriesWithoutATenant},
    {kColleague, "makes a context up", MakesAContextUp},
    {kColleague, "makes a tenant id up", MakesAnIdUp},
    {kColleague, "glues text into a statement", GluesTextIntoAStatement},
    {kColleague, "mixes up two open dealers", MixesTwoOpenDealers},
    {kColleague, "inserts a row read at the other dealer", CarriesARowAcross},
    {kColleague, "looks an id of the other dealer up here", CarriesAnIdAcross},
    {kColleague, "deletes without WHERE", DeletesWithoutWhere},
    {kColleague, "updates without WHERE", UpdatesWithoutWhere},
    {kColleague, "upserts onto an id of theirs", UpsertsTheirCustomer},
    {kColleague, "uses a context that was handed on", UsesAContextTwice},
    {kColleague, "carries a context to another file", CarriesAContextElsewhere},

    {kDealer, "guesses the id of an order", GuessesAnOrder},
    {kDealer, "guesses it in a join", GuessesAnOrderInAJoin},
    {kDealer, "changes an order by its id", ChangesTheirOrder},
    {kDealer, "adds a line to their order", AddsALineToTheirOrder},
    {kDealer, "orders for their customer", OrdersForTheirCustomer},
    {kDealer, "keeps stock of their product", StocksTheirProduct},
    {kDealer, "invoices their order", InvoicesTheirOrder},
    {kDealer, "probes which ids are taken", ProbesForATakenId},
    {kDealer, "enters as a stranger", EntersAsAStranger},
    {kDealer, "forges a tenant id", ForgesATenantId},
    {kDealer, "goes on after revocation", GoesOnAfterRevocation},
    {kDealer, "goes on after expiry", GoesOnAfterExpiry},
    {kDealer, "goes on after suspension", GoesOnAfterSuspension},
    {kDealer, "goes on after leaving the dealer", GoesOnAfterLeaving},
    {kDealer, "sends a file with a tenant column", ImportsAForeignColumn},
    {kDealer, "sends a spreadsheet formula", ImportsAFormula},
    {kDealer, "sends the wrong encoding", ImportsWrongEncoding},
    {kDealer, "sends half a file", ImportsATruncatedFile},
    {kDealer, "sends a quote that never closes", ImportsAnOpenQuote},
    {kDealer, "sends an order for their customer", ImportsAnOrderForTheirCustomer},
    {kDealer, "sends a statement for a name", ImportsAStatement},
};

// Gives the other dealer something that ours does not have.
absl::Status SetTheStage(ErpSession& theirs) {
  return theirs.Transaction([](ErpWrite& tx) -> absl::Status {
    for (const absl::Status& added :
         {tx.Insert(CustomerCalled("A secret customer")),
          tx.Insert(Product{kTheirProduct, "A secret product", "piece", Price::FromUnits(77'7700),
                            false}),
          tx.Insert(OrderOf(kTheirOrder, kTheirCustomer)),
          tx.Insert(
              OrderLine{kTheirOrder, kTheirProduct, Price::FromUnits(77'7700), 7, Discount()})}) {
      if (!added.ok()) return added;
    }
    return absl::OkStatus();
  });
}

absl::Status ClearTheStage(Stage& stage) {
  for (const cordon::TenantId& guest : stage.guests) {
    if (absl::Status removed = stage.platform.tenants().Remove(guest); !removed.ok())
      return removed;
  }
  return stage.other.Transaction([](ErpWrite& tx) -> absl::Status {
    for (const absl::Status& deleted :
         {tx.Execute("DELETE FROM order_lines WHERE order_id = ?"_sql, kTheirOrder).status(),
          tx.Execute("DELETE FROM orders WHERE id = ?"_sql, kTheirOrder).status(),
          tx.Execute("DELETE FROM products WHERE id = ?"_sql, kTheirProduct).status(),
          tx.Execute("DELETE FROM customers WHERE id = ?"_sql, kTheirCustomer).status()}) {
      if (!deleted.ok()) return deleted;
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::vector<AttemptReport>> RunAttempts(ErpPlatform& platform, const Dealer& ours,
                                                       const Dealer& theirs,
                                                       const std::filesystem::path& sample) {
  absl::StatusOr<cordon::TenantContext> our_context = Enter(platform, ours);
  if (!our_context.ok()) return our_context.status();
  absl::StatusOr<cordon::TenantContext> their_context = Enter(platform, theirs);
  if (!their_context.ok()) return their_context.status();
  absl::StatusOr<ErpSession> mine = platform.OpenSession(*our_context);
  if (!mine.ok()) return mine.status();
  absl::StatusOr<ErpSession> other = platform.OpenSession(*their_context);
  if (!other.ok()) return other.status();
  if (absl::Status set = SetTheStage(*other); !set.ok()) return set;

  const Scratch scratch;
  if (scratch.path().empty()) return absl::UnavailableError("no directory for the spoilt files");
  Stage stage{platform, ours, theirs, *mine, *other, sample, scratch.path(), {}};

  std::vector<AttemptReport> reports;
  for (const StatementAttempt& attempt : kStatements) {
    reports.push_back({.who = std::string(kColleague),
                       .name = fmt::format("{}: {}", attempt.name, attempt.sql),
                       .stopped_by = std::string(kType),
                       .stopped = !attempt.verdict.ok(),
                       .message = attempt.verdict.message()});
  }
  for (const Attempt& attempt : kAttempts) {
    const absl::StatusOr<std::uint64_t> before = Checksum(*other);
    if (!before.ok()) return before.status();
    Outcome outcome = attempt.make(stage);
    const absl::StatusOr<std::uint64_t> after = Checksum(*other);
    if (!after.ok()) return after.status();
    if (*before != *after)
      outcome = {outcome.stopped_by, false, "rows of the other dealer have changed"};
    reports.push_back({.who = std::string(attempt.who),
                       .name = std::string(attempt.name),
                       .stopped_by = std::string(outcome.stopped_by),
                       .stopped = outcome.stopped,
                       .message = std::move(outcome.message)});
  }
  if (absl::Status cleared = ClearTheStage(stage); !cleared.ok()) return cleared;
  return reports;
}

}  // namespace distribution
