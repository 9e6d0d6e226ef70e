"""The query broker: every panel's questions to Cost Management go through it, so that none is asked twice, and never too many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from console.clock import ServerClock
from console.costs.allowance import CAPPED, Allowance, Status
from console.costs.kept import KeptBills
from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.opening import good_until, months
from console.domain.billing.questions import Question
from console.domain.trouble import Kind, Trouble, TroubleError
from console.readers import Readers

if TYPE_CHECKING:
    from console.azure.costs import Pages
    from console.azure.request import Request

#: Bills in memory; a console that is open for weeks asks a few new questions each day.
MOST_BILLS = 64
#: Seconds of the server's time for which a subscription that may not be asked is not asked again: roles change seldom.
REFUSAL_HOLDS_S = 4 * 3600
#: Seconds after which an answer that was interrupted is begun anew: its pages would be of different bills.
GOES_ON_S = 600.0
#: By how much the server's time may differ between two starts: it is told in whole seconds, and run on from there by this machine's.
CLOCKS_DIFFER = timedelta(minutes=10)
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


class Broker:
    """One answer for each question, in memory and on disk; one question at a time for each scope; never more than the allowance.

    `groups` gives the resource groups to ask where a subscription may not be asked; `changed` is called whenever something came.
    """

    def __init__(
        self,
        readers: Readers,
        compiler: Callable[[], Asking],
        kept: KeptBills,
        groups: Callable[[str], Sequence[str]],
        clock: ServerClock,
        changed: Callable[[], None],
        cap: int,
    ) -> None:
        self._readers, self._compiler, self._kept, self._groups = readers, compiler, kept, groups
        self._clock, self._changed = clock, changed
        self.allowance = Allowance(clock, cap)
        #: Why a question's last answer is an old one, or none, by the question's key.
        self.troubles: dict[str, Trouble] = {}
        self._bills: dict[str, Bill] = {}
        self._looked_for: set[str] = set()
        self._begun: dict[str, _Begun] = {}
        self._flights: dict[str, asyncio.Task[Bill]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._refused: dict[str, tuple[Trouble, float]] = {}
        self._questions = self._pages = 0

    @property
    def status(self) -> Status:
        return Status(
            cap=self.allowance.cap,
            spent=self.allowance.spent,
            left=self.allowance.last.left_this_hour,
            waiting_until=self.allowance.waiting_until,
            questions=self._questions,
            pages=self._pages,
            asking=len(self._flights),
        )

    def known(self, question: Question) -> Bill | None:
        """The last answer to a question, however old, as far as it is in memory."""
        return self._bills.get(question.key)

    async def ask(self, question: Question, *, anew: bool = False) -> Bill:
        """The answer to a question: one that is still good (unless `anew`), else Azure's. Raises TroubleError where there is none.

        Where Azure does not answer, the last answer is given, with the reason in `troubles`. More than some
        seconds are not waited for: the trouble tells how long it is, and the next asking goes on where this one ended.
        """
        key = question.key
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._answered(question, anew), name="cost question")
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._ended(key, done))
        # Who asks may give up; others wait for the same answer.
        return await asyncio.shield(flight)

    def forget(self) -> None:
        """Somebody else asks from now on: nothing of what was answered is theirs to see."""
        for flight in self._flights.values():
            flight.cancel()
        for held in (self._flights, self._bills, self._looked_for, self._begun, self._refused, self.troubles):
            held.clear()
        self.allowance.forget_wait()

    async def close(self) -> None:
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    # One question

    async def _answered(self, question: Question, anew: bool) -> Bill:
        known = await self._last(question)
        if known is not None and not anew and self._good(known):
            return known
        try:
            bill = await self._read_or_groups(question, anew)
        except TroubleError as error:
            self.troubles[question.key] = error.trouble
            if known is None:
                raise
            return known
        self.troubles.pop(question.key, None)
        return bill

    async def _last(self, question: Question) -> Bill | None:
        """The last answer, from memory or from disk."""
        key = question.key
        if key not in self._bills and key not in self._looked_for:
            self._looked_for.add(key)
            stored = await asyncio.to_thread(self._kept.load, question)
            if stored is not None:
                self._bills[key] = stored
        return self._bills.get(key)

    def _good(self, bill: Bill) -> bool:
        now = self._clock.now()
        # An answer from the future is one of another clock: an emulator's that began anew, say.
        return bill.asked - CLOCKS_DIFFER <= now < good_until(bill.question, bill.asked)

    async def _read_or_groups(self, question: Question, anew: bool) -> Bill:
        """The answer of the scope, or where only groups of a subscription may be asked, of those."""
        refusal, since = self._refused.get(scopes.key(question.scope), (None, 0.0))
        now = self._clock.now().timestamp()
        if refusal is None or anew or now - since > REFUSAL_HOLDS_S:
            try:
                return await self._read(question)
            except TroubleError as error:
                if error.trouble.kind is not Kind.PERMISSION:
                    raise
                refusal = error.trouble
                self._refused[scopes.key(question.scope)] = refusal, now
        groups = self._groups(question.scope)
        if not groups:
            raise TroubleError(refusal)
        return await self._of_groups(question, groups, refusal, anew)

    async def _of_groups(self, question: Question, groups: Sequence[str], refusal: Trouble, anew: bool) -> Bill:
        """The answers of groups as one, which says that it is not of the whole. Raises TroubleError where none of them may be asked."""
        questions = [replace(question, scope=group) for group in groups]
        answers = await asyncio.gather(*(self.ask(each, anew=anew) for each in questions), return_exceptions=True)
        bills = [answer for answer in answers if isinstance(answer, Bill)]
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, TroubleError):
                raise answer
        if not bills:
            throttled = [each for each in answers if isinstance(each, TroubleError) and each.trouble.kind is not Kind.PERMISSION]
            raise throttled[0] if throttled else TroubleError(refusal)
        names = ", ".join(bill.question.scope.rpartition("/")[2] for bill in bills)
        more = f" Not of all of them: {len(groups) - len(bills)} of {len(groups)} did not answer." if len(bills) < len(groups) else ""
        return Bill(
            question=question,
            charges=tuple(charge for bill in bills for charge in bill.charges),
            asked=min(bill.asked for bill in bills),
            incomplete=f"Only of the resource groups that are open here ({names}). {refusal.sentence}{more}",
        )

    async def _read(self, question: Question) -> Bill:
        """Azure's answer, all pages. What a refusal for now interrupts is gone on with by the next reading."""
        key = question.key
        async with self._turns.setdefault(scopes.key(question.scope), asyncio.Lock()):
            await self._let(months(question))
            begun = self._begun.pop(key, None)
            if begun is None or time.monotonic() - begun.since > GOES_ON_S:
                request = await self._compiler().question(question)
                begun = _Begun(await self._readers.cost_pages(request, question))
                self._questions += 1
            self._changed()
            try:
                await self._read_on(begun, months(question))
            except TroubleError as error:
                if error.trouble.kind is Kind.THROTTLED and begun.charges:
                    self._begun[key] = begun
                raise
            bad = begun.unreadable
            incomplete = f"{bad} row{'' if bad == 1 else 's'} of Azure's answer could not be read." if bad else ""
            bill = Bill(question=question, charges=tuple(begun.charges), asked=self._clock.now(), incomplete=incomplete)
            self._keep(bill)
        await asyncio.to_thread(self._kept.save, bill)
        return bill

    async def _read_on(self, begun: _Begun, expected: int) -> None:
        while not begun.pages.ended:
            await self._let(expected)
            self.allowance.asking(expected)
            try:
                page = await begun.pages.read()
            except BaseException as error:
                self.allowance.failed(expected)
                if isinstance(error, TroubleError) and error.trouble.kind is Kind.THROTTLED:
                    self.allowance.hold(error.trouble.retry_after)
                raise
            self._pages += 1
            self.allowance.answered(page.allowance, expected)
            begun.charges += page.charges
            begun.unreadable += page.unreadable
            expected = 1

    async def _let(self, expected: int) -> None:
        """Come back when a question may be asked. Raises TroubleError where that is not soon."""
        while True:
            gap = self.allowance.gap(expected)
            if gap > 0:
                self.allowance.hold(gap)
            trouble = self.allowance.trouble(expected)
            if trouble is None:
                return
            if trouble.code == CAPPED or (trouble.retry_after or 0.0) > PATIENCE_S:
                raise TroubleError(trouble)
            self._changed()
            await asyncio.sleep(trouble.retry_after or 0.0)

    def _keep(self, bill: Bill) -> None:
        self._bills.pop(bill.question.key, None)
        self._bills[bill.question.key] = bill
        while len(self._bills) > MOST_BILLS:
            oldest = next(iter(self._bills))
            del self._bills[oldest]
            self._looked_for.discard(oldest)

    def _ended(self, key: str, flight: asyncio.Task[Bill]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # whoever asked has heard of it, or nobody waits any more
        self._changed()
