"""Resumption (XEP-0198 §5) with the hub as initiating server: stanzas that arrived before a cut are not sent again."""

import signal

import pytest

from peers.cutting_proxy import CuttingProxy
from peers.hub import denying
from peers.management import (
    acknowledge, enabled, failed, next_texts, resumed, resumptions, send_numbered, take_authenticated,
)  # fmt: skip
from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Closed
from peers.waiting import eventually


@pytest.fixture
def hub(site):
    """A new hub for each test, whose account begins at 0."""
    return site.certified_hub(*spare_nodes(2), timeouts={"queue": 20})


@pytest.fixture
def remote(site):
    return site.listener()


def delivered(hub):
    return hub.metric("fedhub_stanzas_delivered_total", direction="from-node")


def unacknowledged(hub):
    return hub.metric("fedhub_stanzas_unacknowledged")


# -- the hub as initiating server -------------------------------------------------------------------------------


def take_managed(remote, id):
    stream = take_authenticated(remote)
    assert stream.expect("sm:enable")["resume"] == "true"
    return stream.send(enabled(id))


def cut_with_three_of_five_unacknowledged(hub, component, remote):
    """Cuts the stream "one" after stanzas 1 to 5, of which 1 and 2 are acknowledged. Stanza 6 waits."""
    send_numbered(component, remote, 1, 5)
    stream = take_managed(remote, "one")
    assert next_texts(stream, 5) == ["1", "2", "3", "4", "5"]
    stream.send(acknowledge(2))
    eventually(lambda: delivered(hub) == 2, what="two stanzas to be delivered")
    assert unacknowledged(hub) == 3
    stream.cut()
    send_numbered(component, remote, 6, 6)


def assert_all_delivered(hub, stanzas, resent):
    eventually(lambda: delivered(hub) == stanzas, what="all to be delivered")
    hub.balanced_accounts(stanzas)
    assert hub.metric("fedhub_stanzas_bounced_total") == 0
    assert hub.metric("fedhub_stanzas_resent_total", direction="from-node") == resent
    assert unacknowledged(hub) == 0


def test_only_what_had_not_arrived_is_sent_again(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    asked = stream.expect("sm:resume")  # the first element: no stanza comes before it
    assert (asked["previd"], asked["h"]) == ("one", "0")
    assert unacknowledged(hub) == 3
    stream.send(resumed("one", 4))
    assert next_texts(stream, 2) == ["5", "6"]
    stream.send(acknowledge(6))  # the count goes on
    assert_all_delivered(hub, 6, resent=1)
    assert resumptions(hub, "initiating", "resumed") == 1


def test_a_resumed_stream_can_be_resumed(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    stream.send(resumed("one", 5))
    assert next_texts(stream, 1) == ["6"]
    stream.cut()
    stream = take_authenticated(remote)
    assert stream.expect("sm:resume")["previd"] == "one"
    stream.send(resumed("one", 6))
    assert_all_delivered(hub, 6, resent=0)


@pytest.mark.parametrize("handled, again", [(4, ["5", "6"]), (None, ["3", "4", "5", "6"])])
def test_where_resumption_is_refused_the_rest_goes_first(hub, component, remote, handled, again):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    stream.send(failed(handled)).expect("sm:enable")
    stream.send(enabled("two"))
    assert next_texts(stream, len(again)) == again
    stream.send(acknowledge(len(again)))
    assert_all_delivered(hub, 6, resent=len(again) - 1)
    assert resumptions(hub, "initiating", "refused") == 1


def test_where_resumption_is_no_longer_offered_all_stanzas_are_sent_again(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote, more="")
    assert next_texts(stream, 4) == ["3", "4", "5", "6"]
    assert_all_delivered(hub, 6, resent=3)


def test_a_stream_that_is_cut_before_the_answer_settles_nothing(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    stream.cut()
    component.expect_stanza(type="error")  # 6 was never sent, so it bounces like all stanzas that wait for a stream
    stream = take_authenticated(remote)
    assert stream.expect("sm:resume")["previd"] == "one"
    stream.send(resumed("one", 3))
    assert next_texts(stream, 2) == ["4", "5"]
    stream.send(acknowledge(5))
    assert hub.balanced_accounts(6)["delivered"] == 5


def test_a_peer_that_never_answers_is_asked_three_times(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    for _ in range(3):
        stream = take_authenticated(remote)
        stream.expect("sm:resume")
        stream.cut()
    for _ in range(4):
        component.expect_stanza(type="error")
    assert hub.balanced_accounts(6)["delivered"] == 2
    assert unacknowledged(hub) == 0


def test_too_high_a_count_at_resumption_ends_the_stream(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    stream.send(resumed("one", 9))
    error = stream.expect("stream:error")
    assert error.find("sm:handled-count-too-high") is not None
    stream.close()
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    stream.send(resumed("one", 5))
    assert hub.balanced_accounts(6)["delivered"] == 5  # all but 6, which waited for the stream that failed


def test_stanzas_that_wait_for_resumption_wait_no_longer_than_others(site):
    hub = site.certified_hub(*spare_nodes(), timeouts={"queue": 2})
    component, remote = site.component(hub, hub.spare_domain()), site.listener()
    send_numbered(component, remote, 1, 3)
    stream = take_managed(remote, "one")
    next_texts(stream, 3)
    stream.send(acknowledge(1))
    eventually(lambda: delivered(hub) == 1, what="one stanza to be delivered")
    remote.close()
    stream.cut()
    for _ in range(2):
        component.expect_stanza(type="error")
    assert hub.balanced_accounts(3)["bounced"] == 2
    assert unacknowledged(hub) == 0


def test_a_hub_that_stops_answers_what_waits_for_resumption(hub, component, remote):
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = take_authenticated(remote)
    stream.expect("sm:resume")
    hub.signal(signal.SIGTERM)
    for _ in range(4):
        component.expect_stanza(type="error")
    component.expect_stream_error("system-shutdown")
    stream.close()
    assert hub.wait() == 0


def reload_without_node(hub, component, remote):
    hub.reload(hub.config | {"node": [row for row in hub.config["node"] if component.domain not in row["domains"]]})


def reload_denying(hub, component, remote):
    hub.reload(denying(hub, remote.domain))


@pytest.mark.parametrize("take_back", [reload_without_node, reload_denying])
@pytest.mark.parametrize("under_way", [False, True])
def test_a_reload_takes_back_what_waits_for_resumption(hub, component, remote, take_back, under_way):
    """The waiting stanzas are answered, and the hub opens no stream to resume the former one."""
    cut_with_three_of_five_unacknowledged(hub, component, remote)
    stream = remote.accept()
    if under_way:
        stream.read_header()  # the peer does not answer it
    take_back(hub, component, remote)
    accounts = hub.balanced_accounts(6, within=5)
    assert accounts["delivered"] == 2 and accounts["bounced"] == 4
    assert unacknowledged(hub) == 0
    stream.read_to_end(within=5)
    # A connection that was begun during the reload ends before it carries anything.
    try:
        late = remote.accept(within=2)
        late.read_header(within=2)
    except (TimeoutError, Closed):
        return
    late.expect_stream_error("policy-violation")


# -- two hubs ---------------------------------------------------------------------------------------------------


def test_between_two_hubs_nothing_is_lost_or_doubled_however_often_they_are_cut(site, dns):
    ours, theirs = fresh_domain("corp"), fresh_domain("far")
    timeouts = {"queue": 30}
    near = site.certified_hub(component_node(ours), timeouts=timeouts)
    far = site.certified_hub(component_node(theirs), timeouts=timeouts)
    proxy = CuttingProxy(far.s2s)
    dns.add_server(theirs, *proxy.address)
    dns.add_server(ours, *near.s2s)
    try:
        sender, receiver = site.component(near, ours), site.component(far, theirs)
        sent, padding = 0, "x" * 1000

        def send_more():
            nonlocal sent
            for _ in range(100):
                sent += 1
                sender.message(ours, theirs, f"{sent} {padding}")

        def assert_all_come():
            while len(seen) < sent:
                seen.append(int(receiver.expect_message(within=20).find("component:body").text.split()[0]))
            assert seen == list(range(1, sent + 1))

        seen = []
        for direction in ("back", "there", "back"):
            send_more()
            assert_all_come()
            eventually(lambda: unacknowledged(near) == 0, what="all to be acknowledged")
            proxy.hold(direction)
            send_more()
            if direction == "back":
                assert_all_come()  # they arrive, but `near` gets no acknowledgement
            eventually(lambda: unacknowledged(near) == 100, what="the stanzas to be written")
            send_more()
            proxy.cut()
        assert_all_come()
        near.balanced_accounts(sent)
        far.balanced_accounts(sent)
        assert resumptions(near, "initiating", "resumed") == resumptions(far, "receiving", "resumed") == 3
    finally:
        proxy.close()
        dns.remove(theirs)
        dns.remove(ours)
