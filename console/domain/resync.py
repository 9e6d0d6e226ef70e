"""A workspace that is told to take the key of its storage account anew (`resyncKeys`): how a plan holds on to that."""

from __future__ import annotations

from datetime import datetime

import msgspec

from console.domain.scopes import WorkspaceRef

_END = "/resynckeys"


class SyncRef(msgspec.Struct, frozen=True):
    """The own datastores of a workspace, all at once: Azure has no id for them, this makes one."""

    workspace: WorkspaceRef

    @property
    def id(self) -> str:
        return f"{self.workspace.id}/resyncKeys"

    @staticmethod
    def parse(target_id: str) -> SyncRef | None:
        """What an id made by this names; None where it names none."""
        if not target_id.lower().endswith(_END):
            return None
        try:
            return SyncRef(WorkspaceRef.parse(target_id[: -len(_END)]))
        except ValueError:
            return None


class SyncNow(msgspec.Struct, frozen=True):
    """The workspace behind, as it is now: which key its datastores hold is no part of it."""

    ref: SyncRef
    state: str = ""

    def aspect(self, name: str) -> str:
        """The state of the workspace. Raises ValueError for anything else."""
        if name:
            raise ValueError(f"a workspace's keys have no {name!r}")
        return self.state

    @property
    def last_changed(self) -> datetime | None:
        """When its keys were taken last: Azure does not tell."""
        return None

    @property
    def passing(self) -> bool:
        """Never seen on its way."""
        return False
