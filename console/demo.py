"""The demo: an emulator as a child process, up before the console is and gone with it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from console.config_file import SettingsError

#: An emulator that does not come up in this time (seconds) never will.
DEADLINE_S = 30.0


class Demo:
    """Starts the emulator at once; `ready_file` waits for it. It ends when this process ends, however that ends."""

    def __init__(self, folder: Path, flags: Sequence[str]) -> None:
        self._path = folder / f"demo-{os.getpid()}.json"
        command = [sys.executable, "-m", "console.emulator", "--ready-file", str(self._path), "--until-stdin-closes", *flags]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ready_file(self) -> Path:
        """The file that tells its addresses. Raises SettingsError with what the emulator said when it did not come up."""
        out, err = self._process.stdout, self._process.stderr
        assert out is not None
        assert err is not None
        line = out.readline()
        try:
            json.loads(line)
        except ValueError:
            self._process.kill()
            said = err.read().decode("utf-8", "replace").strip().splitlines()
            raise SettingsError("--demo", said[-1] if said else "the emulator did not start") from None
        return self._path

    def close(self) -> None:
        """End the emulator and forget its file (it holds the demo's secrets)."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._path.unlink(missing_ok=True)
