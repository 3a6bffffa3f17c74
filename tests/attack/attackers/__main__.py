"""One attacking process: `kind`, `ground` and `how` come on standard input (see children.py)."""

import resource

from .. import parent
from . import asking, authenticated, handshakes, layers, strangers, verification  # noqa: F401, they register kinds
from .ground import KINDS, Ground

OPEN_FILES = 12_000


def main() -> None:
    arguments = parent.arguments()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))
    KINDS[arguments["kind"]](Ground(**arguments["ground"]), **arguments["how"])


main()
