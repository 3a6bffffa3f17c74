"""Scenes of the busy hour: successful traffic."""

import socket

import dns.query

from . import authority
from .busy_hour import PINNED
from .component import message
from .dns_view import ask, source_that_rests
from .management import acknowledge, next_texts, send_numbered, take_authenticated
from .site import fresh_domain
from .waiting import eventually


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
    """Traffic with an s2s node in both directions, and with remote servers by certificate and by direct TLS."""
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
