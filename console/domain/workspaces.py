"""Workspaces: where everything of Azure Machine Learning lives."""

from __future__ import annotations

import msgspec

from console.domain.access.places import Place
from console.domain.scopes import WorkspaceRef


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace, decoded; `discovery_url` leads to its data plane (run history). `fault` says why it could not be read.

    `storage`, `vault`, `registry` and `insights` (Application Insights) are the ARM ids of its companions, "" where it has none;
    `identities` object ids (lower case) of its managed identities, its own and those that were given to it,
    `own_identity` which of them is its own. `isolation` is that of its managed network ("" and `Disabled`: it has none).
    """

    id: str
    ref: WorkspaceRef
    name: str
    location: str = ""
    kind: str = ""
    workspace_id: str = ""
    discovery_url: str = ""
    friendly_name: str = ""
    provisioning_state: str = ""
    tags: dict[str, str] = {}
    storage: str = ""
    vault: str = ""
    registry: str = ""
    insights: str = ""
    identities: tuple[str, ...] = ()
    own_identity: str = ""
    isolation: str = ""
    fault: str = ""

    @property
    def place(self) -> Place:
        """Where access to it is decided."""
        return Place(self.ref, self.storage, self.vault, self.registry)

    @property
    def companions(self) -> tuple[str, ...]:
        """The ARM ids of all resources that it was made with."""
        return tuple(each for each in (self.storage, self.vault, self.registry, self.insights) if each)


class Subscription(msgspec.Struct, frozen=True):
    id: str
    name: str
