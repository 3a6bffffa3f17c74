"""The scenes of the busy hour in order. Each gets the `Hour`, and leaves the hubs ready for the next one."""

from .busy_hour_failures import (
    an_address_wins_over_another, connects_fail, keys_fail, peers_differ_in_what_they_ask_for, searches_fail,
    servers_prove_nothing, stanzas_are_faulty, streams_fail, streams_of_nodes_fail,
)  # fmt: skip
from .busy_hour_limits import (
    a_component_stops_reading, a_destination_stops_reading, a_hub_stops, nobody_reads_the_log, too_many_come, too_much_waits,
)  # fmt: skip
from .busy_hour_traffic import (
    a_stream_is_resumed, components_come, nodes_ask_their_dns_view, servers_behind_and_before,
    stanzas_of_each_kind_and_way,
)  # fmt: skip

SCENES = [
    components_come, stanzas_of_each_kind_and_way, servers_behind_and_before, a_stream_is_resumed,
    nodes_ask_their_dns_view, searches_fail, connects_fail, streams_fail, keys_fail, servers_prove_nothing,
    stanzas_are_faulty, streams_of_nodes_fail, peers_differ_in_what_they_ask_for, an_address_wins_over_another,
    a_component_stops_reading, too_much_waits,
    a_destination_stops_reading, too_many_come, nobody_reads_the_log, a_hub_stops,
]  # fmt: skip


def play(hour, scenes=None) -> None:
    """Plays the scenes in order, with a look after each."""
    for scene in scenes or SCENES:
        scene(hour)
        hour.look()
