"""The control process: pings an echo on loopback, with the pair's measuring code. So it measures the machine's
delay."""

import os
import socket
import threading

from . import parent
from .rhythm import Rhythm


def echo(sock: socket.socket) -> None:
    while octets := sock.recv(4096):
        sock.sendall(octets)


def connected_pair():
    """Returns the two ends of one TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    for sock in (one, other):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one, other


def main() -> None:
    one, other = connected_pair()
    if os.fork() == 0:
        one.close()
        echo(other)
        os._exit(0)
    other.close()
    parent.arguments()
    rhythm = Rhythm(lambda number: one.sendall(f"e{number}\n".encode()), ("e",))

    def read() -> None:
        for line in one.makefile():
            rhythm.answered(line.strip())

    threading.Thread(target=read, daemon=True).start()
    parent.tell(ready=True)
    parent.go.wait()
    rhythm.run(parent.stop)
    parent.tell(report=rhythm.report(10.0))


if __name__ == "__main__":
    main()
