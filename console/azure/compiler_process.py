"""The compiler child's process: the pipes to it, and one question at a time."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from console.azure.child_launch import end, launch

LONGEST_LINE = 8 << 20
#: What the child is told of this process's environment: where programs and its user's files are. No token, no secret, no proxy.
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


class ChildEndedError(Exception):
    """The child went away before it answered."""


class Ready(msgspec.Struct):
    """The child's first line: whether its SDK is there, and which; `missing` names what could not be imported."""

    ready: bool
    version: str = ""
    missing: str = ""


class CompilerChild:
    """One child process. Starting it is quick; `ready` waits until it has imported its SDK (azure-ai-ml: seconds). Raises OSError."""

    def __init__(self, log_file: Path | None, python: str = sys.executable, module: str = "compiler_child") -> None:
        environ = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"PYTHONWARNINGS": "ignore"}
        self.process = launch(module, log_file, environ, python)
        self.ended = False
        self._reader: asyncio.StreamReader | None = None
        self._transport: asyncio.BaseTransport | None = None

    async def ready(self) -> Ready:
        """Its first line. Raises ChildEndedError."""
        self._reader = asyncio.StreamReader(limit=LONGEST_LINE)
        reader = self._reader
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self.process.stdout)
        return msgspec.convert(await self._line(), Ready)

    async def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question; the next may be asked once it is there. Raises ChildEndedError."""
        assert self.process.stdin is not None
        try:
            # On a thread: a question may be longer than the pipe holds.
            await asyncio.to_thread(self._write, msgspec.json.encode(question) + b"\n")
        except (OSError, ValueError) as error:
            self.ended = True
            raise ChildEndedError from error
        return await self._line()

    def _write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        rest = memoryview(line)
        while rest:
            rest = rest[self.process.stdin.write(rest) or 0 :]

    async def _line(self) -> dict[str, Any]:
        assert self._reader is not None
        try:
            line = await self._reader.readline()
            if line.endswith(b"\n"):
                return msgspec.json.decode(line, type=dict[str, Any])
        except (ValueError, msgspec.DecodeError):
            self.process.kill()
        self.ended = True
        raise ChildEndedError

    def kill(self) -> None:
        self.ended = True
        self.process.kill()

    async def close(self) -> None:
        """End the child: by closing its stdin, by force where it does not heed that."""
        self.ended = True
        await end(self.process)
        if self._transport is not None:
            self._transport.close()
        elif self.process.stdout is not None:
            self.process.stdout.close()
