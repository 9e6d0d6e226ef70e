"""The form that gives a kit: to whom, which, in which workspace; with its roles, and what it would let them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.access.kits import Kit, Need, there
from console.domain.access.naming import scope_words
from console.domain.access.places import At, Place
from console.domain.access.principals import Principal
from console.domain.trouble import TroubleError
from console.operations.access import WRITE
from console.operations.plan import Plan
from console.session import Session
from screens.dialogs.choose import Choice
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Judgement
from screens.forms.people_form import PeopleForm, same
from screens.plan_keys import refusal_of
from screens.widgets.facts import Fact

NO_DRY_RUN = "Azure's dry run (a preview) gave no answer, so it may refuse this: "


class KitForm(PeopleForm):
    """Begins on a workspace; where several are open another can be typed, or chosen."""

    kind = "kit"

    def __init__(self, session: Session, place: Place, kit: str = "", refusal: str = "", done: Callable[[], None] | None = None) -> None:
        self._own_refusal = refusal or session.context.refusal(place.workspace, WRITE)
        super().__init__(session, place.workspace.id, self._own_refusal, (), done)
        self.place, self.bundles, self._kit_name = place, session.access.bundles, kit
        self._outlook: tuple[tuple[object, ...], tuple[Fact, ...]] = ((), ())

    def on_mount(self) -> None:
        for place in self.session.access.now.places:
            for at in At:
                if scope := place.scope(at):
                    self.session.want_allowance(scope)

    def heading(self) -> str:
        return "Give a kit of roles"

    def fields(self) -> Sequence[Field]:
        several = len(self.session.access.now.places) > 1
        label = self.session.context.label(self.place.workspace)
        where = Field("workspace", "in", label, check=needed("a workspace"), picks="workspaces", help="One that is open.")
        kit = Field("kit", "kit", self._kit_name, check=needed("a kit"), picks="kits", long=True, help="Roles that belong together.")
        return (self.who_field(), kit, *((where,) if several else ()))

    def judge(self, values: Values) -> Judgement:
        faults: dict[str, str] = {}
        notes: dict[str, str] = {}
        facts: list[Fact] = []
        people = self._judge_people(values["who"], faults, notes, facts)
        place, kit = self._place(values), self.bundles.kits.get(values["kit"].strip())
        if place is None:
            faults["workspace"] = "no such workspace is open; ^o lists them"
        if values["kit"].strip() and kit is None:
            faults["kit"] = "no such kit; ^o lists them"
        elif kit is not None:
            facts.append(Fact("is for", f"{kit.says} ({kit.place})" if kit.place else kit.says, "muted"))
            if place is not None and self.session.access.now.definitions.loaded:
                needs = self.bundles.needs(kit, place)
                if wrong := _wrong(kit, needs):
                    faults["kit"] = wrong
                facts += [*self._roles(needs, people), *self._told(kit, people, place)]
            elif place is not None:
                trouble = next(iter(self.session.access.now.definitions.troubles.values()), None)
                faults["kit"] = f"roles cannot be read: {trouble.sentence}" if trouble is not None else "roles are being read …"
        return Judgement(faults, notes, facts)

    async def plan(self, values: Values) -> Plan:
        people, fault = self._people(values["who"])
        place, kit = self._place(values), self.bundles.kits.get(values["kit"].strip())
        if fault or not people:
            raise FormError("who", fault or "A principal is needed.")
        if place is None or kit is None:
            raise FormError("kit", "There is no such kit, or no such workspace is open.")
        self.found = ()
        try:
            refusal = await self.bundles.refusal(kit, people, place)
        except TroubleError as error:
            self.found, refusal = (f"{NO_DRY_RUN}{error.trouble.sentence}",), ""
        if refusal:
            raise FormError("", f"Azure would refuse {refusal}")
        bundle = await self.bundles.give(kit, people, place)
        if bundle.plan is None:
            raise FormError("", f"Nothing is left to give: {'; '.join(bundle.notes)}.")
        self.found += (*bundle.notes, *self._warnings(kit, people, place))
        self.refusal = self._own_refusal or refusal_of(self.session, bundle.plan)
        return bundle.plan

    def pick(self, field: Field) -> None:
        super().pick(field)
        if field.name == "kit":
            now = self.values["kit"].strip()
            kits = [Choice(kit.name, kit.says, kit.name == now) for kit in self.bundles.kits.values()]
            self.host.choose("Which kit", kits, lambda name: self.fill("kit", name) if name else None)
        elif field.name == "workspace":
            labels = [self.session.context.label(place.workspace) for place in self.session.access.now.places]
            choices = [Choice(label, "", label == self.values["workspace"]) for label in labels]
            self.host.choose("In which workspace", choices, lambda name: self.fill("workspace", name) if name else None)

    def _place(self, values: Values) -> Place | None:
        wanted = values.get("workspace", "").strip().lower()
        if not wanted:
            return self.place
        label = self.session.context.label
        return next((place for place in self.session.access.now.places if label(place.workspace).lower() == wanted), None)

    def _roles(self, needs: Sequence[Need], people: Sequence[Principal]) -> list[Fact]:
        """The roles of the kit, one a line: with what is there already, and what is missing."""
        facts = []
        held = self.session.access.now.assignments.items
        for number, need in enumerate(needs):
            label = "roles" if number == 0 else " "
            if need.missing:
                facts.append(Fact(label, f"{need.part.name}: there is no {need.part.at} yet, it is left out", "warn"))
                continue
            where = scope_words(need.scope, self.session.context.subscription_names)
            role = need.role
            have = [each for each in people if role is not None and there(held, each.id, role.guid, need.scope) is not None]
            already = "" if not have else ", already there" if len(have) == len(people) else f", already there for {len(have)}"
            made = ", made first: there is no such role yet" if role is None and need.template is not None else ""
            look = "bad" if need.fault else "warn" if need.warning else "muted" if len(have) == len(people) and people else ""
            facts.append(Fact(label, f"{need.part.name} on {where}{already}{made}", look))
            if told := need.fault or need.warning:
                facts.append(Fact("look out", told, "bad" if need.fault else "warn"))
        return facts

    def _told(self, kit: Kit, people: Sequence[Principal], place: Place) -> tuple[Fact, ...]:
        """What changes for whom, worked out once for the same values."""
        now = self.session.access.now
        key = (*people, kit, place, now.assignments.items, now.definitions.items, now.directory)
        if not same(key, self._outlook[0]):
            self._outlook = (key, tuple(Fact("", sentence, "bold") for sentence in self.bundles.outlook(kit, people, place)))
        return self._outlook[1]

    def _warnings(self, kit: Kit, people: Sequence[Principal], place: Place) -> tuple[str, ...]:
        pairs = [(self.bundles.role(need, place), need.scope) for need in self.bundles.needs(kit, place) if not need.missing]
        said = (warning for role, scope in pairs if role is not None for warning in self.desk.warnings(people, role, scope))
        return tuple(dict.fromkeys(said))


def _wrong(kit: Kit, needs: Sequence[Need]) -> str:
    """What is wrong with a kit here, with the place in the config file that it comes from."""
    fault = next((need.fault for need in needs if need.fault), "")
    if not fault and all(need.missing for need in needs):
        fault = "there is nothing here that its roles are for"
    return f"{fault}{f' ({kit.place})' if kit.place else ''}" if fault else ""
