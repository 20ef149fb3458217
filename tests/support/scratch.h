// SPDX-License-Identifier: Apache-2.0
// A directory that goes away with its test, and the file in it as somebody without Cordon sees it.
#ifndef CORDON_TESTS_SUPPORT_SCRATCH_H_
#define CORDON_TESTS_SUPPORT_SCRATCH_H_

#include <sqlite3.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cordon_test {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    const char* const base = std::getenv("TEST_TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/cordon.XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp: " + pattern);
    path_ = pattern;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs `sql` on the file with plain SQLite, past all of Cordon's locks. The first column of the
// rows, as text; "NULL" for NULL. Throws when SQLite refuses.
inline std::function<std::vector<std::string>(const std::string&)>& RawSqlOfTests() {
  static std::function<std::vector<std::string>(const std::string&)> run;  // see on_postgres.cc
  return run;
}
inline std::vector<std::string> RawSql(const std::string& path, const std::string& sql) {
  if (RawSqlOfTests() != nullptr) return RawSqlOfTests()(sql);
  sqlite3* db = nullptr;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
      SQLITE_OK) {
    sqlite3_close(db);
    throw std::runtime_error("cannot open " + path);
  }
  sqlite3_busy_timeout(db, 5000);
  std::vector<std::string> rows;
  const auto add = [](void* to, int columns, char** values, char**) {
    if (columns > 0) {
      static_cast<std::vector<std::string>*>(to)->emplace_back(values[0] != nullptr ? values[0]
                                                                                    : "NULL");
    }
    return 0;
  };
  char* error = nullptr;
  const int code = sqlite3_exec(db, sql.c_str(), add, &rows, &error);
  const std::string why = error != nullptr ? error : "";
  sqlite3_free(error);
  sqlite3_close(db);
  if (code != SQLITE_OK) throw std::runtime_error("raw SQL: " + why + " in " + sql);
  return rows;
}

inline std::string RawValue(const std::string& path, const std::string& sql) {
  const std::vector<std::string> rows = RawSql(path, sql);
  return rows.empty() ? "(no row)" : rows.front();
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_SCRATCH_H_
