"""Log-in: by password or one-time token; what a viewer may do; how a session ends."""

import pytest

from browser import Console, origin_of, password_hash
from peers.site import component_node
from peers.waiting import eventually

DEAD = "dead.example"


@pytest.fixture(scope="module")
def hub(module_site, served):
    hub = module_site.hub(
        component_node("corp.example"), listen=served,
        admin={"user": [
            {"name": "ann", "role": "operator", "password_hash": password_hash("ann's password")},
            {"name": "vic", "role": "viewer", "password_hash": password_hash("vic's password")},
        ]},
        static_route=[{"domain": DEAD, "address": "127.0.0.1:9"}],
    )  # fmt: skip
    desk = module_site.component(hub, "corp.example")
    desk.message("ann@corp.example", f"bob@{DEAD}", "hello")
    desk.expect_stanza(type="error")
    return hub


@pytest.fixture
def tab(driver, hub):
    tab = Console(driver, origin_of(hub))
    tab.resize(1280)
    yield tab
    assert tab.faults() == []


def test_nobody_gets_in_without_a_log_in(tab):
    tab.driver.get("about:blank")
    tab.driver.get(f"{tab.origin}/#/settings")
    tab.sees("Log in", "fedhubctl console")
    assert not tab.has("nav")
    assert tab.run("return fetch('/api/v1/status').then((x) => x.status)") == 401
    assert tab.axe() == []


def test_a_wrong_password_is_refused_and_a_right_one_lets_in(tab):
    tab.log_in_by_password("ann", "wrong")
    tab.wait("[role=alert]")
    assert not tab.has("nav") and tab.run("return document.activeElement.id") == "password"
    tab.type("Password", "ann's password")
    tab.press("Log in")
    tab.wait("nav")
    tab.sees("ann", "Overview")
    assert "viewer" not in tab.text


def test_the_token_leaves_the_address_at_once_and_works_once(tab, hub):
    token = hub.api.send("POST", "tokens", {}).json()["token"]
    tab.driver.get("about:blank")
    tab.driver.get(f"{tab.origin}/#token={token}")
    tab.wait("nav")
    assert token not in tab.driver.current_url and token not in tab.run("return document.documentElement.outerHTML")
    assert token not in tab.run("return JSON.stringify([history.state, Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])")
    tab.driver.get("about:blank")
    tab.driver.get(f"{tab.origin}/#token={token}")
    tab.wait("[role=alert]")
    tab.sees("can be used once")
    assert not tab.has("nav")


def test_log_out_ends_the_session_at_the_hub(tab, hub):
    tab.log_in(hub)
    tab.run("const original = window.fetch; window.sent = []; window.fetch = (url, more) => { window.sent.push(more?.headers?.Authorization); return original(url, more); }")
    tab.press("Nodes")
    eventually(lambda: any(tab.run("return window.sent")))
    bearer = tab.run("return window.sent.find((x) => x)")
    tab.press("Log out")
    tab.sees("You are logged out.")
    assert tab.run("return fetch('/api/v1/status', {headers: {Authorization: arguments[0]}}).then((x) => x.status)", bearer) == 401


# Each page, and the controls of it that a viewer sees and can't use.
REFUSED = [
    (f"domains/{DEAD}", ["Retry now", "Block"], "Retry, Close and Block are for operators."),
    ("explain", ["Check all"], "Only operators can run checks."),
    ("settings", ["Undo the last change", "Add a static route", "Remove the static route dead.example 127.0.0.1:9"], "Only operators can change the configuration."),
    ("notifications", [], "Only operators can acknowledge."),
]


@pytest.fixture(scope="module")
def viewer(driver, hub):
    tab = Console(driver, origin_of(hub))
    tab.resize(1280)
    tab.log_in_by_password("vic", "vic's password")
    tab.wait("nav")
    return tab


@pytest.mark.parametrize("page, controls, note", REFUSED)
def test_a_viewer_sees_what_he_can_t_do_and_why(viewer, hub, page, controls, note):
    before = hub.api.get("config/history")["total"], len(hub.api.domain(DEAD)["attempts"])
    viewer.go(page)
    viewer.sees("(viewer)", note)
    for name in controls:
        control = viewer.control(name)
        assert control.get_attribute("aria-disabled") == "true" and "Only operators" in control.get_attribute("title")
        control.click()
        viewer.sees("Only operators can do this.")
    assert viewer.axe() == []
    assert (hub.api.get("config/history")["total"], len(hub.api.domain(DEAD)["attempts"])) == before
    assert viewer.faults() == []


def test_a_viewer_explains_without_connecting(viewer):
    viewer.go(f"explain?from=corp.example&to={DEAD}")
    viewer.sees("Who may federate")
    assert not viewer.control("Connect").is_enabled()


def test_the_hub_itself_refuses_a_viewer(viewer, hub):
    viewer.run("const original = window.fetch; window.fetch = (url, more) => { if (more?.headers?.Authorization) window.bearer = more.headers.Authorization; return original(url, more); }")
    viewer.go("nodes")
    eventually(lambda: viewer.run("return window.bearer"))
    asked = "return fetch('/api/v1/' + arguments[1], {method: arguments[0], headers: {Authorization: window.bearer}}).then((x) => x.status)"
    for method, call in (("POST", f"domains/{DEAD}/retry"), ("POST", "config/undo"), ("POST", "dns/flush"), ("GET", "audit")):
        assert viewer.run(asked, method, call) == 403, call
    assert viewer.run(asked, "GET", "status") == 200
