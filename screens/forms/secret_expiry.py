"""The form that sets when secrets of a Key Vault expire."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain import until
from console.domain.vault_secrets import Secret
from console.operations import vault_secrets as plans
from console.operations.plan import Plan
from console.session import Session
from screens import secret_acts as acts
from screens.forms.fields import Field, Values, moment
from screens.forms.form import Form, Judgement

SUGGESTED = "+90d"


class SecretExpiryForm(Form):
    """One end for the newest versions of all that are chosen."""

    kind = "secret-expiry"

    def __init__(
        self, session: Session, rows: Sequence[Secret], refusal: str = "", notes: Sequence[str] = (), done: Callable[[], None] | None = None
    ) -> None:
        super().__init__(session, ",".join(row.id for row in rows), refusal, notes, done)
        self.rows = tuple(rows)

    def heading(self) -> str:
        return f"Expiry of {self.rows[0].name if len(self.rows) == 1 else f'{len(self.rows)} secrets'}"

    def fields(self) -> Sequence[Field]:
        return (
            Field(
                "expires",
                "expires",
                SUGGESTED,
                help=f"{until.FORMS}. It warns, and stops nobody from reading it.",
                check=lambda text: until.fault(text, self.session.clock.now(), needed=True),
            ),
        )

    def judge(self, values: Values) -> Judgement:
        end = until.meant(values["expires"], self.session.clock.now())
        return Judgement({}, {"expires": f"{end:%Y-%m-%d %H:%M} UTC"} if end is not None else {})

    async def plan(self, values: Values) -> Plan:
        """Raises FormError and TroubleError."""
        end = moment("expires", values["expires"], self.session.clock.now())
        assert end is not None  # the field was checked
        return plans.expire(acts.vault_of(self.session, self.rows), await acts.newest(self.session, self.rows), end)
