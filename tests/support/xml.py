"""Raw stanzas: cuts them out of a stream byte for byte, and compares their meaning."""

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
    """Cuts an XML stream into its top-level elements, each exactly as it was on the wire.

    Debian's expat delays a token that came in pieces until more octets follow, which may never happen. So each turn
    gives a fresh parser the stream's header and all remaining octets in one piece.
    """

    def __init__(self):
        self._header_octets = b""
        self._rest = b""
        self.header = None  # attributes of the stream header, once it has arrived
        self.closed = False  # </stream:stream> was seen

    def feed(self, data):
        """@returns the elements that `data` completes, in order. Raises expat.ExpatError if it is not well-formed."""
        self._rest += data
        octets = self._header_octets + self._rest
        elements = []
        depth = begin = 0
        cut = len(self._header_octets)

        def on_start(_, attributes):
            nonlocal depth, begin, cut
            at = parser.CurrentByteIndex
            if depth == 0 and self.header is None:
                cut = start_tag_end(octets, at)
                self._header_octets = octets[:cut]
                self.header = attributes
            elif depth == 1:
                begin = at
            depth += 1

        def on_end(_):
            nonlocal depth, cut
            depth -= 1
            if depth == 1:
                # The index of the end tag, or for <a/>, which has no end tag, of the element's end.
                cut = parser.CurrentByteIndex
                if cut != start_tag_end(octets, begin) or octets[cut - 2:cut] != b"/>":
                    cut = start_tag_end(octets, cut)
                elements.append(octets[begin:cut])
            elif depth == 0:
                self.closed = True

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.Parse(octets, False)
        self._rest = octets[cut:]
        return elements


def content_of(stanza):
    """@returns the bytes between the start tag and the end tag of a raw stanza; b"" for <a/>."""
    begin = start_tag_end(stanza)
    return stanza[begin:stanza.rindex(b"</")] if stanza[begin - 2:begin] != b"/>" else b""


def parse(stanza, namespace):
    """@returns a raw stanza as an ElementTree element, parsed as if inside a stream with this content namespace.

    Raises ElementTree.ParseError if the stanza needs a prefix that it does not declare itself.
    """
    return ElementTree.fromstring(b"<stream xmlns='" + namespace.encode() + b"'>" + stanza + b"</stream>")[0]


def infoset(element):
    """@returns an element's meaning as a value: equal for elements that differ only in prefixes, quotes or
    references."""
    return (element.tag, sorted(element.attrib.items()), element.text or "",
            [(infoset(child), child.tail or "") for child in element])
