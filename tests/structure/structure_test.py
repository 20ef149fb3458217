#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules that no compiler checks.

  structure_test.py graph ROOT              dependencies between rooms point down only
  structure_test.py headers ROOT COMPILER   every header compiles alone, and is guarded
  structure_test.py selftest                the two above notice what they should
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

# From the ground up. Rooms on one storey do not know each other.
STOREYS = [
    ["store"],
    ["tenant"],
    ["keys", "audit", "quota"],
    ["data", "cache", "jobs"],
    ["access", "config", "connect"],
    ["lifecycle"],
    ["observe"],
]
LEVEL = {room: level for level, rooms in enumerate(STOREYS) for room in rooms}
NEIGHBOURS = {("jobs", "data")}  # jobs may use data
TOP = {"testing", "cli"}  # may include everything, included by nobody below
ROOMS = set(LEVEL) | TOP
UMBRELLA = "cordon.h"
GROUND = {"version.h"}  # beside the rooms, and below all of them
# What a host must not meet in our public headers.
BANNED = re.compile(r"^(sqlite3(ext)?|sodium|libpq-fe|libpq/.*|sodium/.*)(\.h)?$")
# What only the tool may need: a host that links the library must not.
TOOL_ONLY = re.compile(r"^(CLI|nlohmann)/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GUARD = re.compile(r"(\s*//[^\n]*\n|\s)*(#pragma once\n|#ifndef (\w+)\n#define \3\n)")


def files(root, *patterns):
    return sorted(p for pattern in patterns for p in root.glob(pattern) if p.is_file())


def room_of(relative):
    """The room of a path below include/cordon or src; '' for a file beside the rooms."""
    return relative.parts[0] if len(relative.parts) > 1 else ""


def may_use(user, used):
    if user == used or user in TOP:
        return True
    if used in TOP:
        return False
    return LEVEL[used] < LEVEL[user] or (user, used) in NEIGHBOURS


def check_graph(root):
    problems = []
    count = 0
    public, private = root / "include" / "cordon", root / "src"
    for base in (public, private):
        for path in files(base, "**/*.h", "**/*.cc"):
            count += 1
            here = path.relative_to(root)
            relative = path.relative_to(base)
            user = room_of(relative)
            if user and user not in ROOMS:
                problems.append(f"{here}: '{user}' is not a room (tests/structure knows the rooms)")
                continue
            is_umbrella = base == public and relative.as_posix() == UMBRELLA
            if not user and not is_umbrella and relative.as_posix() not in GROUND:
                problems.append(f"{here}: a file beside the rooms; put it in a room")
                continue
            text = COMMENT.sub("", path.read_text(encoding="utf-8"))
            for match in INCLUDE.finditer(text):
                bracket, name = match.groups()
                if base == public and BANNED.match(name):
                    problems.append(f"{here}: a public header includes {name}")
                if TOOL_ONLY.match(name) and (user != "cli" or base == public):
                    problems.append(f"{here}: only src/cli may include {name}")
                if name.startswith("cordon/"):
                    target = pathlib.PurePosixPath(name).relative_to("cordon")
                    if not (public / target).is_file():
                        problems.append(f"{here}: includes {name}, which does not exist")
                        continue
                elif (private / name).is_file():
                    target = pathlib.PurePosixPath(name)
                    if base == public:
                        problems.append(f"{here}: a public header includes src/{name}")
                        continue
                elif (path.parent / name).is_file() and bracket == '"':
                    problems.append(f"{here}: includes {name} by a relative path; write it from the root")
                    continue
                else:
                    continue  # not ours
                used = room_of(target)
                if not used and target.as_posix() in GROUND:
                    continue
                if is_umbrella or user in TOP:
                    continue
                if not used:
                    problems.append(f"{here}: includes the umbrella {name}")
                elif not user:
                    problems.append(f"{here}: lies below all rooms but includes {name}")
                elif used in ROOMS and not may_use(user, used):
                    problems.append(f"{here}: {user} must not know {used} (includes {name})")
    if count == 0:
        problems.append(f"{root}: no source files found")
    return problems, count


def check_headers(root, compiler):
    headers = files(root, "include/cordon/**/*.h", "src/**/*.h")
    # A header that a source includes first has compiled alone whenever that source was built.
    firsts = (INCLUDE.search(path.read_text(encoding="utf-8")) for path in files(root, "src/**/*.cc"))
    proven = {first.group(2) for first in firsts if first}

    def compile_alone(path):
        base = root / ("include" if path.is_relative_to(root / "include") else "src")
        name = path.relative_to(base).as_posix()
        if not GUARD.match(COMMENT.sub("", path.read_text(encoding="utf-8"))):
            return f"{path.relative_to(root)} does not begin with a guard"
        if name in proven:
            return None
        line = f'#include "{name}"\n'
        command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
                   "-Wshadow", "-Werror", "-fdiagnostics-color=never", "-DSQLITE_ENABLE_PREUPDATE_HOOK",
                   f"-I{root / 'include'}"]
        if base.name == "src":
            command.append(f"-I{root / 'src'}")
        command += ["-x", "c++", "-"]
        # Twice, so that a guard that does not hold shows.
        done = subprocess.run(command, input=line + line, capture_output=True, text=True)
        if done.returncode != 0 or done.stderr:
            return f"{path.relative_to(root)} does not compile alone:\n{done.stderr}"
        return None

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in pool.map(compile_alone, headers) if problem]
    if not headers:
        problems.append(f"{root}: no headers found")
    return problems, len(headers)


def selftest():
    good = {
        "include/cordon/cordon.h": '#include "cordon/data/session.h"\n#include "cordon/version.h"\n',
        "include/cordon/version.h": "#define CORDON_VERSION_MAJOR 0\n",
        "include/cordon/store/clock.h": "#pragma once\n#include <string>\nstruct Clock { std::string s; };\n",
        "include/cordon/tenant/id.h": '#include "cordon/store/clock.h"\n',
        "include/cordon/data/session.h": '#include "cordon/tenant/id.h"\n// #include <sqlite3.h>\n',
        "include/cordon/jobs/queue.h": '#include "cordon/data/session.h"\n',
        "include/cordon/testing/check.h": '#include "cordon/cordon.h"\n',
        "src/store/sqlite.h": "#include <sqlite3.h>\n",
        "src/data/session.cc": '#include "store/sqlite.h"\n#include "cordon/data/session.h"\n',
        "src/cli/main.cc": '#include <CLI/CLI.hpp>\n#include "cordon/cordon.h"\n#include "data/session.h"\n',
    }
    bad = {  # one changed file each, and what must be said
        "upward": ("include/cordon/store/bad.h", '#include "cordon/data/session.h"\n', "must not know data"),
        "upward_angle": ("include/cordon/tenant/bad.h", "# include <cordon/jobs/queue.h>\n", "must not know jobs"),
        "upward_src": ("src/store/bad.cc", '#include "cordon/tenant/id.h"\n', "must not know tenant"),
        "upward_private": ("src/tenant/bad.cc", '#include "data/rows.h"\n', "must not know data"),
        "neighbours": ("include/cordon/data/bad.h", '#include "cordon/jobs/queue.h"\n', "must not know jobs"),
        "umbrella": ("include/cordon/data/bad.h", '#include "cordon/cordon.h"\n', "umbrella"),
        "testing": ("src/data/bad.cc", '#include "cordon/testing/check.h"\n', "must not know testing"),
        "sqlite": ("include/cordon/store/bad.h", "#include <sqlite3.h>\n", "includes sqlite3.h"),
        "sodium": ("include/cordon/data/internal/bad.h", '#include "sodium.h"\n', "includes sodium.h"),
        "postgres": ("include/cordon/data/bad.h", "#include <libpq-fe.h>\n", "includes libpq-fe.h"),
        "tool_only": ("src/data/bad.cc", "#include <nlohmann/json.hpp>\n", "only src/cli"),
        "tool_only_public": ("include/cordon/testing/bad.h", "#include <CLI/CLI.hpp>\n", "only src/cli"),
        "cli_from_below": ("src/data/bad.cc", '#include "cli/program.h"\n', "must not know cli"),
        "private": ("include/cordon/data/bad.h", '#include "store/sqlite.h"\n', "public header includes src/"),
        "relative": ("include/cordon/data/bad.h", '#include "session.h"\n', "relative path"),
        "missing": ("src/data/bad.cc", '#include "cordon/data/nothing.h"\n', "does not exist"),
        "new_room": ("src/attic/bad.cc", "\n", "is not a room"),
        "beside": ("include/cordon/bad.h", "\n", "beside the rooms"),
        "ground": ("include/cordon/version.h", '#include "cordon/store/clock.h"\n', "below all rooms"),
    }

    def tree(directory, extra):
        root = pathlib.Path(directory)
        for name, text in {**good, "src/data/rows.h": "", "src/cli/program.h": "", **extra}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    problems = []
    with tempfile.TemporaryDirectory() as directory:
        found, _ = check_graph(tree(directory, {}))
        problems += [f"the good tree is refused: {p}" for p in found]
    for case, (name, text, words) in bad.items():
        with tempfile.TemporaryDirectory() as directory:
            found, _ = check_graph(tree(directory, {name: text}))
            if len(found) != 1 or words not in found[0]:
                problems.append(f"{case}: expected one problem with '{words}', found {found}")
    with tempfile.TemporaryDirectory() as directory:
        found, _ = check_graph(pathlib.Path(directory))
        if not found:
            problems.append("an empty tree is accepted")

    alone = {
        "good": ("#pragma once\nstruct A {};\n", 0),
        "needs_another": ("#pragma once\nstruct B { std::string s; };\n", 1),
        "no_guard": ("struct C {};\n", 1),
        "misspelt_guard": ("#ifndef D_H_\n#define DH_\nstruct D {};\n#endif\n", 1),
        "warns": ("#pragma once\ninline int F(long x) { return x; }\n", 1),
    }
    for case, (text, expected) in alone.items():
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "include" / "cordon" / "data" / "header.h"
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            found, _ = check_headers(pathlib.Path(directory), "c++")
            if len(found) != expected:
                problems.append(f"headers, {case}: expected {expected} problems, found {found}")
            # A source that includes it first has compiled it; one that includes it later has not.
            source = pathlib.Path(directory) / "src" / "data" / "header.cc"
            source.parent.mkdir(parents=True)
            for before, left in (("", expected if "guard" in case else 0), ("#include <string>\n", expected)):
                source.write_text(before + '#include "cordon/data/header.h"\n', encoding="utf-8")
                found, _ = check_headers(pathlib.Path(directory), "c++")
                if len(found) != left:
                    problems.append(f"headers, {case} after '{before}': expected {left} problems, found {found}")
    return problems, len(bad) + 3 * len(alone) + 2


def main(arguments):
    if arguments[:1] == ["graph"] and len(arguments) == 2:
        problems, count = check_graph(pathlib.Path(arguments[1]))
        what = "files"
    elif arguments[:1] == ["headers"] and len(arguments) == 3:
        problems, count = check_headers(pathlib.Path(arguments[1]), arguments[2])
        what = "headers"
    elif arguments == ["selftest"]:
        problems, count = selftest()
        what = "cases"
    else:
        sys.exit(__doc__)
    for problem in problems:
        print(problem)
    print(f"{count} {what}, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
