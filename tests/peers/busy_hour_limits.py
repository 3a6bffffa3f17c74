"""Scenes of the busy hour: peers that stop reading, limits that are reached, and the end of a hub."""

import http.client
import signal
import threading

from . import toml
from .component import connect_component, message
from .misbehaviour import mute
from .site import NODE_SECRET
from .stream import Closed, Stream
from .waiting import eventually

BODY = "x" * 2000


def a_destination_stops_reading(hour) -> None:
    slow = hour.site.server(receive_buffer=65536)
    stopped = threading.Event()
    slow.misbehave["authenticated"] = lambda stream: stopped.wait(60)
    for number in range(6000):
        hour.component.message(hour.first, slow.domain, BODY, id=f"slow {number}")
        if number % 1000 == 0:
            hour.look()
    while hour.component.expect_stanza(within=30)["from"] != slow.domain:
        pass  # late answers to earlier stanzas
    hour.look()
    eventually(lambda: hour.edge.metric("fedhub_stream_stalls_total") > 0, within=20)
    for stream in slow.streams:
        stream.cut()
    stopped.set()
    hour.component.cut()  # the bounces need not be read
    eventually(lambda: hour.edge.metric("fedhub_stanzas_queued") == 0, within=30)
    hour.component = hour.site.component(hour.edge, hour.first)


def a_component_stops_reading(hour) -> None:
    """The stanzas come from a remote domain first, then from a server behind the hub."""
    stalls = lambda: hour.edge.metric("fedhub_stream_stalls_total", leg="node-component")  # noqa: E731
    for source in (hour.site.server(verify_at=hour.edge.s2s), hour.server):
        leg, before = "node-s2s-in" if source is hour.server else "s2s-in", stalls()
        stream = source.connect(hour.edge.nodes if source is hour.server else hour.edge.s2s, hour.second)

        def flood():
            for number in range(6000):
                type = "error" if number % 100 == 0 else "chat"
                stream.send(message(source.domain, hour.second, BODY, id=f"slow {number}", type=type), 60)

        sender = threading.Thread(target=flood)
        sender.start()
        eventually(lambda: hour.sees("fedhub_streams_paused", leg=leg) or not sender.is_alive(), 60)
        sender.join()
        eventually(lambda: stalls() > before, within=30, what="the component given up")
        hour.look()
        hour.other.cut()
        eventually(lambda: hour.edge.metric("fedhub_stanzas_queued") == 0, within=30)
        stream.close()
        hour.other = hour.site.component(hour.edge, hour.second)


def too_much_waits(hour) -> None:
    """Each domain's queue has room, but the hub-wide limit is reached."""
    hour.edge.reload(toml.merge(hour.edge.config, {"limits": {"memory_bytes": 1 << 20}}))
    silent = [hour.site.listener() for _ in range(24)]
    full = lambda kind: hour.edge.metric(f"fedhub_stanzas_{kind}_total", failure="memory-full")  # noqa: E731
    for number in range(1000):
        type = "error" if number % 5 == 0 else "chat"
        hour.component.message(hour.first, silent[number % 24].domain, BODY, type=type)
    eventually(lambda: full("bounced") > 0 and full("dropped") > 0, what="the hub to be full")
    hour.look()
    hour.component.cut()
    for listener in silent:
        listener.close()
    eventually(lambda: hour.edge.metric("fedhub_stanzas_queued") == 0, within=30)
    hour.edge.reload(hour.edge.config)
    hour.component = hour.site.component(hour.edge, hour.first)


def too_many_come(hour) -> None:
    many = [hour.site.keep(Stream.connect(hour.strict.s2s)) for _ in range(12)]
    eventually(lambda: hour.strict.metric("fedhub_connections_refused_total") > 0)
    for stream in many:
        stream.cut()
    config = hour.strict.config
    listeners = [hour.strict.s2s, hour.strict.nodes, *hour.strict.addresses("s2s_direct_tls")]
    for reason, limits in [("total", {"connections": 2}), ("rate", {"accepts_per_second": 1})]:
        limits = {"accepts_per_second": 1000, "connections_per_address": 2000} | limits
        hour.strict.reload(toml.merge(config, {"limits": limits}))

        def refused():
            streams = [Stream.connect(at) for _ in range(12) for at in listeners]
            hour.look()
            for stream in streams:
                stream.cut()
            return hour.strict.metric("fedhub_connections_refused_total", reason=reason) > 0

        eventually(refused, within=20, what=f"a refusal for {reason}")
    hour.strict.reload(config)
    for _ in range(40):
        try:
            hour.site.keep(connect_component(hour.edge.nodes, hour.second, NODE_SECRET))
        except (AssertionError, Closed, OSError):
            break
    eventually(lambda: hour.edge.metric("fedhub_node_takeovers_total", result="refused") > 0)


def nobody_reads_the_log(hour) -> None:
    alone = hour.alone
    for number in range(6000):
        alone.message(hour.lonely, hour.lonely, id=str(number))
        alone.expect_message(id=str(number))
        if number % 100 == 99 and hour.strict.metric("fedhub_log_lines_lost_total") > 0:
            return
    raise AssertionError("no line was lost")


def a_hub_stops(hour) -> None:
    """Stanzas that wait for a silent server are answered. Those that must not be answered are dropped."""
    silent = hour.site.server()
    silent.misbehave["header received"] = mute
    hour.strict.reload(toml.merge(hour.strict.config, {
        "dns": {"allow_private_addresses": True}, "timeouts": {"negotiation": 60, "queue": 60, "node": 1},
    }))  # fmt: skip
    for type in ("chat", "error"):
        hour.alone.message(hour.lonely, silent.domain, type=type)
    eventually(lambda: hour.strict.metric("fedhub_stanzas_queued") == 2)
    hour.strict.signal(signal.SIGTERM)
    last = ""
    while hour.strict.process.poll() is None:
        try:
            last = hour.strict.get("/metrics")[1] or last
        except (OSError, http.client.HTTPException):  # the hub may end in the middle of an answer
            break
    hour.looks.append(hour.looks[-1] | {"strict": last})
    del hour.hubs["strict"]
