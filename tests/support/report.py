"""A failed test shows the last lines of what its daemons logged.

A conftest.py takes part by `from support.report import pytest_runtest_makereport`.
"""

import pytest

from .process import logs_of_running_daemons


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += logs_of_running_daemons()
