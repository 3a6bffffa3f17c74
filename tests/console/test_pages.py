"""Every page of a hub with trouble: accessible in light and dark, on a phone, and never asking another origin."""

import pytest

from browser import PAGES
from peers.site import component_node

DETAILS = ["domains/dead.example", "domains/partner.example", "domains/never.example", "streams/STREAM", "streams/999999",
           "explain?from=corp.example&to=dead.example", "domains?match=no-such-domain"]  # fmt: skip


@pytest.fixture(scope="module")
def hub(module_site, served):
    hub = module_site.hub(
        component_node("corp.example", name="desk"), component_node("chat.example", name="gone"),
        {"name": "mail", "domains": ["staff.example"], "protocol": "s2s", "address": "127.0.0.1:9", "trusted_from": ["127.0.0.1/32"]},
        listen=served,
        static_route=[{"domain": "dead.example", "address": "127.0.0.1:9"}],
        trust=[{"domain": "*.bank.example", "methods": ["pkix"], "security_mode": "tls-required"}],
        federation={"deny": ["spam.example"]},
    )  # fmt: skip
    module_site.server("partner.example")
    desk = module_site.component(hub, "corp.example")
    for domain in ("partner.example", "dead.example", "nowhere.example"):
        desk.message("ann@corp.example", f"bob@{domain}", "hello")
    for domain in ("dead.example", "nowhere.example"):
        desk.expect_stanza(type="error")
    return hub


def address_of(hub, page):
    stream = hub.api.get("streams", leg="s2s-out")["items"][0]["id"]
    return page.replace("STREAM", str(stream))


@pytest.mark.parametrize("page", PAGES + DETAILS)
def test_a_page_is_accessible_in_light_and_dark_and_on_a_phone(console, hub, page):
    console.go(address_of(hub, page))
    try:
        for scheme in ("light", "dark"):
            console.prefer(scheme)
            assert console.axe() == [], scheme
        console.resize(360, 740)
        assert console.run("return document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
        outside = console.run(
            "return [...document.querySelectorAll('main *')].filter((x) => x.getClientRects().length && !x.closest('.hidden, svg, thead')"
            " && x.getBoundingClientRect().right > innerWidth + 1).map((x) => x.outerHTML.slice(0, 120))"
        )
        assert outside == [], "parts stand out of the page"
        assert console.axe() == [], "on a phone"
    finally:
        console.prefer("light")


def test_dialogs_are_accessible(console):
    console.go("settings")
    console.press("Add a trust rule")
    assert console.axe() == []
    console.press("Cancel")
    console.choose("Security mode", "TLS required")
    console.press("Review change: Federation")
    console.sees("takes effect at once")
    for scheme in ("light", "dark"):
        console.prefer(scheme)
        assert console.axe() == [], scheme
    console.prefer("light")
    console.press("Cancel")
    console.press("Discard: Federation")


def test_each_page_has_one_heading_and_says_in_its_title_what_it_shows(console):
    for page in PAGES:
        console.go(page)
        assert len(console.all("h1")) == 1
        assert console.driver.title == f"{console.all('h1')[0].text} – fedhub"
        assert console.all("nav [aria-current=page]")[0].text.split()[0] == console.all("h1")[0].text


def test_the_page_runs_nothing_that_it_did_not_bring(console):
    """A control: the policy stops what the tests would not see otherwise."""
    attempts = ["script.textContent = 'window.ran = true'; document.head.append(script)", "script.src = 'data:text/javascript,window.ran = true'; document.head.append(script)",
                "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.ran=true>')"]  # fmt: skip
    for attempt in attempts:
        refused = console.run(f"const script = document.createElement('script'); try {{ {attempt}; return null }} catch (failure) {{ return failure.name }}")
        assert refused == "TypeError", attempt
    assert console.run("return window.ran") is None
    console.run("fetch('http://127.0.0.1:9/').catch(() => {})")
    console.run("return new Promise((done) => setTimeout(done, 50))")
    assert any("connect-src" in fault for fault in console.faults())
    console.run("window.faults = []")
    console.requested()
