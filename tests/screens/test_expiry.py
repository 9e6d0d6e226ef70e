"""What expires on screen: ranked, without one secret read, and signatures only after a scan that somebody agreed to."""

from __future__ import annotations

from pathlib import Path

from tests.screens.conftest import SMALL, WIDE, Console, Open


async def test_look(open_console: Open, tmp_path: Path) -> None:
    for size in (SMALL, WIDE):
        async with open_console("expiry", size) as console:
            await console.loaded()
            print(console.text)
            await console.press("d")
            print(console.text)
