"""What expires on screen: ranked, without one secret read, and signatures only after a scan that somebody agreed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console import headless
from console.azure.request import Effect, effect_of
from console.domain.expiry import Kind
from console.expiry_fields import EXPIRY_FIELDS
from screens.datastores import DatastoresScreen
from screens.dialogs.confirm import Confirm
from screens.expiry import ExpiryScreen
from screens.expiry_cells import left_text
from screens.forms.new_signature import NewSignatureForm
from screens.forms.secret import SecretForm
from tests.conftest import Emulator
from tests.screens.conftest import WIDE, Console, Open, session_on


def reveals(emulator: Emulator) -> list[str]:
    """What the emulator was asked to reveal."""
    return [call["path"] for call in emulator.calls() if effect_of(call["method"], call["path"]) is Effect.REVEAL]


def lefts(console: Console) -> dict[str, str]:
    """What the screen says of each row's end, the first row first."""
    rows = console.screen.table.visible_rows
    return {f"{row.kind} {row.name}": left_text(row, console.session) for row in rows}


async def scan(console: Console) -> None:
    """Scan all signatures, and agree to that."""
    await console.press("s")
    dialog = console.dialog
    dialog.query_one("#go").focus()
    await console.press("enter")
    await console.until(lambda: console.app.screen is not dialog, "the dialog is closed")
    await console.until(lambda: console.session.data.expiry.scanned, "the ends")
    await console.settled()


def without_secrets(home: Path) -> bool:
    """Whether no file of the console's holds a signature; the journal's word for it is no signature."""
    return not any(word in path.read_bytes() for path in home.rglob("*") if path.is_file() for word in (b"sig=", b"sig%3D"))


async def test_what_bites_first_is_on_top_and_signatures_after_a_scan(
    open_console: Open, fresh_emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_console("expiry", WIDE) as console:
        await console.loaded()
        session = console.session
        await console.until(lambda: "app secret curated-lake-reader" in lefts(console), "the application")
        told = lefts(console)
        assert list(told)[:5] == [
            "vault secret sanctions-api-key",
            "connection feature-repo",
            "connection partner-feed",
            "vault secret feature-store-password",
            "app secret curated-lake-reader",
        ]
        assert (told["vault secret feature-store-password"], told["app secret curated-lake-reader"]) == ("3d", "5d")
        assert (told["SAS partner_feed"], told["SAS partner_archive"]) == ("?", "?")
        assert reveals(fresh_emulator) == []
        application = next(row for row in session.data.expiry.items if row.kind is Kind.APP_SECRET)
        assert {"datastore lake_curated in fraud-prod", "datastore legacy_lake in fraud-prod"} == set(application.breaks)
        before = [each.rule for each in session.findings.open if each.about == "expiry"]
        assert before == ["app-secret-expires"]

        await scan(console)
        told = lefts(console)
        assert (told["SAS partner_feed"], told["SAS partner_archive"]) == ("2d", "ended 26d")
        assert next(iter(told)) == "SAS partner_archive"
        assert len(reveals(fresh_emulator)) == len(session.data.expiry.signed) == 3
        found = {each.subject_name for each in session.findings.open if each.rule == "signature-expires"}
        assert {"partner_feed", "partner_archive"} <= found
        operation = session.operations[-1]
        assert [str(run.progress) for run in operation.runs] == ["done"] * 3, "it is told in the activity"

        feed = next(row for row in session.data.expiry.items if row.kind is Kind.SIGNATURE and row.name == "partner_feed")
        await console.at(feed.id)
        await console.press("f")
        form = console.app.screen
        assert isinstance(form, NewSignatureForm)
        form.fill("sas", "?sv=2024-11-04&sp=rl&se=2020-01-01T00:00:00Z&sig=canary")
        await console.settled()
        assert "it ended on 2020-01-01" in console.text and "canary" not in console.text
        await console.fill(sas="sv=2024-11-04&sp=rl&se=2099-01-01T00:00:00Z&sig=canary")
        assert isinstance(console.app.screen, Confirm) and "canary" not in console.text
        await console.leave()

        await console.at(feed.id)
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, DatastoresScreen), "where it is listed")
        assert console.screen.table.cursor_key == feed.subject_id

        await console.command("exp")
        await console.loaded()
        secret = next(row for row in session.data.expiry.items if row.name == "feature-store-password")
        await console.at(secret.id)
        await console.press("f")
        assert isinstance(console.app.screen, SecretForm)
        await console.leave()
    assert without_secrets(tmp_path / "home")
    asked = len(reveals(fresh_emulator))
    assert await headless.list_expiry(session_on(fresh_emulator, tmp_path / "home"), "json") == 0
    assert {column.name for column in ExpiryScreen.__new__(ExpiryScreen).columns} <= {field.column for field in EXPIRY_FIELDS}
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    kept = {row["name"]: row for row in rows if row["kind"] == "SAS"}
    assert (kept["partner_archive"]["days_left"], kept["partner_feed"]["days_left"]) == (-27, 2)
    assert kept["partner_feed"]["read_at"] and rows[0]["name"] == "partner_archive"
    assert len(reveals(fresh_emulator)) == asked, "what a scan told is remembered, not read again"

    # Whoever else signs in on this machine has to scan for themselves.
    assert await headless.list_expiry(session_on(fresh_emulator, tmp_path / "home", identity="data-scientist"), "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["days_left"] for row in rows if row["kind"] == "SAS"} == {None}
    assert [row["unknown"] for row in rows if row["kind"] == "vault"], "a vault that refuses is a row"
