"""Expensive handshakes, and handshakes that never end."""

import socket
import ssl
import tempfile
import time

from peers import sasl
from peers.certificates import client_context
from peers.s2s_peer import STARTTLS
from peers.stream import Closed, Stream, stream_header
from support.certificates import Authority

from .ground import Ground, kind, source
from .pump import linger_not
from .raw_tls import RawTls

KEY_UPDATES_PREPARED, KEY_UPDATES_AT_ONCE = 100_000, 2000


@kind
def update_keys(ground: Ground, authenticated: bool, requested: bool, reading: bool) -> None:
    """Sends nothing but KeyUpdates. @param requested whether the hub has to answer each."""
    sock = socket.create_connection(ground.direct, timeout=10)
    tls = RawTls(sock, ground.corp, ground.certificate_file)
    header = stream_header(from_=ground.domain, to=ground.corp)
    tls.exchange(header, b"</stream:features>")
    if authenticated:
        tls.exchange(sasl.auth(ground.domain), b"<success")
        tls.exchange(header, b"features")
    octets = memoryview(tls.key_updates(KEY_UPDATES_PREPARED, requested))
    ground.begin()
    sent = read = ended = 0
    sock.settimeout(0.2)
    while not ground.over() and not ended:
        octets = octets or memoryview(tls.key_updates(KEY_UPDATES_AT_ONCE, requested))
        while octets and not ground.over():
            try:
                written = sock.send(octets)
                octets, sent = octets[written:], sent + written
                read += drain(sock) if reading else 0
            except TimeoutError:
                continue
            except OSError:
                ended = 1
                break
    ground.done(1, sent=sent, read=read, ended=ended)


def drain(sock: socket.socket) -> int:
    """Reads all available octets. @returns their number."""
    count = 0
    try:
        while octets := sock.recv(1 << 20, socket.MSG_DONTWAIT):
            count += len(octets)
    except BlockingIOError:
        pass
    return count


def long_chain(domain: str, length: int) -> bytes:
    """Returns a chain of `length` certificates by unknown authorities, and the key."""
    authority = Authority("Stranger 0")
    for number in range(1, length - 1):
        authority = Authority(f"Stranger {number}", parent=authority)
    return authority.issue(domain)


@kind
def show_long_chain(ground: Ground, connections: int, length: int) -> None:
    """Repeatedly opens streams with a long chain as client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with tempfile.NamedTemporaryFile() as file:
        file.write(long_chain(ground.domain, length))
        file.flush()
        context.load_cert_chain(file.name)
    ground.begin()
    streams, ended = [], 0
    while not ground.over():
        stream = None
        try:
            stream = ground.stream("clear", len(streams))
            stream.send(STARTTLS).expect("tls:proceed")
            stream.start_tls(context, name=ground.corp)
            stream.send_header(from_=ground.domain, to=ground.corp)
            stream.read_header()
        except (OSError, Closed):
            ended += 1
            continue
        streams.append(stream)
        if len(streams) == connections:
            streams.pop(0).cut()
    ground.done(connections, ended=ended)


@kind
def stop_in_handshake(ground: Ground, where: str, connections: int) -> None:
    """Sends a ClientHello, or half of one, and no more. @param where "direct TLS", "STARTTLS" or "half a hello"."""
    hello = client_hello(ground.corp)
    held = []
    for number in range(connections):
        if where == "STARTTLS":
            stream = ground.stream("clear", number)
            stream.send(STARTTLS).expect("tls:proceed")
        else:
            stream = Stream.connect(ground.direct, source=(source(number), 0))
        held.append(stream.send(hello[:100] if where == "half a hello" else hello))
    ground.begin()
    ended = 0
    while not ground.over():
        ended += knock_again(ground, hello)
    ground.done(connections + 1, ended=ended)


def knock_again(ground: Ground, hello: bytes) -> int:
    """Opens one more such connection, and closes it at once."""
    try:
        stream = Stream.connect(ground.direct, source=("127.0.65.1", 0))
        stream.send(hello)
        linger_not(stream.sock)
        stream.sock.close()
    except (OSError, Closed):
        time.sleep(0.01)
    return 1


def client_hello(name: str) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(alpn=True).wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
