"""A single stanza is read, routed and written by the one thread that epoll woke. A second thread would cost a wake-up,
and would have to wait for a core."""

from pathlib import Path

import pytest

from peers.component import message
from peers.site import spare_nodes

STANZAS = 200


@pytest.fixture(scope="module")
def hub(module_site):
    """A hub with the usual log level: at level debug the log's thread would wake for the lines of each stanza."""
    return module_site.hub(*spare_nodes(), log={"level": "info"})


def waits(hub):
    """Returns how often threads of the hub have gone to sleep so far."""
    total = 0
    for status in Path(f"/proc/{hub.process.pid}/task").glob("*/status"):
        total += int(status.read_text().split("voluntary_ctxt_switches:")[1].split()[0])
    return total


def assert_one_for_each(hub, before):
    """Checks for about one wake-up a stanza.

    The clock, the supervisor's probe and looks at files add some. There are fewer if the next stanza has already
    arrived, which happens often with a slow hub.
    """
    least = 0.01 if hub.sanitized() else 0.5
    assert least * STANZAS < waits(hub) - before < 1.5 * STANZAS


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "TLS"])
def test_one_stanza_alone_wakes_one_thread(hub, component, site, secure):
    remote = site.server(security="optional", verify_at=hub.s2s)
    stream = remote.connect(hub.s2s, component.domain, secure=secure)
    text = message(remote.domain, component.domain, "alone")
    stream.send(text)
    component.expect_message(from_=remote.domain)
    before = waits(hub)
    for _ in range(STANZAS):
        stream.send(text)
        component.expect_message(from_=remote.domain)
    assert_one_for_each(hub, before)


def test_one_bounce_alone_wakes_one_thread(hub, component):
    text = message(component.domain, "nobody@", "alone")  # no domain, so the connection that read it answers
    component.send(text)
    component.expect_bounce("jid-malformed")
    before = waits(hub)
    for _ in range(STANZAS):
        component.send(text)
        component.expect_bounce("jid-malformed")
    assert_one_for_each(hub, before)
