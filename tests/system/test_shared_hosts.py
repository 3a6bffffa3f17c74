"""If several domains have the same server, the hub verifies their keys on one stream (XEP-0220 §2.6.2)."""

import threading

import pytest

from peers.misbehaviour import GO_ON, cut
from peers.site import fresh_domain
from peers.waiting import eventually

KEPT = 9  # seconds after which a stream that was kept for other domains has certainly ended


class Held:
    """A server of several domains. Its first stream answers questions about keys only after `let` or `release`."""

    def __init__(self, site, hub, **how):
        self.remote = site.server(*(fresh_domain() for _ in range(4)), **how)
        self._hub, self._asked, self._let = hub, threading.Event(), threading.Event()
        self._streams = []  # references that keep the streams open until the end
        self.remote.misbehave["verify received"] = self._hold

    def _hold(self, stream):
        if stream is self.remote.streams[0]:
            self._asked.set()
            self._let.wait()
        return GO_ON

    def send_key(self, number: int, to: str):
        """The domain of this number opens a stream of its own to the hub and sends its key."""
        domain = self.remote.domains[number]
        stream = self.remote.open_stream(self._hub.s2s, to, domain)
        self.remote.send_key(stream, to, domain)
        self._streams.append(stream)
        return stream

    def send_first_key(self, to: str):
        stream = self.send_key(0, to)
        assert self._asked.wait(9), "the hub asked nothing"
        return stream

    def let(self):
        self._let.set()

    def release(self, how):
        """Ends the first stream by `how`, and lets its handler go on."""
        how(self.remote.streams[0])
        self._let.set()


@pytest.fixture
def held(site, hub):
    held = Held(site, hub)
    yield held
    held.let()


def is_verified(stream, number, held, component, within=9):
    stream.expect("db:result", within, from_=component.domain, to=held.remote.domains[number], type="valid")


def lent(hub, held, number) -> bool:
    return f"[{held.remote.domains[number]}] the hub asks over another domain's stream" in hub.log


def questions(hub, before=None):
    """Returns the number of questions on each kind of stream: in all, or since `before`."""
    return {kind: hub.metric("fedhub_dialback_questions_total", stream=kind) - (before[kind] if before else 0)
            for kind in ("own", "shared", "fallback")}


@pytest.fixture
def before(hub):
    """The numbers of questions that earlier tests have caused."""
    return questions(hub)


def test_domains_of_one_server_share_a_stream_that_stays_for_others_and_then_goes(hub, component, held, before):
    first = held.send_first_key(component.domain)
    others = [held.send_key(number, component.domain) for number in (1, 2)]
    eventually(lambda: lent(hub, held, 1) and lent(hub, held, 2), 9, "both questions to be lent")
    held.let()
    for number, stream in enumerate([first, *others]):
        is_verified(stream, number, held, component)
    is_verified(held.send_key(3, component.domain), 3, held, component)
    assert held.remote.attempts == 1
    assert {x["to"] for x in held.remote.verified} == set(held.remote.domains)
    assert questions(hub, before) == {"own": 1, "shared": 3, "fallback": 0}
    eventually(lambda: held.remote.ended == held.remote.streams, KEPT, "the hub to end the stream")


def test_a_stream_that_carries_stanzas_is_shared_too(hub, component, held):
    held.let()
    component.message(component.domain, held.remote.domain)
    held.remote.expect_message(to=held.remote.domain)
    is_verified(held.send_key(1, component.domain), 1, held, component)
    assert held.remote.attempts == 1


def test_a_server_without_dialback_errors_is_asked_on_a_stream_for_each_domain(site, hub, component, before):
    held = Held(site, hub, errors=False)
    held.let()
    for number in range(4):
        is_verified(held.send_key(number, component.domain), number, held, component)
    assert held.remote.attempts == 4
    assert questions(hub, before) == {"own": 4, "shared": 0, "fallback": 0}


def test_a_server_that_offers_dialback_errors_later_is_shared_from_then_on(site, hub, component):
    held = Held(site, hub, errors=False)
    held.let()
    is_verified(held.send_key(0, component.domain), 0, held, component)
    held.remote.offers_errors = True
    for number in (1, 2, 3):
        is_verified(held.send_key(number, component.domain), number, held, component)
    # The second stream shows that the server now offers dialback errors. The third is kept, and shared.
    assert held.remote.attempts == 3
    eventually(lambda: lent(hub, held, 3), 2, "the question to be lent")


def test_a_domain_unknown_at_the_other_end_is_asked_for_on_its_own_stream(hub, component, held, before):
    first = held.send_first_key(component.domain)
    stream = held.send_key(1, component.domain)
    eventually(lambda: lent(hub, held, 1), 9, "the question to be lent")
    held.remote.verify_answer = ("error", "item-not-found")

    def know_all(_):
        held.remote.verify_answer = None
        return GO_ON

    held.remote.misbehave["connected"] = know_all
    held.let()
    first.expect("db:result", type="error")
    is_verified(stream, 1, held, component)
    assert held.remote.attempts == 2
    assert questions(hub, before) == {"own": 1, "shared": 1, "fallback": 1}


def test_a_stream_that_is_cut_loses_no_other_domains_question(hub, component, held):
    held.send_first_key(component.domain)
    streams = [held.send_key(number, component.domain) for number in (1, 2, 3)]
    eventually(lambda: all(lent(hub, held, number) for number in (1, 2, 3)), 9, "the questions to be lent")
    held.release(cut)
    for number, stream in enumerate(streams, 1):
        is_verified(stream, number, held, component)
        begin = f"[{held.remote.domains[number]}] the hub asks over the domain's own stream after: "
        reason = eventually(lambda: next((line for line in hub.log.splitlines() if begin in line), ""), 2, begin)
        assert "has ended" in reason  # at once, not when its time was out


def test_a_silent_stream_does_not_keep_other_domains_from_their_answers(hub, component, held):
    held.send_first_key(component.domain)
    stream = held.send_key(1, component.domain)
    eventually(lambda: lent(hub, held, 1), 9, "the question to be lent")
    is_verified(stream, 1, held, component, within=15)
    assert held.remote.attempts == 2
