"""A new administrator's first day with what data scientists use without seeing a secret, by keyboard at 80x24.

Whatever is done is looked at from outside as well, by azure-ai-ml and azure-keyvault-secrets; no secret is in any file, nor on the
terminal but in the one reveal.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.gateway import sent
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal
from tests.terminal.test_access_story import command, leave, words

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
#: More than a role needs to take effect; more than the hold of a rotation.
SPREAD_S, HOLD_S = 900, 3700
WORKSPACES = ("fraud-prod", "fraud-dev")
FIVE = ("transactions", "chargebacks", "labels", "transactions_sample", "scratch")
TWO = ("chargebacks-blob", "transactions-sample-blob")
#: azure-ai-ml makes room for everything else that runs on a machine that has much to do: how long is waited, in seconds.
COMPILED_S = 300
FIRST, SECOND = "canary-first-version", "canary-second-version"


class Outside:
    """What clients that nobody here wrote see."""

    def __init__(self, emulator: Emulator, ready_file: Path) -> None:
        self._emulator, self._ready_file = emulator, ready_file

    def look(self) -> dict[str, dict[str, Any]]:
        script = Path(__file__).with_name("sdk_secrets.py")
        done = subprocess.run(
            [sys.executable, str(script), str(self._ready_file), *WORKSPACES], capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stderr
        seen: dict[str, dict[str, Any]] = json.loads(done.stdout)
        return seen

    def held(self) -> set[str]:
        """Fingerprints of what the users of the account hold."""
        seen = self.look()
        return {seen["datastores"][name][-1] for name in FIVE} | {seen["connections"][name][-1] for name in TWO}

    def shut(self) -> set[str]:
        """The datastores and connections that do not open now."""
        told = [each for lever in ("datastores", "connections") for each in self._emulator.control("GET", lever)["value"]]
        return {each["id"].rsplit("/", 1)[-1] for each in told if each["opens"] is False}


@pytest.fixture
def outside(fresh_emulator: Emulator, ready_file: Path) -> Outside:
    return Outside(fresh_emulator, ready_file)


def to_row(terminal: Terminal, name: str) -> None:
    """Filter to rows of a name, and take the cursor there."""
    terminal.press("/", "ctrl+u")
    terminal.type(name)
    terminal.press("enter")
    terminal.wait_for(re.compile(rf"^▶\W?{re.escape(name)}", re.MULTILINE))


def agree(terminal: Terminal, title: str) -> str:
    """Agree to the plan of a title; what its dialog says."""
    terminal.wait_for(title, timeout=COMPILED_S)
    said = words(terminal.settled(title))
    terminal.press("tab", "enter")
    return said


def passing(terminal: Terminal, emulator: Emulator, sought: Callable[[str], object]) -> str:
    """Let the emulator's time go on until the screen is as it should be."""
    deadline = time.monotonic() + COMPILED_S
    while not sought(screen := terminal.text()):
        assert time.monotonic() < deadline, screen
        emulator.control("POST", "clock", {"advance": 120})
        terminal.settle()
    return screen


@pytest.fixture(autouse=True)
def kept_nowhere(home: Home) -> Iterator[None]:
    """Whatever was done: no secret is in any file of the console."""
    yield
    assert [path for path in home.files() if b"canary" in path.read_bytes()] == []


def test_a_lake_that_the_workspace_may_not_read_yet(open_console: Open, fresh_emulator: Emulator, outside: Outside) -> None:
    """Told which role its identity lacks, granted, and then Azure's check passes."""
    emulator, terminal = fresh_emulator, open_console("--as", "admin", "--view", "datastores")
    terminal.wait_for("lake_raw")
    terminal.press("n")
    terminal.settled("New datastore in fraud-prod")
    terminal.type("lake_new")
    terminal.press("enter", "right", "right", "enter")
    terminal.type("contosolake")
    terminal.press("enter")
    terminal.type("raw")
    told = words(terminal.settled("opens the form that assigns it"))
    assert "The identity of fraud-prod has no role that reads raw: Storage Blob Data Reader on contosolake is lacking" in told

    terminal.press(*["enter"] * 6, "ctrl+o")
    assert "fraud-prod (managed identity)" in words(terminal.settled("Assign Storage Blob Data Reader"))
    terminal.press(*["enter"] * 5)
    agree(terminal, "gets Storage Blob Data")
    terminal.settled("it takes effect by")

    # Azure tries it, and it is too early. What was typed is still there.
    terminal.press(*["enter"] * 3)
    agree(terminal, "Register the datastore lake_new")
    terminal.settled("create lake_new: failed")
    terminal.press("L")
    assert "This request is not authorized to perform this operation using this permission" in words(terminal.settled("last error"))
    leave(terminal)
    assert "lake_new" not in outside.look()["datastores"]
    emulator.control("POST", "clock", {"advance": SPREAD_S})
    terminal.press("n")
    terminal.settled(lambda screen: "contosolake" in screen and "holds" in screen)
    terminal.press("shift+tab", "shift+tab", "enter")
    agree(terminal, "Register the datastore lake_new")
    terminal.wait_for(re.compile(r"^.lake_new +ADLS gen2 +contosolake/raw +identity", re.MULTILINE))
    assert outside.look()["datastores"]["lake_new"] == ["contosolake", "raw", "NoneCredentialConfiguration", ""]
    assert "lake_new" not in outside.shut()


def test_a_key_that_five_datastores_and_two_connections_hold(open_console: Open, fresh_emulator: Emulator, outside: Outside) -> None:
    """It is rotated; none of them notices, though the console ends in the hold."""
    emulator, terminal = fresh_emulator, open_console("--as", "admin", "--view", "storage")
    shut, (before,) = outside.shut(), outside.held()
    terminal.settled("contosodata")
    to_row(terminal, "contosodata")
    terminal.press("R")
    terminal.settled("HOLDS")
    terminal.press("s")
    agree(terminal, "compare them")
    terminal.settled("7 hold key1")
    terminal.press("R")
    terminal.settled("make key1 anew")
    terminal.press("enter")
    terminal.settled("how long does key1 live on?")
    terminal.press("enter")
    terminal.settled("type contosodata to go on")
    terminal.type("contosodata")
    terminal.press("enter")
    passing(terminal, emulator, lambda screen: "key1 611d ⟳ holding" in screen)
    assert outside.shut() == shut and not sent(emulator, "POST", "/regenerateKey")
    (moved,) = outside.held()
    assert moved != before
    terminal.press("ctrl+q")
    terminal.settled("1 plan waits; it is offered again at the next start")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    emulator.control("POST", "clock", {"advance": 10 * HOLD_S})
    assert outside.shut() == shut and not sent(emulator, "POST", "/regenerateKey"), "nothing goes on by itself"

    terminal = open_console("--as", "admin")
    terminal.settled("1 earlier plan waits: 9 shows it, X resumes it, ctrl+d gives it up")
    terminal.press("9")
    terminal.settled(re.compile(r"^▶.* regenerate key +contosodata key1 +▲ paused", re.MULTILINE))
    terminal.press("X")
    terminal.settled("type contosodata key1 to go on")
    terminal.type("contosodata key1")
    terminal.press("enter")
    terminal.settled("◐ holding")
    emulator.control("POST", "clock", {"advance": HOLD_S})
    passing(terminal, emulator, lambda screen: re.search(r"regenerate key +contosodata key1 +● done", screen))
    assert outside.shut() == shut and outside.held() == {moved} and len(sent(emulator, "POST", "/regenerateKey")) == 1
    assert b"canary" not in terminal.output


def test_a_connection_from_a_secret_of_the_vault(open_console: Open, outside: Outside, home: Home) -> None:
    """It is made from a version of the secret and gets the next; then somebody looks at the value, for half a minute."""
    terminal = open_console("--as", "admin", "--view", "vaults")
    terminal.settled("kv-fraud-prod")
    terminal.press("enter")
    terminal.settled("payments-gateway-key")
    terminal.press("n")
    terminal.settled("A new secret in kv-fraud-prod")
    terminal.type("aoai-key")
    terminal.press("enter")
    terminal.type(FIRST)
    terminal.press("enter", "enter", "enter")
    terminal.type("+90d")
    terminal.press("enter")
    agree(terminal, "Set the secret aoai-key")
    terminal.wait_for(re.compile(r"^.aoai-key +enabled +(89|90)d", re.MULTILINE))

    terminal.press("4")
    terminal.settled("risk-warehouse")
    terminal.press("n")
    terminal.settled("a new connection in fraud-prod: to what?")
    terminal.press("enter")
    terminal.settled("New connection to Azure OpenAI")
    terminal.type("aoai")
    terminal.press("enter")
    terminal.type("https://contoso-openai.openai.azure.com/")
    terminal.press("enter", "enter", "enter", "right", "enter", "enter", "ctrl+o")
    terminal.settled(lambda screen: "Secrets of Key Vaults" in screen and "payments-gateway-key" in screen)
    terminal.type("aoai")
    terminal.settled(lambda screen: "aoai-key" in screen and "payments-gateway-key" not in screen)
    terminal.press("enter")
    terminal.settled(lambda screen: "kv-fraud-prod/aoai-key" in screen and "Secrets of Key Vaults" not in screen)
    terminal.press("enter", "enter", "enter")
    agree(terminal, "Create the connection aoai")
    terminal.wait_for(re.compile(r"^.aoai +Azure OpenAI ", re.MULTILINE))
    seen = outside.look()
    version, held = seen["secrets"]["aoai-key"]
    target, secret, used, has = seen["connections"]["aoai"]
    assert (target, secret) == ("https://contoso-openai.openai.azure.com/", "https://kv-fraud-prod.vault.azure.net/secrets/aoai-key")
    assert (used, has) == (version, held)

    command(terminal, "secrets")
    terminal.settled("aoai-key")
    to_row(terminal, "aoai-key")
    terminal.press("N")
    terminal.settled("A new version of aoai-key")
    terminal.type(SECOND)
    terminal.press("enter", "enter", "enter")
    terminal.type("+180d")
    terminal.press("enter")
    agree(terminal, "aoai-key")
    terminal.wait_for(re.compile(r" (179|180)d "))
    terminal.press("4")
    to_row(terminal, "aoai")
    terminal.press("w")
    assert "an earlier version of kv-fraud-prod/aoai-key" in words(terminal.settled("an earlier version"))
    leave(terminal)
    terminal.press("V")
    agree(terminal, "aoai-key")
    terminal.settled("update aoai: done")
    seen = outside.look()
    newest, held = seen["secrets"]["aoai-key"]
    assert newest != version and seen["connections"]["aoai"][2:] == [newest, held]
    assert b"canary" not in terminal.output, "nobody has asked for a value yet"

    command(terminal, "secrets")
    to_row(terminal, "aoai-key")
    terminal.press("x")
    agree(terminal, "journal")
    terminal.wait_for(SECOND)
    terminal.wait_for(lambda screen: "canary" not in screen)
    terminal.press("9")
    terminal.settled(re.compile(r"reveal .* aoai-key +● done", re.MULTILINE))
    (told,) = [each for each in home.journal() if each["stage"] == "intended" and each.get("verb") == "reveal"]
    assert "aoai-key" in json.dumps(told)


def test_a_data_scientist_sees_all_of_it_and_no_secret(open_console: Open, fresh_emulator: Emulator) -> None:
    terminal = open_console("--as", "data-scientist", "--view", "datastores")
    terminal.settled("transactions")
    for key in ("u", "w", "y", "d"):
        terminal.press(key)
        terminal.settle()
        leave(terminal)
    terminal.press("4")
    terminal.settled("risk-warehouse")
    for key in ("w", "y", "d"):
        terminal.press(key)
        terminal.settle()
        leave(terminal)
    command(terminal, "storage")
    terminal.settle()
    command(terminal, "vault")
    terminal.settled("refused")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert b"canary" not in terminal.output
    asked = [call["path"].lower() for call in fresh_emulator.calls()]
    assert not [path for path in asked if path.endswith(("listsecrets", "listkeys"))]
