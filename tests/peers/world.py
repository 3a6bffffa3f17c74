"""A remote server that sends to a node's domain, and the times within which its stanzas are answered."""

from .component import message

WAIT = 3  # timeouts.node of these hubs, seconds
AT_ONCE = 1.0  # seconds; a waiting stanza takes WAIT


def iq(from_: str, to: str, id: str) -> str:
    return f"<iq from='{from_}' to='{to}' id='{id}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"


class World:
    """A remote server and its stream to the hub."""

    def __init__(self, site, hub, domain: str):
        self.server, self.domain = site.server(), domain
        self.stream = self.server.connect(hub.s2s, domain)

    def send_both(self, id: str) -> None:
        """Sends a message and an iq."""
        user, there = f"a@{self.server.domain}/x", f"b@{self.domain}"
        self.stream.send(message(user, there, id=f"m{id}") + iq(user, there, f"q{id}"))

    def expect_both_back(self, id: str, within: float = AT_ONCE) -> None:
        back = [self.server.next(within)[0] for _ in range(2)]
        assert [x["id"] for x in back] == [f"m{id}", f"q{id}"]
        assert [x["type"] for x in back] == ["error", "error"]
        assert [x.condition for x in back] == ["service-unavailable"] * 2


def links(hub, domain: str) -> float:
    return hub.metric("fedhub_node_links", node=f"node of {domain}")
