"""A loopback of the tests' own, on which single connections can fall silent as if a NAT had forgotten them."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)

TABLE = """
table inet silence {
  chain sent { type filter hook output priority 0; }
}
"""


def _call(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextlib.contextmanager
def quiet_network():
    """Gives the calling thread, and all threads and processes that it starts, a network namespace of their own."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call(_libc.unshare(CLONE_NEWNET))
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            subprocess.run(["nft", TABLE], check=True)
            yield
        finally:
            _call(_libc.setns(home, CLONE_NEWNET))
    finally:
        os.close(home)


def silence(sock) -> None:
    """Drops all packets of this connection from now on, in both directions, without any error to either end."""
    one, other = sock.getsockname()[1], sock.getpeername()[1]
    for source, target in ((one, other), (other, one)):
        subprocess.run(["nft", "add", "rule", "inet", "silence", "sent", "tcp", "sport", str(source), "tcp", "dport",
                        str(target), "drop"], check=True)  # fmt: skip


def speak_again() -> None:
    subprocess.run(["nft", "flush", "chain", "inet", "silence", "sent"], check=True)
