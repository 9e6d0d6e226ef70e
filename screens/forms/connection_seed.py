"""Seeds of new connections: what another one has, as the values that the form begins with; its name and its secret are to be given."""

from __future__ import annotations

from console.domain.connection_purposes import PURPOSES, Purpose
from console.domain.connections import PRIVATE, SHARED, Connection
from console.text import HIDDEN
from screens.forms.fields import Values
from screens.forms.secret_fields import VAULT

#: Fields of the form → the metadata that azure-ai-ml writes them to.
IN_METADATA = {"api_version": "ApiVersion", "account_name": "AccountName", "container_name": "ContainerName"}


def purpose_of(row: Connection) -> Purpose | None:
    """What makes another connection of this kind; None where no form does."""
    found = next((each for each in PURPOSES if each.category.lower() == row.category.lower()), None)
    return found if found is not None and row.auth in found.auths and not row.fault else None


def seed(row: Connection, purpose: Purpose) -> Values:
    """What the list tells of a connection: what it keeps is in no list."""
    values = {
        "target": "" if HIDDEN in row.target else row.target,
        "auth": row.auth.label,
        "scope": PRIVATE if row.shared is False else SHARED,
        **{more.field: row.metadata.get(IN_METADATA[more.field], "") for more in purpose.more},
    }
    return values if row.behind is None else {**values, "from": VAULT, "vault": row.behind.identifier}


def left_out(row: Connection, purpose: Purpose) -> tuple[str, ...]:
    """What of a connection the form does not take over, a sentence each."""
    told = {IN_METADATA[more.field] for more in purpose.more}
    others = ", ".join(sorted(set(row.metadata) - told - {"ApiType"}))
    said = (
        f"metadata of {row.name} that is not taken over: {others}" if others else "",
        f"its target has what looks like a secret: write it anew ({row.target})" if HIDDEN in row.target else "",
    )
    return tuple(each for each in said if each)
