"""Server dialback (XEP-0220), with keys by XEP-0185."""

import hashlib
import hmac

from .stream import Stream
from .waiting import PATIENCE
from .xml import Element


def dialback_key(secret: str, receiving: str, originating: str, stream_id: str) -> str:
    """Returns the key by XEP-0185 §3: an HMAC-SHA256 whose key is the hex SHA-256 of the secret."""
    hashed = hashlib.sha256(secret.encode()).hexdigest().encode()
    return hmac.new(hashed, f"{receiving} {originating} {stream_id}".encode(), hashlib.sha256).hexdigest()


def send_key(stream: Stream, from_: str, to: str, key: str, prefix="db") -> None:
    """Sends a key as the initiating server (step 1). `prefix` "": the namespace is declared as the default one."""
    stream.send(_element("result", prefix, f" from='{from_}' to='{to}'", key))


def ask_about_key(stream: Stream, from_: str, to: str, id: str, key: str, within=PATIENCE) -> Element:
    """Asks the authoritative server of `to` as the receiving server `from_`, and returns the answer (steps 2 and 3)."""
    stream.send(f"<db:verify from='{from_}' to='{to}' id='{id}'>{key}</db:verify>")
    return stream.expect("db:verify", within, from_=to, to=from_, id=id)


def answer(element: Element, type: str, error: str = "", prefix="db") -> str:
    """Returns the answer to a `db:result` or `db:verify`: addresses swapped, id kept. `error`: a condition's name."""
    id = f" id='{element['id']}'" if element.get("id") else ""
    content = (
        f"<error type='cancel'><{error} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>" if error else ""
    )
    attributes = f" from='{element['to']}' to='{element['from']}'{id} type='{type}'"
    return _element(element.local_name, prefix, attributes, content)


def _element(name: str, prefix: str, attributes: str, content: str) -> str:
    if prefix:
        return f"<{prefix}:{name}{attributes}>{content}</{prefix}:{name}>"
    return f"<{name} xmlns='jabber:server:dialback'{attributes}>{content}</{name}>"
