"""A private network for a test: hosts in network namespaces, joined by one bridge.

A namespace here has no name. It exists as long as its `Host` holds its file descriptors or processes run inside. So the
whole network ends with the test process, even after SIGKILL, and nothing is left in /run/netns or /etc/netns.

Each host has a mount namespace too, with the test's own /etc/resolv.conf, /etc/hosts and /etc/nsswitch.conf. So
unmodified programs ask the test's DNS server.
"""

import contextlib
import ctypes
import os
import subprocess
import tempfile
from pathlib import Path

CLONE_NEWNET = 0x40000000
PREFIX_LENGTH = 24

_libc = ctypes.CDLL(None, use_errno=True)


class NamespacesUnavailable(Exception):
    """The tests need root and the right to make namespaces. A run without them fails and is not skipped."""


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class _Namespaces:
    """The descriptors of one network and one mount namespace.

    `run_inside` works from the beginning. `holder` is the pid of a process inside, until `settle` is called.
    """

    def __init__(self, mounts=()):
        script = "".join(f"mount --bind '{source}' \"$(readlink -f {target})\" && " for source, target in mounts)
        self._process = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", script + "echo inside && read -r _"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "inside\n":
            error = self._process.communicate()[1].strip()
            raise NamespacesUnavailable(f"can't make namespaces (root and CAP_SYS_ADMIN are needed): {error}")
        self.holder = self._process.pid
        self.net, self.mnt = (os.open(f"/proc/{self.holder}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
                              for kind in ("net", "mnt"))

    def settle(self):
        """Ends the process inside. From then on only the descriptors keep the namespaces."""
        self._process.communicate("\n")

    def run_inside(self, *argv):
        result = subprocess.run(["nsenter", f"--net=/proc/self/fd/{self.net}", *argv], pass_fds=[self.net],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise NamespacesUnavailable(f"{' '.join(argv)}: {result.stderr.strip()}")

    def close(self):
        if self._process.poll() is None:
            self.settle()
        os.close(self.net)
        os.close(self.mnt)


class Host:
    """One machine of the network, with an address and a DNS configuration, for processes and sockets."""

    def __init__(self, name, address, namespaces):
        self.name = name
        self.address = address
        self._namespaces = namespaces

    def command(self, argv, user=None, mounts=()):
        """@returns the command that runs `argv` on this host, and the descriptors to pass to it.

        The program has the pid of the process that was started. It is killed if the thread that started it ends.

        @param mounts pairs of paths: only this program sees the first in place of the second.
        """
        fds = [self._namespaces.net, self._namespaces.mnt]
        enter = ["nsenter", f"--net=/proc/self/fd/{fds[0]}", f"--mount=/proc/self/fd/{fds[1]}"]
        if mounts:
            script = "".join('mount --bind "$1" "$2" && shift 2 && ' for _ in mounts) + 'exec "$@"'
            enter += ["unshare", "--mount", "sh", "-c", script, "sh", *(str(path) for pair in mounts for path in pair)]
        enter += ["setpriv", "--pdeathsig", "KILL"]
        if user is not None:
            enter += ["--reuid", user, "--regid", user, "--init-groups"]
        return enter + [str(word) for word in argv], fds

    @contextlib.contextmanager
    def entered(self):
        """Returns a context in which this thread's new sockets belong to this host, and keep belonging to it."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(self._namespaces.net)
            try:
                yield self
            finally:
                _setns(home)
        finally:
            os.close(home)

    def run(self, *argv):
        """Runs a command that sets up the network on this host. Raises NamespacesUnavailable if it fails."""
        self._namespaces.run_inside(*argv)

    def add_address(self, address):
        """Adds a further IPv4 address of the network's /24."""
        self.run("ip", "addr", "add", f"{address}/{PREFIX_LENGTH}", "dev", "eth0")

    def move_in(self):
        """Moves the calling thread to this host permanently, for threads with an event loop of their own."""
        _setns(self._namespaces.net)


class Network:
    """A bridge and the hosts on it. Use as a context manager."""

    def __init__(self):
        if os.geteuid() != 0:
            raise NamespacesUnavailable("network namespaces need root")
        self._members = []
        self.hosts = {}
        try:
            self._switch = self._join(_Namespaces())
            self._switch.run_inside("ip", "link", "add", "bridge", "type", "bridge", "forward_delay", "0")
            self._switch.run_inside("ip", "link", "set", "bridge", "up")
            self._switch.settle()
        except BaseException:
            self.close()
            raise

    def _join(self, namespaces):
        self._members.append(namespaces)
        return namespaces

    def add_host(self, name, address, nameserver=None):
        """@param address an IPv4 address, in a /24 common to all hosts.
        @param nameserver address of the DNS server for the host's programs; None: they have none.
        """
        files = {
            "resolv.conf": f"nameserver {nameserver}\noptions timeout:2 attempts:2\n" if nameserver else "",
            "hosts": f"127.0.0.1 localhost\n{address} {name}\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
        }
        with tempfile.TemporaryDirectory(prefix="fedhub-host-") as directory:
            mounts = []
            for file, text in files.items():
                path = Path(directory, file)
                path.write_text(text)
                path.chmod(0o644)
                mounts.append((path, f"/etc/{file}"))
            inside = self._join(_Namespaces(mounts))  # from here on the mounts keep the files' contents
        port = f"port{len(self._members)}"
        self._switch.run_inside("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
                                str(inside.holder))
        self._switch.run_inside("ip", "link", "set", port, "master", "bridge", "up")
        inside.run_inside("ip", "link", "set", "lo", "up")
        inside.run_inside("ip", "addr", "add", f"{address}/{PREFIX_LENGTH}", "dev", "eth0")
        inside.run_inside("ip", "link", "set", "eth0", "up")
        inside.settle()
        self.hosts[name] = Host(name, address, inside)
        return self.hosts[name]

    def close(self):
        for member in self._members:
            member.close()
        self._members.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
