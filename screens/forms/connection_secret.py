"""The form that gives a connection another secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.connection_kinds import Auth
from console.domain.connections import Connection
from console.operations import connection_changes as changes
from console.operations.plan import Plan
from console.session import Session
from screens.forms import secret_fields
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact


class ConnectionSecretForm(Form):
    """One connection at a time: two do not have the same secret."""

    kind = "connection-secret"

    def __init__(
        self, session: Session, rows: Sequence[Connection], refusal: str, notes: Sequence[str], done: Callable[[], None] | None
    ) -> None:
        self.target = rows[0]
        left = (f"one at a time: {len(rows) - 1} more of the marked stay as they are",) if len(rows) > 1 else ()
        super().__init__(session, self.target.id, refusal, (*left, *notes), done)

    def heading(self) -> str:
        return f"Another secret for {self.target.name} ({self.target.label}, {self.target.auth.label})"

    def fields(self) -> Sequence[Field]:
        own = secret_fields.fields(self.session, self.target.behind)
        if self.target.auth is not Auth.CUSTOM_KEYS:
            return own
        name = Field("key_name", "name of the key", help="It is the only key that the connection has then.", check=needed("a name"))
        return (name, *own)

    def judge(self, values: Values) -> Judgement:
        row, facts = self.target, []
        if row.auth.open_fields:
            facts.append(Fact("stays", f"{', '.join(row.auth.open_fields)}: read while this is sent, and put in again"))
        return Judgement(secret_fields.faults(values), {}, facts)

    def pick(self, field: Field) -> None:
        secret_fields.pick(self, field.name)

    async def plan(self, values: Values) -> Plan:
        row = self.target
        field = changes.secret_field(row)
        given = await secret_fields.given(self.session, values, field)
        settings = await self.session.data.connections.settings(row)
        key_name = values.get("key_name", "").strip()
        if row.auth is Auth.CUSTOM_KEYS and not key_name:
            raise FormError("key_name", "a name is needed")
        return changes.give_secret(row, settings, {field: given.text}, given.link, given.expires, key_name=key_name)
