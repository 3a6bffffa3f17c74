"""`notifications` says what needs a person, and what to do about it."""

import pytest

from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Stream
from peers.waiting import eventually

LOOK = 30  # s; the hub looks every 5 s, and a node has to be away for 10 s


def notifications(hub, kind) -> list:
    return [row for row in hub.api.get("notifications", limit=1000)["items"] if row["kind"] == kind]


def wait_for(hub, kind, count=1) -> list:
    """Waits until this many notifications of the kind are open. Returns them."""
    rows = []

    def there():
        nonlocal rows
        rows = notifications(hub, kind)
        return len(rows) == count

    eventually(there, LOOK, f"{count} notifications of kind {kind}")
    return rows


def typo(hub, site):
    hub.reload({**hub.config, "typo": 1}, "rejected")
    return lambda: hub.reload(hub.config)


def component_gone(hub, site):
    return lambda: site.component(hub, hub.config["node"][0]["domains"][0])


def too_many_connections(hub, site):
    for _ in range(100):
        site.keep(Stream.connect(hub.s2s))
    return None


# What is wrong: (how it comes about, which returns how it is mended or None; the severity; words of the text).
KINDS = {
    "configuration": (typo, "warning", "typo"),
    "node-down": (component_gone, "error", "is not connected"),
    "refusals": (too_many_connections, "warning", "connections were refused"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_is_shown_with_a_remedy_until_it_is_mended(site, kind):
    hub = site.certified_hub(*spare_nodes(1), limits={"connections_per_address": 8})
    act, severity, words = KINDS[kind]
    mend = act(hub, site)
    row = wait_for(hub, kind)[0]
    assert row["severity"] == severity and words in row["text"] and row["remedy"] and row["since"].endswith("Z")
    assert hub.metric("fedhub_notifications", kind=kind, severity=severity) >= 1
    assert hub.api.get("status")["notifications"] >= 1
    if mend:
        mend()
        wait_for(hub, kind, count=0)


def test_local_domains_without_a_certificate_are_named(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    assert domain in wait_for(hub, "domain-without-certificate")[0]["text"]


def test_an_acknowledgement_names_who_has_seen_the_notification(site):
    hub = site.hub(*spare_nodes(3))
    rows = wait_for(hub, "domain-without-certificate", count=3)
    assert hub.api.post(f"notifications/{rows[0]['id']}/acknowledge") == 204
    seen = {row["id"]: row.get("acknowledged_by") for row in notifications(hub, "domain-without-certificate")}
    assert seen[rows[0]["id"]].startswith("uid ") and seen[rows[1]["id"]] is None
    assert hub.api.problem("notifications/999999/acknowledge", "POST")["status"] == 404
    assert hub.api.problem("notifications/x/acknowledge", "POST")["status"] == 400
    assert hub.api.problem("notifications", after="17")["status"] == 400


def test_errors_come_before_warnings(site):
    hub = site.hub(*spare_nodes(2))
    wait_for(hub, "node-down", count=2)
    page = hub.api.get("notifications", limit=2)
    assert [row["severity"] for row in page["items"]] == ["error", "error"]
    rest = hub.api.get("notifications", limit=1000, after=page["next"])["items"]
    assert {row["severity"] for row in rest} == {"warning"} and len(rest) == page["total"] - 2
