"""An operator finds a failing partner and its cause, acts on it, and sees the effect."""

import json

import pytest

from peers.site import component_node
from peers.waiting import eventually

DEAD = "dead.example"


@pytest.fixture(scope="module")
def hub(module_site, served):
    return module_site.hub(component_node("corp.example"), listen=served, static_route=[{"domain": DEAD, "address": "127.0.0.1:9"}])


@pytest.fixture(scope="module")
def desk(module_site, hub):
    return module_site.component(hub, "corp.example")


@pytest.fixture(scope="module")
def partner(module_site, hub):
    return module_site.server("partner.example")


def privacy(hub):
    values = {row["key"]: row["value"] for row in hub.api.get("config", limit=1000)["items"]}
    return {name: values[f"federation.{name}"] for name in ("privacy_mode", "allow", "deny")}


def set_privacy(hub, mode, allow=(), deny=()):
    answer = hub.api.request("PATCH", "config", json.dumps({"federation": {"privacy_mode": mode, "allow": list(allow), "deny": list(deny)}}).encode(),
                             {"Content-Type": "application/merge-patch+json", "If-Match": "*"})  # fmt: skip
    assert answer.status == 200, answer.body


def fail_once(desk):
    desk.message("ann@corp.example", f"bob@{DEAD}", "hello")
    desk.expect_stanza(type="error", from_=f"bob@{DEAD}")


def test_a_failing_partner_and_its_cause_are_found_in_three_clicks(console, desk):
    fail_once(desk)
    console.sees("1 domain can't be reached")
    console.press("Domains", within="nav")  # 1
    console.sees(DEAD, "Failing", "Connect refused")
    console.press(DEAD)  # 2: the cause, the remedy, and at which step it failed
    console.sees("Why it fails", "127.0.0.1:9: Connection refused", "What to do: Ask the domain's operator", "Attempts to connect")
    assert [step.text.split()[0] for step in console.all(".timeline > li:first-child .track .failed")] == ["Connect"]
    console.press("Explain", within="main")  # 3: and every step before
    console.sees("Who may federate", "Route", "static", "Failed")


def test_the_overview_itself_leads_to_the_cause_in_one_click(console, desk):
    fail_once(desk)
    console.press(DEAD)
    console.sees("Why it fails", "Connection refused")


def test_retry_makes_an_attempt_that_the_page_shows(console, desk, hub):
    fail_once(desk)
    console.go(f"domains/{DEAD}")
    before = hub.api.domain(DEAD)["attempts"]
    desk.message("ann@corp.example", f"bob@{DEAD}", "waits for the next attempt")
    console.press("Retry now")
    console.sees("The next attempt begins now")
    desk.expect_stanza(type="error")
    eventually(lambda: len(hub.api.domain(DEAD)["attempts"]) > min(len(before), 19), what="one more attempt")
    eventually(lambda: len(console.all(".timeline > li")) == len(hub.api.domain(DEAD)["attempts"]), what="it is shown")


def test_close_asks_first_and_ends_the_streams(console, desk, hub, partner):
    desk.message("ann@corp.example", "bob@partner.example", "opens a stream")
    partner.received.get(timeout=10)
    console.go("domains/partner.example")
    console.press("Close streams")
    console.press("Cancel")
    assert hub.api.domain("partner.example")["streams_out"] == 1
    console.press("Close streams", within=".actions")
    console.press("Close streams")
    eventually(lambda: hub.api.domain("partner.example")["streams_out"] == 0)
    console.sees("No stream is open.")


def test_block_and_unblock_by_the_deny_list(console, desk, hub, partner):
    set_privacy(hub, "off", deny=["old.example"])
    desk.message("ann@corp.example", "bob@partner.example", "before")
    partner.received.get(timeout=10)
    console.go("domains/partner.example")
    console.press("Block")
    console.sees("federation.privacy_mode", "deny-list", "partner.example", "1 other entry, in force from now on as well: old.example")
    console.press("Apply")
    console.sees("Refused")
    assert privacy(hub) == {"privacy_mode": "deny-list", "allow": [], "deny": ["old.example", "partner.example"]}
    desk.message("ann@corp.example", "bob@partner.example", "refused")
    desk.expect_bounce("not-allowed")
    console.press("Unblock")
    console.press("Apply")
    eventually(lambda: privacy(hub)["deny"] == ["old.example"])
    desk.message("ann@corp.example", "bob@partner.example", "after")
    partner.received.get(timeout=10)
    set_privacy(hub, "off")


# Lists, and what Block then does: a change of the allow list, or a text.
ALLOW_LISTS = [
    (["partner.example", "other.example"], ["other.example"]),
    (["*.example", "partner.example"], "The allow list has the pattern *.example, which allows partner.example."),
    (["*"], "The allow list has the pattern *, which allows partner.example."),
    (["other.example"], None),
]


@pytest.mark.parametrize("allow, outcome", ALLOW_LISTS)
def test_block_in_allow_list_mode(console, desk, hub, partner, allow, outcome):
    desk.message("ann@corp.example", "bob@partner.example", "so that the domain is known")
    partner.received.get(timeout=10)
    try:
        set_privacy(hub, "allow-list", allow=allow)
        console.go("domains/partner.example")
        if outcome is None:
            console.press("Unblock")  # the domain is refused already
            console.press("Apply")
            eventually(lambda: privacy(hub)["allow"] == [*allow, "partner.example"])
            return
        console.press("Block")
        if isinstance(outcome, str):
            console.sees(outcome)
            assert privacy(hub)["allow"] == allow
        else:
            console.press("Apply")
            eventually(lambda: privacy(hub)["allow"] == outcome)
            console.sees("Refused")
    finally:
        set_privacy(hub, "off")


def test_explain_shows_its_steps_and_connects_on_demand(console, hub, partner):
    console.go("explain")
    console.type("From", "ann@corp.example")
    console.type("To", "bob@partner.example")
    console.press("Explain", within="form")
    console.sees("Sender", "node of corp.example", "Who may federate", "Route", "Trust rule", "Our published records")
    attempts = partner.attempts
    console.press("Connect")
    console.press("Explain", within="form")
    console.sees("TLS", "Authentication")
    eventually(lambda: partner.attempts > attempts, what="a stream of its own")


def test_a_check_of_the_own_set_up_names_what_is_wrong(console):
    console.go("explain")
    console.press("Certificates")
    console.sees("Result", "Our certificate")


def test_events_are_filtered_and_followed(console, desk, hub):
    fail_once(desk)
    console.go(f"events?domain={DEAD}")
    console.sees("Connect refused")
    console.choose("Kind", "Attempt")
    kinds = "return [...new Set([...document.querySelectorAll('tbody [data-label=Kind]')].map((x) => x.textContent))]"
    eventually(lambda: console.run(kinds) == ["Attempt"], what="attempts only")
    console.go("events")
    set_privacy(hub, "deny-list", deny=["followed.example"])
    console.sees("Configuration")
    set_privacy(hub, "off")


def test_a_stream_is_found_and_closed(console, desk, hub, partner):
    desk.message("ann@corp.example", "bob@partner.example", "opens a stream")
    partner.received.get(timeout=10)
    console.go("streams")
    console.choose("Kind", "To a remote server")
    eventually(lambda: len(console.all("tbody tr")) == 1)
    console.press("partner.example")
    console.sees("Domains it speaks for", "corp.example", "TLS")
    console.press("Close stream")
    console.press("Close stream")
    console.sees("This stream has ended.")


def test_notifications_are_acknowledged(console, hub):
    console.go("notifications")
    console.sees("Domain without certificate", "no certificate covers corp.example", "What to do")
    text = next(one["text"] for one in hub.api.get("notifications")["items"] if "corp.example" in one["text"])
    console.press(f"Acknowledge: {text}")
    console.sees("Acknowledged by")
