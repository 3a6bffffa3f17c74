"""Promise: the metrics are correct. Each event is counted, with the right labels, and nothing else is counted."""

import re
import socket

import pytest

from peers.authority import certificate, files
from peers.component import message
from peers.misbehaviour import hang_up
from peers.site import component_node, fresh_domain, spare_nodes
from peers.waiting import eventually

NODE = {"protocol": "s2s", "trusted_from": ["127.0.0.2/32"]}


def s2s_node(server, name: str) -> dict:
    return NODE | {"name": name, "domains": [server.domain], "address": "%s:%d" % server.address}


@pytest.fixture
def estate(site):
    class Estate:
        node = site.server(fresh_domain("corp"))
        gone = site.server(fresh_domain("corp"))
        component = component_node(fresh_domain("corp"))

    Estate.node.source = ("127.0.0.2", 0)
    Estate.hub = site.hub(
        s2s_node(Estate.node, "here"), s2s_node(Estate.gone, "gone"), Estate.component,
        timeouts={"node": 1, "queue": 5},
    )  # fmt: skip
    Estate.node.verify_at = Estate.hub.nodes
    Estate.remote = site.server(verify_at=Estate.hub.s2s)
    return Estate


def test_streams_of_a_server_behind_the_hub_are_counted_as_its_own(estate):
    hub = estate.hub
    stream = estate.node.connect(hub.nodes, estate.remote.domain)
    assert hub.metric("fedhub_streams_opened_total", leg="node-s2s-in") == 1
    assert hub.metric("fedhub_streams_opened_total", leg="node-component") == 0
    stream.send("</stream:stream>")
    eventually(lambda: hub.metric("fedhub_streams_closed_total", leg="node-s2s-in") == 1)
    assert hub.metric("fedhub_streams_closed_total", leg="node-component") == 0


def test_the_log_names_the_leg_of_a_nodes_connection_only_after_its_header(estate, site):
    hub = estate.hub
    estate.node.connect(hub.nodes, estate.remote.domain).send("</stream:stream>")
    site.component(hub, estate.component["domains"][0])
    begun = lambda: re.findall(r"\[(\d+) node(?: id=\w+)?\] connection with 127", hub.log)  # noqa: E731
    with socket.create_connection(hub.nodes):
        eventually(lambda: len(begun()) == 3, what="a line for each connection")
    eventually(lambda: re.search(r"\[\d+ node(?: id=\w+)?\] stream closed", hub.log), what="the end of the silent one")
    server, component, silent = begun()
    eventually(lambda: f"[{server} node-s2s-in " in hub.log, what="the server's leg")
    eventually(lambda: f"[{component} node-component " in hub.log, what="the component's leg")
    assert f"[{server} node-component" not in hub.log
    assert f"[{silent} node-" not in hub.log


def test_the_state_of_each_kind_of_node_is_known(estate, site):
    hub = estate.hub
    up = lambda node: hub.metric("fedhub_node_up", node=node)  # noqa: E731
    series = {labels["node"] for name, labels, _ in samples(hub) if name == "fedhub_node_up"}
    assert series == {estate.component["name"]}, "nothing is known of the servers yet"
    assert up(estate.component["name"]) == 0
    component = site.component(hub, estate.component["domains"][0])
    eventually(lambda: up(estate.component["name"]) == 1)
    # Up because of a stream that the node opened.
    estate.node.connect(hub.nodes, estate.remote.domain)
    eventually(lambda: up("here") == 1)
    # Down, then up, because of a stream that the hub opens.
    estate.gone.misbehave["connected"] = hang_up
    component.message(component.domain, estate.gone.domain, id="1")
    component.expect_bounce("service-unavailable", id="1")
    assert up("gone") == 0
    del estate.gone.misbehave["connected"]

    def delivered():
        component.message(component.domain, estate.gone.domain, id="2")
        return up("gone") == 1

    eventually(delivered, what="the node taken for up again")
    component.close()
    eventually(lambda: up(estate.component["name"]) == 0)


def test_domains_in_contact_are_remote_ones(estate, site):
    hub, component = estate.hub, site.component(estate.hub, estate.component["domains"][0])
    component.message(component.domain, estate.node.domain)
    estate.node.expect_message()
    assert hub.metric("fedhub_domains_active") == 0
    component.message(component.domain, estate.remote.domain)
    estate.remote.expect_message()
    assert hub.metric("fedhub_domains_active") == 1


def test_answers_of_dns_that_are_kept_are_counted(estate, site):
    hub, component = estate.hub, site.component(estate.hub, estate.component["domains"][0])
    assert hub.metric("fedhub_dns_cache_entries") == 0
    component.message(component.domain, estate.remote.domain)
    estate.remote.expect_message()
    eventually(lambda: hub.metric("fedhub_dns_cache_entries") >= 2)


def test_a_failure_before_a_stream_is_not_counted_as_a_failed_negotiation(estate, site, dns):
    hub, component = estate.hub, site.component(estate.hub, estate.component["domains"][0])
    closed = site.listener()
    closed.close()
    refused = fresh_domain()
    dns.add_server(refused, *closed.address)
    for domain in (refused, fresh_domain("unknown")):
        component.message(component.domain, domain, id="1")
        component.expect_stanza(type="error", id="1")
    assert hub.metric("fedhub_negotiations_total", result="failed") == 0
    assert hub.metric("fedhub_negotiation_failures_total") == 0


def test_two_chain_files_of_one_name_are_told_apart(site):
    domains, directory = [fresh_domain("corp"), fresh_domain("corp")], site.directory("certificates")
    rows = []
    for domain in domains:
        (directory / domain).mkdir()
        rows.append(files(directory / domain, "fullchain", certificate(domain)))
    hub = site.hub(*map(component_node, domains), tls={"certificate": rows})
    labels = {labels["certificate"] for name, labels, _ in samples(hub) if name.startswith("fedhub_certificate_rem")}
    assert labels == {str(directory / domain / "fullchain.pem") for domain in domains}


# -- servers that prove nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["off", "report", "on"])
@pytest.mark.parametrize("way", ["its own stream", "the peer's stream for both directions"])
def test_a_server_whose_certificate_proves_nothing_is_visible(site, rule, way):
    hub = site.hub(*spare_nodes(1), federation={"require_verified": rule})
    component, remote = site.component(hub, hub.spare_domain()), site.server(verify_at=hub.s2s)
    if way != "its own stream":
        stream = remote.open_stream(hub.s2s, component.domain, secure=True)
        stream.send("<bidi xmlns='urn:xmpp:bidi'/>")
        remote.authenticate(stream, component.domain)
    component.message(component.domain, remote.domain, id="1")
    if rule == "on":
        bounce = component.expect_bounce("remote-server-timeout", id="1")
        assert "did not prove its domain by certificate" in bounce.error_text
        assert remote.received.empty()
    elif way == "its own stream":
        remote.expect_message(id="1")
    else:
        assert stream.expect("server:message")["id"] == "1"
    outcome = {"off": "let-pass", "report": "reported", "on": "refused"}[rule]
    assert hub.metric("fedhub_unverified_servers_total", outcome=outcome) >= 1
    hub.wait_for_log(f"{remote.domain}: the certificate of its server proves nothing")
    # The server may still send, since dialback proves its domain.
    incoming = remote.connect(hub.s2s, component.domain)
    incoming.send(message(remote.domain, component.domain, id="in"))
    component.expect_message(id="in")


def test_a_server_that_proves_its_domain_gets_stanzas_whatever_is_required(site):
    domain = fresh_domain()
    hub = site.certified_hub(*spare_nodes(1), federation={"require_verified": "on"})
    component, remote = site.component(hub, hub.spare_domain()), site.server(domain, certificate=certificate(domain))
    component.message(component.domain, domain)
    remote.expect_message()
    assert hub.metric("fedhub_unverified_servers_total") == 0


def test_a_trust_rule_with_methods_overrides_require_verified(site):
    remote = site.server()
    rules = [{"domain": remote.domain, "methods": ["pkix", "dialback"]}]
    hub = site.hub(*spare_nodes(1), federation={"require_verified": "on"}, trust=rules)
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_servers_behind_the_hub_need_not_be_verified(site):
    node = site.server(fresh_domain("corp"))
    component = component_node(fresh_domain("corp"))
    hub = site.hub(s2s_node(node, "server"), component, federation={"require_verified": "on"})
    sender = site.component(hub, component["domains"][0])
    sender.message(sender.domain, node.domain)
    node.expect_message()


def test_a_reload_takes_the_way_from_a_server_that_proves_nothing(site):
    hub = site.hub(*spare_nodes(1))
    component, remote = site.component(hub, hub.spare_domain()), site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()
    hub.reload(hub.config | {"federation": hub.config["federation"] | {"require_verified": "on"}})
    eventually(lambda: remote.ended or remote.errors, what="the end of the stream")
    component.message(component.domain, remote.domain, id="2")
    component.expect_bounce("remote-server-timeout", id="2")


def samples(hub):
    """Returns name, labels and value of each series."""
    for key, value in hub.metrics().items():
        yield key[0], dict(key[1]), value
