#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merges the parts that the benchmarks wrote: merge.py PART... [--json FILE]

Prints each value beside its goal in goals.json, if it has one; the last line counts. Two parts must
not claim one name. A missed goal is shown, and is no failure: the machine has its say in it.
"""

import argparse
import json
import os
import sys

GOALS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goals.json")


def load(name):
    with open(name, encoding="utf-8") as content:
        return json.load(content)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="+")
    parser.add_argument("--json")
    options = parser.parse_args()

    merged = {"ratios": {}, "figures": {}}
    for part in map(load, options.parts):
        for group, values in merged.items():
            for key, value in part.get(group, {}).items():
                if key in values:
                    sys.exit(f"dev bench: {key} is reported twice")
                values[key] = value
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(merged, out, indent=2, sort_keys=True)
            out.write("\n")

    goals, met = load(GOALS), {True: 0, False: 0}
    for group, unit in (("ratios", "x"), ("figures", " ")):
        for key, value in sorted(merged[group].items()):
            verdict = ""
            if key in goals:
                fine = value <= goals[key]
                met[fine] += 1
                verdict = f"  goal {goals[key]:>6g}  {'met' if fine else 'MISSED'}"
            print(f"  {key:<48} {value:>10.3f}{unit}{verdict}")
    print(f"{len(merged['ratios'])} ratios, {len(merged['figures'])} figures, "
          f"{met[True]} goals met, {met[False]} missed")


if __name__ == "__main__":
    main()
