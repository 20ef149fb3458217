#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Cordon costs a host's build: build_cost.py [--json FILE] [--filter TEXT] [--smoke] [--keep DIR]

Generates sources against a schema of 60 tables with 12 columns and compiles them with every compiler
that is here. A statement's price is the slope between files of few and of many different statements;
a header's is a ratio to the standard and Abseil headers that it includes. Times are CPU time of the
compiler (user and system), median of interleaved runs.

build.ms_per_statement.*        -fsyntax-only, statements of up to 300 bytes
build.ms_per_4k_statement.*     the same, statements of 4 to 5 KB
build.o2_ms_per_statement.*     -O2 -c: with the code of the call around the statement
build.ms_schema.*               once in each file: the schema itself, -fsyntax-only
build.object_bytes_per_statement.*   what -O2 -c leaves in code and data
build.include.vs_dependencies   the worse of the compilers; each has its own line as well
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMPILERS = {"gcc": "g++", "clang": "clang++"}
TABLES = 60

PRELUDE = """\
#include <cordon/cordon.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

template <std::size_t I>
struct Row {
  std::int64_t id;
  std::int64_t parent_id;
  std::string document_number;
  std::string description;
  std::optional<std::string> remark;
  cordon::Decimal<4> unit_price;
  cordon::Decimal<2> discount;
  std::int64_t quantity;
  bool is_closed;
  cordon::Timestamp created_at;
  std::optional<cordon::Timestamp> closed_at;
  std::string currency_code;
};

template <std::size_t I>
constexpr auto TableOf(std::string_view name) {
  using R = Row<I>;
  return cordon::TenantTable<R>(name)
      .template Key<&R::id>("id")
      .template Column<&R::parent_id>("parent_id")
      .template Column<&R::document_number>("document_number")
      .template Column<&R::description>("description")
      .template Column<&R::remark>("remark")
      .template Column<&R::unit_price>("unit_price")
      .template Column<&R::discount>("discount")
      .template Column<&R::quantity>("quantity")
      .template Column<&R::is_closed>("is_closed")
      .template Column<&R::created_at>("created_at")
      .template Column<&R::closed_at>("closed_at")
      .template Column<&R::currency_code>("currency_code");
}

struct Large {
  static constexpr auto kSchema = cordon::Schema{%s};
};

using namespace cordon::literals;
using cordon::as;
using Price = cordon::Decimal<4>;
using Money = cordon::Decimal<6>;
using Line = std::tuple<std::int64_t, std::string, std::int64_t, Price>;
using Total = std::tuple<std::string, std::int64_t, std::optional<Price>>;
using Summary = std::tuple<std::int64_t, std::string, std::optional<cordon::Timestamp>,
                           std::optional<std::int64_t>, std::optional<Price>>;
"""


def table(number):
    return f"documents_{number % TABLES:02}"


def prelude():
    tables = ", ".join(f'TableOf<{i}>("{table(i)}")' for i in range(TABLES))
    return PRELUDE % tables


# Six everyday statements, 200 to 300 bytes each. `n` makes every one different, in tables and text.
def statement(n):
    a, b, c = table(n * 7), table(n * 7 + 13), table(n * 7 + 29)
    row = f"Row<{n * 7 % TABLES}>"
    shapes = [
        ("All", row,
         f"SELECT * FROM {a} WHERE parent_id = ? AND is_closed = FALSE AND quantity > {n} AND (remark IS NULL "
         f"OR remark LIKE ?) AND currency_code IN ('EUR', 'CHF', 'USD') AND unit_price * quantity < 1000000 "
         f"ORDER BY created_at DESC, document_number LIMIT 50",
         "id, text"),
        ("All", "Line",
         f"SELECT h.id, h.document_number, l.quantity, l.unit_price FROM {a} h JOIN {b} l ON l.parent_id = h.id "
         f"WHERE h.id >= ? AND h.id < ? AND l.quantity > {n} AND h.currency_code = l.currency_code AND NOT "
         f"h.is_closed ORDER BY h.id, l.id LIMIT 100",
         "id, id"),
        ("All", "Total",
         f"SELECT h.currency_code, COUNT(*), SUM(l.unit_price) AS total FROM {a} h JOIN {b} l ON l.parent_id = "
         f"h.id LEFT JOIN {c} x ON x.parent_id = l.id WHERE h.created_at >= ? AND x.quantity <> {n} GROUP BY "
         f"h.currency_code HAVING COUNT(*) > 1 ORDER BY total DESC",
         "when"),
        ("Execute", None,
         f"UPDATE {a} SET quantity = quantity + ?, remark = ?, is_closed = TRUE, closed_at = created_at "
         f"WHERE id = ? AND quantity >= {n} AND NOT is_closed AND EXISTS (SELECT 1 FROM {b} l WHERE "
         f"l.parent_id = {a}.id AND l.unit_price > 0.5)",
         "id, text, id"),
        ("Execute", None,
         f"INSERT INTO {a} (id, parent_id, document_number, description, remark, unit_price, discount, "
         f"quantity, is_closed, created_at, currency_code) VALUES (?, ?, ?, 'from import {n}', NULL, ?, 0.05, 1, "
         f"FALSE, ?, 'EUR') ON CONFLICT (id) DO UPDATE SET quantity = quantity + 1",
         "id, id, text, price, when"),
        ("Optional", "Summary",
         f"SELECT d.id, d.document_number, d.closed_at, (SELECT SUM(l.quantity) FROM {b} l WHERE l.parent_id = "
         f"d.id), (SELECT MAX(l.unit_price) FROM {c} l WHERE l.parent_id = d.id AND l.id > {n}) FROM {a} d "
         f"WHERE d.id = ? AND d.currency_code = ?",
         "id, text"),
    ]
    return shapes[n % len(shapes)]


# A report over ten tables.
def long_statement(n):
    used = [(n * 11 + i) % TABLES for i in range(9)]
    joins = "".join(f" JOIN {table(b)} d{b} ON d{b}.id = d{a}.parent_id" for a, b in zip(used, used[1:]))
    filters = "".join(
        f" AND (d{t}.currency_code IN ('EUR', 'CHF', 'USD') OR d{t}.remark IS NULL)"
        f" AND d{t}.unit_price * d{t}.quantity * (1 - d{t}.discount) BETWEEN 0.01 AND ?"
        f" AND NOT (d{t}.is_closed AND d{t}.description LIKE '%cancelled%')"
        f" AND coalesce(d{t}.remark, d{t}.document_number) <> 'for internal use in the offices only {n:03}'"
        f" AND EXISTS (SELECT 1 FROM {table(t + 31)} e WHERE e.parent_id = d{t}.id AND e.quantity > 0)"
        for t in used)
    head = used[0]
    text = (f"WITH totals AS (SELECT parent_id, SUM(unit_price * quantity) AS total FROM {table(n)} "
            f"GROUP BY parent_id HAVING COUNT(*) > 1) SELECT d{head}.id, d{head}.document_number, "
            f"MIN(d{used[1]}.created_at), SUM(d{used[2]}.quantity), MAX(t.total) FROM {table(head)} d{head}"
            f"{joins} LEFT JOIN totals t ON t.parent_id = d{head}.id WHERE d{head}.id > ?{filters} "
            f"GROUP BY d{head}.id ORDER BY d{head}.document_number LIMIT 100")
    return "All", "Summary", text, "id, " + ", ".join(["money"] * 9)


def source(make, count, least, most):
    parts = [prelude()]
    for n in range(count):
        verb, row, text, arguments = make(n)
        if not least <= len(text) <= most:
            sys.exit(f"build_cost: statement {n} has {len(text)} bytes")
        row = f"as<{row}>, " if row else ""
        # A literal as a host writes it, in pieces that fit a line.
        pieces = "\n    ".join(f'"{text[i:i + 90]}"' for i in range(0, len(text), 90))
        parts.append(
            f"absl::Status Use{n}(cordon::Session<Large>& tenant, std::int64_t id, std::string_view text, "
            f"cordon::Timestamp when, Price price, Money money) {{\n"
            f"  (void)id, (void)text, (void)when, (void)price, (void)money;\n"
            f"  return tenant.{verb}({row}\n    {pieces}_sql, {arguments}).status();\n}}\n")
    return "\n".join(parts)


def dependencies():
    found = set()
    for directory, _, files in os.walk(os.path.join(ROOT, "include")):
        for name in files:
            with open(os.path.join(directory, name), encoding="utf-8") as header:
                found.update(re.findall(r'^#include (<[a-z_0-9.]+>|"absl/[^"]+")', header.read(), re.MULTILINE))
    return "".join(f"#include {name}\n" for name in sorted(found))


# How the compiler is called, and CPU seconds of one run.
def compile_once(compiler, mode, path):
    command = [compiler, "-std=c++20", "-DNDEBUG", "-I", os.path.join(ROOT, "include"), *mode, path]
    log = tempfile.TemporaryFile()
    child = subprocess.Popen(command, stdout=log, stderr=log)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        log.seek(0)
        sys.exit(f"build_cost: {' '.join(command)}\n{log.read().decode(errors='replace')[:4000]}")
    return used.ru_utime + used.ru_stime


def object_bytes(path):
    # Code and data as `size` counts them: no symbols, no debug information.
    line = subprocess.run(["size", path], check=True, capture_output=True, text=True).stdout.splitlines()[1]
    text, data, bss = line.split()[:3]
    return int(text) + int(data) + int(bss)


class Files:
    """Compiles sources repeatedly, all of one compiler and mode interleaved."""

    def __init__(self, directory, runs):
        self.directory = directory
        self.runs = runs

    def write(self, name, text):
        path = os.path.join(self.directory, name + ".cc")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def seconds(self, compiler, mode, paths):
        times = {path: [] for path in paths}
        for _ in range(self.runs):
            for path in paths:
                times[path].append(compile_once(compiler, mode, path))
        return [statistics.median(times[path]) for path in paths]


def slope(counts, values):
    return statistics.linear_regression(counts, values).slope


def smoke(files, compilers):
    """Every shape of statement passes the check, once."""
    short = files.write("short", source(statement, 6, 200, 300))
    long = files.write("long", source(long_statement, 1, 4096, 5120))
    for compiler in compilers.values():
        for path in (short, long):
            print(f"{compiler} {os.path.basename(path)}: {compile_once(compiler, ['-fsyntax-only'], path):.1f} s")


def measure(files, compilers, wanted):
    ratios, figures = {}, {}
    syntax, code = ["-fsyntax-only"], ["-O2", "-c", "-o", os.path.join(files.directory, "out.o")]

    few, many = [1, 10, 100], [1, 5, 20]
    short = [files.write(f"short_{n}", source(statement, n, 200, 300)) for n in few]
    long = [files.write(f"long_{n}", source(long_statement, n, 4096, 5120)) for n in many]
    for name, compiler in compilers.items():
        if wanted(f"build.ms_per_statement.{name}"):
            figures[f"build.ms_per_statement.{name}"] = 1e3 * slope(few, files.seconds(compiler, syntax, short))
        if wanted(f"build.ms_per_4k_statement.{name}"):
            figures[f"build.ms_per_4k_statement.{name}"] = 1e3 * slope(many, files.seconds(compiler, syntax, long))
        if wanted(f"build.o2_ms_per_statement.{name}"):
            figures[f"build.o2_ms_per_statement.{name}"] = 1e3 * slope(few, files.seconds(compiler, code, short))
        if wanted(f"build.object_bytes_per_statement.{name}"):
            sizes = []
            for path in short:
                compile_once(compiler, code, path)
                sizes.append(object_bytes(code[-1]))
            figures[f"build.object_bytes_per_statement.{name}"] = slope(few, sizes)

    ours = files.write("include", "#include <cordon/cordon.h>\n")
    schema = files.write("schema", prelude())
    for name, compiler in compilers.items():
        if wanted(f"build.ms_schema.{name}"):
            without, with_it = files.seconds(compiler, syntax, [ours, schema])
            figures[f"build.ms_schema.{name}"] = 1e3 * (with_it - without)

    if wanted("build.include.vs_dependencies"):
        theirs = files.write("dependencies", dependencies())
        for name, compiler in compilers.items():
            pairs = []
            for _ in range(files.runs):
                pairs.append(compile_once(compiler, syntax, ours) / compile_once(compiler, syntax, theirs))
            ratios[f"build.include.vs_dependencies.{name}"] = statistics.median(pairs)
        ratios["build.include.vs_dependencies"] = max(ratios.values())
    return {"ratios": ratios, "figures": figures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", help="where the figures go")
    parser.add_argument("--filter", default="", help="only figures whose name matches this expression")
    parser.add_argument("--smoke", action="store_true", help="see that it compiles; measure nothing")
    parser.add_argument("--keep", help="a directory for the generated sources")
    parser.add_argument("--compiler", choices=COMPILERS, help="this one only")
    options = parser.parse_args()
    compilers = {name: path for name, path in COMPILERS.items()
                 if shutil.which(path) and options.compiler in (None, name)}
    pattern = re.compile(options.filter)
    with tempfile.TemporaryDirectory() as scratch:
        files = Files(options.keep or scratch, 3)
        if options.smoke:
            return smoke(files, compilers)
        report = measure(files, compilers, pattern.search)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(report, out)
    for group in report.values():
        for name, value in group.items():
            print(f"{name:<44} {value:8.3f}")


if __name__ == "__main__":
    main()
