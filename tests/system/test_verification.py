"""Questions about keys (XEP-0220 §2.1.2): how often the hub, as receiving server, repeats the same question."""

import pytest

from peers.dialback import send_key
from peers.site import component_node, fresh_domain
from peers.waiting import eventually


@pytest.fixture
def speaker(hub, component, site):
    """Returns a stream, its server, and the server's other domain.

    The stream is authenticated for the server's first domain, so it survives wrong keys for the other one. The other
    domain has had a stanza, since the hub holds answers only for domains with traffic of their own.
    """
    remote = site.server(fresh_domain(), fresh_domain())
    component.message(component.domain, remote.domains[1])
    remote.expect_message(to=remote.domains[1])
    return remote.connect(hub.s2s, component.domain), remote, remote.domains[1]


def asked(remote, key):
    return sum(question.tree.text == key for question in remote.verified)


def test_a_key_that_is_repeated_is_not_asked_about_again(component, speaker):
    stream, remote, other = speaker
    for _ in range(5):
        send_key(stream, other, component.domain, "a wrong key")
        assert stream.expect("db:result", to=other, type="error").condition == "forbidden"
    assert asked(remote, "a wrong key") == 1
    send_key(stream, other, component.domain, "another wrong key")
    assert stream.expect("db:result", to=other, type="error").condition == "forbidden"
    assert asked(remote, "another wrong key") == 1
    remote.authenticate(stream, component.domain, other)


def test_a_key_is_asked_about_again_after_some_seconds(component, speaker):
    stream, remote, other = speaker

    def asked_twice():
        send_key(stream, other, component.domain, "a wrong key")
        stream.expect("db:result", to=other, type="error")
        return asked(remote, "a wrong key") == 2

    eventually(asked_twice, 8, "the second question")


def test_an_error_is_no_answer_to_hold(component, speaker):
    stream, remote, other = speaker
    remote.verify_answer = ("error", "item-not-found")
    for number in range(1, 4):
        send_key(stream, other, component.domain, "a wrong key")
        stream.expect("db:result", to=other, type="error")
        assert asked(remote, "a wrong key") == number


def test_a_domain_of_which_only_keys_were_asked_is_soon_forgotten(site):
    node = fresh_domain("corp")
    hub = site.hub(component_node(node))
    component, remote = site.component(hub, node), site.server()
    remote.connect(hub.s2s, node)
    eventually(lambda: hub.metric("fedhub_domains_active") == 0, 9, "the domain's actor to end")
