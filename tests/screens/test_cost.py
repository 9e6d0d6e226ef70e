"""`:cost`: what burns now and for whom, ranges and dimensions, a spike and its cause, figures equal to the SDK's, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.costmanagement import CostManagementClient

from console.domain.billing.lines import CostLine, Dimension
from console.domain.billing.ranges import Range
from screens.cost import CostScreen
from screens.cost_day import CostDayScreen
from screens.cost_days import CostDaysScreen
from screens.dialogs.choose import Choose
from screens.why import WhyScreen
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import SMALL, WIDE, Console, Open


def lines(console: Console) -> dict[str, CostLine]:
    assert isinstance(console.screen, CostScreen)
    return {row.name: row for row in console.screen.table.visible_rows}


async def ranged(console: Console, *presses: str) -> dict[str, CostLine]:
    """Press keys and wait for the lines that they lead to."""
    await console.press(*presses)
    await console.loaded()
    return lines(console)


async def test_the_dearest_thing_now_its_user_and_its_cost_so_far(open_console: Open) -> None:
    async with open_console("cost", SMALL) as console:
        await console.loaded()
        first = console.screen.table.visible_rows[0]
        assert first.name == "gpu-train" and first.now is not None
        assert first.now == console.session.money.rate(next(each for each in console.session.computes.items if each.name == "gpu-train"))
        assert not first.spent.firm and first.spent.estimated is not None and first.spent.estimated.value
        await console.until(lambda: "ivan.petrov" in console.text, "its user")
        for heading in ("NAME", "NOW $/h", "TODAY", "CHANGE"):
            assert heading in console.text, "on a small terminal too"
        await console.press("w")
        assert isinstance(console.app.screen, WhyScreen)
        told = " ".join(console.text.split())
        assert "burns now ≈$14.44/h" in told and "list price × machine-hours" in told and "Ivan Petrov" not in first.name
        await console.press("escape")
        # By user: what is nobody's stands on lines of its own.
        await console.command("cost by user")
        await console.loaded()
        shown = lines(console)
        assert {"idle and booting", "Ivan Petrov"} <= shown.keys()
        assert all(not row.spent.firm for row in shown.values())
        assert shown["Ivan Petrov"].people


async def test_the_spike_eleven_days_ago_and_its_cause_by_keys_alone(open_console: Open) -> None:
    async with open_console("cost", SMALL, workspace="nlp-research") as console:
        await console.loaded()
        await console.press("D")
        await console.loaded()
        assert isinstance(console.screen, CostDaysScreen)
        (spike,) = [row for row in console.screen.table.visible_rows if row.spike]
        assert spike.day == date(2026, 10, 22) and "▲ 1 spike" in console.title
        marked = next(line for line in console.lines if "22 Oct" in line)
        assert "▲" in marked and "gpu-a100" in marked
        await console.at(spike.day.isoformat())
        await console.press("enter")
        await console.loaded()
        assert isinstance(console.screen, CostDayScreen)
        cause = console.screen.table.visible_rows[0]
        assert cause.name == "gpu-a100" and cause.moved is not None and cause.moved.of("USD") > 1_000
        await console.press("escape", "escape")
        assert isinstance(console.screen, CostScreen)
        # The same of the one compute, by meter.
        await console.at(cause.key)
        await console.press("enter")
        await console.loaded()
        assert {row.day for row in console.screen.table.visible_rows if row.spike} == {date(2026, 10, 22)}
        assert next(row for row in console.screen.table.visible_rows if row.spike).cause == "Virtual Machines"


@pytest.fixture
def client(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[CostManagementClient]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    known, base = fresh_emulator.identity("admin"), fresh_emulator.base_url
    credential = ClientSecretCredential(
        fresh_emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    with CostManagementClient(credential, base_url=base, credential_scopes=[f"{base}/.default"]) as made:
        yield made


def billed_by_sdk(client: CostManagementClient, scope: str, first: str, last: str) -> dict[str, Decimal]:
    """What the real client is told of some days, by resource."""
    body = {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:59Z"},
        "dataset": {
            "granularity": "None",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": "ResourceId"}],
        },
    }
    answer = client.query.usage(scope, body)
    return {str(row[1]).lower(): Decimal(repr(row[0])) for row in answer.rows}


async def test_ranges_are_billed_to_the_cent_as_the_sdk_has_it(open_console: Open, client: CostManagementClient) -> None:
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        scope = f"/subscriptions/{console.session.costs.now.subscriptions[0]}"
        week = await ranged(console, "t")
        assert console.session.costs.lines.over is Range.WEEK and "25 Oct to 31 Oct" in console.text
        assert [row.drift for row in console.screen.table.visible_rows] == sorted((row.drift for row in week.values()), reverse=True)
        told = billed_by_sdk(client, scope, "2026-10-25", "2026-10-31")
        before = billed_by_sdk(client, scope, "2026-10-18", "2026-10-24")
        cents = Decimal("0.01")
        of_computes = [row for row in week.values() if "/computes/" in row.key]
        assert len(of_computes) > 10 and all(row.spent.firm for row in of_computes)
        for row in of_computes:
            amount = row.spent.sum.of("USD").quantize(cents)
            assert amount == told.get(row.key, Decimal(0)).quantize(cents), row.name
            assert row.before is not None
            assert row.before.sum.of("USD").quantize(cents) == before.get(row.key, Decimal(0)).quantize(cents), row.name
        whole = sum((row.spent.sum.of("USD") for row in week.values()), Decimal(0))
        assert whole.quantize(cents) == sum(told.values(), Decimal(0)).quantize(cents), "the rest is on a line of its own"
        await console.press("t", "t", "b")
        assert isinstance(console.app.screen, Choose)
        await console.type("resource")
        await console.press("enter")
        await console.loaded()
        month = lines(console)
        assert (console.session.costs.lines.dimension, console.session.costs.lines.over) == (Dimension.RESOURCE, Range.LAST_MONTH)
        october = billed_by_sdk(client, scope, "2026-10-01", "2026-10-31")
        assert {row.key for row in month.values() if row.spent.sum.amounts} == set(october)
        assert {row.key: row.spent.sum.of("USD").quantize(cents) for row in month.values() if row.key in october} == {
            key: amount.quantize(cents) for key, amount in october.items()
        }


async def test_dimension_and_range_are_remembered_and_amortized_is_told(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        await console.command("cost tag month")
        await console.loaded()
        assert {"risk", "untagged"} <= lines(console).keys()
        actual = lines(console)["risk"].spent
        await console.command("cost by meter last month")
        await console.loaded()
        assert "cost last month by meter" in console.title
        before = {row.name: row.spent.sum for row in lines(console).values()}
        await console.press("A")
        await console.until(lambda: not console.session.costs.now.busy and lines(console), "amortized costs")
        await console.loaded()
        assert "amortized" in console.title and console.session.costs.now.status.questions == 6
        assert before and actual.firm
        await console.press("A")
        # Of last month only what somebody asks for is read: by tag, and who ran what.
        await console.command("cost tag last month")
        await console.until(lambda: console.session.costs.now.status.questions == 7, "one question more")
        await console.loaded()
        assert {"risk", "commerce", "untagged"} <= lines(console).keys() and lines(console)["risk"].spent.firm
        assert lines(console)["risk"].spent.sum.of("USD") > actual.sum.of("USD")
        await console.command("cost user last month")
        await console.loaded()
        people = lines(console)
        assert {"Ivan Petrov", "idle and booting"} <= people.keys() and not people["Ivan Petrov"].spent.firm
        assert people["Ivan Petrov"].spent.sum.of("USD") > 0
        assert console.session.costs.now.status.questions == 7
        await console.command("cost by meter last month")
        await console.loaded()
        await console.command("cost by nobody")
        assert "costs are not told by" in console.hints
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        assert "cost last month by meter" in console.title


async def test_the_bill_is_asked_anew_only_when_that_is_agreed_to(open_console: Open) -> None:
    async with open_console("cost", WIDE) as console:
        await console.loaded()
        asked = console.session.costs.now.status.questions
        await console.press("ctrl+r")
        assert "4 queries" in console.hints
        await console.idle()
        assert console.session.costs.now.status.questions == asked
        await console.press("ctrl+r")
        await console.until(lambda: console.session.costs.now.status.questions == 2 * asked, "the same questions once more")


async def test_who_may_not_read_costs_sees_what_burns_and_which_role_is_missing(open_console: Open) -> None:
    async with open_console("cost", WIDE, identity="data-scientist") as console:
        await console.until(lambda: console.session.costs.now.troubles and console.row_keys(), "a refusal")
        await console.loaded()
        assert "no bill: it may not be read" in console.text
        assert "gpu-train" in lines(console)
        await console.press("L")
        assert "Cost Management Reader" in " ".join(console.text.split())
        await console.press("escape")
        await console.command("cost last month")
        await console.settled()
        assert not console.row_keys() and "known from the bill alone" in console.text


async def test_throttled_costs_leave_what_burns(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    fresh_emulator.control("POST", "faults", [rule("429", r"^POST .*CostManagement/query", retry_after=600)])
    async with open_console("cost", WIDE) as console:
        await console.until(lambda: console.session.costs.now.status.waiting_until is not None and console.row_keys(), "a wait")
        await console.settled()
        assert "queries refused until" in console.text
        assert "gpu-train" in lines(console)
