"""Findables of data: what of datastores, their accounts, connections and data assets can be searched for, and what is not loaded."""

from __future__ import annotations

from collections.abc import Mapping

from console.domain import uris
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset
from console.domain.datastores import Datastore
from console.domain.findable import Findable, Searched
from console.domain.scopes import key
from console.domain.uris import DatastorePlace
from console.session import Session
from screens.findables import counted, told


def datastores(session: Session) -> Searched:
    """Datastores by name, id, account, container and every address of their root."""
    rows = session.data.now.datastores.items
    missing = () if session.data.now.datastores.loaded else ("the datastores (:datastores reads them)",)
    return Searched(counted(len(rows), "datastore"), tuple(map(_datastore, rows)), missing)


def _datastore(row: Datastore) -> Findable:
    texts = [("name", row.name), ("ARM id", row.id), ("account", row.account), ("container", row.container), ("client id", row.client_id)]
    place = row.place()
    texts.append(("place", place.container_key if place is not None else ""))
    texts += [("URI", spelling.uri) for spelling in row.spellings()] if not row.fault else []
    texts += [("created by", row.created_by), *((f"tag {name}", value) for name, value in row.tags.items())]
    return Findable("datastore", row.name, "datastores", row.id, told(texts))


def storage(session: Session) -> Searched:
    """Storage accounts that something is on, by name and id, as far as they are looked at."""
    rows = session.data.storage.used.items
    missing = () if session.data.storage.accounts.loaded else ("the storage accounts (:storage reads them)",)
    found = tuple(Findable("storage account", row.name, "storage", row.id, told([("name", row.name), ("ARM id", row.id)])) for row in rows)
    return Searched(counted(len(rows), "storage account"), found if session.data.storage.accounts.loaded else (), missing)


def connections(session: Session) -> Searched:
    """Connections by name, id, target, category, and the vault secret behind them."""
    rows = session.data.connections.feed.items
    missing = () if session.data.connections.feed.loaded else ("the connections (:connections reads them)",)
    return Searched(counted(len(rows), "connection"), tuple(map(_connection, rows)), missing)


def _connection(row: Connection) -> Findable:
    texts = [("name", row.name), ("ARM id", row.id), ("target", row.target), ("category", row.category), ("category", row.label)]
    if row.behind is not None:
        texts += [("vault secret", row.behind.identifier), ("vault secret", row.behind.name), ("Key Vault", row.behind.vault_name)]
    texts += [("created by", row.created_by), *((f"metadata {name}", value) for name, value in row.metadata.items())]
    return Findable("connection", row.name, "connections", row.id, told(texts))


def data_assets(session: Session) -> Searched:
    """Data assets by name, id, and where their newest versions are, as far as those are read."""
    rows = session.data.now.assets.items
    missing = [] if session.data.now.assets.loaded else ["the data assets (:data reads them)"]
    unread = sum(1 for each in rows if each.latest_id and not session.data.now.versions.known(each.latest_id))
    if unread:
        missing.append(f"where {unread} data assets are (read for rows in view)")
    stored = {key(each.id): each for each in session.data.now.datastores.items}
    return Searched(counted(len(rows), "data asset"), tuple(_asset(each, session, stored) for each in rows), tuple(missing))


def _asset(row: DataAsset, session: Session, datastores: Mapping[str, Datastore]) -> Findable:
    texts = [("name", row.name), ("ARM id", row.id), ("created by", row.created_by)]
    version = session.data.now.version(row)
    if version is not None:
        place = uris.parse(version.uri)
        if isinstance(place, DatastorePlace):
            on = datastores.get(version.datastore_id)
            place = on.place(place.path) if on is not None else None
        texts += [("version", version.id), ("URI", version.uri), ("place", place.key if place is not None else "")]
    texts += [(f"tag {name}", value) for name, value in row.tags.items()]
    return Findable("data asset", row.name, "data", row.id, told(texts))
