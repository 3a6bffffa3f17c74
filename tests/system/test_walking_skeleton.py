"""A stanza goes from a remote server through the hub to a component and back."""

import ssl

import pytest

from peers.site import fresh_domain
from peers.waiting import eventually
from peers.xml import StreamEnd

PAYLOAD = "<body>Grüße &amp; mehr</body><x xmlns='urn:x' a=\"1\"><y/></x>"

STANZAS = {
    "message": "<message from='{from_}' to='{to}' id='m1' type='chat'>" + PAYLOAD + "</message>",
    "presence": "<presence from='{from_}' to='{to}'>" + PAYLOAD + "</presence>",
    "iq": "<iq from='{from_}' to='{to}' id='i1' type='get'><query xmlns='urn:q'>&#13;</query></iq>",
}


def converse(hub, component, remote, **how):
    """Sends each kind of stanza in both directions."""
    local, far = f"a@{component.domain}/x", f"b@{remote.domain}/y"
    for kind, text in STANZAS.items():
        component.send(text.format(from_=local, to=far))
        there = remote.expect(f"server:{kind}", from_=local, to=far)
        assert there.payload in text.encode()
    stream = remote.connect(hub.s2s, component.domain, **how)
    for kind, text in STANZAS.items():
        stream.send(text.format(from_=far, to=local))
        back = component.expect(f"component:{kind}", from_=far, to=local)
        assert back.payload in text.encode() and back.payload
    stream.close()


@pytest.mark.parametrize("security", ["none", "optional", "required"])
def test_stanzas_get_there_and_back(hub, component, site, security):
    remote = site.server(security=security, verify_at=hub.s2s)
    converse(hub, component, remote, secure=security != "none")
    assert remote.streams[0].secure == (security != "none")


def test_stanzas_get_there_and_back_with_a_peer_before_xmpp_1_0(hub, component, site):
    remote = site.server(version="", security="none", verify_at=hub.s2s)
    converse(hub, component, remote, version="")


@pytest.mark.parametrize("prefix", ["db", "q", "server-dialback", ""])
def test_dialback_works_with_any_prefix_and_none(hub, component, site, prefix):
    remote = site.server(prefix=prefix, verify_at=hub.s2s)
    converse(hub, component, remote, prefix=prefix)


def test_the_hub_answers_a_pre_1_0_header_without_version_and_features(hub, component, site):
    stream = site.server().open_stream(hub.s2s, component.domain, version="")
    assert stream.header.get("version") is None
    rest = stream.send("</stream:stream>").read_to_end()
    assert [type(item) for item in rest] == [StreamEnd]


def test_several_domain_pairs_share_one_incoming_stream(hub, component, site):
    other = site.component(hub, hub.spare_domain())
    remote = site.server(fresh_domain(), fresh_domain())
    stream = remote.connect(hub.s2s, component.domain)
    for sender in remote.domains:
        for target in (component, other):
            if (sender, target) != (remote.domain, component):
                remote.authenticate(stream, target.domain, sender)
    for sender in remote.domains:
        for target in (component, other):
            stream.send(f"<message from='{sender}' to='{target.domain}'><body>{sender}</body></message>")
            target.expect_message(from_=sender)


def test_several_keys_can_be_sent_at_once(hub, component, site):
    remote = site.server(*(fresh_domain() for _ in range(5)))
    stream = remote.open_stream(hub.s2s, component.domain)
    for sender in remote.domains:
        remote.send_key(stream, component.domain, sender)
    results = [stream.expect("db:result", type="valid")["to"] for _ in remote.domains]
    assert sorted(results) == sorted(remote.domains)


def test_several_node_domains_share_one_outgoing_stream(hub, component, site):
    other, remote = site.component(hub, hub.spare_domain()), site.server(verify_at=hub.s2s)
    component.message(component.domain, remote.domain, "one")
    _, first = remote.next()
    other.message(other.domain, remote.domain, "two")
    element, second = remote.next()
    assert element["from"] == other.domain and second is first


def test_a_key_is_verified_over_a_dedicated_stream_that_is_closed_afterwards(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    eventually(lambda: remote.ended == remote.streams and len(remote.ended) == 1, what="the stream's end")
    assert len(remote.verified) == 1
    hub.wait_for_log(rf"{remote.domain}.*stream closed \(dialback only\)")
    stream.send(f"<message from='{remote.domain}' to='{component.domain}'/>")
    component.expect_message(from_=remote.domain)


def test_a_key_is_verified_over_an_existing_stream(hub, component, site):
    remote = site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()
    remote.connect(hub.s2s, component.domain)
    assert remote.attempts == 1 and len(remote.verified) == 1
    component.message(component.domain, remote.domain, "after")
    remote.expect_message()
    assert not remote.ended


@pytest.mark.parametrize("secure", [False, True])
def test_the_hub_answers_for_its_keys(hub, component, site, secure):
    """The hub as authoritative server: its own key for this stream is valid, any other is invalid."""
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept()
    header = stream.read_header()
    assert (header["to"], header["from"]) == (remote.domain, component.domain)
    stream.send_header(from_=remote.domain, to=component.domain, id="the-stream", version="")
    key = stream.expect("db:result", from_=component.domain, to=remote.domain).tree.text
    cases = [("the-stream", key, "valid"), ("the-stream", key[::-1], "invalid"), ("no", key, "invalid")]
    for id, asked, verdict in cases:
        asking = remote.open_stream(hub.s2s, component.domain, secure=secure)
        asking.send(f"<db:verify from='{remote.domain}' to='{component.domain}' id='{id}'>{asked}</db:verify>")
        asking.expect("db:verify", from_=component.domain, to=remote.domain, id=id, type=verdict)
        asking.close()
    stream.send(f"<db:result from='{remote.domain}' to='{component.domain}' type='valid'/>")
    stream.expect("server:message", from_=component.domain)


def test_a_key_that_the_authoritative_server_denies_is_invalid(hub, component, site):
    remote = site.server()
    remote.verify_answer = ("invalid", "")
    stream = remote.open_stream(hub.s2s, component.domain)
    remote.send_key(stream, component.domain)
    stream.expect("db:result", from_=component.domain, to=remote.domain, type="invalid")


def test_clear_text_behind_starttls_ends_the_stream(hub, component, site):
    """RFC 6120 §5.4.3.3: clear octets that an attacker puts behind the command must not count as octets of TLS."""
    remote = site.server()
    stream = remote.open_stream(hub.s2s, component.domain)
    injected = f"<db:result from='{remote.domain}' to='{component.domain}'>injected</db:result>"
    stream.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + injected)
    stream.expect_stream_error("policy-violation")
    assert not remote.verified


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_tls_before_1_2_is_refused(hub, component, site, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    stream = site.server().open_stream(hub.s2s, component.domain)
    stream.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").expect("tls:proceed")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        stream.start_tls(context, name=component.domain)
