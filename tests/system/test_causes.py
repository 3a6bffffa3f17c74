"""Promise: nothing fails silently. The log gives the operator the cause and what to check. The sender's bounce names
the hop that failed, and nothing about the internal network. The peer gets a condition."""

import socket

import pytest

from peers.component import message
from peers.misbehaviour import cut, end_with_error, hang_up, mute
from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Stream
from peers.waiting import Stopwatch, eventually


def s2s_node(domain: str, address, **keys) -> dict:
    row = {"name": f"node of {domain}", "domains": [domain], "protocol": "s2s", "trusted_from": ["127.0.0.2/32"]}
    return row | {"address": "%s:%d" % address} | keys


def closed_port(site) -> tuple:
    listener = site.listener()
    listener.close()
    return listener.address


# -- the failed hop, as each reader may know it ------------------------------------------------------------------

INSIDE = {
    "nothing listens": None,
    "closes": ("connected", hang_up),
    "resets": ("connected", cut),
    "a stream error": ("header sent", end_with_error("host-unknown")),
    "an error at the key": ("key received", end_with_error("resource-constraint")),
}


@pytest.mark.parametrize("what", INSIDE)
def test_remote_senders_read_nothing_about_the_internal_network(site, what):
    corp = fresh_domain("corp")
    node = site.server(corp)
    if INSIDE[what]:
        node.misbehave[INSIDE[what][0]] = INSIDE[what][1]
    address = node.address if INSIDE[what] else closed_port(site)
    hub = site.hub(s2s_node(corp, address), timeouts={"queue": 5, "connect": 2, "negotiation": 3})
    remote = site.server(verify_at=hub.s2s)
    remote.connect(hub.s2s, corp).send(message(remote.domain, f"bob@{corp}", id="1"))
    bounce = remote.expect_message(id="1", type="error")
    assert bounce.condition == "service-unavailable"
    assert bounce.error_text == f"the server of {corp} is not available"
    # The operator's log has the address and the cause.
    hub.wait_for_log(rf"{corp}\] no stream: .*" + ("127.0.0.1:|closed|reset|host-unknown|resource-constraint"))


def test_a_node_reads_why_the_way_to_the_world_failed(component, site, dns):
    domain, address = fresh_domain(), closed_port(site)
    dns.add_server(domain, *address)
    component.message(component.domain, domain, id="1")
    bounce = component.expect_bounce("remote-server-timeout", id="1")
    assert "%s:%d" % address in bounce.error_text


# -- causes of silence ---------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(site):
    return site.hub(*spare_nodes(3), timeouts={"dialback": 2, "queue": 30, "idle": 60})


@pytest.mark.parametrize("to_node", [False, True], ids=["a remote", "a node"])
def test_a_key_that_nobody_asks_back_about_names_the_dns_view_to_check(site, to_node):
    timeouts = {"dialback": 2, "queue": 30}
    corp = fresh_domain("corp")
    silent = site.server(corp if to_node else fresh_domain())
    silent.misbehave["key received"] = mute
    nodes = [component_node(fresh_domain("corp"))] + [s2s_node(corp, silent.address)] * to_node
    hub = site.hub(*nodes, timeouts=timeouts)
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, silent.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert bounce.condition == ("service-unavailable" if to_node else "remote-server-timeout")
    where = "to listen.nodes" if to_node else "to this hub"
    hub.wait_for_log(rf"dialback did not end in time: no answer to the key within 2 s; .*{component.domain} {where}")
    leg = "node-s2s-out" if to_node else "s2s-out"
    eventually(lambda: hub.metric("fedhub_streams_closed_total", leg=leg, stage="dialback") == 1)
    assert hub.metric("fedhub_negotiation_failures_total", leg=leg, stage="dialback") == 1


STEPS = {  # which step never ends: (how long a step may take, the failure's name in the text)
    "connecting": "the server could not be reached in time",
    "negotiating": "the stream negotiation did not end in time",
    "asking": "dialback did not end in time",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_stanza_that_waits_too_long_is_answered_with_the_step_under_way(site, dns, step):
    hub = site.hub(*spare_nodes(1), timeouts={"queue": 2, "connect": 60, "negotiation": 60, "dialback": 60})
    component, domain = site.component(hub, hub.spare_domain()), fresh_domain()
    if step == "connecting":
        full = site.keep(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # what the kernel accepts by itself
            one = site.keep(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        dns.add_server(domain, *full.getsockname())
    else:
        server = site.server(fresh_domain())
        server.misbehave["header received" if step == "negotiating" else "key received"] = mute
        dns.add_server(domain, *server.address)
    component.message(component.domain, domain, id="1")
    bounce = component.expect_bounce("remote-server-timeout", id="1")
    assert bounce.error_text.startswith(STEPS[step] + ": for "), bounce.error_text
    assert 1 < float(bounce.error_text.split("for ")[1].split()[0]) < 4


LISTS = {
    "deny by name": ({"privacy_mode": "deny-list", "deny": ["{domain}"]}, r'{domain} matches "{domain}" in federation.deny'),
    "deny by pattern": ({"privacy_mode": "deny-list", "deny": ["*.example"]}, r'{domain} matches "\*.example" in federation.deny'),
    "not allowed": ({"privacy_mode": "allow-list", "allow": ["other.example"]}, "{domain} matches nothing in federation.allow"),
    "switched off": ({"enabled": False}, "federation is switched off"),
}  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
def test_a_refusal_at_the_door_names_list_and_pattern(site, what):
    remote = site.server()
    rules, line = LISTS[what]
    rules = {key: [x.format(domain=remote.domain) for x in value] if isinstance(value, list) else value
             for key, value in rules.items()}  # fmt: skip
    hub = site.hub(*spare_nodes(1), federation=rules)
    corp = hub.spare_domain()
    stream = remote.open_stream(hub.s2s, corp)
    remote.send_key(stream, corp)
    assert stream.expect("db:result", type="error").condition == "policy-violation"
    stream.send("</stream:stream>")
    hub.wait_for_log("denied .*" + line.format(domain=remote.domain.replace(".", r"\.")))
    eventually(lambda: hub.metric("fedhub_negotiation_failures_total", leg="s2s-in", stage="policy") == 1)


def test_an_address_at_which_no_node_is_trusted_is_named(site):
    hub = site.hub(s2s_node(fresh_domain("corp"), ("127.0.0.2", 5269)))
    stream = Stream.connect(hub.nodes, source=("127.0.0.3", 0))
    stream.send_header(from_=fresh_domain(), to=fresh_domain()).read_header()
    assert "no node is trusted at the address 127.0.0.3" in stream.expect_stream_error("not-authorized").error_text
    hub.wait_for_log("no node is trusted at the address 127.0.0.3")


def test_a_node_that_dials_the_s2s_listener_is_told_which_listener_to_use(site):
    corp = fresh_domain("corp")
    hub = site.hub(s2s_node(corp, ("127.0.0.2", 5269)))
    stream = Stream.connect(hub.s2s, source=("127.0.0.2", 0))
    stream.send_header(from_=corp, to=fresh_domain()).read_header()
    error = stream.expect_stream_error("policy-violation")
    assert f"{corp} is a node's domain" in error.error_text and "listen.nodes" in error.error_text
    hub.wait_for_log("has to connect to listen.nodes .* check the DNS view")
    # No advice if only the address or only the domain is the node's.
    for source, from_ in (("127.0.0.2", fresh_domain()), ("127.0.0.4", corp)):
        other = Stream.connect(hub.s2s, source=(source, 0))
        other.send_header(from_=from_, to=corp)
        other.read_header()
        assert other.read().is_a("stream:features")


def test_a_refused_starttls_names_the_mode(site):
    hub = site.hub(*spare_nodes(1), federation={"security_mode": "no-tls"})
    stream = site.listener().open_stream(hub.s2s, hub.spare_domain(), from_=fresh_domain())
    stream.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").expect("tls:failure")
    hub.wait_for_log("STARTTLS, but the security mode here is no-tls")


def test_a_full_queue_is_logged(site, dns):
    hub = site.hub(*spare_nodes(1), limits={"queue_stanzas_per_domain": 16}, timeouts={"queue": 30})
    component, server = site.component(hub, hub.spare_domain()), site.server()
    server.misbehave["header received"] = mute
    for number in range(20):
        component.message(component.domain, server.domain, id=str(number))
    component.expect_bounce("resource-constraint")
    hub.wait_for_log(rf"{server.domain} from {component.domain}\] the queue for this domain is full")


# -- names that DNS is not asked about ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "domain, text",
    [
        ("invalid", "RFC 6761"), ("chat.invalid", "RFC 6761"), ("localhost", "RFC 6761"),
        ("chat.localhost", "RFC 6761"), ("example.onion", "RFC 7686"), ("CHAT.ONION", "RFC 7686"),
    ],
)  # fmt: skip
def test_special_names_are_answered_without_dns(site, dns, domain, text):
    hub = site.hub(*spare_nodes(1), dns={"allow_private_addresses": False})
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, domain, id="1")
    bounce = component.expect_bounce("remote-server-not-found", within=2, id="1")
    assert text in bounce.error_text and "DNS was not asked" in bounce.error_text
    assert dns.asked(domain) == 0 and dns.asked(f"_xmpp-server._tcp.{domain}") == 0


def test_an_srv_target_of_a_special_name_is_not_asked_about(component, dns):
    domain = fresh_domain()
    dns.add(f"_xmpp-server._tcp.{domain}", "SRV", "0 0 5269 server.invalid")
    component.message(component.domain, domain, id="1")
    component.expect_bounce("remote-server-not-found", id="1")
    assert dns.asked("server.invalid") == 0


@pytest.mark.parametrize("label", ["test", "local"])
def test_names_that_estates_use_are_ordinary_ones(component, site, dns, label):
    remote = site.server(f"{fresh_domain().split('.')[0]}.{label}")
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_a_single_servfail_is_retried(component, site, dns):
    remote = site.server()
    name = f"_xmpp-server._tcp.{remote.domain}"
    dns.behave(name, iter(["servfail"]))
    component.message(component.domain, remote.domain)
    remote.expect_message()
    assert dns.asked(name, "SRV") == 2


# -- other protocols -----------------------------------------------------------------------------------------------

TLS_HELLO = bytes.fromhex("16030100050100000100")
OTHERS = {
    "a TLS hello": (TLS_HELLO, b""),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"<stream:error>"),
    "an SSH banner": (b"SSH-2.0-OpenSSH_9.2\r\n", b"<stream:error>"),
    "SMTP": (b"EHLO x\r\n", b"<stream:error>"),
}


@pytest.mark.parametrize("listener", ["nodes", "s2s"])
@pytest.mark.parametrize("what", OTHERS)
def test_another_protocol_is_closed_at_once(site, what, listener):
    hub = site.hub(*spare_nodes(1), federation={"security_mode": "no-tls"})
    octets, answer = OTHERS[what]
    watch = Stopwatch()
    with socket.create_connection(getattr(hub, listener)) as peer:
        peer.settimeout(5)
        peer.sendall(octets)
        received = b""
        try:
            while piece := peer.recv(4096):
                received += piece
        except ConnectionResetError:
            pass
    assert watch.seconds() < 1
    assert answer in received and bool(answer) == bool(received)
