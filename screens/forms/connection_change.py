"""The form that changes where a connection leads, and until when its credential is good."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain import until
from console.domain.connections import Connection
from console.operations import connection_changes as changes
from console.operations.plan import Plan
from console.session import Session
from console.text import HIDDEN
from screens.forms.fields import Field, FormError, Values, moment, needed
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact


class ConnectionChangeForm(Form):
    """One connection at a time; what it keeps stays."""

    kind = "connection-change"

    def __init__(
        self, session: Session, rows: Sequence[Connection], refusal: str, notes: Sequence[str], done: Callable[[], None] | None
    ) -> None:
        self.target = rows[0]
        left = (f"one at a time: {len(rows) - 1} more of the marked stay as they are",) if len(rows) > 1 else ()
        super().__init__(session, self.target.id, refusal, (*left, *notes), done)

    def heading(self) -> str:
        return f"Change {self.target.name}"

    def fields(self) -> Sequence[Field]:
        row = self.target
        return (
            Field("target", "target", row.target, help="Where it leads.", check=needed("a target"), long=True),
            Field(
                "until",
                "good until",
                f"{row.expires:%Y-%m-%d %H:%M}" if row.expires is not None else "",
                help=until.HELP,
                check=lambda text: "" if text == self._until else until.fault(text, self.session.clock.now()),
            ),
        )

    def judge(self, values: Values) -> Judgement:
        half = values["target"].strip() != self.target.target and HIDDEN in values["target"]
        wrong = {"target": f"{HIDDEN} stands for what looks like a secret: write all of it, or leave it as it is"} if half else {}
        return Judgement(wrong, {}, [Fact("stays", "category, auth, what it keeps, its users and metadata")])

    async def plan(self, values: Values) -> Plan:
        row, target = self.target, values["target"].strip()
        expires = row.expires if values["until"] == self._until else moment("until", values["until"], self.session.clock.now())
        if target == row.target and expires == row.expires:
            raise FormError("", "Nothing is changed.")
        settings = await self.session.data.connections.settings(row)
        # What is shown may be redacted; what was not touched goes back as it is.
        return changes.change(row, settings, str(settings.get("target", "")) if target == row.target else target, expires)

    @property
    def _until(self) -> str:
        return f"{self.target.expires:%Y-%m-%d %H:%M}" if self.target.expires is not None else ""
