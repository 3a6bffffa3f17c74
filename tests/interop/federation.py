"""One hub with one component, federated with one server: the set-up that the tests with a component node share."""

from support.component import Component
from support.hub import Hub
from support.wait import eventually
from support.wire_tap import WireTap

SECRET = "component-secret"


def hub_config(security_mode, domain, changes):
    """@returns the tables for a hub that serves the domain by a component. @param changes merged into them."""
    config = {
        "federation": {"security_mode": security_mode},
        "node": [{"name": "desk-1", "domains": [domain], "protocol": "component", "secret": SECRET}],
    }
    for name, table in changes.items():
        config[name] = config.get(name, {}) | table
    return config


class Federation:
    """A fresh hub, its component, and a tap on the hub's interface. Use as a context manager.

    @param timeouts of the hub's configuration that differ from the defaults.
    @param changes further tables of its configuration.
    """

    def __init__(self, world, directory, security_mode, timeouts=None, domain="corp.example", changes=None):
        self._hosts = world.hosts
        self.tap = WireTap(self._hosts["hub"])
        self._domain = domain
        self.hub = Hub(self._hosts["hub"], directory,
                       hub_config(security_mode, domain, {"timeouts": timeouts or {}} | (changes or {})),
                       self._hosts["dns"].address)
        self.component = None

    def __enter__(self):
        try:
            self.hub.start()
            self.component = Component(self._hosts["node"], self._domain, SECRET, self._hosts["hub"].address)
        except BaseException:
            self.tap.close()
            if self.hub.daemon is not None:
                self.hub.daemon.stop()
            raise
        return self

    def __exit__(self, kind, *_):
        self.component.close()
        self.tap.close()
        if kind is None:
            self.hub.stop()
        else:
            self.hub.daemon.stop()  # without checks, so that the test's own failure is the one reported

    def check_metrics_of_a_good_run(self, tls):
        """Checks that both streams have the expected security, dialback ran in all three roles, and no stanza is
        lost."""
        metrics = self.hub.metrics()
        for leg in ("s2s-in", "s2s-out"):
            up = {security: metrics.total("fedhub_streams", leg=leg, state="authenticated", security=security)
                  for security in ("plain", "tls")}
            assert up["tls" if tls else "plain"] >= 1 and up["plain" if tls else "tls"] == 0, (leg, up)
        for role in ("initiating", "receiving", "authoritative"):
            assert metrics.total("fedhub_dialback_total", role=role, result="valid") >= 1, role
        check_accounts(self.hub)
        assert metrics.total("fedhub_stanzas_bounced_total") == 0
        assert metrics.total("fedhub_stanzas_dropped_total") == 0


def accounts(metrics):
    """@returns for each direction the counts of stanzas accepted, delivered, bounced, dropped and queued."""
    return {direction: {what: metrics.total(f"fedhub_stanzas_{what}", direction=direction) for what in (
        "accepted_total", "delivered_total", "bounced_total", "dropped_total", "queued")}
            for direction in ("from-world", "from-node")}


def check_accounts(hub):
    """Checks for each direction, at rest, that accepted = delivered + bounced + dropped, and that nothing is queued."""
    def balanced():
        return all(row["accepted_total"] == row["delivered_total"] + row["bounced_total"] + row["dropped_total"]
                   and row["queued"] == 0 for row in accounts(hub.metrics()).values())

    try:
        eventually(balanced, "the accounts balance")
    except AssertionError as error:
        raise AssertionError(f"{error}: {accounts(hub.metrics())}") from None
