"""Promise: stanzas of one domain pair arrive in the order sent, also while a route comes up, fails over or ends."""

import itertools

from peers.component import message
from peers.misbehaviour import GO_ON, hang_up
from peers.site import component_node, fresh_domain
from peers.waiting import eventually


def numbers(elements) -> list:
    return [int(element["id"]) for element in elements]


def numbered(from_: str, to: str, count: int, start: int = 0) -> str:
    return "".join(message(from_, to, "x" * (number % 97), id=str(number)) for number in range(start, start + count))


def test_stanzas_sent_before_the_route_is_up_keep_their_order(hub, component, site, dns):
    remote = site.server(verify_at=hub.s2s)
    dns.behave(remote.domain, 0.3)
    for start in range(0, 1000, 50):  # in several parts, so that some arrive during each step of the negotiation
        component.send(numbered(component.domain, remote.domain, 50, start))
        eventually(lambda: hub.metric("fedhub_stanzas_accepted_total") >= start, what="the batch taken")
    assert numbers(remote.collect(1000)) == list(range(1000))


def test_an_incoming_stream_cut_at_odd_places_keeps_its_order(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain, secure=True)
    octets = numbered(remote.domain, component.domain, 2000).encode()
    sizes = itertools.cycle([1, 4096, 17, 1448, 333])
    position = 0
    while position < len(octets):
        size = next(sizes)
        stream.send(octets[position : position + size])
        position += size
    assert numbers(component.collect(2000)) == list(range(2000))


def test_the_order_holds_while_the_remote_server_closes_its_streams(hub, component, site):
    """Stanzas on the way to a stream that ended may be lost. None comes twice, late or out of order."""
    remote = site.server(verify_at=hub.s2s)
    remote.misbehave["stanza received"] = every_hundredth(hang_up, 4)
    seen, sent = [], itertools.count()

    def send_some_until_the_end_is_seen():
        batch = [next(sent) for _ in range(20)]
        for number in batch:
            component.message(component.domain, remote.domain, id=str(number))
        while not remote.received.empty():
            seen.append(int(remote.received.get()[0]["id"]))
        return remote.attempts >= 5 and len(seen) > 500 and batch[-1]

    last = eventually(send_some_until_the_end_is_seen, 30, "five streams and 500 stanzas")
    while seen[-1] != last:  # `last` may have been read already
        seen.append(int(remote.next()[0]["id"]))
    assert seen == sorted(set(seen))


def every_hundredth(act, times: int):
    """Returns a step for `Server.misbehave`: calls `act` at every hundredth call, `times` times; else goes on."""
    calls = itertools.count(1)

    def step(stream):
        call = next(calls)
        if call % 100 == 0 and call <= times * 100:
            act(stream)
        else:
            return GO_ON

    return step


def test_the_order_holds_when_a_node_fails_over(site):
    domain = fresh_domain("corp")
    hub = site.hub(
        component_node(domain, name="one", secret="first secret"),
        component_node(domain, name="two", secret="second secret"),
    )
    nodes = [site.component(hub, domain, "first secret"), site.component(hub, domain, "second secret")]
    remote = site.server()
    stream = remote.connect(hub.s2s, domain)
    stream.send(f"<message from='{remote.domain}' to='juliet@{domain}' id='-1'/>")
    chosen, spare = choose(nodes)
    stream.send(numbered(remote.domain, f"juliet@{domain}", 400))
    before = numbers(chosen.collect(200))
    chosen.cut()
    after, sent = [], itertools.count(400, 20)

    def sent_until_the_last_one_comes():
        start = next(sent)
        stream.send(numbered(remote.domain, f"juliet@{domain}", 20, start))
        try:
            while True:
                after.append(int(spare.expect_message(within=0.1)["id"]))
        except TimeoutError:
            return after and after[-1] == start + 19

    eventually(sent_until_the_last_one_comes, what="the other node in full charge")
    assert before == list(range(200))
    assert after == sorted(set(after)) and after[0] >= 200


def choose(nodes):
    """Returns (the node that gets the probe, the other node)."""
    for chosen, spare in (nodes, reversed(nodes)):
        try:
            chosen.expect_message(within=1, id="-1")
            return chosen, spare
        except TimeoutError:
            continue
    raise AssertionError("the probe came to neither node")
