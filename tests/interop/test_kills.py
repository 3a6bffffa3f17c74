"""Connections cut at random in the middle of traffic to a real server that acknowledges stanzas (XEP-0198)."""

import collections
import os
import random

import pytest

from federation import accounts, check_accounts
from kills import KillRun, doubled, out_of_order, spread_cuts

LINES = 20


@pytest.mark.parametrize("name, stanzas, cuts", [
    ("prosody", 100_000, {"reset": 150, "silence": 40, "kill": 10}),
    ("prosody-13", 20_000, {"reset": 30, "silence": 8, "kill": 2})])
def test_nothing_is_lost_however_often_connections_are_cut(directory, name, stanzas, cuts):
    """Each stanza arrives or comes back; in order; more often than once only where no acknowledgement had come."""
    seed = int(os.environ.get("FEDHUB_KILLS_SEED", random.randrange(1 << 32)))
    each = stanzas // LINES
    folder = directory / f"kills-{name}"
    folder.mkdir()
    with KillRun(name, folder, spread_cuts(cuts, LINES, each, random.Random(seed))) as run:
        run.run(each, within=150)
        print(f"FEDHUB_KILLS_SEED={seed}: {run.told()}")

        assert collections.Counter(cut.how for cut in run.made) == cuts
        for line in run.lines:
            assert len(set(line.bounced)) == len(line.bounced)
            assert out_of_order(line) == []
        check_accounts(run.federation.hub)
        sent, bounced = LINES * each, sum(len(line.bounced) for line in run.lines)
        assert accounts(run.federation.hub.metrics())["from-node"] == {
            "accepted_total": sent, "delivered_total": sent - bounced, "bounced_total": bounced, "dropped_total": 0,
            "queued": 0}
        # Sent again is, and so may come twice, only what no acknowledgement had come for.
        resent = run.federation.hub.metrics().total("fedhub_stanzas_resent_total", direction="from-node")
        assert sum(map(doubled, run.lines)) <= resent
