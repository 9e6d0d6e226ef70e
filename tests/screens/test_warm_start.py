"""The next start shows at once what the last one saw, with its age, and to nobody else."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.domain.compute import Compute
from console.feeds.snapshots import Owner, Snapshots
from console.session import Session
from tests.conftest import Emulator
from tests.screens.conftest import Open, session_on


@contextmanager
def silent(emulator: Emulator) -> Iterator[None]:
    """An emulator that answers nobody: it is stopped in its tracks."""
    emulator.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        emulator.process.send_signal(signal.SIGCONT)


@pytest.fixture
async def seen_before(fresh_emulator: Emulator, open_console: Open, tmp_path: Path) -> Path:
    """A home in which a console was open as admin, two hours ago."""
    async with open_console() as console:
        await console.loaded()
        session = console.session
        (scope,) = session.computes.parts
        owner = Owner(session.cloud.resource_manager, session.context.tenant_id, session.context.object_id)
        folder = session.settings.cache_dir / "snapshots"
        names = [item.name for item in session.computes.items]
    snapshots = Snapshots(folder, owner)
    stored = snapshots.load("computes", scope, Compute)
    assert stored is not None and [item.name for item in stored.items] == names
    snapshots.save("computes", scope, stored.items, datetime.now(UTC) - timedelta(hours=2, minutes=5))
    return tmp_path / "home"


def nothing_asked(session: Session) -> bool:
    return not any(session.calls.values())


async def test_first_frame_has_the_rows_of_the_last_session(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    with silent(fresh_emulator):
        async with open_console(home=seen_before) as console:
            assert len(console.row_keys()) == 18
            assert "nb-grace" in console.text and "● Running" in console.text
            assert "from 2h ago" in console.title
            assert "[18]" in console.title
            assert nothing_asked(console.session)
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await console.until(lambda: " live " in console.title, "rows of now")
            assert len(console.row_keys()) == 18


async def test_rows_of_the_last_session_stay_when_sign_in_fails(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "oauth2", "kind": "503"}])
    async with open_console(home=seen_before) as console:
        await console.until(lambda: console.session.trouble, "trouble")
        await console.settled()
        assert len(console.row_keys()) == 18
        assert "from 2h ago" in console.title
        assert console.session.trouble is not None
        assert console.session.trouble.sentence[:30] in console.text


@pytest.mark.parametrize("identity", ["reader", "outsider"])
async def test_another_identity_never_sees_them(identity: str, seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    with silent(fresh_emulator):
        async with open_console(home=seen_before, identity=identity) as console:
            assert not console.row_keys()
            assert "nb-grace" not in console.text
            assert "[?]" in console.title
            assert nothing_asked(console.session)
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await console.until(lambda: console.row_keys() or console.screen.feed.troubles, "an answer of its own")
            await console.settled()
            assert bool(console.row_keys()) is (identity == "reader")


async def test_damaged_or_foreign_files_cost_only_the_warm_start(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    session = session_on(fresh_emulator, seen_before)
    folder = session.settings.cache_dir / "snapshots"
    await session.close()
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        path.write_bytes(path.read_bytes()[:100])
    with silent(fresh_emulator):
        async with open_console(home=seen_before) as console:
            assert not console.row_keys()
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await console.until(lambda: len(console.row_keys()) == 18, "rows")
