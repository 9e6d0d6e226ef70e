"""The form of an instance's schedules: those that it has, and one more stop and start."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain import schedules
from console.domain.compute import Schedule
from console.operations import compute_schedules
from console.operations.compute_schedules import OFF, ON, REMOVE, Added
from console.operations.computes import counted
from console.operations.plan import Plan
from screens.forms.computes_form import ComputesForm
from screens.forms.fields import Field, FormError, Values

HOW = "A time of day like 19:00, or cron: minute hour day month weekday (0 19 * * 1-5). Empty: none is added."


class ScheduleForm(ComputesForm):
    """Of one instance each schedule can be switched and removed; to several a stop and a start are added."""

    kind = "schedule"

    def heading(self) -> str:
        return f"Schedules of {counted(self.targets, 'instance')}"

    def fields(self) -> Sequence[Field]:
        return (
            *(
                Field(
                    f"has{place}",
                    f"{each.action} {place + 1}",
                    ON if each.status.lower() == "enabled" else OFF,
                    options=(ON, OFF, REMOVE),
                    help=each.words,
                )
                for place, each in enumerate(self._held)
            ),
            Field("stop", "stop at", help=HOW, check=schedules.stop_fault),
            Field("start", "start at", help=HOW, check=schedules.stop_fault),
            Field(
                "zone",
                "time zone",
                "UTC",
                help="By Azure's name, which is Windows': W. Europe Standard Time, Eastern Standard Time, UTC.",
                check=lambda text: "" if text.strip() else "a time zone",
            ),
        )

    async def plan(self, values: Values) -> Plan:
        asked = ((word, schedules.cron(values[word.lower()])) for word in ("Stop", "Start"))
        added = [Added(word, cron, values["zone"].strip()) for word, cron in asked if cron]
        kept = {place: values[f"has{place}"] for place in range(len(self._held))}
        try:
            plan = await compute_schedules.schedule(self.targets, kept, added, self.session.compute_json, self.session.money.price_lists())
        except ValueError as error:
            raise FormError("stop", f"{error}.") from error
        if not plan.steps:
            raise FormError("stop", "Nothing is changed.")
        return plan

    @property
    def _held(self) -> Sequence[Schedule]:
        return self.targets[0].schedules if len(self.targets) == 1 else ()
