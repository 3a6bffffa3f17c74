"""fedhubctl against a running hub: what it shows is what the hub does."""

import os
import re
import subprocess

import pytest

from peers.fedhubctl import Fedhubctl, environment
from peers.site import component_node, fresh_domain
from peers.toml import merge
from peers.waiting import eventually


def command(hub):
    return Fedhubctl("--socket", str(hub.directory / hub.config["hub"]["state_dir"] / "admin.sock"))


@pytest.fixture
def ctl(hub):
    """Asks the hub of the module."""
    return command(hub)


def test_a_hub_shows_its_status(hub, ctl):
    done = ctl("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("hub-under-test is ready\n")
    for section in ("counts:", "nodes:", "listeners:", "certificates:"):
        assert f"\n{section}\n" in done.stdout
    assert re.search(r"\n  s2s +%s:%d\n" % hub.s2s, done.stdout)


def test_a_connected_domain_is_shown_until_its_stream_is_closed(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    ctl = command(hub)
    component = site.component(hub, hub.spare_domain())
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    assert eventually(lambda: f"{remote.domain}: connected" in ctl("domain", remote.domain).stdout)
    assert ctl("domain", remote.domain).returncode == 0
    assert remote.domain in ctl("domains", remote.domain, "--sort=-last_success").stdout
    streams = ctl("streams", remote.domain, "--leg", "s2s-out").stdout.splitlines()
    assert len(streams) == 2 and remote.domain in streams[1]
    assert " up " in ctl("nodes").stdout
    done = ctl("close", streams[1].split()[0])
    assert (done.returncode, done.stdout, done.stderr) == (0, "closing the stream\n", "")
    eventually(lambda: remote.ended, what="the stream's end")
    assert eventually(lambda: ctl("streams", remote.domain).stdout == "no streams\n")


def test_a_failing_domain_is_bad_news(hub, ctl, component):
    domain = fresh_domain()
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")
    assert eventually(lambda: ctl("domain", domain).returncode == 1)
    assert "dns-not-found" in ctl("domain", domain).stdout
    assert domain in ctl("domains", domain, "--failing").stdout
    done = ctl("retry", domain)
    assert (done.returncode, done.stdout) == (0, f"{domain}: the hub tries again now, if stanzas wait\n")


@pytest.mark.parametrize("words", [
    ["domain", "never.heard.example"], ["retry", "never.heard.example"], ["close", "never.heard.example"], ["close", "999999"],
    ["domains", "--sort", "colour"], ["streams", "--leg", "left"]], ids=" ".join)  # fmt: skip
def test_what_the_hub_refuses_is_one_sentence(ctl, words):
    done = ctl(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fedhubctl: ") and len(done.stderr.splitlines()) == 1


def test_events_are_listed_and_followed(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="im1"))
    ctl = command(hub)
    following = subprocess.Popen(ctl.words("events", "--follow", "--kind", "node"), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, text=True, env=environment())  # fmt: skip
    try:
        component = site.component(hub, hub.spare_domain())
        assert re.search(r"Z +node +im1 .*up", following.stdout.readline())
        component.close()
        assert re.search(r"Z +node +im1 .*down", following.stdout.readline())
    finally:
        following.kill()
        following.communicate()
    listed = ctl("events", "--domain", "im1", "--kind", "node", "--since", "1h")
    assert listed.returncode == 0 and [line.split()[-1] for line in listed.stdout.splitlines()[1:]][-2:] == ["down", "up"]


def test_the_audit_shows_who_has_done_what(hub, ctl):
    ctl("retry", "never.heard.example")
    shown = eventually(lambda: "never.heard.example" in (done := ctl("audit")).stdout and done)
    assert re.search(rf"uid {os.getuid()} +retry +never\.heard\.example .*refused", shown.stdout), shown.stdout


def test_the_configuration_is_changed_and_changed_back(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="cm-1"))
    ctl = command(hub)

    def shown(key):
        return ctl("config", "show", key).stdout

    done = ctl("config", "set", "limits.stanza_depth=70", "federation.deny=[\"bad.example\"]", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "") and "limits.stanza_depth" in done.stdout
    assert shown("limits.stanza_depth") == "limits.stanza_depth = 64\n"
    done = ctl("config", "set", "limits.stanza_depth=70", "log.modules.\"stream.in\"=warn")
    assert done.returncode == 0 and done.stdout.startswith("the change is in force\n")
    assert shown("limits.stanza_depth") == "limits.stanza_depth = 70\n"
    assert shown("log.modules") == 'log.modules."stream.in" = "warn"\n'
    assert "console.toml:" in ctl("config", "show", "limits.stanza_depth", "--origin").stdout

    assert ctl("config", "add", "static_route", "domain=a.example", "address=192.0.2.1").returncode == 0
    assert '"192.0.2.1"' in shown("static_route")
    assert ctl("config", "remove", "static_route", "a.example 192.0.2.1:5269").returncode == 0
    assert shown("static_route") == "no key static_route\n"

    history = ctl("config", "history").stdout.splitlines()
    assert len(history) == 4 and history[0].startswith("CHANGE") and "static_route" in history[1], history
    for depth in (70, 70, 64):
        assert ctl("config", "undo").returncode == 0
        assert shown("limits.stanza_depth") == f"limits.stanza_depth = {depth}\n"
    done = ctl("config", "undo")
    assert done.returncode == 1 and "no change to undo" in done.stderr


def test_a_wrong_change_shows_each_problem(site):
    ctl = command(site.hub(component_node(fresh_domain("corp"))))
    done = ctl("config", "set", "limits.stanza_depth=1", "limits.conections=5")
    assert (done.returncode, done.stdout) == (1, "")
    assert "limits.stanza_depth: found 1; allowed: integer 4..4096" in done.stderr
    assert "did you mean connections?" in done.stderr
    done = ctl("config", "set", "hub.name=x")
    assert done.returncode == 1 and "file-only" in done.stderr


def test_changed_files_are_checked_before_a_reload(site):
    hub = site.hub(component_node(fresh_domain("corp")), admin={"auto_reload": False})
    ctl = command(hub)
    hub.write_config(merge(hub.config, {"limits": {"stanza_depth": 70}}))
    done = ctl("config", "check")
    assert done.returncode == 0 and "limits.stanza_depth" in done.stdout
    hub.write_config(merge(hub.config, {"limits": {"stanza_depth": 1}}))
    done = ctl("config", "check")
    assert done.returncode == 1 and "limits.stanza_depth: found 1" in done.stderr
    assert ctl("config", "show", "limits.stanza_depth").stdout == "limits.stanza_depth = 64\n"
