"""A sanitizer's report in the hub's log fails the test that ran the hub (`support/sanitizers.py`)."""

import signal

import pytest

from peers.hub import Hub
from support import sanitizers

LOG = "2026-01-01 00:00:00.000 info  [hub] started\n"
REPORTS = {
    "ASan": "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000011 at pc 0x55f517d084d1\n",
    "LSan": "\n==1==ERROR: LeakSanitizer: detected memory leaks\n",
    "UBSan": "actors/stanzas/outbox.cpp:3:63: runtime error: signed integer overflow: 2147483647 + 2 cannot be represented\n",
    "UBSan, a path": "/src/actors/stanzas/outbox.cpp:3:63: runtime error: load of misaligned address\n",
    "in all": "SUMMARY: AddressSanitizer: 10 byte(s) leaked in 1 allocation(s).\n",
}


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_is_seen(kind):
    with pytest.raises(AssertionError, match="a sanitizer's report"):
        sanitizers.check_no_report(LOG + REPORTS[kind] + LOG)


def test_a_peers_words_in_the_log_are_not_taken_for_a_report():
    sanitizers.check_no_report(LOG + "warn [stream.in] stream error: ERROR: AddressSanitizer, runtime error: none\n")


def test_a_hub_that_reported_fails_its_test(site):
    hub = site.hub()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0
    with open(hub.log_file, "a", encoding="utf-8") as log:
        log.write(REPORTS["UBSan"])
    with pytest.raises(AssertionError, match="a sanitizer's report"):
        hub.stop()
    site.hubs.remove(hub)


def test_a_report_survives_a_new_start(site):
    """A new start begins a new log, so the old one has to be checked first."""
    hub: Hub = site.hub()
    hub.stop()
    hub.log_file.write_text(REPORTS["ASan"])
    with pytest.raises(AssertionError, match="a sanitizer's report"):
        hub.start()
    site.hubs.remove(hub)
