"""Belongings: which workspace a billed resource is of: itself, what is in it, or a companion that one or several of them use."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.scopes import ML, WorkspaceRef
from console.domain.workspaces import Workspace

#: Segments of the ARM id of a resource that is in no other: subscription, group, provider, type and name.
TOP_SEGMENTS = 8
TYPE_OF_WORKSPACE = f"{ML}/workspaces".lower()


class How(StrEnum):
    """How a resource is of a workspace."""

    OWN = "own"
    COMPANION = "companion"
    SHARED = "shared"


class Belonging(msgspec.Struct, frozen=True):
    """Whose a resource is. SHARED: a companion of all those `workspaces`; OWN and COMPANION: of the one.

    `read` is False for a workspace that is billed but was not among those that were read: deleted, or not visible.
    """

    how: How
    workspaces: tuple[WorkspaceRef, ...]
    read: bool = True

    @property
    def alone(self) -> WorkspaceRef | None:
        """The one workspace that it is of; None where several share it."""
        return self.workspaces[0] if self.how is not How.SHARED else None


class Belongings:
    """Of some workspaces, as they are now: a companion that only a workspace outside of them uses as well is told as unshared."""

    def __init__(self, workspaces: Iterable[Workspace]) -> None:
        self._refs: dict[str, WorkspaceRef] = {}
        users: dict[str, list[WorkspaceRef]] = {}
        for workspace in workspaces:
            if workspace.fault:
                continue
            self._refs[scopes.key(workspace.ref.id)] = workspace.ref
            for companion in dict.fromkeys(map(scopes.key, workspace.companions)):
                users.setdefault(companion, []).append(workspace.ref)
        self._companions = {
            companion: Belonging(How.COMPANION if len(refs) == 1 else How.SHARED, tuple(sorted(refs))) for companion, refs in users.items()
        }
        self._found: dict[str, Belonging | None] = {}

    @property
    def workspaces(self) -> tuple[WorkspaceRef, ...]:
        return tuple(sorted(self._refs.values()))

    def of(self, resource_id: str) -> Belonging | None:
        """Whose a resource is; None where it is of no workspace, or is no ARM id of a resource."""
        if resource_id not in self._found:
            self._found[resource_id] = self._look(scopes.key(resource_id))
        return self._found[resource_id]

    def _look(self, resource_id: str) -> Belonging | None:
        parts = resource_id.strip("/").split("/")
        top = "/" + "/".join(parts[:TOP_SEGMENTS])
        ref = self._refs.get(top)
        if ref is not None:
            return Belonging(How.OWN, (ref,))
        if top in self._companions:
            return self._companions[top]
        if len(parts) >= TOP_SEGMENTS and f"{parts[5]}/{parts[6]}" == TYPE_OF_WORKSPACE:
            return Belonging(How.OWN, (WorkspaceRef(parts[1], parts[3], parts[7]),), read=False)
        return None
