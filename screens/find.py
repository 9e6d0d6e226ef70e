"""Find: anything that is loaded, by whatever somebody pasted: jumps to the one hit, lists several, or says what was searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from console.domain import scopes
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.findable import Hit, Query, Searched, query, search
from console.feeds.source import Derived, Source
from console.session import Session
from screens.actions import Action
from screens.findables import PRINCIPAL, workspaces
from screens.nodes import NodesScreen
from screens.principal import PrincipalScreen
from screens.registry import VIEWS
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact

if TYPE_CHECKING:
    from screens.host import Host

#: What a person may look for and no screen of this console reads yet.
NOT_READ = "models, environments, and jobs other than the last one of a compute in view"


def searched(session: Session) -> list[Searched]:
    """All that is loaded, kind by kind, with what is not: each screen of the registry and of its drill-downs declares its own."""
    told = [kind for view in VIEWS.values() for kind in _of(view.screen, session)]
    return [*told, workspaces(session)]


def _of(screen: type[ResourceScreen[Any]], session: Session) -> Iterator[Searched]:
    own = screen.searched(session)
    if own is not None:
        yield own
    for drill in screen.drills:
        if isinstance(drill.screen, type) and issubclass(drill.screen, ResourceScreen):
            yield from _of(drill.screen, session)


def find(text: str, session: Session, host: Host) -> None:
    """Carry out `:find text`."""
    asked = query(text)
    if not asked.words:
        host.flash("find what? paste a name, an ARM id, an e-mail, a GUID, a run id or a URI after :find", "warn")
        return
    kinds = searched(session)
    hits = search(asked, [each for kind in kinds for each in kind.findables])
    if len(hits) == 1:
        jump(hits[0], session, host)
    elif hits:
        host.open_screen(FoundScreen(session, asked, hits))
    else:
        host.read(f"find {asked.words}", _nothing(asked, kinds))


def jump(hit: Hit, session: Session, host: Host) -> None:
    """Open the screen of a hit with the cursor on it, out of a filter that hides it."""
    found = hit.found
    said = f"{found.what} {found.name}: {hit.matched}{'' if hit.text == found.name else f' {hit.text}'}"
    if not found.view:
        host.flash(said, "ok")
        return
    screen = host.go_to(found.view)
    if found.what == PRINCIPAL:
        host.open_screen(PrincipalScreen(session, _who(found.below, session)))
        host.flash(said, "ok")
        return
    cleared = screen.show_row(found.key)
    host.flash(f"{said}{f'; cleared {cleared}, which hid it' if cleared else ''}", "ok")
    compute = next((each for each in session.computes.items if scopes.same_id(each.id, found.key)), None)
    if found.below and compute is not None:
        below = NodesScreen(session, compute)
        host.open_screen(below)
        below.show_row(found.below)


def _who(object_id: str, session: Session) -> Principal:
    """A principal by its object id, also where the directory tells nothing of it."""
    known = (each for each in session.access.desk.known(object_id) if each.id == object_id)
    return next(known, Principal(id=object_id, kind=PrincipalKind.UNKNOWN, name=""))


class FoundScreen(ResourceScreen[Hit]):
    """Several hits: enter goes to one."""

    kind = "found"
    default_sort = ("WHAT", False)
    columns: ClassVar[Sequence[Column[Hit]]] = (  # type: ignore[misc]
        Column("NAME", 18, lambda hit: hit.found.name, priority=0, most=30),
        Column("WHAT", 10, lambda hit: hit.found.what, priority=0),
        Column("BY", 12, lambda hit: hit.matched, priority=1),
        Column("TEXT", 20, lambda hit: hit.text, priority=0, stretch=True),
    )

    def __init__(self, session: Session, asked: Query, hits: Sequence[Hit]) -> None:
        self.asked = asked
        self._hits = _Hits(session, hits)
        super().__init__(session)

    @property
    def feed(self) -> Source[Hit]:
        return self._hits

    @property
    def what(self) -> str:
        return f"found {self.asked.words} "

    def key_of(self, row: Hit) -> str:
        return f"{row.found.key}/{row.found.below}" if row.found.below else row.found.key

    def refusal(self, action: Action[Hit], row: Hit) -> str:
        return f"{action.label} does not apply to a hit"

    def describe(self, row: Hit) -> list[Fact]:
        return [Fact(label, text) for label, text in row.found.texts]

    def action_open(self) -> None:
        if self.table.cursor_row is not None:
            jump(self.table.cursor_row, self.session, self.host)


class _Hits(Derived[Hit]):
    """Hits as they were when they were looked for."""

    def __init__(self, session: Session, hits: Sequence[Hit]) -> None:
        super().__init__(session.computes)
        self._found = tuple(hits)

    @property
    def items(self) -> tuple[Hit, ...]:
        return self._found


def _nothing(asked: Query, kinds: Sequence[Searched]) -> list[Fact]:
    facts = [Fact("", f"Nothing loaded mentions it ({asked.kind}).", "warn"), Fact("looked for", asked.words)]
    facts += [Fact("also for", part) for part in dict.fromkeys((*asked.places, *asked.parts)) if part != asked.words]
    facts.append(Fact("searched", ", ".join(kind.what for kind in kinds)))
    facts += [Fact("not loaded", sentence, "muted") for kind in kinds for sentence in kind.missing]
    return [*facts, Fact("not read", f"{NOT_READ}: this console does not read them yet", "muted")]
