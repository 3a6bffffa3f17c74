"""Tests of the scripted peers, on which the other tests rely: the peers are run against each other."""

import threading

import pytest
from dns.exception import Timeout
from dns.message import make_query
from dns.query import tcp, udp

from peers import dialback
from peers.dns_server import DnsServer
from peers.misbehaviour import cut, end_with_error, hang_up
from peers.site import fresh_domain
from peers.stream import Closed
from peers.xml import Element, Header, StreamEnd, XmlReader

DOCUMENT = (
    b"<?xml version='1.0'?>"
    b"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' a='>'>"
    b" <message/><message><body a=\"'/>\">&lt;/></body><![CDATA[</message>]]></message >\n"
    b"<iq a='/'></iq></stream:stream>"
)
LONG = b"<message>" + 1500 * b"x" + b"</message>"


@pytest.mark.parametrize("step", [1, 2, 7, len(DOCUMENT)])
def test_the_reader_cuts_items_out_octet_by_octet(step):
    reader, items = XmlReader(), []
    for start in range(0, len(DOCUMENT), step):
        reader.feed(DOCUMENT[start : start + step])
        while (item := reader.next()) is not None:
            items.append(item)
    assert [type(item) for item in items] == [Header, Element, Element, Element, StreamEnd]
    assert [item.octets for item in items[1:4]] == [
        b"<message/>",
        b"<message><body a=\"'/>\">&lt;/></body><![CDATA[</message>]]></message >",
        b"<iq a='/'></iq>",
    ]
    assert items[2].payload == b"<body a=\"'/>\">&lt;/></body><![CDATA[</message>]]>"


def test_an_unbound_prefix_is_noticed():
    reader = XmlReader()
    reader.feed(b"<s xmlns='jabber:server'><message><x:y/></message>")
    reader.next()
    with pytest.raises(AssertionError, match="unbound prefix"):
        reader.next().tree


def test_keys_agree_with_the_example_of_xep_0185():
    key = dialback.dialback_key("s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F")
    assert key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"


def test_a_secured_stream_is_written_by_one_thread_while_another_reads(site):
    """OpenSSL alone would corrupt records or the heap."""
    receiving, sending, count = site.server(), site.server(), 4000
    stream = sending.connect(receiving.address, receiving.domain, secure=True)
    for end in (stream, receiving.streams[0]):
        threading.Thread(target=lambda end=end: [end.send(LONG) for _ in range(count)], daemon=True).start()
    assert {stream.expect("server:message").octets for _ in range(count)} == {LONG}
    assert {stanza.octets for stanza in receiving.collect(count)} == {LONG}


@pytest.mark.parametrize("security", ["none", "optional", "required"])
def test_two_servers_federate(site, security):
    receiving = site.server(security=security)
    sending = site.server(security=security)
    receiving.verify_at = sending.address
    stream = sending.connect(receiving.address, receiving.domain, secure=security != "none")
    stream.send("<message to='a'>x</message>")
    assert receiving.expect_message().octets == b"<message to='a'>x</message>"
    assert len(sending.verified) == 1
    stream.close()


def test_a_wrong_key_is_found_invalid(site):
    receiving, sending = site.server(), site.server()
    receiving.verify_at = sending.address
    stream = sending.open_stream(receiving.address, receiving.domain)
    dialback.send_key(stream, sending.domain, receiving.domain, "wrong")
    stream.expect("db:result", type="invalid")
    stream.close()


def test_a_server_before_xmpp_1_0_and_other_prefixes_federate(site):
    receiving, sending = site.server(version="", prefix="q"), site.server()
    receiving.verify_at = sending.address
    sending.connect(receiving.address, receiving.domain, version="", prefix="other").close()


def test_servers_misbehave_where_they_are_told_to(site):
    server = site.server()
    server.misbehave["connected"] = cut
    with pytest.raises(Closed):
        site.server().open_stream(server.address, server.domain)
    server.misbehave = {"secure header received": hang_up}
    with pytest.raises(AssertionError, match="StreamEnd"):
        site.server().open_stream(server.address, server.domain, secure=True)
    server.misbehave = {"key received": end_with_error("host-unknown")}
    sending = site.server()
    stream = sending.open_stream(server.address, server.domain)
    sending.send_key(stream, server.domain)
    stream.expect_stream_error("host-unknown")


# -- DNS -----------------------------------------------------------------------------------------------------


def ask(server: DnsServer, name: str, type: str, transport=udp):
    host, port = server.address.split(":")
    return transport(make_query(name, type), host, timeout=0.5, port=int(port))


def test_the_dns_server_answers_from_its_table(dns):
    domain = fresh_domain()
    dns.add_server(domain, "127.0.0.1", 1234, priority=5)
    assert "5 0 1234 xmpp-127-0-0-1." in ask(dns, f"_xmpp-server._tcp.{domain}", "SRV").answer[0].to_text()
    assert ask(dns, domain, "A").rcode() == 0
    assert ask(dns, "no." + domain, "A").rcode() == 3


def test_the_dns_server_misbehaves_where_it_is_told_to(dns):
    domain = fresh_domain()
    dns.add(domain, "A", "127.0.0.9")
    dns.behave(domain, "truncate")
    assert not ask(dns, domain, "A").answer
    assert ask(dns, domain, "A", tcp).answer
    dns.behave(domain, "servfail")
    assert ask(dns, domain, "A").rcode() == 2
    dns.behave(domain, "drop")
    with pytest.raises(Timeout):
        ask(dns, domain, "A")
    assert dns.asked(domain, "A", "tcp") == 1
