"""A compiler's life: a child that an SDK is imported in, started at need, asked one question at a time, and let go when nobody asks."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec

from console.azure.compiler_process import ChildEndedError, CompilerChild
from console.domain.trouble import Kind, Trouble, TroubleError

log = logging.getLogger(__name__)

#: Seconds without a question after which the child is let go, and its memory with it.
IDLE_S = 600.0
#: Seconds that the import may take, and a question.
LOAD_S, ASK_S = 120.0, 30.0


class State(StrEnum):
    """How the compiler stands: no child; one that imports; one that waits for questions."""

    OFF = "off"
    LOADING = "loading"
    READY = "ready"


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a field: `path` like `schedules.compute_start_stop[0].action` ("": the whole), `line` from 1 (0: no text)."""

    path: str
    line: int
    message: str


class Answered(msgspec.Struct):
    """What every answer may be instead: `fault` says why there is none."""

    fault: str = ""


A = TypeVar("A", bound=Answered)


class ChildCompiler:
    """One child at a time, started at need, asked one question at a time, started again once if it dies, let go after `idle` seconds.

    `changed` is called whenever `state` changes. A subclass names the child's module, its SDK and what that is needed for.
    """

    child: ClassVar[str]
    sdk: ClassVar[str]
    requirement: ClassVar[str]
    needed_for: ClassVar[str]

    def __init__(self, log_file: Path | None = None, *, idle: float = IDLE_S, python: str = sys.executable) -> None:
        self.version = ""
        self.changed: Callable[[], None] | None = None
        self._log_file = log_file
        self._idle = idle
        self._python = python
        self._child: CompilerChild | None = None
        self._state = State.OFF
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def state(self) -> State:
        return State.OFF if self._child is None or self._child.ended else self._state

    @property
    def process_id(self) -> int | None:
        """The child's, while there is one."""
        return None if self._child is None or self._child.ended else self._child.process.pid

    def warm(self) -> None:
        """Start the child ahead of a question; what goes wrong is told by the question."""

        async def start() -> None:
            try:
                async with self._turn:
                    await self._running()
                    self._let_go_later()
            except (TroubleError, ChildEndedError):
                log.info("the compiler did not start ahead of a question")

        if not self._closed and self.state is State.OFF and not self._turn.locked():
            self._spawn(start())

    async def close(self) -> None:
        """End the child; nothing can be asked afterwards."""
        self._closed = True
        self._stay()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._let_go()

    async def _ask(self, question: Mapping[str, Any], shape: type[A]) -> A:
        async with self._turn:
            self._stay()
            try:
                for _ in range(2):
                    try:
                        return self._read(await self._answer(question), shape)
                    except ChildEndedError:
                        await self._let_go()
                sentence = "The compiler ended twice without an answer. Try again; with --log-file the log says why."
                raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "CompilerEnded"))
            except asyncio.CancelledError:
                # Its answer would be taken for that of the next question.
                if self._child is not None:
                    self._child.kill()
                raise
            finally:
                self._let_go_later()

    async def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        child = await self._running()
        try:
            async with asyncio.timeout(ASK_S):
                return await child.ask(question)
        except TimeoutError:
            child.kill()
            sentence = f"The compiler ({self.sdk}) gave no answer within {ASK_S:.0f} s; it is started anew when it is needed again."
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "CompilerTimeout")) from None

    def _read(self, answer: Mapping[str, Any], shape: type[A]) -> A:
        try:
            read = msgspec.convert(answer, shape)
        except msgspec.ValidationError as error:
            raise TroubleError(Trouble(Kind.UNEXPECTED, f"The compiler's answer cannot be read: {error}.", "CompilerAnswer")) from error
        if read.fault:
            told = f" ({self.sdk} {self.version})" if self.version else ""
            raise TroubleError(Trouble(Kind.UNEXPECTED, f"The compiler cannot do this: {read.fault}{told}.", "CompilerFault"))
        return read

    async def _running(self) -> CompilerChild:
        """A child that has imported its SDK. Raises TroubleError, ChildEndedError."""
        if self._closed:
            raise TroubleError(Trouble(Kind.INVALID, "The compiler is closed: the console is ending.", "CompilerClosed"))
        if self._child is not None and not self._child.ended:
            return self._child
        if self._child is not None:
            await self._let_go()
        try:
            self._child = child = CompilerChild(self._log_file, self._python, self.child)
        except OSError as error:
            sentence = f"The compiler cannot start: {error.strerror}. Is there memory left, and may processes be started here?"
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "CompilerStart", str(error))) from error
        self._tell(State.LOADING)
        try:
            async with asyncio.timeout(LOAD_S):
                ready = await child.ready()
        except TimeoutError:
            child.kill()
            sentence = f"{self.sdk} was not imported within {LOAD_S:.0f} s. Is the machine very busy? Try again."
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "CompilerTimeout")) from None
        except asyncio.CancelledError:
            child.kill()
            raise
        if not ready.ready:
            await self._let_go()
            sentence = (
                f"{self.needed_for} needs {self.sdk}, which is not installed here ({ready.missing} is missing): "
                f"`{self._python} -m pip install '{self.requirement}'` installs it."
            )
            raise TroubleError(Trouble(Kind.INVALID, sentence, "CompilerMissing"))
        self.version = ready.version
        self._tell(State.READY)
        return child

    def _tell(self, state: State) -> None:
        self._state = state
        if self.changed is not None:
            self.changed()

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _let_go_later(self) -> None:
        self._stay()
        if not self._closed and self._child is not None:
            self._leaving = asyncio.get_running_loop().call_later(self._idle, lambda: self._spawn(self._leave()))

    async def _leave(self) -> None:
        async with self._turn:
            await self._let_go()

    async def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.close()
            self._tell(State.OFF)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work, name="compiler")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
