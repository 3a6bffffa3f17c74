"""What one configuration granted, the next one takes back at once: every kind of stream × what is taken back.

Each row of the table is one reload, between the configurations `before` and `after`, of a hub that has one stream of each
kind. Those in `ends` get `policy-violation` and nothing passes on them any more; all others go on.
"""

from dataclasses import dataclass, field
from typing import Callable

import pytest

from peers import authority, toml
from peers.authority import certificate, pin_of, write_in_place_of
from peers.component import message
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream_kinds import WORLDLY, ComponentLink, FromNode, Incoming, Outgoing, ToNode, arrival
from support.certificates import Authority

NODE_ADDRESS = "127.0.0.2"
NODES = {"component", "node in", "node out"}
KINDS = set(WORLDLY) | NODES
UNRELATED = {"unrelated in", "unrelated out", "unrelated component"}
NO_QUESTION = {"verification out": "where dialback proves nothing, no key is asked about"}


class Estate:
    """A hub with a component of two domains, another component, an s2s node of two domains, and the world.

    `streams`: by kind. The worldly ones are between `corp` and a domain each below `victims`; the unrelated ones and those
    of the node belong to the other component.
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
        self.spare = site.server(self.node.domain)  # where the node may move to
        self.component_row = component_node(self.corp, self.extra)
        self.other_row = component_node(self.other)
        self.node_row = {
            "name": "server behind the hub", "domains": list(self.node.domains), "protocol": "s2s",
            "address": "%s:%d" % self.node.address, "trusted_from": [f"{NODE_ADDRESS}/32"],
        }  # fmt: skip
        self.crl = site.directory("crl") / "crl.pem"
        self.crl.write_bytes(authority.revocations())
        rows = [self.component_row, self.other_row, self.node_row]
        self.hub = site.certified_hub(*rows, tls={"crl_files": [str(self.crl)]})
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
        """The nodes with these keys laid over their rows; False: without it."""
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
    how: str  # the streams of the world are proved, where they have a choice
    ends: set
    after: Callable
    before: Callable = no_change
    without_meaning: dict = field(default_factory=dict)  # kinds, and why
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
def test_a_reload_takes_back(site, row):
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
