"""Editing a resource as the CLI's YAML: from the row into the editor, back with what is wrong or with the plan; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from console.domain.trouble import TroubleError
from console.operations.compute_files import Planned
from console.session import Session
from screens.dialogs.choose import Choice, Choose
from screens.dialogs.flaws import AGAIN, DISCARD, FlawsFound
from screens.editor import edit_text, editor_of
from screens.frame import FrugalApp
from screens.host import Host
from screens.plan_keys import refusal_of

GO_ON, ANEW = "go on", "begin anew"


class Opened(Protocol):
    """A resource as YAML, as it was opened."""

    @property
    def text(self) -> str: ...


E = TypeVar("E", bound=Opened)


class Files(Protocol[E]):
    """What makes YAML of a resource, and a plan of the edited YAML. Both raise TroubleError."""

    async def open(self, resource_id: str, /) -> E: ...

    async def edited(self, opened: E, text: str, /) -> Planned: ...


class Edited(NamedTuple, Generic[E]):
    """What is edited: `again` makes what was opened of the text that it had; `fault` says why it cannot be; `key` is the id of the key."""

    id: str
    name: str
    files: Files[E]
    again: Callable[[str], E]
    fault: str
    key: str


class _Text(NamedTuple, Generic[E]):
    """What stands in the editor, over the resource as it was opened; the cursor begins at `line`."""

    opened: E
    text: str
    line: int = 0


class YamlEdit(Generic[E]):
    """One edit of one row. What was typed and not agreed to stays in the host's drafts until it is agreed to or thrown away."""

    def __init__(self, app: FrugalApp, host: Host, session: Session, row: Edited[E]) -> None:
        self._app, self._host, self._session, self._row = app, host, session, row
        self._draft = f"edit {row.id}"

    async def run(self) -> None:
        """Edit until there is a plan to show, or the user leaves; trouble is told."""
        if self._row.fault:
            self._host.flash(f"edit: {self._row.fault}", "warn")
            return
        try:
            await self._edit()
        except TroubleError as error:
            kept = f" What was typed is kept: {self._key} goes on with it." if self._draft in self._host.drafts else ""
            self._host.keep_trouble(error.trouble)
            self._host.flash(f"{error.trouble.sentence}{kept}", "bad", stays=True)

    @property
    def _key(self) -> str:
        return self._host.key(self._row.key, "e")

    async def _edit(self) -> None:
        import os

        editor_of(os.environ)  # before anything is read
        now = await self._begin()
        while now is not None:
            now = await self._once(now)

    async def _begin(self) -> _Text[E] | None:
        """The resource as it is now, or what was typed earlier; None where the user wants neither."""
        draft = self._host.drafts.get(self._draft)
        if draft is not None:
            choices = [Choice(GO_ON, "with what was typed"), Choice(ANEW, "from what it is now; what was typed is gone")]
            chosen = await self._app.push_screen_wait(Choose(f"An edit of {self._row.name} was not sent", choices))
            if chosen == GO_ON:
                return _Text(self._row.again(draft["opened"]), draft["text"])
            if chosen != ANEW:
                return None
            self._throw_away()
        loading = "" if self._session.compiler.state == "ready" else "; azure-ai-ml is being loaded, which takes some seconds"
        self._host.flash(f"reading {self._row.name}{loading}")
        opened = await self._row.files.open(self._row.id)
        return _Text(opened, opened.text)

    async def _once(self, now: _Text[E]) -> _Text[E] | None:
        """One visit to the editor; what to go on with, None when it is over."""
        opened = now.opened
        rescue: Path = self._session.settings.state_dir / "edits"
        text = await edit_text(self._app, now.text, self._row.name, line=now.line, rescue=rescue)
        if text == opened.text or not text.strip():
            self._throw_away()
            self._host.flash(f"{self._row.name}: nothing was edited" if text.strip() else f"{self._row.name}: the edit was thrown away")
            return None
        self._host.drafts[self._draft] = {"opened": opened.text, "text": text}
        self._host.flash(f"checking the edit of {self._row.name}")
        planned = await self._row.files.edited(opened, text)
        self._host.forget_news()
        if planned.flaws:
            return await self._flawed(opened, text, planned)
        if planned.plan is None:
            self._throw_away()
            told = "; ".join((f"{self._row.name}: the edit changes nothing", *planned.notes))
            self._host.flash(told, "warn" if planned.notes else "busy")
            return None
        self._host.propose(planned.plan, refusal_of(self._session, planned.plan), notes=planned.notes, agreed=self._throw_away)
        return None

    async def _flawed(self, opened: E, text: str, planned: Planned) -> _Text[E] | None:
        chosen = await self._app.push_screen_wait(FlawsFound(self._row.name, planned.flaws, text))
        if chosen == AGAIN:
            return _Text(opened, text, planned.flaws[0].line)
        if chosen == DISCARD:
            self._throw_away()
            self._host.flash(f"{self._row.name}: the edit was thrown away")
        else:
            self._host.flash(f"{self._row.name}: what was typed is kept; {self._key} goes on with it", "warn")
        return None

    def _throw_away(self) -> None:
        self._host.drafts.pop(self._draft, None)
