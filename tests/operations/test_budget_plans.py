"""Budgets as plans, carried out on the emulator and taken back again, with the real compiler."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from console.azure import budgets as reads
from console.azure.arm import ArmClient
from console.azure.cost_compiler import CostCompiler
from console.domain.billing.budgets import Budget, BudgetFilter, Notification, id_of
from console.domain.trouble import Kind, TroubleError
from console.operations import budgets
from console.operations.budgets import Surroundings
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress
from console.operations.plan import GONE, Danger, Plan
from console.operations.runner import Runner
from console.readers import Readers
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, until, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")
AROUND = Surroundings(today=date(2026, 11, 2))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def compiler() -> AsyncIterator[CostCompiler]:
    made = CostCompiler()
    yield made
    await made.close()


class Till:
    """A runner with the session's own way to re-read a target."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.arm: ArmClient = client(emulator, EndpointTokens(emulator))
        self.journal = Journal(folder)

        async def gateway() -> ArmClient:
            return self.arm

        self.readers = Readers(gateway, "")
        self.runner = Runner(self.arm, self.journal, self.readers.target, lambda *_: None, cloud=emulator.base_url, who=lambda: "admin")

    async def done(self, plan: Plan) -> Operation:
        operation = self.runner.run(plan)
        await until(lambda: operation.ended, plan.title)
        return operation

    async def raw(self, budget: Budget) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.readers.budget_json(budget.id))
        return found

    async def there(self, budget: Budget) -> Budget | None:
        try:
            return await reads.read_one(self.arm, budget.id)
        except TroubleError as error:
            assert error.trouble.kind is Kind.NOT_FOUND
            return None


@pytest_asyncio.fixture(loop_scope="module")
async def till(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Till]:
    made = Till(fresh_emulator, tmp_path)
    yield made
    await made.runner.close()
    made.journal.close()
    await made.arm.transport.close()


@pytest.fixture
def draft(fresh_emulator: Emulator) -> Budget:
    scope = workspace(fresh_emulator).group_id
    only = BudgetFilter("ResourceId", (workspace(fresh_emulator).id,))
    told = {"dimensions": {"name": only.name, "operator": "In", "values": list(only.values)}}
    return Budget(
        id=id_of(scope, "fraud"),
        name="fraud",
        scope=scope,
        amount=Decimal("1234.56"),
        start=date(2026, 11, 1),
        filters=(only,),
        filter_raw=json.dumps(told).encode(),
        notifications=(
            Notification(name="half", threshold=Decimal(50), emails=("ada@contoso.com",)),
            Notification(name="ahead", threshold=Decimal("99.5"), kind="Forecasted", emails=("ada@contoso.com",), roles=("Owner",)),
        ),
    )


def steps(operation: Operation) -> list[tuple[Progress, str]]:
    return [(run.progress, run.note) for run in operation.runs]


def undo_of(plan: Plan) -> Plan:
    taken_back = tuple(step.undo for step in plan.steps if step.undo is not None)
    assert len(taken_back) == len(plan.steps)
    return replace(plan, steps=taken_back)


async def test_a_budget_is_made_seen_and_taken_back(till: Till, compiler: CostCompiler, draft: Budget) -> None:
    plan = await budgets.create(compiler, [draft], AROUND)
    (step,) = plan.steps
    assert (plan.danger, step.permission, step.at) == (Danger.CONFIRM, "Microsoft.CostManagement/budgets/write", draft.scope)
    said = [effect.sentence for effect in step.effects]
    assert "ada@contoso.com hears when what was billed reaches 50 % of 1,234.56 a month" in said
    assert "ada@contoso.com, every Owner hears when the forecast reaches 99.5 % of 1,234.56 a month" in said
    assert step.az == "", "az knows no notifications"
    assert [progress for progress, _ in steps(await till.done(plan))] == [Progress.DONE]
    made = await till.there(draft)
    assert made is not None and (made.amount, made.end) == (Decimal("1234.56"), date(2036, 11, 1))
    assert (made.filters, made.aspect("")) == (draft.filters, step.settles.states[0])
    assert [progress for progress, _ in steps(await till.done(undo_of(plan)))] == [Progress.DONE]
    assert await till.there(draft) is None


async def test_an_edit_keeps_the_rest_and_undo_sets_it_as_it_was(till: Till, compiler: CostCompiler, draft: Budget) -> None:
    await till.done(await budgets.create(compiler, [draft], AROUND))
    held = await till.there(draft)
    assert held is not None
    before = await till.raw(draft)
    wanted = replace(held, amount=Decimal(2000), notifications=held.notifications[:1])
    plan = await budgets.edit(compiler, json.dumps(before).encode(), held, wanted, AROUND)
    assert plan.steps[0].request.body["eTag"] == held.etag
    assert {"2,000 a month instead of 1,234.56 a month", "the alert ahead is gone"} <= {each.sentence for each in plan.steps[0].effects}
    assert [progress for progress, _ in steps(await till.done(plan))] == [Progress.DONE]
    after = await till.raw(draft)
    assert after["properties"]["amount"] == 2000 and list(after["properties"]["notifications"]) == ["half"]
    for kept in ("filter", "timePeriod", "timeGrain"):
        assert after["properties"][kept] == before["properties"][kept]
    assert [progress for progress, _ in steps(await till.done(undo_of(plan)))] == [Progress.DONE]
    back = await till.raw(draft)
    assert {**back, "eTag": ""} == {**before, "eTag": ""}


async def test_what_somebody_else_changed_is_not_overwritten(
    till: Till, compiler: CostCompiler, draft: Budget, fresh_emulator: Emulator
) -> None:
    await till.done(await budgets.create(compiler, [draft], AROUND))
    held = await till.there(draft)
    assert held is not None
    raw = await till.raw(draft)
    plan = await budgets.edit(compiler, json.dumps(raw).encode(), held, replace(held, amount=Decimal(3)), AROUND)
    url = f"{draft.id}?api-version=2025-03-01"
    theirs = {"eTag": raw["eTag"], "properties": {**raw["properties"], "amount": 7}}
    assert fresh_emulator.request("PUT", url, theirs).status == 200
    ((progress, note),) = steps(await till.done(plan))
    assert progress is Progress.STOPPED and "1234.56 Monthly" in note and "7 Monthly" in note
    # The same where the change comes between the looking and the sending: its tag is an old one.
    unseen = replace(plan, steps=(replace(plan.steps[0], rests_on=""),))
    ((progress, note),) = steps(await till.done(unseen))
    assert progress is Progress.FAILED and note.startswith("Somebody else has changed this budget meanwhile")
    assert (await till.raw(draft))["properties"]["amount"] == 7


async def test_a_deletion_is_taken_back_within_the_period_that_runs(till: Till, compiler: CostCompiler) -> None:
    subscription = (await till.readers.subscriptions()).items
    found = [each for one in subscription for each in (await till.readers.budgets(f"/subscriptions/{one.id}")).items]
    (held,) = [each for each in found if each.name == "contoso-dev"]
    assert held.start is not None and held.start < date(2026, 11, 1)
    raw = await till.readers.budget_json(held.id)
    plan = await budgets.delete(compiler, [(held, raw)], AROUND)
    assert plan.steps[0].az.startswith("az consumption budget delete --budget-name contoso-dev --subscription ")
    assert [progress for progress, _ in steps(await till.done(plan))] == [Progress.DONE]
    assert await till.there(held) is None
    assert [progress for progress, _ in steps(await till.done(undo_of(plan)))] == [Progress.DONE]
    again = await till.there(held)
    assert again is not None
    assert (again.start, again.amount, again.notifications) == (date(2026, 11, 1), held.amount, held.notifications)


async def test_plans_of_many_and_what_az_can_say(compiler: CostCompiler, draft: Budget) -> None:
    plain = replace(draft, filters=(), filter_raw=b"", notifications=(), amount=Decimal("1e3"))
    plan = await budgets.create(compiler, [plain, replace(plain, name="other", id=id_of(plain.scope, "other"))], AROUND)
    assert plan.title == "Create 2 budgets" and all(step.rests_on == GONE for step in plan.steps)
    assert "--amount 1000 --time-grain monthly --start-date 2026-11-01 --end-date 2036-11-01" in plan.steps[0].az
    gone = await budgets.delete(compiler, [(plain, b""), (plain, b"")], AROUND)
    assert (gone.danger, gone.typed) == (Danger.TYPED, "2")
    with pytest.raises(ValueError, match="no start or no amount"):
        await budgets.create(compiler, [replace(draft, start=None)], AROUND)


async def test_what_is_not_understood_is_not_changed(draft: Budget) -> None:
    assert budgets.can_change(draft) == ""
    assert budgets.can_change(replace(draft, fault="x")) and budgets.can_change(replace(draft, category="ReservationUtilization"))


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Decimal("1234.57")},
        {"grain": "Quarterly"},
        {"filters": ()},
        {"end": date(2030, 1, 1)},
        {"notifications": ()},
    ],
)
async def test_whatever_is_set_differently_is_another_state(draft: Budget, other: dict[str, object]) -> None:
    assert replace(draft, **other).aspect("") != draft.aspect("")
    same = replace(draft, amount=Decimal("1234.560"), notifications=draft.notifications[::-1], spent=Decimal(1), etag="x")
    assert same.aspect("") == draft.aspect("")
