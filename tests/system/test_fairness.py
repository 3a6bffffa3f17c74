"""Work is shared: whatever others send, a well-behaved pair is answered in time."""

import time

import pytest

from peers.flood import Flood
from peers.pair import Pair
from peers.site import spare_nodes

SECONDS = 3
REPETITIONS = 6
WORST_S = 0.1
WORST_SANITIZED_S = 0.25
BUSY_CONTROL_S = 0.05
"""A machine on which an echo takes longer tells nothing of the hub."""

VERIFY = "<db:verify from='{remote}' to='{local}' id='x'>{key}</db:verify>"
TO_HUB = "<message from='a@{remote}' to='b@{local}'><body>hello</body></message>"
KINDS = {
    # name: (text, authenticated, streams)
    "questions about keys": (VERIFY, False, 2),
    "questions about keys, authenticated": (VERIFY, True, 2),
    "questions about keys on many streams": (VERIFY, False, 60),
    "questions about keys on many authenticated streams": (VERIFY, True, 60),
    "keys of a pair that is proved": ("<db:result from='{remote}' to='{local}'>{key}</db:result>", True, 8),
    "questions for domains that are not here": (VERIFY.replace("{local}", "elsewhere.example"), False, 8),
    "white space": (" " * 1000, True, 8),
    "requests for acknowledgement": ("<r xmlns='urn:xmpp:sm:3'/>", True, 8),
    "acknowledgements": ("<a xmlns='urn:xmpp:sm:3' h='0'/>", True, 8),
    "stanzas that are bounced": (TO_HUB.replace("b@{local}", "b@"), True, 8),
}


@pytest.fixture(scope="module")
def hub(module_site):
    limits = {"connections_per_address": 10_000, "accepts_per_second": 10_000}
    return module_site.hub(*spare_nodes(), log={"level": "error"}, limits=limits, timeouts={"negotiation": 60})


@pytest.fixture
def pair(site, hub, component):
    remote = site.server()
    stream = site.keep(remote.connect(hub.s2s, component.domain))
    return Pair(component, stream, remote.domain)


def worst_answer(pair, during) -> tuple:
    """Of the hub and of the control; again where the control shows that the machine was busy."""
    for _ in range(REPETITIONS):
        hub, control = pair.watch(during)
        if control < BUSY_CONTROL_S:
            break
    return hub, control


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_is_answered_in_time_beside_streams_that_never_stop(site, hub, pair, component, kind):
    text, authenticated, count = KINDS[kind]
    hostile = site.server()
    streams = []
    for _ in range(count):
        connect = hostile.connect if authenticated else hostile.open_stream
        streams.append(connect(hub.s2s, component.domain))
        if "urn:xmpp:sm:3" in text:
            streams[-1].send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
    text = text.format(remote=hostile.domain, local=component.domain, key="0" * 64)
    flood = site.keep(Flood(streams, text))
    hub_worst, control_worst = worst_answer(pair, lambda: time.sleep(SECONDS))
    counts = flood.stop()
    assert counts["written"] > 0
    allowed = (WORST_SANITIZED_S if hub.sanitized() else WORST_S) + control_worst
    print(f"{kind}: worst answer {hub_worst:.3f} s, control {control_worst:.3f} s, {counts}")
    assert hub_worst < allowed, (hub_worst, control_worst, counts)
