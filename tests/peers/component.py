"""A scripted component (XEP-0114) on a raw stream."""

import hashlib

from .stream import Stream
from .waiting import PATIENCE, Deadline
from .xml import Element


class Component(Stream):
    """Connects to the hub's node listener. To script it, call `open`, `handshake`, then send and expect."""

    def open(self, domain: str, **attributes) -> "Component":
        """Sends the header and reads the hub's header."""
        self.domain = domain
        usual = {"namespace": "jabber:component:accept", "to": domain, "version": "", "prefix": ""}
        self.send_header(**usual | attributes)
        self.read_header()
        return self

    def send_handshake(self, secret: str) -> "Component":
        digest = hashlib.sha1((self.header["id"] + secret).encode()).hexdigest()
        return self.send(f"<handshake>{digest}</handshake>")

    def handshake(self, secret: str) -> "Component":
        self.send_handshake(secret)
        self.expect("component:handshake")
        return self

    def expect_stanza(self, within: float = PATIENCE, **attributes) -> Element:
        """Returns the next message, presence or iq."""
        item = self.read(within)
        assert isinstance(item, Element), f"expected a stanza, got {item!r}"
        for key, value in attributes.items():
            assert item.get(key.rstrip("_")) == value, f"expected {key}={value!r}, got {item!r}"
        return item

    def expect_message(self, within: float = PATIENCE, **attributes) -> Element:
        return self.expect("component:message", within, **attributes)

    def expect_bounce(self, condition: str, within: float = PATIENCE, **attributes) -> Element:
        """Returns the next stanza, which must be an error with this condition."""
        item = self.expect_stanza(within, type="error", **attributes)
        assert item.condition == condition, f"expected {condition}, got {item!r}"
        return item

    def collect(self, count: int, within: float = PATIENCE) -> list:
        """Returns `count` stanzas in the order in which they come."""
        deadline = Deadline(within)
        return [self.expect_stanza(deadline.left()) for _ in range(count)]

    def message(self, from_: str, to: str, body: str = "", id: str = "", type: str = "chat") -> "Component":
        return self.send(message(from_, to, body, id, type))


def connect_component(address, domain: str, secret: str, **attributes) -> Component:
    """Returns a component that has completed its handshake."""
    return Component.connect(address).open(domain, **attributes).handshake(secret)


def message(from_: str, to: str, body: str = "", id: str = "", type: str = "chat") -> str:
    return (
        f"<message from='{from_}' to='{to}'{f' id={id!r}' if id else ''}{f' type={type!r}' if type else ''}>"
        f"<body>{body}</body></message>"
    )
