"""Reports of AddressSanitizer, LeakSanitizer and UBSan, if the program was built with them."""

import os
import re

DEFAULTS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:detect_leaks=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=0",
}
"""Means nothing to a program without them. What is set in the environment goes before."""

_REPORT = re.compile(r"^(==\d+==\s*ERROR: \w+Sanitizer|SUMMARY: \w+Sanitizer|\S+:\d+:\d+: runtime error:)", re.M)


def environment():
    """@returns the environment variables for a program under test."""
    return {name: os.environ.get(name, value) for name, value in DEFAULTS.items()}


def check_no_report(log):
    """Raises AssertionError with the first report in the text of a log, if there is one."""
    found = _REPORT.search(log)
    assert not found, f"a sanitizer's report:\n{log[found.start():found.start() + 6000]}"
