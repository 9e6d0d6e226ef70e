"""Costs of a session on the emulator: how little is asked for them, and that they are Azure's to the cent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.costmanagement import CostManagementClient

from console.azure.signin import SignIn, SignInConfig
from console.costs.now import CostNow
from console.domain.billing.bill import Bill
from console.domain.billing.opening import Part
from console.domain.billing.questions import CostType
from console.domain.trouble import Kind
from console.feeds.answers import answered
from console.session import Session
from console.settings import load, read_cloud
from tests.conftest import EPOCH, Emulator
from tests.gateway import workspace
from tests.nets import FAILING, FAULTS, SPOILING, rule

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = date.fromisoformat(EPOCH[:10])
Open = Callable[..., Any]


def session_on(emulator: Emulator, home: Path) -> Session:
    """A session as the command line makes it, at one of the emulator's workspaces."""
    place = workspace(emulator)
    (home / "cloud.json").write_text(json.dumps(emulator.ready))
    flags = {"cloud_file": str(home / "cloud.json"), "workspace": place.name}
    flags |= {"resource_group": place.resource_group, "subscription": place.subscription_id}
    settings = load(flags, {}, home, home)
    cloud = read_cloud(home / "cloud.json")
    return Session(settings, cloud, SignIn(SignInConfig.of(settings, cloud)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def costs(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CostNow]:
    """Costs that were read once, for tests that count and change nothing."""
    session = session_on(emulator, tmp_path_factory.mktemp("home"))
    await session.open_place()
    await session.costs.now.read_once()
    yield session.costs.now
    await session.close()


@pytest_asyncio.fixture(loop_scope="module")
async def opened(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Open]:
    """Sessions with a home in common, as consoles that start one after the other."""
    made: list[Session] = []

    async def one() -> Session:
        made.append(session_on(fresh_emulator, tmp_path))
        await made[-1].open_place()
        return made[-1]

    yield one
    for each in made:
        await each.close()


def asked(emulator: Emulator) -> list[str]:
    """What Cost Management was asked, by the last word of each path."""
    return [
        call["path"].rpartition("/")[2]
        for call in emulator.calls()
        if "Microsoft.CostManagement" in call["path"] and call["method"] == "POST"
    ]


def place_of(cost: CostNow) -> str:
    (only,) = cost.subscriptions
    return only


async def test_opening_costs_asks_four_questions_and_the_next_start_none(opened: Open, fresh_emulator: Emulator) -> None:
    cold = (await opened()).costs.now
    assert asked(fresh_emulator) == []
    await cold.read_once()
    pages = asked(fresh_emulator)
    assert cold.troubles == {} and cold.status.questions <= 4 and len(pages) == cold.status.pages
    assert sorted(set(pages)) == ["forecast", "query"]
    assert (cold.status.spent, cold.status.left) == (cold.status.pages, 600 - cold.status.pages), "a unit a page, and for each of a month"
    warm = (await opened()).costs.now
    await warm.read_once()
    assert (asked(fresh_emulator), warm.status.questions) == (pages, 0)
    assert warm.this_month(place_of(warm)) == cold.this_month(place_of(cold)) is not None
    assert warm.asked == cold.asked


async def test_a_new_day_is_asked_for_anew(opened: Open, fresh_emulator: Emulator) -> None:
    cost = (await opened()).costs.now
    await cost.read_once()
    before = cost.this_month(place_of(cost))
    fresh_emulator.control("POST", "clock", {"advance": 86_400})
    await answered((cost.budgets,))  # any answer tells the time
    await cost.bills.poll(f"{place_of(cost)}/{Part.THIS_MONTH}")
    after = cost.this_month(place_of(cost))
    assert (before.question.last, after.question.last) == (TODAY, TODAY + timedelta(days=1))
    assert len(after.charges) > len(before.charges)


def rows_of(client: CostManagementClient, bill: Bill) -> list[list[Any]]:
    """All rows that the real client gets for a bill's question, and how it says so itself."""
    question = bill.question
    body = {
        "type": str(question.type),
        "timeframe": "Custom",
        "timePeriod": {"from": f"{question.first}T00:00:00Z", "to": f"{question.last}T23:59:59Z"},
        "dataset": {
            "granularity": str(question.grain),
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": each.type, "name": each.name} for each in question.groupings],
        },
    }
    first = client.query.usage(question.scope, body)
    rows, link = list(first.rows), first.next_link
    while link:
        page = client.send_request(HttpRequest("POST", link, json=body)).json()["properties"]
        rows, link = rows + page["rows"], page["nextLink"]
    return rows


async def test_what_is_read_is_what_the_sdk_reads_to_the_cent(costs: CostNow, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", emulator.ready["ca_file"])
    known, base = emulator.identity("admin"), emulator.base_url
    credential = ClientSecretCredential(
        emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    with CostManagementClient(credential, base_url=base, credential_scopes=[f"{base}/.default"]) as client:
        for bill in (costs.this_month(place_of(costs)), costs.last_month(place_of(costs))):
            rows = await asyncio.to_thread(rows_of, client, bill)
            assert [(charge.day, *charge.keys, charge.currency) for charge in bill.charges] == [tuple(row[1:]) for row in rows]
            assert [charge.cost for charge in bill.charges] == [Decimal(repr(row[0])) for row in rows]
            assert rows
        tagged = costs.tagged(place_of(costs))
        rows = await asyncio.to_thread(rows_of, client, tagged)
        assert [charge.keys for charge in tagged.charges] == [(row[3] or "", row[4]) for row in rows]
        assert {"", "fraud"} & {charge.keys[0] for charge in tagged.charges}
    month = costs.this_month(place_of(costs))
    assert sum(charge.cost for charge in tagged.charges) == pytest.approx(sum(charge.cost for charge in month.charges), abs=Decimal("0.01"))


async def test_amortized_costs_are_asked_for_when_they_are_wanted(costs: CostNow) -> None:
    before = costs.status.questions
    actual = costs.last_month(place_of(costs))
    costs.amortized = True
    await costs.read_once()
    spread = costs.last_month(place_of(costs))
    assert actual is not None and spread is not None
    assert (actual.question.type, spread.question.type) == (CostType.ACTUAL, CostType.AMORTIZED)
    assert costs.status.questions == before + 2 and costs.troubles == {}
    costs.amortized = False
    assert costs.last_month(place_of(costs)) is actual


async def test_the_forecast_reaches_to_the_end_of_the_month(costs: CostNow) -> None:
    ahead = costs.forecast(place_of(costs))
    assert ahead.charges and all(charge.forecast for charge in ahead.charges)
    assert {charge.day for charge in ahead.charges} == {20261100 + day for day in range(2, 31)}


async def test_budgets_and_alerts_of_the_subscription_and_the_groups(costs: CostNow) -> None:
    budget = next(each for each in costs.budgets.items if each.name == "ml-prod")
    assert budget.scope.endswith("/resourceGroups/ml-prod-rg") and budget.amount is not None and budget.spent is not None
    assert budget.currency == "USD" and budget.fault == ""
    assert sorted(each.threshold for each in budget.notifications) == [50, 80, 100, 100]
    assert {each.kind for each in budget.notifications} == {"Actual", "Forecasted"}
    alerts = [each for each in costs.alerts.items if each.budget.rpartition("/")[2] == "ml-prod"]
    assert alerts and all(each.kind in {"Budget", "BudgetForecast"} and each.fault == "" for each in alerts)


async def test_who_may_not_any_more_is_told_which_role_and_sees_what_was_there(opened: Open, fresh_emulator: Emulator) -> None:
    session = await opened()
    await session.costs.now.read_once()
    cost = session.costs.now
    billed = cost.billed
    assert billed
    fresh_emulator.control("POST", "faults", [{"route": "POST .*/Microsoft.CostManagement/", "kind": "403"}])
    await cost.refresh()
    assert cost.billed == billed
    assert {trouble.kind for trouble in cost.troubles.values()} == {Kind.PERMISSION}
    assert all("Cost Management Reader" in trouble.sentence for trouble in cost.troubles.values())
    cost.forget()
    assert (cost.billed, cost.asked, cost.budgets.items) == ((), None, ()), "nobody sees what somebody else was told"


async def test_whatever_strikes_a_question_the_last_bill_stays_and_the_reason_is_told(opened: Open, fresh_emulator: Emulator) -> None:
    """Screens ask for a bill anew so seldom that a net over them does not come to it."""
    cost = (await opened()).costs.now
    await cost.read_once()
    bill = cost.this_month(place_of(cost))

    async def struck(kind: str, **more: Any) -> Bill:
        # So many questions in so short a time would be refused as such.
        fresh_emulator.control("POST", "reset")
        cost.broker.allowance.forget_wait()
        fresh_emulator.control("POST", "faults", [rule(kind, "^POST .*CostManagement/query", **more)])
        return await cost.broker.ask(bill.question, anew=True)

    # The last one holds questions back, for longer than it says.
    holding = "429-no-retry-after"
    for kind in sorted(FAILING - {holding}):
        assert await struck(kind, retry_after=0) is bill, kind
        assert asked(fresh_emulator), kind
        trouble = cost.broker.troubles[bill.question.key]
        assert trouble.sentence and trouble.operation and "Traceback" not in trouble.sentence, kind
    for kind in sorted(SPOILING):
        assert (await struck(kind)).question == bill.question, kind
    for kind in sorted(set(FAULTS) - FAILING - SPOILING):
        assert (await struck(kind)).charges == bill.charges, kind
        assert cost.troubles == {}, kind
    known = cost.broker.known(bill.question)
    assert await struck(holding) is known
    assert cost.broker.troubles[bill.question.key].retry_after == 45
    assert cost.status.waiting_until is not None
    fresh_emulator.control("POST", "faults", {})
    fresh_emulator.control("DELETE", "calls")
    assert await cost.broker.ask(bill.question, anew=True) is known
    assert asked(fresh_emulator) == []


async def test_all_who_want_the_time_at_once_ask_for_it_once(fresh_emulator: Emulator, tmp_path: Path) -> None:
    session = session_on(fresh_emulator, tmp_path)
    try:
        await session.open_place()
        past = session.costs.usage.past
        past.look_at(session.context.where, ())
        assert session.skew() is None
        await answered(past.feeds)
        asked = [each for each in fresh_emulator.calls() if each["path"].endswith("/permissions")]
        assert session.skew() is not None and len(asked) == 1
    finally:
        await session.close()
