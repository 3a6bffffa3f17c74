"""Fixtures: the Debian root in which the package is installed, and the site where a test's servers stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.fixtures import dns, site  # noqa: E402, F401

LAST = "test_removal.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name == LAST)


class Root:
    """A Debian root."""

    def __init__(self, path: Path):
        self.path = path

    def __truediv__(self, inner: str) -> Path:
        """Returns the path outside of a path inside."""
        return self.path / inner.lstrip("/")

    def run(self, *command: str, user: str = "root", groups: str = "", **how) -> subprocess.CompletedProcess:
        """Runs a command in the root. `user` is "NAME" or "NAME:GROUP", `groups` are further ones."""
        return subprocess.run([*self.chroot(user, groups), *command], capture_output=True, text=True, timeout=60, **how)

    def chroot(self, user: str = "root", groups: str = "") -> list:
        return ["chroot", f"--userspec={user}", f"--groups={groups}", str(self.path)]

    def stat(self, inner: str) -> str:
        """Returns owner, group and mode of a file, e.g. "root fedhub 640"."""
        done = self.run("stat", "-c", "%U %G %a", inner)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="session")
def root():
    """The root, with an empty /run filled as at each boot."""
    root = Root(Path(os.environ["FEDHUB_ROOT"]))
    done = root.run("systemd-tmpfiles", "--create", "fedhub.conf")
    assert done.returncode == 0, done.stderr
    return root
