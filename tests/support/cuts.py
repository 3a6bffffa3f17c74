"""Cuts connections of a host without the programs at their ends (nftables)."""

from pathlib import Path

ESTABLISHED = "01"

TABLE = """
table inet cuts {
  chain sent { type filter hook output priority 0; }
  chain received { type filter hook input priority 0; }
}
"""


class Cuts:
    """@param pid of a process on the host, whose network namespace is used."""

    def __init__(self, host, pid):
        self._host, self._pid = host, pid
        host.run("nft", TABLE)

    def connections(self, port):
        """@returns the host's local ports by remote address, for its open connections to this port."""
        result = {}
        for line in Path(f"/proc/{self._pid}/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, state, *_ = line.split()
            address, _, remote_port = remote.partition(":")
            if state == ESTABLISHED and int(remote_port, 16) == port:
                octets = bytes.fromhex(address)[::-1]  # the kernel prints it as a little-endian number
                result.setdefault(".".join(map(str, octets)), []).append(int(local.rpartition(":")[2], 16))
        return result

    def reset(self, address, port, local_port):
        """Has the next packet of either side answered by a reset."""
        self._cut("reject with tcp reset", address, port, local_port)

    def silence(self, address, port, local_port):
        """Drops all packets from now on, in both directions."""
        self._cut("drop", address, port, local_port)

    def silence_from(self, address, port, local_port):
        """Drops all packets of a connection that the host has accepted, from `address` at `port`."""
        self._cut("drop", address, port, local_port)

    def end(self):
        self._host.run("nft", "delete table inet cuts")

    def _cut(self, verdict, address, port, local_port):
        self._host.run("nft", f"""
            add rule inet cuts sent ip daddr {address} tcp dport {port} tcp sport {local_port} {verdict}
            add rule inet cuts received ip saddr {address} tcp sport {port} tcp dport {local_port} {verdict}""")
