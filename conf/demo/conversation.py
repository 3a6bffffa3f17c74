"""The conversation: alice@corp.example writes, bob@partner.example echoes."""

import queue
import time

from component import Component

ALICE = "alice@corp.example/desk"
BOB = "bob@partner.example/phone"


class NoAnswer(Exception):
    """No answer came back in time."""


class RoundTrip:
    """One stanza there and back."""

    def __init__(self, sent, there, back, seconds):
        self.sent = sent  # as alice's component wrote it
        self.there = there  # as bob's component got it; "" if it did not
        self.back = back  # the Stanza that alice's component got
        self.seconds = seconds


class Conversation:
    """The components of both domains."""

    def __init__(self):
        self._alice = None
        self._bob = None
        self._number = 0
        self._there = ""
        self._answers = queue.SimpleQueue()  # (stanza, when)

    def connect_bob(self, address, secret):
        self._bob = Component(address, "partner.example", secret, self._echo)

    def connect_alice(self, address, secret):
        self._alice = Component(address, "corp.example", secret, self._take_answer)

    def close(self):
        for component in (self._alice, self._bob):
            if component:
                component.close()

    def _echo(self, component, stanza):
        self._there = stanza.text
        if stanza.get("type") == "error":
            return  # errors are never answered
        component.send(message(stanza.get("to"), stanza.get("from"), stanza.get("id"), stanza.body))

    def _take_answer(self, _, stanza):
        self._answers.put((stanza, time.perf_counter()))

    def write(self, body, within):
        """Sends one message and waits for what comes back. @throws NoAnswer after `within` seconds."""
        self._number += 1
        number = f"m{self._number}"
        self._there = ""
        text = message(ALICE, BOB, number, body)
        begin = time.perf_counter()
        self._alice.send(text)
        while (left := begin + within - time.perf_counter()) > 0:
            try:
                stanza, when = self._answers.get(timeout=left)
            except queue.Empty:
                break
            if stanza.get("id") == number:  # not the late answer to an earlier one
                return RoundTrip(text, self._there, stanza, when - begin)
        raise NoAnswer(f"nothing came back within {within} s")


def message(sender, receiver, number, body):
    """@param body text without XML's own characters."""
    return f"<message from='{sender}' to='{receiver}' id='{number}' type='chat'><body>{body}</body></message>"
