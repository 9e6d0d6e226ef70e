"""What is wrong on the command line or in a file is told in one sentence that names the place, with the right exit code."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND, Home, Open

NOWHERE = "00000000-0000-0000-0000-000000000001"


def told(open_console: Open, *words: str, where: list[str] | None = None) -> tuple[int, str]:
    """The exit code, and what stands on the terminal, its lines joined."""
    terminal = open_console(*words, where=where, columns=300)
    code = terminal.wait_exit()
    text = terminal.output.decode().replace("\r\n", "\n").strip()
    assert "Traceback" not in text and "\x1b[?1049h" not in text, "it was opened"
    return code, text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--view", "pods"], "--view: invalid choice: 'pods'"),
        (["list", "pods"], "invalid choice: 'pods'"),
        (["list", "compute", "-o", "xml"], "invalid choice: 'xml'"),
        (["--de"], "unrecognized arguments: --de"),
        (["--read-only", "--write"], "--write, --read-only: give one of them"),
        (["--demo", "--cloud-file", "x"], "--demo, --cloud-file: give one of them"),
        (["--as", "admin"], "--as: names an identity of an emulator"),
        (["--speed", "5"], "--speed: is a flag of the emulator"),
        (["--demo", "--speed", "fast"], "--speed: invalid float value: 'fast'"),
        (["--demo", "--context", "prod"], "--context: a context is a place on Azure"),
        (["--context", "prod"], "has no context 'prod'"),
        (["--cloud-file", "missing.json"], "missing.json: cannot read the cloud file"),
        (["--config", "missing.toml"], "missing.toml: there is no such file"),
        (["emulator", "--frobnicate"], "Unrecognized arguments: --frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_flag_is_usage(words: list[str], said: str, open_console: Open) -> None:
    code, text = told(open_console, *words, where=[])
    assert code == 2
    assert said in text.splitlines()[-1] and text.splitlines()[-1].startswith("aml-console")


FILES: dict[str, tuple[str, str]] = {
    "unknown key": ('mode = "read-only"\n\nwombat = true\n', ":3: `wombat` is not a setting"),
    "wrong type": ("protected = 3\n", ":1:"),
    "wrong word": ('mode = "godmode"\n', ":1:"),
    "not TOML": ("mode = [\n", "is not TOML"),
    "not text": ("\0\1\2", "is not TOML"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_config_is_named_with_its_line(kind: str, open_console: Open, home: Home) -> None:
    content, said = FILES[kind]
    config = home.folder / "config" / "aml-console" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(content)
    code, text = told(open_console)
    assert code == 2
    assert len(text.splitlines()) == 1
    assert text.startswith(f"aml-console: {config}") and said in text


CLOUDS: dict[str, Callable[[dict[str, object]], str]] = {
    "not JSON": lambda ready: json.dumps(ready)[:-20],
    "no object": lambda ready: "[]",
    "a key missing": lambda ready: json.dumps({key: value for key, value in ready.items() if key != "ca_file"}),
    "a wrong type": lambda ready: json.dumps({**ready, "identities": "admin"}),
    "a foreign address": lambda ready: json.dumps({**ready, "resource_manager": "http://example.com"}),
}


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_damaged_ready_file_is_named(kind: str, open_console: Open, ready_file: Path) -> None:
    ready_file.write_text(CLOUDS[kind](json.loads(ready_file.read_text())))
    code, text = told(open_console)
    assert code == 2
    assert len(text.splitlines()) == 1
    assert text.startswith(f"aml-console: {ready_file}: ")


@pytest.mark.parametrize("words", [[], ["list", "compute"]], ids=["console", "list"])
def test_an_unknown_identity(words: list[str], open_console: Open) -> None:
    code, text = told(open_console, "--as", "nobody", *words)
    assert (code, text.count("\n")) == (2, 0)
    assert text.startswith("aml-console: --as: there is no identity 'nobody'; there are admin, ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-w", "nowhere"], 1, "No workspace that you may see matches -w nowhere"),
        pytest.param(["-s", "nowhere"], 1, "No workspace that you may see matches -s nowhere", marks=pytest.mark.long),
        (["-s", NOWHERE], 1, NOWHERE),
        pytest.param(["-s", NOWHERE, "-g", "x", "-w", "y"], 1, NOWHERE, marks=pytest.mark.long),
        (["--as", "outsider"], 1, "workspaces/computes/read"),
        (["--tenant", "nowhere"], 3, "no such tenant"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_place_that_is_not_to_be_had(words: list[str], code: int, said: str, open_console: Open) -> None:
    """Printed it is one sentence and a code; on screen the same sentence, whole, and the console stays usable."""
    found, text = told(open_console, *words, "list", "compute")
    assert (found, text.count("\n")) == (code, 0)
    assert text.startswith("aml-console: ") and said in text
    terminal = open_console(*words, columns=160, rows=40)
    terminal.wait_for(lambda screen: said.lower() in " ".join(screen.split()).lower())
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0


def test_an_emulator_that_has_gone(open_console: Open, ready_file: Path) -> None:
    ready = json.loads(ready_file.read_text())
    for key in ("resource_manager", "authority", "graph", "prices"):
        ready[key] = "https://127.0.0.1:1"
    ready_file.write_text(json.dumps(ready))
    code, text = told(open_console, "list", "compute")
    assert (code, text.count("\n")) == (3, 0)
    assert "cannot be reached" in text


def test_an_unknown_theme(open_console: Open) -> None:
    terminal = open_console("--theme", "nosuch")
    assert terminal.wait_exit() == 2
    assert b"aml-console: --theme: there is no theme 'nosuch'; there are " in terminal.output


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_no_terminal(stream: str, home: Home, ready_file: Path) -> None:
    master, slave = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), slave) | {stream: subprocess.PIPE}
    try:
        with subprocess.Popen([*COMMAND, "--cloud-file", str(ready_file)], env=home.environment(), cwd=home.folder, **streams) as process:
            said = process.stderr.read() if process.stderr is not None else os.read(master, 4096)
            assert process.wait(60) == 2
    finally:
        os.close(slave)
        os.close(master)
    assert said.decode().strip() == "aml-console: the console needs a terminal; `aml-console list compute` prints without one"
