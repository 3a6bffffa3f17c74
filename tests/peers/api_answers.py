"""Answers of a hub's API, as its description has them."""

from datetime import datetime, timedelta, timezone


def ago(**parts):
    """Returns the time that long ago as the API writes it; with negative parts a time to come."""
    return (datetime.now(timezone.utc) - timedelta(**parts)).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(items, total=None, next=None):
    answer = {"items": items, "total": len(items) if total is None else total}
    return answer if next is None else answer | {"next": next}


def status():
    return {
        "name": "fedhub.corp.example", "version": "0.1.0", "role": "standalone", "since": ago(days=3, minutes=1),
        "ready": True, "federation": True, "config": {"version": "a1b2", "state": "in force"},
        "counts": {"domains": {"connected": 12, "failing": 3}, "streams": {"s2s-in": {"authenticated": 9, "negotiating": 1}},
                   "queued": 7},
        "nodes": [{"name": "im1", "links": 2}],
        "certificates": [{"subject": "corp.example", "days_left": 42}],
        "name_servers": [{"address": "192.0.2.53:53", "last_answer": ago(seconds=5)}],
        "notifications": 1,
    }  # fmt: skip


def connected_domain(name="partner.example", **more):
    return {
        "name": name, "state": "connected", "since": ago(hours=2, minutes=1), "streams_in": 1, "streams_out": 1,
        "proof_in": "pkix", "proof_out": "dialback", "last_success": ago(minutes=3, seconds=1), "queued_stanzas": 0,
        "stanzas_in": 120, "stanzas_out": 80, "bytes_in": 1536, "bytes_out": 200,
    } | more  # fmt: skip


def failing_domain(name="broken.example", **more):
    return {
        "name": name, "state": "failing", "since": ago(hours=5, minutes=1), "failing_since": ago(hours=5, minutes=1),
        "failure": "dns-not-found", "detail": "no SRV record and no address", "attempt_count": 17,
        "next_attempt": ago(seconds=-90), "queued_stanzas": 4, "senders_affected": 2,
    } | more  # fmt: skip


def attempt():
    return {
        "started": ago(minutes=2, seconds=2), "ended": ago(minutes=2), "outcome": "failed", "failure": "connect-timeout",
        "detail": "no answer of 192.0.2.7", "target": "192.0.2.7:5269",
        "steps": [
            {"step": "resolve", "started": ago(minutes=2, seconds=2), "duration_s": 0.012, "outcome": "ok"},
            {"step": "connect", "duration_s": 2, "outcome": "failed", "detail": "no answer"},
        ],
    }  # fmt: skip


def stream(id="s1", **more):
    return {
        "id": id, "leg": "s2s-in", "state": "authenticated", "peer": "192.0.2.7:40112",
        "pairs": [{"from": "partner.example", "to": "corp.example", "proof": "pkix"}], "tls": "1.3",
        "certificate": {"verdict": "pkix", "subject": "partner.example", "not_after": ago(days=-40)},
        "opened": ago(hours=1, minutes=1), "idle_s": 12.5, "stanzas_in": 5, "stanzas_out": 0,
    } | more  # fmt: skip


def node(name="im1", **more):
    return {
        "name": name, "protocol": "component", "domains": ["corp.example", "chat.corp.example"],
        "links": [{"address": "10.0.0.5:51200", "since": ago(days=1, hours=1)}], "health": "up", "stanzas_in": 3,
        "stanzas_out": 4, "queued_stanzas": 0,
    } | more  # fmt: skip


def event(id=1, **more):
    return {"id": id, "time": ago(minutes=1, seconds=1), "kind": "attempt", "domain": "broken.example",
            "failure": "dns-not-found", "detail": "no SRV record"} | more  # fmt: skip


def notification(id="7", **more):
    return {"id": id, "kind": "certificate", "severity": "warning", "since": ago(days=2, hours=1),
            "text": "The certificate of corp.example ends in 6 days.", "remedy": "Renew it."} | more  # fmt: skip


def explanation(verdict="fail"):
    return {
        "verdict": verdict,
        "steps": [
            {"step": "sender", "result": "ok", "detail": "node im1 speaks for corp.example", "source": "configuration"},
            {"step": "resolver", "result": "fail", "failure": "dns-not-found", "detail": "no such name",
             "remedy": "Check the spelling.", "duration_s": 0.034},
            {"step": "connect", "result": "skipped"},
        ],
    }  # fmt: skip


def config():
    return page([
        {"key": "federation.enabled", "value": True, "default": True},
        {"key": "limits.connections", "value": 500, "default": 10000, "file": "/etc/fedhub/fedhub.toml", "line": 12},
        {"key": "limits.connections_per_address", "value": 20, "default": 20},
        {"key": "dialback.secret", "value": "***", "file": "/etc/fedhub/fedhub.toml", "line": 30},
    ])  # fmt: skip
