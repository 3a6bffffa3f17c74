"""Medians, ratios and verdicts are made from the results of single runs."""

import json

import pytest

from compare import demands, scenarios, systems
from compare.demands import Demand, Verdict
from compare.results import Results


def measured(**runs):
    """@param runs values of stanzas_per_second by SYSTEM_SCENARIO."""
    results = Results()
    for place, values in runs.items():
        system, _, scenario = place.partition("_")
        for value in values:
            results.add({"scenario": scenario, "system": system, "stanzas_per_second": value})
    return results


def judged(results, at_least, factor, against):
    return demands.judge(Demand("in", "stanzas_per_second", at_least, factor, against), results)


def test_the_median_is_the_middle_run_not_the_mean():
    assert measured(fedhub_in=[1, 2, 900, 4, 3]).median("in", "fedhub", "stanzas_per_second") == 3


def test_objects_inside_a_result_are_read_by_their_path():
    results = Results()
    results.add({"scenario": "in", "system": "fedhub", "latency_us": {"p50": 7, "p99": 9}, "tls": True, "label": "x"})
    assert results.cell("in", "fedhub").runs == [{"latency_us.p50": 7, "latency_us.p99": 9}]


@pytest.mark.parametrize("value, verdict", [(39, Verdict.NOT_MET), (40, Verdict.MET), (41, Verdict.MET)])
def test_at_least_a_part_of_haproxy_is_met_from_the_limit_on(value, verdict):
    judgement = judged(measured(fedhub_in=[value], haproxy_in=[100]), True, 0.4, "haproxy")
    assert (judgement.verdict, judgement.reached) == (verdict, value / 100)


def test_the_best_server_is_the_fastest_one_where_more_is_better():
    results = measured(fedhub_in=[100], prosody_in=[3], ejabberd_in=[20], jabberd2_in=[10], haproxy_in=[1000])
    judgement = judged(results, True, 5, "servers")
    assert (judgement.verdict, judgement.reached, judgement.whose) == (Verdict.MET, 5, "ejabberd")


def test_the_best_server_is_the_least_one_where_less_is_better():
    results = measured(fedhub_in=[1], prosody_in=[40], ejabberd_in=[20], jabberd2_in=[10], haproxy_in=[0.1])
    judgement = judged(results, False, 1 / 20, "servers")
    assert (judgement.verdict, judgement.reached, judgement.whose) == (Verdict.NOT_MET, 0.1, "jabberd2")


def test_a_server_that_failed_is_not_the_best_one():
    results = measured(fedhub_in=[100], prosody_in=[10])
    results.add({"scenario": "in", "system": "jabberd2", "failed": "it ended"})
    assert judged(results, True, 5, "servers").whose == "prosody"


@pytest.mark.parametrize("value, verdict", [(8, Verdict.MET), (8.1, Verdict.NOT_MET)])
def test_a_limit_without_a_reference_is_compared_as_it_is(value, verdict):
    assert judged(measured(fedhub_in=[value]), False, 8, None).verdict is verdict


def test_another_scenario_of_fedhub_may_be_the_reference():
    results = measured(fedhub_in=[90], **{"fedhub_in-plain": [100]})
    assert judged(results, True, 0.9, "in-plain").verdict is Verdict.MET


@pytest.mark.parametrize("results", [measured(fedhub_in=[1]), measured(haproxy_in=[1]), measured(),
                                     measured(fedhub_in=[1], haproxy_in=[0])])
def test_nothing_is_claimed_where_one_of_the_two_was_not_measured(results):
    assert judged(results, True, 0.4, "haproxy").verdict is Verdict.OPEN


def test_each_demand_is_about_a_scenario_that_all_it_compares_play():
    for demand in demands.ALL:
        players = scenarios.BY_NAME[demand.scenario].systems
        assert "fedhub" in players
        if demand.against in ("haproxy", "servers"):
            assert set(systems.SERVERS if demand.against == "servers" else ["haproxy"]) <= set(players), demand
        elif demand.against is not None:
            assert demand.against in scenarios.BY_NAME


def test_losses_add_up_over_all_runs_and_only_what_is_not_0_is_told():
    results = Results()
    for lost, doubled in ((0, 0), (2, 0), (1, 4)):
        results.add({"scenario": "in", "system": "fedhub", "lost": lost, "doubled": doubled, "reordered": 0})
    results.add({"scenario": "out", "system": "fedhub", "lost": 0})
    results.add({"scenario": "out", "system": "prosody", "lost": 1})
    assert demands.lost_by_fedhub(results) == {"in": {"lost": 3, "doubled": 4}}


def test_results_come_back_from_the_file_as_they_were(tmp_path):
    rows = [{"facts": {"date": "today"}},
            {"scenario": "in-plain", "system": "fedhub", "repetition": 1, "stanzas_per_second": 5.5},
            {"scenario": "in-plain", "system": "prosody", "repetition": 1, "failed": "no"},
            {"scenario": "sweep", "system": "fedhub", "rate": 10, "stanzas_per_second": 10}]
    with (tmp_path / "compare.jsonl").open("w") as file:
        written = Results(file)
        for row in rows:
            written.add(row)
    assert [json.loads(line) for line in (tmp_path / "compare.jsonl").read_text().splitlines()] == rows
    read = Results.read(tmp_path / "compare.jsonl")
    assert (read.facts, read.cells, read.sweep) == ({"date": "today"}, written.cells, written.sweep)
