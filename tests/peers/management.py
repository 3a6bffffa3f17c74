"""Stream management (XEP-0198) by hand: its elements, and the exchanges that several tests share."""

from . import sasl

SM = "<sm xmlns='urn:xmpp:sm:3'/>"
REQUEST = "<r xmlns='urn:xmpp:sm:3'/>"
ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"


def acknowledge(handled) -> str:
    return f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>"


def enabled(id):
    return f"<enabled xmlns='urn:xmpp:sm:3' id='{id}' resume='true' max='60'/>"


def resume(id, handled=0):
    return f"<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='{handled}'/>"


def resumed(id, handled):
    return f"<resumed xmlns='urn:xmpp:sm:3' previd='{id}' h='{handled}'/>"


def failed(handled=None):
    count = "" if handled is None else f" h='{handled}'"
    return (f"<failed xmlns='urn:xmpp:sm:3'{count}>"
            "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")


def take_authenticated(remote, more: str = SM):
    """Accepts a stream of the hub's up to the features after EXTERNAL, to which `more` is added."""
    stream = remote.accept_secured(external=True)
    stream.expect("sasl:auth")
    stream.send(sasl.SUCCESS).restart()
    return remote.answer_header(stream, more=more)


def next_texts(stream, count: int) -> list:
    """Returns the texts of the next `count` messages. Ignores requests for acknowledgement between them."""
    texts = []
    while len(texts) < count:
        element = stream.read()
        if element.is_a("server:message"):
            texts.append(element.find("server:body").text)
        else:
            assert element.is_a("sm:r"), element
    return texts


def send_numbered(component, remote, first: int, last: int) -> None:
    for number in range(first, last + 1):
        component.message(component.domain, remote.domain, str(number))


def resumptions(hub, role, result):
    return hub.metric("fedhub_stream_resumptions_total", role=role, result=result)
