"""The demonstration behind `./dev run`: two hubs federate before your eyes. Needs Python's standard library only.

Exit code 0: ended by Ctrl-C, or with --once after a conversation in which each step happened; 1: a step did not happen.
"""

import argparse
import contextlib
import os
import pathlib
import secrets
import signal
import sys
import tempfile
import time

from component import ComponentError
from conversation import Conversation, NoAnswer
from hub import Hub, HubError
from name_server import NameServer
from screen import Screen
from story import StepFailed, Story, account

CONFIGURATION = """\
[dns]
servers = ["{dns}"]
allow_private_addresses = true

[federation]
bidi = false                    # a stream for each direction, as most servers have it

[[node]]
name = "{node}"
domains = ["{domain}"]
protocol = "component"
secret = "{secret}"
"""

# Blocked, and looked for only where the demonstration can end, so that nothing is left half started.
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Ended(Exception):
    """SIGINT (Ctrl-C), SIGTERM or SIGHUP came: the demonstration shall end."""


def proceed(after=0):
    """Waits for `after` seconds. @throws Ended at once when a signal of `ENDING` comes."""
    if signal.sigtimedwait(ENDING, after):
        raise Ended


class Demonstration:
    """Everything that runs. `stack` ends it in reverse order."""

    def __init__(self, program, screen, stack):
        self._screen = screen
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fedhub-demo-")))
        self._names = stack.enter_context(contextlib.closing(NameServer()))
        self._secrets = {"hub": secrets.token_hex(8), "partner": secrets.token_hex(8)}
        self._hub = self._make_hub(program, folder / "hub", "corp.example", "desk", standard_ports=True)
        self._partner = self._make_hub(program, folder / "partner", "partner.example", "echo", standard_ports=False)
        for hub in (self._hub, self._partner):
            stack.callback(hub.stop)
        self._conversation = stack.enter_context(contextlib.closing(Conversation()))

    def _make_hub(self, program, folder, domain, node, standard_ports):
        configuration = CONFIGURATION.format(
            dns=self._names.address, node=node, domain=domain, secret=self._secrets[folder.name]
        )
        return Hub(program, folder, configuration, standard_ports)

    def tell(self):
        """The conversation, step by step."""
        self._screen.title("fedhub federates: corp.example, a node behind the hub, talks with partner.example")
        story = Story(self._screen, self._hub, self._partner, self._conversation, proceed)
        for hub in (self._hub, self._partner):
            proceed()
            hub.start()
        story.hubs_run()
        records = [
            self._names.add_server("corp.example", *self._hub.addresses["s2s"]),
            self._names.add_server("partner.example", *self._partner.addresses["s2s"]),
        ]
        story.domains_are_in_dns(self._names.address, records)
        self._conversation.connect_bob(self._partner.addresses["nodes"], self._secrets["partner"])
        self._conversation.connect_alice(self._hub.addresses["nodes"], self._secrets["hub"])
        story.node_is_connected()
        story.first_stanza()
        story.more_stanzas()
        story.nothing_is_lost()

    def go_on(self):
        """A stanza each way per second, and a line of counters, until Ended."""
        self._screen.say(f"\nThe conversation goes on. Metrics: {self._hub.metrics_url} - Ctrl-C ends it.\n")
        before, since = account(self._hub.metrics()), time.monotonic()
        shown = float("-inf")
        while True:
            proceed(after=1)
            answer = self._exchange()
            if time.monotonic() - shown >= self._screen.live_interval - 0.5:
                shown = time.monotonic()
                metrics = self._hub.metrics()
                now = account(metrics)
                rate = (now["accepted"] - before["accepted"]) / (shown - since)
                before, since = now, shown
                streams = sum(value for labels, value in metrics["fedhub_streams"] if '"authenticated"' in labels)
                counters = ", ".join(f"{word} {value:.0f}" for word, value in now.items())
                self._screen.live(f"{rate:.1f} stanzas/s | {counters} | {streams:.0f} streams | {answer}")

    def show_logs(self):
        """The end of each hub's log, to see why a step failed."""
        for hub in (self._hub, self._partner):
            self._screen.say(f"\nThe end of the log of {hub.name}:")
            for line in hub.log()[-30:]:
                self._screen.log_line(line)

    def _exchange(self):
        """Sends one stanza there and back. @returns the result, for the live line."""
        if not self._hub.running:
            raise HubError("the hub has ended")
        try:
            trip = self._conversation.write("still there?", within=5)
        except NoAnswer as failure:
            return str(failure)
        if trip.back.get("type") == "error":
            return f"answered by {trip.back.condition}"
        return f"there and back {trip.seconds * 1000:.1f} ms"


def main():
    arguments = argparse.ArgumentParser(description="Shows the hub federate, step by step.")
    arguments.add_argument("--hub", required=True, metavar="PROGRAM", help="the program fedhub")
    arguments.add_argument("--once", action="store_true", help="end after the conversation")
    options = arguments.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    screen = Screen()
    try:
        with contextlib.ExitStack() as stack:
            demonstration = Demonstration(pathlib.Path(options.hub).resolve(), screen, stack)
            return run(demonstration, screen, options.once)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
    except OSError as failure:
        screen.failure(str(failure))
    return 1


def run(demonstration, screen, once):
    """@returns the exit code."""
    told = False
    try:
        demonstration.tell()
        told = True
        if not once:
            demonstration.go_on()
    except Ended:
        screen.say("Ending.")
        return 0 if told or not once else 1
    except (StepFailed, HubError, ComponentError, NoAnswer) as failure:
        screen.failure(str(failure))
        demonstration.show_logs()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
