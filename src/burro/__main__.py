"""`python -m burro` is the command `burro`."""

from __future__ import annotations

import sys

from burro.cli.first import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
