// SPDX-License-Identifier: Apache-2.0
#include "data/create_text.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "absl/strings/ascii.h"

namespace cordon::internal {
namespace {

struct Token {
  enum class Kind { kWord, kQuotedName, kString, kMark };
  Kind kind;
  std::size_t begin;
  std::size_t end;
};

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

// The place behind a text that ends with `quote`, in which a doubled quote stands for itself.
std::optional<std::size_t> EndOfQuoted(std::string_view sql, std::size_t begin, char quote) {
  for (std::size_t at = begin + 1; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (quote == ']' || at + 1 == sql.size() || sql[at + 1] != quote) return at + 1;
    ++at;
  }
  return std::nullopt;
}

std::size_t EndOfNumber(std::string_view sql, std::size_t at) {
  const bool hex = sql.substr(at, 2) == "0x" || sql.substr(at, 2) == "0X";
  for (; at < sql.size(); ++at) {
    const bool exponent_sign =
        !hex && (sql[at] == '+' || sql[at] == '-') && (sql[at - 1] == 'e' || sql[at - 1] == 'E');
    if (!IsWordByte(sql[at]) && sql[at] != '.' && !exponent_sign) break;
  }
  return at;
}

std::optional<std::vector<Token>> Tokens(std::string_view sql) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at;
      continue;
    }
    if (sql.substr(at, 2) == "--") {
      const std::size_t end = sql.find('\n', at);
      at = end == std::string_view::npos ? sql.size() : end + 1;
      continue;
    }
    if (sql.substr(at, 2) == "/*") {
      const std::size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
      continue;
    }
    Token token{Token::Kind::kMark, at, at + 1};
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      const std::optional<std::size_t> end = EndOfQuoted(sql, at, c == '[' ? ']' : c);
      if (!end.has_value()) return std::nullopt;
      token.kind = c == '\'' ? Token::Kind::kString : Token::Kind::kQuotedName;
      token.end = *end;
    } else if ((c == 'x' || c == 'X') && sql.substr(at + 1, 1) == "'") {
      const std::optional<std::size_t> end = EndOfQuoted(sql, at + 1, '\'');
      if (!end.has_value()) return std::nullopt;
      token.end = *end;
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
               (c == '.' && at + 1 < sql.size() &&
                absl::ascii_isdigit(static_cast<unsigned char>(sql[at + 1])))) {
      token.end = EndOfNumber(sql, at);
    } else if (IsWordByte(c)) {
      token.kind = Token::Kind::kWord;
      while (token.end < sql.size() && IsWordByte(sql[token.end])) ++token.end;
    }
    at = token.end;
    tokens.push_back(token);
  }
  return tokens;
}

std::string Unquoted(std::string_view text) {
  if (text.empty() || IsWordByte(text.front())) return std::string(text);
  const char quote = text.front() == '[' ? ']' : text.front();
  std::string name;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    name += text[at];
    if (text[at] == quote) ++at;
  }
  return name;
}

// Reads a statement token by token. Every read behind the end, or of something else than what must
// stand there, makes the whole reading fail.
class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql) {
    std::optional<std::vector<Token>> tokens = Tokens(sql);
    failed_ = !tokens.has_value();
    if (!failed_) tokens_ = *std::move(tokens);
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool AtEnd() const { return failed_ || at_ == tokens_.size(); }
  [[nodiscard]] std::size_t place() const { return at_; }

  [[nodiscard]] bool Is(std::string_view word, std::size_t ahead = 0) const {
    if (failed_ || at_ + ahead >= tokens_.size()) return false;
    const Token& token = tokens_[at_ + ahead];
    return (token.kind == Token::Kind::kWord || token.kind == Token::Kind::kMark) &&
           SameSqlName(Text(token), word);
  }
  [[nodiscard]] bool IsAny(std::initializer_list<std::string_view> words) const {
    for (const std::string_view word : words) {
      if (Is(word)) return true;
    }
    return false;
  }
  bool Take(std::string_view word) {
    if (!Is(word)) return false;
    ++at_;
    return true;
  }
  void Expect(std::string_view word) {
    if (!Take(word)) failed_ = true;
  }
  void Skip() {
    if (AtEnd()) {
      failed_ = true;
    } else {
      ++at_;
    }
  }
  // SQLite takes a string for a name where only a name can stand.
  std::string Name() {
    if (AtEnd() || tokens_[at_].kind == Token::Kind::kMark) {
      failed_ = true;
      return {};
    }
    return Unquoted(Text(tokens_[at_++]));
  }
  // From "(" to the ")" that closes it.
  void SkipGroup() {
    if (!Is("(")) {
      failed_ = true;
      return;
    }
    for (int depth = 0; !AtEnd();) {
      if (Is("(")) ++depth;
      if (Is(")")) --depth;
      ++at_;
      if (depth == 0) return;
    }
    failed_ = true;
  }
  // The source from the token at `begin` to the one before here.
  [[nodiscard]] std::string Since(std::size_t begin) const {
    if (failed_ || begin >= at_) return {};
    return std::string(
        sql_.substr(tokens_[begin].begin, tokens_[at_ - 1].end - tokens_[begin].begin));
  }

  // "( item, item )"
  std::vector<KeyItemText> Items() {
    std::vector<KeyItemText> items;
    Expect("(");
    while (!failed_) {
      KeyItemText item;
      const std::size_t begin = at_;
      const bool named = !AtEnd() && tokens_[at_].kind != Token::Kind::kMark;
      std::string name = named ? Name() : std::string();
      if (named && IsAny({",", ")", "COLLATE", "ASC", "DESC", "AUTOINCREMENT"})) {
        item.column = std::move(name);
      }
      std::size_t end = at_;
      while (!AtEnd() && !Is(",") && !Is(")")) {
        if (Is("(")) {
          SkipGroup();
        } else if (!Take("AUTOINCREMENT")) {
          Skip();
        } else {
          continue;
        }
        end = at_;
      }
      const std::size_t here = std::exchange(at_, end);
      item.text = Since(begin);
      at_ = here;
      items.push_back(std::move(item));
      if (Take(",")) continue;
      Expect(")");
      return items;
    }
    return items;
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    Expect("(");
    while (!failed_) {
      names.push_back(Name());
      if (Take(",")) continue;
      Expect(")");
      return names;
    }
    return names;
  }
  std::string OnConflict() {
    if (!(Is("ON") && Is("CONFLICT", 1))) return {};
    const std::size_t begin = at_;
    at_ += 2;
    Name();
    return " " + Since(begin);
  }

 private:
  [[nodiscard]] std::string_view Text(const Token& token) const {
    return sql_.substr(token.begin, token.end - token.begin);
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// "REFERENCES parent [(columns)] …", the tail of both kinds of foreign key.
void ReadReferences(Reader& in, ForeignKeyText* key) {
  in.Expect("REFERENCES");
  key->parent = in.Name();
  if (in.Is("(")) key->parent_columns = in.Names();
  while (!in.AtEnd()) {
    const std::size_t begin = in.place();
    bool keep = true;
    if (in.Take("ON")) {
      in.Name();  // DELETE, UPDATE, INSERT
      if (in.Take("SET")) {
        in.Name();
        keep = false;
      } else if (in.Take("NO")) {
        in.Expect("ACTION");
      } else {
        in.Name();  // CASCADE, RESTRICT
      }
    } else if (in.Take("MATCH")) {
      in.Name();
    } else if (in.Is("DEFERRABLE") || (in.Is("NOT") && in.Is("DEFERRABLE", 1))) {
      in.Take("NOT");
      in.Skip();
      if (in.Take("INITIALLY")) in.Name();
    } else {
      return;
    }
    if (keep) key->suffix += " " + in.Since(begin);
  }
}

bool AtColumnConstraint(const Reader& in) {
  return in.IsAny({"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE",
                   "REFERENCES", "AS", "DEFERRABLE"}) ||
         (in.Is("GENERATED") && in.Is("ALWAYS", 1) && in.Is("AS", 2));
}

void ReadDefault(Reader& in) {
  if (in.Is("(")) return in.SkipGroup();
  if (in.IsAny({"+", "-"})) in.Skip();
  in.Skip();
}

void ReadColumn(Reader& in, TableText* table) {
  ColumnText column;
  column.name = in.Name();
  const std::size_t type = in.place();
  while (!in.AtEnd() && !in.IsAny({",", ")"}) && !AtColumnConstraint(in)) {
    if (in.Is("(")) {
      in.SkipGroup();
    } else {
      in.Skip();
    }
  }
  column.type = in.Since(type);
  std::string prefix;
  while (!in.AtEnd() && !in.IsAny({",", ")"})) {
    const std::size_t begin = in.place();
    bool own = true;
    if (in.Take("CONSTRAINT")) {
      in.Name();
      prefix = in.Since(begin) + " ";
      continue;
    }
    if (in.Take("PRIMARY")) {
      in.Expect("KEY");
      KeyText key{prefix, {{column.name, QuotedName(column.name)}}, {}};
      if (in.Take("DESC")) key.items[0].text += " DESC";
      in.Take("ASC");
      key.suffix = in.OnConflict();
      in.Take("AUTOINCREMENT");
      table->key = std::move(key);
      own = false;
    } else if (in.Take("UNIQUE")) {
      table->uniques.push_back({prefix, {{column.name, QuotedName(column.name)}}, in.OnConflict()});
      own = false;
    } else if (in.Is("REFERENCES")) {
      ForeignKeyText key;
      key.prefix = prefix;
      key.columns = {column.name};
      ReadReferences(in, &key);
      table->foreign_keys.push_back(std::move(key));
      own = false;
    } else if (in.Is("NOT") && in.Is("NULL", 1)) {
      in.Skip();
      in.Skip();
      in.OnConflict();
      column.not_null = true;
    } else if (in.Take("NULL")) {
      in.OnConflict();
      own = false;
    } else if (in.Take("CHECK")) {
      in.SkipGroup();
    } else if (in.Take("DEFAULT")) {
      ReadDefault(in);
    } else if (in.Take("COLLATE")) {
      in.Name();
    } else if (in.Is("GENERATED") || in.Is("AS")) {
      if (in.Take("GENERATED")) in.Expect("ALWAYS");
      in.Expect("AS");
      in.SkipGroup();
      if (!in.Take("STORED")) in.Take("VIRTUAL");
    } else {
      in.Expect("a constraint that is known");
    }
    if (own) column.constraints += " " + prefix + in.Since(begin);
    prefix.clear();
  }
  table->columns.push_back(std::move(column));
}

void ReadTableConstraint(Reader& in, TableText* table) {
  std::string prefix;
  const std::size_t begin = in.place();
  if (in.Take("CONSTRAINT")) {
    in.Name();
    prefix = in.Since(begin) + " ";
    if (in.IsAny({",", ")"})) return;  // SQLite takes a name without a constraint
  }
  const std::size_t body = in.place();
  if (in.Take("PRIMARY")) {
    in.Expect("KEY");
    KeyText key{prefix, in.Items(), {}};
    key.suffix = in.OnConflict();
    table->key = std::move(key);
  } else if (in.Take("UNIQUE")) {
    KeyText key{prefix, in.Items(), {}};
    key.suffix = in.OnConflict();
    table->uniques.push_back(std::move(key));
  } else if (in.Take("CHECK")) {
    in.SkipGroup();
    std::string check = prefix + in.Since(body);
    in.OnConflict();  // SQLite takes it and ignores it
    table->checks.push_back(std::move(check));
  } else if (in.Take("FOREIGN")) {
    in.Expect("KEY");
    ForeignKeyText key;
    key.prefix = prefix;
    key.columns = in.Names();
    ReadReferences(in, &key);
    table->foreign_keys.push_back(std::move(key));
  } else {
    in.Expect("a constraint that is known");
  }
}

}  // namespace

std::string QuotedName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\"";
}

bool SameSqlName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && BeginsWithSqlName(a, b);
}

bool BeginsWithSqlName(std::string_view name, std::string_view beginning) {
  return name.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), name.begin(), [](char a, char b) {
           return absl::ascii_tolower(static_cast<unsigned char>(a)) ==
                  absl::ascii_tolower(static_cast<unsigned char>(b));
         });
}

std::string CreatedKind(std::string_view sql) {
  Reader in(sql);
  if (!in.Take("CREATE")) return {};
  while (in.IsAny({"TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL"})) in.Skip();
  for (const std::string_view kind : {"TABLE", "INDEX", "VIEW", "TRIGGER"}) {
    if (in.Is(kind)) return std::string(kind);
  }
  return {};
}

std::string ModuleOf(std::string_view sql) {
  Reader in(sql);
  for (const std::string_view word : {"CREATE", "VIRTUAL", "TABLE"}) in.Expect(word);
  in.Name();
  in.Expect("USING");
  std::string module = in.Name();
  return in.failed() ? std::string() : module;
}

std::optional<TableText> ParseCreateTable(std::string_view sql) {
  Reader in(sql);
  TableText table;
  in.Expect("CREATE");
  in.Expect("TABLE");
  in.Name();
  in.Expect("(");
  bool constraints = false;
  while (!in.failed()) {
    constraints = constraints || in.IsAny({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"});
    if (constraints) {
      ReadTableConstraint(in, &table);
    } else {
      ReadColumn(in, &table);
    }
    if (in.Take(")")) break;
    // Between constraints of the table the comma may be missing.
    if (!in.Take(",") && !constraints) in.Expect(",");
  }
  if (in.failed()) return std::nullopt;
  return table;
}

std::optional<IndexText> ParseCreateIndex(std::string_view sql) {
  Reader in(sql);
  IndexText index;
  in.Expect("CREATE");
  in.Take("UNIQUE");
  in.Expect("INDEX");
  in.Name();
  in.Expect("ON");
  in.Name();
  index.items = in.Items();
  if (in.Is("WHERE")) {
    const std::size_t begin = in.place();
    while (!in.AtEnd()) in.Skip();
    index.where = " " + in.Since(begin);
  }
  if (in.failed() || !in.AtEnd()) return std::nullopt;
  return index;
}

}  // namespace cordon::internal
