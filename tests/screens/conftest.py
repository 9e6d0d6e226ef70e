"""A console that is open: the whole app over a real session (sign-in child, gateway, feeds, runner) on the run's emulator."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip

from console.app import ConsoleApp
from console.azure import connections
from console.azure.computes import decode
from console.azure.signin import SignIn, SignInConfig
from console.costs.built import Built
from console.domain.connections import is_connection
from console.domain.scopes import WorkspaceRef
from console.operations import pace
from console.session import Session
from console.settings import Settings, load, read_cloud
from screens.actions import Action
from screens.dialogs.confirm import Confirm
from screens.forms.form import Form
from screens.reader import Reader
from screens.resource_screen import ResourceScreen
from tests.conftest import Emulator
from tests.nets import RICH, TYPED, View, changes

DEADLINE_S = 60.0
SMALL, WIDE = (80, 24), (160, 45)


@dataclass
class Console:
    """An open console and the hands on it."""

    app: ConsoleApp
    pilot: Pilot[Any]
    emulator: Emulator

    @property
    def session(self) -> Session:
        return self.app.session

    @property
    def screen(self) -> ResourceScreen[Any]:
        """The screen on top, which is one of rows."""
        assert isinstance(self.app.screen, ResourceScreen), f"on top is {self.app.screen}"
        return self.app.screen

    @property
    def dialog(self) -> Confirm:
        said = self.app.flashed.text if self.app.flashed is not None else "nothing"
        assert isinstance(self.app.screen, Confirm), f"on top is {self.app.screen}, which says: {said}"
        return self.app.screen

    @property
    def reader(self) -> Reader:
        assert isinstance(self.app.screen, Reader), f"on top is {self.app.screen}"
        return self.app.screen

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Come back once the condition holds; fail when it never does, or when the app is gone."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert self.app.failure is None, f"the app failed: {self.app.failure!r}"
            assert time.monotonic() < deadline, f"never: {what}\n{self.text}"
            await asyncio.sleep(0.005)

    async def idle(self) -> None:
        """Until everything that was asked is answered and drawn."""
        session = self.session
        source = getattr(self.app.screen, "feed", None)

        def quiet() -> bool:
            now = time.monotonic()
            due = any(feed.due_at(scope) <= now for feed in session.scheduler.feeds for scope in feed.parts)
            return not (
                due
                or session.scheduler.busy
                or session.last_runs.busy
                or session.names.busy
                or session.data.now.versions.busy
                or session.data.connections.secrets.busy
                or session.access.now.busy
                or session.data.vaults.allowances.busy
                or session.data.expiry.applications.busy
                or session.access.who.busy
                or session.in_flight
                or (isinstance(source, Built) and source.busy)
                or any(worker.group == "chart" and not worker.is_finished for worker in self.app.workers)
                or (session.costs.busy)
            )

        await self.until(lambda: session.context.allowances and quiet(), "idle")
        await self.settled()
        await self.until(quiet, "idle again")

    async def loaded(self) -> None:
        await self.until(lambda: self.screen.feed.loaded, "rows")
        await self.idle()

    async def press(self, *keys: str) -> None:
        """Type keys, all at once as a slow line delivers them, and wait until they have come about and are drawn."""
        assert self.app._driver is not None
        for key in keys:
            self.app._driver.send_message(events.Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None))
        await self.settled()

    async def settled(self) -> None:
        """Until every message that is under way has arrived."""
        await self.pilot.pause(0)
        await self.until(lambda: not self.app.keys_under_way, "an end of keys")
        await self.pilot.pause(0)

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def command(self, text: str) -> None:
        """Type a command of the `:` line."""
        await self.press(":", *text, "enter")

    async def enter(self, view: View) -> None:
        """Go down to a screen of the view that is open, by keys; comes back before its rows are there."""
        for drill in view.drills:
            await self.until(lambda drill=drill: any(map(drill.applies, self.screen.table.visible_rows)), "a row to drill into")
            await self.idle()  # rows that stand for what is still being read give way to others
            table, above = self.screen.table, self.screen
            rich = RICH.get(drill.name, "")
            row = next(row for row in table.visible_rows if drill.applies(row) and above.key_of(row).endswith(rich))
            await self.at(above.key_of(row))
            await self.press(drill.key or "enter")
            await self.until(lambda above=above: self.app.screen is not above, f"the screen {drill.name}")

    async def at(self, key: str) -> None:
        """Move the cursor to a row, by keys."""
        table = self.screen.table
        for _ in range(9):  # rows may change places meanwhile: prices arrive
            by = self.row_keys().index(key) - table.cursor_position
            await self.press(*("j" * by or "k" * -by or "gG"[: self.row_keys().index(key) == 0]))
            if table.cursor_key == key:
                return
        raise AssertionError(f"the cursor is on {table.cursor_key}, not on {key}")

    async def ask(self, action: Action[Any]) -> None:
        """Press the key of an action; where it opens a form, fill it in and have the plan made."""
        await self.press(action.key)
        await self.looked()
        if isinstance(self.app.screen, Form):
            await self.fill(**TYPED[action.name])

    async def looked(self) -> None:
        """Until all is read that a plan waits for before it is shown."""
        await self.until(lambda: all(each.is_finished for each in self.app.workers if each.group == "later"), "what a plan waits for")
        await self.settled()

    async def leave(self) -> None:
        """Out of every dialog and form, to the rows."""
        while not isinstance(self.app.screen, ResourceScreen):
            await self.press("escape")

    async def fill(self, **values: str) -> None:
        """Put texts into the form on top and have its plan made and shown."""
        form = self.app.screen
        assert isinstance(form, Form)
        preflight = getattr(form, "preflight", None)
        if preflight is not None:
            await self.until(lambda: preflight.sizes is not None or preflight.troubles.keys() & {"region", "sizes"}, "the sizes")
        for name, value in values.items():
            form.fill(name, value)
        await self.settled()
        form.query_one("#go").focus()
        await self.press("enter")
        await self.until(lambda: self.app.screen is not form or not form.making, "an answer of the form")
        await self.settled()

    # What is to be seen

    def strips(self) -> list[Strip]:
        """What the terminal shows, dialogs over the screen below them."""
        update = self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens)
        strips = getattr(update, "strips", None)
        assert strips is not None
        return [Strip.join(line) if not isinstance(line, Strip) else line for line in strips]

    @property
    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def title(self) -> str:
        """The line that says what is listed, as it is drawn."""
        return "".join(segment.text for segment in self.screen.heading.render_line(0))

    @property
    def hints(self) -> str:
        """The last line, as it is drawn: keys, or news."""
        return "".join(segment.text for segment in self.screen.hints.render_line(0))

    def row_keys(self) -> list[str]:
        """The keys of the rows, as shown."""
        return [self.screen.key_of(row) for row in self.screen.table.visible_rows]

    def changes(self) -> list[dict[str, Any]]:
        """What the emulator was asked to change."""
        return changes(self.emulator.calls())

    def state(self, key: str) -> str:
        """The state of a compute as ARM tells anybody; "gone" when it is not there."""
        answer = self.emulator.request("GET", f"{key}?api-version=2023-08-01-preview")
        if answer.status == 404:
            return "gone"
        properties = answer.json()["properties"]
        return str((properties.get("properties") or {}).get("state") or properties["provisioningState"])

    def aspect(self, key: str, name: str) -> str:
        """What a step rests on or leads to, of a compute or a connection as ARM tells anybody; "gone" when it is not there."""
        if is_connection(key):
            answer = self.emulator.request("GET", f"{key}?api-version={connections.API}")
            return "gone" if answer.status == 404 else connections.decode(answer.content, WorkspaceRef.parse(key)).aspect(name)
        answer = self.emulator.request("GET", f"{key}?api-version=2023-08-01-preview")
        return "gone" if answer.status == 404 else decode(answer.content, WorkspaceRef.parse(key)).aspect(name)


Open = Callable[..., Any]


def session_on(emulator: Emulator, home: Path, **flags: object) -> Session:
    """A session as the command line makes it, in a home of its own."""
    home.mkdir(exist_ok=True)
    ready = home / "ready.json"
    ready.touch(mode=0o600)
    ready.write_text(json.dumps(emulator.ready), "utf-8")
    return session_of(load({"cloud_file": ready, **flags}, {}, home))


def session_of(settings: Settings) -> Session:
    assert settings.cloud_file is not None
    cloud = read_cloud(settings.cloud_file)
    signin = SignIn(SignInConfig.of(settings, cloud))
    signin.start()
    return Session(settings, cloud, signin)


@pytest.fixture
def open_console(fresh_emulator: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`async with open_console() as console`: flags as on the command line by argument name; `config` is the text of config.toml."""
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    # Rows are there as soon as they are read: tests say what they wait for, and prices are their own wait.
    monkeypatch.setattr("screens.row_screen.LONGEST_WAIT_S", 0.01)

    @asynccontextmanager
    async def opened(
        view: str = "compute", size: tuple[int, int] = SMALL, *, home: Path | None = None, config: str = "", **flags: object
    ) -> AsyncIterator[Console]:
        folder = home or tmp_path / "home"
        if config:
            path = folder / ".config" / "aml-console" / "config.toml"
            path.parent.mkdir(parents=True)
            path.write_text(config, "utf-8")
        session = session_on(fresh_emulator, folder, **flags)
        app = ConsoleApp(session, view, lambda name: session_of(load({"context": name}, {}, folder)))
        # A failure of the app is raised when this ends.
        async with app.run_test(size=size) as pilot:
            yield Console(app, pilot, fresh_emulator)
        wrong = [record for record in caplog.records if record.levelno >= logging.ERROR or "did not close" in record.message]
        assert not wrong, wrong

    return opened


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same console with short pauses: what it does by itself after some time, it does at once."""
    monkeypatch.setattr("console.feeds.feed.FIRST_BACK_OFF_S", 0.05)
    monkeypatch.setattr("console.feeds.feed.LONGEST_BACK_OFF_S", 0.1)
    monkeypatch.setattr("console.feeds.feed.REFUSED_BACK_OFF_S", 0.1)
    monkeypatch.setattr("console.feeds.lookup.FAILED_FOR_S", 0.2)
    # tests/azure/test_costs.py has it that nothing shorter is believed.
    monkeypatch.setattr("console.azure.errors.SHORTEST_COST_WAIT_S", 0.0)
    monkeypatch.setattr("console.app.RECONNECT_S", (0.05, 0.2))
    monkeypatch.setattr("console.app.FLASH_S", 0.2)
    monkeypatch.setattr(pace, "POLL_S", 0.05)
    monkeypatch.setattr(pace, "FASTEST_S", 0.05)
    monkeypatch.setattr(pace, "MOST_FAILED_LOOKS", 8)
    monkeypatch.setattr(pace, "MOST_HELD_BACK", 1)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's clock stands from the first answer on, as the emulator's does: else it goes on between two answers, until enough
    of them have proven that the server's stands, and figures with it.
    """
    monkeypatch.setattr("console.clock._rate_of", lambda _history: 0.0)


def texts(strips: Sequence[Strip]) -> str:
    """All that strips say, line by line."""
    return "\n".join(strip.text for strip in strips)


def set_elsewhere(console: Console, vault: str, name: str) -> None:
    """Somebody else sets a new version of a secret of a Key Vault."""
    emulator = console.emulator
    token = emulator.sign_in("admin", "https://vault.azure.net/.default").json()["access_token"]
    parts = urlsplit(emulator.ready["vaults"][vault])
    connection = HTTPSConnection(parts.hostname or "", parts.port, context=emulator.context)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("PUT", f"/secrets/{name}?api-version=7.5", b'{"value": "set elsewhere"}', headers)
    assert connection.getresponse().status == 200
    connection.close()
