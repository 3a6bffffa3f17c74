"""The child's end of the conversation with the test: lines of JSON on standard input and output (see children.py)."""

import json
import sys
import threading


_LISTED_WITHIN_S = 20.0


class _Words:
    """The words that the test sends after the first line: `listed` for each reported listener, `go`, and `stop`. The
    end of standard input sets `go` and `stop`."""

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
    """Returns the values of the first line, and starts to read the words that follow."""
    first = json.loads(sys.stdin.readline())
    threading.Thread(target=_words.read, daemon=True).start()
    return first


def tell(**values) -> None:
    """Writes the values as one line. Thread safety: any thread; lines are not mixed."""
    with _telling:
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()


class Dns:
    """Stands in for the test's DNS server: asks the test to add the records."""

    def add_server(self, domain: str, host: str, port: int, priority=0, direct_tls=False) -> None:
        """Adds the records. Returns once the DNS server has them."""
        tell(listen={"domain": domain, "host": host, "port": port, "priority": priority, "direct_tls": direct_tls})
        assert _words.listed.acquire(timeout=_LISTED_WITHIN_S), "the test did not answer"

    def remove(self, _domain: str) -> None:
        """Does nothing: the records end with the test."""
