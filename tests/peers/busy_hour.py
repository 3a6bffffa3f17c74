"""Hubs that meet nearly every event that a hub counts: for tests of the metrics, of the dashboard and of the alerts.

`busy_hour_scenes` has the scenes. `Hour.look` scrapes all hubs.
"""

from . import authority, toml
from .dns_view import view_config
from .hub import default_config, parse_metrics, total
from .site import component_node, fresh_domain, spare_nodes
from .unread_hub import UnreadHub
from .waiting import eventually
from support.certificates import self_signed

PINNED = self_signed("whatever it says.example")


class Hour:
    """The hubs: `edge` federates in every way. `strict` refuses, its log is not read, and it has no history. Others differ in one key."""

    def __init__(self, site):
        self.site, self.dns = site, site.dns
        self.first, self.second = fresh_domain("corp"), fresh_domain("corp")
        self.server = site.server(fresh_domain("corp"), security="optional")
        self.server.source = ("127.0.0.2", 0)
        self.gone, self.wants_pkix = fresh_domain("corp"), fresh_domain()
        self.reports, self.pinned, self.nowhere = fresh_domain(), fresh_domain(), fresh_domain()
        self.routed = site.server(fresh_domain())
        closed = self.closed_port()
        certificates = [authority.certificate(self.first, self.second, self.server.domain,
                                              purposes=authority.BOTH_PURPOSES)]  # fmt: skip
        s2s = {"protocol": "s2s", "trusted_from": ["127.0.0.2/32"]}
        self.edge = site.hub(
            component_node(self.first), component_node(self.second),
            s2s | {"name": "server", "domains": [self.server.domain], "address": "%s:%d" % self.server.address},
            s2s | {"name": "gone", "domains": [self.gone], "address": "%s:%d" % closed},
            tls=authority.hub_tls(site.directory("tls"), *certificates),
            timeouts={"node": 1, "dialback": 1, "queue": 3, "connect": 1, "negotiation": 2},
            limits={"inflight_bytes_per_stream": 65536, "queue_bytes_per_domain": 65536, "accepts_per_second": 1000},
            trust=[{"domain": self.wants_pkix, "methods": ["pkix"]},
                   {"domain": self.pinned, "methods": ["pin"], "pins": [authority.pin_of(PINNED)]},
                   {"domain": self.reports, "methods": ["pkix"], "report_only": True}],
            static_route=[{"domain": self.routed.domain, "address": "%s:%d" % self.routed.address},
                          {"domain": self.nowhere, "address": "255.255.255.255:5269"}],
            **toml.merge(view_config(), {"listen": {"s2s_direct_tls": ["127.0.0.1:0"]}}),
        )  # fmt: skip
        self.server.verify_at = self.edge.nodes
        self.denied, self.lonely = fresh_domain(), fresh_domain("corp")
        config = toml.merge(default_config(site.dns), {
            "node": [component_node(self.lonely)],
            "federation": {"security_mode": "tls-required", "privacy_mode": "deny-list", "deny": [self.denied]},
            "dns": {"allow_private_addresses": False, "timeout_s": 1},
            "limits": {"connections_per_address": 8},
            "listen": {"s2s_direct_tls": ["127.0.0.1:0"], "dns": ["127.0.0.1:0"]},
            "dns_view": {"allow": ["10.0.0.0/24"]},
            "log": {"level": "trace"},
        })  # fmt: skip
        directory = site.directory("strict")
        (directory / config["hub"]["state_dir"] / "history.db").mkdir(0o700, parents=True)  # so no event can be written
        self.strict = UnreadHub(directory, config)
        site.hubs.append(self.strict)
        self.hubs = {"edge": self.edge, "strict": self.strict}
        others = {"secure": {"security_mode": "tls-required"}, "bare": {"security_mode": "no-tls"}, "shut": {"enabled": False}}
        for name, federation in others.items():
            self.hubs[name] = site.hub(*spare_nodes(1), federation=federation)
        self.looks = []  # for each look a dictionary with the text of /metrics of each hub
        self.component = None
        self.look()

    def closed_port(self) -> tuple:
        listener = self.site.listener()
        listener.close()
        return listener.address

    def look(self) -> None:
        self.looks.append({name: hub.get("/metrics")[1] for name, hub in self.hubs.items()})

    def sees(self, name: str, **labels) -> bool:
        """Returns whether the metric is above 0 in `edge` now. If so, keeps the scrape as a look."""
        text = self.edge.get("/metrics")[1]
        seen = total(parse_metrics(text), name, **labels) > 0
        if seen:
            self.looks.append(self.looks[-1] | {"edge": text})
        return seen

    def drop(self, server) -> None:
        """Has the server end the hub's streams to it, and waits until the hub has counted that."""
        closed = lambda: self.edge.metric("fedhub_streams_closed_total", leg="s2s-out")  # noqa: E731
        before = closed()
        server.drop_streams()
        eventually(lambda: closed() > before, what="the end of the stream")

    def fails(self, domain: str, component=None) -> None:
        """Sends a message to this domain, which bounces, and an error, which is dropped."""
        component = component or self.component
        component.message(component.domain, domain, id="lost", type="error")
        component.message(component.domain, domain, id="back")
        component.expect_stanza(type="error", id="back")
