"""Changes of the configuration through the API: all or nothing, dry run, history, undo."""

import json
import os
import stat
import threading
import tomllib

import pytest

from peers import toml
from peers.hub import SECRET
from peers.site import component_node, fresh_domain
from peers.waiting import eventually

ROUTE = "partner.example 192.0.2.7:5269"


@pytest.fixture
def hub(site):
    return site.hub(
        component_node(fresh_domain("corp"), name="cm-1"),
        static_route=[{"domain": "partner.example", "address": "192.0.2.7", "priority": 5}],
    )


def values(hub) -> dict:
    return {row["key"]: row["value"] for row in hub.api.get("config", limit=1000)["items"]}


def origin(hub, key) -> str:
    return next(row.get("file") for row in hub.api.get("config", limit=1000)["items"] if row["key"] == key)


def etag(hub) -> str:
    return hub.api.request("GET", "config").headers["ETag"]


def send(hub, patch, match=None, **query):
    body = patch if isinstance(patch, bytes) else json.dumps(patch).encode()
    headers = {"Content-Type": "application/merge-patch+json", "If-Match": match or etag(hub)}
    return hub.api.request("PATCH", "config", body, headers, **query)


def change(hub, patch, **query) -> dict:
    answer = send(hub, patch, **query)
    assert answer.status == 200, answer.body
    assert answer.headers["ETag"] == '"%s"' % answer.json()["version"]
    return answer.json()


def undo(hub, **headers):
    return hub.api.request("POST", "config/undo", headers={"If-Match": etag(hub), **headers})


def console(hub):
    return hub.directory / hub.config["hub"]["state_dir"] / "layers" / "console.toml"


def test_a_change_is_applied_and_survives_a_restart(hub):
    report = change(hub, {"federation": {"privacy_mode": "deny-list", "deny": ["bad.example"]}})
    assert report["applied"] and report["changes"] == [
        {"key": "federation.deny", "old": [], "new": ["bad.example"]},
        {"key": "federation.privacy_mode", "old": "off", "new": "deny-list"},
    ]
    assert values(hub)["federation.deny"] == ["bad.example"]
    assert origin(hub, "federation.deny") == str(console(hub))
    assert stat.S_IMODE(console(hub).stat().st_mode) == 0o600
    hub.wait_for_log(f"uid {os.getuid()} changed 2 keys of the configuration: federation.deny, federation.privacy_mode")
    hub.stop()
    hub.start()
    assert values(hub)["federation.privacy_mode"] == "deny-list"
    change(hub, {"federation": {"deny": None, "privacy_mode": None}})
    assert values(hub)["federation.deny"] == []


def test_the_hubs_own_change_does_not_make_it_read_its_files_again(hub):
    change(hub, {"limits": {"stanza_depth": 70}})
    (hub.directory / "fedhub.d").mkdir()  # a change that is noticed, after which the first would have been noticed too
    eventually(lambda: "fedhub.d has changed" in hub.log, what="a look at the files")
    assert "console.toml has changed" not in hub.log


def test_a_dry_run_answers_the_same_and_changes_nothing(hub):
    before, version = values(hub), etag(hub)
    report = change(hub, {"limits": {"stanza_depth": 70}}, dry_run="true")
    assert report["applied"] is False
    assert report["changes"] == [{"key": "limits.stanza_depth", "old": 64, "new": 70}]
    assert values(hub) == before and etag(hub) == version and not console(hub).exists()
    assert hub.api.get("config/history")["items"] == []
    assert send(hub, {"limits": {"stanza_depth": 1}}, dry_run="true").status == 422
    assert send(hub, {}, dry_run="perhaps").status == 400


# A change of rows, and the priorities of the routes in force then, by domain.
ROWS = [
    ({ROUTE: {"priority": 1}}, {"partner.example": 1}),
    ({"PARTNER.example 192.0.2.7": {"priority": 1}}, {"partner.example": 1}),
    ({ROUTE: None}, {}),
    ({ROUTE: {"priority": None}}, {"partner.example": 0}),
    ({ROUTE: {}}, {"partner.example": 5}),
    ({"new.example [2001:db8::1]": {"priority": 2}}, {"partner.example": 5, "new.example": 2}),
    ({"new.example 192.0.2.1": {"priority": 2}, ROUTE: None}, {"new.example": 2}),
]  # fmt: skip


def priorities(hub) -> dict:
    """Returns the priority of each route in force, by its domain."""
    found = {}
    for key, value in values(hub).items():
        if key.startswith("static_route.") and key.endswith(".domain"):
            found[value] = values(hub).get(key.removesuffix("domain") + "priority", 0)
    return found


def test_rows_are_named_by_their_identity(hub):
    for rows, expected in ROWS:
        change(hub, {"static_route": rows})
        assert priorities(hub) == expected, rows
        change(hub, {"static_route": None})
        assert priorities(hub) == {"partner.example": 5}


def test_a_removed_row_can_be_set_again_and_a_row_of_the_api_removed(hub):
    change(hub, {"static_route": {ROUTE: None}})
    change(hub, {"static_route": {ROUTE: {"priority": 3}}})
    assert priorities(hub) == {"partner.example": 3}
    change(hub, {"static_route": {"new.example 192.0.2.1": {}}})
    change(hub, {"static_route": {"new.example 192.0.2.1": None}})
    assert priorities(hub) == {"partner.example": 3}
    assert "new.example" not in console(hub).read_text()


def test_the_history_shows_a_row_of_the_files_that_was_removed(hub):
    change(hub, {"static_route": {ROUTE: None}})
    [item] = hub.api.get("config/history")["items"]
    assert {"key": f'static_route."{ROUTE}".removed', "new": True} in item["changes"]


def test_a_changed_node_keeps_its_secret_which_no_answer_shows(hub):
    report = change(hub, {"node": {"cm-1": {"domains": ["other.example"]}}})
    assert report["changes"][0]["new"] == ["other.example"]
    assert tomllib.loads(console(hub).read_text())["node"][0]["secret"] == hub.config["node"][0]["secret"]
    secret = "an entirely new secret"
    report = change(hub, {"federation": {"dialback_secret": secret}})
    assert report["changes"] == [{"key": "federation.dialback_secret", "old": "***", "new": "***"}]
    history = hub.api.request("GET", "config/history").body.decode()
    assert secret not in history and SECRET not in history and hub.config["node"][0]["secret"] not in history
    assert '"***"' in history


# Patches that can't be applied: what is wrong, the key of the problem, a part of it.
REFUSED = [
    ({"limits": {"stanza_depth": 1}}, "limits.stanza_depth", "integer 4..4096"),
    ({"limits": {"stanza_depht": 5}}, "limits.stanza_depht", "did you mean stanza_depth?"),
    ({"nonsense": {"a": 1}}, "nonsense", "an unknown key"),
    ({"hub": {"name": "x"}}, "hub", "file-only"),
    ({"listen": {"s2s": []}}, "listen", "file-only"),
    ({"admin": {"group": ""}}, "admin", "file-only"),
    ({"federation": {"dialback_secret_file": "/etc/shadow"}}, "federation.dialback_secret_file", "file-only"),
    ({"tls": {"ca_file": "/etc/shadow"}}, "tls.ca_file", "file-only"),
    ({"tls": {"certificate": {"/a.pem": {"key_file": "/b"}}}}, "tls.certificate", "file-only"),
    ({"node": {"cm-1": {"secret_file": "/etc/shadow"}}}, 'node."cm-1".secret_file', "file-only"),
    ({"node": {"cm-1": {"secret": "***"}}}, 'node."cm-1".secret', "the secret itself"),
    ({"federation": {"dialback_secret_previous": ["***"]}}, "federation.dialback_secret_previous[0]", "the secret itself"),
    ({"federation": {"dialback_secret": "***"}}, "federation.dialback_secret", "the secret itself"),
    ({"static_route": {"never.example 192.0.2.1": None}}, 'static_route."never.example 192.0.2.1"', "no such row"),
    ({"static_route": {"without-address.example": {}}}, 'static_route."without-address.example"', "no identity"),
    ({"static_route": {ROUTE: {"domain": "x.example"}}}, f'static_route."{ROUTE}"', "another identity"),
    ({"static_route": {ROUTE: {"removed": True}}}, f'static_route."{ROUTE}".removed', "null as the row"),
    ({"static_route": {ROUTE: 1}}, f'static_route."{ROUTE}"', "object"),
    ({"static_route": []}, "static_route", "object with a row for each identity"),
    ({"federation": {"deny": [None]}}, "federation.deny[0]", "null"),
    ({"limits": {"stanza_depth": 2**63}}, "limits.stanza_depth", "64 bits"),
    ({"limits": 5}, "limits", "table"),
    ([], None, "a merge patch"),
    (b"{", None, "a merge patch"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, None, "a merge patch"),
]


def test_a_bad_change_is_refused_with_its_problems_and_nothing_is_written(hub):
    before = values(hub)
    for patch, key, text in REFUSED:
        mixed = patch if not isinstance(patch, dict) else toml.merge({"timeouts": {"queue": 9}}, patch)
        answer = send(hub, mixed)
        assert answer.status == 422, (patch, answer.body)
        problems = answer.json()["problems"]
        assert any(problem.get("key") == key and text in problem["found"] + problem["allowed"] for problem in problems), (patch, problems)
        assert all(problem["file"] == str(console(hub)) for problem in problems), problems
    assert values(hub) == before and not console(hub).exists()


def test_a_problem_outside_of_the_text_is_found_as_well(hub):
    (hub.directory / "bad.pem").write_text("no certificate")
    hub.config_file.write_text(hub.config_file.read_text() + '[[tls.certificate]]\nchain_file = "bad.pem"\nkey_file = "bad.pem"\n')
    answer = send(hub, {"limits": {"stanza_depth": 70}})
    assert answer.status == 422 and "bad.pem" in answer.json()["detail"]
    assert not console(hub).exists()


def test_only_the_first_of_two_changes_for_one_version_is_made(hub):
    match, answers = etag(hub), []
    threads = [
        threading.Thread(target=lambda depth=depth: answers.append(send(hub, {"limits": {"stanza_depth": depth}}, match)))
        for depth in range(70, 76)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [412] * 5
    assert len(hub.api.get("config/history")["items"]) == 1
    assert send(hub, {"limits": {"stanza_depth": 80}}, "*").status == 200
    for bad in ("1", '"1"', "W/" + etag(hub)):
        assert send(hub, {"limits": {"stanza_depth": 81}}, bad).status == 412, bad


def test_a_change_needs_a_version_and_its_media_type(hub):
    body = b'{"limits": {"stanza_depth": 70}}'
    assert hub.api.request("PATCH", "config", body, {"Content-Type": "application/merge-patch+json"}).status == 428
    assert hub.api.request("PATCH", "config", body, {"Content-Type": "application/json", "If-Match": "*"}).status == 415
    assert hub.api.request("POST", "config/undo").status == 428
    assert values(hub)["limits.stanza_depth"] == 64


def test_undo_goes_back_change_by_change(hub):
    assert undo(hub).status == 409
    for depth in (70, 71, 72):
        change(hub, {"limits": {"stanza_depth": depth}})
    seen = []
    for _ in range(3):
        answer = undo(hub)
        assert answer.status == 200, answer.body
        seen.append(values(hub)["limits.stanza_depth"])
    assert seen == [71, 70, 64]
    assert undo(hub).status == 409
    change(hub, {"limits": {"stanza_depth": 73}})
    assert undo(hub).status == 200 and values(hub)["limits.stanza_depth"] == 64
    items = hub.api.get("config/history")["items"]
    assert [item["number"] for item in items] == list(range(8, 0, -1))
    assert [item["undo"] for item in items] == [True, False, True, True, True, False, False, False]
    assert items[-1]["changes"] == [{"key": "limits.stanza_depth", "new": 70}]
    assert all(item["who"] == f"uid {os.getuid()}" for item in items)


def test_the_last_20_versions_are_kept(hub):
    for depth in range(100, 125):
        change(hub, {"limits": {"stanza_depth": depth}})
    assert [item["number"] for item in hub.api.get("config/history")["items"]] == list(range(25, 5, -1))
    files = list((console(hub).parent / "history").iterdir())
    assert len(files) == 20 and all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_what_somebody_has_edited_is_not_lost(hub):
    change(hub, {"limits": {"stanza_depth": 70}})
    console(hub).write_text("limits.stanza_depth = 99\n")
    eventually(lambda: values(hub)["limits.stanza_depth"] == 99, what="the edited file in force")
    change(hub, {"limits": {"stanza_depth": 71}})
    assert undo(hub).status == 200
    assert values(hub)["limits.stanza_depth"] == 99
    assert "an editor" in [item["who"] for item in hub.api.get("config/history")["items"]]


def test_a_change_that_can_t_be_written_is_not_applied(hub):
    (hub.directory / hub.config["hub"]["state_dir"] / "layers").write_text("in the way")
    answer = send(hub, {"limits": {"stanza_depth": 70}})
    assert answer.status == 503 and "layers" in answer.json()["detail"], answer.body
    assert values(hub)["limits.stanza_depth"] == 64


def test_without_auto_reload_changed_files_wait(site):
    hub = site.hub(component_node(fresh_domain("corp")), admin={"auto_reload": False})
    config = toml.merge(hub.config, {"limits": {"stanza_depth": 70}})
    hub.write_config(config)
    eventually(lambda: "fedhub.toml has changed" in hub.log, what="the change noticed")
    (hub.directory / "fedhub.d").mkdir()
    eventually(lambda: "fedhub.d has changed" in hub.log, what="a later change noticed")
    assert values(hub)["limits.stanza_depth"] == 64
    assert hub.api.request("POST", "config/reload").status == 200
    assert values(hub)["limits.stanza_depth"] == 70
