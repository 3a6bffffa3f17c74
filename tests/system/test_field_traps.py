"""Faults that were each seen in a server in production use. More of them have files of their own: prefixes and white
space in test_same_bytes.py, forged senders in test_identity.py."""

import pytest

from peers.component import Component, connect_component, message
from peers.dialback import send_key
from peers.misbehaviour import cut, hang_up, mute
from peers.site import NODE_SECRET, PHASES, component_node, fresh_domain, open_in_phase
from peers.stream import Closed, Stream, stream_header
from peers.waiting import Deadline, Stopwatch, eventually
from peers.xml import Element, Header, StreamEnd


def assert_alive(hub, site):
    """Checks that the hub still accepts a component and federates."""
    component, remote = site.component(hub, hub.spare_domain()), site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()


STANZA_DEPTH = 64  # limits.stanza_depth; the stanza itself is the first level


@pytest.mark.parametrize("phase", PHASES[:2])
def test_a_stanza_nested_too_deep_before_authentication_ends_its_own_stream_only(hub, component, site, phase):
    remote = site.server()
    stream = open_in_phase(phase, remote, hub, component.domain)
    start = f"<message from='{remote.domain}' to='{component.domain}'>"
    stream.send(start + "<x>" * STANZA_DEPTH + "</x>" * STANZA_DEPTH + "</message>")
    stream.expect_stream_error("policy-violation")
    assert_alive(hub, site)


def test_a_stanza_nested_too_deep_ends_no_stream(hub, component, site):
    """The stanza is one user's, but the stream belongs to all users of a server."""
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain, secure=True)
    start = f"<message from='{remote.domain}' to='{component.domain}'>"
    stream.send(start + "<x>" * STANZA_DEPTH + "</x>" * STANZA_DEPTH + "</message>")
    stream.send(message(remote.domain, component.domain, id="next"))
    component.expect_message(id="next")
    assert remote.expect_message(type="error").condition == "policy-violation"


def test_a_stanza_nested_too_deep_from_a_node_ends_no_stream(hub, component, site):
    remote = site.server()
    start = f"<message from='{component.domain}' to='x.example'>"
    component.send(start + "<x>" * STANZA_DEPTH + "</x>" * STANZA_DEPTH + "</message>")
    component.expect_bounce("policy-violation")
    component.message(component.domain, remote.domain, id="next")
    remote.expect_message(id="next")


def test_a_prefix_bound_on_the_stream_header_does_not_cut_the_nodes_link(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain, more="xmlns:evil='urn:evil'")
    stream.send(f"<message from='{remote.domain}' to='{component.domain}' evil:a='1'><evil:x/></message>")
    arrived = component.expect_message()
    assert arrived.tree[0].tag == "{urn:evil}x" and arrived["{urn:evil}a"] == "1"


def test_carriage_returns_and_attribute_white_space_pass_unchanged(hub, component, site):
    remote = site.server()
    payload = "<body>&#13;\r\n</body><x xmlns='urn:x' a='&#13;&#10;&#9; \n\t'/>"
    component.send(f"<message from='{component.domain}' to='{remote.domain}'>{payload}</message>")
    assert remote.expect_message().payload == payload.encode()


@pytest.mark.parametrize("act", [cut, hang_up], ids=["reset", "footer and close"])
@pytest.mark.parametrize(
    "step", ["connected", "header received", "features sent", "secure header received", "key received"]
)
def test_a_peer_that_accepts_and_closes_is_dialled_a_handful_of_times(hub, component, site, step, act):
    remote = site.server()
    remote.misbehave[step] = act
    component.message(component.domain, remote.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert bounce.condition in ("remote-server-timeout", "remote-server-not-found", "service-unavailable"), bounce
    assert 1 <= remote.attempts <= 8


def test_errors_and_results_are_not_answered(hub, component, site):
    unknown, remote = fresh_domain(), site.server(verify_at=hub.s2s)
    for domain in (unknown, "@", "two@at@signs"):
        for kind in ("message", "presence", "iq"):
            component.send(f"<{kind} from='{component.domain}' to='{domain}' type='error' id='no'/>")
        component.send(f"<iq from='{component.domain}' to='{domain}' type='result' id='no'/>")
    component.message(component.domain, unknown, id="yes")
    component.expect_bounce("remote-server-not-found", id="yes")
    # From a remote domain, to an absent node.
    absent = hub.spare_domain()
    stream = remote.connect(hub.s2s, absent)
    stream.send(f"<message from='{remote.domain}' to='{absent}' type='error' id='no'/>")
    stream.send(f"<iq from='{remote.domain}' to='{absent}' type='result' id='no'/>")
    stream.send(message(remote.domain, absent, id="yes"))
    assert remote.expect_message(type="error")["id"] == "yes"


LONG_DOMAINS = {
    "256 octets": ".".join(["a" * 63] * 3 + ["a" * 62, "a"]),
    "a label of 64": "a" * 64 + ".example",
    "255 characters that are more octets": ".".join(["ü" * 50] * 5),
}


@pytest.mark.parametrize("domain", LONG_DOMAINS.values(), ids=LONG_DOMAINS.keys())
def test_a_domain_of_more_than_255_octets_hurts_nobody(hub, component, site, domain):
    remote = site.server()
    component.message(component.domain, f"a@{domain}", id="1")
    assert component.expect_stanza(type="error", id="1").condition in ("jid-malformed", "remote-server-not-found")

    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(f"a@{domain}", component.domain))
    stream.expect_stream_error("invalid-from", "improper-addressing")

    stream = remote.open_stream(hub.s2s, component.domain)
    send_key(stream, domain, component.domain, "key")
    refusal = stream.read()
    assert isinstance(refusal, Element) and refusal.condition, refusal

    for attributes in ({"from_": domain, "to": component.domain}, {"from_": remote.domain, "to": domain}):
        stream = Stream.connect(hub.s2s)
        stream.send_header(**attributes)
        stream.send(message(remote.domain, component.domain))
        items = stream.read_to_end()
        assert any(isinstance(item, Element) and item.is_a("stream:error") for item in items), items
    Component.connect(hub.nodes).open(domain).expect_stream_error("host-unknown", "improper-addressing")
    assert_alive(hub, site)


def keep_sending(stream, octets: str, within: float) -> float:
    """Sends five octets a second, one at a time, until the other side closes. Returns the seconds until then."""
    watch, deadline, position = Stopwatch(), Deadline(within), 0
    while not deadline.passed():
        try:
            stream.send(octets[position % len(octets)])
            position += 1
            stream.read(0.2)
        except TimeoutError:
            continue
        except Closed:
            return watch.seconds()
    raise AssertionError(f"not closed within {within} s")


@pytest.mark.parametrize("listener", ["s2s", "nodes"])
@pytest.mark.parametrize(
    "octets", ["", " ", "<" + "a" * 400, "header"], ids=["silent", "white space", "a tag", "header"]
)
def test_a_peer_that_never_authenticates_is_closed(hub, component, listener, octets):
    """timeouts.negotiation is 3 s here. Octets that arrive must not restart it."""
    stream = Stream.connect(getattr(hub, listener))
    watch = Stopwatch()
    if octets == "header":
        namespace = "jabber:server" if listener == "s2s" else "jabber:component:accept"
        octets = stream_header(namespace=namespace, to=component.domain, more="a='" + "x" * 200)
    if octets:
        keep_sending(stream, octets, 8)
    else:
        stream.read_to_end(8)
    assert 2 < watch.seconds() < 8


@pytest.mark.parametrize("phase", ["before TLS", "after TLS"])
@pytest.mark.parametrize("how", ["silent", "white space"])
def test_a_peer_that_stops_in_mid_negotiation_is_closed(hub, component, site, phase, how):
    stream = open_in_phase(phase, site.server(), hub, component.domain)
    if how == "silent":
        items = stream.read_to_end(8)
        assert isinstance(items[-1], StreamEnd) and items[0].condition == "connection-timeout", items
    else:
        keep_sending(stream, " ", 8)


def test_a_component_without_handshake_is_closed(hub, component):
    silent = Component.connect(hub.nodes).open(component.domain)
    silent.expect_stream_error("connection-timeout", within=8)


STEPS = [
    "connected", "header received", "header sent", "starttls received", "proceed sent", "secure header received",
    "secure header sent", "key received",
]  # fmt: skip


def test_a_peer_that_falls_mute_in_mid_negotiation_leaves_no_stanza_unanswered(hub, component, site):
    """timeouts.negotiation is 3 s here, timeouts.queue 4 s. All steps run at the same time to save test time."""
    remotes = {step: site.server() for step in STEPS}
    watch = Stopwatch()
    for step, remote in remotes.items():
        remote.misbehave[step] = mute
        component.message(component.domain, remote.domain, id=step)
    bounces = component.collect(len(STEPS), within=10)
    assert sorted(bounce["id"] for bounce in bounces) == sorted(STEPS)
    assert {bounce["id"]: bounce.condition for bounce in bounces} == dict.fromkeys(STEPS, "remote-server-timeout")
    assert watch.seconds() < 8
    assert all(bounce.error_text for bounce in bounces)


def test_a_peer_that_falls_mute_while_it_verifies_leaves_no_key_unanswered(site):
    """The hub, as receiving server, asks and gets no answer. It has to report that to the initiating server."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), timeouts={"dialback": 1, "negotiation": 10})
    remote = site.server()
    remote.misbehave["verify received"] = mute
    stream = remote.open_stream(hub.s2s, domain)
    remote.send_key(stream, domain)
    result = stream.expect("db:result", within=5, from_=domain, to=remote.domain, type="error")
    assert result.condition == "remote-server-timeout"


def test_unanswered_dns_for_one_domain_delays_no_other(hub, component, site, dns):
    stuck, remote = [fresh_domain() for _ in range(50)], site.server()
    for domain in stuck:
        dns.behave(domain, "drop")
        component.message(component.domain, domain, id=domain)
    component.message(component.domain, remote.domain)
    remote.expect_message(within=1.5)
    bounces = component.collect(len(stuck), within=10)
    assert {bounce.condition for bounce in bounces} == {"remote-server-timeout"}


def test_truncated_dns_answers_are_asked_for_again_over_tcp(hub, component, site, dns):
    remote = site.server()
    dns.behave(remote.domain, "truncate")
    component.message(component.domain, remote.domain)
    remote.expect_message()
    assert dns.asked(f"_xmpp-server._tcp.{remote.domain}", "SRV", "tcp") == 1


def test_a_node_does_not_speak_for_another_nodes_domain(hub, component, site):
    other, remote = site.component(hub, hub.spare_domain()), site.server()
    component.message(other.domain, remote.domain, "forged")
    component.expect_stream_error("invalid-from")
    other.message(other.domain, remote.domain, "honest")
    assert remote.expect_message().find("server:body").text == "honest"


def test_streams_are_closed_in_order_at_shutdown(site):
    """Every kind of stream, in every phase, gets `</stream:stream>`, perhaps after a stream error."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    component, remote, outgoing = connect_component(hub.nodes, domain, NODE_SECRET), site.server(), site.listener()
    incoming = {phase: open_in_phase(phase, remote, hub, domain) for phase in PHASES}
    component.message(domain, remote.domain)
    remote.expect_message()
    component.message(domain, outgoing.domain)
    negotiating = outgoing.accept()
    negotiating.read_header()
    hub.process.terminate()
    for name, stream in {**incoming, "component": component, "negotiating": negotiating}.items():
        items = stream.read_to_end()
        assert isinstance(items[-1], StreamEnd), (name, items)
        errors = [item.condition for item in items[:-1] if item.is_a("stream:error")]
        assert errors in ([], ["system-shutdown"]), (name, items)
    eventually(lambda: remote.ended, what="the end of the outgoing stream")
    assert hub.wait() == 0


@pytest.mark.parametrize(
    "declared, codec",
    [
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-8"),
        ("UTF-8", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
    ],
)
@pytest.mark.parametrize("listener", ["s2s", "nodes"])
def test_utf_16_and_latin_1_are_refused(hub, component, listener, declared, codec):
    namespace = "jabber:server" if listener == "s2s" else "jabber:component:accept"
    header = stream_header(namespace=namespace, to=component.domain).removeprefix("<?xml version='1.0'?>")
    stream = Stream.connect(getattr(hub, listener))
    stream.send(f"<?xml version='1.0' encoding='{declared}'?>{header}".encode(codec))
    items = stream.read_to_end()
    assert [type(item) for item in items] == [Header, Element, StreamEnd], items
    assert items[1].condition in ("unsupported-encoding", "bad-format", "not-well-formed", "invalid-xml"), items


def test_no_second_header_is_written_after_an_error(hub, component, site):
    """Faults in the header, directly after it, and after STARTTLS: the hub sends one header, the error, the footer."""
    remote = site.server()
    faults = ["<stream:stream xmlns='x' xmlns:stream='y'>", "<stream:stream", "<x>", "\x01", "</x>"]
    for fault in faults:
        stream = Stream.connect(hub.s2s)
        stream.send(fault + ">" + stream_header(to=component.domain) + "<!-- -->")
        assert [type(item) for item in stream.read_to_end()] == [Header, Element, StreamEnd], fault
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    stream.send("<!-- -->" + stream_header(to=component.domain))
    assert [type(item) for item in stream.read_to_end()] == [Element, StreamEnd]
