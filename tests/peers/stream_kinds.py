"""Every kind of stream that the hub has. A test can open it, use it, and check that it ends or goes on.

A kind is opened in one of these ways, if it has a choice: "clear" and "tls" (dialback without and with STARTTLS), and
"certificate" (the peer proves its domain by a certificate). Call `ended` after a reload has taken something back: it
uses the stream again, as a peer that does not know of the reload would, and checks that nothing passes.
"""

from . import dialback
from .component import message
from .dialback import ask_about_key
from .s2s_peer import BIDI, BIDI_FEATURE, Listener, Server
from .stream import Closed, Stream
from .waiting import PATIENCE, Deadline, eventually
from .xml import Element, StreamEnd

ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"


def last_words(stream: Stream, within: float = PATIENCE) -> list:
    """Returns the items until the connection ends: conditions of stream errors, and other items as they are. Leaves out
    acknowledgements and bounced stanzas."""
    words = []
    for item in stream.read_to_end(within):
        if isinstance(item, StreamEnd):
            words.append("end")
        elif isinstance(item, Element) and item.is_a("stream:error"):
            words.append(item.condition)
        elif isinstance(item, Element) and not (item.is_a("sm:a") or item.is_a("sm:r") or item.get("type") == "error"):
            words.append(item.octets.decode())
    return words


def arrival(component, id: str, within: float = PATIENCE) -> Element:
    """Returns the message with this id. Ignores bounced stanzas; no other stanza may come."""
    deadline = Deadline(within)
    while True:
        item = component.expect_message(deadline.left())
        if item.get("type") != "error":
            assert item["id"] == id, item
            return item


def try_to_send(stream: Stream, text: str) -> None:
    try:
        stream.send(text)
    except (Closed, OSError):
        pass  # the stream is closed already


class Kind:
    """One stream between the hub and `self.peer`, a server of `domain`, for `corp`, a domain of `component`."""

    ways = ("clear", "tls", "certificate")
    peer_class = Server

    def __init__(self, site, hub, component, corp: str, domain: str, how: str, certificate: bytes):
        self.site, self.hub, self.component, self.corp, self.domain, self.how = site, hub, component, corp, domain, how
        self.peer = site.keep(
            self.peer_class(site.dns, domain, certificate=certificate if how == "certificate" else None)
        )

    def open(self) -> None:
        """Opens the stream until the pair is granted. If the peer opens it, it has carried no stanza then."""
        raise NotImplementedError

    def use(self, id: str) -> None:
        """Sends a stanza, which must pass."""
        raise NotImplementedError

    def try_to_use(self, id: str) -> None:
        """Sends a stanza, which may fail."""

    def ended(self, id: str, *conditions: str) -> None:
        self.try_to_use(id)
        words = last_words(self.stream)
        assert words in [[condition, "end"] for condition in conditions], f"{type(self).__name__}: {words}"

    def lives(self, id: str) -> None:
        self.use(id)


class Incoming(Kind):
    """The peer's own stream, with its first pair proved."""

    bidi = False

    def open(self) -> None:
        if self.how == "certificate":
            self.stream = self.peer.connect_by_certificate(self.hub.s2s, self.corp, bidi=self.bidi)
        else:
            self.stream = self.peer.open_stream(self.hub.s2s, self.corp, secure=self.how == "tls")
            if self.bidi:
                self.stream.send(BIDI)
            self.peer.authenticate(self.stream, self.corp)

    def use(self, id: str) -> None:
        self.stream.send(message(self.domain, self.corp, id=id))
        arrival(self.component, id)

    def try_to_use(self, id: str) -> None:
        try_to_send(self.stream, message(self.domain, self.corp, id=id))


class BidiIncoming(Incoming):
    """The peer's own stream, for both directions (XEP-0288)."""

    bidi = True

    def use(self, id: str) -> None:
        super().use(id)
        self.component.message(self.corp, self.domain, id=id)
        self.stream.expect("server:message", id=id)


class Resumed(Incoming):
    """A stream that resumes one that was cut (XEP-0198). Its only way is "certificate"."""

    ways = ("certificate",)

    def open(self) -> None:
        super().open()
        previous = self.stream.send(ENABLE).expect("sm:enabled")["id"]
        self.stream.cut()
        self.stream = self.peer.connect_by_certificate(self.hub.s2s, self.corp)
        self.stream.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{previous}' h='0'/>").expect("sm:resumed")


class Questioning(Incoming):
    """A stream of the peer's that is used only for a question about a key of the hub's."""

    ways = ("clear", "tls")

    def open(self) -> None:
        self.stream = self.peer.open_stream(self.hub.s2s, self.corp, secure=self.how == "tls")
        self.use("first")

    def use(self, id: str) -> None:
        assert ask_about_key(self.stream, self.domain, self.corp, id, "no key")["type"] == "invalid"

    def try_to_use(self, id: str) -> None:
        try_to_send(self.stream, f"<db:verify from='{self.domain}' to='{self.corp}' id='{id}'>no key</db:verify>")


class Outgoing(Kind):
    """The hub's own stream, which has carried a stanza."""

    peer_class = Listener
    bidi = False

    def open(self) -> None:
        self.component.message(self.corp, self.domain, id="first")
        self.stream = self.take()

    def take(self) -> Stream:
        more = BIDI_FEATURE if self.bidi else ""
        if self.how == "clear":
            self.stream = self.peer.answer_header(self.peer.accept(), more=more)
        else:
            self.stream = self.peer.accept_secured(more=more)
        if self.bidi:
            self.stream.expect("bidi:bidi")
        self.stream.send(dialback.answer(self.stream.expect("db:result"), "valid"))
        self.stream.expect("server:message", id="first")
        return self.stream

    def use(self, id: str) -> None:
        self.component.message(self.corp, self.domain, id=id)
        self.stream.expect("server:message", id=id)

    def try_to_use(self, id: str) -> None:
        try:
            self.component.message(self.corp, self.domain, id=id, type="headline")  # never answered by an error
        except (Closed, OSError):
            pass  # the component has ended


class BidiOutgoing(Outgoing):
    """The hub's own stream, for both directions (XEP-0288)."""

    bidi = True

    def use(self, id: str) -> None:
        super().use(id)
        self.stream.send(message(self.domain, self.corp, id=id))
        arrival(self.component, id)

    def try_to_use(self, id: str) -> None:
        super().try_to_use(id)
        try_to_send(self.stream, message(self.domain, self.corp, id=id))


class Verifying(Kind):
    """A stream of the hub's that is used only for a question about the peer's key. The answer is still pending."""

    ways = ("clear", "tls")
    peer_class = Listener

    def open(self) -> None:
        self.asking = self.peer.open_stream(self.hub.s2s, self.corp, secure=self.how == "tls")
        self.peer.send_key(self.asking, self.corp)
        if self.how == "clear":
            self.stream = self.peer.answer_header(self.peer.accept())
        else:
            self.stream = self.peer.accept_secured()
        self.question = self.stream.expect("db:verify")

    def use(self, id: str) -> None:
        self.stream.send(dialback.answer(self.question, "valid"))
        self.asking.expect("db:result", type="valid")
        self.asking.send(message(self.domain, self.corp, id=id))
        arrival(self.component, id)

    def try_to_use(self, id: str) -> None:
        """Sends the late answer, which must not grant anything to the stream that sent the key."""
        try_to_send(self.stream, dialback.answer(self.question, "valid"))
        try_to_send(self.asking, message(self.domain, self.corp, id=id))


class FromNode(Kind):
    """An s2s node's own stream. `peer` is the node. The component is the destination, in place of a remote domain."""

    ways = ("clear", "tls")

    def __init__(self, site, hub, component, corp, node):
        self.site, self.hub, self.component, self.corp, self.peer, self.domain = (
            site, hub, component, corp, node, node.domain,
        )  # fmt: skip

    def open(self) -> None:
        self.stream = self.peer.connect(self.hub.nodes, self.corp)

    def use(self, id: str) -> None:
        self.stream.send(message(self.domain, self.corp, id=id))
        arrival(self.component, id)

    def try_to_use(self, id: str) -> None:
        try_to_send(self.stream, message(self.domain, self.corp, id=id))


class ToNode(FromNode):
    """The hub's stream to an s2s node, on which it speaks as the component's domain."""

    def open(self) -> None:
        self.component.message(self.corp, self.domain, id="first")
        _, self.stream = self.peer.next()

    def use(self, id: str) -> None:
        self.component.message(self.corp, self.domain, id=id)
        element, stream = self.peer.next()
        assert element["id"] == id and stream is self.stream, (element, stream)

    def ended(self, id: str, *conditions: str) -> None:
        """Checks the end at the node, whose server reads automatically."""
        eventually(lambda: self.stream in self.peer.ended, what="the end of the stream to the node")
        assert [error.condition for error in self.peer.errors] in [[x] for x in conditions], self.peer.errors
        assert self.peer.received.empty()


class ComponentLink(Kind):
    """A component's stream."""

    ways = ()

    def __init__(self, component, corp: str):
        self.component = self.stream = component
        self.corp = corp

    def open(self) -> None:
        pass

    def use(self, id: str) -> None:
        self.component.message(f"a@{self.corp}", f"b@{self.corp}", id=id)
        arrival(self.component, id)

    def try_to_use(self, id: str) -> None:
        try_to_send(self.component, message(f"a@{self.corp}", f"b@{self.corp}", id=id))


WORLDLY = {
    "S2S in": Incoming,
    "S2S out": Outgoing,
    "bidi in": BidiIncoming,
    "bidi out": BidiOutgoing,
    "resumed": Resumed,
    "verification in": Questioning,
    "verification out": Verifying,
}
