#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the copy of the library that `prove` runs on: ours, with probes and with mutants.

  instrument.py ROOT OUT MUTANTS   ROOT/include/cordon and ROOT/src to OUT, and OUT/probe_table.inc

Probes (probe.h) tell which rules of the checker's grammar and which branches of the engine lock
were taken. A rule is a Parse… function that was entered, a word or symbol that the parser took, a
function that it found, or a type that a CAST names. What only leads to a refusal is no rule.

Mutants are faults to be switched on at run time. MUTANTS says how one is written. A mutant whose
code is no longer there is an error, so that none vanishes unseen.
"""

import pathlib
import re
import sys

ROOMS = ["store", "tenant", "data", "testing"]
FUNCTIONS = "include/cordon/data/internal/functions.h"
PARSER = "include/cordon/data/internal/parser"
LOCK = ("src/data/lock.cc", "src/data/names.cc")

# Labels and words that the checker knows in order to refuse them.
REFUSED = {"kNone", "kRegexp", "kMatch", "kEnd"}
# In front of a '(' these are names of functions, all of them refused but REPLACE.
REFUSED_CALLS = {("ParsePrimary", "kGlob"), ("ParsePrimary", "kLike")}
SYMBOLS = {
    "kConcat": "||", "kArrow": "->", "kLongArrow": "->>", "kNotEqual": "<>", "kLessEqual": "<=",
    "kGreaterEqual": ">=", "kShiftLeft": "<<", "kShiftRight": ">>",
}  # fmt: skip


class Problem(Exception):
    pass


def masked(text):
    """The text with what is inside of comments, strings and characters blanked out."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|(?<![0-9A-Za-z_])\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL
    )

    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + " " * (len(found) - 2) + found[-1]

    return token.sub(blank, text)


def closing(code, at):
    """The place of the bracket that closes the one at `at`."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    depth = 0
    for i in range(at, len(code)):
        if code[i] in pairs:
            depth += 1
        elif code[i] in pairs.values():
            depth -= 1
            if depth == 0:
                return i
    raise Problem(f"unbalanced brackets: {code[at:at + 60]!r}")


class Wrap:
    """Text around a part of a file; around nothing: a point."""

    def __init__(self, start, end, before, behind=""):
        self.start, self.end, self.before, self.behind = start, end, before, behind


class Probes:
    def __init__(self):
        self.rules = []
        self.branches = []  # name, two ways

    def rule(self, name):
        # The same word may be taken at several places of one function.
        same = sum(1 for rule in self.rules if rule == name or rule.startswith(name + " ("))
        self.rules.append(f"{name} ({same + 1})" if same else name)
        return len(self.rules) - 1

    def branch(self, name, two_ways):
        self.branches.append((name, two_ways))
        return len(self.branches) - 1


def took(number):
    return f"::cordon::proof::Took({number}, "


# --- rules of the grammar -------------------------------------------------------------------------


def bodies(code, pattern):
    """Names and extents of the function bodies whose heads match."""
    for match in re.finditer(pattern, code):
        end = closing(code, match.end() - 1)
        opening = re.compile(r"\)(\s*const)?\s*\{").match(code, end)
        if opening:
            yield match.group(1), opening.end() - 1, closing(code, opening.end() - 1)


def spelled(argument):
    """How a word or symbol of the parser's is written in SQL; None when it is not fixed."""
    argument = argument.strip()
    if word := re.fullmatch(r"Word::k(\w+)", argument):
        return word.group(1).upper()
    if symbol := re.fullmatch(r"Token::(k\w+)", argument):
        return SYMBOLS.get(symbol.group(1), symbol.group(1)[1:].lower())
    if text := re.fullmatch(r"\"(\w+)\"|'(.)'", argument):
        return (text.group(1) or text.group(2)).upper()
    return None


def only_refuses(code, start, end):
    """Whether what is looked at from start to end, if it is there, leads to a refusal."""
    refusal = re.compile(r"\b(Fail|FailAt|RefuseHere)\(")
    begin = max(code.rfind(c, 0, start) for c in ";{}") + 1
    if refusal.search(code, begin, start):
        return True
    return code[start - 1] != "!" and refusal.search(code, end, code.find(";", end)) is not None


def find_rules(path, text, probes):
    code = masked(text)
    name_of = pathlib.PurePosixPath(path).name
    wraps = []
    taking = re.compile(
        r"(?<![\w:.])(Accept|AcceptPunct|AcceptSpelt|AcceptAlias|Expect|ExpectPunct|ExpectSpelt"
        r"|Is|IsPunct|Spells)\("
    )
    heads = r"Parser<kEmit>::(\w+)\(" if name_of != "parser.h" else r"constexpr bool (AtCompound)\("
    for function, begin, end in bodies(code, heads):
        where = f"{name_of} {function}"
        parses = function.startswith("Parse")
        decides = parses or function in ("AtCompound", "FinishCompound")
        if parses:
            number = probes.rule(where)
            wraps.append(Wrap(begin + 1, begin + 1, f" {took(number)}true);"))
        for match in taking.finditer(code, begin, end):
            kind = match.group(1)
            behind = closing(code, match.end() - 1) + 1
            arguments = text[match.end() : behind - 1]
            looks = kind in ("Is", "IsPunct", "Spells")
            if looks and (not decides or only_refuses(code, match.start(), behind)):
                continue
            if kind == "AcceptAlias":
                word = "alias"
            elif looks and (of := re.fullmatch(r"(?:Here\(\)|Ahead\(\d\)), *(.+)", arguments)):
                word = spelled(of.group(1))
            else:
                word = spelled(arguments)
            if word is None:
                continue
            number = probes.rule(f"{where}: {word}")
            if kind.startswith("Expect"):
                wraps.append(Wrap(match.start(), behind, "(", f", {took(number)}true))"))
            else:
                wraps.append(Wrap(match.start(), behind, took(number), ")"))
        if parses or function == "Binding":
            wraps += find_cases(where, function, text, code, begin, end, probes)
        if function == "ParseCast":
            wraps += find_casts(where, text, code, begin, end, probes)
    return wraps


def find_cases(where, function, text, code, begin, end, probes):
    wraps = []
    label = re.compile(r"\bcase\s+((?:Word|Token)::k\w+|'(?:[^'])')\s*:(?!:)")
    for match in label.finditer(code, begin, end):
        word = spelled(text[match.start(1) : match.end(1)])
        last = match.group(1).rsplit("::", 1)[-1]
        if last in REFUSED or (function, last) in REFUSED_CALLS or word in ("word", "punct"):
            continue
        if only_refuses(code, match.start(), match.end()):
            continue
        number = probes.rule(f"{where}: {word}")
        stacked = re.compile(r"\s*(case|default)\b").match(code, match.end())
        wraps.append(
            Wrap(match.end(), match.end(),
                 f" {took(number)}true);" + (" [[fallthrough]];" if stacked else ""))
        )  # fmt: skip
    return wraps


def find_casts(where, text, code, begin, end, probes):
    list_at = code.index("kNames[] = {", begin, end)
    listed = text[list_at : closing(code, code.index("{", list_at))]
    numbers = [probes.rule(f"{where}: {name.upper()}") for name in re.findall(r'\{"(\w+)"', listed)]
    call = "Spells(Here(), name.spelled)"
    at = text.index(call, begin, end)
    return [Wrap(at, at + len(call), took(f"{numbers[0]} + static_cast<int>(&name - kNames)"), ")")]


def find_functions(list_text, text, probes):
    """One rule for each function that is let in, noted where ParseFunction has found it."""
    listed = re.findall(r'\{"(\w+)", Rule::k(\w+)', list_text)
    pure = [name for name, rule in listed if rule not in ("Impure", "Unwanted")]
    if not pure or [name for name, _ in listed[: len(pure)]] != pure:
        raise Problem(f"{FUNCTIONS}: the functions that are let in no longer come first")
    numbers = [probes.rule(f"functions.h {name}") for name in pure]
    anchor = "const Rule rule = function->rule;"
    if text.count(anchor) != 1:
        raise Problem(f"{PARSER}_function.h: '{anchor}' is not there exactly once")
    at = text.index(anchor)
    index = f"{numbers[0]} + static_cast<int>(function - kFunctions.data())"
    return [Wrap(at, at, f"{took(index)}true); ")]


# --- branches of the lock -------------------------------------------------------------------------


def find_branches(path, text, probes):
    code = masked(text)
    found = []  # start and end of a condition; the place behind a label, twice

    for match in re.finditer(r"\b(?:if|while)\s*\(", code):
        end = closing(code, match.end() - 1)
        found.append((max(top_level(code, match.end(), end, ";"), match.end() - 1) + 1, end))
    for match in re.finditer(r" \?\s", code.replace("\n", " ")):
        end = len(code[: match.start()].rstrip())
        found.append((condition_before(code, match.start()), end))
    for match in re.finditer(r"\breturn\s", code):
        end = code.index(";", match.end())
        expression = code[match.end() : end]
        if "{" not in expression and " ? " not in expression.replace("\n", " "):
            if re.search(r"&&|\|\|", without_brackets(expression)):
                found.append((match.end(), end))
    for match in re.finditer(r"\b(?:case\s+\w+|default)\s*:(?!:)", code):
        found.append((match.end(), match.end()))

    wraps = []
    for start, end in sorted(found):
        line = code.count("\n", 0, start) + 1
        heads = re.findall(r"^(?![ }#/]|namespace)[^;={]*?\b~?(\w+)\(", code[:start], re.MULTILINE)
        where = f"{pathlib.Path(path).name}:{line} {heads[-1] if heads else ''}"
        if start == end:
            label = re.search(r"(\w+)\s*:$", code[:start]).group(1)
            number = probes.branch(f"{where}: {label}", False)
            stacked = re.compile(r"\s*(case|default)\b").match(code, start)
            behind = " [[fallthrough]];" if stacked else ""
            wraps.append(Wrap(start, start, f" ::cordon::proof::Branch({number}, true);{behind}"))
        else:
            start += len(code[start:end]) - len(code[start:end].lstrip())
            shown = " ".join(text[start:end].split())
            number = probes.branch(f"{where}: {shown}", True)
            wraps.append(Wrap(start, end, f"::cordon::proof::Branch({number}, ", ")"))
    return wraps


def without_brackets(code):
    flat, depth = "", 0
    for c in code:
        depth += c in "([{"
        depth -= c in ")]}"
        flat += c if depth == 0 else " "
    return flat


def top_level(code, begin, end, what):
    """The last place of a character outside of further brackets; -1: none."""
    flat = without_brackets(code[begin:end])
    at = flat.rfind(what)
    return -1 if at < 0 else begin + at


def condition_before(code, at):
    """Where the condition begins whose '?' is at `at`."""
    depth = 0
    i = at
    while i > 0:
        i -= 1
        if code[i] in ")]":
            depth += 1
        elif code[i] in "([{":
            if depth == 0:
                return i + 1
            depth -= 1
        elif depth > 0:
            continue
        elif code[i] in ";,}":
            return i + 1
        elif code[i] == ":" and code[i - 1] == " ":  # of a choice in front of it
            return i + 1
        elif code[i] == "=" and code[i - 1] not in "=!<>" and code[i + 1] != "=":
            return i + 1
        elif re.compile(r"\breturn\s").match(code, i) and not code[i - 1].isalnum():
            return i + len("return")
    raise Problem("a '?' without a condition in front of it")


# --- mutants --------------------------------------------------------------------------------------


class Change:
    """One place of a mutant."""

    def __init__(self, mutant, path, original, replacement):
        self.mutant, self.path = mutant, path
        self.original, self.replacement = original, replacement
        self.start = self.end = 0

    def find(self, text):
        # White space is as good as any other, so that a formatter may move what it likes.
        pattern = r"\s+".join(re.escape(part) for part in self.original.split())
        found = list(re.finditer(pattern, text))
        if len(found) != 1:
            raise Problem(
                f"mutant {self.mutant.name}: its code is {len(found)} times in {self.path}, not "
                f"once; change the entry, or give it more context:\n{self.original}"
            )
        self.start, self.end = found[0].span()


class Mutant:
    def __init__(self, number, name, breaks):
        self.number, self.name, self.breaks = number, name, breaks
        self.changes = []


def read_mutants(path):
    mutants = []
    for block in re.split(r"^== ", path.read_text(), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        breaks, _, rest = rest.partition("\n")
        mutant = Mutant(len(mutants), name, breaks)
        # Triples of a file, the code and its replacement, and what stands behind the last one.
        parts = re.split(r"^--\n", rest, flags=re.MULTILINE)
        for at in range(0, len(parts) - 1, 3):
            triple = [part.strip() for part in parts[at : at + 3]]
            if len(triple) != 3 or "\n" in triple[0] or not all(triple):
                raise Problem(f"{path.name}: the entry '{name}' is not as the file's head says")
            mutant.changes.append(Change(mutant, *triple))
        if not re.fullmatch(r"[a-z0-9_]+", name) or not breaks or not mutant.changes:
            raise Problem(f"{path.name}: the entry '{name}' is not as the file's head says")
        if not all(re.search(r"\bMUTANT\b", change.replacement) for change in mutant.changes):
            raise Problem(f"mutant {name}: its replacement never asks for MUTANT")
        if any(other.name == name for other in mutants):
            raise Problem(f"mutant {name}: there are two of that name")
        mutants.append(mutant)
    return mutants


# --- writing --------------------------------------------------------------------------------------


def rewritten(text, wraps, changes):
    # (place, closing before points before opening, nesting, text, wrap)
    events = []
    for wrap in wraps:
        if wrap.start == wrap.end:
            events.append((wrap.start, 1, 0, wrap.before, wrap))
        else:
            events.append((wrap.start, 2, -wrap.end, wrap.before, wrap))
            events.append((wrap.end, 0, -wrap.start, wrap.behind, wrap))
    events.sort(key=lambda event: event[:3])

    def is_inside(event, start, end):
        place, kind, _, _, wrap = event
        return (
            start < place < end
            or (place == start and kind == 2 and wrap.end < end)
            or (place == end and kind == 0 and wrap.start > start)
        )

    def woven(start, end, some):
        out, at = "", start
        for place, _, _, inserted, _ in some:
            out += text[at:place] + inserted
            at = place
        return out + text[at:end]

    places = {}  # (start, end): changes of this very code, one around the other
    for change in changes:
        places.setdefault((change.start, change.end), []).append(change)
    out, at = "", 0
    for (start, end), several in sorted(places.items()):
        if start < at:
            raise Problem(f"mutant {several[0].mutant.name} overlaps another one")
        inside = [event for event in events if is_inside(event, start, end)]
        before = [event for event in events if event[0] <= start and event not in inside]
        events = [event for event in events if event not in before and event not in inside]
        out += woven(at, start, before)
        code = woven(start, end, inside)
        for i, change in enumerate(several):
            if (inside or i > 0) and not re.search(r"\bORIGINAL\b", change.replacement):
                raise Problem(
                    f"mutant {change.mutant.name}: it writes over a probe or another mutant; let "
                    "it hold ORIGINAL"
                )
            words = {
                "MUTANT": f"::cordon::proof::IsMutant({change.mutant.number})",
                "ORIGINAL": code,
            }
            code = re.sub(
                r"\b(MUTANT|ORIGINAL)\b", lambda word: words[word.group()], change.replacement
            )
        out += code
        at = end
    out += woven(at, len(text), events)
    if wraps or changes:
        out = out.replace("#include", '#include "prove/probe.h"\n#include', 1)
    return out


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(probes, mutants):
    def array(kind, name, values):
        items = "".join(f"    {value},\n" for value in values)
        return f"constexpr std::array<{kind}, {len(values)}> {name} = {{{{\n{items}}}}};\n"

    text = "const char*"
    return (
        array(text, "kRuleNames", [quoted(rule) for rule in probes.rules])
        + array(text, "kBranchNames", [quoted(name) for name, _ in probes.branches])
        + array("bool", "kBranchHasTwoWays", [str(two).lower() for _, two in probes.branches])
        + array(text, "kMutantNames", [quoted(mutant.name) for mutant in mutants])
        + array(text, "kMutantTexts", [quoted(mutant.breaks) for mutant in mutants])
    )


def write(path, text):
    """Leaves a file alone that says it already: what did not change is not built again."""
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def instrument(root, out, mutants):
    sources = sorted(
        path.relative_to(root).as_posix()
        for folder in ["include/cordon"] + [f"src/{room}" for room in ROOMS]
        for path in (root / folder).rglob("*")
        if path.suffix in (".h", ".cc")
    )
    texts = {path: (root / path).read_text() for path in sources}
    changes = [change for mutant in mutants for change in mutant.changes]
    for change in changes:
        if change.path not in texts:
            raise Problem(f"mutant {change.mutant.name}: there is no file {change.path}")
        change.find(texts[change.path])
    probes = Probes()
    for path in sources:
        text = texts[path]
        wraps = []
        if path.startswith(PARSER):
            wraps += find_rules(path, text, probes)
        if path == f"{PARSER}_function.h":
            wraps += find_functions(texts[FUNCTIONS], text, probes)
        if path in LOCK:
            wraps += find_branches(path, text, probes)
        own = [change for change in changes if change.path == path]
        write(out / path, rewritten(text, wraps, own))
    if not probes.rules or not probes.branches:
        raise Problem("no rule of the grammar or no branch of the lock was found")
    write(out / "probe_table.inc", table(probes, mutants))
    for path in [*(out / "include").rglob("*"), *(out / "src").rglob("*")]:
        if path.is_file() and path.relative_to(out).as_posix() not in texts:
            path.unlink()  # its source is gone
    return probes


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    root, out, mutants = map(pathlib.Path, arguments)
    try:
        instrument(root, out, read_mutants(mutants))
    except Problem as problem:
        print(f"instrument.py: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
