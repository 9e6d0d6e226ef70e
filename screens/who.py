"""Who can: who can do what in the workspaces that are open, as a list for one verb or, where there is room, as a matrix of all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.access.who import users_of
from console.domain.access.abilities import Ability
from console.domain.access.places import Place
from console.domain.access.verbs import BY_KEY, INDEX, VERBS, Verb
from console.domain.access.verdicts import Verdict
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.source import Source
from console.session import Session
from screens import links
from screens import who_cells as cells
from screens import who_pages as pages
from screens.actions import Action, Drill
from screens.dialogs.choose import Choice
from screens.filters import Narrowing
from screens.principal import PrincipalScreen
from screens.resource_screen import ResourceScreen
from screens.who_ends import take_away
from screens.why import WhyScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part

#: From these widths (cells) on there is a matrix, and its columns are headed by words.
MATRIX, SPELT = 120, 190


class WhoScreen(ResourceScreen[Ability]):
    """A row for each principal; ←/→ and V choose the verb that is asked about, w says why a cell is what it is."""

    kind = "who"
    aliases = ("whocan",)
    default_sort = ("CAN", False)
    drills = (Drill("principal", lambda row: bool(row.principal_id), PrincipalScreen, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "next_verb(-1)", "the verb before", show=False, id="who.verb-before"),
        Binding("right", "next_verb(1)", "the next verb", show=False, id="who.verb-after"),
        Binding("V", "choose_verb", "choose the verb that is asked about", show=False, id="who.verb"),
        Binding("w", "why", "why the answer is what it is", show=False, id="who.why"),
        Binding("F", "able", "only those who can, or might", show=False, id="who.able"),
        Binding("C", "compare", "compare the two that are marked", show=False, id="who.compare"),
        Binding("D", "separation", "separation of duties", show=False, id="who.separation"),
        Binding("i", "trust", "how far the answer goes", show=False, id="who.trust"),
    ]

    def __init__(self, session: Session) -> None:
        self._laid_for = 0
        self._separation_wanted = False
        super().__init__(session)

    # What is listed

    @property
    def columns(self) -> tuple[Column[Ability], ...]:  # type: ignore[override]  # built per screen: a cell reads the session
        matrix = self._laid_for >= MATRIX
        can = Column[Ability](
            "CAN", 10, lambda row: cells.verdict_text(row, self.verb), self._style, self._rank, priority=3 if matrix else 0
        )
        how = Column[Ability](
            "HOW", 26, self._how, lambda row: "muted" if self._is_no(row) else "", priority=5 if matrix else 0, stretch=True
        )
        flags = Column[Ability](
            "FLAGS", 9, lambda row: ", ".join(cells.flags(row, self.verb, self.session)), self._flags_style, priority=4, most=20
        )
        return (
            Column("PRINCIPAL", 20, lambda row: row.label, lambda row: "muted" if row.principal is None else "", priority=0, most=34),
            Column("KIND", 8, lambda row: cells.kind_text(row, self.session), priority=2),
            can,
            *(tuple(map(self._verb_column, VERBS)) if matrix else ()),
            flags,
            how,
        )

    def _verb_column(self, verb: Verb) -> Column[Ability]:
        name = verb.short.upper() if self._laid_for >= SPELT else cells.HEADS[verb.key]
        return Column(
            name,
            max(3, len(name)),
            lambda row: cells.glyph_text(row, verb, verb is self.verb),
            lambda row: cells.verdict_style(row, verb),
            lambda row: int(row.cell(verb).verdict),
            priority=0,
        )

    @property
    def verb(self) -> Verb:
        """What is asked about."""
        return self.session.access.who.verb

    @property
    def what(self) -> str:
        """Below another screen in short: what that one tells needs the room."""
        above = self.app.screen_stack[self.app.screen_stack.index(self) + 1 :] if self in self.app.screen_stack else []
        return self.kind if any(isinstance(each, ResourceScreen) for each in above) else f"who can {self.verb.name}"

    @property
    def feed(self) -> Source[Ability]:
        return self.session.access.who.rows

    def key_of(self, row: Ability) -> str:
        return row.id

    def workspace_of(self, row: Ability) -> WorkspaceRef | None:
        return row.place.workspace

    def on_mount(self) -> None:
        self.session.access.who.begin()

    def on_resize(self) -> None:
        self._lay_out()

    def restore_order(self) -> None:
        self._lay_out()
        super().restore_order()

    def _lay_out(self) -> None:
        """A list below the width of a matrix, a matrix from there on."""
        width = self.app.size.width
        before, self._laid_for = self._laid_for, width
        if (before >= MATRIX, before >= SPELT) != (width >= MATRIX, width >= SPELT):
            self.table.set_columns(self._all_columns())
            if self.table.sort_column is None:
                self._sort(*self.default_sort)
            self.columns_changed()

    def rows_changed(self) -> None:
        height = max(1, self.size.height)
        first = max(0, self.table.cursor_position - height)
        self.session.access.who.look(users_of(self.table.visible_rows[first : self.table.cursor_position + height]))
        if self._separation_wanted and self.feed.loaded:
            self._separation_wanted = False
            self.action_separation()

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def refusal(self, action: Action[Ability], row: Ability) -> str:
        return f"{action.label} does not apply to who can do what"

    def describe(self, row: Ability) -> list[Fact]:
        return pages.describe_facts(row, self.verb, self.session)

    def links(self, row: Ability) -> list[Fact]:
        return [Fact("principal", links.principal(row.principal_id, row.kind, self.session.cloud))] if row.principal_id else []

    def told_of_rows(self) -> list[Part]:
        disagree = sum(bool(self.session.access.who.disagreements(place)) for place in self._places)
        parts = super().told_of_rows()
        return [*parts, ("  Azure disagrees (i)", "bad")] if disagree else parts

    def told_of_order(self) -> str:
        if self.feed.incomplete and self._laid_for < MATRIX:
            return ""  # the room goes to what is missing
        return f"{cells.legend()} " if self._laid_for >= MATRIX else super().told_of_order()

    def own_hints(self) -> list[Part]:
        parts: list[Part] = [("←→", "key"), (" verb  ", "")]
        for name, key, label in (
            ("who.verb", "V", "which"),
            ("who.why", "w", "why"),
            ("who.separation", "D", "duties"),
            ("who.trust", "i", "trust"),
        ):
            parts += [(self._hint_key(name, key), "key"), (f" {label}  ", "")]
        return parts

    # What is asked about

    @classmethod
    def topics(cls) -> Sequence[str]:
        return tuple(BY_KEY)

    def be_about(self, topic: str) -> None:
        """Ask about a verb, by its key, its name, or a part that means one. Raises TroubleError where it means none or several."""
        self._ask_about(verb_named(topic))

    def action_next_verb(self, by: int) -> None:
        self._ask_about(VERBS[(INDEX[self.verb.key] + by) % len(VERBS)])

    def action_choose_verb(self) -> None:
        choices = [Choice(verb.name, "; ".join(way.words for way in verb.ways[:2]), verb is self.verb) for verb in VERBS]
        self.host.choose("Who can …?", choices, lambda name: self.be_about(name) if name else None)

    def _ask_about(self, verb: Verb) -> None:
        self.session.access.who.verb = verb
        self.table.reread()
        if self.is_mounted:
            self._update()

    # What is told of it

    def action_why(self) -> None:
        row, verb = self.table.cursor_row, self.verb
        if row is None:
            return
        who, place = row.principal_id, row.place

        def read() -> Sequence[Fact]:
            found = next((each for each in self.feed.items if each.principal_id == who and each.place.workspace == place.workspace), row)
            return pages.why_facts(found, verb, self.session)

        def end() -> None:
            take_away(self.host, self.session, row, verb)

        def nothing() -> None:
            self.host.flash("an answer is no finding: it cannot be snoozed", "warn")

        self.app.push_screen(WhyScreen(f"why {row.label}", self.session, read, end, nothing))

    def action_able(self) -> None:
        """Only those who can, or might, or all again."""
        test = Narrowing[Ability](
            "who can", lambda row: not self._is_no(row), "Nobody can, and nothing that was not read leaves it open (F)."
        )
        self.narrow(None if self.narrowing is not None else test)

    def action_compare(self) -> None:
        marked = self.table.marked_rows
        if len(marked) != 2:
            self.host.flash(f"two are compared: {len(marked)} marked (space marks)", "warn")
        else:
            self.host.read("compare", pages.compare_facts(marked[0], marked[1], self.session))

    def action_separation(self) -> None:
        """In a thread: of each data scientist every path of some verbs is followed."""
        places, found = self._places, list[Fact]()

        async def check() -> Sequence[str]:
            found.extend(await asyncio.to_thread(pages.separation_facts, places, self.session))
            return ()

        self.host.later(check(), lambda _: self.host.read("separation of duties", found))

    def show_separation(self) -> None:
        """The same as soon as the rows are there."""
        self._separation_wanted = True
        if self.is_mounted:
            self._update()

    def action_trust(self) -> None:
        self.host.read("how far the answer goes", pages.trust_facts(self._places, self.session))

    def action_describe(self) -> None:
        if self.table.cursor_row is not None:
            self.host.read(f"describe {self.table.cursor_row.label}", self.describe(self.table.cursor_row))

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.label)

    def action_copy_id(self) -> None:
        """The object id: a principal has no ARM id."""
        if self.table.cursor_row is not None and self.table.cursor_row.principal_id:
            self.host.copy(self.table.cursor_row.principal_id)

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """Somebody comes and goes with what is read; nothing was deleted."""
        event.prevent_default()  # Textual would call the handler of the class above as well

    @property
    def _places(self) -> Sequence[Place]:
        return self.session.access.now.places

    def _rank(self, row: Ability) -> int:
        return int(row.cell(self.verb).verdict)

    def _is_no(self, row: Ability) -> bool:
        return row.cell(self.verb).verdict is Verdict.NO

    def _style(self, row: Ability) -> str:
        return cells.verdict_style(row, self.verb)

    def _flags(self, row: Ability) -> str:
        return ", ".join(cells.flags(row, self.verb, self.session))

    def _flags_style(self, row: Ability) -> str:
        return cells.flags_style(row, self.verb, self.session)

    def _how(self, row: Ability) -> str:
        return cells.how_text(row, self.verb, self.session)


def verb_named(text: str) -> Verb:
    """A verb by its key, its name or its column's head, else by a part of a name that only it has. Raises TroubleError."""
    wanted = " ".join(text.lower().split())
    exact = [verb for verb in VERBS if wanted in {verb.key, verb.name.lower(), verb.short.lower(), cells.HEADS[verb.key].lower()}]
    found = exact or [verb for verb in VERBS if wanted in verb.name.lower() or wanted in verb.key]
    if len(found) == 1:
        return found[0]
    told = f"may be {', '.join(verb.key for verb in found)}" if found else f"is none of {', '.join(BY_KEY)}"
    raise TroubleError(Trouble(Kind.INVALID, f"{text!r} {told}", "UnknownVerb"))
