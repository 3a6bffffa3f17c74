"""The API says what the hub does now: which streams and domains there are, what fails and why."""

import os
import socket
import stat
import subprocess
import time

import pytest

from peers import toml
from peers.api import UnixConnection
from peers.hub import default_config, denying, program
from peers.misbehaviour import hang_up, mute
from peers.site import closed_port, component_node, fresh_domain, spare_nodes
from peers.waiting import PATIENCE, Stopwatch, eventually


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(60))


def stream_with(hub, peer, leg):
    """Returns the row of the one authenticated stream of this leg with a peer."""
    rows = [row for row in hub.api.get("streams", match=peer, leg=leg, state="authenticated")["items"]]
    assert len(rows) == 1, rows
    return rows[0]


def wait_for_domain(hub, name, **fields):
    """Waits until the domain's row has these values. Returns it."""
    def row():
        found = hub.api.domain(name)
        return found if found and all(found.get(key) == value for key, value in fields.items()) else None
    return eventually(row, what=f"{name} with {fields}")


def test_the_status_says_what_the_hub_is(hub):
    status = hub.api.get("status")
    assert status["name"] == "hub-under-test" and status["role"] == "hub" and status["ready"] is True
    assert status["version"] and status["since"].endswith("Z") and status["config"]["applied"].endswith("Z")
    addresses = {listener["key"]: listener["address"] for listener in status["listeners"]}
    assert addresses["s2s"] == "%s:%d" % hub.s2s and addresses["admin"].endswith("/admin.sock")
    assert {node["name"] for node in status["nodes"]} == {node["name"] for node in hub.config["node"]}
    assert status["certificates"][0]["days_left"] > 0
    assert set(status["counts"]["domains"]) == {"refused", "connected", "failing", "connecting", "waiting", "idle"}


def test_a_stream_in_each_direction_is_shown_with_its_details(hub, component, site):
    remote = site.server(verify_at=hub.s2s, security="required")
    component.message(component.domain, remote.domain)
    remote.expect_message()
    incoming = remote.connect(hub.s2s, component.domain, secure=True)
    incoming.send(f"<message from='{remote.domain}' to='{component.domain}'><body>one</body></message>")
    component.expect_message(from_=remote.domain)

    row = stream_with(hub, remote.domain, "s2s-out")
    assert row["pairs"] == [{"from": component.domain, "to": remote.domain, "proof": "none"}]
    assert row["tls"] in ("1.2", "1.3") and row["cipher"] and row["certificate"]["verdict"].startswith("self-signed")
    assert row["stanzas_out"] == 1 and row["bytes_out"] > row["stanzas_out"]
    row = stream_with(hub, remote.domain, "s2s-in")
    assert row["pairs"] == [{"from": remote.domain, "to": component.domain, "proof": "dialback"}]
    assert row["stanzas_in"] == 1 and row["idle_s"] < 60 and row["paused"] is False
    assert hub.api.get(f"streams/{row['id']}")["peer"] == remote.domain

    domain = wait_for_domain(hub, remote.domain, state="connected", streams_in=1, streams_out=1)
    assert {stream["leg"] for stream in domain["streams"]} == {"s2s-in", "s2s-out"}
    assert "failure" not in domain and domain["last_success"].endswith("Z")

    incoming.close()
    wait_for_domain(hub, remote.domain, state="connected", streams_in=0)


def test_a_component_is_shown_as_its_node(hub, component):
    name = next(node["name"] for node in hub.config["node"] if component.domain in node["domains"])
    row = next(node for node in hub.api.get("nodes", limit=1000)["items"] if node["name"] == name)
    assert row["health"] == "up" and row["protocol"] == "component" and row["domains"] == [component.domain]
    assert len(row["links"]) == 1 and row["links"][0]["address"].startswith("127.0.0.1:")
    assert stream_with(hub, name, "node-component")["address"] == row["links"][0]["address"]
    component.close()
    def down():
        row = next(node for node in hub.api.get("nodes", limit=1000)["items"] if node["name"] == name)
        return row if row["health"] == "down" else None
    assert eventually(down, what="the node to be down")["links"] == []


# How a partner fails: (what DNS or its server does, the failure in the domain's row).
FAILURES = {
    "the server does not answer the key": (lambda site, dns, domain: silent_server(site, dns, domain), "dialback-timeout"),
    "the domain does not exist": (lambda site, dns, domain: None, "dns-not-found"),
    "nothing listens": (lambda site, dns, domain: dns.add_server(domain, "127.0.0.1", closed_port()), "connect-refused"),
    "the server hangs up": (lambda site, dns, domain: hanging_server(site, dns, domain), "stream-closed"),
}


def hanging_server(site, dns, domain):
    server = site.server(fresh_domain("bad"))
    server.misbehave["header sent"] = hang_up
    dns.add_server(domain, *server.address)


def silent_server(site, dns, domain):
    server = site.server(domain)
    server.misbehave["key received"] = mute


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failing_domain_is_shown_with_its_cause(hub, component, site, dns, kind):
    cause, failure = FAILURES[kind]
    domain = fresh_domain()
    cause(site, dns, domain)
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")
    row = wait_for_domain(hub, domain, state="failing")
    assert row["failure"] == failure and row["detail"] and row["failing_since"].endswith("Z")
    assert row["attempt_count"] >= 1
    assert domain in [item["name"] for item in hub.api.get("domains", state="failing", match=domain)["items"]]


def test_a_retry_begins_an_attempt_in_the_back_off(hub, component, site, dns):
    domain = fresh_domain()
    dns.add_server(domain, "127.0.0.1", closed_port())
    watch = Stopwatch()
    for id in "123":  # without a retry, the second attempt comes after 0.75 s, the third 1.5 s after it
        component.message(component.domain, domain, id=id)
        if id != "1":
            assert hub.api.post(f"domains/{domain}/retry") == 204
        component.expect_stanza(type="error", id=id)
    assert watch.seconds() < 2
    assert wait_for_domain(hub, domain, state="failing")["attempt_count"] == 3
    assert hub.api.problem("domains/never.heard.example/retry", "POST")["status"] == 404


def test_a_denied_domain_is_refused_and_streams_end_on_request(site, dns):
    hub = site.hub(component_node(fresh_domain("corp")))
    component = site.component(hub, hub.spare_domain())
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    wait_for_domain(hub, remote.domain, state="connected")
    assert hub.api.post(f"domains/{remote.domain}/close") == 204
    eventually(lambda: remote.ended, what="the stream's end")
    wait_for_domain(hub, remote.domain, state="idle", streams_out=0)
    assert hub.api.problem(f"domains/{remote.domain}/close", "POST")["status"] == 404

    incoming = remote.connect(hub.s2s, component.domain)
    id = stream_with(hub, remote.domain, "s2s-in")["id"]
    assert hub.api.post(f"streams/{id}/close") == 204
    incoming.read_to_end()

    hub.reload(denying(hub, remote.domain))
    row = wait_for_domain(hub, remote.domain, state="refused")
    assert row["failure"] == "domain-denied"


def test_lists_have_pages(hub, site):
    domains = [fresh_domain("page") for _ in range(5)]
    peer = site.server(*domains)
    stream = peer.open_stream(hub.s2s, hub.spare_domain())
    to = stream.header["from"]
    for domain in domains:
        peer.authenticate(stream, to, domain)
    seen, after = [], {}
    while True:
        page = hub.api.get("domains", match="page*", limit=2, **after)
        assert page["total"] == 5 and len(page["items"]) <= 2
        seen += [item["name"] for item in page["items"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert seen == sorted(domains)


def test_the_socket_is_for_the_owner_and_the_group(hub):
    mode = os.stat(hub.api.path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


def test_a_wrong_request_is_answered_with_a_reason(hub):
    assert hub.api.problem("nothing")["status"] == 404
    assert hub.api.problem("domains", limit="many")["status"] == 400
    assert "unknown" in hub.api.problem("streams", colour="red")["detail"]
    assert hub.api.problem("status", "DELETE")["status"] == 405
    assert hub.api.request("POST", "status", body=b"x" * (2 << 20)).status == 413


def test_clients_that_send_nothing_do_not_keep_others_from_the_api(hub):
    idle = []
    try:
        for _ in range(100):
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(hub.api.path))
            client.send(b"GET /api/v1/status HTTP/1.1\r\n")
            idle.append(client)
        begun = time.monotonic()
        assert hub.api.get("status")["ready"]
        assert time.monotonic() - begun < 1
    finally:
        for client in idle:
            client.close()


def test_a_connection_may_carry_several_requests(hub):
    connection = UnixConnection(hub.api.path)
    for _ in range(3):
        connection.request("GET", "/api/v1/status")
        assert connection.getresponse().read().startswith(b"{")
        assert connection.sock is not None  # http.client forgets a connection that the hub ends
    connection.close()


def test_a_hub_that_was_killed_gets_its_socket_back(site):
    hub = site.hub(*spare_nodes(1))
    hub.process.kill()
    hub.process.wait()
    assert hub.api.path.exists()
    hub.start()
    assert hub.api.get("status")["ready"]


def test_a_hub_whose_default_socket_is_taken_federates_and_says_so(site, dns):
    first = site.hub(*spare_nodes(1))
    second = site.hub(*spare_nodes(1), hub={"state_dir": str(first.directory / "state")})
    assert "nobody can manage this hub" in second.log
    assert first.api.get("status")["ready"]


# What stands in the way of a configured socket: (how it gets there, the words of the error).
OBSTACLES = {
    "a regular file": (lambda path: path.write_text("mine"), "hub.sock exists, and is not a socket"),
    "a folder": (lambda path: path.mkdir(), "hub.sock exists, and is not a socket"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "hub.sock exists, and is not a socket"),
    "no folder": (lambda path: path.parent.rmdir(), "there is no folder"),
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_a_configured_socket_that_can_t_be_made_is_an_error_at_start_and_of_check(dns, tmp_path, kind):
    path = tmp_path / "run" / "hub.sock"
    path.parent.mkdir()
    put, words = OBSTACLES[kind]
    put(path)
    before = path.lstat() if os.path.lexists(path) else None
    config = tmp_path / "fedhub.toml"
    config.write_text(toml.dump(toml.merge(default_config(dns), {"admin": {"socket": str(path)}})))
    for options, code in ((["--check"], 2), ([], 1)):
        ended = subprocess.run(
            [program(), "--config", config, *options], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
        assert ended.returncode == code and words in ended.stderr, ended
    assert (path.lstat() if os.path.lexists(path) else None) == before


def test_a_hub_that_stops_leaves_the_socket_of_another_alone(site):
    first = site.hub(*spare_nodes(1))
    first.api.path.unlink()
    second = site.hub(*spare_nodes(1), hub={"state_dir": str(first.directory / "state")})
    first.stop()
    assert first.api.get("status")["listeners"][0]["address"] == "%s:%d" % second.s2s


def test_a_configured_socket_is_used_and_removed_at_the_end(site, tmp_path):
    hub = site.hub(*spare_nodes(1), admin={"socket": str(tmp_path / "hub.sock")})
    status = type(hub.api)(tmp_path / "hub.sock").get("status")
    assert {"key": "admin", "address": str(tmp_path / "hub.sock")} in status["listeners"]
    hub.stop()
    assert not (tmp_path / "hub.sock").exists()


def test_the_queue_of_a_domain_is_the_one_of_this_moment(hub, component, site, dns):
    """Stanzas that come while an attempt is under way are counted, though the attempt's state does not change."""
    domain, mute = fresh_domain(), site.listener()
    dns.add_server(domain, *mute.address)
    component.message(component.domain, domain, id="1")
    stream = mute.accept()
    row = wait_for_domain(hub, domain, state="connecting", queued_stanzas=1)
    assert row["senders_affected"] == 1
    for id in ("2", "3"):
        component.message(component.domain, domain, id=id)
    row = wait_for_domain(hub, domain, state="connecting", queued_stanzas=3)
    assert row["queued_bytes"] > 3 * len("<message/>")
    assert hub.api.get("domains", match=domain)["items"][0]["queued_stanzas"] == 3
    stream.close()
