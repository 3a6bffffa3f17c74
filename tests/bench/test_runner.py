"""The runner: which runs it makes, in which order, and how it treats failed runs."""

from compare import scenarios
from compare.generator import RunFailed
from compare.results import Results
from compare.runner import FIT_LEAST, FIT_S, PATIENCE, Plan, Runner


class Measurement:
    """A fake measurement: returns the results that a test gives, and records the runs that it was asked for."""

    def __init__(self, answers=None):
        self._answers = answers or {}
        self.asked = []

    def __call__(self, scenario, system_type, streams):
        self.asked.append((scenario.name, system_type.name, streams))
        answer = self._answers.get((scenario.name, system_type.name), {"stanzas_per_second": 1000,
                                                                       "cpu_seconds_per_million": 1})
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def played(measure, names, systems, repetitions=1, sweep=False):
    results, said = Results(), []
    plan = Plan(tuple(scenarios.BY_NAME[name] for name in names), systems, repetitions, sweep)
    Runner(plan, measure, results, said.append).run()
    return results, said


def test_all_systems_have_had_a_turn_before_any_has_the_second():
    measure = Measurement()
    played(measure, ["in-plain", "out-plain"], ("fedhub", "haproxy"), repetitions=2)
    once = [("in-plain", "fedhub", 16), ("in-plain", "haproxy", 16), ("out-plain", "fedhub", 16),
            ("out-plain", "haproxy", 16)]
    assert measure.asked == once + once


def test_a_system_is_spared_the_scenarios_that_it_can_not_play():
    measure = Measurement({("storm-plain", "fedhub"): {"pairs_per_second": 1}})
    played(measure, ["storm-plain", "mixed-plain"], ("fedhub", "haproxy", "prosody"))
    assert [asked[:2] for asked in measure.asked] == [("storm-plain", "fedhub"), ("storm-plain", "prosody"),
                                                      ("mixed-plain", "fedhub")]


def test_a_failed_run_is_a_result_and_the_others_go_on():
    measure = Measurement({("in-plain", "jabberd2"): RunFailed("refused\nthe handshake")})
    results, said = played(measure, ["in-plain"], ("jabberd2", "fedhub"))
    assert results.cell("in-plain", "jabberd2").failures == ["refused the handshake"]
    assert len(results.cell("in-plain", "fedhub").runs) == 1
    assert said[0].endswith("in-plain jabberd2 #1: refused the handshake")


def test_a_system_that_always_fails_is_given_up():
    measure = Measurement({("in-plain", "jabberd2"): AssertionError("it does not start")})
    played(measure, ["in-plain"], ("jabberd2", "fedhub"), repetitions=5)
    assert [asked[1] for asked in measure.asked].count("jabberd2") == PATIENCE
    assert [asked[1] for asked in measure.asked].count("fedhub") == 5


def test_a_slow_server_gets_as_many_idle_streams_as_it_authenticates_in_the_time_and_fedhub_all():
    storm = {("storm-tls", system): {"pairs_per_second": rate}
             for system, rate in (("fedhub", 1), ("prosody", 12), ("ejabberd", 263), ("jabberd2", 90_000))}
    idle = {("idle-tls", system): {"kib_per_stream": 1, "streams": 1} for _, system in storm}
    measure = Measurement(storm | idle)
    played(measure, ["storm-tls", "idle-tls"], ("fedhub", "prosody", "ejabberd", "jabberd2"))
    streams = {system: streams for name, system, streams in measure.asked if name == "idle-tls"}
    assert streams == {"fedhub": 8000, "prosody": FIT_LEAST, "ejabberd": round(FIT_S * 263, -2), "jabberd2": 8000}


def test_the_sweep_offers_the_same_small_loads_to_all_and_then_parts_of_what_each_moved():
    def offered(saturated):
        return [scenario.rate for scenario in scenarios.sweep(saturated)]

    assert offered(1_000_000)[:3] == [1_000, 5_000, 100_000]
    assert offered(8_000)[:3] == [800, 1_000, 2_000]
    assert offered(8_000)[-1] == 9_600


def test_the_sweep_leaves_out_systems_that_moved_nothing():
    measure = Measurement({("in-plain", "jabberd2"): RunFailed("no")})
    results, _ = played(measure, ["in-plain"], ("fedhub", "jabberd2"), sweep=True)
    assert {asked[1] for asked in measure.asked if asked[0] == "sweep"} == {"fedhub"}
    assert len(results.sweep["fedhub"]) == len(scenarios.sweep(1000))


def test_what_was_lost_is_said_while_it_runs():
    measure = Measurement({("in-plain", "fedhub"): {"stanzas_per_second": 5, "cpu_seconds_per_million": 1, "lost": 3}})
    assert played(measure, ["in-plain"], ("fedhub",))[1][0].endswith("5 stanzas/s, 1.00 CPU s per million, 3 lost")
