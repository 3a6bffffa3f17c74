"""Adds up what all suites ran: `summary.py RESULTS FAILED_SUITES NAME...`; exits 1 if anything failed."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def counts(file: pathlib.Path) -> tuple[int, int]:
    """Passed and failed tests of a JUnit file, as ctest and pytest write it."""
    passed = failed = 0
    for case in ElementTree.parse(file).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail"
        bad = bad or case.find("skipped") is not None  # a test that did not run has not passed
        failed, passed = failed + bad, passed + (not bad)
    return passed, failed


def main(results: pathlib.Path, broken: list[str]) -> int:
    total_passed = total_failed = 0
    for file in sorted(results.glob("*.xml")):
        passed, failed = counts(file)
        print(f"{file.stem:12} {passed:5} passed, {failed} failed")
        total_passed, total_failed = total_passed + passed, total_failed + failed
    fuzzed = results / "fuzz.passed"
    if fuzzed.exists():
        print(f"{'fuzz':12} {int(fuzzed.read_text()):5} targets without a finding")
        total_passed += int(fuzzed.read_text())
    if broken:
        print("failed suites: " + " ".join(broken))
        total_failed = max(total_failed, len(broken))
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[3:]))
