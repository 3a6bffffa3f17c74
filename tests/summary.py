"""Adds up what all suites ran: `summary.py RESULTS FAILED_SUITES NAME...`; exits 1 if anything failed."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

LONGEST_S = {"unit-model_test": 300.0}
"""The longest time of a test in each file of results. A unit test that takes longer than a minute is at fault: its work
grows with the square of the input, or it waits for something that does not come."""


def longest(file: pathlib.Path) -> float:
    """Returns how many seconds a test of this file of results may take."""
    return LONGEST_S.get(file.stem, 60.0 if file.stem.startswith("unit-") else float("inf"))


def results_of(file: pathlib.Path) -> tuple[int, list[ElementTree.Element]]:
    """Returns how many tests of a JUnit file by GoogleTest or pytest passed, and the test cases that did not pass."""
    cases = list(ElementTree.parse(file).iter("testcase"))
    for case in cases:
        if float(case.get("time", 0)) > longest(file):
            ElementTree.SubElement(case, "failure", message=f"took {case.get('time')} s; allowed {longest(file):.0f} s")
    failed = [case for case in cases if why(case) is not None]
    return len(cases) - len(failed), failed


def why(case: ElementTree.Element) -> str | None:
    """Returns one line about a test that has not passed; None if it has. A skipped test has not passed."""
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            message = (found.get("message") or found.text or "").strip()
            return f"{kind}: {message.splitlines()[0] if message else ''}"
    return None


def name_of(case: ElementTree.Element) -> str:
    """Returns the test's full name."""
    return case.get("classname", "") + "." + case.get("name", "")


def main(results: pathlib.Path, broken: list[str]) -> int:
    total_passed = total_failed = 0
    names = []
    for file in sorted(results.glob("*.xml")):
        passed, failed = results_of(file)
        print(f"{file.stem:12} {passed:5} passed, {len(failed)} failed")
        total_passed, total_failed = total_passed + passed, total_failed + len(failed)
        names += [f"failed: {file.stem}: {name_of(case)}: {why(case)[:300]}" for case in failed]
    fuzzed = results / "fuzz.passed"
    if fuzzed.exists():
        print(f"{'fuzz':12} {int(fuzzed.read_text()):5} targets without a finding")
        total_passed += int(fuzzed.read_text())
    for name in names:
        print(name)
    if broken:
        print("failed suites: " + " ".join(broken))
        total_failed = max(total_failed, len(broken))
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[3:]))
