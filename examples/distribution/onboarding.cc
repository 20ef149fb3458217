// SPDX-License-Identifier: Apache-2.0
#include "onboarding.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>
#include <utility>

#include "cells.h"
#include "csv_reader.h"
#include "stock_keeping.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

constexpr auto kText = CsvKind::kText;
constexpr auto kNumber = CsvKind::kNumber;

constexpr CsvColumn kDealerColumns[] = {
    {"slug", kText},   {"name", kText},     {"brand", kText},          {"reseller", kText},
    {"locale", kText}, {"currency", kText}, {"price_factor", kNumber}, {"warehouses", kText}};

constexpr CsvColumn kCatalogueColumns[] = {{"product_id", kNumber},
                                           {"product_name", kText},
                                           {"quantity_per_unit", kText},
                                           {"unit_price", kNumber},
                                           {"first_stock", kNumber}};

constexpr Discount kMaxFactor = Discount::FromUnits(10'00);
constexpr std::size_t kMaxWarehouses = 9;

struct Line {
  std::string slug, name, brand, reseller, locale, currency;
  std::int64_t price_percent = 100;
  std::vector<std::string> warehouses;
};

struct Article {
  Product product;
  std::int64_t first_stock = 0;  // in the first warehouse
};

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    const std::size_t end = text.find(';');
    names.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return names;
    text.remove_prefix(end + 1);
  }
}

Line ReadLine(Cells& cells) {
  Line line{.slug = cells.Text("slug"),
            .name = cells.Text("name"),
            .brand = cells.Text("brand"),
            .reseller = cells.Text("reseller"),
            .locale = cells.Text("locale"),
            .currency = cells.Text("currency"),
            .price_percent = cells.Number("price_factor", kMaxFactor).units(),
            .warehouses = SplitNames(cells.Text("warehouses"))};
  if (line.price_percent == 0) cells.Refuse("price_factor", "gives everything away");
  if (line.warehouses.size() > kMaxWarehouses || std::ranges::count(line.warehouses, "") > 0) {
    cells.Refuse("warehouses", "is not one to nine names between semicolons");
  }
  return line;
}

absl::StatusOr<std::vector<Article>> ReadCatalogue(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return absl::NotFoundError("the catalogue cannot be opened");
  std::vector<Article> articles;
  CsvReader reader(in, kCatalogueColumns);
  for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
    if (const auto* problem = std::get_if<CsvProblem>(&step)) {
      return absl::InvalidArgumentError(
          fmt::format("line {} of the catalogue: {}", problem->line, problem->reason));
    }
    const auto& record = std::get<CsvRecord>(step);
    Cells cells(kCatalogueColumns, record);
    articles.push_back({Product{.id = cells.Id("product_id"),
                                .name = cells.Text("product_name"),
                                .pack = cells.Text("quantity_per_unit"),
                                .list_price = cells.Number("unit_price", kMaxPrice),
                                .discontinued = false},
                        cells.Integer("first_stock", 0, kMaxQuantity)});
    if (!cells.reason().empty()) {
      return absl::InvalidArgumentError(
          fmt::format("line {} of the catalogue: {}", record.line, cells.reason()));
    }
  }
  return articles;
}

class Onboarding {
 public:
  Onboarding(ErpPlatform& platform, std::span<const Article> catalogue, cordon::Principal setter,
             cordon::Timestamp now)
      : platform_(platform),
        tenants_(platform.tenants()),
        catalogue_(catalogue),
        setter_(std::move(setter)),
        now_(now) {}

  // Opens the dealer of one line; kAlreadyExists when it is there as the line says.
  absl::StatusOr<Dealer> Open(const Line& line) {
    const absl::StatusOr<cordon::TenantId> reseller = ResellerOf(line);
    if (!reseller.ok()) return reseller.status();
    if (!seen_.insert(line.slug).second) {
      return absl::InvalidArgumentError("two lines have this slug: choose another one");
    }
    absl::StatusOr<cordon::Principal> clerk =
        cordon::Principal::User("clerk@" + line.slug + ".example");
    if (!clerk.ok()) return clerk.status();
    const absl::StatusOr<cordon::TenantId> id = Place(line, *reseller);
    if (!id.ok()) return id.status();
    Dealer dealer{line.name, *id, *std::move(clerk)};
    if (absl::Status ready = MakeReady(dealer, line); !ready.ok()) {
      // Nobody has entered it yet; so it can go as it came.
      if (absl::Status removed = tenants_.Remove(dealer.id); !removed.ok()) return removed;
      return ready;
    }
    return dealer;
  }

 private:
  // The line names brand and reseller, and the one must be above the other: a reseller of another
  // brand is as foreign as another dealer.
  absl::StatusOr<cordon::TenantId> ResellerOf(const Line& line) const {
    const absl::Status unknown =
        absl::InvalidArgumentError("this brand has no such reseller: check both columns");
    const absl::StatusOr<cordon::TenantInfo> reseller = tenants_.FindBySlug(line.reseller);
    if (!reseller.ok()) return absl::IsNotFound(reseller.status()) ? unknown : reseller.status();
    const absl::StatusOr<std::vector<cordon::TenantInfo>> path = tenants_.Path(reseller->id);
    if (!path.ok()) return path.status();
    const bool below = reseller->kind == cordon::TenantKind::kReseller &&
                       std::ranges::any_of(*path, [&](const cordon::TenantInfo& one) {
                         return one.kind == cordon::TenantKind::kBrand && one.slug == line.brand;
                       });
    if (!below) return unknown;
    return reseller->id;
  }

  // Finds or creates the tenant, closed to people as yet.
  absl::StatusOr<cordon::TenantId> Place(const Line& line, const cordon::TenantId& reseller) {
    const absl::StatusOr<cordon::TenantInfo> there = tenants_.FindBySlug(line.slug);
    if (absl::IsNotFound(there.status())) {
      return tenants_.Create({.name = line.name,
                              .kind = cordon::TenantKind::kCustomer,
                              .parent = reseller,
                              .slug = line.slug,
                              .locale = line.locale,
                              .state = cordon::TenantState::kProvisioning});
    }
    if (!there.ok()) return there.status();
    if (there->kind != cordon::TenantKind::kCustomer || there->parent != reseller) {
      return absl::InvalidArgumentError("this slug is taken: choose another one");
    }
    if (there->state != cordon::TenantState::kProvisioning) {
      return absl::AlreadyExistsError("this dealer is there already");
    }
    return there->id;  // a run before this one has died here
  }

  absl::Status MakeReady(const Dealer& dealer, const Line& line) {
    for (const absl::Status& added :
         {tenants_.AddMember(dealer.id, setter_), tenants_.AddMember(dealer.id, dealer.clerk)}) {
      if (!added.ok()) return added;
    }
    const absl::StatusOr<cordon::TenantContext> context =
        platform_.Enter(cordon::AssertVerified(setter_), dealer.id, cordon::Purpose("onboarding"));
    if (!context.ok()) return context.status();
    absl::Status furnished = cordon::WithTenant(
        platform_, *context, [&](auto& session) -> absl::Status { return Furnish(session, line); });
    if (!furnished.ok()) return furnished;
    if (absl::Status removed = tenants_.RemoveMember(dealer.id, setter_); !removed.ok()) {
      return removed;
    }
    return tenants_.Activate(dealer.id);
  }

  absl::Status Furnish(ErpSession& dealer, const Line& line) {
    return dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
      const auto before = tx.Find(as<Company>, kCompany);
      if (!before.ok()) return before.status();
      if (before->has_value()) return absl::OkStatus();  // died between this and the end
      absl::Status opened = tx.Insert(Company{kCompany, line.name, line.currency});
      if (cordon::CodeOf(opened) == cordon::ErrorCode::kForeignKeyViolation) {
        return absl::InvalidArgumentError("this currency is not traded: choose one that is");
      }
      if (!opened.ok()) return opened;
      for (std::size_t i = 0; i < line.warehouses.size(); ++i) {
        const auto number = static_cast<std::int64_t>(i) + 1;
        absl::Status built = tx.Insert(Warehouse{WarehouseId(i), line.warehouses[i], number});
        if (!built.ok()) return built;
      }
      for (const Article& article : catalogue_) {
        if (absl::Status added = AddArticle(tx, article, line); !added.ok()) return added;
      }
      return absl::OkStatus();
    });
  }

  absl::Status AddArticle(ErpWrite& tx, const Article& article, const Line& line) const {
    Product product = article.product;
    const std::int64_t raised = product.list_price.units() * line.price_percent;
    if (raised % 100 != 0) {
      return absl::InvalidArgumentError(
          "price_factor gives a price with more than 4 decimals: choose another one");
    }
    product.list_price = Price::FromUnits(raised / 100);
    if (absl::Status inserted = tx.Insert(product); !inserted.ok()) return inserted;
    if (article.first_stock == 0) return absl::OkStatus();
    return PutIntoStock(tx, WarehouseId(0), product.id, article.first_stock, MoveReason::kReceipt,
                        now_);
  }

  static std::string WarehouseId(std::size_t place) { return fmt::format("W{}", place + 1); }

  ErpPlatform& platform_;
  cordon::TenantDirectory& tenants_;
  std::span<const Article> catalogue_;
  const cordon::Principal setter_;  // sets dealers up; is a member of none afterwards
  const cordon::Timestamp now_;
  std::set<std::string> seen_;
};

// Whether the line is to blame, not the machine.
bool IsFaultOfTheLine(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ||
         cordon::CodeOf(status) == cordon::ErrorCode::kUniqueViolation;
}

}  // namespace

absl::Status PlantTree(ErpPlatform& platform, std::span<const Stem> stems) {
  cordon::TenantDirectory& tenants = platform.tenants();
  for (const Stem& stem : stems) {
    const absl::Status there = tenants.FindBySlug(stem.slug).status();
    if (there.ok()) continue;
    if (!absl::IsNotFound(there)) return there;
    std::optional<cordon::TenantId> parent;
    if (!stem.parent.empty()) {
      const absl::StatusOr<cordon::TenantInfo> above = tenants.FindBySlug(stem.parent);
      if (!above.ok()) return above.status();
      parent = above->id;
    }
    // A brand wears its own clothes, and so does everybody below it.
    const bool brand = stem.kind == cordon::TenantKind::kBrand;
    const absl::StatusOr<cordon::TenantId> id =
        tenants.Create({.name = stem.name,
                        .kind = stem.kind,
                        .parent = parent,
                        .slug = stem.slug,
                        .brand = brand ? stem.slug : std::string_view()});
    if (!id.ok()) return id.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<OnboardingReport> OnboardDealers(ErpPlatform& platform,
                                                const std::filesystem::path& file,
                                                const std::filesystem::path& catalogue,
                                                cordon::Timestamp now) {
  const absl::StatusOr<std::vector<Article>> articles = ReadCatalogue(catalogue);
  if (!articles.ok()) return articles.status();
  absl::StatusOr<cordon::Principal> setter = cordon::Principal::Service("onboarding");
  if (!setter.ok()) return setter.status();
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return absl::NotFoundError("the file of dealers cannot be opened");

  OnboardingReport report;
  Onboarding onboarding(platform, *articles, *std::move(setter), now);
  CsvReader reader(in, kDealerColumns);
  for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
    if (const auto* problem = std::get_if<CsvProblem>(&step)) {
      report.problems.push_back({problem->line, problem->reason});
      continue;
    }
    const auto& record = std::get<CsvRecord>(step);
    Cells cells(kDealerColumns, record);
    const Line line = ReadLine(cells);
    if (!cells.reason().empty()) {
      report.problems.push_back({record.line, cells.reason()});
      continue;
    }
    absl::StatusOr<Dealer> dealer = onboarding.Open(line);
    if (dealer.ok()) {
      report.opened.push_back(*std::move(dealer));
    } else if (absl::IsAlreadyExists(dealer.status())) {
      ++report.unchanged;
    } else if (IsFaultOfTheLine(dealer.status())) {
      report.problems.push_back({record.line, std::string(dealer.status().message())});
    } else {
      return dealer.status();
    }
  }
  return report;
}

}  // namespace distribution
