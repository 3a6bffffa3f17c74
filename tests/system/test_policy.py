"""The keys enabled, security_mode and privacy_mode, and static routes, in both directions."""

import pytest

from peers.component import message
from peers.s2s_peer import STARTTLS
from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Stream
from peers.xml import Element

MODES = ("no-tls", "tls-optional", "tls-required")


@pytest.fixture(scope="module")
def hubs(module_site):
    """One hub for each security mode."""
    return {mode: module_site.hub(*spare_nodes(12), federation={"security_mode": mode}) for mode in MODES}


# -- security_mode -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("offered", ["none", "optional", "required"])
def test_an_outgoing_stream_is_as_secure_as_the_mode_says(site, hubs, mode, offered):
    hub = hubs[mode]
    component, remote = site.component(hub, hub.spare_domain()), site.server(security=offered)
    component.message(component.domain, remote.domain, id="1")
    if (mode, offered) in (("tls-required", "none"), ("no-tls", "required")):
        bounce = component.expect_stanza(type="error", id="1")
        assert "TLS" in bounce.error_text, bounce
        assert remote.received.empty()
    else:
        _, stream = remote.next()
        assert stream.secure == (mode != "no-tls" and offered != "none")


def test_a_peer_before_xmpp_1_0_is_not_sent_to_under_tls_required(site, hubs):
    hub = hubs["tls-required"]
    component, remote = site.component(hub, hub.spare_domain()), site.server(version="", security="none")
    component.message(component.domain, remote.domain, id="1")
    assert "TLS" in component.expect_stanza(type="error", id="1").error_text


@pytest.mark.parametrize("mode", MODES)
def test_the_features_offer_what_the_mode_allows(site, hubs, mode):
    hub = hubs[mode]
    stream = open_plainly(site.listener(), hub)
    features = stream.expect("stream:features")
    starttls = features.find("tls:starttls")
    assert (starttls is not None) == (mode != "no-tls")
    if starttls is not None:
        assert (features.find("tls:starttls/tls:required") is not None) == (mode == "tls-required")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "STARTTLS"])
def test_an_incoming_stream_is_as_secure_as_the_mode_says(site, hubs, mode, secure):
    hub = hubs[mode]
    component = site.component(hub, hub.spare_domain())
    remote = site.server(security="none" if mode == "no-tls" else "optional")
    if mode == "no-tls" and secure:
        stream = open_plainly(remote, hub, component.domain)
        stream.expect("stream:features")
        items = stream.send(STARTTLS).read_to_end()
        assert items and items[0].is_a("tls:failure"), items
    elif mode == "tls-required" and not secure:
        stream = remote.open_stream(hub.s2s, component.domain)
        remote.send_key(stream, component.domain)
        refusal = stream.read()
        assert isinstance(refusal, Element) and refusal.condition == "policy-violation", refusal
        assert not remote.verified
    else:
        stream = remote.connect(hub.s2s, component.domain, secure=secure)
        stream.send(message(remote.domain, component.domain))
        component.expect_message()


def test_a_peer_before_xmpp_1_0_is_refused_under_tls_required(site, hubs):
    hub = hubs["tls-required"]
    remote = site.server(version="")
    domain = hub.spare_domain()
    stream = open_plainly(remote, hub, domain, version="")
    remote.send_key(stream, domain)
    refusal = stream.read()
    assert isinstance(refusal, Element) and refusal.condition == "policy-violation", refusal
    assert not remote.verified


def open_plainly(remote, hub, to="", version="1.0"):
    """Opens a stream in clear. On return the hub has answered its header."""
    stream = Stream.connect(hub.s2s)
    stream.send_header(from_=remote.domain, to=to or hub.spare_domain(), version=version)
    stream.read_header()
    return stream


# -- enabled, privacy_mode --------------------------------------------------------------------------------------

ALLOW = {"federation": {"privacy_mode": "allow-list", "allow": ["listed.example", "*.below.example"]}}
DENY = {"federation": {"privacy_mode": "deny-list", "deny": ["listed.example", "*.below.example"]}}
DISABLED = {"federation": {"enabled": False}}


@pytest.fixture(scope="module")
def policies(module_site):
    return {
        name: module_site.hub(*spare_nodes(12), **changes)
        for name, changes in {"allow-list": ALLOW, "deny-list": DENY, "disabled": DISABLED}.items()
    }


REFUSALS = ("policy-violation", "not-authorized", "forbidden", "not-allowed", "service-unavailable")


@pytest.fixture(scope="module")
def remotes(module_site):
    """The remote servers of the cases, one for each domain."""
    return {domain: module_site.server(domain) for domain in {domain for _, domain, _ in CASES}}


CASES = [
    ("allow-list", "listed.example", True),
    ("allow-list", "a.below.example", True),
    ("allow-list", "a.b.below.example", True),
    ("allow-list", "below.example", False),
    ("allow-list", "sub.listed.example", False),
    ("allow-list", "xlisted.example", False),
    ("deny-list", "listed.example", False),
    ("deny-list", "a.b.below.example", False),
    ("deny-list", "below.example", True),
    ("deny-list", "other.example", True),
    ("disabled", "other.example", False),
]


@pytest.mark.parametrize("policy, domain, allowed", CASES)
def test_the_policy_holds_for_outgoing_stanzas(site, policies, remotes, dns, policy, domain, allowed):
    hub, remote = policies[policy], remotes[domain]
    component = site.component(hub, hub.spare_domain())
    asked, attempts = dns.asked(f"_xmpp-server._tcp.{domain}"), remote.attempts
    component.message(component.domain, f"a@{domain}", id="1")
    if allowed:
        remote.expect_message()
    else:
        bounce = component.expect_stanza(type="error", id="1")
        assert bounce.condition and bounce.error_text, bounce
        assert remote.attempts == attempts and dns.asked(f"_xmpp-server._tcp.{domain}") == asked


@pytest.mark.parametrize("policy, domain, allowed", CASES)
def test_the_policy_holds_for_incoming_streams(site, policies, remotes, policy, domain, allowed):
    hub, remote = policies[policy], remotes[domain]
    component, verified = site.component(hub, hub.spare_domain()), len(remote.verified)
    if allowed:
        remote.connect(hub.s2s, component.domain).send(message(domain, component.domain))
        component.expect_message()
        return
    stream = open_plainly(remote, hub, component.domain)
    refusal = stream.read()
    if refusal.is_a("stream:features"):
        remote.send_key(stream, component.domain)
        refusal = stream.read()
    assert refusal.is_a("stream:error") or refusal.is_a("db:result") and refusal["type"] == "error", refusal
    assert refusal.condition in REFUSALS, refusal
    assert len(remote.verified) == verified


def test_a_static_route_implies_allow_and_asks_no_dns(site, dns):
    node = fresh_domain("corp")
    exact, wild, other = site.server(fresh_domain()), site.server(), site.server()
    parent = wild.domain
    below, specific = f"a.{parent}", f"special.{parent}"
    hub = site.hub(
        component_node(node),
        federation={"privacy_mode": "allow-list", "allow": []},
        dns={"allow_private_addresses": False},
        static_route=[
            {"domain": exact.domain, "address": "%s:%d" % exact.address},
            {"domain": f"*.{parent}", "address": "%s:%d" % wild.address},
            {"domain": specific, "address": "%s:%d" % other.address},
        ],
    )
    component = site.component(hub, node)
    for domain, server in ((exact.domain, exact), (below, wild), (specific, other)):
        component.message(node, domain, id=domain)
        server.expect_message(id=domain)
        assert dns.asked(f"_xmpp-server._tcp.{domain}") == 0 and dns.asked(domain) == 0
    exact.connect(hub.s2s, node).send(message(exact.domain, node, id="in"))
    component.expect_message(id="in")
    component.message(node, parent, id="not below itself")
    assert component.expect_stanza(type="error")["id"] == "not below itself"


def test_static_routes_can_be_turned_off(site):
    node, remote = fresh_domain("corp"), site.server()
    route = {"domain": remote.domain, "address": "127.0.0.1:1"}
    hub = site.hub(component_node(node), federation={"use_static_routes": False}, static_route=[route])
    component = site.component(hub, node)
    component.message(node, remote.domain)
    remote.expect_message()


def test_several_static_routes_are_tried_by_priority(site):
    node, domain = fresh_domain("corp"), fresh_domain()
    first, second = site.server(fresh_domain()), site.server(fresh_domain())
    routes = [
        {"domain": domain, "address": "127.0.0.1:1", "priority": 0},
        {"domain": domain, "address": "%s:%d" % second.address, "priority": 20},
        {"domain": domain, "address": "%s:%d" % first.address, "priority": 10},
    ]
    hub = site.hub(component_node(node), static_route=routes)
    site.component(hub, node).message(node, domain)
    first.expect_message()
    assert second.attempts == 0
