"""The form of a new cluster: tier first, with both prices and both quotas, then how it scales."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from console.domain import creation, durations
from console.domain.compute import VmSize
from console.domain.creation import NewCluster
from console.operations.computes import HOURS_A_MONTH
from console.operations.plan import Plan
from console.operations.scaling import MOST_NODES
from screens.forms.fields import Field, Values, number, whole
from screens.forms.form import Judgement
from screens.forms.new_compute import NewComputeForm
from screens.widgets.facts import Fact

DEDICATED, LOW = "dedicated", "low priority"


class NewClusterForm(NewComputeForm):
    """Nodes come when jobs do and go after them; a least number above 0 is billed around the clock."""

    kind = "new-cluster"
    compute_kind = "AmlCompute"
    paths = {
        "min_instances": "least",
        "max_instances": "most",
        "idle_time_before_scale_down": "idle",
        "network_settings": "subnet",
        "ssh_settings": "ssh_key",
        "enable_node_public_ip": "public_ip",
    }

    def heading(self) -> str:
        return f"New cluster in {self.place.name} · {self.location or '…'}"

    def fields(self) -> Sequence[Field]:
        seed = self.seed
        return (
            Field("tier", "tier", seed.get("tier", DEDICATED), options=(DEDICATED, LOW), lasting=True, help=self._tier_help()),
            Field(
                "name",
                "name",
                seed.get("name", ""),
                help="3 to 24 letters, digits and hyphens; the region's only one.",
                check=lambda text: creation.name_fault(text.strip(), self.location, self.session.computes.items, self.place),
                lasting=True,
            ),
            Field(
                "region",
                "region",
                self.location,
                help="The workspace's own, or another that has room: its sizes and quota are read when you leave the field.",
                check=lambda text: "" if creation.REGION.fullmatch(text.strip()) or not text else "a region's name: westeurope",
                lasting=True,
            ),
            self.size_field(),
            Field(
                "least",
                "min nodes",
                seed.get("least", "0"),
                help="Kept up and billed although no job runs; 0 lets a job wait some minutes for a node.",
                check=whole(0, MOST_NODES),
            ),
            Field(
                "most", "max nodes", seed.get("most", "4"), help="At most so many, as far as the quota goes.", check=whole(1, MOST_NODES)
            ),
            Field("idle", "down after", seed.get("idle", "2m"), help="How long a node waits for the next job.", check=_idle_fault),
            *self.common_fields(),
        )

    def judge(self, values: Values) -> Judgement:
        faults, notes = {}, {}
        least, most = number(values["least"]), number(values["most"])
        if least is not None and most is not None and least > most:
            faults["most"] = f"less than min nodes ({least})"
        size, low = self.vm_size(values), values["tier"] == LOW
        facts = []
        if size is not None:
            notes["size"] = f"{size.cores} vCPU, {size.memory_gb:g} GB{f', {size.gpus} GPU' if size.gpus else ''}"
            facts += [self._prices(size), self.quota_fact(size, most or 0, low_priority=low)]
            price = creation.price(size, low_priority=low)
            if least and price is not None:
                notes["least"] = f"≈${price * least * HOURS_A_MONTH:,.0f} a month at least"
        return Judgement(faults | self.subnet_faults(values), notes, [*facts, *self.subnet_facts(values), *self.checks()])

    def machines(self, values: Values) -> tuple[int, int]:
        return number(values["most"]) or 1, max(1, number(values["least"]) or 0)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Leaving the region: pre-flight is about the one that was typed."""
        typed = self.values["region"].strip().lower()
        if event.widget.id == "region" and creation.REGION.fullmatch(typed) and typed != self.location:
            self.preflight = self.session.preflight(self.place, typed)
            self.run_worker(self.preflight.ask(self.refresh_judgement))

    def refresh_judgement(self) -> None:
        if self.is_attached and self.location and not self.values["region"]:
            self.fill("region", self.location)
        super().refresh_judgement()

    async def plan(self, values: Values) -> Plan:
        idle = durations.typed(values["idle"])
        assert idle is not None  # the field was checked
        wanted = NewCluster(
            name=values["name"].strip(),
            low_priority=values["tier"] == LOW,
            least=int(values["least"]),
            most=int(values["most"]),
            idle=idle,
            **self.common(values),
        )
        return await self.made([wanted.document()])

    def _tier_help(self) -> str:
        return "Low priority costs a fraction; Azure may take its nodes at any moment, and its quota is one for all families."

    def _prices(self, size: VmSize) -> Fact:
        told = []
        for tier, low in ((DEDICATED, False), (LOW, True)):
            price = creation.price(size, low_priority=low)
            left = self.preflight.cores_left(size, low_priority=low)
            told.append(f"{tier} {'?' if price is None else f'≈${price:.2f}'}/h a node, {'?' if left is None else left} cores left")
        return Fact("tiers", "; ".join(told))


def _idle_fault(text: str) -> str:
    return "" if durations.typed(text) is not None else "a time like 2m, 30m or 1h"
