"""Everything by keyboard: no mouse is used here."""

import pytest
from selenium.webdriver.common.keys import Keys

from peers.site import component_node
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site, served):
    return module_site.hub(component_node("corp.example"), listen=served)


FOCUSED = "const x = document.activeElement; return (x.getAttribute('aria-label') ?? (x.labels?.length ? x.labels[0].textContent : x.textContent)).trim().slice(0, 80)"
OUTLINED = "const style = getComputedStyle(document.activeElement); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"


def tab_to(console, name, most=80):
    """Presses the tabulator until the control with this name has the focus, which has to be visible all the way."""
    passed = []
    for _ in range(most):
        console.keys(Keys.TAB)
        passed.append(console.run(FOCUSED))
        assert console.run(OUTLINED), f"the focus on {passed[-1]!r} is not visible; passed: {passed}"
        if passed[-1] == name:
            return passed
    raise AssertionError(f"{name!r} is not reached; passed: {passed}")


def test_the_first_stop_skips_the_navigation(console):
    console.run("document.activeElement.blur(); scrollTo(0, 0)")
    console.run("document.querySelector('a.skip').focus()")
    console.keys(Keys.ENTER)
    assert console.run("return document.activeElement.id") == "main"


def test_a_page_gets_the_focus_when_it_opens(console):
    console.run("document.querySelector('nav a').focus()")
    tab_to(console, "Nodes", 10)
    console.keys(Keys.ENTER)
    eventually(lambda: console.run("return document.activeElement.tagName + document.activeElement.textContent") == "H1Nodes")


def test_the_focus_and_what_was_typed_outlive_a_refresh(console, hub):
    console.go("domains")
    console.run("document.querySelector('#match').focus()")
    console.keys("part")
    before = console.run("return performance.getEntriesByType('resource').filter((x) => /domains/.test(x.name)).length")
    eventually(lambda: console.run("return performance.getEntriesByType('resource').filter((x) => /domains/.test(x.name)).length") > before + 1, within=20)
    assert console.run("return [document.activeElement.id, document.activeElement.value]") == ["match", "part"]


def test_a_setting_is_changed_and_undone_by_keyboard(console, hub):
    def enabled():
        return {row["key"]: row["value"] for row in hub.api.get("config", limit=1000)["items"]}["federation.enabled"]

    console.go("settings")
    tab_to(console, "XMPP federation support")
    console.keys("Off")
    console.sees("Not applied yet.")
    tab_to(console, "Review change: Federation")
    console.keys(Keys.ENTER)
    console.wait("dialog[open]").sees("federation.enabled")
    tab_to(console, "Apply", 10)
    console.keys(Keys.ENTER)
    eventually(lambda: not enabled())
    console.sees("XMPP federation is off")
    console.run("document.querySelector('main h1').focus()")
    tab_to(console, "Undo the last change")
    console.keys(Keys.ENTER)
    console.wait("dialog[open]").sees("false", "true")
    tab_to(console, "Apply", 10)
    console.keys(Keys.ENTER)
    eventually(enabled)


def test_a_dialog_keeps_the_focus_inside_and_gives_it_back(console):
    console.go("settings")
    tab_to(console, "Add a static route")
    console.keys(Keys.ENTER)
    console.wait("dialog[open]")
    for _ in range(12):
        console.keys(Keys.TAB)
        assert console.run("const x = document.activeElement; return x === document.body || x.closest('dialog') !== null")
    console.run("document.querySelector('#row-domain').focus()")
    console.keys(Keys.ESCAPE)
    eventually(lambda: not console.has("dialog"))
    assert console.run(FOCUSED) == "Add a static route"
