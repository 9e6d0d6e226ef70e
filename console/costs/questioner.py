"""The questioner: puts a question to Cost Management, page by page, as fast as the tenant's allowance lets it and no faster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from console.clock import ServerClock
from console.costs.allowance import CAPPED, Allowance
from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.opening import months
from console.domain.billing.questions import Question
from console.domain.trouble import Kind, TroubleError
from console.readers import Readers

if TYPE_CHECKING:
    from console.azure.costs import Pages
    from console.azure.request import Request

#: Seconds after which an answer that was interrupted is begun anew: its pages would be of different bills.
GOES_ON_S = 600.0
#: Seconds that are waited for before a question is asked; the tenant's units of ten seconds are back by then.
PATIENCE_S = 12.0


class Asking(Protocol):
    """What makes requests of questions (console.azure.cost_compiler). Raises TroubleError."""

    async def question(self, question: Question) -> Request: ...


class _Begun:
    """An answer that is being read: what came so far, and where it goes on."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.since = time.monotonic()
        self.charges: list[Charge] = []
        self.unreadable = 0


class Questioner:
    """One question at a time for each scope. `questions` and `pages` are counted since the start."""

    def __init__(
        self, readers: Readers, compiler: Callable[[], Asking], allowance: Allowance, clock: ServerClock, changed: Callable[[], None]
    ) -> None:
        self._readers, self._compiler, self._clock, self._changed = readers, compiler, clock, changed
        self._allowance = allowance
        self._begun: dict[str, _Begun] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self.questions = self.pages = 0

    async def read(self, question: Question) -> Bill:
        """Azure's answer, all pages. What a refusal for now interrupts is gone on with by the next reading. Raises TroubleError."""
        key = question.key
        async with self._turns.setdefault(scopes.key(question.scope), asyncio.Lock()):
            await self._let(months(question))
            begun = self._begun.pop(key, None)
            if begun is None or time.monotonic() - begun.since > GOES_ON_S:
                request = await self._compiler().question(question)
                begun = _Begun(await self._readers.cost_pages(request, question))
                self.questions += 1
            self._changed()
            try:
                await self._read_on(begun, months(question))
            except TroubleError as error:
                if error.trouble.kind is Kind.THROTTLED and begun.charges:
                    self._begun[key] = begun
                raise
        bad = begun.unreadable
        incomplete = f"{bad} row{'' if bad == 1 else 's'} of Azure's answer could not be read." if bad else ""
        return Bill(question=question, charges=tuple(begun.charges), asked=self._clock.now(), incomplete=incomplete)

    def forget(self) -> None:
        """Go on with nothing that was begun."""
        self._begun.clear()

    async def _read_on(self, begun: _Begun, expected: int) -> None:
        while not begun.pages.ended:
            await self._let(expected)
            self._allowance.asking(expected)
            try:
                page = await begun.pages.read()
            except BaseException as error:
                self._allowance.failed(expected)
                if isinstance(error, TroubleError) and error.trouble.kind is Kind.THROTTLED:
                    self._allowance.hold(error.trouble.retry_after)
                raise
            self.pages += 1
            self._allowance.answered(page.allowance, expected)
            begun.charges += page.charges
            begun.unreadable += page.unreadable
            expected = 1

    async def _let(self, expected: int) -> None:
        """Come back when a question may be asked. Raises TroubleError where that is not soon."""
        while True:
            gap = self._allowance.gap(expected)
            if gap > 0:
                self._allowance.hold(gap)
            trouble = self._allowance.trouble(expected)
            if trouble is None:
                return
            if trouble.code == CAPPED or (trouble.retry_after or 0.0) > PATIENCE_S:
                raise TroubleError(trouble)
            self._changed()
            await asyncio.sleep(trouble.retry_after or 0.0)
