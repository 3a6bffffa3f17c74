"""<see-other-host/> (RFC 6120 §4.9.3.19): an outgoing stream is opened again at the host that the peer names. That host
has to meet the same requirements as the first one."""

import pytest

from peers import toml
from peers.authority import certificate
from peers.misbehaviour import end_with_error, hang_up, say, see_other_host
from peers.site import component_node, fresh_domain, spare_nodes

FALLBACK = "127.77.0.2"  # for a server on port 5269 found without SRV; test_finding_servers.py uses 127.77.0.1

PHASES = (
    "header sent", "features sent", "starttls received", "secure header sent", "secure features sent", "key received",
)  # fmt: skip

RULES = [
    {"domain": "*.pkix.example", "methods": ["pkix"]},
    {"domain": "*.secured.example", "security_mode": "tls-required"},
]


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes(), trust=RULES)


def at(server) -> str:
    return "%s:%d" % server.address


def redirecting(site, where: str, *domain: str, step="features sent", **how):
    """Returns a server that redirects to `where` at this step."""
    server = site.server(*domain, **how)
    server.misbehave[step] = say(see_other_host(where), then=hang_up)
    return server


def expect_refusal(component, domain: str, *words: str) -> None:
    """Checks that a stanza to the domain bounces, and that the error's text has all these words."""
    component.message(component.domain, domain, id=domain)
    text = component.expect_stanza(type="error", id=domain).error_text
    assert all(word in text for word in words), text


# -- the host that is named ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", PHASES)
def test_a_redirect_is_followed_in_each_phase_of_the_negotiation(component, site, step):
    other = site.server()
    first = redirecting(site, at(other), step=step)
    component.message(component.domain, first.domain)
    other.expect_message(to=first.domain)
    assert other.streams[0].header["to"] == first.domain
    assert (first.attempts, other.attempts) == (1, 1)


def test_a_name_with_a_port_is_not_looked_for_by_srv(component, site, dns):
    other, elsewhere = site.server(), site.server()
    host = fresh_domain("host")
    dns.add(host, "A", "127.0.0.1").add(f"_xmpp-server._tcp.{host}", "SRV", f"0 0 {elsewhere.address[1]} {host}")
    first = redirecting(site, f"{host}:{other.address[1]}")
    component.message(component.domain, first.domain)
    other.expect_message(to=first.domain)
    assert dns.asked(f"_xmpp-server._tcp.{host}") == 0


def test_a_name_without_a_port_is_looked_for_like_a_domain(component, site):
    other = site.server()
    first = redirecting(site, other.domain)
    component.message(component.domain, first.domain)
    other.expect_message(to=first.domain)


@pytest.mark.parametrize("named", ["a name", "an address"])
def test_a_name_without_port_and_srv_records_is_dialled_on_5269(component, site, dns, named):
    other, host = site.server(host=FALLBACK, port=5269), fresh_domain("host")
    dns.add(host, "A", FALLBACK)
    first = redirecting(site, host if named == "a name" else FALLBACK)
    component.message(component.domain, first.domain)
    other.expect_message(to=first.domain)


def test_what_waited_keeps_its_order(component, site):
    other = site.server()
    first = redirecting(site, at(other))
    for number in range(100):
        component.message(component.domain, first.domain, id=str(number))
    assert [message["id"] for message in other.collect(100)] == [str(number) for number in range(100)]


def test_each_attempt_begins_with_dns(hub, component, site):
    other = site.server()
    first = redirecting(site, at(other))
    component.message(component.domain, first.domain)
    other.expect_message()
    first.misbehave.clear()
    other.drop_streams()
    hub.wait_for_log(rf"\[route {first.domain}\] CLOSING->PENDING")
    component.message(component.domain, first.domain)
    first.expect_message()


def test_the_log_names_the_other_host(hub, component, site):
    other = site.server()
    first = redirecting(site, at(other))
    component.message(component.domain, first.domain)
    other.expect_message()
    hub.wait_for_log(rf"\[{first.domain}\] the hub follows see-other-host to {at(other)}")


# -- redirects that are not followed -------------------------------------------------------------------------------


def test_a_host_that_names_itself_is_not_asked_again(component, site):
    first = site.server()
    first.misbehave["features sent"] = say(see_other_host(at(first)), then=hang_up)
    expect_refusal(component, first.domain, "leads only to addresses that were already tried", at(first))
    assert first.attempts == 1


def test_two_hosts_that_name_each_other_are_asked_once(component, site):
    first = site.server()
    second = redirecting(site, at(first))
    first.misbehave["features sent"] = say(see_other_host(at(second)), then=hang_up)
    expect_refusal(component, first.domain, "leads only to addresses that were already tried", at(first))
    assert (first.attempts, second.attempts) == (1, 1)


def test_a_chain_of_hosts_is_followed_three_times(component, site):
    chain = [site.server()]
    for _ in range(4):
        chain.insert(0, redirecting(site, at(chain[0])))
    expect_refusal(component, chain[0].domain, "see-other-host", at(chain[4]), "3 times")
    assert [server.attempts for server in chain] == [1, 1, 1, 1, 0]
    component.message(component.domain, chain[1].domain)
    chain[4].expect_message(to=chain[1].domain)


@pytest.mark.parametrize("where", ["no host", "user@host.example", "host.example:0", "host.example:x", "[::1", "a..b"])
def test_what_is_no_host_is_not_followed(component, site, where):
    first = redirecting(site, where)
    expect_refusal(component, first.domain, "see-other-host", f'"{where}" is not followed', "it is not a host name")
    assert first.attempts == 1


def test_an_empty_redirect_is_an_ordinary_stream_error(component, site):
    first = redirecting(site, "")
    expect_refusal(component, first.domain, "see-other-host")
    assert first.attempts == 1


def test_after_a_redirect_that_is_not_followed_the_domains_other_servers_are_tried(component, site, dns):
    good = site.server()
    first = redirecting(site, "no host")
    dns.add_server(first.domain, *good.address, priority=10)
    component.message(component.domain, first.domain)
    good.expect_message(to=first.domain)


def test_the_failure_of_the_other_host_names_it(component, site):
    dead = site.listener()
    dead.close()
    first = redirecting(site, at(dead))
    expect_refusal(component, first.domain, "refused the connection", f"redirected to {at(dead)}")


def test_the_other_hosts_stream_error_is_told(component, site):
    other = site.server()
    other.misbehave["features sent"] = end_with_error("host-unknown")
    first = redirecting(site, at(other))
    expect_refusal(component, first.domain, "host-unknown", f"redirected to {at(other)}")


def test_a_host_without_an_address_waits_for_the_back_off(component, site):
    """The failure is one of DNS, but each new attempt would ask the first host again. So the back-off applies."""
    first = redirecting(site, f"{fresh_domain('nowhere')}:5269")
    expect_refusal(component, first.domain, "no address records", "redirected to")
    assert first.attempts == 1
    component.message(component.domain, first.domain, id="2")
    component.expect_stanza(type="error", id="2")
    assert first.attempts == 2


# -- requirements for the host -------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["an address", "a name with a port", "a name"])
def test_an_address_inside_is_refused_as_from_dns(site, dns, named):
    """The first host has a private address too. The test forbids private addresses only after the hub reached it."""
    node = fresh_domain("corp")
    hub = site.hub(component_node(node))
    component, first, trap = site.component(hub, node), site.listener(), site.server()
    host = f"host.{trap.domain}"
    dns.add(host, "A", "127.0.0.1")
    where = {"an address": at(trap), "a name with a port": f"{host}:{trap.address[1]}", "a name": trap.domain}[named]
    component.message(node, first.domain, id="1")
    stream = first.accept()
    first.answer_header(stream, starttls=True)
    stream.expect("tls:starttls")
    hub.reload(toml.merge(hub.config, {"dns": {"allow_private_addresses": False}}))
    stream.send(see_other_host(where))
    stream.close()
    bounce = component.expect_stanza(type="error", id="1")
    assert "is not public" in bounce.error_text and f"redirected to {where}" in bounce.error_text, bounce
    assert trap.attempts == 0


def test_the_certificate_must_prove_the_domain_that_was_asked_for(component, site):
    domain = f"{fresh_domain()}.pkix.example"
    good = certificate(domain)
    other, names = site.server(certificate=good), []
    other._context.sni_callback = lambda _, name, __: names.append(name)
    redirecting(site, at(other), domain, certificate=good, step="secure features sent")
    component.message(component.domain, domain)
    other.expect_message(to=domain)
    assert names == [domain]


def test_the_other_hosts_own_name_proves_nothing(component, site):
    domain, host = f"{fresh_domain()}.pkix.example", f"{fresh_domain('host')}.pkix.example"
    other = site.server(host, certificate=certificate(host))
    redirecting(site, host, domain, certificate=certificate(domain), step="secure features sent")
    expect_refusal(component, domain, "certificate", f"redirected to {host}")
    assert other.received.empty() and other.attempts == 1


def test_tls_is_asked_for_there_too(component, site):
    domain = f"{fresh_domain()}.secured.example"
    other = site.server(security="none")
    redirecting(site, at(other), domain, step="secure features sent")
    expect_refusal(component, domain, "TLS", f"redirected to {at(other)}")
    assert other.received.empty()


def test_a_redirect_from_a_static_route_is_not_followed(site):
    node = fresh_domain("corp")
    other = site.server()
    first = redirecting(site, at(other))
    hub = site.hub(component_node(node), static_route=[{"domain": first.domain, "address": at(first)}])
    expect_refusal(site.component(hub, node), first.domain, "see-other-host", at(other), "configuration")
    assert other.attempts == 0
