"""Workspaces: where everything of Azure Machine Learning lives."""

from __future__ import annotations

import msgspec

from console.domain.scopes import WorkspaceRef


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace, decoded; `discovery_url` leads to its data plane (run history). `fault` says why it could not be read."""

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
    fault: str = ""


class Subscription(msgspec.Struct, frozen=True):
    id: str
    name: str
