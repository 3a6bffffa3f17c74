"""One attack on a hub of its own, beside a well-behaved pair and a control process."""

import os
import re
import time
from pathlib import Path

from peers import authority
from peers.hub import Hub
from peers.site import NODE_SECRET, Site, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import Stopwatch, eventually

from .children import Child
from .figures import AFTER_S, MEMORY_AFTER_BYTES, Figures

LONG = "FEDHUB_SOAK" in os.environ
"""Attacks have their whole length: `./dev soak attack`."""

SECONDS = 60 if LONG else 3
"""Of a flood."""

END_WITHIN_S = 60.0
SPARE_COMPONENTS = 60


def size(short: int, long: int) -> int:
    """Returns the number for a short or a long run, whichever this one is."""
    return long if LONG else short


def cases(short: list, more: list) -> list:
    """Returns the parameters of a test: `short`, and in a long run `more` as well."""
    return short + more if LONG else short


class Trial:
    """Starts the hub, the pair, the control process and the attackers, and measures. Call `perform`, then `close`."""

    def __init__(self, dns, directories, low_weight, **changes):
        """@param changes to the hub's configuration, which otherwise has the default limits and time-outs."""
        self.site, self._dns, self._low_weight = Site(dns, directories), dns, low_weight
        self._directory = self.site.directory("trial")
        self.pair, self.pair_remote = fresh_domain("corp"), fresh_domain("partner")
        self.victim, self.sink, self.absent = fresh_domain("victim"), fresh_domain("sink"), fresh_domain("absent")
        self.attacker = fresh_domain("attacker")
        self.spare = [fresh_domain("spare") for _ in range(SPARE_COMPONENTS)]
        nodes = [component_node(name) for name in (self.pair, self.victim, self.sink, self.absent, *self.spare)]
        self.hub = self._start_hub(nodes, changes)
        self._children = []
        self.complaint = ""  # a failure of `beside`

    def _start_hub(self, nodes: list, changes: dict) -> Hub:
        defaults = {
            "listen": {"s2s_direct_tls": ["127.0.0.1:0"]},
            "timeouts": {"connect": None, "negotiation": None, "dialback": None, "queue": None, "drain": 2},
            "limits": {"log_lines_per_second": None},
            "log": {"level": "info"},
        }
        config = {name: defaults.get(name, {}) | changes.get(name, {}) for name in defaults | changes}
        return self.site.certified_hub(*nodes, **config)

    # -- its parts ------------------------------------------------------------------------------------------

    def ground(self) -> dict:
        """Returns the addresses and names that the attackers and the pair need."""
        return {
            "s2s": self.hub.s2s, "direct": self.hub.addresses("s2s_direct_tls")[0], "nodes": self.hub.nodes,
            "secret": NODE_SECRET, "seconds": SECONDS, "corp": self.pair, "victim": self.victim, "sink": self.sink,
            "absent": self.absent, "domain": self.attacker,
            "certificate": self._certificate("attacker.pem", self.attacker, "*." + self.attacker),
        }  # fmt: skip

    def certified_listener(self):
        """Returns a remote server to script by hand, with a certificate that the hub accepts."""
        domain = fresh_domain()
        return self.site.listener(domain, certificate=authority.certificate(domain, purposes=authority.BOTH_PURPOSES))

    def _certificate(self, name: str, *domains: str) -> str:
        file = self._directory / name
        file.write_bytes(authority.certificate(*domains, purposes=authority.BOTH_PURPOSES))
        return str(file)

    def child(self, module: str, arguments: dict, low_weight=None) -> Child:
        log = self._directory / f"{module}-{len(self._children)}.log"
        child = Child(module, self._dns, log, arguments, low_weight)
        self._children.append(child)
        return child

    def start_pair(self) -> list:
        """Starts the pair and the control process. Returns them once they are ready."""
        pair = self.child("pair", {
            "s2s": self.hub.s2s, "nodes": self.hub.nodes, "component": self.pair, "remote": self.pair_remote,
            "secret": NODE_SECRET, "certificate": self._certificate("pair.pem", self.pair_remote)})  # fmt: skip
        children = [pair, self.child("control", {})]
        for child in children:
            child.expect("ready")
        return children

    # -- the attack -----------------------------------------------------------------------------------------

    def perform(self, name: str, attacks: list, beside=None, trials: int = 1) -> Figures:
        """Runs the attack and measures.

        @param attacks (kind, arguments) of each attacking process; an argument may be a function of this trial.
        @param beside called with this trial during the attack, and again as long as it returns True.
        @param trials number of trials so far, this one included.
        """
        measuring = self.start_pair()
        idle = self.hub.resident_bytes()
        log_before = self.hub.log_file.stat().st_size
        forget_peak(self.hub)
        watch = Stopwatch()
        attackers = [
            self.child(
                "attackers", {"kind": kind, "ground": self.ground(), "how": self._resolved(how)}, self._low_weight
            )
            for kind, how in attacks
        ]
        for child in attackers:
            child.expect("ready", END_WITHIN_S)
        for child in measuring + attackers:
            child.go()
        reported = self._course(attackers, beside)
        for child in measuring:
            child.stop()
        pair, control = (child.expect("report") for child in measuring)
        seconds, peak, log = watch.seconds(), peak_bytes(self.hub), self.hub.log_file.stat().st_size
        for child in attackers:
            child.close()
        return Figures(
            attack=name, connections=sum(row["connections"] for row in reported), pair=pair, control=control,
            seconds=seconds, idle=idle, peak=peak, after=self._memory_after(idle),
            log=log - log_before, sanitized=self.hub.sanitized(), trials=trials,
            reported=sum_up(reported), more=self.complaint,
        )  # fmt: skip

    def _resolved(self, how: dict) -> dict:
        return {name: value(self) if callable(value) else value for name, value in how.items()}

    def _course(self, attackers: list, beside) -> list:
        """Returns each attacker's counts after the attack. Their connections stay open until `close`."""
        watch = Stopwatch()
        try:
            while beside and beside(self) and watch.seconds() < SECONDS:
                pass
        except (AssertionError, Closed, OSError) as error:
            self.complaint = f"beside the attack: {error!r}"
        return [child.expect("done", SECONDS + END_WITHIN_S) for child in attackers]

    def _memory_after(self, idle: int) -> int:
        """Returns the resident memory as soon as it is low enough, at the latest 10 s after the attack."""
        if self.hub.sanitized():
            return self.hub.resident_bytes()
        try:
            eventually(lambda: self.hub.resident_bytes() - idle <= MEMORY_AFTER_BYTES, AFTER_S)
        except AssertionError:
            pass
        return self.hub.resident_bytes()

    def close(self) -> None:
        for child in self._children:
            child.close()
        self.site.close()


def sum_up(reported: list) -> dict:
    """Returns the attackers' counts together: numbers added, lists joined."""
    sums = {}
    for row in reported:
        for key, value in row.items():
            sums[key] = sums[key] + value if key in sums else value
    return sums


def forget_peak(hub: Hub) -> None:
    """Resets the kernel's peak of resident memory (VmHWM)."""
    Path(f"/proc/{hub.process.pid}/clear_refs").write_text("5")


def peak_bytes(hub: Hub) -> int:
    """Returns the peak of resident memory since `forget_peak`."""
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def pause(seconds: float) -> bool:
    """Sleeps. Returns True, so that a `beside` which ends with it is called again."""
    time.sleep(seconds)
    return True
