"""Promise: what happened to streams, nodes and the configuration can be read later, also after the hub was killed."""

import json
import os
import signal
from urllib.parse import urlencode

import pytest

from peers import toml
from peers.api import UnixConnection
from peers.hub import denying
from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Stream
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site):
    strict = [{"domain": "*.pkix.example", "methods": ["pkix"]}]
    return module_site.hub(*spare_nodes(60), trust=strict)


def events(hub, **query):
    """Returns the events that fit, the oldest first."""
    return hub.api.get("events", limit=1000, **query)["items"][::-1]


def wait_for_event(hub, detail, **query):
    """Waits for an event whose detail contains a text. Returns it."""
    def found():
        return next((event for event in events(hub, **query) if detail in event.get("detail", "")), None)
    return eventually(found, what=f"{query}: {detail}")


def wait_for_action(hub, **fields):
    def found():
        rows = hub.api.get("audit", limit=1000)["items"]
        return next((row for row in rows if all(row.get(key) == value for key, value in fields.items())), None)
    return eventually(found, what=f"an action with {fields}")


def test_the_life_of_streams_is_recorded(hub, component, site):
    remote = site.server(verify_at=hub.s2s, security="required")
    component.message(component.domain, remote.domain)
    remote.expect_message()
    incoming = remote.connect(hub.s2s, component.domain, secure=True)
    both = lambda: len(found := events(hub, domain=remote.domain, kind="stream")) == 2 and found  # noqa: E731
    began = {event["leg"]: event for event in eventually(both, what="two streams")}
    assert "dialback" in began["s2s-in"]["detail"] and began["s2s-out"]["detail"].startswith("authenticated: ")
    assert began["s2s-in"]["actor"].startswith("127.0.0.1:") and began["s2s-in"]["stream"] > 0
    incoming.close()
    ended = wait_for_event(hub, "closed after 0 s", domain=remote.domain)
    assert ended["stream"] == began["s2s-in"]["stream"] and ended["id"] > began["s2s-in"]["id"]
    assert ended["leg"] == "s2s-in" and ended["time"] >= began["s2s-in"]["time"]


def test_a_stream_that_fails_says_why(hub, component, site):
    remote = site.server(verify_at=hub.s2s)
    stream = remote.connect(hub.s2s, component.domain)
    stream.send("<wrong></right>")
    event = wait_for_event(hub, "closed after", domain=remote.domain)
    assert event["failure"] == "stream-invalid", event


def test_refusals_name_the_domain_and_the_reason(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    denied = site.server(verify_at=hub.s2s)
    hub.reload(denying(hub, denied.domain))
    stream = denied.open_stream(hub.s2s, hub.spare_domain())
    denied.send_key(stream, hub.config["node"][0]["domains"][0])
    event = wait_for_event(hub, "", kind="refusal", domain=denied.domain)
    assert event["failure"] == "domain-denied" and event["leg"] == "s2s-in" and event["detail"]


def test_what_the_trust_rules_refuse_is_recorded(hub, component, site):
    remote = site.server(fresh_domain() + ".pkix.example", verify_at=hub.s2s, security="required")
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    remote.send_key(stream, component.domain)
    event = wait_for_event(hub, "trust rule: ", kind="trust", domain=remote.domain)
    assert event["failure"] == "certificate-refused" and event["leg"] == "s2s-in"


def test_connections_beyond_a_limit_are_recorded_and_summed(site):
    hub = site.hub(component_node(fresh_domain("corp")), limits={"connections_per_address": 1})
    remote = site.listener()
    kept = remote.open_stream(hub.s2s, hub.config["node"][0]["domains"][0])
    for _ in range(30):
        site.keep(Stream.connect(hub.s2s))
    refused = eventually(lambda: len(found := events(hub, kind="refusal")) >= 10 and found)
    assert len(refused) == 10 and all("too many" in event["detail"] for event in refused)
    assert refused[0]["actor"].startswith("127.0.0.1:")
    kept.close()
    hub.stop()
    hub.start()
    assert "20 more within a minute" in events(hub, kind="refusal")[-1]["detail"]


def test_nodes_that_come_and_go_are_recorded(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="im1"), timeouts={"node": 1})
    component = site.component(hub, hub.spare_domain())
    wait_for_event(hub, "up", kind="node", domain="im1")
    component.close()
    wait_for_event(hub, "down", kind="node", domain="im1")
    wait_for_event(hub, "away", kind="node", domain="im1")
    assert [event["detail"].split(":")[0] for event in events(hub, kind="node")] == ["up", "down", "away"]


def test_reloads_are_events_and_actions(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    hub.reload(toml.merge(hub.config, {"limits": {"connections": 0}}), outcome="rejected")
    hub.reload(hub.config)
    for outcome in ("rejected: ", "applied: "):
        wait_for_event(hub, outcome, kind="config")
    kinds = eventually(lambda: {row["detail"].split(":")[0] for row in hub.api.get("audit")["items"]} == {"applied", "rejected"})
    assert kinds and all(row["kind"] == "config" for row in hub.api.get("audit")["items"])


def test_orders_are_recorded_with_their_user_and_outcome(hub, component, site):
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    user = f"uid {os.getuid()}"
    assert hub.api.post(f"domains/{remote.domain}/retry") == 204
    wait_for_action(hub, kind="retry", domain=remote.domain, actor=user, detail="done")
    assert hub.api.post(f"domains/{remote.domain}/close") == 204
    wait_for_action(hub, kind="close", domain=remote.domain, actor=user, detail="done")
    assert hub.api.post("streams/999999/close") == 404
    refused = wait_for_action(hub, kind="close", stream=999999, actor=user)
    assert refused["detail"].startswith("refused: ")


def test_pages_follow_each_other(hub, component):
    for _ in range(3):
        hub.api.post("domains/never.heard.example/retry")
    eventually(lambda: hub.api.get("audit")["total"] >= 3)
    first = hub.api.get("audit", limit=2)
    second = hub.api.get("audit", limit=2, after=first["next"])
    assert len(first["items"]) == 2 and first["items"][-1]["id"] > second["items"][0]["id"]


def test_a_killed_hub_keeps_its_history(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="im1"))
    site.component(hub, hub.spare_domain())
    before = wait_for_event(hub, "up", kind="node")
    hub.api.post("domains/never.heard.example/retry")
    wait_for_action(hub, kind="retry")
    hub.signal(signal.SIGKILL)
    hub.wait()
    hub.start()
    assert before in events(hub, kind="node")
    wait_for_action(hub, kind="retry")
    assert "history" not in hub.log


class EventStream:
    """A client that follows the events."""

    def __init__(self, hub, last=None, **query):
        self.connection = UnixConnection(hub.api.path)
        target = "/api/v1/events/stream?" + urlencode(query)
        self.connection.request("GET", target, headers={"Last-Event-ID": str(last)} if last is not None else {})
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def next(self):
        """Returns the next event with its id, which has to be that of the stream."""
        fields = {}
        while line := self.response.readline().decode().rstrip("\n"):
            key, _, value = line.partition(": ")
            if key and not line.startswith(":"):
                fields[key] = value
        if not fields:
            return self.next()
        event = json.loads(fields["data"])
        assert fields["id"] == str(event["id"])
        return event

    def next_of(self, domain):
        """Skips the events of what earlier tests have left."""
        while (event := self.next())["domain"] != domain:
            pass
        return event


def test_events_are_followed_as_they_happen_and_after_a_break(hub, site):
    names = [hub.spare_domain() for _ in range(3)]
    nodes = {domain: node["name"] for node in hub.config["node"] for domain in node["domains"]}
    with EventStream(hub, kind="node") as stream:
        assert stream.response.status == 200 and stream.response.headers["Content-Type"] == "text/event-stream"
        site.component(hub, names[0])
        first = stream.next_of(nodes[names[0]])
        assert first["detail"] == "up"
    site.component(hub, names[1])
    wait_for_event(hub, "up", domain=nodes[names[1]])
    with EventStream(hub, last=first["id"], kind="node") as stream:
        assert stream.next_of(nodes[names[1]])["id"] > first["id"]
        site.component(hub, names[2])
        assert stream.next_of(nodes[names[2]])["detail"] == "up"


def test_a_filter_of_the_stream_leaves_other_events_out(hub, site):
    names = [hub.spare_domain() for _ in range(2)]
    nodes = {domain: node["name"] for node in hub.config["node"] for domain in node["domains"]}
    with EventStream(hub, domain=nodes[names[1]], kind="node") as stream:
        for name in names:
            site.component(hub, name)
        assert stream.next()["domain"] == nodes[names[1]]


def test_an_id_that_is_none_is_refused(hub):
    answer = hub.api.request("GET", "events/stream", headers={"Last-Event-ID": "yesterday"})
    assert answer.status == 400 and "Last-Event-ID" in answer.json()["detail"]


def test_only_some_clients_may_follow(site):
    """16 in all, and 8 of one user."""
    hub = site.hub(component_node(fresh_domain("corp")))
    streams = [EventStream(hub) for _ in range(9)]
    assert [stream.response.status for stream in streams] == [200] * 8 + [503]
    for stream in streams:
        stream.connection.close()


def test_a_damaged_history_is_set_aside_and_the_hub_starts(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="im1"))
    hub.stop()
    state = hub.directory / hub.config["hub"]["state_dir"]
    (state / "history.db").write_bytes(b"damaged" * 1000)
    hub.start()
    hub.wait_for_log(r"history\.db is damaged")
    site.component(hub, hub.spare_domain())
    wait_for_event(hub, "up", kind="node")
    assert (state / "history.db.damaged").read_bytes().startswith(b"damaged")
    lost_events_of(hub)


def lost_events_of(hub):
    """Waits for the notification of lost events: the history looks every 10 s, the notifications every 5 s."""
    def found():
        items = hub.api.get("notifications")["items"]
        return next((item for item in items if item["kind"] == "lost-events"), None)
    return eventually(found, within=30, what="a notification of lost events")


def test_a_history_that_is_removed_while_the_hub_runs_begins_anew(site):
    hub = site.hub(*spare_nodes(2))
    site.component(hub, hub.spare_domain())
    wait_for_event(hub, "up", kind="node")
    for file in (hub.directory / hub.config["hub"]["state_dir"]).glob("history.db*"):
        file.unlink()
    site.component(hub, hub.spare_domain())
    hub.wait_for_log(r"history\.db was removed or replaced")
    wait_for_event(hub, "up", kind="node")
    lost = lost_events_of(hub)
    assert lost["severity"] == "warning" and lost["text"] and lost["remedy"]


def test_without_its_history_the_hub_federates_and_says_why(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    hub.stop()
    (hub.directory / hub.config["hub"]["state_dir"] / "history.db").unlink()
    (hub.directory / hub.config["hub"]["state_dir"] / "history.db").mkdir()
    hub.start()
    hub.wait_for_log(r"events are not recorded: .*history\.db: not a regular file")
    component = site.component(hub, hub.spare_domain())
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    assert hub.api.problem("events")["status"] == 503
    assert eventually(lambda: hub.metric("fedhub_history_events_lost_total") > 0)
    hub.api.post("domains/never.heard.example/retry")
    wait_for_action(hub, kind="retry")
