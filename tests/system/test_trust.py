"""[[trust]]: each row states what a remote domain must prove, as sender and as target."""

import pytest

from peers import sasl
from peers.authority import WORTHLESS, certificate, pin_of, worthless
from peers.component import message
from peers.site import fresh_domain, spare_nodes
from peers.stream import Stream
from support.certificates import self_signed

PINNED = self_signed("whatever it says.example")

RULES = [
    {"domain": "*.pkix.example", "methods": ["pkix"]},
    {"domain": "*.pinned.example", "methods": ["pin"], "pins": [pin_of(certificate("spare.example")), pin_of(PINNED)]},
    {"domain": "*.dialback.example", "methods": ["dialback"]},
    {"domain": "*.either.example", "methods": ["pin", "dialback"], "pins": [pin_of(PINNED)]},
    {"domain": "*.reported.example", "methods": ["pkix"], "report_only": True},
    {"domain": "*.lax.pkix.example", "methods": ["pkix", "dialback"]},
    {"domain": "exact.pkix.example", "methods": ["dialback"]},
    {"domain": "*.secured.example", "security_mode": "tls-required"},
    {"domain": "*.clear.example", "methods": ["dialback"], "security_mode": "no-tls"},
]


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes(), trust=RULES)


def below(parent):
    """Returns a fresh domain to which the row of `*.parent` applies."""
    return f"{fresh_domain()}.{parent}"


def talks_in(hub, component, remote):
    """Returns whether a stanza gets in by any method that the hub accepts. Checks that a refusal is by the policy."""
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    if sasl.is_offered(stream.features):
        stream.send(sasl.auth(remote.domain)).expect("sasl:success")
        remote.begin_authenticated(stream, component.domain)
    else:
        remote.send_key(stream, component.domain)
        answer = stream.expect("db:result", from_=component.domain, to=remote.domain)
        if answer["type"] == "error":
            assert answer.condition == "policy-violation"
            assert remote.attempts == 0, "nobody needed to be asked"
            return False
        assert answer["type"] == "valid"
    stream.send(message(remote.domain, component.domain))
    component.expect_message(from_=remote.domain)
    return True


def assert_it_talks_out(component, remote, talks=True):
    """Checks that a stanza goes out; or, if `talks` is false, that it bounces because of the certificate."""
    component.message(component.domain, remote.domain, id=remote.domain)
    if talks:
        remote.expect_message(id=remote.domain)
    else:
        assert "certificate" in component.expect_stanza(type="error", id=remote.domain).error_text
        assert remote.received.empty()


CASES = [
    # domain of the row, certificate, whether EXTERNAL is offered, whether stanzas pass
    ("pkix.example", "good", True, True),
    *(("pkix.example", kind, False, False) for kind in WORTHLESS),
    ("pkix.example", "pinned", False, False),
    ("pinned.example", "pinned", True, True),
    ("pinned.example", "good", False, False),
    ("pinned.example", "self-signed", False, False),
    ("dialback.example", "good", False, True),
    ("dialback.example", "self-signed", False, True),
    ("either.example", "pinned", True, True),
    ("either.example", "good", False, True),
    ("either.example", "self-signed", False, True),
    ("lax.pkix.example", "good", True, True),
    ("lax.pkix.example", "expired", False, True),
]


def made(kind, domain):
    return {"good": lambda: certificate(domain), "pinned": lambda: PINNED}.get(kind, lambda: worthless(kind, domain))()


@pytest.mark.parametrize("parent, kind, offered, talks", CASES, ids=[f"{row[0]}-{row[1]}" for row in CASES])
def test_a_row_says_what_proves_a_sender(hub, component, site, parent, kind, offered, talks):
    domain = below(parent)
    remote = site.server(domain, certificate=made(kind, domain))
    features = remote.open_stream(hub.s2s, component.domain, secure=True).features
    assert sasl.is_offered(features) == offered
    assert talks_in(hub, component, remote) == talks


@pytest.mark.parametrize("parent, kind, offered, talks", CASES, ids=[f"{row[0]}-{row[1]}" for row in CASES])
def test_a_row_says_what_proves_a_target(hub, component, site, parent, kind, offered, talks):
    domain = below(parent)
    remote = site.server(domain, certificate=made(kind, domain), verify_at=hub.s2s, security="required")
    assert_it_talks_out(component, remote, talks)


def test_an_exact_row_wins_over_a_wildcard(hub, component, site):
    domain = "exact.pkix.example"
    remote = site.server(domain, certificate=worthless("self-signed", domain))
    assert talks_in(hub, component, remote)
    assert_it_talks_out(component, remote)


@pytest.mark.parametrize("kind", WORTHLESS)
def test_what_is_only_reported_passes_by_dialback(hub, component, site, kind):
    domain = below("reported.example")
    remote = site.server(domain, certificate=worthless(kind, domain))
    assert talks_in(hub, component, remote)
    assert_it_talks_out(component, remote)


def test_a_refusal_does_not_depend_on_who_asks_for_the_stream(hub, component, site):
    """The hub judges a sender by the sender's own row, not by the row of the header's `from`."""
    strict, lax = below("pkix.example"), fresh_domain()
    remote = site.server(lax, strict)
    stream = remote.connect(hub.s2s, component.domain, secure=True)
    remote.send_key(stream, component.domain, strict)
    refusal = stream.expect("db:result", type="error", from_=component.domain, to=strict)
    assert refusal.condition == "policy-violation"
    stream.send(message(lax, component.domain, "goes on"))
    component.expect_message(from_=lax)


# -- security_mode of a row; the hub's own is tls-optional --------------------------------------------------------


def test_a_row_can_demand_tls_of_a_target(hub, component, site):
    remote = site.server(below("secured.example"), security="none")
    component.message(component.domain, remote.domain, id="1")
    assert "TLS" in component.expect_stanza(type="error", id="1").error_text
    assert remote.received.empty()


def test_a_row_can_demand_tls_of_a_sender(hub, component, site):
    remote = site.server(below("secured.example"))
    stream = remote.open_stream(hub.s2s, component.domain)
    remote.send_key(stream, component.domain)
    refusal = stream.read()
    assert refusal.condition == "policy-violation", refusal
    assert remote.attempts == 0
    assert talks_in(hub, component, remote)


def test_a_row_can_do_without_tls(hub, component, site):
    remote = site.server(below("clear.example"), verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    _, stream = remote.next()
    assert not stream.secure
    stream = Stream.connect(hub.s2s)
    stream.send_header(from_=remote.domain, to=component.domain)
    stream.read_header()
    assert stream.expect("stream:features").find("tls:starttls") is None
    remote.authenticate(stream, component.domain)
