"""A log line in JSON has a field for each fact that it names, and docs/operations.md explains every field."""

import json
import re
import signal
import socket

import pytest

from peers import toml
from peers.component import message
from peers.hub import REPOSITORY
from peers.json_log import ADDRESS, OF_EACH_LINE, SECONDS, Log, json_hub
from peers.misbehaviour import end_with_error, hang_up, mute, say
from peers.site import component_node, fresh_domain
from peers.stream import Stream
from peers.waiting import eventually

DOCUMENTED = {
    name
    for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ", (REPOSITORY / "docs/operations.md").read_text(), re.M)
    for name in re.findall(r"`(\w+)`", row)
}
DECLARED = set(re.findall(r'log_field \w+\{"(\w+)"\}', (REPOSITORY / "actors/log/log_facts.hpp").read_text()))


def test_the_documentation_explains_each_field():
    assert len(DECLARED) > 40
    assert not (DECLARED | set(OF_EACH_LINE) | {"stage", "facts_left_out"}) - DOCUMENTED


STREAM_OF = dict(stream=int, address=ADDRESS)


@pytest.fixture
def corp():
    return fresh_domain("corp")


def closed_port(site) -> tuple:
    listener = site.listener()
    listener.close()
    return listener.address


# -- a stream ------------------------------------------------------------------------------------------------------


def test_an_outgoing_stream_in_facts(site, corp):
    hub = json_hub(site, component_node(corp))
    log, component, remote = Log(hub), site.component(hub, corp), site.server(verify_at=hub.s2s)
    component.message(corp, remote.domain, id="1")
    remote.expect_message(id="1")
    domain, pair = remote.domain, {"from": corp, "to": remote.domain}
    where = "%s:%d" % remote.address
    log.expect(
        "Resolver", "resolutions", {"domain": domain, "method": "srv"}, duration_s=SECONDS, srv_s=SECONDS,
        address_s=SECONDS, targets=lambda x: len(x) == 1 and x[0].endswith(f".{domain}:{remote.address[1]}"),
    )  # fmt: skip
    log.expect(
        "Resolver", "targets",
        {"domain": domain, "port": remote.address[1], "addresses": [where], "priority": 0, "weight": 0,
         "direct_tls": False, "dnssec": False}, host=str,
    )  # fmt: skip
    connected = log.expect(
        "stream.out", "connects", {"domain": domain, "address": where, "leg": "s2s-out", "direct_tls": False},
        host=str, duration_s=SECONDS,
    )  # fmt: skip
    assert 0 < connected["duration_s"] < 2 and connected["duration_s"] != round(connected["duration_s"])
    stream = log.expect("stream.out", "connections", {"address": where, "peer": domain, "leg": "s2s-out"}, stream=int)
    of = {"stream": stream["stream"], "leg": "s2s-out", "peer": domain, "address": where}
    log.expect("stream.out", "TLS", of | {"tls": "TLSv1.3", "direct_tls": False}, cipher="TLS_.*", stream_id=str)
    log.expect("stream.out", "certificates", of, certificate="certificate .*|.*self-signed.*", stream_id=str)
    sent = log.expect(
        "DBVerify", "keys sent", of | {"step": "key", "direction": "sent", "pair": pair}, key="[0-9a-f]{6}…", stream_id=str
    )  # fmt: skip
    log.expect(
        "DBVerify", "verify requests received",
        {"leg": "s2s-in", "direction": "received", "step": "verify-request", "pair": pair, "key": sent["key"],
         "question_id": sent["stream_id"]},
        **STREAM_OF, peer=domain, stream_id=str,
    )  # fmt: skip
    log.expect("DBVerify", "results received", of | {"step": "result", "direction": "received", "pair": pair, "outcome": "valid"},
               stream_id=str)  # fmt: skip
    log.expect("stream.out", "authorised domains", of | {"pair": pair, "mechanism": "dialback", "proof": "none"},
               stream_id=str)  # fmt: skip
    log.expect(
        "ConnInfoHistory", "states of domain pairs",
        {"domain": domain, "pair": pair, "former_state": "PENDING", "state": "CONNECTED", "leg": "s2s-out"},
    )  # fmt: skip
    log.expect(
        "ConnInfoHistory", "states of routes",
        {"domain": domain, "former_state": "RESOLVING", "state": "CONNECTING", "leg": "s2s-out"}, duration_s=SECONDS,
    )  # fmt: skip
    log.expect("stream.in", "closed streams", {"leg": "s2s-in", "peer": domain}, **STREAM_OF, stream_id=str,
               duration_s=SECONDS)  # fmt: skip


# -- failures ------------------------------------------------------------------------------------------------------


def no_dns(site, domain, dns):
    dns.behave(domain, "servfail")
    return "dns-failed", "dns"


def no_service(site, domain, dns):
    return "dns-not-found", "dns"


def refused(site, domain, dns):
    dns.add_server(domain, *closed_port(site))
    return "connect-refused", "connect"


def no_tls(site, domain, dns):
    site.server(domain, security="none")
    return "tls-not-offered", "tls"


def stream_error(site, domain, dns):
    site.server(domain).misbehave["header sent"] = end_with_error("host-unknown")
    return "stream-refused", "stream"


def silent(site, domain, dns):
    site.server(domain).misbehave["header received"] = mute
    return "stream-timeout", "stream"


def slow_dns(site, domain, dns):
    dns.behave(domain, "drop")
    return "dns-timeout", "dns"


def out_of_reach(site, domain, dns):
    """A listener whose backlog is full, so its kernel answers no further connection."""
    full = site.keep(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(4):
        one = site.keep(socket.socket())
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    dns.add_server(domain, *full.getsockname())
    return "connect-timeout", "connect"


def no_handshake(site, domain, dns):
    """A server that answers the ClientHello with octets that are no ServerHello."""

    def say_no(stream):
        stream.receive(10)
        say("no handshake", then=hang_up)(stream)

    site.server(domain).misbehave["proceed sent"] = say_no
    return "tls-failed", "tls"


FAILED_ATTEMPTS = [no_dns, slow_dns, no_service, refused, out_of_reach, no_tls, no_handshake, stream_error, silent]


@pytest.mark.parametrize("what", FAILED_ATTEMPTS, ids=lambda what: what.__name__)
def test_a_failed_attempt_in_facts(site, dns, corp, what):
    hub = json_hub(site, component_node(corp), federation={"security_mode": "tls-required"}, timeouts={"negotiation": 1, "connect": 1})
    log, component, domain = Log(hub), site.component(hub, corp), fresh_domain()
    failure, stage = what(site, domain, dns)
    component.message(corp, domain, id="1")
    component.expect_stanza(type="error", id="1")
    found = log.expect(
        "stream.out", "failed attempts",
        {"domain": domain, "failure": failure, "stage": stage, "leg": "s2s-out", "level": "warning", "origin": domain},
        detail=str,
    )  # fmt: skip
    assert found["message"].startswith(f"[{domain}] no stream: ") and found["message"].endswith(found["detail"])
    dns.behave(domain, None)


def test_a_certificate_that_proves_nothing_in_facts(site, corp):
    domain = fresh_domain()
    hub = site.certified_hub(component_node(corp), log={"format": "json"}, trust=[{"domain": domain, "methods": ["pkix"]}])
    component = site.component(hub, corp)
    site.server(domain)
    component.message(corp, domain, id="1")
    component.expect_stanza(type="error", id="1")
    Log(hub).expect(
        "stream.out", "trust rules",
        {"domain": domain, "leg": "s2s-out", "outcome": "refused", "failure": "certificate-refused", "stage": "tls"},
        detail=str,
    )  # fmt: skip


@pytest.mark.parametrize("answer", ["invalid", "error", "none"])
def test_a_failure_of_dialback_in_facts(site, corp, answer):
    hub = json_hub(site, component_node(corp), timeouts={"dialback": 1, "queue": 20})
    log, component, remote = Log(hub), site.component(hub, corp), site.server()
    pair = {"from": corp, "to": remote.domain}
    if answer == "none":
        remote.misbehave["key received"] = mute
    else:
        remote.key_answer = (answer, "item-not-found" if answer == "error" else "")
    component.message(corp, remote.domain, id="1")
    component.expect_stanza(type="error", id="1")
    if answer == "none":
        log.expect(
            "stream.out", "keys without an answer",
            {"domain": remote.domain, "pair": pair, "failure": "dialback-timeout", "stage": "dialback", "timeout_s": 1},
            detail=str,
        )  # fmt: skip
    else:
        log.expect(
            "stream.out", "refused domains",
            {"pair": pair, "failure": {"invalid": "dialback-refused"}.get(answer, "dialback-error"), "stage": "dialback",
             "leg": "s2s-out", "peer": remote.domain},
            **STREAM_OF, stream_id=str, **({"detail": str} if answer == "error" else {}),
        )  # fmt: skip


def test_a_question_about_a_key_in_facts(site, corp):
    hub = json_hub(site, component_node(corp))
    log, remote = Log(hub), site.server()
    stream = remote.connect(hub.s2s, corp)
    pair = {"from": remote.domain, "to": corp}
    facts = {"pair": pair, "domain": remote.domain, "question_id": stream.header["id"]}
    log.expect("DBVerify", "questions", facts | {"timeout_s": 3}, key="[0-9a-f]{6}…")
    log.expect("DBVerify", "answers", facts | {"outcome": "valid"}, duration_s=SECONDS)


def test_a_refusal_at_the_door_in_facts(site, corp):
    domain = fresh_domain()
    hub = json_hub(site, component_node(corp), federation={"privacy_mode": "deny-list", "deny": [domain]})
    remote = site.server(domain)
    stream = remote.open_stream(hub.s2s, corp)
    remote.send_key(stream, corp)
    found = Log(hub).expect(
        "stream.in", "denied domains",
        {"pair": {"from": domain, "to": corp}, "failure": "domain-denied", "stage": "policy", "leg": "s2s-in"},
        **STREAM_OF, detail=rf'{domain} matches "{domain}" in federation.deny', stream_id=str, peer=domain,
    )  # fmt: skip
    assert found["level"] == "warning"


def test_a_stream_error_in_facts(site, corp):
    hub = json_hub(site, component_node(corp))
    stream = Stream.connect(hub.s2s)
    stream.send_header(from_="stranger.example", to=corp)
    stream.read_header()
    stream.send("<a></b>")
    Log(hub).expect(
        "stream.in", "stream errors",
        {"stream_error": "not-well-formed", "failure": "stream-invalid", "stage": "stream", "leg": "s2s-in"},
        **STREAM_OF, detail=str, duration_s=SECONDS, peer="stranger.example", stream_id=stream.header["id"],
    )  # fmt: skip


def test_too_many_connections_in_facts(site, corp):
    hub = json_hub(site, component_node(corp), limits={"connections_per_address": 1})
    site.keep(Stream.connect(hub.s2s))
    site.keep(Stream.connect(hub.s2s))
    Log(hub).expect("hub", "refused connections", {"limit": "address"}, address=ADDRESS)


# -- nodes, queues -------------------------------------------------------------------------------------------------


def test_nodes_that_come_and_go_in_facts(site, corp):
    away = fresh_domain("corp")
    s2s = {"name": "far", "domains": [away], "protocol": "s2s", "trusted_from": ["127.0.0.2/32"],
           "address": "%s:%d" % closed_port(site)}  # fmt: skip
    node = component_node(corp)
    hub = json_hub(site, node, s2s, timeouts={"node": 1})
    log, component = Log(hub), site.component(hub, corp)
    log.expect("hub", "links of nodes", {"node": node["name"], "level": "info"})
    component.message(corp, away, id="1")
    component.expect_stanza(type="error", id="1")
    gone = {"failure": "node-unavailable", "stage": "node", "duration_s": 1, "level": "warning"}
    log.expect("stream.out", "nodes away", gone | {"domain": away, "leg": "node-s2s-out"})
    component.close()
    log.expect("hub", "links of nodes", {"node": node["name"], "failure": "stream-closed", "stage": "stream"}, detail=str)
    log.expect("hub", "links of nodes", gone | {"node": node["name"]})


def test_a_full_queue_in_facts(site, corp):
    hub = json_hub(site, component_node(corp), limits={"queue_stanzas_per_domain": 2})
    component, remote = site.component(hub, corp), site.server()
    remote.misbehave["header received"] = mute
    for number in range(3):
        component.message(corp, remote.domain, id=str(number))
    component.expect_stanza(type="error", id="2")
    Log(hub).expect(
        "stream.out", "full queues",
        {"domain": remote.domain, "pair": {"from": corp, "to": remote.domain}, "failure": "queue-full", "stage": "queue"},
    )  # fmt: skip


# -- the hub's own life --------------------------------------------------------------------------------------------


def test_start_reload_and_drain_in_facts(site, corp):
    hub = json_hub(site, component_node(corp))
    log = Log(hub)
    log.expect("hub", "start", {"listeners": hub.ready_line.split()[1:]})
    log.expect("hub", "warnings of the configuration", {"domain": corp})
    hub.reload(toml.merge(hub.config, {"timeouts": {"idle": "soon"}}), outcome="rejected")
    file = str(hub.config_file)
    log.expect("hub", "problems of the configuration",
               {"file": file, "setting": "timeouts.idle", "level": "error"}, line=int, found=str, allowed=str)  # fmt: skip
    log.expect("hub", "reloads", {"outcome": "rejected"}, reason=str)
    hub.reload(toml.merge(hub.config, {"log": {"modules": {"nonsense": "info"}}}))
    log.expect("hub", "reloads", {"outcome": "applied", "file": file})
    log.expect("hub", "warnings of the configuration", {"setting": "log.modules", "found": "nonsense"})
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0
    log.expect("hub", "draining", {"step": "draining", "timeout_s": 2})
    log.expect("hub", "stop", {"level": "info"}, detail=str)


def test_lines_left_out_are_counted_in_a_field(site, corp):
    hub = json_hub(site, component_node(corp), limits={"log_lines_per_second": 50})
    for _ in range(40):
        Stream.connect(hub.s2s).cut()
    log = Log(hub)

    def all_counted():
        lines = log.find("stream.in", "connections", origin="127.0.0.1")
        return sum(line.get("repeated", 1) for line in lines) == 40 and any("repeated" in line for line in lines)

    eventually(all_counted, what="each line written or counted")


def test_a_reload_changes_the_format_of_the_next_line(site, corp):
    hub = json_hub(site, component_node(corp))
    hub.reload(toml.merge(hub.config, {"log": {"format": "text"}}))
    assert hub.log.splitlines()[-1].endswith(f"the configuration was reloaded from {hub.config_file}")
    hub.reload(hub.config)

    def last_whole_line():
        text = hub.log
        line = text[: text.rfind("\n")].rpartition("\n")[2]
        return line.startswith("{") and json.loads(line)

    # The file watch may cause another reload.
    assert eventually(last_whole_line, 10, "a last line in JSON")["module"] == "hub"


# -- every line ----------------------------------------------------------------------------------------------------

HOSTILE = "\",\"level\":\"fatal\\u0022 \u202e\x85 \x7f"


def test_every_line_parses_and_has_documented_fields_alone(site, dns, corp):
    """A peer's words stay inside their own field, whatever the peer says."""
    hub = json_hub(site, component_node(corp))
    component, remote, log = site.component(hub, corp), site.server(verify_at=hub.s2s), Log(hub)
    component.message(corp, remote.domain, id="1")
    remote.expect_message(id="1")
    stream = remote.connect(hub.s2s, corp)
    stream.send(message(remote.domain, corp, id="2"))
    component.expect_message(id="2")
    text = HOSTILE.replace('"', "&quot;") + "x" * 3000
    stream.send(f"<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text></stream:error></stream:stream>")  # fmt: skip
    other = Stream.connect(hub.s2s)
    other.send(f"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
               f"to='{corp}' from='{text}' id='{text}' version='1.0'>")  # fmt: skip
    site.server(cut := fresh_domain()).misbehave["header sent"] = end_with_error("host-gone")
    component.message(corp, cut, id="3")
    component.expect_stanza(type="error", id="3")
    hub.stop(codes=(0, 3))
    seen = log.lines()
    assert len(seen) > 60 and any("octets more)" in line.get("from", "") for line in seen)
    for line in seen:
        assert list(line)[:6] == [*OF_EACH_LINE, "kind"], line
        assert not set(line) - DOCUMENTED, line
        assert line["level"] in ("trace", "debug", "info", "warning", "error"), line
        assert all(len(value.encode()) <= 1024 + 32 for name, value in line.items() if isinstance(value, str) and name != "message")
    raw = hub.log_file.read_bytes()
    assert b"\xe2\x80\xae" not in raw and b"\x7f" not in raw
