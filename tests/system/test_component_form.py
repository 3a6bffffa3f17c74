"""Promise: components get stanzas in the form that their libraries expect: no prefix or declaration at the root."""

import pytest

from peers.site import spare_nodes


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(40))


NEEDLESS = {
    "a declaration": "<message xmlns='{ns}' from='{from_}' to='{to}'><body>x</body></message>",
    "a prefix": "<s:message xmlns:s='{ns}' from='{from_}' to='{to}'><body>x</body></s:message>",
    "a prefix, empty": "<s:message xmlns:s='{ns}' from='{from_}' to='{to}'/>",
    "a prefix that the payload has too": "<s:message xmlns:s='{ns}' from='{from_}' to='{to}'><s:body>x</s:body></s:message>",
    "both": "<s:message xmlns='{ns}' xmlns:s='{ns}' from='{from_}' to='{to}'><body>x</body></s:message>",
}


@pytest.mark.parametrize("form", NEEDLESS)
@pytest.mark.parametrize("way", ["from the world", "from another component"])
def test_a_component_gets_no_needless_declaration_or_prefix(hub, component, site, way, form):
    """gloox silently ignores stanzas with them. Prosody and ejabberd serialise stanzas anew, so theirs have none."""
    if way == "from the world":
        remote = site.server()
        from_, ns, stream = remote.domain, "jabber:server", remote.connect(hub.s2s, component.domain)
    else:
        stream = site.component(hub, hub.spare_domain())
        from_, ns = stream.domain, "jabber:component:accept"
    stream.send(NEEDLESS[form].format(from_=from_, to=component.domain, ns=ns))
    arrived = component.expect_message()
    assert arrived.octets.startswith(b"<message ") and arrived.octets.endswith((b"</message>", b"/>"))
    assert b" xmlns=" not in arrived.octets.partition(b">")[0]
    assert arrived.payload in (b"", b"<body>x</body>", b"<s:body>x</s:body>")
    assert all(child.tag == "{jabber:component:accept}body" for child in arrived.tree)


def test_a_component_keeps_the_prefix_where_the_default_namespace_is_another(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stanza = "<s:message xmlns='urn:x' xmlns:s='jabber:server' from='{}' to='{}'><x/></s:message>"
    stream.send(stanza.format(remote.domain, component.domain))
    arrived = component.expect_message()
    assert arrived.payload == b"<x/>" and arrived.tree[0].tag == "{urn:x}x"
