"""The world in which a system under test and the load generator run: one host in a network namespace of its own.

Both use its loopback, and its /etc/resolv.conf names the generator's DNS server. Each start of a system gets a new
world, so that no run inherits sockets in TIME-WAIT from an earlier run.
"""

import contextlib
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.namespaces import Network, NamespacesUnavailable
from support.process import forget_stopped_daemons

ADDRESS = "10.99.1.1"
# Not in 127.0.0.0/8, since libunbound, which Prosody uses, sends no queries there.
DNS_ADDRESS = ADDRESS
OPEN_FILES = 20_000

# Ports for outgoing connections: as many as possible, without those of listeners.
KERNEL_SETTINGS = {"net/ipv4/ip_local_port_range": "20000 65000", "net/core/somaxconn": "8192",
                   "net/ipv4/tcp_max_syn_backlog": "8192"}


def allow_open_files():
    """Raises the limit of open files for this process and its children to OPEN_FILES, as far as the machine permits.

    @returns the limit.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


@contextlib.contextmanager
def open_world():
    """@returns (host, directory). Every account may enter the directory. It is removed at the end of the world."""
    directory = Path(tempfile.mkdtemp(prefix="fedhub-bench-"))
    directory.chmod(0o755)
    try:
        with Network() as network:
            host = network.add_host("bench", ADDRESS, nameserver=DNS_ADDRESS)
            _set_kernel(host)
            yield host, directory
    finally:
        forget_stopped_daemons()
        shutil.rmtree(directory, ignore_errors=True)


def _set_kernel(host):
    script = " && ".join(f"echo '{value}' > /proc/sys/{key}" for key, value in KERNEL_SETTINGS.items())
    command, fds = host.command(["sh", "-c", script])
    result = subprocess.run(command, pass_fds=fds, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise NamespacesUnavailable(f"can't set the namespace's network up: {result.stderr.strip()}")
