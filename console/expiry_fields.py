"""What `list expiry` prints of a row: the fields that the screen has as columns, as values; null where it is not known."""

from __future__ import annotations

from console.domain.expiry import Expiring
from console.expiry_found import found
from console.list_fields import Field, iso
from console.session import Session


def _days(row: Expiring, session: Session) -> int | None:
    """Whole days that are left, rounded down; negative once it is over."""
    left = row.left(session.clock.now())
    return left.days if left is not None else None


def _finding(row: Expiring, session: Session) -> str | None:
    worst = next(iter(session.findings.open_among(found(row, session))), None)
    return worst.what if worst is not None else None


EXPIRY_FIELDS: tuple[Field[Expiring], ...] = (
    Field("name", 28, lambda row, _: row.name, "NAME"),
    Field("kind", 15, lambda row, _: row.kind.value, "KIND"),
    Field("where", 20, lambda row, _: row.where, "WHERE"),
    Field("days_left", 9, _days, "LEFT"),
    Field("due", 25, lambda row, _: iso(row.due)),
    Field("measured", 8, lambda row, _: row.measured.value),
    Field("breaks", 40, lambda row, _: list(row.breaks), "BREAKS"),
    Field("not_seen", 0, lambda row, _: row.unsure or None),
    Field("finding", 0, _finding, "!"),
    Field("source", 0, lambda row, _: row.source.value, "SOURCE"),
    Field("read_at", 0, lambda row, _: iso(row.read_at), "READ"),
    Field("unknown", 0, lambda row, _: row.why or None),
    Field("told_by", 0, lambda row, _: row.tells or None, "PLAN"),
    Field("subject", 0, lambda row, _: row.subject_id),
    Field("id", 0, lambda row, _: row.id),
)
