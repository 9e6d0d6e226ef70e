"""The list of access opens with what the last console saw of it, with its age, and only for whoever saw it."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.access.remembered import KIND, Remembered
from console.domain.access.facts import What
from console.domain.access.principals import PrincipalKind
from console.feeds.snapshots import Owner, Snapshots
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import Console, Open
from tests.screens.test_access import known, named
from tests.screens.test_warm_start import silent


async def of_now(console: Console) -> None:
    """Until the rows are this console's own."""
    await console.until(lambda: " live " in console.title, "rows of now")
    await console.idle()


@pytest.fixture
async def seen_before(fresh_emulator: Emulator, open_console: Open, tmp_path: Path) -> Path:
    """A home in which access was looked at as admin, two hours ago; an assignment that there was then is gone since."""
    async with open_console("access") as console:
        await known(console)
        session = console.session
        owner = Owner(session.cloud.resource_manager, session.context.tenant_id, session.context.object_id)
        folder, scope = session.settings.cache_dir / "snapshots", session.context.where[0].id.lower()
        labels = sorted(row.label for row in console.screen.feed.items)
    snapshots = Snapshots(folder, owner)
    stored = snapshots.load(KIND, scope, Remembered)
    assert stored is not None and len(stored.items[0].grants) == len(labels)
    snapshots.save(KIND, scope, stored.items, datetime.now(UTC) - timedelta(hours=2, minutes=5))
    gone = next(each for each in stored.items[0].grants if each.principal_kind is PrincipalKind.GROUP and "/workspaces/" in each.scope)
    assert fresh_emulator.request("DELETE", f"{gone.id}?api-version=2022-04-01").status == 200
    return tmp_path / "home"


def kept_files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*.msgpack") if path.name.startswith(f"{KIND}-")]


async def test_rows_with_names_are_there_before_anything_is_asked(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    with silent(fresh_emulator):
        async with open_console("access", home=seen_before) as console:
            before = len(console.row_keys())
            assert "from 2h ago" in console.title
            group = named(console, "hackathon-2023")
            assert group.members and group.definition is not None and group.role_name in console.text
            # Nothing is decided from them.
            facts = console.session.access.now.facts()
            assert not facts.assignments and any(each.what is What.ASSIGNMENTS for each in facts.unread)
            assert not list(console.session.access.findings.every())
            assert not any(console.session.calls.values())
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await of_now(console)
            assert len(console.row_keys()) == before - 1
            assert named(console, "hackathon-2023").members == group.members


async def test_rows_of_the_last_console_stay_where_access_cannot_be_read(
    seen_before: Path, open_console: Open, fresh_emulator: Emulator, brisk: None
) -> None:
    fresh_emulator.control("POST", "faults", [rule("503", "roleAssignments$")])
    async with open_console("access", home=seen_before) as console:
        await console.until(lambda: console.screen.feed.troubles, "the trouble")
        await console.settled()
        assert " from " in console.title and " live " not in console.title and named(console, "hackathon-2023")
        fresh_emulator.control("POST", "faults", {})


async def test_nothing_of_it_is_shown_to_or_kept_for_anybody_else(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    with silent(fresh_emulator):
        async with open_console("access", home=seen_before, identity="reader") as console:
            assert not console.row_keys() and "hackathon" not in console.text
            assert not console.session.access.now.directory.principals
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await console.until(lambda: console.row_keys() or console.screen.feed.troubles, "an answer of its own")


async def test_it_is_for_its_owner_s_eyes_without_secrets_and_gone_after_a_sign_out(
    seen_before: Path, open_console: Open, fresh_emulator: Emulator
) -> None:
    (path,) = kept_files(seen_before)
    assert path.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    assert b"hackathon-2023" in content
    assert b"eyJ" not in content and not [each for each in fresh_emulator.ready["identities"] if each["client_secret"].encode() in content]
    async with open_console("access", home=seen_before) as console:
        await of_now(console)
        await console.command("logout")
        await console.until(lambda: not kept_files(seen_before), "an empty folder")
    assert not kept_files(seen_before)


async def test_a_damaged_file_costs_the_warm_start_alone(seen_before: Path, open_console: Open, fresh_emulator: Emulator) -> None:
    (path,) = kept_files(seen_before)
    path.write_bytes(path.read_bytes()[:200])
    with silent(fresh_emulator):
        async with open_console("access", home=seen_before) as console:
            assert not console.row_keys()
            fresh_emulator.process.send_signal(signal.SIGCONT)
            await of_now(console)
            assert console.row_keys()
