"""The bell of the terminal: one when the burn passes the limit of the config file."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open
from tests.terminal.test_bytes import still


@pytest.mark.long  # the alarm itself is tested without a terminal
def test_the_bell_rings_once(open_console: Open, home: Home, fresh_emulator: Emulator) -> None:
    path = home.folder / "config" / "aml-console" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[cost]\nalarm_per_hour = 5\n", "utf-8")
    terminal = open_console()
    terminal.wait_for("the burn has passed $5.00/h")
    still(terminal, fresh_emulator)
    # Commands to the terminal may end with the same byte.
    assert re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", terminal.output).count(b"\x07") == 1
