"""A command as a person starts it: on a pseudo-terminal, in a home of its own, timed from exec to a text on the screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

SIZE = (160, 40)
DEADLINE_S = 60.0
CONSOLE = (sys.executable, "-m", "console")
BARE = (sys.executable, "-c", "from tests.benchmarks.bare_app import main; main()")
ROOT = Path(__file__).parents[2]
_SYNC_QUERY, _SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_KEPT = ("PATH", "LANG", "TZ", "TMPDIR")


class Home:
    """A home directory; what Python compiles is kept beside it, as an installation would have it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def environment(self) -> dict[str, str]:
        places = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("STATE", "CACHE", "CONFIG")}
        own = {"HOME": str(self.folder), "AZURE_CONFIG_DIR": str(self.folder / "azure"), "PYTHONPATH": str(ROOT), **places}
        compiled = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / f"aml-console-benchmarks-{os.getuid()}")}
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        return {name: os.environ[name] for name in _KEPT if name in os.environ} | own | compiled | terminal

    def copy(self, folder: Path) -> Home:
        """The same home once more, for a start that must find just this."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)
        return Home(folder)


class Program:
    """A command on a terminal of `size` (columns, rows) that answers like xterm; `started` is the moment before exec."""

    def __init__(self, command: Sequence[str], home: Home, size: tuple[int, int] = SIZE) -> None:
        self.output = bytearray()
        self._master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = home.environment()
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=home.folder, start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def until(self, text: bytes) -> float:
        """Wait for a text among the bytes; milliseconds since the start. Raises RuntimeError with what came where it never does."""
        while text not in self.output:
            if not self.read(0.5) and time.perf_counter() - self.started > DEADLINE_S:
                raise RuntimeError(f"{text!r} never came; {bytes(self.output[-2000:])!r}")
        return (time.perf_counter() - self.started) * 1000

    def cpu(self) -> float:
        """Milliseconds of processor that its process has had, without its children."""
        spent = 0
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                spent += int(thread.read_text().split()[0])
        return spent / 1e6

    def read(self, wait: float) -> bool:
        """Take in what comes within `wait` seconds; whether something came. Raises RuntimeError when the program has ended."""
        if not select.select([self._master], [], [], wait)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            raise RuntimeError(f"the program ended with {self.process.wait()}: {bytes(self.output[-2000:])!r}") from None
        self.output += data
        if _SYNC_QUERY in data:
            os.write(self._master, _SYNC_ANSWER)
        return True

    def drain(self, seconds: float) -> int:
        """Take in what comes for some seconds; how many bytes."""
        before, end = len(self.output), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return len(self.output) - before

    def settle(self, quiet: float = 0.5) -> None:
        """Take in what comes until nothing came for `quiet` seconds."""
        while self.read(quiet):
            continue

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self) -> None:
        """End it in order, and wait until it has gone."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            end = time.perf_counter() + 10
            while self.process.poll() is None:
                with contextlib.suppress(RuntimeError):
                    self.read(0.02)
                if time.perf_counter() > end:
                    self.process.kill()
        os.close(self._master)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for homes, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aml-console-benchmark-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def emulator(folder: Path, *flags: str) -> Iterator[Path]:
    """A running emulator; its ready file."""
    ready = folder / "ready.json"
    command = [*CONSOLE, "emulator", "--ready-file", str(ready), "--until-stdin-closes", *flags]
    environment = Home(folder / "emulator-home").environment()
    with open(folder / "emulator.err", "wb") as errors:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment)
    assert running.stdin is not None and running.stdout is not None
    try:
        if not running.stdout.readline():
            raise RuntimeError(f"the emulator did not start: {(folder / 'emulator.err').read_text('utf-8')}")
        yield ready
    finally:
        running.stdin.close()
        running.wait()
        running.stdout.close()
