"""`domains/{d}` shows the last attempts to get a stream, step by step, and what a domain's streams have carried."""

import pytest

from peers.hub import denying
from peers.misbehaviour import hang_up, mute
from peers.site import fresh_domain, spare_nodes
from peers.waiting import eventually
from system.test_api import closed_port, wait_for_domain

TIMES = {"negotiation": 2, "dialback": 2, "connect": 2, "queue": 20}


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(
        *spare_nodes(60), timeouts=TIMES, federation={"security_mode": "tls-required"}
    )


def steps_of(attempt) -> list:
    """Returns the names of the steps that went well, then the one that did not, with its outcome."""
    texts = []
    for step in attempt["steps"]:
        assert step["duration_s"] >= 0 and step["started"] >= attempt["started"]
        texts.append(step["step"] if step["outcome"] == "ok" else f"{step['step']} {step['outcome']}")
    return texts


def server(misbehave=(), **how):
    """Returns an act that starts a server which breaks the rules at these steps."""

    def act(site, dns, domain):
        peer = site.server(domain, **how)
        peer.misbehave.update(misbehave)
        return peer

    return act


def refusing_server(site, dns, domain):
    site.server(domain, security="none").key_answer = ("invalid", None)


# How an attempt ends: (what DNS or the domain's server does, the steps, the failure or None).
ENDS = {
    "authorised by dialback": (
        server(), ["resolve", "connect", "features", "tls", "features", "authentication"], None),
    "authorised by EXTERNAL": (
        server(external="success"), ["resolve", "connect", "features", "tls", "features", "authentication"], None),
    "authorised on direct TLS": (
        server(direct_tls=True), ["resolve", "connect", "tls", "features", "authentication"], None),
    "the domain does not exist": (lambda *_: None, ["resolve failed"], "dns-not-found"),
    "no name server answers": (
        lambda site, dns, domain: dns.behave(domain, "drop"), ["resolve failed"], "dns-timeout"),
    "nothing listens": (
        lambda site, dns, domain: dns.add_server(domain, "127.0.0.1", closed_port()),
        ["resolve", "connect failed"], "connect-refused"),
    "mute from the start": (
        server({"connected": mute}), ["resolve", "connect", "features failed"], "stream-timeout"),
    "mute after its header": (
        server({"header sent": mute}), ["resolve", "connect", "features failed"], "stream-timeout"),
    "ends before TLS": (
        server({"header sent": hang_up}), ["resolve", "connect", "features failed"], "stream-closed"),
    "mute at STARTTLS": (
        server({"starttls received": mute}), ["resolve", "connect", "features failed"], "stream-timeout"),
    "mute in TLS": (
        server({"proceed sent": mute}), ["resolve", "connect", "features", "tls failed"], "stream-timeout"),
    "offers no TLS": (
        server(security="none"), ["resolve", "connect", "features failed"], "tls-not-offered"),
    "mute after TLS": (
        server({"secure header received": mute}),
        ["resolve", "connect", "features", "tls", "features failed"], "stream-timeout"),
    "mute at EXTERNAL": (
        server({"auth received": mute}, external="success"),
        ["resolve", "connect", "features", "tls", "features", "authentication failed"], "stream-timeout"),
    "mute at the key": (
        server({"key received": mute}),
        ["resolve", "connect", "features", "tls", "features", "authentication failed"], "dialback-timeout"),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_an_attempt_is_shown_with_its_steps(hub, component, site, dns, end):
    act, steps, failure = ENDS[end]
    domain = fresh_domain()
    act(site, dns, domain)
    component.message(component.domain, domain, id="1")

    def ended():
        row = hub.api.domain(domain)
        return [attempt for attempt in row["attempts"] if "outcome" in attempt] if row else []

    first = eventually(ended, what="the attempt's end")[-1]  # the newest is first
    assert steps_of(first) == steps, first
    assert first["outcome"] == ("failed" if failure else "ok")
    assert first.get("failure") == failure
    if failure:
        assert first["detail"] and (not first["steps"] or first["steps"][-1]["failure"] == failure)
    assert ("target" in first) == ("features" in str(steps) or "tls" in steps)


def test_an_attempt_under_way_has_no_end(hub, component, site, dns):
    domain = fresh_domain()
    server({"header received": mute})(site, dns, domain)
    component.message(component.domain, domain, id="1")
    row = wait_for_domain(hub, domain, state="connecting")
    attempt = eventually(
        lambda: [x for x in hub.api.domain(domain)["attempts"] if len(x["steps"]) == 3], what="the step"
    )[0]
    assert "ended" not in attempt and "outcome" not in attempt and "duration_s" not in attempt["steps"][2]
    assert row["attempt_count"] == 0


def test_each_server_is_an_attempt_of_its_own(hub, component, site, dns):
    domain = fresh_domain()
    first = site.server(domain, priority=1)
    first.misbehave["header sent"] = hang_up
    second = site.server(domain, priority=2)
    component.message(component.domain, domain)
    second.expect_message()
    attempts = hub.api.domain(domain)["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["ok", "failed"]
    assert [attempt["target"] for attempt in attempts] == ["%s:%d" % x.address for x in (second, first)]
    assert steps_of(attempts[0])[0] == "connect"  # DNS was asked once


def test_the_last_twenty_attempts_are_kept(hub, component, site, dns):
    domain = fresh_domain()
    dns.add_server(domain, "127.0.0.1", closed_port())
    for id in range(25):
        component.message(component.domain, domain, id=str(id))
        if id:
            assert hub.api.post(f"domains/{domain}/retry") == 204
        component.expect_stanza(type="error", id=str(id))
    attempts = hub.api.domain(domain)["attempts"]
    assert len(attempts) == 20
    started = [attempt["started"] for attempt in attempts]
    assert started == sorted(started, reverse=True)


def test_attempts_outlive_the_domain_s_actor_and_the_hub(site, dns):
    hub = site.hub(*spare_nodes(1))
    component, domain = site.component(hub, hub.spare_domain()), fresh_domain()
    for id in ("1", "2"):
        component.message(component.domain, domain, id=id)
        component.expect_stanza(type="error", id=id)
    before = hub.api.domain(domain)["attempts"]
    assert [attempt["outcome"] for attempt in before] == ["failed", "failed"]
    hub.stop()
    hub.start()
    component = site.component(hub, component.domain)
    component.message(component.domain, domain, id="3")
    component.expect_stanza(type="error", id="3")
    eventually(lambda: len(hub.api.domain(domain)["attempts"]) == 3, what="the attempts")
    after = hub.api.domain(domain)["attempts"]
    assert [attempt["steps"] for attempt in after[1:]] == [attempt["steps"] for attempt in before]


def test_a_domain_shows_what_its_streams_have_carried_also_after_their_end(hub, component, site):
    remote = site.server(verify_at=hub.s2s, security="required")
    for _ in range(3):
        component.message(component.domain, remote.domain)
        remote.expect_message()
    incoming = remote.connect(hub.s2s, component.domain, secure=True)
    for _ in range(2):
        incoming.send(f"<message from='{remote.domain}' to='{component.domain}'><body>one</body></message>")
        component.expect_message(from_=remote.domain)
    row = wait_for_domain(hub, remote.domain, stanzas_in=2, stanzas_out=3)
    assert row["bytes_in"] > 2 * 60 and row["bytes_out"] > 3 * 60
    assert row["proof_in"] == "dialback" and row["proof_out"] == "none"
    assert row["tls_in"] in ("1.2", "1.3") and row["tls_out"] in ("1.2", "1.3")
    assert row["certificate"]["verdict"].startswith("self-signed")
    listed = hub.api.get("domains", match=remote.domain)["items"][0]
    assert {key: listed[key] for key in listed if key in row} == {key: row[key] for key in listed}

    incoming.close()
    remote.end_streams()
    row = wait_for_domain(hub, remote.domain, stanzas_in=2, stanzas_out=3, streams_in=0, streams_out=0)
    assert "proof_in" not in row and "tls_out" not in row


def test_the_rule_that_judges_a_domain_is_named(site, dns):
    domain = fresh_domain()
    hub = site.certified_hub(
        *spare_nodes(1), federation={"security_mode": "tls-required"}, trust=[{"domain": f"*.{domain}", "methods": ["dialback"], "security_mode": "tls-optional"}]
    )
    component = site.component(hub, hub.spare_domain())
    names = [f"a.{domain}", domain]
    for name in names:
        component.message(component.domain, name)
    rules = [wait_for_domain(hub, name, state="failing")["rule"] for name in names]
    assert rules[0] == {
        "trust": f"*.{domain}", "methods": ["dialback"], "security_mode": "tls-optional", "privacy_mode": "off",
    }  # fmt: skip
    assert rules[1]["trust"] == "default" and rules[1]["security_mode"] == "tls-required"
    hub.reload(denying(hub, f"*.{domain}", names[0], "other.example"))
    rule = wait_for_domain(hub, names[0], state="refused")["rule"]
    assert (rule["privacy_mode"], rule["pattern"]) == ("deny-list", names[0])
    assert "pattern" not in hub.api.domain(domain)["rule"]
