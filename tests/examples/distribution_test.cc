// SPDX-License-Identifier: Apache-2.0
// The back office from a CSV file to an invoice, and what happens to files and people that mean
// ill.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "attempts.h"
#include "back_office.h"
#include "checksum.h"
#include "dealers.h"
#include "import.h"
#include "schema.h"
#include "scratch.h"

namespace distribution {
namespace {

namespace fs = std::filesystem;
using cordon::as;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using cordon::literals::operator""_sql;

const fs::path kSmall = DISTRIBUTION_DATA_DIR;
constexpr cordon::Timestamp kNow = std::chrono::sys_days(std::chrono::year(2024) / 5 / 17);

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

// ---- figures computed without the code under test
// ------------------------------------------------

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<std::string> Lines(const fs::path& file) {
  std::vector<std::string> lines = Split(ReadFile(file), '\n');
  EXPECT_EQ(lines.back(), "") << "the file ends with a line end";
  lines.pop_back();
  lines.erase(lines.begin());  // the header
  return lines;
}

// "9.8" with scale 4 is 98000.
std::int64_t Scaled(const std::string& number, std::size_t scale) {
  const std::size_t point = number.find('.');
  std::string digits = number.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : number.substr(point + 1);
  EXPECT_LE(fraction.size(), scale);
  fraction.resize(scale, '0');
  return std::stoll(digits + fraction);
}

struct Expected {
  std::int64_t customers, orders, lines;
  std::string revenue;
};

Expected FiguresOf(const fs::path& directory, std::int64_t percent) {
  std::int64_t revenue = 0;
  const std::vector<std::string> details = Lines(directory / "order_details.csv");
  for (const std::string& line : details) {
    const std::vector<std::string> cells = Split(line, ',');
    EXPECT_EQ(cells.size(), 5u) << line;
    const std::int64_t price = Scaled(cells[2], 4) * percent;
    EXPECT_EQ(price % 100, 0) << line;
    revenue += price / 100 * std::stoll(cells[3]) * (100 - Scaled(cells[4], 2));
  }
  return {static_cast<std::int64_t>(Lines(directory / "customers.csv").size()),
          static_cast<std::int64_t>(Lines(directory / "orders.csv").size()),
          static_cast<std::int64_t>(details.size()), Amount::FromUnits(revenue).ToString()};
}

// ---- the stage
// -----------------------------------------------------------------------------------

class DistributionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(scratch_.path().empty());
    Open();
  }

  void Open() {
    absl::StatusOr<std::unique_ptr<ErpPlatform>> platform =
        OpenBackOffice(scratch_.path() / "erp.db");
    ASSERT_TRUE(platform.ok()) << platform.status();
    platform_ = *std::move(platform);
  }

  Dealer Add(std::string_view name) {
    absl::StatusOr<Dealer> dealer = AddDealer(*platform_, name);
    EXPECT_TRUE(dealer.ok()) << dealer.status();
    return *dealer;
  }

  void At(const Dealer& dealer, const std::function<void(ErpSession&)>& work) {
    const absl::Status done = AtDealer(*platform_, dealer, [&](ErpSession& session) {
      work(session);
      return absl::OkStatus();
    });
    ASSERT_TRUE(done.ok()) << done;
  }

  ImportReport Import(const Dealer& dealer, const fs::path& directory, std::int64_t percent = 100) {
    ImportReport report;
    ImportOptions options;
    options.price_percent = percent;
    At(dealer, [&](ErpSession& session) { report = ImportDealer(session, directory, options); });
    return report;
  }

  Dealer AddImported(std::string_view name) {
    Dealer dealer = Add(name);
    const ImportReport report = Import(dealer, kSmall / "alder");
    EXPECT_TRUE(report.status.ok()) << report.status;
    return dealer;
  }

  std::uint64_t ChecksumOf(const Dealer& dealer) {
    std::uint64_t sum = 0;
    At(dealer, [&](ErpSession& session) {
      const absl::StatusOr<std::uint64_t> read = Checksum(session);
      ASSERT_TRUE(read.ok()) << read.status();
      sum = *read;
    });
    return sum;
  }

  void ExpectFigures(const Dealer& dealer, const Expected& expected) {
    At(dealer, [&](ErpSession& session) {
      const absl::StatusOr<Figures> figures = ReadFigures(session);
      ASSERT_TRUE(figures.ok()) << figures.status();
      EXPECT_EQ(figures->customers, expected.customers) << dealer.name;
      EXPECT_EQ(figures->orders, expected.orders) << dealer.name;
      EXPECT_EQ(figures->lines, expected.lines) << dealer.name;
      EXPECT_EQ(figures->revenue.ToString(), expected.revenue) << dealer.name;
    });
  }

  // A copy of the small data set in which one file has been changed.
  fs::path Spoilt(std::string_view file, const std::function<void(std::string&)>& spoil) {
    fs::path directory = scratch_.path() / "spoilt";
    fs::remove_all(directory);
    fs::copy(kSmall / "alder", directory);
    std::string text = ReadFile(directory / file);
    spoil(text);
    WriteFile(directory / file, text);
    return directory;
  }

  // Imports `directory` for a new dealer, which must be refused and leave nothing.
  ImportReport ExpectRefused(const fs::path& directory) {
    const Dealer dealer = Add("newcomer");
    const std::uint64_t before = ChecksumOf(dealer);
    ImportReport report = Import(dealer, directory);
    EXPECT_TRUE(absl::IsInvalidArgument(report.status)) << report.status;
    EXPECT_EQ(ChecksumOf(dealer), before) << "something of a refused import stays";
    EXPECT_EQ(report.customers + report.products + report.orders + report.lines, 0);
    return report;
  }

  Scratch scratch_;
  std::unique_ptr<ErpPlatform> platform_;
};

std::vector<std::string> Shown(const ImportReport& report) {
  std::vector<std::string> shown;
  for (const ImportProblem& problem : report.problems) {
    shown.push_back(problem.file + ":" + std::to_string(problem.line) + ": " + problem.reason);
  }
  return shown;
}

// ---- figures
// -------------------------------------------------------------------------------------

TEST_F(DistributionTest, FiguresOfTheSmallDataSetEqualItsFiles) {
  for (std::string_view name : {"alder", "birch", "cedar"}) {
    const Dealer dealer = Add(name);
    const ImportReport report = Import(dealer, kSmall / name);
    ASSERT_TRUE(report.status.ok()) << report.status << Shown(report).front();
  }
  absl::StatusOr<std::vector<cordon::TenantInfo>> tenants = platform_->tenants().List();
  ASSERT_TRUE(tenants.ok());
  ASSERT_THAT(*tenants, SizeIs(3));
  for (const cordon::TenantInfo& tenant : *tenants) {
    const Dealer dealer{tenant.name, tenant.id,
                        *cordon::Principal::User("clerk@" + tenant.name + ".example")};
    ExpectFigures(dealer, FiguresOf(kSmall / tenant.name, 100));
  }
}

TEST_F(DistributionTest, TheSmallDataSetCollidesOnPurpose) {
  std::set<std::vector<std::string>> ids;
  for (std::string_view name : {"alder", "birch", "cedar"}) {
    std::vector<std::string> own;
    for (const std::string& line : Lines(kSmall / name / "customers.csv")) {
      own.push_back(Split(line, ',')[0]);
    }
    ids.insert(own);
  }
  EXPECT_THAT(ids, SizeIs(1)) << "all dealers have the same customer ids";
}

TEST_F(DistributionTest, FiguresOfNorthwindEqualItsFiles) {
  const fs::path northwind = fs::path(CORDON_SHARED_DIR) / "data" / "northwind";
  if (!fs::exists(northwind)) {
    GTEST_SKIP() << "NOT TESTED: the Northwind files are not in " << northwind
                 << "; set CORDON_SHARED_DIR";
  }
  const Dealer north = Add("northwind"), south = Add("southwind");
  for (const auto& [dealer, percent] : {std::pair(north, 100), std::pair(south, 110)}) {
    const ImportReport report = Import(dealer, northwind, percent);
    ASSERT_TRUE(report.status.ok()) << report.status;
    const Expected expected = FiguresOf(northwind, percent);
    EXPECT_EQ(expected.customers, 91);
    EXPECT_EQ(expected.orders, 830);
    EXPECT_EQ(expected.lines, 2155);
    ExpectFigures(dealer, expected);
  }
  absl::StatusOr<std::vector<AttemptReport>> attempts =
      RunAttempts(*platform_, north, south, kSmall / "alder");
  ASSERT_TRUE(attempts.ok()) << attempts.status();
  for (const AttemptReport& attempt : *attempts) EXPECT_TRUE(attempt.stopped) << attempt.name;
  ExpectFigures(south, FiguresOf(northwind, 110));
}

// ---- attempts
// ------------------------------------------------------------------------------------

TEST_F(DistributionTest, EveryAttemptIsStopped) {
  const Dealer ours = AddImported("ours"), theirs = AddImported("theirs");
  const std::uint64_t our_rows = ChecksumOf(ours), their_rows = ChecksumOf(theirs);
  absl::StatusOr<std::vector<AttemptReport>> attempts =
      RunAttempts(*platform_, ours, theirs, kSmall / "alder");
  ASSERT_TRUE(attempts.ok()) << attempts.status();
  EXPECT_GE(attempts->size(), 14u);
  std::set<std::string> names, locks;
  for (const AttemptReport& attempt : *attempts) {
    EXPECT_TRUE(attempt.stopped) << attempt.who << " " << attempt.name << ": " << attempt.message;
    EXPECT_FALSE(attempt.message.empty()) << attempt.name;
    EXPECT_THAT(attempt.message, Not(HasSubstr("secret"))) << attempt.name;
    EXPECT_TRUE(names.insert(attempt.name).second) << attempt.name;
    locks.insert(attempt.stopped_by);
  }
  EXPECT_THAT(locks, ElementsAre("context", "engine", "import", "type"));
  EXPECT_EQ(ChecksumOf(ours), our_rows);
  EXPECT_EQ(ChecksumOf(theirs), their_rows);
  absl::StatusOr<std::vector<cordon::TenantInfo>> tenants = platform_->tenants().List();
  ASSERT_TRUE(tenants.ok());
  EXPECT_THAT(*tenants, SizeIs(2)) << "the dealers that attempts were made with are gone";
}

TEST_F(DistributionTest, TheChecksumSeesEveryTable) {
  const Dealer dealer = AddImported("dealer");
  std::set<std::uint64_t> sums = {ChecksumOf(dealer)};
  const auto changed = [&](auto change) {
    At(dealer, [&](ErpSession& session) {
      const absl::StatusOr<std::int64_t> rows = change(session);
      ASSERT_TRUE(rows.ok() && *rows > 0) << rows.status();
    });
    EXPECT_TRUE(sums.insert(ChecksumOf(dealer)).second);
  };
  changed([](ErpSession& s) {
    return s.Execute("UPDATE customers SET region = 'x' WHERE id = 'ACORN'"_sql);
  });
  changed(
      [](ErpSession& s) { return s.Execute("UPDATE products SET pack = 'x' WHERE id = 1"_sql); });
  changed([](ErpSession& s) {
    return s.Execute("UPDATE contract_prices SET unit_price = 1 WHERE customer_id = 'ACORN'"_sql);
  });
  changed([](ErpSession& s) { return s.Execute("UPDATE stock SET on_hand = on_hand + 1"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE orders SET freight = 0"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE order_lines SET quantity = 77"_sql); });
  // A day's work, so that there are rows of every kind.
  At(dealer, [](ErpSession& s) {
    ASSERT_TRUE(OpenBooks(s, "Dealer", "EUR").ok());
    const Item sold[] = {{1, 2, Discount()}};
    const absl::StatusOr<std::int64_t> order = PlaceOrder(s, "ACORN", sold, kNow);
    ASSERT_TRUE(order.ok()) << order.status();
    const absl::StatusOr<Invoice> invoice = InvoiceOrder(s, *order, "EUR", kNow);
    ASSERT_TRUE(invoice.ok()) << invoice.status();
    const ReturnedItem back[] = {{1, 1}};
    ASSERT_TRUE(TakeBack(s, invoice->number, back, "MAIN", kNow).ok());
    ASSERT_TRUE(FillBackOrders(s).ok());
    ASSERT_TRUE(SettleRebates(s, QuarterOf(std::chrono::sys_days{}), kNow).ok());
  });
  EXPECT_TRUE(sums.insert(ChecksumOf(dealer)).second);
  changed([](ErpSession& s) { return s.Execute("UPDATE company SET name = 'x'"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE warehouses SET name = 'x'"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE stock SET allocated = 0"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE stock_moves SET reason = 3"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE order_lines SET invoiced = 7"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE allocations SET quantity = 77"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE shipments SET order_id = 1001"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE shipment_lines SET quantity = 77"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE invoices SET total = 7"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE invoice_lines SET returned = 2"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE credit_notes SET total = 7"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE credit_lines SET amount = 7"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE rebate_tiers SET rate = 1"_sql); });
  changed([](ErpSession& s) { return s.Execute("UPDATE rebates SET amount = 7"_sql); });
}

// ---- the back office
// -----------------------------------------------------------------------------

TEST_F(DistributionTest, AnOrderTakesContractPricesBeforeListPricesAndStock) {
  const Dealer dealer = AddImported("dealer");
  At(dealer, [](ErpSession& session) {
    // ACORN has a contract for product 1 but none for product 2.
    auto before =
        session.All(as<Stock>, "SELECT * FROM stock WHERE product_id <= 2 ORDER BY product_id"_sql);
    ASSERT_TRUE(before.ok() && before->size() == 2);
    const Item items[] = {{1, 2, Discount()}, {2, 3, Discount::FromUnits(10)}};
    const absl::StatusOr<std::int64_t> id = PlaceOrder(session, "ACORN", items, kNow);
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(*id, 1013) << "numbers go on where the imported ones ended";
    auto lines = session.All(
        as<OrderLine>, "SELECT * FROM order_lines WHERE order_id = ? ORDER BY product_id"_sql, *id);
    ASSERT_TRUE(lines.ok() && lines->size() == 2);
    EXPECT_EQ((*lines)[0]->unit_price.ToString(), "8.0100");
    EXPECT_EQ((*lines)[1]->unit_price.ToString(), "5.2500");
    auto after =
        session.All(as<Stock>, "SELECT * FROM stock WHERE product_id <= 2 ORDER BY product_id"_sql);
    ASSERT_TRUE(after.ok() && after->size() == 2);
    EXPECT_EQ((*after)[0]->on_hand, (*before)[0]->on_hand - 2);
    EXPECT_EQ((*after)[1]->on_hand, (*before)[1]->on_hand - 3);
    const absl::StatusOr<Invoice> invoice = InvoiceOrder(session, *id, "EUR", kNow);
    ASSERT_TRUE(invoice.ok()) << invoice.status();
    EXPECT_EQ(invoice->total.ToString(), "30.195000");  // 2 * 8.01 + 3 * 5.25 * 0.9
  });
}

TEST_F(DistributionTest, AnOrderThatCannotBeFilledLeavesNothing) {
  const Dealer dealer = AddImported("dealer");
  const std::uint64_t before = ChecksumOf(dealer);
  At(dealer, [](ErpSession& session) {
    const auto place = [&](std::string_view customer, Item last) {
      const Item items[] = {{1, 1, Discount()}, last};
      return PlaceOrder(session, customer, items, kNow).status();
    };
    EXPECT_TRUE(absl::IsFailedPrecondition(place("ACORN", {2, 1'000'000, Discount()})));
    EXPECT_TRUE(absl::IsNotFound(place("ACORN", {4711, 1, Discount()})));
    EXPECT_TRUE(absl::IsInvalidArgument(PlaceOrder(session, "ACORN", {}, kNow).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(place("ACORN", {2, 0, Discount()})));
    EXPECT_TRUE(absl::IsInvalidArgument(place("ACORN", {2, -5, Discount()})));
    EXPECT_TRUE(absl::IsInvalidArgument(place("ACORN", {2, 1, Discount::FromUnits(-1)})));
    EXPECT_TRUE(absl::IsInvalidArgument(place("ACORN", {2, 1, Discount::FromUnits(101)})));
    EXPECT_FALSE(place("ACORN", {1, 1, Discount()}).ok()) << "the same product twice";
    EXPECT_EQ(cordon::CodeOf(place("NOBODY", {2, 1, Discount()})),
              cordon::ErrorCode::kForeignKeyViolation);
  });
  EXPECT_EQ(ChecksumOf(dealer), before);
  At(dealer, [](ErpSession& session) {
    const Item items[] = {{1, 1, Discount()}};
    EXPECT_EQ(*PlaceOrder(session, "ACORN", items, kNow), 1013) << "no number is used up";
  });
}

TEST_F(DistributionTest, InvoiceNumbersHaveNoGapsAndAreEachDealersOwn) {
  const Dealer one = AddImported("one"), two = AddImported("two");
  At(one, [](ErpSession& session) {
    EXPECT_EQ(InvoiceOrder(session, 1001, "EUR", kNow)->number, 1);
    EXPECT_FALSE(InvoiceOrder(session, 1001, "EUR", kNow).ok()) << "invoiced twice";
    EXPECT_FALSE(InvoiceOrder(session, 1002, "XXX", kNow).ok()) << "no such currency";
    EXPECT_TRUE(absl::IsNotFound(InvoiceOrder(session, 4711, "EUR", kNow).status()));
    EXPECT_EQ(InvoiceOrder(session, 1002, "EUR", kNow)->number, 2);
  });
  At(two,
     [](ErpSession& session) { EXPECT_EQ(InvoiceOrder(session, 1001, "SEK", kNow)->number, 1); });
}

// ---- files that mean ill
// -------------------------------------------------------------------------

TEST_F(DistributionTest, EveryBadLineIsListedWithItsPlace) {
  const fs::path directory = Spoilt("customers.csv", [](std::string& text) {
    text += "AAAAA,too few\n";
    text += "BBBBB,=1+1,Someone,Owner,Street 1,Town,,1,Country,1,\n";
    text += "CCCCC,Caf\xE9,Someone,Owner,Street 1,Town,,1,Country,1,\n";
    text += ",No id,Someone,Owner,Street 1,Town,,1,Country,1,\n";
    text += "ACORN,Twice,Someone,Owner,Street 1,Town,,1,Country,1,\n";
    text += "GOODY,Good,Someone,Owner,Street 1,Town,,1,Country,1,\n";
    text += "DDDDD,\"Open,Someone,Owner,Street 1,Town,,1,Country,1,\n";
  });
  const ImportReport report = ExpectRefused(directory);
  EXPECT_THAT(Shown(report), ElementsAre(HasSubstr("customers.csv:8: 2 fields instead of 11"),
                                         HasSubstr("customers.csv:9: hostile: column company_name"),
                                         HasSubstr("customers.csv:10: not valid UTF-8"),
                                         HasSubstr("customers.csv:11: column customer_id is empty"),
                                         HasSubstr("customers.csv:12: there is such a row already"),
                                         HasSubstr("customers.csv:14: truncated: a quote")));
  EXPECT_THAT(std::string(report.status.message()), HasSubstr("6 bad lines"));
}

TEST_F(DistributionTest, TheListOfBadLinesIsBoundedAndTheRestCounted) {
  const fs::path directory = Spoilt("orders.csv", [](std::string& text) {
    for (int i = 0; i < 1000; ++i) text += "bad\n";
  });
  const ImportReport report = ExpectRefused(directory);
  EXPECT_THAT(report.problems, SizeIs(20));
  EXPECT_EQ(report.more_problems, 980);
}

TEST_F(DistributionTest, BadLinesOfSeveralFilesAreReportedButNotTheirConsequences) {
  const fs::path directory = Spoilt("customers.csv", [](std::string& text) {
    text.replace(text.find("\nCLOVE,"), 7,
                 "\nCLOVE,,");  // every order of CLOVE now refers to nobody
  });
  std::string products = ReadFile(directory / "products.csv");
  WriteFile(directory / "products.csv", products + "9,Bad price,1,1,piece,1.23456,1,0,0,0\n");
  EXPECT_THAT(
      Shown(ExpectRefused(directory)),
      ElementsAre(HasSubstr("customers.csv:4:"), HasSubstr("products.csv:10: column unit_price")));
}

TEST_F(DistributionTest, ValuesThatNobodyCanMeanAreRefused) {
  for (std::string_view line :
       {"1001,3,-1,1,0", "1001,3,1,0,0", "1001,3,1,-1,0", "1001,3,1,1,1.01", "1001,3,1,1,-0.1",
        "1001,3,1,1,0.055", "1001,3,1,1.5,0", "1001,3,99999999999999999999,1,0",
        "1001,3,1,99999999999999999999,0", "0,3,1,1,0", "1001,,1,1,0", "9999,3,1,1,0",
        "1001,99,1,1,0", "1001,2,5.25,5,0.05", "1001,3,1e3,1,0"}) {
    const fs::path directory =
        Spoilt("order_details.csv", [&](std::string& text) { text += std::string(line) + "\n"; });
    EXPECT_THAT(Shown(ExpectRefused(directory)), ElementsAre(HasSubstr("order_details.csv:34: ")))
        << line;
  }
  for (std::string_view day : {"2024-02-30", "2024-13-01", "24-01-01", "2024/01/01", "2024-01-1",
                               "2024-01-01 ", "0x24-01-01", "today", ""}) {
    const fs::path directory = Spoilt("orders.csv", [&](std::string& text) {
      text += "9001,ACORN,1," + std::string(day) + ",2024-01-02,,1,1,Name,Street,Town,,,Country\n";
    });
    EXPECT_THAT(Shown(ExpectRefused(directory)),
                ElementsAre(HasSubstr("orders.csv:14: column order_date")))
        << day;
  }
}

TEST_F(DistributionTest, ATruncatedFileIsRefusedWhereverItEnds) {
  for (std::string_view file : {"customers.csv", "products.csv", "orders.csv"}) {
    const std::string whole = ReadFile(kSmall / "alder" / file);
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 60) {
      const fs::path directory = Spoilt(file, [&](std::string& text) { text.resize(length); });
      EXPECT_FALSE(ExpectRefused(directory).problems.empty()) << file << " ends at byte " << length;
    }
  }
}

TEST_F(DistributionTest, OrderLinesThatWereCutOffBetweenTwoLinesAreMissed) {
  const fs::path directory =
      Spoilt("order_details.csv", [](std::string& text) { text.resize(text.find("\n1008,") + 1); });
  EXPECT_THAT(Shown(ExpectRefused(directory)),
              ElementsAre(HasSubstr("order_details.csv:0: truncated: 5 orders have no line")));
}

TEST_F(DistributionTest, AMissingFileIsNamed) {
  const fs::path directory = Spoilt("orders.csv", [](std::string&) {});
  fs::remove(directory / "products.csv");
  EXPECT_THAT(Shown(ExpectRefused(directory)),
              ElementsAre(HasSubstr("products.csv:0: the file cannot be opened")));
  fs::create_directory(directory / "products.csv");
  EXPECT_THAT(Shown(ExpectRefused(directory)), ElementsAre(HasSubstr("products.csv:1: ")));
}

TEST_F(DistributionTest, AnImportNeedsNoUnboundedMemoryOrTimeForAHugeLine) {
  const fs::path directory = Spoilt("customers.csv", [](std::string& text) {
    text += "AAAAA," + std::string(std::size_t{20} << 20, 'x') + "\n";
  });
  EXPECT_THAT(Shown(ExpectRefused(directory)),
              ElementsAre(HasSubstr("customers.csv:8: the line has 20971527 bytes")));
}

TEST_F(DistributionTest, PricesAreRaisedExactlyOrNotAtAll) {
  const Dealer dealer = Add("dealer");
  EXPECT_TRUE(Import(dealer, kSmall / "alder", 110).status.ok());
  ExpectFigures(dealer, FiguresOf(kSmall / "alder", 110));
  const fs::path directory = Spoilt(
      "products.csv", [](std::string& text) { text += "9,Fine,1,1,piece,0.0001,1,0,0,0\n"; });
  const Dealer other = Add("other");
  const ImportReport report = Import(other, directory, 110);
  EXPECT_THAT(
      Shown(report),
      ElementsAre(HasSubstr("products.csv:10: column unit_price cannot be raised exactly")));
}

TEST_F(DistributionTest, ASecondImportIsRefusedAndTheFirstStays) {
  const Dealer dealer = AddImported("dealer");
  const std::uint64_t before = ChecksumOf(dealer);
  const ImportReport report = Import(dealer, kSmall / "alder");
  EXPECT_TRUE(absl::IsInvalidArgument(report.status));
  EXPECT_THAT(Shown(report).front(), HasSubstr("customers.csv:2: there is such a row already"));
  EXPECT_EQ(ChecksumOf(dealer), before);
}

TEST_F(DistributionTest, AnImportUnderARevokedContextSaysSoAndBlamesNoLine) {
  const Dealer dealer = Add("dealer");
  absl::StatusOr<cordon::TenantContext> context = Enter(*platform_, dealer);
  ASSERT_TRUE(context.ok());
  absl::StatusOr<ErpSession> session = platform_->OpenSession(*context);
  ASSERT_TRUE(session.ok());
  ImportOptions options;
  options.progress = [&](std::string_view, std::int64_t) { context->Revoke(); };
  const ImportReport report = ImportDealer(*session, kSmall / "alder", options);
  EXPECT_EQ(cordon::CodeOf(report.status), cordon::ErrorCode::kContextRevoked) << report.status;
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(ChecksumOf(dealer), ChecksumOf(Add("empty")));
}

// ---- crashes
// -------------------------------------------------------------------------------------

TEST_F(DistributionTest, AnImportThatDiesHalfWayLeavesNothing) {
  const Dealer dealer = Add("dealer"), neighbour = AddImported("neighbour");
  const std::uint64_t empty = ChecksumOf(dealer), neighbours = ChecksumOf(neighbour);
  for (int fatal = 1; fatal <= 5; ++fatal) {
    platform_.reset();  // a platform does not outlive fork()
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int calls = 0;
      ImportOptions options;
      options.progress = [&](std::string_view, std::int64_t) {
        if (++calls == fatal) kill(getpid(), SIGKILL);
      };
      absl::StatusOr<std::unique_ptr<ErpPlatform>> platform =
          OpenBackOffice(scratch_.path() / "erp.db");
      if (platform.ok()) {
        (void)AtDealer(**platform, dealer, [&](ErpSession& session) {
          return ImportDealer(session, kSmall / "alder", options).status;
        });
      }
      _exit(0);  // not killed: the parent will notice
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "killed at call " << fatal;
    Open();
    EXPECT_EQ(ChecksumOf(dealer), empty) << "killed at call " << fatal;
    EXPECT_EQ(ChecksumOf(neighbour), neighbours);
  }
  EXPECT_TRUE(Import(dealer, kSmall / "alder").status.ok());
  ExpectFigures(dealer, FiguresOf(kSmall / "alder", 100));
}

}  // namespace
}  // namespace distribution
