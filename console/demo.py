"""The demo: an emulator as a child process, up before the console is and gone with it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from console.config_file import SettingsError

#: An emulator that does not come up in this time (seconds) never will.
DEADLINE_S = 30.0

# The emulator lets garbage be collected once it serves.
_PROGRAM = """
import gc, sys
gc.disable()
sys.path.append(sys.argv.pop(1))
from console.emulator.server import main
sys.exit(main(sys.argv[1:]))
"""


class Demo:
    """Starts the emulator at once; `ready_file` waits for it. It ends when this process ends, however that ends.

    `folder` takes its ready file; None: nothing of the home can be written, and a temporary folder takes what the emulator must keep.
    """

    def __init__(self, folder: Path | None, flags: Sequence[str]) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="aml-console-") if folder is None else None
        environ = dict(os.environ)
        if self._temporary is not None:
            folder = Path(self._temporary.name)
            environ["XDG_STATE_HOME"] = self._temporary.name
        assert folder is not None
        self._path = folder / f"demo-{os.getpid()}.json"
        # -P: the working directory, which may be anybody's, is no place to import from.
        command = [sys.executable, "-P", "-c", _PROGRAM, str(Path(__file__).parents[1])]
        command += ["--ready-file", str(self._path), "--until-stdin-closes", *flags]
        # Of no terminal: it outlives a hang-up long enough to end in order. A pipe that nobody reads would stop it once it is full.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the demo)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=environ, start_new_session=True
        )

    def ready_file(self) -> Path:
        """The file that tells its addresses. Raises SettingsError with what the emulator said when it did not come up."""
        out = self._process.stdout
        assert out is not None
        came, _, _ = select.select([out], [], [], DEADLINE_S)
        line = out.readline() if came else b""
        try:
            json.loads(line)
        except ValueError:
            self._process.kill()
            self._process.wait()
            self._said.seek(0)
            said = self._said.read().decode("utf-8", "replace").strip().splitlines()
            raise SettingsError("--demo", said[-1] if said else f"the emulator did not start within {DEADLINE_S:g} s") from None
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
        self._said.close()
        self._path.unlink(missing_ok=True)
        if self._temporary is not None:
            self._temporary.cleanup()
