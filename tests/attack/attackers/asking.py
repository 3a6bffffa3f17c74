"""Floods of elements that the hub has to answer."""

from peers.stream import Closed

from .ground import Ground, kind
from .pump import Barrel, Pump, filled


@kind
def ask(ground: Ground, where: str, connections: int, reading: str, again: bool = False) -> None:
    """Asks questions about keys. @param again whether to open a new stream for each that the hub ends."""
    verify = f"<db:verify from='{ground.domain}' to='{ground.corp}' id='1'>0123456789abcdef</db:verify>"
    flood(ground, where, connections, reading, filled(verify), again)


@kind
def burst(ground: Ground, where: str, connections: int, reading: str, to_absent: bool = True, **how) -> None:
    """Sends stanzas to an absent node."""
    to = ground.absent if to_absent else ground.corp
    message = f"<message from='a@{ground.domain}' to='b@{to}' type='chat'><body>x</body></message>"
    flood(ground, where, connections, reading, filled(message), to=to, **how)


def flood(ground, where, connections, reading, octets, again=False, **how) -> None:
    """Opens the streams, writes to them without pause, and reports the counts."""
    barrels = [Barrel(ground.stream(where, number, **how), octets, reading) for number in range(connections)]

    def open_again():
        while not ground.over():
            try:
                return Barrel(ground.stream(where, **how), octets, reading)
            except (AssertionError, Closed, OSError):
                continue  # refused by the hub's limits
        return None

    ground.begin()
    pump = Pump()
    pump.run(barrels, ground.over, open_again if again else None)
    ground.done(connections, **pump.counted())
