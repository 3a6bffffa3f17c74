"""The demonstration's output: numbered steps with their evidence, and a line that is updated in place."""

import os
import re
import shutil
import sys
import textwrap
import time

STREAM_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")
MARGIN = " " * 7


class Screen:
    """Writes to standard output. A terminal gets colours, unless NO_COLOR is set, and a line updated in place."""

    def __init__(self):
        sys.stdout.reconfigure(errors="replace")
        self._terminal = sys.stdout.isatty()
        self._colours = self._terminal and "NO_COLOR" not in os.environ
        self._steps = 0
        self._live = False

    def _paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def _print(self, text=""):
        if self._live:
            sys.stdout.write("\n")
            self._live = False
        print(text, flush=True)

    def title(self, text):
        self._print(self._paint("1", text))

    def say(self, text=""):
        self._print(text)

    def step(self, text):
        self._steps += 1
        first, *more = textwrap.wrap(text, 104)
        self._print()
        self._print(self._paint("1;32", f"  {self._steps:2}.  ") + self._paint("1", first))
        for line in more:
            self._print(MARGIN + self._paint("1", line))

    def note(self, text):
        for line in text.splitlines():
            self._print(MARGIN + line)

    def log_line(self, line):
        """Shows a line of the hub's log as evidence; only the streams' ids are shortened."""
        clock = time.strftime("%H:%M:%S", time.localtime(line.time)) + f".{round(line.time * 1000) % 1000:03}"
        text = STREAM_ID.sub(r"\1…", line.message)
        self._print(MARGIN + self._paint("2", f"{clock} [{line.module}] ") + text)

    def xml(self, who, text):
        self._print(MARGIN + who)
        self._print(MARGIN + "  " + self._paint("36", text))

    def failure(self, text):
        self._print()
        self._print(self._paint("1;31", f"The demonstration failed: {text}"))

    @property
    def live_interval(self):
        """Seconds between live lines; more where each is a new line."""
        return 1 if self._terminal else 3

    def live(self, text):
        if not self._terminal:
            return self._print(text)
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write("\r\x1b[K" + text[:width])
        sys.stdout.flush()
        self._live = True
