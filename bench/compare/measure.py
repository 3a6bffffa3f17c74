"""One run: a new world, a start of the system in it, then fedhub-load."""

import contextlib

from support.component import Component

from . import generator, systems
from .world import open_world

WARM_UP_S = 0.5
DRAIN_S = 10
# For handshakes before the load, and for the start and the end of fedhub-load.
SLACK_S = 40


class Measurement:
    """@param programs paths of fedhub and fedhub-load, by name.
    @param duration measured seconds, which a scenario may multiply.
    """

    def __init__(self, programs, duration):
        self._programs = programs
        self._duration = duration

    def __call__(self, scenario, system_type, streams):
        """@returns the JSON object of fedhub-load.

        Raises generator.RunFailed, or AssertionError if the system does not start.
        """
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
    """Links a node in scenarios without stanzas, in which fedhub-load links none: ejabberd knows the domain only then.

    @returns a context manager.
    """
    if scenario.kind not in ("storm", "idle"):
        return contextlib.nullcontext()
    return contextlib.closing(
        Component(host, systems.DOMAIN, systems.SECRET, "127.0.0.1", systems.COMPONENT_PORT))
