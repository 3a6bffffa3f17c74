"""`series` gives numbers for graphs: what has passed, and what there was, since the hub started."""

import time

import pytest

from peers.site import fresh_domain, spare_nodes
from peers.waiting import eventually

STEP = 10  # s
LOOK = 5  # s; the hub looks at its numbers as often


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(4))


def known(hub, name, **query) -> list:
    """Returns the values that are not null."""
    return [value for value in hub.api.get("series", name=name, **query)["values"] if value is not None]


def wait_for(hub, name, fits) -> list:
    """Waits until one of the series' values fits."""
    def there():
        return [value for value in known(hub, name) if fits(value)]
    return eventually(there, within=3 * STEP + LOOK, what=f"a value of {name}, not {known(hub, name)}")


def test_traffic_and_failures_show_within_two_steps(hub, component, site):
    remote, unreachable = site.server(verify_at=hub.s2s), fresh_domain()
    begun = time.time()
    for number in range(50):
        component.message(component.domain, remote.domain, id=f"good-{number}")
    remote.expect_message()
    component.message(component.domain, unreachable, id="bad")
    component.expect_stanza(type="error", id="bad")

    wait_for(hub, "stanzas_out", lambda rate: rate > 0)
    seconds = time.time() - begun
    rates = known(hub, "stanzas_out")
    # 51 stanzas, each counted once. The first step has begun after the hub, and is at least as long as a look.
    assert 45 <= sum(rates) * STEP <= 51 * STEP / LOOK, rates
    assert wait_for(hub, "delivered_out", lambda rate: rate > 0)
    assert wait_for(hub, "bytes_out", lambda rate: rate > 0)
    assert wait_for(hub, "bounced", lambda rate: rate > 0)
    assert wait_for(hub, "bounced.dns", lambda rate: rate > 0)
    assert not any(known(hub, "bounced.tls"))
    assert wait_for(hub, "streams.s2s-out", lambda count: count >= 1)
    assert wait_for(hub, "domains.connected", lambda count: count >= 1)
    assert wait_for(hub, "memory", lambda octets: octets > 1 << 20)
    assert wait_for(hub, "open_files", lambda files: files > 3)
    assert seconds < 3 * STEP + LOOK


def test_the_time_before_the_start_is_not_known(hub):
    wait_for(hub, "cpu", lambda share: share >= 0)
    answer = hub.api.get("series", name="cpu")
    assert answer["unit"] == "processors" and answer["step_s"] == 10
    values = answer["values"]
    assert 358 <= len(values) <= 361
    assert values[0] is None and values[-1] is not None
    first = next(place for place, value in enumerate(values) if value is not None)
    assert None not in values[first:]
    day = hub.api.get("series", name="cpu", step_s=300)
    assert 286 <= len(day["values"]) <= 288 and set(day["values"][:-2]) <= {None}


def test_a_time_within_the_last_hour_is_where_the_answer_begins(hub):
    wait_for(hub, "cpu", lambda share: share >= 0)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 120))
    answer = hub.api.get("series", name="queued_stanzas", since=since)
    assert answer["step_s"] == 10 and 10 <= len(answer["values"]) <= 12
    assert answer["since"][:18] == since[:18] and answer["since"].endswith("0Z")
    yesterday = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
    assert hub.api.get("series", name="queued_stanzas", since=yesterday)["step_s"] == 300


@pytest.mark.parametrize("query, words", [
    ({}, "name is missing; allowed: stanzas_in, "),
    ({"name": "speed"}, 'name is "speed"; allowed: stanzas_in, '),
    ({"name": "cpu", "step_s": 15}, 'step_s is "15"; allowed: 10, 30, 60, 300, '),
    ({"name": "cpu", "since": "2h"}, 'since is "2h"; allowed: a time such as '),
    ({"name": "cpu", "colour": "red"}, '"colour"'),
])  # fmt: skip
def test_a_wrong_request_is_answered_by_what_is_allowed(hub, query, words):
    problem = hub.api.problem("series", **query)
    assert problem["status"] == 400 and words in problem["detail"]


def test_the_description_lists_the_names_that_the_hub_knows(hub):
    described = hub.api.get("openapi.json")["components"]["schemas"]["series_name"]["enum"]
    known_names = hub.api.problem("series")["detail"].split("allowed: ")[1].split(", ")
    assert described == known_names
