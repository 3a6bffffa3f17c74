"""Signed DNS zones: nsd serves them and unbound validates them, both on loopback.

    example            signed; unbound's trust anchor
    signed.example     signed, and its parent says so
    plain.example      not signed, and its parent says so
    broken.example     signed by a key that its parent does not know, so nothing in it is valid

Tests may use any names below these, such as "im.partner.signed.example". Names outside of `example` do not exist, and
neither server asks any other server.
"""

import socket
import subprocess
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query

from .waiting import eventually

APEX = "example"
SIGNED, PLAIN, BROKEN = (f"{word}.{APEX}" for word in ("signed", "plain", "broken"))
ALGORITHM = "ECDSAP256SHA256"

# By type, a placeholder that is signed in the place of a record which is then forged. No test uses these records.
PLACEHOLDERS = {
    "A": "192.0.2.254",
    "AAAA": "2001:db8::fffe",
    "SRV": "0 0 1 placeholder.invalid.",
    "TLSA": "3 1 1 " + "00" * 32,
}

NSD = """\
server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    database: ""
    zonelistfile: "{directory}/zone.list"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    pidfile: "{directory}/nsd.pid"
remote-control:
    control-enable: no
"""

UNBOUND_SERVER = """\
server:
    interface: 127.0.0.1@{port}
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    do-daemonize: no
    do-not-query-localhost: no
    num-threads: 1
    username: ""
    chroot: ""
    directory: "{directory}"
    pidfile: ""
    use-syslog: no
    logfile: ""
"""

UNBOUND = UNBOUND_SERVER + """\
    verbosity: 1
    val-log-level: 2
    module-config: "validator iterator"
    trust-anchor-file: "{directory}/anchor"
    local-zone: "." static
    local-zone: "{apex}." transparent
    # What a test publishes is seen at once.
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    val-bogus-ttl: 0
    key-cache-size: 0
    msg-cache-size: 0
    rrset-cache-size: 0
remote-control:
    control-enable: no
"""


class SignedDns:
    """Both servers. `address` is unbound's, "127.0.0.1:PORT". All files are in `directory`."""

    def __init__(self, directory: Path):
        self.directory = directory
        self._serial = 0
        self._records = []  # (name, type, text, ttl, forged)
        self._keys = {zone: self._make_key(zone) for zone in (APEX, SIGNED, BROKEN)}
        self._stranger = self._make_key(BROKEN)
        (directory / "anchor").write_text((directory / f"{self._keys[APEX]}.ds").read_text())
        self._source_port, self._port = _free_ports(2)
        self.address = f"127.0.0.1:{self._port}"
        self._processes = []
        try:
            self._write_zones()
            self._nsd = self._start_nsd()
            self._start_unbound()
            self._wait_for_zones()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            _await_end(process)

    # -- the script -----------------------------------------------------------------------------------------

    def add(self, name: str, type: str, text: str, ttl: int = 60, forged: bool = False) -> "SignedDns":
        """Adds a record, which is served after `publish`. Names in `text` end with a dot.

        @param forged whether the record replaces another one after signing.
        """
        self._records.append((name.rstrip(".").lower(), type, text, ttl, forged))
        return self

    def add_server(self, domain: str, host: str, port: int, direct_tls=False, priority=0) -> "SignedDns":
        """Adds SRV and A records that lead `domain` to `host:port` by the target "xmpp.DOMAIN"."""
        target, service = f"xmpp.{domain}", "_xmpps-server" if direct_tls else "_xmpp-server"
        if not any(record[:3] == (target, "A", host) for record in self._records):
            self.add(target, "A", host)
        return self.add(f"{service}._tcp.{domain}", "SRV", f"{priority} 0 {port} {target}.")

    def add_tlsa(self, host: str, port: int, text: str, forged: bool = False) -> "SignedDns":
        """Adds a TLSA record, e.g. add_tlsa("xmpp.a.signed.example", 5269, "3 1 1 HEX")."""
        return self.add(f"_{port}._tcp.{host}", "TLSA", text, forged=forged)

    def clear(self) -> "SignedDns":
        """Removes all records."""
        self._records.clear()
        return self

    def publish(self) -> None:
        """Signs the zones again, and returns when the new ones are served."""
        self._write_zones()
        # nsd is restarted, since after a reload it answers from the old and the new zones for a while.
        self._processes.remove(self._nsd)
        self._nsd.terminate()
        _await_end(self._nsd)
        self._nsd = self._start_nsd()
        self._wait_for_zones()

    def ask(self, name: str, type: str) -> dns.message.Message:
        """Returns unbound's answer to a question that also asks whether the answer is secure (the AD bit)."""
        query = dns.message.make_query(name, type)
        query.flags |= dns.flags.AD
        return dns.query.udp(query, "127.0.0.1", port=self._port, timeout=5)

    # -- zones ----------------------------------------------------------------------------------------------

    def _make_key(self, zone: str) -> str:
        """Makes a key. @returns the base name of its files."""
        return self._run("ldns-keygen", "-a", ALGORITHM, "-k", zone).strip()

    def _run(self, *command) -> str:
        result = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{command}: {result.stderr}"
        return result.stdout

    def _zone_of(self, name: str) -> str:
        found = [zone for zone in (SIGNED, PLAIN, BROKEN, APEX) if f".{name}".endswith(f".{zone}")]
        assert found, f"{name} is not below {APEX}"
        return found[0]

    def _write_zones(self) -> None:
        self._serial += 1
        for zone in (APEX, SIGNED, PLAIN, BROKEN):
            records = [record for record in self._records if self._zone_of(record[0]) == zone]
            self._write_zone(zone, records)

    def _write_zone(self, zone: str, records: list) -> None:
        lines = [
            f"{zone}. 60 IN SOA ns.{zone}. hostmaster.{zone}. {self._serial} 3600 600 86400 60",
            f"{zone}. 60 IN NS ns.{zone}.",
            f"ns.{zone}. 60 IN A 127.0.0.1",
        ]
        if zone == APEX:
            for child in (SIGNED, PLAIN, BROKEN):
                lines += [f"{child}. 60 IN NS ns.{child}.", f"ns.{child}. 60 IN A 127.0.0.1"]
            for key in (self._keys[SIGNED], self._keys[BROKEN]):
                lines.append((self.directory / f"{key}.ds").read_text().strip())
        for name, type, text, ttl, forged in records:
            lines.append(f"{name}. {ttl} IN {type} {PLACEHOLDERS[type] if forged else text}")
        file = self.directory / f"{zone}.zone"
        file.write_text("\n".join(lines) + "\n")
        served = self.directory / f"{zone}.served"
        if zone == PLAIN:
            served.write_text(file.read_text())
        else:
            key = self._stranger if zone == BROKEN else self._keys[zone]
            self._run("ldns-signzone", "-f", str(served), str(file), key)
        for record in records:
            if record[-1]:
                _forge(served, *record[:4])

    def _wait_for_zones(self) -> None:
        def current():
            for zone in (APEX, SIGNED, PLAIN, BROKEN):
                query = dns.message.make_query(zone, "SOA")
                try:
                    answer = dns.query.udp(query, "127.0.0.1", port=self._source_port, timeout=1).answer
                except (OSError, dns.exception.DNSException) as error:
                    raise AssertionError(self._logs()) from error
                assert answer and answer[0][0].serial == self._serial, self._logs()
            try:
                return self.ask(SIGNED, "SOA").flags & dns.flags.AD
            except (OSError, dns.exception.DNSException) as error:
                raise AssertionError(self._logs()) from error

        eventually(current, what="the zones, signed and validated")

    # -- processes ------------------------------------------------------------------------------------------

    def _start_nsd(self) -> subprocess.Popen:
        lines = [NSD.format(port=self._source_port, directory=self.directory)]
        for zone in (APEX, SIGNED, PLAIN, BROKEN):
            lines.append(f'zone:\n    name: "{zone}"\n    zonefile: "{zone}.served"\n')
        return self._start("nsd", "".join(lines), "-d")

    def _start_unbound(self) -> subprocess.Popen:
        lines = [UNBOUND.format(port=self._port, directory=self.directory, apex=APEX)]
        for zone in (APEX, SIGNED, PLAIN, BROKEN):
            lines.append(f'stub-zone:\n    name: "{zone}"\n    stub-addr: 127.0.0.1@{self._source_port}\n')
        return self._start("unbound", "".join(lines), "-d", "-p")

    def _start(self, program: str, config: str, *flags: str) -> subprocess.Popen:
        file = self.directory / f"{program}.conf"
        file.write_text(config)
        with open(self.directory / f"{program}.log", "ab") as log:
            process = subprocess.Popen(
                # They end with the test, however it ends. Debian installs them outside of an ordinary user's PATH.
                ["setpriv", "--pdeathsig", "KILL", f"/usr/sbin/{program}", *flags, "-c", str(file)],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def _logs(self) -> str:
        return "\n".join(
            f"{file.name}: {file.read_text(errors='replace')[-2000:]}" for file in self.directory.glob("*.log")
        )


def _await_end(process: subprocess.Popen) -> None:
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forge(file: Path, name: str, type: str, text: str, ttl: int) -> None:
    """Replaces a placeholder by a record, without changing the signature."""
    lines = file.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.split()[:4] == [f"{name}.", str(ttl), "IN", type]:
            lines[number] = f"{name}. {ttl} IN {type} {text}"
            file.write_text("\n".join(lines) + "\n")
            return
    raise AssertionError(f"no {type} {name} in {file}")


def _free_ports(count: int) -> list:
    """Returns ports that are free for both UDP and TCP. Both servers need fixed ports in their configuration."""
    sockets, ports = [], []
    try:
        while len(ports) < count:
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets += [tcp, udp]
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            ports.append(tcp.getsockname()[1])
        return ports
    finally:
        for sock in sockets:
            sock.close()
