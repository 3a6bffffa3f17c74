"""fedhub-load, run around a hub under test."""

import json
import os
import signal
import socket
import subprocess

from peers.hub import REPOSITORY
from peers.site import NODE_SECRET

PROGRAM = os.environ.get("FEDHUB_LOAD", REPOSITORY / "build" / "release" / "fedhub-load")

DOMAIN = "node.load.example"
"""The component that it plays."""

END_WITHIN_S = 60


def free_address():
    """Returns an address on which no program listens by TCP or UDP."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        return "%s:%d" % tcp.getsockname()


class Load:
    """Plays remote domains and the component, with the traffic of the arguments.

    `dns` and `world` are addresses to which the hub's configuration leads.
    """

    def __init__(self, hub, dns, world, *arguments):
        self._process = subprocess.Popen(
            [str(PROGRAM), *map(str, arguments), "--s2s", "%s:%d" % hub.s2s, "--component", "%s:%d" % hub.nodes,
             "--secret", NODE_SECRET, "--domain", DOMAIN, "--dns", dns, "--world-listen", world,
             "--json", "-", "--quiet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def assert_running(self):
        assert self._process.poll() is None, self._process.communicate()[1]

    def finish(self):
        """Ends the load early, and returns its counts."""
        self.assert_running()
        self._process.send_signal(signal.SIGTERM)
        return self.result()

    def result(self):
        """Waits for its end and for outstanding stanzas, and returns its counts."""
        output, errors = self._process.communicate(timeout=END_WITHIN_S)
        assert self._process.returncode == 0, errors
        return json.loads(output)

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
