"""Promise: a stanza that exceeds a limit is answered with a stanza error. No stream ends over it.

Every kind of stream × every limit but `stanza_bytes` × every kind of stanza.
"""

import pytest

from peers.authority import certificate
from peers.component import message
from peers.management import REQUEST
from peers.senders import FromComponent, FromServerNode, FromWorld, OnHubsBidi, OnOwnBidi, OnResumed
from peers.site import PHASES, fresh_domain, open_in_phase, spare_nodes
from peers.stream_kinds import last_words
from peers.waiting import eventually

LIMITS = {"stanza_depth": 8, "stanza_elements": 100, "log_lines_per_second": 10000}


def named(form: str, count: int) -> str:
    return " ".join(form.format(number) for number in range(count))


ATTRIBUTES, PREFIXES = named("a{}='1'", 513), named("xmlns:p{0}='u{0}'", 129)
# Limit: (addition to the root's start tag, content, words of the answer).
EXCESSES = {
    "depth": ("", "<x a='>'>" * 8 + "<![CDATA[</x>]]>" + "</x>" * 8, "elements nested too deep"),
    "elements": ("", "<x/>" * 100, "too many elements"),
    "attributes of the root": (ATTRIBUTES, "", "too many attributes in one tag"),
    "attributes of a descendant": ("", f"<x {ATTRIBUTES}/>", "too many attributes in one tag"),
    "prefixes of the root": (PREFIXES, "<p7:x/>", "too many namespace prefixes in scope"),
    "prefixes of a descendant": ("", f"<x {PREFIXES}/>", "too many namespace prefixes in scope"),
}
ANSWERED = {"message": "chat", "iq": "get", "presence": "subscribe"}
NOT_ANSWERED = [("iq", "result"), ("message", "error")]
SENDERS = {
    "a remote": FromWorld,
    "a component": FromComponent,
    "a server behind the hub": lambda site, _hub: FromServerNode(site, limits=LIMITS),
    "a remote, bidirectional": OnOwnBidi,
    "a remote, on the hub's bidirectional stream": OnHubsBidi,
    "a remote, resumed": OnResumed,
}


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes(90), limits=LIMITS)


@pytest.fixture(params=SENDERS, scope="module")
def sender(request, module_site, hub):
    return SENDERS[request.param](module_site, hub)


def past(excess: str, kind: str, type: str, from_: str, to: str) -> str:
    """Returns a stanza past this limit. The attributes that the answer needs come after the excess."""
    more, content, _ = EXCESSES[excess]
    return f"<{kind} {more} from='{from_}' to='{to}' id='much' type='{type}'>{content}</{kind}>"


@pytest.mark.parametrize("kind", ANSWERED)
@pytest.mark.parametrize("excess", EXCESSES)
def test_a_stanza_past_a_limit_is_answered_to_its_sender(sender, excess, kind):
    sender.stream.send(past(excess, kind, ANSWERED[kind], f"amy@{sender.ours}/x", f"bob@{sender.theirs}"))
    answer = sender.answer("much")
    assert (answer.local_name, answer["type"], answer.condition) == (kind, "error", "policy-violation")
    assert (answer["from"], answer["to"]) == (f"bob@{sender.theirs}", f"amy@{sender.ours}/x")
    assert EXCESSES[excess][2] in answer.octets.decode()
    sender.still_works()


@pytest.mark.parametrize("kind, type", NOT_ANSWERED)
@pytest.mark.parametrize("excess", EXCESSES)
def test_an_answer_past_a_limit_is_dropped_and_counted(sender, excess, kind, type):
    def dropped():
        return sender.hub.metric("fedhub_stanzas_dropped_total", failure="stanza-too-large")

    before = dropped()
    sender.stream.send(past(excess, kind, type, f"amy@{sender.ours}/x", f"bob@{sender.theirs}"))
    sender.still_works()
    eventually(lambda: dropped() == before + 1, what="the stanza counted as dropped")
    sender.stream.send(f"<iq from='a b@{sender.ours}' to='bob@{sender.theirs}' id='next' type='get'/>")
    assert sender.answer("next").condition == "jid-malformed"


@pytest.mark.parametrize("excess", EXCESSES)
def test_an_unknown_element_past_a_limit_is_ignored(sender, excess):
    more, content, _ = EXCESSES[excess]
    sender.stream.send(f"<surprise xmlns='urn:x' {more}>{content}</surprise>")
    sender.still_works()


# -- excess that still ends the stream -----------------------------------------------------------------------------


@pytest.mark.parametrize("excess", EXCESSES)
@pytest.mark.parametrize("who", SENDERS)
def test_a_stanza_past_a_limit_from_an_unproved_domain_ends_the_stream(site, hub, who, excess):
    sender = SENDERS[who](site, hub)
    sender.stream.send(past(excess, "message", "chat", "amy@elsewhere.example", f"bob@{sender.theirs}"))
    condition = "not-authorized" if who.endswith("hub's bidirectional stream") else "invalid-from"
    assert last_words(sender.stream) == [condition, "end"]


READ = {
    "a remote": "<db:result {more} from='{ours}' to='{theirs}'>{content}</db:result>",
    "a component": "<handshake {more}>{content}</handshake>",
    "a server behind the hub": "<db:verify {more} from='{theirs}' to='{ours}' id='1'>{content}</db:verify>",
    "a remote, bidirectional": "<db:result {more} from='{ours}' to='{theirs}'>{content}</db:result>",
    "a remote, on the hub's bidirectional stream": "<stream:features {more}>{content}</stream:features>",
    "a remote, resumed": "<r xmlns='urn:xmpp:sm:3' {more}>{content}</r>",
}


@pytest.mark.parametrize("excess", EXCESSES)
@pytest.mark.parametrize("who", SENDERS)
def test_a_protocol_element_past_a_limit_ends_the_stream(site, hub, who, excess):
    more, content, _ = EXCESSES[excess]
    sender = SENDERS[who](site, hub)
    sender.stream.send(READ[who].format(more=more, content=content, ours=sender.ours, theirs=sender.theirs))
    assert last_words(sender.stream) == ["policy-violation", "end"]


@pytest.mark.parametrize("excess", EXCESSES)
@pytest.mark.parametrize("phase", PHASES[:2])
def test_before_authentication_an_element_past_a_limit_ends_the_stream(hub, component, site, phase, excess):
    more, content, _ = EXCESSES[excess]
    remote = site.server()
    stream = open_in_phase(phase, remote, hub, component.domain)
    stream.send(f"<surprise xmlns='urn:x' {more}>{content}</surprise>")
    stream.expect_stream_error("policy-violation")


# -- acknowledgements (XEP-0198) ----------------------------------------------------------------------------------


def test_a_stanza_past_a_limit_counts_as_handled(hub, component, site):
    domain = fresh_domain()
    sender = site.server(domain, certificate=certificate(domain), verify_at=None)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    stream.send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
    good = message(domain, component.domain, id="good")
    bad = [past(excess, "message", "chat", domain, component.domain) for excess in EXCESSES]
    stream.send(good + "".join(bad) + good + REQUEST)
    assert stream.expect("sm:a")["h"] == str(len(bad) + 2)
    for _ in range(2):
        component.expect_message(id="good")
