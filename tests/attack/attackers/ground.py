"""The hub's addresses and names for an attacker, and the streams that it can open."""

import time

from peers.component import Component, connect_component
from peers.s2s_peer import Listener
from peers.stream import Stream

from .. import parent

KINDS = {}


def kind(function):
    """Registers the function under its name."""
    KINDS[function.__name__] = function
    return function


class Ground:
    """Addresses and names. An attack prepares, calls `begin`, goes on until `over()`, and ends with `done`."""

    def __init__(self, **known):
        self.s2s, self.direct, self.nodes = (tuple(known[key]) for key in ("s2s", "direct", "nodes"))
        self.corp, self.victim, self.sink, self.absent, self.domain = (
            known[key] for key in ("corp", "victim", "sink", "absent", "domain")
        )
        self.secret, self.seconds, self.certificate_file = known["secret"], known["seconds"], known["certificate"]
        with open(self.certificate_file, "rb") as file:
            self.certificate = file.read()
        self.until = None

    def begin(self) -> None:
        """Reports that the attack is prepared, and waits for the test's `go`."""
        parent.tell(ready=True)
        parent.go.wait()
        self.until = time.monotonic() + self.seconds

    def over(self) -> bool:
        return time.monotonic() >= self.until

    def done(self, connections: int, **counted) -> None:
        """Reports the counts. Keeps connections open until the test ends this process.

        @param connections the number that were open at the same time.
        """
        parent.tell(done={"connections": connections} | counted)
        parent.stop.wait()

    # -- ways in --------------------------------------------------------------------------------------------

    def listener(self, *domains: str, **how) -> Listener:
        """Returns a server to script by hand, by default for the attacker's own domain."""
        return Listener(parent.Dns(), *(domains or (self.domain,)), certificate=self.certificate, **how)

    def stream(self, where: str, number: int = 0, to: str = None, **how) -> Stream:
        """Opens a stream up to `where`, a key of WAYS. @param number chooses the address that it comes from."""
        remote = Listener(parent.Dns(), certificate=self.certificate)
        remote.domain = how.pop("from_", self.domain)
        remote.source = (source(number), 0)
        try:
            return WAYS[where](self, remote, to or self.corp, how)
        finally:
            remote.close()


def source(number: int) -> str:
    """Returns a new address for every 60 connections: fewer than the default of `limits.connections_per_address`."""
    return f"127.0.66.{1 + number // 60}"


WAYS = {
    "clear": lambda ground, remote, to, how: remote.open_stream(ground.s2s, to, **how),
    "TLS": lambda ground, remote, to, how: remote.open_stream(ground.s2s, to, secure=True, **how),
    "direct TLS": lambda ground, remote, to, how: remote.open_stream(ground.direct, to, direct=True, **how),
    "authenticated": lambda ground, remote, to, how: remote.connect_by_certificate(ground.s2s, to, **how),
    "authenticated direct": lambda ground, remote, to, how: remote.connect_by_certificate(
        ground.direct, to, direct=True, **how
    ),
    "nodes": lambda ground, remote, to, how: Component.connect(ground.nodes, source=remote.source).open(ground.sink),
    "component": lambda ground, remote, to, how: connect_component(ground.nodes, ground.sink, ground.secret),
}
"""How far strangers come, and a component of the hub's own."""
