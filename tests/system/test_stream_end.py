"""Streams that the peer closes in order (RFC 6120 §4.4): the hub's answer, and the time when it closes TCP."""

import socket
from pathlib import Path

import pytest

from peers.site import component_node, fresh_domain
from peers.stream import FOOTER, Closed
from peers.waiting import Stopwatch, eventually
from peers.xml import StreamEnd

LINGER = 5  # seconds that the hub waits for a peer to close TCP; see docs/architecture.md


def connected(site, secure):
    """@returns an established stream that has carried a stanza."""
    node = fresh_domain("corp")
    hub = site.hub(component_node(node))
    component = site.component(hub, node)
    remote = site.server(security="optional", verify_at=hub.s2s)
    stream = remote.connect(hub.s2s, node, secure=secure)
    stream.send(f"<message from='{remote.domain}' to='{node}'/>")
    component.expect_message()
    return stream


def held_at_the_hub(stream):
    """@returns a function that reports whether the hub still has a descriptor for its end of the connection."""
    ends = [f":{port:04X}" for port in (stream.sock.getpeername()[1], stream.sock.getsockname()[1])]

    def held():
        rows = map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        return any([row[1][-5:], row[2][-5:]] == ends and row[9] != "0" for row in rows)  # row[9]: the inode

    assert held()
    return held


def test_a_clear_stream_that_both_sides_have_closed_closes_tcp_at_once(site):
    """The hub need not wait for the peer to close TCP: after both footers the peer has nothing more to send."""
    stream = connected(site, secure=False)
    held = held_at_the_hub(stream)
    watch = Stopwatch()
    stream.send(FOOTER)
    assert isinstance(stream.read(), StreamEnd)
    with pytest.raises(Closed) as end:
        stream.receive()
    assert not end.value.reset
    eventually(lambda: not held(), what="the end of the descriptor")
    assert watch.seconds() < LINGER


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "TLS"])
@pytest.mark.parametrize("behind", ["", "\n", " " * 5000], ids=["nothing", "a line", "more than a read"])
def test_the_footer_is_answered_before_the_end_whatever_follows_it(site, secure, behind):
    stream = connected(site, secure)
    stream.send(FOOTER + behind)
    assert isinstance(stream.read(), StreamEnd)
    with pytest.raises(Closed) as end:
        stream.receive()
    assert not end.value.reset


def test_a_peer_that_closes_tcp_with_its_footer_gets_the_hubs(site):
    stream = connected(site, secure=False)
    held = held_at_the_hub(stream)
    stream.send(FOOTER)
    stream.sock.shutdown(socket.SHUT_WR)
    assert isinstance(stream.read(), StreamEnd)
    with pytest.raises(Closed) as end:
        stream.receive()
    assert not end.value.reset
    eventually(lambda: not held(), what="the end of the descriptor")
