"""SASL EXTERNAL (RFC 6120 §6, XEP-0178): a certificate proves a domain. If it does not, dialback follows, or the stream
ends."""

import pytest

from peers import sasl
from peers.authority import BOTH_PURPOSES, WORTHLESS, certificate, der_of, files, root, worthless
from peers.component import message
from peers.dialback import dialback_key, send_key
from peers.s2s_peer import STARTTLS
from peers.site import component_node, fresh_domain, spare_nodes


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes())


def certified(site, *domains, **how):
    """Returns a server with a certificate for its domains, with the purpose serverAuth only."""
    domains = domains or (fresh_domain(),)
    return site.server(*domains, certificate=certificate(*domains), **how)


def assert_it_talks(stream, remote, component):
    """Checks that the stream's pair is authorised, and that the hub asked the sender's own server nothing."""
    stream.send(message(remote.domain, component.domain, "proved"))
    component.expect_message(from_=remote.domain)
    assert remote.attempts == 0


# -- the hub as receiving server --------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [
    pytest.param({}, id="DNS"),
    pytest.param({"dns_names": False, "srv_names": True}, id="SRV"),
    pytest.param({"dns_names": False, "xmpp_addresses": True}, id="XMPP"),
])  # fmt: skip
def test_a_certificate_proves_the_sender(hub, component, site, names):
    domain = fresh_domain()
    remote = site.server(domain, certificate=certificate(domain, **names))
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    assert stream.features.find("sasl:mechanisms") is None and stream.features.find("tls:starttls") is None
    assert_it_talks(stream, remote, component)


def test_a_wildcard_proves_what_is_one_level_below(hub, component, site):
    parent = fresh_domain()
    remote = site.server(f"chat.{parent}", certificate=certificate(f"*.{parent}"))
    assert_it_talks(remote.connect_by_certificate(hub.s2s, component.domain), remote, component)
    below = site.listener(f"a.chat.{parent}", certificate=certificate(f"*.{parent}"))
    assert not sasl.is_offered(below.open_stream(hub.s2s, component.domain, secure=True).features)


def test_no_authzid_stands_for_the_sender(hub, component, site):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    stream.send(sasl.auth()).expect("sasl:success")
    assert_it_talks(remote.begin_authenticated(stream, component.domain), remote, component)


def test_an_initial_response_that_is_missing_is_asked_for(hub, component, site):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    stream.send(f"<auth xmlns='{sasl.NAMESPACE}' mechanism='EXTERNAL'/>").expect("sasl:challenge")
    stream.send(sasl.response(remote.domain)).expect("sasl:success")
    assert_it_talks(remote.begin_authenticated(stream, component.domain), remote, component)


@pytest.mark.parametrize("kind", WORTHLESS)
def test_a_certificate_that_proves_nothing_gets_no_external_and_leaves_dialback(hub, component, site, kind):
    domain = fresh_domain()
    remote = site.server(domain, certificate=worthless(kind, domain))
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    assert not sasl.is_offered(stream.features)
    assert stream.features.find("dialback-feature:dialback") is not None
    refusal = stream.send(sasl.auth(domain)).expect("sasl:failure")
    assert sasl.condition_of(refusal) in ("not-authorized", "credentials-expired")
    remote.authenticate(stream, component.domain)
    stream.send(message(domain, component.domain))
    component.expect_message(from_=domain)


def test_without_a_certificate_nothing_is_offered(hub, component, site):
    stream = site.server().open_stream(hub.s2s, component.domain, secure=True)
    assert not sasl.is_offered(stream.features)


def test_a_header_without_from_is_offered_nothing(hub, component, site):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain, "", secure=True)
    assert not sasl.is_offered(stream.features)


@pytest.mark.parametrize("authzid", ["another domain", "the hub's domain", "a JID"])
def test_an_authzid_other_than_the_sender_fails_and_leaves_dialback(hub, component, site, authzid):
    remote = certified(site)
    forged = {"another domain": "elsewhere.example", "the hub's domain": component.domain,
              "a JID": f"user@{remote.domain}"}[authzid]  # fmt: skip
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    refusal = stream.send(sasl.auth(forged)).expect("sasl:failure")
    assert sasl.condition_of(refusal) == "invalid-authzid"
    remote.authenticate(stream, component.domain)


@pytest.mark.parametrize("element, condition", [
    (sasl.auth(mechanism="PLAIN"), "invalid-mechanism"),
    (f"<auth xmlns='{sasl.NAMESPACE}' mechanism='EXTERNAL'>not base64!</auth>", "incorrect-encoding"),
    (f"<auth xmlns='{sasl.NAMESPACE}' mechanism='EXTERNAL'><x/></auth>", "malformed-request"),
])  # fmt: skip
def test_a_faulty_attempt_gets_the_condition_of_its_fault(hub, component, site, element, condition):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    assert sasl.condition_of(stream.send(element).expect("sasl:failure")) == condition
    stream.send(sasl.auth(remote.domain)).expect("sasl:success")


def test_in_clear_text_it_is_neither_offered_nor_taken(hub, component, site):
    remote = certified(site)
    stream = remote.open_stream(hub.s2s, component.domain)
    assert not sasl.is_offered(stream.features)
    refusal = stream.send(sasl.auth(remote.domain)).expect("sasl:failure")
    assert sasl.condition_of(refusal) == "encryption-required"


def test_the_number_of_attempts_is_limited(hub, component, site):
    remote = site.server()
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    items = stream.send(sasl.auth(remote.domain) * 50).read_to_end()
    assert len([item for item in items if getattr(item, "is_a", lambda _: False)("sasl:failure")]) < 50


def test_the_header_after_success_must_be_of_the_same_sender(hub, component, site):
    domain, other = fresh_domain(), fresh_domain()
    remote = site.server(domain, other, certificate=certificate(domain, other))
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    stream.send(sasl.auth(domain)).expect("sasl:success")
    stream.restart()
    stream.send_header(from_=other, to=component.domain)
    stream.read_header()
    stream.expect_stream_error("not-authorized")


def test_a_stanza_from_another_sender_than_the_one_proved_ends_the_stream(hub, component, site):
    remote = certified(site)
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    stream.send(message(fresh_domain(), component.domain, "forged"))
    stream.expect_stream_error("invalid-from")


def test_a_key_of_a_sender_that_the_certificate_proves_is_valid_unasked(hub, component, site):
    """XEP-0344: further senders of the certificate, and further targets."""
    first, second = fresh_domain(), fresh_domain()
    remote = site.server(first, second, certificate=certificate(first, second))
    other = site.component(hub, hub.spare_domain())
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    for sender, target in ((second, component), (first, other)):
        send_key(stream, sender, target.domain, "not looked at")
        stream.expect("db:result", from_=target.domain, to=sender, type="valid")
        stream.send(message(sender, target.domain, "proved"))
        target.expect_message(from_=sender)
    assert remote.attempts == 0


def test_a_key_of_a_sender_that_the_certificate_does_not_prove_is_verified(hub, component, site):
    remote, other = certified(site), site.server()
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    send_key(stream, other.domain, component.domain, "wrong")
    assert stream.expect("db:result", from_=component.domain, to=other.domain)["type"] != "valid"
    key = dialback_key(other.secret, component.domain, other.domain, stream.header["id"])
    send_key(stream, other.domain, component.domain, key)
    stream.expect("db:result", from_=component.domain, to=other.domain, type="valid")
    assert len(other.verified) == 2


# -- the hub as initiating server -------------------------------------------------------------------------------


def test_the_hub_proves_itself_by_its_certificate(hub, component, site):
    remote = site.server(external="success", authorities=root().certificate)
    component.message(component.domain, remote.domain, "hello")
    _, stream = remote.next()
    assert remote.authzids == [component.domain]
    assert component.domain in str(stream.sock.getpeercert())
    assert stream.authenticated and remote.attempts == 1
    component.message(component.domain, remote.domain, "again")
    assert remote.next()[1] is stream


@pytest.mark.parametrize("condition", ["not-authorized", "temporary-auth-failure", "invalid-mechanism"])
def test_a_refusal_is_followed_by_dialback_on_the_same_stream(hub, component, site, condition):
    remote = site.server(external=condition, verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    _, stream = remote.next()
    assert remote.authzids == [component.domain]
    assert not stream.authenticated and remote.streams == [stream]


def test_a_refusal_without_dialback_bounces(hub, component, site):
    remote = site.server(security="required", external="not-authorized", offers_dialback=False)
    component.message(component.domain, remote.domain, id="1")
    text = component.expect_stanza(type="error", id="1").error_text
    assert "certificate" in text or "authenticate" in text  # the latter after a second attempt, without EXTERNAL
    assert set(remote.authzids) == {component.domain} and remote.received.empty()


def test_a_second_sender_takes_to_dialback_on_the_same_stream(hub, component, site):
    remote, other = site.server(external="success", verify_at=hub.s2s), site.component(hub, hub.spare_domain())
    component.message(component.domain, remote.domain)
    _, stream = remote.next()
    other.message(other.domain, remote.domain)
    element, second = remote.next()
    assert element["from"] == other.domain and second is stream
    assert remote.authzids == [component.domain]


def test_in_clear_text_the_hub_does_not_try(hub, component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept()
    remote.answer_header(stream, external=True)
    stream.expect("db:result", from_=component.domain)


def test_a_hub_without_a_certificate_for_the_sender_does_not_try(site):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain), certificates=[certificate("elsewhere.example")])
    remote = site.server(external="success", verify_at=hub.s2s)
    site.component(hub, domain).message(domain, remote.domain)
    remote.expect_message()
    assert not remote.authzids


def test_a_client_certificate_is_shown_where_the_hub_initiates_and_only_there(site):
    domain = fresh_domain("corp")
    own, for_clients = certificate(domain), certificate(domain, purposes=BOTH_PURPOSES)
    directory = site.directory("client")
    hub = site.certified_hub(component_node(domain), certificates=[own],
                             tls={"client_certificate": files(directory, "client", for_clients)})  # fmt: skip
    remote = site.server(external="success", authorities=root().certificate)
    site.component(hub, domain).message(domain, remote.domain)
    _, stream = remote.next()
    assert stream.peer_certificate == der_of(for_clients)
    assert remote.open_stream(hub.s2s, domain, secure=True).peer_certificate == der_of(own)


# -- require_client_certificates --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict_hub(module_site):
    return module_site.certified_hub(
        *spare_nodes(), federation={"security_mode": "tls-required", "require_client_certificates": True})  # fmt: skip


@pytest.fixture
def strict_component(site, strict_hub):
    return site.component(strict_hub, strict_hub.spare_domain())


def test_a_strict_hub_takes_a_certificate(strict_hub, strict_component, site):
    remote = certified(site)
    stream = remote.connect_by_certificate(strict_hub.s2s, strict_component.domain)
    assert_it_talks(stream, remote, strict_component)


def test_a_strict_hub_takes_a_key_for_which_the_certificate_speaks(strict_hub, strict_component, site):
    remote = certified(site)
    stream = remote.open_stream(strict_hub.s2s, strict_component.domain, secure=True)
    remote.authenticate(stream, strict_component.domain)
    assert_it_talks(stream, remote, strict_component)


@pytest.mark.parametrize("kind", WORTHLESS)
def test_a_strict_hub_refuses_dialback_alone(strict_hub, strict_component, site, kind):
    domain = fresh_domain()
    remote = site.server(domain, certificate=worthless(kind, domain))
    stream = remote.open_stream(strict_hub.s2s, strict_component.domain, secure=True)
    remote.send_key(stream, strict_component.domain)
    refusal = stream.expect("db:result", type="error", from_=strict_component.domain, to=domain)
    assert refusal.condition == "policy-violation"
    assert remote.attempts == 0


@pytest.mark.parametrize("kind", WORTHLESS)
def test_a_strict_hub_sends_nothing_to_a_server_that_it_can_not_trust(strict_hub, strict_component, site, kind):
    domain = fresh_domain()
    remote = site.server(domain, certificate=worthless(kind, domain), external="success")
    strict_component.message(strict_component.domain, domain, id="1")
    bounce = strict_component.expect_stanza(type="error", id="1")
    assert "certificate" in bounce.error_text
    assert remote.received.empty()


def test_a_strict_hub_sends_to_a_server_that_it_can_trust(strict_hub, strict_component, site):
    remote = certified(site, external="success")
    strict_component.message(strict_component.domain, remote.domain)
    remote.expect_message()


def test_starttls_is_still_needed_first(strict_hub, strict_component, site):
    """Without TLS the peer can't show a certificate, so the features require STARTTLS."""
    stream = certified(site).open_stream(strict_hub.s2s, strict_component.domain)
    assert stream.features.find("tls:starttls/tls:required") is not None
    stream.send(STARTTLS).expect("tls:proceed")
