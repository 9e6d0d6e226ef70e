"""Vaults and secrets on screen, over the real data plane of the emulator: what is told, what is changed, and where a value never is."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from screens.dialogs.revealed import Revealed
from screens.forms.fields import FormError
from screens.forms.secret import value_in
from screens.vault_secrets import SecretsScreen
from tests.screens.conftest import SMALL, WIDE, Console, Open, set_elsewhere

CANARY = "canary-of-this-test"


async def open_secrets(console: Console) -> None:
    """The secrets of the vault of the workspace that is open."""
    await console.loaded()
    await console.until(lambda: console.session.data.vaults.secrets.loaded, "the secrets")
    await console.press("enter")
    await console.until(lambda: isinstance(console.app.screen, SecretsScreen), "the screen of secrets")
    await console.idle()


async def agree(console: Console, typed: str = "") -> None:
    """Agree to the plan on top and wait for its end."""
    dialog = console.dialog
    if typed:
        await console.press(*typed)
    dialog.query_one("#go").focus()
    await console.press("enter")
    await console.until(lambda: console.app.screen is not dialog, "the dialog is closed")
    await console.until(lambda: not console.session.in_flight, "the plan's end")
    await console.settled()


def files_with(folder: Path, text: str) -> list[Path]:
    """The files below a folder that hold a text."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def ended(console: Console) -> str:
    operation = console.session.operations[-1]
    return f"{operation.runs[0].progress}: {operation.runs[0].note}"


async def test_a_vault_tells_its_secrets_and_a_secret_is_changed(open_console: Open, tmp_path: Path) -> None:
    """Set, given a version, disabled, deleted, recovered: each by its key, seen afterwards; the value is in no file and on no screen."""
    async with open_console("vaults", WIDE) as console:
        await open_secrets(console)
        session = console.session
        before = len(console.row_keys())
        assert before > 0
        await console.press("n")
        await console.fill(name="of-this-test", value=CANARY, type="text/plain", expires="+20d")
        assert CANARY not in console.text
        await agree(console)
        assert ended(console).startswith("done"), ended(console)
        vault = session.data.vaults.vaults[0]
        await console.until(lambda: len(console.row_keys()) == before + 1, "the new row")
        row = next(each for each in session.data.vaults.secrets_of(vault.id) or () if each.name == "of-this-test")
        assert [each.what for each in session.data.secret_findings.of(row)] == ["secret expires"]

        await console.at(row.id)
        await console.press("S")
        await console.looked()
        await agree(console)
        assert ended(console).startswith("done"), ended(console)
        assert (await session.data.vaults.newest(row)).state == "disabled"
        await console.press("U")
        await console.settled()
        await agree(console)
        assert (await session.data.vaults.newest(row)).state == "enabled"

        await console.until(lambda: row.id in console.row_keys(), "the row")
        await console.at(row.id)
        await console.press("ctrl+d")
        await console.looked()
        await agree(console, "of-this-test")
        assert (await session.data.vaults.newest(row)).state == "deleted"
        assert console.screen.table.visible_rows
        await console.press("U")
        await console.settled()
        await agree(console)
        assert (await session.data.vaults.newest(row)).state == "enabled"
        assert CANARY not in console.app.export_screenshot()
    assert not files_with(tmp_path, CANARY)


async def test_a_value_is_shown_for_a_moment_and_hides_itself(
    open_console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is agreed to, journaled without the value, drawn, and gone by itself; the log, the files and the news have none of it."""
    monkeypatch.setattr("screens.dialogs.revealed.Revealed.__init__.__defaults__", (0.5,))
    caplog.set_level("DEBUG")
    async with open_console("vaults", SMALL) as console:
        await open_secrets(console)
        row = next(each for each in console.screen.table.visible_rows if each.state == "enabled")
        await console.at(row.id)
        await console.press("x")
        await console.settled()
        assert "journal" in console.text
        console.dialog.query_one("#go").focus()
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, Revealed), "the value")
        value = console.app.screen._value
        assert value.startswith("canary")
        await console.settled()
        shown = console.text
        assert value[:40] in shown.replace("\n", "") or value[:20] in shown
        await console.until(lambda: not isinstance(console.app.screen, Revealed), "it hides itself")
        await console.settled()
        assert "canary" not in console.text
        entry = console.session.operations[-1]
        assert (entry.plan.verb, entry.runs[0].progress) == ("reveal", "done")
    assert files_with(tmp_path, '"reveal"') == files_with(tmp_path, row.name) != []
    assert not files_with(tmp_path, value) and value not in caplog.text


async def test_a_data_scientist_sees_the_refusal_and_no_value(open_console: Open) -> None:
    async with open_console("vaults", WIDE, identity="data-scientist") as console:
        await console.until(lambda: console.session.data.vaults.found.parts and console.screen.feed.loaded, "the vaults")
        await console.until(lambda: console.session.data.vaults.secrets.troubles, "the vault's refusal")
        await console.settled()
        assert "refused" in console.text
        await console.press("d")
        await console.settled()
        assert "You need Microsoft.KeyVault/vaults/read" in console.text and "list secrets: the vault refuses it" in console.text
        assert "No access policy of Key Vault" in console.text


async def test_several_lines_are_pasted_whole(open_console: Open) -> None:
    """A key in PEM is not cut to its first line; its value is never drawn."""
    async with open_console("vaults", WIDE) as console:
        await open_secrets(console)
        await console.press("n")
        form = console.app.screen
        field = form.query_one("#value")
        field.focus()
        field.post_message(events.Paste(f"{CANARY}\nsecond line\n"))
        await console.settled()
        assert form.values["value"] == f"{CANARY}\nsecond line\n"  # type: ignore[attr-defined]
        assert CANARY not in console.text and "2 line breaks" in console.text


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("cut-in-a-letter", b"x" * 25_600 + "ä".encode(), "more than the 25,600 bytes"),
        ("binary", b"\xff\xfe", "not text in UTF-8"),
        ("empty", b"", "it is empty"),
        ("none", None, "cannot be read"),
        ("~nobody-of-this-name/key", None, "cannot be a file"),
    ],
    ids=["cut in a letter", "binary", "empty", "none", "home of nobody"],
)
async def test_a_file_that_holds_no_value_is_refused_with_its_own_reason(tmp_path: Path, name: str, data: bytes | None, why: str) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FormError) as refused:
        await value_in(name if name.startswith("~") else str(path))
    assert refused.value.field == "file" and why in refused.value.sentence


async def test_bad_values_are_refused_before_anything_is_sent(open_console: Open, tmp_path: Path) -> None:
    async with open_console("vaults", WIDE) as console:
        await open_secrets(console)
        taken = next(each.name for each in console.screen.table.visible_rows if not each.deleted)
        gone = next((each.name for each in console.screen.table.visible_rows if each.deleted), "")
        long = tmp_path / "long.txt"
        long.write_text("x" * 25_601, "utf-8")
        await console.press("n")
        form = console.app.screen
        cases = [
            ({"name": "with space", "value": "v"}, "letters"),
            ({"name": taken, "value": "v"}, "there is one of this name"),
            ({"name": "new-one", "value": "x" * 25_601}, "25,600"),
            ({"name": "new-one", "file": str(long)}, "25,600"),
            ({"name": "new-one", "value": "v", "expires": "2020-01-01"}, "that is past"),
            *([({"name": gone, "value": "v"}, "recover it, or purge it")] if gone else []),
        ]
        for values, said in cases:
            await console.fill(**{"name": "", "value": "", "file": "", "expires": "", **values})
            await console.until(lambda said=said: said in console.text, said)  # type: ignore[misc]
            assert console.app.screen is form
        assert not console.changes()


async def test_a_new_version_follows_what_is_there_and_a_purge_asks_for_the_name(open_console: Open) -> None:
    """N keeps the tags; what was set elsewhere meanwhile stops the plan; what was deleted is purged by typing its name."""
    async with open_console("vaults", WIDE) as console:
        await open_secrets(console)
        session = console.session
        row = next(each for each in console.screen.table.visible_rows if each.name == "payments-gateway-key")
        before = await session.data.vaults.newest(row)
        console.emulator.control("POST", "clock", {"advance": 60})
        await console.at(row.id)
        await console.press("N")
        await console.fill(value=f"{CANARY}-1", expires="+90d")
        assert "a datastore or connection that was made from its value" in console.text.replace("\n", " ")
        await agree(console)
        assert ended(console).startswith("done"), ended(console)
        after = await session.data.vaults.newest(row)
        assert after.version != before.version and after.tags == before.tags and after.content_type == before.content_type

        console.emulator.control("POST", "clock", {"advance": 60})
        await console.press("N")
        await console.fill(value=f"{CANARY}-2")
        vault = session.data.vaults.vaults[0]
        set_elsewhere(console, vault.name, row.name)
        await agree(console)
        assert "not sent" in ended(console), ended(console)

        gone = next(each for each in console.screen.table.visible_rows if each.deleted)
        await console.at(gone.id)
        await console.press("P")
        await console.looked()
        dialog = console.dialog
        assert dialog.query_one("#go").disabled
        await agree(console, gone.name)
        assert ended(console).startswith("done"), ended(console)
        await console.until(lambda: gone.id not in console.row_keys(), "the row goes")


async def test_a_value_is_copied_to_the_terminal_alone(open_console: Open, tmp_path: Path) -> None:
    """By OSC 52 once it is agreed to, journaled; by `file` it is not copied at all."""
    async with open_console("vaults", WIDE, config='clipboard = "file"\n') as console:
        await open_secrets(console)
        row = next(each for each in console.screen.table.visible_rows if each.state == "enabled")
        await console.at(row.id)
        await console.press("X")
        await console.settled()
        assert "clipboard" in console.text
        await agree(console)
        await console.until(lambda: "not copied" in console.text, "what became of it")
        assert console.session.operations[-1].plan.verb == "reveal"
    assert not files_with(tmp_path, "canary-")


async def test_what_a_vault_refuses_is_told_and_journaled(open_console: Open) -> None:
    """A reveal that Azure refuses opens nothing, and is in the activity with the reason."""
    async with open_console("vaults", WIDE) as console:
        await open_secrets(console)
        row = next(each for each in console.screen.table.visible_rows if each.state == "enabled")
        console.emulator.control("POST", "faults", [{"route": f"GET //.*/secrets/{row.name}", "kind": "403"}])
        await console.at(row.id)
        await console.press("x")
        await console.settled()
        await agree(console)
        await console.until(lambda: ended(console).startswith("failed"), "the refusal")
        assert not isinstance(console.app.screen, Revealed) and "No access policy" in ended(console)
