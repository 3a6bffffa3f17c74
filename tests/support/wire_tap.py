"""Reads the packets at a host's interface, so that tests need not trust the programs' own account of what they sent."""

import re
import socket
import struct
from xml.parsers import expat

from .xml import Framer

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
SO_RCVBUFFORCE = 33
SYN = 0x02
ACK = 0x10
TLS_HANDSHAKE = b"\x16\x03"  # the first octets of a TLS handshake record
BUFFER_BYTES = 16 << 20


class _Flow:
    """One direction of a TCP connection."""

    def __init__(self):
        self._first = None
        self._segments = {}
        self.opens = False  # whether its SYN was the connection's first packet

    def add(self, sequence, flags, payload):
        if flags & SYN:
            self._first = (sequence + 1) & 0xFFFFFFFF
            self.opens = not flags & ACK
        elif payload:
            known = self._segments.get(sequence, b"")
            self._segments[sequence] = max(known, payload, key=len)

    def octets(self):
        """@returns the octets since the connection began, in order."""
        if self._first is None:
            return b""
        base = self._first
        result = b""
        for offset, payload in sorted((((sequence - base) & 0xFFFFFFFF), payload)
                                      for sequence, payload in self._segments.items()):
            if offset > len(result):
                break  # a gap: the tap was opened late or has lost a packet
            result += payload[len(result) - offset:]
        return result


class WireTap:
    """Records the TCP connections that begin on `host` while the tap is open."""

    def __init__(self, host, interface="eth0"):
        self._flows = {}
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
            self._socket.bind((interface, ETH_P_ALL))
        self._socket.setblocking(False)

    def close(self):
        self._socket.close()

    def _drain(self):
        while True:
            try:
                packet, address = self._socket.recvfrom(65536)
            except BlockingIOError:
                return
            if address[1] == ETH_P_IP and packet[9] == socket.IPPROTO_TCP:
                self._take(packet)

    def _take(self, packet):
        header = (packet[0] & 0x0F) * 4
        length = struct.unpack("!H", packet[2:4])[0] or len(packet)
        source, target = (socket.inet_ntoa(packet[at:at + 4]) for at in (12, 16))
        source_port, target_port, sequence = struct.unpack("!HHI", packet[header:header + 8])
        payload = packet[header + (packet[header + 12] >> 4) * 4:length]
        flow = self._flows.setdefault((source, source_port, target, target_port), _Flow())
        flow.add(sequence, packet[header + 13], payload)

    def octets(self, source, target):
        """@returns for each connection between the two addresses the octets that `source` sent to `target`."""
        self._drain()
        return [flow.octets() for key, flow in self._flows.items() if key[0] == source and key[2] == target]

    def connections(self, source, target):
        """@returns (port, octets) of each connection that `source` opened to `target`: its port and the octets sent."""
        self._drain()
        return [(key[3], flow.octets()) for key, flow in self._flows.items()
                if key[0] == source and key[2] == target and flow.opens]

    def elements(self, source, target):
        """@returns the top-level elements that `source` sent to `target` in clear text, each as raw bytes."""
        result = []
        for octets in self.octets(source, target):
            framer = Framer()
            for part in re.findall(rb"[^>]*>", octets):
                try:
                    result += framer.feed(part)
                except expat.ExpatError:
                    break  # TLS begins here
        return result

    def shows(self, text, source, target):
        """@returns whether `source` sent the text to `target` in clear."""
        return any(text.encode() in octets for octets in self.octets(source, target))
