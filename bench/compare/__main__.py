"""`/usr/bin/python3 bench/compare`"""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "bench"), str(REPOSITORY / "tests")]

from compare.cli import main  # noqa: E402, pylint: disable=wrong-import-position

sys.exit(main())
