"""Ways to break the rules, for the steps of `s2s_peer.Server`."""

from .stream import Closed, Stream

GO_ON = object()
"""Returned by a step's function: the server goes on as if nothing had been."""


def mute(stream: Stream) -> None:
    """Goes on reading and never sends anything again."""
    try:
        while True:
            stream.receive(600)
    except (Closed, TimeoutError):
        pass


def hang_up(stream: Stream) -> None:
    """Ends the stream in order."""
    stream.close()


def cut(stream: Stream) -> None:
    """Resets the connection."""
    stream.cut()


def say(text: str, then=mute):
    """Returns an act that sends `text`, then calls `then`."""

    def act(stream: Stream) -> None:
        stream.send(text)
        then(stream)

    return act


def end_with_error(condition: str):
    """Returns an act that sends a stream error, then ends the stream."""
    return say(
        f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", then=hang_up
    )


def see_other_host(where: str) -> str:
    """Returns the stream error that redirects to `where`."""
    condition = f"<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{where}</see-other-host>"
    return f"<stream:error>{condition}</stream:error>"
