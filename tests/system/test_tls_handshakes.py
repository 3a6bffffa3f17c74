"""TLS handshakes that fail end their own stream only, at whatever moment they fail."""

import pytest

from peers.component import message
from peers.s2s_peer import STARTTLS
from peers.stream import Closed

GARBAGE = {"text": b"<stream:stream>", "an alert": b"\x15\x03\x01\x00\x02\x02\x46", "zeroes": bytes(64)}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_close_behind_starttls_ends_only_its_own_stream(hub, component, site, what):
    """The garbage may arrive before the hub begins the handshake, or while it answers. Many runs cover each case."""
    remote = site.server()
    honest = remote.connect(hub.s2s, component.domain, secure=True)
    for _ in range(60):
        stream = remote.open_stream(hub.s2s, component.domain)
        try:
            stream.send(STARTTLS).send(GARBAGE[what]).receive()
        except Closed:
            pass
        stream.cut()
    honest.send(message(remote.domain, component.domain, "still here"))
    component.expect_message(from_=remote.domain)
