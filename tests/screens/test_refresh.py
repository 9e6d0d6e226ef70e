"""A refresh on screen: what did not change is the same object, what did is drawn, and the raw view is of the last answer."""

from __future__ import annotations

import json

from console.domain.compute import Kind
from tests.nets import rule
from tests.screens.conftest import Open
from tests.screens.test_same_resource import refreshed

API = "api-version=2023-08-01-preview"


async def test_a_refresh_reads_only_what_changed(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        before = console.screen.feed.items
        await refreshed(console)
        assert console.screen.feed.items is before
        running = next(row for row in before if row.kind is Kind.INSTANCE and row.state == "Running")
        await console.at(running.id)
        assert console.emulator.request("POST", f"{running.id}/stop?{API}").status < 300
        await refreshed(console)
        after = console.screen.feed.items
        assert [new.id for new, old in zip(after, before, strict=True) if new is not old] == [running.id]
        assert console.screen.table.cursor_key == running.id
        assert "Stopping" in next(line for line in console.lines if line.startswith("▶"))
        raw = console.screen.feed.raw(running.id.lower())
        assert raw is not None
        assert json.loads(raw)["properties"]["properties"]["state"] == "Stopping"


async def test_a_refresh_that_fails_leaves_the_very_rows(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        before = console.screen.feed.items
        console.emulator.control("POST", "faults", [rule("500")])
        await console.press("ctrl+r")
        await console.until(lambda: console.screen.feed.troubles, "trouble")
        assert console.screen.feed.items is before
        console.emulator.control("POST", "faults", {})
        await console.until(lambda: not console.screen.feed.troubles, "recovery")
        assert console.screen.feed.items is before
