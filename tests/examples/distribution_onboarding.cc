// SPDX-License-Identifier: Apache-2.0
// Forty dealers from one file, and what happens to lines that mean ill; and the process that writes
// a dealer's report from an envelope.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checksum.h"
#include "dealers.h"
#include "onboarding.h"
#include "schema.h"
#include "scratch.h"
#include "support/program.h"

namespace distribution {
namespace {

namespace fs = std::filesystem;
using cordon::as;
using cordon::TenantKind;
using cordon::TenantState;
using cordon_test::Finished;
using cordon_test::RunProgram;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using cordon::literals::operator""_sql;

const fs::path kData = DISTRIBUTION_DATA_DIR;
constexpr cordon::Timestamp kNow = std::chrono::sys_days(std::chrono::year(2024) / 5 / 17);
constexpr std::string_view kHeader =
    "slug,name,brand,reseller,locale,currency,price_factor,warehouses\n";

class OnboardingTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(scratch_.path().empty());
    absl::StatusOr<std::unique_ptr<ErpPlatform>> platform = OpenBackOffice(File());
    ASSERT_TRUE(platform.ok()) << platform.status();
    platform_ = *std::move(platform);
    for (int twice = 0; twice < 2; ++twice) {
      const absl::Status planted = PlantTree(*platform_, kStems);
      ASSERT_TRUE(planted.ok()) << planted;
    }
  }

  fs::path File() const { return scratch_.path() / "erp.db"; }
  cordon::TenantDirectory& tenants() { return platform_->tenants(); }

  OnboardingReport Bring(const fs::path& file) {
    absl::StatusOr<OnboardingReport> report =
        OnboardDealers(*platform_, file, kData / "catalogue.csv", kNow);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : OnboardingReport{};
  }
  OnboardingReport BringLines(std::string_view lines) {
    const fs::path file = scratch_.path() / "lines.csv";
    std::ofstream(file, std::ios::binary) << kHeader << lines;
    return Bring(file);
  }

  std::uint64_t Sum(const Dealer& dealer) {
    std::uint64_t sum = 0;
    const absl::Status read = AtDealer(*platform_, dealer, [&](ErpSession& session) {
      const absl::StatusOr<std::uint64_t> checksum = Checksum(session);
      sum = checksum.value_or(0);
      return checksum.status();
    });
    EXPECT_TRUE(read.ok()) << read;
    return sum;
  }

  std::size_t Count() {
    const absl::StatusOr<std::vector<cordon::TenantInfo>> all = tenants().List();
    EXPECT_TRUE(all.ok()) << all.status();
    return all.ok() ? all->size() : 0;
  }

  std::string Seal(const Dealer& dealer) {
    const absl::StatusOr<cordon::TenantContext> context = Enter(*platform_, dealer);
    EXPECT_TRUE(context.ok()) << context.status();
    if (!context.ok()) return "";
    const absl::StatusOr<std::string> sealed =
        tenants().Seal(*context, cordon::Audience("reporting"));
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return sealed.value_or("");
  }

  Finished Report(std::string_view envelope) {
    const std::string file = scratch_.path() / "envelope";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << envelope;
    return RunProgram(DISTRIBUTION_REPORT,
                      {File().string(), file, (scratch_.path() / "out").string()});
  }

  std::string ReadOut(std::string_view extension) {
    std::ifstream in(scratch_.path() / ("out" + std::string(extension)), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Scratch scratch_;
  std::unique_ptr<ErpPlatform> platform_;
};

std::vector<std::string> Shown(const OnboardingReport& report) {
  std::vector<std::string> shown;
  for (const OnboardingProblem& problem : report.problems) {
    shown.push_back(std::to_string(problem.line) + ": " + problem.reason);
  }
  return shown;
}

TEST_F(OnboardingTest, TwiceIsOnce) {
  const OnboardingReport first = Bring(kData / "onboarding.csv");
  EXPECT_THAT(first.opened, SizeIs(40));
  EXPECT_EQ(first.unchanged, 0);
  EXPECT_THAT(Shown(first),
              ElementsAre(HasSubstr("9: hostile: column name"), HasSubstr("19: this brand has no"),
                          HasSubstr("31: "), HasSubstr("40: two lines have this slug")));
  std::vector<std::uint64_t> sums;
  for (const Dealer& dealer : first.opened) sums.push_back(Sum(dealer));
  EXPECT_EQ(Count(), std::size(kStems) + 40);

  const OnboardingReport second = Bring(kData / "onboarding.csv");
  EXPECT_THAT(second.opened, IsEmpty());
  EXPECT_EQ(second.unchanged, 40);
  EXPECT_EQ(Shown(second), Shown(first));
  EXPECT_EQ(Count(), std::size(kStems) + 40);
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(Sum(first.opened[i]), sums[i]);
}

TEST_F(OnboardingTest, ADealerHasItsPlaceItsPricesAndItsPeople) {
  const OnboardingReport report = BringLines(
      "one,One & Co,northgate,skandia,sv-SE,SEK,1.10,Malmö;Lund\n"
      "two,Two,harbourline,maple,en-CA,CAD,0.95,Regina\n");
  ASSERT_THAT(report.opened, SizeIs(2)) << ::testing::PrintToString(Shown(report));
  const absl::StatusOr<cordon::TenantInfo> one = tenants().FindBySlug("one");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->name, "One & Co");
  EXPECT_EQ(one->state, TenantState::kActive);
  EXPECT_EQ(one->parent, tenants().FindBySlug("skandia")->id);
  EXPECT_EQ(tenants().PresentationOf(one->id)->brand, "northgate");
  EXPECT_EQ(tenants().PresentationOf(one->id)->locale, "sv-SE");
  EXPECT_THAT(*tenants().Members(one->id), SizeIs(1)) << "who set it up is gone";
  EXPECT_FALSE(platform_
                   ->Enter(cordon::AssertVerified(report.opened[1].clerk), one->id,
                           cordon::Purpose("curiosity"))
                   .ok());
  const absl::Status read = AtDealer(*platform_, report.opened[0], [](ErpSession& session) {
    EXPECT_EQ((*session.Get(as<Company>, kCompany))->currency, "SEK");
    EXPECT_EQ((*session.Get(as<Product>, 1))->list_price.ToString(), "9.7900");
    EXPECT_EQ((*session.Get(as<Warehouse>, "W2"))->name, "Lund");
    EXPECT_EQ((*session.Get(as<Stock>, "W1", 3))->on_hand, 85);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_F(OnboardingTest, ABadLineLeavesNothingAndStopsNobody) {
  const std::size_t before = Count();
  const OnboardingReport report = BringLines(
      "Big,Big,northgate,skandia,sv-SE,SEK,1,Lund\n"  // a slug that is none
      "noname,,northgate,skandia,sv-SE,SEK,1,Lund\n"
      "nobody,N,northgate,nowhere,sv-SE,SEK,1,Lund\n"
      "brand,N,northgate,northgate,sv-SE,SEK,1,Lund\n"        // a brand is no reseller
      "other,N,harbourline,skandia,sv-SE,SEK,1,Lund\n"        // another brand's
      "tongue,N,northgate,skandia,swedish chef,SEK,1,Lund\n"  // no locale
      "money,N,northgate,skandia,sv-SE,XXX,1,Lund\n"
      "free,N,northgate,skandia,sv-SE,SEK,0,Lund\n"
      "minus,N,northgate,skandia,sv-SE,SEK,-1,Lund\n"
      "exact,N,northgate,skandia,sv-SE,SEK,1.005,Lund\n"
      "house,N,northgate,skandia,sv-SE,SEK,1,Lund;;Ystad\n"
      "albion,N,northgate,skandia,sv-SE,SEK,1,Lund\n"  // a reseller's slug
      "few,N,northgate\n"
      "good,Good,northgate,skandia,sv-SE,SEK,1,Lund\n"
      "good,Better,northgate,skandia,sv-SE,SEK,1,Lund\n");
  EXPECT_THAT(
      Shown(report),
      ElementsAre(HasSubstr("2: "), HasSubstr("3: column name"), HasSubstr("4: this brand"),
                  HasSubstr("5: this brand"), HasSubstr("6: this brand"), HasSubstr("7: "),
                  HasSubstr("8: this currency"), HasSubstr("9: column price_factor"),
                  HasSubstr("10: column price_factor"), HasSubstr("11: column price_factor"),
                  HasSubstr("12: column warehouses"), HasSubstr("13: this slug is taken"),
                  HasSubstr("14: 3 fields"), HasSubstr("16: two lines")));
  EXPECT_THAT(report.opened, SizeIs(1));
  EXPECT_EQ(Count(), before + 1);
  EXPECT_TRUE(absl::IsNotFound(tenants().FindBySlug("money").status()));
}

TEST_F(OnboardingTest, ASlugOfAnotherResellerIsTaken) {
  EXPECT_THAT(BringLines("one,One,northgate,skandia,sv-SE,SEK,1,Lund\n").opened, SizeIs(1));
  const OnboardingReport report = BringLines("one,One,northgate,nordhandel,de-DE,EUR,1,Kiel\n");
  EXPECT_THAT(Shown(report), ElementsAre(HasSubstr("2: this slug is taken")));
}

TEST_F(OnboardingTest, ARunThatDiedIsFinishedByTheNext) {
  const absl::StatusOr<cordon::TenantId> left =
      tenants().Create({.name = "One",
                        .parent = tenants().FindBySlug("skandia")->id,
                        .slug = "one",
                        .state = TenantState::kProvisioning});
  ASSERT_TRUE(left.ok()) << left.status();
  const OnboardingReport report = BringLines("one,One,northgate,skandia,sv-SE,SEK,1,Lund\n");
  ASSERT_THAT(report.opened, SizeIs(1)) << ::testing::PrintToString(Shown(report));
  EXPECT_EQ(report.opened[0].id, *left);
  EXPECT_EQ(tenants().Find(*left)->state, TenantState::kActive);
  EXPECT_NE(Sum(report.opened[0]), 0u);
}

TEST_F(OnboardingTest, AMissingFileIsSaid) {
  EXPECT_TRUE(absl::IsNotFound(
      OnboardDealers(*platform_, kData / "none.csv", kData / "catalogue.csv", kNow).status()));
  EXPECT_TRUE(absl::IsNotFound(
      OnboardDealers(*platform_, kData / "onboarding.csv", kData / "none.csv", kNow).status()));
}

// ---- the reporting process ----------------------------------------------------------------------

TEST_F(OnboardingTest, AnEnvelopeGivesItsDealersReportOnce) {
  const OnboardingReport report = BringLines(
      "one,One <script>alert(1)</script>,northgate,skandia,sv-SE,SEK,1,Lund\n"
      "two,Two,harbourline,maple,en-CA,CAD,1,Regina\n");
  ASSERT_THAT(report.opened, SizeIs(2));
  const std::string envelope = Seal(report.opened[0]);
  const Finished finished = Report(envelope);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(ReadOut(".txt"), HasSubstr("One <script>alert(1)</script>\n"));
  EXPECT_THAT(ReadOut(".html"), HasSubstr("<h1>One &lt;script&gt;alert(1)&lt;/script&gt;</h1>"));
  EXPECT_THAT(ReadOut(".html"), Not(HasSubstr("<script")));
  EXPECT_THAT(ReadOut(".html"), Not(HasSubstr("Regina")));

  fs::remove(scratch_.path() / "out.txt");
  fs::remove(scratch_.path() / "out.html");
  const Finished again = Report(envelope);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("distribution_report: "));
  EXPECT_EQ(ReadOut(".html"), "");
}

TEST_F(OnboardingTest, WhatIsNoEnvelopeForItGivesNoReport) {
  const OnboardingReport report = BringLines("one,One,northgate,skandia,sv-SE,SEK,1,Lund\n");
  ASSERT_THAT(report.opened, SizeIs(1));
  const std::string envelope = Seal(report.opened[0]);
  ASSERT_GT(envelope.size(), 60u);
  std::string altered = envelope;
  altered[50] = altered[50] == 'A' ? 'B' : 'A';
  const absl::StatusOr<cordon::TenantContext> context = Enter(*platform_, report.opened[0]);
  ASSERT_TRUE(context.ok()) << context.status();
  const absl::StatusOr<std::string> elsewhere =
      tenants().Seal(*context, cordon::Audience("billing"));
  ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
  for (const std::string& wrong : {std::string(), altered, envelope.substr(0, envelope.size() - 1),
                                   envelope + "A", *elsewhere, report.opened[0].id.ToString()}) {
    const Finished finished = Report(wrong);
    EXPECT_EQ(finished.exit_code, 1) << wrong;
    EXPECT_THAT(finished.err, Not(IsEmpty()));
    EXPECT_EQ(ReadOut(".html"), "") << wrong;
  }
  // Whoever may not enter any more gets no report for an envelope of before.
  ASSERT_TRUE(tenants().Suspend(report.opened[0].id).ok());
  EXPECT_EQ(Report(envelope).exit_code, 1);
  EXPECT_EQ(ReadOut(".html"), "");
}

}  // namespace
}  // namespace distribution
