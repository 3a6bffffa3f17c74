"""Tables and plots of made-up results."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from compare import charts, cli, plot, table
from compare.results import Results

SVG = "{http://www.w3.org/2000/svg}"


def row(text, title):
    """@returns the cells of the row that begins with `title`."""
    return next([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
                if line.startswith(f"| {title} |"))


def lines_of(chart):
    """@returns the paths of its lines."""
    return [path.get("d") for path in ElementTree.fromstring(chart).findall(f"{SVG}path")
            if path.get("class").startswith("line")]


@pytest.fixture
def results():
    made = Results()
    for system, rate, cpu in (("fedhub", 1_000_000, 0.5), ("haproxy", 2_000_000, 0.25), ("prosody", 10_000, 98),
                              ("jabberd2", 40_000, 42)):
        for factor in (0.9, 1, 1.1):
            made.add({"scenario": "in-plain", "system": system, "stanzas_per_second": rate * factor,
                      "cpu_seconds_per_million": cpu, "rss_kib_peak": 20480, "lost": 0})
    made.add({"scenario": "in-plain", "system": "ejabberd", "failed": "no handshake"})
    for system in ("fedhub", "haproxy"):
        for rate in (100, 1000, 10_000):
            made.add({"scenario": "sweep", "system": system, "rate": rate, "stanzas_per_second": rate * 0.99,
                      "latency_us": {"p50": 80, "p99": 300}})
    return made


def test_a_row_has_each_systems_median_and_fedhubs_ratios(results):
    throughput = table.comparison_table(results, "stanzas_per_second", True, ("in-plain", "in-tls"))
    assert row(throughput, "`in`, chat mix of 250 B, plain") == [
        "`in`, chat mix of 250 B, plain", "1,000,000", "2,000,000", "10,000", "failed", "40,000", "0.500", "25.0"]
    assert "TLS" not in throughput


def test_the_ratio_of_what_should_be_little_is_against_the_least(results):
    cpu = table.comparison_table(results, "cpu_seconds_per_million", False, ("in-plain",))
    assert row(cpu, "`in`, chat mix of 250 B, plain")[-2:] == ["2.00", "0.0119"]


def test_a_demand_stands_beside_what_was_reached(results):
    rows = [line for line in table.demand_table(results).splitlines()
            if line.startswith("| `in`, chat mix of 250 B, plain")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in rows]
    assert cells == [
        ["stanzas/s", "≥ 0.4 × HAProxy", "1,000,000", "0.500 ×", "HAProxy", "met"],
        ["stanzas/s", "≥ 25 × best server", "1,000,000", "25.0 ×", "jabberd2", "met"],
        ["CPU seconds per million stanzas", "≤ 1/40 × best server", "0.500", "0.0119 ×", "jabberd2", "met"]]


def test_a_missing_measurement_is_shown_as_missing(results):
    assert row(table.demand_table(results), "`echo`, plain")[-1] == "not measured"


def test_one_lost_stanza_is_told_and_judged(results):
    assert row(table.demand_table(results), "all")[-1] == "met"
    results.add({"scenario": "in-plain", "system": "fedhub", "lost": 1})
    assert row(table.demand_table(results), "all")[-1] == "**not met**"
    assert row(table.loss_table(results), "`in`, chat mix of 250 B, plain")[1] == "1 lost"


def test_a_failed_run_is_listed_with_its_reason(results):
    assert table.failure_list(results) == "- ejabberd, `in`, chat mix of 250 B, plain: 1 of 1: no handshake"


def test_the_sweep_becomes_two_charts_with_a_line_for_each_system_and_percentile(results):
    drawn = charts.draw(results)
    lines = {name: len(lines_of(text)) for name, text in drawn.items()}
    assert lines == {"throughput.svg": 2, "latency.svg": 4}


def test_a_chart_puts_more_higher_and_further_right_and_stays_inside():
    points = ((10, 0.05), (200, 3), (40_000, 700))
    [line] = lines_of(plot.chart("t", "x", "y & z", [plot.Series("one", points, 0)]))
    places = [tuple(map(float, pair.split())) for pair in re.split("[ML]", line)[1:]]
    assert places == sorted(places)
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)
    assert all(plot.LEFT <= x <= plot.WIDTH - plot.RIGHT and plot.TOP <= y <= plot.HEIGHT - plot.BOTTOM
               for x, y in places)


def test_names_of_lines_that_end_at_one_place_do_not_cover_each_other():
    series = [plot.Series(str(i), ((1, 1), (2, 5)), i) for i in range(plot.COLOURS)]
    root = ElementTree.fromstring(plot.chart("t", "x", "y", series))
    at = sorted(float(text.get("y")) for text in root.findall(f"{SVG}text") if text.text in "01234"
                and float(text.get("x")) > plot.WIDTH - plot.RIGHT)
    assert len(at) == plot.COLOURS
    assert all(lower - upper >= plot.LABEL_HEIGHT - 0.11 for upper, lower in zip(at, at[1:]))


def test_an_earlier_file_of_results_becomes_all_outputs(results, tmp_path, capsys):
    rows = [{"scenario": scenario, "system": system, **run} for (scenario, system), cell in results.cells.items()
            for run in cell.runs]
    rows += [{"scenario": "sweep", "system": "fedhub", **run} for run in results.sweep["fedhub"]]
    file = tmp_path / "earlier.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in rows))
    assert cli.main(["--from", str(file), "--out", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "compare.md", "compare.json", "throughput.svg", "latency.svg"}
    assert "fedhub beside other servers" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--only", "nothing"], ["--systems", "openfire"], ["--repetitions", "0"],
                                   ["--duration", "-1"], ["--duration", "long"]])
def test_a_wrong_option_is_refused(wrong, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main(wrong)
    assert refused.value.code == 2
    assert wrong[0] in capsys.readouterr().err
