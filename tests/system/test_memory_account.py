"""The hub's account of its memory against the allocator's: with 1,000 streams of a kind, both grow by the same amount.

The account has two sums. `fedhub_unauthenticated_bytes` counts the memory that connections hold before they are
authenticated. `fedhub_queued_bytes` counts the memory of queued stanzas. The allocator reports
`fedhub_heap_allocated_bytes`.
"""

import socket
import ssl

import pytest

from peers.certificates import client_context
from peers.component import Component, message
from peers.s2s_peer import STARTTLS
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import stream_header
from peers.waiting import Stopwatch, eventually

STREAMS = 1000
WARM_UP = 200  # streams opened before the measurement, so that one-time allocations and allocator caches don't count
WITHIN = 0.10  # allowed difference, relative to the growth
NO_LIMIT = 1 << 30

LIMITS = {
    "connections": 20000, "connections_per_address": 20000, "accepts_per_second": 100000,
    "memory_bytes": 4 * NO_LIMIT, "memory_bytes_per_connection": 131072,
    "queue_stanzas_per_domain": 1 << 24, "queue_bytes_per_domain": NO_LIMIT,
}  # fmt: skip
TIMES = {"negotiation": 300, "queue": 300, "dialback": 300, "keepalive": 300}


@pytest.fixture
def hub(site):
    hub = site.hub(
        *(component_node(fresh_domain("corp")) for _ in range(2)), limits=LIMITS, timeouts=TIMES, log={"level": "warn"}
    )
    assert ("fedhub_heap_allocated_bytes", frozenset()) in hub.metrics(), "the program's allocator does not tell"
    return hub


def figures(hub) -> dict:
    """Returns the allocated octets and both sums, once they are at rest.

    At rest means unchanged for longer than stanzas wait before the hub copies them.
    """
    names = {"heap": "heap_allocated", "unauthenticated": "unauthenticated", "queued": "queued"}
    last, calm = {}, Stopwatch()

    def at_rest():
        nonlocal last, calm
        seen = hub.metrics()
        now = {name: seen[f"fedhub_{metric}_bytes", frozenset()] for name, metric in names.items()}
        if any(abs(now[name] - last.get(name, 0)) > 1 << 17 for name in names):
            last, calm = now, Stopwatch()
        return calm.seconds() > 2 and now

    return eventually(at_rest, 60, "the hub's memory to be at rest")


def assert_alike(before: dict, after: dict, sum: str) -> None:
    """Checks that the heap and this sum have grown by the same amount."""
    heap, account = after["heap"] - before["heap"], after[sum] - before[sum]
    print(f"a stream: heap {heap / STREAMS:.0f}, account {account / STREAMS:.0f}: {account / heap - 1:+.1%}")
    assert abs(account - heap) <= WITHIN * heap, (heap, account)


# -- before authentication -------------------------------------------------------------------------------------


def connect(address) -> socket.socket:
    """Connects with small kernel buffers, so that unread octets wait in the hub."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    sock.settimeout(20)
    sock.connect(address)
    return sock


def read_until(sock, end: bytes) -> bytes:
    octets = b""
    while end not in octets:
        part = sock.recv(65536)
        assert part, octets
        octets += part
    return octets


def nothing(sock, to):
    pass


def header(sock, to, **more):
    sock.sendall(stream_header(from_="partner.example", to=to, **more).encode())
    read_until(sock, b"</stream:features>")


def long_header(sock, to):
    header(sock, to, lang="x" * 7000)


def part_of_an_element(sock, to):
    header(sock, to)
    sock.sendall(f"<db:result from='partner.example' to='{to}'>".encode() + b"k" * 7000)


def questions_without_reading(sock, to):
    """Sends more questions than the hub accepts before it stops reading; the rest waits in its kernel."""
    header(sock, to)
    left = f"<db:verify from='partner.example' to='{to}' id='1'>k</db:verify>".encode() * 4000
    sock.settimeout(0.2)
    try:
        while left:
            left = left[sock.send(left) :]
    except TimeoutError:
        pass


def starttls(sock, to):
    header(sock, to)
    sock.sendall(STARTTLS.encode())
    read_until(sock, b"<proceed")


def half_a_handshake(sock, to):
    starttls(sock, to)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client_context().wrap_bio(incoming, outgoing, server_hostname=to).do_handshake()
    sock.sendall(outgoing.read())
    sock.recv(1)


def tls(sock, to):
    starttls(sock, to)
    return client_context().wrap_socket(sock, server_hostname=to)


def tls_and_header(sock, to):
    secured = tls(sock, to)
    header(secured, to)
    return secured


KINDS = [
    nothing, header, long_header, part_of_an_element, questions_without_reading, half_a_handshake, tls, tls_and_header,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_memory_of_streams_before_authentication_is_counted(hub, site, kind):
    to = hub.spare_domain()

    def open_streams(count):
        for _ in range(count):
            sock = connect(hub.s2s)
            site.keep(kind(sock, to) or sock)

    open_streams(WARM_UP)
    before = figures(hub)
    open_streams(STREAMS)
    assert_alike(before, figures(hub), "unauthenticated")


# -- queued stanzas --------------------------------------------------------------------------------------------


def text_of(size: int, from_: str, to: str) -> str:
    return message(from_, to, "x" * (size - len(message(from_, to))))


@pytest.mark.parametrize("size, each", [(200, 40), (2000, 10), (20000, 2)])
def test_memory_of_stanzas_for_a_component_that_does_not_read_is_counted(hub, site, size, each):
    to = hub.spare_domain()
    site.keep(Component(connect(hub.nodes))).open(to).handshake(NODE_SECRET)
    remote = site.server(*(fresh_domain() for _ in range(STREAMS)))
    streams = []
    for domain in remote.domains:
        stream = site.keep(remote.open_stream(hub.s2s, to, domain))
        remote.authenticate(stream, to, domain)
        streams.append((stream, domain))
    for stream, domain in streams:  # fills the sockets, so that it doesn't count for the streams
        stream.send(text_of(4000, domain, to))
    eventually(lambda: hub.accounts()["accepted"] == STREAMS, 30, "all to be taken")
    before = figures(hub)
    for stream, domain in streams:
        stream.send(text_of(size, domain, to) * each)
    eventually(lambda: hub.accounts()["accepted"] == STREAMS * (1 + each), 60, "all to be taken")
    assert_alike(before, figures(hub), "queued")


@pytest.mark.parametrize("size, each", [(200, 40), (2000, 10)])
def test_memory_of_stanzas_for_silent_peers_is_counted(hub, site, size, each):
    component = site.component(hub, hub.spare_domain())
    mute = site.listener(*(fresh_domain() for _ in range(STREAMS)), backlog=2 * STREAMS)

    def has_streams(count):
        eventually(lambda: hub.metric("fedhub_streams", leg="s2s-out") == count, 30, "the streams")

    for number, domain in enumerate(mute.domains, 1):
        component.send(text_of(200, component.domain, domain))
        if number % 50 == 0:  # the tests' DNS server is slow
            has_streams(number)
    before = figures(hub)
    for domain in mute.domains:
        component.send(text_of(size, component.domain, domain) * each)
    eventually(lambda: hub.accounts()["accepted"] == STREAMS * (1 + each), 60, "all to be taken")
    assert_alike(before, figures(hub), "queued")
