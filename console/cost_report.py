"""The making of a report of costs: everything that it tells is read once, by whoever runs it, of the workspaces that are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from console import places
from console.domain import scopes
from console.domain.billing import cost_report as told
from console.domain.billing.belongings import Belongings, How
from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import by, position_of
from console.domain.billing.budget_outlook import counted_by_day
from console.domain.billing.budgets import Budget
from console.domain.billing.calibration import TIMES, settled
from console.domain.billing.cost_report import By, CostReport, Line, Span
from console.domain.billing.outlook import outlook
from console.domain.billing.periods import Period
from console.domain.billing.questions import METER, RESOURCE, Grouping, Question
from console.domain.billing.resource_names import ResourceNames
from console.domain.billing.showback import by_experiment, by_user
from console.domain.billing.windows import Window, month_before
from console.domain.cost import OWN_MACHINES
from console.domain.figures import Confidence, Figure, unknown
from console.domain.findings.finding import Finding
from console.domain.findings.waste import saving, waste_findings
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import Feed
from console.session import Session

#: Seconds that what ran may take to be put together once it was read.
LONGEST_BUILD_S = 60.0
NO_TAG = "untagged"
PERIODS = {Span.WEEK: Period.WEEK, Span.MONTH: Period.MONTH}


def refusal(of: By, span: Span) -> str:
    """Why there is no such report ("" where there is one)."""
    if of.estimated and span not in PERIODS:
        return f"by {of} there is a report of 7d and of the month: what ran longer ago is not put together"
    return ""


async def gather(session: Session, of: By, span: Span, *, every: bool) -> CostReport:
    """Read all that a report tells; `every`: of all workspaces and all else that their subscriptions cost. Raises TroubleError."""
    await _look(session, every=every)
    await session.costs.now.read_once()
    await session.costs.found.settle()
    if not session.costs.now.billed:
        for trouble in session.costs.now.troubles.values():
            raise TroubleError(trouble)
        raise TroubleError(Trouble(Kind.NOT_FOUND, "Cost Management has told nothing yet: a new subscription has no bill for two days."))
    await _settle_usage(session)
    if of.estimated:
        session.costs.usage.pieces(PERIODS[span])
        await _built(session)
    return await _Making(session, of, span, every).report()


async def _look(session: Session, *, every: bool) -> None:
    """Look at one workspace, or at all, and read their computes, prices and last jobs once."""
    try:
        await session.open_place()
    except TroubleError as error:
        if not every or error.trouble.code not in {places.SEVERAL, places.NONE}:
            raise
    session.visible.enumerate()
    await _read(session.workspaces)
    if every:
        found = sorted(each.ref for each in session.workspaces.items if not each.fault)
        if not found:
            raise TroubleError(Trouble(Kind.NOT_FOUND, "No workspace can be seen, so there is no subscription to tell the costs of."))
        session.look_at(found)
    await _read(session.computes)
    session.money.begin()
    await _read(session.prices)
    await _read(session.retail)
    await session.last_runs.settle(each.id for each in session.computes.items if each.kind in OWN_MACHINES)
    await session.names.settle(each.owner_id for each in session.computes.items if each.owner_id)


async def _settle_usage(session: Session) -> None:
    session.costs.usage.begin()
    await _read(*session.costs.usage.past.feeds)
    await _built(session)


async def _read(*feeds: Feed[Any]) -> None:
    """Poll what was not read yet, until there is nothing left: what is read may add to what is to be read."""
    while unread := [
        (feed, scope) for feed in feeds for scope, part in feed.parts.items() if part.reading is None and part.trouble is None
    ]:
        await asyncio.gather(*(feed.poll(scope) for feed, scope in unread))


async def _built(session: Session) -> None:
    """Until what ran is put together, or takes too long: the report then says that it is not known."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_BUILD_S):
            await session.costs.usage.settle()


class _Making:
    def __init__(self, session: Session, of: By, span: Span, every: bool) -> None:
        self._session, self._of, self._span, self._every = session, of, span, every
        workspaces = session.workspaces.items
        self._belongings = Belongings(workspaces)
        self._names = ResourceNames(self._belongings, session.computes.items, session.context.where, every=every)
        self._asked = min(bill.asked for bill in session.costs.now.billed)
        self._today = session.clock.now().astimezone(UTC).date()
        self._now, self._before = span.windows(settled(self._asked), self._today)
        self._notes: list[str] = []

    async def report(self) -> CostReport:
        session = self._session
        bills = await self._bills(RESOURCE, METER)
        before = self._before if told.covered(bills, self._before) else None
        if not told.covered(bills, self._now):
            self._notes.append("Some days of this time were not read: the sums lack them.")
        lines, untagged = await self._lines(bills, before)
        now = by(told.cut(bills, self._now), RESOURCE)
        movers = told.moved(by(told.cut(bills, before), RESOURCE), now, self._name) if before is not None else ()
        found = [each for each in session.findings.open if self._is_told(each.subject_id)]
        waste = waste_findings(each for each in session.findings.open if each.about == "compute")
        calibration = await session.costs.usage.compared()
        return CostReport(
            title=self._title(),
            by=self._of,
            window=self._now,
            before=before,
            told_window=self._estimated_window() if self._of.estimated else self._now,
            totals=told.totals(bills, self._now, before),
            lines=lines,
            untagged=untagged,
            movers=movers,
            spikes=tuple(told.SpikeLine(each.subject_name, each.claim) for each in found if each.rule.startswith("cost-spike")),
            waste=tuple(self._waste(waste)),
            saving=saving(waste),
            budgets=tuple(self._budgets()),
            forecasts=tuple(self._forecasts()),
            k=calibration.k if calibration is not None else unknown(TIMES, "nothing that ran could be read"),
            made=session.clock.now(),
            asked=self._asked,
            notes=tuple(dict.fromkeys((*self._notes, *self._unread()))),
        )

    # Bills

    async def _bills(self, *groupings: Grouping) -> list[Bill]:
        """Bills of all days that are told and compared, cut to what is looked at; what is not asked yet is asked, where it can be."""
        first_months = month_before(self._today)
        months = [Window(self._today.replace(day=1), self._today), first_months]
        if self._span is Span.LAST_MONTH:
            months = [first_months, month_before(first_months.first)]
        elif self._before.first < first_months.first:
            months.append(month_before(first_months.first))
        found = []
        for subscription in self._session.costs.now.subscriptions:
            for month in months:
                question = Question(scope=f"/subscriptions/{subscription}", first=month.first, last=month.last, groupings=groupings)
                try:
                    bill = await self._session.costs.now.broker.ask(question)
                except TroubleError as error:
                    self._notes.append(f"The bill of {month.first:%B %Y} could not be read: {error.trouble.sentence}")
                else:
                    self._notes += [bill.incomplete] if bill.incomplete else []
                    found.append(self._looked_at(bill))
        return found

    def _looked_at(self, bill: Bill) -> Bill:
        """Only what is of the open workspaces alone, unless all is told."""
        if self._every:
            return bill
        resource = position_of(bill, RESOURCE)
        kept: dict[str, bool] = {}
        for charge in bill.charges:
            spelt = charge.keys[resource]
            if spelt not in kept:
                kept[spelt] = self._is_told(spelt)
        return msgspec.structs.replace(bill, charges=tuple(each for each in bill.charges if kept[each.keys[resource]]))

    def _is_told(self, resource_id: str) -> bool:
        """Whether a resource is of a workspace that is looked at, and of no other."""
        if self._every:
            return True
        belonging = self._belongings.of(resource_id)
        alone = belonging.alone if belonging is not None else None
        return alone is not None and any(scopes.same_id(alone.id, each.id) for each in self._session.context.where)

    # Lines

    async def _lines(self, bills: Sequence[Bill], before: Window | None) -> tuple[tuple[Line, ...], Decimal | None]:
        """The lines, and what share of them bears no tag (None: that is not what they are by)."""
        of = self._of
        if of.estimated:
            pieces = self._session.costs.usage.pieces(PERIODS[self._span])
            return told.estimated_lines(by_user(pieces) if of is By.USER else by_experiment(pieces)), None
        if of is By.METER:
            return told.billed_lines(bills, METER, self._now, before), None
        if of is By.TEAM:
            tag = Grouping(self._session.costs.now.tag, tag=True)
            tagged = await self._bills(tag, RESOURCE)
            lines = told.billed_lines(tagged, tag, self._now, before, lambda value: value or NO_TAG)
            return lines, next((each.share for each in lines if each.name == NO_TAG), Decimal(0))
        return told.billed_lines(bills, RESOURCE, self._now, before, self._workspace if of is By.WORKSPACE else self._compute), None

    def _workspace(self, resource_id: str) -> str:
        belonging = self._belongings.of(resource_id)
        if belonging is None:
            return "no workspace"
        return "shared by several" if belonging.how is How.SHARED else belonging.workspaces[0].name

    def _compute(self, resource_id: str) -> str:
        belonging = self._belongings.of(resource_id)
        own = belonging is not None and belonging.how is How.OWN
        return self._name(resource_id) if own else "no compute"

    def _name(self, resource_id: str) -> str:
        named = self._names.of(resource_id)
        return f"{named.name} ({named.words})"

    def _estimated_window(self) -> Window:
        return Window(PERIODS[self._span].start(self._session.clock.now()).date(), self._today)

    # The rest

    def _waste(self, found: Sequence[Finding]) -> Iterator[told.WasteLine]:
        session = self._session
        for each in found:
            compute = session.compute_findings.subject(each.id)
            owner = session.names.get(compute.owner_id) if compute is not None and compute.owner_id else None
            yield told.WasteLine(
                what=each.what,
                name=each.subject_name,
                workspace=compute.workspace.name if compute is not None else "?",
                owner=owner or (compute.owner_id or compute.created_by if compute is not None else "") or "?",
                hourly=each.cost.value if each.cost is not None else None,
                monthly=each.monthly,
                remedy=each.remedy.value or each.advice,
                since=each.since,
            )

    def _budgets(self) -> Iterator[told.BudgetLine]:
        listed = self._session.costs.budgets()
        for row in listed.items:
            budget = row.budget
            if budget is None:
                yield told.BudgetLine(
                    name="none",
                    whose=row.whose,
                    amount=None,
                    currency="",
                    grain="",
                    spent=None,
                    forecast=None,
                    passes=None,
                    state="no budget",
                )
            elif budget.fault:
                self._notes.append(f"The budget {budget.name} could not be read: {budget.fault}")
            else:
                ahead = listed.ahead(budget) if row.running else None
                passes = ahead.passes if ahead is not None else None
                yield told.BudgetLine(
                    name=budget.name,
                    whose=row.whose,
                    amount=budget.amount,
                    currency=budget.currency,
                    grain=budget.grain,
                    spent=row.state.spent,
                    forecast=row.state.forecast,
                    passes=None if row.state.over else passes,
                    state="not in force" if not row.running else "over" if row.state.over else _state(row.state.pressing, passes),
                )

    def _forecasts(self) -> Iterator[told.ForecastLine]:
        """The running month, of each subscription by Azure and by our own days; of single workspaces by our own alone."""
        month = self._today.replace(day=1)
        bills = [self._looked_at(bill) for bill in self._session.costs.now.billed]
        for subscription in self._session.costs.now.subscriptions:
            scope = f"/subscriptions/{subscription}"
            own = [bill for bill in bills if scopes.same_id(bill.question.scope, scope)]
            days = counted_by_day(Budget(id="", name="", scope=scope), own)
            codes = {charge.currency for bill in own for charge in bill.charges}
            if days is None or len(codes) != 1:
                continue
            code = codes.pop()
            billed = {day: Figure(amount, code, "bill", Confidence.BILLED) for day, amount in days.items()}
            covers = (min(days), settled(self._asked)) if days else None
            found = outlook(billed, {}, covers, self._session.clock.now(), unit=code)
            yield told.ForecastLine(
                name=self._session.context.subscription_names.get(subscription, subscription),
                currency=code,
                so_far=sum((amount for day, amount in days.items() if day >= month), Decimal(0)),
                azure=self._azure(subscription, code, days, month) if self._every else None,
                own=found.forecast.value,
            )

    def _azure(self, subscription: str, code: str, days: dict[date, Decimal], month: date) -> Decimal | None:
        """What Azure forecasts for the rest of the month, with what was billed of the days before."""
        forecast = self._session.costs.now.forecast(subscription)
        if forecast is None or not forecast.charges:
            return None
        ahead = sum((each.cost for each in forecast.charges if each.forecast and each.currency == code), Decimal(0))
        first = forecast.question.first
        return ahead + sum((amount for day, amount in days.items() if month <= day < first), Decimal(0))

    def _title(self) -> str:
        session = self._session
        names = [session.context.subscription_names.get(each, each) for each in session.costs.now.subscriptions]
        if self._every:
            return f"Cost of {', '.join(names)}"
        return f"Cost of {', '.join(each.name for each in session.context.where)}"

    def _unread(self) -> Iterator[str]:
        """What could not be read, a sentence each."""
        session = self._session
        for what, troubles in (
            ("Some workspaces", session.workspaces.troubles.values()),
            ("Some computes", session.computes.troubles.values()),
            ("Some prices", session.prices.troubles.values()),
            ("Some costs or budgets", session.costs.now.troubles.values()),
            ("Some of what ran", session.costs.usage.troubles.values()),
        ):
            for trouble in troubles:
                yield f"{what} could not be read: {trouble.sentence}"
        for lookup, what in ((session.last_runs.trouble, "Some last jobs"), (session.names.trouble, "Names of owners")):
            if lookup is not None:
                yield f"{what} could not be read: {lookup.sentence}"
        yield from session.costs.now.incomplete
        if not self._every:
            yield "What several workspaces share is not in it: Azure does not tell which of them causes what."
        if self._span is Span.MONTH and settled(self._asked) < self._today - timedelta(days=1):
            yield f"The bill is whole up to {settled(self._asked)}; days after that may still grow."


def _state(pressing: bool, passes: date | None) -> str:
    return f"passes on {passes}" if passes is not None else "presses" if pressing else "fine"
