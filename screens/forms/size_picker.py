"""Sizes: the VM sizes of a region to choose from, with what each has, costs, and what the quota leaves of it."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain import creation
from console.domain.compute import VmSize
from console.preflight import Preflight
from screens.forms.picker import Picker
from screens.fuzzy import score
from screens.widgets.columns import Column
from screens.widgets.status_line import Part


class SizePicker(Picker[VmSize]):
    """Those for computes of `kind`, the computeType; the cursor begins on the size that is called `now`."""

    title_text = "Sizes"
    hint = "a part of its name or family, gpu, or a number of cores: 8c"
    nothing = "no size has such a name"

    def __init__(self, preflight: Preflight, kind: str, low_priority: bool, now: str = "") -> None:
        self._preflight, self._low = preflight, low_priority
        every = (preflight.sizes or {}).values()
        self._sizes = sorted(
            (size for size in every if not size.kinds or kind in size.kinds),
            key=lambda size: (size.gpus > 0, self._sort_price(size), size.name),
        )
        super().__init__(at=next((size.name for size in self._sizes if size.name.upper() == now.upper()), ""))

    def columns(self) -> Sequence[Column[VmSize]]:
        return (
            Column("SIZE", 26, lambda size: size.name, priority=0),
            Column("VCPU", 4, lambda size: size.cores or "?", align="right", priority=0),
            Column("GB", 5, lambda size: f"{size.memory_gb:g}" if size.memory_gb else "?", align="right", priority=1),
            Column("GPU", 3, lambda size: size.gpus or "", align="right", priority=0),
            Column("$/H", 7, self._price, align="right", style=lambda _: "money", priority=0),
            Column("LEFT", 6, self._left, align="right", style=self._left_look, priority=0),
            Column("FAMILY", 24, lambda size: size.family, style=lambda _: "muted", priority=2, stretch=True),
        )

    def key_of(self, row: VmSize) -> str:
        return row.name

    def found(self, text: str) -> Sequence[VmSize]:
        words = text.lower().split()
        kept = [size for size in self._sizes if all(holds(size, word) for word in words)]
        return kept or [size for size in self._sizes if score(text, (size.name, size.family)) is not None]

    def news(self) -> Part:
        tier = "low priority" if self._low else "dedicated"
        return (f" in {self._preflight.region}, {tier}  LEFT: cores that the quota leaves", "muted")

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
