"""Sizes: the VM sizes of a region to choose from, with what each has, costs, and what the quota leaves of it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from console.domain import creation
from console.domain.compute import VmSize
from console.preflight import Preflight
from screens.fuzzy import score
from screens.widgets.columns import Column
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import StatusLine
from screens.widgets.typed_line import TypedLine


class SizePicker(ModalScreen[str]):
    """Answers the size that was chosen, "" when it was left with esc. `kind` is the computeType that it is for."""

    DEFAULT_CSS = """
    SizePicker { align: center middle; background: $background 40%; }
    SizePicker #box { width: 96; max-width: 100%; height: 90%; border: round $primary; padding: 0 1; background: $surface; }
    SizePicker ResourceTable { height: 1fr; }
    SizePicker Input, SizePicker Input:focus { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", id="sizes.cancel"),
        Binding("down", "move(1)", "down", show=False, id="sizes.down"),
        Binding("up", "move(-1)", "up", show=False, id="sizes.up"),
        Binding("pagedown", "move(10)", "a page down", show=False, id="sizes.page-down"),
        Binding("pageup", "move(-10)", "a page up", show=False, id="sizes.page-up"),
    ]

    def __init__(self, preflight: Preflight, kind: str, low_priority: bool, now: str = "") -> None:
        super().__init__()
        self._preflight, self._low, self._now = preflight, low_priority, now
        every = (preflight.sizes or {}).values()
        self._sizes = sorted(
            (size for size in every if not size.kinds or kind in size.kinds),
            key=lambda size: (size.gpus > 0, self._sort_price(size), size.name),
        )
        columns = (
            Column[VmSize]("SIZE", 26, lambda size: size.name, priority=0),
            Column[VmSize]("VCPU", 4, lambda size: size.cores or "?", align="right", priority=0),
            Column[VmSize]("GB", 5, lambda size: f"{size.memory_gb:g}" if size.memory_gb else "?", align="right", priority=1),
            Column[VmSize]("GPU", 3, lambda size: size.gpus or "", align="right", priority=0),
            Column[VmSize]("$/H", 7, self._price, align="right", style=lambda _: "money", priority=0),
            Column[VmSize]("LEFT", 6, self._left, align="right", style=self._left_look, priority=0),
            Column[VmSize]("FAMILY", 24, lambda size: size.family, style=lambda _: "muted", priority=2, stretch=True),
        )
        self._table: ResourceTable[VmSize] = ResourceTable(columns, lambda size: size.name, placeholder="no size has such a name")
        self._table.can_focus = False

    def compose(self) -> ComposeResult:
        tier = "low priority" if self._low else "dedicated"
        with Vertical(id="box"):
            yield StatusLine(
                [(f"Sizes in {self._preflight.region}, {tier}", "bold"), ("  LEFT: cores that the quota leaves", "muted")],
                [("enter ", "key"), ("takes it", "muted")],
            )
            field = TypedLine(placeholder="a part of its name or family, gpu, or a number of cores: 8c", compact=True)
            field.cursor_blink = False
            yield field
            yield self._table

    def on_mount(self) -> None:
        self._table.apply(self._sizes)
        if self._now:
            self._table.move_to(next((size.name for size in self._sizes if size.name.upper() == self._now.upper()), ""))

    def on_input_changed(self, event: Input.Changed) -> None:
        words = event.value.lower().split()
        kept = [size for size in self._sizes if all(holds(size, word) for word in words)]
        self._table.apply(kept or [size for size in self._sizes if score(event.value, (size.name, size.family)) is not None])
        if event.value:
            self._table.action_first()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._table.cursor_key is not None:
            self.dismiss(self._table.cursor_key)

    def action_move(self, by: int) -> None:
        self._table.action_move(by)

    def action_cancel(self) -> None:
        self.dismiss("")

    def _price(self, size: VmSize) -> str:
        price = creation.price(size, low_priority=self._low)
        return "?" if price is None else f"≈{price:.2f}"

    def _sort_price(self, size: VmSize) -> float:
        price = creation.price(size, low_priority=self._low)
        return float("inf") if price is None else float(price)

    def _left(self, size: VmSize) -> str:
        left = self._preflight.cores_left(size, low_priority=self._low)
        return "?" if left is None else str(left)

    def _left_look(self, size: VmSize) -> str:
        left = self._preflight.cores_left(size, low_priority=self._low)
        return "bad" if left is not None and left < size.cores else "muted"


def holds(size: VmSize, word: str) -> bool:
    """Whether a word is about a size: `gpu`, a number of cores as `8c`, or a part of its name or family."""
    if word == "gpu":
        return size.gpus > 0
    if word.endswith("c") and word[:-1].isdigit():
        return size.cores == int(word[:-1])
    return word in size.name.lower() or word in size.family.lower()
