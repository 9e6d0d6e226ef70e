"""The form that changes a datastore: what is said of it, as whom Azure ML reads, and what opens it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from console.domain.creation import parse_tags, tags_fault
from console.domain.datastores import Datastore
from console.operations.creation import RefusedError
from console.operations.datastore_changes import SYSTEM_ASSIGNED, USER_ASSIGNED, Change, change
from console.operations.plan import Plan
from console.session import Session
from screens.forms import datastore_secret as secrets
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact

#: As whom Azure ML itself reads: what stands in the form, and Azure's word.
READERS = {"who looks": "None", "the workspace": SYSTEM_ASSIGNED, "its user-assigned": USER_ASSIGNED}


class DatastoreChangeForm(Form):
    """One datastore at a time; what it keeps stays unless another is given, and Azure tries the storage before it takes the change."""

    kind = "datastore-change"

    def __init__(
        self, session: Session, rows: Sequence[Datastore], refusal: str, notes: Sequence[str], done: Callable[[], None] | None
    ) -> None:
        self.target = rows[0]
        left = (f"one at a time: {len(rows) - 1} more of the marked stay as they are",) if len(rows) > 1 else ()
        super().__init__(session, self.target.id, refusal, (*left, *notes), done)
        self._leave_session: Callable[[], None] | None = None

    def on_mount(self) -> None:
        self.session.data.storage.begin()
        self._leave_session = self.session.listen(lambda: self.refresh_judgement())

    def on_unmount(self) -> None:
        if self._leave_session is not None:
            self._leave_session()

    def heading(self) -> str:
        return f"Change {self.target.name} ({self.target.type.label}, {self.target.auth.label})"

    def fields(self) -> Sequence[Field]:
        row = self.target
        return (
            Field("description", "description", row.description, long=True, help="What is in it, for those who look for data."),
            Field("tags", "tags", _written(row), long=True, help="name=value, name=value", check=self._tags_fault),
            Field(
                "reads_as",
                "Azure ML reads as",
                self._reads_as,
                options=tuple(READERS),
                help="Previews and the check of the storage: as whoever looks, or as an identity of the workspace.",
            ),
            *secrets.fields(row, self.session),
        )

    def judge(self, values: Values) -> Judgement:
        row = self.target
        wrong = secrets.faults(row, values, self.session)
        key = self.host.key("datastores.edit", "e")
        facts = [
            Fact("stays", f"name, type, account and container; {key} on the list edits all of it as az ml YAML"),
            Fact("tried", "Azure tries the storage first, and takes the change only if it opens"),
        ]
        return Judgement(wrong, {**secrets.unused(values), **secrets.notes(values)}, facts)

    async def plan(self, values: Values) -> Plan:
        row, account_id = self.target, secrets.account_id(self.target, self.session)
        wanted = Change(
            description=_other(values["description"].strip(), row.description),
            tags=parse_tags(values["tags"]) if values["tags"] != _written(row) else None,
            service_identity=READERS[values["reads_as"]] if values["reads_as"] != self._reads_as else None,
            opening=await secrets.opening(row, values, self.session),
        )
        if wanted == Change():
            raise FormError("", "Nothing is changed.")
        raw = json.loads(await self.session.data.now.json(row.id))
        try:
            return change(row, raw, wanted, account_id)
        except RefusedError as error:
            raise FormError("", f"{error.message[:1].upper()}{error.message[1:]}.") from error

    def _tags_fault(self, text: str) -> str:
        """Those that it has are Azure's to judge."""
        return "" if text == _written(self.target) else tags_fault(text, ())

    @property
    def _reads_as(self) -> str:
        word = self.target.service_identity
        return next((said for said, each in READERS.items() if each == word), "who looks")


def _written(row: Datastore) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.tags.items())


def _other(new: str, before: str) -> str | None:
    return new if new != before.strip() else None
