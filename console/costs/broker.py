"""The query broker: every panel's questions to Cost Management go through it, so that none is asked twice, and never too many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from console.clock import ServerClock
from console.costs.allowance import Allowance, Status
from console.costs.kept import KeptBills
from console.costs.questioner import Asking, Questioner
from console.domain import scopes
from console.domain.billing.bill import Bill
from console.domain.billing.opening import good_until
from console.domain.billing.questions import Question
from console.domain.trouble import Kind, Trouble, TroubleError
from console.readers import Readers

#: Bills in memory; a console that is open for weeks asks a few new questions each day.
MOST_BILLS = 64
#: Seconds of the server's time for which a subscription that may not be asked is not asked again: roles change seldom.
REFUSAL_HOLDS_S = 4 * 3600
#: By how much the server's time may differ between two starts: it is told in whole seconds, and run on from there by this machine's.
CLOCKS_DIFFER = timedelta(minutes=10)


class Broker:
    """One answer for each question, in memory and on disk; one question at a time for each scope; never more than the allowance.

    `kept` gives the bills on disk of whoever is signed in when a question is asked, `groups` the resource groups to ask where a
    subscription may not be asked; `changed` is called whenever something came.
    """

    def __init__(
        self,
        readers: Readers,
        compiler: Callable[[], Asking],
        kept: Callable[[], KeptBills],
        groups: Callable[[str], Sequence[str]],
        clock: ServerClock,
        changed: Callable[[], None],
        cap: int,
    ) -> None:
        self._kept, self._groups, self._clock, self._changed = kept, groups, clock, changed
        self.allowance = Allowance(clock, cap)
        self._questioner = Questioner(readers, compiler, self.allowance, clock, changed)
        #: Why a question's last answer is an old one, or none, by the question's key.
        self.troubles: dict[str, Trouble] = {}
        self._bills: dict[str, Bill] = {}
        self._looked_for: set[str] = set()
        self._flights: dict[str, asyncio.Task[Bill]] = {}
        self._refused: dict[str, tuple[Trouble, float]] = {}

    @property
    def status(self) -> Status:
        return Status(
            cap=self.allowance.cap,
            spent=self.allowance.spent,
            left=self.allowance.last.left_this_hour,
            waiting_until=self.allowance.waiting_until,
            questions=self._questioner.questions,
            pages=self._questioner.pages,
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
        for held in (self._flights, self._bills, self._looked_for, self._refused, self.troubles):
            held.clear()
        self._questioner.forget()
        self.allowance.forget_wait()

    async def close(self) -> None:
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    # One question

    async def _answered(self, question: Question, anew: bool) -> Bill:
        kept = self._kept()
        known = await self._last(question, kept)
        if known is not None and not anew and self._good(known):
            return known
        try:
            bill = await self._read_or_groups(question, kept, anew)
        except TroubleError as error:
            self.troubles[question.key] = error.trouble
            if known is None:
                raise
            return known
        self.troubles.pop(question.key, None)
        return bill

    async def _last(self, question: Question, kept: KeptBills) -> Bill | None:
        """The last answer, from memory or from disk."""
        key = question.key
        if key not in self._bills and key not in self._looked_for:
            self._looked_for.add(key)
            stored = await asyncio.to_thread(kept.load, question)
            if stored is not None:
                self._bills[key] = stored
        return self._bills.get(key)

    def _good(self, bill: Bill) -> bool:
        now = self._clock.now()
        # An answer from the future is one of another clock: an emulator's that began anew, say.
        return bill.asked - CLOCKS_DIFFER <= now < good_until(bill.question, bill.asked)

    async def _read_or_groups(self, question: Question, kept: KeptBills, anew: bool) -> Bill:
        """The answer of the scope, or where only groups of a subscription may be asked, of those."""
        refusal, since = self._refused.get(scopes.key(question.scope), (None, 0.0))
        now = self._clock.now().timestamp()
        if refusal is None or anew or now - since > REFUSAL_HOLDS_S:
            try:
                return await self._asked(question, kept)
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

    async def _asked(self, question: Question, kept: KeptBills) -> Bill:
        bill = await self._questioner.read(question)
        self._remember(bill)
        await asyncio.to_thread(kept.save, bill)
        return bill

    def _remember(self, bill: Bill) -> None:
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
