"""Internationalised domains whose forms differ between IDNA2003 and IDNA2008, and DNS records for each form."""

from .site import fresh_domain


class Name:
    """The forms of a name with a deviation character, below a fresh domain."""

    def __init__(self):
        base = fresh_domain("names")
        self.written = f"straße.{base}"
        self.ascii = f"xn--{'straße'.encode('punycode').decode()}.{base}"
        self.transitional = f"strasse.{base}"
        self.plain = f"bücher.{base}"
        self.plain_ascii = f"xn--{'bücher'.encode('punycode').decode()}.{base}"


def place(site, domain, server):
    """Adds DNS records that lead this domain to the server as well."""
    site.dns.add_server(domain, *server.address)


DNS_OF_THE_OTHER = {
    "none": lambda site, other, server: None,
    "the same server": place,
    "another server": lambda site, other, server: site.listener(other),
    "no answer of use": lambda site, other, server: site.dns.behave(other, "servfail"),
    "no answer about direct TLS": lambda site, other, server: site.dns.behave(f"_xmpps-server._tcp.{other}", "servfail"),
    "late answers about direct TLS": lambda site, other, server: site.dns.behave(f"_xmpps-server._tcp.{other}", "drop"),
    "a server without an address": lambda site, other, server: site.dns.add(
        f"_xmpp-server._tcp.{other}", "SRV", f"0 0 5269 nobody.{other}."),
    "a service that is not offered": lambda site, other, server: site.dns.add(
        f"_xmpp-server._tcp.{other}", "SRV", "0 0 0 ."),
}
TAKEN = {"none", "the same server"}
