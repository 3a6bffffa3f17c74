"""Real XMPP servers from Debian's packages, unmodified, with a configuration that the test writes."""

from .base import Features, Tls, User, VirtualHost
from .ejabberd import Ejabberd, NewerEjabberd
from .jabberd2 import Jabberd2
from .prosody import NewerProsody, Prosody

BY_NAME = {server.name: server for server in (Prosody, Ejabberd, Jabberd2)}
# Without jabberd2, which has none of the features that came after dialback and STARTTLS.
MODERN_BY_NAME = {server.name: server for server in (Prosody, NewerProsody, Ejabberd, NewerEjabberd)}

__all__ = ["BY_NAME", "Ejabberd", "Features", "Jabberd2", "MODERN_BY_NAME", "NewerEjabberd", "NewerProsody", "Prosody",
           "Tls", "User", "VirtualHost"]
