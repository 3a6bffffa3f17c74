"""The machine and the programs of a measurement."""

import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from . import systems

PACKAGES = ("haproxy", "prosody", "ejabberd", "jabberd2", "openssl")


def gather():
    """@returns the facts by name, in the order of the report."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{_processor()}, {os.cpu_count()} cores, which the load generator shares",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "fedhub": _output("git", "-C", str(systems.REPOSITORY), "describe", "--always", "--dirty"),
        "packages": ", ".join(f"{name} {_output('dpkg-query', '-W', '-f', '${Version}', name)}" for name in PACKAGES),
    }


def _processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output(*argv):
    """@returns the command's output, or "unknown" if it fails."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() or "unknown"
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
