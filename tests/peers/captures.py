"""Captures of a hub, as tshark shows them."""

import struct
import subprocess
from dataclasses import dataclass

from .waiting import eventually

RUN_S = 60


def start(hub, for_s: int = 600, **selection) -> int:
    """Starts a capture. Returns its id."""
    answer = hub.api.send("POST", "captures", {"for_s": for_s} | selection)
    assert answer.status == 201, (answer.status, answer.body)
    row = answer.json()
    assert answer.headers["Location"] == f"/api/v1/captures/{row['id']}"
    assert row["state"] == "running"
    return row["id"]


def row(hub, capture: int) -> dict | None:
    """Returns the row of a capture; None if it has none."""
    return next((row for row in hub.api.get("captures")["items"] if row["id"] == capture), None)


def await_packets(hub, capture: int, count: int) -> dict:
    """Waits until a capture that runs has so many packets. Returns its row."""
    eventually(lambda: row(hub, capture)["packets"] >= count, what=f"{count} packets")
    return row(hub, capture)


def end(hub, capture: int, element: bytes = b"", times: int = 1) -> bytes:
    """Ends a capture once its file has the beginning of an element so many times. Returns its file."""
    file = hub.directory / "state" / "captures" / f"capture-{capture}.pcapng"
    if element:
        eventually(lambda: file.read_bytes().count(element) >= times, what=f"{times} of {element}")
    assert hub.api.request("DELETE", f"captures/{capture}").status == 204
    return download(hub, capture)


def download(hub, capture: int) -> bytes:
    answer = hub.api.request("GET", f"captures/{capture}")
    assert answer.status == 200, (answer.status, answer.body)
    assert answer.headers["Content-Type"] == "application/x-pcapng"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="capture-{capture}.pcapng"'
    return answer.body


@dataclass
class Packet:
    """One packet, as tshark shows it."""

    protocol: str
    source: str
    source_port: int
    target_port: int
    direction: str
    """1: the hub has received it, 2: the hub has sent it."""
    from_: str
    to: str
    body: str
    """The first character data."""
    data: bytes

    @property
    def sent(self) -> bool:
        return self.direction == "2"


FIELDS = ("frame.protocols", "ip.src", "ipv6.src", "exported_pdu.src_port", "exported_pdu.dst_port",
          "frame.packet_flags_direction", "xmpp.from", "xmpp.to", "xml.cdata")  # fmt: skip


def packets(path) -> list:
    """Returns all packets of a file."""
    words = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
    done = subprocess.run([*words, *(word for field in FIELDS for word in ("-e", field))], capture_output=True, text=True,
                          timeout=RUN_S)  # fmt: skip
    assert done.returncode == 0 and "cut short" not in done.stderr, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    elements = list(elements_in(path.read_bytes()))
    assert len(rows) == len(elements)
    return [_packet(*row, data) for row, data in zip(rows, elements)]


def elements_in(octets: bytes):
    """Yields the element of each packet."""
    place = 0
    while place < len(octets):
        kind, size = struct.unpack_from("<II", octets, place)
        block = octets[place : place + size]
        assert len(block) == size and struct.unpack("<I", block[-4:]) == (size,)
        if kind == PACKET_BLOCK:
            (length,) = struct.unpack_from("<I", block, 20)
            yield _element(block[28 : 28 + length])
        place += size


PACKET_BLOCK = 6


def _element(data: bytes) -> bytes:
    """Returns the data of an exported PDU after its tags."""
    while True:
        tag, size = struct.unpack_from(">HH", data)
        data = data[4 + size :]
        if tag == 0:
            return data


def _packet(protocols, ipv4, ipv6, source_port, target_port, direction, from_, to, body, data) -> Packet:
    return Packet("xmpp" if ":xmpp" in protocols else protocols, ipv4 or ipv6, int(source_port), int(target_port),
                  str(int(direction, 16)), from_, to, body, data)  # fmt: skip
