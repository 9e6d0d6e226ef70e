"""Rotate: who uses a storage account, which of its keys each was found to hold, and the plan that makes one anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.account_keys import KEYS, KeyRef, other
from console.domain.findable import Searched
from console.domain.rotation import Consumer, Held, Kind, Way, holding
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.feeds.source import Source
from console.operations.journal import JournalError
from console.operations.plan import Plan
from console.operations.rotation import GRACES
from console.session import Session
from screens.actions import Action
from screens.compute import length
from screens.dialogs.choose import Choice
from screens.operations import step_text
from screens.plan_keys import refusal_of
from screens.reasons import utc
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

HOLDS = {Held.NEITHER: "bad", Held.UNTOLD: "muted"}


class RotateScreen(ResourceScreen[Consumer]):
    """s reads what each holds and compares it with the account's keys; R plans the rotation; enter tells a user whole."""

    kind = "rotate"
    default_sort = ("", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "scan", "compare which key each holds", show=False, id="rotate.scan"),
        Binding("R", "rotate", "make a key anew: move, verify, hold, regenerate", show=False, id="rotate.plan"),
    ]

    def __init__(self, session: Session, account_id: str, name: str) -> None:
        self.name_shown = name
        self.now = session.data.rotation_of(account_id)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Consumer], ...]:  # type: ignore[override]  # built per screen, as those of other kinds are
        return (
            Column("USER", 18, lambda row: row.name, lambda row: "warn" if row.kind is Kind.UNSEEN else "", priority=0, most=32),
            Column("IN", 12, self._place, priority=0, most=24),
            Column("KIND", 13, lambda row: str(row.kind), priority=2),
            Column("AUTH", 11, lambda row: row.auth, priority=3),
            Column("HOLDS", 8, self._holds, self._holds_style, priority=0),
            Column("MOVED BY", 24, self._way, _way_style, priority=1, stretch=True),
            Column("AT", 24, lambda row: row.place, priority=4, most=40),
            Column("READ", 5, self._read, priority=5, align="right"),
        )

    @property
    def feed(self) -> Source[Consumer]:
        return self.now.feed

    @property
    def what(self) -> str:
        account = self.now.account
        ages = ", ".join(f"{key} {self._age(key)}" for key in KEYS) if account is not None else ""
        return f"rotate {self.name_shown}{f' ({ages})' if ages else ''}"

    def key_of(self, row: Consumer) -> str:
        return row.id

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_unmount(self) -> None:
        self.session.release(self.now.feed)

    def on_mount(self) -> None:
        self.session.want_allowance(self.now.account_id)

    def _failed_parts(self) -> str:
        """Its part is no workspace."""
        return ""

    def refusal(self, action: Action[Consumer], row: Consumer) -> str:
        return f"{action.label} does not apply to a user of an account"

    def describe(self, row: Consumer) -> list[Fact]:
        known = self.now.holdings.get(row.id)
        lines = [
            ("user", row.name),
            ("workspace", self.session.context.label(row.workspace) if row.workspace is not None else ""),
            ("kind", str(row.kind)),
            ("auth", row.auth),
            ("at", row.place),
            ("holds", _told(row, known.held) if known is not None else ("? (s compares)" if row.keyed else "")),
            (
                "fingerprint",
                f"{known.fingerprint} (equal ones are one secret; of this console's life alone)" if known and known.fingerprint else "",
            ),
            ("runs out", utc(known.ends) if known is not None and known.ends is not None else ""),
            ("compared", utc(known.at) if known is not None else ""),
            ("moved by", str(row.way)),
        ]
        facts = [Fact(name, text) for name, text in lines if text]
        facts += [Fact("why", known.why, "warn", "warn")] if known is not None and known.why else []
        facts += [Fact("look there", row.note, "warn", "warn")] if row.note else []
        return [*facts, *([Fact("ARM id", row.id)] if row.workspace is not None else [])]

    def own_hints(self) -> list[Part]:
        parts: list[Part] = []
        for name, key, label in (("rotate.scan", "s", "compare keys"), ("rotate.plan", "R", "rotate")):
            parts += [(self._hint_key(name, key), "key"), (f" {label}  ", "")]
        return parts

    # Keys

    def action_open(self) -> None:
        self.action_describe()

    def action_scan(self) -> None:
        """Agreed to by a dialog: that secrets are read is written down."""
        try:
            plan = self.now.scan()
        except TroubleError as error:
            self.host.report(error.trouble)
            return
        self.host.propose(plan, refusal_of(self.session, plan), run=self._compare)

    def action_rotate(self) -> None:
        """Ask which key is made anew and how long the old one lives on, then show the plan."""
        held = {key: len(holding(self.now.consumers, self.now.holdings, Held(key))) for key in KEYS}
        named = {f"make {key} anew": key for key in KEYS}
        choices = [Choice(name, f"{self._age(key)} old · held by {held[key]} · all go to {other(key)}") for name, key in named.items()]
        self.host.choose(f"rotate {self.name_shown}", choices, lambda name: self._ask_grace(named[name]) if name else None)

    def _ask_grace(self, leaving: str) -> None:
        graces = {label: (seconds, label) for seconds, label in GRACES}
        choices = [Choice(label, f"{leaving} lives on so long after all were moved") for label in graces]
        choices[-1] = Choice(GRACES[-1][1], "jobs that began with the old key fail")
        self.host.choose(
            f"how long does {leaving} live on?", choices, lambda label: self._propose(leaving, graces[label]) if label else None
        )

    def _propose(self, leaving: str, grace: tuple[float, str]) -> None:
        async def making() -> None:
            plans.append(await self.now.plan(leaving, grace))

        def show() -> None:
            for plan in plans:
                self.host.propose(plan, refusal_of(self.session, plan))

        plans: list[Plan] = []
        self.host.flash("making the plan …")
        self._later(making, show)

    def _compare(self, plan: Plan) -> None:
        def show() -> None:
            asked = [row for row in self.now.consumers if row.keyed]
            found = {held: len(holding(asked, self.now.holdings, held)) for held in Held}
            told = [f"{number} hold {held}" for held, number in found.items() if number and held is not Held.UNTOLD]
            if untold := found[Held.UNTOLD]:
                told.append(f"of {untold} it cannot be told (enter says why)")
            self.host.flash(f"compared: {', '.join(told) or 'nobody holds a key'}", "warn" if untold else "ok")
            self._redraw()

        self.host.flash("reading and comparing …")
        self._later(lambda: self.now.compare(plan), show)

    def _later(self, work: Callable[[], Awaitable[None]], then: Callable[[], None]) -> None:
        """Do something with what is being read, once it is there; why it cannot be read is told."""
        failed: list[Trouble] = []

        async def wait() -> Sequence[str]:
            try:
                await work()
            except TroubleError as error:
                failed.append(error.trouble)
            except JournalError as error:
                failed.append(Trouble(TroubleKind.UNEXPECTED, str(error), "JournalUnwritable"))
            return ()

        def show(_: Sequence[str]) -> None:
            for trouble in failed:
                self.host.report(trouble)
            if not failed:
                then()

        self.host.later(wait(), show)

    # Cells

    def _place(self, row: Consumer) -> str:
        return self.session.context.label(row.workspace) if row.workspace is not None else ""

    def _holds(self, row: Consumer) -> str:
        known = self.now.holdings.get(row.id)
        if known is not None and known.ends is not None:
            return f"to {known.ends:%m-%d}"
        return str(known.held) if known is not None else "?" if row.secret or row.kind is Kind.UNSEEN else "–"

    def _holds_style(self, row: Consumer) -> str:
        known = self.now.holdings.get(row.id)
        return HOLDS.get(known.held, "") if known is not None else "muted"

    def _way(self, row: Consumer) -> str:
        """How it is moved; while a step of ours is on it, that."""
        under_way = self.session.step_on(row.id)
        return step_text(*under_way, passing=False) if under_way is not None else str(row.way)

    def _read(self, row: Consumer) -> str:
        known = self.now.holdings.get(row.id)
        return length(self.session.clock.age(known.at).total_seconds()) if known is not None else ""

    def _age(self, key: str) -> str:
        made = self.now.account.made.get(key) if self.now.account is not None else None
        age = length(self.session.clock.age(made).total_seconds()) if made is not None else "?"
        under_way = self.session.step_on(KeyRef(self.now.account_id, key).id)
        return f"{age} ⟳ {under_way[1].progress}" if under_way is not None else age


def _told(row: Consumer, held: Held) -> str:
    return {Held.NEITHER: "neither key of the account: it is shut", Held.UNTOLD: "? (it cannot be told)"}.get(held, str(held))


def _way_style(row: Consumer) -> str:
    return "warn" if row.way in {Way.REISSUE, Way.LOOK} else "muted" if row.way is Way.UNTOUCHED else ""
