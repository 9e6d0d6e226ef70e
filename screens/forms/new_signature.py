"""The form that gives a datastore another shared access signature."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from console.domain import uris
from console.domain.datastores import Auth, Datastore
from console.operations.connection_changes import typed
from console.operations.creation import RefusedError
from console.operations.datastore_changes import Change, Opening, change
from console.operations.plan import Plan
from console.session import Session
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Form, Judgement
from screens.reasons import utc
from screens.widgets.facts import Fact

#: What a job that reads needs of a container: to read blobs and to list them ("Create a service SAS", signed permissions).
NEEDED = "rl"
FIELD = "credentials.secrets.sasToken"


class NewSignatureForm(Form):
    """All else of the datastore stays. Azure tries the signature before it takes it."""

    kind = "new-signature"

    def __init__(
        self, session: Session, row: Datastore, refusal: str = "", notes: Sequence[str] = (), done: Callable[[], None] | None = None
    ) -> None:
        super().__init__(session, row.id, refusal, notes, done)
        self.target = row

    def heading(self) -> str:
        return f"Another SAS for {self.target.name} ({self.target.account}/{self.target.container})"

    def fields(self) -> Sequence[Field]:
        return (
            Field(
                "sas",
                "SAS",
                help="The token (sv=…&sig=…), or a URL that ends in it. Sent to Azure once; never shown, kept or logged.",
                check=self._fault,
                secret=True,
                long=True,
            ),
        )

    def judge(self, values: Values) -> Judgement:
        found = uris.signed(f"?{_token(values['sas'])}")
        if found is None:
            return Judgement({} if values["sas"] else {"sas": "a signature is needed"})
        lacking = [each for each in NEEDED if each not in found.permissions]
        facts = [Fact("ends", utc(found.expires) if found.expires is not None else "? it does not say (a stored access policy may)")]
        facts.append(Fact("allows", found.permissions or "? (a stored access policy tells)", "warn" if lacking else ""))
        if lacking and found.permissions:
            facts.append(Fact("", f"without {' and '.join(lacking)} no job reads through it (r reads, l lists)", "warn", "warn"))
        return Judgement({}, {}, facts)

    async def plan(self, values: Values) -> Plan:
        """Raises TroubleError, FormError."""
        row = self.target
        raw = json.loads(await self.session.data.now.json(row.id))
        opening = Opening(auth=Auth.SAS, secret=typed(FIELD, _token(values["sas"])))
        try:
            plan = change(row, raw, Change(opening=opening))
        except RefusedError as error:
            raise FormError("", error.message) from error
        return replace(plan, verb="give another SAS", title=f"Give the datastore {row.name} another SAS")

    def _fault(self, text: str) -> str:
        """Why a text is no signature that opens anything ("" where it may be one); nothing of it is in what this says."""
        found = uris.signed(f"?{_token(text)}")
        if not text:
            return ""
        if found is None:
            return "no shared access signature: it has no sig="
        over = found.expires is not None and found.expires <= self.session.clock.now()
        return f"it ended on {found.expires:%Y-%m-%d %H:%M} UTC" if over and found.expires is not None else ""


def _token(text: str) -> str:
    """The token of what was pasted: behind the question mark of a URL."""
    return text.strip().rpartition("?")[2]
