"""Shares: what each workspace costs: itself with what is in it, and the companions that are its alone; shared ones apart."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from console.domain.billing.belongings import Belongings, How
from console.domain.billing.breakdown import Breakdown, Row
from console.domain.billing.sums import NOTHING, Sum, together
from console.domain.scopes import WorkspaceRef


class Share(msgspec.Struct, frozen=True):
    """What a workspace costs. `read` is False where it is billed but was not among those that were read: deleted, or not visible."""

    workspace: WorkspaceRef
    own: Sum = NOTHING
    companions: Sum = NOTHING
    read: bool = True

    @property
    def cost(self) -> Sum:
        """All that is its alone."""
        return self.own.plus(self.companions)


class SharedCompanion(msgspec.Struct, frozen=True):
    """A companion (its ARM id, lower case) of several workspaces: Azure does not tell which of them causes what, so none is charged."""

    resource_id: str
    workspaces: tuple[WorkspaceRef, ...]
    cost: Sum


class Shares(msgspec.Struct, frozen=True):
    """A bill by whose it is: its three parts add up to all of it. `elsewhere` is of no workspace: other resources and purchases."""

    workspaces: tuple[Share, ...]
    shared: tuple[SharedCompanion, ...] = ()
    elsewhere: Sum = NOTHING

    def of(self, workspace: WorkspaceRef) -> Share:
        """The share of a workspace: one of nothing where nothing was billed for it."""
        wanted = workspace.id.lower()
        return next((each for each in self.workspaces if each.workspace.id.lower() == wanted), Share(workspace))

    @property
    def cost(self) -> Sum:
        return together((*(each.cost for each in self.workspaces), *(each.cost for each in self.shared), self.elsewhere))


def shares(resources: Breakdown, belongings: Belongings) -> Shares:
    """Whose the resources of a breakdown by `RESOURCE` are; the largest first. Workspaces without any cost are in it, with nothing."""
    own: dict[str, list[Row]] = {}
    companions: dict[str, list[Row]] = {}
    shared: list[SharedCompanion] = []
    elsewhere: list[Row] = []
    refs = {ref.id.lower(): ref for ref in belongings.workspaces}
    unread: dict[str, WorkspaceRef] = {}
    for row in resources.rows:
        belonging = belongings.of(row.key)
        if belonging is None:
            elsewhere.append(row)
        elif belonging.how is How.SHARED:
            shared.append(SharedCompanion(row.key, belonging.workspaces, row.cost))
        else:
            ref = belonging.workspaces[0]
            (refs if belonging.read else unread).setdefault(ref.id.lower(), ref)
            (own if belonging.how is How.OWN else companions).setdefault(ref.id.lower(), []).append(row)
    found = [
        Share(ref, _cost(own.get(name, ())), _cost(companions.get(name, ())), name in refs)
        for name, ref in (*refs.items(), *unread.items())
    ]
    whole = resources.cost
    found.sort(key=lambda each: (-each.cost.weight_in(whole), each.workspace))
    return Shares(tuple(found), tuple(shared), _cost(elsewhere))


def _cost(rows: Iterable[Row]) -> Sum:
    return together(row.cost for row in rows)
