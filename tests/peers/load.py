"""fedhub-load around a hub under test."""

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
    """Nobody listens there, by TCP or UDP."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        return "%s:%d" % tcp.getsockname()


class Load:
    """Remote domains and the component, with traffic as the arguments say.

    `dns` and `world` are addresses that the hub's configuration leads to.
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
        """Ends the load early, once it is measured, and returns what was counted."""
        self.assert_running()
        self._process.send_signal(signal.SIGTERM)
        return self.result()

    def result(self):
        """Waits for its end, what is outstanding included, and returns what was counted."""
        output, errors = self._process.communicate(timeout=END_WITHIN_S)
        assert self._process.returncode == 0, errors
        return json.loads(output)

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
