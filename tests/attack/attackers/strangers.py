"""Floods of connections, slow streams, illegal streams, resets."""

import itertools
import select
import socket
import time

from peers.stream import Closed, Stream, stream_header

from .ground import Ground, kind, source
from .pump import linger_not

PATIENCE_WITH_ONE_S = 0.5
"""For an illegal stream that the hub takes for the beginning of a legal one."""

CONTROL = "\u009b31m \u202e \u2066 \ufeff"
"""C1 and bidirectional control characters, which XML allows."""


@kind
def connect_again_and_again(ground: Ground, port: str, hold: int) -> None:
    """Connects without pause from one address.

    @param port "s2s", "direct" or "nodes". @param hold number of connections that are kept open.
    """
    held, count, refused = [], 0, 0
    ground.begin()
    while not ground.over():
        try:
            sock = socket.socket()
            sock.bind(("127.0.66.1", 0))
            sock.settimeout(1)
            sock.connect(getattr(ground, port))
            linger_not(sock)
            held.append(sock)
            count += 1
        except OSError:
            refused += 1
        while len(held) > hold:
            held.pop(0).close()
    ground.done(hold + 1, opened=count, refused=refused)


@kind
def trickle(ground: Ground, port: str, connections: int) -> None:
    """Opens many streams, and sends the header of each octet by octet."""
    octets = stream_header(from_=ground.domain, to=ground.corp, more="x='" + "y" * 7000).encode()
    held = [Stream.connect(getattr(ground, port), source=(source(number), 0)).sock for number in range(connections)]
    poll = select.poll()
    for sock in held:
        poll.register(sock, select.POLLRDHUP)
    ground.begin()
    ended = set()
    for position in itertools.cycle(range(len(octets))):
        if ground.over():
            break
        for sock in held:
            try:
                sock.send(octets[position : position + 1])
            except OSError:
                pass
        ended.update(number for number, _ in poll.poll(0))
        time.sleep(0.02)
    ground.done(connections, ended=len(ended))


def illegal_streams(ground: Ground) -> list:
    """Returns illegal beginnings of a stream. Each is wrong in its own way, and has words that a log may repeat."""
    header = stream_header(from_=ground.domain, to=ground.corp)
    return [
        stream_header(from_=ground.domain, to=f"nobody{CONTROL}.example"),
        stream_header(from_=f"{CONTROL}{'x' * 200}", to=ground.corp),
        stream_header(from_=f"{'x.' * 3000}example", to=ground.corp),
        stream_header(namespace="jabber:client", to=ground.corp),
        header + f"<message from='a@{ground.domain}' to='b@{ground.corp}'><body>{CONTROL}</body></message>",
        header + f"<db:result from='{CONTROL}' to='{ground.corp}'>{CONTROL}</db:result>",
        header + f"<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{CONTROL}{'z' * 5000}</text></stream:error>",
        header + "<not-well-formed",
        header + f"<{'n' * 4000} xmlns='urn:x'/>",
        "GET / HTTP/1.1\r\n\r\n",
        "<!DOCTYPE x [<!ENTITY y 'z'>]><x/>",
    ]  # fmt: skip


@kind
def open_illegal_streams(ground: Ground, port: str, at_once: int) -> None:
    """Repeatedly opens a connection for each text, until the hub ends it. @param at_once connections open at once."""
    texts = itertools.cycle([text.encode() for text in illegal_streams(ground)])
    poll, open_ones = select.poll(), {}
    ground.begin()
    opened = 0
    while not ground.over():
        while len(open_ones) < at_once:
            sock = socket.socket()
            sock.bind((source(opened % 600), 0))
            try:
                sock.connect(getattr(ground, port))
                sock.send(next(texts))
            except OSError:
                sock.close()
                break
            open_ones[sock.fileno()] = (sock, time.monotonic() + PATIENCE_WITH_ONE_S)
            poll.register(sock, select.POLLIN | select.POLLRDHUP)
            opened += 1
        for number, _ in poll.poll(50):
            if not take_some(open_ones[number][0]):
                forget(poll, open_ones, number)
        for number in [number for number, (_, until) in open_ones.items() if time.monotonic() > until]:
            forget(poll, open_ones, number)
    ground.done(at_once, opened=opened)


def take_some(sock: socket.socket) -> bool:
    """Reads once. @returns whether there may be more."""
    try:
        return bool(sock.recv(65536))
    except OSError:
        return False


def forget(poll, open_ones: dict, number: int) -> None:
    poll.unregister(number)
    open_ones.pop(number)[0].close()


@kind
def reset_in_mid_stanza(ground: Ground, where: str) -> None:
    """Repeatedly opens a stream, and resets it in the middle of a stanza."""
    half = f"<message from='a@{ground.domain}' to='b@{ground.corp}'><body>{'x' * 4000}"
    if not where.startswith("authenticated") and where != "component":
        half = f"<db:result from='{ground.domain}' to='{ground.corp}'>{'x' * 4000}"
    ground.begin()
    opened = 0
    while not ground.over():
        try:
            stream = ground.stream(where, opened % 600)
            stream.send(half).cut()
            opened += 1
        except (OSError, Closed, AssertionError):
            time.sleep(0.01)
    ground.done(10, opened=opened)
