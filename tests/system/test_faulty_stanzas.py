"""Promise: a faulty stanza is answered with a stanza error (RFC 6120 §8.3.3.8). No stream ends over it."""

import pytest

from peers.authority import certificate
from peers.component import message
from peers.management import REQUEST
from peers.senders import KINDS, FromComponent, FromServerNode, FromWorld
from peers.site import NODE_SECRET, component_node, fresh_domain, spare_nodes

LONG = "r" * 1100
# Malformed addresses with a readable domain, as Prosody, ejabberd and libraries send them. RFC 7622 §3 allows none.
MALFORMED = {
    "a space in the localpart": "a b@{domain}",
    "an empty localpart": "@{domain}",
    "an empty resource": "{domain}/",
    "an empty resource behind a localpart": "a@{domain}/",
    "a resource of 1,100 octets": "a@{domain}/" + LONG,
    "a localpart of 1,100 octets": LONG + "@{domain}",
    "an ampersand in the localpart": "a&amp;b@{domain}",
    "quotes in the localpart": "&quot;a&apos;@{domain}",
    "two at signs": "a@b@{domain}",
    "a control character": "a&#9;b@{domain}",
    "DELETE in the resource": "a@{domain}/&#127;",
    "a colon in the localpart": "a:b@{domain}",
}


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(140), limits={"log_lines_per_second": 10000})


SENDERS = {"a remote": FromWorld, "a component": FromComponent, "a server behind the hub": FromServerNode}


@pytest.fixture(params=SENDERS, scope="module")
def sender(request, module_site, hub):
    return SENDERS[request.param](module_site, hub)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("address", MALFORMED)
def test_a_malformed_from_is_answered_to_the_domain(sender, kind, address):
    """An answer to the malformed address itself would end the stream that carries it."""
    malformed = MALFORMED[address].format(domain=sender.ours)
    sender.stream.send(f"<{kind} from='{malformed}' to='bob@{sender.theirs}' id='odd' type='get'/>")
    answer = sender.answer("odd")
    assert (answer.local_name, answer["type"], answer.condition) == (kind, "error", "jid-malformed")
    assert (answer["from"], answer["to"]) == (f"bob@{sender.theirs}", sender.ours)
    sender.still_works()


@pytest.mark.parametrize("address", MALFORMED)
def test_a_malformed_to_is_answered_to_its_sender(sender, address):
    malformed = MALFORMED[address].format(domain=sender.theirs)
    sender.stream.send(f"<message from='amy@{sender.ours}/x' to='{malformed}' id='odd'/>")
    answer = sender.answer("odd")
    assert (answer["type"], answer.condition, answer["to"]) == ("error", "jid-malformed", f"amy@{sender.ours}/x")
    if not isinstance(sender, FromComponent):
        assert answer["from"] == sender.theirs
    sender.still_works()


@pytest.mark.parametrize("to", ["@", "a@", "a@b..c/x", "", "a b@c d"])
def test_a_to_without_a_domain_is_answered_to_its_sender(sender, to):
    sender.stream.send(f"<message from='amy@{sender.ours}' to='{to}' id='odd'/>")
    answer = sender.answer("odd")
    assert (answer["type"], answer.condition, answer["to"]) == ("error", "jid-malformed", f"amy@{sender.ours}")
    sender.still_works()


def test_both_addresses_malformed_are_answered_to_the_domain(sender):
    sender.stream.send(f"<iq from='a b@{sender.ours}' to='c d@{sender.theirs}' id='odd' type='set'/>")
    answer = sender.answer("odd")
    assert (answer.condition, answer["to"]) == ("jid-malformed", sender.ours)
    sender.still_works()


@pytest.mark.parametrize("type", ["error", "result"])
def test_a_faulty_answer_is_not_answered(sender, type):
    sender.stream.send(f"<iq from='a b@{sender.ours}' to='bob@{sender.theirs}' id='odd' type='{type}'/>")
    sender.still_works()
    sender.stream.send(f"<iq from='a b@{sender.ours}' to='bob@{sender.theirs}' id='next' type='get'/>")
    sender.answer("next")


@pytest.mark.parametrize("namespace", ["jabber:client", "jabber:component:connect"])
@pytest.mark.parametrize("form", ["<{kind} xmlns='{ns}' {rest}/>", "<c:{kind} xmlns:c='{ns}' {rest}/>"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stanza_in_the_namespace_of_another_kind_of_stream_is_answered(sender, kind, form, namespace):
    rest = f"from='amy@{sender.ours}' to='bob@{sender.theirs}' id='odd' type='set'"
    sender.stream.send(form.format(kind=kind, ns=namespace, rest=rest))
    answer = sender.answer("odd")
    assert (answer.local_name, answer.condition, answer["to"]) == (kind, "bad-request", f"amy@{sender.ours}")
    sender.still_works()


@pytest.mark.parametrize(
    "element",
    ["<surprise xmlns='urn:x'/>", "<surprise/>", "<x:y xmlns:x='urn:x'><message/></x:y>", "<message xmlns='urn:x'/>"],
)
def test_an_unknown_element_is_ignored(sender, element):
    sender.stream.send(element)
    sender.still_works()


# -- identity stays strict: a domain that is not proved ends the stream ---------------------------------------------


@pytest.mark.parametrize(
    "from_, conditions",
    {
        "amy@elsewhere.example": ["invalid-from"],  # well-formed, another domain
        "a b@elsewhere.example": ["invalid-from"],
        "a b@": ["improper-addressing"],
        "@": ["improper-addressing"],
        "": ["improper-addressing"],
        "a b@elsewhere..example": ["improper-addressing"],
    }.items(),
)
@pytest.mark.parametrize("who", SENDERS)
def test_a_from_of_a_domain_that_is_not_proved_ends_the_stream(site, hub, who, from_, conditions):
    sender = SENDERS[who](site, hub)
    sender.stream.send(f"<message from='{from_}' to='{sender.theirs}' id='odd'/>")
    if not from_ and who == "a component": # unlike a missing `from`, an empty one is not filled in
        assert sender.answer("odd").condition == "jid-malformed"
        return sender.still_works()
    sender.stream.expect_stream_error(*conditions)


def test_the_domain_of_a_malformed_from_has_to_be_proved_for_this_target(site, hub):
    sender, other = FromWorld(site, hub), site.component(hub, hub.spare_domain())
    sender.stream.send(f"<message from='a b@{sender.ours}' to='{other.domain}'/>")
    sender.stream.expect_stream_error("invalid-from")


# -- components ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", " id='1'  ", " xmlns='jabber:component:accept'"])
def test_a_missing_from_is_filled_in_for_a_component_of_one_domain(hub, component, site, more):
    """gloox, and slixmpp's send_message() without mfrom, send no `from`."""
    remote = site.server()
    component.send(f"<message to='bob@{remote.domain}'{more}><body>x</body></message>")
    component.send(f"<presence to='bob@{remote.domain}'{more}/>")
    arrived = remote.expect_message(from_=component.domain)
    assert arrived.payload == b"<body>x</body>"
    assert remote.expect("server:presence", from_=component.domain)


def test_a_stanza_without_from_comes_back_to_the_component(hub, component):
    component.send("<iq to='bob@no-such-partner.example' id='1' type='get'/>")
    component.expect_bounce("remote-server-not-found", id="1", to=component.domain)


@pytest.mark.parametrize("login", [0, 1])
def test_a_missing_from_is_answered_to_a_component_of_two_domains(site, login):
    domains = [fresh_domain("corp"), fresh_domain("corp")]
    hub, remote = site.hub(component_node(*domains)), site.server()
    component = site.component(hub, domains[login], NODE_SECRET)
    component.send(f"<message to='bob@{remote.domain}' id='odd'/>")
    component.expect_bounce("jid-malformed", id="odd", to=domains[login])
    component.message(domains[1 - login], remote.domain)
    remote.expect_message(from_=domains[1 - login])


def test_a_missing_to_is_answered_to_the_component(hub, component, site):
    component.send(f"<message from='{component.domain}' id='odd'/>")
    component.expect_bounce("jid-malformed", id="odd")
    remote = site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_unknown_elements_are_ignored_a_bounded_number_of_times(hub, component):
    component.send("<surprise xmlns='urn:x'/>" * 64)
    component.send("<iq to='no-such-partner.example' id='1' type='get'/>")
    component.expect_bounce("remote-server-not-found", id="1")
    component.send("<surprise xmlns='urn:x'/>")
    component.expect_stream_error("unsupported-stanza-type")


@pytest.mark.parametrize("phase", ["before TLS", "after TLS"])
@pytest.mark.parametrize(
    "element",
    ["<stream:features/>", "<surprise xmlns='urn:x'/>", "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/></stream:features>"],
)
def test_unknown_elements_and_features_are_ignored_before_authentication(hub, component, site, phase, element):
    remote = site.server(verify_at=hub.s2s)
    stream = remote.open_stream(hub.s2s, component.domain, secure=phase == "after TLS")
    stream.send(element)
    remote.authenticate(stream, component.domain)
    stream.send(message(remote.domain, component.domain))
    component.expect_message()


def test_bidi_is_asked_for_by_the_namespace_of_the_feature_too(hub, component, site):
    """ejabberd 24.10 to 26.04 (processone/ejabberd #4300, #4581)."""
    remote = site.server(verify_at=hub.s2s)
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    stream.send("<bidi xmlns='urn:xmpp:features:bidi'/>")
    remote.authenticate(stream, component.domain)
    component.message(component.domain, remote.domain, id="back")
    assert stream.expect("server:message")["id"] == "back"
    stream.send(f"<message from='a b@{remote.domain}' to='{component.domain}' id='odd'/>")
    assert stream.expect("server:message", id="odd").condition == "jid-malformed"


# -- acknowledgements (XEP-0198) ----------------------------------------------------------------------------------


def managed_stream(site):
    """Returns a stream on which the hub acknowledges stanzas, its domain, and the component that they go to."""
    hub, domain = site.certified_hub(*spare_nodes(1)), fresh_domain()
    component = site.component(hub, hub.spare_domain())
    sender = site.server(domain, certificate=certificate(domain), verify_at=None)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    stream.send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
    return stream, domain, component


def test_a_refused_stanza_counts_as_handled(site):
    """A former fault: after a good, a bad and a good stanza `h` stayed 1, and the third stanza never arrived."""
    stream, domain, component = managed_stream(site)
    good = message(domain, component.domain, id="good")
    bad = f"<message from='a b@{domain}' to='{component.domain}' id='bad'/>"
    foreign = f"<message xmlns='jabber:client' from='{domain}' to='{component.domain}' id='foreign'/>"
    stream.send(good + bad + good + foreign + good + REQUEST)
    assert stream.expect("sm:a")["h"] == "5"
    for _ in range(3):
        component.expect_message(id="good")


def test_a_stanza_that_ends_the_stream_counts_as_handled_too(site):
    """Otherwise the peer would send it again first on each stream, and all later stanzas would wait behind it."""
    stream, domain, component = managed_stream(site)
    stream.send(message(domain, component.domain) + message("other.example", component.domain))
    assert stream.expect("sm:a")["h"] == "2"
    stream.expect_stream_error("invalid-from")
