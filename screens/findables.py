"""Findables: what of each kind of resource can be searched for, as far as it is loaded, and what of it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from console.domain import scopes
from console.domain.access.grants import Grant
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.compute import Compute, Node
from console.domain.cost import OWN_MACHINES
from console.domain.findable import Findable, Searched
from console.session import Session

#: What a person, a group, an application or an identity is called among what is found.
PRINCIPAL = "principal"


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
    return Searched(counted(len(rows), "compute"), tuple(_compute(each, session) for each in rows), tuple(missing))


def _compute(compute: Compute, session: Session) -> Findable:
    texts = [("name", compute.name), ("ARM id", compute.id), ("owner", session.names.get(compute.owner_id) or "")]
    texts += [("owner's id", compute.owner_id), ("made by", compute.created_by), ("size", compute.vm_size)]
    run = session.last_runs.get(compute.id)
    if run is not None:
        texts += [("last run", run.id), ("last run's user", run.user)]
    texts += [(f"tag {name}", value) for name, value in compute.tags.items()]
    return Findable("compute", compute.name, "compute", compute.id, told(texts))


def nodes(session: Session) -> Searched:
    """Nodes of the clusters whose nodes are on screen."""
    found = tuple(_node(node, cluster) for cluster, node in _shown_nodes(session))
    return Searched(counted(len(found), "node"), found, () if found else ("nodes (read while a cluster's nodes are shown)",))


def _shown_nodes(session: Session) -> Iterator[tuple[str, Node]]:
    for feed in session.scheduler.feeds:
        if feed.name == "nodes":
            for scope, part in feed.parts.items():
                items: tuple[Any, ...] = part.reading.items if part.reading is not None else ()
                yield from ((scope, node) for node in items)


def _node(node: Node, cluster: str) -> Findable:
    texts = [("node id", node.id), ("run", node.run_id), ("private IP", node.private_ip), ("public IP", node.public_ip)]
    return Findable("node", node.id, "compute", cluster, told(texts), below=node.id)


def access(session: Session) -> Searched:
    """Whoever the session has heard of (holders, members of groups, who was looked up), and the role assignments by their ids."""
    if not session.access.now.grants.loaded:
        return Searched(
            "0 principals", (), ("who holds which role: people, groups and applications (read from the first look at access on)",)
        )
    people = {each.id: each for each in session.access.desk.known("")}
    rows = session.access.now.grants.items
    held = (row.principal_id for row in rows if row.principal_id)
    people |= {who: Principal(id=who, kind=PrincipalKind.UNKNOWN, name="") for who in held if who not in people}
    missing = [f"{what}: {trouble.sentence}" for what, trouble in session.access.now.people.unread.items()]
    found = (*(_principal(each) for each in people.values()), *(_assignment(row) for row in rows if not row.fault))
    return Searched(f"{counted(len(people), 'principal')}, {counted(len(rows), 'role assignment')}", found, tuple(missing))


def _principal(who: Principal) -> Findable:
    texts = [("name", who.name), ("sign-in name", who.upn), ("mail", who.mail), ("object id", who.id), ("app id", who.app_id)]
    return Findable(PRINCIPAL, who.label, "access", "", told([*texts, ("identity of", who.resource_id)]), below=who.id)


def _assignment(row: Grant) -> Findable:
    texts = [("ARM id", row.id), ("assignment", row.id.rpartition("/")[2])]
    return Findable("assignment", f"{row.role_name} of {row.label}", "access", row.id, told(texts))


def workspaces(session: Session) -> Searched:
    """The workspaces that are open, and those that were read to choose from."""
    here = {scopes.key(place.id): place for place in session.context.where}
    found = [Findable("workspace", each.name, "", each.id, (("name", each.name), ("ARM id", each.id))) for each in here.values()]
    for workspace in session.workspaces.items:
        if scopes.key(workspace.id) not in here and not workspace.fault:
            texts = [("name", workspace.name), ("ARM id", workspace.id), ("workspace id", workspace.workspace_id)]
            found.append(Findable("workspace", f"{workspace.name} (not open)", "", workspace.id, told(texts)))
    missing = () if session.workspaces.loaded else ("workspaces that are not open",)
    return Searched(counted(len(found), "workspace"), tuple(found), missing)


def told(texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those of the texts, each with what it is, that there are."""
    return tuple((label, text) for label, text in texts if text)


def counted(count: int, noun: str) -> str:
    """So many of something, in words."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
