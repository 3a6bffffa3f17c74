"""`check` says how the hub's own records, certificates and nodes are, as the world sees them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from peers import authority
from peers.fedhubctl import asking
from peers.site import closed_port, component_node, fresh_domain, spare_nodes


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(60), log={"level": "info"}, dns={"negative_ttl_s": 60})


def test_a_sound_hub_passes_its_check(site, dns):
    domain = fresh_domain("corp")
    hub = site.certified_hub(component_node(domain))
    site.component(hub, domain)
    dns.add_server(domain, *hub.s2s)
    answer = hub.api.send("POST", "check", {"what": ["dns", "certificates", "reach", "nodes", "estate"]}).json()
    assert answer["verdict"] == "ok", answer
    results = {step["step"]: step["result"] for step in answer["steps"]}
    assert results == {"published-records": "ok", "published-addresses": "ok", "reach": "ok", "certificate": "ok",
                       "node": "ok", "estate": "skipped"}  # fmt: skip
    done = asking(hub)("check")
    assert done.returncode == 0 and "verdict: ok" in done.stdout


def test_each_fault_of_the_set_up_is_found_by_its_part(site, dns):
    good, bad = fresh_domain("corp"), fresh_domain("corp")
    hub = site.certified_hub(component_node(good), component_node(bad), certificates=[authority.certificate(good)])
    site.component(hub, good)
    dns.add_server(good, *hub.s2s)
    dns.add_server(bad, "127.0.0.1", closed_port())

    def steps(part):
        return hub.api.send("POST", "check", {"what": [part]}).json()["steps"]

    def faulty(part):
        return [(step["step"], step["result"]) for step in steps(part) if step["result"] != "ok" and bad in step["detail"]]

    assert faulty("dns") == [("published-addresses", "fail")]
    assert faulty("certificates") == [("certificate", "fail")]
    assert faulty("nodes") == [("node", "fail")]
    assert [step["result"] for step in steps("reach")] == ["ok", "warn"]
    assert asking(hub)("check", "nodes").returncode == 1


def test_few_looks_run_at_once(hub, component, dns):
    domain = fresh_domain()
    dns.behave(domain, "drop")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: hub.api.send("POST", "explain", {"from": component.domain, "to": domain}), range(6)))
    assert sorted(answer.status for answer in answers) == [200] * 4 + [503] * 2
    found = next(answer for answer in answers if answer.status == 200).json()
    assert "dns-timeout" in [step.get("failure") for step in found["steps"]]
    assert hub.api.explain(component.domain, component.domain)["recipient"]["result"] == "ok"  # there is room again
