"""What `list vaults` and `list secrets` print of a row: the fields that the screens have as columns, as values; never a secret's value."""

from __future__ import annotations

from console.domain.key_vaults import KeyVault
from console.domain.trouble import Kind
from console.domain.vault_rights import Right
from console.domain.vault_secrets import Secret, ending
from console.list_fields import Field, iso, worst
from console.session import Session


def _workspaces(row: KeyVault, session: Session) -> list[str]:
    return [session.context.label(place) for place in row.workspaces]


def _count(row: KeyVault, session: Session) -> int | None:
    secrets = session.data.vaults.secrets_of(row.id)
    return len(secrets) if secrets is not None else None


def _expiring(row: KeyVault, session: Session) -> int | None:
    secrets = session.data.vaults.secrets_of(row.id)
    return ending(secrets, session.clock.now()) if secrets is not None else None


def _refused(row: KeyVault, session: Session) -> str | None:
    trouble = session.data.vaults.trouble_of(row.id)
    return trouble.sentence if trouble is not None and trouble.kind is Kind.PERMISSION else None


def _days(row: Secret, session: Session) -> int | None:
    left = row.left(session.clock.now())
    return left.days if left is not None else None


def _may(right: Right) -> Field[KeyVault]:
    return Field(f"may {right}".replace(" ", "_"), 0, lambda row, session: session.data.vaults.may(row, right), "YOU MAY")


def _settled(row: KeyVault, value: object) -> object:
    """None where the vault's settings could not be read."""
    return None if row.fault or row.unread else value


VAULT_FIELDS: tuple[Field[KeyVault], ...] = (
    Field("name", 24, lambda row, _: row.name, "NAME"),
    Field("workspaces", 20, _workspaces, "OF"),
    Field("decides", 9, lambda row, _: _settled(row, "roles" if row.rbac else "policies"), "DECIDES"),
    Field("secrets", 7, _count, "SECRETS"),
    Field("expiring", 8, _expiring, "≤30d"),
    *map(_may, Right),
    Field("purge_protection", 0, lambda row, _: _settled(row, row.purge_protection), "PURGE"),
    Field("retention_days", 0, lambda row, _: row.retention_days),
    Field("network", 8, lambda row, _: _settled(row, row.network.value), "NETWORK"),
    Field("address", 0, lambda row, _: row.address or None),
    Field("refused", 0, _refused),
    Field("finding", 0, lambda row, session: worst(session.data.vault_findings.of(row), session), "!"),
    Field("error", 0, lambda row, _: row.fault or row.unread or None),
    Field("id", 0, lambda row, _: row.id),
)
SECRET_FIELDS: tuple[Field[Secret], ...] = (
    Field("name", 32, lambda row, _: row.name, "NAME"),
    Field("vault", 20, lambda row, _: row.vault_name, "VAULT"),
    Field("state", 8, lambda row, _: None if row.fault else row.state, "STATE"),
    Field("expires", 25, lambda row, _: iso(row.expires), "EXPIRES"),
    Field("days_left", 9, _days, "EXPIRES"),
    Field("updated", 0, lambda row, _: iso(row.updated), "UPDATED"),
    Field("created", 0, lambda row, _: iso(row.created)),
    Field("content_type", 16, lambda row, _: row.content_type or None, "CONTENT TYPE"),
    Field("managed", 0, lambda row, _: row.managed, "OF"),
    Field("tags", 0, lambda row, _: row.tags, "TAGS"),
    Field("finding", 24, lambda row, session: worst(session.data.secret_findings.of(row), session), "!"),
    Field("error", 0, lambda row, _: row.fault or None),
    Field("id", 0, lambda row, _: row.id),
)
