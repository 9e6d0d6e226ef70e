"""Lets `python -m console.emulator` start the embedded Azure."""

from __future__ import annotations

import sys

from console.emulator.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
