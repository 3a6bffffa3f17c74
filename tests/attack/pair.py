"""The well-behaved pair: a remote server and a component that ping each other through the hub."""

import sys
import threading

from peers.component import connect_component
from peers.s2s_peer import Server

from . import parent
from .rhythm import Rhythm

WARM_UP_PINGS = 10
PATIENCE_S = 10.0


def ping(kind: str, from_: str, to: str, id: str) -> str:
    content = "<ping xmlns='urn:xmpp:ping'/>" if kind == "get" else ""
    return f"<iq type='{kind}' from='{from_}' to='{to}' id='{id}'>{content}</iq>"


class Pair:
    """@param arguments addresses and names, see trial.py."""

    def __init__(self, arguments: dict):
        with open(arguments["certificate"], "rb") as file:
            pem = file.read()
        self._remote = Server(parent.Dns(), arguments["remote"], certificate=pem)
        self._component = connect_component(tuple(arguments["nodes"]), arguments["component"], arguments["secret"])
        self._stream = self._remote.connect_by_certificate(tuple(arguments["s2s"]), arguments["component"])
        self.rhythm = None
        for next_stanza, stream in (
            (lambda: self._remote.next(3600)[0], self._stream),
            (lambda: self._component.expect_stanza(3600), self._component),
        ):
            threading.Thread(target=self._answer, args=(next_stanza, stream), daemon=True).start()

    def new_rhythm(self) -> Rhythm:
        self.rhythm = Rhythm(self._send, ("r", "c"))
        return self.rhythm

    def _send(self, number: int) -> None:
        remote, component = self._remote.domain, self._component.domain
        self._stream.send(ping("get", remote, component, f"r{number}"))
        self._component.send(ping("get", component, remote, f"c{number}"))

    def _answer(self, next_stanza, stream) -> None:
        try:
            while True:
                stanza = next_stanza()
                if stanza["type"] == "get":
                    stream.send(ping("result", stanza["to"], stanza["from"], stanza["id"]))
                elif stanza["type"] == "result":
                    self.rhythm.answered(stanza["id"])
                else:
                    print(f"came back: {stanza.octets}", file=sys.stderr, flush=True)
        except Exception as error:  # the test reports the error; unanswered pings count as lost
            print(f"the pair's stream to the hub: {error!r}", file=sys.stderr, flush=True)


def main() -> None:
    pair = Pair(parent.arguments())
    pair.new_rhythm().run(parent.stop, WARM_UP_PINGS)
    warm = pair.rhythm.report(PATIENCE_S)
    assert not warm["lost"], warm
    rhythm = pair.new_rhythm()
    parent.tell(ready=True)
    parent.go.wait()
    rhythm.run(parent.stop)
    parent.tell(report=rhythm.report(PATIENCE_S))


if __name__ == "__main__":
    main()
