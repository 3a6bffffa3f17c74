"""`--check`, start and reload judge a configuration alike. Each fault is a row, and is tried with all three."""

import os
import re
import resource
import subprocess

import pytest

from peers import authority, toml
from peers.hub import Hub, default_config, program
from peers.site import NODE_SECRET, fresh_domain
from peers.waiting import eventually

FEW_FILES = 2000


class Case:
    """A good configuration in a folder of its own, with its files. Each row introduces one fault."""

    def __init__(self, folder, dns):
        self.folder = folder
        self.domain = fresh_domain("corp")
        self.write("node.secret", NODE_SECRET)
        self.config = toml.merge(default_config(dns), {
            "hub": {"state_dir": str(folder / "state")},
            "tls": self.tls("good", authority.certificate(self.domain, purposes=authority.BOTH_PURPOSES)),
            "limits": {"connections": 500},
            "node": [{"domains": [self.domain], "protocol": "component", "secret_file": str(folder / "node.secret")}],
        })  # fmt: skip

    def write(self, name, content, mode=0o600):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)

    def tls(self, name, *certificates):
        """Returns a [tls] table with these certificates, in files that only the hub may read."""
        folder = self.folder / name
        folder.mkdir()
        table = authority.hub_tls(folder, *certificates)
        for row in table["certificate"]:
            os.chmod(row["key_file"], 0o600)
        return table

    def change(self, **tables):
        self.config = toml.merge(self.config, tables)

    @property
    def certificate(self):
        return self.config["tls"]["certificate"][0]

    def run(self, *arguments, limit=None):
        file = self.write("fedhub.toml", toml.dump(self.config))

        def set_limit():
            if limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        return subprocess.run([program(), "--config", file, *arguments], cwd=self.folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, preexec_fn=set_limit)  # fmt: skip


# -- what is an error ------------------------------------------------------------------------------------------


def other_key(case):
    other = case.tls("other", authority.certificate("other.example"))["certificate"][0]
    case.change(tls={"certificate": [case.certificate | {"key_file": other["key_file"]}]})
    return "no private key in PEM form that matches"


def other_client_key(case):
    other = case.tls("other", authority.certificate("other.example"))["certificate"][0]
    case.change(tls={"client_certificate": case.certificate | {"key_file": other["key_file"]}})
    return "no private key in PEM form that matches"


def no_chain(case):
    case.change(tls={"certificate": [case.certificate | {"chain_file": case.write("x.pem", "no PEM")}]})
    return "no usable certificate chain in PEM form"


def listeners(*addresses, what):
    def spoil(case):
        s2s, nodes = addresses
        case.change(listen={"s2s": [s2s], "nodes": [nodes]})
        return what

    spoil.__name__ = "_".join(addresses)
    return spoil


def dns_on_the_port_of_metrics(case):
    case.change(listen={"dns": ["127.0.0.1:15353"], "metrics": "0.0.0.0:15353"}, dns_view={"allow": ["127.0.0.1"]})
    return "covers"


def state_folder_below_a_file(case):
    case.write("file", "x")
    case.change(hub={"state_dir": str(case.folder / "file" / "state")})
    return "state folder: Not a directory"


def state_folder_that_is_a_file(case):
    case.change(hub={"state_dir": case.write("file", "x")})
    return "which is not a folder"


def state_folder_behind_a_dead_link(case):
    (case.folder / "link").symlink_to(case.folder / "nowhere")
    case.change(hub={"state_dir": str(case.folder / "link")})
    return "state folder: "


def missing_secret(case):
    os.unlink(case.folder / "node.secret")
    return "no such file"


def empty_secret(case):
    case.write("node.secret", "\n")
    return "which is empty"


def zeroed_secret(case):
    case.write("node.secret", bytes(32))
    return "NUL"


def no_secret(case):
    case.config["node"][0].pop("secret_file")
    return "node[0].secret: found nothing"


def missing_dialback_secret(case):
    case.change(federation={"dialback_secret": None, "dialback_secret_file": str(case.folder / "none")})
    return "dialback_secret_file"


def damaged_dialback_secret(case):
    (case.folder / "state").mkdir(mode=0o700, exist_ok=True)
    case.write("state/dialback-secret", "damaged\n")
    case.change(federation={"dialback_secret": None})
    return "dialback-secret: damaged"


def damaged_own_key(case):
    (case.folder / "state").mkdir(mode=0o700, exist_ok=True)
    case.write("state/self-signed.key", "damaged\n")
    case.write("state/self-signed.crt", "damaged\n")
    case.change(tls={"certificate": None})
    return "self-signed."


def view_for_everybody(case):
    case.change(listen={"dns": ["127.0.0.1:0"]}, dns_view={"allow": ["0.0.0.0/0"]})
    return "dns_view.allow[0]"


def view_for_a_wide_network(case):
    case.change(dns_view={"allow": ["10.0.0.0/8", "2a00:1450::/32"]})
    return "dns_view.allow[1]"


def view_without_address(case):
    case.change(listen={"dns": ["127.0.0.1:0"], "nodes": ["0.0.0.0:0"]}, dns_view={"allow": ["127.0.0.1"]})
    return "dns_view.address"


def view_that_asks_itself(case):
    case.change(listen={"dns": ["127.0.0.1:15354"]}, dns_view={"allow": ["127.0.0.1"], "upstream": ["127.0.0.1:15354"]})
    return "dns_view.upstream[0]"


def view_that_asks_itself_by_the_hubs_servers(case):
    case.change(listen={"dns": ["127.0.0.1:15354"]}, dns={"servers": ["127.0.0.1:15354"]}, dns_view={"allow": ["127.0.0.1"]})
    return "dns.servers[0]"


def view_that_asks_itself_by_another_address(case):
    own = own_address()
    case.change(listen={"dns": ["0.0.0.0:15354"]}, dns_view={"allow": ["127.0.0.1"], "upstream": [f"{own}:15354"]})
    return f"dns_view.upstream: {own}:15354 is this hub's own listen.dns"


def own_address():
    """Returns an address of this machine that does not look like a local one."""
    output = subprocess.run(["ip", "-4", "-o", "addr", "show", "scope", "global"], capture_output=True, text=True).stdout
    found = re.search(r"inet (\S+)/", output)
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found.group(1)


def view_with_a_bad_name(case):
    case.change(dns_view={"name": "fed_hub.example"})
    return "a host name"


ERRORS = [
    other_key, other_client_key, no_chain,
    listeners("127.0.0.1:15269", "127.0.0.1:15269", what="which listen.s2s[0] also has"),
    listeners("0.0.0.0:15269", "127.0.0.1:15269", what="covers"),
    listeners("127.0.0.1:15269", "0.0.0.0:15269", what="covers"),
    listeners("[::]:15269", "0.0.0.0:15269", what="covers"),
    listeners("[::]:15269", "127.0.0.1:15269", what="covers"),
    dns_on_the_port_of_metrics,
    state_folder_below_a_file, state_folder_that_is_a_file, state_folder_behind_a_dead_link,
    missing_secret, empty_secret, zeroed_secret, no_secret, missing_dialback_secret, damaged_dialback_secret,
    damaged_own_key,
    view_for_everybody, view_for_a_wide_network, view_without_address, view_that_asks_itself,
    view_that_asks_itself_by_the_hubs_servers, view_that_asks_itself_by_another_address, view_with_a_bad_name,
]  # fmt: skip


@pytest.fixture
def case(tmp_path, dns):
    return Case(tmp_path, dns)


def test_a_good_configuration_is_accepted_silently(case):
    result = case.run("--check")
    assert result.returncode == 0 and not result.stderr and "good" in result.stdout, result
    assert not (case.folder / "state").exists()


@pytest.mark.parametrize("spoil", ERRORS, ids=lambda x: x.__name__)
def test_an_error_is_found_before_at_and_after_the_start(case, site, spoil):
    hub = Hub(case.folder, case.config)
    site.hubs.append(hub)
    why = spoil(case)
    check, start = case.run("--check"), case.run()
    assert check.returncode == 2 and "good" not in check.stdout, check
    assert start.returncode in (1, 2) and "ready" not in start.stdout, start
    for text in (check.stderr, start.stderr):
        assert why in text, text
    assert check.stderr.count(why) == 1, check.stderr
    hub.reload(case.config, outcome="rejected")
    hub.wait_for_log(re.escape(why))
    assert hub.get("/readyz")[0] == 200


def test_all_errors_are_found_at_once(case):
    """One configuration whose certificates and secrets have a different fault each."""
    others = case.tls("other", authority.certificate("other.example"), authority.certificate("third.example"))
    first, second = (row | {"key_file": case.certificate["key_file"]} for row in others["certificate"])
    case.change(tls={"certificate": [first, second, case.certificate]}, federation={"dialback_secret": None})
    (case.folder / "state").mkdir(mode=0o700, exist_ok=True)
    case.write("state/dialback-secret", "damaged\n")
    result = case.run("--check")
    assert result.returncode == 2, result
    for fault in (first["chain_file"], second["chain_file"], "dialback-secret: damaged"):
        assert result.stderr.count(fault) == 1, result.stderr


# -- what is a warning -----------------------------------------------------------------------------------------


def expired(case):
    case.change(tls=case.tls("old", authority.certificate(case.domain, purposes=authority.BOTH_PURPOSES, expired=True)))
    return "the certificate has expired"


def uncovered(case):
    case.change(node=[case.config["node"][0] | {"domains": [case.domain, "uncovered.example"]}])
    return r"no certificate covers uncovered\.example"


def readable_secret(case):
    os.chmod(case.folder / "node.secret", 0o644)
    return r"node\.secret: holds a secret, and other users can read it"


def readable_key(case):
    os.chmod(case.certificate["key_file"], 0o644)
    return "holds a secret, and other users can read it"


def unknown_module(case):
    case.change(log={"modules": {"DBVerifi": "debug"}})
    return r'log\.modules: there is no module "DBVerifi"'


def too_few_files(case):
    case.change(limits={"connections": FEW_FILES})
    return rf"limits\.connections: the limit of open files is {FEW_FILES}\. .* asks for {FEW_FILES}: set LimitNOFILE to {2 * FEW_FILES}"


def too_few_files_for_both_listeners(case):
    case.change(limits={"connections": FEW_FILES // 4 + 1}, listen={"s2s_direct_tls": ["127.0.0.1:0"]})
    return rf"limits\.connections: the limit of open files is {FEW_FILES}"


def view_for_nobody(case):
    case.change(listen={"dns": ["127.0.0.1:0"]})
    return r"listen\.dns answers nobody"


WARNINGS = [expired, uncovered, readable_secret, readable_key, unknown_module, too_few_files,
            too_few_files_for_both_listeners, view_for_nobody]  # fmt: skip


@pytest.mark.parametrize("spoil", WARNINGS, ids=lambda x: x.__name__)
def test_a_warning_is_given_before_at_and_after_the_start(case, spoil, tmp_path):
    clean = case.run("--check", limit=FEW_FILES)
    assert clean.returncode == 0 and not clean.stderr, clean
    why = spoil(case)
    check = case.run("--check", limit=FEW_FILES)
    assert check.returncode == 0 and len(re.findall(rf"(?m)^warning: .*{why}", check.stderr)) == 1, check.stderr
    log = tmp_path / "log"
    file = case.folder / "fedhub.toml"
    with open(log, "wb") as into:
        hub = subprocess.Popen([program(), "--config", str(file)], cwd=case.folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=into,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES)))  # fmt: skip
    try:
        assert hub.stdout.readline().startswith(b"ready")
        told = lambda: len(re.findall(rf"(?m)^.*warning.*{why}", log.read_text()))  # noqa: E731
        assert eventually(told, what="the warning at start")
        before = told()
        if spoil is not view_for_nobody:  # listeners can't be added by a reload
            hub.send_signal(1)
            eventually(lambda: told() > before, what="the warning of the reload")
    finally:
        hub.terminate()
        assert hub.wait(20) == 0