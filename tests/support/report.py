"""Adds the last log lines of a failed test's daemons to its report, including daemons that the test has stopped.

A conftest.py uses it by `from support.report import pytest_runtest_makereport, pytest_runtest_setup`.
"""

import pytest

from .process import forget_stopped_daemons, logs_of_known_daemons


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    forget_stopped_daemons()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += logs_of_known_daemons()
