"""Connections on screen: what is asked, who may do what, a new one with its secret typed, and no secret anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.azure.compiler import Compiler
from screens.connections import ConnectionsScreen
from screens.dialogs.confirm import Confirm
from screens.forms.connection_secret import ConnectionSecretForm
from screens.forms.new_connection import NewConnectionForm
from screens.forms.secret_picker import SecretPicker
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_compute_edit import Editor, editor  # noqa: F401

CANARY = "canary-typed-by-hand"


def asked(emulator: Emulator) -> list[str]:
    """What was asked of connections."""
    calls = [f"{call['method']} {call['path'].partition('/workspaces/')[2].partition('/')[2]}" for call in emulator.calls()]
    return [each for each in calls if each.partition(" ")[2].startswith("connections")]


async def at(console: Console, name: str) -> None:
    await console.at(f"{workspace(console.emulator).id}/connections/{name}")


def vault_calls(console: Console) -> list[dict[str, Any]]:
    """What was asked of vaults themselves."""
    return [call for call in console.emulator.calls() if call["path"].startswith(("/secrets", "/deletedsecrets"))]


def cell(console: Console, name: str, column: str) -> str:
    row = next(each for each in console.screen.table.rows if console.screen.key_of(each).endswith(f"/{name}"))
    return next(each for each in console.screen.table.columns if each.name == column).text(row)


async def test_nothing_is_asked_before_somebody_looks_and_then_no_secret(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        assert asked(fresh_emulator) == []
        await console.press("4")
        assert isinstance(console.screen, ConnectionsScreen)
        await console.loaded()
        assert asked(fresh_emulator) == ["GET connections"]
        assert cell(console, "openai", "VAULT SECRET").startswith("kv-fraud-prod/openai-key")
        assert (cell(console, "feature-repo", "SCOPE"), cell(console, "feature-repo", "EXPIRES")) == ("private", "9d ago")
        await at(console, "feature-repo")
        await console.press("w")
        assert "feature-repo expired on" in " ".join(console.text.split())
        await console.press("escape", "y")
        assert "authType: PAT" in console.text and asked(fresh_emulator) == ["GET connections"]
        await console.press("escape", "i")
        await console.until(lambda: console.app.flashed is not None and "dev.azure.com" in console.app.flashed.text, "a copy")
        await console.command("find https://contoso-openai.openai.azure.com/")
        assert str(console.screen.table.cursor_key).endswith("/connections/openai")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_connection_is_made_and_its_secret_is_nowhere(
    open_console: Open, fresh_emulator: Emulator, compiler: Compiler, tmp_path: Path
) -> None:
    shown = ""
    async with open_console("connections", WIDE) as console:
        console.session._compiler = compiler
        await console.loaded()
        await console.press("n")
        await console.type("API key")
        await console.press("enter")
        form = console.app.screen
        assert isinstance(form, NewConnectionForm) and form.purpose.name == "API key"
        await console.fill(name="tariffs", target="https://tariffs.contoso.example", secret="")
        assert "a secret is needed" in console.text
        await console.fill(secret=CANARY, until="+90d", scope="private")
        shown += console.text
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.press("ctrl+t")
        shown += console.text
        dialog = console.dialog
        dialog.query_one("#go").focus()
        await console.press("enter")
        await console.until(lambda: any(row.name == "tariffs" for row in console.session.data.connections.feed.items), "the new row")
        await console.idle()
        assert (cell(console, "tariffs", "SCOPE"), cell(console, "tariffs", "EXPIRES")) == ("private", "in 89d")
        shown += console.text
        told = fresh_emulator.control("GET", "connections")["value"]
        (made,) = [each for each in told if each["id"].endswith("/connections/tariffs")]
        assert made["fingerprints"].keys() == {"key"}
        await console.press("9")
        await console.loaded()
        shown += console.text
        console.session._compiler = None
    kept = {path.name: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert CANARY not in shown and not [name for name, content in kept.items() if CANARY.encode() in content]
    assert [name for name in kept if name.endswith(".jsonl")], "the journal"


async def test_another_secret_from_a_vault_that_may_not_be_had_is_told_at_its_field(open_console: Open) -> None:
    async with open_console("connections") as console:
        await console.loaded()
        await at(console, "openai")
        await console.press("V")
        await console.until(lambda: console.app.flashed is not None and "disabled" in console.app.flashed.text, "the reason")
        await console.press("R")
        form = console.app.screen
        assert isinstance(form, ConnectionSecretForm) and form.values["from"] == "Key Vault"
        for text, said in {"nonsense": "VAULT/NAME", "kv-fraud-prod/openai-key": "disabled", "kv-fraud-prod/nobody": "no version"}.items():
            await console.fill(vault=text)
            await console.until(lambda said=said: said in " ".join(console.text.split()), said)
            assert console.app.screen is form and form.values["vault"] == text


@pytest.mark.asyncio(loop_scope="session")
async def test_a_connection_is_edited_as_yaml_and_cloned_with_a_secret_that_is_chosen(
    open_console: Open,
    compiler: Compiler,
    editor: Editor,  # noqa: F811
) -> None:
    editor("s/^is_shared: true/is_shared: false/")
    async with open_console("connections", WIDE) as console:
        console.session._compiler = compiler
        await console.loaded()
        await at(console, "openai")
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.settled()
        assert "-is_shared: true" in console.text and "listsecrets" in console.text
        console.dialog.query_one("#go").focus()
        await console.press("enter")
        await console.until(lambda: cell(console, "openai", "SCOPE") == "private", "the row")
        await console.idle()

        await at(console, "openai")
        await console.press("N")
        form = console.app.screen
        assert isinstance(form, NewConnectionForm) and form.values["api_version"] == "2024-10-21" and form.values["scope"] == "private"
        assert form.values["vault"].endswith("/secrets/openai-key") and "ResourceId" in console.text
        form.query_one("#vault").focus()
        await console.press("ctrl+o")
        picker = console.app.screen
        assert isinstance(picker, SecretPicker)
        await console.until(lambda: picker.table.rows, "the names")
        await console.type("payments")
        await console.press("enter")
        assert form.values["vault"] == "kv-fraud-prod/payments-gateway-key" and not console.session.operations[1:]
        assert all(call["method"] == "GET" and call["path"] in {"/secrets", "/deletedsecrets"} for call in vault_calls(console))
        secret = next(each for each in console.session.data.vaults.secrets.items if each.name == "openai-key")
        assert "fraud-prod/openai was made from it" in console.session.data.secret_findings.of(secret)[0].claim
        console.session._compiler = None


@pytest.mark.parametrize(
    ("flags", "refused", "said"),
    [
        ({"identity": "reader"}, {"rotate", "test", "target", "scope", "delete"}, "you lack Microsoft.MachineLearningServices/workspaces/"),
        # The built-in role may do with connections whatever it likes, their secrets included.
        ({"identity": "data-scientist"}, set(), ""),
        ({"read_only": True}, {"rotate", "test", "target", "scope", "delete"}, "the console is read-only"),
    ],
    ids=["reader", "data-scientist", "read-only"],
)
async def test_who_may_not_is_told_what_is_missing(open_console: Open, flags: dict[str, Any], refused: set[str], said: str) -> None:
    async with open_console("connections", WIDE, **flags) as console:
        await console.loaded()
        row = next(each for each in console.session.data.connections.feed.items if each.name == "risk-warehouse")
        told = {action.name: console.screen.refusal(action, row) for action in console.screen.actions}
        assert told.pop("update").startswith("no Key Vault secret is remembered behind it")
        assert {name for name, why in told.items() if why} == refused
        assert all(why.startswith(said) for why in told.values() if why) and not console.changes()
