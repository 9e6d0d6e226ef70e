"""`:budgets`: whose each is and where it stands; one is made, changed, cloned and deleted by keys; Azure has what the plan said."""

from __future__ import annotations

from typing import Any

from console.domain.billing.budget_rows import BudgetRow
from screens.budgets import BudgetsScreen
from screens.cost_alerts import CostAlertsScreen
from screens.findings import FindingsScreen
from screens.forms.budget import BudgetForm
from tests.conftest import Emulator
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_plans import agree, ended

API = "api-version=2024-08-01"


async def opened(console: Console, where: str = "") -> None:
    """The budgets, with the bills that they are compared with."""
    await console.loaded()
    await console.command(f"budgets{where}")
    await console.until(lambda: isinstance(console.app.screen, BudgetsScreen), "the budgets")
    await console.loaded()
    await console.until(lambda: console.session.costs.now.bills.loaded, "the bills")
    await console.until(lambda: console.session.costs.found.finder.shares.workspaces, "what is found in them")
    await console.settled()


def row(console: Console, name: str) -> BudgetRow:
    rows: list[BudgetRow] = list(console.screen.table.rows)
    return next(each for each in rows if name in {each.name, each.whose})


def held(emulator: Emulator, budget_id: str) -> dict[str, Any]:
    """A budget as Azure tells anybody."""
    answer = emulator.request("GET", f"{budget_id}?{API}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()["properties"]
    return found


async def made(console: Console) -> None:
    """Have the plan of the form made and agreed to, and wait for its end."""
    await console.until(lambda: not isinstance(console.app.screen, BudgetForm), "the plan")
    await console.settled()
    await agree(console)
    operation = console.session.operations[-1]
    await ended(console, [operation])
    assert [run.progress for run in operation.runs] == ["done"]


async def test_each_says_whose_it_is_and_where_it_stands(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await opened(console, " @all")
        text = console.text
        assert "shared by 2" in text and "subscription" in text and "nlp-research" in text
        pressing, alone = row(console, "ml-prod"), row(console, "sandbox")
        assert pressing.state.pressing and pressing.state.forecast is not None
        assert alone.budget is None and "none" in next(line for line in console.lines if "sandbox" in line)
        await console.at(pressing.id)
        await console.press("w")
        why = " ".join(console.text.split())
        assert "of ml-prod is spent" in why and "if days go on like the last week's" in why and "Azure worked it out: once a day" in why
        await console.press("escape", "A")
        assert isinstance(console.app.screen, CostAlertsScreen)
        await console.loaded()
        assert {each.threshold * 100 for each in console.screen.table.visible_rows} >= {50, 80}
        await console.press("escape")
        # What is found of costs is among the findings, once costs were asked for.
        await console.command("findings")
        await console.loaded()
        assert isinstance(console.app.screen, FindingsScreen)
        assert {"no budget", "cost spike"} <= {each.what for each in console.screen.table.rows}


async def test_a_budget_is_made_changed_and_deleted(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console() as console:
        await opened(console)
        await console.press("n")
        form = console.app.screen
        assert isinstance(form, BudgetForm)
        await console.fill(scope="workspace", name="ml-prod", amount="1,500", emails="ada@contoso.com", actual="50, 80 bob@contoso.com")
        assert console.app.screen is form and "there is one of this name already" in " ".join(console.text.split())
        await console.press("escape", "n")
        assert console.app.screen.values["amount"] == "1,500", "what was typed is kept"
        await console.fill(name="fraud-own")
        assert "Create budget fraud-own" in console.text and "a budget" not in console.dialog.plan.title
        await made(console)
        await console.until(lambda: any(each.name == "fraud-own" for each in console.screen.table.rows), "its row")
        own = row(console, "fraud-own")
        assert own.whose == "fraud-prod", "it is the workspace's alone"
        told = held(fresh_emulator, own.id)
        named = told["filter"]["dimensions"]["values"]
        assert (told["amount"], told["timeGrain"]) == (1500, "Monthly") and named[0].endswith("/fraud-prod") and len(named) > 10
        alerts = {(each["threshold"], each["thresholdType"], tuple(each["contactEmails"])) for each in told["notifications"].values()}
        ada, bob = ("ada@contoso.com",), ("bob@contoso.com",)
        assert alerts == {(50, "Actual", ada), (80, "Actual", bob), (100, "Forecasted", ada)}

        await console.at(own.id)
        await console.press("e")
        await console.fill(amount="2000", actual="50, 80 bob@contoso.com, 100")
        assert "2,000" in " ".join(console.text.split())
        await made(console)
        changed = held(fresh_emulator, own.id)
        assert changed["amount"] == 2000 and len(changed["notifications"]) == 4
        assert changed["notifications"].keys() >= told["notifications"].keys()
        await console.until(lambda: row(console, "fraud-own").budget.amount == 2000, "the new amount in its row")

        await console.press("ctrl+d")
        await console.looked()
        assert console.dialog.typed == "fraud-own", "a deletion is typed"
        await made(console)
        assert fresh_emulator.request("GET", f"{own.id}?{API}").status == 404


async def test_an_alert_is_put_aside_and_brought_back(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console(size=WIDE) as console:
        await opened(console)
        await console.at(row(console, "ml-prod").id)
        await console.press("A")
        await console.loaded()
        alert = console.screen.table.cursor_row
        assert isinstance(console.app.screen, CostAlertsScreen) and alert.status == "Active"
        await console.press("v")
        assert "only a dismissed alert is brought back" in console.hints
        for key, status in (("x", "Dismissed"), ("v", "Active")):
            await console.press(key)
            await console.looked()
            assert "for everybody" in " ".join(console.text.split())
            await made(console)
            assert held(fresh_emulator, alert.id)["status"] == status
            await console.until(lambda status=status: console.screen.table.cursor_row.status == status, "the status in its row")


async def test_nothing_is_changed_by_who_may_not(open_console: Open) -> None:
    async with open_console(identity="data-scientist") as console:
        await console.loaded()
        await console.command("budgets")
        await console.until(lambda: isinstance(console.app.screen, BudgetsScreen), "the budgets")
        await console.until(lambda: console.session.costs.now.budgets.troubles or console.session.costs.now.budgets.loaded, "an answer")
        await console.settled()
        assert "Cost Management Reader" in " ".join(console.text.split())
