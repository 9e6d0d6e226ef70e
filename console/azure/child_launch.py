"""A child's launch and end, apart from all that talks to it: the sign-in is under way before anything of that is imported."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

#: Seconds that a child is given to end by itself.
ENDING_S = 2
# Garbage is collected once all is imported, not while.
_PROGRAM = "import gc, sys; gc.disable(); sys.path.append(sys.argv[1]); from console.azure.{} import main; main()"


def launch(
    child: str, log_file: Path | None, environ: Mapping[str, str] | None = None, python: str = sys.executable
) -> subprocess.Popen[bytes]:
    """Run `main` of a module beside this one as a child, which ends when its standard input closes.

    What it says besides its answers goes to the end of `log_file`. `environ` replaces its environment. Raises OSError.
    """
    log = subprocess.DEVNULL if log_file is None else os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            # -P: the working directory, which may be anybody's, is no place to import from.
            [python, "-P", "-c", _PROGRAM.format(child), str(Path(__file__).parents[2])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env=None if environ is None else dict(environ),
            # Of no terminal: neither ctrl+c nor a prompt of az reaches across.
            start_new_session=True,
        )
    finally:
        if log != subprocess.DEVNULL:
            os.close(log)


async def end(process: subprocess.Popen[bytes]) -> None:
    """End a child: by closing its stdin, by force where it does not heed that."""
    import asyncio  # long after the launch, which it would delay

    assert process.stdin is not None
    process.stdin.close()
    deadline = time.monotonic() + ENDING_S
    while process.poll() is None:
        if time.monotonic() > deadline:
            process.kill()
        await asyncio.sleep(0.005)
