"""The form that scales clusters: least and most nodes, and how long idle ones wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain import durations
from console.domain.compute import SCALE, Compute
from console.operations import scaling
from console.operations.computes import HOURS_A_MONTH, counted
from console.operations.plan import Plan
from console.operations.scaling import Scale
from screens.forms.computes_form import ComputesForm
from screens.forms.fields import Field, FormError, Values, number, whole
from screens.forms.form import Judgement
from screens.jobs_before import running_jobs
from screens.widgets.facts import Fact

AS_IT_IS = "; empty: as each has it"


class ScaleForm(ComputesForm):
    """For one cluster its settings stand in the fields; for several what they have in common does."""

    kind = "scale"

    def heading(self) -> str:
        return f"Scale {counted(self.targets, 'cluster')}"

    def fields(self) -> Sequence[Field]:
        several = AS_IT_IS if len(self.targets) > 1 else ""
        return (
            Field(
                "least",
                "min nodes",
                self._common(lambda cluster: str(cluster.min_nodes or 0)),
                help=f"Nodes that are kept up and billed although no job runs; 0 lets a job wait some minutes for a node{several}.",
                check=whole(0, scaling.MOST_NODES, empty=bool(several)),
            ),
            Field(
                "most",
                "max nodes",
                self._common(lambda cluster: str(cluster.max_nodes)),
                help=f"Nodes at most, as far as the quota goes{several}.",
                check=whole(0, scaling.MOST_NODES, empty=bool(several)),
            ),
            Field(
                "idle",
                "down after",
                self._common(_patience),
                help=f"How long a node waits for the next job before it goes: 2m, 30m, 1h, 90s{several}.",
                check=_idle_check(empty=bool(several)),
            ),
        )

    def judge(self, values: Values) -> Judgement:
        wanted = _scale(values)
        if wanted is None:
            return Judgement()
        fault = scaling.scale_fault(self.targets, wanted)
        prices = self.session.money.price_lists()
        facts = []
        for cluster in self.targets[:4]:
            floor = scaling.floor(cluster, wanted.on(cluster)[0], prices)
            monthly = "?" if floor is None else f"≈${floor:.2f}/h, ≈${floor * HOURS_A_MONTH:,.0f} a month"
            after = scaling.words(cluster, wanted)
            told = f"→ {after}" if after != cluster.aspect(SCALE) else f"{after}, as it is"
            facts.append(Fact(cluster.name, f"{told}; at least {monthly}"))
        return Judgement({"most": fault} if fault else {}, {}, facts)

    async def plan(self, values: Values) -> Plan:
        wanted = _scale(values)
        assert wanted is not None  # every field was checked
        if not any(scaling.words(cluster, wanted) != cluster.aspect(SCALE) for cluster in self.targets):
            raise FormError("least", "Nothing is changed: these are the settings that it has.")
        cut = [cluster for cluster in self.targets if wanted.on(cluster)[1] < (cluster.current_nodes or 0)]
        self.found = tuple(await running_jobs(self.session, cut))
        return scaling.scale(self.targets, wanted, self.session.money.price_lists())

    def _common(self, of: Callable[[Compute], str]) -> str:
        found = {of(cluster) for cluster in self.targets}
        return found.pop() if len(found) == 1 else ""


def _patience(cluster: Compute) -> str:
    length = durations.parse(cluster.idle_scale_down)
    return durations.exactly(length) if length is not None else ""


def _idle_check(*, empty: bool) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text.strip():
            return "" if empty else "a time like 2m, 30m or 1h"
        return "" if durations.typed(text) is not None else "a time like 2m, 30m or 1h"

    return check


def _scale(values: Values) -> Scale | None:
    """The settings that were typed; None while one cannot be read."""
    least, most, idle = (values[name].strip() for name in ("least", "most", "idle"))
    length = durations.typed(idle) if idle else None
    if (idle and length is None) or any(text and number(text) is None for text in (least, most)):
        return None
    return Scale(number(least), number(most), length)
