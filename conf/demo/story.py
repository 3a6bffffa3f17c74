"""The federated conversation, step by step.

A step takes its figures from the hub's own log, from /metrics and from the components' stanzas. A step without such a
trace fails the demonstration.
"""

import re
import statistics
import time

from conversation import ALICE, BOB

PATIENCE = 10  # seconds for a step
MORE = 100  # round trips after the first one

NODE_LINK = r"^\[(?P<number>\d+) node-component desk id=\w+\]"
WAY_OUT = r"^\[(?P<number>\d+) s2s-out partner\.example id=(?P<id>\w+)\]"
WAY_IN = r"^\[(?P<number>\d+) s2s-in partner\.example id=(?P<id>\w+)\]"
OURS = r"corp\.example -> partner\.example"
THEIRS = r"partner\.example -> corp\.example"


class StepFailed(Exception):
    """A step did not happen, or not as it should have."""


class Story:
    """Shows on `screen` what `hub` does during the `conversation`. Calls `proceed()` before each step, which throws if
    the demonstration shall end."""

    def __init__(self, screen, hub, partner, conversation, proceed):
        self._screen = screen
        self._hub = hub
        self._partner = partner
        self._conversation = conversation
        self._proceed = proceed

    def _find(self, module, pattern):
        return self._hub.wait_for_log(module, pattern, PATIENCE)

    def _step(self, title, *evidence):
        """Shows a step, with the lines of the log that prove it."""
        self._proceed()
        self._screen.step(title)
        for line, _ in evidence:
            self._screen.log_line(line)

    # -- before ---------------------------------------------------------------------------------------------

    def hubs_run(self):
        self._step("The hub runs on its default configuration, with these changes:")
        self._screen.note(self._hub.file.read_text())
        for port in self._hub.taken:
            self._screen.note(f"Port {port} is taken, so the hub uses a free one.")
        self._screen.note(self._hub.ready_line)
        self._step("A second hub serves partner.example, with the same defaults, on free ports:")
        self._screen.note(self._partner.ready_line)

    def domains_are_in_dns(self, address, records):
        self._step(f"DNS leads to both hubs (the demonstration's own server, {address}):")
        self._screen.note("\n".join(records))

    def node_is_connected(self):
        connected = self._find("ConnInfoHistory", NODE_LINK + " PENDING->CONNECTED")
        node = self._find("hub", "^node desk is connected")
        self._step("The node that serves corp.example, a component (XEP-0114), has dialled in:", connected, node)

    # -- there ----------------------------------------------------------------------------------------------

    def first_stanza(self):
        """Shows the first stanza there and back, with each step on its way."""
        trip = self._conversation.write("Hello from behind the hub", PATIENCE)
        self._step(f"{ALICE} writes to {BOB}; the node hands the stanza to the hub:")
        self._screen.xml("sent by the node:", trip.sent)
        self._found_and_connected()
        stream = self._secured()
        self._dialled_back(stream)
        self._step("The stanza arrives:")
        self._screen.xml("received by partner.example's component:", self._unchanged(trip.sent, trip.there))
        self._way_back()
        if trip.back.get("type") == "error":
            raise StepFailed(f"the answer is an error: {trip.back.text}")
        self._step(f"The answer is back after {trip.seconds * 1000:.1f} ms, including all steps above.")
        self._screen.xml("received by the node:", self._unchanged(trip.sent, trip.back.text))

    def _unchanged(self, sent, got):
        payload = re.search("<body>.*</body>", sent)[0]
        if payload not in got:
            raise StepFailed(f"the payload {payload} became {got!r}")
        return got

    def _found_and_connected(self):
        found = self._find("Resolver", r"^resolve partner\.example: SRV (?P<count>\d+) target")
        self._step(f"SRV: {found[1]['count']} server found for partner.example.", found)
        connected = self._find("stream.out", r"^\[partner\.example\] connected to (?P<host>\S+)")
        self._step(f"Connected to {connected[1]['host']}.", connected)

    def _secured(self):
        """@returns the number of the outgoing stream's connection."""
        secured = self._find("stream.out", WAY_OUT + r" secured by (?P<version>\S+) (?P<cipher>\S+)")
        self._step(f"STARTTLS: {secured[1]['version']}, {secured[1]['cipher']}.", secured)
        return secured[1]["number"]

    def _dialled_back(self, stream):
        key = self._find("DBVerify", rf"{WAY_OUT} sent key {OURS}")
        self._step("Dialback: to prove that it speaks for corp.example, the hub sends a key.", key)
        asked = self._find("DBVerify", rf"{WAY_IN} received verify-request {OURS} id={key[1]['id']}")
        if not stream == key[1]["number"] != asked[1]["number"]:
            raise StepFailed("the key was not verified on a stream of its own")
        self._step(
            "partner.example finds corp.example's server in DNS, and asks it on a stream of its own: is that your key?",
            self._find("stream.in", rf"^\[{asked[1]['number']} s2s-in partner\.example id=\w+\] secured by"), asked,
        )  # fmt: skip
        own = rf"^\[{asked[1]['number']} s2s-in partner\.example id=\w+\]"
        self._step(
            "It is. The stream was opened only for the question, and is closed again.",
            self._find("DBVerify", rf"{own} sent verify-response {OURS} id={key[1]['id']} type=valid"),
            self._find("stream.in", rf"{own} stream closed \(dialback only\)"),
        )  # fmt: skip
        self._step(
            "partner.example accepts the key. From now on the hub may send for corp.example.",
            self._find("DBVerify", rf"{WAY_OUT} received result {OURS} type=valid"),
            self._find("stream.out", rf"{WAY_OUT} authorised {OURS}"),
        )  # fmt: skip

    # -- and back -------------------------------------------------------------------------------------------

    def _way_back(self):
        key = self._find("DBVerify", rf"{WAY_IN} received key {THEIRS}")
        stream = rf"^\[{key[1]['number']} s2s-in partner\.example id=\w+\]"
        self._step(
            "The answer comes on a stream that partner.example opens. Now partner.example has to prove itself; the hub "
            "asks over its own open stream.",
            self._find("stream.in", rf"{stream} secured by"),
            key,
            self._find("DBVerify", rf"{WAY_OUT} sent verify-request {THEIRS} id={key[1]['id']}"),
            self._find("DBVerify", rf"{WAY_OUT} received verify-response {THEIRS} id={key[1]['id']} type=valid"),
            self._find("DBVerify", rf"{stream} sent result {THEIRS} type=valid"),
        )  # fmt: skip

    # -- after ----------------------------------------------------------------------------------------------

    def more_stanzas(self):
        times = sorted(self._conversation.write(f"number {i}", PATIENCE).seconds * 1000 for i in range(1, MORE + 1))
        self._step(
            f"{MORE} more stanzas, one after the other, there and back through both hubs: median "
            f"{statistics.median(times):.2f} ms, 90% within {times[MORE * 9 // 10 - 1]:.2f} ms, all within "
            f"{times[-1]:.2f} ms."
        )

    def nothing_is_lost(self):
        """Shows the account of /metrics, which has to balance once nothing is in motion."""
        wanted = MORE + 1
        deadline = time.monotonic() + PATIENCE
        while True:
            accounts = {direction: account(self._hub.metrics(), direction) for direction in ("from-node", "from-world")}
            if all(x == {"accepted": wanted, "delivered": wanted, "bounced": 0, "dropped": 0, "queued": 0}
                   for x in accounts.values()):  # fmt: skip
                break
            if time.monotonic() > deadline:
                raise StepFailed(f"the account does not balance: {accounts}")
            time.sleep(0.05)
        self._step("The account: accepted = delivered + bounced + dropped + queued (from /metrics).")
        for direction, x in accounts.items():
            self._screen.note(f"{direction:10} " + " ".join(f"{word} {value:.0f}" for word, value in x.items()))


def account(metrics, direction=""):
    """Returns how many stanzas of one direction, or of all, came to which end."""
    names = {word: f"fedhub_stanzas_{word}_total" for word in ("accepted", "delivered", "bounced", "dropped")}
    names["queued"] = "fedhub_stanzas_queued"
    return {
        word: sum(value for labels, value in metrics[name] if not direction or f'direction="{direction}"' in labels)
        for word, name in names.items()
    }
