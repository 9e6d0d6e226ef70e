"""The form that activates an eligible role (PIM): for how long, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.access.pim import OwnRole
from console.domain.trouble import TroubleError
from console.operations.pim import MOST_HOURS
from console.operations.plan import Plan
from console.session import Session
from screens.access_cells import scope_text
from screens.forms.fields import Field, FormError, Values, needed, whole
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact


class ActivateForm(Form):
    """One role at a time. Azure is asked beforehand whether it would take it."""

    kind = "activate"

    def __init__(
        self,
        session: Session,
        rows: Sequence[OwnRole],
        refusal: str = "",
        notes: Sequence[str] = (),
        done: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(session, rows[0].id, refusal, notes, done)
        self.role, self._several = rows[0], len(rows) > 1

    def on_mount(self) -> None:
        self.session.access.pim.warm()

    def heading(self) -> str:
        return f"Activate {self.role.name} on {scope_text(self.role.scope, self.session)}"

    def fields(self) -> Sequence[Field]:
        return (
            Field("why", "justification", help="PIM keeps it with the request.", check=needed("a justification"), long=True),
            Field("hours", "hours", "1", help=f"1 to {MOST_HOURS}; the role's policy may allow less, or more.", check=whole(1, MOST_HOURS)),
            Field("ticket", "ticket", help="Its number, where the policy wants one.", long=True),
        )

    def judge(self, values: Values) -> Judgement:
        facts = [Fact("note", "one role at a time: this is the first of those marked", "warn", "warn")] if self._several else []
        role = self.role
        facts.append(Fact("lets you", self._lets() or "nothing that is looked at here, or it is not known"))
        if role.condition:
            facts.append(Fact("only if", role.condition, "warn"))
        if role.through_group:
            facts.append(Fact("through", "a group that you are in"))
        return Judgement(facts=facts)

    async def plan(self, values: Values) -> Plan:
        hours, why, ticket = int(values["hours"]), values["why"].strip(), values["ticket"].strip()
        self.found = ()
        try:
            refusal = await self.session.access.pim.refusal(self.role, hours, why, ticket)
        except TroubleError as error:
            refusal = ""
            self.found = (f"Azure's dry run gave no answer, so it may refuse this: {error.trouble.sentence}",)
        if refusal:
            raise FormError("", f"Azure would refuse this. {refusal}")
        return await self.session.access.pim.activate(self.role, hours, why, ticket, self._lets())

    def _lets(self) -> str:
        """What the role lets its holder do at its scope."""
        definition = self.role.definition
        return self.session.access.desk.lets(definition, self.role.scope) if definition is not None else ""
