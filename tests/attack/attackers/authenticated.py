"""Attacks by a stranger that owns a domain, and by a misbehaving component."""

import socket
import threading
import time

from peers import management, sasl
from peers.s2s_peer import Server
from peers.stream import Closed

from .. import parent
from .asking import flood
from .ground import Ground, kind
from .pump import Barrel, Pump, filled

CUT_WITHIN_S = 50

LANGUAGE = ("en" + "-abcdefgh" * 1000)[:7500]


@kind
def multiply_language(ground: Ground, to: str) -> None:
    """Sends short stanzas under a header with a long `xml:lang`, which the hub has to add to each of them.

    @param to "sink": a component that does not read. "absent": an absent node.
    """
    held = ground.stream("component") if to == "sink" else None
    target = ground.sink if to == "sink" else ground.absent
    stream = ground.stream("TLS", to=target)
    stream.send(sasl.auth(ground.domain)).expect("sasl:success")
    stream.restart()
    stream.send_header(from_=ground.domain, to=target, lang=LANGUAGE)
    stream.read_header()
    pump = Pump()
    ground.begin()
    pump.run([Barrel(stream, filled(f"<message from='{ground.domain}' to='{target}'/>"))], ground.over)
    ground.done(1 + bool(held), **pump.counted())


@kind
def request_acknowledgements(ground: Ground, connections: int, reading: str) -> None:
    """Sends nothing but `<r/>` (XEP-0198)."""
    streams = []
    for number in range(connections):
        stream = ground.stream("authenticated", number)
        stream.send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
        streams.append(stream)
    ground.begin()
    pump = Pump()
    octets = filled("<r xmlns='urn:xmpp:sm:3'/>")
    pump.run([Barrel(stream, octets, reading) for stream in streams], ground.over)
    ground.done(connections, **pump.counted())


@kind
def stall(ground: Ground, peer: str, octets_at_once: int, seconds: float) -> None:
    """Plays a peer on TLS that stops reading in the middle of a component's stanzas.

    @param peer a key of STALLING. @param octets_at_once octets that it still reads every half second; may be 0.
    @param seconds duration of the stall, after one second of stanzas.
    """
    component = ground.stream("component")
    text = f"<message from='a@{ground.sink}' to='b@{ground.domain}'><body>{{}}</body></message>"
    STALLING[peer](ground, octets_at_once)
    ground.begin()
    pump = Pump()
    ground.until = time.monotonic() + 1
    pump.run([Barrel(component, filled(text.format("x" * 4000)), "all")], ground.over)
    time.sleep(seconds)
    ground.done(2, **pump.counted())


def stall_as_server(ground: Ground, octets_at_once: int, step: str = "authenticated", direct: bool = False) -> None:
    """@param step see Server.misbehave."""
    server = Server(parent.Dns(), ground.domain, receive_buffer=65536, direct_tls=direct)
    server.misbehave[step] = lambda stream: read_slowly(stream.sock, octets_at_once)


def stall_with_acknowledgements(ground: Ground, octets_at_once: int) -> None:
    remote = ground.listener(receive_buffer=65536)

    def serve() -> None:
        stream = management.take_authenticated(remote)
        stream.expect("sm:enable")
        stream.send("<enabled xmlns='urn:xmpp:sm:3'/>")
        read_slowly(stream.sock, octets_at_once)

    threading.Thread(target=serve, daemon=True).start()


def stall_on_bidi(ground: Ground, octets_at_once: int) -> None:
    stream = ground.stream("authenticated", to=ground.sink, bidi=True)
    threading.Thread(target=read_slowly, args=(stream.sock, octets_at_once), daemon=True).start()


STALLING = {
    "server": stall_as_server,
    "direct TLS": lambda ground, octets: stall_as_server(ground, octets, direct=True),
    "bidi": stall_on_bidi,
    "acknowledging": stall_with_acknowledgements,
    "handshake": lambda ground, octets: stall_as_server(ground, octets, "proceed sent"),
    "direct handshake": lambda ground, octets: stall_as_server(ground, octets, "connected", direct=True),
}


def read_slowly(sock, octets: int) -> None:
    """Reads and discards octets of TCP."""
    while True:
        time.sleep(0.5)
        if octets:
            try:
                socket.socket.recv(sock, octets)
            except BlockingIOError:
                pass


@kind
def write_to_many_domains(ground: Ground, domains: int, below: str) -> None:
    """Sends, as a component, one stanza to each of many domains below `below`."""
    component = ground.stream("component")
    texts = "".join(
        f"<message from='a@{ground.sink}' to='b@d{number}.{below}'><body>x</body></message>"
        for number in range(domains)
    )
    ground.begin()
    component.send(texts, within=30)
    while not ground.over():
        try:
            component.receive(0.1)
        except TimeoutError:
            pass
    ground.done(1)


@kind
def take_connections(ground: Ground, most: int) -> None:
    """Opens as many authenticated streams as the hub allows."""
    held, refused = [], 0
    try:
        while len(held) < most:
            held.append(ground.stream("authenticated", len(held)))
    except (OSError, Closed, AssertionError):
        refused += 1
    ground.begin()
    while not ground.over():
        try:
            held.append(ground.stream("authenticated", len(held)))
        except (OSError, Closed, AssertionError):
            refused += 1
            time.sleep(0.05)
        if len(held) > most:
            held.pop(0).cut()
    ground.done(len(held), refused=refused)


@kind
def cut_resumable_streams(ground: Ground, most: int) -> None:
    """Opens `most` streams that can be resumed, and resets each at once."""
    ground.begin()
    cut = 0
    deadline = ground.until + CUT_WITHIN_S
    while cut < most and time.monotonic() < deadline:
        try:
            stream = ground.stream("authenticated", cut % 600)
            stream.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").expect("sm:enabled")
            stream.cut()
            cut += 1
        except (OSError, Closed, AssertionError):
            time.sleep(0.01)
    ground.done(10, cut=cut)


