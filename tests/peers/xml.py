"""Splits an XML stream into header, children and end, and keeps the octets of each."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cached_property

NAMESPACES = {
    "stream": "http://etherx.jabber.org/streams",
    "server": "jabber:server",
    "component": "jabber:component:accept",
    "db": "jabber:server:dialback",
    "tls": "urn:ietf:params:xml:ns:xmpp-tls",
    "dialback-feature": "urn:xmpp:features:dialback",
    "sasl": "urn:ietf:params:xml:ns:xmpp-sasl",
    "bidi": "urn:xmpp:bidi",
    "sm": "urn:xmpp:sm:3",
    "bidi-feature": "urn:xmpp:features:bidi",
    "stream-errors": "urn:ietf:params:xml:ns:xmpp-streams",
    "stanza-errors": "urn:ietf:params:xml:ns:xmpp-stanzas",
}

_TOKEN = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^>]*>|<(?![!?/])(?:[^<>'\"]|'[^'<]*'|\"[^\"<]*\")*>", re.S
)


def expanded(name: str) -> str:
    """Returns a name as ElementTree writes it: `{jabber:server:dialback}result` for `db:result`."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


class _Node:
    """Access to attributes by name, for headers and elements."""

    tree: ElementTree.Element

    def get(self, attribute: str, default=None):
        return self.tree.get(attribute, default)

    def __getitem__(self, attribute: str) -> str:
        return self.tree.attrib[attribute]


@dataclass(eq=False)
class Header(_Node):
    """A stream's start tag, with an XML declaration before it if there was one."""

    octets: bytes

    @cached_property
    def tree(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.octets + self.end_tag())

    def end_tag(self) -> bytes:
        name = re.search(rb"<([^\s?/>][^\s/>]*)", self.octets).group(1)
        return b"</" + name + b">"


@dataclass(eq=False)
class Element(_Node):
    """A child of the stream. `tree` raises if the element is not well-formed below `header`, prefixes included."""

    octets: bytes
    header: Header

    @cached_property
    def tree(self) -> ElementTree.Element:
        document = self.header.octets + self.octets + self.header.end_tag()
        try:
            return ElementTree.fromstring(document)[0]
        except ElementTree.ParseError as error:
            raise AssertionError(f"not well-formed: {error}: {document!r}") from None

    @property
    def name(self) -> str:
        """Returns the expanded name, e.g. `{jabber:server}message`."""
        return self.tree.tag

    @property
    def local_name(self) -> str:
        return self.tree.tag.rpartition("}")[2]

    @property
    def payload(self) -> bytes:
        """Returns the octets between the start tag and the end tag."""
        start = _TOKEN.match(self.octets)
        if start.end() == len(self.octets):
            return b""
        return self.octets[start.end() : self.octets.rindex(b"</")]

    def is_a(self, name: str) -> bool:
        return self.name == expanded(name)

    def find(self, path: str):
        """Returns the first descendant by a path of prefixed names, e.g. `server:error/stanza-errors:text`; or None."""
        return self.tree.find("/".join(expanded(step) for step in path.split("/")))

    @property
    def condition(self) -> str:
        """Returns the defined condition of an error stanza, a dialback error or a stream error; "" for others."""
        for node in self.tree.iter():
            namespace, _, local = node.tag.rpartition("}")
            if namespace[1:] in (NAMESPACES["stanza-errors"], NAMESPACES["stream-errors"]) and local != "text":
                return local
        return ""

    @property
    def error_text(self) -> str:
        """Returns the text beside the condition; "" if there is none."""
        for node in self.tree.iter():
            if node.tag in (expanded("stanza-errors:text"), expanded("stream-errors:text")):
                return node.text or ""
        return ""

    def __repr__(self) -> str:
        return f"Element({self.octets!r})"


class StreamEnd:
    """`</stream:stream>`."""

    def __repr__(self) -> str:
        return "StreamEnd()"


class XmlReader:
    """Takes octets, and gives the items of one stream in order."""

    def __init__(self):
        self._octets = bytearray()
        self._position = 0  # octets before it were tokenised
        self._start = 0  # begin of the current item
        self._depth = 0
        self.header = None

    def feed(self, octets: bytes) -> None:
        self._octets += octets

    @property
    def unread(self) -> bytes:
        return bytes(self._octets[self._start :])

    def next(self):
        """Returns a Header, an Element or a StreamEnd; None if more octets are needed."""
        while token := self._next_token():
            text = token.group()
            if self._depth <= 1 and not text.startswith(b"<!["):
                between = bytes(self._octets[self._position : token.start()])
                assert not between.strip(), f"text between elements: {between!r}"
                if self.header is not None:
                    self._start = token.start()
            self._position = token.end()
            if text.startswith((b"<![", b"<?")):
                continue
            if text.startswith(b"</"):
                self._depth -= 1
                if self._depth <= 0:
                    self._take()
                    return StreamEnd()
            elif not text.endswith(b"/>"):
                self._depth += 1
                if self._depth == 1:
                    self.header = Header(self._take())
                    return self.header
                continue
            if self._depth == 1:
                return Element(self._take(), self.header)
        return None

    def _next_token(self):
        tag = self._octets.find(b"<", self._position)
        return _TOKEN.match(self._octets, tag) if tag >= 0 else None

    def _take(self) -> bytes:
        item = bytes(self._octets[self._start : self._position])
        del self._octets[: self._position]
        self._position = self._start = 0
        return item
