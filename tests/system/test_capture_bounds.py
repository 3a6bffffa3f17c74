"""What captures may take: files, time, memory; and what is left of them after the hub's end."""

import os
import stat

import pytest

from peers import captures
from peers.site import component_node, fresh_domain, spare_nodes
from peers.waiting import eventually


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(10), capture={"mebibytes": 1})


def folder_of(hub):
    return hub.directory / "state" / "captures"


def end_all(hub):
    for _ in range(2):
        for row in hub.api.get("captures")["items"]:
            hub.api.request("DELETE", f"captures/{row['id']}")
    assert hub.api.get("captures") == {"items": [], "total": 0}


def test_two_run_at_once(hub):
    end_all(hub)
    first = captures.start(hub, domain="a.example")
    captures.start(hub, domain="a.example")
    answer = hub.api.send("POST", "captures", {"domain": "a.example"})
    assert (answer.status, answer.json()["detail"]) == (429, "2 captures run already; wait, or end one of them")
    answer = hub.api.request("GET", f"captures/{first}")
    assert (answer.status, "still runs" in answer.json()["detail"]) == (409, True)
    captures.end(hub, first)
    captures.start(hub, domain="a.example")
    end_all(hub)


def test_eight_are_kept(hub):
    end_all(hub)
    made = []
    for _ in range(10):
        made.append(captures.start(hub, domain="a.example"))
        captures.end(hub, made[-1])
    assert [row["id"] for row in hub.api.get("captures")["items"]] == made[2:]
    files = sorted(folder_of(hub).iterdir())
    assert len(files) == 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder_of(hub).stat().st_mode) == 0o700


def test_a_capture_ends_after_its_time(hub):
    capture = captures.start(hub, for_s=1, domain="a.example")
    eventually(lambda: captures.row(hub, capture)["state"] == "ended", what="the end")
    row = captures.row(hub, capture)
    assert (row["detail"], 1 <= row["seconds"] < 5) == ("its time is over", True)


def test_a_capture_ends_when_its_file_is_full(hub, component, site, tmp_path):
    partner = site.server(verify_at=hub.s2s, security="required")
    capture = captures.start(hub, domain=partner.domain, bodies=True)
    for number in range(8):
        component.message(component.domain, partner.domain, "x" * 100_000, id=str(number))
        partner.expect_message(id=str(number))
    eventually(lambda: captures.row(hub, capture)["state"] == "full", what="the end")
    row = captures.row(hub, capture)
    octets = captures.download(hub, capture)
    assert len(octets) == row["bytes"] <= 1 << 20
    (tmp_path / "a.pcapng").write_bytes(octets)
    assert len(captures.packets(tmp_path / "a.pcapng")) == row["packets"]
    component.message(component.domain, partner.domain, id="after")
    partner.expect_message(id="after")


def test_the_end_of_the_hub_ends_captures_and_keeps_their_files(site, tmp_path):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain))
    capture = captures.start(hub, domain=domain)
    site.component(hub, domain)
    captures.await_packets(hub, capture, 3)
    hub.stop(codes=(0, 3))
    hub.start()
    row = captures.row(hub, capture)
    assert (row["state"], row["domain"], row["packets"] >= 3) == ("ended", domain, True)
    (tmp_path / "a.pcapng").write_bytes(captures.download(hub, capture))
    assert len(captures.packets(tmp_path / "a.pcapng")) == row["packets"]
    assert captures.start(hub, domain=domain) > capture


def test_a_changed_folder_is_used_at_once_and_foreign_files_stay(site):
    hub = site.hub(component_node(fresh_domain("corp")))
    captures.end(hub, captures.start(hub, domain="a.example"))
    folder = site.directory("captures")
    for name in ("capture-1.pcapng", "notes.txt"):
        (folder / name).write_text("not the hub's")
    hub.reload(hub.config | {"capture": {"directory": str(folder)}})
    assert hub.api.get("captures")["items"] == []
    for _ in range(9):
        captures.end(hub, captures.start(hub, domain="a.example"))
    assert {(folder / name).read_text() for name in ("capture-1.pcapng", "notes.txt")} == {"not the hub's"}
    assert len(list(folder.iterdir())) == 10
    assert len(list(folder_of(hub).iterdir())) == 1


def test_a_folder_that_can_not_be_made_is_named(site):
    file = site.directory("captures") / "file"
    file.touch()
    hub = site.hub(component_node(fresh_domain("corp")), capture={"directory": str(file)})
    answer = hub.api.send("POST", "captures", {"domain": "a.example"})
    assert (answer.status, str(file) in answer.json()["detail"]) == (503, True)
    assert os.path.getsize(file) == 0
