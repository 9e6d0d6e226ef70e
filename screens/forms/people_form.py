"""A form about people: to whom something is given, found in the directory while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widgets import Input

from console.domain.access.principals import Principal
from console.session import Session
from screens.access_cells import KINDS
from screens.forms.fields import Field, needed
from screens.forms.form import Form
from screens.forms.principal_picker import PrincipalPicker, note
from screens.widgets.facts import Fact

#: Principals of the directory that are named below the fields while somebody types.
MOST_OFFERED = 5


class PeopleForm(Form):
    """Has the field `who`. Names are looked up as they are typed."""

    def __init__(
        self, session: Session, draft_key: str, refusal: str = "", notes: Sequence[str] = (), done: Callable[[], None] | None = None
    ) -> None:
        super().__init__(session, draft_key, refusal, notes, done)
        self.desk = session.access.desk
        self._chosen: dict[str, Principal] = {}
        self._asking = False

    def on_mount(self) -> None:
        self.desk.warm()

    def who_field(self) -> Field:
        """The field itself."""
        return Field(
            "who",
            "who",
            help="A group rather than a person. Part of a name, a sign-in name or an object id; several with a comma between.",
            check=needed("a principal"),
            picks="look up",
            long=True,
        )

    def pick(self, field: Field) -> None:
        if field.name == "who":
            before, _, last = self.values["who"].rpartition(",")
            self.app.push_screen(PrincipalPicker(self.session, last.strip()), lambda chosen: self._choose(before, chosen))

    def _choose(self, before: str, chosen: Principal | None) -> None:
        if chosen is None:
            return
        # A name that several have says nothing: the id does.
        word = chosen.label if len(self.desk.called(chosen.label)) == 1 and "," not in chosen.label else chosen.id
        self._chosen[word.lower()] = chosen
        self.fill("who", f"{before.strip()}, {word}" if before.strip() else word)

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

    def _judge_people(self, text: str, faults: dict[str, str], notes: dict[str, str], facts: list[Fact]) -> list[Principal]:
        """Who is named; nobody where a name is wrong. What is to be said of that goes into the other arguments."""
        people, wrong = self._people(text)
        if wrong:
            faults["who"] = wrong
            facts += self._offered(text)
            return []
        if people:
            notes["who"] = ", ".join(kind_words(each) for each in people)
            facts += [Fact("who", f"{each.label} ({kind_words(each)})") for each in people if each.id.lower() in text.lower()]
        return people

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

    def _offered(self, text: str) -> list[Fact]:
        """Who may be meant, while somebody types."""
        word = text.rpartition(",")[2].strip()
        if not word:
            return []
        found = self.desk.known(word)
        facts = [Fact(" " if number else "is it", f"{each.label} ({kind_words(each)})") for number, each in enumerate(found[:MOST_OFFERED])]
        if len(found) > MOST_OFFERED:
            facts.append(Fact(" ", f"and {len(found) - MOST_OFFERED} more; ^o lists them", "muted"))
        if (trouble := self.desk.search_trouble) is not None:
            facts.append(Fact("directory", f"it cannot be searched: {trouble.sentence} An object id of a known assignment does.", "warn"))
        return facts


def kind_words(each: Principal) -> str:
    """What somebody is, and what should be known of them."""
    kind = "managed identity" if each.service == "ManagedIdentity" else KINDS[each.kind]
    return f"{kind}, {note(each)}" if note(each) else kind


def same(these: Sequence[object], those: Sequence[object]) -> bool:
    """Whether what something was worked out from is still the same: texts by what they say, all else by being the same object."""
    return len(these) == len(those) and all(
        one is other or (isinstance(one, str) and one == other) for one, other in zip(these, those, strict=True)
    )
