"""Links: the pages of studio and portal that show a resource (there is no browser over SSH: they are copied or printed).

The addresses are those that studio and portal show in a browser's address line; they are no published contract.
"""

from __future__ import annotations

from urllib.parse import quote

from console.domain.compute import Compute
from console.domain.scopes import WorkspaceRef
from screens.widgets.facts import Fact

STUDIO = "https://ml.azure.com"
PORTAL = "https://portal.azure.com/#@/resource"
NO_BROWSER = (Fact("", ""), Fact("", "There is no browser over SSH: select an address with the terminal's own mouse.", "muted"))


def studio_compute(compute: Compute, tenant_id: str) -> str:
    """The compute in Azure ML studio."""
    return f"{STUDIO}/compute/{quote(compute.name)}/details?{_where(compute.workspace, tenant_id)}"


def studio_workspace(workspace: WorkspaceRef, tenant_id: str) -> str:
    """The workspace's home in Azure ML studio."""
    return f"{STUDIO}/home?{_where(workspace, tenant_id)}"


def portal(arm_id: str) -> str:
    """A resource in the Azure portal."""
    return f"{PORTAL}{quote(arm_id)}/overview"


def workspace_links(workspace: WorkspaceRef, tenant_id: str) -> list[Fact]:
    """The pages of a workspace."""
    return [Fact("studio", studio_workspace(workspace, tenant_id)), Fact("portal", portal(workspace.id)), *NO_BROWSER]


def _where(workspace: WorkspaceRef, tenant_id: str) -> str:
    tenant = f"&tid={quote(tenant_id)}" if tenant_id else ""
    return f"wsid={quote(workspace.id)}{tenant}"
