"""The page follows the hub: events as they happen, one stream for all tabs, and a hub that restarts."""

import json
import urllib.request

import pytest

from browser import Console
from peers.site import component_node
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site, served):
    return module_site.hub(component_node("corp.example"), listen=served)


def test_the_page_says_that_it_is_live(console):
    console.sees("Live")


def test_a_change_appears_without_a_reload(console, hub):
    console.go("settings")
    answer = hub.api.request("PATCH", "config", json.dumps({"limits": {"stanza_depth": 77}}).encode(),
                             {"Content-Type": "application/merge-patch+json", "If-Match": "*"})  # fmt: skip
    assert answer.status == 200
    console.sees("limits.stanza_depth", "77")


def test_one_stream_of_events_serves_all_tabs_and_another_tab_takes_over(console, hub, driver):
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    second = driver.current_window_handle
    tab = Console(driver, console.origin)
    try:
        driver.get(f"{console.origin}/#/events")  # the other tab lends its log-in
        tab.wait("nav")
        tab.sees("Live")
        tab.settle()
        streaming = "return performance.getEntriesByType('resource').filter((x) => x.name.includes('events/stream')).length"
        assert tab.run("return (async () => { const x = await navigator.locks.query(); return [x.held.length, x.pending.length] })()") == [1, 1]
        assert tab.run(streaming) == 0, "the second tab has a stream of its own"
        driver.switch_to.window(first)
        driver.get("about:blank")
        driver.switch_to.window(second)
        eventually(lambda: tab.run("return (async () => (await navigator.locks.query()).held.length)()") == 1)
        tab.sees("Live")
        answer = hub.api.request("PATCH", "config", json.dumps({"limits": {"stanza_depth": 78}}).encode(),
                                 {"Content-Type": "application/merge-patch+json", "If-Match": "*"})  # fmt: skip
        assert answer.status == 200
        tab.sees("Configuration")
    finally:
        driver.switch_to.window(second)
        driver.close()
        driver.switch_to.window(first)
        console.log_in(hub)


def test_the_hub_restarts_under_the_open_page(console, hub):
    console.go("domains")
    hub.stop(codes=(0, 3))
    console.sees("No connection", "The hub does not answer. The page shows the last answers")
    hub.start()
    # Sessions live in the hub's memory, so they end with it. The page says so, and takes the next log-in.
    console.sees("The session has ended. Please log in again.", "Password", within=40)
    console.log_in(hub)
    console.go("domains")
    console.sees("Live")
    assert console.faults() == []


def test_the_files_of_the_page_do_not_change(origin):
    page = urllib.request.urlopen(f"{origin}/", timeout=10)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"] and page.headers["Cache-Control"] == "no-cache"
    script = page.read().decode().split('script type="module" src="')[1].split('"')[0]
    loaded = urllib.request.urlopen(origin + script, timeout=10)
    assert "immutable" in loaded.headers["Cache-Control"] and loaded.headers["Content-Type"].startswith("text/javascript")
