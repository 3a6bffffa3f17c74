"""promtool accepts the exported metrics and the alert rules."""

import subprocess

from peers.hub import REPOSITORY

ALERTS = REPOSITORY / "metrics" / "alerts"


def promtool(*arguments, text=None):
    return subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60,
                          check=False)


def test_the_exported_metrics_are_clean(exporter):
    result = promtool("check", "metrics", text=exporter.text())
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_promtool_objects_to_metrics_that_are_not_clean(fixture_exporter):
    text = fixture_exporter.text() + "# TYPE fedhub_broken_days counter\nfedhub_broken_days 1\n"
    assert promtool("check", "metrics", text=text).returncode != 0


def test_the_alert_rules_are_valid():
    result = promtool("check", "rules", ALERTS / "fedhub.rules.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_fires_when_it_should_and_only_then():
    result = promtool("test", "rules", ALERTS / "fedhub.test.yml")
    assert result.returncode == 0, result.stdout + result.stderr
    rules = (ALERTS / "fedhub.rules.yml").read_text()
    tests = (ALERTS / "fedhub.test.yml").read_text()
    alerts = {line.split("alert:")[1].strip() for line in rules.splitlines() if "alert:" in line}
    fired = {case.split()[0] for case in tests.split("alertname:")[1:] if "exp_labels" in case}
    assert alerts == fired
