"""After a burst of streams has ended, their memory is returned to the system."""

from compare.results import LOSSES

from peers.load import DOMAIN, Load, free_address
from peers.site import component_node
from peers.waiting import eventually

STREAMS = 1_000
OPENING_S = 120  # 3 s on two idle cores
GIVEN_BACK_S = 60  # 5 s on an idle machine


def test_memory_is_given_back(site):
    dns, world = free_address(), free_address()
    hub = site.certified_hub(
        component_node(DOMAIN),
        federation={"security_mode": "tls-required"}, dns={"servers": [dns]},
        limits={"connections": 3 * STREAMS, "connections_per_address": 3 * STREAMS, "accepts_per_second": 100_000},
        timeouts={"connect": 30, "negotiation": 60, "dialback": 60, "queue": 60},
    )  # fmt: skip

    def authenticated():
        return hub.metric("fedhub_streams", leg="s2s-in", security="tls", state="authenticated")

    before = hub.resident_bytes()
    load = site.keep(Load(hub, dns, world, "idle", "--tls", "--streams", STREAMS, "--warm-up", 0,
                          "--duration", 1))  # fmt: skip
    eventually(lambda: authenticated() == STREAMS, OPENING_S, f"{STREAMS} streams")
    full = hub.resident_bytes()
    assert full > before + 10 * 1024 * STREAMS, "the streams take less than the test is made for"
    result = load.result()
    assert {kind: result[kind] for kind in LOSSES} == dict.fromkeys(LOSSES, 0)
    eventually(lambda: authenticated() == 0, GIVEN_BACK_S, "the end of the streams")
    eventually(lambda: hub.resident_bytes() < (before + full) / 2, GIVEN_BACK_S, "half of the memory given back")
