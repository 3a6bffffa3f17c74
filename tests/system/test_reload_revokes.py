"""A reload takes back at once what the new configuration no longer grants, on every kind of stream.

Each row of the table is one reload, from the configuration `before` to `after`, of a hub with one stream of each kind.
The streams in `ends` end with `policy-violation`, and nothing passes on them any more. All others go on.
"""

from dataclasses import dataclass, field
from typing import Callable

import pytest

from peers import authority, dialback, toml
from peers.authority import certificate, pin_of, write_in_place_of
from peers.component import Component, message
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream_kinds import WORLDLY, ComponentLink, FromNode, Incoming, Outgoing, ToNode, last_words
from peers.waiting import eventually
from peers.xml import Element
from support.certificates import Authority

NODE_ADDRESS = "127.0.0.2"
NODES = {"component", "node in", "node out"}
KINDS = set(WORLDLY) | NODES
UNRELATED = {"unrelated in", "unrelated out", "unrelated component"}
NO_QUESTION = {"verification out": "where dialback proves nothing, no key is asked about"}


class Estate:
    """A hub with a component of two domains, another component, an s2s node of two domains, and the world.

    `streams`: by kind. Each worldly stream connects `corp` with a domain of its own below `victims`. The unrelated
    streams and those of the node belong to the other component.
    """

    def __init__(self, site, row):
        self.site = site
        parent = fresh_domain("victims")
        self.victims = f"*.{parent}"
        self.domains = {kind: f"{kind.replace(' ', '-').lower()}.{parent}" for kind in WORLDLY}
        self.certificate = certificate(*self.domains.values())
        self.corp, self.extra, self.other = fresh_domain("corp"), fresh_domain("extra"), fresh_domain("other")
        self.node = site.server(fresh_domain("im"), fresh_domain("im"))
        self.node.source = (NODE_ADDRESS, 0)
        self.spare = site.server(self.node.domain)  # a second address for the node
        self.component_row = component_node(self.corp, self.extra)
        self.other_row = component_node(self.other)
        self.node_row = {
            "name": "server behind the hub", "domains": list(self.node.domains), "protocol": "s2s",
            "address": "%s:%d" % self.node.address, "trusted_from": [f"{NODE_ADDRESS}/32"],
        }  # fmt: skip
        self.crl = site.directory("crl") / "crl.pem"
        self.crl.write_bytes(authority.revocations())
        rows = [self.component_row, self.other_row, self.node_row]
        # Long enough that nothing ends by time: verification streams after `negotiation`, questions after `dialback`.
        times = {"negotiation": 60, "dialback": 60}
        self.hub = site.certified_hub(*rows, tls={"crl_files": [str(self.crl)]}, timeouts=times)
        self.anchors = self.hub.config["tls"]["ca_file"]
        self.component = site.component(self.hub, self.corp)
        self.unrelated = site.component(self.hub, self.other)
        self.streams = {
            kind: self._worldly(WORLDLY[kind], self.component, self.corp, domain, row.how)
            for kind, domain in self.domains.items()
            if kind not in row.without_meaning
        }
        self.streams |= {
            "component": ComponentLink(self.component, self.corp),
            "node in": FromNode(site, self.hub, self.unrelated, self.other, self.node),
            "node out": ToNode(site, self.hub, self.unrelated, self.other, self.node),
            "unrelated in": self._worldly(Incoming, self.unrelated, self.other, fresh_domain(), "tls"),
            "unrelated out": self._worldly(Outgoing, self.unrelated, self.other, fresh_domain(), "tls"),
            "unrelated component": ComponentLink(self.unrelated, self.other),
        }

    def _worldly(self, kind, component, corp, domain, how):
        how = how if how in kind.ways else kind.ways[-1]
        return kind(self.site, self.hub, component, corp, domain, how, self.certificate)

    def open(self) -> None:
        for stream in self.streams.values():
            stream.open()

    def reload(self, changes: dict) -> None:
        self.config = toml.merge(self.hub.config, changes)
        self.hub.reload(self.config)

    def reconnect(self, secret: str) -> None:
        self.component = self.site.component(self.hub, self.corp, secret)
        for kind in WORLDLY:
            if kind in self.streams:
                self.streams[kind].component = self.component

    def nodes(self, component=None, node=None, **more) -> dict:
        """Returns the [[node]] rows with these keys changed. False for a node: leaves its row out."""
        rows = [self.other_row]
        if component is not False:
            rows.append(self.component_row | (component or {}))
        if node is not False:
            rows.append(self.node_row | (node or {}))
        return {"node": rows} | more

    def trust(self, **keys) -> dict:
        return {"trust": [{"domain": self.victims} | keys]}

    def allow_list(self, *more) -> dict:
        allowed = [self.streams[kind].domain for kind in ("unrelated in", "unrelated out")]
        return {"federation": {"privacy_mode": "allow-list", "allow": [*allowed, *more]}}

    def routes(self) -> dict:
        rows = [
            {"domain": self.domains[kind], "address": "%s:%d" % self.streams[kind].peer.address}
            for kind in WORLDLY
            if kind in self.streams
        ]
        return {"static_route": rows}


def no_change(estate) -> dict:
    return {}


@dataclass
class Row:
    what: str
    how: str  # the method that proves worldly streams, if they have a choice
    ends: set
    after: Callable
    before: Callable = no_change
    without_meaning: dict = field(default_factory=dict)  # kinds that the row leaves out, each with the reason
    new_secret: str = ""


def replace_anchors(estate) -> dict:
    write_in_place_of(estate.anchors, Authority("Another").certificate)
    return estate.trust(methods=["pkix"])


def revoke(estate) -> dict:
    write_in_place_of(estate.crl, authority.revocations(estate.certificate))
    return estate.trust(methods=["pkix"])


ALL = set(WORLDLY)
BY_CERTIFICATE = ALL - {"verification in", "verification out"}
BY_DIALBACK = ALL - {"resumed", "verification in"}

TABLE = [
    Row("nothing", "tls", set(), no_change),
    Row("nothing, of streams with certificates", "certificate", set(), no_change),
    Row("nothing, but a domain comes", "tls", set(),
        lambda x: x.nodes(component={"domains": [x.corp, x.extra, "*." + x.extra]})),
    Row("node (component)", "tls", ALL | {"component"}, lambda x: x.nodes(component=False)),
    Row("node (s2s)", "tls", {"node in", "node out"}, lambda x: x.nodes(node=False)),
    Row("trusted address", "tls", {"node in"}, lambda x: x.nodes(node={"trusted_from": ["127.0.0.3/32"]})),
    Row("address of a node", "tls", {"node out"}, lambda x: x.nodes(node={"address": "%s:%d" % x.spare.address})),
    Row("domain of a node (component)", "tls", ALL | {"component"},
        lambda x: x.nodes(component={"domains": [x.extra]})),
    Row("domain of a node (s2s)", "tls", {"node in", "node out"},
        lambda x: x.nodes(node={"domains": [x.node.domains[1]]})),
    Row("secret", "tls", {"component"}, lambda x: x.nodes(component={"secret": "another"}), new_secret="another"),
    Row("deny", "tls", ALL, lambda x: {"federation": {"privacy_mode": "deny-list", "deny": [x.victims]}}),
    Row("deny, of streams in clear", "clear", ALL,
        lambda x: {"federation": {"privacy_mode": "deny-list", "deny": [x.victims]}}),
    Row("allow", "certificate", ALL, lambda x: x.allow_list(), before=lambda x: x.allow_list(x.victims)),
    Row("federation.enabled", "tls", ALL | {"unrelated in", "unrelated out"},
        lambda x: {"federation": {"enabled": False}}),
    Row("security mode", "clear", ALL - {"resumed"}, lambda x: {"federation": {"security_mode": "tls-required"}}),
    Row("security mode of a domain", "clear", ALL - {"resumed"}, lambda x: x.trust(security_mode="tls-required")),
    Row("trust method dialback", "tls", BY_DIALBACK, lambda x: x.trust(methods=["pkix"])),
    Row("trust method dialback, of streams in clear", "clear", BY_DIALBACK | {"verification in"},
        lambda x: x.trust(methods=["pkix"])),
    Row("trust method pkix", "certificate", {"S2S in", "bidi in", "resumed"},
        lambda x: x.trust(methods=["dialback"])),
    Row("report_only", "tls", BY_DIALBACK, lambda x: x.trust(methods=["pkix"]),
        before=lambda x: x.trust(methods=["pkix"], report_only=True)),
    Row("pin", "certificate", BY_CERTIFICATE,
        lambda x: x.trust(methods=["pin"], pins=[pin_of(certificate("elsewhere.example"))]),
        before=lambda x: x.trust(methods=["pin"], pins=[pin_of(x.certificate)]), without_meaning=NO_QUESTION),
    Row("CA", "certificate", BY_CERTIFICATE, replace_anchors,
        before=lambda x: x.trust(methods=["pkix"]), without_meaning=NO_QUESTION),
    Row("CRL", "certificate", BY_CERTIFICATE, revoke,
        before=lambda x: x.trust(methods=["pkix"]), without_meaning=NO_QUESTION),
    Row("static route", "tls", BY_DIALBACK, no_change, before=lambda x: x.routes()),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row.what for row in TABLE])
def test_a_reload_ends_the_streams_that_are_no_longer_granted(site, row):
    assert row.ends <= KINDS | UNRELATED and not row.ends & set(row.without_meaning)
    estate = Estate(site, row)
    estate.reload(row.before(estate))
    estate.open()
    estate.reload(row.after(estate))
    for kind in row.ends:
        estate.streams[kind].ended("too late", "policy-violation")
    if row.new_secret:
        estate.reconnect(row.new_secret)
        estate.streams["component"] = ComponentLink(estate.component, estate.corp)
    for kind, stream in estate.streams.items():
        if kind not in row.ends or (kind == "component" and row.new_secret):
            stream.lives(f"still: {kind}")


# -- waiting stanzas, and shared streams --------------------------------------------------------------------------


def denying(hub, *domains) -> dict:
    return toml.merge(hub.config, {"federation": {"privacy_mode": "deny-list", "deny": list(domains)}})


@pytest.fixture
def small(site):
    """A hub with two components, the second of which is not connected."""
    nodes = [component_node(fresh_domain("corp")) for _ in range(2)]
    hub = site.hub(*nodes, timeouts={"queue": 60, "node": 60})
    component, away = hub.spare_domain(), hub.spare_domain()
    return hub, site.component(hub, component), away


def test_what_waits_for_a_stream_is_answered_at_once(small, site):
    hub, component, _ = small
    remote = site.listener()  # accepts connections but sends nothing
    component.message(component.domain, remote.domain, id="1")
    mute = remote.accept()
    hub.reload(denying(hub, remote.domain))
    component.expect_bounce("not-allowed", within=2, id="1")
    mute.cut()


def test_what_waits_for_a_node_never_reaches_it(small, site):
    hub, component, away = small
    denied, fine = site.server(), site.server()
    denied.connect(hub.s2s, away).send(message(denied.domain, away, id="denied"))
    fine.connect(hub.s2s, away).send(message(fine.domain, away, id="fine"))
    eventually(lambda: hub.accounts()["queued"] == 2, what="both to wait")
    hub.reload(denying(hub, denied.domain))
    assert hub.accounts()["queued"] == 1
    site.component(hub, away).expect_message(id="fine")
    assert denied.received.empty()


def test_stanzas_in_the_outbox_of_a_stalled_component_never_reach_it(small, site):
    hub, component, away = small
    slow = site.component(hub, away)
    denied, fine = site.server(), site.server()
    stream = denied.connect(hub.s2s, away)
    body = "x" * 4000
    sent = 0

    def stalled():
        nonlocal sent
        stream.send("".join(message(denied.domain, away, body, id=f"{sent + i}") for i in range(100)))
        sent += 100
        return hub.accounts()["queued"] > 200

    eventually(stalled, what="the component's socket to be full")
    hub.reload(denying(hub, denied.domain))
    # Exceptions: a stanza that is partly written, and the last 64 KiB, which TCP has not acknowledged.
    assert hub.accounts()["queued"] <= 1 + 65536 // len(body)
    fine.connect(hub.s2s, away).send(message(fine.domain, away, id="fine"))
    received = 0
    while (item := slow.expect_message())["from"] == denied.domain:
        assert item["id"] == str(received)
        received += 1
    assert item["id"] == "fine" and received < sent - 100
    last_words(stream)


def test_the_other_senders_stanzas_on_a_shared_stream_still_arrive(site):
    """Two senders share a stream of the hub's. A reload takes one back; the other's waiting stanzas still arrive."""
    hub = site.hub(component_node(fresh_domain("corp")), component_node(fresh_domain("corp")))
    stays, goes = (site.component(hub, hub.spare_domain()) for _ in range(2))
    remote = site.listener(receive_buffer=4096)
    for component in (stays, goes):
        component.message(component.domain, remote.domain, id="first")
    stream = remote.answer_header(remote.accept())
    seen = set()
    while len(seen) < 2:
        item = stream.read()
        if item.is_a("db:result"):
            stream.send(dialback.answer(item, "valid"))
        else:
            seen.add(item["from"])
    body, sent = "x" * 4000, 0

    def full():
        nonlocal sent
        for component in (stays, goes):
            component.send("".join(message(component.domain, remote.domain, body, str(sent + i)) for i in range(50)))
        sent += 50
        return hub.accounts()["queued"] > 200

    def all_wait():
        accounts = hub.accounts()
        return accounts.pop("accepted") == 2 + 2 * sent == sum(accounts.values())

    eventually(full, what="the remote server's socket to be full")
    # Stanzas that reach the stream only after the reload would take another stream.
    eventually(all_wait, what="the last of them to wait too")
    hub.reload(hub.config | {"node": hub.config["node"][:1]})
    ids, words = {stays.domain: [], goes.domain: []}, []
    for item in stream.read_to_end():
        if isinstance(item, Element) and item.is_a("server:message"):
            ids[item["from"]].append(int(item["id"]))
        elif isinstance(item, Element):
            words.append(item.condition)
    assert words == ["policy-violation"]
    assert ids[stays.domain] == list(range(sent))
    assert len(ids[goes.domain]) < sent and ids[goes.domain] == list(range(len(ids[goes.domain])))
    last_words(goes)


def test_a_stream_of_two_domains_ends_if_one_of_them_is_denied(small, site):
    hub, component, _ = small
    remote = site.server(fresh_domain(), fresh_domain())
    stream = remote.connect(hub.s2s, component.domain)
    remote.authenticate(stream, component.domain, remote.domains[1])
    hub.reload(denying(hub, remote.domains[1]))
    assert last_words(stream) == ["policy-violation", "end"]
    again = remote.connect(hub.s2s, component.domain)
    again.send(message(remote.domain, component.domain, id="1"))
    component.expect_message(id="1")
    remote.send_key(again, component.domain, remote.domains[1])
    assert again.expect("db:result", type="error").condition == "policy-violation"


def test_a_component_that_has_yet_to_shake_hands_needs_the_new_secret(small):
    hub, _, away = small
    early, late = (Component.connect(hub.nodes).open(away) for _ in range(2))
    rows = [hub.config["node"][0], hub.config["node"][1] | {"secret": "new"}]
    hub.reload(hub.config | {"node": rows})
    early.send_handshake(NODE_SECRET).expect_stream_error("not-authorized")
    late.handshake("new")
    late.close()


def test_an_answer_about_a_key_is_not_held_past_a_reload(small, site):
    hub, component, _ = small
    remote = site.server(fresh_domain(), fresh_domain())
    other = remote.domains[1]
    component.message(component.domain, other)
    remote.expect_message(to=other)  # the hub holds answers only for a domain with traffic of its own
    stream = remote.connect(hub.s2s, component.domain)

    def asked():
        dialback.send_key(stream, other, component.domain, "a wrong key")
        stream.expect("db:result", to=other, type="error")
        return sum(question.tree.text == "a wrong key" for question in remote.verified)

    assert [asked(), asked()] == [1, 1]
    hub.reload(hub.config)
    assert asked() == 2
