"""Internationalised domains: in which form they stand in streams, and whose they are if IDNA2003 and IDNA2008 differ.

What real servers do with them is in tests/interop/test_names.py.
"""

import pytest

from peers import authority, toml
from peers.component import message
from peers.dialback import answer, ask_about_key
from peers.misbehaviour import GO_ON, end_with_error
from peers.s2s_peer import Server
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import Stopwatch, eventually


class Name:
    """Below a fresh domain, a name with a deviation character in its forms."""

    def __init__(self):
        base = fresh_domain("names")
        self.written = f"straße.{base}"
        self.ascii = f"xn--{'straße'.encode('punycode').decode()}.{base}"
        self.transitional = f"strasse.{base}"
        self.plain = f"bücher.{base}"
        self.plain_ascii = f"xn--{'bücher'.encode('punycode').decode()}.{base}"


@pytest.fixture
def name():
    return Name()


def place(site, domain, server):
    """Has DNS lead this domain to the server too."""
    site.dns.add_server(domain, *server.address)


DNS_OF_THE_OTHER = {
    "none": lambda site, other, server: None,
    "the same server": place,
    "another server": lambda site, other, server: site.listener(other),
    "no answer of use": lambda site, other, server: site.dns.behave(other, "servfail"),
    "no answer about direct TLS": lambda site, other, server: site.dns.behave(f"_xmpps-server._tcp.{other}", "servfail"),
    "late answers about direct TLS": lambda site, other, server: site.dns.behave(f"_xmpps-server._tcp.{other}", "drop"),
    "a server without an address": lambda site, other, server: site.dns.add(
        f"_xmpp-server._tcp.{other}", "SRV", f"0 0 5269 nobody.{other}."),
    "a service that is not offered": lambda site, other, server: site.dns.add(
        f"_xmpp-server._tcp.{other}", "SRV", "0 0 0 ."),
}
TAKEN = {"none", "the same server"}


@pytest.mark.parametrize("proved", ["transitional", "ascii"])
@pytest.mark.parametrize("other", DNS_OF_THE_OTHER)
def test_a_stanza_in_the_other_form_is_taken_if_that_is_nobody_elses(hub, component, site, name, other, proved):
    proved_name, other_name = name.transitional, name.ascii
    if proved == "ascii":
        proved_name, other_name = other_name, proved_name
    stated = name.written if proved == "transitional" else name.transitional
    remote = site.server(proved_name)
    DNS_OF_THE_OTHER[other](site, other_name, remote)
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(f"u@{proved_name}/r", component.domain, id="before"))
    stream.send(message(f"u@{stated}/r", component.domain, id="other"))
    stream.send(message(f"u@{proved_name}/r", component.domain, id="behind"))
    component.expect_message(id="before")
    if other in TAKEN:
        arrived = component.expect_message(id="other")
        assert arrived["from"] == f"u@{name.transitional if proved == 'transitional' else name.written}/r"
        component.expect_message(id="behind")
    else:
        stream.expect_stream_error("invalid-from")


def test_a_form_is_asked_for_once(hub, component, site, name):
    remote = site.server(name.transitional)
    for _ in range(3):
        stream = remote.connect(hub.s2s, component.domain)
        for number in range(3):
            stream.send(message(f"u@{name.written}", component.domain, id=str(number)))
            component.expect_message(id=str(number))
    assert site.dns.asked(f"_xmpp-server._tcp.{name.ascii}", "SRV", "udp") == 1


def test_a_faulty_stanza_in_the_other_form_costs_itself(hub, component, site, name):
    remote = site.server(name.transitional)
    stream = remote.connect(hub.s2s, component.domain)
    for bad in (f"@{component.domain}", f"a b@{component.domain}", ""):
        stream.send(f"<message from='u@{name.written}' to='{bad}' id='bad'><body/></message>")
        error = remote.expect_message(type="error", id="bad")
        assert error.condition == "jid-malformed"
    stream.send(message(f"u@{name.written}", component.domain, id="good"))
    component.expect_message(id="good")


def test_another_domain_is_not_taken_for_it(hub, component, site, name):
    """What differs by more than a mapping is somebody else's, whatever DNS says."""
    remote = site.server(name.transitional)
    for stated in (name.plain, f"sub.{name.written}", name.written.removeprefix("straße.")):
        stream = remote.connect(hub.s2s, component.domain)
        stream.send(message(f"u@{stated}", component.domain))
        stream.expect_stream_error("invalid-from")


@pytest.mark.parametrize("written", ["plain", "plain_ascii"])
def test_streams_name_domains_by_u_labels(hub, component, site, name, written):
    remote = site.server(name.plain_ascii)
    component.message(component.domain, f"u@{getattr(name, written)}/r", id="1")
    arrived, stream = remote.next()
    assert arrived["to"] == f"u@{name.plain}/r" and stream.header["to"] == name.plain


@pytest.mark.parametrize("written", ["plain", "plain_ascii"])
def test_answers_name_domains_as_the_question_did(hub, component, site, name, written):
    remote = site.server(name.plain_ascii)
    stream = remote.connect(hub.s2s, component.domain, from_=getattr(name, written))
    assert stream.header["to"] == getattr(name, written)


ANSWERS_TO = {
    "in the header": ("header sent", end_with_error("host-unknown")),
    "after the features": ("features sent", end_with_error("host-unknown")),
    "to the key": ("key received", None),
}


def knows_itself_as(server, step, act, domain):
    """Has the server refuse any other name."""

    def refuse(stream):
        if stream.header["to"] == domain:
            return GO_ON
        if act is not None:
            return act(stream)
        request = stream.expect("db:result")
        stream.send(answer(request, "error", "item-not-found"))
        return GO_ON

    server.misbehave["features sent" if act is None else step] = refuse


@pytest.mark.parametrize("where", ANSWERS_TO)
def test_a_server_that_knows_itself_by_a_labels_is_told_those(hub, component, site, name, where):
    remote = site.server(name.plain_ascii, security="none")
    knows_itself_as(remote, *ANSWERS_TO[where], name.plain_ascii)
    for number in range(3):
        component.message(component.domain, f"u@{name.plain}/r", id=str(number))
        arrived, stream = remote.next()
        assert arrived["id"] == str(number) and arrived["to"] == f"u@{name.plain_ascii}/r"
        assert stream.header["to"] == name.plain_ascii
    attempts = remote.attempts
    assert attempts <= 3
    remote.drop_streams()
    eventually(lambda: hub.metric("fedhub_streams", leg="s2s-out", state="authenticated") == 0, 10, "streams are gone")
    component.message(component.domain, f"u@{name.plain}/r", id="again")
    remote.expect_message(id="again")
    assert remote.attempts == attempts + 1, "it is remembered"
    assert f"[{name.plain_ascii}] its server does not know the name as \"{name.plain}\"" in hub.log


def test_a_server_that_knows_no_form_is_the_cause_told(hub, component, site, name):
    remote = site.server(name.plain_ascii, security="none")
    remote.misbehave["header sent"] = end_with_error("host-unknown")
    component.message(component.domain, f"u@{name.plain}", id="1")
    assert "host-unknown" in component.expect_bounce("remote-server-timeout", id="1").octets.decode()
    assert remote.attempts <= 3


@pytest.mark.parametrize("other", ["transitional", "ascii"])
def test_stanzas_go_to_the_form_that_has_a_server(hub, component, site, name, other):
    remote = site.server(getattr(name, other))
    for number in range(20):
        component.message(component.domain, f"u@{name.written}/r", id=str(number))
    expected = name.transitional if other == "transitional" else name.written
    for number in range(20):
        arrived, stream = remote.next()
        assert (arrived["id"], arrived["to"]) == (str(number), f"u@{expected}/r")
        assert stream.header["to"] == expected
    component.message(component.domain, f"u@{name.written}", id="later")
    remote.expect_message(id="later")


def test_forms_with_servers_of_their_own_are_two_domains(hub, component, site, name):
    own, other = site.server(name.ascii), site.server(name.transitional)
    component.message(component.domain, f"u@{name.written}", id="own")
    own.expect_message(id="own")
    component.message(component.domain, f"u@{name.transitional}", id="other")
    other.expect_message(id="other")


@pytest.mark.parametrize("known", ["transitional", "written", "ascii"])
def test_a_server_of_both_forms_is_told_the_one_that_it_knows(hub, component, site, name, known):
    remote = site.server(name.transitional, security="none")
    place(site, name.ascii, remote)
    knows_itself_as(remote, "header sent", end_with_error("host-unknown"), getattr(name, known))
    for number in range(3):
        component.message(component.domain, f"u@{name.written}/r", id=str(number))
        arrived, stream = remote.next()
        assert (arrived["id"], arrived["to"]) == (str(number), f"u@{getattr(name, known)}/r")
        assert stream.header["to"] == getattr(name, known)
    assert remote.attempts <= 3


def test_a_server_that_maps_names_may_answer_by_the_form_of_idna2003(hub, component, site, name):
    """As Prosody and ejabberd do: the header says `straße`, and dialback goes on about `strasse`."""
    remote = site.server(name.transitional, security="none")
    place(site, name.ascii, remote)

    def map_name(stream):
        request = stream.expect("db:result")
        asking = remote.open_stream(hub.s2s, component.domain, name.transitional)
        id = stream.sent_id
        verdict = ask_about_key(asking, name.transitional, component.domain, id, request.tree.text)
        stream.send(f"<db:result from='{name.transitional}' to='{component.domain}' type='{verdict['type']}'/>")
        return GO_ON

    remote.misbehave["features sent"] = map_name
    component.message(component.domain, f"u@{name.written}/r", id="1")
    remote.expect_message(id="1")


def test_a_server_that_knows_neither_form_is_no_endless_matter(hub, component, site, name):
    remote = site.server(name.transitional, security="none")
    place(site, name.ascii, remote)
    remote.misbehave["header sent"] = end_with_error("host-unknown")
    component.message(component.domain, f"u@{name.written}", id="1")
    assert "host-unknown" in component.expect_stanza(type="error", id="1").octets.decode()
    assert remote.attempts <= 6


# -- what somebody else could have -----------------------------------------------------------------------------------


def test_who_owns_one_form_gets_nothing_by_leading_it_to_the_others_servers(hub, component, site, name):
    """He may have DNS lead his own form to them for a while, and elsewhere later."""
    owner, thief = site.server(name.ascii), site.server(name.transitional)

    def lead_to(server):
        site.dns.remove(name.transitional)
        site.dns.add_server(name.transitional, *server.address, ttl=1)

    lead_to(owner)
    component.message(component.domain, f"u@{name.written}", id="before")
    owner.expect_message(id="before")
    lead_to(thief)
    watch, number = Stopwatch(), 0
    while watch.seconds() < 2:  # longer than the hub may remember the records
        owner.end_streams()
        component.message(component.domain, f"u@{name.written}", id=str(number))
        owner.expect_message(id=str(number))
        number += 1
    assert thief.received.empty()


def test_host_unknown_leads_to_nobody_elses_server(hub, component, site, name):
    owner, other = site.server(name.ascii, security="none"), site.server(name.transitional)
    owner.misbehave["header sent"] = end_with_error("host-unknown")
    component.message(component.domain, f"u@{name.written}", id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert "host-unknown" in bounce.octets.decode() and other.attempts == 0


@pytest.mark.parametrize("row", ["ßass", "ssass"])
@pytest.mark.parametrize("stated", ["ßaß", "ssaß"])
def test_a_form_with_a_server_is_no_nodes_that_has_another_one(site, row, stated):
    base, corp = fresh_domain("names"), fresh_domain("corp")
    hub = site.hub(component_node(f"{row}.{base}"), component_node(corp))
    component = site.component(hub, f"{row}.{base}")
    site.listener(f"xn--{stated.encode('punycode').decode()}.{base}")
    component.message(f"u@{stated}.{base}", corp)
    component.expect_stream_error("invalid-from")


def test_a_bidirectional_stream_of_one_form_gets_nothing_of_the_others(site, name):
    """Though its owner has DNS lead his form to the other's servers."""
    corp = fresh_domain("corp")
    hub = site.certified_hub(component_node(corp))
    component = site.component(hub, corp)
    owner = site.server(name.ascii, certificate=authority.certificate(name.ascii))
    place(site, name.transitional, owner)
    thief = site.keep(Server(site.dns, certificate=authority.certificate(name.transitional)))
    stream = thief.connect_by_certificate(hub.s2s, corp, name.transitional, bidi=True)
    stream.send(message(f"u@{name.transitional}", corp, id="proved"))
    component.expect_message(id="proved")
    component.message(corp, f"u@{name.written}", id="1")
    assert owner.expect_message(id="1")["to"] == f"u@{name.written}"
    component.message(corp, f"u@{name.transitional}", id="2")  # that is his own name
    assert stream.expect("server:message")["id"] == "2"


@pytest.mark.parametrize("other", DNS_OF_THE_OTHER)
def test_a_component_speaks_for_a_form_that_its_row_does_not_have_if_it_is_nobody_elses(site, name, other):
    corp = fresh_domain("corp")
    hub = site.hub(component_node(name.transitional), component_node(corp))
    component, receiver = site.component(hub, name.transitional), site.component(hub, corp)
    own = site.listener(name.transitional)
    DNS_OF_THE_OTHER[other](site, name.ascii, own)
    component.message(f"u@{name.written}", corp, id="1")
    if other in TAKEN:
        assert receiver.expect_message(id="1")["from"] == f"u@{name.transitional}"
    else:
        component.expect_stream_error("invalid-from")


def test_a_form_that_another_node_has_is_that_nodes_alone(site, name):
    hub = site.hub(component_node(name.written), component_node(name.transitional))
    first, second = site.component(hub, name.written), site.component(hub, name.transitional)
    remote = site.server()
    stream = remote.connect(hub.s2s, name.transitional)
    for number in range(20):
        stream.send(message(remote.domain, f"u{number}@{name.transitional}", id=str(number)))
        second.expect_message(id=str(number))
    remote.connect(hub.s2s, name.written).send(message(remote.domain, f"u@{name.written}", id="own"))
    first.expect_message(id="own")
    first.message(f"admin@{name.transitional}", remote.domain)
    first.expect_stream_error("invalid-from")


@pytest.mark.parametrize("proved, stated", [("written", "transitional"), ("transitional", "written")])
@pytest.mark.parametrize("later", [False, True], ids=["from the start", "by a reload"])
def test_a_stream_to_one_nodes_form_brings_nothing_to_the_others(site, name, proved, stated, later):
    rows = {"written": component_node(name.written), "transitional": component_node(name.transitional)}
    hub = site.hub(*([rows[proved]] if later else rows.values()))
    components = {proved: site.component(hub, getattr(name, proved))}
    remote = site.server()
    stream = remote.connect(hub.s2s, getattr(name, proved))
    if later:
        hub.reload(toml.merge(hub.config, {"node": list(rows.values())}))
    components[stated] = site.component(hub, getattr(name, stated))
    stream.send(message(remote.domain, f"u@{getattr(name, stated)}", id="1"))
    stream.expect_stream_error("invalid-from")
    again = remote.connect(hub.s2s, getattr(name, stated))
    again.send(message(remote.domain, f"u@{getattr(name, stated)}", id="2"))
    components[stated].expect_message(id="2")
    again = remote.connect(hub.s2s, getattr(name, proved))
    again.send(message(remote.domain, f"u@{getattr(name, proved)}", id="3"))
    components[proved].expect_message(id="3")  # and nothing before


@pytest.mark.parametrize("own, other", [("written", "transitional"), ("transitional", "written")])
def test_a_node_does_not_speak_in_the_form_that_another_has(site, name, own, other):
    hub = site.hub(component_node(name.written), component_node(name.transitional))
    component = site.component(hub, getattr(name, own))
    component.message(f"u@{getattr(name, other)}", site.server().domain)
    component.expect_stream_error("invalid-from")


def test_a_reload_judges_a_stream_whose_stanza_waits_for_dns(site, name):
    corp = fresh_domain("corp")
    hub = site.hub(component_node(corp), dns={"timeout_s": 20})
    site.component(hub, corp)
    remote = site.server(name.transitional)
    stream = remote.connect(hub.s2s, corp)
    site.dns.behave(name.ascii, "drop")
    stream.send(message(f"u@{name.written}", corp))
    eventually(lambda: site.dns.asked(f"_xmpp-server._tcp.{name.ascii}") > 0, 10, "DNS is asked")
    hub.reload(toml.merge(hub.config, {"trust": [{"domain": "*", "methods": ["pkix"]}]}))
    stream.expect_stream_error("policy-violation", within=5)


def test_slow_dns_is_no_proof_that_there_is_no_server(hub, component, site, name):
    site.server(name.transitional)
    site.dns.behave(name.ascii, "drop")
    component.message(component.domain, f"u@{name.written}", id="1")
    component.expect_bounce("remote-server-timeout", within=20, id="1")


def test_no_server_at_all_is_told_at_once(hub, component, name):
    component.message(component.domain, f"u@{name.written}", id="1")
    component.expect_bounce("remote-server-not-found", within=3, id="1")


# -- local domains ---------------------------------------------------------------------------------------------------


@pytest.fixture
def own(site, name):
    """A hub whose component serves the name, and the component."""
    hub = site.hub(component_node(name.written))
    return hub, site.component(hub, name.written)


@pytest.mark.parametrize("form", ["written", "ascii", "transitional"])
def test_a_local_domain_is_served_under_both_forms(own, site, name, form):
    domain = getattr(name, form)
    hub, component = own
    remote = site.server()
    stream = remote.connect(hub.s2s, domain)
    for number, to in enumerate((name.written, name.ascii, name.transitional)):
        stream.send(message(remote.domain, f"u@{to}/r", id=str(number)))
        component.expect_message(id=str(number))


@pytest.mark.parametrize("form", ["written", "ascii", "transitional"])
def test_a_local_domain_speaks_in_the_form_that_servers_know(own, site, name, form):
    hub, component = own
    remote = site.server(verify_at=hub.s2s)
    component.send(message(f"u@{getattr(name, form)}/r", remote.domain, id="1"))
    arrived, stream = remote.next()
    assert arrived["from"] == f"u@{name.transitional}/r" and stream.header["from"] == name.transitional


@pytest.mark.parametrize("form", ["written", "ascii", "transitional"])
def test_a_component_logs_in_by_either_form(site, name, form):
    hub = site.hub(component_node(name.written))
    site.component(hub, getattr(name, form), NODE_SECRET)


# -- rules -----------------------------------------------------------------------------------------------------------

RULES = [
    # listed, form, allowed by an allow list, denied by a deny list
    ("written", "written", True, True),
    ("written", "transitional", True, True),
    ("transitional", "transitional", True, True),
    ("transitional", "written", False, True),
    ("ascii", "transitional", True, True),
]


@pytest.mark.parametrize("listed, form, allowed, denied", RULES)
@pytest.mark.parametrize("mode", ["allow-list", "deny-list"])
def test_lists_hold_for_both_forms(site, name, mode, listed, form, allowed, denied):
    domain = fresh_domain("corp")
    key = mode.removesuffix("-list")
    hub = site.hub(component_node(domain), federation={"privacy_mode": mode, key: [getattr(name, listed)]})
    component = site.component(hub, domain)
    remote = site.server(name.ascii if form == "written" else name.transitional)
    passes = allowed if key == "allow" else not denied
    component.message(domain, f"u@{getattr(name, form)}", id="1")
    if passes:
        remote.expect_message(id="1")
    else:
        component.expect_stanza(type="error", id="1")
    try:
        remote.connect(hub.s2s, domain, from_=getattr(name, form))
        assert passes
    except (AssertionError, Closed):
        assert not passes


@pytest.mark.parametrize("listed", ["written", "transitional"])
def test_the_stricter_trust_rule_holds_for_both_forms(site, name, listed):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), trust=[{"domain": getattr(name, listed), "methods": ["pkix"]}])
    component = site.component(hub, domain)
    remote = site.server(name.ascii)  # its certificate proves nothing, and dialback is not enough
    component.message(domain, f"u@{name.written}", id="1")
    component.expect_stanza(type="error", id="1")
