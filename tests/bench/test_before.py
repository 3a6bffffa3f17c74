"""The verdict on two builds: only a change that exceeds the spread between two runs of one build counts."""

import pytest

from compare import before, cli
from compare.demands import CPU, Verdict
from compare.results import Results


def judged(first, again, now, scenario="in-plain", metric=CPU):
    results = Results()
    for system, values in (("before", first), ("before-again", again), ("fedhub", now)):
        for value in values:
            results.add({"scenario": scenario, "system": system, metric: value})
    return before.judge(results)


@pytest.mark.parametrize(
    "first, again, now, verdict",
    [
        (100, 100, 103, Verdict.MET),
        (100, 100, 103.1, Verdict.NOT_MET),
        (98, 102, 106.9, Verdict.MET),
        (98, 102, 107.1, Verdict.NOT_MET),
        (102, 98, 106.9, Verdict.MET),
        (100, 100, 50, Verdict.MET),
    ],
)
def test_processor_time_may_grow_by_three_percent_beyond_the_spread(first, again, now, verdict):
    assert [judgement.verdict for judgement in judged([first], [again], [now])] == [verdict]


@pytest.mark.parametrize("now, verdict", [(105, Verdict.MET), (105.1, Verdict.NOT_MET)])
def test_memory_of_an_idle_stream_may_grow_by_five_percent(now, verdict):
    (judgement,) = judged([100], [100], [now], "idle-tls", "kib_per_stream")
    assert judgement.verdict == verdict


def test_medians_are_compared():
    (judgement,) = judged([100, 1, 900], [100, 100, 2], [101, 101, 5000])
    assert (judgement.change, judgement.spread) == (pytest.approx(0.01), 0)


def test_what_one_build_did_not_play_is_not_judged():
    assert judged([100], [], [100]) == []


def test_earlier_builds_play_in_turn_with_this_one():
    plan = cli._plan(cli._arguments(["--before", "old"]))
    assert plan.systems == ("fedhub", "before", "before-again") and plan.repetitions == 9
    assert [scenario.name for scenario in plan.scenarios] == [
        "in-plain", "in-tls", "out-plain", "out-tls", "echo-plain", "idle-plain", "idle-tls"
    ]  # fmt: skip
    assert len(plan.pairs()) == 7 * 3


def test_without_an_earlier_build_nothing_is_new():
    plan = cli._plan(cli._arguments([]))
    assert plan.systems == ("fedhub", "haproxy", "prosody", "ejabberd", "jabberd2") and plan.repetitions == 5
