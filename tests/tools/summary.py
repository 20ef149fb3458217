#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts tests: summary.py BUILD_DIRECTORY...

Each build directory holds ctest.xml (ctest --output-junit) and test_reports/ (GoogleTest's XML).
A GoogleTest binary counts with its single tests, anything else counts as one. Prints what failed
and what was skipped and why, then one line 'N passed, N failed, N skipped'. Exits with 1 when
something failed or nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def gtest_cases(report):
    """Yields (name, verdict, message) for each test of one GoogleTest binary."""
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            yield name, "failed", ""
        elif case.find("skipped") is not None:
            # GoogleTest puts the file and line first; the reason is the rest.
            message = (case.find("skipped").get("message") or "").strip().split("\n")
            yield name, "skipped", " ".join(message[1:] or message)
        elif case.get("status") == "run":
            yield name, "passed", ""
        # Otherwise it is disabled or filtered out.


def count(directory):
    results = []
    for case in ElementTree.parse(directory / "ctest.xml").getroot().iter("testcase"):
        binary = case.get("name")
        status = case.get("status")  # run, fail, notrun, disabled
        report = directory / "test_reports" / f"{binary}.xml"
        is_gtest = (directory / "test_scratch" / binary).is_dir()
        cases = []
        if report.is_file():
            try:
                cases = list(gtest_cases(report))
            except ElementTree.ParseError:
                pass
        results += [(f"{binary}: {name}", verdict, message) for name, verdict, message in cases]
        failures = sum(verdict == "failed" for _, verdict, _ in cases)
        if status == "run":
            if is_gtest and not report.is_file():
                results.append((binary, "failed", "it ended with success but before its report"))
            elif not is_gtest:
                results.append((binary, "passed", ""))
        elif status == "fail" and failures == 0:
            results.append((binary, "failed", "crashed, timed out, or reported by a sanitizer"
                            if is_gtest else ""))
        elif status == "notrun":
            skip = case.find("skipped")
            message = (skip.get("message") or "").strip() if skip is not None else ""
            # ctest calls both a missing binary and a test that asks to be skipped 'notrun'.
            verdict = "skipped" if message.startswith("SKIP_") else "failed"
            results.append((binary, verdict, message))
        elif status == "disabled":
            results.append((binary, "skipped", "disabled"))
    return results


def main(arguments):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    empty = []
    for name in arguments:
        directory = pathlib.Path(name)
        results = count(directory)
        if not results:
            empty.append(directory.name)
        for test, verdict, message in results:
            total[verdict] += 1
            if verdict != "passed":
                print(f"{verdict.upper()} [{directory.name}] {test}" + (f": {message}" if message else ""))
    for configuration in empty:
        print(f"FAILED [{configuration}] not a single test ran")
        total["failed"] += 1
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
