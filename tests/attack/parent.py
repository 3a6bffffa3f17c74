"""The child's side of a conversation with the test: lines of JSON on standard input and output (see children.py)."""

import json
import sys
import threading


def arguments() -> dict:
    """The first line. Until it comes, nothing is done: the test puts the process in its cgroup before."""
    return json.loads(sys.stdin.readline())


def tell(**values) -> None:
    print(json.dumps(values), flush=True)


class Commands:
    """The words that follow: `go`, then `stop`. The end of standard input is both."""

    def __init__(self):
        self.go, self.stop = threading.Event(), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            getattr(self, line.strip()).set()
        self.go.set()
        self.stop.set()


class Dns:
    """Stands for the test's DNS server, which the hub asks: passes on which domain leads where."""

    def add_server(self, domain: str, host: str, port: int, priority=0, direct_tls=False) -> None:
        tell(listen={"domain": domain, "host": host, "port": port, "priority": priority, "direct_tls": direct_tls})

    def remove(self, _domain: str) -> None:
        """The records end with the test."""
