"""Promise: a stanza's `from` is a domain that its stream proved; a node speaks only for its own domains."""

import pytest

from peers.component import message
from peers.dialback import dialback_key, send_key
from peers.site import PHASES, fresh_domain, open_in_phase
from peers.xml import Element


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("forge", ["another domain", "no from", "a subdomain", "a longer name", "the hub's own domain"])
def test_a_stanza_with_a_from_that_was_not_proved_ends_the_stream(hub, component, site, phase, forge):
    remote = site.server()
    stream = open_in_phase(phase, remote, hub, component.domain)
    from_ = {
        "another domain": fresh_domain(),
        "no from": "",
        "a subdomain": "sub." + remote.domain,
        "a longer name": "x" + remote.domain,
        "the hub's own domain": component.domain,
    }[forge]
    stanza = message(from_, component.domain, "forged")
    stream.send(stanza if from_ else stanza.replace("from='' ", ""))
    expected = "invalid-from" if phase == "after authentication" else "not-authorized"
    stream.expect_stream_error(expected if from_ else "improper-addressing", expected)
    assert_nothing_forged_came(hub, component, site)


@pytest.mark.parametrize("phase", ["before TLS", "after TLS"])
def test_a_true_from_does_not_help_before_authentication(hub, component, site, phase):
    remote = site.server()
    stream = open_in_phase(phase, remote, hub, component.domain)
    stream.send(message(remote.domain, component.domain, "forged"))
    stream.expect_stream_error("not-authorized")
    assert_nothing_forged_came(hub, component, site)


def test_a_pair_is_proved_for_one_target_only(hub, component, site):
    other = site.component(hub, hub.spare_domain())
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(remote.domain, other.domain, "forged"))
    stream.expect_stream_error("invalid-from", "not-authorized")
    assert_nothing_forged_came(hub, other, site)


def test_a_stanza_for_a_domain_that_the_hub_does_not_serve_ends_the_stream(hub, component, site):
    remote, third = site.server(), site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(remote.domain, third.domain, "relay this"))
    stream.expect_stream_error("host-unknown")
    assert third.attempts == 0


def test_a_key_for_a_domain_that_the_hub_does_not_serve_is_answered_with_an_error(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    remote.send_key(stream, "elsewhere.example")
    assert stream.expect("db:result", type="error", from_="elsewhere.example").condition == "item-not-found"
    stream.send(message(remote.domain, component.domain))
    component.expect_message()


def test_a_key_made_for_another_stream_is_refused(hub, component, site):
    remote = site.server()
    first, second = (remote.open_stream(hub.s2s, component.domain) for _ in range(2))
    key = dialback_key(remote.secret, component.domain, remote.domain, first.header["id"])
    send_key(second, remote.domain, component.domain, key)
    second.expect("db:result", type="invalid")


def test_stream_ids_differ(hub, component, site):
    ids = {site.server().open_stream(hub.s2s, component.domain).header["id"] for _ in range(20)}
    assert len(ids) == 20 and all(len(id) >= 16 for id in ids)


def test_an_answer_nobody_asked_for_authorises_nothing(hub, component, site):
    """A peer must not get a pair authorised by sending results and verdicts of its own."""
    remote = site.server()
    stream = remote.open_stream(hub.s2s, component.domain)
    stream.send(f"<db:result from='{remote.domain}' to='{component.domain}' type='valid'/>")
    stream.send(f"<db:verify from='{remote.domain}' to='{component.domain}' id='{stream.header['id']}' type='valid'/>")
    stream.send(message(remote.domain, component.domain, "forged"))
    assert any(isinstance(item, Element) and item.is_a("stream:error") for item in stream.read_to_end())
    assert_nothing_forged_came(hub, component, site)


# -- nodes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forge", ["another node's domain", "a remote domain", "a subdomain"])
def test_a_node_that_speaks_for_another_domain_loses_its_stream(site, hub, component, forge):
    remote = site.server()
    other = hub.spare_domain()
    from_ = {
        "another node's domain": other,
        "a remote domain": remote.domain,
        "a subdomain": "x." + component.domain,
    }[forge]
    component.send(message(from_, remote.domain, "forged"))
    component.expect_stream_error("invalid-from")
    honest = site.component(hub, hub.spare_domain())
    honest.message(honest.domain, remote.domain, "honest")
    assert remote.expect_message().find("server:body").text == "honest"


def assert_nothing_forged_came(hub, component, site):
    """Checks that the next stanza at the component is an honest one."""
    honest = site.server()
    honest.connect(hub.s2s, component.domain).send(message(honest.domain, component.domain, "honest"))
    assert component.expect_message(from_=honest.domain).find("component:body").text == "honest"
