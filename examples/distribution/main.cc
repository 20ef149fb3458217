// SPDX-License-Identifier: Apache-2.0
// The demo, from the first dealer to the last attempt to get from one to another. The chapters
// between are in story.cc.

#include <fmt/color.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "attempts.h"
#include "back_office.h"
#include "dealers.h"
#include "import.h"
#include "scratch.h"
#include "screen.h"
#include "story.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

struct Flags {
  std::string data;
  std::string db;
  std::string reports;
  bool json = false;
};

struct Plan {
  std::string dealer;
  std::filesystem::path files;
  std::int64_t price_percent = 100;
  std::string currency;
};

std::vector<Plan> MakePlans(const Flags& flags) {
  if (!flags.data.empty()) {
    return {{"northwind", flags.data, 100, "USD"}, {"southwind", flags.data, 110, "USD"}};
  }
  const std::filesystem::path ours = DISTRIBUTION_DATA_DIR;
  return {{"alder", ours / "alder", 100, "EUR"},
          {"birch", ours / "birch", 100, "SEK"},
          {"cedar", ours / "cedar", 100, "CAD"}};
}

class Demo {
 public:
  Demo(const Flags& flags, ErpPlatform& platform, ReportingPlace reporting)
      : plans_(MakePlans(flags)),
        our_data_(flags.data.empty()),
        platform_(platform),
        reporting_(std::move(reporting)),
        screen_(flags.json) {}

  // Returns the exit code.
  int Run() {
    screen_.Print("{}\n",
                  screen_.Paint(fmt::emphasis::bold, "A distribution back office on Cordon"));
    screen_.Print("{} dealers in one file, with the same ids\n", plans_.size());
    absl::Status status = Import();
    if (status.ok()) status = ShowFigures();
    if (status.ok() && dealers_.size() == plans_.size()) {
      status = ShowAnOrder();
      if (status.ok()) status = TellTheStory();
      if (status.ok()) status = ShowAttempts();
    }
    if (!status.ok()) {
      fmt::print(stderr, "distribution: {}\n", std::string(status.message()));
      good_ = false;
    }
    return good_ ? EXIT_SUCCESS : EXIT_FAILURE;
  }

  const nlohmann::ordered_json& json() const { return json_; }

 private:
  absl::Status Import() {
    screen_.Section("Import");
    for (const Plan& plan : plans_) {
      absl::StatusOr<Dealer> dealer = AddDealer(platform_, plan.dealer);
      if (!dealer.ok()) return dealer.status();
      ImportReport report;
      absl::Status entered = AtDealer(platform_, *dealer, [&](ErpSession& session) {
        absl::Status opened = OpenBooks(session, plan.dealer, plan.currency);
        if (!opened.ok()) return opened;
        ImportOptions options;
        options.price_percent = plan.price_percent;
        options.progress = [&](std::string_view file, std::int64_t records) {
          screen_.Progress(plan.dealer, file, records);
        };
        report = ImportDealer(session, plan.files, options);
        return absl::OkStatus();
      });
      screen_.EndProgress();
      if (!entered.ok()) return entered;
      if (!report.status.ok()) {
        ShowRefusal(plan, report);
        if (absl::Status removed = platform_.tenants().Remove(dealer->id); !removed.ok())
          return removed;
        continue;
      }
      screen_.Print("  {} {:<10} {:>5} customers {:>5} products {:>5} orders {:>6} lines\n",
                    screen_.Good("✓"), plan.dealer, report.customers, report.products,
                    report.orders, report.lines);
      dealers_.push_back(*std::move(dealer));
    }
    return absl::OkStatus();
  }

  absl::Status TellTheStory() {
    const Story story{platform_, screen_, json_};
    std::vector<Dealer> all = dealers_;
    absl::Status told = TellOnboarding(story, &all);
    if (told.ok() && our_data_) told = TellTrade(story, dealers_[0], dealers_[1]);
    if (told.ok()) told = TellReports(story, all, reporting_);
    return told;
  }

  void ShowRefusal(const Plan& plan, const ImportReport& report) {
    good_ = false;
    std::fflush(stdout);
    fmt::print(stderr, "  ✗ {}: {}\n", plan.dealer, std::string(report.status.message()));
    nlohmann::ordered_json problems = nlohmann::ordered_json::array();
    for (const ImportProblem& problem : report.problems) {
      fmt::print(stderr, "      {}:{}: {}\n", problem.file, problem.line, problem.reason);
      problems.push_back(
          {{"file", problem.file}, {"line", problem.line}, {"reason", problem.reason}});
    }
    if (report.more_problems > 0) fmt::print(stderr, "      and {} more\n", report.more_problems);
    json_["refused"].push_back(
        {{"name", plan.dealer}, {"problems", problems}, {"more", report.more_problems}});
  }

  absl::Status ShowFigures() {
    if (!dealers_.empty()) screen_.Section("Figures");
    for (const Dealer& dealer : dealers_) {
      absl::StatusOr<Figures> figures;
      absl::Status entered = AtDealer(platform_, dealer, [&](ErpSession& session) {
        figures = ReadFigures(session);
        return figures.status();
      });
      if (!entered.ok()) return entered;
      const std::string revenue = figures->revenue.ToString();
      screen_.Print("    {:<10} {:>5} customers {:>5} orders {:>6} lines {:>18} revenue\n",
                    dealer.name, figures->customers, figures->orders, figures->lines, revenue);
      json_["dealers"].push_back({{"name", dealer.name},
                                  {"customers", figures->customers},
                                  {"orders", figures->orders},
                                  {"lines", figures->lines},
                                  {"revenue", revenue}});
    }
    return absl::OkStatus();
  }

  // The same order at every dealer: each counts its own orders and its own invoices.
  absl::Status ShowAnOrder() {
    screen_.Section("An order, placed and invoiced");
    for (std::size_t i = 0; i < dealers_.size(); ++i) {
      absl::Status done = AtDealer(platform_, dealers_[i], [&](ErpSession& session) {
        return PlaceAndInvoice(session, dealers_[i].name, plans_[i].currency);
      });
      if (!done.ok()) return done;
    }
    return absl::OkStatus();
  }

  absl::Status PlaceAndInvoice(ErpSession& session, const std::string& name,
                               const std::string& currency) {
    auto customer = session.One(as<Customer>, "SELECT * FROM customers ORDER BY id LIMIT 1"_sql);
    if (!customer.ok()) return customer.status();
    auto stocked = session.All(
        as<Stock>, "SELECT * FROM stock WHERE on_hand >= 3 ORDER BY product_id LIMIT 2"_sql);
    if (!stocked.ok()) return stocked.status();
    std::vector<Item> items;
    for (const auto& stock : *stocked)
      items.push_back({stock->product_id, 3, Discount::FromUnits(5)});

    const std::string customer_id = customer->Plain().id;
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    absl::StatusOr<std::int64_t> order = PlaceOrder(session, customer_id, items, now);
    if (!order.ok()) return order.status();
    absl::StatusOr<Invoice> invoice = InvoiceOrder(session, *order, currency, now);
    if (!invoice.ok()) return invoice.status();
    screen_.Print("  {} {:<10} order {} for {}: invoice no. {} over {} {}\n", screen_.Good("✓"),
                  name, *order, customer_id, invoice->number, invoice->total.ToString(), currency);

    for (Item& item : items) item.quantity = 1'000'000;
    const absl::Status overdrawn = PlaceOrder(session, customer_id, items, now).status();
    if (overdrawn.ok()) return absl::InternalError("an order took more than there is in stock");
    screen_.Print(
        "    {:<10} {}\n", "",
        screen_.Dim(fmt::format("the same times a million: {}", std::string(overdrawn.message()))));
    return absl::OkStatus();
  }

  absl::Status ShowAttempts() {
    const std::filesystem::path sample = std::filesystem::path(DISTRIBUTION_DATA_DIR) / "alder";
    absl::StatusOr<std::vector<AttemptReport>> attempts =
        RunAttempts(platform_, dealers_[0], dealers_[1], sample);
    if (!attempts.ok()) return attempts.status();
    std::string_view who;
    std::size_t stopped = 0;
    for (const AttemptReport& attempt : *attempts) {
      if (who != attempt.who) {
        who = attempt.who;
        screen_.Section(
            fmt::format("A {} at {} tries to reach {}", who, dealers_[0].name, dealers_[1].name));
      }
      screen_.Print("  {} {:<8} {}\n", attempt.stopped ? screen_.Good("✓") : screen_.Bad("✗"),
                    attempt.stopped_by, attempt.name);
      screen_.Print("             {}\n", screen_.Dim(attempt.message));
      json_["attempts"].push_back({{"name", attempt.name},
                                   {"stopped_by", attempt.stopped_by},
                                   {"stopped", attempt.stopped}});
      if (attempt.stopped) ++stopped;
    }
    good_ = good_ && stopped == attempts->size();
    screen_.Print("\n{} of {} attempts stopped\n", stopped, attempts->size());
    return absl::OkStatus();
  }

  std::vector<Plan> plans_;
  bool our_data_;  // which the files of orders are written for
  ErpPlatform& platform_;
  ReportingPlace reporting_;
  Screen screen_;
  std::vector<Dealer> dealers_;
  nlohmann::ordered_json json_ = {{"dealers", nlohmann::ordered_json::array()},
                                  {"attempts", nlohmann::ordered_json::array()}};
  bool good_ = true;
};

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app(
      "A distribution back office: many dealers in one file, none of which can reach another.");
  app.add_option("--data", flags.data,
                 "Directory of Northwind CSV files; default: a small data set of our own")
      ->check(CLI::ExistingDirectory);
  app.add_option("--db", flags.db, "Keep the data in this file; default: a temporary one");
  app.add_option("--reports", flags.reports,
                 "Leave the dealers' reports in this directory; default: a temporary one")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--json", flags.json, "Print one JSON object instead of text");
  CLI11_PARSE(app, argc, argv);

  const Scratch scratch;
  const std::filesystem::path file =
      flags.db.empty() ? scratch.path() / "distribution.db" : std::filesystem::path(flags.db);
  absl::StatusOr<std::unique_ptr<ErpPlatform>> platform = OpenBackOffice(file);
  if (!platform.ok()) {
    fmt::print(stderr, "distribution: {}\n", std::string(platform.status().message()));
    return EXIT_FAILURE;
  }
  // The program that writes the reports stands beside this one.
  std::error_code unknown;
  const std::filesystem::path self = std::filesystem::canonical(argv[0], unknown);
  Demo demo(
      flags, **platform,
      {.program = self.parent_path() / "distribution_report",
       .database = file,
       .directory = flags.reports.empty() ? scratch.path() : std::filesystem::path(flags.reports)});
  const int code = demo.Run();
  if (flags.json) fmt::print("{}\n", demo.json().dump());
  return code;
}

}  // namespace
}  // namespace distribution

int main(int argc, char** argv) { return distribution::Main(argc, argv); }
