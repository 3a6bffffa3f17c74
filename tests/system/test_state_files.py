"""Secrets, keys and certificates in files: the hub makes them once, refuses damaged ones, and renews them in time."""

import datetime
import errno
import os
import re
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from peers import toml
from peers.authority import certificate, files
from peers.component import message
from peers.dialback import ask_about_key, dialback_key
from peers.hub import Hub, default_config, program
from peers.site import component_node, fresh_domain, shown_certificate
from peers.waiting import eventually
from support.certificates import CLIENT_AUTH

STATE_FILES = ("dialback-secret", "self-signed.key", "self-signed.crt")
HISTORY_FILES = ("history.db", "audit.db", "audit.reserve")
"""SQLite adds a -wal and a -shm to each database that is open."""

DAMAGES = {
    "empty": lambda whole: b"",
    "truncated": lambda whole: whole[: len(whole) // 2],
    "a run of NULs": lambda whole: bytes(len(whole)),
    "something else": lambda whole: b"something else\n",
    "too large": lambda whole: whole * 20000,
}


def config_without_secret(dns, domain, **changes):
    """Returns a configuration with which the hub makes all its secrets itself."""
    config = toml.merge(default_config(dns), {"federation": {"dialback_secret": None}})
    return toml.merge(config, {"node": [component_node(domain)]} | changes)


class Place:
    """A configuration with its state folder. The program runs on it until it ends."""

    def __init__(self, directory, config):
        self.directory = directory
        self.file = directory / "fedhub.toml"
        self.state = directory / "state"
        self.write(config)

    def write(self, config):
        self.config = config
        self.file.write_text(toml.dump(config))
        self.file.chmod(0o600)

    def run(self, *arguments):
        return subprocess.run([program(), "--config", str(self.file), *arguments], cwd=self.directory,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)  # fmt: skip

    def check(self):
        return self.run("--check")

    def expect_refused(self, *words):
        """Checks that both a start and `--check` refuse the files, with these words."""
        start, check = self.run(), self.check()
        assert start.returncode in (1, 2) and "ready" not in start.stdout, start
        assert check.returncode == 2, check
        for result in (start, check):
            for word in words:
                assert str(word) in result.stderr, (word, result.stderr)


@pytest.fixture
def place(dns, tmp_path):
    """A place that has all state files."""
    place = Place(tmp_path, config_without_secret(dns, fresh_domain("corp")))
    hub = Hub(tmp_path, place.config)
    hub.stop()
    place.write(place.config)
    assert sorted(path.name for path in place.state.iterdir()) == sorted(STATE_FILES + HISTORY_FILES)
    return place


# -- made once -------------------------------------------------------------------------------------------------


def test_hubs_that_start_at_once_on_an_empty_state_folder_have_the_same_secrets(site, dns):
    domain, remote = fresh_domain("corp"), site.listener()
    for _ in range(8):
        state = site.directory("shared") / "state"
        config = config_without_secret(dns, domain, hub={"state_dir": str(state)})
        with ThreadPoolExecutor() as threads:
            hubs = list(threads.map(lambda _: Hub(site.directory("hub"), config), range(3)))
        site.hubs += hubs
        assert len({shown_certificate(remote, hub, domain) for hub in hubs}) == 1
        secret = (state / "dialback-secret").read_text().strip()
        for hub in hubs:
            stream = remote.open_stream(hub.s2s, domain)
            key = dialback_key(secret, remote.domain, domain, "id-1")
            assert ask_about_key(stream, remote.domain, domain, "id-1", key)["type"] == "valid"
            stream.close()
        files = [path for path in state.iterdir() if path.name in STATE_FILES]
        assert sorted(path.name for path in files) == sorted(STATE_FILES)
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        for hub in hubs:
            hub.stop()


# -- whole or refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATE_FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_file_that_is_damaged_is_refused_and_stays(place, name, damage):
    file = place.state / name
    bad = DAMAGES[damage](file.read_bytes())
    file.write_bytes(bad)
    place.expect_refused(file, "damaged")
    assert file.read_bytes() == bad


def test_a_key_of_another_certificate_is_refused(place, dns, tmp_path_factory):
    other = Hub(tmp_path_factory.mktemp("other"), config_without_secret(dns, "other.example"))
    other.stop()
    file = place.state / "self-signed.key"
    file.write_bytes((other.directory / "state" / "self-signed.key").read_bytes())
    place.expect_refused(file, "does not belong to")


def test_a_missing_key_of_a_certificate_is_refused(place):
    (place.state / "self-signed.key").unlink()
    place.expect_refused(place.state / "self-signed.key", "missing")


@pytest.mark.parametrize("name", STATE_FILES)
def test_a_link_in_place_of_a_state_file_is_refused(place, name):
    file = place.state / name
    elsewhere = place.directory / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    place.expect_refused(file, "symbolic link")
    file.unlink()
    file.symlink_to(place.directory / "nowhere")
    place.expect_refused(file, "symbolic link")
    assert not (place.directory / "nowhere").exists()


@pytest.mark.parametrize("name", STATE_FILES)
def test_a_fifo_in_place_of_a_state_file_is_refused(place, name):
    """The hub does not wait for a writer of the FIFO either."""
    file = place.state / name
    file.unlink()
    os.mkfifo(file, 0o600)
    place.expect_refused(file, "not a regular file")


@pytest.mark.parametrize("content", [b"", b"\n", bytes(32), b"x" * 5000], ids=repr)
def test_a_configured_secret_file_that_is_not_whole_is_refused(place, content):
    file = place.directory / "secret"
    file.write_bytes(content)
    file.chmod(0o600)
    federation, node = place.config["federation"], place.config["node"][0]
    for config in (
        place.config | {"federation": federation | {"dialback_secret_file": "secret"}},
        place.config | {"node": [{key: node[key] for key in node if key != "secret"} | {"secret_file": "secret"}]},
    ):
        place.write(config)
        place.expect_refused(file, "secret_file")


def test_a_reload_does_not_take_what_a_start_would_refuse(site, dns):
    domain, remote = fresh_domain("corp"), site.listener()
    hub = site.hub(component_node(domain), federation={"dialback_secret": None})
    state = hub.directory / "state"
    secret = (state / "dialback-secret").read_text().strip()
    for name in STATE_FILES:
        whole = (state / name).read_bytes()
        (state / name).write_bytes(whole[: len(whole) // 2])
        hub.reload(hub.config, outcome="rejected")
        hub.wait_for_log(rf"not reloaded: .*{re.escape(name)}: damaged")
        (state / name).write_bytes(whole)
    stream = remote.open_stream(hub.s2s, domain)
    key = dialback_key(secret, remote.domain, domain, "id-1")
    assert ask_about_key(stream, remote.domain, domain, "id-1", key)["type"] == "valid"
    hub.reload(hub.config)


# -- modes -----------------------------------------------------------------------------------------------------


def test_check_says_nothing_of_modes_that_are_good(place):
    result = place.check()
    assert result.returncode == 0, result
    assert "can read" not in result.stderr and "write" not in result.stderr


@pytest.mark.parametrize("mode, who", [(0o640, "its group"), (0o644, "other users"), (0o604, "other users")], ids=["640", "644", "604"])
@pytest.mark.parametrize("which", ["configuration", "dialback-secret", "self-signed.key", "secret_file"])
def test_a_secret_that_others_can_read_is_warned_of(place, which, mode, who):
    file = {"configuration": place.file, "secret_file": place.directory / "secret"}.get(which, place.state / which)
    if which == "secret_file":
        file.write_text("a secret")
        place.write(place.config | {"federation": place.config["federation"] | {"dialback_secret_file": "secret"}})
    file.chmod(mode)
    result = place.check()
    assert result.returncode == 0, result
    assert re.search(rf"warning: {re.escape(str(file))}: holds a secret, and {who} can read it", result.stderr), result


def test_the_warning_stands_in_the_log_too(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    os.chmod(hub.config_file, 0o644)
    warning = rf"{re.escape(hub.config_file.name)}: holds a secret, and other users can read it"
    before = len(re.findall(warning, hub.log))
    hub.reload(hub.config)
    eventually(lambda: len(re.findall(warning, hub.log)) > before, what="the warning after the reload")


@pytest.mark.parametrize("which", ["configuration", "dialback-secret", "self-signed.key", "self-signed.crt", "state"])
def test_what_anybody_can_write_is_refused(place, which):
    file = {"configuration": place.file, "state": place.state}.get(which, place.state / which)
    file.chmod(0o777 if which == "state" else 0o606)
    place.expect_refused(file, "write")


def test_check_leaves_no_trace(dns, tmp_path):
    place = Place(tmp_path, config_without_secret(dns, "corp.example"))
    result = place.check()
    assert result.returncode == 0, result
    assert not place.state.exists()


# -- the self-signed certificate -------------------------------------------------------------------------------


def write_certificate(state, not_after):
    """Replaces the certificate in `state` by one that is equal but expires at `not_after`."""
    file = state / "self-signed.crt"
    old = x509.load_pem_x509_certificate(file.read_bytes())
    key = serialization.load_pem_private_key((state / "self-signed.key").read_bytes(), None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(old.not_valid_before)
        .not_valid_after(not_after)
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def public_key(der):
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_the_certificate_is_renewed_while_the_hub_runs_and_streams_stay(site):
    domain, remote = fresh_domain("corp"), site.server()
    hub = site.hub(component_node(domain), federation={"dialback_secret": None})
    hub.stop()
    due = datetime.datetime.utcnow() + datetime.timedelta(days=30, seconds=8)
    write_certificate(hub.directory / "state", due)
    hub.start()
    component = site.component(hub, domain)
    stream = remote.connect(hub.s2s, domain, secure=True)
    first = shown_certificate(remote, hub, domain)
    second = eventually(
        lambda: (now := shown_certificate(remote, hub, domain)) != first and now, 30, "another certificate"
    )
    renewed = x509.load_der_x509_certificate(second)
    assert renewed.not_valid_after > due + datetime.timedelta(days=300)
    assert public_key(second) == public_key(first)  # peers may have pinned the key
    stream.send(message(remote.domain, domain, id="after"))
    component.expect_message(id="after")
    assert hub.metric("fedhub_certificate_remaining_seconds") > 360 * 86400
    hub.wait_for_log("self-signed certificate was renewed")


def test_a_renewal_that_waits_for_a_file_holds_nothing_up(site):
    """Reading a file of the running configuration hangs. A reload waits for that at most 10 s."""
    domain = fresh_domain("corp")
    shown = files(site.directory("client"), "client", certificate("client.example", purposes=(CLIENT_AUTH,)))
    hub = site.hub(component_node(domain), tls={"client_certificate": shown})
    hub.stop()
    due = datetime.datetime.utcnow() + datetime.timedelta(days=30, seconds=4)
    write_certificate(hub.directory / "state", due)
    hub.start()
    before = shown_certificate(site.listener(), hub, domain)
    chain = Path(shown["chain_file"])
    kept = chain.rename(chain.with_suffix(".kept"))
    os.mkfifo(chain)
    writer = site.keep(eventually(lambda: writer_to_reader_of(chain), 20, "the renewal to wait"))
    rejected = hub.metric("fedhub_config_reloads_total", result="rejected")
    hub.signal(signal.SIGHUP)
    assert hub.get("/healthz")[0] == 200
    eventually(lambda: hub.metric("fedhub_config_reloads_total", result="rejected") > rejected, 15, "a reload")
    hub.wait_for_log("self-signed certificate was not renewed: the files could not be read", within=15)
    writer.close()
    kept.rename(chain)
    hub.reload(hub.config)
    assert shown_certificate(site.listener(), hub, domain) != before


def writer_to_reader_of(fifo):
    """Returns the writing end of the FIFO once a reader waits. The reader waits until this end is closed."""
    try:
        return os.fdopen(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), "wb", buffering=0)
    except OSError as error:
        assert error.errno == errno.ENXIO
        return None


def test_the_certificate_is_renewed_when_the_domains_change(site):
    first, second = fresh_domain("corp"), fresh_domain("corp")
    hub, remote = site.hub(component_node(first)), site.listener()
    before = shown_certificate(remote, hub, first)
    hub.reload(hub.config | {"node": [component_node(first), component_node(second)]})
    after = x509.load_der_x509_certificate(shown_certificate(remote, hub, first))
    names = after.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {first, second}
    assert public_key(before) == public_key(after.public_bytes(serialization.Encoding.DER))


def many_domains(count):
    return [component_node(*(f"number-{number}.corp.example" for number in range(count)))]


def test_a_certificate_too_large_for_a_handshake_is_refused(site, dns, tmp_path):
    place = Place(tmp_path, config_without_secret(dns, "corp.example") | {"node": many_domains(5500)})
    place.expect_refused("self-signed.crt", "5500 domains", "102400")
    assert not (place.state / "self-signed.key").exists()

    hub = site.hub(component_node("corp.example"))
    hub.reload(hub.config | {"node": many_domains(5500)}, outcome="rejected")
    hub.wait_for_log("not reloaded: .*5500 domains")


def test_the_largest_certificate_that_is_made_can_be_shown(site):
    """Python's TLS accepts handshake messages up to OpenSSL's default limit."""
    count = 3500
    hub, remote = site.hub(*many_domains(count)), site.listener()
    der = shown_certificate(remote, hub, "number-1.corp.example")
    assert len(der) > 80000
    hub.wait_for_log(r"self-signed.crt: takes \d+ octets in each TLS handshake: peers written in Java")
