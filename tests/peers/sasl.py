"""SASL EXTERNAL between servers (RFC 6120 §6, XEP-0178)."""

import base64

from .xml import Element

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"

MECHANISMS = f"<mechanisms xmlns='{NAMESPACE}'><mechanism>EXTERNAL</mechanism></mechanisms>"
SUCCESS = f"<success xmlns='{NAMESPACE}'/>"


def auth(authzid: str = "", mechanism: str = "EXTERNAL") -> str:
    """Returns `<auth/>`. `authzid` "": the authorization identity is derived from the certificate."""
    return f"<auth xmlns='{NAMESPACE}' mechanism='{mechanism}'>{_encoded(authzid)}</auth>"


def response(authzid: str = "") -> str:
    """Returns the response to an empty challenge."""
    return f"<response xmlns='{NAMESPACE}'>{_encoded(authzid)}</response>"


def failure(condition: str) -> str:
    return f"<failure xmlns='{NAMESPACE}'><{condition}/></failure>"


def authzid_of(element: Element) -> str:
    """Returns the authzid of an `<auth/>` or a `<response/>`."""
    text = element.tree.text or ""
    return "" if text == "=" else base64.b64decode(text, validate=True).decode()


def condition_of(element: Element) -> str:
    """Returns the condition of a `<failure/>`."""
    return element.tree[0].tag.rpartition("}")[2]


def is_offered(features: Element) -> bool:
    found = features.find("sasl:mechanisms")
    return found is not None and "EXTERNAL" in [mechanism.text for mechanism in found]


def _encoded(authzid: str) -> str:
    return base64.b64encode(authzid.encode()).decode() or "="
