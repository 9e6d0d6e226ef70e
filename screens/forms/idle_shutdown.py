"""The form that sets after how long without activity instances are stopped."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.domain import durations
from console.domain.compute import IDLE_SHUTDOWN, idle_words
from console.operations import idle_shutdown
from console.operations.computes import HOURS_A_MONTH, counted, price_of
from console.operations.plan import Plan
from screens.forms.computes_form import ComputesForm
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Judgement
from screens.widgets.facts import Fact

SUGGESTED = "60m"


class IdleShutdownForm(ComputesForm):
    """One time for all chosen instances; those that have it already are left out."""

    kind = "idle-shutdown"

    def heading(self) -> str:
        return f"Idle shutdown of {counted(self.targets, 'instance')}"

    def fields(self) -> Sequence[Field]:
        lengths = {length for row in self.targets if (length := durations.parse(row.idle_shutdown)) is not None}
        now = durations.exactly(lengths.pop()) if len(lengths) == 1 else SUGGESTED
        return (
            Field(
                "idle",
                "stop after",
                now,
                help="Without activity for so long an instance is stopped: 15m to 3d. Setting it begins the count anew.",
                check=idle_shutdown.idle_fault,
            ),
        )

    def judge(self, values: Values) -> Judgement:
        length = durations.typed(values["idle"])
        if length is None:
            return Judgement()
        wanted = idle_words(durations.iso(length))
        changed = [row for row in self.targets if row.aspect(IDLE_SHUTDOWN) != wanted]
        without = sum(row.aspect(IDLE_SHUTDOWN) == "none" for row in self.targets)
        facts = [Fact("sets", f"{len(changed)} of {len(self.targets)}; {without} had none")]
        prices = self.session.money.price_lists()
        known = [price for row in changed if (price := price_of(row, prices)) is not None]
        if known:
            rate = sum(known, Decimal(0))
            missing = f", and {len(changed) - len(known)} without a known price" if len(known) < len(changed) else ""
            facts.append(Fact("they list for", f"≈${rate:.2f}/h while up (≈${rate * HOURS_A_MONTH:,.0f} a month{missing})"))
        return Judgement({}, {"idle": wanted}, facts)

    async def plan(self, values: Values) -> Plan:
        length = durations.typed(values["idle"])
        assert length is not None  # the field was checked
        plan = idle_shutdown.set_idle(self.targets, length, self.session.money.price_lists())
        if not plan.steps:
            raise FormError("idle", "Nothing is changed: all of them have this time.")
        return plan
