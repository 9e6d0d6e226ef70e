"""Forms that change computes which are there: one, or all that are marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.compute import Compute
from console.session import Session
from screens.forms.form import Form


class ComputesForm(Form):
    """`targets` are what it is about; what was typed for them is kept for them alone."""

    def __init__(
        self,
        session: Session,
        rows: Sequence[Compute],
        refusal: str = "",
        notes: Sequence[str] = (),
        done: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(session, ",".join(row.id for row in rows), refusal, notes, done)
        self.targets = tuple(rows)
