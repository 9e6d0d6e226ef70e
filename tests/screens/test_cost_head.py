"""The head of Cost and the money line of the header, over sessions that read what the emulator bills."""

from __future__ import annotations

import re

import pytest
from textual.app import ComposeResult
from textual.screen import Screen

from console.domain.billing.amounts import Form, figure, money
from console.session import Session
from screens.widgets.cost_head import CostHead
from screens.widgets.header import Header
from tests.conftest import Emulator
from tests.screens.conftest import Console, Open


class HeadAlone(Screen[None]):
    """The head under the header, as the screen of Cost has them."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.header, self.head = Header(session, ()), CostHead(session)
        self.session = session

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.head

    def on_mount(self) -> None:
        self.session.listen(self.update)

    def update(self) -> None:
        if self.is_mounted:
            self.header.update_parts()
            self.head.update()


async def drawn(console: Console) -> None:
    await console.settled()
    await console.until(lambda: all(each.is_finished for each in console.app.workers if each.group == "chart"), "charts")
    await console.settled()


async def opened(console: Console) -> HeadAlone:
    """Costs are asked for, all of it is read and drawn."""
    session = console.session
    screen = HeadAlone(session)
    await console.app.push_screen(screen)
    session.costs.now.begin()
    session.costs.usage.begin()
    session.visible.enumerate()  # whose registries are, as the screen of Cost asks
    session.costs.standing.begin()
    session.scheduler.focus((*session.costs.usage.feeds, *session.costs.standing.feeds))
    await console.until(lambda: session.costs.standing.loaded, "registries and deployments")
    await console.until(lambda: session.workspaces.loaded, "workspaces")
    await console.until(lambda: session.costs.usage.loaded and not session.costs.usage.busy, "usage")
    await console.until(lambda: session.costs.month is not None and session.costs.month.bill.asked is not None, "bills")
    await console.until(lambda: all(session.costs.now.forecast(each) for each in session.costs.now.subscriptions), "forecasts")
    await console.until(lambda: session.costs.now.budgets.loaded, "budgets")
    await drawn(console)
    return screen


def asked(emulator: Emulator) -> int:
    """How often Cost Management was asked for costs."""
    return sum("Microsoft.CostManagement" in call["path"] and call["method"] == "POST" for call in emulator.calls())


@pytest.mark.usefixtures("standing")
async def test_the_money_is_told_where_it_is_known_and_asks_nothing_by_itself(open_console: Open) -> None:
    async with open_console(size=(200, 50)) as console:
        await console.loaded()
        assert console.session.costs.month is None and console.session.costs.today is None
        assert "│" not in console.lines[1] and "?" not in console.lines[1].split("waste")[1].replace("+?", ""), (
            "left out, not drawn as unknown"
        )
        assert asked(console.emulator) == 0
        screen = await opened(console)
        session, month = console.session, console.session.costs.month
        assert month is not None and month.course is not None and session.costs.today is not None
        questions = asked(console.emulator)
        today, spent = figure(session.costs.today.figure, Form.WHOLE), figure(month.outlook.to_date, Form.WHOLE)
        budget = f"{figure(month.course.spent, Form.WHOLE)} of {money(month.course.amount, 'USD', Form.WHOLE)}"
        assert month.account.names == ("ml-prod-rg",) and "92%" in console.lines[1]
        for words in (f"today {today}", f"Nov {spent}", f"fc {figure(month.outlook.forecast, Form.WHOLE)}", f"2026 {budget}"):
            assert words in console.lines[1], words
        for words in ("last hour", "19 Oct to 17 Nov", "Nov adding up", "budget $", "┤", "└"):
            assert words in console.text, words
        await console.pilot.resize_terminal(120, 30)
        await drawn(console)
        assert "19 Oct to 17 Nov" in console.text and "adding up" not in console.text and "└" in console.text
        head = screen.head.plain
        assert f"today {today}" in head and f"Nov {spent}" in head and budget in head and "ml-prod-rg (group)" in head
        assert re.search(r"now ≈\$[\d.]+/h(\+\?)? [▁▂▃▄▅▆▇█?]{12}  waste ≈\$", head) and "top gpu-train" in head
        assert session.costs.standing.rate is not None and session.costs.beside_today is not None and session.costs.usage.today is not None
        assert f"beside {figure(session.costs.standing.rate)} (2 deployments, 1 registry)" in head
        machines, beside = session.costs.usage.today.figure.value, session.costs.beside_today.value
        assert machines is not None and beside and session.costs.today.figure.value == machines + beside
        assert re.search(r"k \d\.\d\d over 3 days: bill is \d+ % (above|below) list", head)
        assert "reconstructed" in head and "over budget" in head and f"QPU {session.costs.now.status.spent.normalize():f}/100" in head
        await console.pilot.resize_terminal(80, 24)
        await drawn(console)
        assert "└" not in console.text and len([line for line in console.lines if line]) == 5, "the header's line, and four"
        assert "MTD" in console.lines[0] and "2026 92%" in console.lines[0]
        assert not re.search(r"\d(,\d{3})*\.…|…\d", console.lines[0]), "what does not fit is left out whole"
        assert asked(console.emulator) == questions, "to draw it asks for nothing"


async def test_the_alarm_rings_once_when_the_burn_passes_the_limit(open_console: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr("console.app.ConsoleApp.bell", lambda app: rung.append(app.flashed.text if app.flashed else ""))
    async with open_console(config="[cost]\nalarm_per_hour = 5\n") as console:
        await console.loaded()
        await console.until(lambda: rung, "the bell")
        assert rung[0].startswith("the burn has passed $5.00/h: it is ≈$") and "the burn has passed" in console.hints
        console.session.computes.refresh()
        await console.idle()
        assert len(rung) == 1
