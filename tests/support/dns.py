"""A real DNS server (dnsmasq) with the records of a table."""

from dataclasses import dataclass

from .process import Daemon

DNS_PORT = 53


@dataclass(frozen=True)
class Srv:
    """One SRV record (RFC 2782) of a domain's XMPP service for servers."""
    domain: str
    target: str
    port: int
    priority: int = 0
    weight: int = 0
    direct_tls: bool = False  # XEP-0368


@dataclass(frozen=True)
class Address:
    """One A or AAAA record."""
    name: str
    address: str


def start_dns(host, directory, records, every_name_is=None):
    """Starts a DNS server on port 53 of `host`.

    @param every_name_is the address that any name without a record has; None: such a name does not exist.
    @returns its Daemon.
    """
    lines = ["no-resolv", "no-hosts", "no-daemon", "bind-interfaces", "user=root", "log-queries", "log-facility=-",
             f"listen-address={host.address}", "cache-size=0", "local-ttl=60"]
    for record in records:
        if isinstance(record, Srv):
            service = "xmpps-server" if record.direct_tls else "xmpp-server"
            lines.append(f"srv-host=_{service}._tcp.{record.domain},{record.target},{record.port},"
                         f"{record.priority},{record.weight}")
        else:
            lines.append(f"host-record={record.name},{record.address}")
    # Makes dnsmasq authoritative for all names. Else, without an upstream server, it refuses names without a record.
    lines.append("local=/#/")
    if every_name_is is not None:
        lines.append(f"address=/#/{every_name_is}")
    config = directory / f"dnsmasq-{host.name}.conf"
    config.write_text("\n".join(lines) + "\n")
    daemon = Daemon(f"dns-{host.name}", host, ["dnsmasq", f"--conf-file={config}"], directory / f"dns-{host.name}.log")
    daemon.wait_for_ports(DNS_PORT)
    return daemon
