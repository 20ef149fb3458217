// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include "data/dialect_postgres.h"

namespace cordon::internal {
namespace {

// PostgreSQL gives a text the collation of the database where no argument has one.
constexpr std::string_view kCollated = " COLLATE \"C\")";

std::string TypeText(SqlType::Kind kind) {
  switch (kind) {
    case SqlType::kBoolean:
      return "boolean";
    case SqlType::kReal:
      return "double precision";
    case SqlType::kBlob:
      return "bytea";
    case SqlType::kText:
    case SqlType::kNull:
      return "text";
    case SqlType::kAny:
      return "cordon.value";
    default:
      return "bigint";
  }
}

// For a function that has one of its name for each type.
std::string Typed(const Operand& operand, SqlType::Kind kind) {
  return "(" + std::string(operand.text) + ")::" + TypeText(kind);
}
std::string Typed(const Operand& operand) { return Typed(operand, operand.type.kind); }

std::string AsNumber(const Operand& operand) {
  if (operand.type.kind == SqlType::kBoolean) return Typed(operand) + "::integer::bigint";
  return Typed(operand, operand.type.kind == SqlType::kReal ? SqlType::kReal : SqlType::kInteger);
}

std::string AsText(const Operand& operand) {
  switch (operand.type.kind) {
    case SqlType::kText:
    case SqlType::kNull:
      return Typed(operand);
    case SqlType::kAny:
      return "(cordon.value_to_text(" + std::string(operand.text) + ")" + std::string(kCollated);
    default:
      return "(cordon.to_text(" + AsNumber(operand) + ")" + std::string(kCollated);
  }
}

std::string AsValue(const Operand& operand) {
  if (operand.type.kind == SqlType::kAny || operand.type.kind == SqlType::kNull) {
    return Typed(operand, SqlType::kAny);
  }
  return "cordon.value_of(" + Typed(operand) + ")";
}

// ---- which texts are JSON -----------------------------------------------------------------------

// SQLite marks what its JSON functions give, and such a text goes into json_array() and its like as
// it is, any other one as a string. Here the call is the mark.
constexpr std::string_view kJsonCalls[] = {
    "cordon.json(",       "cordon.json_extract_all(", "cordon.json_arrow(",
    "cordon.json_array(", "cordon.json_object(",      "cordon.json_group_array(",
    "cordon.json_edit(",  "cordon.json_remove(",      "cordon.json_group_object(",
    "cordon.json_patch(", "cordon.json_plain(",
};

// Behind the parenthesis that closes what opens at `at`.
std::size_t Behind(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\'' || text[at] == '"') {
      at = text.find(text[at], at + 1);
      if (at == std::string_view::npos) return text.size();
    }
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at + 1;
  }
  return text.size();
}

// The arguments of the call that the text is; none when it is not just that call.
std::vector<std::string_view> ArgumentsOf(std::string_view text, std::string_view call) {
  std::vector<std::string_view> arguments;
  if (!text.starts_with(call) || Behind(text, call.size() - 1) != text.size()) return arguments;
  std::size_t begin = call.size();
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\'' || c == '"') at = text.find(c, at + 1);
    if (c == '(') at = Behind(text, at) - 1;
    if (c != ',' && c != ')') continue;
    arguments.push_back(text.substr(begin, at - begin));
    begin = at + 2;
  }
  return arguments;
}

std::string_view WithoutParentheses(std::string_view text) {
  while (text.starts_with('(') && Behind(text, 0) == text.size()) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

bool IsJson(std::string_view text) {
  text = WithoutParentheses(text);
  const bool query = text.starts_with("SELECT ");
  if (query) text.remove_prefix(7);
  const auto ends = [&](std::string_view rest) {
    return rest.empty() || rest == " COLLATE \"C\"" ||
           (query && (rest.starts_with(" FROM ") || rest.starts_with(" AS ")));
  };
  if (text.starts_with('(')) {
    const std::size_t behind = Behind(text, 0);
    return ends(text.substr(behind)) && IsJson(text.substr(0, behind));
  }
  for (const std::string_view call : kJsonCalls) {
    if (text.starts_with(call)) return ends(text.substr(Behind(text, call.size() - 1)));
  }
  return false;
}

std::string Quoted(std::string_view text, const SqlType& type);

// A CASE with each of its results quoted; nothing when the text is no CASE.
std::string QuotedCase(std::string_view text, const SqlType& type) {
  std::string quoted;
  std::size_t result = 0;  // where the one at hand begins
  std::size_t copied = 0;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\'' || text[at] == '"') at = text.find(text[at], at + 1);
    if (text[at] == '(') at = Behind(text, at) - 1;
    if (at > 0 && text[at - 1] != ' ') continue;
    const std::string_view word = text.substr(at, text.find_first_of(" )", at) - at);
    if (word == "CASE") ++depth;
    if (depth == 0) return "";
    if (depth == 1 && result > 0 && (word == "WHEN" || word == "ELSE" || word == "END")) {
      quoted += Quoted(text.substr(result, at - 1 - result), type) + " ";
      copied = at;
      result = 0;
    }
    if (depth == 1 && (word == "THEN" || word == "ELSE")) {
      result = at + 5;
      quoted += text.substr(copied, result - copied);
    }
    if (word == "END" && --depth == 0 && at + 3 < text.size()) return "";
  }
  return quoted.empty() ? "" : "(" + quoted + "END)";
}

// The operand as a JSON text; NULL of NULL. What is chosen is JSON or not by what it is chosen
// from.
std::string Quoted(std::string_view text, const SqlType& type) {
  if (type.kind == SqlType::kNull) return "NULL::text";
  if (type.kind == SqlType::kText) {
    if (IsJson(text)) return std::string(text);
    const std::string_view bare = WithoutParentheses(text);
    if (std::string chosen = QuotedCase(bare, type); !chosen.empty()) return chosen;
    if (const auto pair = ArgumentsOf(bare, "nullif("); pair.size() == 2 && IsJson(pair[0])) {
      return std::string(text);
    }
    std::string list;
    for (const std::string_view choice : ArgumentsOf(bare, "coalesce(")) {
      list += (list.empty() ? "coalesce(" : ", ") + Quoted(choice, type);
    }
    if (!list.empty()) return list + ")";
  }
  return "cordon.json_quote((" + std::string(text) + ")::" + TypeText(type.kind) + ")";
}
std::string AsJson(const Operand& operand) {
  return "(coalesce(" + Quoted(operand.text, operand.type) + ", 'null')" + std::string(kCollated);
}

// ---- calls --------------------------------------------------------------------------------------

std::string Texts(std::span<const Operand> operands) {
  std::string list;
  for (const Operand& operand : operands) list += (list.empty() ? "" : ", ") + AsText(operand);
  return list;
}

// So many that there may be none.
std::string Variadic(const std::string& list) {
  return list.empty() ? "VARIADIC ARRAY[]::text[]" : list;
}

CallText Text(const std::string& call) { return {"(" + call + std::string(kCollated), ""}; }

// Lists of JSON, `name` around them.
CallText Group(const std::string& name, const std::string& list, const std::string& order) {
  return {"(cordon." + name + "(string_agg(" + list + ", ','" +
              (order.empty() ? "" : " ORDER BY " + order) + ")",
          ")" + std::string(kCollated)};
}

CallText Concat(std::span<const Operand> arguments, bool distinct, bool windowed) {
  const Operand& value = arguments[0];
  if (distinct && value.type.kind != SqlType::kText) {
    return {"(cordon.concat_distinct(array_agg(" + AsValue(value) + ")",
            ")" + std::string(kCollated)};
  }
  const std::string text = AsText(value);
  const std::string separator =
      arguments.size() > 1 ? "coalesce(" + AsText(arguments[1]) + ", '')" : "','";
  std::string order;
  if (!windowed) {
    order = " ORDER BY ";
    if (value.type.kind == SqlType::kAny) {
      order += "cordon.value_key(" + std::string(value.text) + "), ";
    } else if (value.type.kind != SqlType::kText) {
      order += std::string(value.text) + ", ";
    }
    order += text;
    if (arguments.size() > 1) order += ", " + separator;
  }
  return {"(string_agg(" + std::string(distinct ? "DISTINCT " : "") + text + ", " + separator +
              order + ")",
          std::string(kCollated)};
}

CallText MinMax(std::span<const Operand> arguments, const SqlType& result, bool max) {
  const std::string name = max ? "max(" : "min(";
  if (arguments.size() == 1) {
    switch (arguments[0].type.kind) {
      case SqlType::kBoolean:
        return {(max ? "bool_or(" : "bool_and(") + std::string(arguments[0].text) + ")", ""};
      case SqlType::kBlob:
        // Digits have the order of the bytes; PostgreSQL has no min() of bytes.
        return {"decode(" + name + "encode(" + std::string(arguments[0].text) +
                    ", 'hex') COLLATE \"C\")",
                ", 'hex')"};
      default:
        return {name + Typed(arguments[0]) + ")", ""};
    }
  }
  if (result.kind == SqlType::kNull) return {"NULL", ""};
  std::string text;
  for (const Operand& argument : arguments) {
    const std::string typed = Typed(argument, result.kind);
    text = text.empty() ? typed : "cordon." + name + text + ", " + typed + ")";
  }
  return {text, ""};
}

std::string Edited(const Function& function, std::span<const Operand> arguments,
                   const SqlType& result) {
  std::string parts;
  std::string values;
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const Operand& value = arguments[i + 1];
    parts += (i > 1 ? ", " : "") + AsText(arguments[i]) + ", " + AsJson(value);
    values += ", ";
    values += value.type.kind == SqlType::kText && IsJson(value.text)
                  ? "cordon.value_of_json(" + std::string(value.text) + ")"
                  : AsValue(value);
  }
  const bool any = result.kind == SqlType::kAny;
  return std::string(any ? "cordon.json_edit_value('" : "cordon.json_edit('") +
         std::string(function.name.substr(5)) + "', " + AsText(arguments[0]) + ", ARRAY[" + parts +
         "]" + (any ? values : "") + ")";
}

}  // namespace

CallText PostgresAggregate(const Function& function, std::span<const Operand> arguments,
                           const SqlType& result, bool distinct, bool windowed) {
  if (arguments.empty()) return {"count(*)", ""};
  const Operand& value = arguments[0];
  const std::string once = distinct ? "(DISTINCT " : "(";
  const bool real = value.type.kind == SqlType::kReal;
  // Sums of what is exact are exact, in whatever order.
  const std::string unit =
      arguments.size() > 1 ? Typed(arguments[1], SqlType::kInteger) : "1::bigint";
  switch (function.rule) {
    case Rule::kCount:
      return {"count" + once +
                  (distinct && value.type.kind == SqlType::kAny
                       ? "cordon.value_key(" + std::string(value.text) + ")"
                       : Typed(value)) +
                  ")",
              ""};
    case Rule::kSum:
      // SQLite has no NaN, but NULL.
      if (real) return {"nullif(sum" + once + AsNumber(value) + ")", ", 'NaN'::double precision)"};
      return {"(sum" + once + AsNumber(value) + ")", "::bigint)"};
    case Rule::kTotal:
      if (real) {
        return {"coalesce(nullif(sum" + once + AsNumber(value) + ")",
                ", 'NaN'::double precision), 0)"};
      }
      return {"(coalesce(sum" + once + AsNumber(value) + ")",
              "::double precision, 0) / " + unit + "::double precision)"};
    case Rule::kAvg:
      if (real) return {"nullif(avg" + once + AsNumber(value) + ")", ", 'NaN'::double precision)"};
      return {"cordon.mean(sum" + once + AsNumber(value) + "::numeric * 18446744073709551616 + 1)",
              ", " + unit + ")"};
    case Rule::kMinMax:
      return MinMax(arguments, result, function.name == "max");
    case Rule::kConcat:
      return Concat(arguments, distinct, windowed);
    case Rule::kJsonArrayOf: {
      const std::string json = AsJson(value);
      return Group("json_group_array", (distinct ? "DISTINCT " : "") + json, windowed ? "" : json);
    }
    default: {
      const std::string json = AsJson(arguments[1]);
      if (windowed) {
        // SQLite's own, which leaves out a label that is NULL.
        return Group("json_group_object",
                     "coalesce(cordon.json_quote(" + AsText(value) + "), '') || ':' || " + json,
                     "");
      }
      const std::string label = AsJson(value);
      return Group("json_group_object", label + " || ':' || " + json, label + ", " + json);
    }
  }
}

CallText PostgresJson(const Function& function, std::span<const Operand> arguments,
                      const SqlType& result, bool /*distinct*/, bool /*windowed*/) {
  std::string list;
  switch (function.rule) {
    case Rule::kJsonValid:
      return {"cordon.json_valid(" + Texts(arguments) + ")", ""};
    case Rule::kJsonExtract:
      if (arguments.size() == 2) return {"cordon.json_extract(" + Texts(arguments) + ")", ""};
      return Text("cordon.json_extract_all(" + Texts(arguments) + ")");
    case Rule::kJsonLength:
      return {"cordon.json_array_length(" + Texts(arguments) + ")", ""};
    case Rule::kJsonArray:
      for (const Operand& operand : arguments) list += (list.empty() ? "" : ", ") + AsJson(operand);
      return Text("cordon.json_array(" + Variadic(list) + ")");
    case Rule::kJsonObject:
      for (std::size_t i = 0; i < arguments.size(); i += 2) {
        list += (i > 0 ? ", " : "") + ("cordon.json_label(" + Typed(arguments[i]) + "), ") +
                AsJson(arguments[i + 1]);
      }
      return Text("cordon.json_object(" + Variadic(list) + ")");
    case Rule::kJsonQuote:
      return Text("cordon.json_plain(" + Quoted(arguments[0].text, arguments[0].type) + ")");
    case Rule::kJsonSet:
      if (result.kind == SqlType::kAny) return {Edited(function, arguments, result), ""};
      return Text(Edited(function, arguments, result));
    case Rule::kJsonRemove:
      return Text("cordon.json_remove(" + AsText(arguments[0]) + ", " +
                  Variadic(Texts(arguments.subspan(1))) + ")");
    default:  // json, json_type, json_patch
      return Text("cordon." + std::string(function.name) + "(" + Texts(arguments) + ")");
  }
}

}  // namespace cordon::internal
