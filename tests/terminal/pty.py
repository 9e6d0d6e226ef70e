"""Runs a command on a real pseudo-terminal and says what reached it: bytes exactly, the screen as pyte draws it, the exit status.

    with Terminal([sys.executable, "-m", "console", "--demo"], columns=80, rows=24) as terminal:
        terminal.wait_for("compute")            # polls the drawn screen; AssertionError with the screen when the deadline passes
        terminal.settle()                       # until nothing more is sent and the process has nothing to do
        assert terminal.bytes_of("down") < 600  # presses keys, settles, returns how many bytes that cost
        terminal.press("/"); terminal.type("gpu"); terminal.press("enter")
        terminal.lines()                        # the screen, a string a row; terminal.text() joins them
        terminal.output                         # every byte since the start
        terminal.resize(160, 45)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143      # negative: killed by that signal

Deadlines are generous and only ever fail a test; nothing is measured in time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

KEYS: dict[str, bytes] = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "shift+right": b"\x1b[1;2C",
    "shift+left": b"\x1b[1;2D",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "delete": b"\x1b[3~",
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "space": b" ",
    "ctrl+backslash": b"\x1c",
    **{f"ctrl+{letter}": bytes([ord(letter) - 96]) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

DEADLINE = 60.0
_QUIET = 0.2
_POLL = 0.02
_SYNC_QUERY = b"\x1b[?2026$p"
_SYNC_ANSWER = b"\x1b[?2026;2$y"
# These change what a program sends, or tell it of the terminal that the tests run in.
_NOT_INHERITED = re.compile(r"(TEXTUAL|SSH_|TMUX|TERM_PROGRAM|NO_COLOR$|FORCE_COLOR$|COLUMNS$|LINES$|COLORFGBG$|TTY_)")


class Terminal:
    """A command on a pty of `columns` x `rows` that answers like xterm with truecolor and synchronised output."""

    def __init__(
        self, command: Sequence[str], columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._drawn = 0
        self._output = bytearray()
        self._ended = False
        self._news = threading.Condition()
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        inherited = {name: value for name, value in os.environ.items() if not _NOT_INHERITED.match(name)}
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **(env or {})},
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # What it sent

    @property
    def output(self) -> bytes:
        """Every byte the command has written so far."""
        with self._news:
            return bytes(self._output)

    @property
    def byte_count(self) -> int:
        """How many bytes the command has written so far."""
        with self._news:
            return len(self._output)

    @property
    def attributes(self) -> list[object]:
        """The line discipline's settings (echo, canonical input and so on), as `termios.tcgetattr` tells them."""
        return list(termios.tcgetattr(self._master))

    def lines(self) -> list[str]:
        """The screen now, one string a row, trailing blanks kept."""
        with self._news:
            fresh = bytes(self._output[self._drawn :])
            self._drawn = len(self._output)
        self._stream.feed(fresh)
        return list(self._screen.display)

    def text(self) -> str:
        """The screen now, rows joined by line breaks, trailing blanks dropped."""
        return "\n".join(line.rstrip() for line in self.lines())

    # What it is told

    def press(self, *keys: str) -> None:
        """Press keys by name (`KEYS`) or a single character each."""
        for key in keys:
            if key not in KEYS and len(key) != 1:
                raise ValueError(f"No key {key!r}: use a single character or one of {', '.join(KEYS)}")
            self.write(KEYS.get(key) or key.encode())

    def type(self, text: str) -> None:
        """Type text, as a fast typist would."""
        self.write(text.encode())

    def write(self, data: bytes) -> None:
        """Send raw bytes to the command."""
        os.write(self._master, data)

    def bytes_of(self, *keys: str) -> int:
        """Press keys, wait until the command has settled, and return how many bytes it wrote."""
        before = self.byte_count
        self.press(*keys)
        self.settle()
        return self.byte_count - before

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; the kernel tells the command."""
        self.lines()
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: int) -> None:
        """Send a signal to the command."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        fd, self._master = self._master, -1
        if fd >= 0:
            self._reader.join()  # it must not read from a number that another file may get
            os.close(fd)

    # Waiting

    def wait_for(self, sought: str | re.Pattern[str] | Callable[[str], object], timeout: float = DEADLINE) -> str:
        """Wait until the screen holds a text, matches a pattern or satisfies a predicate; return the screen."""
        screen = ""

        def found() -> bool:
            nonlocal screen
            screen = self.text()
            if isinstance(sought, str):
                return sought in screen
            return bool(sought.search(screen) if isinstance(sought, re.Pattern) else sought(screen))

        self._until(found, timeout, lambda: f"{sought!r} never came on screen:\n{screen}")
        return screen

    def settled(self, sought: str | re.Pattern[str] | Callable[[str], object]) -> str:
        """Wait as `wait_for` does, then until the frame it came in is whole; return the screen."""
        self.wait_for(sought)
        self.settle()
        return self.text()

    def settle(self, quiet: float = _QUIET, timeout: float = DEADLINE) -> None:
        """Wait until nothing was written for `quiet` seconds while the process had nothing to do (not merely no processor)."""
        state: tuple[int, int] | None = None
        since = time.monotonic()

        def settled() -> bool:
            nonlocal state, since
            now = (self.byte_count, _cpu_ticks(self.process.pid))
            if now != state or _is_running(self.process.pid):
                state, since = now, time.monotonic()
            return self._ended or time.monotonic() - since >= quiet

        self._until(settled, timeout, lambda: f"The command never settled; {self.byte_count} bytes so far")

    def wait_exit(self, timeout: float = DEADLINE) -> int:
        """Wait for the command to end; return its exit code, or minus the number of the signal that killed it."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The command did not end:\n{self.text()}") from None
        self._reader.join(timeout)
        return code

    def close(self) -> None:
        """Kill what is left of the command and its session, and release the terminal."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.hang_up()

    def _until(self, condition: Callable[[], bool], timeout: float, complaint: Callable[[], str]) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(complaint())
            with self._news:
                self._news.wait(_POLL)

    def _read(self) -> None:
        answered = 0
        while (fd := self._master) >= 0:
            try:
                data = os.read(fd, 1 << 16) if select.select([fd], [], [], _POLL)[0] else None
            except (OSError, ValueError):  # the command's side is closed, or ours was
                break
            if data is None:
                continue
            if not data:
                break
            with self._news:
                self._output += data
                asked = self._output.count(_SYNC_QUERY)
                self._news.notify_all()
            for _ in range(asked - answered):
                os.write(fd, _SYNC_ANSWER)
            answered = asked
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _threads(pid: int) -> list[list[str]]:
    """The fields of /proc's `stat` from the state on, one list a thread; empty where there is no /proc or no process."""
    fields = []
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            fields.append(stat.read_text().rsplit(")", 1)[1].split())
    return fields


def _cpu_ticks(pid: int) -> int:
    return sum(int(thread[11]) + int(thread[12]) for thread in _threads(pid))


def _is_running(pid: int) -> bool:
    return any(thread[0] in "RD" for thread in _threads(pid))
