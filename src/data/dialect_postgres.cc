// SPDX-License-Identifier: Apache-2.0
#include "data/dialect_postgres.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/data/internal/lexer.h"

namespace cordon::internal {
namespace {

using Operands = std::span<const Operand>;

std::string Cat(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// ---- operands as what the server's functions take -----------------------------------------------

std::string_view TypeName(SqlType::Kind kind) {
  switch (kind) {
    case SqlType::kInteger:
    case SqlType::kTimestamp:
    case SqlType::kDecimal:
      return "bigint";
    case SqlType::kBlob:
      return "bytea";
    case SqlType::kBoolean:
      return "boolean";
    case SqlType::kReal:
      return "double precision";
    case SqlType::kAny:
      return "cordon.value";
    case SqlType::kNull:
    case SqlType::kText:
      break;
  }
  return "text";
}

std::string Cast(std::string_view text, std::string_view type) {
  return Cat({"(", text, ")::", type});
}

// SQLite's CAST, and what its functions make of their arguments.
std::string Integer(const Operand& operand) {
  switch (operand.type.kind) {
    case SqlType::kNull:
      return Cast(operand.text, "bigint");
    case SqlType::kBoolean:
      return Cat({"((", operand.text, ")::integer::bigint)"});
    case SqlType::kReal:
    case SqlType::kText:
      return Cat({"cordon.to_integer(", operand.text, ")"});
    case SqlType::kAny:
      return Cat({"cordon.value_to_integer(", operand.text, ")"});
    default:
      return std::string(operand.text);
  }
}

std::string Real(const Operand& operand) {
  switch (operand.type.kind) {
    case SqlType::kReal:
      return std::string(operand.text);
    case SqlType::kText:
      return Cat({"cordon.to_real(", operand.text, ")"});
    case SqlType::kAny:
      return Cat({"cordon.value_to_real(", operand.text, ")"});
    case SqlType::kBoolean:
      return Cast(Integer(operand), "double precision");
    default:
      return Cast(operand.text, "double precision");
  }
}

std::string Text(const Operand& operand) {
  switch (operand.type.kind) {
    case SqlType::kText:
      return std::string(operand.text);
    case SqlType::kNull:
      return Cast(operand.text, "text");
    case SqlType::kBoolean:
      return Cat({"cordon.to_text(", Integer(operand), ")"});
    case SqlType::kAny:
      return Cat({"cordon.value_to_text(", operand.text, ")"});
    default:
      return Cat({"cordon.to_text(", operand.text, ")"});
  }
}

// An operand that stands beside others of the kind.
std::string As(const Operand& operand, SqlType::Kind kind) {
  if (operand.type.kind == SqlType::kNull) return Cast(operand.text, TypeName(kind));
  // Flags go with the literals 0 and 1.
  if (operand.type.kind == SqlType::kBoolean && kind != SqlType::kBoolean) return Integer(operand);
  if (operand.type.kind != SqlType::kBoolean && kind == SqlType::kBoolean) {
    return Cat({"(", operand.text, " <> 0)"});
  }
  if (kind == SqlType::kReal) return Real(operand);
  return std::string(operand.text);
}

// A number for a parameter of type integer that counts from `least` on.
std::string Counter(const Operand& operand, std::int64_t least, std::string_view of_null) {
  return Cat({"least(greatest(coalesce(", Integer(operand), ", ", of_null, "), ",
              std::to_string(least), "), 2147483647)::integer"});
}

std::string Call(std::string_view name, std::initializer_list<std::string_view> arguments) {
  std::string text = Cat({name, "("});
  for (const std::string_view& argument : arguments) {
    text += Cat({&argument == arguments.begin() ? "" : ", ", argument});
  }
  return text + ")";
}

std::string List(Operands arguments, SqlType::Kind kind) {
  std::string list;
  for (const Operand& operand : arguments) {
    list += Cat({list.empty() ? "" : ", ", As(operand, kind)});
  }
  return list;
}

// A text of the statement, which the engine's lock reads like any other.
std::string Literal(std::string_view text) {
  std::string quoted = "\x01L'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'\x02";
}

std::string Unquoted(std::string_view literal) {
  std::string text;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    text += literal[i];
    if (literal[i] == '\'') ++i;
  }
  return text;
}

// ---- windows ------------------------------------------------------------------------------------

CallText Window(const Function& function, Operands arguments) {
  std::string name(function.name);
  switch (function.rule) {
    case Rule::kTile:
      // As on SQLite, an error where there is no number of rows.
      return {Cat({"(", name, "(", Counter(arguments[0], 0, "0"), ")"}), ")::bigint"};
    case Rule::kOffset: {
      SqlType::Kind kind = arguments[0].type.kind;
      if (kind == SqlType::kNull && arguments.size() == 3) kind = arguments[2].type.kind;
      std::string text = Cat({name, "(", As(arguments[0], kind)});
      // No row lies at NULL: the default.
      if (arguments.size() > 1) {
        text += Cat({", ", Counter(arguments[1], -2147483647, "2147483647")});
      }
      if (arguments.size() > 2) text += Cat({", ", As(arguments[2], kind)});
      return {text + ")", ""};
    }
    case Rule::kNthValue:
      return {Call(name, {As(arguments[0], arguments[0].type.kind), Counter(arguments[1], 0, "0")}),
              ""};
    default:
      return {
          Cat({name, "(", arguments.empty() ? "" : As(arguments[0], arguments[0].type.kind), ")"}),
          ""};
  }
}

// ---- times --------------------------------------------------------------------------------------

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void SkipSpaces(std::string_view* text) {
  while (!text->empty() && IsSpace(text->front())) text->remove_prefix(1);
}

// A number as SQLite reads one: all of the text, but for spaces around it.
std::optional<double> NumberOf(std::string_view text) {
  SkipSpaces(&text);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = error == std::errc() && end == text.data() + text.size();
  // It knows infinity and the like as well.
  return all && !std::isalpha(static_cast<unsigned char>(text.back())) ? std::optional(number)
                                                                       : std::nullopt;
}

std::optional<int> TwoDigits(std::string_view* text, int most) {
  if (text->size() < 2 || !IsDigit((*text)[0]) || !IsDigit((*text)[1])) return std::nullopt;
  const int value = ((*text)[0] - '0') * 10 + ((*text)[1] - '0');
  text->remove_prefix(2);
  return value <= most ? std::optional(value) : std::nullopt;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// HH:MM, HH:MM:SS or HH:MM:SS.FFF with or without a zone, in milliseconds of a day.
std::optional<std::int64_t> TimeOfDay(std::string_view text) {
  const auto hours = TwoDigits(&text, 24);
  if (!hours || !Take(&text, ':')) return std::nullopt;
  const auto minutes = TwoDigits(&text, 59);
  if (!minutes) return std::nullopt;
  double seconds = 0;
  if (Take(&text, ':')) {
    const std::string_view spelled = text;
    if (!TwoDigits(&text, 59)) return std::nullopt;
    if (text.size() > 1 && text[0] == '.' && IsDigit(text[1])) {
      text.remove_prefix(1);
      while (!text.empty() && IsDigit(text[0])) text.remove_prefix(1);
    }
    seconds = NumberOf(spelled.substr(0, spelled.size() - text.size())).value_or(0);
  }
  SkipSpaces(&text);
  std::int64_t zone = 0;
  if (!Take(&text, 'Z') && !Take(&text, 'z') && !text.empty()) {
    const bool west = Take(&text, '-');
    if (!west && !Take(&text, '+')) return std::nullopt;
    const auto zone_hours = TwoDigits(&text, 14);
    if (!zone_hours || !Take(&text, ':')) return std::nullopt;
    const auto zone_minutes = TwoDigits(&text, 59);
    if (!zone_minutes) return std::nullopt;
    zone = (*zone_hours * 60 + *zone_minutes) * (west ? -1 : 1);
  }
  SkipSpaces(&text);
  if (!text.empty()) return std::nullopt;
  constexpr std::int64_t kDay = 86400000;
  return (kDay + *hours * std::int64_t{3600000} + (*minutes - zone) * std::int64_t{60000} +
          static_cast<std::int64_t>(seconds * 1000 + 0.5)) %
         kDay;
}

// What cordon.moment() does to a time, one after the other; see functions.cc.
enum class Step : std::uint8_t { kFail, kMilliseconds, kMonths, kWeekday, kDay, kMonth, kYear };
// What a number says that stands where a time is wanted.
enum class Number : std::uint8_t { kJulianDay, kAuto, kSeconds, kOnlyJulianDay };

struct Steps {
  std::string list;
  void Add(Step step, std::int64_t amount = 0) {
    list += Cat({list.empty() ? "" : ", ", std::to_string(static_cast<int>(step)), ", ",
                 std::to_string(amount)});
  }
};

// '+1.5 days' and the like; false when it is none.
bool AddAmount(std::string_view modifier, Steps* steps) {
  std::size_t end = 1;
  while (end < modifier.size() && modifier[end] != ':' && !IsSpace(modifier[end])) ++end;
  const auto number = NumberOf(modifier.substr(0, end));
  if (!number) return false;
  if (end < modifier.size() && modifier[end] == ':') {
    const bool negative = modifier[0] == '-';
    if (!IsDigit(modifier[0])) modifier.remove_prefix(1);
    const auto time = TimeOfDay(modifier);
    if (time) steps->Add(Step::kMilliseconds, negative ? -*time : *time);
    return time.has_value();
  }
  std::string_view unit = modifier.substr(end);
  SkipSpaces(&unit);
  if (unit.size() < 3 || unit.size() > 10) return false;
  if (unit.back() == 's' || unit.back() == 'S') unit.remove_suffix(1);
  struct Unit {
    std::string_view name;
    float below;  // SQLite's own bounds
    double seconds;
    std::int64_t months;
  };
  constexpr Unit kUnits[] = {{"second", 4.6427e+14F, 1, 0},    {"minute", 7.7379e+12F, 60, 0},
                             {"hour", 1.2897e+11F, 3600, 0},   {"day", 5373485.0F, 86400, 0},
                             {"month", 176546.0F, 2592000, 1}, {"year", 14713.0F, 31536000, 12}};
  for (const Unit& known : kUnits) {
    const double below = static_cast<double>(known.below);
    if (!SameName(unit, known.name) || *number <= -below || *number >= below) continue;
    double rest = *number;
    if (known.months != 0) {
      steps->Add(Step::kMonths, static_cast<std::int64_t>(rest) * known.months);
      rest -= std::trunc(rest);
    }
    steps->Add(Step::kMilliseconds, static_cast<std::int64_t>(rest * 1000.0 * known.seconds +
                                                              (*number < 0 ? -0.5 : 0.5)));
    return true;
  }
  return false;
}

// What stands between the time and the end of the call: ", first, steps".
std::string Modifiers(Operands modifiers, bool timestamp) {
  Number number = timestamp ? Number::kSeconds : Number::kJulianDay;
  Steps steps;
  for (const Operand& operand : modifiers) {
    const std::string modifier = Unquoted(operand.literal);
    const bool first = !timestamp && &operand == &modifiers.front();
    const auto is = [&](std::string_view word) { return SameName(modifier, word); };
    if (is("start of day")) {
      steps.Add(Step::kDay);
    } else if (is("start of month")) {
      steps.Add(Step::kMonth);
    } else if (is("start of year")) {
      steps.Add(Step::kYear);
    } else if (first && is("auto")) {
      number = Number::kAuto;
    } else if (first && is("unixepoch")) {
      number = Number::kSeconds;
    } else if (first && is("julianday")) {
      number = Number::kOnlyJulianDay;
    } else if (SameName(modifier.substr(0, 8), "weekday ")) {
      const auto day = NumberOf(std::string_view(modifier).substr(8));
      if (day && *day >= 0 && *day < 7 && std::trunc(*day) == *day) {
        steps.Add(Step::kWeekday, static_cast<std::int64_t>(*day));
      } else {
        steps.Add(Step::kFail);
      }
    } else if (modifier.empty() ||
               !(IsDigit(modifier[0]) || modifier[0] == '+' || modifier[0] == '-') ||
               !AddAmount(modifier, &steps)) {
      steps.Add(Step::kFail);
    }
  }
  return Cat(
      {", ", std::to_string(static_cast<int>(number)), ", ARRAY[", steps.list, "]::bigint[]"});
}

CallText Time(const Function& function, Operands arguments) {
  const bool formatted = function.rule == Rule::kStrftime;
  const Operand& time = arguments[formatted ? 1 : 0];
  const bool timestamp = time.type.kind == SqlType::kTimestamp;
  const Operands modifiers = arguments.subspan(formatted ? 2 : 1);
  std::string value;
  if (timestamp && modifiers.empty()) {
    value = time.text;
    if (formatted) value = Cat({Text(arguments[0]), ", ", value});
    return {Cat({"cordon.", function.name, "(", value, ")"}), ""};
  }
  switch (time.type.kind) {
    case SqlType::kText:
    case SqlType::kNull:
      value = Cat({Text(time), ", NULL"});
      break;
    case SqlType::kAny:
      value = Cat({"cordon.moment_text(", time.text, "), NULL"});
      break;
    case SqlType::kTimestamp:
      value = Cat({"NULL, cordon.unix(", time.text, ")"});
      break;
    default:
      value = Cat({"NULL, ", Real(time)});
      break;
  }
  value += Modifiers(modifiers, timestamp);
  if (formatted) return {Call("cordon.strftime", {Text(arguments[0]), value}), ""};
  return {Cat({"cordon.", function.name, "(", value, ")"}), ""};
}

// ---- formats ------------------------------------------------------------------------------------

struct Directive {
  std::string flags;  // of "-0#!,", then a sign's
  int width = 0;
  int digits = -1;
  char conversion = 0;
};

// Reads what is behind '%'. A conversion that SQLite does not know, or none, is 0.
Directive ReadDirective(std::string_view format, std::size_t* at) {
  Directive directive;
  char sign = 0;
  const auto here = [&] { return *at < format.size() ? format[*at] : '\0'; };
  const auto number = [&] {
    int value = 0;
    for (; IsDigit(here()); ++*at) value = value * 10 + (here() - '0');
    return value;
  };
  for (;; ++*at) {
    const char c = here();
    if (c == '+' || c == ' ') {
      sign = c;
    } else if (c == '-' || c == '#' || c == '!' || c == '0' || c == ',') {
      directive.flags += c;
    } else {
      break;
    }
  }
  if (IsDigit(here())) directive.width = number();
  if (here() == '.') {
    ++*at;
    directive.digits = number();
  }
  for (int longs = 0; longs < 2 && here() == 'l'; ++longs) ++*at;
  if (sign != 0) directive.flags += sign;
  const char c = here();
  if (std::string_view("diuoxXprfeEgGszcqQwn%").find(c) != std::string_view::npos && c != '\0') {
    directive.conversion = c;
    ++*at;
  }
  return directive;
}

// format() with the format taken apart: texts, and a call for each directive.
std::string Format(Operands arguments) {
  const std::string format = Unquoted(arguments[0].literal);
  constexpr Operand kMissing = {"NULL", {SqlType::kNull, 0, true}};
  std::size_t next = 1;
  const auto argument = [&]() -> const Operand& {
    return next < arguments.size() ? arguments[next++] : kMissing;
  };
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < format.size()) {
    const std::size_t percent = std::min(format.find('%', at), format.size());
    if (percent > at) parts.push_back(Literal(std::string_view(format).substr(at, percent - at)));
    if (percent == format.size()) break;
    at = percent + 1;
    if (at == format.size()) {
      parts.push_back(Literal("%"));
      break;
    }
    const Directive directive = ReadDirective(format, &at);
    const std::string how =
        Cat({Literal(std::string(1, directive.conversion)), ", ", Literal(directive.flags), ", ",
             std::to_string(directive.width), ", ", std::to_string(directive.digits)});
    switch (directive.conversion) {
      case 0:
        at = format.size();  // SQLite's own end
        break;
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
      case 'p':
      case 'r':
        parts.push_back(
            Call("cordon.format_integer", {Cat({"coalesce(", Integer(argument()), ", 0)"}), how}));
        break;
      case 'f':
      case 'e':
      case 'E':
      case 'g':
      case 'G':
        parts.push_back(
            Call("cordon.format_real", {Cat({"coalesce(", Real(argument()), ", 0)"}), how}));
        break;
      case 'n':
        parts.push_back(Literal(""));
        break;
      case '%':
        parts.push_back(Call("cordon.format_text", {Literal("%"), how}));
        break;
      default:
        parts.push_back(Call("cordon.format_text", {Text(argument()), how}));
        break;
    }
  }
  if (parts.empty()) return "NULL::text";
  std::string text;
  for (const std::string& part : parts) text += Cat({text.empty() ? "" : " || ", part});
  return text;
}

// ---- everything else ----------------------------------------------------------------------------

std::string Scalar(const Function& function, Operands arguments, const SqlType& result) {
  const SqlType::Kind kind = arguments.empty() ? SqlType::kNull : arguments[0].type.kind;
  const std::string name(function.name);
  switch (function.rule) {
    case Rule::kCoalesce:
      return Cat({"coalesce(", List(arguments, result.kind), ")"});
    case Rule::kNullIf:
      return Cat({kind == SqlType::kAny ? "cordon.null_if(" : "nullif(",
                  List(arguments, result.kind), ")"});
    case Rule::kIif:
      return Cat({"CASE WHEN ", As(arguments[0], SqlType::kBoolean), " THEN ",
                  As(arguments[1], result.kind), " ELSE ", As(arguments[2], result.kind), " END"});
    case Rule::kLength:
      if (kind == SqlType::kBlob) return Cast(Call("octet_length", {arguments[0].text}), "bigint");
      return Cast(Call("char_length", {Text(arguments[0])}), "bigint");
    case Rule::kUnicode:
      return Cat({"nullif(ascii(", Text(arguments[0]), "), 0)::bigint"});
    case Rule::kText:
      // Of ASCII alone, as on SQLite.
      return Cat({name, "((", Text(arguments[0]), ") COLLATE \"C\")"});
    case Rule::kTrim:
      return Call(name == "trim" ? "btrim" : name,
                  {Text(arguments[0]), arguments.size() > 1 ? Text(arguments[1]) : "' '"});
    case Rule::kSubstr: {
      const std::string of =
          kind == SqlType::kBlob ? std::string(arguments[0].text) : Text(arguments[0]);
      if (arguments.size() == 2) return Call("cordon.substr", {of, Integer(arguments[1])});
      return Call("cordon.substr", {of, Integer(arguments[1]), Integer(arguments[2])});
    }
    case Rule::kReplace:
      return Call("cordon.replace",
                  {result.kind == SqlType::kAny ? arguments[0].text : Text(arguments[0]),
                   Text(arguments[1]), Text(arguments[2])});
    case Rule::kInstr:
      return Cast(Call("strpos", {Text(arguments[0]), Text(arguments[1])}), "bigint");
    case Rule::kHex:
      return Call("cordon.hex",
                  {kind == SqlType::kBlob ? std::string(arguments[0].text)
                                          : Call("cordon.to_bytes", {Text(arguments[0])})});
    case Rule::kChar: {
      std::string text;
      for (const Operand& operand : arguments) {
        text += Cat({text.empty() ? "" : " || ", "cordon.char(", Integer(operand), ")"});
      }
      return text.empty() ? "''::text" : text;
    }
    case Rule::kQuote:
      if (kind == SqlType::kBoolean) return Call("cordon.quote", {Integer(arguments[0])});
      return Call("cordon.quote", {As(arguments[0], kind)});
    case Rule::kTypeOf:
      if (kind == SqlType::kAny) return Call("cordon.value_type", {arguments[0].text});
      return Cat({"CASE WHEN ", As(arguments[0], kind), " IS NULL THEN 'null' ELSE '",
                  kind == SqlType::kText   ? "text"
                  : kind == SqlType::kBlob ? "blob"
                  : kind == SqlType::kReal ? "real"
                                           : "integer",
                  "' END"});
    case Rule::kFormat:
      return Format(arguments);
    case Rule::kAbs:
      return Call("abs", {kind == SqlType::kReal ? arguments[0].text : Integer(arguments[0])});
    case Rule::kSign:
      return Cast(Call("sign", {Real(arguments[0])}), "bigint");
    case Rule::kRound:
      return Call("cordon.round",
                  {Real(arguments[0]), arguments.size() > 1 ? Integer(arguments[1]) : "0"});
    case Rule::kCeil:
      if (kind != SqlType::kReal) return std::string(arguments[0].text);
      return Call(name, {arguments[0].text});
    case Rule::kReal:
      return Call(Cat({"cordon.", name}), {Real(arguments[0])});
    case Rule::kReal2:
      return Call(Cat({"cordon.", name == "mod"     ? "fmod"
                                  : name == "power" ? "pow"
                                                    : name}),
                  {Real(arguments[0]), Real(arguments[1])});
    case Rule::kPi:
      return "pi()";
    default:
      return "NULL";
  }
}

}  // namespace

CallText PostgresCall(const Function& function, std::span<const Operand> arguments,
                      const SqlType& result, bool distinct, bool windowed) {
  const Rule rule = function.rule;
  if (IsAggregate(rule)) {
    return PostgresAggregate(function, arguments, result, distinct, windowed);
  }
  if (IsWindow(rule)) return Window(function, arguments);
  CallText call;
  if (rule >= Rule::kJson && rule <= Rule::kJsonRemove) {
    return PostgresJson(function, arguments, result, distinct, windowed);
  }
  if (rule >= Rule::kDateText && rule <= Rule::kUnix) {
    call = Time(function, arguments);
  } else {
    call.head = Scalar(function, arguments, result);
  }
  if (result.kind == SqlType::kNull) return {"NULL", ""};
  // The server's own collation is the database's.
  call.head = Cat({"(", call.head, result.kind == SqlType::kText ? " COLLATE \"C\")" : ")"});
  return call;
}

}  // namespace cordon::internal
