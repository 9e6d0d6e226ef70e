"""The head of Cost and the money line of the header, over a session that has read what the emulator bills."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from console.session import Session
from screens.widgets.cost_head import CostHead
from screens.widgets.header import Header
from tests.screens.conftest import Console, Open

SIZES = ((80, 24), (120, 30), (200, 50))


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


async def opened(console: Console) -> HeadAlone:
    """Costs are asked for, all of it is read and drawn."""
    session = console.session
    screen = HeadAlone(session)
    await console.app.push_screen(screen)
    session.cost.begin()
    session.usage.begin()
    await console.until(lambda: session.usage.loaded and not session.usage.busy, "usage")
    await console.until(lambda: all(session.cost.forecast(each) for each in session.cost.subscriptions), "bills")
    await console.until(lambda: session.cost.budgets.loaded, "budgets")
    screen.update()
    await console.until(lambda: not [each for each in console.app.workers if each.group == "chart" and not each.is_finished], "charts")
    await console.settled()
    return screen


async def test_look(open_console: Open) -> None:
    for size in SIZES:
        pass
    async with open_console(size=(200, 50)) as console:
        await console.loaded()
        screen = await opened(console)
        for size in ((200, 50), (120, 30), (80, 24)):
            await console.pilot.resize_terminal(*size)
            await console.settled()
            await console.until(
                lambda: not [each for each in console.app.workers if each.group == "chart" and not each.is_finished], "charts"
            )
            await console.settled()
            print(console.text)
