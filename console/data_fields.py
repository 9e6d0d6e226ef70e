"""What `list` prints of datastores, data assets and connections: the fields that the screens have as columns, as values, not words."""

from __future__ import annotations

from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.data_assets import Type as DataType
from console.domain.datastores import Auth, Datastore
from console.domain.datastores import Type as DatastoreType
from console.list_fields import Field, iso, worst
from console.session import Session


def _type(row: Datastore, _session: Session) -> str | None:
    return row.type.label if row.type is not DatastoreType.UNKNOWN else row.type_word or None


def _auth(row: Datastore, _session: Session) -> str | None:
    return row.auth.label if row.auth is not Auth.UNKNOWN else row.auth_word or None


def _uris(row: Datastore, _session: Session) -> list[str]:
    return [] if row.fault else [spelling.uri for spelling in row.spellings()]


def _users(row: Datastore, session: Session) -> int | None:
    """None too where some data assets are not read: a number would be read as all."""
    users = session.data.now.users(row)
    return None if row.fault or users.unread else users.through


def _version(row: DataAsset, session: Session) -> DataVersion:
    return session.data.now.version(row) or DataVersion(id="", name="")


def _moment(row: DataAsset, session: Session) -> str | None:
    return iso(_version(row, session).created_on or row.modified_on or row.created_on)


def _newest(row: Connection, session: Session) -> str | None:
    """The newest version in the vault; None where it is not known."""
    state = session.data.connections.secret(row)
    return state.newest.version if state is not None and state.newest is not None else None


DATASTORE_FIELDS: tuple[Field[Datastore], ...] = (
    Field("name", 28, lambda row, _: row.name, "NAME"),
    Field("type", 10, _type, "TYPE"),
    Field("target", 44, lambda row, _: row.target or None, "TARGET"),
    Field("auth", 17, _auth, "AUTH"),
    Field("default", 7, lambda row, _: row.default, "DEFAULT"),
    Field("used_by", 7, _users, "USED BY"),
    Field("created_on", 25, lambda row, _: iso(row.created_on), "AGE"),
    Field("created_by", 24, lambda row, _: row.created_by or None, "CREATED BY"),
    Field("account", 0, lambda row, _: row.account or None, "ACCOUNT"),
    Field("container", 0, lambda row, _: row.container or None),
    Field("system", 0, lambda row, _: row.system),
    Field("client_id", 0, lambda row, _: row.client_id or None),
    Field("tenant_id", 0, lambda row, _: row.tenant_id or None),
    Field("finding", 0, lambda row, session: worst(session.data.datastore_findings.of(row), session), "!"),
    Field("uris", 0, _uris),
    Field("tags", 0, lambda row, _: row.tags),
    Field("workspace", 0, lambda row, _: row.workspace.name, "WORKSPACE"),
    Field("unreadable", 0, lambda row, _: row.fault or None),
    Field("id", 0, lambda row, _: row.id),
)
ASSET_FIELDS: tuple[Field[DataAsset], ...] = (
    Field("name", 28, lambda row, _: row.name, "NAME"),
    Field("version", 8, lambda row, _: row.latest or None, "VERSION"),
    Field("type", 10, lambda row, _: row.type.value if row.type is not DataType.UNKNOWN else row.type_word or None, "TYPE"),
    Field("on", 28, lambda row, session: _version(row, session).where or None, "ON"),
    Field("uri", 72, lambda row, session: _version(row, session).uri or None, "URI"),
    Field("created_on", 25, _moment, "AGE"),
    Field("created_by", 24, lambda row, _: row.created_by or None, "CREATED BY"),
    Field("finding", 0, lambda row, session: worst(session.data.asset_findings.of(row), session), "!"),
    Field("tags", 0, lambda row, _: row.tags),
    Field("workspace", 0, lambda row, _: row.workspace.name, "WORKSPACE"),
    Field("unreadable", 0, lambda row, session: row.fault or _version(row, session).fault or None),
    Field("id", 0, lambda row, _: row.id),
)
CONNECTION_FIELDS: tuple[Field[Connection], ...] = (
    Field("name", 24, lambda row, _: row.name, "NAME"),
    Field("category", 14, lambda row, _: row.category or None, "CATEGORY"),
    Field("target", 44, lambda row, _: row.target or None, "TARGET"),
    Field("auth", 17, lambda row, _: row.auth.value if row.auth is not ConnectionAuth.UNKNOWN else row.auth_word or None, "AUTH"),
    Field("scope", 7, lambda row, _: row.scope if row.shared is not None else None, "SCOPE"),
    Field("expires", 25, lambda row, _: iso(row.expires), "EXPIRES"),
    Field("vault_secret", 32, lambda row, _: row.behind.identifier if row.behind is not None else None, "VAULT SECRET"),
    Field("vault_secret_version", 0, lambda row, _: row.secret_version or None),
    Field("vault_secret_newest", 0, _newest),
    Field("created_on", 25, lambda row, _: iso(row.created_on), "AGE"),
    Field("created_by", 24, lambda row, _: row.created_by or None, "CREATED BY"),
    Field("group", 0, lambda row, _: row.group or None),
    Field("finding", 0, lambda row, session: worst(session.data.connection_findings.of(row), session), "!"),
    Field("metadata", 0, lambda row, _: row.metadata),
    Field("made_in", 0, lambda row, _: row.made_in or None),
    Field("workspace", 0, lambda row, _: row.workspace.name, "WORKSPACE"),
    Field("error", 0, lambda row, _: row.error or None),
    Field("unreadable", 0, lambda row, _: row.fault or None),
    Field("id", 0, lambda row, _: row.id),
)
