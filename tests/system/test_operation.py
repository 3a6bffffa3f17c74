"""The program as its operator uses it: command line, start, reload, stop, log."""

import json
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from peers import toml
from peers.component import Component, message
from peers.dialback import ask_about_key, dialback_key
from peers.hub import default_config, program
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.waiting import Stopwatch, eventually
from peers.xml import StreamEnd


def run(*arguments, cwd=None):
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, timeout=20, cwd=cwd)


# -- command line ----------------------------------------------------------------------------------------------


def test_version_and_help_go_to_standard_output():
    version = run("--version")
    assert version.returncode == 0 and re.match(r"fedhub \d+\.\d+\.\d+", version.stdout)
    help = run("--help")
    assert help.returncode == 0 and "--config" in help.stdout and "--check" in help.stdout


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["--config"], ["--config", "no such file"]])
def test_a_wrong_command_line_is_told_and_ends_with_an_error(arguments):
    result = run(*arguments)
    assert result.returncode not in (0, -signal.SIGSEGV, -signal.SIGABRT) and result.stderr and not result.stdout


def test_check_accepts_a_good_file_and_starts_nothing(tmp_path, dns):
    file = tmp_path / "good.toml"
    file.write_text(toml.dump(default_config(dns) | {"node": [component_node("corp.example")]}))
    result = run("--config", file, "--check", cwd=tmp_path)
    assert result.returncode == 0, result
    assert not (tmp_path / "state").exists() and "ready" not in result.stdout


def test_check_names_file_line_and_key_of_every_fault(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(
        "[hub]\nnmae = 'x'\n[federation]\nsecurity_mode = 'tls'\nenabled = 1\n[limits]\nstanza_bytes = -1\n"
        "[[node]]\nname = 'n'\nprotocol = 'component'\n"
    )
    result = run("--config", file, "--check")
    told = result.stdout + result.stderr
    assert result.returncode == 2, result
    faults = [(2, "nmae"), (4, "security_mode"), (5, "enabled"), (7, "stanza_bytes"), (8, "domains"), (8, "secret")]
    for line, key in faults:
        assert re.search(rf"{re.escape(str(file))}:{line}: .*{key}", told), (line, key, told)
    assert "tls-required" in told  # what is allowed


def test_check_names_the_line_of_a_syntax_error(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[hub]\nname = 'x'\n\n[listen\n")
    result = run("--config", file, "--check")
    assert result.returncode == 2 and f"{file}:4" in result.stdout + result.stderr


def test_a_bad_configuration_does_not_start(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[hub]\nthreads = 'many'\n")
    result = run("--config", file)
    assert result.returncode == 2 and f"{file}:2" in result.stderr and not result.stdout


def test_an_address_in_use_is_told(tmp_path, dns):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        file = tmp_path / "c.toml"
        file.write_text(toml.dump(toml.merge(default_config(dns), {"listen": {"s2s": [address]}})))
        result = run("--config", file, cwd=tmp_path)
    assert result.returncode == 1 and address in result.stderr and "ready" not in result.stdout


# -- start -----------------------------------------------------------------------------------------------------


def test_the_ready_line_names_every_listener(site):
    hub = site.hub(listen={"s2s": ["127.0.0.1:0", "127.0.0.2:0"], "nodes": ["127.0.0.1:0", "[::1]:0"]})
    assert [host for host, _ in hub.addresses("s2s")] == ["127.0.0.1", "127.0.0.2"]
    assert [host for host, _ in hub.addresses("nodes")] == ["127.0.0.1", "::1"]
    for key in ("s2s", "nodes", "metrics"):
        for host, port in hub.addresses(key):
            assert port != 0
            socket.create_connection((host, port), 5).close()
    assert hub.get("/readyz")[0] == 200 and hub.get("/healthz")[0] == 200
    assert hub.get("/elsewhere")[0] == 404


def test_a_secret_is_made_once_and_kept_from_others(site):
    """Without dialback_secret the hub makes one, keeps it in state_dir, and uses it after the next start."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), federation={"dialback_secret": None})
    state = hub.directory / "state"
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o700
    for path in state.rglob("*"):
        if path.is_file() and b"CERTIFICATE" not in path.read_bytes()[:40]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    secrets = [state / name for name in ("dialback-secret", "self-signed.key", "self-signed.crt")]
    before = [path.read_bytes() for path in secrets]
    hub.stop()
    hub.start()
    assert [path.read_bytes() for path in secrets] == before


def test_two_hubs_with_one_secret_answer_for_each_other(site):
    domain = fresh_domain("corp")
    one, two = site.hub(component_node(domain)), site.hub(component_node(domain))
    component, remote = site.component(one, domain), site.server(verify_at=two.s2s)
    component.message(domain, remote.domain)
    remote.expect_message()


# -- reload ----------------------------------------------------------------------------------------------------


def test_a_reload_brings_a_new_node_and_leaves_streams_alone(site):
    first, second = fresh_domain("corp"), fresh_domain("corp")
    hub = site.hub(component_node(first))
    component, remote = site.component(hub, first), site.server()
    stream = remote.connect(hub.s2s, first)
    Component.connect(hub.nodes).open(second).expect_stream_error("host-unknown")
    hub.reload(hub.config | {"node": [component_node(first), component_node(second)]})
    newcomer = site.component(hub, second)
    remote.connect(hub.s2s, second).send(message(remote.domain, second))
    newcomer.expect_message()
    stream.send(message(remote.domain, first))
    component.expect_message()
    newcomer.message(second, remote.domain)
    remote.expect_message()


def test_a_reload_takes_a_node_away(site):
    first, second = fresh_domain("corp"), fresh_domain("corp")
    hub = site.hub(component_node(first), component_node(second))
    stays, goes = site.component(hub, first), site.component(hub, second)
    hub.reload(hub.config | {"node": [component_node(first)]})
    assert isinstance(goes.read_to_end()[-1], StreamEnd)
    Component.connect(hub.nodes).open(second).expect_stream_error("host-unknown")
    stays.message(first, "@", id="1")
    stays.expect_bounce("jid-malformed", id="1")


def test_a_reload_changes_the_policy(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    component, remote = site.component(hub, domain), site.server()
    hub.reload(toml.merge(hub.config, {"federation": {"privacy_mode": "deny-list", "deny": [remote.domain]}}))
    component.message(domain, remote.domain, id="1")
    assert component.expect_stanza(type="error", id="1").condition
    assert remote.attempts == 0
    hub.reload(hub.config)
    component.message(domain, remote.domain, id="2")
    remote.expect_message(id="2")


def test_a_bad_file_changes_nothing_and_is_logged(site):
    first, second = fresh_domain("corp"), fresh_domain("corp")
    hub = site.hub(component_node(first))
    component = site.component(hub, first)
    bad = toml.merge(hub.config, {"federation": {"security_mode": "sometimes"}})
    hub.reload(bad | {"node": [component_node(first), component_node(second)]}, outcome="rejected")
    hub.wait_for_log(rf"{re.escape(hub.config_file.name)}:\d+: .*security_mode")
    Component.connect(hub.nodes).open(second).expect_stream_error("host-unknown")
    component.message(first, "@", id="1")
    component.expect_bounce("jid-malformed", id="1")


# -- stop ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_hub_ends_at_once_when_nothing_is_in_motion(site, number):
    hub = site.hub(timeouts={"drain": 10})
    watch = Stopwatch()
    hub.signal(number)
    assert hub.wait() == 0 and watch.seconds() < 5


def test_stanzas_under_way_are_delivered_or_bounced_before_the_end(site):
    """During the drain, stanzas on a stream are written, and stanzas that wait for a stream are answered."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), timeouts={"drain": 2, "negotiation": 30, "queue": 30})
    component, remote, silent = site.component(hub, domain), site.server(), site.listener()
    component.message(domain, remote.domain)
    remote.expect_message()
    component.message(domain, silent.domain, id="waiting")
    silent.accept()
    for number in range(200):
        component.message(domain, remote.domain, "x" * 1000, id=str(number))
    eventually(lambda: hub.metric("fedhub_stanzas_accepted_total") == 202, what="all taken")
    watch = Stopwatch()
    hub.signal(signal.SIGTERM)
    assert [stanza["id"] for stanza in remote.collect(200)] == [str(number) for number in range(200)]
    bounce, *rest = component.read_to_end()
    assert (bounce["type"], bounce["id"]) == ("error", "waiting") and isinstance(rest[-1], StreamEnd)
    assert hub.wait() == 0 and watch.seconds() < 2 + 5


def test_a_peer_that_does_not_answer_the_footer_does_not_hold_the_hub_up(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), timeouts={"drain": 1})
    site.component(hub, domain)
    watch = Stopwatch()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0 and watch.seconds() < 1 + 4


# -- the log ---------------------------------------------------------------------------------------------------


def test_the_log_tells_a_federation_from_end_to_end(hub, component, site):
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    remote.connect(hub.s2s, component.domain)
    key = remote.verified[0].tree.text
    domain = re.escape(remote.domain)
    for pattern in (
        rf"Resolver.*{domain}",
        r"SRV.*\d",
        r"A/AAAA",
        r"total",
        rf"ConnInfoHistory.*{domain}.*->CONNECTED|ConnInfoHistory.*->CONNECTED.*{domain}",
        rf"DBVerify.*{domain}",
        r"db:result|dialback",
    ):
        hub.wait_for_log(pattern)
    hub.wait_for_log(key[:6])
    assert key not in hub.log and NODE_SECRET not in hub.log


def test_the_log_can_be_json(site):
    hub = site.hub(log={"format": "json", "level": "info"})
    hub.stop()
    lines = hub.log.splitlines()
    assert lines and all(isinstance(json.loads(line), dict) for line in lines)


def test_a_module_has_its_own_level(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "error", "modules": {"DBVerify": "debug"}})
    component, remote = site.component(hub, domain), site.server()
    remote.connect(hub.s2s, domain).send(message(remote.domain, domain))
    component.expect_message()
    hub.wait_for_log("DBVerify")
    assert "Resolver" not in hub.log


def test_a_reload_changes_the_dialback_secret(site):
    """On an established stream, too, the hub verifies keys of the new secret, and no longer those of the old one."""
    domain, remote = fresh_domain("corp"), site.server(security="none")
    hub = site.hub(component_node(domain), federation={"dialback_secret": "old", "security_mode": "tls-optional"})
    stream = remote.open_stream(hub.s2s, domain)

    def verdict(secret):
        key = dialback_key(secret, remote.domain, domain, "id-1")
        return ask_about_key(stream, remote.domain, domain, "id-1", key)["type"]

    assert (verdict("old"), verdict("new")) == ("valid", "invalid")
    hub.reload(toml.merge(hub.config, {"federation": {"dialback_secret": "new"}}))
    eventually(lambda: verdict("new") == "valid", what="keys of the new secret")
    assert verdict("old") == "invalid"
