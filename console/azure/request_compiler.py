"""A request compiler: a compiler of whose questions each becomes one request, or is not taken by the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from console.azure.compiler_life import Answered, ChildCompiler, Flaw
from console.azure.request import Request
from console.domain.trouble import Kind, Trouble, TroubleError


class _Answer(Answered):
    request: Request | None = None
    flaws: tuple[Flaw, ...] = ()


class RequestCompiler(ChildCompiler):
    """A subclass also names the code of the trouble that its SDK does not take something."""

    flaw_code: ClassVar[str]

    async def _compiled(self, kind: str, fields: Mapping[str, Any]) -> Request:
        """The request of a kind. Raises TroubleError, with what is wrong where the SDK does not take the fields."""
        answer = await self._ask({"do": "compile", "kind": kind, **fields}, _Answer)
        if answer.request is not None:
            return answer.request
        said = "; ".join(f"{flaw.path}: {flaw.message}" for flaw in answer.flaws)
        raise TroubleError(Trouble(Kind.INVALID, f"{self.sdk} does not take this: {said}.", self.flaw_code))
