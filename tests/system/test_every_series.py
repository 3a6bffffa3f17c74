"""Promise: every metric, with every value of every label, is shown to work. Scenes move each of them away from 0, or a
row of the tables below names the test that does, or the reason why none can.

A failure here means a metric that the program never sets, or a new one that no scene, test or row covers yet.
"""

import re

import pytest

from peers.busy_hour import Hour
from peers.busy_hour_scenes import play
from peers.hub import REPOSITORY, parse_metrics

FREE = ("hub", "version", "certificate", "node")
"""Labels with values from the build and the configuration."""

NEVER = {  # pattern of a metric, perhaps with a label value: why it can't occur
    r'fedhub_stanzas_accepted_total{kind="none"}': "what is no stanza is not accepted",
    r'fedhub_stanzas_(bounced|dropped)_total{failure="none"}': "each of them has a reason",
    r'fedhub_stanzas_(bounced|dropped)_total{failure="node-rejected"}':
        "it ends links; what waits for a node that is gone is answered as node-unavailable",
    r'fedhub_(negotiation_failures|streams_closed)_total{stage="(dns|connect)"}':
        "a stream begins once TCP is connected",
    r'fedhub_(negotiation_failures|streams_closed)_total{stage="stanza"}':
        "a faulty stanza costs itself; a stream that ends over one has broken the stream's rules",
    r'fedhub_trust_violations_total{leg="node-.*"}': "the rules of [[trust]] are for remote domains",
}  # fmt: skip
BY_CHANCE = {  # pattern of a metric, perhaps with a label value: why no scene can force it
    r'fedhub_stanzas_(bounced|dropped)_total{failure="queue-timeout"}':
        "a time-out between two attempts of which none has failed; within one, its step is named",
    r'fedhub_stanzas_(bounced|dropped)_total{failure="(acknowledge-timeout|stalled)"}':
        "what a dead stream had not written waits for the next one, and is answered by what fails there",
    r'fedhub_stanzas_(bounced|dropped)_total{failure="external-refused"}':
        "only if the second attempt, without EXTERNAL, has nothing to say of its own",
    r'fedhub_stanzas_dropped_total{failure="(unconfirmed|stanza-too-large)"}':
        "an error has to be the one that the peer's TCP, or its limit, does not take; bounced ones are driven",
    r'fedhub_negotiation_failures_total{stage="hub"}': "the metrics' listener may end before the streams in negotiation",
    r'fedhub_stream(_pauses_total|s_paused){leg="(node-s2s|s2s)-out"}':
        "such a stream brings stanzas only if it is for both directions; the count is that of the others, by leg",
    r'fedhub_stream_stalls_total{leg="(node-s2s-in|node-s2s-out|s2s-in)"}':
        "an incoming one takes stanzas only if it is for both directions; the count is that of the others, by leg",
    r'fedhub_stream_unconfirmed_bytes_total{leg="(node-s2s-in|node-s2s-out|s2s-in)"}':
        "octets that TCP has not acknowledged at the end; the count is that of the others, by leg",
    r'fedhub_peer_certificates_total{result="rejected"}': "what OpenSSL may refuse that has no name of its own",
}  # fmt: skip
PATH = "unit/protocol/certificate/certificate_path_test.cpp"
CONDITIONS = "unit/actors/admin/hub_conditions_test.cpp"
ELSEWHERE = {  # pattern of a metric, perhaps with a label value: file and name of the test that moves it
    r'fedhub_dialback_questions_total{stream="shared"}':
        ("system/test_shared_hosts.py", "test_domains_of_one_server_share_a_stream_that_stays_for_others_and_then_goes"),
    r'fedhub_dialback_questions_total{stream="fallback"}':
        ("system/test_shared_hosts.py", "test_a_domain_unknown_at_the_other_end_is_asked_for_on_its_own_stream"),
    r'fedhub_identities_proved_total{method="dane"}': ("system/test_dane.py", "test_tlsa_records_prove_a_sender"),
    r'fedhub_stanzas_bounced_total{failure="stanza-too-large"}':
        ("system/test_passed_on.py", "test_a_limit_that_the_peer_tells_holds_for_what_is_written"),
    r'fedhub_stanzas_resent_total{direction="from-world"}':
        ("unit/actors/stanzas/outbox_held_test.cpp", "counts_stanzas_that_are_written_again"),
    r'fedhub_stream_resumptions_total{role="receiving"}':
        ("system/test_stream_resumption_receiving.py", "test_a_peer_is_told_what_the_hub_has_taken_over"),
    r'fedhub_(negotiation_failures|streams_closed)_total{stage="queue"}':
        ("unit/actors/connection/connection_memory_test.cpp", "above_the_limit_for_all_ends_those_that_hold_most"),
    r'fedhub_peer_certificates_total{result="(revoked|crl-.*)"}':
        ("unit/protocol/certificate/peer_certificate_test.cpp", "counts_where_the_issuer_s_list_is_known"),
    r'fedhub_peer_certificates_total{result="(bad-signature|weak-.*)"}': (PATH, "refuses_weak_keys_and_signatures"),
    r'fedhub_peer_certificates_total{result="(critical-extension|malformed)"}':
        (PATH, "refuses_extensions_that_it_cannot_honour"),
    r'fedhub_peer_certificates_total{result="bad-purpose"}': (PATH, "asks_for_the_purpose_that_the_policy_says"),
    r'fedhub_peer_certificates_total{result="not-a-ca"}':
        (PATH, "asks_every_issuer_below_the_anchor_to_say_that_it_is_a_ca"),
    r'fedhub_peer_certificates_total{result="name-not-permitted"}': (PATH, "obeys_name_constraints"),
    r'fedhub_peer_certificates_total{result="not-yet-valid"}': (PATH, "holds_at_its_time_only"),
    r'fedhub_notifications{kind="certificate"}': (CONDITIONS, "reports_the_certificate_that_ends_soon"),
    r'fedhub_notifications{kind="clock"}': (CONDITIONS, "reports_a_clock_that_timesyncd_has_not_set"),
    r'fedhub_notifications{kind="configuration"}':
        ("system/test_api_notifications.py", "test_a_condition_is_shown_with_a_remedy_until_it_is_mended"),
    r'fedhub_notifications{kind="dns"}': (CONDITIONS, "reports_no_dns_of_which_half_answers"),
    r'fedhub_notifications{kind="(domain-without-certificate|node-down|refusals)"}':
        ("system/test_api_notifications.py", "test_a_condition_is_shown_with_a_remedy_until_it_is_mended"),
    r'fedhub_notifications{kind="(lost-.*|unverified-peers)"}': (CONDITIONS, "are_reported_while_they_grow"),
    r'fedhub_notifications{kind="node-contested"}': (CONDITIONS, "reports_two_processes_that_fight_for_a_node"),
    r'fedhub_notifications{kind="open-files"}': (CONDITIONS, "reports_an_open_file_limit_that_is_near"),
    r'fedhub_notifications{kind="partner-failing"}': (CONDITIONS, "reports_a_partner_that_has_failed_for_ten_minutes"),
    r'fedhub_peer_certificates_total{result="path-too-long"}': (PATH, "obeys_path_length_constraints"),
}  # fmt: skip


def sayings(name: str, labels) -> list:
    """Returns the metric, and the metric with each of its labels, as texts for the tables' patterns."""
    metric = re.sub(r"_(bucket|sum|count)$", "", name)
    return [metric] + [f'{metric}{{{label}="{value}"}}' for label, value in labels if label not in ("le", *FREE)]


@pytest.fixture(scope="module")
def said(module_site):
    """All metrics and label values, and for each whether it was above 0 at some time in the busy hour."""
    hour = Hour(module_site)
    play(hour)
    result = {}
    for look in hour.looks:
        for text in look.values():
            for (name, labels), value in parse_metrics(text).items():
                for saying in sayings(name, labels):
                    result[saying] = result.get(saying, False) or value != 0
    return result


def test_each_metric_and_label_value_moves_or_has_a_row(said):
    silent = sorted(saying for saying, moved in said.items() if not moved)
    named = [*NEVER, *BY_CHANCE, *ELSEWHERE]
    unnamed = [saying for saying in silent if not any(re.fullmatch(pattern, saying) for pattern in named)]
    assert not unnamed, "\n".join(unnamed)


def test_no_row_is_out_of_date(said):
    for pattern in NEVER:
        named = {saying: moved for saying, moved in said.items() if re.fullmatch(pattern, saying)}
        assert named, f"{pattern} names nothing"
        assert not any(named.values()), f"these move: {[saying for saying, moved in named.items() if moved]}"
    for pattern in [*BY_CHANCE, *ELSEWHERE]:
        assert any(re.fullmatch(pattern, saying) for saying in said), f"{pattern} names nothing"


def test_the_tests_named_in_the_table_exist():
    for pattern, (file, test) in ELSEWHERE.items():
        assert re.search(rf"(def |, ){test}\(?", (REPOSITORY / "tests" / file).read_text()), pattern
