// SPDX-License-Identifier: Apache-2.0
//
// An ERP's statements through checker, lock and SQLite, beside the same texts in a file that has
// one tenant, no tenant column and no Cordon. What is accepted must mean the same in both, and
// leave the neighbours as they were. What is refused by design has a text to write instead, which
// must mean the same, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

constexpr int kAccepted = 359;

bool EndsInLimit(const std::string& sql) {
  return sql.find(" LIMIT ", std::min(sql.rfind(')'), sql.size())) != std::string::npos ||
         (sql.find(')') == std::string::npos && sql.find(" LIMIT ") != std::string::npos);
}

class Differential {
 public:
  void Compare(const ErpStatement& statement, const std::string& text, const Judgement& judgement) {
    const std::string& plain_text = statement.plain.empty() ? statement.text : statement.plain;
    if (EndsInLimit(statement.text) && !judgement.parsed.writes) {
      ASSERT_TRUE(statement.ordered || !statement.plain.empty())
          << "a LIMIT needs '-- ordered', or a '-- plain:' with its order completed";
    }
    std::vector<Value> values;
    for (const Argument& argument : statement.arguments) {
      values.push_back(AsPlain(argument.value, argument.type));
    }
    if (judgement.parsed.writes) world_.plain().Must("BEGIN");
    const Result plain = world_.plain().Run(plain_text, values);
    const std::string plain_tables = judgement.parsed.writes ? world_.OursInPlain() : "";
    if (judgement.parsed.writes) world_.plain().Must("ROLLBACK");

    const Result shared = world_.shared().Run(text, statement.arguments, judgement);
    EXPECT_EQ(shared.ok(), plain.ok())
        << "Cordon: " << shared.error << "\nSQLite: " << plain.error << "\n"
        << world_.shared().Readable(judgement);
    if (shared.ok() && plain.ok()) {
      EXPECT_EQ(BrokenPromise(shared, judgement.parsed), "");
      EXPECT_EQ(Lines(shared, &judgement.parsed, statement.ordered),
                Lines(plain, nullptr, statement.ordered))
          << world_.shared().Readable(judgement);
      CompareNames(shared.names, plain.names);
    }
    if (judgement.parsed.writes) {
      EXPECT_EQ(shared.changed, plain.changed);
      EXPECT_EQ(world_.OursInShared(), plain_tables) << world_.shared().Readable(judgement);
      EXPECT_EQ(world_.shared().OfOthers(), others_) << "a neighbour's rows have changed";
      world_.shared().Restore();
    }
    for (const Row& row : shared.rows) {
      for (const Value& value : row) {
        EXPECT_EQ(value.text.find(ErpWorld::kMark), std::string::npos) << "a neighbour's value";
      }
    }
  }

  ErpWorld& world() { return world_; }

 private:
  static void CompareNames(const std::vector<std::string>& ours,
                           const std::vector<std::string>& plain) {
    ASSERT_EQ(ours.size(), plain.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(ours[i].empty() || cordon::internal::SameName(ours[i], plain[i])) << plain[i];
    }
  }

  ErpWorld world_;
  const std::string others_ = world_.shared().OfOthers();
};

class ErpTest : public testing::Test {
 protected:
  const std::vector<ErpStatement> statements_ =
      ReadErpStatements(std::string(CORDON_SOURCE_DIR) + "/tests/sql/erp_statements.sql");
};

TEST_F(ErpTest, BothFilesHoldTheSameRows) {
  ErpWorld world;
  EXPECT_EQ(world.OursInShared(), world.OursInPlain());
  EXPECT_NE(world.shared().OfOthers().find(ErpWorld::kMark), std::string::npos);
}

// A comparison of nothing with nothing shows nothing.
TEST_F(ErpTest, NearlyAllStatementsTouchRows) {
  ErpWorld world;
  std::set<std::string> idle;
  for (const ErpStatement& statement : statements_) {
    std::vector<Value> values;
    for (const Argument& argument : statement.arguments) {
      values.push_back(AsPlain(argument.value, argument.type));
    }
    world.plain().Must("BEGIN");
    const Result result =
        world.plain().Run(statement.plain.empty() ? statement.text : statement.plain, values);
    world.plain().Must("ROLLBACK");
    if (result.rows.empty() && result.changed == 0)
      idle.insert(statement.name + ": " + result.error);
  }
  EXPECT_LT(idle.size(), statements_.size() / 10) << testing::PrintToString(idle);
}

TEST_F(ErpTest, TheCorpusIsWhatItSays) {
  ErpWorld world;
  std::set<std::string> names;
  EXPECT_GE(statements_.size(), 300U);
  for (const ErpStatement& statement : statements_) {
    SCOPED_TRACE(statement.name);
    EXPECT_TRUE(names.insert(statement.name).second) << "named twice";
    EXPECT_EQ(world.plain().WhyNotPrepared(statement.text), "");
    EXPECT_EQ(world.plain().WhyNotPrepared(statement.plain), "");
  }
}

TEST_F(ErpTest, AcceptedStatementsMeanWhatTheyMeanInPlainSqlite) {
  Differential differential;
  Tally tally;
  std::string refused;
  for (const ErpStatement& statement : statements_) {
    SCOPED_TRACE(statement.name + ": " + statement.text);
    const SchemaView& schema = differential.world().shared().schema();
    const Judgement judgement = Judge(schema, statement.text, statement.arguments);
    if (judgement.accepted()) {
      tally.Accept(statement.text);
      EXPECT_EQ(statement.instead + statement.otherwise, "") << "the text itself is accepted";
      differential.Compare(statement, statement.text, judgement);
      continue;
    }
    tally.Refuse(judgement.parsed, statement.text);
    refused += "  " + std::string(NameOf(judgement.parsed.refusal)) + ": " + statement.name +
               " (at: " + statement.text.substr(judgement.parsed.at, 30) + ")\n";
    EXPECT_NE(statement.instead + statement.otherwise, "") << "refused, and nothing to do instead";
    if (statement.instead.empty()) continue;
    const Judgement instead = Judge(schema, statement.instead, statement.arguments);
    EXPECT_TRUE(instead.accepted()) << NameOf(instead.parsed.refusal) << ": " << statement.instead;
    if (instead.accepted()) differential.Compare(statement, statement.instead, instead);
  }
  tally.Print("ERP");
  std::printf("refused:\n%s", refused.c_str());
  EXPECT_GE(tally.accepted(), kAccepted) << "the checker takes fewer of them than it did";
}

}  // namespace
}  // namespace cordon_test
