"""`explain` says what would happen to a stanza, step by step, and what to do about a step that fails."""

import json
import re

import pytest

from peers.api import UnixConnection
from peers.fedhubctl import asking
from peers.site import closed_port, component_node, fresh_domain, spare_nodes
from peers.waiting import Stopwatch, eventually


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(60), log={"level": "info"}, dns={"negative_ttl_s": 60})


def test_a_way_that_works_is_explained_before_and_after_the_first_stanza(site, dns):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    component = site.component(hub, domain)
    dns.add_server(domain, *hub.s2s)
    remote = site.server(verify_at=hub.s2s, security="required")
    way = hub.api.explain(f"user@{domain}/phone", remote.domain)
    assert way["verdict"] == "ok", way
    assert {step["result"] for step in way.values() if isinstance(step, dict)} == {"ok"}
    assert "component is connected" in way["sender"]["detail"]
    assert f"_xmpp-server._tcp.{remote.domain}: 0 0 {remote.address[1]}" in way["resolver"]["detail"]
    assert re.search(r"\(TTL \d+ s\)", way["resolver"]["detail"]) and way["resolver"]["source"] == dns.address
    assert "the next stanza begins an attempt" in way["stream"]["detail"]
    assert "leads to listen.s2s (" in way["published-addresses"]["detail"]
    assert f"dNSName {domain}" in way["certificate"]["detail"]
    # Nothing of this was seen by the peer, and nothing waits.
    assert remote.attempts == 0
    assert hub.api.domain(remote.domain) is None
    assert hub.metric("fedhub_stanzas_queued", direction="from-node") == 0

    component.message(domain, remote.domain)
    remote.expect_message()
    way = hub.api.explain(domain, remote.domain)
    assert way["verdict"] == "ok" and way["stream"]["detail"].startswith(f"1 stream to {remote.domain}")
    assert way["resolver"]["source"] == "cache" and "cached" in way["resolver"]["detail"]

    back = hub.api.explain(remote.domain, domain)
    assert [name for name, step in back.items() if name != "verdict" and step["result"] != "ok"] == ["stream"]
    assert back["recipient"]["result"] == "ok" and back["stream"]["result"] == "warn"
    incoming = remote.connect(hub.s2s, domain, secure=True)
    incoming.send(f"<message from='{remote.domain}' to='{domain}'><body/></message>")
    component.expect_message(from_=remote.domain)
    assert hub.api.explain(remote.domain, domain)["stream"]["detail"].startswith("1 stream from")
    incoming.close()


def no_records(site, dns, hub, domain):
    pass


def no_service(site, dns, hub, domain):
    dns.add(f"_xmpp-server._tcp.{domain}", "SRV", "0 0 0 .")


def broken_zone(site, dns, hub, domain):
    dns.behave(domain, "servfail")


def nobody_listens(site, dns, hub, domain):
    dns.add_server(domain, "127.0.0.1", closed_port())
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")


def untrusted(site, dns, hub, domain):
    site.server(domain, security="required")
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")


# How a partner fails: (what is wrong, the step that says so, its failure).
FAILURES = {
    "no records": (no_records, "resolver", "dns-not-found"),
    "no service": (no_service, "resolver", "dns-no-service"),
    "SERVFAIL": (broken_zone, "resolver", "dns-failed"),
    "back-off": (nobody_listens, "stream", "connect-refused"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_is_found_by_its_step_with_a_remedy(hub, component, site, dns, kind):
    cause, name, failure = FAILURES[kind]
    domain = fresh_domain()
    dns.add_server(component.domain, *hub.s2s)
    cause(site, dns, hub, domain)
    way = hub.api.explain(component.domain, domain)
    assert way["verdict"] == "fail"
    assert [step["step"] for key, step in way.items() if key != "verdict" and step["result"] == "fail"] == [name]
    assert way[name]["failure"] == failure and way[name]["remedy"].endswith(".")
    if kind == "back-off":
        assert re.search(r"no attempt begins before 20\d\d-.*Z", way[name]["detail"])


# A hub's own rules: (its configuration, the address to explain, the step that fails, the failure).
OWN_RULES = {
    "federation is off": ({"federation": {"enabled": False}}, "federation", "federation-disabled"),
    "the allow-list has no such domain": (
        {"federation": {"privacy_mode": "allow-list", "allow": ["good.example"]}}, "privacy", "domain-denied"),
    "the deny-list has it": (
        {"federation": {"privacy_mode": "deny-list", "deny": ["*.example"]}}, "privacy", "domain-denied"),
    "its address is private": ({"dns": {"allow_private_addresses": False}}, "resolver", "address-refused"),
    "the trust rule refuses its certificate": (
        {"federation": {"require_verified": "on"}, "trust": [{"domain": "*", "methods": ["pkix"]}]}, "stream",
        "certificate-refused"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OWN_RULES)
def test_the_hubs_own_rules_are_named(site, dns, kind):
    changes, name, failure = OWN_RULES[kind]
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), **changes)
    component = site.component(hub, domain)
    remote = site.server(security="required")
    component.message(domain, remote.domain, id="1")
    component.expect_stanza(type="error", id="1")
    way = hub.api.explain(domain, remote.domain)
    assert way["verdict"] == "fail"
    assert way[name]["result"] == "fail" and way[name]["failure"] == failure, way
    assert way[name]["remedy"]
    for later in ("resolver", "stream"):
        skipped = name in ("federation", "privacy")
        assert (way[later]["result"] == "skipped") == skipped, way[later]


def test_a_static_route_is_named_and_its_private_address_is_fine(site, dns):
    domain = fresh_domain("corp")
    remote = site.server()
    route = {"domain": remote.domain, "address": "%s:%d" % remote.address}
    hub = site.hub(component_node(domain), dns={"allow_private_addresses": False}, static_route=[route])
    site.component(hub, domain)
    way = hub.api.explain(domain, remote.domain)
    assert way["route"]["source"] == f"[[static_route]] {remote.domain}"
    assert way["resolver"]["result"] == "ok" and route["address"] in way["resolver"]["detail"]
    # The world sees no records of ours, so it can't answer.
    assert way["published-records"]["failure"] == "dns-not-found" and way["verdict"] == "fail"


def test_a_domain_that_is_not_ours_and_a_node_that_is_down_are_named(hub, component, dns):
    way = hub.api.explain(fresh_domain("wrong"), fresh_domain())
    assert way["sender"]["failure"] == "node-unavailable" and way["resolver"]["result"] == "skipped"
    down = hub.config["node"][-1]["domains"][0]
    way = hub.api.explain(down, fresh_domain())
    assert way["sender"]["failure"] == "node-unavailable" and "not connected" in way["sender"]["detail"]
    way = hub.api.explain(component.domain, down)
    assert way["recipient"]["result"] == "fail" and way["route"]["result"] == "skipped"


def test_the_way_back_is_what_the_worlds_name_servers_say(site, dns, tmp_path_factory):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    site.component(hub, domain)
    remote = site.server()
    assert hub.api.explain(domain, remote.domain)["published-records"]["failure"] == "dns-not-found"
    dns.add_server(domain, "127.0.0.1", closed_port())
    way = hub.api.explain(domain, remote.domain)  # no cached answer of the first look
    assert way["published-records"]["result"] == "ok" and way["published-addresses"]["result"] == "fail"
    assert "is this machine, but listen.s2s has no such port" in way["published-addresses"]["detail"]
    dns.add_server(domain, *hub.s2s)
    assert hub.api.explain(domain, remote.domain)["published-addresses"]["result"] == "warn"
    assert hub.api.explain(domain, remote.domain)["published-records"]["source"] == dns.address


def test_a_hub_stops_at_once_although_a_look_is_under_way(site, dns):
    domain, remote = fresh_domain("corp"), fresh_domain()
    hub = site.hub(component_node(domain), dns={"timeout_s": 60})
    dns.behave(remote, "drop")
    connection = UnixConnection(hub.api.path)
    body = json.dumps({"from": domain, "to": remote})
    connection.request("POST", "/api/v1/explain", body, {"Content-Type": "application/json"})
    eventually(lambda: dns.asked(f"_xmpp-server._tcp.{remote}"), what="the question")
    watch = Stopwatch()
    hub.stop()
    assert watch.seconds() < 5
    connection.close()


def test_fedhubctl_explains(hub, component, dns):
    ctl = asking(hub)
    domain = fresh_domain()
    done = ctl("explain", component.domain, domain)
    assert done.returncode == 1 and done.stderr == ""
    assert re.search(r"^fail +resolver ", done.stdout, re.M) and "Remedy: " in done.stdout
    assert done.stdout.rstrip().endswith("verdict: fail")
    done = ctl("explain", "@", domain)
    assert done.returncode == 1 and "neither a JID nor a domain" in done.stderr
