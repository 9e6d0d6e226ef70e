"""The clipboard: a text on its way to the terminal's, to tmux's or into a file, and a sentence that says what was done.

Whether a terminal takes a text (OSC 52), it does not say: the sentence never claims more than was done. tmux by its defaults
(`set-clipboard external`, `allow-passthrough off`) drops what programs send, but hands on what it is told by `load-buffer -w` (tmux(1)).
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from console import private_file
from console.config_keys import ClipboardMode
from console.text import fit, safe

#: Longer than this, in base64, terminals cut or drop a text (xterm and others hold 100,000 bytes of a sequence; hterm and tmux less).
MOST_ENCODED = 74_994
#: GNU screen keeps no longer string of a control sequence (its `MAXSTR` is 768), so it is sent in pieces.
SCREEN_PIECE = 512
TMUX_S = 2.0
SHOWN = 60


class Clipboard:
    """Where `copy` sends texts: `mode` as in config.toml, `write` to the terminal, else `folder`/clipboard.txt (0600)."""

    def __init__(self, mode: ClipboardMode, environ: Mapping[str, str], folder: Path, write: Callable[[str], None]) -> None:
        self._mode, self._environ, self._write = mode, environ, write
        self.path = folder / "clipboard.txt"

    async def copy(self, text: str, named: str = "", *, secret: bool = False) -> str:
        """Copy a text; what was done, in a sentence that says `named` in its place. Raises OSError where the file cannot be written.

        A `secret` is never written to a file.
        """
        if secret and not named:
            raise ValueError("a secret has to be told by its name")
        said = fit(safe(named or text), SHOWN).rstrip()
        if self._mode == "off":
            return f'copying is off (clipboard = "off"): {said}'
        if self._mode == "file":
            return self._to_file(text, secret)
        encoded = base64.b64encode(text.encode()).decode()
        if len(encoded) > MOST_ENCODED:
            return f"{self._to_file(text, secret)}: at {len(text):,} characters it is longer than terminals take"
        sequence = f"\x1b]52;c;{encoded}\x07"
        if self._mode == "tmux" or (self._mode == "auto" and self._environ.get("TMUX")):
            return await asyncio.to_thread(self._to_tmux, text, sequence, said, secret)
        if self._mode == "auto" and self._environ.get("STY"):
            self._write(through_screen(sequence))
            return f"sent through screen to the terminal's clipboard: {said}"
        if self._mode == "auto" and self._environ.get("TERM", "").startswith("tmux"):
            # A tmux on the way here cannot be asked; it takes at most one of the two.
            self._write(sequence + through_tmux(sequence))
            return f"sent to the terminal's clipboard, which a tmux on the way may keep: {said}"
        self._write(sequence)
        return f"sent to the terminal's clipboard: {said}"

    def _to_tmux(self, text: str, sequence: str, said: str, secret: bool) -> str:
        """By the way that this tmux leaves open; on a thread, as tmux is asked."""
        if not shutil.which("tmux", path=self._environ.get("PATH")):
            return f"{self._to_file(text, secret)}: there is no tmux here to ask"
        if self._option("-s", "set-clipboard") == "on":
            self._write(sequence)
            return f"sent to tmux and the terminal's clipboard: {said}"
        if self._option("-pA", "allow-passthrough") in {"on", "all"}:
            self._write(through_tmux(sequence))
            return f"sent through tmux to the terminal's clipboard: {said}"
        if self._tmux("load-buffer", "-w", "-", given=text) is not None:
            return f"in tmux's buffer (prefix ] pastes it) and handed to the terminal: {said}"
        return f"{self._to_file(text, secret)}: tmux did not take it"

    def _option(self, where: str, name: str) -> str:
        return (self._tmux("show-options", where, "-v", name) or "").strip()

    def _tmux(self, *words: str, given: str = "") -> str | None:
        """What tmux answers; None where it does not."""
        try:
            done = subprocess.run(
                ["tmux", *words], input=given, capture_output=True, text=True, timeout=TMUX_S, check=False, env=dict(self._environ)
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    def _to_file(self, text: str, secret: bool) -> str:
        if secret:
            return "not copied: a secret is not written to a file"
        private_file.replace(self.path, text.encode())
        return f"written to {self.path}"


def through_tmux(sequence: str) -> str:
    """A sequence for the terminal around tmux (its `allow-passthrough` must be on)."""
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


def through_screen(sequence: str) -> str:
    """A sequence for the terminal around GNU screen, in pieces that it takes."""
    pieces = (sequence[start : start + SCREEN_PIECE] for start in range(0, len(sequence), SCREEN_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
