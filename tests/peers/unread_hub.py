"""A hub whose log nobody reads."""

import fcntl
import os

from .hub import Hub


class UnreadHub(Hub):
    """A hub whose standard error is a pipe of 4 KiB that nobody reads."""

    def open_log(self):
        self.read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        return os.fdopen(write_end, "wb")

    @property
    def log(self) -> str:
        """Returns an empty text, since the log is not read."""
        return ""
