"""Hubs that meet nearly everything that a hub counts: for tests of metrics, and of what is made of them.

Each scene is a function that takes the `Hour`, and leaves the hubs able to play the next one. `Hour.look` scrapes all.
"""

import fcntl
import http.client
import os
import signal
import socket
import ssl
import threading

import dns.query

from . import authority, toml
from .component import connect_component, message
from .dialback import ask_about_key
from .dns_view import ask, source_that_rests, view_config
from .hub import Hub, default_config, parse_metrics, total
from .management import acknowledge, next_texts, send_numbered, take_authenticated
from .misbehaviour import cut, end_with_error, hang_up, mute, say
from .s2s_peer import STARTTLS
from .site import NODE_SECRET, component_node, fresh_domain, spare_nodes
from .stream import Closed, Stream
from .waiting import eventually
from support.certificates import self_signed

BODY = "x" * 2000
PINNED = self_signed("whatever it says.example")


class UnreadHub(Hub):
    """Nobody reads its log."""

    def open_log(self):
        self.read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        return os.fdopen(write_end, "wb")

    log = ""


class Hour:
    """`edge` federates in every way; `strict` refuses, and has a log that nobody reads; others differ in one key."""

    def __init__(self, site):
        self.site, self.dns = site, site.dns
        self.first, self.second = fresh_domain("corp"), fresh_domain("corp")
        self.server = site.server(fresh_domain("corp"), security="optional")
        self.server.source = ("127.0.0.2", 0)
        self.gone, self.wants_pkix = fresh_domain("corp"), fresh_domain()
        self.reports, self.pinned, self.nowhere = fresh_domain(), fresh_domain(), fresh_domain()
        self.routed = site.server(fresh_domain())
        closed = self.closed_port()
        certificates = [authority.certificate(self.first, self.second, self.server.domain,
                                              purposes=authority.BOTH_PURPOSES)]  # fmt: skip
        s2s = {"protocol": "s2s", "trusted_from": ["127.0.0.2/32"]}
        self.edge = site.hub(
            component_node(self.first), component_node(self.second),
            s2s | {"name": "server", "domains": [self.server.domain], "address": "%s:%d" % self.server.address},
            s2s | {"name": "gone", "domains": [self.gone], "address": "%s:%d" % closed},
            tls=authority.hub_tls(site.directory("tls"), *certificates),
            timeouts={"node": 1, "dialback": 1, "queue": 3, "connect": 1, "negotiation": 2},
            limits={"inflight_bytes_per_stream": 65536, "queue_bytes_per_domain": 65536, "accepts_per_second": 1000},
            trust=[{"domain": self.wants_pkix, "methods": ["pkix"]},
                   {"domain": self.pinned, "methods": ["pin"], "pins": [authority.pin_of(PINNED)]},
                   {"domain": self.reports, "methods": ["pkix"], "report_only": True}],
            static_route=[{"domain": self.routed.domain, "address": "%s:%d" % self.routed.address},
                          {"domain": self.nowhere, "address": "255.255.255.255:5269"}],
            **toml.merge(view_config(), {"listen": {"s2s_direct_tls": ["127.0.0.1:0"]}}),
        )  # fmt: skip
        self.server.verify_at = self.edge.nodes
        self.denied, self.lonely = fresh_domain(), fresh_domain("corp")
        config = toml.merge(default_config(site.dns), {
            "node": [component_node(self.lonely)],
            "federation": {"security_mode": "tls-required", "privacy_mode": "deny-list", "deny": [self.denied]},
            "dns": {"allow_private_addresses": False, "timeout_s": 1},
            "limits": {"connections_per_address": 8},
            "listen": {"s2s_direct_tls": ["127.0.0.1:0"], "dns": ["127.0.0.1:0"]},
            "dns_view": {"allow": ["10.0.0.0/24"]},
            "log": {"level": "trace"},
        })  # fmt: skip
        self.strict = UnreadHub(site.directory("strict"), config)
        site.hubs.append(self.strict)
        self.hubs = {"edge": self.edge, "strict": self.strict}
        others = {"secure": {"security_mode": "tls-required"}, "bare": {"security_mode": "no-tls"}, "shut": {"enabled": False}}
        for name, federation in others.items():
            self.hubs[name] = site.hub(*spare_nodes(1), federation=federation)
        self.looks = []  # a text of /metrics for each hub, one dictionary for each look
        self.component = None
        self.look()

    def closed_port(self) -> tuple:
        listener = self.site.listener()
        listener.close()
        return listener.address

    def look(self) -> None:
        self.looks.append({name: hub.get("/metrics")[1] for name, hub in self.hubs.items()})

    def sees(self, name: str, **labels) -> bool:
        """Whether this is above 0 in `edge` now; then it is a look."""
        text = self.edge.get("/metrics")[1]
        seen = total(parse_metrics(text), name, **labels) > 0
        if seen:
            self.looks.append(self.looks[-1] | {"edge": text})
        return seen

    def drop(self, server) -> None:
        """The server ends the streams that the hub has opened to it, and the hub knows."""
        closed = lambda: self.edge.metric("fedhub_streams_closed_total", leg="s2s-out")  # noqa: E731
        before = closed()
        server.drop_streams()
        eventually(lambda: closed() > before, what="the end of the stream")

    def fails(self, domain: str, component=None) -> None:
        """A message to this domain comes back; an error to it is dropped."""
        component = component or self.component
        component.message(component.domain, domain, id="lost", type="error")
        component.message(component.domain, domain, id="back")
        component.expect_stanza(type="error", id="back")


# -- the scenes: what works -------------------------------------------------------------------------------------------


def components_come(hour) -> None:
    hour.component = hour.site.component(hour.edge, hour.first)
    hour.other = hour.site.component(hour.edge, hour.second)
    hour.alone = hour.site.component(hour.strict, hour.lonely)


def stanzas_of_each_kind_and_way(hour) -> None:
    component = hour.component
    for how in ({"security": "optional"}, {"security": "none"}):
        remote = hour.site.server(verify_at=hour.edge.s2s, **how)
        for number in range(30):
            component.message(hour.first, remote.domain, id=str(number))
        remote.collect(30)
        incoming = remote.connect(hour.edge.s2s, hour.first, secure=how["security"] != "none")
        for text in (
            message(remote.domain, hour.first, id="in"),
            f"<presence from='{remote.domain}' to='{hour.first}' id='in'/>",
            f"<iq from='{remote.domain}' to='{hour.first}' id='in' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        ):
            incoming.send(text)
            component.expect_stanza(id="in")
        hour.look()
        hour.drop(remote)
    for text in (f"<presence from='{hour.first}' to='{hour.second}' id='on'/>",
                 f"<iq from='{hour.first}' to='{hour.second}' id='on' type='get'><a xmlns='b'/></iq>"):  # fmt: skip
        component.send(text)
        hour.other.expect_stanza(id="on")


def servers_behind_and_before(hour) -> None:
    """An s2s node in both directions; remotes that prove themselves by certificate, and by direct TLS."""
    remote = hour.site.server(verify_at=hour.edge.s2s)
    hour.component.message(hour.first, hour.server.domain, id="in")
    hour.server.expect_message(id="in")
    for secure in (False, True):
        own = hour.server.connect(hour.edge.nodes, remote.domain, secure=secure)
        own.send(message(hour.server.domain, remote.domain, id="out"))
        remote.expect_message(id="out")
        hour.look()
        own.close()
    domain = fresh_domain()
    proven = hour.site.server(domain, certificate=authority.certificate(domain, purposes=authority.BOTH_PURPOSES),
                              external="success")  # fmt: skip
    for _ in range(2):  # the second session is resumed
        hour.component.message(hour.first, domain, id="1")
        proven.expect_message(id="1")
        hour.drop(proven)
    for kind in authority.WORTHLESS:
        domain = fresh_domain()
        worthless = hour.site.server(domain, certificate=authority.worthless(kind, domain))
        hour.component.message(hour.first, domain, id="1")
        worthless.expect_message(id="1")
        worthless.open_stream(hour.edge.s2s, hour.first, secure=True).close()
    pinned = hour.site.server(hour.pinned, certificate=PINNED, external="success")
    hour.component.message(hour.first, hour.pinned, id="1")
    pinned.expect_message(id="1")
    domain = proven.domain
    for how in ({}, {"direct": True}):
        address = hour.edge.addresses("s2s_direct_tls")[0] if how else hour.edge.s2s
        stream = proven.connect_by_certificate(address, hour.first, **how)
        stream.send(message(domain, hour.first, id="2"))
        hour.component.expect_message(id="2")
    hour.component.message(hour.first, hour.routed.domain, id="3")
    hour.routed.expect_message(id="3")


def a_stream_is_resumed(hour) -> None:
    remote = hour.site.listener()
    for answer in ("<resumed xmlns='urn:xmpp:sm:3' previd='one' h='3'/>",
                   "<failed xmlns='urn:xmpp:sm:3' h='3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                   "</failed>"):  # fmt: skip
        send_numbered(hour.component, remote, 1, 5)
        stream = take_authenticated(remote)
        stream.expect("sm:enable")
        stream.send("<enabled xmlns='urn:xmpp:sm:3' id='one' resume='true' max='60'/>")
        next_texts(stream, 5)
        stream.send(acknowledge(2))
        eventually(lambda: hour.edge.metric("fedhub_stanzas_unacknowledged") == 3, what="two acknowledged")
        hour.look()
        stream.cut()
        send_numbered(hour.component, remote, 6, 6)
        stream = take_authenticated(remote)
        stream.expect("sm:resume")
        stream.send(answer)
        if "failed" in answer:
            stream.expect("sm:enable")
            stream.send("<enabled xmlns='urn:xmpp:sm:3' id='two' resume='true' max='60'/>")
        next_texts(stream, 3)
        stream.send(acknowledge(6 if "resumed" in answer else 3))
        eventually(lambda: hour.edge.metric("fedhub_stanzas_unacknowledged") == 0)
        stream.close()
        remote.close()
        remote = hour.site.listener()


def nodes_ask_their_dns_view(hour) -> None:
    edge, domain = hour.edge, fresh_domain()
    hour.dns.add(domain, "TXT", "known")
    ask(edge, f"_xmpp-server._tcp.{domain}", "SRV")  # answered
    ask(edge, f"_xmpps-server._tcp.{domain}", "SRV")  # no data
    ask(edge, domain, "TXT")  # forwarded
    ask(edge, domain, "AXFR", how=dns.query.udp)  # refused
    hour.dns.behave(domain, "drop")
    ask(edge, domain, "TXT", timeout=20)  # failed
    hour.dns.behave(domain, None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((source_that_rests(), 0))
        sock.sendto(b"12", hour.strict.addresses("dns")[0])  # not allowed
        sock.sendto(b"12\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff", edge.addresses("dns")[0])  # malformed
        for _ in range(80):  # limited
            sock.sendto(dns.message.make_query(f"_xmpp-server._tcp.{domain}", "SRV").to_wire(), edge.addresses("dns")[0])


# -- what fails -------------------------------------------------------------------------------------------------------


def searches_fail(hour) -> None:
    dns = hour.dns
    for name, how in [("servfail", "servfail"), ("silent", "drop")]:
        domain = fresh_domain(name)
        dns.behave(domain, how)
        hour.fails(domain)
        dns.behave(domain, None)
    hour.fails(fresh_domain("unknown"))
    dns.add(f"_xmpp-server._tcp.{(domain := fresh_domain())}", "SRV", f"0 0 5269 nowhere.{domain}.")
    hour.fails(domain)
    dns.add(f"_xmpp-server._tcp.{(domain := fresh_domain())}", "SRV", "0 0 0 .")
    hour.fails(domain)
    dns.add(domain := fresh_domain(), "A", "127.0.0.1")
    hour.fails(domain)  # by address; the port is closed
    hour.fails("127.0.0.1")
    private = hour.site.server()
    hour.fails(private.domain, hour.alone)
    hour.fails(hour.denied, hour.alone)


def connects_fail(hour) -> None:
    dns, domain = hour.dns, fresh_domain()
    dns.add_server(domain, *hour.closed_port())
    hour.fails(domain)
    full = hour.site.keep(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(4):  # what the kernel accepts by itself
        one = hour.site.keep(socket.socket())
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    dns.add_server(domain := fresh_domain(), *full.getsockname())
    hour.fails(domain)
    good = hour.site.server()
    dns.add_server(domain := fresh_domain(), *full.getsockname(), priority=0)
    dns.add_server(domain, *good.address, priority=0)


def answer_no_tls(stream) -> None:
    """To the client's hello."""
    stream.receive()
    stream.send("no TLS at all")
    mute(stream)


def streams_fail(hour) -> None:
    for step, how in [("header sent", end_with_error("host-unknown")), ("connected", cut), ("header received", mute),
                      ("header sent", hang_up)]:
        remote = hour.site.server()
        remote.misbehave[step] = how
        hour.fails(remote.domain)
        remote.close()
    hour.look()
    plain = hour.site.server(security="none")
    hour.fails(hour.gone)
    hour.dns.add_server(domain := fresh_domain(), *plain.address)
    hour.component.message(hour.first, domain, id="x")
    incoming = Stream.connect(hour.edge.s2s)
    incoming.send_header(from_="stranger.example", to=hour.first)
    incoming.send("<a></b>")
    incoming.read_to_end()
    stranger = Stream.connect(hour.edge.addresses("s2s_direct_tls")[0])
    stranger.send(b"\x16\x03\x01\x00\x02\x01\x00")  # no handshake
    stranger.read_to_end()
    starts = hour.site.server()
    starts.misbehave["proceed sent"] = answer_no_tls
    hour.fails(starts.domain)
    careful = hour.site.listener().open_stream(hour.edge.s2s, hour.first)
    careful.send(STARTTLS).expect("tls:proceed")
    try:  # its certificate is by an authority that this client does not know
        careful.start_tls(ssl.create_default_context(), name=hour.first)
    except (ssl.SSLError, Closed):
        pass  # it has said why, and is closed
    eventually(lambda: hour.edge.metric("fedhub_tls_handshake_failures_total", role="server") > 0)


def keys_fail(hour) -> None:
    for answer in (("invalid", ""), ("error", "item-not-found")):
        remote = hour.site.server()
        remote.key_answer = answer
        hour.fails(remote.domain)
    silent = hour.site.server()
    silent.misbehave["key received"] = mute
    hour.fails(silent.domain)
    for answer in (("invalid", ""), ("error", "item-not-found"), None):
        remote = hour.site.server()
        remote.verify_answer = answer
        if answer is None:
            remote.misbehave["verify received"] = mute
        stream = remote.open_stream(hour.edge.s2s, hour.first)
        remote.send_key(stream, hour.first)
        if answer is None:
            eventually(lambda: hour.sees("fedhub_actors", kind="verifier"), what="a question that is open")
        stream.expect("db:result")
    asking = hour.site.server().open_stream(hour.edge.s2s, hour.first)
    assert ask_about_key(asking, hour.site.server().domain, hour.first, "id", "0" * 64)["type"] == "invalid"
    denied = hour.site.server(hour.denied)
    stream = denied.open_stream(hour.strict.s2s, hour.lonely, secure=True)
    denied.send_key(stream, hour.lonely)
    stream.expect("db:result", type="error")
    stream.send("</stream:stream>").read_to_end()


def streams_of_nodes_fail(hour) -> None:
    own = hour.server.open_stream(hour.edge.nodes, hour.first)
    own.send("<a></b>").read_to_end()
    hour.component.message(hour.first, hour.server.domain, id="1")
    hour.server.expect_message(id="1")
    hour.server.drop_streams()
    hour.server.misbehave["header sent"] = end_with_error("host-unknown")
    closed = lambda: hour.edge.metric("fedhub_negotiation_failures_total", leg="node-s2s-out")  # noqa: E731

    def failed():
        hour.component.message(hour.first, hour.server.domain, type="error")
        return closed() > 0

    eventually(failed, what="a stream to the server that fails")
    hour.server.misbehave.clear()
    claims = Stream.connect(hour.edge.nodes)  # with another secret
    claims.send_header(namespace="jabber:component:accept", to=hour.first, version="", prefix="")
    claims.read_header()
    claims.send("<handshake>0</handshake>").read_to_end()
    hour.other.send(f"<message from='{hour.second}' to='{hour.first}'><body>{'x' * 600000}</body></message>")
    hour.other.read_to_end()  # larger than a stanza may be
    hour.other = hour.site.component(hour.edge, hour.second)


def peers_differ_in_what_they_ask_for(hour) -> None:
    for how in ({"offers_dialback": False}, {"offers_dialback": False, "external": "not-authorized"}):
        domain = fresh_domain()
        pem = authority.certificate(domain, purposes=authority.BOTH_PURPOSES)
        hour.site.server(domain, certificate=pem, **how)
        hour.fails(domain)
    broken = hour.site.server()
    broken.misbehave["header sent"] = say("<a></b>")
    hour.fails(broken.domain)
    hour.fails(hour.nowhere)
    for name, server in [("secure", {"security": "none"}), ("bare", {"security": "required"}), ("shut", {})]:
        hub = hour.hubs[name]
        component = hour.site.component(hub, hub.spare_domain())
        hour.fails(hour.site.server(**server).domain, component)


def an_address_wins_over_another(hour) -> None:
    for _ in range(16):
        full = hour.site.keep(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            one = hour.site.keep(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        good = hour.site.server(fresh_domain(), host="127.0.0.2", port=full.getsockname()[1])
        hour.dns.add(f"xmpp-127-0-0-2.{good.domain}", "A", "127.0.0.1")
        hour.component.message(hour.first, good.domain, id="1")
        good.expect_message(id="1")
        if hour.edge.metric("fedhub_connect_attempts_total", result="cancelled") > 0:
            return
    raise AssertionError("no address was given up for another")


def servers_prove_nothing(hour) -> None:
    for domain in (hour.wants_pkix, hour.reports):
        remote = hour.site.server(domain, verify_at=hour.edge.s2s)
        stream = remote.open_stream(hour.edge.s2s, hour.first, secure=True)
        remote.send_key(stream, hour.first)
        stream.expect("db:result")
        hour.component.message(hour.first, domain, id="1")
        if domain == hour.wants_pkix:
            hour.component.expect_stanza(type="error", id="1")
            hour.fails(domain)
        else:
            remote.expect_message(id="1")
    rule = lambda x: toml.merge(hour.edge.config, {"federation": {"require_verified": x}})  # noqa: E731
    for outcome in ("report", "on"):
        hour.edge.reload(rule(outcome))
        remote = hour.site.server(verify_at=hour.edge.s2s)
        hour.component.message(hour.first, remote.domain, id="1")
        if outcome == "on":
            hour.component.expect_stanza(type="error", id="1")
        else:
            remote.expect_message(id="1")
    hour.edge.reload(hour.edge.config)
    hour.edge.reload({"nonsense": 1}, outcome="rejected")


def stanzas_are_faulty(hour) -> None:
    remote = hour.site.server(verify_at=hour.edge.s2s)
    for text in (
        "<message {} to='a b@{to}' id='faulty'/>",
        "<message {} to='{to}' id='faulty' xmlns='jabber:client'/>",
        "<message {} to='{to}' id='faulty'><x xmlns='a|b'/></message>",
        "<message {} to='{to}' id='faulty' xmlns:x='jabber:component:accept' xmlns:y='jabber:server' x:a='1' y:a='2'/>",
        "<message {} to='{to}' id='faulty'><\u2c00/></message>",
    ):
        for type in ("error", "chat"):  # the first is dropped
            addresses = f"from='{hour.first}' type='{type}'"
            hour.component.send(text.replace("{}", addresses).replace("{to}", remote.domain))
        hour.component.expect_stanza(type="error", id="faulty")


def a_destination_stops_reading(hour) -> None:
    slow = hour.site.server(receive_buffer=65536)
    stopped = threading.Event()
    slow.misbehave["authenticated"] = lambda stream: stopped.wait(60)
    for number in range(6000):
        hour.component.message(hour.first, slow.domain, BODY, id=f"slow {number}")
        if number % 1000 == 0:
            hour.look()
    while hour.component.expect_stanza(within=30)["from"] != slow.domain:
        pass  # late answers to what went before
    hour.look()
    eventually(lambda: hour.edge.metric("fedhub_stream_stalls_total") > 0, within=20)
    for stream in slow.streams:
        stream.cut()
    stopped.set()
    hour.component.cut()  # what comes back is of no interest
    eventually(lambda: hour.edge.metric("fedhub_stanzas_queued") == 0, within=30)
    hour.component = hour.site.component(hour.edge, hour.first)


def a_component_stops_reading(hour) -> None:
    """Its source is a remote domain, then a server behind the hub."""
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
    """Each domain has room, the hub has not."""
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
    """What waits for a server that says nothing is answered; what cannot be is dropped."""
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
        except (OSError, http.client.HTTPException):  # the answer may be cut off
            break
    hour.looks.append(hour.looks[-1] | {"strict": last})
    del hour.hubs["strict"]


SCENES = [
    components_come, stanzas_of_each_kind_and_way, servers_behind_and_before, a_stream_is_resumed,
    nodes_ask_their_dns_view, searches_fail, connects_fail, streams_fail, keys_fail, servers_prove_nothing,
    stanzas_are_faulty, streams_of_nodes_fail, peers_differ_in_what_they_ask_for, an_address_wins_over_another,
    a_component_stops_reading, too_much_waits,
    a_destination_stops_reading, too_many_come, nobody_reads_the_log, a_hub_stops,
]  # fmt: skip


def play(hour, scenes=None) -> None:
    """Plays the scenes one after the other, with a look after each."""
    for scene in scenes or SCENES:
        scene(hour)
        hour.look()
