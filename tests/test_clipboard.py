"""The clipboard: what is sent, where else a text goes, and that the sentence says just that."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from console.clipboard import MOST_ENCODED, SCREEN_PIECE, Clipboard, through_screen, through_tmux
from console.config_keys import ClipboardMode

TEXT = "/subscriptions/0000/ä"


def osc52(text: str) -> str:
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


async def copied(folder: Path, mode: ClipboardMode, environ: dict[str, str], text: str = TEXT) -> tuple[list[str], str, str]:
    """What went to the terminal, what is in the file, what was said."""
    sent: list[str] = []
    clipboard = Clipboard(mode, environ, folder, sent.append)
    said = await clipboard.copy(text)
    return sent, clipboard.path.read_text("utf-8") if clipboard.path.exists() else "", said


@pytest.mark.parametrize(
    ("mode", "environ", "sent"),
    [
        ("auto", {"TERM": "xterm-256color"}, [osc52(TEXT)]),
        ("osc52", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "STY": "1.x"}, [osc52(TEXT)]),
        ("auto", {"TERM": "screen", "STY": "1.x"}, [f"\x1bP{osc52(TEXT)}\x1b\\"]),
        ("auto", {"TERM": "tmux-256color"}, [osc52(TEXT) + f"\x1bPtmux;\x1b{osc52(TEXT)}\x1b\\"]),
        ("auto", {"TERM": "screen-256color"}, [osc52(TEXT)]),
        ("off", {}, []),
    ],
)
async def test_what_goes_to_the_terminal(tmp_path: Path, mode: ClipboardMode, environ: dict[str, str], sent: list[str]) -> None:
    found, kept, said = await copied(tmp_path, mode, environ)
    assert (found, kept) == (sent, "")
    assert ("sent" in said) == bool(sent)


async def test_a_file_is_the_owners_alone_and_its_path_is_said(tmp_path: Path) -> None:
    sent, kept, said = await copied(tmp_path, "file", {})
    assert (sent, kept) == ([], TEXT)
    path = tmp_path / "clipboard.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    assert said == f"written to {path}"
    assert os.listdir(tmp_path) == ["clipboard.txt"]


async def test_what_terminals_do_not_take_goes_to_the_file(tmp_path: Path) -> None:
    longest = "x" * (MOST_ENCODED // 4 * 3)
    sent, kept, _ = await copied(tmp_path, "auto", {"TERM": "xterm"}, longest)
    assert (len(sent), kept) == (1, "")
    for environ in ({"TERM": "xterm"}, {"TERM": "tmux", "TMUX": "/tmp/x,1,0"}):
        sent, kept, said = await copied(tmp_path, "auto", environ, longest + "x")
        assert (sent, kept) == ([], longest + "x")
        assert f"{len(kept):,} characters" in said and str(tmp_path) in said


async def test_no_tmux_to_ask_means_the_file(tmp_path: Path) -> None:
    sent, kept, said = await copied(tmp_path, "tmux", {"PATH": str(tmp_path)})
    assert (sent, kept) == ([], TEXT)
    assert "no tmux" in said


async def test_hostile_text_is_inert_in_what_is_said(tmp_path: Path) -> None:
    for mode in ("osc52", "off"):
        _, _, said = await copied(tmp_path, mode, {}, "a\x1b]0;x\x07\n[red]")  # type: ignore[arg-type]
        assert said.isprintable()


def test_sequences_for_what_is_in_between() -> None:
    assert through_tmux("\x1b]52;c;eA==\x07") == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    sequence = osc52("x" * 2_000)
    pieces = through_screen(sequence).removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert "".join(pieces) == sequence
    assert max(map(len, pieces)) == SCREEN_PIECE


@pytest.mark.parametrize(
    ("mode", "environ", "text"),
    [("file", {}, TEXT), ("auto", {"TERM": "xterm"}, "x" * MOST_ENCODED), ("tmux", {"PATH": ""}, TEXT)],
)
async def test_a_secret_is_written_to_no_file_and_told_by_its_name(
    tmp_path: Path, mode: ClipboardMode, environ: dict[str, str], text: str
) -> None:
    sent: list[str] = []
    said = await Clipboard(mode, environ, tmp_path, sent.append).copy(text, "the value of key", secret=True)
    assert "not copied" in said and text not in said and not sent
    assert not list(os.listdir(tmp_path))


async def test_a_secret_goes_to_the_terminal_as_any_text(tmp_path: Path) -> None:
    sent: list[str] = []
    said = await Clipboard("osc52", {}, tmp_path, sent.append).copy(TEXT, "the value of key", secret=True)
    assert sent == [osc52(TEXT)] and said.endswith("the value of key")
    with pytest.raises(ValueError, match="by its name"):
        await Clipboard("osc52", {}, tmp_path, sent.append).copy(TEXT, secret=True)
