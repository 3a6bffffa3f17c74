"""Every kind of stream on which stanzas come to the hub, and the way on which the hub answers them.

Stanzas go on `stream` from `ours` to `theirs`. `answer` returns the hub's next answer. `still_works` checks that the
stream still carries a stanza to its destination.
"""

from .authority import certificate
from .component import message
from .site import fresh_domain
from .stream_kinds import BidiIncoming, BidiOutgoing, Resumed, arrival

KINDS = ("message", "presence", "iq")


class FromWorld:
    """A remote domain's stream to the hub. The hub answers on a stream that it opens."""

    def __init__(self, site, hub, **how):
        self.hub, self.component = hub, site.component(hub, hub.spare_domain())
        self.remote = site.server(verify_at=hub.s2s)
        self.ours, self.theirs = self.remote.domain, self.component.domain
        self.stream = self.remote.connect(hub.s2s, self.theirs, **how)

    def answer(self, id: str):
        return next_stanza(self.remote, id)

    def still_works(self):
        self.stream.send(message(self.ours, self.theirs, id="goes on"))
        assert arrival(self.component, "goes on")


class FromComponent:
    def __init__(self, site, hub):
        self.hub, self.remote = hub, site.server(verify_at=hub.s2s)
        self.stream = site.component(hub, hub.spare_domain())
        self.ours, self.theirs = self.stream.domain, self.remote.domain

    def answer(self, id: str):
        return self.stream.expect_stanza(id=id)

    def still_works(self):
        self.stream.send(message(self.ours, self.theirs, id="goes on"))
        assert self.remote.expect_message(id="goes on")


class FromServerNode:
    """A server behind a hub that only this test uses. The hub answers on a stream that it opens to the server."""

    def __init__(self, site, _hub=None, **changes):
        self.node = site.server(fresh_domain("corp"))
        row = {
            "name": "server behind the hub", "domains": [self.node.domain], "protocol": "s2s",
            "address": "%s:%d" % self.node.address, "trusted_from": ["127.0.0.1/32"],
        }  # fmt: skip
        self.hub = hub = site.hub(row, **changes)
        self.node.verify_at = hub.nodes
        self.remote = site.server(verify_at=hub.s2s)
        self.ours, self.theirs = self.node.domain, self.remote.domain
        self.stream = self.node.connect(hub.nodes, self.theirs)

    def answer(self, id: str):
        return next_stanza(self.node, id)

    def still_works(self):
        self.stream.send(message(self.ours, self.theirs, id="goes on"))
        assert self.remote.expect_message(id="goes on")


class OnKind:
    """A kind of `stream_kinds` between a remote domain and a component. The kind determines the way of the answer."""

    def __init__(self, site, hub, kind):
        self.hub, self.component = hub, site.component(hub, hub.spare_domain())
        self.ours, self.theirs = fresh_domain(), self.component.domain
        self.opened = kind(site, hub, self.component, self.theirs, self.ours, "certificate", certificate(self.ours))
        self.opened.open()
        self.stream = self.opened.stream

    def still_works(self):
        self.stream.send(message(self.ours, self.theirs, id="goes on"))
        assert arrival(self.component, "goes on")


class OnBidi(OnKind):
    """The hub answers on the stream itself (XEP-0288)."""

    def answer(self, id: str):
        return next_on(self.stream, id)


class OnOwnBidi(OnBidi):
    """A stream that the peer opened."""

    def __init__(self, site, hub):
        super().__init__(site, hub, BidiIncoming)


class OnHubsBidi(OnBidi):
    """A stream that the hub opened."""

    def __init__(self, site, hub):
        super().__init__(site, hub, BidiOutgoing)


class OnResumed(OnKind):
    """A resumed stream (XEP-0198). The hub answers on a stream that it opens."""

    def __init__(self, site, hub):
        super().__init__(site, hub, Resumed)

    def answer(self, id: str):
        return next_stanza(self.opened.peer, id)


def next_on(stream, id: str):
    element = stream.read()
    assert element.local_name in KINDS and element["id"] == id, element
    return element


def next_stanza(server, id: str):
    element = server.next()[0]
    assert element.local_name in KINDS and element["id"] == id, element
    return element
