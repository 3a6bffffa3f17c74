"""Promise: an attempt has succeeded when its first pair is authorised, not when the features arrive. If a server
refuses after the features, the hub tries the next server at once. Later attempts use what earlier ones learned."""

import pytest

from peers.authority import certificate
from peers.misbehaviour import cut, end_with_error, hang_up
from peers.site import fresh_domain, spare_nodes
from peers.waiting import Stopwatch


# Kind of bad server: (its stream features, the step at which it misbehaves, how, the words in the sender's bounce).
REFUSALS = {
    "an old ejabberd: header without version, then an error": (
        {"version": ""}, "header sent", end_with_error("host-unknown"), "host-unknown",
    ),
    "features, then an error": ({}, "secure features sent", end_with_error("host-unknown"), "host-unknown"),
    "features, then the end of the stream": ({}, "secure features sent", hang_up, "closed"),
    "features, then a reset": ({}, "secure features sent", cut, "closed"),
    "an error at the key": ({}, "key received", end_with_error("resource-constraint"), "resource-constraint"),
    "closes at the key": ({}, "key received", hang_up, "closed"),
    "resets at the key": ({}, "key received", cut, "closed"),
    "in clear text, closes at the key": ({"security": "none"}, "key received", hang_up, "closed"),
}  # fmt: skip


def bad_server(site, kind):
    how, step, act, _ = REFUSALS[kind]
    server = site.server(fresh_domain("bad"), **how)
    server.misbehave[step] = act
    return server


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(60), federation={"security_mode": "tls-optional"})


@pytest.mark.parametrize("kind", REFUSALS)
def test_the_next_target_is_tried_at_once(component, site, dns, kind):
    domain, bad, good = fresh_domain(), bad_server(site, kind), site.server(fresh_domain())
    dns.add_server(domain, *bad.address, priority=1)
    dns.add_server(domain, *good.address, priority=2)
    watch = Stopwatch()
    for id in ("1", "2", "3"):
        component.message(component.domain, domain, id=id)
    for id in ("1", "2", "3"):
        good.expect_message(id=id)
    assert watch.seconds() < 3
    assert bad.attempts == 1


@pytest.mark.parametrize("kind", REFUSALS)
def test_without_a_next_target_the_cause_comes_back_at_once(component, site, dns, kind):
    domain, bad = fresh_domain(), bad_server(site, kind)
    dns.add_server(domain, *bad.address)
    watch = Stopwatch()
    component.message(component.domain, domain, id="1")
    bounce = component.expect_bounce("remote-server-timeout", id="1")
    assert REFUSALS[kind][3] in bounce.error_text
    assert watch.seconds() < 3
    assert bad.attempts == 1


@pytest.mark.parametrize("kind", ["features, then an error", "features, then a reset"])
def test_a_key_is_asked_about_at_the_next_target_too(hub, component, site, dns, kind):
    """The hub is the receiving server: the peer's key is verified by the second of the peer's servers."""
    remote = site.server(fresh_domain())
    bad = bad_server(site, kind)
    dns.remove(remote.domain)
    dns.add_server(remote.domain, *bad.address, priority=0)
    dns.add_server(remote.domain, *remote.address, priority=5)
    remote.connect(hub.s2s, component.domain)
    assert bad.attempts == 1 and remote.verified


ANSWERS = [("invalid", ""), ("error", "remote-server-timeout"), ("error", "remote-connection-failed"), ("error", "forbidden")]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_server_that_refuses_the_key_is_left_for_the_next_one(component, site, dns, answer):
    domain, bad, good = fresh_domain(), site.server(fresh_domain("bad")), site.server(fresh_domain())
    bad.key_answer = answer
    dns.add_server(domain, *bad.address, priority=1)
    dns.add_server(domain, *good.address, priority=2)
    watch = Stopwatch()
    component.message(component.domain, domain, id="1")
    good.expect_message(id="1")
    assert watch.seconds() < 3 and bad.attempts == 1
    # If all servers refuse, the bounce has the condition of the last one.
    good.end_streams()
    good.key_answer = answer
    component.message(component.domain, domain, id="2")
    bounce = component.expect_stanza(type="error", id="2", within=15)
    assert bounce.condition == ("internal-server-error" if answer[0] == "invalid" else "remote-server-timeout")


def test_a_server_that_proves_nothing_is_left_for_one_that_does(site, dns):
    domain = fresh_domain()
    hub = site.certified_hub(*spare_nodes(1), federation={"require_verified": "on"})
    component = site.component(hub, hub.spare_domain())
    bad, good = site.server(fresh_domain("bad")), site.server(fresh_domain(), certificate=certificate(domain))
    dns.add_server(domain, *bad.address, priority=1)
    dns.add_server(domain, *good.address, priority=2)
    component.message(component.domain, domain, id="1")
    good.expect_message(id="1")
    assert bad.received.empty() and bad.attempts == 1


ENDS = pytest.mark.parametrize(
    "end", [cut, hang_up, end_with_error("not-authorized")], ids=["reset", "close", "error"]
)


@ENDS
@pytest.mark.parametrize("told", [True, False], ids=["told", "without a word"])
def test_a_server_that_refuses_external_and_ends_is_asked_by_dialback_from_then_on(site, end, told):
    """The hub remembers this for each server separately. If the server ends the stream without <failure/>, it takes two
    such ends, since a single one may be chance."""
    hub = site.certified_hub(*spare_nodes(2))
    component, domain = site.component(hub, hub.spare_domain()), fresh_domain()
    servers = [site.server(fresh_domain("bad"), external="not-authorized") for _ in range(2)]

    for priority, server in enumerate(servers):
        site.dns.add_server(domain, *server.address, priority=priority)
        server.misbehave["auth received"] = refuse_and(end) if told else end
        server.misbehave["key received"] = hang_up
    servers[1].misbehave.pop("key received")
    component.message(component.domain, domain, id="1")
    servers[1].expect_message(id="1")
    asked = [1, 1] if told else [1, 2]
    assert [len(server.authzids) for server in servers] == asked
    assert [server.attempts for server in servers] == ([2, 2] if told else [1, 3])
    servers[0].misbehave["connected"] = cut
    servers[1].end_streams()
    component.message(component.domain, domain, id="2")
    servers[1].expect_message(id="2")
    assert [len(server.authzids) for server in servers] == asked


@ENDS
@pytest.mark.parametrize("told", [True, False], ids=["told", "without a word"])
def test_a_server_that_refuses_external_does_not_keep_the_hub_from_using_it_at_others(site, end, told):
    """The last server offers no dialback, so the test succeeds only if the hub still asks that server for EXTERNAL."""
    hub = site.certified_hub(*spare_nodes(1))
    component, domain = site.component(hub, hub.spare_domain()), fresh_domain()
    how = {"offers_dialback": False, "security": "required"}
    servers = [site.server(fresh_domain("bad"), external="not-authorized", **how) for _ in range(2)]
    servers.append(site.server(fresh_domain(), external="success", **how))
    for priority, server in enumerate(servers):
        site.dns.add_server(domain, *server.address, priority=priority)
    for server in servers[:2]:
        server.misbehave["auth received"] = refuse_and(end) if told else end
    watch = Stopwatch()
    component.message(component.domain, domain, id="1")
    servers[2].expect_message(id="1")
    assert watch.seconds() < 3 and len(servers[2].authzids) == 1


@ENDS
def test_a_stream_that_ends_once_in_the_middle_of_external_is_followed_by_one_with_external(site, end):
    """One server, one end: it may be chance, so the hub tries EXTERNAL again at once."""
    hub = site.certified_hub(*spare_nodes(1))
    component, server = site.component(hub, hub.spare_domain()), site.server(fresh_domain(), external="success")
    for id in ("1", "2", "3"):
        server.misbehave["auth received"] = once(server, end)
        component.message(component.domain, server.domain, id=id)
        element, stream = server.next()
        assert element["id"] == id and stream.authenticated
        server.end_streams()
    assert len(server.authzids) == server.attempts == 6


def once(server, end):
    def act(stream):
        del server.misbehave["auth received"]
        return end(stream)

    return act


def refuse_and(end):
    def act(stream):
        stream.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
        return end(stream)

    return act
