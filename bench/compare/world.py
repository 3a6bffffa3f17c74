"""The place where a system under test and the load generator meet: one host in a network namespace of its own.

All is on its loopback, and /etc/resolv.conf there leads to the generator's DNS server. A new one is made for each start
of a system, so that no run inherits sockets in TIME-WAIT from the one before.
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
# Not on 127.0.0.0/8: libunbound, which Prosody uses, sends no queries there.
DNS_ADDRESS = ADDRESS
OPEN_FILES = 20_000

# Ports of connections that are opened: as many as there are, but for those that anyone listens on.
KERNEL_SETTINGS = {"net/ipv4/ip_local_port_range": "20000 65000", "net/core/somaxconn": "8192",
                   "net/ipv4/tcp_max_syn_backlog": "8192"}


def allow_open_files():
    """Lets this process and its children open what the scenarios need, as far as the machine permits.

    @returns how many that are.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


@contextlib.contextmanager
def open_world():
    """@returns (host, directory): the directory may be entered by every account, and goes with the world."""
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
