"""The form that assigns a role: to whom, which, where, under which condition, and why; with what it would let them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widgets import Input

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
from screens.access_cells import KINDS
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Form, Judgement
from screens.forms.principal_picker import PrincipalPicker, note
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
#: Principals of the directory that are named below the fields while somebody types.
MOST_OFFERED = 5


class AssignForm(Form):
    """`like` is a grant whose role, scope, condition and description it begins with. Names are looked up as they are typed."""

    kind = "assign"

    def __init__(
        self, session: Session, place: Place, like: Grant | None = None, refusal: str = "", done: Callable[[], None] | None = None
    ) -> None:
        refusal = refusal or session.context.refusal(place.workspace, WRITE)
        super().__init__(session, f"{place.workspace.id} {like.id if like is not None else ''}", refusal, (), done)
        self.place, self.like, self.desk = place, like, session.access_desk
        self._chosen: dict[str, Principal] = {}
        self._asking = False
        self._outlook: tuple[object, tuple[Fact, ...]] = (None, ())

    def on_mount(self) -> None:
        self.desk.warm()

    def heading(self) -> str:
        return f"Assign {self.like.role_name} to another" if self.like is not None else f"Assign a role on {self.place.workspace.name}"

    def fields(self) -> Sequence[Field]:
        like = self.like
        return (
            Field(
                "who",
                "who",
                help="A group rather than a person. Part of a name, a sign-in name or an object id; several with a comma between.",
                check=needed("a principal"),
                picks="look up",
                long=True,
            ),
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
        faults, notes, facts = {}, {}, []
        people, who = self._people(values["who"])
        if who:
            faults["who"] = who
            facts += self._offered(values["who"])
        elif people:
            notes["who"] = ", ".join(_kind(each) for each in people)
        role = self._role(values["role"])
        if role is None and values["role"].strip():
            faults["role"] = "no such role; ^o lists them" if self.session.access.definitions.loaded else "roles are being read …"
        scope = self.scope(values["scope"])
        facts.append(Fact("on", scope_words(scope, self.session.context.subscription_names)))
        if role is not None:
            facts += self._told(people if not who else [], role, scope, values["condition"])
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
        if field.name == "who":
            before, _, last = self.values["who"].rpartition(",")
            self.app.push_screen(PrincipalPicker(self.session, last.strip()), lambda chosen: self._choose(before, chosen))
        elif field.name == "role":
            text = "" if self._role(self.values["role"]) is not None else self.values["role"]
            scope = self.scope(self.values["scope"])
            roles = self.session.access.definitions.items
            self.app.push_screen(RolePicker(roles, lambda role: self.desk.lets(role, scope), text), self._choose_role)

    def _choose(self, before: str, chosen: Principal | None) -> None:
        if chosen is None:
            return
        # A name that several have says nothing: the id does.
        word = chosen.label if len(self.desk.called(chosen.label)) == 1 and "," not in chosen.label else chosen.id
        self._chosen[word.lower()] = chosen
        self.fill("who", f"{before.strip()}, {word}" if before.strip() else word)

    def _choose_role(self, chosen: RoleDefinition | None) -> None:
        if chosen is not None:
            twins = sum(each.name.lower() == chosen.name.lower() for each in self.session.access.definitions.items)
            self.fill("role", chosen.name if twins == 1 else chosen.guid)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter completes a name that only one has; where several have it, it opens the list."""
        before, _, last = self.values["who"].rpartition(",")
        found = self.desk.known(last) if event.input.id == "who" and last.strip() and self._people(last)[1] else []
        if not found:
            return
        event.prevent_default()  # else the form would go on to the next field
        if len(found) == 1:
            self._choose(before, found[0])
        else:
            self.action_pick()

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
        hits = [each for each in self.session.access.definitions.items if wanted in {each.name.lower(), each.guid} and not each.fault]
        return hits[0] if len({each.guid for each in hits}) == 1 else None

    def _people(self, text: str) -> tuple[list[Principal], str]:
        """Who is named, and what is wrong with a name ("" where nothing is)."""
        people: dict[str, Principal] = {}
        for word in filter(None, (part.strip() for part in text.split(","))):
            found = [self._chosen[word.lower()]] if word.lower() in self._chosen else self.desk.called(word)
            if not found:
                self._look_up(word)
                return list(people.values()), self._nobody(word)
            if len(found) > 1:
                return list(people.values()), f"{len(found)} are called {word}; ^o chooses one"
            people[found[0].id] = found[0]
        return list(people.values()), ""

    def _nobody(self, word: str) -> str:
        """What is said of a word that is nobody's whole name."""
        if self.desk.known(word):
            return "a part of a name; enter takes the only one, ^o chooses"
        return f"{word}: looking in the directory …" if self._asking else f"nobody is called {word}"

    def _look_up(self, word: str) -> None:
        """Ask the directory for a name, one at a time; the fields are judged again when it has answered."""
        if not self._asking and self.is_attached and self.desk.to_search(word) and self.desk.search_trouble is None:
            self._asking = True
            self.run_worker(self._search(word))

    async def _search(self, word: str) -> None:
        try:
            await self.desk.search(word)
        finally:
            self._asking = False
        self.refresh_judgement()

    # What is said of it

    def _offered(self, text: str) -> list[Fact]:
        """Who may be meant, while somebody types."""
        word = text.rpartition(",")[2].strip()
        if not word:
            return []
        found = self.desk.known(word)
        facts = [Fact(" " if number else "is it", f"{each.label} ({_kind(each)})") for number, each in enumerate(found[:MOST_OFFERED])]
        if len(found) > MOST_OFFERED:
            facts.append(Fact(" ", f"and {len(found) - MOST_OFFERED} more; ^o lists them", "muted"))
        if (trouble := self.desk.search_trouble) is not None:
            facts.append(Fact("directory", f"it cannot be searched: {trouble.sentence} An object id of a known assignment does.", "warn"))
        return facts

    def _told(self, people: Sequence[Principal], role: RoleDefinition, scope: str, condition: str) -> tuple[Fact, ...]:
        """What the role lets one do there, what changes for whom, and what should give pause; worked out once for the same values."""
        now = self.session.access
        key = (tuple(each.id for each in people), role.guid, scope, condition, id(now.assignments.items), id(now.directory))
        if self._outlook[0] != key:
            facts = [Fact("lets", self.desk.lets(role, scope) or "nothing of what is looked at here", "" if role.permissions else "muted")]
            for each in people:
                facts += [
                    Fact(each.label[:14] if number == 0 else " ", sentence, "bold")
                    for number, sentence in enumerate(self.desk.outlook(each, role, scope, condition))
                ]
            facts += [Fact("look out", warning, "warn", "warn") for warning in self.desk.warnings(people, role, scope)]
            self._outlook = (key, tuple(facts))
        return self._outlook[1]


def _kind(each: Principal) -> str:
    """What somebody is, and what should be known of them."""
    kind = "managed identity" if each.service == "ManagedIdentity" else KINDS[each.kind]
    return f"{kind}, {note(each)}" if note(each) else kind
