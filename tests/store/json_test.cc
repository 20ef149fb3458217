// SPDX-License-Identifier: Apache-2.0
// What is JSON and what is not, alone and against the linked SQLite's own opinion.
#include "store/json.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>
#include <string>
#include <string_view>

namespace cordon::internal {
namespace {

TEST(JsonText, WhatItIs) {
  for (const std::string_view text :
       {"null",      "true",     "false",      "0",
        "-0",        "12",       "-1.5e+3",    "1E9",
        "1.25e-2",   "\"\"",     "\"a\\\"b\"", "\"\\u00e9\\n\"",
        "[]",        "[ ]",      "{}",         "{ }",
        "[1,2,[3]]", "[[],[]]",  "{\"a\":{}}", " \t\r\n[1 , \"x\" , {\"a\" : [ ] , \"b\" : null}] ",
        "\"株\"",    "{\"\":0}", "[[[]]]"}) {
    EXPECT_TRUE(IsJson(text)) << text;
  }
}

TEST(JsonText, WhatItIsNot) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "nulll",
                                      "NULL",
                                      "tru",
                                      "+1",
                                      "01",
                                      "-",
                                      "-a",
                                      ".5",
                                      "1.",
                                      "1.e3",
                                      "1e",
                                      "1e+",
                                      "--1",
                                      "0x1",
                                      "NaN",
                                      "'a'",
                                      "\"",
                                      "\"\\\"",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "\"\\u12\"",
                                      "\"a\nb\"",
                                      "[",
                                      "]",
                                      "[}",
                                      "{]",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{a:1}",
                                      "{1:1}",
                                      "{\"a\" 1}",
                                      "{\"a\",1}",
                                      "[]]",
                                      "{}}",
                                      "[]{}",
                                      "1 2",
                                      "\"\xC3\"",
                                      "\"\xC0\x80\"",
                                      "\"\xED\xA0\x80\"",
                                      "/* */ 1",
                                      "1 // x",
                                      "\xEF\xBB\xBF[]"}) {
    EXPECT_FALSE(IsJson(text)) << text;
  }
  EXPECT_FALSE(IsJson(std::string_view("{}\0", 3)));
  EXPECT_FALSE(IsJson(std::string_view("\0{}", 3)));
  EXPECT_FALSE(IsJson(std::string_view("\"a\0\"", 4)));
}

TEST(JsonText, DepthIsBoundedAndTakesNoStack) {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(IsJson(nested(kMaxJsonDepth, "[", "]")));
  EXPECT_TRUE(IsJson(nested(kMaxJsonDepth, "{\"a\":", "}")));
  EXPECT_FALSE(IsJson(nested(kMaxJsonDepth + 1, "[", "]")));
  EXPECT_FALSE(IsJson(nested(kMaxJsonDepth + 1, "{\"a\":", "}")));
  EXPECT_FALSE(IsJson(nested(3'000'000, "[", "]")));
}

TEST(JsonText, SqliteAgrees) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_stmt* valid = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &valid, nullptr), SQLITE_OK);
  std::mt19937 random(8259);
  const auto pick = [&](std::size_t n) { return random() % n; };
  constexpr std::string_view kPieces[] = {"{",  "}",  "[",    "]",    ",", ":",    "\"a\"",
                                          "\"", "\\", "n",    "1",    "0", "-",    ".",
                                          "e",  "+",  "null", "true", " ", "u00e9"};
  const std::string seeds[] = {R"({"a":[1,2.5e3,{"b":null}],"c":"x\n"})", "[[],{},\"\"]", "-0.5",
                               R"([true,false,"\u00e9"])"};
  int agreed_on_valid = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text;
    if (i % 2 == 0) {
      for (std::size_t n = pick(8); n > 0; --n) text += kPieces[pick(std::size(kPieces))];
    } else {
      text = seeds[pick(std::size(seeds))];
      text.replace(pick(text.size()), pick(3), kPieces[pick(std::size(kPieces))]);
    }
    sqlite3_bind_text(valid, 1, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    ASSERT_EQ(sqlite3_step(valid), SQLITE_ROW);
    const bool theirs = sqlite3_column_int(valid, 0) == 1;
    sqlite3_reset(valid);
    ASSERT_EQ(IsJson(text), theirs) << text;
    agreed_on_valid += theirs ? 1 : 0;
  }
  EXPECT_GT(agreed_on_valid, 1000);
  sqlite3_finalize(valid);
  sqlite3_close(db);
}

}  // namespace
}  // namespace cordon::internal
