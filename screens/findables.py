"""Findables: what of each kind of resource can be searched for, as far as it is loaded, and what of it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.domain import scopes, uris
from console.domain.compute import Compute, Node
from console.domain.cost import OWN_MACHINES
from console.domain.data_assets import DataAsset
from console.domain.datastores import Datastore
from console.domain.findable import Findable, Searched
from console.domain.scopes import key
from console.domain.uris import DatastorePlace
from console.session import Session


def computes(session: Session) -> Searched:
    """Computes by name, id, size, tags, the person they are for, and the last run with its user, as far as those are read."""
    rows = session.computes.items
    missing = []
    unread = sum(1 for each in rows if each.kind in OWN_MACHINES and not session.last_runs.known(each.id))
    nameless = sum(1 for each in rows if each.owner_id and not session.names.known(each.owner_id))
    if not session.computes.loaded:
        missing.append("the computes themselves")
    if unread:
        missing.append(f"the last runs of {unread} computes (read for rows in view)")
    if nameless:
        missing.append(f"the names of the owners of {nameless} computes (read for rows in view)")
    return Searched(_counted(len(rows), "compute"), tuple(_compute(each, session) for each in rows), tuple(missing))


def _compute(compute: Compute, session: Session) -> Findable:
    texts = [("name", compute.name), ("ARM id", compute.id), ("owner", session.names.get(compute.owner_id) or "")]
    texts += [("owner's id", compute.owner_id), ("made by", compute.created_by), ("size", compute.vm_size)]
    run = session.last_runs.get(compute.id)
    if run is not None:
        texts += [("last run", run.id), ("last run's user", run.user)]
    texts += [(f"tag {name}", value) for name, value in compute.tags.items()]
    return Findable("compute", compute.name, "compute", compute.id, _told(texts))


def nodes(session: Session) -> Searched:
    """Nodes of the clusters whose nodes are on screen."""
    found = tuple(_node(node, cluster) for cluster, node in _shown_nodes(session))
    return Searched(_counted(len(found), "node"), found, () if found else ("nodes (read while a cluster's nodes are shown)",))


def _shown_nodes(session: Session) -> Iterator[tuple[str, Node]]:
    for feed in session.scheduler.feeds:
        if feed.name == "nodes":
            for scope, part in feed.parts.items():
                items: tuple[Any, ...] = part.reading.items if part.reading is not None else ()
                yield from ((scope, node) for node in items)


def _node(node: Node, cluster: str) -> Findable:
    texts = [("node id", node.id), ("run", node.run_id), ("private IP", node.private_ip), ("public IP", node.public_ip)]
    return Findable("node", node.id, "compute", cluster, _told(texts), below=node.id)


def datastores(session: Session) -> Searched:
    """Datastores by name, id, account, container and every address of their root."""
    rows = session.datastores.items
    missing = () if session.datastores.loaded else ("the datastores (:datastores reads them)",)
    return Searched(_counted(len(rows), "datastore"), tuple(map(_datastore, rows)), missing)


def _datastore(row: Datastore) -> Findable:
    texts = [("name", row.name), ("ARM id", row.id), ("account", row.account), ("container", row.container), ("client id", row.client_id)]
    place = row.place()
    texts.append(("place", place.container_key if place is not None else ""))
    texts += [("URI", spelling.uri) for spelling in row.spellings()] if not row.fault else []
    texts += [("created by", row.created_by), *((f"tag {name}", value) for name, value in row.tags.items())]
    return Findable("datastore", row.name, "datastores", row.id, _told(texts))


def data_assets(session: Session) -> Searched:
    """Data assets by name, id, and where their newest versions are, as far as those are read."""
    rows = session.data_assets.items
    missing = [] if session.data_assets.loaded else ["the data assets (:data reads them)"]
    unread = sum(1 for each in rows if each.latest_id and not session.data.versions.known(each.latest_id))
    if unread:
        missing.append(f"where {unread} data assets are (read for rows in view)")
    stored = {key(each.id): each for each in session.datastores.items}
    return Searched(_counted(len(rows), "data asset"), tuple(_asset(each, session, stored) for each in rows), tuple(missing))


def _asset(row: DataAsset, session: Session, datastores: Mapping[str, Datastore]) -> Findable:
    texts = [("name", row.name), ("ARM id", row.id), ("created by", row.created_by)]
    version = session.data.version(row)
    if version is not None:
        place = uris.parse(version.uri)
        if isinstance(place, DatastorePlace):
            on = datastores.get(version.datastore_id)
            place = on.place(place.path) if on is not None else None
        texts += [("version", version.id), ("URI", version.uri), ("place", place.key if place is not None else "")]
    texts += [(f"tag {name}", value) for name, value in row.tags.items()]
    return Findable("data asset", row.name, "data", row.id, _told(texts))


def workspaces(session: Session) -> Searched:
    """The workspaces that are open, and those that were read to choose from."""
    here = {scopes.key(place.id): place for place in session.context.where}
    found = [Findable("workspace", each.name, "", each.id, (("name", each.name), ("ARM id", each.id))) for each in here.values()]
    for workspace in session.workspaces.items:
        if scopes.key(workspace.id) not in here and not workspace.fault:
            texts = [("name", workspace.name), ("ARM id", workspace.id), ("workspace id", workspace.workspace_id)]
            found.append(Findable("workspace", f"{workspace.name} (not open)", "", workspace.id, _told(texts)))
    missing = () if session.workspaces.loaded else ("workspaces that are not open",)
    return Searched(_counted(len(found), "workspace"), tuple(found), missing)


def _told(texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in texts if text)


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
