"""The command line."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from support.namespaces import NamespacesUnavailable

from . import before, charts, facts, scenarios, systems, table
from .measure import Measurement
from .results import Results
from .runner import Plan, Runner
from .world import OPEN_FILES, allow_open_files

RELEASE = systems.REPOSITORY / "build" / "release"
INTERRUPTED = 130


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="./dev bench compare", description=(
        "Plays the same load against fedhub, HAProxy, Prosody, ejabberd and jabberd2, and writes tables and plots. "
        "Needs root, for network namespaces. A full run takes about half an hour."))
    parser.add_argument("--quick", action="store_true", help="one short repetition, for a look whether it works")
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", choices=[*scenarios.BY_NAME, scenarios.SWEEP],
                        help=f"of {', '.join(scenarios.BY_NAME)}, {scenarios.SWEEP}")
    names = [system.name for system in systems.ALL]
    parser.add_argument("--systems", nargs="+", metavar="SYSTEM", choices=names, help=f"of {', '.join(names)}")
    parser.add_argument("--repetitions", type=_positive(int), metavar="N", help="default 5; with --before 9")
    parser.add_argument("--duration", type=_positive(float), metavar="S",
                        help="measured seconds of each run, default 1.5; latencies take twice that")
    parser.add_argument("--out", type=Path, default=systems.REPOSITORY / "build" / "bench", metavar="DIR",
                        help="where the results go, default build/bench")
    parser.add_argument("--from", type=Path, dest="measured", metavar="FILE",
                        help="measures nothing: makes tables and plots of an earlier compare.jsonl")
    parser.add_argument("--fedhub", type=Path, default=Path(os.environ.get("FEDHUB", RELEASE / "fedhub")),
                        metavar="FILE", help="default build/release/fedhub, or the environment's FEDHUB")
    parser.add_argument("--before", type=Path, metavar="FILE",
                        help="an earlier build of fedhub: plays it twice in turn with this build, and reports "
                             "whether this build costs more; without --systems and --only plays these builds alone, and only the "
                             "scenarios that are judged")
    parser.add_argument("--load", type=Path, default=Path(os.environ.get("FEDHUB_LOAD", RELEASE / "fedhub-load")),
                        metavar="FILE", help="default build/release/fedhub-load, or the environment's FEDHUB_LOAD")
    return parser.parse_args(argv)


def _positive(number):
    def convert(text):
        value = number(text)
        if value <= 0:
            raise ValueError(text)
        return value
    convert.__name__ = f"positive {number.__name__}"  # argparse shows the name in its error message
    return convert


def _plan(arguments):
    usual = 5
    only, chosen = [*scenarios.BY_NAME, scenarios.SWEEP], [system.name for system in systems.ALL]
    if arguments.before:
        usual, only, chosen = before.REPETITIONS, [cost.scenario for cost in before.COSTS], ["fedhub"]
    only, chosen = arguments.only or only, arguments.systems or chosen
    chosen = chosen + [system.name for system in systems.EARLIER if arguments.before]
    return Plan(
        scenarios=tuple(scenario for scenario in scenarios.ALL if scenario.name in only),
        systems=tuple(name for name in systems.BY_NAME if name in chosen),
        repetitions=arguments.repetitions or (1 if arguments.quick else usual),
        sweep=scenarios.SWEEP in only)


def _write(results, out):
    """Writes the report, the JSON file and the charts. @returns the report."""
    report = table.report(results)
    (out / "compare.md").write_text(report)
    (out / "compare.json").write_text(json.dumps(
        {"facts": results.facts, "results": results.summary(), "sweep": results.sweep}, indent=1))
    for name, document in charts.draw(results).items():
        (out / name).write_text(document)
    return report


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _measure(arguments):
    """@returns (results, whether it was interrupted)."""
    programs = {"fedhub": arguments.fedhub.resolve(), "fedhub-load": arguments.load.resolve()}
    if arguments.before:
        programs["before"] = arguments.before.resolve()
    for program in programs.values():
        if not program.exists():
            raise SystemExit(f"{program} is missing: build it first")
    if (limit := allow_open_files()) < OPEN_FILES:
        _say(f"only {limit:,} open files are allowed here: scenarios with {scenarios.MANY_STREAMS:,} streams will fail")
    plan = _plan(arguments)
    duration = arguments.duration or (0.5 if arguments.quick else 1.5)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM stops everything like Ctrl-C
    with (arguments.out / "compare.jsonl").open("w") as file:
        results = Results(file)
        results.add({"facts": facts.gather() | {
            "runs": f"{plan.repetitions} of each, {duration:g} s measured; twice that for latencies"}})
        try:
            Runner(plan, Measurement(programs, duration), results, _say).run()
        except KeyboardInterrupt:
            _say("interrupted: what there is so far")
            return results, True
    return results, False


def main(argv=None):
    arguments = _arguments(argv)
    arguments.out.mkdir(parents=True, exist_ok=True)
    try:
        results, interrupted = (Results.read(arguments.measured), False) if arguments.measured else _measure(arguments)
    except NamespacesUnavailable as error:
        raise SystemExit(str(error)) from None
    print(_write(results, arguments.out))
    _say(f"written to {arguments.out}")
    return INTERRUPTED if interrupted else 0
