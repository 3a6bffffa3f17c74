"""One run: a world and a start of the system of its own, then fedhub-load."""

import contextlib

from support.component import Component

from . import generator, systems
from .world import open_world

WARM_UP_S = 0.5
DRAIN_S = 10
# For handshakes before the load, and for what fedhub-load takes to start and end.
SLACK_S = 40


class Measurement:
    """@param programs paths of fedhub and fedhub-load, by name.
    @param duration seconds that are measured, which a scenario may multiply.
    """

    def __init__(self, programs, duration):
        self._programs = programs
        self._duration = duration

    def __call__(self, scenario, system_type, streams):
        """@returns fedhub-load's JSON object. Raises generator.RunFailed, and AssertionError where nothing starts."""
        duration = scenario.lasts * self._duration
        with open_world() as (host, directory):
            system = system_type(host, directory, scenario.tls, self._programs)
            try:
                system.start()
                node = _linked_node(scenario, host)
                options = generator.options_of(scenario, system, streams, WARM_UP_S, duration, DRAIN_S)
                with node:
                    return generator.play(self._programs["fedhub-load"], host, options, system.pids(),
                                          WARM_UP_S + duration + DRAIN_S + SLACK_S)
            except generator.RunFailed as error:
                raise generator.RunFailed(system.failure() or error) from None
            finally:
                system.stop()


def _linked_node(scenario, host):
    """Where no stanza flows, fedhub-load links no node; ejabberd knows the domain only while one is linked.

    @returns a context manager.
    """
    if scenario.kind not in ("storm", "idle"):
        return contextlib.nullcontext()
    return contextlib.closing(
        Component(host, systems.DOMAIN, systems.SECRET, "127.0.0.1", systems.COMPONENT_PORT))
