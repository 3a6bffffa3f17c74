"""A Debian root booted by its own systemd, in namespaces and a cgroup of its own."""

import os
import subprocess
from pathlib import Path

from peers.waiting import PATIENCE, eventually

CGROUPS = Path("/sys/fs/cgroup")
BOOT_TIME = 60.0
"""Seconds that a boot may take on a busy machine."""

# $1: the root. The network stays that of the tests, so that their peers reach the hub.
BOOT = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs tmpfs "$1/sys"
mkdir -p "$1/sys/fs/cgroup"
if [ -e /sys/fs/cgroup/cgroup.procs ]; then
  mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
else # only the hierarchy without controllers, which systemd uses to know which process belongs to which unit
  mkdir "$1/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$1/sys/fs/cgroup/systemd"
fi
exec env -i container=fedhub-tests PATH=/usr/sbin:/usr/bin chroot "$1" /lib/systemd/systemd --system --unit=multi-user.target \
  --show-status=no
"""


class Machine:
    """Boots in the constructor; `close` ends all its processes."""

    def __init__(self, root: Path, log: Path):
        own = CGROUPS if (CGROUPS / "cgroup.procs").exists() else CGROUPS / "systemd"
        self._cgroup = own / f"fedhub-tests-{os.getpid()}"
        self._cgroup.mkdir()
        enter = f'echo $$ >{self._cgroup}/cgroup.procs; exec "$@"'
        isolated = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child"]
        with open(log, "wb") as output:
            self._unshare = subprocess.Popen(
                ["bash", "-c", enter, "bash", *isolated, "bash", "-c", BOOT, "bash", str(root)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            eventually(self._has_booted, BOOT_TIME, "a booted systemd")
        except AssertionError as late:
            self.close()
            raise AssertionError(f"{late}\n{log.read_text(errors='replace')[-3000:]}") from None

    def _has_booted(self) -> bool:
        assert self._unshare.poll() is None, f"ended with {self._unshare.poll()}"
        state = self.run("systemctl", "is-system-running").stdout.strip()
        assert state in ("running", "degraded"), state  # a unit that no container can run may have failed
        return True

    def _init(self) -> str:
        """Returns the process number of systemd, as seen from here."""
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children").read_text().split()
        assert children, "systemd does not run"
        return children[0]

    def run(self, *command: str, **how) -> subprocess.CompletedProcess:
        """Runs a command inside."""
        inside = ["nsenter", "--target", self._init(), "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", "--wd=/"]
        return subprocess.run([*inside, *command], capture_output=True, text=True, timeout=BOOT_TIME, **how)

    def call(self, *command: str) -> str:
        """Runs a command that has to succeed. Returns its output."""
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def shows(self, unit: str, name: str) -> str:
        """Returns a property of a unit."""
        return self.call("systemctl", "show", "--value", "-p", name, unit)

    def wait_for(self, unit: str, name: str, value: str, within: float = PATIENCE) -> None:
        """Waits until a property of a unit has a value."""
        eventually(lambda: self.shows(unit, name) == value, within, f"{unit}: {name}={value}")

    def journal(self, unit: str) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout

    def close(self) -> None:
        self._unshare.kill()  # --kill-child: systemd, and with it all its processes
        self._unshare.wait(PATIENCE)
        for folder in sorted(self._cgroup.glob("**/"), key=lambda path: -len(path.parts)):
            eventually(lambda: not (folder / "cgroup.procs").read_text(), what="the end of all processes")
            folder.rmdir()
