"""`explain --connect` opens a stream that carries no stanza, and says how far the remote server lets the hub come."""

import re

import pytest

from peers.fedhubctl import asking
from peers.misbehaviour import hang_up, mute, say, see_other_host
from peers.site import closed_port, component_node, fresh_domain, spare_nodes
from peers.waiting import eventually


def test_a_trial_opens_one_stream_that_carries_no_stanza(site, dns):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    site.component(hub, domain)
    dns.add_server(domain, *hub.s2s)
    remote = site.server(verify_at=hub.s2s, security="required")
    way = hub.api.explain(f"user@{domain}", remote.domain, connect=True)
    assert way["verdict"] == "ok", way
    assert way["connect"]["detail"] == "%s:%d accepts the connection" % remote.address
    assert way["tls"]["detail"].startswith("TLS 1.") and "certificate self-signed" in way["tls"]["detail"]
    assert way["authentication"]["detail"] == f"the server takes stanzas from {domain}"
    eventually(lambda: remote.ended, what="the stream's end")
    assert remote.attempts == 1
    eventually(lambda: not hub.api.get("streams", match=remote.domain)["items"], what="no stream")
    done = asking(hub)("explain", domain, remote.domain, "--connect")
    assert done.returncode == 0 and re.search(r"^ok +authentication ", done.stdout, re.M)
    incoming = hub.api.explain(remote.domain, domain, connect=True)
    assert incoming["connect"]["result"] == "skipped" and remote.attempts == 2


# How a remote server fails in a trial: (what it does, the step that fails, the failure).
TRIALS = {
    "nobody listens": (lambda site, dns, domain: dns.add_server(domain, "127.0.0.1", closed_port()), "connect", "connect-refused"),
    "it offers no TLS": (lambda site, dns, domain: site.server(domain, security="none"), "features", "tls-not-offered"),
    "it hangs up": (lambda site, dns, domain: misbehaving(site, domain, "header sent", hang_up), "features", "stream-closed"),
    "it does not answer the key": (lambda site, dns, domain: misbehaving(site, domain, "key received", mute), "authentication", "dialback-timeout"),
}  # fmt: skip


def misbehaving(site, domain, step, how):
    site.server(domain, security="required").misbehave[step] = how


@pytest.fixture(scope="module")
def strict_hub(module_site):
    return module_site.hub(*spare_nodes(20), federation={"security_mode": "tls-required"})


@pytest.mark.parametrize("kind", TRIALS)
def test_each_failure_of_a_trial_is_found_by_its_step(strict_hub, site, dns, kind):
    cause, name, failure = TRIALS[kind]
    domain, own = fresh_domain(), strict_hub.spare_domain()
    site.component(strict_hub, own)
    cause(site, dns, domain)
    way = strict_hub.api.explain(own, domain, connect=True)
    assert way[name]["result"] == "fail" and way[name]["failure"] == failure, way
    assert way[name]["remedy"] and way["verdict"] == "fail"
    assert strict_hub.metric("fedhub_stanzas_queued", direction="from-node") == 0


# What ends a trial, but not the attempt of a stream for stanzas: (when, how, the step, words of the detail).
NOT_YET_FAILED = {
    "the end in place of an answer to EXTERNAL": ("auth received", hang_up, "authentication", "without EXTERNAL"),
    "a redirect": ("header sent", say(see_other_host("other.example"), then=hang_up), "features", "follow the redirect"),
}


@pytest.mark.parametrize("kind", NOT_YET_FAILED)
def test_an_end_after_which_the_hub_tries_otherwise_is_a_warning(site, dns, kind):
    when, how, name, words = NOT_YET_FAILED[kind]
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    site.component(hub, domain)
    dns.add_server(domain, *hub.s2s)
    remote = site.server(security="required", external="success")
    remote.misbehave[when] = how
    way = hub.api.explain(domain, remote.domain, connect=True)
    assert way[name]["result"] == "warn" and words in way[name]["detail"], way
    assert way["verdict"] == "ok" and remote.attempts == 1


def test_no_trial_goes_to_a_private_address_or_a_denied_domain(site, dns):
    domain = fresh_domain("corp")
    remote, denied = site.server(), site.server()
    hub = site.hub(component_node(domain), dns={"allow_private_addresses": False},
                   federation={"privacy_mode": "deny-list", "deny": [denied.domain]})  # fmt: skip
    for peer in (remote, denied):
        assert hub.api.explain(domain, peer.domain, connect=True)["connect"]["result"] == "skipped"
        assert peer.attempts == 0


def test_ten_trials_a_minute_are_enough(site, dns):
    domain, remote = fresh_domain("corp"), fresh_domain()
    hub = site.hub(component_node(domain))
    dns.add_server(remote, "127.0.0.1", closed_port())
    for _ in range(10):
        assert hub.api.explain(domain, remote, connect=True)["connect"]["failure"] == "connect-refused"
    answer = hub.api.send("POST", "explain", {"from": domain, "to": remote, "connect": True})
    assert answer.status == 429 and "within a minute" in answer.json()["detail"]
    assert hub.api.explain(domain, remote)["resolver"]["result"] == "ok"
