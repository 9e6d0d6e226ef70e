"""Principals to choose from: those that this session knows at once, those of the directory as they arrive; groups first."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.access.principals import Principal
from console.session import Session
from screens.access_cells import KINDS
from screens.forms.picker import Picker
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class PrincipalPicker(Picker[Principal]):
    """The directory is asked for one text at a time: the last that was typed when it has answered for the one before."""

    title_text = "Who"
    hint = "a part of a name, a sign-in name, or an object id"
    nothing = "nobody of that name is known; two letters or more are looked for in the directory"

    def __init__(self, session: Session, text: str = "") -> None:
        self._desk, self._asking = session.access.desk, False
        super().__init__(text)

    def columns(self) -> Sequence[Column[Principal]]:
        return (
            Column("NAME", 28, lambda row: row.name or row.id, priority=0, stretch=True),
            Column("KIND", 8, lambda row: "identity" if row.service == "ManagedIdentity" else KINDS[row.kind], priority=0),
            Column("SIGNS IN AS", 30, lambda row: row.upn, lambda _: "muted", priority=1),
            Column("NOTE", 9, note, lambda _: "warn", priority=0),
        )

    def key_of(self, row: Principal) -> str:
        return row.id

    def found(self, text: str) -> Sequence[Principal]:
        if not self._asking and self._desk.to_search(text) and self.is_attached:
            self._asking = True
            self.run_worker(self._search(text))
        return self._desk.known(text)

    def told(self, row: Principal) -> Sequence[Fact]:
        return [Fact("id", row.id), *([Fact("of", row.resource_id)] if row.resource_id else [])]

    def news(self) -> Part:
        if self._asking:
            return ("  looking in the directory …", "busy")
        trouble = self._desk.search_trouble
        return (f"  the directory cannot be searched: {trouble.sentence}", "warn") if trouble is not None else ("", "")

    async def _search(self, text: str) -> None:
        try:
            await self._desk.search(text)
        finally:
            self._asking = False
        if self.is_attached and (self._desk.search_trouble is None or self.text == text):
            trouble = self._desk.search_trouble
            self.table.apply(list(self._desk.known(self.text) if trouble is not None else self.found(self.text)))
            self._tell()


def note(row: Principal) -> str:
    """What should be known before somebody is given something."""
    return "disabled" if row.enabled is False else "guest" if row.guest else ""
