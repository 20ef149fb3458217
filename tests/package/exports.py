#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does a shared library export what the public headers declare, and nothing else?

usage: exports.py INCLUDE STATIC SHARED [USER…]

STATIC and SHARED are the same library. Of what STATIC defines, a name is public when a header under
INCLUDE defines the class that it belongs to, or declares the function that it is. What is not public
may be exported for USER, another shared library of Cordon's, if it uses it.
"""

import pathlib
import re
import subprocess
import sys


def symbols(library, *options):
    """The demangled functions and variables that a library defines, each with nm's letter."""
    listed = subprocess.run(["nm", "-C", "--defined-only", *options, library],
                            check=True, capture_output=True, text=True).stdout
    return re.findall(r"^[0-9a-f]+ ([A-Zuvw]) (.+)$", listed, re.MULTILINE)


def needed(library):
    """The demangled names that a shared library has from others."""
    listed = subprocess.run(["nm", "-DC", "--undefined-only", library],
                            check=True, capture_output=True, text=True).stdout
    return re.findall(r"^ +[Uvw] (.+)$", listed, re.MULTILINE)


def owner(symbol):
    """The namespaces of a name of Cordon's, and what follows: classes, then the function."""
    name = re.sub(r"\[abi:\w+\]", "", symbol)
    name = re.split(r"[(<]", name)[0]
    parts = name.split("::")
    spaces = [part for part in parts if part in ("cordon", "internal", "testing")]
    return "::".join(spaces), parts[len(spaces):]


class Headers:
    def __init__(self, include):
        text = "\n".join(path.read_text() for path in sorted(pathlib.Path(include).rglob("*.h")))
        self.text = re.sub(r"//[^\n]*", "", text)

    def public(self, symbol):
        """Is this name one that a host's compiler can see?"""
        _, parts = owner(symbol)
        for name in parts[:-1]:
            if not re.search(rf"\b(class|struct) {name}\b[^;{{]*{{", self.text):
                return False
        return len(parts) > 1 or re.search(rf"\b{parts[0]}\(", self.text) is not None


def main(include, static, shared, *users):
    headers = Headers(include)
    wrong = []
    used = {name for user in users for name in needed(user)}
    exported = symbols(shared, "-D")
    names = {name for _, name in exported}
    # What the compiler leaves out of line of a header (weak) may be exported with its class.
    for letter, name in symbols(static):
        if letter in "TDBR" and (headers.public(name) or name in used) and name not in names:
            space, parts = owner(name)
            line = f"{space}::{parts[0]}" + ("::*" if len(parts) > 1 else "*")
            wrong.append(f"a header declares, or another library uses, {name}; add to cmake/exports.map: {line}")
    for _, name in exported:
        if name not in used and (not name.startswith("cordon::") or not headers.public(name)):
            wrong.append(f"exported, but no header declares it: {name}")
    if not any(letter == "T" for letter, _ in exported):
        wrong.append(f"{shared} exports nothing")
    for line in sorted(set(wrong)):
        print("exports:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
