// SPDX-License-Identifier: Apache-2.0
// The SQL functions that the checker knows, each classed: pure, with the rule of its types, or
// refused. The engine lock lets exactly the pure ones through, and those of Cordon's own.
#ifndef CORDON_DATA_INTERNAL_FUNCTIONS_H_
#define CORDON_DATA_INTERNAL_FUNCTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cordon/data/internal/lexer.h"

namespace cordon::internal {

// How the arguments of a function are checked and what it gives.
enum class Rule : std::uint8_t {
  // Aggregates, which can be windowed as well.
  kCount,
  kSum,
  kTotal,
  kAvg,
  kMinMax,  // of several arguments: no aggregate
  kConcat,
  kJsonArrayOf,
  kJsonObjectOf,
  // Window functions.
  kRank,    // the same for peers
  kNumber,  // row_number
  kTile,
  kRatio,
  kOffset,  // lag, lead
  kValue,   // first_value, last_value
  kNthValue,
  // Scalars.
  kCoalesce,
  kNullIf,
  kIif,
  kLength,
  kUnicode,
  kText,
  kTrim,
  kSubstr,
  kReplace,
  kInstr,
  kHex,
  kChar,
  kQuote,
  kTypeOf,
  kFormat,
  kAbs,
  kSign,
  kRound,
  kCeil,
  kReal,
  kReal2,
  kPi,
  kDateText,
  kStrftime,
  kJulian,
  kUnix,
  kJson,
  kJsonValid,
  kJsonExtract,
  kJsonType,
  kJsonLength,
  kJsonArray,
  kJsonObject,
  kJsonQuote,
  kJsonSet,
  kJsonPatch,
  kJsonRemove,
  // Not pure: refused by name.
  kImpure,
  // Pure, and no use to a statement, or one whose use is a matter of plans: refused by name.
  kUnwanted,
};

struct Function {
  std::string_view name;
  Rule rule;
  std::uint8_t least = 1;  // arguments
  std::uint8_t most = 1;
};

inline constexpr std::uint8_t kManyArguments = 32;

inline constexpr std::array<Function, 125> kFunctions = {{
    {"count", Rule::kCount, 0},
    {"sum", Rule::kSum},
    {"total", Rule::kTotal},
    {"avg", Rule::kAvg},
    {"min", Rule::kMinMax, 1, kManyArguments},
    {"max", Rule::kMinMax, 1, kManyArguments},
    {"group_concat", Rule::kConcat, 1, 2},
    {"json_group_array", Rule::kJsonArrayOf},
    {"json_group_object", Rule::kJsonObjectOf, 2, 2},
    {"row_number", Rule::kNumber, 0, 0},
    {"rank", Rule::kRank, 0, 0},
    {"dense_rank", Rule::kRank, 0, 0},
    {"percent_rank", Rule::kRatio, 0, 0},
    {"cume_dist", Rule::kRatio, 0, 0},
    {"ntile", Rule::kTile},
    {"lag", Rule::kOffset, 1, 3},
    {"lead", Rule::kOffset, 1, 3},
    {"first_value", Rule::kValue},
    {"last_value", Rule::kValue},
    {"nth_value", Rule::kNthValue, 2, 2},
    {"coalesce", Rule::kCoalesce, 2, kManyArguments},
    {"ifnull", Rule::kCoalesce, 2, 2},
    {"nullif", Rule::kNullIf, 2, 2},
    {"iif", Rule::kIif, 3, 3},
    {"length", Rule::kLength},
    {"unicode", Rule::kUnicode},
    {"lower", Rule::kText},
    {"upper", Rule::kText},
    {"trim", Rule::kTrim, 1, 2},
    {"ltrim", Rule::kTrim, 1, 2},
    {"rtrim", Rule::kTrim, 1, 2},
    {"substr", Rule::kSubstr, 2, 3},
    {"substring", Rule::kSubstr, 2, 3},
    {"replace", Rule::kReplace, 3, 3},
    {"instr", Rule::kInstr, 2, 2},
    {"hex", Rule::kHex},
    {"char", Rule::kChar, 0, kManyArguments},
    {"quote", Rule::kQuote},
    {"typeof", Rule::kTypeOf},
    {"printf", Rule::kFormat, 1, kManyArguments},
    {"format", Rule::kFormat, 1, kManyArguments},
    {"abs", Rule::kAbs},
    {"sign", Rule::kSign},
    {"round", Rule::kRound, 1, 2},
    {"ceil", Rule::kCeil},
    {"ceiling", Rule::kCeil},
    {"floor", Rule::kCeil},
    {"trunc", Rule::kCeil},
    {"sqrt", Rule::kReal},
    {"exp", Rule::kReal},
    {"ln", Rule::kReal},
    {"log", Rule::kReal},
    {"log10", Rule::kReal},
    {"log2", Rule::kReal},
    {"sin", Rule::kReal},
    {"cos", Rule::kReal},
    {"tan", Rule::kReal},
    {"asin", Rule::kReal},
    {"acos", Rule::kReal},
    {"atan", Rule::kReal},
    {"sinh", Rule::kReal},
    {"cosh", Rule::kReal},
    {"tanh", Rule::kReal},
    {"asinh", Rule::kReal},
    {"acosh", Rule::kReal},
    {"atanh", Rule::kReal},
    {"radians", Rule::kReal},
    {"degrees", Rule::kReal},
    {"pow", Rule::kReal2, 2, 2},
    {"power", Rule::kReal2, 2, 2},
    {"atan2", Rule::kReal2, 2, 2},
    {"mod", Rule::kReal2, 2, 2},
    {"pi", Rule::kPi, 0, 0},
    {"date", Rule::kDateText, 1, kManyArguments},
    {"time", Rule::kDateText, 1, kManyArguments},
    {"datetime", Rule::kDateText, 1, kManyArguments},
    {"strftime", Rule::kStrftime, 2, kManyArguments},
    {"julianday", Rule::kJulian, 1, kManyArguments},
    {"unixepoch", Rule::kUnix, 1, kManyArguments},
    {"json", Rule::kJson},
    {"json_valid", Rule::kJsonValid},
    {"json_extract", Rule::kJsonExtract, 2, kManyArguments},
    {"json_type", Rule::kJsonType, 1, 2},
    {"json_array_length", Rule::kJsonLength, 1, 2},
    {"json_array", Rule::kJsonArray, 0, kManyArguments},
    {"json_object", Rule::kJsonObject, 0, kManyArguments},
    {"json_quote", Rule::kJsonQuote},
    {"json_set", Rule::kJsonSet, 3, kManyArguments},
    {"json_insert", Rule::kJsonSet, 3, kManyArguments},
    {"json_replace", Rule::kJsonSet, 3, kManyArguments},
    {"json_patch", Rule::kJsonPatch, 2, 2},
    {"json_remove", Rule::kJsonRemove, 1, kManyArguments},
    // What they give is not decided by the tenant's rows.
    {"random", Rule::kImpure},
    {"randomblob", Rule::kImpure},
    {"changes", Rule::kImpure},
    {"total_changes", Rule::kImpure},
    {"last_insert_rowid", Rule::kImpure},
    {"current_date", Rule::kImpure},
    {"current_time", Rule::kImpure},
    {"current_timestamp", Rule::kImpure},
    {"sqlite_version", Rule::kImpure},
    {"sqlite_source_id", Rule::kImpure},
    {"sqlite_log", Rule::kImpure},
    {"sqlite_compileoption_get", Rule::kImpure},
    {"sqlite_compileoption_used", Rule::kImpure},
    {"sqlite_offset", Rule::kImpure},
    {"load_extension", Rule::kImpure},
    // Room for any number of bytes; hints to the planner; functions of extensions.
    {"zeroblob", Rule::kUnwanted},
    {"likely", Rule::kUnwanted},
    {"unlikely", Rule::kUnwanted},
    {"likelihood", Rule::kUnwanted},
    {"like", Rule::kUnwanted},
    {"glob", Rule::kUnwanted},
    {"regexp", Rule::kUnwanted},
    {"soundex", Rule::kUnwanted},
    {"match", Rule::kUnwanted},
    {"bm25", Rule::kUnwanted},
    {"highlight", Rule::kUnwanted},
    {"snippet", Rule::kUnwanted},
    {"offsets", Rule::kUnwanted},
    {"optimize", Rule::kUnwanted},
    {"matchinfo", Rule::kUnwanted},
    {"rtreenode", Rule::kUnwanted},
    {"rtreedepth", Rule::kUnwanted},
    {"rtreecheck", Rule::kUnwanted},
}};

constexpr bool IsPure(const Function& function) {
  return function.rule != Rule::kImpure && function.rule != Rule::kUnwanted;
}
constexpr bool IsAggregate(Rule rule) { return rule <= Rule::kJsonObjectOf; }
constexpr bool IsWindow(Rule rule) { return rule >= Rule::kRank && rule <= Rule::kNthValue; }

struct FunctionTable {
  static constexpr std::size_t kSlots = 512;
  std::array<std::uint8_t, kSlots> slots{};
  constexpr FunctionTable() {
    for (std::size_t i = 0; i < kFunctions.size(); ++i) {
      std::size_t slot = NameHash(kFunctions[i].name) % kSlots;
      while (slots[slot] != 0) slot = (slot + 1) % kSlots;
      slots[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }
};
inline constexpr FunctionTable kFunctionTable;

// Null when there is none of that name.
constexpr const Function* FindFunction(std::string_view name, std::uint32_t hash) {
  for (std::size_t slot = hash % FunctionTable::kSlots; kFunctionTable.slots[slot] != 0;
       slot = (slot + 1) % FunctionTable::kSlots) {
    const Function& function = kFunctions[kFunctionTable.slots[slot] - 1U];
    if (SameName(function.name, name)) return &function;
  }
  return nullptr;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_FUNCTIONS_H_
