"""The form that assigns a role: to whom, which, where, under which condition, and why; with what it would let them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain import scopes
from console.domain.access import condition_text
from console.domain.access.grants import Grant
from console.domain.access.naming import scope_words
from console.domain.access.places import At, Place
from console.domain.access.principals import Principal
from console.domain.access.roles import RoleDefinition
from console.domain.trouble import TroubleError
from console.operations.access import WRITE
from console.operations.plan import Plan
from console.session import Session
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Judgement
from screens.forms.people_form import PeopleForm, same
from screens.forms.role_picker import RolePicker
from screens.widgets.facts import Fact

#: How scopes are called in the form, in as few cells as a narrow terminal has.
SCOPES = {
    "workspace": At.WORKSPACE,
    "group": At.GROUP,
    "subscription": At.SUBSCRIPTION,
    "storage": At.STORAGE,
    "vault": At.VAULT,
    "registry": At.REGISTRY,
}
SAME = "same"


class AssignForm(PeopleForm):
    """`like` is a grant whose role, scope, condition and description it begins with. Names are looked up as they are typed."""

    kind = "assign"

    def __init__(
        self, session: Session, place: Place, like: Grant | None = None, refusal: str = "", done: Callable[[], None] | None = None
    ) -> None:
        refusal = refusal or session.context.refusal(place.workspace, WRITE)
        super().__init__(session, f"{place.workspace.id} {like.id if like is not None else ''}", refusal, (), done)
        self.place, self.like = place, like
        self._outlook: tuple[tuple[object, ...], tuple[Fact, ...]] = ((), ())

    def heading(self) -> str:
        if self.like is None:
            return f"Assign a role on {self.place.workspace.name}"
        return f"Assign {self.like.role_name} to another" if self.like.id else f"Assign {self.like.role_name}"

    def fields(self) -> Sequence[Field]:
        like = self.like
        return (
            self.who_field(),
            Field("role", "role", like.role_name if like is not None else "", check=needed("a role"), picks="roles", long=True),
            Field("scope", "on", self._scope_like(), options=self._options(), help="Where it holds, and below."),
            Field(
                "condition",
                "condition",
                like.condition if like is not None else "",
                help=f"Azure's condition language, version 2.0, up to {condition_text.LONGEST:,} bytes; empty: none.",
                check=condition_text.fault,
                long=True,
            ),
            Field(
                "description",
                "description",
                like.description if like is not None else "",
                help="Azure keeps it with the assignment; a reason that is given with the plan is added to it.",
                long=True,
            ),
        )

    def judge(self, values: Values) -> Judgement:
        faults: dict[str, str] = {}
        notes: dict[str, str] = {}
        facts: list[Fact] = []
        people = self._judge_people(values["who"], faults, notes, facts)
        role = self._role(values["role"])
        if role is None and values["role"].strip():
            faults["role"] = "no such role; ^o lists them" if self.session.access.now.definitions.loaded else "roles are being read …"
        scope = self.scope(values["scope"])
        facts.append(Fact("on", scope_words(scope, self.session.context.subscription_names)))
        if role is not None:
            facts += self._told(people, role, scope, values["condition"])
        return Judgement(faults, notes, facts)

    async def plan(self, values: Values) -> Plan:
        people, fault = self._people(values["who"])
        role, scope, condition = self._role(values["role"]), self.scope(values["scope"]), values["condition"].strip()
        if fault or not people:
            raise FormError("who", fault or "A principal is needed.")
        if role is None:
            raise FormError("role", "There is no such role; ^o lists those that there are.")
        self.found = self.desk.warnings(people, role, scope)
        for each in people:
            try:
                refusal = await self.desk.refusal(each, role, scope, condition)
            except TroubleError as error:
                self.found += (f"Azure's dry run (a preview) gave no answer, so it may refuse this: {error.trouble.sentence}",)
                break
            if refusal:
                raise FormError("", f"Azure would refuse this for {each.label}. {refusal}")
        return await self.desk.assign(people, role, scope, condition, values["description"].strip())

    # Keys

    def pick(self, field: Field) -> None:
        super().pick(field)
        if field.name == "role":
            text = "" if self._role(self.values["role"]) is not None else self.values["role"]
            scope = self.scope(self.values["scope"])
            roles = self.session.access.now.definitions.items
            self.app.push_screen(RolePicker(roles, lambda role: self.desk.lets(role, scope), text), self._choose_role)

    def _choose_role(self, chosen: RoleDefinition | None) -> None:
        if chosen is not None:
            twins = sum(each.name.lower() == chosen.name.lower() for each in self.session.access.now.definitions.items)
            self.fill("role", chosen.name if twins == 1 else chosen.guid)

    # What stands in the fields

    def scope(self, option: str) -> str:
        """The ARM id of an option."""
        if option == SAME and self.like is not None:
            return self.like.scope
        return self.place.scope(SCOPES[option])

    def _options(self) -> tuple[str, ...]:
        own = tuple(word for word, at in SCOPES.items() if self.place.scope(at))
        return (SAME, *own) if self._scope_like() == SAME else own

    def _scope_like(self) -> str:
        if self.like is None:
            return "workspace"
        return next((word for word, at in SCOPES.items() if scopes.same_id(self.place.scope(at), self.like.scope)), SAME)

    def _role(self, text: str) -> RoleDefinition | None:
        wanted = text.strip().lower()
        if self.like is not None and self.like.definition is not None and wanted == self.like.definition.name.lower():
            return self.like.definition
        hits = [each for each in self.session.access.now.definitions.items if wanted in {each.name.lower(), each.guid} and not each.fault]
        return hits[0] if len({each.guid for each in hits}) == 1 else None

    # What is said of it

    def _told(self, people: Sequence[Principal], role: RoleDefinition, scope: str, condition: str) -> tuple[Fact, ...]:
        """What the role lets one do there, what changes for whom, and what should give pause; worked out once for the same values."""
        now = self.session.access.now
        key = (*people, role, scope, condition, now.assignments.items, now.directory)
        if not same(key, self._outlook[0]):
            facts = [Fact("lets", self.desk.lets(role, scope) or "nothing of what is looked at here", "" if role.permissions else "muted")]
            for each in people:
                facts += [
                    Fact(each.label[:14] if number == 0 else " ", sentence, "bold")
                    for number, sentence in enumerate(self.desk.outlook(each, role, scope, condition))
                ]
            facts += [Fact("look out", warning, "warn", "warn") for warning in self.desk.warnings(people, role, scope)]
            self._outlook = (key, tuple(facts))
        return self._outlook[1]
