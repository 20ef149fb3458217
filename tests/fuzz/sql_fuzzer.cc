// SPDX-License-Identifier: Apache-2.0
//
// Any text at all, through checker, emitter, engine lock and SQLite, as tenant A beside tenant B.
// What must hold: the checker ends; the compile-time and the run-time checker agree; what they
// accept, SQLite prepares and the engine lock lets pass; what comes out holds no value of B's, and
// B's rows stay as they are.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/cordon.h"

namespace {

using cordon::internal::Access;
using cordon::internal::Cursor;
using cordon::internal::Paging;
using cordon::internal::Parsed;
using cordon::internal::Parser;
using cordon::internal::SqlType;
using cordon::internal::SqlValue;
using cordon::internal::TransactionCore;
using Kind = TransactionCore::Kind;

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

class World {
 public:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cordon_fuzz_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    // Steps, not time, end what runs long.
    core_ = Must(cordon::internal::PlatformCore::Open(
        cordon::internal::kViewOf<Shop>,
        {.path = directory_ + "/fuzz.db", .budget = {.vm_steps = 200'000, .rows = 10'000}}));
    a_ = Enter("mine");
    b_ = Enter("CANARY-B");
  }
  ~World() {
    a_.reset();
    b_.reset();
    core_.reset();
    std::filesystem::remove_all(directory_);
  }

  // The same as a list that is read page by page; what B's rows hold was looked at before.
  void TryPaged(std::string_view sql, std::span<const SqlType> arguments, const SqlValue* values,
                Paging paging) {
    Parsed judged;
    Parser<false> judge(cordon::internal::kViewOf<Shop>, Access::kWrite, sql, arguments.data(),
                        arguments.size(), paging);
    judge.Parse(&judged);
    Parsed emitted;
    Parser<true> emitter(cordon::internal::kViewOf<Shop>, Access::kWrite, sql, arguments.data(),
                         arguments.size(), paging);
    emitter.Parse(&emitted);
    if (judged.refusal != emitted.refusal || judged.page_count != emitted.page_count) {
      Broken("the two checkers disagree on pages", sql, Explain(emitted.refusal));
    }
    if (judged.refusal != cordon::internal::Refusal::kNone) return;
    std::vector<SqlValue> bound(values, values + arguments.size());
    bound.resize(bound.size() + judged.page_count);
    bound.push_back(SqlValue::Integer(3));
    cordon::internal::Statement statement{
        sql,
        cordon::internal::TextHash(sql) ^ arguments.size() ^ 64 ^ static_cast<unsigned>(paging),
        Access::kWrite,
        &cordon::internal::kViewOf<Shop>,
        arguments.data(),
        arguments.size()};
    statement.paging = paging;
    statement.page_values = judged.page_count + 1U;
    TransactionCore core(a_->engine, a_.get(), Kind::kStatement);
    Cursor cursor;
    core.Start(statement, bound.data(), false, &cursor);
    std::size_t rows = 0;
    while (cursor.Step()) {
      ++rows;
      cursor.EndRow();
    }
    if (cordon::CodeOf(cursor.status()) == cordon::ErrorCode::kEngineLock || rows > 3) {
      Broken("a page is not what it should be", sql, emitter.withs() + emitter.statement());
    }
  }

  void Try(std::string_view sql) {
    // The fuzzer watches comparisons and would spell the canary itself.
    const std::string_view canary = "canary";
    const auto same = [](char a, char b) { return cordon::internal::Fold(a) == b; };
    if (std::search(sql.begin(), sql.end(), canary.begin(), canary.end(), same) != sql.end())
      return;
    static constexpr std::array<SqlType, 3> kArguments = {SqlType{SqlType::kInteger, 0, false},
                                                          SqlType{SqlType::kText, 0, false},
                                                          SqlType{SqlType::kDecimal, 2, true}};
    const auto marks = static_cast<std::size_t>(std::count(sql.begin(), sql.end(), '?'));
    const std::size_t count = std::min(marks, kArguments.size());
    Parsed judged;
    Parser<false> judge(cordon::internal::kViewOf<Shop>, Access::kWrite, sql, kArguments.data(),
                        count);
    judge.Parse(&judged);
    Parsed emitted;
    Parser<true> emitter(cordon::internal::kViewOf<Shop>, Access::kWrite, sql, kArguments.data(),
                         count);
    emitter.Parse(&emitted);
    if (judged.refusal != emitted.refusal || judged.at != emitted.at) {
      Broken("the two checkers disagree", sql, Explain(emitted.refusal));
    }
    if (judged.refusal != cordon::internal::Refusal::kNone) {
      if (judged.at > sql.size()) Broken("a refusal points outside the text", sql, "");
      return;
    }
    const std::array<SqlValue, 3> values = {SqlValue::Integer(1), SqlValue::Text("x"),
                                            SqlValue::Integer(250)};
    for (const Paging paging : {Paging::kFirst, Paging::kNext}) {
      TryPaged(sql, {kArguments.data(), count}, values.data(), paging);
    }
    const std::string before = Rows(b_);
    TransactionCore core(a_->engine, a_.get(), judged.writes ? Kind::kWrite : Kind::kStatement);
    if (!core.status().ok()) Broken("no transaction", sql, core.status().ToString());
    {
      Cursor cursor;
      core.Start({sql, cordon::internal::TextHash(sql) ^ count, Access::kWrite,
                  &cordon::internal::kViewOf<Shop>, kArguments.data(), count},
                 values.data(), false, &cursor);
      while (cursor.Step()) {
        for (std::size_t c = 0; c < judged.output_count; ++c) {
          const SqlValue value = cursor.Column(c);
          const bool bytes = value.storage == SqlValue::kText || value.storage == SqlValue::kBlob;
          if (bytes && Holds(value.Bytes())) {
            Broken("a value of B's came out", sql, value.Bytes());
          }
        }
        cursor.EndRow();
      }
      const std::string message(cursor.status().message());
      if (Holds(message)) Broken("a message holds a value of B's", sql, message);
      if (cordon::CodeOf(cursor.status()) == cordon::ErrorCode::kEngineLock) {
        Broken("the engine refuses what the checker accepts", sql,
               message + "\n  " + emitter.withs() + emitter.statement());
      }
    }
    if (judged.writes) {
      (void)core.Commit();
      if (Rows(b_) != before) Broken("B's rows have changed", sql, "");
    }
  }

 private:
  template <class T>
  static T Must(absl::StatusOr<T> value) {
    if (!value.ok()) Broken("set-up", "", value.status().ToString());
    return *std::move(value);
  }
  static bool Holds(std::string_view text) { return text.find("CANARY") != text.npos; }

  std::shared_ptr<cordon::internal::SessionState> Enter(const char* note) {
    const cordon::Principal user = Must(cordon::Principal::User("fuzz"));
    const cordon::TenantId id = Must(core_->tenants().Create("tenant"));
    (void)core_->tenants().AddMember(id, user);
    auto context =
        Must(core_->tenants().Enter(cordon::AssertVerified(user), id, cordon::Purpose("fuzz"),
                                    {.lifetime = std::chrono::hours(24)}));
    auto state = Must(core_->OpenSession(context));
    cordon::Session<Shop> session(state);
    for (std::int64_t i = 0; i < 3; ++i) {
      const std::string sku(1, static_cast<char>('x' + i));
      (void)session.Insert(Item{sku, i, note, cordon::Decimal<4>::FromUnits(12345), i == 1});
      (void)session.Insert(Line{i, sku, std::nullopt, cordon::Timestamp{}});
    }
    return state;
  }
  static std::string Rows(const std::shared_ptr<cordon::internal::SessionState>& of) {
    using namespace cordon::literals;
    cordon::Session<Shop> session(of);
    std::string rows;
    auto all = session.All(cordon::as<Item>, "SELECT * FROM items ORDER BY sku"_sql);
    for (const auto& row : *all) {
      rows += row->sku + "|" + std::to_string(row->n) + "|" + row->note.value_or("NULL") + "|" +
              row->price.ToString() + (row->live ? "|1\n" : "|0\n");
    }
    auto lines = session.All(cordon::as<Line>, "SELECT * FROM lines ORDER BY id"_sql);
    for (const auto& row : *lines) rows += std::to_string(row->id) + "|" + row->sku + "\n";
    return rows;
  }

  std::string directory_;
  std::unique_ptr<cordon::internal::PlatformCore> core_;
  std::shared_ptr<cordon::internal::SessionState> a_;
  std::shared_ptr<cordon::internal::SessionState> b_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  world.Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
