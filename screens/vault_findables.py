"""Findables of Key Vaults: vaults and secrets by their names, as far as they are listed; a value is never searched."""

from __future__ import annotations

from console.domain.findable import Findable, Searched
from console.session import Session
from screens.findables import counted, told


def vaults(session: Session) -> Searched:
    """Vaults by name, id and address."""
    rows = session.data.vaults.vaults
    missing = () if session.data.vaults.found.loaded else ("the Key Vaults (:vaults reads them)",)
    found = tuple(
        Findable("Key Vault", each.name, "vaults", each.id, told([("name", each.name), ("ARM id", each.id), ("address", each.address)]))
        for each in rows
    )
    return Searched(counted(len(rows), "Key Vault"), found, missing)


def secrets(session: Session) -> Searched:
    """Secrets by name, id and address, and by the tags that they have."""
    rows = (*session.data.vaults.secrets.items, *session.data.vaults.deleted.items)
    missing = [] if session.data.vaults.secrets.loaded else ["the secrets of Key Vaults (:secrets lists them)"]
    missing += [
        f"the secrets of {scope.rsplit('/', 1)[-1]}: {trouble.sentence}" for scope, trouble in session.data.vaults.secrets.troubles.items()
    ]
    found = []
    for each in rows:
        vault = session.data.vaults.vault(each.vault)
        address = f"{vault.address}/secrets/{each.name}" if vault is not None else ""
        texts = [("name", each.name), ("id", each.id), ("address", address), *((f"tag {name}", value) for name, value in each.tags.items())]
        found.append(Findable("secret", each.name, "secrets", each.id, told(texts)))
    return Searched(counted(len(rows), "secret"), tuple(found), tuple(missing))
