// SPDX-License-Identifier: Apache-2.0
// One product in three releases, each of which adds columns to the end of its tables.
#ifndef CORDON_TESTS_SUPPORT_FLEET_H_
#define CORDON_TESTS_SUPPORT_FLEET_H_

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {

enum class PartState { kNew = 1, kUsed = 2 };

}  // namespace cordon_test

template <>
struct cordon::EnumValues<cordon_test::PartState> {
  static constexpr std::array kAll = {cordon_test::PartState::kNew, cordon_test::PartState::kUsed};
};

namespace cordon_test {

struct Unit1 {
  std::string code = {};
};
struct Part1 {
  std::string sku = {};
  std::string name = {};
};
struct Fleet1 {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
      cordon::TenantTable<Part1>("parts")
          .Key<&Part1::sku>("sku")
          .Column<&Part1::name>("name")
          .Unique<&Part1::name>(),
  };
};

struct Part2 {
  std::string sku = {};
  std::string name = {};
  std::int64_t stock = 0;
  std::optional<std::string> remark = {};
};
struct Fleet2 {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
      cordon::TenantTable<Part2>("parts")
          .Key<&Part2::sku>("sku")
          .Column<&Part2::name>("name")
          .Column<&Part2::stock>("stock", cordon::Default(7))
          .Column<&Part2::remark>("remark")
          .Unique<&Part2::name>(),
  };
};

struct Unit3 {
  std::string code = {};
  std::int32_t digits = 0;
};
inline constexpr const char* kOddText = "it's \"new\",\n  PRIMARY KEY  -- /* not */";
inline constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
struct Part3 {
  std::string sku = {};
  std::string name = {};
  std::int64_t stock = 0;
  std::optional<std::string> remark = {};
  PartState state = PartState::kUsed;
  bool active = false;
  cordon::Decimal<4> price = {};
  cordon::Timestamp since = {};
  std::string text = {};
  cordon::Json meta = {};
  std::int64_t least = 0;
  std::optional<PartState> maybe_state = {};
  std::optional<cordon::ZonedTime> maybe_due = {};
  std::optional<std::vector<std::byte>> maybe_scan = {};
  std::optional<cordon::Decimal<2>> maybe_price = {};
};
struct Fleet3 {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Unit3>("units").Key<&Unit3::code>("code").Column<&Unit3::digits>(
          "digits", cordon::Default(-2)),
      cordon::TenantTable<Part3>("parts")
          .Key<&Part3::sku>("sku")
          .Column<&Part3::name>("name")
          .Column<&Part3::stock>("stock", cordon::Default(7))
          .Column<&Part3::remark>("remark")
          .Column<&Part3::state>("state", cordon::Default(PartState::kNew))
          .Column<&Part3::active>("active", cordon::Default(true))
          .Column<&Part3::price>("price", cordon::Default(cordon::Decimal<4>::FromUnits(12'5000)))
          .Column<&Part3::since>("since",
                                 cordon::Default(cordon::Timestamp(std::chrono::microseconds(-5))))
          .Column<&Part3::text>("txt", cordon::Default(kOddText))
          .Column<&Part3::meta>("meta", cordon::Default("{\"v\": 3}"))
          .Column<&Part3::least>("least", cordon::Default(kLeast))
          .Column<&Part3::maybe_state>("maybe_state", cordon::Default(std::nullopt))
          .Column<&Part3::maybe_due>("maybe_due")
          .Column<&Part3::maybe_scan>("maybe_scan")
          .Column<&Part3::maybe_price>("maybe_price",
                                       cordon::Default(cordon::Decimal<2>::FromUnits(99)))
          .Unique<&Part3::name>()
          .Index<&Part3::state>(),
  };
};

// A session of the first tenant in the file, which is made when there is none.
template <class Release>
class Opened {
 public:
  explicit Opened(const std::string& path)
      : platform(Must(cordon::Platform<Release>::Open({.path = path, .patience = 30s}))) {
    const auto tenants = Must(platform->tenants().List());
    const cordon::TenantId id =
        tenants.empty() ? Must(platform->tenants().Create("A")) : tenants.front().id;
    Must(platform->tenants().AddMember(id, User("anna")));
    context.emplace(Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test"))));
    session.emplace(Must(platform->OpenSession(*context)));
  }

  std::unique_ptr<cordon::Platform<Release>> platform;
  std::optional<cordon::TenantContext> context;
  std::optional<cordon::Session<Release>> session;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_FLEET_H_
