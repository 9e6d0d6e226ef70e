"""What `list access` prints of a grant: the fields that the screen has as columns, as values instead of words, and what names it."""

from __future__ import annotations

from console.domain.access.grants import Grant, flags
from console.list_fields import Field, iso
from console.session import Session


def _name(row: Grant, _session: Session) -> str | None:
    return row.principal.label if row.principal is not None else None


def _kind(row: Grant, _session: Session) -> str | None:
    if row.principal is not None and row.principal.service == "ManagedIdentity":
        return "ManagedIdentity"
    return row.kind or None


def _flags(row: Grant, session: Session) -> list[str]:
    return [str(flag) for flag in flags(row, session.clock.now())]


def _giver(row: Grant, session: Session) -> str | None:
    giver = session.access.now.directory.get(row.created_by) if row.created_by else None
    return giver.label if giver is not None else row.created_by or None


FIELDS: tuple[Field[Grant], ...] = (
    Field("principal", 34, _name, "PRINCIPAL"),
    Field("kind", 16, _kind, "KIND"),
    Field("role", 30, lambda row, _: row.definition.name if row.definition is not None else None, "ROLE"),
    Field("where", 9, lambda row, _: str(row.standing), "WHERE"),
    Field("flags", 22, _flags, "FLAGS"),
    Field("pim", 8, lambda row, _: str(row.pim) or None, "PIM"),
    Field("scope", 60, lambda row, _: row.scope, "SCOPE"),
    Field("members", 0, lambda row, _: row.members, "KIND"),
    Field("guest", 0, lambda row, _: row.principal.guest if row.principal is not None else None),
    Field("enabled", 0, lambda row, _: row.principal.enabled if row.principal is not None else None),
    Field("until", 0, lambda row, _: iso(row.until), "PIM"),
    Field("condition", 0, lambda row, _: row.condition or None, "IF"),
    Field("description", 0, lambda row, _: row.description or None),
    Field("granted_on", 0, lambda row, _: iso(row.created_on), "AGE"),
    Field("granted_by", 0, _giver, "BY"),
    Field("principal_id", 0, lambda row, _: row.principal_id),
    Field("role_id", 0, lambda row, _: row.role),
    Field("unreadable", 0, lambda row, _: row.fault or None),
    Field("id", 0, lambda row, _: row.id),
)
