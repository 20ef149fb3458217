#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merges the parts that the benchmark binaries wrote: merge.py PART... [--json FILE]

Prints a summary; the last line counts. Two parts must not claim one name.
"""

import json
import sys


def main(arguments):
    target = None
    if "--json" in arguments:
        at = arguments.index("--json")
        target = arguments[at + 1]
        del arguments[at:at + 2]
    merged = {"ratios": {}, "figures": {}}
    for name in arguments:
        with open(name, encoding="utf-8") as part:
            content = json.load(part)
        for group in merged:
            for key, value in content.get(group, {}).items():
                if key in merged[group]:
                    sys.exit(f"dev bench: {key} is reported by two binaries")
                merged[group][key] = value
    if target:
        with open(target, "w", encoding="utf-8") as out:
            json.dump(merged, out, indent=2, sort_keys=True)
            out.write("\n")
    for group, unit in (("ratios", "x"), ("figures", "")):
        for key, value in sorted(merged[group].items()):
            shown = f"{value:.3f}{unit}" if isinstance(value, float) else f"{value}{unit}"
            print(f"  {key:<48} {shown:>14}")
    print(f"{len(merged['ratios'])} ratios, {len(merged['figures'])} figures")


if __name__ == "__main__":
    main(sys.argv[1:])
