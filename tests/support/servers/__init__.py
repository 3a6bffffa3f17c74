"""Real XMPP servers from Debian's packages, unmodified, run from a configuration that the test writes."""

from .base import Tls, User
from .ejabberd import Ejabberd
from .jabberd2 import Jabberd2
from .prosody import Prosody

BY_NAME = {server.name: server for server in (Prosody, Ejabberd, Jabberd2)}

__all__ = ["BY_NAME", "Ejabberd", "Jabberd2", "Prosody", "Tls", "User"]
