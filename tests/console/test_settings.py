"""Changes of the configuration: shown before they are applied, taken back, and made by two operators at once."""

import json

import pytest

from peers.site import component_node
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site, served):
    return module_site.hub(component_node("corp.example"), listen=served, static_route=[{"domain": "old.example", "address": "192.0.2.7", "priority": 5}])


def values(hub):
    return {row["key"]: row["value"] for row in hub.api.get("config", limit=1000)["items"]}


def patch(hub, change):
    """A change by another operator."""
    answer = hub.api.request("PATCH", "config", json.dumps(change).encode(), {"Content-Type": "application/merge-patch+json", "If-Match": "*"})
    assert answer.status == 200, answer.body


def test_a_static_route_is_added_and_a_stanza_is_delivered_by_it(console, hub, module_site):
    desk = module_site.component(hub, "corp.example")
    server = module_site.server("routed.example")
    module_site.dns.remove("routed.example")
    desk.message("ann@corp.example", "bob@routed.example", "no way")
    desk.expect_stanza(type="error")
    console.go("settings")
    console.press("Add a static route")
    console.type("Domain", "routed.example")
    console.type("Address", "127.0.0.1:%d" % server.address[1])
    console.press("Review")
    console.sees("takes effect at once, without a restart", f'static_route."routed.example 127.0.0.1:{server.address[1]}".domain')
    assert "routed.example" not in json.dumps(values(hub)), "it was applied before it was reviewed"
    console.press("Apply")
    console.sees("Applied:", "set here")
    hub.api.post("domains/routed.example/retry")

    def delivered():
        desk.message("ann@corp.example", "bob@routed.example", "found")
        return not server.received.empty() or server.received.get(timeout=1)

    eventually(delivered, what="a stanza over the route")


def test_a_route_of_a_file_is_changed_and_removed(console, hub):
    console.go("settings")
    console.press("Change the static route old.example 192.0.2.7:5269")
    console.type("Priority", "7")
    console.press("Review")
    console.sees("priority", "5", "7")
    console.press("Apply")
    eventually(lambda: values(hub)['static_route."old.example 192.0.2.7:5269".priority'] == 7)
    console.press("Remove the static route old.example 192.0.2.7:5269")
    console.press("Apply")
    eventually(lambda: not any("old.example" in key for key in values(hub)))
    eventually(lambda: not console.has("[aria-label='Remove the static route old.example 192.0.2.7:5269']"), what="the row is gone")


def test_a_trust_rule_is_added(console, hub):
    console.go("settings")
    console.press("Add a trust rule")
    console.type("Domain", "*.bank.example")
    console.run("document.querySelector('dialog [name=method][value=pkix]').click()")
    console.press("Review")
    console.press("Apply")
    eventually(lambda: values(hub).get('trust."*.bank.example".methods') == ["pkix"])
    console.sees("*.bank.example")


def test_undo_takes_the_last_change_back_after_it_was_shown(console, hub):
    patch(hub, {"limits": {"stanza_depth": 70}})
    console.go("settings")
    console.press("Undo the last change")
    console.sees("limits.stanza_depth", "70", "64")
    assert values(hub)["limits.stanza_depth"] == 70
    console.press("Apply")
    eventually(lambda: values(hub)["limits.stanza_depth"] == 64)
    console.sees("Undo by")


# A field, what is chosen there, its key, the value in force then.
FIELDS = [
    ("Security mode", "TLS required", "federation.security_mode", "tls-required"),
    ("Require client certificates", "On", "federation.require_client_certificates", True),
    ("XMPP federation support", "Off", "federation.enabled", False),
    ("Privacy mode", "Allow list: only the domains on it", "federation.privacy_mode", "allow-list"),
    ("Use static routes", "Off", "federation.use_static_routes", False),
]


@pytest.mark.parametrize("label, option, key, value", FIELDS)
def test_a_choice_is_applied_and_taken_back(console, hub, label, option, key, value):
    before = values(hub)[key]
    console.go("settings")
    console.choose(label, option)
    console.sees("Not applied yet.")
    assert values(hub)[key] == before
    eventually(lambda: console.run("const button = [...document.querySelectorAll('button.primary:enabled')].find((x) => /^Review 1/.test(x.textContent)); button?.click(); return Boolean(button)"))
    console.sees(key)
    console.press("Apply")
    eventually(lambda: values(hub)[key] == value)
    console.press(f"Take back {key}", within=".origin")
    console.press("Apply")
    eventually(lambda: values(hub)[key] == before)


def test_lists_and_the_secret_are_changed_in_one_review(console, hub):
    console.go("settings")
    console.type("Deny list", "spam.example\n*.bad.example")
    console.choose("Privacy mode", "Deny list: all domains but those on it")
    console.press("Review change: Who may federate")
    console.sees("spam.example, *.bad.example", "deny-list")
    console.press("Apply")
    eventually(lambda: values(hub)["federation.deny"] == ["spam.example", "*.bad.example"])
    console.type("Dialback secret", "an entirely new secret")
    console.press("Review change: Federation")
    console.sees("federation.dialback_secret", "***")
    assert "an entirely new secret" not in console.text
    console.press("Apply")
    eventually(lambda: [one["key"] for one in hub.api.get("config/history")["items"][0]["changes"]] == ["federation.dialback_secret"])
    patch(hub, {"federation": {"deny": None, "privacy_mode": None, "dialback_secret": None}})


def test_any_other_key_is_found_and_changed_with_the_hubs_own_words_for_what_is_wrong(console, hub):
    console.go("settings")
    console.type("Find a key, a value or a file", "stanza_depth")
    console.press("Change limits.stanza_depth")
    console.type("Value", "1")
    console.press("Review")
    console.sees("limits.stanza_depth", "allowed: integer 4..4096")
    assert not console.control("Apply").is_enabled()
    console.press("Cancel")
    console.press("Change limits.stanza_depth")
    console.type("Value", "71")
    console.press("Review")
    console.press("Apply")
    eventually(lambda: values(hub)["limits.stanza_depth"] == 71)
    patch(hub, {"limits": {"stanza_depth": None}})
    console.type("Find a key, a value or a file", "hub.name")
    console.sees("hub.name", "files only")


def test_of_two_operators_the_slower_one_is_told_and_finds_a_way_out(console, hub):
    console.go("settings")
    console.choose("Security mode", "TLS required")
    console.press("Review change: Federation")
    console.sees("federation.security_mode")
    patch(hub, {"limits": {"stanza_depth": 72}})  # the faster one
    console.press("Apply")
    console.sees("Somebody else changed the configuration", "nothing was applied")
    assert values(hub)["federation.security_mode"] == "tls-optional"
    console.press("Show what would change now")
    console.sees("tls-optional", "tls-required")
    changed = "return [...document.querySelectorAll('dialog .changes code')].map((x) => x.textContent)"
    eventually(lambda: console.run(changed) == ["federation.security_mode"], what="only the own change")
    console.press("Apply")
    eventually(lambda: values(hub)["federation.security_mode"] == "tls-required")
    assert values(hub)["limits.stanza_depth"] == 72, "the other one's change is lost"
    patch(hub, {"limits": {"stanza_depth": None}, "federation": {"security_mode": None}})


def test_what_was_chosen_is_kept_when_another_operator_changes_something(console, hub):
    console.go("settings")
    console.choose("Security mode", "No TLS")
    patch(hub, {"limits": {"stanza_depth": 73}})
    console.sees("Somebody else has changed the configuration.")
    console.press("Show the configuration in force")
    console.sees("Not applied yet.")
    assert console.control("Security mode").get_attribute("value") == "no-tls"
    console.press("Discard: Federation")
    assert console.control("Security mode").get_attribute("value") == "tls-optional"
    patch(hub, {"limits": {"stanza_depth": None}})


def test_each_value_shows_where_it_comes_from(console, hub):
    console.go("settings")
    console.type("Find a key, a value or a file", "federation.")
    rows = {row.split("\n")[0]: row for row in console.run("return [...document.querySelectorAll('main section:last-child tbody tr')].map((x) => x.innerText.replaceAll('\\t', '\\n'))")}
    assert "fedhub.toml:" in rows["federation.security_mode"]
    assert "default" in rows["federation.enabled"]
