"""The form that gives stopped instances another VM size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from console.domain import creation
from console.domain.compute import VmSize
from console.operations import resizing
from console.operations.computes import HOURS_A_MONTH, counted
from console.operations.plan import Plan
from console.preflight import Preflight
from screens.forms.computes_form import ComputesForm
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Judgement
from screens.forms.new_compute import unread
from screens.forms.size_picker import SizePicker
from screens.widgets.facts import Fact


class ResizeForm(ComputesForm):
    """One size for all chosen instances, of those that their region has for instances."""

    kind = "resize"

    @cached_property
    def preflight(self) -> Preflight:
        """What is asked of the region of the first one; those elsewhere are refused."""
        return self.session.preflight(self.targets[0].workspace, self.targets[0].location)

    def on_mount(self) -> None:
        self.run_worker(self.preflight.ask(self.refresh_judgement))

    def heading(self) -> str:
        return f"Resize {counted(self.targets, 'instance')}"

    def fields(self) -> Sequence[Field]:
        found = {row.vm_size for row in self.targets}
        return (
            Field(
                "size",
                "size",
                found.pop() if len(found) == 1 else "",
                help="The VM size that they are to have, as Azure names it.",
                check=self._fault,
                picks="sizes",
            ),
        )

    def judge(self, values: Values) -> Judgement:
        size = (self.preflight.sizes or {}).get(values["size"].strip().upper())
        if size is None:
            trouble = self.preflight.troubles.get("sizes")
            return Judgement({}, {}, [Fact("sizes", unread(trouble), "warn")] if trouble is not None else ())
        price = creation.price(size)
        told = "?" if price is None else f"≈${price:.2f}/h, ≈${price * HOURS_A_MONTH:,.0f} a month while up"
        return Judgement({}, {"size": f"{size.cores} vCPU, {size.memory_gb:g} GB"}, [Fact("price", told)])

    def pick(self, field: Field) -> None:
        if self.preflight.sizes is None:
            self.host.flash("the sizes of the region are not read yet", "warn")
            return
        picker = SizePicker(self.preflight, "ComputeInstance", False, self.values["size"])
        self.app.push_screen(picker, lambda size: self.fill("size", size.name) if size else None)

    async def plan(self, values: Values) -> Plan:
        size = (self.preflight.sizes or {}).get(values["size"].strip().upper())
        if size is None and "sizes" in self.preflight.troubles:
            size = VmSize(name=values["size"].strip())  # whoever may resize need not be allowed to read sizes; Azure judges it
        if size is None:
            raise FormError("size", "The sizes of the region are not read yet; try again in a moment.")
        plan = resizing.resize(self.targets, size, self.session.money.price_lists())
        if not plan.steps:
            raise FormError("size", "Nothing is changed: this is the size that it has.")
        return plan

    def _fault(self, text: str) -> str:
        region = self.targets[0].location
        if any(row.location != region for row in self.targets):
            return "the instances are in several regions; resize those of one at a time"
        return creation.size_fault(text, self.preflight.sizes, "ComputeInstance", region)
