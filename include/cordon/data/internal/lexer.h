// SPDX-License-Identifier: Apache-2.0
// SQL text into tokens, at compile time and at run time. Each character is looked at once, and
// names carry a hash, so that the parser compares numbers (compilers count every step).
#ifndef CORDON_DATA_INTERNAL_LEXER_H_
#define CORDON_DATA_INTERNAL_LEXER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cordon/data/internal/refusal.h"

namespace cordon::internal {

inline constexpr std::size_t kMaxStatement = 16384;

// Compilers count calls more than anything else; what runs for each character looks at plain arrays
// through plain pointers.

// ASCII case folded, as SQLite compares names.
constexpr char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr std::uint32_t kHashSeed =
    2166136261U;  // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv
constexpr std::uint32_t HashStep(std::uint32_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(Fold(c))) * 16777619U;
}
constexpr std::uint32_t NameHash(std::string_view name) {
  std::uint32_t hash = kHashSeed;
  for (const char c : name) hash = HashStep(hash, c);
  return hash;
}
constexpr bool SameName(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  const char* const x = a.data();
  const char* const y = b.data();
  for (std::size_t i = 0; i < size; ++i) {
    if (x[i] != y[i] && Fold(x[i]) != Fold(y[i])) return false;
  }
  return true;
}

enum class Word : std::uint8_t {
  kNone,
  // The grammar's own.
  kSelect,
  kFrom,
  kWhere,
  kAnd,
  kOr,
  kNot,
  kIn,
  kBetween,
  kLike,
  kEscape,
  kIs,
  kNull,
  kExists,
  kGroup,
  kBy,
  kHaving,
  kOrder,
  kAsc,
  kDesc,
  kLimit,
  kOffset,
  kAs,
  kWith,
  kInner,
  kLeft,
  kOuter,
  kJoin,
  kOn,
  kInsert,
  kInto,
  kValues,
  kConflict,
  kDo,
  kNothing,
  kUpdate,
  kSet,
  kDelete,
  kReturning,
  kDistinct,
  kTrue,
  kFalse,
  // Known in order to be refused by name.
  kRight,
  kFull,
  kCross,
  kNatural,
  kUsing,
  kUnion,
  kIntersect,
  kExcept,
  kCase,
  kCast,
  kCollate,
  kOver,
  kFilter,
  kRecursive,
  kReplace,
  kGlob,
  kRegexp,
  kMatch,
  kIsNull,
  kNotNull,
  kIndexed,
  // Statements and words that could only start trouble as a name.
  kAttach,
  kDetach,
  kPragma,
  kVacuum,
  kCreate,
  kDrop,
  kAlter,
  kReindex,
  kAnalyze,
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRelease,
  kExplain,
  kDefault,
  kTable,
  kIndex,
  kTrigger,
  kView,
  kAll,
  kWhen,
  kThen,
  kElse,
  kEnd,
  kNulls,
  kUnique,
  kPrimary,
  kForeign,
  kReferences,
  kConstraint,
  kCheck,
  kAdd,
  kColumn,
  kTo,
  kTransaction,
  kWindow,
  kPartition,
  kIf,
  kMaterialized,
  kCount_,
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(Word::kCount_)> kWords = {
    "",          "select",  "from",        "where",       "and",
    "or",        "not",     "in",          "between",     "like",
    "escape",    "is",      "null",        "exists",      "group",
    "by",        "having",  "order",       "asc",         "desc",
    "limit",     "offset",  "as",          "with",        "inner",
    "left",      "outer",   "join",        "on",          "insert",
    "into",      "values",  "conflict",    "do",          "nothing",
    "update",    "set",     "delete",      "returning",   "distinct",
    "true",      "false",   "right",       "full",        "cross",
    "natural",   "using",   "union",       "intersect",   "except",
    "case",      "cast",    "collate",     "over",        "filter",
    "recursive", "replace", "glob",        "regexp",      "match",
    "isnull",    "notnull", "indexed",     "attach",      "detach",
    "pragma",    "vacuum",  "create",      "drop",        "alter",
    "reindex",   "analyze", "begin",       "commit",      "rollback",
    "savepoint", "release", "explain",     "default",     "table",
    "index",     "trigger", "view",        "all",         "when",
    "then",      "else",    "end",         "nulls",       "unique",
    "primary",   "foreign", "references",  "constraint",  "check",
    "add",       "column",  "to",          "transaction", "window",
    "partition", "if",      "materialized"};

struct WordTable {
  static constexpr std::size_t kSlots = 1024;  // few words share one
  std::uint8_t slots[kSlots] = {};
  std::uint32_t hashes[kWords.size()] = {};
  constexpr WordTable() {
    for (std::size_t i = 1; i < kWords.size(); ++i) {
      hashes[i] = NameHash(kWords[i]);
      std::size_t slot = hashes[i] % kSlots;
      while (slots[slot] != 0) slot = (slot + 1) % kSlots;
      slots[slot] = static_cast<std::uint8_t>(i);
    }
  }
};
inline constexpr WordTable kWordTable;

struct Token {
  enum Kind : std::uint8_t {
    kEnd,
    kWord,
    kName,
    kInteger,
    kDecimal,
    kString,
    kBlob,
    kPlaceholder,
    kPunct
  };
  // Punctuation of two characters; single ones are themselves.
  enum Punct : char {
    kNotEqual = 'n',
    kLessEqual = 'l',
    kGreaterEqual = 'g',
    kConcat = 'c',
    kShiftLeft = 'L',
    kShiftRight = 'R',
    kArrow = 'a',      // ->
    kLongArrow = 'A',  // ->>
  };
  Kind kind = kEnd;
  Word word = Word::kNone;
  char punct = 0;
  std::uint32_t begin = 0;  // of the name without its quotes, or of the literal with them
  std::uint32_t end = 0;
  std::uint32_t hash = 0;  // of a name; the ordinal of a placeholder
};

struct CharClasses {
  enum : std::uint8_t { kOther, kSpace, kLetter, kDigit };
  std::uint8_t of[256] = {};
  char name[256] = {};  // folded, of letters and digits; 0 of others
  constexpr CharClasses() {
    for (const char c : {' ', '\t', '\n', '\r'}) of[static_cast<unsigned char>(c)] = kSpace;
    for (unsigned c = 'a'; c <= 'z'; ++c) of[c] = of[c - 32] = kLetter;
    of[static_cast<unsigned char>('_')] = kLetter;
    for (unsigned c = '0'; c <= '9'; ++c) of[c] = kDigit;
    for (unsigned c = 0; c < 256; ++c) {
      if (of[c] >= kLetter) name[c] = Fold(static_cast<char>(c));
    }
  }
};
inline constexpr CharClasses kCharClasses;
constexpr std::uint8_t ClassOf(char c) { return kCharClasses.of[static_cast<unsigned char>(c)]; }

constexpr Word FindWord(std::string_view name, std::uint32_t hash) {
  const std::size_t size = name.size();
  const char* const text = name.data();
  for (std::size_t slot = hash % WordTable::kSlots; kWordTable.slots[slot] != 0;
       slot = (slot + 1) % WordTable::kSlots) {
    const std::uint8_t word = kWordTable.slots[slot];
    if (kWordTable.hashes[word] != hash || kWords[word].size() != size) continue;
    const char* const lower = kWords[word].data();
    std::size_t i = 0;
    while (i < size && kCharClasses.name[static_cast<unsigned char>(text[i])] == lower[i]) ++i;
    if (i == size) return static_cast<Word>(word);
  }
  return Word::kNone;
}

// Reads the token at *at and moves behind it. On a refusal, *at is where.
constexpr Refusal NextToken(std::string_view whole, std::size_t* at, Token* token) {
  std::size_t i = *at;
  const std::size_t size = whole.size();
  const char* const text = whole.data();
  const auto& classes = kCharClasses.of;
  const auto class_at = [&](std::size_t place) {
    return classes[static_cast<unsigned char>(text[place])];
  };
  for (;;) {  // white space and comments
    while (i < size && classes[static_cast<unsigned char>(text[i])] == CharClasses::kSpace) ++i;
    if (i + 1 < size && text[i] == '-' && text[i + 1] == '-') {
      while (i < size && text[i] != '\n') ++i;
    } else if (i + 1 < size && text[i] == '/' && text[i + 1] == '*') {
      const std::size_t opened = i;
      i += 2;
      while (i + 1 < size && !(text[i] == '*' && text[i + 1] == '/')) ++i;
      if (i + 1 >= size) {
        *at = opened;
        return Refusal::kUnterminated;
      }
      i += 2;
    } else {
      break;
    }
  }
  *token = Token{};
  token->begin = static_cast<std::uint32_t>(i);
  *at = i;
  if (i >= size) {
    token->end = token->begin;
    return Refusal::kNone;
  }
  const char c = text[i];
  const std::uint8_t kind = class_at(i);
  const auto quoted = [&](char close) {
    for (++i; i < size; ++i) {
      if (static_cast<unsigned char>(text[i]) < 0x20 && class_at(i) != CharClasses::kSpace) {
        *at = i;
        return Refusal::kBadCharacter;
      }
      if (text[i] != close) continue;
      if (i + 1 < size && text[i + 1] == close) {
        ++i;
        continue;
      }
      ++i;
      return Refusal::kNone;
    }
    return Refusal::kUnterminated;
  };
  if ((c == 'x' || c == 'X') && i + 1 < size && text[i + 1] == '\'') {
    ++i;
    if (const Refusal refusal = quoted('\''); refusal != Refusal::kNone) return refusal;
    for (std::size_t k = token->begin + 2; k + 1 < i; ++k) {
      const char h = Fold(text[k]);
      if (!((h >= '0' && h <= '9') || (h >= 'a' && h <= 'f'))) return Refusal::kNumber;
    }
    if ((i - token->begin) % 2 == 0) return Refusal::kNumber;
    token->kind = Token::kBlob;
  } else if (kind == CharClasses::kLetter) {
    std::uint32_t hash = kHashSeed;
    for (; i < size; ++i) {
      const char folded = kCharClasses.name[static_cast<unsigned char>(text[i])];
      if (folded == 0) break;
      hash = (hash ^ static_cast<unsigned char>(folded)) * 16777619U;  // as NameHash does
    }
    token->hash = hash;
    token->word = FindWord({text + token->begin, i - token->begin}, hash);
    token->kind = token->word == Word::kNone ? Token::kName : Token::kWord;
  } else if (kind == CharClasses::kDigit) {
    while (i < size && class_at(i) == CharClasses::kDigit) ++i;
    token->kind = Token::kInteger;
    if (i < size && text[i] == '.') {
      ++i;
      if (i >= size || class_at(i) != CharClasses::kDigit) return Refusal::kNumber;
      while (i < size && class_at(i) == CharClasses::kDigit) ++i;
      token->kind = Token::kDecimal;
    }
    if (i < size && class_at(i) == CharClasses::kLetter) return Refusal::kNumber;
  } else if (c == '\'') {
    if (const Refusal refusal = quoted('\''); refusal != Refusal::kNone) return refusal;
    token->kind = Token::kString;
  } else if (c == '"') {
    if (const Refusal refusal = quoted('"'); refusal != Refusal::kNone) return refusal;
    token->kind = Token::kName;
    token->begin += 1;
    token->end = static_cast<std::uint32_t>(i - 1);
    token->hash = NameHash(whole.substr(token->begin, token->end - token->begin));
    *at = i;
    return Refusal::kNone;
  } else {
    ++i;
    token->kind = Token::kPunct;
    token->punct = c;
    const char next = i < size ? text[i] : '\0';
    switch (c) {
      case '?':
        token->kind = Token::kPlaceholder;
        if (ClassOf(next) == CharClasses::kDigit) return Refusal::kNamedPlaceholder;
        break;
      case ':':
      case '@':
      case '$':
        return Refusal::kNamedPlaceholder;
      case '(':
      case ')':
      case ',':
      case ';':
      case '.':
      case '*':
      case '+':
      case '/':
      case '%':
      case '&':
      case '~':
        break;
      case '-':
        if (next == '>') {
          ++i, token->punct = Token::kArrow;
          if (i < size && text[i] == '>') ++i, token->punct = Token::kLongArrow;
        }
        break;
      case '=':
        if (next == '=') ++i;
        break;
      case '<':
        if (next == '=')
          ++i, token->punct = Token::kLessEqual;
        else if (next == '>')
          ++i, token->punct = Token::kNotEqual;
        else if (next == '<')
          ++i, token->punct = Token::kShiftLeft;
        break;
      case '>':
        if (next == '=')
          ++i, token->punct = Token::kGreaterEqual;
        else if (next == '>')
          ++i, token->punct = Token::kShiftRight;
        break;
      case '!':
        if (next != '=') return Refusal::kOperator;
        ++i, token->punct = Token::kNotEqual;
        break;
      case '|':
        if (next == '|') ++i, token->punct = Token::kConcat;
        break;
      default:
        return Refusal::kBadCharacter;
    }
  }
  token->end = static_cast<std::uint32_t>(i);
  *at = i;
  return Refusal::kNone;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_LEXER_H_
