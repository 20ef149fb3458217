// SPDX-License-Identifier: Apache-2.0
// JSON, values without a type, and aggregates on PostgreSQL: the same expression on the real SQLite
// has the same result, by value and by type.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "data/postgres/functions_json.h"
#include "support/both.h"
#include "support/random.h"

namespace cordon_test {
namespace {

// Runs everything that a database is given, once.
class PgJsonTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (PostgresServer::Binaries().empty()) return;
    Erp::Prepare();
    engines_ = new Engines("json");
    // Again, where it was run before.
    PostgresServer::Get().Sql(cordon::internal::PgJsonFunctionStatements(), engines_->database(),
                              "erp_owner");
  }
  static void TearDownTestSuite() {
    delete engines_;
    engines_ = nullptr;
  }
  void SetUp() override { CORDON_NEEDS_POSTGRES(); }
  void TearDown() override {
    if (engines_ != nullptr) engines_->Finish();
  }

  static void Same(const Both& each) { engines_->Same(each); }
  static Both Extract(const Both& json, const std::string& path) {
    return Call("json_extract", {json, Txt(path)}, {.result = SqlType::kAny});
  }
  static Both Arrow(const Both& json, const Both& part, bool bare) {
    return {"(" + json.sqlite + (bare ? " ->> " : " -> ") + part.sqlite + ")",
            std::string(bare ? "cordon.json_arrow_text(" : "cordon.json_arrow(") + json.postgres +
                ", " + part.postgres + ")",
            bare ? SqlType::kAny : SqlType::kText};
  }
  // json_each() and json_tree() with each of the paths.
  static void SameRowsOf(const std::string& table, const std::string& json,
                         const std::vector<std::string>& paths) {
    std::string all[2];
    for (std::size_t i = 0; i < paths.size(); ++i) {
      std::string texts[2];
      for (const bool postgres : {false, true}) {
        std::string& text = texts[postgres];
        text = "SELECT '" + std::to_string(100 + i) + "' AS n, " +
               (postgres ? "lpad(t.id::text, 6, '0')" : "format('%06d', t.id)") + " AS id";
        for (const char* const name : {"key", "value", "atom"}) {
          const std::string column = std::string("t.") + name;
          text += ", " + Engines::Shown({column, column, SqlType::kAny}, postgres);
        }
        text += std::string(postgres ? ", type, parent::text, fullkey, path FROM cordon."
                                     : ", type, parent, fullkey, path FROM ") +
                "json_" + table + "(" + SqlText(json) + ", " + SqlText(paths[i]) + ") t";
      }
      if (engines_->Sqlite(texts[0]) == "error\n") {
        EXPECT_EQ(engines_->Postgres(texts[1]), "error\n") << texts[1];
        continue;
      }
      for (const bool postgres : {false, true}) {
        all[postgres] += (all[postgres].empty() ? "" : " UNION ALL ") + texts[postgres];
      }
    }
    if (all[0].empty()) return;
    const std::string order = " ORDER BY r.n, r.id";
    engines_->SameRows("SELECT * FROM (" + all[0] + ") r" + order,
                       "SELECT * FROM (" + all[1] + ") r" + order);
  }

  static Engines* engines_;
};
Engines* PgJsonTest::engines_ = nullptr;

// Documents with whatever PostgreSQL and SQLite see differently.
const std::vector<std::string>& Documents() {
  static const std::vector<std::string> documents = {
      "{}",
      "[]",
      " null ",
      "true",
      " false\n",
      "\"\"",
      " \"text\" ",
      " 12 ",
      "-0",
      "-0.0",
      "0.1",
      "1e3",
      "1E+2",
      "1e400",
      "-1e400",
      "1e-400",
      "123456789012345678901234567890",
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "-9223372036854775809",
      R"({"a": 1, "b" : [1, 2.50, "x", null, true, {"c": {"d": []}}] })",
      R"({"a":1,"a":2,"b":{"a":3,"a":4}})",
      R"({"":1,"a b":2,"a.b":3,"[0]":4,"1":5,"é":6,"日本":7})",
      R"({"x\"y":1,"x\\y":2,"\u0061":3,"a\u0062":4,"a\/b":5})",
      R"(["a\u0041\n\t\\\"\/b","\ud83d\ude00","\u00e9é日","\b\f\r"," , : [ { "])",
      R"(["\\","\\\\","\"","\\\"","\\n","\\u0041", "\\\\\""])",
      R"([[1,[2,[3]]],[],[{}],{"a":[{"b":[7]}]}])",
      "[\"a\\u0000b\"]",
      R"({"a":{"b":{"c":{"d":{"e":"deep"}}}}})",
  };
  return documents;
}
const std::vector<std::string>& Broken() {
  static const std::vector<std::string> broken = {"",
                                                  " ",
                                                  "{",
                                                  "[1,]",
                                                  "{\"a\":}",
                                                  "{\"a\" 1}",
                                                  "{1:2}",
                                                  "01",
                                                  "1.",
                                                  ".5",
                                                  "+1",
                                                  "-",
                                                  "1e",
                                                  "tru",
                                                  "nul",
                                                  "TRUE",
                                                  "'a'",
                                                  "\"a",
                                                  "[1 2]",
                                                  "\"\\x\"",
                                                  "\"\\u12\"",
                                                  "\"a\nb\"",
                                                  "{\"a\":1,}",
                                                  "[1]]",
                                                  "1 2",
                                                  "a",
                                                  "[,1]",
                                                  "\"a\"\"b\"",
                                                  "\"\\x\" : \"b\"",
                                                  "\"\\\"",
                                                  "[1}",
                                                  "{\"a\":1]",
                                                  "NaN",
                                                  "[0x10]",
                                                  "--1",
                                                  "1e+",
                                                  "\v1",
                                                  "[\"\t\"]",
                                                  "{\"a\":1 \"b\":2}"};
  return broken;
}
const std::vector<std::string>& Paths() {
  static const std::vector<std::string> paths = {
      "$", "$.a", "$.b", "$.b[0]", "$.b[1]", "$.b[#-1]", "$.b[#-1].c", "$.b[#]", "$.b[#-7]",
      "$.b.a", "$[0]", "$[1]", "$[#-1]", "$[#-0]", "$[0][1][1]", "$[3].a[0].b", "$.\"\"",
      "$.\"a b\"", "$.a b", "$.\"a.b\"", "$.\"[0]\"", "$.1", "$.é", "$.\"日本\"", "$.ab",
      "$.a\\u0062", "$.\"a\\u0062\"", "$.x\\\"y", "$.x\"y", "$.\"x\\\\y\"", "$.a.b.c.d.e",
      "$[4294967296]", "$[99999]", "$.none.none", "$[0].a", "$.a[0]",
      // Malformed ones, looked at only as far as they lead.
      "", "a", "$a", "$.", "$[", "$[a]", "$[-1]", "$[1", "$[#", "$[#-]", "$[#-1", "$.\"a", "$.a.",
      "$.a[x]", "$.none.", "$.none[x]", "$..a", "$.\"a\"x"};
  return paths;
}

TEST_F(PgJsonTest, LookingIntoDocuments) {
  for (const std::string& document : Documents()) {
    const Both json = Txt(document);
    Same(Call("json", {json}));
    Same(Call("json_type", {json}));
    Same(Call("json_array_length", {json}, {.result = SqlType::kInteger}));
    for (const std::string& path : Paths()) {
      Same(Extract(json, path));
      Same(Arrow(json, Txt(path), false));
      Same(Arrow(json, Txt(path), true));
      Same(Call("json_type", {json, Txt(path)}));
      Same(Call("json_array_length", {json, Txt(path)}, {.result = SqlType::kInteger}));
      Same(Call("json_extract", {json, Txt("$"), Txt(path), Null()}));
    }
    for (const char* const part : {"0", "1", "-1", "7"}) {
      Same(Arrow(json, Int(part), false));
      Same(Arrow(json, Int(part), true));
    }
    for (const char* const part : {"a", "a b", "1", "[1]", "[#-1]", "", "a.b", "a[0]", "x\"y"}) {
      Same(Arrow(json, Txt(part), false));
      Same(Arrow(json, Txt(part), true));
    }
  }
}

TEST_F(PgJsonTest, BrokenDocumentsAndNulls) {
  for (const std::string& document : Broken()) {
    const Both json = Txt(document);
    Same(Call("json", {json}));
    Same(Extract(json, "$"));
    Same(Call("json_type", {json, Null()}));
    Same(Call("json_set", {json, Txt("$.a"), Int("1")}));
    Same(Call("json_remove", {json}));
    Same(Call("json_patch", {json, Txt("{}")}));
    Same(Call("json_patch", {Txt("{}"), json}));
    SameRowsOf("each", document, {"$"});
    SameRowsOf("tree", document, {"$.a"});
  }
  Same(Call("json", {Null()}));
  Same(Extract(Null(), "$"));
  Same(Extract(Null(), "a"));
  Same(Call("json_extract", {Txt("{}"), Null()}, {.result = SqlType::kAny}));
  Same(Call("json_type", {Null()}));
  Same(Call("json_type", {Txt("{}"), Null()}));
  Same(Call("json_array_length", {Null()}, {.result = SqlType::kInteger}));
  Same(Arrow(Txt("{}"), {"NULL", "NULL::text"}, false));
  for (const char* const name : {"json_set", "json_insert", "json_replace"}) {
    Same(Call(name, {Null(), Txt("$.a"), Int("1")}));
    Same(Call(name, {Txt("{\"a\":2}"), Null(), Int("1")}));
    Same(Call(name, {Txt("{\"a\":2}"), Txt("$.a"), Null()}));
  }
  Same(Call("json_remove", {Null(), Txt("$.a")}));
  Same(Call("json_remove", {Txt("{\"a\":2}"), Txt("$.a"), Null()}));
  Same(Call("json_patch", {Null(), Txt("{}")}));
  Same(Call("json_patch", {Txt("{}"), Null()}));
  // A lone half of a pair is no text for PostgreSQL; SQLite makes bytes of it that are none.
  EXPECT_EQ(engines_->Postgres("SELECT cordon.value_to_text(cordon.json_extract('\"\\ud83d\"', "
                               "'$'))"),
            "error\n");
  EXPECT_EQ(engines_->Postgres("SELECT cordon.json('\"\\ud83d\"')"), "\"\\ud83d\"\n");
}

TEST_F(PgJsonTest, Validity) {
  std::vector<std::string> texts = Documents();
  texts.insert(texts.end(), Broken().begin(), Broken().end());
  for (const std::size_t depth : {999U, 1000U, 1001U, 1500U}) {
    texts.push_back(std::string(depth, '[') + std::string(depth, ']'));
    std::string objects;
    for (std::size_t i = 0; i < depth; ++i) objects += "{\"a\" : ";
    texts.push_back(objects + "0" + std::string(depth, '}'));
  }
  for (const std::string& text : texts) {
    Same(Call("json_valid", {Txt(text)}, {.result = SqlType::kBoolean}));
  }
  Same(Call("json_valid", {Null()}, {.result = SqlType::kBoolean}));
  std::mt19937_64 random(Seed());
  const std::string bytes = "[]{},:\"\\ 0123eE+-.truefalsn\n\tux";
  for (Rounds rounds(600); rounds.Next();) {
    // A document with a few characters changed.
    std::string text = Documents()[random() % Documents().size()];
    for (std::size_t i = random() % 3; i < 3 && !text.empty(); ++i) {
      const std::size_t at = random() % text.size();
      if (static_cast<unsigned char>(text[at]) >= 0x80) continue;
      if (random() % 3 == 0) {
        text.erase(at, 1);
      } else if (random() % 2 == 0) {
        text[at] = bytes[random() % bytes.size()];
      } else {
        text.insert(at, 1, bytes[random() % bytes.size()]);
      }
    }
    Same(Call("json_valid", {Txt(text)}, {.result = SqlType::kBoolean}));
  }
}

TEST_F(PgJsonTest, Rows) {
  for (const std::string& document : Documents()) {
    for (const char* const table : {"each", "tree"}) {
      SameRowsOf(table, document, Paths());
    }
  }
}

TEST_F(PgJsonTest, ChangedDocuments) {
  const std::vector<std::string> paths = {
      "$.a",          "$.b",           "$.b[0]",    "$.b[#]",        "$.b[#-1]", "$.new",
      "$.new.x[0].y", "$.new[1]",      "$.new[0]",  "$[0]",          "$[#]",     "$[5]",
      "$.a.b.c",      "$.b[5].c.d[0]", "$.\"a b\"", "$.\"q\\\"r\"",  "$.x\\\"y", "$[0][0]",
      "$[0].k",       "$.new.",        "$.b[x]",    "$.none[0].\"x", "$.b[#].z"};
  for (const std::string& document : Documents()) {
    for (const std::string& path : paths) {
      for (const char* const name : {"json_set", "json_insert", "json_replace"}) {
        Same(Call(name, {Txt(document), Txt(path), Txt("a \"text\"\t\\ [1]")}));
        Same(Call(name, {Txt(document), Txt(path), Call("json", {Txt("{\"k\": [1, 2]}")}),
                         Txt("$.new.z"), Int("5"), Txt("$.a"), Flag(true)}));
        // Nothing leads into what was put there.
        Same(Call(name, {Txt(document), Txt(path), Call("json", {Txt("{\"k\":1}")}),
                         Txt(path + ".k"), Int("7"), Txt(path), Real("2.5")}));
      }
      Same(Call("json_remove", {Txt(document), Txt(path)}));
      Same(Call("json_remove", {Txt(document), Txt("$.b[1]"), Txt(path), Txt("$[0]"), Txt(path)}));
    }
    Same(Call("json_remove", {Txt(document), Txt("$")}));
    Same(Call("json_remove", {Txt(document), Txt("$"), Txt("$.a")}));
    for (const char* const name : {"json_set", "json_insert", "json_replace"}) {
      const How any{.result = SqlType::kAny};
      Same(Call(name, {Txt(document), Txt("$"), Int("5")}, any));
      Same(Call(name, {Txt(document), Txt("$"), Null()}, any));
      Same(Call(name, {Txt(document), Txt("$"), Real("1e100"), Txt("$.a"), Txt("b")}, any));
      Same(Call("json_array", {Call(name, {Txt(document), Txt("$"), Txt("[1]")}, any),
                               Call(name, {Txt(document), Txt("$.a"), Txt("[1]")}, any)}));
    }
  }
  // A value that looks like what marks a place.
  Same(Call("json_set", {Txt("{\"a\":1}"), Txt("$.a"), Txt("\t5"), Txt("$.b"), Txt("\"\t3\"")}));
}

TEST_F(PgJsonTest, PatchedDocuments) {
  const std::vector<std::string> patches = {
      "{}",
      "[1]",
      "5",
      "null",
      R"({"a":null})",
      R"({"a":{"b":null,"x":{"y":null,"z":1}}})",
      R"({"b":{"q":null,"r":[null,{"s":null}]}, "n":{"t":null}})",
      R"({"n":null,"a":null,"a":7})",
      R"({"n":1,"n":2,"a":3,"a":4})",
      R"({"x\"y":9,"x\\y":null,"\u0061":8})",
      R"({"a":{"b":{"c":{"d":{"f":[]}}}}})"};
  for (const std::string& document : Documents()) {
    for (const std::string& patch : patches) {
      Same(Call("json_patch", {Txt(document), Txt(patch)}));
      Same(Call("json_patch", {Txt(patch), Txt(document)}));
    }
  }
}

TEST_F(PgJsonTest, MadeDocuments) {
  const std::vector<Both> values = {Null(),
                                    Int("5"),
                                    Int("-9223372036854775807"),
                                    Real("1"),
                                    Real("0.1"),
                                    Real("1e20"),
                                    Real("-1e400"),
                                    Flag(true),
                                    Txt(""),
                                    Txt("a\"b\\c\n\t\x01\x1f\x7f/é日"),
                                    Txt("[1]"),
                                    Call("json", {Txt("[1, 2]")}),
                                    Call("json_array", {}),
                                    Call("json_object", {}),
                                    Arrow(Txt("{\"a\":\"\\u0041\"}"), Txt("a"), false),
                                    Extract(Txt("{\"a\":[1,{}]}"), "$.a"),
                                    Extract(Txt("{\"a\":\"[1]\"}"), "$.a"),
                                    Extract(Txt("{\"a\":1.50}"), "$.a"),
                                    Extract(Txt("{}"), "$.a"),
                                    Arrow(Txt("{\"a\":[1]}"), Txt("a"), true),
                                    Call("json_extract", {Txt("[1,2]"), Txt("$[0]"), Txt("$[5]")}),
                                    Call("json_set", {Txt("{}"), Txt("$.a"), Int("1")}),
                                    Call("json_remove", {Txt("[1,2]"), Txt("$[0]")}),
                                    Call("json_patch", {Txt("{}"), Txt("{\"a\":1}")}),
                                    Call("json_quote", {Txt("x")}),
                                    Call("json_type", {Txt("[]")})};
  for (const Both& value : values) {
    Same(Call("json_quote", {value}));
    Same(Call("json_array", {value, Int("1")}));
    Same(Call("json_object", {Txt("k\"\\"), value, Txt(""), value}));
    Same(Call("json_array", {Call("json_array", {value}), Call("json_object", {Txt("a"), value})}));
    Same(Call("json_set", {Txt("{}"), Txt("$.a"), value}));
    if (value.kind == SqlType::kText) {
      // Which of them it is decides.
      const Both missing{"NULL", "NULL::text", SqlType::kText};
      for (const Both& first : {value, missing}) {
        const Both chosen{
            "COALESCE(" + first.sqlite + ", '[2]', " + value.sqlite + ")",
            "coalesce(" + first.postgres + ", ('[2]' COLLATE \"C\"), " + value.postgres + ")",
            SqlType::kText};
        Same(Call("json_array", {chosen}));
        const auto either = [](const std::string& text) {
          return "(CASE WHEN (CASE WHEN 1 = 2 THEN 1 ELSE 2 END) = 1 THEN '[3]' WHEN " + text +
                 " IS NULL THEN '[2]' ELSE " + text + " END)";
        };
        Same(Call("json_array", {{either(first.sqlite), either(first.postgres), SqlType::kText}}));
      }
      const Both queried{"(SELECT " + value.sqlite + ")", "(SELECT " + value.postgres + ")",
                         SqlType::kText};
      Same(Call("json_array", {queried}));
      const Both found{"(SELECT " + value.sqlite + " FROM (SELECT 1) v WHERE 1 = 1)",
                       "(SELECT " + value.postgres + " FROM (SELECT 1) v WHERE 1 = 1)",
                       SqlType::kText};
      Same(Call("json_array", {found}));
      Same(Call("json_array", {{"nullif(" + value.sqlite + ", 'x')",
                                "nullif(" + value.postgres + ", 'x')", SqlType::kText}}));
      const Both joined{"(" + value.sqlite + " || '')", "(" + value.postgres + " || '')",
                        SqlType::kText};
      Same(Call("json_array", {joined}));
    }
  }
  Same(Call("json_object", {Null(), Int("1")}));
  Same(Call("json_object", {Extract(Txt("[5]"), "$[0]"), Int("1")}));
  Same(Call("json_object", {Extract(Txt("[\"5\"]"), "$[0]"), Int("1")}));
}

std::string RandomJson(std::mt19937_64* random, int depth) {
  const auto pick = [&](const std::vector<std::string>& of) { return of[(*random)() % of.size()]; };
  const auto space = [&] { return (*random)() % 4 == 0 ? pick({" ", "\n", "\t ", "  "}) : ""; };
  const std::vector<std::string> parts = {
      "a",    "b",    " ",   ",",   "]", "{",       "é",       "日",
      "\\\"", "\\\\", "\\n", "\\/", ":", "\\u0041", "\\u00e9", "\\ud83d\\ude00",
      "x",    "\\t"};
  const auto string = [&] {
    std::string text = "\"";
    for (std::size_t i = (*random)() % 4; i > 0; --i) text += pick(parts);
    return text + "\"";
  };
  std::string text = space();
  const std::uint64_t kind = (*random)() % (depth > 0 ? 8 : 4);
  if (kind == 0) {
    text += pick({"null", "true", "false"});
  } else if (kind == 1) {
    text += string();
  } else if (kind < 4) {
    text += pick({"0", "-0", "1", "2.5", "-0.0", "1e3", "1E-2", "9007199254740993", "0.125e+1",
                  "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                  "-9223372036854775809", "12345678901234567890", "1e400", "-1e400", "1e-400"});
  } else {
    const bool object = kind % 2 == 0;
    text += object ? "{" : "[";
    const std::size_t count = (*random)() % 4;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += ",";
      if (object) {
        text += space() +
                ((*random)() % 5 == 0
                     ? string()
                     : "\"" + pick({"a", "b", "c", "", "a b", "a\\u0062", "x\\\"y"}) + "\"") +
                space() + ":";
      }
      text += RandomJson(random, depth - 1);
    }
    text += space() + (object ? "}" : "]");
  }
  return text + space();
}

TEST_F(PgJsonTest, RandomDocuments) {
  std::mt19937_64 random(Seed());
  const auto pick = [&](const std::vector<std::string>& of) { return of[random() % of.size()]; };
  // SQLite 3.40 takes an index for another one in an array that an earlier path made longer.
  const auto path = [&](bool indexes) {
    std::string text = "$";
    for (std::size_t i = random() % 4; i > 0; --i) {
      text += pick(!indexes ? std::vector<std::string>{".a", ".b", ".\"a b\"", ".new", ".x\\\"y"}
                            : std::vector<std::string>{".a", ".b", ".c", ".\"\"", ".\"a b\"",
                                                       ".\"a\\u0062\"", ".x\\\"y", "[0]", "[1]",
                                                       "[2]", "[#-1]", "[#]", "[#-2]", ".new"});
    }
    return text;
  };
  for (Rounds rounds(200); rounds.Next() && !HasFailure();) {
    const std::string document = RandomJson(&random, 4);
    const Both json = Txt(document);
    Same(Call("json", {json}));
    Same(Call("json_valid", {json}, {.result = SqlType::kBoolean}));
    for (int i = 0; i < 3; ++i) {
      const std::string at = path(true);
      Same(Extract(json, at));
      Same(Arrow(json, Txt(at), false));
      Same(Call("json_type", {json, Txt(at)}));
      SameRowsOf(i == 0 ? "each" : "tree", document, {"$", at});
      const How how{.result = SqlType::kAny};
      Same(Call(pick({"json_set", "json_insert", "json_replace"}),
                {json, Txt(at), Extract(json, path(true)), Txt(path(false)), Call("json", {json}),
                 Txt(path(false)), Int("1")},
                how));
      Same(Call("json_remove", {json, Txt(at), Txt(path(true))}));
      Same(Call("json_array", {Extract(json, at), Arrow(json, Txt(at), true), json}));
    }
  }
}

TEST_F(PgJsonTest, DeepDocuments) {
  for (const std::size_t depth : {100U, 1000U}) {
    const std::string arrays = std::string(depth, '[') + "7" + std::string(depth, ']');
    std::string path = "$";
    for (std::size_t i = 0; i < depth; ++i) path += "[0]";
    Same(Call("json", {Txt(arrays)}));
    Same(Extract(Txt(arrays), path));
    Same(Call("json_set", {Txt(arrays), Txt(path), Txt("x")}));
    Same(Call("json_set", {Txt("[]"), Txt(path), Txt("x")}));
    Same(Call("json_remove", {Txt(arrays), Txt(path)}));
    if (depth < 1000) SameRowsOf("tree", arrays, {"$"});
  }
}

// ---- values without a type ----------------------------------------------------------------------

// Each document is one value.
const std::vector<std::string>& Scalars() {
  static const std::vector<std::string> scalars = {"null",
                                                   "true",
                                                   "false",
                                                   "0",
                                                   "-0.0",
                                                   "1",
                                                   "1.0",
                                                   "1.5",
                                                   "-1.5",
                                                   "2",
                                                   "-2",
                                                   "0.1",
                                                   "1e-300",
                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "9007199254740992.0",
                                                   "9223372036854775807",
                                                   "9223372036854775808",
                                                   "-9223372036854775808",
                                                   "-9223372036854775809",
                                                   "1e300",
                                                   "-1e300",
                                                   "1e400",
                                                   "-1e400",
                                                   "\"\"",
                                                   "\"1\"",
                                                   "\" 12 \"",
                                                   "\"1.0\"",
                                                   "\"1e2x\"",
                                                   "\"9223372036854775808\"",
                                                   "\"-9\"",
                                                   "\"abc\"",
                                                   "\"B\"",
                                                   "\"é\"",
                                                   "\"日\"",
                                                   "\"0x10\"",
                                                   "\".5\"",
                                                   "\"5.\"",
                                                   "\"+3\"",
                                                   "\"1e5\"",
                                                   "[1]",
                                                   "{}"};
  return scalars;
}

TEST_F(PgJsonTest, ComparedValues) {
  std::string list;
  for (const std::string& each : Scalars()) {
    list += (list.empty() ? "(SELECT column1 AS j FROM (VALUES (" : "), (") + SqlText(each);
  }
  list += ")) v) ";
  engines_->SameRows(
      "SELECT a.j, b.j, (x > y) - (x < y), (x > y) - (x < y) FROM (SELECT a.j AS j, "
      "json_extract(a.j, '$') AS x FROM " +
          list +
          "a) a, (SELECT b.j AS j, json_extract(b.j, '$') "
          "AS y FROM " +
          list + "b) b ORDER BY a.j, b.j",
      "SELECT a.j, b.j, cordon.value_compare(x, y)::text, (CASE WHEN cordon.value_key(x) < "
      "cordon.value_key(y) THEN -1 WHEN cordon.value_key(x) = cordon.value_key(y) THEN 0 WHEN "
      "cordon.value_key(x) > cordon.value_key(y) THEN 1 END)::text FROM (SELECT a.j AS j, "
      "cordon.json_extract(a.j, '$') AS x FROM " +
          list +
          "a) a, (SELECT b.j AS j, "
          "cordon.json_extract(b.j, '$') AS y FROM " +
          list +
          "b) b ORDER BY a.j COLLATE \"C\", b.j "
          "COLLATE \"C\"");
  for (const std::string& a : Scalars()) {
    const Both left = Extract(Txt(a), "$");
    // Beside a column or a CAST, a value takes its type on.
    for (const std::string number : {"0", "1", "2", "-9", "100000", "9223372036854775807"}) {
      Same({"CAST(" + number + " AS INTEGER) = " + left.sqlite,
            "(cordon.value_compare(cordon.value_of('" + number +
                "'::bigint), cordon.value_as_number(" + left.postgres + ")) = 0)",
            SqlType::kBoolean});
    }
    for (const std::string text : {"0", "1", "1.0", "abc", "[1]", "1.0e+300"}) {
      Same({"CAST('" + text + "' AS TEXT) = " + left.sqlite,
            "(cordon.value_compare(cordon.value_of('" + text + "'::text), cordon.value_as_text(" +
                left.postgres + ")) = 0)",
            SqlType::kBoolean});
    }
  }
}

TEST_F(PgJsonTest, CastValues) {
  for (const std::string& each : Scalars()) {
    const Both value = Extract(Txt(each), "$");
    const auto cast = [&](const std::string& type, const std::string& function,
                          SqlType::Kind kind) {
      Same({"CAST(" + value.sqlite + " AS " + type + ")",
            "cordon." + function + "(" + value.postgres + ")", kind});
    };
    cast("INTEGER", "value_to_integer", SqlType::kInteger);
    cast("REAL", "value_to_real", SqlType::kReal);
    cast("TEXT", "value_to_text", SqlType::kText);
    engines_->SameRows(
        "SELECT nullif(hex(CAST(" + value.sqlite + " AS BLOB)), '')",
        "SELECT nullif(upper(encode(cordon.value_blob(" + value.postgres + "), 'hex')), '')");
  }
  for (const Both& value : {Int("7"), Real("2.5"), Txt("x"), Flag(true), Flag(false)}) {
    Same({value.sqlite, "cordon.value_of(" + value.postgres + ")", SqlType::kAny});
  }
  for (const char* const type : {"bigint", "double precision", "text", "boolean"}) {
    Same({"NULL", "cordon.value_of(NULL::" + std::string(type) + ")", SqlType::kAny});
  }
}

// ---- aggregates ---------------------------------------------------------------------------------

// Rows of typed columns, as a FROM that both engines read.
std::string From(const std::vector<std::vector<Both>>& rows, bool postgres) {
  std::string text;
  for (const std::vector<Both>& row : rows) {
    text += text.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += (i > 0 ? ", " : "") + (postgres ? row[i].postgres : row[i].sqlite);
    }
    text += ")";
  }
  return " FROM (SELECT column1 AS x, column2 AS y, column3 AS n FROM (VALUES " + text + ") v) w";
}

struct Column {
  SqlType::Kind kind;
  std::string null;  // PostgreSQL's, with its type
  std::vector<Both> values;
};
std::vector<Column> Columns() {
  const auto any = [](const std::string& json) {
    return Call("json_extract", {Txt(json), Txt("$")}, {.result = SqlType::kAny});
  };
  const auto bytes = [](const std::string& hex) {
    return Both{"x'" + hex + "'", "'\\x" + hex + "'::bytea", SqlType::kBlob};
  };
  return {
      {SqlType::kInteger,
       "NULL::bigint",
       {Int("1"), Int("2"), Int("2"), Int("10"), Int("-3"), Int("9007199254740993"),
        Int("9007199254740992"), Int("-9007199254740993"), Int("-9007199254740992")}},
      {SqlType::kReal,
       "NULL::double precision",
       {Real("1.5"), Real("-0.5"), Real("10"), Real("2"), Real("0.25"), Real("1e15")}},
      {SqlType::kText,
       "NULL::text COLLATE \"C\"",
       {Txt("b"), Txt("a"), Txt("B"), Txt("10"), Txt("9"), Txt(" "), Txt("é\"")}},
      {SqlType::kBoolean, "NULL::boolean", {Flag(true), Flag(false)}},
      {SqlType::kBlob, "NULL::bytea", {bytes("00ff"), bytes(""), bytes("7f"), bytes("00")}},
      {SqlType::kAny,
       "NULL::cordon.value",
       {any("1"), any("1.5"), any("10"), any("\"b\""), any("\"10\""), any("true"), any("-2")}},
  };
}

TEST_F(PgJsonTest, Aggregates) {
  std::mt19937_64 random(Seed());
  for (Rounds rounds(10); rounds.Next() && !HasFailure();) {
    for (const Column& column : Columns()) {
      const Both x{"x", "x", column.kind};
      const Both y{"y", "y", SqlType::kText};
      std::vector<std::vector<Both>> rows;
      for (std::uint64_t i = random() % 6 + 1; i > 0; --i) {
        rows.push_back({random() % 5 == 0 ? Both{"NULL", column.null, column.kind}
                                          : column.values[random() % column.values.size()],
                        random() % 4 == 0 ? Both{"NULL", "NULL::text COLLATE \"C\"", SqlType::kText}
                                          : Txt(random() % 2 == 0 ? "; " : "k"),
                        Int(std::to_string(rows.size()))});
      }
      const std::string from[] = {From(rows, false), From(rows, true)};
      const auto same = [&](const Both& call, const std::string& more = "") {
        engines_->SameRows("SELECT " + Engines::Shown(call, false) + from[0] + more,
                           "SELECT " + Engines::Shown(call, true) + from[1] + more);
      };
      const std::string window = " OVER (ORDER BY n ROWS BETWEEN " + std::to_string(random() % 3) +
                                 " PRECEDING AND " + std::to_string(random() % 2) + " FOLLOWING)";
      for (const std::string& over :
           std::vector<std::string>{"", " FILTER (WHERE n > 1)", " FILTER (WHERE n < 0)", window}) {
        const bool windowed = over == window;
        const std::string more = windowed ? " ORDER BY n" : "";
        for (const bool distinct : {false, true}) {
          if (distinct && windowed) continue;
          same(Call("count", {x}, {distinct, over, SqlType::kInteger}), more);
          if (column.kind == SqlType::kInteger || column.kind == SqlType::kBoolean) {
            same(Call("sum", {x}, {distinct, over, SqlType::kInteger}), more);
          }
          if (column.kind == SqlType::kInteger) {
            // SQLite adds doubles, which are exact as long as they are small.
            const Both small{"(x % 1000)", "(x % 1000)", SqlType::kInteger};
            same(Call("total", {small}, {distinct, over, SqlType::kReal}), more);
            same(Call("avg", {small}, {distinct, over, SqlType::kReal}), more);
          }
          if (column.kind == SqlType::kBoolean) {
            same(Call("total", {x}, {distinct, over, SqlType::kReal}), more);
            same(Call("avg", {x}, {distinct, over, SqlType::kReal}), more);
          }
          if (column.kind == SqlType::kReal) {
            for (const char* const name : {"sum", "total", "avg"}) {
              same(Call(name, {x}, {distinct, over, SqlType::kReal}), more);
            }
          }
          if (column.kind != SqlType::kAny) {
            same(Call("min", {x}, {distinct, over, column.kind}), more);
            same(Call("max", {x}, {distinct, over, column.kind}), more);
          }
          if (column.kind == SqlType::kBlob) continue;
          same(Call("group_concat", {x}, {distinct, over}), more);
          same(Call("json_group_array", {x}, {distinct, over}), more);
        }
        if (column.kind == SqlType::kInteger) {
          for (const char* const unit : {"1", "100"}) {
            same(Call("avg", {x, Int(unit)}, {false, over, SqlType::kReal}), more);
            same(Call("total", {x, Int(unit)}, {false, over, SqlType::kReal}), more);
          }
        }
        if (column.kind == SqlType::kBlob) continue;
        same(Call("group_concat", {x, y}, {false, over}), more);
        same(Call("json_group_object", {y, x}, {false, over}), more);
        if (!windowed) {
          same(Call("json_array",
                    {Call("json_group_array", {Call("json_array", {x})}, {false, over})}),
               more);
        }
      }
      same(Call("count", {}, {false, "", SqlType::kInteger}));
    }
  }
}

TEST_F(PgJsonTest, SumsAreExact) {
  const auto of = [&](const std::vector<std::string>& digits) {
    std::vector<std::vector<Both>> rows;
    for (const std::string& each : digits) rows.push_back({Int(each), Int("0"), Int("0")});
    const Both x{"x", "x", SqlType::kInteger};
    for (const auto& [name, kind, unit] :
         {std::tuple("sum", SqlType::kInteger, ""), std::tuple("avg", SqlType::kReal, "100"),
          std::tuple("total", SqlType::kReal, "1")}) {
      const Both call =
          Call(name, unit[0] == 0 ? std::vector<Both>{x} : std::vector<Both>{x, Int(unit)},
               {.result = kind});
      engines_->SameRows("SELECT " + Engines::Shown(call, false) + From(rows, false),
                         "SELECT " + Engines::Shown(call, true) + From(rows, true));
    }
  };
  const std::string most = "9223372036854775807";
  of({most, most, "-" + most, "-5"});  // leaves 64 bits on the way
  of({most, "1"});                     // and in the end
  of({"-" + most, "-2"});
  of({"-1", "-1", "1"});
  of({"-" + most, "-" + most, "-" + most});
  EXPECT_EQ(engines_->Postgres("SELECT (sum(x)::bigint)::text FROM (VALUES (9223372036854775807), "
                               "(1)) v(x)"),
            "error\n");
}

TEST_F(PgJsonTest, LargestAndSmallestOfSeveral) {
  for (const char* const name : {"min", "max"}) {
    for (Column column : Columns()) {
      if (column.kind == SqlType::kAny) continue;
      column.values.push_back({"NULL", "NULL", SqlType::kNull});
      for (const Both& a : column.values) {
        for (const Both& b : column.values) {
          if (a.kind == SqlType::kNull && b.kind == SqlType::kNull) {
            Same(Call(name, {a, b}, {.result = SqlType::kNull}));
            continue;
          }
          Same(Call(name, {a, b}, {.result = column.kind}));
          Same(Call(name, {a, b, column.values[0], a}, {.result = column.kind}));
        }
      }
    }
  }
}

TEST_F(PgJsonTest, TheLockStaysComplete) {
  const PostgresOptions options = OptionsFor(engines_->database());
  const auto owner = Connect(options, options.owner_role);
  const auto app = Connect(options, options.runtime_role);
  EXPECT_THAT(cordon::internal::PgProve(*owner, *app, options), IsOk());
}

}  // namespace
}  // namespace cordon_test
