// SPDX-License-Identifier: Apache-2.0
// A declaration that has grown at its end: the file grows with it. Any other difference is drift.
#include <gtest/gtest.h>

#include <string>

#include "support/fleet.h"

namespace cordon_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Release>
absl::Status TryOpen(const std::string& path) {
  return cordon::Platform<Release>::Open({.path = path}).status();
}

class AddedColumns : public ::testing::Test {
 protected:
  std::string Columns() {
    return RawValue(path, "SELECT group_concat(name) FROM pragma_table_xinfo('parts')");
  }
  void MakeFirstRelease() {
    const Opened<Fleet1> first(path);
    Must(first.session->Insert(Part1{"K1", "one"}));
    Must(first.session->Insert(Part1{"K2", "two"}));
    Must(first.platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                      [](auto& tx) { return tx.Insert(Unit1{"m"}); }));
  }
  static void ExpectDefaults(const Part3& part, const std::string& name) {
    EXPECT_EQ(part.name, name);
    EXPECT_EQ(part.stock, 7);
    EXPECT_EQ(part.remark, std::nullopt);
    EXPECT_EQ(part.state, PartState::kNew);
    EXPECT_TRUE(part.active);
    EXPECT_EQ(part.price.ToString(), "12.5000");
    EXPECT_EQ(part.since.time_since_epoch().count(), -5);
    EXPECT_EQ(part.text, kOddText);
    EXPECT_EQ(part.meta.text(), "{\"v\": 3}");
    EXPECT_EQ(part.least, kLeast);
    EXPECT_EQ(part.maybe_state, std::nullopt);
    EXPECT_EQ(part.maybe_due, std::nullopt);
    EXPECT_EQ(part.maybe_scan, std::nullopt);
    EXPECT_EQ(part.maybe_price, cordon::Decimal<2>::FromUnits(99));
  }
  // What the third release holds, wherever its file came from.
  void ExpectThirdRelease() {
    for (int round = 0; round < 3; ++round) {
      const Opened<Fleet3> third(path);
      ExpectDefaults(
          Must(third.session->One(as<Part3>, "SELECT * FROM parts WHERE sku = 'K1'"_sql)).Plain(),
          "one");
      EXPECT_EQ(Must(third.session->One(as<Unit3>, "SELECT * FROM units"_sql))->digits, -2);
      const std::string sku = "N" + std::to_string(round);
      const Part3 part{.sku = sku, .name = "new " + sku, .state = PartState::kUsed};
      Must(third.session->Insert(part));
      const auto back =
          Must(third.session->One(as<Part3>, "SELECT * FROM parts WHERE sku = ?"_sql, sku));
      EXPECT_EQ(back->state, PartState::kUsed);
      EXPECT_EQ(back->maybe_price, std::nullopt);
      EXPECT_THAT(third.session->Insert(part), HasCode(ErrorCode::kUniqueViolation));
    }
    for (const char* bad : {"state = 3", "active = 2", "meta = '{'", "maybe_due = 'x'",
                            "maybe_state = 0", "stock = NULL", "stock = 'x'"}) {
      EXPECT_THROW(RawSql(path, std::string("UPDATE parts SET ") + bad), std::runtime_error) << bad;
    }
    EXPECT_EQ(RawValue(path, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(RawValue(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'parts_by_state'"),
              "1");
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("fleet.db");
};

TEST_F(AddedColumns, AreAddedReleaseByRelease) {
  MakeFirstRelease();
  for (int round = 0; round < 3; ++round) {
    const Opened<Fleet2> second(path);
    const auto row =
        Must(second.session->One(as<Part2>, "SELECT * FROM parts WHERE sku = 'K1'"_sql));
    EXPECT_EQ(row->stock, 7);
    EXPECT_EQ(row->remark, std::nullopt);
  }
  ExpectThirdRelease();
}

TEST_F(AddedColumns, AReleaseMayBeLeftOut) {
  MakeFirstRelease();
  ExpectThirdRelease();
}

TEST_F(AddedColumns, AFreshFileIsTheSame) {
  {
    const Opened<Fleet3> third(path);
    Must(third.session->Insert(Part3{.sku = "K1", .name = "x"}));
    Must(third.platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) {
      return tx.Insert(Unit3{"m", -2});
    }));
  }
  // Written where the default applies: without naming the columns.
  RawSql(path,
         "INSERT INTO parts(tenant_id, sku, name) SELECT tenant_id, 'K2', 'one' FROM parts; "
         "DELETE FROM parts WHERE sku = 'K1'; UPDATE parts SET sku = 'K1'");
  ExpectThirdRelease();
}

TEST_F(AddedColumns, AnOpenPlatformOfTheEarlierReleaseGoesOn) {
  MakeFirstRelease();
  const Opened<Fleet1> first(path);
  // The same statements before and after: they are in its cache, prepared for the old table.
  const auto work = [&](const std::string& sku) {
    Must(first.session->Insert(Part1{sku, "part " + sku}));
    EXPECT_EQ(Must(first.session->Execute("UPDATE parts SET name = ? WHERE sku = ?"_sql,
                                          "drei " + sku, sku)),
              1);
    EXPECT_EQ(
        Must(first.session->One(as<Part1>, "SELECT * FROM parts WHERE sku = ?"_sql, sku))->name,
        "drei " + sku);
  };
  work("K0");
  const Opened<Fleet3> third(path);
  work("K3");
  ExpectDefaults(
      Must(third.session->One(as<Part3>, "SELECT * FROM parts WHERE sku = 'K3'"_sql)).Plain(),
      "drei K3");
  // To open anew is another matter: the earlier release does not know what it would be writing.
  const absl::Status back = TryOpen<Fleet1>(path);
  EXPECT_THAT(back, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(Text(back), HasSubstr("is not in the declaration"));
  EXPECT_THAT(TryOpen<Fleet2>(path), HasCode(ErrorCode::kSchemaDrift));
}

// ---- every other difference ----------------------------------------------------------------

struct NoDefault {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::stock>("stock")
                         .Column<&Part2::remark>("remark")
                         .Unique<&Part2::name>()};
};
struct InTheMiddle {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::stock>("stock", cordon::Default(7))
                         .Column<&Part2::name>("name")
                         .Unique<&Part2::name>()};
};
struct WithAUniqueToo {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::remark>("remark")
                         .Unique<&Part2::name>()
                         .Unique<&Part2::remark>()};
};
struct InTheKey {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Key<&Part2::stock>("stock")
                         .Unique<&Part2::name>()};
};
struct WithAnotherDefault {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::stock>("stock", cordon::Default(8))
                         .Column<&Part2::remark>("remark")
                         .Unique<&Part2::name>()};
};

TEST_F(AddedColumns, NothingElseIsAdded) {
  MakeFirstRelease();
  const std::string before = Columns();
  for (const auto& [refused, named] :
       {std::pair(TryOpen<NoDefault>(path), "'stock' is not in the file"),
        std::pair(TryOpen<InTheMiddle>(path), "'stock' is not in the file"),
        std::pair(TryOpen<WithAUniqueToo>(path), "'remark' is not in the file"),
        std::pair(TryOpen<InTheKey>(path), "'stock' is not in the file")}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(Text(refused), HasSubstr(named));
  }
  EXPECT_EQ(Columns(), before);
  EXPECT_THAT(TryOpen<Fleet1>(path), IsOk());
}

TEST_F(AddedColumns, ADefaultStaysAsItIs) {
  MakeFirstRelease();
  Must(TryOpen<Fleet2>(path));
  for (const absl::Status& refused :
       {TryOpen<WithAnotherDefault>(path), TryOpen<NoDefault>(path)}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(Text(refused), HasSubstr("constraints"));
  }
  EXPECT_THAT(TryOpen<Fleet2>(path), IsOk());
}

// A difference elsewhere is found although columns are missing as well, and nothing is added.
TEST_F(AddedColumns, OtherDifferencesAreStillFound) {
  MakeFirstRelease();
  const std::string whole = RawValue(path, "SELECT sql FROM sqlite_schema WHERE name = 'parts'");
  for (const auto& [from, to] : {std::pair(",\n  UNIQUE (\"tenant_id\", \"name\")", ""),
                                 std::pair("UNIQUE (\"tenant_id\", \"name\")", "UNIQUE (\"name\")"),
                                 std::pair(" CHECK (length(\"tenant_id\") = 16)", ""),
                                 std::pair(") STRICT, WITHOUT ROWID", ") WITHOUT ROWID"),
                                 std::pair("\"name\" TEXT NOT NULL", "\"name\" TEXT"),
                                 std::pair("PRIMARY KEY (\"tenant_id\", \"sku\")",
                                           "PRIMARY KEY (\"sku\", \"tenant_id\")")}) {
    SCOPED_TRACE(from);
    std::string sql = whole;
    const std::size_t at = sql.find(from);
    ASSERT_NE(at, std::string::npos);
    sql.replace(at, std::string(from).size(), to);
    RawSql(path, "DROP TABLE parts");
    RawSql(path, sql);
    EXPECT_THAT(TryOpen<Fleet1>(path), HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(TryOpen<Fleet2>(path), HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(TryOpen<Fleet3>(path), HasCode(ErrorCode::kSchemaDrift));
    EXPECT_EQ(Columns(), "tenant_id,sku,name");
  }
}

TEST_F(AddedColumns, AnAddedColumnThatLostItsRuleIsDrift) {
  MakeFirstRelease();
  Must(TryOpen<Fleet3>(path));
  const std::string whole = RawValue(path, "SELECT sql FROM sqlite_schema WHERE name = 'parts'");
  for (const auto& [from, to] :
       {std::pair(" CHECK (\"state\" IN (1, 2))", ""), std::pair("IN (1, 2)", "IN (1, 2, 3)"),
        std::pair(" CHECK (json_valid(\"meta\"))", ""), std::pair(" DEFAULT 7", " DEFAULT 70"),
        std::pair("it''s", "it''s "), std::pair("PRIMARY KEY  --", "PRIMARY KEY --"),
        std::pair("scale 4", "scale 3"), std::pair("\"txt\" TEXT NOT NULL", "\"txt\" TEXT")}) {
    SCOPED_TRACE(from);
    std::string sql = whole;
    const std::size_t at = sql.find(from);
    ASSERT_NE(at, std::string::npos) << whole;
    sql.replace(at, std::string(from).size(), to);
    RawSql(path, "DROP TABLE parts");
    RawSql(path, sql);
    EXPECT_THAT(TryOpen<Fleet3>(path), HasCode(ErrorCode::kSchemaDrift));
  }
  RawSql(path, "DROP TABLE parts");
  RawSql(path, whole);
  EXPECT_THAT(TryOpen<Fleet3>(path), IsOk()) << "it was the changes that were refused";
}

// ---- rows that break the new rule, and a default that is none --------------------------------

struct BadJson {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part3>("parts")
                         .Key<&Part3::sku>("sku")
                         .Column<&Part3::name>("name")
                         .Column<&Part3::meta>("meta", cordon::Default("{"))
                         .Unique<&Part3::name>()};
};

TEST_F(AddedColumns, ADefaultOfJsonIsJson) {
  for (const bool fresh : {true, false}) {
    if (!fresh) MakeFirstRelease();
    const absl::Status refused = TryOpen<BadJson>(path);
    EXPECT_THAT(refused, HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(Text(refused), HasSubstr("'meta'"));
  }
  EXPECT_EQ(Columns(), "tenant_id,sku,name");
}

// One transaction: a column that cannot be added takes the others back with it.
TEST_F(AddedColumns, AllOrNothing) {
  MakeFirstRelease();
  RawSql(path, "CREATE INDEX parts_by_state ON units(code)");  // in the way of the last step
  EXPECT_THAT(TryOpen<Fleet3>(path), HasCode(ErrorCode::kSchemaDrift));
  EXPECT_EQ(Columns(), "tenant_id,sku,name");
  EXPECT_EQ(RawValue(path, "SELECT group_concat(name) FROM pragma_table_xinfo('units')"), "code");
  RawSql(path, "DROP INDEX parts_by_state");
  ExpectThirdRelease();
}

}  // namespace
}  // namespace cordon_test
