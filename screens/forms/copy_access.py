"""The form that copies access: what one principal holds directly is assigned to another who lacks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.access.grants import Grant, of_principal
from console.domain.access.naming import scope_words
from console.domain.access.places import Place
from console.domain.access.principals import Principal
from console.operations.access import WRITE
from console.operations.plan import Plan
from console.session import Session
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Judgement
from screens.forms.people_form import PeopleForm, kind_words
from screens.plan_keys import refusal_of
from screens.widgets.facts import Fact


class CopyForm(PeopleForm):
    """From the principal of an id, who is called `label`, to one other."""

    kind = "copy"

    def __init__(
        self,
        session: Session,
        place: Place,
        principal_id: str,
        label: str,
        refusal: str = "",
        done: Callable[[], None] | None = None,
    ) -> None:
        self._own_refusal = refusal or session.context.refusal(place.workspace, WRITE)
        super().__init__(session, principal_id, self._own_refusal, (), done)
        self.place, self.principal_id, self.label, self.bundles = place, principal_id, label, session.access.bundles

    def on_mount(self) -> None:
        for each in self._rows():
            self.session.want_allowance(each.scope)

    def heading(self) -> str:
        return f"Give another what {self.label} holds"

    def fields(self) -> Sequence[Field]:
        return (self.who_field(),)

    def judge(self, values: Values) -> Judgement:
        people, who = self._people(values["who"])
        if who:
            return Judgement({"who": who}, {}, self._offered(values["who"]))
        if not people:
            return Judgement({}, {}, [Fact("holds", self._held(each)) for each in self._rows() if not each.via])
        if fault := self._fault(people):
            return Judgement({"who": fault})
        rows, (to,) = self._rows(), people
        facts = [Fact("gets", self._held(each), "bold") for each in self.bundles.copied(rows, to)]
        facts = facts or [Fact("gets", "nothing: there is nothing to copy that they lack", "warn")]
        facts += [Fact("", sentence, "muted") for sentence in self.bundles.left(self.principal_id, rows, to)]
        return Judgement({}, {"who": kind_words(to)}, facts)

    async def plan(self, values: Values) -> Plan:
        people, fault = self._people(values["who"])
        if fault or not people or self._fault(people):
            raise FormError("who", fault or self._fault(people) or "A principal is needed.")
        rows, (to,) = self._rows(), people
        bundle = await self.bundles.copy(self.label, rows, to)
        notes = self.bundles.left(self.principal_id, rows, to)
        if bundle.plan is None:
            raise FormError("", f"There is nothing to copy: {'; '.join(notes) or f'{self.label} holds nothing here'}.")
        warnings = (
            warning
            for each in self.bundles.copied(rows, to)
            if each.definition is not None
            for warning in self.desk.warnings(people, each.definition, each.scope)
        )
        self.found = (*dict.fromkeys(warnings), *notes)
        self.refusal = self._own_refusal or refusal_of(self.session, bundle.plan)
        return bundle.plan

    def _rows(self) -> list[Grant]:
        access = self.session.access.now
        return of_principal(access.grants.items, self.principal_id, access.directory)

    def _held(self, each: Grant) -> str:
        under = ", under a condition" if each.condition else ""
        return f"{each.role_name} on {scope_words(each.scope, self.session.context.subscription_names)}{under}"

    def _fault(self, people: Sequence[Principal]) -> str:
        if len(people) > 1:
            return "one at a time"
        return f"{self.label} has it already" if people and people[0].id == self.principal_id else ""
