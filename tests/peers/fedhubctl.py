"""The program fedhubctl, in a pipe and on a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .hub import program

RUN_S = 60


def environment(more=None):
    """Returns an environment in which only what a test sets counts."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(more or {})}


class Fedhubctl:
    """Calls with the same first words."""

    def __init__(self, *words):
        self._words = words

    def words(self, *words):
        """Returns the whole command line."""
        return [str(Path(program()).with_name("fedhubctl")), *self._words, *words]

    def __call__(self, *words, env=None, user=None):
        """Runs one call to its end."""
        return subprocess.run(self.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_S,
                              env=environment(env), user=user)  # fmt: skip


@dataclass
class Shown:
    """All that a call has written to its terminal."""

    output: str
    code: int

    @property
    def lines(self):
        return self.output.splitlines()

    @staticmethod
    def width(line):
        """Returns the columns that a terminal needs for a line."""
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def on_terminal(words, rows, columns, env=None):
    """Runs a call on a pseudo-terminal of that size."""
    main, terminal = pty.openpty()
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST  # the output as it is, without carriage returns
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=environment(env))
    os.close(terminal)
    output = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break  # EIO: the program has ended
        if not part:
            break
        output += part
    os.close(main)
    return Shown(output.decode(), process.wait(RUN_S))


def asking(hub):
    """Returns calls that ask this hub."""
    return Fedhubctl("--socket", str(hub.api.path))
