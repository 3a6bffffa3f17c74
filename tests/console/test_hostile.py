"""Whatever strangers write is shown as text. The hub is played here: every text of its answers is hostile."""

import re
from urllib.parse import quote

import pytest

from browser import PAGES, Console
from peers.fake_api import DONE, Answer, FakeApi
from peers.hub import REPOSITORY

ASSETS = REPOSITORY / "actors/console/assets"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8"}
EVIL = """"'><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>javascript:window.hacked=1\u202e{{7*7}}"""
TIME = "2026-11-30T11:00:00Z"


def domain(**more):
    return {
        "name": EVIL, "state": EVIL, "since": EVIL, "streams_in": 1, "streams_out": 1, "attempt_count": 3, "failure": EVIL, "detail": EVIL,
        "queued_stanzas": 1, "queued_bytes": 2, "senders_affected": 1, "stanzas_in": 1, "stanzas_out": 1, "bytes_in": 1, "bytes_out": 1,
        "proof_in": EVIL, "tls_in": EVIL, "failing_since": TIME, "last_success": EVIL,
    } | more  # fmt: skip


CERTIFICATE = {"verdict": EVIL, "subject": EVIL, "issuer": EVIL, "sha256": EVIL, "not_after": EVIL}
STREAM = {
    "id": 7, "leg": EVIL, "state": EVIL, "peer": EVIL, "address": EVIL, "opened": EVIL, "pairs": [{"from": EVIL, "to": EVIL, "proof": EVIL}],
    "tls": EVIL, "cipher": EVIL, "group": EVIL, "certificate": CERTIFICATE, "features": [EVIL],
}  # fmt: skip
NODE = {"name": EVIL, "protocol": EVIL, "domains": [EVIL], "links": [{"address": EVIL, "since": EVIL}], "health": EVIL, "why": EVIL, "last_error": EVIL}
NOTE = {"id": 1, "kind": EVIL, "severity": EVIL, "since": EVIL, "text": EVIL, "remedy": EVIL, "acknowledged_by": EVIL}
STEPS = {"verdict": EVIL, "steps": [{"step": EVIL, "result": EVIL, "failure": EVIL, "detail": EVIL, "remedy": EVIL, "source": EVIL}]}
ATTEMPT = {"started": EVIL, "outcome": EVIL, "failure": EVIL, "detail": EVIL, "target": EVIL,
           "steps": [{"step": EVIL, "started": EVIL, "outcome": EVIL, "detail": EVIL}]}  # fmt: skip
STATUS = {
    "name": EVIL, "version": EVIL, "role": EVIL, "since": EVIL, "ready": False, "not_ready": EVIL, "listeners": [{"key": EVIL, "address": EVIL}],
    "config": {"applied": EVIL}, "federation": False, "notifications": 1, "nodes": [NODE], "certificates": [{"name": EVIL, "days_left": 3}],
    "counts": {"domains": {EVIL: 1}, "streams": {EVIL: {EVIL: 1}}, "queued_stanzas": 1, "queued_bytes": 1},
}  # fmt: skip
EVENT = {"id": 1, "time": EVIL, "kind": EVIL, "domain": EVIL, "leg": EVIL, "failure": EVIL, "detail": EVIL, "actor": EVIL}
QUOTED = EVIL.replace("\\", "\\\\").replace('"', '\\"')
KEYS = [
    {"key": f'static_route."{QUOTED}".domain', "value": EVIL, "file": EVIL, "line": 1},
    {"key": f'trust."{QUOTED}".domain', "value": EVIL, "file": EVIL, "line": 1},
    {"key": "federation.deny", "value": [EVIL], "default": []}, {"key": "federation.privacy_mode", "value": EVIL, "default": "off"},
]  # fmt: skip
CHANGE = {"number": 1, "time": EVIL, "who": EVIL, "undo": False, "changes": [{"key": EVIL, "old": EVIL, "new": EVIL}]}


def page_of(*items):
    return {"items": list(items), "total": len(items)}


@pytest.fixture(scope="module")
def hostile():
    files = {f"GET /console/0/{file.name}": Answer(file.read_text(), kind=TYPES[file.suffix]) for file in ASSETS.iterdir()}
    html = (ASSETS / "index.html").read_text().replace("@VERSION@", "0")

    hub = FakeApi(answers=files | {
        "GET /": Answer(html, kind=TYPES[".html"]),
        "GET session": {"user": EVIL, "role": "operator"},
        "GET status": STATUS, "GET domains": page_of(domain()), f"GET domains/{EVIL}": domain(
            rule={"trust": EVIL, "methods": [EVIL], "security_mode": EVIL, "privacy_mode": EVIL, "pattern": EVIL}, streams=[STREAM],
            stream_count=1, certificate=CERTIFICATE, attempts=[ATTEMPT]),
        "GET streams": page_of(STREAM), "GET streams/7": STREAM, "GET nodes": page_of(NODE), "GET notifications": page_of(NOTE),
        "GET events": page_of(EVENT), "GET config": page_of(*KEYS), "GET config/history": page_of(CHANGE), "POST explain": STEPS,
        "POST check": STEPS, f"POST domains/{EVIL}/retry": DONE,
        "GET series": {"name": EVIL, "unit": EVIL, "step_s": 30, "since": TIME, "values": [1, None, 2]},
    })  # fmt: skip
    yield hub
    hub.close()


@pytest.fixture(scope="module")
def opened(driver, hostile):
    console = Console(driver, f"http://127.0.0.1:{hostile.port}")
    driver.get(f"{console.origin}/")
    return console.wait("nav")


@pytest.mark.parametrize("page", [*PAGES, "domains/EVIL", "streams/7", "explain?from=EVIL&to=EVIL", "events?domain=EVIL", "no-such-page", "%"])
def test_hostile_texts_are_shown_as_text(opened, page):
    opened.run("location.hash = arguments[0]", "#/" + page.replace("EVIL", quote(EVIL, safe="")))
    opened.settle()
    if page not in ("explain", "no-such-page", "%"):
        opened.sees("<img src=x onerror=")
    assert opened.run("return window.hacked") is None
    assert not opened.has("img") and not opened.has("main script") and not opened.has("iframe")
    links = opened.run("return [...document.querySelectorAll('a')].map((x) => x.href)")
    assert all(re.match(re.escape(opened.origin) + "/", link) for link in links), links
    assert [fault for fault in opened.faults() if "Invalid time" not in fault] == []


def test_a_token_in_the_address_can_only_be_a_token(opened, driver):
    driver.get("about:blank")
    driver.get(f"{opened.origin}/#token=<img src=x onerror=window.hacked=1>")
    opened.wait("nav")
    assert opened.run("return [window.hacked, location.hash]") == [None, ""]
