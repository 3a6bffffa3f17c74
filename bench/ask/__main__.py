"""How fast a busy hub answers its API: percentiles of each list, while stanzas pass over thousands of streams.

    ./dev bench ask [--streams 8000] [--domains 12000] [--rate 100000] [--requests 300]

The load generator plays the remote domains, which all send. A component makes further domains known by stanzas that
can't be delivered. It needs root, for a network namespace, and 20,000 open files.
"""

import argparse
import json
import sys
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "bench"), str(REPOSITORY / "tests")]

from compare import generator, systems, world  # noqa: E402
from peers.api import Api  # noqa: E402
from support.component import Component  # noqa: E402

# The requests: (name, call, its parameters).
REQUESTS = (
    ("status", "status", {}),
    ("domains, 100", "domains", {}),
    ("domains, 1,000 by name", "domains", {"limit": 1000}),
    ("domains that fail, by queue", "domains", {"state": "failing", "sort": "-queued_stanzas"}),
    ("one domain", "domains/n7.nowhere.example", {}),
    ("streams, 100", "streams", {}),
    ("streams, 1,000", "streams", {"limit": 1000}),
    ("streams of a name", "streams", {"match": "d77"}),
    ("nodes", "nodes", {}),
    ("notifications", "notifications", {}),
    ("events", "events", {}),
)  # fmt: skip


EXTRA = "extra.example"  # the domain of the component that makes further domains known


class Fedhub(systems.Fedhub):
    """fedhub with a second node."""

    def _launch(self):
        row = f"[[node]]\nname = 'extra'\ndomains = ['{EXTRA}']\nsecret = 'extra'\n"
        folder = self.directory / "fedhub.d"
        folder.mkdir()
        (folder / "extra.toml").write_text(row)
        super()._launch()


def percentile(times: list, share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def measure(api: Api, requests: int) -> dict:
    """Returns the seconds that each answer took, by the request's name."""
    taken = {name: [] for name, _, _ in REQUESTS}
    for _ in range(requests):
        for name, call, parameters in REQUESTS:
            begun = time.perf_counter()
            answer = api.request("GET", call, **parameters)
            taken[name].append(time.perf_counter() - begun)
            if answer.status != 200:
                raise SystemExit(f"{call}: {answer.status} {answer.body[:200]!r}")
    return taken


def make_domains_known(host, count: int) -> None:
    """Sends one stanza to each of `count` domains that do not exist. @returns the component that has sent them."""
    component = Component(host, EXTRA, "extra", "127.0.0.1", systems.COMPONENT_PORT)
    for number in range(count):
        component.send(f"<message from='{EXTRA}' to='n{number}.nowhere.example' type='headline'/>")
    return component


def main() -> None:
    options = argparse.ArgumentParser(prog="./dev bench ask", description=__doc__.splitlines()[0])
    options.add_argument("--streams", type=int, default=8000)
    options.add_argument("--domains", type=int, default=12000, help="domains that can't be reached")
    options.add_argument("--rate", type=int, default=100_000, help="stanzas/s")
    options.add_argument("--requests", type=int, default=300, help="of each kind")
    options.add_argument("--fedhub", default=str(REPOSITORY / "build/release/fedhub"))
    options.add_argument("--load", default=str(REPOSITORY / "build/release/fedhub-load"))
    chosen = options.parse_args()
    world.allow_open_files()
    programs = {"fedhub": chosen.fedhub, "fedhub-load": chosen.load}
    with world.open_world() as (host, directory):
        system = Fedhub(host, directory, False, programs)
        try:
            system.start()
            report(chosen, system, host, programs)
        finally:
            system.stop()


def report(chosen, system, host, programs) -> None:
    api = Api(system.directory / "state" / "admin.sock")
    seconds = 60 + chosen.requests * len(REQUESTS) * 0.05
    load = [
        "in", *system.target(), "--streams", chosen.streams, "--rate", chosen.rate, "--warm-up", 0,
        "--duration", seconds, "--size", 250,
    ]  # fmt: skip
    outcome = {}
    player = threading.Thread(
        target=lambda: outcome.update(
            generator.play(programs["fedhub-load"], host, list(map(str, load)), system.pids(), seconds + 120)
        ),
        daemon=True,
    )
    player.start()
    while api.get("status")["counts"]["streams"].get("s2s-in", {}).get("authenticated", 0) < chosen.streams:
        if not player.is_alive():
            raise SystemExit("the load generator has ended")
        time.sleep(0.2)
    component = make_domains_known(host, chosen.domains)
    while sum(api.get("status")["counts"]["domains"].values()) < min(chosen.streams + chosen.domains, 17_000):
        time.sleep(0.2)
    counts = api.get("status")["counts"]
    taken = measure(api, chosen.requests)
    print(json.dumps(counts["domains"]), counts["streams"])
    print("| request | p50, ms | p99, ms | most, ms |\n| --- | ---: | ---: | ---: |")
    for name, times in taken.items():
        print(f"| {name} | {percentile(times, 0.5) * 1e3:.1f} | {percentile(times, 0.99) * 1e3:.1f} "
              f"| {max(times) * 1e3:.1f} |")
    del component
    player.join(seconds + 120)
    print(f"{outcome['stanzas_per_second']:,.0f} stanzas/s meanwhile; lost {outcome['lost']}, "
          f"late by p99 {outcome.get('p99_ms', '-')}")


if __name__ == "__main__":
    main()
