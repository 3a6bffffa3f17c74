"""Scenes of the busy hour: failures, and faulty stanzas."""

import socket
import ssl

from . import authority, toml
from .dialback import ask_about_key
from .misbehaviour import cut, end_with_error, hang_up, mute, say
from .s2s_peer import STARTTLS
from .site import fresh_domain
from .stream import Closed, Stream
from .waiting import eventually


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
    hour.fails(domain)  # DNS has only the domain's address, and port 5269 is closed there
    hour.fails("127.0.0.1")
    private = hour.site.server()
    hour.fails(private.domain, hour.alone)
    hour.fails(hour.denied, hour.alone)


def connects_fail(hour) -> None:
    dns, domain = hour.dns, fresh_domain()
    dns.add_server(domain, *hour.closed_port())
    hour.fails(domain)
    full = hour.site.keep(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(4):  # fills the listener's backlog
        one = hour.site.keep(socket.socket())
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    dns.add_server(domain := fresh_domain(), *full.getsockname())
    hour.fails(domain)
    good = hour.site.server()
    dns.add_server(domain := fresh_domain(), *full.getsockname(), priority=0)
    dns.add_server(domain, *good.address, priority=0)


def answer_no_tls(stream) -> None:
    """Answers the ClientHello with octets that are not TLS."""
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
    stranger.send(b"\x16\x03\x01\x00\x02\x01\x00")  # a ClientHello of no length
    stranger.read_to_end()
    starts = hour.site.server()
    starts.misbehave["proceed sent"] = answer_no_tls
    hour.fails(starts.domain)
    careful = hour.site.listener().open_stream(hour.edge.s2s, hour.first)
    careful.send(STARTTLS).expect("tls:proceed")
    try:  # fails: this client does not know the authority of the hub's certificate
        careful.start_tls(ssl.create_default_context(), name=hour.first)
    except (ssl.SSLError, Closed):
        pass  # the client has sent its alert, and is closed
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
    claims = Stream.connect(hour.edge.nodes)  # will use a wrong secret
    claims.send_header(namespace="jabber:component:accept", to=hour.first, version="", prefix="")
    claims.read_header()
    claims.send("<handshake>0</handshake>").read_to_end()
    hour.other.send(f"<message from='{hour.second}' to='{hour.first}'><body>{'x' * 600000}</body></message>")
    hour.other.read_to_end()  # the hub ends the stream, since the stanza exceeds limits.stanza_bytes
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
        for type in ("error", "chat"):  # the error is dropped
            addresses = f"from='{hour.first}' type='{type}'"
            hour.component.send(text.replace("{}", addresses).replace("{to}", remote.domain))
        hour.component.expect_stanza(type="error", id="faulty")
