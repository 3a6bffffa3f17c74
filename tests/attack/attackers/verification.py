"""Keys whose verification gets no answer."""

import time

from peers.s2s_peer import Server
from peers.stream import Closed

from .. import parent
from .asking import flood
from .ground import Ground, kind
from .pump import filled


ATTRIBUTES = 30


def key(from_: str, to: str, text: str) -> str:
    return f"<db:result from='{from_}' to='{to}'>{text}</db:result>"


@kind
def ask_mute_server(ground: Ground, questions: int, domains: int) -> None:
    """Sends `questions` different keys of `domains` domains. Their server never answers the hub's questions."""
    names = [f"m{number}.{ground.domain}" for number in range(domains)]
    server = Server(parent.Dns(), *names)
    server.misbehave["verify received"] = lambda stream: stream.receive(600)
    stream = ground.stream("TLS", from_=names[0])
    ground.begin()
    sent = ended = 0
    try:
        for number in range(questions):
            stream.send(key(names[number % domains], ground.corp, f"key {number}"), within=1)
            sent += 1
            if ground.over():
                break
    except (OSError, Closed):
        ended = 1
    while not ground.over():
        time.sleep(0.05)
    ground.done(1, sent=sent, ended=ended, asked=server.attempts)


@kind
def send_keys_of_unknown_domains(ground: Ground, connections: int, below: str) -> None:
    """Sends up to ten keys on each stream, each of another domain below `below`. DNS finds none of them."""
    streams = [ground.stream("TLS", number, from_=f"u{number}.{below}") for number in range(connections)]
    ground.begin()
    for number, stream in enumerate(streams):
        for attempt in range(10):
            try:
                stream.send(key(f"u{number}-{attempt}.{below}", ground.corp, "key"), within=0.2)
            except (OSError, Closed):
                break
    while not ground.over():
        time.sleep(0.05)
    ground.done(connections)


@kind
def send_large_elements(ground: Ground, where: str, connections: int, size: int) -> None:
    """Sends questions about keys of `size` octets, mostly in attributes that the hub does not use."""
    start = f"<db:verify from='{ground.domain}' to='{ground.corp}' id='1'"
    end = ">key</db:verify>"
    each = (size - len(start) - len(end)) // ATTRIBUTES
    attributes = "".join(f" a{number:02}='".ljust(each - 1, "v") + "'" for number in range(ATTRIBUTES))
    flood(ground, where, connections, "all", filled(start + attributes + end))
