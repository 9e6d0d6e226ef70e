"""The sign-in child's launch, apart from all that talks to it: the process is under way before anything of that is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# Garbage is collected once all is imported, not while.
_PROGRAM = "import gc, sys; gc.disable(); sys.path.append(sys.argv[1]); from console.azure.signin_child import main; main()"


def launch(log_file: Path | None, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A child that imports what it needs and then waits to be told how to sign in; it ends when its standard input closes.

    What it says besides its answers goes to the end of `log_file`. `environ` replaces its environment. Raises OSError.
    """
    log = subprocess.DEVNULL if log_file is None else os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            # -P: the working directory, which may be anybody's, is no place to import from.
            [sys.executable, "-P", "-c", _PROGRAM, str(Path(__file__).parents[2])],
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
