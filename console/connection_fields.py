"""What `list connections` prints of a row: the fields that the screen has as columns, as values instead of words."""

from __future__ import annotations

from console.data_fields import Field, iso, worst
from console.domain.connection_kinds import Auth
from console.domain.connections import Connection
from console.session import Session


def _newest(row: Connection, session: Session) -> str | None:
    """The newest version in the vault; None where it is not known."""
    state = session.connections_now.secret(row)
    return state.newest.version if state is not None and state.newest is not None else None


CONNECTION_FIELDS: tuple[Field[Connection], ...] = (
    Field("name", 24, lambda row, _: row.name, "NAME"),
    Field("category", 14, lambda row, _: row.category or None, "CATEGORY"),
    Field("target", 44, lambda row, _: row.target or None, "TARGET"),
    Field("auth", 17, lambda row, _: row.auth.value if row.auth is not Auth.UNKNOWN else row.auth_word or None, "AUTH"),
    Field("scope", 7, lambda row, _: row.scope if row.shared is not None else None, "SCOPE"),
    Field("expires", 25, lambda row, _: iso(row.expires), "EXPIRES"),
    Field("vault_secret", 32, lambda row, _: row.behind.identifier if row.behind is not None else None, "VAULT SECRET"),
    Field("vault_secret_version", 0, lambda row, _: row.secret_version or None),
    Field("vault_secret_newest", 0, _newest),
    Field("created_on", 25, lambda row, _: iso(row.created_on), "AGE"),
    Field("created_by", 24, lambda row, _: row.created_by or None, "CREATED BY"),
    Field("group", 0, lambda row, _: row.group or None),
    Field("finding", 0, lambda row, session: worst(session.connection_findings.of(row), session), "!"),
    Field("metadata", 0, lambda row, _: row.metadata),
    Field("made_in", 0, lambda row, _: row.made_in or None),
    Field("workspace", 0, lambda row, _: row.workspace.name, "WORKSPACE"),
    Field("error", 0, lambda row, _: row.error or None),
    Field("unreadable", 0, lambda row, _: row.fault or None),
    Field("id", 0, lambda row, _: row.id),
)
