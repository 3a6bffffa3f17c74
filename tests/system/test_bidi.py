"""Bidirectional streams (XEP-0288), in both roles: one stream for both directions of a pair, and of no other pair."""

import pytest

from peers import sasl
from peers.authority import certificate
from peers.component import message
from peers.dialback import dialback_key, send_key
from peers.s2s_peer import BIDI, BIDI_FEATURE, STARTTLS
from peers.site import component_node, fresh_domain, spare_nodes

# ejabberd 24.10 to 26.04 announce the feature in the namespace of the request, and know no other.
BIDI_FEATURE_OF_EJABBERD = "<bidi xmlns='urn:xmpp:bidi'/>"


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes())


def certified(site):
    domain = fresh_domain()
    return site.server(domain, certificate=certificate(domain), verify_at=None)


def open_bidirectional(remote, hub, component, how):
    """Returns an authenticated stream, opened by the remote server, on which the hub may send as well."""
    if how == "EXTERNAL":
        return remote.connect_by_certificate(hub.s2s, component.domain, bidi=True)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    return remote.authenticate(stream.send(BIDI), component.domain)


HOW = pytest.mark.parametrize("how", ["EXTERNAL", "dialback"])


# -- the hub as receiving server --------------------------------------------------------------------------------


def test_the_feature_is_offered_on_tls_before_authentication(hub, component, site):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    assert stream.features.find("bidi-feature:bidi") is not None
    assert stream.features.find("bidi:bidi") is not None, "for ejabberd"
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    assert stream.features.find("bidi-feature:bidi") is None


@HOW
def test_the_hub_answers_over_the_stream_that_came_in(hub, component, site, how):
    remote = certified(site)
    stream = open_bidirectional(remote, hub, component, how)
    for number in range(3):
        stream.send(message(remote.domain, component.domain, f"there {number}"))
        component.expect_message(from_=remote.domain)
        component.message(component.domain, remote.domain, f"back {number}")
        answer = stream.expect("server:message", from_=component.domain, to=remote.domain)
        assert answer.find("server:body").text == f"back {number}"
    assert remote.attempts == 0, "neither for an answer nor, as the certificate proves the key's domain, for a question"


@HOW
def test_the_hub_may_be_the_first_to_speak(hub, component, site, how):
    remote = certified(site)
    stream = open_bidirectional(remote, hub, component, how)
    asked = remote.attempts
    component.message(component.domain, remote.domain)
    stream.expect("server:message", from_=component.domain, to=remote.domain)
    assert remote.attempts == asked


@HOW
def test_without_the_request_the_hub_opens_a_stream_of_its_own(hub, component, site, how):
    remote = certified(site)
    if how == "EXTERNAL":
        stream = remote.connect_by_certificate(hub.s2s, component.domain)
    else:
        stream = remote.connect(hub.s2s, component.domain, secure=True)
    component.message(component.domain, remote.domain)
    _, other = remote.next()
    assert other is not stream and remote.attempts >= 1


def test_only_the_reverse_of_authorised_pairs_flows_back(hub, component, site):
    """A stanza from another local domain needs a stream on which that domain was proved."""
    remote, other = certified(site), site.component(hub, hub.spare_domain())
    stream = open_bidirectional(remote, hub, component, "EXTERNAL")
    other.message(other.domain, remote.domain, "not over that one")
    assert remote.expect_message()["from"] == other.domain
    component.message(component.domain, remote.domain, "over that one")
    stream.expect("server:message", from_=component.domain)


def test_a_further_pair_that_is_authorised_flows_back_too(hub, component, site):
    remote, other = certified(site), site.component(hub, hub.spare_domain())
    stream = open_bidirectional(remote, hub, component, "EXTERNAL")
    send_key(stream, remote.domain, other.domain, "proved by the certificate")
    stream.expect("db:result", from_=other.domain, type="valid")
    other.message(other.domain, remote.domain)
    stream.expect("server:message", from_=other.domain)
    assert remote.attempts == 0


def test_when_the_stream_ends_the_hub_opens_one_of_its_own(hub, component, site):
    remote = certified(site)
    stream = open_bidirectional(remote, hub, component, "EXTERNAL")
    component.message(component.domain, remote.domain, "over the one that came in")
    stream.expect("server:message")
    stream.send("</stream:stream>").expect_end()
    component.message(component.domain, remote.domain, "over another")
    assert remote.expect_message().find("server:body").text == "over another"


def test_a_stream_that_is_cut_loses_no_stanza_that_comes_later(hub, component, site):
    remote = certified(site)
    stream = open_bidirectional(remote, hub, component, "EXTERNAL")
    component.message(component.domain, remote.domain, "before")
    stream.expect("server:message")
    before = hub.metric("fedhub_streams_closed_total", leg="s2s-in")
    stream.cut()
    hub.wait_for_log(rf"{remote.domain}.*stream closed")
    assert hub.metric("fedhub_streams_closed_total", leg="s2s-in") > before
    component.message(component.domain, remote.domain, "after")
    assert remote.expect_message().find("server:body").text == "after"


def test_it_can_be_turned_off(site):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain), federation={"bidi": False})
    component, remote = site.component(hub, domain), certified(site)
    stream = remote.open_stream(hub.s2s, domain, secure=True)
    assert stream.features.find("bidi-feature:bidi") is None and stream.features.find("bidi:bidi") is None
    taking = site.listener()
    component.message(domain, taking.domain)
    asked = taking.accept_secured(external=True, more=BIDI_FEATURE)
    asked.expect("sasl:auth")  # and no <bidi/> before


# -- the hub as initiating server -------------------------------------------------------------------------------


def take_stream(remote, how, feature=BIDI_FEATURE):
    """Accepts a stream of the hub. On return it is authenticated, and bidirectional because the hub asked for it."""
    stream = remote.accept_secured(external=how == "EXTERNAL", more=feature)
    stream.expect("bidi:bidi")
    if how == "EXTERNAL":
        remote.accept_external(stream)
    else:
        key = stream.expect("db:result")
        stream.send(f"<db:result from='{key['to']}' to='{key['from']}' type='valid'/>")
    return stream


@HOW
@pytest.mark.parametrize("feature", [BIDI_FEATURE, BIDI_FEATURE_OF_EJABBERD], ids=["XEP-0288", "ejabberd"])
def test_the_hub_takes_stanzas_over_the_stream_that_it_opened(hub, component, site, how, feature):
    remote = site.listener()
    component.message(component.domain, remote.domain, "there")
    stream = take_stream(remote, how, feature)
    stream.expect("server:message", from_=component.domain)
    for number in range(3):
        stream.send(message(remote.domain, component.domain, f"back {number}"))
        assert component.expect_message(from_=remote.domain).find("component:body").text == f"back {number}"


def test_the_hub_does_not_ask_where_it_is_not_offered(hub, component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    remote.accept_secured(external=True).expect("sasl:auth")


def test_the_hub_does_not_ask_before_tls(hub, component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept()
    remote.answer_header(stream, starttls=True, more=BIDI_FEATURE)
    assert stream.read().octets.startswith(STARTTLS[:10].encode())


@HOW
@pytest.mark.parametrize("forge", ["another sender", "another target"])
def test_a_stanza_of_another_pair_ends_the_stream(hub, component, site, how, forge):
    remote, other = site.listener(), site.component(hub, hub.spare_domain())
    component.message(component.domain, remote.domain, "there")
    stream = take_stream(remote, how)
    stream.expect("server:message")
    if forge == "another sender":
        stream.send(message(fresh_domain(), component.domain, "forged"))
    else:
        stream.send(message(remote.domain, other.domain, "forged"))
    stream.expect_stream_error("invalid-from", "not-authorized")
    honest = certified(site)
    honest.connect_by_certificate(hub.s2s, other.domain).send(message(honest.domain, other.domain, "honest"))
    assert other.expect_message().find("component:body").text == "honest"


def test_before_authentication_nothing_is_taken(hub, component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept_secured(external=True, more=BIDI_FEATURE)
    stream.expect("bidi:bidi")
    stream.expect("sasl:auth")
    stream.send(message(remote.domain, component.domain, "forged"))
    assert any(item.is_a("stream:error") for item in stream.read_to_end() if hasattr(item, "is_a"))


def test_a_key_in_the_reverse_direction_is_answered_with_an_error(hub, component, site):
    """A peer may ask for a further domain of its own on the hub's stream. The hub refuses, and the stream goes on."""
    remote, further = site.listener(), fresh_domain()
    component.message(component.domain, remote.domain)
    stream = take_stream(remote, "EXTERNAL")
    stream.expect("server:message")
    key = dialback_key(remote.secret, component.domain, further, "an id")
    send_key(stream, further, component.domain, key)
    stream.expect("db:result", from_=component.domain, to=further, type="error")
    stream.send(message(remote.domain, component.domain, "goes on"))
    component.expect_message(from_=remote.domain)


def test_the_answer_to_a_refused_attempt_keeps_the_stream_bidirectional(hub, component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept_secured(external=True, more=BIDI_FEATURE)
    stream.expect("bidi:bidi")
    stream.expect("sasl:auth")
    stream.send(sasl.failure("not-authorized"))
    key = stream.expect("db:result")
    stream.send(f"<db:result from='{key['to']}' to='{key['from']}' type='valid'/>")
    stream.expect("server:message")
    stream.send(message(remote.domain, component.domain, "back"))
    component.expect_message(from_=remote.domain)
