"""The child's side of a conversation with the test: lines of JSON on standard input and output (see children.py)."""

import json
import sys
import threading


_LISTED_WITHIN_S = 20.0


class _Words:
    """What came after the first line: `listed` after each listener that was told of, `go`, and `stop`. The end of
    standard input is all of them."""

    def __init__(self):
        self.go, self.stop, self.listed = threading.Event(), threading.Event(), threading.Semaphore(0)

    def read(self) -> None:
        for line in sys.stdin:
            word = line.strip()
            if word == "listed":
                self.listed.release()
            else:
                {"go": self.go, "stop": self.stop}[word].set()
        self.go.set()
        self.stop.set()


_words, _telling = _Words(), threading.Lock()
go, stop = _words.go, _words.stop


def arguments() -> dict:
    """The first line."""
    first = json.loads(sys.stdin.readline())
    threading.Thread(target=_words.read, daemon=True).start()
    return first


def tell(**values) -> None:
    """Thread safety: any thread; a line goes as a whole."""
    with _telling:
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()


class Dns:
    """Stands for the test's DNS server, which the hub asks: passes on which domain leads where."""

    def add_server(self, domain: str, host: str, port: int, priority=0, direct_tls=False) -> None:
        """Returns once the server knows."""
        tell(listen={"domain": domain, "host": host, "port": port, "priority": priority, "direct_tls": direct_tls})
        assert _words.listed.acquire(timeout=_LISTED_WITHIN_S), "the test did not answer"

    def remove(self, _domain: str) -> None:
        """The records end with the test."""
