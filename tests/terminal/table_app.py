"""A table over 500 rows in a real process, with a key for each thing that a refresh may do. Run: python table_app.py"""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from screens.frame import FrugalApp
from screens.widgets.columns import Column
from screens.widgets.resource_table import ResourceTable

STATES = ("● running", "● stopped", "● failed", "◐ steady")
LOOKS = dict(zip(STATES, ("ok", "muted", "bad", "busy"), strict=True))


@dataclass(frozen=True)
class Machine:
    """A row with a cell of every kind."""

    number: int
    state: int = 0
    jobs: int = 0
    owner: str = ""


COLUMNS = (
    Column[Machine]("NAME", 24, lambda m: f"gpu-train-{m.number}", priority=0),
    Column[Machine]("KIND", 9, lambda m: "cluster", priority=2),
    Column[Machine]("STATE", 11, lambda m: STATES[m.state % 4], style=lambda m: LOOKS[STATES[m.state % 4]], priority=0),
    Column[Machine]("NODES", 9, lambda m: f"{m.number % 7}/7"),
    Column[Machine]("$/H", 8, lambda m: f"{m.number * 0.37:.2f}", style=lambda m: "money", align="right"),
    Column[Machine]("UP", 5, lambda m: f"{m.number % 30}d", style=lambda m: "muted"),
    Column[Machine]("SIZE", 24, lambda m: "Standard_NC24ads_A100_v4", priority=3),
    Column[Machine]("OWNER", 24, lambda m: m.owner or f"owner{m.number % 13}@contoso.com", priority=2),
    Column[Machine]("JOBS", 9, lambda m: m.jobs, align="right", priority=4, stretch=True),
)


class TableApp(FrugalApp):
    """`1` changes a state, `2` applies equal rows, `3` changes the last column, `4` removes and adds rows above, `5` moves the focus away
    and back, `6` writes an owner that steers terminals, `7` lends the terminal to another program that leaves it dirty."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding(key, f"change({key})", show=False, priority=True) for key in "1234567"]

    def __init__(self) -> None:
        super().__init__()
        self.rows = [Machine(number, state=number) for number in range(500)]
        self.table = ResourceTable(COLUMNS, lambda m: str(m.number))
        self.table.apply(self.rows)

    def compose(self) -> ComposeResult:
        yield self.table
        field = Input(compact=True)
        field.cursor_blink = False
        yield field

    def action_change(self, number: int) -> None:
        """Do what the key says, to the row that came sixth where it is about one."""
        sixth = next(row for row in self.rows if row.number == 5)
        if number == 1:
            sixth = replace(sixth, state=sixth.state + 1)
        elif number == 3:
            sixth = replace(sixth, jobs=sixth.jobs + 1)
        elif number == 6:
            sixth = replace(sixth, owner="\x1b]0;owned\x07\x1b[2J\x9b31m\u202eeve\n\r")
        elif number == 7:
            with self.suspend():
                print("another program was here\n" * 30)
        if number == 5:
            self.set_focus(None if self.focused else self.table)
            return
        self.rows = [sixth if row.number == sixth.number else replace(row) for row in self.rows]
        if number == 4:
            self.rows = [Machine(1000 + len(self.rows)), *self.rows]
        self.table.apply(self.rows)


if __name__ == "__main__":
    TableApp().run(mouse=False)
