// SPDX-License-Identifier: Apache-2.0
//
// Whatever an analyst of tenant A writes, beside tenant B, through everything that Session::Ask()
// passes it through. What must hold: it ends, inside its limits; nothing of B's comes out, neither
// in rows nor in messages; nothing is written, by anybody; the answer is the same when B's rows are
// other ones; and the connection serves the next call as before.
//
// The first byte picks the arguments and how tight the limits are; the rest is the text.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/cordon.h"
#include "support/value_text.h"

namespace {

using namespace cordon::literals;
using cordon::ErrorCode;
using cordon::Value;

struct Item {
  std::string sku;
  std::int64_t n = 0;
  std::optional<std::string> note;
  cordon::Decimal<4> price;
  bool live = false;
};
struct Line {
  std::int64_t id = 0;
  std::string sku;
  std::optional<cordon::Decimal<2>> part;
  cordon::Timestamp at;
};
struct Currency {
  std::string code;
};
struct Shop {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Item>("items")
                         .Key<&Item::sku>("sku")
                         .Column<&Item::n>("n")
                         .Column<&Item::note>("note")
                         .Column<&Item::price>("price")
                         .Column<&Item::live>("live")
                         .Unique<&Item::n>(),
                     cordon::TenantTable<Line>("lines")
                         .Key<&Line::id>("id")
                         .Column<&Line::sku>("sku")
                         .Column<&Line::part>("part")
                         .Column<&Line::at>("at_time")
                         .References<&Line::sku>("items"),
                     cordon::GlobalTable<Currency>("currencies").Key<&Currency::code>("code")};
};

[[noreturn]] void Broken(const char* rule, std::string_view sql, std::string_view detail) {
  std::fprintf(stderr, "%s\n  sql: %.*s\n  %.*s\n", rule, static_cast<int>(sql.size()), sql.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

// A file with the tenants A and B. A's rows are the same in every world, B's are not.
class World {
 public:
  World(const std::string& path, const char* note_of_b, int rows_of_b) {
    // One reader, so that what one call leaves behind the next one meets.
    platform_ = Must(cordon::Platform<Shop>::Open({.path = path, .readers = 1}));
    a_.emplace(Enter("mine", 3));
    b_.emplace(Enter(note_of_b, rows_of_b));
    for (const char* code : {"CHF", "EUR"}) {
      (void)platform_->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                    [&](auto& tx) { return tx.Insert(Currency{code}); });
    }
    before_ = Rows(*a_) + Rows(*b_);
  }

  // What A is shown, as one text.
  std::string Ask(std::string_view sql, std::uint8_t choice) {
    const std::vector<Value> all = {1, "x", cordon::Decimal<2>::FromUnits(250), Value()};
    const auto marks = static_cast<std::size_t>(std::count(sql.begin(), sql.end(), '?'));
    const std::span<const Value> values(all.data(), std::min(marks, all.size()));
    // Steps end what runs long; time would end it somewhere else each time.
    cordon::AnalystOptions options{
        .budget = {.vm_steps = 200'000, .rows = 1'000, .wall = std::chrono::hours(1)},
        .memory_bytes = 256 << 20};
    if (choice % 2 == 1) options.budget.rows = 2;
    if (choice % 3 == 1) options.result_bytes = 500;
    if (choice % 5 == 1) options.value_bytes = 16 << 10;
    const auto table = a_->Ask(sql, options, values);
    std::string shown;
    if (table.ok()) {
      for (const auto& column : (*table)->columns) shown += column.name + "|";
      for (const auto& row : (*table)->rows) {
        if (row.size() != (*table)->columns.size()) Broken("a row of another width", sql, shown);
        for (std::size_t c = 0; c < row.size(); ++c) {
          const auto& column = (*table)->columns[c];
          const cordon::ValueKind kind = KindOf(row[c]);
          if (kind != column.kind && !(kind == cordon::ValueKind::kNull && column.nullable)) {
            Broken("a value of another kind than its column", sql, column.name);
          }
          shown += cordon_test::ValueText(row[c]) + "|";
        }
        shown += "\n";
      }
      if ((*table)->rows.size() > static_cast<std::size_t>(options.budget.rows)) {
        Broken("more rows than allowed", sql, "");
      }
    } else {
      shown = table.status().ToString();
      const ErrorCode code = cordon::CodeOf(table.status());
      if (code != ErrorCode::kStatementRefused && code != ErrorCode::kBudgetExceeded &&
          code != ErrorCode::kValueOutOfRange) {
        Broken("an error that an analyst cannot have caused", sql, shown);
      }
    }
    if (shown.find("CANARY") != std::string::npos) Broken("a value of B's came out", sql, shown);
    return shown;
  }

  void CheckIntact(std::string_view sql) {
    if (Rows(*a_) + Rows(*b_) != before_) Broken("an analyst has changed rows", sql, "");
  }

 private:
  template <class T>
  static T Must(absl::StatusOr<T> value) {
    if (!value.ok()) Broken("set-up", "", value.status().ToString());
    return *std::move(value);
  }
  cordon::Session<Shop> Enter(const char* note, int rows) {
    const cordon::Principal user = Must(cordon::Principal::User("fuzz"));
    const cordon::TenantId id = Must(platform_->tenants().Create("tenant"));
    (void)platform_->tenants().AddMember(id, user);
    const auto context =
        Must(platform_->Enter(cordon::AssertVerified(user), id, cordon::Purpose("fuzz"),
                              {.lifetime = std::chrono::hours(24)}));
    auto session = Must(platform_->OpenSession(context));
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::string sku(1, static_cast<char>('x' + i % 3 - i / 3));
      (void)session.Insert(Item{sku, i, note, cordon::Decimal<4>::FromUnits(12345), i == 1});
      (void)session.Insert(Line{i, sku, std::nullopt, cordon::Timestamp{}});
    }
    return session;
  }
  static std::string Rows(const cordon::Session<Shop>& of) {
    std::string rows;
    const auto items = of.All(cordon::as<Item>, "SELECT * FROM items ORDER BY sku"_sql);
    for (const auto& row : *items) {
      rows += row->sku + "|" + std::to_string(row->n) + "|" + row->note.value_or("NULL") + "|" +
              row->price.ToString() + (row->live ? "|1\n" : "|0\n");
    }
    const auto lines = of.All(cordon::as<Line>, "SELECT * FROM lines ORDER BY id"_sql);
    for (const auto& row : *lines) {
      rows += std::to_string(row->id) + "|" + row->sku + "\n";
    }
    return rows;
  }

  std::unique_ptr<cordon::Platform<Shop>> platform_;
  std::optional<cordon::Session<Shop>> a_;
  std::optional<cordon::Session<Shop>> b_;
  std::string before_;
};

class Worlds {
 public:
  Worlds() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cordon_fuzz_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    one_ = std::make_unique<World>(directory_ + "/one.db", "CANARY-B", 3);
    other_ = std::make_unique<World>(directory_ + "/other.db", "CANARY-of-another-B", 9);
  }
  ~Worlds() {
    one_.reset();
    other_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Try(std::string_view sql, std::uint8_t choice) {
    // The fuzzer watches comparisons and would spell the canary itself.
    const std::string_view canary = "canary";
    const auto same = [](char a, char b) { return cordon::internal::Fold(a) == b; };
    if (std::search(sql.begin(), sql.end(), canary.begin(), canary.end(), same) != sql.end()) {
      return;
    }
    const std::string shown = one_->Ask(sql, choice);
    const std::string again = other_->Ask(sql, choice);
    // The last steps of a budget are a declared exception.
    const auto spent = [](const std::string& text) {
      return text.find(" steps: ") != std::string::npos;
    };
    if (shown != again && !spent(shown) && !spent(again)) {
      Broken("B's rows show in A's answer", sql, shown + "\n  " + again);
    }
    one_->CheckIntact(sql);
  }

 private:
  std::string directory_;
  std::unique_ptr<World> one_;
  std::unique_ptr<World> other_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Worlds worlds;
  if (size == 0) return 0;
  worlds.Try({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
