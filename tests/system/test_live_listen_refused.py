"""A configuration with an address that the hub can't have is refused as a whole, and the former listeners go on."""

import contextlib
import json
import shutil
import socket

import pytest

from peers.hub import program
from peers.live_listen import KEYS, LOOPBACK, Running, at, is_refused, port_of, tcp_is_free
from peers.site import closed_port
from peers.waiting import eventually


@contextlib.contextmanager
def taken(key):
    """A port that another program has; of UDP alone for `listen.dns`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if key == "dns" else socket.SOCK_STREAM) as other:
        other.bind((LOOPBACK, 0))
        if key != "dns":
            other.listen()
        yield at(other.getsockname()[1])


@contextlib.contextmanager
def elsewhere(_key):
    yield at(closed_port(), "192.0.2.1")


@contextlib.contextmanager
def privileged(_key):
    yield at(1)


FAULTS = {
    "taken": (taken, "Address already in use", "an address that no other program uses"),
    "not ours": (elsewhere, "Cannot assign requested address", "an address of this machine"),
    "privileged": (privileged, "Permission denied", "a port from 1024 on, or CAP_NET_BIND_SERVICE for the hub"),
}


@pytest.fixture
def unprivileged(site, monkeypatch):
    """Lets hubs of this test start without the right to privileged ports."""
    script = site.directory("bin") / "fedhub"
    script.write_text(
        f'#!/bin/sh\nexec {shutil.which("setpriv")} --bounding-set -net_bind_service --inh-caps -net_bind_service {program()} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("FEDHUB", str(script))


@pytest.mark.parametrize("key", KEYS)
def test_an_address_that_the_hub_cannot_have_refuses_the_whole_change(site, unprivileged, key):
    running = Running(site)
    config, kept = running.hub.config, {each: running.addresses(each) for each in KEYS}
    for name, (fault, reason, allowed) in FAULTS.items():
        with fault(key) as bad:
            good = at(closed_port())
            other = "s2s" if key != "s2s" else "nodes"
            listen = {key: bad if key == "metrics" else [at(0), bad], other: [at(0), good]}
            problem = running.refused(listen, limits={"stanza_depth": 77})
        path = f"listen.{key}" + ("" if key == "metrics" else "[1]")
        line = next(number for number, text in enumerate(running.hub.config_file.read_text().splitlines(), 1)
                    if text.startswith(f"{key} =") and bad in text)  # fmt: skip
        assert (problem["key"], problem["line"], problem["allowed"]) == (path, line, allowed), name
        assert problem["file"].endswith("fedhub.toml") and bad in problem["found"] and reason in problem["found"]
        running.hub.wait_for_log(rf"fedhub\.toml:{line}: {path}".replace("[", r"\[").replace("]", r"\]") + ": found .*" + reason)
        assert {each: running.addresses(each) for each in KEYS} == kept, name
        in_force = {row["key"]: row["value"] for row in running.api.get("config", limit=1000)["items"]}
        assert in_force["limits.stanza_depth"] == 64, name
        for each in KEYS:
            running.assert_served(each, kept[each][0])
        assert tcp_is_free((LOOPBACK, port_of(good))), "what was opened before the fault was found is closed"
        running.assert_streams_stayed()
    eventually(lambda: any("not in force" in row["text"] and f"listen.{key}" in row["text"] and bad in row["text"]
                           for row in running.api.get("notifications")["items"]), what="a notification")  # fmt: skip
    running.hub.config = config
    running.reload({})
    eventually(lambda: not any("not in force" in row["text"] for row in running.api.get("notifications")["items"]),
               what="the end of the notification")  # fmt: skip


def test_an_overlapping_change_is_taken_back_if_another_address_fails(site):
    running = Running(site)
    port = closed_port()
    running.reload({"s2s": [at(port)]})
    with taken("nodes") as bad:
        running.refused({"s2s": [at(port, "[::]")], "nodes": [at(0), bad]})
    assert running.addresses("s2s") == [at(port)]
    running.assert_served("s2s", at(port))
    with socket.socket(socket.AF_INET6) as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("::1", port))
    running.assert_streams_stayed()


def patch(running, value, **query):
    match = running.api.request("GET", "config").headers["ETag"]
    headers = {"Content-Type": "application/merge-patch+json", "If-Match": match}
    return running.api.request("PATCH", "config", json.dumps(value).encode(), headers, **query)


def undo(running):
    match = running.api.request("GET", "config").headers["ETag"]
    return running.api.request("POST", "config/undo", headers={"If-Match": match})


def test_a_change_through_the_api_is_refused_while_a_taken_port_waits_on_disk(site):
    running = Running(site)
    console = running.hub.directory / "state/layers/console.toml"
    assert patch(running, {"limits": {"stanza_depth": 70}}).status == 200
    written = console.read_text()
    with taken("s2s") as bad:
        running.write({"s2s": [at(0), bad]})
        for answer in (patch(running, {"limits": {"stanza_depth": 80}}, dry_run="true"),
                       patch(running, {"limits": {"stanza_depth": 80}}), undo(running)):  # fmt: skip
            assert answer.status == 422, answer.body
            assert [problem["key"] for problem in answer.json()["problems"]] == ["listen.s2s[1]"]
            assert console.read_text() == written
    assert patch(running, {"limits": {"stanza_depth": 80}}, dry_run="true").status == 200
    assert tcp_is_free((LOOPBACK, port_of(bad))), "a dry run opens nothing"
    assert patch(running, {"limits": {"stanza_depth": 80}}).status == 200
    running.assert_served("s2s", bad)
    running.write({"s2s": [at(0)]})
    assert undo(running).status == 200 and console.read_text() == written
    eventually(lambda: is_refused("s2s", bad), what="the end of the listener")
    running.assert_streams_stayed()
