"""A hub whose listeners change while streams go on, and looks at what listens where."""

import contextlib
import socket
import urllib.request

import dns.query

from . import toml
from .dns_view import ask
from .site import component_node, fresh_domain
from .stream import Stream
from .waiting import PATIENCE

LISTS = ["s2s", "s2s_direct_tls", "nodes", "dns"]
KEYS = [*LISTS, "metrics"]
LOOPBACK = "127.0.0.1"


def at(port, host=LOOPBACK) -> str:
    return f"{host}:{port}"


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


class Running:
    """A hub with a listener for each key, and a stream in each direction whose use goes on."""

    def __init__(self, site, auto_reload=False, hub=None, listen=None, **changes):
        self.domain = fresh_domain("corp")
        self.hub = (hub or site.hub)(
            component_node(self.domain),
            listen={key: [at(0)] for key in LISTS} | {"metrics": at(0)} | (listen or {}),
            dns_view={"address": LOOPBACK, "allow": ["127.0.0.0/8"]},
            admin={"auto_reload": auto_reload},
            limits={"accepts_per_second": 100_000, "connections_per_address": 10_000},
            **changes,
        )
        self.api = self.hub.api
        self.partner = site.server()
        self.component = site.component(self.hub, self.domain)
        self.incoming = self.partner.connect(self.hub.s2s, self.domain, secure=True)
        self._said = 0
        self.talk()
        self._streams = self.partner.attempts

    def write(self, listen: dict, **more) -> dict:
        """Writes the configuration with a changed [listen]. Returns it."""
        config = toml.merge(self.hub.config, {"listen": listen} | more)
        self.hub.write_config(config)
        return config

    def reload(self, listen: dict, **more) -> dict:
        self.hub.config = self.write(listen, **more)
        answer = self.api.request("POST", "config/reload")
        assert answer.status == 200, (listen, answer.body)
        return answer.json()

    def refused(self, listen: dict, **more) -> dict:
        """Reloads a configuration that has to be refused. Returns the only problem."""
        self.write(listen, **more)
        answer = self.api.request("POST", "config/reload")
        assert answer.status == 422, (listen, answer.body)
        (problem,) = answer.json()["problems"]
        return problem

    def addresses(self, key: str) -> list:
        return [row["address"] for row in self.api.get("status")["listeners"] if row["key"] == key]

    def talk(self) -> None:
        """Sends a message in each direction, on the streams that were there from the beginning."""
        self._said += 1
        text = f"number {self._said}"
        remote, local = f"b@{self.partner.domain}", f"a@{self.domain}"
        self.component.message(local, remote, text)
        assert self.partner.expect_message(to=remote).find("server:body").text == text
        self.incoming.send(f"<message from='{remote}' to='{local}' type='chat'><body>{text}</body></message>")
        self.component.expect_message(to=local)

    def assert_streams_stayed(self) -> None:
        self.talk()
        assert self.partner.attempts == self._streams

    def assert_served(self, key: str, address: str) -> None:
        """Exchanges something with this listener. A wildcard is reached on loopback."""
        to = (LOOPBACK, port_of(address))
        if key == "dns":
            for how in (dns.query.udp, dns.query.tcp):
                assert ask(self.hub, "_xmpp-server._tcp.far.example", how=how, server=to).answer
        elif key == "metrics":
            with urllib.request.urlopen(f"http://{at(to[1])}/readyz", timeout=PATIENCE) as response:
                assert response.status == 200
        else:
            stream = Stream.connect(to)
            if key == "s2s_direct_tls":
                stream.start_tls()
            stream.send_header(to=self.domain).read_header()
            stream.close()


def is_refused(key: str, address: str) -> bool:
    """Returns whether nothing listens there any more."""
    to = (LOOPBACK, port_of(address))
    with contextlib.suppress(TimeoutError), socket.socket() as client:
        client.settimeout(0.2)
        if client.connect_ex(to) == 0:
            return False
    if key != "dns":
        return tcp_is_free(to)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(to)
        except OSError:
            return False
    return True


def tcp_is_free(to) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(to)
            probe.listen()
        except OSError:
            return False
    return True


def value_of(key: str, addresses: list):
    """Returns the key's value; `metrics` has one address at most."""
    if key != "metrics":
        return addresses
    return addresses[0] if addresses else ""
