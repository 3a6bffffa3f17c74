"""Internationalised domains: the form that streams use, and rules and local domains, which cover each form.

tests/interop/test_names.py shows how real servers treat such domains.
"""

import pytest

from peers.component import message
from peers.dialback import answer, ask_about_key
from peers.misbehaviour import GO_ON, end_with_error
from peers.names import Name, place
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import eventually


@pytest.fixture
def name():
    return Name()


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
    """Makes the server refuse every name but this one."""

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
def test_a_server_that_knows_only_a_labels_is_addressed_by_a_labels(hub, component, site, name, where):
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
    assert f"[{name.plain_ascii}] its server does not know the name \"{name.plain}\"" in hub.log


def test_a_bounce_names_host_unknown_if_the_server_knows_no_form(hub, component, site, name):
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
def test_a_server_of_both_forms_is_addressed_by_the_one_that_it_knows(hub, component, site, name, known):
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
    """Prosody and ejabberd do so: their header has `straße`, and their dialback `strasse`."""
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


def test_a_server_that_knows_neither_form_is_tried_a_bounded_number_of_times(hub, component, site, name):
    remote = site.server(name.transitional, security="none")
    place(site, name.ascii, remote)
    remote.misbehave["header sent"] = end_with_error("host-unknown")
    component.message(component.domain, f"u@{name.written}", id="1")
    assert "host-unknown" in component.expect_stanza(type="error", id="1").octets.decode()
    assert remote.attempts <= 6


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
    remote = site.server(name.ascii)  # its certificate proves nothing, and dialback alone does not satisfy the rule
    component.message(domain, f"u@{name.written}", id="1")
    component.expect_stanza(type="error", id="1")
