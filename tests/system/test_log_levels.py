"""An operator sets levels of the log for some time, and has the hub forget cached DNS answers."""

import re

import pytest

from peers.fedhubctl import asking
from peers.site import component_node, fresh_domain, spare_nodes
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(60), log={"level": "info"}, dns={"negative_ttl_s": 60})


def levels(hub):
    return {row["module"]: row for row in hub.api.get("log")["items"]}


def test_a_raised_level_writes_more_lines_and_falls_back_by_itself(hub, component):
    assert levels(hub)["Resolver"] == {"module": "Resolver", "level": "info"}
    assert hub.api.send("PUT", "log/Resolver", {"level": "debug", "for_s": 2}).status == 204
    row = levels(hub)["Resolver"]
    assert row["level"] == "debug" and row["until"].endswith("Z")
    domain = fresh_domain()
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")
    hub.wait_for_log(f"resolve {re.escape(domain)}: start")
    eventually(lambda: levels(hub)["Resolver"] == {"module": "Resolver", "level": "info"}, what="the fall-back")
    # The log itself falls back too, not only what is shown of it.
    later = fresh_domain()
    component.message(component.domain, later, id="2")
    component.expect_stanza(type="error", id="2")
    assert f"resolve {later}: start" not in hub.log


def test_a_reload_replaces_a_raised_level(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    assert hub.api.send("PUT", "log/DBVerify", {"level": "trace"}).status == 204
    assert levels(hub)["DBVerify"]["until"]
    hub.reload(hub.config | {"log": {"level": "warn"}})
    assert levels(hub)["DBVerify"] == {"module": "DBVerify", "level": "warn"}


def test_fedhubctl_sets_a_level_for_some_time(hub):
    ctl = asking(hub)
    done = ctl("log", "stream.in", "trace", "--for", "10m")
    assert (done.returncode, done.stdout, done.stderr) == (0, "the level is set\n", "")
    assert re.search(r"\nstream\.in +trace ", ctl("log").stdout)
    done = ctl("log", "stream.in", "info")
    assert done.returncode == 0 and "until" not in levels(hub)["stream.in"]
    done = ctl("log", "nonsense", "info")
    assert done.returncode == 1 and "stanza.component.out" in done.stderr
    done = ctl("log", "hub", "loud")
    assert done.returncode == 1 and "trace, debug, info, warn, error" in done.stderr


@pytest.mark.parametrize("flushed", ["the domain", "a domain above it", "all"])
def test_after_a_flush_dns_is_asked_again(hub, component, site, dns, flushed):
    zone = fresh_domain("zone")
    domain = f"partner.{zone}"
    component.message(component.domain, domain, id="1")
    component.expect_stanza(type="error", id="1")  # the negative answer is cached for 60 s
    remote = site.server(domain)
    component.message(component.domain, domain, id="2")
    component.expect_stanza(type="error", id="2")
    name = {"the domain": domain, "a domain above it": zone, "all": None}[flushed]
    assert hub.api.post("dns/flush", {"name": fresh_domain("other")}) == 204
    component.message(component.domain, domain, id="3")
    component.expect_stanza(type="error", id="3")
    assert hub.api.post("dns/flush", {"name": name} if name else {}) == 204
    component.message(component.domain, domain, id="4")
    remote.expect_message(id="4")


def test_fedhubctl_flushes(hub):
    ctl = asking(hub)
    assert ctl("dns", "flush").stdout == "all cached DNS answers are forgotten\n"
    assert ctl("dns", "flush", "partner.example").stdout == "the cached DNS answers for partner.example are forgotten\n"
