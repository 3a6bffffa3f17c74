"""Fixtures: the battlefield, which runs attacks, and the table of figures at the end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attack.figures import CONTROL_MS, table  # noqa: E402
from attack.low_weight import low_weight  # noqa: E402
from attack.trial import Trial  # noqa: E402
from peers.dns_server import DnsServer  # noqa: E402

MOST_TRIALS = 5

_figures = []
_weights = []


@pytest.fixture(scope="session")
def weight():
    weight = low_weight()
    _weights.append(weight.description)
    yield weight
    weight.close()


@pytest.fixture
def dns():
    server = DnsServer()
    yield server
    server.close()


class Battlefield:
    """Repeats an attack until the machine was calm enough for a verdict, and asserts that all bounds were kept."""

    def __init__(self, request, dns, directories, weight):
        self._name, self._dns, self._directories, self._weight = request.node.name, dns, directories, weight
        self.trial = None

    def endure(self, *attacks, prepare=None, beside=None, after=None, kept=0, **changes):
        """Runs the attacks. @param attacks, beside see Trial.perform. @param prepare called with the trial before the
        measuring. @param after called with the trial after it. @param kept octets that the hub keeps on purpose, or a
        function that returns them after the trial.
        @param changes of the hub's configuration.
        @returns the figures.
        """
        for trials in range(1, MOST_TRIALS + 1):
            self.trial = Trial(self._dns, self._directories, self._weight, **changes)
            try:
                if prepare:
                    prepare(self.trial)
                figures = self.trial.perform(self._name.removeprefix("test_"), attacks, beside, trials)
                figures.kept = kept() if callable(kept) else kept
                if figures.machine_was_calm():
                    _figures.append(figures)
                    if after:
                        figures.more += complaint(after, self.trial)
                    problems = figures.problems()
                    assert not problems, "\n".join(problems + [f"the attackers: {figures.reported}"])
                    return figures
            finally:
                self.trial.close()
        _figures.append(figures)
        raise AssertionError(
            f"the machine was too busy to judge: {MOST_TRIALS} trials, and in each the control process waited longer "
            f"than {CONTROL_MS} ms; the last: {figures.control}"
        )


def complaint(check, *arguments) -> str:
    """Returns the message of the assertion that fails in `check`; "" if none does."""
    try:
        check(*arguments)
    except AssertionError as error:
        return str(error).partition("\n")[0]
    return ""


@pytest.fixture
def battlefield(request, dns, tmp_path_factory, weight):
    return Battlefield(request, dns, tmp_path_factory, weight)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the hub's log beside a failure."""
    report = (yield).get_result()
    field = getattr(item, "funcargs", {}).get("battlefield")
    if report.failed and field and field.trial:
        report.sections.append(("log of the hub", field.trial.hub.log[-3000:]))


def pytest_terminal_summary(terminalreporter, config):
    """Prints the table, and writes it to a file beside the JUnit report."""
    if not _figures:
        return
    text = f"attackers: {', '.join(_weights)}\n{table(_figures)}\n"
    terminalreporter.section("attacks")
    terminalreporter.write(text)
    if config.option.xmlpath:
        Path(config.option.xmlpath).with_suffix(".figures.txt").write_text(text)
