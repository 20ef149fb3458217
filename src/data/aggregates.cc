// SPDX-License-Identifier: Apache-2.0
#include "data/aggregates.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <new>
#include <string>
#include <tuple>
#include <vector>

namespace cordon::internal {
namespace {

// ---- lists --------------------------------------------------------------------------------------

struct Element {
  int rank = 0;  // numbers before texts, as SQLite orders them
  double number = 0;
  std::int64_t integer = 0;  // a double does not tell all of them apart
  std::string text;
  std::string other;  // the separator in front of it, or the value behind a name
  friend bool operator<(const Element& a, const Element& b) {
    return std::tie(a.rank, a.number, a.integer, a.text, a.other) <
           std::tie(b.rank, b.number, b.integer, b.text, b.other);
  }
};

// So that SQLite counts what is kept, and an analyst's limit of memory ends it.
template <class T>
struct Counted {
  using value_type = T;
  Counted() = default;
  template <class U>
  Counted(const Counted<U>&) {}  // NOLINT(google-explicit-constructor): as allocators are
  T* allocate(std::size_t count) {
    void* const place = sqlite3_malloc64(count * sizeof(T));
    if (place == nullptr) throw std::bad_alloc();
    return static_cast<T*>(place);
  }
  void deallocate(T* place, std::size_t) noexcept { sqlite3_free(place); }
  friend bool operator==(const Counted&, const Counted&) { return true; }
};
using Elements = std::vector<Element, Counted<Element>>;

struct List {
  Elements elements;
  std::size_t bytes = 0;
  bool too_big = false;
  bool out_of_memory = false;
};

std::string TextOf(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return text == nullptr ? std::string() : std::string(text, size);
}

List* ListOf(sqlite3_context* context) {
  auto** const place = static_cast<List**>(sqlite3_aggregate_context(context, sizeof(void*)));
  if (place == nullptr) return nullptr;
  if (*place == nullptr) *place = new (std::nothrow) List;
  return *place;
}

void Collect(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
  List* const list = ListOf(context);
  if (list == nullptr) return sqlite3_result_error_nomem(context);
  if (list->too_big || list->out_of_memory) return;
  try {
    Element element;
    const int type = sqlite3_value_type(arguments[0]);
    element.rank = type == SQLITE_INTEGER || type == SQLITE_FLOAT ? 0 : 1;
    if (element.rank == 0) {
      element.number = sqlite3_value_double(arguments[0]);
      element.integer = sqlite3_value_int64(arguments[0]);
    }
    element.text = TextOf(arguments[0]);
    element.other = count > 1 ? TextOf(arguments[1]) : ",";
    list->bytes += element.text.size() + element.other.size();
    const int limit = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1);
    list->too_big = list->bytes > static_cast<std::size_t>(limit);
    if (list->too_big) {
      list->elements.clear();
      return sqlite3_result_error_toobig(context);
    }
    list->elements.push_back(std::move(element));
  } catch (const std::bad_alloc&) {
    list->out_of_memory = true;
    sqlite3_result_error_nomem(context);
  }
}

// Calls write(elements in their order, text) and gives the text back.
template <class Write>
void Finish(sqlite3_context* context, bool json, const Write& write) noexcept {
  auto** const place = static_cast<List**>(sqlite3_aggregate_context(context, 0));
  List* const list = place == nullptr ? nullptr : *place;
  try {
    std::string text;
    if (list != nullptr && list->too_big) {
      sqlite3_result_error_toobig(context);
    } else if (list != nullptr && list->out_of_memory) {
      sqlite3_result_error_nomem(context);
    } else if (list == nullptr && !json) {
      sqlite3_result_null(context);
    } else {
      static const Elements kNone;
      if (list != nullptr) std::sort(list->elements.begin(), list->elements.end());
      write(list == nullptr ? kNone : list->elements, &text);
      sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      if (json) sqlite3_result_subtype(context, 'J');
    }
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
  delete list;
  if (place != nullptr) *place = nullptr;
}

void FinishConcat(sqlite3_context* context) noexcept {
  Finish(context, false, [](const Elements& elements, std::string* text) {
    for (const Element& element : elements) {
      if (&element != &elements.front()) *text += element.other;
      *text += element.text;
    }
  });
}

void FinishArray(sqlite3_context* context) noexcept {
  Finish(context, true, [](const Elements& elements, std::string* text) {
    *text = "[";
    for (const Element& element : elements) {
      *text += (&element == &elements.front() ? "" : ",") + element.text;
    }
    *text += "]";
  });
}

void FinishObject(sqlite3_context* context) noexcept {
  Finish(context, true, [](const Elements& elements, std::string* text) {
    *text = "{";
    for (const Element& element : elements) {
      *text += (&element == &elements.front() ? "" : ",") + element.text + ":" + element.other;
    }
    *text += "}";
  });
}

// ---- decimals -----------------------------------------------------------------------------------

__extension__ using Wide = __int128;  // the sum of 2^63 values of 64 bits

// In halves: SQLite's memory is aligned for 64 bits only.
struct Sum {
  std::uint64_t low;
  std::int64_t high;
  std::int64_t count;
  std::int64_t scale;

  [[nodiscard]] Wide units() const { return static_cast<Wide>(high) * (Wide{1} << 64) + low; }
  void Add(Wide by) {
    const Wide sum = units() + by;
    low = static_cast<std::uint64_t>(sum);
    high = static_cast<std::int64_t>(sum >> 64);
  }
};

template <int kSign>
void Add(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
  auto* const sum = static_cast<Sum*>(sqlite3_aggregate_context(context, sizeof(Sum)));
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER) {
    return sqlite3_result_error(context, "inexact", -1);
  }
  sum->Add(kSign * static_cast<Wide>(sqlite3_value_int64(arguments[0])));
  sum->count += kSign;
  sum->scale = count > 1 ? sqlite3_value_int64(arguments[1]) : 1;
}

void Mean(sqlite3_context* context) noexcept {
  const auto* const sum = static_cast<Sum*>(sqlite3_aggregate_context(context, 0));
  if (sum == nullptr || sum->count == 0) return sqlite3_result_null(context);
  sqlite3_result_double(context, static_cast<double>(sum->units()) /
                                     static_cast<double>(sum->count) /
                                     static_cast<double>(sum->scale));
}

void Exact(sqlite3_context* context) noexcept {
  const auto* const sum = static_cast<Sum*>(sqlite3_aggregate_context(context, 0));
  if (sum == nullptr || sum->count == 0) return sqlite3_result_null(context);
  const Wide units = sum->units();
  if (units > std::numeric_limits<std::int64_t>::max() ||
      units < std::numeric_limits<std::int64_t>::min()) {
    return sqlite3_result_error(context, "overflow", -1);
  }
  sqlite3_result_int64(context, static_cast<std::int64_t>(units));
}

void Total(sqlite3_context* context) noexcept {
  const auto* const sum = static_cast<Sum*>(sqlite3_aggregate_context(context, 0));
  if (sum == nullptr || sum->count == 0) return sqlite3_result_double(context, 0);
  sqlite3_result_double(context,
                        static_cast<double>(sum->units()) / static_cast<double>(sum->scale));
}

}  // namespace

int RegisterAggregates(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY | SQLITE_SUBTYPE;
  struct ListFunction {
    const char* name;
    int arguments;
    void (*finish)(sqlite3_context*);
  };
  for (const ListFunction& function : {ListFunction{"cordon_group_concat", 1, &FinishConcat},
                                       ListFunction{"cordon_group_concat", 2, &FinishConcat},
                                       ListFunction{"cordon_json_array", 1, &FinishArray},
                                       ListFunction{"cordon_json_object", 2, &FinishObject}}) {
    const int code =
        sqlite3_create_function_v2(db, function.name, function.arguments, kFlags, nullptr, nullptr,
                                   &Collect, function.finish, nullptr);
    if (code != SQLITE_OK) return code;
  }
  struct SumFunction {
    const char* name;
    int arguments;
    void (*value)(sqlite3_context*);
  };
  for (const SumFunction& function :
       {SumFunction{"cordon_sum", 1, &Exact}, SumFunction{"cordon_avg", 2, &Mean},
        SumFunction{"cordon_total", 2, &Total}}) {
    const int code =
        sqlite3_create_window_function(db, function.name, function.arguments, kFlags, nullptr,
                                       &Add<1>, function.value, function.value, &Add<-1>, nullptr);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace cordon::internal
