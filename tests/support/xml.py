"""Raw stanzas: cut out of a stream byte for byte, and compared as what they mean."""

import xml.etree.ElementTree as ElementTree
from xml.parsers import expat


def start_tag_end(data, start=0):
    """@returns the index after the '>' of the tag that begins at `start`; quoted '>' do not count."""
    quote = None
    for index in range(start, len(data)):
        octet = data[index:index + 1]
        if quote is not None:
            if octet == quote:
                quote = None
        elif octet in (b"'", b'"'):
            quote = octet
        elif octet == b">":
            return index + 1
    raise ValueError("tag without end")


class Framer:
    """Cuts an XML stream into its top-level elements, each exactly as it was on the wire."""

    def __init__(self):
        self._restart()

    def _restart(self):
        self._data = b""
        self._depth = 0
        self._begin = 0
        self._elements = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self.header = None  # attributes of the stream header, once it is here
        self.closed = False  # </stream:stream> was seen

    def feed(self, data):
        """@returns the elements that `data` completes, in order. Raises expat.ExpatError if it is not well-formed."""
        self._data += data
        self._parser.Parse(data, False)
        elements, self._elements = self._elements, []
        return elements

    def _on_start(self, name, attributes):
        if self._depth == 0:
            self.header = attributes
        elif self._depth == 1:
            self._begin = self._parser.CurrentByteIndex
        self._depth += 1

    def _on_end(self, _):
        self._depth -= 1
        if self._depth == 1:
            # The index is the begin of the end tag, or for <a/>, which has none, the end of the element.
            end = self._parser.CurrentByteIndex
            if end != start_tag_end(self._data, self._begin) or self._data[end - 2:end] != b"/>":
                end = start_tag_end(self._data, end)
            self._elements.append(self._data[self._begin:end])
        elif self._depth == 0:
            self.closed = True


def content_of(stanza):
    """@returns the bytes between the start tag and the end tag of a raw stanza; b"" for <a/>."""
    begin = start_tag_end(stanza)
    return stanza[begin:stanza.rindex(b"</")] if stanza[begin - 2:begin] != b"/>" else b""


def parse(stanza, namespace):
    """@returns a raw stanza as an ElementTree element, read as if inside a stream of the content namespace.

    Raises ElementTree.ParseError if the stanza needs a prefix that it does not declare itself.
    """
    return ElementTree.fromstring(b"<stream xmlns='" + namespace.encode() + b"'>" + stanza + b"</stream>")[0]


def infoset(element):
    """@returns what an element means: equal for elements that differ only in prefixes, quotes or references."""
    return (element.tag, sorted(element.attrib.items()), element.text or "",
            [(infoset(child), child.tail or "") for child in element])
