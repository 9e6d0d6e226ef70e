"""How every screen and dialog looks, on a small terminal and on a wide one. `pytest --snapshot-update` accepts what is drawn now."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.nets import ACTING, SCREENS, View, actions_of, asks, rule
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.looks import LooksExtension, looks

SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x45"])
Scene = Callable[[Console], Awaitable[None]]


def keys(*pressed: str, on: str = "") -> Scene:
    """Press keys, on the row of a name if there is one."""

    async def go(console: Console) -> None:
        if on:
            await console.at(next(key for key in console.row_keys() if key.endswith(f"/{on}")))
        await console.press(*pressed)

    return go


async def stale(console: Console) -> None:
    """The last read failed, the rows are older than a minute."""
    console.emulator.control("POST", "faults", [rule("503", retry_after=60)])
    await console.press("ctrl+r")
    await console.until(lambda: console.screen.feed.troubles, "trouble")
    for part in console.screen.feed.parts.values():
        part.taken_monotonic = time.monotonic() - 70
    console.screen.feed.publish()


async def failed_change(console: Console) -> None:
    """A change that Azure refused; the news of it stays."""
    console.emulator.control("POST", "faults", [rule("403", r"POST .*/stop$")])
    await keys("S", "right", "enter", on="nb-grace")(console)
    await console.until(lambda: console.session.operations and console.session.operations[-1].ended, "an end")


PROTECTED: dict[str, Any] = {"config": 'protected = ["fraud-prod"]\n'}
#: Scenes by the flags that the console starts with. Each begins on the first screen, without a filter.
SCENES: dict[str, tuple[dict[str, Any], dict[str, Scene]]] = {
    "admin": (
        {},
        {
            "filtered": keys("/", *"nb-", "enter"),
            "filtering": keys("/", *"gpu"),
            "nothing matches": keys("/", *"nowhere", "enter"),
            "describe instance": keys("d", on="nb-grace"),
            "describe cluster": keys("d", on="etl-nightly"),
            "yaml": keys("y", on="nb-grace"),
            "help": keys("?"),
            "nothing went wrong": keys("L"),
            "nothing was changed": keys(":", *"ops", "enter"),
            "command line": keys(":", *"rea"),
        },
    ),
    "read-only": ({"read_only": True}, {"screen": keys(), "confirm": keys("S", on="nb-grace")}),
    "protected": (PROTECTED, {"screen": keys(), "confirm": keys("S", on="nb-grace")}),
    "outsider": ({"identity": "outsider"}, {"screen": keys()}),
    "data-scientist": ({"identity": "data-scientist"}, {"screen": keys(), "confirm": keys("ctrl+d", on="nb-grace")}),
    "failed change": ({}, {"news": failed_change, "last error": keys("L")}),
    "trouble": ({}, {"stale": stale, "last error": keys("L")}),
}


async def assert_looks(console: Console, snapshot: SnapshotAssertion, name: str) -> None:
    """What is drawn, once there is no news that goes by itself, is what was drawn."""
    await console.until(lambda: console.app.flashed is None or console.app.flashed.stays, "an end of the news")
    await console.until(lambda: _read(console), "rows, or why not")
    await console.settled()
    drawn = looks(console.strips())
    assert not re.search(r"127\.0\.0\.1:\d", drawn)
    assert drawn == snapshot(name=name, extension_class=LooksExtension)


def _read(console: Console) -> bool:
    """Whether what the screen shows has come, or why it did not."""
    source = getattr(console.app.screen, "feed", None)
    return source is None or source.loaded or bool(source.troubles)


async def back(console: Console) -> None:
    """Leave whatever is open; rows and news stay as they are."""
    while len(console.app.screen_stack) > 1:
        await console.press("escape")
    if console.screen.table.filter_text or console.screen.has_class("-filtering"):
        await console.press("escape")
    if console.screen.table.filter_text:
        await console.press("escape")


@SIZES
@pytest.mark.parametrize("flags", SCENES)
async def test_scenes(
    flags: str, size: tuple[int, int], open_console: Open, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.app.FLASH_S", 0.05)
    given, scenes = SCENES[flags]
    async with open_console("compute", size, **given) as console:
        await console.until(lambda: console.screen.feed.loaded or console.screen.feed.troubles, "rows, or why not")
        await console.idle()
        for name, go in scenes.items():
            await go(console)
            await assert_looks(console, snapshot, name)
            await back(console)


@SIZES
@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("view", SCREENS, ids=str)
async def test_screens(view: View, size: tuple[int, int], open_console: Open, snapshot: SnapshotAssertion) -> None:
    async with open_console(view.opens, size) as console:
        # Prices first: which row a drill-down takes depends on the order, and the order on them.
        await console.loaded()
        await console.enter(view)
        await console.loaded()
        await assert_looks(console, snapshot, "loaded")


@SIZES
@pytest.mark.parametrize("view", ACTING)
async def test_dialogs(view: str, size: tuple[int, int], open_console: Open, snapshot: SnapshotAssertion) -> None:
    """The dialog of every action, on the first row that it asks about."""
    async with open_console(view, size) as console:
        await console.loaded()
        prices = console.session.money.price_lists()
        for action in actions_of(view):
            rows = [row for row in console.screen.table.visible_rows if not action.refusal(row)]
            row = next(row for row in rows if asks(action, row, prices))
            await console.at(console.screen.key_of(row))
            if action.form is not None:
                await console.press(action.key)
                await assert_looks(console, snapshot, f"{action.name} form")
                await console.leave()
            await console.ask(action)
            await assert_looks(console, snapshot, action.name)
            await console.press("ctrl+t")
            await assert_looks(console, snapshot, f"{action.name} transcript")
            await console.leave()
