"""A FIFO in place of a file that the configuration names: the hub never waits for its writer."""

import os
import re
import signal
from pathlib import Path

import pytest

from peers import toml
from peers.authority import BOTH_PURPOSES, certificate, files, hub_tls, revocations
from peers.hub import SECRET, Hub, default_config
from peers.site import NODE_SECRET, component_node
from peers.waiting import Stopwatch, eventually


def configured_files(directory) -> dict:
    """Returns the paths of all kinds of files that a configuration can name, and that configuration."""
    domain = "files.example"
    crl = directory / "crl.pem"
    crl.write_bytes(revocations())
    shown = files(directory, "client", certificate(domain, purposes=BOTH_PURPOSES))
    tls = hub_tls(directory, certificate(domain), crl_files=[str(crl)], client_certificate=shown)
    paths = {
        "certificate": Path(tls["certificate"][0]["chain_file"]), "anchors": Path(tls["ca_file"]), "CRL": crl,
        "client certificate": Path(shown["chain_file"]),
    }  # fmt: skip
    for name, content in [("dialback secret", SECRET), ("node secret", NODE_SECRET)]:
        paths[name] = directory / f"{name}.secret"
        paths[name].write_text(content)
        paths[name].chmod(0o600)
    node = component_node(domain)
    del node["secret"]
    changes = {
        "tls": tls,
        "federation": {"dialback_secret_file": str(paths["dialback secret"])},
        "node": [node | {"secret_file": str(paths["node secret"])}],
    }
    return paths, changes


KINDS_OF_FILES = [
    "configuration", "certificate", "anchors", "CRL", "client certificate", "dialback secret", "node secret",
]  # fmt: skip


def in_place_of(path: Path, make) -> Path:
    """Puts the thing that `make` makes in the place of a file. Returns the path that the file has now."""
    kept = path.with_name(path.name + ".kept")
    path.rename(kept)
    make(path)
    return kept


@pytest.mark.parametrize("what", KINDS_OF_FILES)
def test_a_fifo_in_place_of_a_file_delays_nothing(site, what):
    directory = site.directory("files")
    paths, changes = configured_files(directory)
    config = toml.merge(default_config(site.dns), changes)
    del config["federation"]["dialback_secret"]
    hub = Hub(site.directory("hub"), config)
    site.hubs.append(hub)
    component, remote = site.component(hub, "files.example"), site.server()
    path = paths.get(what, hub.config_file)

    def reloads(result):
        return hub.metric("fedhub_config_reloads_total", result=result)

    rejected, applied = reloads("rejected"), reloads("applied")
    kept = in_place_of(path, os.mkfifo)
    hub.signal(signal.SIGHUP)
    eventually(lambda: reloads("rejected") > rejected, what="the reload refused")
    hub.wait_for_log(rf"{re.escape(path.name)}.*not a regular file")
    component.message("files.example", remote.domain, id="1")
    remote.expect_message(id="1")
    assert hub.get("/healthz")[0] == 200
    kept.rename(path)
    hub.signal(signal.SIGHUP)
    eventually(lambda: reloads("applied") > applied, what="the reload applied")
    in_place_of(path, os.mkfifo)
    hub.signal(signal.SIGHUP)
    watch = Stopwatch()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0 and watch.seconds() < hub.config["timeouts"]["drain"] + 2
