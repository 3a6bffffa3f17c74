"""Ways to break the rules: to be hung on a step of `s2s_peer.Server`."""

from .stream import Closed, Stream

GO_ON = object()
"""Returned by a step's function: the server goes on as if nothing had been."""


def mute(stream: Stream) -> None:
    """Reads on and never says another word."""
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
    """Sends `text`, then does something else."""

    def act(stream: Stream) -> None:
        stream.send(text)
        then(stream)

    return act


def end_with_error(condition: str):
    """A stream error, then the end."""
    return say(
        f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", then=hang_up
    )


def see_other_host(where: str) -> str:
    """The stream error that names another server."""
    condition = f"<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{where}</see-other-host>"
    return f"<stream:error>{condition}</stream:error>"
