"""Why: one panel for every such question about a row, kept up to date while it is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from console.session import Session
from screens.reader import Reader
from screens.widgets.facts import Fact, Facts

LABEL_WIDTH = 12


class WhyScreen(Reader):
    """Shows what `read` gives, again after each change. `plan` and `snooze` are what `f` and `z` do, once it has closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "back", "Back", show=False, id="why.back"),
        Binding("f", "leave_for('plan')", "Fix", id="why.fix"),
        Binding("z", "leave_for('snooze')", "Snooze", id="why.snooze"),
    ]

    def __init__(
        self, title: str, session: Session, read: Callable[[], Sequence[Fact]], plan: Callable[[], None], snooze: Callable[[], None]
    ) -> None:
        super().__init__(title, read(), LABEL_WIDTH)
        self._session, self._read = session, read
        self._after = {"plan": plan, "snooze": snooze}
        self._leave_session: Callable[[], None] | None = None

    def on_mount(self) -> None:
        self._leave_session = self._session.listen(self._changed)

    def on_unmount(self) -> None:
        if self._leave_session is not None:
            self._leave_session()

    def action_leave_for(self, where: str) -> None:
        self.app.pop_screen()
        self._after[where]()

    def _changed(self) -> None:
        page = next(iter(self.query(Facts)), None)
        if page is None:  # not composed yet, or going already: news come at any time
            return
        facts = tuple(self._read())
        if facts != page.facts:
            page.facts = self.facts = facts
            for each in (page, *self.query(VerticalScroll)):
                each.refresh(layout=True)
