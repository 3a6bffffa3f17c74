"""A fault that an operator meets: one command names its cause and its remedy, without a look into the log.

Each fault is provoked, then the command is run once. `test_the_table_of_faults_is_written` writes the seconds that each
command took to build/test-results/faults.md.
"""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from peers import toml
from peers.authority import worthless
from peers.fedhubctl import asking
from peers.hub import default_config, denying, program
from peers.misbehaviour import mute
from peers.site import closed_port, component_node, fresh_domain, spare_nodes
from peers.stream import Closed, Stream
from peers.waiting import PATIENCE, Stopwatch, eventually

RESULTS = Path(__file__).resolve().parents[2] / "build" / "test-results"
TIMES = {"connect": 2, "negotiation": 3, "dialback": 3, "node": 1, "queue": 5}

seconds = {}  # of each command, by the fault


@pytest.fixture(scope="module")
def hubs():
    """The hubs of this module, each with the number of its uses."""
    return []


@pytest.fixture
def hub(hubs, module_site, dns):
    """A hub opens ten streams a minute for `explain --connect`, so the tests share several."""
    if not hubs or hubs[-1][1] == 8:
        hubs.append([start_hub(module_site, dns), 0])
    hubs[-1][1] += 1
    return hubs[-1][0]


def start_hub(module_site, dns):
    """It takes only servers that prove themselves by a certificate in domains below pkix.example."""
    nodes = spare_nodes(10)
    hub = module_site.certified_hub(
        *nodes, timeouts=TIMES, federation={"security_mode": "tls-required", "require_verified": "report"},
        trust=[
            {"domain": "*.pkix.example", "methods": ["pkix"]},
            {"domain": "*.plain.example", "methods": ["dialback"], "security_mode": "no-tls"},
        ],
        dns={"negative_ttl_s": 300},
    )  # fmt: skip
    for node in nodes:
        dns.add_server(node["domains"][0], *hub.s2s)
    return hub


class Scene:
    """One fault. `own` is a local domain with its component, `partner` a remote domain."""

    def __init__(self, hub, site, dns, partner=None):
        self.hub, self.site, self.dns = hub, site, dns
        self.partner = partner or fresh_domain()
        self.own = hub.spare_domain()
        self.component = site.component(hub, self.own)

    def server(self, *misbehave, **how):
        server = self.site.server(self.partner, **how)
        server.misbehave.update(dict(misbehave))
        return server

    def send(self):
        """Sends a stanza to the partner, and waits for the error."""
        self.component.message(self.own, self.partner, id="1")
        self.component.expect_stanza(type="error", id="1")


def explain(scene):
    return ("explain", scene.own, scene.partner)


def connect(scene):
    return ("explain", scene.own, scene.partner, "--connect")


def way_in(scene):
    return ("explain", scene.partner, scene.own)


def notifications(_):
    return ("notifications",)


def untrusted_certificate(kind):
    def provoke(scene):
        scene.partner = f"{fresh_domain('p').split('.')[0]}.pkix.example"
        scene.server(security="required", certificate=worthless(kind, scene.partner))
    return provoke


def repaired_too_late(scene):
    scene.send()  # the answer "no such domain" is cached
    scene.server()


def needs_tls(scene):
    """Our own rule forbids TLS with the partner, which requires it."""
    scene.partner = f"{fresh_domain('p').split('.')[0]}.plain.example"
    scene.server(security="required")


def refuses_tls(scene):
    scene.server(security="none")


def other_secret(scene):
    """The partner asks another hub about our key, which has another secret."""
    scene.server(security="required").key_answer = ("invalid", None)


# The faults of partners: (how it comes about, the command, words of the cause, words of the remedy).
PARTNERS = {
    "SRV missing": (lambda scene: None, explain, "neither SRV nor address records", "."),
    "port closed": (
        lambda scene: scene.dns.add_server(scene.partner, "127.0.0.1", closed_port()), connect, "Connection refused", "."),
    "mute before TLS": (lambda scene: scene.server(("header received", mute)), connect, "features", "."),
    "mute in TLS": (lambda scene: scene.server(("proceed sent", mute)), connect, "tls", "."),
    "mute after TLS": (
        lambda scene: scene.server(("secure header received", mute), security="required"), connect, "features", "."),
    "mute after features": (
        lambda scene: scene.server(("key received", mute), security="required"), connect, "dialback-timeout", "."),
    "certificate expired": (untrusted_certificate("expired"), connect, "expired", "."),
    "certificate of an unknown authority": (untrusted_certificate("unknown authority"), connect, "unknown|not trusted", "."),
    "certificate without the domain": (untrusted_certificate("another name"), connect, "name", "."),
    "TLS refused by them": (refuses_tls, connect, "do not offer", "."),
    "TLS refused by us": (needs_tls, connect, "tls-refused", "security_mode"),
    "other dialback secret": (other_secret, connect, "invalid|rejected", "secret"),
    "DNS repaired too late": (repaired_too_late, explain, "cached", "dns flush"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PARTNERS)
def test_a_partner_s_fault_has_a_cause_and_a_remedy(hub, site, dns, fault):
    provoke, command, cause, remedy = PARTNERS[fault]
    scene = Scene(hub, site, dns)
    provoke(scene)
    watch = Stopwatch()
    done = asking(hub)(*command(scene))
    seconds[fault] = (" ".join(command(scene)[:1]), watch.seconds())
    assert done.returncode == 1, done
    bad = done.stdout[re.search(r"^(fail|warn) ", done.stdout, re.M).start() :]
    assert re.search(cause, bad), done.stdout
    assert re.search(r"Remedy: .*" + remedy, bad, re.S), done.stdout


def without_component(hub, site):
    pass


def typo(hub, site):
    hub.reload({**hub.config, "typo": 1}, "rejected")


def flood(hub, site):
    for _ in range(100):
        site.keep(Stream.connect(hub.s2s))


# The faults of the hub's own side: (what is configured, how it comes about, the command, words of the cause, of the remedy).
OWN = {
    "node down": ({}, without_component, ("notifications",), "is not connected", "start the component"),
    "typo at a reload": ({}, typo, ("notifications",), "typo", "fedhubctl reload"),
    "connections refused": ({"limits": {"connections_per_address": 8}}, flood, ("notifications",), "refused", "limit"),
    "no certificate for a domain": ({}, without_component, ("notifications",), "no certificate covers", "certificate"),
}  # fmt: skip


@pytest.mark.parametrize("fault", OWN)
def test_an_own_fault_has_a_cause_and_a_remedy(site, fault):
    changes, provoke, command, cause, remedy = OWN[fault]
    hub = site.hub(component_node(fresh_domain("corp")), **changes)
    provoke(hub, site)
    took = 0

    def shown():
        nonlocal took
        watch = Stopwatch()
        done = asking(hub)(*command)
        took = watch.seconds()
        return done if re.search(cause, done.stdout) else None

    done = eventually(shown, 30, "the notification")
    seconds[fault] = (command[0], took)
    assert re.search(r"Remedy: .*" + remedy, done.stdout, re.S), done.stdout


def wrong_secret(estate):
    with pytest.raises((AssertionError, Closed)):
        estate.site.component(estate.hub, estate.own, "another secret")


def untrusted_address(estate):
    """The server behind the hub opens a stream from an address that its row does not name."""
    server = estate.site.server(estate.node)
    server.source = ("127.0.0.3", 0)
    with pytest.raises((AssertionError, Closed)):
        server.connect(estate.hub.nodes, fresh_domain())


def past_the_hub(estate):
    """The node's DNS leads it to the listener for the world."""
    server = estate.site.server(estate.node)
    server.source = ("127.0.0.2", 0)
    with pytest.raises((AssertionError, Closed)):
        server.connect(estate.hub.s2s, fresh_domain())


def unreachable(estate):
    estate.site.component(estate.hub, estate.own).message(estate.own, estate.node, id="1")


# The faults of nodes: (how it comes about, words of the cause in `fedhubctl nodes --json`).
NODES = {
    "wrong component secret": (wrong_secret, "its secret is not that of the"),
    "address not trusted": (untrusted_address, "no node is trusted at the address"),
    "DNS view bypasses the hub": (past_the_hub, "listen.nodes"),
    "server behind the hub unreachable": (unreachable, "Connection refused"),
}


class NodeScene:
    def __init__(self, site):
        self.site, self.own, self.node = site, fresh_domain("corp"), fresh_domain("corp")
        row = {
            "name": "server", "domains": [self.node], "protocol": "s2s", "address": f"127.0.0.1:{closed_port()}",
            "trusted_from": ["127.0.0.2/32"],
        }  # fmt: skip
        self.hub = site.hub(component_node(self.own), row, timeouts=TIMES)


@pytest.mark.parametrize("fault", NODES)
def test_a_node_s_fault_is_its_last_error(site, fault):
    provoke, cause = NODES[fault]
    scene = NodeScene(site)
    provoke(scene)
    took = 0

    def shown():
        nonlocal took
        watch = Stopwatch()
        done = asking(scene.hub)("nodes")
        took = watch.seconds()
        return cause in done.stdout

    eventually(shown, 20, f"{cause} in the list of nodes")
    seconds[fault] = ("nodes", took)


# What a start stumbles over: (what is configured or done, words of the message of `--check` or the start).
def taken_port(folder, config):
    taken = socket.create_server(("127.0.0.1", 0))
    return {"listen": {"s2s": ["127.0.0.1:%d" % taken.getsockname()[1]]}}, taken


def closed_folder(folder, config):
    (folder / "state").write_text("a file")
    return {}, None


STARTS = {
    "port taken": (taken_port, "Address already in use", 1),
    "state folder can't be made": (closed_folder, "is not a folder", 2),
}


@pytest.mark.parametrize("fault", STARTS)
def test_a_start_that_fails_names_the_cause(dns, tmp_path, fault):
    arrange, words, code = STARTS[fault]
    config = default_config(dns)
    changes, kept = arrange(tmp_path, config)
    (tmp_path / "fedhub.toml").write_text(toml.dump(toml.merge(config, changes)))
    watch = Stopwatch()
    ended = subprocess.run([program(), "--config", tmp_path / "fedhub.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    seconds[fault] = ("fedhub", watch.seconds())
    assert ended.returncode == code and words in ended.stderr, ended
    if kept:
        kept.close()


def test_a_denied_partner_is_explained_in_both_directions(site, dns):
    hub = site.hub(component_node(fresh_domain("corp")))
    scene = Scene(hub, site, dns)
    hub.reload(denying(hub, scene.partner))
    for name, command in (("deny list, out", explain), ("deny list, in", way_in)):
        watch = Stopwatch()
        done = asking(hub)(*command(scene))
        seconds[name] = ("explain", watch.seconds())
        assert done.returncode == 1 and re.search(r"fail +privacy .*deny", done.stdout, re.S), done.stdout
        assert re.search(r"Remedy: .*deny", done.stdout, re.S), done.stdout


def test_the_table_of_faults_is_written():
    """Runs last in this file. Needs no fault of its own, so that a part of the file can be run."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    lines = ["| fault | command | seconds |", "| --- | --- | ---: |"]
    lines += [f"| {fault} | `{command}` | {took:.2f} |" for fault, (command, took) in sorted(seconds.items())]
    (RESULTS / "faults.md").write_text("\n".join(lines) + "\n")
    assert os.path.getsize(RESULTS / "faults.md") > 0
