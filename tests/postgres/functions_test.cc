// SPDX-License-Identifier: Apache-2.0
// SQLite's functions on a PostgreSQL server: each call is worked out by SQLite itself and by the
// server, as the runtime role of a database with the second lock on it.
#include "data/postgres/functions.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/data/internal/dialect.h"
#include "data/arithmetic.h"
#include "data/dialect_postgres.h"
#include "support/postgres_erp.h"
#include "support/random.h"

namespace cordon_test {
namespace {

using cordon::internal::FindFunction;
using cordon::internal::Function;
using cordon::internal::NameHash;
using cordon::internal::Operand;
using cordon::internal::PgFindGaps;
using cordon::internal::PgFunctionStatements;
using cordon::internal::PgInstall;
using cordon::internal::PgInstallFunctions;
using cordon::internal::PgValueFunctionStatements;
using cordon::internal::PostgresCall;
using cordon::internal::Rule;
using cordon::internal::SqlType;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Argument {
  SqlType::Kind kind = SqlType::kNull;
  std::int64_t integer = 0;  // of a flag or a time as well
  double real = 0;
  std::string bytes = {};
  bool null = false;
  bool literal = false;  // a text that is spelled in the statement
};
using Arguments = std::vector<Argument>;

Argument I(std::int64_t value) { return {.kind = SqlType::kInteger, .integer = value}; }
Argument At(std::int64_t value) { return {.kind = SqlType::kTimestamp, .integer = value}; }
Argument Flag(bool value) { return {.kind = SqlType::kBoolean, .integer = value ? 1 : 0}; }
Argument R(double value) { return {.kind = SqlType::kReal, .real = value}; }
Argument T(std::string value) { return {.kind = SqlType::kText, .bytes = std::move(value)}; }
Argument B(std::string value) { return {.kind = SqlType::kBlob, .bytes = std::move(value)}; }
Argument L(std::string value) {
  return {.kind = SqlType::kText, .bytes = std::move(value), .literal = true};
}
Argument Null(SqlType::Kind kind) { return {.kind = kind, .null = true}; }

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}
std::string Printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    std::array<char, 8> code{};
    const bool plain = c >= ' ' && c <= '~';
    std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned char>(c));
    text += plain ? std::string(1, c) : std::string(code.data());
  }
  return text;
}
std::string Spelled(const Argument& argument) {
  if (argument.null) return "NULL";
  std::array<char, 40> digits{};
  switch (argument.kind) {
    case SqlType::kReal:
      std::snprintf(digits.data(), digits.size(), "%.17g", argument.real);
      return digits.data();
    case SqlType::kText:
    case SqlType::kBlob:
      return "'" + Printable(argument.bytes) + "'";
    default:
      return std::to_string(argument.integer);
  }
}

// The kind of a call's result; the parser's rules where they matter to PostgresCall().
SqlType::Kind KindOf(const Function& function, const Arguments& arguments) {
  switch (function.rule) {
    case Rule::kLength:
    case Rule::kUnicode:
    case Rule::kInstr:
    case Rule::kSign:
    case Rule::kUnix:
    case Rule::kRank:
    case Rule::kNumber:
    case Rule::kTile:
      return SqlType::kInteger;
    case Rule::kRound:
    case Rule::kReal:
    case Rule::kReal2:
    case Rule::kPi:
    case Rule::kJulian:
    case Rule::kRatio:
      return SqlType::kReal;
    case Rule::kSubstr:
      return arguments[0].kind == SqlType::kBlob ? SqlType::kBlob : SqlType::kText;
    case Rule::kAbs:
      return arguments[0].kind == SqlType::kBoolean ? SqlType::kInteger : arguments[0].kind;
    case Rule::kIif:
      return arguments[1].kind;
    case Rule::kCoalesce:
      for (const Argument& argument : arguments) {
        if (argument.kind != SqlType::kNull) return argument.kind;
      }
      return SqlType::kNull;
    case Rule::kNullIf:
    case Rule::kCeil:
    case Rule::kOffset:
    case Rule::kValue:
    case Rule::kNthValue:
      return arguments[0].kind;
    default:
      return SqlType::kText;
  }
}

// With the engine's marks of literals resolved.
std::string Resolved(std::string_view marked) {
  std::string text;
  for (std::size_t at = 0; at < marked.size(); ++at) {
    if (marked.substr(at, 2) == "\x01L") {
      const std::size_t end = marked.find('\x02', at);
      text += "(" + std::string(marked.substr(at + 2, end - at - 2)) + " COLLATE \"C\")";
      at = end;
    } else {
      text += marked[at];
    }
  }
  return text;
}

class PgFunctionsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (PostgresServer::Binaries().empty()) return;
    Erp::Prepare();
    Erp::Copy("functions");
    const auto owner = Connect(OptionsFor("functions"), "erp_owner");
    Must(PgInstallFunctions(*owner, OptionsFor("functions")));
    server_ = Connect(OptionsFor("functions"), "erp_app").release();
    sqlite3_open(":memory:", &sqlite_);
    ASSERT_EQ(cordon::internal::RegisterArithmetic(sqlite_), SQLITE_OK);
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
    sqlite3_close(sqlite_);
    sqlite_ = nullptr;
  }
  void SetUp() override { CORDON_NEEDS_POSTGRES(); }

  struct Outcome {
    std::string text;
    std::optional<double> real = {};
  };

  static Outcome OfReal(double value) {
    std::array<char, 40> digits{};
    std::snprintf(digits.data(), digits.size(), "%.17g", value);
    return {digits.data(), value};
  }

  static Outcome OnSqlite(const std::string& expression, const Arguments& arguments) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(sqlite_, ("SELECT " + expression).c_str(), -1, &statement, nullptr) !=
        SQLITE_OK) {
      return {std::string("refused: ") + sqlite3_errmsg(sqlite_)};
    }
    int place = 0;
    for (const Argument& argument : arguments) {
      ++place;
      if (argument.null || argument.literal) continue;
      const auto size = static_cast<int>(argument.bytes.size());
      switch (argument.kind) {
        case SqlType::kReal:
          sqlite3_bind_double(statement, place, argument.real);
          break;
        case SqlType::kText:
          sqlite3_bind_text(statement, place, argument.bytes.data(), size, SQLITE_STATIC);
          break;
        case SqlType::kBlob:
          sqlite3_bind_blob(statement, place, argument.bytes.data(), size, SQLITE_STATIC);
          break;
        default:
          sqlite3_bind_int64(statement, place, argument.integer);
          break;
      }
    }
    Outcome outcome{"error"};
    if (sqlite3_step(statement) == SQLITE_ROW) {
      switch (sqlite3_column_type(statement, 0)) {
        case SQLITE_NULL:
          outcome = {"NULL"};
          break;
        case SQLITE_INTEGER:
          outcome = {std::to_string(sqlite3_column_int64(statement, 0))};
          break;
        case SQLITE_FLOAT:
          outcome = OfReal(sqlite3_column_double(statement, 0));
          break;
        default:
          outcome = {"'" +
                     Printable({static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                                static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))}) +
                     "'"};
          break;
      }
    }
    sqlite3_finalize(statement);
    return outcome;
  }

  // As the operands of an expression, with `$1` and so on for the values.
  static std::vector<std::string> Texts(const Arguments& arguments, PgArguments* bound) {
    std::vector<std::string> texts;
    int place = 0;
    for (const Argument& argument : arguments) {
      const std::string name = "$" + std::to_string(place + 1);
      if (argument.kind == SqlType::kNull) {
        texts.emplace_back("NULL");
        continue;
      }
      if (argument.null) {
        texts.emplace_back(argument.kind == SqlType::kReal      ? "(NULL::double precision)"
                           : argument.kind == SqlType::kText    ? "(NULL::text COLLATE \"C\")"
                           : argument.kind == SqlType::kBlob    ? "(NULL::bytea)"
                           : argument.kind == SqlType::kBoolean ? "(NULL::boolean)"
                                                                : "(NULL::bigint)");
        continue;
      }
      if (argument.literal) {
        texts.push_back("\x01L" + Quoted(argument.bytes) + "\x02");
        continue;
      }
      ++place;
      switch (argument.kind) {
        case SqlType::kReal:
          bound->Real(argument.real);
          break;
        case SqlType::kText:
          bound->Text(argument.bytes);
          break;
        case SqlType::kBlob:
          bound->Bytes(std::as_bytes(std::span(argument.bytes)));
          break;
        case SqlType::kBoolean:
          bound->Boolean(argument.integer != 0);
          break;
        default:
          bound->Integer(argument.integer);
          break;
      }
      texts.push_back(argument.kind == SqlType::kText ? "(" + name + " COLLATE \"C\")" : name);
    }
    return texts;
  }

  static Outcome OnServer(const std::string& expression, const PgArguments& bound,
                          SqlType::Kind kind) {
    const auto rows = server_->Execute("SELECT " + Resolved(expression), bound);
    if (!rows.ok()) {
      const ErrorCode code = CodeOf(rows.status());
      if (code == ErrorCode::kValueOutOfRange || code == ErrorCode::kInvalidArgument) {
        return {"error"};
      }
      return {Describe(rows.status()) + " in " + expression};
    }
    if (rows->IsNull(0, 0)) return {"NULL"};
    const std::string_view bytes = rows->Bytes(0, 0);
    switch (kind) {
      case SqlType::kReal: {
        std::uint64_t bits = 0;
        if (bytes.size() != 8) return {"no double"};
        for (const char c : bytes) bits = bits << 8U | static_cast<unsigned char>(c);
        return OfReal(std::bit_cast<double>(bits));
      }
      case SqlType::kText:
      case SqlType::kBlob:
        return {"'" + Printable(bytes) + "'"};
      default: {
        const auto integer = rows->Integer(0, 0);
        return {integer.ok() ? std::to_string(*integer) : "no integer"};
      }
    }
  }

  // `ulps`: by how many units in the last place two doubles may differ.
  static void Compare(const Outcome& expected, const Outcome& got, const std::string& call,
                      double ulps = 0) {
    if (expected.real && got.real) {
      if (*expected.real == *got.real) return;  // -0.0 is 0.0
      const double gap = std::abs(*expected.real - *got.real);
      if (gap <= ulps * std::abs(*expected.real) * 2.3e-16) return;
    }
    EXPECT_EQ(got.text, expected.text) << call;
  }

  static std::string Described(const std::string& name, const Arguments& arguments) {
    std::string call = name + "(";
    for (const Argument& argument : arguments) {
      call += (call.back() == '(' ? "" : ", ") + Spelled(argument);
    }
    return call + ")";
  }

  // An operator of the statement's, or a function of the parser's own.
  static void Same(const std::string& on_sqlite, const std::string& on_server, SqlType::Kind kind,
                   const Arguments& arguments, double ulps = 0) {
    PgArguments bound;
    std::string text = on_server;
    const std::vector<std::string> texts = Texts(arguments, &bound);
    for (std::size_t i = texts.size(); i-- > 0;) {
      const std::string place = "@" + std::to_string(i + 1);
      for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place)) {
        text.replace(at, place.size(), texts[i]);
      }
    }
    Compare(OnSqlite(on_sqlite, arguments), OnServer(text, bound, kind),
            Described(on_sqlite, arguments), ulps);
  }

  // A call of a function of SQLite's.
  static void Call(const std::string& name, const Arguments& arguments, double ulps = 0) {
    const Function* const function = FindFunction(name, NameHash(name));
    ASSERT_NE(function, nullptr) << name;
    const bool timed = function->rule >= Rule::kDateText && function->rule <= Rule::kUnix;
    const std::size_t time = function->rule == Rule::kStrftime ? 1 : 0;
    std::string call = name + "(";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      std::string text = "?" + std::to_string(i + 1);
      if (arguments[i].literal) text = Quoted(arguments[i].bytes);
      if (timed && i == time) {
        if (arguments[i].kind == SqlType::kTimestamp)
          text = "cordon_unix(" + text + "), 'unixepoch'";
        if (arguments[i].kind == SqlType::kText) text = "cordon_moment(" + text + ")";
      }
      call += (i == 0 ? "" : ", ") + text;
    }
    PgArguments bound;
    const std::vector<std::string> texts = Texts(arguments, &bound);
    std::vector<Operand> operands;
    std::vector<std::string> literals;
    literals.reserve(arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      literals.push_back(arguments[i].literal ? Quoted(arguments[i].bytes) : "");
      operands.push_back({texts[i], {arguments[i].kind, 0, arguments[i].null}, literals.back()});
    }
    const SqlType::Kind kind = KindOf(*function, arguments);
    const auto text = PostgresCall(*function, operands, {kind, 0, true}, false, false);
    Compare(OnSqlite(call + ")", arguments), OnServer(text.head + text.tail, bound, kind),
            Described(name, arguments), ulps);
  }

  static PgConnection* server_;
  static sqlite3* sqlite_;
};
PgConnection* PgFunctionsTest::server_ = nullptr;
sqlite3* PgFunctionsTest::sqlite_ = nullptr;

// ---- what random arguments are made of ----------------------------------------------------------

using Random = std::mt19937_64;

template <class T>
const T& OneOf(Random& random, const std::vector<T>& of) {
  return of[random() % of.size()];
}
std::int64_t AnyInteger(Random& random) {
  static const std::vector<std::int64_t> kEdges = {
      0,     1,      -1,        2,          -2,         3,          7,           10,
      63,    64,     65,        -63,        -64,        -65,        99,          100,
      kMost, kLeast, kMost - 1, kLeast + 1, 2147483647, 2147483648, -2147483648, 4294967296};
  switch (random() % 3) {
    case 0:
      return OneOf(random, kEdges);
    case 1:
      return static_cast<std::int64_t>(random() % 2001) - 1000;
    default:
      return static_cast<std::int64_t>(random()) >> (random() % 64);
  }
}
double AnyReal(Random& random) {
  static const std::vector<double> kEdges = {
      0,     -0.0,  1,      -1,      0.5,  -0.5, 1.5,        2.5, 0.1,   0.15,
      0.25,  1e15,  1e16,   1e20,    1e-5, 1e-4, 123456.789, 0.3, 1e100, 9007199254740993.0,
      0.045, 1.005, 99.995, 999999.5};
  switch (random() % 4) {
    case 0:
      return OneOf(random, kEdges);
    case 1:
      return static_cast<double>(static_cast<std::int64_t>(random() % 2000001) - 1000000) / 1000;
    case 2:
      return static_cast<double>(static_cast<std::int64_t>(random() % 2000001) - 1000000) *
             std::pow(10.0, static_cast<double>(random() % 30) - 15);
    default:
      return std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                        static_cast<int>(random() % 120) - 120);
  }
}
// Whether it lies in the middle between two decimals of so many digits behind the first.
bool IsHalf(double value, std::int64_t digits) {
  std::array<char, 120> spelled{};
  std::snprintf(spelled.data(), spelled.size(), "%.99e", std::abs(value));
  const std::string_view rest = std::string_view(spelled.data()).substr(2);
  for (const std::size_t from : {static_cast<std::size_t>(std::max(digits, std::int64_t{1}) - 1),
                                 static_cast<std::size_t>(digits)}) {  // of %g and of %e
    const std::string_view behind = rest.substr(from, rest.find('e') - from);
    if (behind.starts_with('5') && behind.find_first_not_of('0', 1) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}
// In front of the point.
std::int64_t WholeDigits(double value) {
  return std::max(std::int64_t{0},
                  static_cast<std::int64_t>(std::log10(std::abs(value) + 0.1)) + 1);
}
std::string AnyText(Random& random, std::size_t most = 8) {
  static const std::vector<std::string> kPieces = {"a", "A",  "b", "é", "É", "€",  "😀",  "'", "\\",
                                                   "%", "_",  "x", "[", "]", "^",  "-",  "*", "?",
                                                   " ", "\n", "0", "9", ".", "\"", "ab", "\t"};
  std::string text;
  for (std::size_t i = random() % (most + 1); i-- > 0;) text += OneOf(random, kPieces);
  return text;
}
std::string AnyNumeral(Random& random) {
  static const std::vector<std::string> kPieces = {"1", "23", "0", "9", ".", "e",  "E",   "+",
                                                   "-", " ",  "x", "5", "7", "e2", "e-3", "\t"};
  std::string text;
  for (std::size_t i = random() % 7; i-- > 0;) text += OneOf(random, kPieces);
  return text;
}

// ---- the lock -----------------------------------------------------------------------------------

TEST_F(PgFunctionsTest, TheLockStaysComplete) {
  const auto owner = Connect(OptionsFor("functions"), "erp_owner");
  EXPECT_THAT(Must(PgFindGaps(*owner, *server_, OptionsFor("functions"))), ::testing::IsEmpty());
  EXPECT_THAT(owner->Execute(PgFunctionStatements()).status(), IsOk()) << "a second time";
  EXPECT_THAT(owner->Execute(PgValueFunctionStatements()).status(), IsOk());
  EXPECT_EQ(First(owner->Execute(
                "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE "
                "nspname = 'cordon' AND proname NOT LIKE 'value%' AND (provolatile <> 'i' OR "
                "proparallel <> 's' OR prosecdef OR proleakproof)")),
            std::string(8, '\0'));
}

// ---- operators ----------------------------------------------------------------------------------

TEST_F(PgFunctionsTest, Integers) {
  Random random(Seed());
  for (Rounds rounds(150); rounds.Next();) {
    const Argument a = random() % 20 == 0 ? Null(SqlType::kInteger) : I(AnyInteger(random));
    const Argument b = random() % 20 == 0 ? Null(SqlType::kInteger) : I(AnyInteger(random));
    Same("cordon_div(?1, ?2)", "cordon.div(@1, @2)", SqlType::kInteger, {a, b});
    Same("cordon_mod(?1, ?2)", "cordon.mod(@1, @2)", SqlType::kInteger, {a, b});
    Same("?1 << ?2", "cordon.shift_left(@1, @2)", SqlType::kInteger, {a, b});
    Same("?1 >> ?2", "cordon.shift_right(@1, @2)", SqlType::kInteger, {a, b});
    const std::string scales =
        ", " + std::to_string(random() % 19) + ", " + std::to_string(random() % 19) + ")";
    Same("cordon_round(?1" + scales, "cordon.round(@1" + scales, SqlType::kInteger, {a});
  }
  for (const std::int64_t units : {4, 5, -5, 14, 15, -15, 24, 25}) {
    Same("cordon_round(?1, 1, 0)", "cordon.round(@1, 1, 0)", SqlType::kInteger, {I(units)});
  }
}

TEST_F(PgFunctionsTest, RealsDividedAndCast) {
  Random random(Seed());
  for (Rounds rounds(150); rounds.Next();) {
    const Argument a = random() % 20 == 0 ? Null(SqlType::kReal) : R(AnyReal(random));
    const Argument b = random() % 20 == 0 ? Null(SqlType::kReal) : R(AnyReal(random));
    Same("?1 / ?2", "cordon.real_div(@1, @2)", SqlType::kReal, {a, b});
    Same("?1 % ?2", "cordon.real_mod(@1, @2)", SqlType::kReal, {a, b});
    Same("CAST(?1 AS INTEGER)", "cordon.to_integer(@1)", SqlType::kInteger, {a});
    Same("CAST(?1 AS TEXT)", "cordon.to_text(@1)", SqlType::kText, {a});
    const Argument text = T(AnyNumeral(random));
    Same("CAST(?1 AS INTEGER)", "cordon.to_integer(@1)", SqlType::kInteger, {text});
    Same("CAST(?1 AS REAL)", "cordon.to_real(@1)", SqlType::kReal, {text}, 1);
  }
  for (const double edge : {kInfinity, -kInfinity, 9.3e18, -9.3e18, 9223372036854775807.0, 0.0,
                            -0.0, 100000000000000.5, 0.1 + 0.2, 5e-324, 1.7976931348623157e308}) {
    Same("CAST(?1 AS INTEGER)", "cordon.to_integer(@1)", SqlType::kInteger, {R(edge)});
    Same("CAST(?1 AS TEXT)", "cordon.to_text(@1)", SqlType::kText, {R(edge)});
  }
  for (const char* const text : {"",
                                 " ",
                                 "12abc",
                                 " \t\n\v\f\r-7",
                                 "- 7",
                                 "+5",
                                 "--5",
                                 "9223372036854775807",
                                 "9223372036854775808",
                                 "-9223372036854775808",
                                 "-9223372036854775809",
                                 "0000000000000000000000000000009",
                                 "99999999999999999999999999",
                                 "1e3",
                                 ".5",
                                 "-.5e1",
                                 "5.",
                                 ".",
                                 "e5",
                                 "1e",
                                 "1e+",
                                 "1.5e3x",
                                 "1e400",
                                 "-1e400",
                                 "1e-400",
                                 "-1e-400",
                                 "1e99999999999",
                                 "0e99999999999",
                                 "1.7976931348623157e308",
                                 "1.8e308",
                                 "2e-324",
                                 "3e-324",
                                 "0x10",
                                 "Inf",
                                 "nan",
                                 "\xc2\xa0"
                                 "1",
                                 "000.000e5"}) {
    Same("CAST(?1 AS INTEGER)", "cordon.to_integer(@1)", SqlType::kInteger, {T(text)});
    Same("CAST(?1 AS REAL)", "cordon.to_real(@1)", SqlType::kReal, {T(text)}, 1);
  }
}

TEST_F(PgFunctionsTest, BytesAndTexts) {
  Random random(Seed());
  for (Rounds rounds(200); rounds.Next();) {
    const std::string text = AnyText(random);
    Same("CAST(?1 AS BLOB)", "cordon.to_bytes(@1)", SqlType::kBlob, {T(text)});
    Same("CAST(?1 AS TEXT)", "cordon.bytes_to_text(@1)", SqlType::kText, {B(text)});
    Same("CAST(?1 AS TEXT)", "cordon.to_text(@1)", SqlType::kText, {B(text)});
  }
  Same("CAST(?1 AS BLOB)", "cordon.to_bytes(@1)", SqlType::kBlob, {T("\\x41\\101\\\\")});
  Same("CAST(?1 AS TEXT)", "cordon.bytes_to_text(@1)", SqlType::kText, {B("\\101\\\\é\\")});
  // What a text of the server cannot hold.
  for (const std::string& bytes :
       {std::string("a\0b", 3), std::string("\x80"), std::string("\xc3"), std::string("\xc0\x80"),
        std::string("\xe0\x80\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
        std::string("\xf0\x80\x80\x80"), std::string("\xe2\x82"), std::string("\xff")}) {
    EXPECT_EQ(OnServer("cordon.bytes_to_text($1)",
                       PgArguments().Bytes(std::as_bytes(std::span(bytes))), SqlType::kText)
                  .text,
              "error")
        << Printable(bytes);
  }
}

TEST_F(PgFunctionsTest, LikeAndGlob) {
  const auto like = [](const std::string& value, const std::string& pattern, char escape) {
    if (escape == 0) {
      Same("?1 LIKE ?2", "cordon.like(@1, @2, '')", SqlType::kBoolean, {T(value), T(pattern)});
      return;
    }
    const std::string text = Quoted(std::string(1, escape));
    Same("?1 LIKE ?2 ESCAPE " + text, "cordon.like(@1, @2, " + text + ")", SqlType::kBoolean,
         {T(value), T(pattern)});
  };
  for (const char escape : {'\0', '\\', '%', '_', 'x', 'X', '['}) {
    for (const char* const pattern :
         {"",     "%",  "_", "a%", "%a", "A_%", "x%", "xX%", "\\%", "\\",  "a\\", "%\\",
          "\\\\", "%x", "x", "ax", "%X", "é",   "É",  "[a]", "a[%", "%%a", "_x_"}) {
      for (const char* const value :
           {"", "a", "A", "ab", "a%", "x", "x%", "é", "É", "\\", "a\\", "😀", "[a]", "a\nb", "%"}) {
        like(value, pattern, escape);
      }
    }
  }
  for (const char* const pattern :
       {"",      "*",     "?",       "a*",    "*a",  "[a]", "[^a]",  "[]]",         "[^]]",
        "[a",    "[",     "[]",      "[^",    "[^a", "a[",  "[a-c]", "[c-a]",       "[^c-a]",
        "[-a]",  "[a-]",  "[a-c-e]", "[é-€]", "[*]", "[?]", "[[]",   "[\\]",        "[a^]",
        "[--a]", "[]-a]", "\\",      ".",     "(",   "$",   "^",     "[[:alpha:]]", "*[a-c]?",
        "😀",     "[😀]",   "**?",     "{1}",   "a|b", "+",   "***=a", "(?i)a"}) {
    for (const char* const value :
         {"",   "a",   "A",  "b",  "d",   "e",   "]",  "[",  "^",     "-",
          "*",  "?",   "é",  "ü",  "€",   "😀",   "\\", ".",  "(",     "$",
          "ab", "xa?", "a]", "\n", "{1}", "a|b", "+",  ":]", "***=a", "(?i)a"}) {
      Same("?1 GLOB ?2", "cordon.glob(@1, @2)", SqlType::kBoolean, {T(value), T(pattern)});
    }
  }
  Random random(Seed());
  for (Rounds rounds(300); rounds.Next();) {
    const std::string value = AnyText(random, 5);
    const std::string pattern = AnyText(random, 5);
    like(value, pattern, OneOf<char>(random, {'\0', '\\', 'x', '%', 'A'}));
    Same("?1 GLOB ?2", "cordon.glob(@1, @2)", SqlType::kBoolean, {T(value), T(pattern)});
  }
  for (const Arguments& arguments :
       {Arguments{Null(SqlType::kText), T("%")}, Arguments{T("a"), Null(SqlType::kText)}}) {
    Same("?1 LIKE ?2", "cordon.like(@1, @2, '')", SqlType::kBoolean, arguments);
    Same("?1 LIKE ?2 ESCAPE 'x'", "cordon.like(@1, @2, 'x')", SqlType::kBoolean, arguments);
    Same("?1 GLOB ?2", "cordon.glob(@1, @2)", SqlType::kBoolean, arguments);
  }
}

// ---- functions ----------------------------------------------------------------------------------

TEST_F(PgFunctionsTest, TextsOfOneArgument) {
  const std::vector<std::string> names = {"length", "unicode", "lower", "upper", "trim",
                                          "ltrim",  "rtrim",   "hex",   "quote", "typeof"};
  Random random(Seed());
  std::vector<std::string> texts = {"",   "a", " a ",  "\t a",  "É é", "ßẞ",
                                    "İi", "😀", "it's", "\\x41", "  "};
  for (int i = 0; i < 40; ++i) texts.push_back(AnyText(random));
  for (const std::string& name : names) {
    for (const std::string& text : texts) Call(name, {T(text)});
    Call(name, {Null(SqlType::kText)});
    Call(name, {Null(SqlType::kNull)});
  }
  for (const std::string& bytes : {std::string(), std::string("a\0\xff", 3), std::string("\\")}) {
    for (const char* const name : {"length", "hex", "quote", "typeof"}) Call(name, {B(bytes)});
  }
  for (const char* const name : {"hex", "quote", "typeof"}) {
    for (const Argument& value :
         {I(0), I(-5), I(kLeast), R(1), R(0.1), R(-2.5), R(1e20), R(kInfinity), R(-kInfinity),
          Flag(true), Flag(false), At(1700000000123456), Null(SqlType::kBlob), Null(SqlType::kReal),
          Null(SqlType::kInteger), Null(SqlType::kBoolean)}) {
      Call(name, {value});
    }
  }
  // More than 15 digits, of which SQLite's own last ones are made up.
  for (const double value : {0.1 + 0.2, 1.0 / 3, 2e-300 / 3}) {
    const std::string expected = OnSqlite("quote(?1)", {R(value)}).text;
    const std::string got =
        OnServer("cordon.quote($1)", PgArguments().Real(value), SqlType::kText).text;
    EXPECT_EQ(got.substr(0, 19), expected.substr(0, 19));
    EXPECT_EQ(got.substr(got.find('e')), expected.substr(expected.find('e')));
  }
}

TEST_F(PgFunctionsTest, TextsOfMoreArguments) {
  Random random(Seed());
  for (const char* const text : {"", "abc", "añb😀", "é"}) {
    for (std::int64_t start = -6; start <= 6; ++start) {
      Call("substr", {T(text), I(start)});
      Call("substring", {B(text), I(start)});
      for (std::int64_t count = -6; count <= 6; ++count) {
        Call("substr", {T(text), I(start), I(count)});
        Call("substr", {B(text), I(start), I(count)});
      }
    }
  }
  for (const std::int64_t edge :
       {kMost, kLeast, std::int64_t{2147483647}, std::int64_t{-2147483647},
        std::int64_t{4294967298}, std::int64_t{1} << 40U}) {
    for (const Argument& text : {T("abc"), B("abc")}) {
      Call("substr", {text, I(edge)});
      Call("substr", {text, I(2), I(edge)});
      Call("substr", {text, I(edge), I(2)});
    }
  }
  for (Rounds rounds(300); rounds.Next();) {
    const std::string text = AnyText(random, 12);
    const Argument part = T(random() % 4 == 0 ? "" : AnyText(random, 2));
    Call("replace", {T(text), part, T(AnyText(random, 2))});
    Call("instr", {T(text), part});
    const Argument characters = L(AnyText(random, 3));
    for (const char* const name : {"trim", "ltrim", "rtrim"}) Call(name, {T(text), characters});
  }
  const Argument none = Null(SqlType::kText);
  for (const Arguments& arguments :
       {Arguments{none, T("a"), T("b")}, Arguments{T("a"), none, T("b")},
        Arguments{T("a"), T("a"), none}, Arguments{T("a"), T(""), none},
        Arguments{none, T(""), T("x")}, Arguments{T("aaa"), T("aa"), T("")}}) {
    Call("replace", arguments);
  }
  Call("instr", {none, T("a")});
  Call("instr", {T("a"), none});
  Call("instr", {T(""), T("")});
  Call("substr", {none, I(1)});
  Call("substr", {T("abc"), Null(SqlType::kInteger)});
  Call("substr", {T("abc"), I(1), Null(SqlType::kNull)});
  Call("trim", {none, L("a")});
  Call("trim", {T("aXa"), L("")});
  Call("char", {});
  Call("char", {I(65), I(233), I(8364), I(128512), I(1114111), I(1114112), I(-1), I(kMost)});
  for (const Argument& code : {I(0), I(55296), Null(SqlType::kInteger)}) {
    const auto* const function = FindFunction("char", NameHash("char"));
    PgArguments bound;
    const std::string text = Texts({code}, &bound)[0];
    const std::vector<Operand> operands = {{text, {SqlType::kInteger, 0, true}}};
    EXPECT_EQ(OnServer(PostgresCall(*function, operands, {SqlType::kText}, false, false).head,
                       bound, SqlType::kText)
                  .text,
              "error");
  }
}

TEST_F(PgFunctionsTest, Choices) {
  const Argument no_text = Null(SqlType::kText);
  Call("coalesce", {no_text, T("a"), T("b")});
  Call("coalesce", {Null(SqlType::kNull), Null(SqlType::kNull)});
  Call("coalesce", {Null(SqlType::kNull), I(5), Null(SqlType::kInteger)});
  Call("coalesce", {Null(SqlType::kBoolean), I(1)});
  Call("coalesce", {I(0), Flag(true)});
  Call("ifnull", {Null(SqlType::kReal), R(1.5)});
  Call("ifnull", {B("x"), Null(SqlType::kNull)});
  Call("nullif", {T("a"), T("a")});
  Call("nullif", {T("a"), T("A")});
  Call("nullif", {I(1), Null(SqlType::kNull)});
  Call("nullif", {R(1), R(1)});
  Call("nullif", {B("a"), B("a")});
  Call("nullif", {Flag(true), I(1)});
  Call("nullif", {Flag(true), I(0)});
  Call("nullif", {Null(SqlType::kText), Null(SqlType::kText)});
  for (const Argument& condition :
       {Flag(true), Flag(false), Null(SqlType::kBoolean), Null(SqlType::kNull)}) {
    Call("iif", {condition, T("a"), T("b")});
    Call("iif", {condition, I(1), Null(SqlType::kNull)});
    Call("iif", {condition, Flag(true), I(0)});
  }
}

TEST_F(PgFunctionsTest, Numbers) {
  Random random(Seed());
  std::vector<Argument> reals = {R(0),          R(-0.0),
                                 R(0.5),        R(-0.5),
                                 R(1),          R(-1),
                                 R(2),          R(1.5),
                                 R(-1.5),       R(8),
                                 R(1024),       R(536870912),
                                 R(709.7),      R(709.79),
                                 R(-708),       R(-740),
                                 R(-745.13),    R(-746),
                                 R(1000),       R(-1000),
                                 R(1e308),      R(-1e308),
                                 R(1e-300),     R(kInfinity),
                                 R(-kInfinity), R(0.49999999999999994),
                                 R(1e16),       Null(SqlType::kReal)};
  for (int i = 0; i < 40; ++i) reals.push_back(R(AnyReal(random)));
  for (const char* const name :
       {"sqrt",    "exp",  "ln",      "log",   "log10", "log2", "sin",   "cos",   "tan",
        "asin",    "acos", "atan",    "sinh",  "cosh",  "tanh", "asinh", "acosh", "atanh",
        "radians", "ceil", "ceiling", "floor", "trunc", "abs",  "sign",  "round"}) {
    for (const Argument& value : reals) {
      Call(name, {value}, std::string_view(name) == "exp" ? 4 : 0);
    }
  }
  for (const Argument& value : reals) {
    // Beyond a double's range the server's operators end the statement.
    if (std::abs(value.real) <= 1e300 || std::isinf(value.real)) Call("degrees", {value}, 1);
  }
  for (const char* const name : {"ceil", "floor", "trunc", "abs", "sign", "round", "sqrt", "exp"}) {
    for (const Argument& value :
         {I(0), I(5), I(-5), I(kMost), Null(SqlType::kInteger), Null(SqlType::kNull)}) {
      Call(name, {value});
    }
  }
  Call("abs", {I(kLeast)});
  Call("abs", {Flag(true)});
  Call("sign", {I(kLeast)});
  Call("sign", {Flag(false)});
  Call("sqrt", {Flag(true)});
  Call("pi", {});
  for (const Argument& a : reals) {
    for (const Argument& b : {R(0), R(-0.0), R(1), R(-1), R(2), R(-2), R(0.5), R(-0.5), R(3), R(-3),
                              R(1e308), R(-1e308), R(1e-300), R(kInfinity), R(-kInfinity), R(0.1),
                              R(1.0 / 3), Null(SqlType::kReal)}) {
      Call("pow", {a, b}, 4);
      Call("atan2", {a, b});
      Call("mod", {a, b});
    }
  }
  for (Rounds rounds(100); rounds.Next();) {
    const Argument a = R(AnyReal(random));
    const Argument b = R(AnyReal(random));
    Call("power", {a, b}, 4);
    Call("atan2", {a, b});
    Call("mod", {a, b});
    Call("mod", {I(AnyInteger(random)), b});
  }
}

TEST_F(PgFunctionsTest, Rounded) {
  Random random(Seed());
  for (const double value : {0.5,
                             1.5,
                             2.5,
                             -2.5,
                             0.15,
                             0.25,
                             0.35,
                             1.005,
                             2.675,
                             -1.005,
                             0.045,
                             1e15 + 0.5,
                             4503599627370497.5,
                             123456789.987654321,
                             0.1,
                             1e-7,
                             99.995,
                             0.285,
                             1.45,
                             5.015,
                             1e300}) {
    for (const std::int64_t digits : {-1, 0, 1, 2, 3, 5, 15, 17, 20, 30, 31, 100}) {
      Call("round", {R(value), I(digits)});
    }
  }
  for (Rounds rounds(500); rounds.Next();) {
    const double value = AnyReal(random);
    const auto digits = static_cast<std::int64_t>(random() % 8);
    if (WholeDigits(value) + digits <= 15) Call("round", {R(value), I(digits)}, 1);
  }
  Call("round", {I(7), I(1)});
  Call("round", {I(kMost), I(1)});
  Call("round", {R(1.25), Null(SqlType::kInteger)});
  Call("round", {R(1.25), I(4294967297)});
  Call("round", {Null(SqlType::kReal), I(1)});
  Call("round", {Flag(true)});
}

// ---- windows ------------------------------------------------------------------------------------

TEST_F(PgFunctionsTest, Windows) {
  // Key, value, and how far to look.
  const std::string rows =
      "(VALUES (1, 10, 1), (2, NULL, 0), (3, 30, NULL), (4, 30, -1), (5, 50, 9), "
      "(6, 60, 5000000000))";
  const auto window = [&](const std::string& name, const std::vector<std::string>& columns,
                          const std::string& frame = "") {
    const std::string over = " OVER (ORDER BY k" + frame + ")";
    const Function* const function = FindFunction(name, NameHash(name));
    ASSERT_NE(function, nullptr) << name;
    std::string list;
    std::vector<std::string> texts;
    std::vector<Operand> operands;
    for (const std::string& column : columns) {
      list += (list.empty() ? "" : ", ") + column;
      texts.push_back(column == "NULL" ? column : "(" + column + ")::bigint");
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      operands.push_back(
          {texts[i], {columns[i] == "NULL" ? SqlType::kNull : SqlType::kInteger, 0, true}});
    }
    const auto text = PostgresCall(*function, operands, {SqlType::kInteger, 0, true}, false, true);
    const Outcome expected =
        OnSqlite("group_concat(w, ' ') FROM (SELECT coalesce(" + name + "(" + list + ")" + over +
                     ", 'none') AS w FROM (SELECT column1 AS k, column2 AS v, column3 AS o FROM " +
                     rows + ") ORDER BY k)",
                 {});
    const std::string to_text = function->rule == Rule::kRatio ? "cordon.to_text" : "";
    const Outcome got = OnServer(
        "string_agg(coalesce(" + to_text + "(w)::text, 'none'), ' ' ORDER BY k) FROM (SELECT k, " +
            text.head + over + text.tail + " AS w FROM " + rows + " AS t(k, v, o)) AS x",
        {}, SqlType::kText);
    Compare(expected, got, name + "(" + list + ")" + over);
  };
  for (const char* const name : {"row_number", "rank", "dense_rank", "cume_dist", "percent_rank"}) {
    window(name, {});
  }
  for (const char* const count : {"1", "2", "4", "100", "5000000000", "0", "-1", "NULL"}) {
    window("ntile", {count});
    window("nth_value", {"v", count});
  }
  for (const char* const name : {"lag", "lead"}) {
    window(name, {"v"});
    window(name, {"NULL"});
    for (const char* const offset : {"1", "0", "2", "-1", "-5000000000", "o", "NULL"}) {
      window(name, {"v", offset});
      window(name, {"v", offset, "k"});
      window(name, {"v", offset, "NULL"});
      window(name, {"NULL", offset, "7"});
    }
  }
  for (const char* const name : {"first_value", "last_value"}) {
    window(name, {"v"}, " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING");
    window(name, {"NULL"});
  }
}

// ---- values without a type ----------------------------------------------------------------------

TEST_F(PgFunctionsTest, ValuesWithoutAType) {
  const auto any = [](const std::string& name, const std::vector<Operand>& operands,
                      SqlType::Kind kind) {
    const Function* const function = FindFunction(name, NameHash(name));
    std::string text = PostgresCall(*function, operands, {kind, 0, true}, false, false).head;
    if (kind == SqlType::kAny) text = "cordon.value_to_text(" + text + ")";
    return OnServer(text, {}, SqlType::kText).text;
  };
  const SqlType type = {SqlType::kAny, 0, true};
  const Operand number = {"cordon.value_of(5::bigint)", type};
  const Operand real = {"cordon.value_of(2460000.123456789::float8)", type};
  const Operand text = {"cordon.value_of('it''s'::text)", type};
  const Operand none = {"NULL::cordon.value", type};
  const Operand null = {"NULL", {SqlType::kNull, 0, true}};
  const Operand empty = {"''", {SqlType::kText}, "''"};
  const Operand t = {"'t'", {SqlType::kText}, "'t'"};
  EXPECT_EQ(any("nullif", {number, number}, SqlType::kAny), "NULL");
  EXPECT_EQ(any("nullif", {number, real}, SqlType::kAny), "'5'");
  EXPECT_EQ(any("nullif", {text, none}, SqlType::kAny), "'it's'");
  EXPECT_EQ(any("nullif", {null, text}, SqlType::kAny), "NULL");
  EXPECT_EQ(any("coalesce", {none, text}, SqlType::kAny), "'it's'");
  EXPECT_EQ(any("coalesce", {null, number}, SqlType::kAny), "'5'");
  EXPECT_EQ(any("quote", {number}, SqlType::kText), "'5'");
  EXPECT_EQ(any("quote", {text}, SqlType::kText), "''it''s''");
  EXPECT_EQ(any("quote", {none}, SqlType::kText), "'NULL'");
  EXPECT_EQ(any("replace", {number, empty, t}, SqlType::kAny), "'5'");
  EXPECT_EQ(any("replace", {text, t, empty}, SqlType::kText), "'i's'");
  EXPECT_EQ(any("hex", {number}, SqlType::kText), "'35'");
  EXPECT_EQ(any("hex", {none}, SqlType::kText), "''");
  EXPECT_EQ(any("upper", {text}, SqlType::kText), "'IT'S'");
  const Operand format = {"'%f'", {SqlType::kText}, "'%f'"};
  EXPECT_EQ(any("strftime", {format, real}, SqlType::kText),
            OnSqlite("strftime('%f', 2460000.123456789)", {}).text);
  EXPECT_EQ(any("datetime", {number}, SqlType::kText), OnSqlite("datetime(5)", {}).text);
  EXPECT_EQ(any("datetime", {text}, SqlType::kText), "NULL");
}

// ---- formats ------------------------------------------------------------------------------------

TEST_F(PgFunctionsTest, Formats) {
  const Argument five = I(5);
  for (const char* const format :
       {"plain",  "100%",     "%%",   "%5%|",   "%-5%|",    "a%y b", "%l",     "%",       "%5",
        "%.3",    "it''s %d", "%n|",  "%d",     "%i",       "%u",    "%5d|",   "%-5d|",   "%05d|",
        "%-05d|", "%+d",      "% d",  "%+ d",   "% +d",     "%.5d",  "%8.5d|", "%08.3d|", "%,d",
        "%lld",   "%ld",      "%x",   "%X",     "%#x",      "%#X",   "%o",     "%#o",     "%p",
        "%#p",    "%r",       "%+r",  "%05r",   "%,x",      "%!d",   "%08,d|", "%,015d",  "%s",
        "%z",     "%c",       "%q",   "%Q",     "%w",       "%f",    "%.2f",   "%e",      "%g",
        "%20s|",  "%-20s|",   "%.1s", "%010s|", "%d %d %s", "%lx",   "%T",     "%S",      "%k"}) {
    for (const Argument& value : {five,
                                  I(0),
                                  I(-5),
                                  I(1234567),
                                  I(kLeast),
                                  I(kMost),
                                  I(11),
                                  I(112),
                                  I(23),
                                  I(101),
                                  R(2.7),
                                  R(-1e19),
                                  T("12abc"),
                                  T("héllo"),
                                  T(""),
                                  T("it's \"q\""),
                                  Flag(true),
                                  Null(SqlType::kNull),
                                  Null(SqlType::kText),
                                  Null(SqlType::kInteger)}) {
      const std::string_view conversion = format;
      // A character that is none is U+0000 to SQLite.
      if (conversion == "%c" && (value.null || value.bytes.empty()) &&
          (value.kind == SqlType::kText || value.null)) {
        continue;
      }
      Call("format", {L(format), value});
    }
  }
  Call("printf", {L("%d %s %f %q %Q|%5s")});
  Call("printf", {L("%d-%d-%d"), I(1), I(2), I(3), I(4)});
  Call("printf", {L("%s %s"), At(1700000000123456), R(0.1)});
}

TEST_F(PgFunctionsTest, FormatsOfTexts) {
  Random random(Seed());
  for (Rounds rounds(400); rounds.Next();) {
    std::string format = "|%";
    if (random() % 3 == 0) format += '-';
    const bool characters = random() % 2 == 0;
    if (characters) format += '!';
    if (random() % 2 == 0) format += std::to_string(random() % 12);
    std::string text = AnyText(random, 6);
    const std::string conversion = OneOf<std::string>(random, {"s", "q", "Q", "w", "z", "c"});
    if (conversion == "c") text += "x";
    if (random() % 2 == 0) {
      const std::size_t digits = random() % 6;
      // The bytes of half a character are left out.
      std::size_t end = digits;
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) ++end;
      if (characters || conversion == "c" || end == digits) format += "." + std::to_string(digits);
    }
    Call("format", {L(format + conversion + "|"), T(text)});
  }
  EXPECT_EQ(OnServer("cordon.format_text('hé', 's', '', 0, 2)", {}, SqlType::kText).text, "'h'");
  EXPECT_EQ(OnServer("cordon.format_text(NULL, 'c', '', 0, -1)", {}, SqlType::kText).text, "''");
}

TEST_F(PgFunctionsTest, FormatsOfReals) {
  for (const char* const conversion : {"f", "e", "G"}) {
    for (const char* const flags : {"", "+", "#", "!", "0", "- "}) {
      for (const char* const size : {"", ".0", "12.3", ".10", "40.20"}) {
        const std::string format = "%" + std::string(flags) + size + conversion + "|";
        for (const double value : {0.0, -1.5, 0.5, 2.5, 0.15, 9.995, 123456.789, 1e15, 1e-5,
                                   99999.95, 0.00012345, 1e100, kInfinity, -kInfinity}) {
          // Behind the 19th digit SQLite's own arithmetic is inexact.
          const bool exact = format.find('!') == std::string::npos ||
                             (format.size() < 6 && (value < 1e100 || std::isinf(value)));
          if (exact) Call("format", {L(format), R(value)});
        }
      }
    }
  }
  for (const char* const format : {"%g", "%E", "% g", "%,f", "%!.15g", "%#!g", "%010.2f"}) {
    for (const double value : {1.0, 0.1, 1e20, 1e-10, -12345.678})
      Call("format", {L(format), R(value)});
  }
  Random random(Seed());
  for (Rounds rounds(300); rounds.Next();) {
    const double value = AnyReal(random);
    const auto digits = static_cast<std::int64_t>(random() % 9);
    const std::string conversion = OneOf<std::string>(random, {"f", "e", "g", "f", "f"});
    if (conversion == "f" ? WholeDigits(value) + digits > 15 : IsHalf(value, digits)) continue;
    Call("format", {L("%." + std::to_string(digits) + conversion), R(value)});
  }
}

// ---- times --------------------------------------------------------------------------------------

const std::vector<std::string>& TimeNames() {
  static const std::vector<std::string> names = {"date", "time", "datetime", "julianday",
                                                 "unixepoch"};
  return names;
}

TEST_F(PgFunctionsTest, TimesWithoutModifiers) {
  // %J has 16 digits, of which SQLite's last one is inexact at times.
  const Argument format = T("%Y %m %d|%H:%M:%S|%f|%j %W %w|%s|%%");
  const auto every = [&](const Argument& time) {
    for (const std::string& name : TimeNames()) Call(name, {time});
    Call("strftime", {format, time});
  };
  for (const char* const text : {"2024-02-29",
                                 "2023-02-29",
                                 "2024-02-31",
                                 "2024-04-31 12:30",
                                 "2024-12-31 23:59:59.999",
                                 "2024-12-31 23:59:59.9996",
                                 "2024-01-01 24:00",
                                 "2024-01-01 24:00:00.5",
                                 "2024-01-01T10:00",
                                 "2024-01-01T10:00:00Z",
                                 "2024-01-01 10:00:00.123+05:30",
                                 "2024-01-01 10:00 -14:59",
                                 "2024-01-01 10:00+15:00",
                                 "2024-01-01 10:00:60",
                                 "2024-01-01 25:00",
                                 "2024-01-01 10:60",
                                 "2024-13-01",
                                 "2024-00-10",
                                 "2024-01-00",
                                 "2024-01-32",
                                 "0000-01-01",
                                 "-0001-03-01",
                                 "-4713-11-24",
                                 "-4713-11-24 12:00",
                                 "-4713-11-25",
                                 "9999-12-31",
                                 "9999-12-31 23:59:59.999",
                                 "9999-12-31 23:59:59.9999",
                                 "10:00",
                                 "10:00:05.0006",
                                 "10:00+01:00",
                                 "00:00-01:00",
                                 "10",
                                 "",
                                 " ",
                                 "now",
                                 "NOW",
                                 "subsec",
                                 "2024-1-1",
                                 "2024-01-01 ",
                                 " 2024-01-01",
                                 "2024-01-01x",
                                 "2024-01-01T",
                                 "2024-01-01TT 10:00  ",
                                 "2024-01-01 10:00:00.",
                                 "2024-01-01 10:00:00.5 Z ",
                                 "2024-01-01 10:00z",
                                 "20240101",
                                 "2451544.5",
                                 " 2451544.5 ",
                                 "2451544.5x",
                                 "1e3",
                                 "-1",
                                 "5373484.4999999",
                                 "5373484.5",
                                 "0",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "2024-01-01 10:00:0",
                                 "12:00:00.9999",
                                 "2000-03-01",
                                 "1900-02-28 23:59:59.4",
                                 "2024-01-01\t10:00",
                                 "2024-01-0é"}) {
    every(T(text));
  }
  for (const std::int64_t at : std::initializer_list<std::int64_t>{0,
                                                                   1,
                                                                   -1,
                                                                   999,
                                                                   1000,
                                                                   -999,
                                                                   -1000,
                                                                   -1001,
                                                                   1700000000123456,
                                                                   1700000000999999,
                                                                   -62167219200000000,
                                                                   -62167219200000001,
                                                                   253402300799999999,
                                                                   253402300800000000,
                                                                   kMost,
                                                                   kLeast,
                                                                   -210866760000000000,
                                                                   -210866760000000001,
                                                                   951782400000000,
                                                                   1709210096789000}) {
    every(At(at));
  }
  for (const double number : {0.0, 2451544.5, 2460000.1234567, -1.0, 5373484.49999999, 5373484.5,
                              1e300, -1e300, 1721425.5, kInfinity}) {
    every(R(number));
  }
  every(I(2451545));
  every(I(kMost));
  every(Null(SqlType::kText));
  every(Null(SqlType::kTimestamp));
  every(Null(SqlType::kReal));
  Random random(Seed());
  for (Rounds rounds(50); rounds.Next();) {
    every(At(static_cast<std::int64_t>(random() % 600000000000000000) - 240000000000000000));
  }
}

TEST_F(PgFunctionsTest, FormatsOfTimes) {
  const Argument at = At(1709210096789000);
  for (const char* const format :
       {"",   "plain é", "%d", "%f", "%H", "%j", "%J", "%m", "%M",     "%s", "%S",
        "%w", "%W",      "%Y", "%%", "%q", "a%", "%",  "%é", "%%%d%%", "%D", "%\n"}) {
    Call("strftime", {T(format), at});
    Call("strftime", {L(format), T("2024-02-29 10:11:12.5")});
  }
  Call("strftime", {Null(SqlType::kText), at});
  for (int day = 0; day < 800; day += 7) {
    Call("strftime", {L("%Y-%m-%d %j %W %w"), At((19000 + day) * 86400000000)});
  }
}

TEST_F(PgFunctionsTest, ModifiersOfTimes) {
  const std::vector<std::string> modifiers = {"+1 day",
                                              "-1 day",
                                              "+1.5 days",
                                              "1 day",
                                              "+1 DAYS",
                                              "+1day",
                                              " +1 day",
                                              "+1  day",
                                              "+1 day ",
                                              "+1 hour",
                                              "-36 hours",
                                              "+90 minutes",
                                              "+1.25 seconds",
                                              "-0.0004 seconds",
                                              "+1 month",
                                              "-1 month",
                                              "+13 months",
                                              "-13 months",
                                              "+1.5 months",
                                              "-1.5 months",
                                              "+1 year",
                                              "-1 years",
                                              "+0.5 years",
                                              "-2024 years",
                                              "+8000 years",
                                              "+5373484 days",
                                              "-5373485 days",
                                              "+1e3 days",
                                              "+1. day",
                                              "+.5 day",
                                              "+e day",
                                              "+ day",
                                              "+1 week",
                                              "+1 daysx",
                                              "+176546 months",
                                              "+464268999999999 seconds",
                                              "start of day",
                                              "START OF MONTH",
                                              "start of year",
                                              "start of week",
                                              "start of  day",
                                              "weekday 0",
                                              "weekday 3",
                                              "weekday 6",
                                              "weekday 7",
                                              "weekday -1",
                                              "weekday 2.0",
                                              "weekday 2.5",
                                              "weekday  1",
                                              "weekday",
                                              "Weekday 4x",
                                              "+10:30",
                                              "-10:30",
                                              "10:30",
                                              "+10:30:15",
                                              "-10:30:15.5",
                                              "+24:00",
                                              "+25:00",
                                              "+10:60",
                                              "+1:30",
                                              "auto",
                                              "AUTO",
                                              "unixepoch",
                                              "julianday",
                                              "nonsense",
                                              "",
                                              "0",
                                              "+",
                                              "-",
                                              "12:00:00.0006",
                                              "+10:30+01:00",
                                              "10:30 Z",
                                              "-01:00-02:00 ",
                                              "+00:30+01:00",
                                              "+10:00+15:00",
                                              "+10:00x",
                                              "+10:30:15.5 "};
  const std::vector<Argument> times = {At(1709210096789000),
                                       At(-1),
                                       At(253402300799000000),
                                       At(-62135596800000000),
                                       T("2024-01-31"),
                                       T("2024-02-31 10:00:00.0006"),
                                       T("2024-01-01 24:00"),
                                       T("10:20"),
                                       T("10:20+01:00"),
                                       T("2024-03-31 22:00:00-05:00"),
                                       T("2460000.25"),
                                       T("1700000000"),
                                       T("-5"),
                                       R(2460000.25),
                                       R(1700000000.5),
                                       R(-1),
                                       I(1700000000),
                                       T("nonsense"),
                                       T("-4713-11-25"),
                                       T("0000-03-01"),
                                       Null(SqlType::kText)};
  const Argument format = L("%Y-%m-%d %H:%M:%f");
  // A third of all pairs, with each of either; the rest is left to chance.
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (std::size_t j = i % 3; j < modifiers.size(); j += 3) {
      Call("strftime", {format, times[i], L(modifiers[j])});
    }
  }
  Random random(Seed());
  for (Rounds rounds(500); rounds.Next();) {
    Arguments arguments = {OneOf(random, times)};
    for (std::size_t i = 1 + random() % 4; i-- > 0;) {
      arguments.push_back(L(OneOf(random, modifiers)));
    }
    if (random() % 3 == 0) {
      Call(OneOf(random, TimeNames()), arguments);
    } else {
      arguments.insert(arguments.begin(), format);
      Call("strftime", arguments);
    }
  }
}

}  // namespace
}  // namespace cordon_test
