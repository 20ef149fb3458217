// SPDX-License-Identifier: Apache-2.0
// The walk through a migration as its README tells it, and an import that is killed wherever it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "import.h"
#include "support/program.h"
#include "support/status.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::wholesale::Books;
using ::wholesale::ImportOptions;
using ::wholesale::ImportTenant;
using ::wholesale::Platform;

const std::string kExample = MIGRATE_EXISTING_DIR;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fenced blocks of the README that are marked with `language`.
std::vector<std::vector<std::string>> Blocks(const std::string& language) {
  std::vector<std::vector<std::string>> blocks;
  bool inside = false;
  for (const std::string& line : Lines(ContentOf(kExample + "/README.md"))) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back().push_back(line);
    } else if (line == "```" + language) {
      inside = true;
      blocks.emplace_back();
    }
  }
  return blocks;
}

// Whether `lines` are those of `pattern`, in which "…" is any number of lines.
bool Fits(std::span<const std::string> pattern, std::span<const std::string> lines) {
  // Behind the last "…", and the lines that it does not take.
  std::span<const std::string> retry;
  std::span<const std::string> rest;
  bool elided = false;
  while (!lines.empty() || !pattern.empty()) {
    if (!pattern.empty() && pattern.front() == "…") {
      pattern = pattern.subspan(1);
      retry = pattern;
      rest = lines;
      elided = true;
    } else if (!pattern.empty() && !lines.empty() && pattern.front() == lines.front()) {
      pattern = pattern.subspan(1);
      lines = lines.subspan(1);
    } else if (elided && !rest.empty()) {
      rest = rest.subspan(1);
      pattern = retry;
      lines = rest;
    } else {
      return false;
    }
  }
  return true;
}

// The programs of the example, by name, in a directory of their own.
class MigrateExisting : public ::testing::Test {
 protected:
  void SetUp() override {
    if (RunProgram("sqlite3", {"--version"}).exit_code != 0) {
      GTEST_SKIP() << "the sqlite3 shell is not installed";
    }
    std::filesystem::create_symlink(CORDON_TOOL, scratch.File("cordon"));
    std::filesystem::copy_file(kExample + "/samples.sh", scratch.File("samples.sh"));
  }
  [[nodiscard]] Finished Shell(const std::string& command) const {
    return RunProgram("/bin/sh", {"-c", "cd '" + scratch.path() +
                                            "' && PATH=\"$PWD:" + MIGRATE_EXISTING_PROGRAMS +
                                            ":$PATH\" && exec 2>&1\n" + command});
  }
  // The two old files, south's mended.
  void MakeSamples() const {
    ASSERT_EQ(Shell("sh samples.sh").exit_code, 0);
    RawSql(old(), "UPDATE orders SET total = (SELECT sum(quantity * unit_price) FROM order_lines)");
  }
  [[nodiscard]] std::string old() const { return scratch.File("south.db"); }
  [[nodiscard]] std::string north() const { return scratch.File("north.db"); }

  ScratchDirectory scratch;
};

TEST_F(MigrateExisting, EachCommandOfTheReadmeDoesWhatItSays) {
  int commands = 0;
  for (const std::vector<std::string>& block : Blocks("console")) {
    for (auto line = block.begin(); line != block.end();) {
      ASSERT_TRUE(line->starts_with("$ ")) << *line;
      const std::string command = line->substr(2);
      const auto next = std::find_if(
          line + 1, block.end(), [](const std::string& other) { return other.starts_with("$ "); });
      const Finished run = Shell(command);
      const std::vector<std::string> printed = Lines(run.out);
      EXPECT_TRUE(Fits({line + 1, next}, printed)) << "$ " << command << "\n" << run.out;
      ++commands;
      line = next;
    }
  }
  EXPECT_GT(commands, 20);
}

TEST(ReadmeLines, AnEllipsisIsAnyLines) {
  const auto fits = [](const char* pattern, const char* lines) {
    return Fits(Lines(pattern), Lines(lines));
  };
  EXPECT_TRUE(fits("", ""));
  EXPECT_TRUE(fits("a\n…\nb\n…\nc", "a\nb\nx\nb\ny\nc"));
  EXPECT_TRUE(fits("…\na\nb", "a\na\nb"));
  EXPECT_FALSE(fits("a", ""));
  EXPECT_FALSE(fits("", "a"));
  EXPECT_FALSE(fits("a\n…\nc", "a\nc\nb"));
  EXPECT_FALSE(fits("…\nb\nc", "b\nx\nc"));
}

TEST_F(MigrateExisting, TheReadmeShowsTheCodeAsItIs) {
  // Without the spaces at the beginning of lines, which depend on where the code stands.
  const auto squeezed = [](const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
      text += line.substr(std::min(line.find_first_not_of(' '), line.size())) + "\n";
    }
    return text;
  };
  std::string code;
  for (const char* file : {"/before/wholesale.cc", "/after/main.cc"}) {
    code += squeezed(Lines(ContentOf(kExample + file)));
  }
  const auto blocks = Blocks("cpp");
  EXPECT_GT(blocks.size(), 6U);
  for (const auto& block : blocks) {
    std::string text = squeezed(block);
    text.pop_back();  // a line may go on
    EXPECT_THAT(code, HasSubstr(text));
  }
}

// ---- the import
// ----------------------------------------------------------------------------------

// What the file of tenants holds, but for their ids, which are drawn.
std::vector<std::string> Dump(const std::string& path) {
  std::vector<std::string> dump;
  for (const char* sql :
       {"SELECT code || ' ' || percent FROM tax_rates ORDER BY code",
        "SELECT 'customer ' || id || name || ifnull(city, '-') FROM customers ORDER BY id, name",
        "SELECT 'article ' || id || sku || name || price || tax_code FROM articles ORDER BY id, "
        "name",
        "SELECT 'order ' || id || ' ' || customer_id || ' ' || placed_at FROM orders ORDER BY id, "
        "placed_at",
        "SELECT 'line ' || order_id || '.' || position || ' ' || article_id || ' ' || quantity || "
        "' ' || unit_price FROM order_lines ORDER BY order_id, position, quantity"}) {
    for (std::string& row : RawSql(path, sql)) dump.push_back(std::move(row));
  }
  return dump;
}

absl::StatusOr<Books> Import(const std::string& into, const std::string& old,
                             const std::string& name, const ImportOptions& options = {}) {
  auto platform = Platform::Open({.path = into});
  if (!platform.ok()) return platform.status();
  return ImportTenant(**platform, old, name, options);
}

// Imports in another process, which is killed before it writes row `row`. Whether it came that far.
bool KilledAt(int row, const std::string& into, const std::string& old, const std::string& name) {
  const pid_t child = fork();
  if (child == 0) {
    int seen = 0;
    const auto books = Import(into, old, name, {.batch = 2, .progress = [&] {
                                                  if (++seen == row) raise(SIGKILL);
                                                }});
    _exit(books.ok() ? 0 : 1);
  }
  int state = 0;
  EXPECT_EQ(waitpid(child, &state, 0), child);
  const bool killed = WIFSIGNALED(state);
  EXPECT_TRUE(killed || WEXITSTATUS(state) == 0);
  return killed;
}

TEST_F(MigrateExisting, AnImportThatIsKilledAtAnyRowGoesOn) {
  MakeSamples();
  const std::string whole = scratch.File("whole.db");
  const auto expected = Import(whole, north(), "north");
  ASSERT_THAT(expected.status(), IsOk());
  const std::vector<std::string> rows = Dump(whole);

  int row = 1;
  for (;; ++row) {
    SCOPED_TRACE(row);
    const std::string into = scratch.File("killed" + std::to_string(row) + ".db");
    if (!KilledAt(row, into, north(), "north")) break;
    // Nobody gets in meanwhile.
    EXPECT_THAT(Shell("wholesale '" + into + "' north orders").out, HasSubstr("not a member"));
    (void)KilledAt(3, into, north(), "north");
    const auto books = Import(into, north(), "north", {.batch = 3});
    ASSERT_THAT(books.status(), IsOk());
    EXPECT_TRUE(*books == *expected);
    EXPECT_EQ(Dump(into), rows);
    EXPECT_EQ(Shell("wholesale '" + into + "' north order 1 2024-04-02 W-1 4").out, "order 4\n");
  }
  EXPECT_EQ(row, 2 + 2 + 2 + 3 + 1);
}

TEST_F(MigrateExisting, AnImportThatIsKilledAtAnyMomentGoesOn) {
  MakeSamples();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(Shell("import_tenant whole.db north.db north").exit_code, 0);
  const auto took = std::chrono::steady_clock::now() - begun;
  const std::vector<std::string> rows = Dump(scratch.File("whole.db"));
  const std::string program = std::string(MIGRATE_EXISTING_PROGRAMS) + "/import_tenant";

  for (int moment = 0; moment < 14; ++moment) {
    SCOPED_TRACE(moment);
    const std::string into = scratch.File("moment" + std::to_string(moment) + ".db");
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
      const std::string from = north();
      execl(program.c_str(), program.c_str(), into.c_str(), from.c_str(), "north", nullptr);
      _exit(127);
    }
    std::this_thread::sleep_for(took * moment / 10);
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    ASSERT_THAT(Import(into, north(), "north").status(), IsOk());
    EXPECT_EQ(Dump(into), rows);
    EXPECT_EQ(Shell("wholesale '" + into + "' north order 1 2024-04-02 W-1 4").out, "order 4\n");
  }
}

TEST_F(MigrateExisting, WhatCannotBeCarriedOverIsNamedAndNobodyGetsIn) {
  MakeSamples();
  const struct {
    const char* sql;
    const char* says;
  } kCases[] = {
      {"UPDATE articles SET price = 'eight'", "article 1: its price is not a number of cents"},
      {"UPDATE articles SET price = 8.205", "article 1: its price is not a number of cents"},
      {"UPDATE order_lines SET unit_price = 8.205",
       "order 1, line 1: its price is not a number of cents"},
      {"UPDATE order_lines SET quantity = 'five'",
       "order 1, line 1: its place or its quantity is not whole"},
      {"UPDATE order_lines SET position = 'top'",
       "order 1, line top: its place or its quantity is not whole"},
      {"UPDATE tax_rates SET percent = 'much'", "a tax rate has no code or no whole percentage"},
      {"UPDATE tax_rates SET code = NULL WHERE code = 'reduced'",
       "a tax rate has no code or no whole percentage"},
      {"UPDATE orders SET placed = '01.03.2024'", "order 1: it was placed on no day"},
      {"UPDATE order_lines SET quantity = 4", "order 1: its total is not that of its lines"},
      {"DELETE FROM customers", "a row of orders refers to a row of customers that is not there"},
      {"UPDATE tax_rates SET percent = 20 WHERE code = 'full'",
       "tax rate full: others have another one"},
      {"ALTER TABLE customers DROP COLUMN city", "no such column: city"},
  };
  ASSERT_THAT(Import(scratch.File("new.db"), north(), "north").status(), IsOk());
  int number = 0;
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.sql);
    const std::string name = "south" + std::to_string(++number);
    const std::string damaged = scratch.File(name + ".db");
    std::filesystem::copy_file(old(), damaged);
    RawSql(damaged, one.sql);
    EXPECT_THAT(Import(scratch.File("new.db"), damaged, name).status().message(),
                HasSubstr(one.says));
    EXPECT_NE(Shell("wholesale new.db " + name + " orders").exit_code, 0);
  }
  EXPECT_THAT(Import(scratch.File("new.db"), old(), "south").status(), IsOk());
}

TEST_F(MigrateExisting, OneFileForOneTenant) {
  MakeSamples();
  const std::string into = scratch.File("new.db");
  // Killed in the middle of one file, gone on with another, or with the same after a change.
  ASSERT_TRUE(KilledAt(5, into, north(), "north"));
  EXPECT_THAT(Import(into, old(), "north").status().message(), HasSubstr("this is not the file"));
  const std::string changed = scratch.File("changed.db");
  std::filesystem::copy_file(north(), changed);
  RawSql(changed, "UPDATE customers SET name = 'Café Ankerplatz' WHERE id = 1");
  EXPECT_THAT(Import(into, changed, "north").status().message(), HasSubstr("it has changed since"));
  EXPECT_THAT(Import(into, north(), "north").status(), IsOk());

  // A tenant that has begun to work.
  ASSERT_EQ(Shell("wholesale new.db west init && wholesale new.db west customer A B").exit_code, 0);
  EXPECT_THAT(Import(into, old(), "west").status().message(), HasSubstr("rows of its own"));
  EXPECT_EQ(RawValue(into, "SELECT count(*) FROM customers"), "3");

  // One that was made, and has not begun, is closed until all is there.
  ASSERT_EQ(Shell("wholesale new.db south init && wholesale new.db south orders").exit_code, 0);
  ASSERT_TRUE(KilledAt(3, into, old(), "south"));
  EXPECT_THAT(Shell("wholesale new.db south orders").out, HasSubstr("not a member"));
  EXPECT_THAT(Import(into, old(), "south").status(), IsOk());
  EXPECT_EQ(Shell("wholesale new.db south orders").out, "1  2024-02-29  Gasthof Post  41.00\n");
}

TEST_F(MigrateExisting, OthersWorkMeanwhile) {
  MakeSamples();
  const std::string into = scratch.File("new.db");
  ASSERT_THAT(Import(into, old(), "south").status(), IsOk());
  int row = 0;
  std::future<Finished> other;
  const auto meanwhile = [&] {
    if (++row != 3) return;
    other = std::async(std::launch::async,
                       [&] { return Shell("wholesale new.db south order 1 2024-04-02 W-1 4"); });
  };
  ASSERT_THAT(Import(into, north(), "north", {.batch = 2, .progress = meanwhile}).status(), IsOk());
  ASSERT_TRUE(other.valid());
  EXPECT_EQ(other.get().out, "order 2\n");
}

TEST_F(MigrateExisting, SumsThatDifferAreFound) {
  MakeSamples();
  const std::string into = scratch.File("new.db");
  for (const char* damage :
       {"UPDATE customers SET id = id + 7 WHERE id = 2; DELETE FROM customers WHERE id = 9",
        "UPDATE articles SET price = price + 1 WHERE id = 1",
        "UPDATE orders SET placed_at = placed_at + 1000000 WHERE id = 1"}) {
    SCOPED_TRACE(damage);
    std::filesystem::remove(into);
    ASSERT_TRUE(KilledAt(9, into, north(), "north"));
    RawSql(into, damage);
    EXPECT_THAT(Import(into, north(), "north").status().message(),
                HasSubstr("counts or sums differ"));
    EXPECT_NE(Shell("wholesale new.db north orders").exit_code, 0);
  }
}

TEST_F(MigrateExisting, TheCommandsSayTheSameBeforeAndAfter) {
  MakeSamples();
  ASSERT_EQ(
      Shell("import_tenant new.db north.db north && import_tenant new.db south.db south").exit_code,
      0);
  const auto both = [&](const std::string& name, const std::string& command) {
    const Finished before = Shell("wholesale_before " + name + ".db " + command);
    const Finished after = Shell("wholesale new.db " + name + " " + command);
    EXPECT_EQ(after.out, before.out) << name << " " << command;
    EXPECT_EQ(after.exit_code, before.exit_code) << name << " " << command;
  };
  for (const char* command :
       {"orders", "cities", "taxes 1", "customer Neu Husum", "article N-1 New 0.10 full",
        "order 1 2024-05-01 N-1 3 W-1 1", "order 1 2024-05-02 X-9 1", "orders", "taxes 4",
        "cancel 1", "orders", "cities", "customer Tie Husum", "order 2 2024-05-03 N-1 3",
        "cities"}) {
    both("north", command);
    both("south", command);
  }
  // Refused in words of their own.
  for (const char* command : {"article N-1 Twice 1.00 full", "article N-2 Taxless 1.00 none",
                              "article N-2 Cheap -1.00 full", "order 99 2024-05-01 N-1 1",
                              "order 1 2024-05-01 N-1 0", "bribe 1"}) {
    EXPECT_EQ(Shell(std::string("wholesale_before north.db ") + command).exit_code, 1) << command;
    EXPECT_EQ(Shell(std::string("wholesale new.db north ") + command).exit_code, 1) << command;
  }
  both("north", "orders");
}

}  // namespace
}  // namespace cordon_test
