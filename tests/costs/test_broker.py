"""The broker: no question twice, no more than the allowance, and never less than what was known before."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.azure.arm import ArmClient
from console.costs import allowance
from console.costs.allowance import CAPPED
from console.domain.trouble import Kind
from tests.azure.cost_answers import QUESTION, SCOPE, answer, forbidden, refusal
from tests.azure.scripted import Scripted, Server
from tests.costs.conftest import DAY_S, Brokers, Machine
from tests.gateway import trouble_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = replace(QUESTION, first=date(2026, 12, 1), last=date(2026, 12, 5))
ROWS = answer([[1.5, 20261203, "/r/a", "VM", "USD"], [2, 20261203, "/r/b", "VM", "EUR"]], qpu_consumed="1")
THROTTLED = refusal(429, "429", "Too many requests. Please retry.", qpu_retry_after="3600")


def says(azure: Server, *answers: Scripted) -> None:
    """Answer so in turn, the last of them from then on."""
    left = list(answers)
    azure.answer = lambda _path: left.pop(0) if len(left) > 1 else left[0]


async def test_a_question_is_asked_once_by_however_many(broker: Brokers, azure: Server) -> None:
    says(azure, ROWS)
    asked = broker()
    bills = await asyncio.gather(*(asked.ask(TODAY) for _ in range(20)))
    assert len(azure.seen) == 1 and all(bill is bills[0] for bill in bills)
    assert [(charge.cost, charge.currency) for charge in bills[0].charges] == [(Decimal("1.5"), "USD"), (Decimal(2), "EUR")]
    assert (asked.status.questions, asked.status.pages, asked.status.spent) == (1, 1, Decimal(1))


async def test_an_answer_is_good_for_four_hours_also_at_the_next_start(
    broker: Brokers, azure: Server, machine: Machine, tmp_path: Path
) -> None:
    says(azure, ROWS)
    bill = await broker().ask(TODAY)
    again = broker()
    assert await again.ask(TODAY) == bill
    assert (len(azure.seen), again.status.questions) == (1, 0)
    (file,) = (tmp_path / "costs").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    machine.seconds += 4 * 3600 + 1
    await again.ask(TODAY)
    assert len(azure.seen) == 2
    await again.ask(TODAY, anew=True)
    assert len(azure.seen) == 3


async def test_what_is_settled_is_kept_longer(broker: Brokers, azure: Server, machine: Machine) -> None:
    says(azure, ROWS)
    settled = replace(QUESTION, first=date(2026, 11, 1), last=date(2026, 11, 28))
    await broker().ask(settled)
    machine.seconds += 20 * DAY_S
    await broker().ask(settled)
    assert len(azure.seen) == 1
    machine.seconds += 11 * DAY_S
    await broker().ask(settled)
    assert len(azure.seen) == 2


async def test_nobody_sees_what_somebody_else_was_told(broker: Brokers, azure: Server) -> None:
    says(azure, ROWS)
    asked = broker()
    await asked.ask(TODAY)
    await broker(owner="eve").ask(TODAY)
    assert len(azure.seen) == 2
    asked.forget()
    assert asked.known(TODAY) is None and asked.status.spent == 1, "units are the tenant's, whoever asked"


async def test_one_question_at_a_time_for_a_scope(broker: Brokers, azure: Server) -> None:
    under_way: list[int] = []
    counted: list[int] = []

    def slowly(_path: str) -> Scripted:
        under_way.append(1)
        counted.append(len(under_way))
        time.sleep(0.02)
        under_way.pop()
        return ROWS

    azure.answer = slowly
    asked = broker()
    await asyncio.gather(*(asked.ask(replace(TODAY, last=date(2026, 12, day))) for day in (2, 3, 4)))
    assert counted == [1, 1, 1]


async def test_throttled_for_an_hour_the_last_answer_stays_and_nothing_is_asked(broker: Brokers, azure: Server, machine: Machine) -> None:
    says(azure, ROWS, THROTTLED)
    asked = broker()
    bill = await asked.ask(TODAY)
    machine.seconds += 5 * 3600
    assert await asked.ask(TODAY) is bill
    assert asked.troubles[TODAY.key].kind is Kind.THROTTLED
    until = asked.status.waiting_until
    assert until is not None and 3500 < (until.timestamp() - machine.seconds) <= 3600
    assert await asked.ask(TODAY) is bill
    trouble = await trouble_of(asked.ask(QUESTION))
    assert (trouble.kind, trouble.retry_after is not None and trouble.retry_after > 3500) == (Kind.THROTTLED, True)
    assert len(azure.seen) == 2, "never hammered"


async def test_an_interrupted_answer_goes_on_where_it_ended(broker: Brokers, azure: Server, arm: ArmClient) -> None:
    link = f"{azure.base_url}{SCOPE}/providers/Microsoft.CostManagement/query?$skiptoken=2"
    says(azure, answer([[1, 20261203, "/r/a", "VM", "USD"]], link=link), THROTTLED, answer([[2, 20261203, "/r/b", "VM", "USD"]]))
    asked = broker()
    assert (await trouble_of(asked.ask(TODAY))).kind is Kind.THROTTLED
    asked.allowance.forget_wait()
    arm._held_until.clear()
    assert [charge.cost for charge in (await asked.ask(TODAY)).charges] == [Decimal(1), Decimal(2)]
    assert [each.path.rpartition("?")[2] for each in azure.seen][1:] == ["$skiptoken=2"] * 2
    assert (asked.status.questions, asked.status.pages) == (1, 2)


async def test_units_that_azure_says_are_used_up_are_waited_for(broker: Brokers, azure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(allowance.WINDOWS, "QueriesPer10Sec", 0.3)
    came: list[float] = []

    def told(_path: str) -> Scripted:
        came.append(time.monotonic())
        return answer([], qpu_consumed="1", qpu_remaining="QueriesPerHour:500,QueriesPer10Sec:0")

    azure.answer = told
    asked = broker()
    await asked.ask(TODAY)
    await asked.ask(QUESTION)
    assert came[1] - came[0] >= 0.3
    monkeypatch.setitem(allowance.WINDOWS, "QueriesPer10Sec", 30.0)
    trouble = await trouble_of(asked.ask(replace(QUESTION, groupings=())))
    assert (trouble.kind, len(came)) == (Kind.THROTTLED, 2)
    assert asked.status.waiting_until is not None


async def test_the_cap_of_the_config_holds(broker: Brokers, azure: Server, machine: Machine) -> None:
    says(azure, answer([[1, 20261203, "/r/a", "VM", "USD"]], qpu_consumed="2", qpu_remaining="QueriesPerHour:598"))
    asked = broker(cap=3)
    await asked.ask(TODAY)
    await asked.ask(QUESTION)
    trouble = await trouble_of(asked.ask(replace(QUESTION, groupings=())))
    assert trouble.code == CAPPED and "qpu_per_hour" in trouble.sentence and "3" in trouble.sentence
    assert (asked.status.spent, asked.status.left) == (Decimal(4), 598)
    machine.seconds += 3601
    await asked.ask(TODAY, anew=True)
    assert (len(azure.seen), asked.status.spent) == (3, Decimal(2))


async def test_without_the_subscription_its_groups_are_asked_and_told(broker: Brokers, azure: Server) -> None:
    groups = (f"{SCOPE}/resourceGroups/ml-rg", f"{SCOPE}/resourceGroups/closed-rg")

    def told(path: str) -> Scripted:
        return ROWS if "ml-rg" in path else forbidden()

    azure.answer = told
    asked = broker(groups=groups)
    bill = await asked.ask(TODAY)
    assert (bill.question, len(bill.charges)) == (TODAY, 2)
    assert "ml-rg" in bill.incomplete and "closed-rg" not in bill.incomplete.partition(".")[0]
    assert "Cost Management Reader" in bill.incomplete and "1 of 2" in bill.incomplete
    await asked.ask(TODAY)
    assert [each.path.partition("/providers")[0] for each in azure.seen].count(groups[0]) == 1
    assert [each.path.partition("/providers")[0] for each in azure.seen].count(SCOPE) == 1


async def test_without_any_right_the_role_is_named(broker: Brokers, azure: Server) -> None:
    azure.answer = lambda _path: forbidden()
    for groups in ((), (f"{SCOPE}/resourceGroups/ml-rg",)):
        trouble = await trouble_of(broker(groups=groups).ask(TODAY))
        assert (trouble.kind, "Cost Management Reader" in trouble.sentence) == (Kind.PERMISSION, True)


async def test_no_data_yet_is_an_empty_bill(broker: Brokers, azure: Server) -> None:
    azure.answer = lambda _path: Scripted(204)
    bill = await broker().ask(TODAY)
    assert (bill.charges, bill.incomplete) == ((), "")


async def test_rows_that_cannot_be_read_are_told(broker: Brokers, azure: Server) -> None:
    says(azure, answer('[[null,20261203,"/r/a","VM","USD"]]'))
    assert (await broker().ask(TODAY)).incomplete == "1 row of Azure's answer could not be read."


async def test_a_damaged_file_costs_a_question_only(broker: Brokers, azure: Server, tmp_path: Path) -> None:
    says(azure, ROWS)
    await broker().ask(TODAY)
    (file,) = (tmp_path / "costs").iterdir()
    file.write_bytes(file.read_bytes()[:-7])
    assert len((await broker().ask(TODAY)).charges) == 2
    assert len(azure.seen) == 2
