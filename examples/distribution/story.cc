// SPDX-License-Identifier: Apache-2.0
#include "story.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "back_office.h"
#include "inbound.h"
#include "onboarding.h"

extern char** environ;

namespace distribution {
namespace {

using cordon::as;
using cordon::TenantKind;
using cordon::literals::operator""_sql;

const std::filesystem::path kData = DISTRIBUTION_DATA_DIR;

// The quarter that the files of orders are from.
constexpr Quarter kQuarter{std::chrono::year(2024), 1};
constexpr cordon::Timestamp kInQuarter =
    std::chrono::sys_days(std::chrono::year(2024) / std::chrono::March / 25);
constexpr cordon::Timestamp kAfterQuarter =
    std::chrono::sys_days(std::chrono::year(2024) / std::chrono::April / 2);

absl::Status Wrong(const std::string& what) { return absl::InternalError(what); }

// ---- trade ------------------------------------------------------------------------------------

absl::Status TakeOrders(const Story& story, ErpSession& dealer, nlohmann::ordered_json* trade) {
  InboundReport all;
  for (const char* file : {"acorn_850.x12", "daisy_850.x12", "clove_mixed_850.x12", "orders.csv"}) {
    const InboundReport report =
        ReceiveOrders(dealer, kData / "inbound" / file, "ALDER", kInQuarter);
    story.screen.Print("  {} {:<20} {} orders, {} units, {} promised from stock\n",
                       story.screen.Good("✓"), file, report.accepted, report.units,
                       report.allocated);
    if (!report.refusals.empty()) {
      const Refusal& first = report.refusals.front();
      story.screen.Print("{}\n",
                         story.screen.Dim(fmt::format(
                             "      {} refusals; the first, in line {}, segment {}: {}",
                             report.refusals.size(), first.at.line, first.at.segment, first.what)));
    }
    all.accepted += report.accepted;
    all.units += report.units;
    all.allocated += report.allocated;
    all.more_refusals += static_cast<std::int64_t>(report.refusals.size());
  }
  (*trade)["orders"] = all.accepted;
  (*trade)["units"] = all.units;
  (*trade)["promised"] = all.allocated;
  (*trade)["refusals"] = all.more_refusals;
  return all.accepted == 9 ? absl::OkStatus() : Wrong("nine orders of the files are sound");
}

absl::Status MisdirectAFile(const Story& story, const Dealer& other) {
  return AtDealer(story.platform, other, [&](ErpSession& session) -> absl::Status {
    const InboundReport report =
        ReceiveOrders(session, kData / "inbound" / "acorn_850.x12", "BIRCH", kInQuarter);
    if (report.accepted > 0 || report.refusals.empty()) return Wrong("a foreign file was taken");
    story.screen.Print("  {} the first file, sent to {}: {}\n", story.screen.Good("✓"), other.name,
                       report.refusals.front().what);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<std::int64_t>> OrdersOfFiles(ErpSession& dealer) {
  const auto rows = dealer.All(as<std::int64_t>,
                               "SELECT id FROM orders WHERE reference IS NOT NULL ORDER BY id"_sql);
  if (!rows.ok()) return rows.status();
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows) ids.push_back(row.Plain());
  return ids;
}

// Ships and invoices what can be; an order that has nothing to ship waits.
absl::Status ShipAndInvoice(const Story& story, ErpSession& dealer, std::string_view when,
                            nlohmann::ordered_json* trade) {
  const absl::StatusOr<std::vector<std::int64_t>> orders = OrdersOfFiles(dealer);
  if (!orders.ok()) return orders.status();
  std::size_t parcels = 0;
  std::int64_t first = 0, last = 0, invoiced = 0;
  for (const std::int64_t order : *orders) {
    const absl::StatusOr<std::vector<Shipment>> shipped = ShipOrder(dealer, order, kInQuarter);
    if (absl::IsFailedPrecondition(shipped.status())) continue;
    if (!shipped.ok()) return shipped.status();
    parcels += shipped->size();
    const absl::StatusOr<Invoice> invoice = InvoiceOrder(dealer, order, "EUR", kInQuarter);
    if (!invoice.ok()) return invoice.status();
    if (first == 0) first = invoice->number;
    last = invoice->number;
    invoiced += invoice->total.units();
  }
  if (parcels == 0) return Wrong("nothing was shipped");
  story.screen.Print("  {} {}: parcels {}, invoices no. {} to {}, {} EUR\n", story.screen.Good("✓"),
                     when, parcels, first, last, ShowAmount(Amount::FromUnits(invoiced)));
  (*trade)["invoices"] = last;
  return absl::OkStatus();
}

absl::Status FillWhatWaits(const Story& story, ErpSession& dealer) {
  for (const std::int64_t product : {1, 2, 3, 4, 5, 6, 7}) {
    if (absl::Status arrived = ReceiveGoods(dealer, "MAIN", product, 100, kInQuarter);
        !arrived.ok()) {
      return arrived;
    }
  }
  const absl::StatusOr<std::int64_t> filled = FillBackOrders(dealer);
  if (!filled.ok()) return filled.status();
  story.screen.Print("    goods arrive: {} units were waited for\n", *filled);
  return absl::OkStatus();
}

absl::Status TakeSomethingBack(const Story& story, ErpSession& dealer,
                               nlohmann::ordered_json* trade) {
  const auto line = dealer.One(
      as<InvoiceLine>,
      "SELECT * FROM invoice_lines ORDER BY amount DESC, invoice_number, product_id LIMIT 1"_sql);
  if (!line.ok()) return line.status();
  const ReturnedItem half[] = {{(*line)->product_id, (*line)->quantity / 2 + 1}};
  const auto take = [&] {
    return TakeBack(dealer, (*line)->invoice_number, half, "MAIN", kInQuarter);
  };
  const absl::StatusOr<CreditNote> note = take();
  if (!note.ok()) return note.status();
  const absl::Status again = take().status();
  if (!absl::IsFailedPrecondition(again)) return Wrong("more came back than was invoiced");
  story.screen.Print(
      "  {} more than half a line comes back: credit note no. {} over {} EUR\n{}\n",
      story.screen.Good("✓"), note->number, ShowAmount(note->total),
      story.screen.Dim(fmt::format("      and once more: {}", std::string(again.message()))));
  (*trade)["credited"] = note->total.ToString();
  return absl::OkStatus();
}

absl::Status EndTheQuarter(const Story& story, ErpSession& dealer, nlohmann::ordered_json* trade) {
  const absl::StatusOr<Settlement> settled = SettleRebates(dealer, kQuarter, kAfterQuarter);
  if (!settled.ok()) return settled.status();
  const absl::StatusOr<Settlement> again = SettleRebates(dealer, kQuarter, kAfterQuarter);
  if (!again.ok()) return again.status();
  if (settled->settled == 0 || again->settled != 0) return Wrong("a quarter is settled once");
  story.screen.Print("  {} {} rebates: {} EUR to {} customers; settled again: nothing\n",
                     story.screen.Good("✓"), kQuarter.name(), ShowAmount(settled->paid),
                     settled->settled);
  (*trade)["rebates"] = settled->paid.ToString();
  return absl::OkStatus();
}

// ---- reports ------------------------------------------------------------------------------------

// What only its reader may open: an envelope lets in whoever has it.
absl::Status WriteEnvelope(const std::filesystem::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0 || !(out << text).flush()) {
    return absl::UnavailableError("an envelope cannot be written");
  }
  return absl::OkStatus();
}

// Runs the program and returns its exit code. What it complains of goes to `errors`.
absl::StatusOr<int> RunReporting(const ReportingPlace& place, const std::filesystem::path& envelope,
                                 const std::filesystem::path& out,
                                 const std::filesystem::path& errors) {
  std::string arguments[] = {place.program.string(), place.database.string(), envelope.string(),
                             out.string()};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), nullptr};
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) {
    return absl::ResourceExhaustedError("no memory to start the reporting program");
  }
  pid_t child = 0;
  const bool started =
      posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       S_IRUSR | S_IWUSR) == 0 &&
      posix_spawn(&child, argv[0], &actions, nullptr, argv, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (!started || waitpid(child, &status, 0) != child) {
    return absl::UnavailableError("the reporting program cannot be started: build it first");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string FirstLine(const std::filesystem::path& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

absl::StatusOr<std::string> SealFor(const Story& story, const Dealer& dealer) {
  const absl::StatusOr<cordon::TenantContext> context = Enter(story.platform, dealer);
  if (!context.ok()) return context.status();
  return story.platform.tenants().Seal(*context, cordon::Audience("reporting"),
                                       {.lifetime = std::chrono::minutes(1)});
}

// ---- the tree -----------------------------------------------------------------------------------

absl::Status ShowTree(const Story& story) {
  const cordon::TenantDirectory& tenants = story.platform.tenants();
  const absl::StatusOr<cordon::TenantInfo> root = tenants.FindBySlug(kStems[0].slug);
  if (!root.ok()) return root.status();
  const absl::StatusOr<std::vector<cordon::TenantInfo>> all = tenants.Subtree(root->id);
  if (!all.ok()) return all.status();
  const auto count = [&](TenantKind kind) {
    return std::ranges::count(*all, kind, &cordon::TenantInfo::kind);
  };
  story.screen.Print("    {}: {} brands, {} resellers, {} dealers\n", root->name,
                     count(TenantKind::kBrand), count(TenantKind::kReseller),
                     count(TenantKind::kCustomer));
  return absl::OkStatus();
}

// Who stands above a dealer is as much of a stranger there as anybody.
absl::Status LookFromAbove(const Story& story) {
  cordon::TenantDirectory& tenants = story.platform.tenants();
  const absl::StatusOr<cordon::TenantInfo> reseller = tenants.FindBySlug("skandia");
  if (!reseller.ok()) return reseller.status();
  const absl::StatusOr<cordon::Principal> manager =
      cordon::Principal::User("manager@skandia.example");
  if (!manager.ok()) return manager.status();
  if (absl::Status added = tenants.AddMember(reseller->id, *manager); !added.ok()) return added;
  const absl::StatusOr<std::vector<cordon::TenantInfo>> below = tenants.Children(reseller->id);
  if (!below.ok()) return below.status();
  if (below->empty()) return Wrong("the reseller has no dealer");
  const absl::Status entered =
      story.platform
          .Enter(cordon::AssertVerified(*manager), below->front().id, cordon::Purpose("curiosity"))
          .status();
  if (cordon::CodeOf(entered) != cordon::ErrorCode::kNotPermitted) {
    return Wrong("a reseller's manager entered a dealer");
  }
  story.screen.Print("  {} {}'s manager at {}: {}\n", story.screen.Good("✓"), reseller->name,
                     below->front().name, std::string(entered.message()));
  return absl::OkStatus();
}

}  // namespace

absl::Status TellOnboarding(const Story& story, std::vector<Dealer>* dealers) {
  story.screen.Section("Forty dealers from one file, under two brands and four resellers");
  if (absl::Status planted = PlantTree(story.platform, kStems); !planted.ok()) return planted;
  const auto bring = [&] {
    return OnboardDealers(story.platform, kData / "onboarding.csv", kData / "catalogue.csv",
                          kInQuarter);
  };
  const absl::StatusOr<OnboardingReport> first = bring();
  if (!first.ok()) return first.status();
  const absl::StatusOr<OnboardingReport> second = bring();
  if (!second.ok()) return second.status();
  for (const OnboardingProblem& problem : first->problems) {
    story.screen.Print(
        "{}\n", story.screen.Dim(fmt::format("    line {:>2}: {}", problem.line, problem.reason)));
  }
  story.screen.Print(
      "  {} {} dealers opened, {} lines refused; the file again: {} unchanged, {} opened\n",
      story.screen.Good("✓"), first->opened.size(), first->problems.size(), second->unchanged,
      second->opened.size());
  nlohmann::ordered_json refused = nlohmann::ordered_json::array();
  for (const OnboardingProblem& problem : first->problems) {
    refused.push_back({{"line", problem.line}, {"reason", problem.reason}});
  }
  story.json["onboarding"] = {{"opened", first->opened.size()},
                              {"opened_again", second->opened.size()},
                              {"unchanged", second->unchanged},
                              {"refused", refused}};
  if (first->opened.size() + static_cast<std::size_t>(first->unchanged) != 40 ||
      second->unchanged != 40) {
    return Wrong("forty lines of the file are sound");
  }
  dealers->insert(dealers->end(), first->opened.begin(), first->opened.end());
  if (absl::Status shown = ShowTree(story); !shown.ok()) return shown;
  return LookFromAbove(story);
}

absl::Status TellTrade(const Story& story, const Dealer& dealer, const Dealer& other) {
  story.screen.Section(fmt::format("Orders from outside, and what {} makes of them", dealer.name));
  nlohmann::ordered_json trade;
  const absl::Status told =
      AtDealer(story.platform, dealer, [&](ErpSession& session) -> absl::Status {
        absl::Status status = TakeOrders(story, session, &trade);
        if (status.ok()) status = ShipAndInvoice(story, session, "what is there", &trade);
        if (status.ok()) status = FillWhatWaits(story, session);
        if (status.ok()) status = ShipAndInvoice(story, session, "the back orders", &trade);
        if (status.ok()) status = TakeSomethingBack(story, session, &trade);
        if (status.ok()) status = EndTheQuarter(story, session, &trade);
        return status;
      });
  if (!told.ok()) return told;
  story.json["trade"] = trade;
  return MisdirectAFile(story, other);
}

absl::Status TellReports(const Story& story, const std::vector<Dealer>& dealers,
                         const ReportingPlace& place) {
  story.screen.Section("A report for each dealer, by a process that holds nothing but envelopes");
  const std::filesystem::path envelope = place.directory / "envelope";
  const std::filesystem::path errors = place.directory / "errors";
  std::uintmax_t bytes = 0;
  for (const Dealer& dealer : dealers) {
    const absl::StatusOr<std::string> sealed = SealFor(story, dealer);
    if (!sealed.ok()) return sealed.status();
    if (absl::Status written = WriteEnvelope(envelope, *sealed); !written.ok()) return written;
    // A dealer's name may be anything; its id is safe as the name of a file.
    const std::filesystem::path out = place.directory / dealer.id.ToString();
    const absl::StatusOr<int> code = RunReporting(place, envelope, out, errors);
    if (!code.ok()) return code.status();
    if (*code != 0) return Wrong(FirstLine(errors));
    bytes += std::filesystem::file_size(out.string() + ".html");
  }
  story.screen.Print("  {} {} reports, as text and as a page of HTML, {} KB\n",
                     story.screen.Good("✓"), dealers.size(), bytes / 1024);
  const absl::StatusOr<int> replayed =
      RunReporting(place, envelope, place.directory / "replayed", errors);
  if (!replayed.ok()) return replayed.status();
  if (*replayed == 0) return Wrong("an envelope was opened twice");
  story.screen.Print("  {} the last envelope once more: {}\n", story.screen.Good("✓"),
                     FirstLine(errors));
  std::filesystem::remove(envelope);
  std::filesystem::remove(errors);
  story.json["reports"] = {{"written", dealers.size()}, {"opened_twice", *replayed == 0}};
  return absl::OkStatus();
}

}  // namespace distribution
