"""What is found of cost: the rules over the bills and budgets that are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Any

import msgspec

from console.clock import ServerClock
from console.domain import scopes
from console.domain.billing.belongings import Belongings
from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import Breakdown, Row, Tally, merged, position_of
from console.domain.billing.budget_choice import choices
from console.domain.billing.budgets import Budget
from console.domain.billing.calibration import settled
from console.domain.billing.portions import portions
from console.domain.billing.questions import METER, RESOURCE
from console.domain.billing.resource_names import ResourceNames
from console.domain.billing.shares import Shares, shares
from console.domain.billing.spikes import DailyCosts, Spike, greatest_first
from console.domain.billing.windows import Window, month_of
from console.domain.compute import Compute
from console.domain.findings import costs
from console.domain.findings.finding import Finding, subject_of
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed
from console.turns import Turn

#: What is called deleted follows the computes that are read; nothing is told anew for that more often than this (seconds of the server's
#: time), nor for the day alone.
EVERY_S = 600


class Looked(msgspec.Struct, frozen=True):
    """What the bills of one scope told when they were looked through: spikes, what resources cost this month, all currencies."""

    bills: tuple[Bill, ...]
    month: date
    spikes: tuple[Spike, ...]
    this_month: Breakdown
    currencies: frozenset[str]


class CostFindings:
    """Finds nothing before cost is read; of bills only what `look_through` has found in them, as they may have 100,000 rows."""

    about = "cost"

    def __init__(
        self,
        bills: Callable[[], Sequence[Bill]],
        budgets: Callable[[], Sequence[Budget]],
        budgets_read: Callable[[WorkspaceRef], bool],
        workspaces: Callable[[], Sequence[Workspace]],
        computes: Callable[[], Sequence[Compute]],
        feeds: Sequence[Feed[Any]],
        clock: ServerClock,
        scope_name: Callable[[str], str] = lambda scope: scope.rstrip("/").rsplit("/", 1)[-1],
    ) -> None:
        """`bills` gives daily ones by `RESOURCE` (and `METER`) of this month and the last, no day of a scope in two of them.

        `budgets_read` tells whether all budgets that may be a workspace's were read: without them none is missed. `feeds` are those
        that budgets are read by, `scope_name` tells what an ARM id of a subscription or group is called.
        """
        self._bills, self._budgets, self._budgets_read = bills, budgets, budgets_read
        self._workspaces, self._computes = workspaces, computes
        self._feeds, self._clock, self._scope_name = feeds, clock, scope_name
        self._looked: dict[str, Looked] = {}
        self._found: tuple[Finding, ...] = ()
        self._objects: tuple[object, ...] = ()
        self._judged_at: tuple[int, frozenset[WorkspaceRef]] = (0, frozenset())

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return self._feeds

    def changed(self) -> None:
        """What is found is told anew where what it rests on is another object: that tells it."""

    async def look_through(self) -> None:
        """Look through the bills that are new, giving the event loop away again and again. Await it whenever a bill was read."""
        month = self._today.replace(day=1)
        looked: dict[str, Looked] = {}
        for scope, bills in _by_scope(self._bills()).items():
            last = self._looked.get(scope)
            known = last is not None and last.month == month and _same(last.bills, bills)
            looked[scope] = last if last is not None and known else await _look(bills, month)
        self._looked = looked

    @property
    def shares(self) -> Shares:
        """What each workspace costs this month, as far as bills were looked through."""
        resources = merged(row for looked in self._looked.values() for row in looked.this_month.rows)
        return shares(resources, Belongings(self._workspaces()))

    def every(self) -> Iterator[Finding]:
        workspaces = self._workspaces()
        turn = int(self._clock.now().timestamp() // EVERY_S)
        read = frozenset(each.ref for each in workspaces if not each.fault and self._budgets_read(each.ref))
        objects = (self._looked, self._budgets(), workspaces)
        if not _same(objects, self._objects) or (turn, read) != self._judged_at:
            self._found, self._objects, self._judged_at = tuple(self._find(read)), objects, (turn, read)
        yield from self._found

    def of(self, subject_id: str) -> tuple[Finding, ...]:
        """What is found of a resource, a workspace, a budget or a scope (an ARM id)."""
        return tuple(each for each in self.every() if scopes.same_id(each.subject_id, subject_id))

    def subject(self, finding_id: str) -> Budget | Workspace | None:
        """The budget or workspace that a finding is about, as it is now; None when it is gone, or of what else is on a bill."""
        wanted = subject_of(finding_id)
        budget = next((each for each in self._budgets() if scopes.key(each.id) == wanted), None)
        return budget or next((each for each in self._workspaces() if scopes.key(each.id) == wanted), None)

    @property
    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()

    def _find(self, budgets_read: frozenset[WorkspaceRef]) -> Iterator[Finding]:
        today, workspaces, budgets = self._today, self._workspaces(), self._budgets()
        names = ResourceNames(Belongings(workspaces), self._computes())
        for scope, looked in self._looked.items():
            for spike in looked.spikes:
                if found := costs.spiked(spike, names.of(spike.resource_id), today):
                    yield found
            if found := costs.mixed(scope, self._scope_name(scope), looked.currencies):
                yield found
        for budget in budgets:
            if found := costs.pressing(budget, today):
                yield found
        spent = {each.workspace: each.cost for each in self.shares.workspaces} if self._looked else {}
        for ref, choice in choices(budgets, (each.ref for each in workspaces if not each.fault), today).items():
            if ref in budgets_read and (found := costs.unbudgeted(ref, choice, spent.get(ref), len(budgets))):
                yield found


async def _look(bills: tuple[Bill, ...], month: date) -> Looked:
    """Look through the bills of one scope."""
    turn, this_month = Turn(), month_of(month)
    rows: list[Row] = []
    spikes: list[Spike] = []
    codes: set[str] = set()
    daily = DailyCosts()
    for bill in bills:
        resource = position_of(bill, RESOURCE)
        meter = position_of(bill, METER) if METER in bill.question.groupings else None
        tally = Tally(resource, scopes.key)
        for some in portions(bill.charges):
            daily.add(some, resource, meter)
            tally.add(each for each in some if this_month.has(each.day))
            codes.update(each.currency for each in some)
            if turn.over:
                await turn.give()
        rows += tally.done().rows
        await turn.give()
    for found in daily.search(_window(bills)):
        spikes += found
        if turn.over:
            await turn.give()
    return Looked(bills, month, greatest_first(spikes), merged(rows), frozenset(codes))


def _window(bills: Sequence[Bill]) -> Window:
    """The days of some bills of one scope that are whole in all of them."""
    first, last = min(bill.question.first for bill in bills), max(bill.question.last for bill in bills)
    whole = settled(max(bill.asked for bill in bills))
    return Window(first, max(first, min(last, whole)))


def _by_scope(bills: Iterable[Bill]) -> dict[str, tuple[Bill, ...]]:
    scoped: dict[str, list[Bill]] = {}
    for bill in bills:
        scoped.setdefault(scopes.key(bill.question.scope), []).append(bill)
    return {scope: tuple(kept) for scope, kept in scoped.items()}


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two rows of things hold the very same ones."""
    return len(one) == len(other) and all(mine is theirs for mine, theirs in zip(one, other, strict=True))
