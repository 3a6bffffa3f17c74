"""Domains whose forms differ between IDNA2003 and IDNA2008: which peer may send in a form, and which gets its
stanzas."""

import pytest

from peers import authority, toml
from peers.component import message
from peers.misbehaviour import end_with_error
from peers.names import DNS_OF_THE_OTHER, TAKEN, Name, place
from peers.s2s_peer import Server
from peers.site import component_node, fresh_domain
from peers.waiting import Stopwatch, eventually


@pytest.fixture
def name():
    return Name()


@pytest.mark.parametrize("proved", ["transitional", "ascii"])
@pytest.mark.parametrize("other", DNS_OF_THE_OTHER)
def test_a_stanza_in_the_other_form_is_taken_unless_that_has_another_owner(hub, component, site, name, other, proved):
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


def test_dns_is_asked_about_the_other_form_once(hub, component, site, name):
    remote = site.server(name.transitional)
    for _ in range(3):
        stream = remote.connect(hub.s2s, component.domain)
        for number in range(3):
            stream.send(message(f"u@{name.written}", component.domain, id=str(number)))
            component.expect_message(id=str(number))
    assert site.dns.asked(f"_xmpp-server._tcp.{name.ascii}", "SRV", "udp") == 1


def test_a_faulty_stanza_in_the_other_form_does_not_end_the_stream(hub, component, site, name):
    remote = site.server(name.transitional)
    stream = remote.connect(hub.s2s, component.domain)
    for bad in (f"@{component.domain}", f"a b@{component.domain}", ""):
        stream.send(f"<message from='u@{name.written}' to='{bad}' id='bad'><body/></message>")
        error = remote.expect_message(type="error", id="bad")
        assert error.condition == "jid-malformed"
    stream.send(message(f"u@{name.written}", component.domain, id="good"))
    component.expect_message(id="good")


def test_a_different_domain_is_not_taken_for_another_form(hub, component, site, name):
    """A name that differs by more than the mapping is a different domain, whatever DNS says."""
    remote = site.server(name.transitional)
    for stated in (name.plain, f"sub.{name.written}", name.written.removeprefix("straße.")):
        stream = remote.connect(hub.s2s, component.domain)
        stream.send(message(f"u@{stated}", component.domain))
        stream.expect_stream_error("invalid-from")


def test_pointing_dns_of_one_form_at_the_other_forms_servers_gains_no_stanzas(hub, component, site, name):
    """The owner of one form points its DNS at the other form's servers, and later at his own."""
    owner, thief = site.server(name.ascii), site.server(name.transitional)

    def lead_to(server):
        site.dns.remove(name.transitional)
        site.dns.add_server(name.transitional, *server.address, ttl=1)

    lead_to(owner)
    component.message(component.domain, f"u@{name.written}", id="before")
    owner.expect_message(id="before")
    lead_to(thief)
    watch, number = Stopwatch(), 0
    while watch.seconds() < 2:  # longer than the records' TTL of 1 s
        owner.end_streams()
        component.message(component.domain, f"u@{name.written}", id=str(number))
        owner.expect_message(id=str(number))
        number += 1
    assert thief.received.empty()


def test_after_host_unknown_the_other_forms_server_is_not_tried(hub, component, site, name):
    owner, other = site.server(name.ascii, security="none"), site.server(name.transitional)
    owner.misbehave["header sent"] = end_with_error("host-unknown")
    component.message(component.domain, f"u@{name.written}", id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert "host-unknown" in bounce.octets.decode() and other.attempts == 0


@pytest.mark.parametrize("row", ["ßass", "ssass"])
@pytest.mark.parametrize("stated", ["ßaß", "ssaß"])
def test_a_node_does_not_speak_in_another_form_that_has_a_server(site, row, stated):
    base, corp = fresh_domain("names"), fresh_domain("corp")
    hub = site.hub(component_node(f"{row}.{base}"), component_node(corp))
    component = site.component(hub, f"{row}.{base}")
    site.listener(f"xn--{stated.encode('punycode').decode()}.{base}")
    component.message(f"u@{stated}.{base}", corp)
    component.expect_stream_error("invalid-from")


def test_a_bidirectional_stream_of_one_form_gets_no_stanzas_for_the_other_form(site, name):
    """This holds although the stream's owner points the DNS of his form at the other form's servers."""
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
    component.message(corp, f"u@{name.transitional}", id="2")  # the form that the stream has proved
    assert stream.expect("server:message")["id"] == "2"


@pytest.mark.parametrize("other", DNS_OF_THE_OTHER)
def test_a_component_speaks_in_the_other_form_of_its_domain_unless_that_has_another_owner(site, name, other):
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


def test_two_nodes_may_serve_one_form_each(site, name):
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
def test_a_pair_with_one_nodes_form_does_not_reach_the_node_of_the_other_form(site, name, proved, stated, later):
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
    components[proved].expect_message(id="3")  # the first message that it gets


@pytest.mark.parametrize("own, other", [("written", "transitional"), ("transitional", "written")])
def test_a_node_does_not_speak_in_the_form_that_another_has(site, name, own, other):
    hub = site.hub(component_node(name.written), component_node(name.transitional))
    component = site.component(hub, getattr(name, own))
    component.message(f"u@{getattr(name, other)}", site.server().domain)
    component.expect_stream_error("invalid-from")


def test_a_reload_ends_a_stream_whose_stanza_waits_for_dns(site, name):
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


def test_a_name_without_any_server_bounces_at_once(hub, component, name):
    component.message(component.domain, f"u@{name.written}", id="1")
    component.expect_bounce("remote-server-not-found", within=3, id="1")
