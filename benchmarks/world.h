// SPDX-License-Identifier: Apache-2.0
//
// What the benchmarks share: a directory for their files, a platform with tenants that can be
// entered, and the hand-written side: the SQLite C API as careful code uses it.
#ifndef CORDON_BENCHMARKS_WORLD_H_
#define CORDON_BENCHMARKS_WORLD_H_

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cordon/cordon.h"

namespace cordon::bench {

[[noreturn]] inline void Die(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) Die(status);
}
template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status());
  return *std::move(value);
}

// A directory that goes with the process. In memory where the machine has room for it: a commit
// waits for the disk, on both sides alike, and would drown what is to be measured.
class Scratch {
 public:
  Scratch() {
    std::error_code none;
    const std::filesystem::path memory = "/dev/shm";
    const bool room = std::filesystem::space(memory, none).available > 4'000'000'000 && !none;
    std::string pattern =
        ((room ? memory : std::filesystem::temp_directory_path()) / "cordon_bench_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string File(const std::string& name) const { return directory_ + "/" + name; }

 private:
  std::string directory_;
};

// A new tenant and a session of it.
template <class Product>
Session<Product> OpenTenant(const Platform<Product>& platform) {
  const Principal user = Must(Principal::User("bench"));
  const TenantId id = Must(platform.tenants().Create("tenant"));
  Must(platform.tenants().AddMember(id, user));
  const TenantContext context = Must(platform.Enter(AssertVerified(user), id, Purpose("bench"),
                                                    {.lifetime = std::chrono::hours(2)}));
  return Must(platform.OpenSession(context));
}

// ---- by hand ------------------------------------------------------------------------------------

inline void MustBeOk(int code, sqlite3* db) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
  std::exit(1);
}

// A connection with the pragmas that Cordon's own have.
class Handle {
 public:
  explicit Handle(const std::string& path) {
    MustBeOk(
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr),
        db_);
    sqlite3_busy_timeout(db_, 5000);
    for (const char* pragma :
         {"PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0",
          "PRAGMA cell_size_check=ON", "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"}) {
      Run(pragma);
    }
  }
  ~Handle() { sqlite3_close_v2(db_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void Run(const char* sql) const {
    MustBeOk(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), db_);
  }
  [[nodiscard]] sqlite3* get() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

// A prepared statement, kept; ?1 is the tenant. Run() and First() are one whole execution each.
class Prepared {
 public:
  Prepared(const Handle& handle, const char* sql) {
    MustBeOk(
        sqlite3_prepare_v3(handle.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr),
        handle.get());
  }
  ~Prepared() { sqlite3_finalize(statement_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  template <class... Args>
  void Start(const TenantId& tenant, const Args&... args) {
    sqlite3_bind_blob(statement_, 1, tenant.bytes().data(), 16, SQLITE_STATIC);
    StartGlobal<2>(args...);
  }
  template <int kFirst = 1, class... Args>
  void StartGlobal(const Args&... args) {
    int place = kFirst;
    (Bind(place++, args), ...);
  }
  // Whether there is a row.
  bool Step() {
    const int code = sqlite3_step(statement_);
    MustBeOk(code, sqlite3_db_handle(statement_));
    return code == SQLITE_ROW;
  }
  void End() { sqlite3_reset(statement_); }

  template <class... Args>
  void Run(const TenantId& tenant, const Args&... args) {
    Start(tenant, args...);
    while (Step()) {
    }
    End();
  }

  template <class... Args>
  void RunGlobal(const Args&... args) {
    StartGlobal(args...);
    while (Step()) {
    }
    End();
  }

  [[nodiscard]] std::int64_t Int(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] bool Null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::string_view Text(int column) const {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  void Bind(int place, std::int64_t value) { sqlite3_bind_int64(statement_, place, value); }
  void Bind(int place, std::string_view value) {
    sqlite3_bind_text(statement_, place, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
  }
  template <int kScale>
  void Bind(int place, Decimal<kScale> value) {
    Bind(place, value.units());
  }
  void Bind(int place, Timestamp value) { Bind(place, value.time_since_epoch().count()); }
  template <class T>
  void Bind(int place, const std::optional<T>& value) {
    if (value.has_value()) {
      Bind(place, *value);
    } else {
      sqlite3_bind_null(statement_, place);
    }
  }

  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace cordon::bench

#endif  // CORDON_BENCHMARKS_WORLD_H_
