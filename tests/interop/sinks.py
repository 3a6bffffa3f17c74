"""A Prosody with domains that only count: each keeps a record of what it takes, stream by stream."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from support.servers import MODERN_BY_NAME, Features, Tls

MODULES = Path(__file__).parent / "prosody_modules"

COMPONENT = """
Component "{domain}" "sink"
  modules_enabled = {{ "smacks" }}
  certificate = "{certificate}"
  sink_file = "{record}"
"""


@dataclass(frozen=True)
class Taken:
    """A stanza in a record. @param stream by which it came: a name that is not used twice in a row."""
    stream: str
    number: int


class Sink:
    """One such domain, at an address of its own. `taken`: all that its record has shown so far, in order."""

    def __init__(self, domain, address, certificate, record):
        self.domain, self.address, self.certificate = domain, address, certificate
        self.taken = []
        self.highest = 0  # of their numbers; they begin with 1
        self._record, self._rest = record, b""
        self._file = None

    def read(self):
        """Looks for more in the record."""
        if self._file is None:
            if not self._record.exists():
                return
            self._file = self._record.open("rb")
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            stream, number, kind = line.decode().split()
            assert kind == "normal", f"{self.domain} got: {line}"
            self.taken.append(Taken(stream, int(number)))
            self.highest = max(self.highest, self.taken[-1].number)

    def numbers(self):
        return {stanza.number for stanza in self.taken}

    def runs(self):
        """@returns the numbers that came by one stream after the other, each a list."""
        result, last = [], None
        for stanza in self.taken:
            if stanza.stream != last:
                result.append([])
            result[-1].append(stanza.number)
            last = stanza.stream
        return result


def sink_server(name, host, directory, certificates, addresses):
    """@param name of a Prosody in MODERN_BY_NAME.
    @param addresses of the sinks; the host gets them.
    @returns the server, not started, and its sinks.
    """
    base = MODERN_BY_NAME[name]
    folder = directory / f"{name}-hall.example"
    sinks = []
    for number, address in enumerate(addresses):
        host.add_address(address)
        domain = f"sink{number}.example"
        sinks.append(Sink(domain, address, certificates.of(domain, "trusted"), folder / f"{domain}.record"))

    class Hall(base):
        """Its first domain has nothing to do."""

        def _configure(self):
            super()._configure()
            config = self.directory / "prosody.cfg.lua"
            modules = shutil.copytree(MODULES, self.directory / "modules")
            text = config.read_text().replace("plugin_paths = {}", f'plugin_paths = {{ "{modules}" }}')
            text = text.replace('"debug"', '"warn"')  # its log is not to be what limits the run
            for sink in sinks:
                certificate = self.directory / sink.certificate.name
                certificate.write_bytes(sink.certificate.read_bytes())
                record = self.directory / f"{sink.domain}.record"
                text += COMPONENT.format(domain=sink.domain, certificate=certificate, record=record)
            config.write_text(text)

        def kill(self):
            """Without a word, and at once."""
            self.daemons.pop().kill()

    features = Features(ca_file=certificates.root, stream_management=True)
    return Hall(host, directory, "hall.example", Tls.REQUIRED, [], features=features,
                certificate=certificates.of("hall.example", "trusted")), sinks
