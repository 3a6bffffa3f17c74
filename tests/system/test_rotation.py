"""Secrets and certificates are replaced while the hub runs, and no stream is affected."""

import signal

import pytest

from peers.authority import certificate, der_of, split, write_in_place_of
from peers.component import message
from peers.dialback import ask_about_key, dialback_key
from peers.hub import SECRET
from peers.site import component_node, fresh_domain, shown_certificate
from peers.toml import merge
from peers.waiting import PATIENCE, eventually

# -- the dialback secret ----------------------------------------------------------------------------------------


def with_secrets(hub, current, *previous):
    return merge(hub.config, {"federation": {"dialback_secret": current, "dialback_secret_previous": list(previous)}})


def verdict(remote, hub, domain, id, key):
    """Returns the hub's verdict on a key, as authoritative server of its domain."""
    stream = remote.open_stream(hub.s2s, domain)
    answer = ask_about_key(stream, remote.domain, domain, id, key)["type"]
    stream.close()
    return answer


def test_keys_of_a_previous_secret_verify_as_long_as_it_is_listed(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    remote = site.listener()
    keys = {secret: dialback_key(secret, remote.domain, domain, "an id") for secret in (SECRET, "second", "third")}

    def valid():
        return {secret for secret, key in keys.items() if verdict(remote, hub, domain, "an id", key) == "valid"}

    assert valid() == {SECRET}
    steps = [("second", [SECRET]), ("third", ["second", SECRET]), ("third", ["second"]), ("third", [])]
    for current, previous in steps:
        hub.reload(with_secrets(hub, current, *previous))
        assert valid() == {current, *previous}


def test_new_keys_are_of_the_new_secret(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    component = site.component(hub, domain)
    hub.reload(with_secrets(hub, "second", SECRET))
    remote = site.listener()
    component.message(domain, remote.domain)
    stream = remote.accept()
    remote.answer_header(stream)
    key = stream.expect("db:result", from_=domain)
    id = stream.sent_header.partition(" id='")[2].partition("'")[0]
    assert key.tree.text == dialback_key("second", remote.domain, domain, id)


def test_a_key_under_way_outlives_the_change_of_the_secret(site):
    """The peer asks about the key after the secret has changed, perhaps at another instance of the hub."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    component, remote = site.component(hub, domain), site.listener()
    component.message(domain, remote.domain, "waits")
    stream = remote.accept()
    remote.answer_header(stream)
    key = stream.expect("db:result", from_=domain)
    hub.reload(with_secrets(hub, "second", SECRET))
    id = stream.sent_header.partition(" id='")[2].partition("'")[0]
    assert verdict(remote, hub, domain, id, key.tree.text) == "valid"
    stream.send(f"<db:result from='{remote.domain}' to='{domain}' type='valid'/>")
    stream.expect("server:message", from_=domain)


def test_no_stream_breaks_while_the_secret_changes(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    component, remote = site.component(hub, domain), site.server(verify_at=hub.s2s)
    stream = remote.connect(hub.s2s, domain)
    for number, (current, previous) in enumerate([("second", [SECRET]), ("second", []), ("third", [])]):
        hub.reload(with_secrets(hub, current, *previous))
        component.message(domain, remote.domain, str(number))
        assert remote.expect_message().find("server:body").text == str(number)
        stream.send(message(remote.domain, domain, str(number)))
        assert component.expect_message().find("component:body").text == str(number)
    assert not [seen for seen in remote.ended if seen not in remote.streams[:1]]  # [:1]: the hub's verification stream


# -- certificates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["SIGHUP", "the file alone"])
def test_a_certificate_is_replaced_under_traffic(site, how):
    """Every stanza arrives, in order, on the existing streams. New streams get the new certificate."""
    domain = fresh_domain("corp")
    old, new = certificate(domain), certificate(domain)
    hub = site.certified_hub(component_node(domain), certificates=[old])
    component, remote = site.component(hub, domain), site.server(verify_at=hub.s2s)
    incoming = remote.connect(hub.s2s, domain, secure=True)
    component.message(domain, remote.domain, "first")
    _, outgoing = remote.next()
    attempts, asking = remote.attempts, site.server()
    assert outgoing.secure and shown_certificate(asking, hub, domain) == der_of(old)

    path = hub.config["tls"]["certificate"][0]["chain_file"]
    sent = 0

    def talk():
        nonlocal sent
        for _ in range(20):
            component.message(domain, remote.domain, str(sent))
            incoming.send(message(remote.domain, domain, str(sent)))
            sent += 1

    talk()
    write_in_place_of(path, new)
    if how == "SIGHUP":
        hub.signal(signal.SIGHUP)
    talk()

    def is_new():
        talk()
        return shown_certificate(asking, hub, domain) == der_of(new)

    eventually(is_new, PATIENCE, "the new certificate")
    talk()
    wanted = [str(number) for number in range(sent)]
    assert [element.find("server:body").text for element in remote.collect(sent)] == wanted
    assert [element.find("component:body").text for element in component.collect(sent)] == wanted
    assert remote.attempts == attempts and not remote.errors


def test_chain_and_key_in_two_files_change_one_after_the_other(site):
    """Between the two changes the files don't match, so the hub keeps the old pair until both are new."""
    domain = fresh_domain("corp")
    (old_chain, old_key), (new_chain, new_key) = (split(certificate(domain)) for _ in range(2))
    directory = site.directory("two-files")
    chain_file, key_file = directory / "chain.pem", directory / "key.pem"
    chain_file.write_bytes(old_chain)
    key_file.write_bytes(old_key)
    hub = site.certified_hub(component_node(domain), certificates=[], tls={
        "certificate": [{"chain_file": str(chain_file), "key_file": str(key_file)}]})  # fmt: skip
    remote = site.server()
    write_in_place_of(chain_file, new_chain)
    hub.reload(hub.config, outcome="rejected")
    assert shown_certificate(remote, hub, domain) == der_of(old_chain)
    write_in_place_of(key_file, new_key)
    eventually(lambda: shown_certificate(remote, hub, domain) == der_of(new_chain), PATIENCE, "the new pair")


def test_a_file_that_is_no_certificate_changes_nothing(site):
    domain = fresh_domain("corp")
    good = certificate(domain)
    hub = site.certified_hub(component_node(domain), certificates=[good])
    remote = site.server()
    write_in_place_of(hub.config["tls"]["certificate"][0]["chain_file"], b"no certificate")
    hub.reload(hub.config, outcome="rejected")
    assert shown_certificate(remote, hub, domain) == der_of(good)


def test_a_domain_that_no_certificate_covers_is_named(site):
    covered, bare, later = (fresh_domain("corp") for _ in range(3))
    hub = site.certified_hub(component_node(covered), component_node(bare), certificates=[certificate(covered)])
    warning = r"(?m)^.*\bwarning\b.*{}.*certificate.*$|^.*\bwarning\b.*certificate.*{}.*$"
    hub.wait_for_log(warning.format(bare, bare))
    assert not [line for line in hub.log.splitlines() if "warning" in line and covered in line and "certif" in line]
    hub.reload(merge(hub.config, {"node": [component_node(covered), component_node(later)]}))
    hub.wait_for_log(warning.format(later, later))
