"""Findings of cost: made of bills that were looked through, anew when a bill or a budget is another."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

from console.clock import ServerClock
from console.domain.billing.bill import Bill
from console.domain.billing.budgets import Budget
from console.domain.billing.sums import Sum
from console.domain.compute import Compute, Kind
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace
from console.feeds.cost_findings import CostFindings
from tests.domain.billing.bills import A100, ASKED, NLP, STORE, SUBSCRIPTION, VISION, WORKSPACES, bill, charge, daily
from tests.domain.billing.test_budgets import budget
from tests.domain.test_compute import compute

BURST = [*daily([75] * 20 + [612] + [75] * 8 + [2_000], A100, "Virtual Machines"), *daily([40] * 30, STORE, "Storage")]


class World:
    """What was read of cost, and a clock that stands still at the end of August."""

    def __init__(self, *bills: Bill) -> None:
        self.bills: tuple[Bill, ...] = bills
        self.budgets: tuple[Budget, ...] = ()
        self.budgets_read: set[WorkspaceRef] = set()
        self.workspaces: tuple[Workspace, ...] = WORKSPACES
        self.computes: tuple[Compute, ...] = (compute(Kind.CLUSTER, id=A100, name="A100"),)
        self.wall = ASKED.timestamp()
        self.finder = CostFindings(
            bills=lambda: self.bills,
            budgets=lambda: self.budgets,
            budgets_read=self.budgets_read.__contains__,
            workspaces=lambda: self.workspaces,
            computes=lambda: self.computes,
            feeds=(),
            clock=ServerClock(wall=lambda: self.wall),
        )

    @property
    def found(self) -> dict[str, Finding]:
        self.finder.changed()
        return {f"{each.rule} {each.subject_name}": each for each in self.finder.every()}


async def test_a_spike_is_found_once_the_bill_was_looked_through() -> None:
    world = World(bill(BURST))
    assert world.found == {}
    await world.finder.look_through()
    assert world.found.keys() == {"cost-spike-2026-08-21 A100"}, "the 30th was not whole yet when Azure was asked"
    assert "cluster of nlp" in world.found["cost-spike-2026-08-21 A100"].evidence[0].sentence
    assert world.finder.of(A100.upper()) == tuple(world.found.values())
    world.bills = (bill(BURST[:20]),)
    await world.finder.look_through()
    assert world.found == {}


async def test_a_bill_is_looked_through_once_and_lets_others_in_meanwhile() -> None:
    many = [each for _ in range(200) for each in BURST]
    world, turns = World(bill(many)), 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await world.finder.look_through()
    assert turns > 2, "long work gives the event loop away"
    before = turns
    await world.finder.look_through()
    assert turns == before, "what was looked through is not looked through again"
    counting.cancel()


async def test_only_budgets_that_were_read_are_missed() -> None:
    world = World(bill([charge(12, A100, "")]))
    await world.finder.look_through()
    assert world.found == {}
    world.budgets_read |= {NLP.ref, VISION.ref}
    assert world.found.keys() == {"no-budget nlp", "no-budget vision"}
    assert "$12.00 billed for it this month" in [each.sentence for each in world.found["no-budget nlp"].evidence]
    missing = world.found["no-budget vision"]
    assert world.finder.subject(missing.id) == VISION
    world.budgets = (budget(spent=Decimal(950)),)
    assert world.found.keys() == {"budget-pressing b"}
    assert world.finder.subject(world.found["budget-pressing b"].id) == world.budgets[0]
    world.budgets = ()
    assert world.finder.subject("budget-pressing@/gone") is None and "no-budget nlp" in world.found


async def test_each_scope_is_judged_by_its_own_bill() -> None:
    group = f"{SUBSCRIPTION}/resourceGroups/rg-big"
    big = bill([*daily([90_000] * 30, "/big", "")], scope=group)
    mixed = bill([*BURST, charge(5, STORE, "", currency="EUR", day=date(2026, 8, 2))])
    world = World(mixed, big)
    await world.finder.look_through()
    assert world.found.keys() == {"cost-spike-2026-08-21 A100", "mixed-currencies 5f0c"}
    shares = world.finder.shares
    assert shares.of(NLP.ref).own == Sum({"USD": Decimal(75 * 28 + 612 + 2_000)}) and shares.elsewhere.of("USD") == 2_700_000


async def test_what_is_found_is_kept_until_something_is_another() -> None:
    world = World(bill(BURST))
    await world.finder.look_through()
    first = next(world.finder.every())
    world.finder.changed()
    assert next(world.finder.every()) is first
    world.wall += 20 * 86_400
    assert list(world.finder.every()) == [], "it is more than two weeks ago"
