"""Captures of streams: what tshark shows of them, and what they never show."""

import hashlib
import signal
import stat
import subprocess
import time

import pytest

from peers import captures
from peers.fedhubctl import Fedhubctl, asking, environment, on_terminal
from peers.site import NODE_SECRET, component_node, fresh_domain, spare_nodes
from peers.waiting import eventually

SECRET = "the-body-of-a-message"


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(20))


@pytest.fixture
def pcapng(tmp_path):
    """Saves octets as a file and returns its packets."""

    def packets(octets):
        path = tmp_path / "capture.pcapng"
        path.write_bytes(octets)
        return captures.packets(path)

    return packets


def exchange(hub, component, partner):
    """Sends a message each way, over new streams. Returns the incoming stream."""
    component.message(f"a@{component.domain}", f"b@{partner.domain}", SECRET, id="out")
    partner.expect_message(id="out")
    incoming = partner.connect(hub.s2s, component.domain, secure=True)
    incoming.send(f"<message from='b@{partner.domain}' to='a@{component.domain}' id='in'><body>{SECRET}</body></message>")
    component.expect_message(id="in")
    return incoming


def test_tshark_shows_a_domain_in_both_directions_and_on_both_sides_of_the_hub(hub, component, site, pcapng):
    partner = site.server(verify_at=hub.s2s, security="required")
    capture = captures.start(hub, domain=partner.domain)
    incoming = exchange(hub, component, partner)
    octets = captures.end(hub, capture, b"<message", 4)
    found = pcapng(octets)
    assert {packet.protocol for packet in found} <= {"xmpp", "xml"}
    messages = [packet for packet in found if packet.data.startswith(b"<message")]
    node, outside = component.sock.getsockname()[1], partner.address[1]
    assert [(packet.sent, packet.source_port == node or packet.target_port == node) for packet in messages] == [
        (False, True), (True, False), (False, False), (True, True),
    ]  # fmt: skip
    assert {(packet.protocol, packet.from_, packet.to) for packet in messages} == {
        ("xmpp", f"a@{component.domain}", f"b@{partner.domain}"),
        ("xmpp", f"b@{partner.domain}", f"a@{component.domain}"),
    }
    assert messages[0].target_port == hub.nodes[1] and messages[1].target_port == outside
    assert messages[2].target_port == hub.s2s[1] and messages[2].source_port == incoming.sock.getsockname()[1]
    assert {packet.source for packet in found} == {"127.0.0.1"}
    assert all(packet.body == f"[{len(SECRET)} octets]" for packet in messages)
    # The streams' own elements, before and after TLS.
    for sent, element in ((True, b"stream:stream "), (False, b"stream:stream "), (False, b"stream:features"),
                          (True, b"starttls "), (False, b"proceed "), (True, b"db:result "), (False, b"db:result ")):  # fmt: skip
        assert any(packet.sent == sent and element in packet.data for packet in found), (sent, element)
    for row in hub.api.get("streams", match=partner.domain)["items"]:
        assert f"stream {row['id']}".encode() in octets
    assert SECRET.encode() not in octets


def test_a_capture_with_bodies_shows_stanzas_and_no_secret(site, pcapng):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    capture = captures.start(hub, node=hub.config["node"][0]["name"], bodies=True)
    component = site.component(hub, domain)
    partner = site.server(verify_at=hub.s2s, security="required")
    exchange(hub, component, partner)
    octets = captures.end(hub, capture, b"<message", 4)
    messages = [packet for packet in pcapng(octets) if packet.data.startswith(b"<message")]
    assert [packet.body for packet in messages] == [SECRET] * 4
    digest = hashlib.sha1((component.header["id"] + NODE_SECRET).encode()).hexdigest()
    assert b"<handshake>[40 octets]</handshake>" in octets
    assert digest.encode() not in octets
    assert b"<db:result" in octets and b">[64 octets]</db:result>" in octets


def test_sasl_is_masked(site, pcapng):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    partner = site.server(verify_at=hub.s2s, security="required", external=True)
    component = site.component(hub, domain)
    capture = captures.start(hub, domain=partner.domain, bodies=True)
    component.message(domain, partner.domain, id="1")
    partner.expect_message(id="1")
    found = pcapng(captures.end(hub, capture, b"<message", 2))
    (auth,) = [packet.data for packet in found if packet.data.startswith(b"<auth ")]
    assert b"EXTERNAL" in auth and auth.endswith(b" octets]</auth>")


def test_a_capture_of_one_stream_shows_no_other(hub, component, site, pcapng):
    partner = site.server(verify_at=hub.s2s, security="required")
    exchange(hub, component, partner)
    (outgoing,) = [row["id"] for row in hub.api.get("streams", match=partner.domain)["items"] if row["leg"] == "s2s-out"]
    capture = captures.start(hub, stream=outgoing)
    component.message(component.domain, partner.domain, id="2")
    partner.expect_message(id="2")
    found = pcapng(captures.end(hub, capture, b"<message"))
    assert [(packet.sent, packet.target_port) for packet in found] == [(True, partner.address[1])]


def test_other_domains_are_not_captured(hub, component, site):
    partner, other = (site.server(verify_at=hub.s2s, security="required") for _ in range(2))
    capture = captures.start(hub, domain=partner.domain)
    exchange(hub, component, other)
    component.message(component.domain, partner.domain, id="1")
    partner.expect_message(id="1")
    octets = captures.end(hub, capture, b"<message", 2)
    assert partner.domain.encode() in octets and other.domain.encode() not in octets


def test_its_actions_are_audited(hub):
    capture = captures.start(hub, domain="partner.example")
    captures.end(hub, capture)
    hub.api.request("DELETE", f"captures/{capture}")
    assert captures.row(hub, capture) is None

    def actions():
        rows = hub.api.get("audit")["items"]
        return [row["detail"].partition(": ")[2].split()[0].strip(",") for row in rows
                if row["kind"] == "capture" and row["detail"].startswith(f"{capture} of ")]  # fmt: skip

    eventually(lambda: actions() == ["deleted", "downloaded", "ended", "started"], what="the actions")
    row = hub.api.get("audit")["items"][0]
    assert row["actor"].startswith("uid ") and row["domain"] == "partner.example"


def test_refusals_name_their_cause(hub):
    for body, status, detail in (
        ({"node": "nobody"}, 404, "there is no node nobody"),
        ({"stream": 99999999}, 404, "there is no stream 99999999"),
        ({"domain": "a..b"}, 422, 'domain is "a..b", which is not a domain'),
        ({"domain": "a.example", "node": "b"}, 422, "name one of domain, node and stream"),
        ({"domain": "a.example", "for_s": 3601}, 422, "allowed: 1..3600"),
        ({"domain": "a.example", "colour": 1}, 422, "colour"),
    ):
        answer = hub.api.send("POST", "captures", body)
        assert (answer.status, detail in answer.json()["detail"]) == (status, True), answer.body


# ---- fedhubctl ---------------------------------------------------------------------------------


def test_fedhubctl_saves_a_capture(hub, component, site, tmp_path):
    partner, file = site.server(verify_at=hub.s2s, security="required"), tmp_path / "a.pcapng"
    file.write_bytes(b"x" * 100_000)
    file.chmod(0o644)
    words = asking(hub).words("capture", "--domain", partner.domain, "-w", str(file), "--for", "2s", "--bodies")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert "runs for 2 s; Ctrl-C ends it" in running.stderr.readline()
    component.message(component.domain, partner.domain, SECRET, id="1")
    partner.expect_message(id="1")
    output, errors = running.communicate(timeout=60)
    assert (running.returncode, output) == (0, "")
    assert f" packets in {file} (" in errors
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET in [packet.body for packet in captures.packets(file)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_capture_early_and_its_file_is_saved(hub, tmp_path, number):
    words = asking(hub).words("capture", "--domain", "partner.example", "-w", "-", "--for", "1h")
    with (tmp_path / "a.pcapng").open("wb") as file:
        running = subprocess.Popen(words, stdout=file, stderr=subprocess.PIPE, text=True, env=environment())
        running.stderr.readline()
        began = time.monotonic()
        running.send_signal(number)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, "0 packets in standard output" in errors) == (0, True), errors
    assert time.monotonic() - began < 30
    assert captures.packets(tmp_path / "a.pcapng") == []


def test_fedhubctl_says_why_there_is_no_file(hub, tmp_path):
    ctl = asking(hub)
    file = tmp_path / "a.pcapng"
    done = ctl("capture", "--node", "nobody", "-w", str(file))
    assert (done.returncode, "there is no node nobody" in done.stderr) == (1, True)
    assert not file.exists()
    done = ctl("capture", "--domain", "a.example", "-w", str(tmp_path))
    assert (done.returncode, "can't write to" in done.stderr) == (2, True)
    done = Fedhubctl("--socket", str(tmp_path / "none.sock"))("capture", "--domain", "a.example", "-w", str(file))
    assert done.returncode == 3 and not file.exists()
    shown = on_terminal(ctl.words("capture", "--domain", "a.example", "-w", "-"), 24, 80)
    assert (shown.code, "it is a terminal; name a file" in shown.output) == (2, True)
    done = ctl("capture", "--domain", "a.example", "-w", "/dev/full", "--for", "1s")
    assert (done.returncode, "No space left on device; the hub keeps capture" in done.stderr) == (1, True)
