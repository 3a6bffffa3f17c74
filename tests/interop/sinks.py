"""A Prosody with domains that only record the stanzas that they accept, with the stream of each."""

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
    """A stanza in a record. @param stream on which it came: two streams in a row have different names."""
    stream: str
    number: int


class Sink:
    """One such domain, at an address of its own. `taken`: the stanzas read from its record so far, in order."""

    def __init__(self, domain, address, certificate, record):
        self.domain, self.address, self.certificate = domain, address, certificate
        self.taken = []
        self.highest = 0  # the highest number taken; numbers begin with 1
        self._record, self._rest = record, b""
        self._file = None

    def read(self):
        """Reads new lines of the record."""
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
        """@returns a list for each stream, in order, of the numbers that came on it."""
        result, last = [], None
        for stanza in self.taken:
            if stanza.stream != last:
                result.append([])
            result[-1].append(stanza.number)
            last = stanza.stream
        return result


def sink_server(name, host, directory, certificates, addresses):
    """@param name of a Prosody in MODERN_BY_NAME.
    @param addresses of the sinks; they are added to the host.
    @returns the server, not yet started, and its sinks.
    """
    base = MODERN_BY_NAME[name]
    folder = directory / f"{name}-hall.example"
    sinks = []
    for number, address in enumerate(addresses):
        host.add_address(address)
        domain = f"sink{number}.example"
        sinks.append(Sink(domain, address, certificates.of(domain, "trusted"), folder / f"{domain}.record"))

    class Hall(base):
        """A Prosody whose first domain is not used."""

        def _configure(self):
            super()._configure()
            config = self.directory / "prosody.cfg.lua"
            modules = shutil.copytree(MODULES, self.directory / "modules")
            text = config.read_text().replace("plugin_paths = {}", f'plugin_paths = {{ "{modules}" }}')
            text = text.replace('"debug"', '"warn"')  # so that writing the log does not limit the rate
            for sink in sinks:
                certificate = self.directory / sink.certificate.name
                certificate.write_bytes(sink.certificate.read_bytes())
                record = self.directory / f"{sink.domain}.record"
                text += COMPONENT.format(domain=sink.domain, certificate=certificate, record=record)
            config.write_text(text)

        def kill(self):
            """Ends Prosody at once by SIGKILL, without closing its streams."""
            self.daemons.pop().kill()

    features = Features(ca_file=certificates.root, stream_management=True)
    return Hall(host, directory, "hall.example", Tls.REQUIRED, [], features=features,
                certificate=certificates.of("hall.example", "trusted")), sinks
