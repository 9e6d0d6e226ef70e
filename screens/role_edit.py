"""Editing a custom role as az's JSON: into the editor, back with what is wrong or with the plan; nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

from console.domain.access.role_text import ReadRole, RoleDraft, draft_of, text_of
from console.domain.access.roles import RoleDefinition
from console.domain.trouble import TroubleError
from console.session import Session
from screens.dialogs.choose import Choice, Choose
from screens.dialogs.flaws import AGAIN, DISCARD, FlawsFound
from screens.editor import edit_text, editor_of
from screens.frame import FrugalApp
from screens.host import Host
from screens.plan_keys import refusal_of

GO_ON, ANEW = "go on", "begin anew"


class RoleEdit:
    """One edit: of a role that is there (`before`), or of a draft of a new one. What is not agreed to stays in the host's drafts."""

    def __init__(self, app: FrugalApp, host: Host, session: Session, draft: RoleDraft, before: RoleDefinition | None = None) -> None:
        self._app, self._host, self._session, self._before = app, host, session, before
        self._given = text_of(draft)
        self._name = before.name if before is not None else "the new role"
        self._draft = f"role {before.guid}" if before is not None else "role new"

    @classmethod
    def of(cls, app: FrugalApp, host: Host, session: Session, role: RoleDefinition) -> RoleEdit:
        """Of a role that is there. Raises ValueError with a clause where az's JSON has no place for all of it."""
        return cls(app, host, session, draft_of(role), role)

    async def run(self) -> None:
        """Edit until there is a plan to show, or the user leaves; trouble is told."""
        import os

        try:
            editor_of(os.environ)
            text, line = await self._begin(), 0
            self._session.access.role_desk.warm()
            while text is not None:
                text, line = await self._once(text, line)
        except TroubleError as error:
            kept = " What was typed is kept." if self._draft in self._host.drafts else ""
            self._host.keep_trouble(error.trouble)
            self._host.flash(f"{error.trouble.sentence}{kept}", "bad", stays=True)

    async def _begin(self) -> str | None:
        """What stands in the editor first; None where the user wants neither what is there nor what was typed."""
        kept = self._host.drafts.get(self._draft)
        if kept is None:
            return self._given
        choices = [Choice(GO_ON, "with what was typed"), Choice(ANEW, "what was typed is gone")]
        chosen = await self._app.push_screen_wait(Choose(f"An edit of {self._name} was not sent", choices))
        if chosen == ANEW:
            self._throw_away()
            return self._given
        return kept["text"] if chosen == GO_ON else None

    async def _once(self, text: str, line: int) -> tuple[str | None, int]:
        """One visit to the editor; what to go on with, at which line; None when it is over."""
        rescue: Path = self._session.settings.state_dir / "edits"
        text = await edit_text(self._app, text, self._name, line=line, rescue=rescue, suffix=".json")
        if not text.strip() or (text == self._given and self._before is not None):
            self._throw_away()
            self._host.flash(f"{self._name}: nothing was edited" if text.strip() else f"{self._name}: the edit was thrown away")
            return None, 0
        self._host.drafts[self._draft] = {"text": text}
        self._host.flash(f"checking the edit of {self._name}")
        read = await self._session.access.role_desk.read(text, self._before)
        self._host.forget_news()
        if read.draft is None:
            return await self._flawed(text, read)
        plan = await self._session.access.role_desk.plan(read.draft, self._before)
        self._host.forget_news()
        if plan is None:
            self._throw_away()
            self._host.flash(f"{self._name}: the edit changes nothing")
            return None, 0
        notes = [f"line {doubt.line}: {doubt.path}: {doubt.message}" for doubt in read.doubts]
        self._host.propose(plan, refusal_of(self._session, plan), notes=notes, agreed=self._throw_away)
        return None, 0

    async def _flawed(self, text: str, read: ReadRole) -> tuple[str | None, int]:
        chosen = await self._app.push_screen_wait(FlawsFound(self._name, read.flaws, text))
        if chosen == AGAIN:
            return text, read.flaws[0].line
        if chosen == DISCARD:
            self._throw_away()
            self._host.flash(f"{self._name}: the edit was thrown away")
        else:
            self._host.flash(f"{self._name}: what was typed is kept; the same key goes on with it", "warn")
        return None, 0

    def _throw_away(self) -> None:
        self._host.drafts.pop(self._draft, None)
