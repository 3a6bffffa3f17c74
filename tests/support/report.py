"""A failed test shows the last lines of what its daemons logged, of those too that it has stopped itself.

A conftest.py takes part by `from support.report import pytest_runtest_makereport, pytest_runtest_setup`.
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
