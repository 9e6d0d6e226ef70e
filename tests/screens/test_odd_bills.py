"""Bills that are odd on screen: credits, two currencies, a new subscription without any, and an allowance that is used up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from console.costs.kept import KeptBills
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.lines import CostLine, Dimension
from console.domain.billing.opening import OPENING, Part, question_of
from screens.cost import CostScreen
from screens.cost_days import CostDaysScreen
from tests.conftest import EPOCH, Emulator
from tests.screens.conftest import WIDE, Console, Open, session_on

#: The emulator's time stands.
NOW = datetime.fromisoformat(EPOCH)


async def answered_before(emulator: Emulator, home: Path, charges: Sequence[tuple[str, str, str, str]]) -> None:
    """Leave answers of Azure on the disk, as another console of the same person would: cost, currency, resource's name and meter.

    All of last month's third day; of everything else there is nothing. What was asked just now is not asked again.
    """
    session = session_on(emulator, home)
    try:
        await session.open_place()
        place = session.context.where[0]
        today, kept = NOW.date(), KeptBills(session.costs._kept())
        third = (today.replace(day=1) - timedelta(days=1)).replace(day=3)
        rows = tuple(
            Charge(Decimal(cost), currency, int(f"{third:%Y%m%d}"), (f"{place.id}/computes/{name}".lower() if name else "", meter))
            for cost, currency, name, meter in charges
        )
        for part in (*OPENING, Part.TAGGED_BEFORE):
            question = question_of(part, f"/subscriptions/{place.subscription_id.lower()}", today, session.costs.now.tag)
            own = rows if part is Part.LAST_MONTH else ()
            kept.save(Bill(question=question, charges=own, asked=NOW))
    finally:
        await session.close()


def lines(console: Console) -> dict[str, CostLine]:
    assert isinstance(console.screen, CostScreen)
    return {row.name: row for row in console.screen.table.visible_rows}


def trusted(console: Console) -> str:
    return " ".join(console.text.split())


async def test_credits_are_told_and_two_currencies_are_never_one_sum(open_console: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    odd = [
        ("400.00", "USD", "gpu-train", "Virtual Machines"),
        ("70.50", "EUR", "gpu-train", "Virtual Machines"),
        ("30.00", "EUR", "gpu-idle", "Virtual Machines"),
        ("-55.25", "USD", "", "Virtual Machines"),
    ]
    await answered_before(fresh_emulator, tmp_path / "home", odd)
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        assert console.session.costs.now.status.questions == 0, "what was asked just now is not asked again"
        await console.command("cost compute last month")
        await console.loaded()
        found = lines(console)
        assert found["gpu-train"].spent.text() == "€70.50 + $400.00" or found["gpu-train"].spent.text() == "$400.00 + €70.50"
        assert found["gpu-idle"].spent.text() == "€30.00"
        assert found["other resources"].spent.text() == "-$55.25" and "-$55.25" in console.text
        assert "credits of -$55.25 are in these" in trusted(console)
        assert "500.50" not in console.text and "445.25" not in console.text, "no sum over both"
        await console.press("w", "escape")
        await console.command("cost resource last month")
        await console.loaded()
        assert "no resource" in lines(console)
        await console.at(lines(console)["gpu-train"].key)
        await console.press("enter")
        await console.loaded()
        assert isinstance(console.screen, CostDaysScreen)
        (day,) = [row for row in console.screen.table.visible_rows if row.spent.billed is not None and row.spent.billed.amounts]
        assert {"USD", "EUR"} == set(day.spent.sum.amounts)
        await console.at(day.day.isoformat())
        await console.press("enter")
        await console.loaded()
        assert "€70.50" in console.text and "$400.00" in console.text


async def test_a_new_subscription_without_a_bill_shows_what_burns_and_ran(
    open_console: Open, fresh_emulator: Emulator, tmp_path: Path
) -> None:
    await answered_before(fresh_emulator, tmp_path / "home", [])
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        assert lines(console)["gpu-train"].now is not None and "now ≈$" in trusted(console)
        assert "k ?" in trusted(console)
        for dimension in (Dimension.RESOURCE, Dimension.TAG):
            await console.command(f"cost {dimension} last month")
            await console.loaded()
            assert {row.spent.text() for row in lines(console).values()} == {"–"}, dimension
        await console.command("cost meter last month")
        await console.loaded()
        assert not console.row_keys() and "Nothing costs anything last month." in trusted(console)
        await console.command("cost user last month")
        await console.loaded()
        assert "Ivan Petrov" in lines(console), "who ran what needs no bill"


async def test_an_allowance_that_is_used_up_is_told_and_what_burns_stays(open_console: Open) -> None:
    async with open_console("cost", WIDE, config="[cost]\nqpu_per_hour = 1\n") as console:
        await console.until(lambda: console.row_keys() and console.session.costs.now.troubles, "rows, and why there is no bill")
        await console.settled()
        assert "gpu-train" in lines(console)
        assert console.session.costs.now.status.spent <= 1
        assert "QPU" in console.text and "1/1" in console.text
        assert "1 of the 1 query units were used" in trusted(console)
