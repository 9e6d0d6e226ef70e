"""Links: the pages of studio and portal that show a resource (there is no browser over SSH: they are copied or printed).

The addresses are those that studio and portal show in a browser's address line; they are no published contract.
"""

from __future__ import annotations

from urllib.parse import quote

from console.cloud import AZURE, Cloud
from console.domain.access.principals import PrincipalKind
from console.domain.compute import Compute
from console.domain.data_assets import DataAsset
from console.domain.datastores import Datastore
from console.domain.scopes import WorkspaceRef
from screens.widgets.facts import Fact


def studio_compute(compute: Compute, tenant_id: str, cloud: Cloud = AZURE) -> str:
    """The compute in Azure ML studio."""
    return f"{cloud.studio}/compute/{quote(compute.name)}/details?{_where(compute.workspace, tenant_id)}"


def studio_datastore(datastore: Datastore, tenant_id: str, cloud: Cloud = AZURE) -> str:
    """The datastore in Azure ML studio."""
    return f"{cloud.studio}/data/datastore/{quote(datastore.name)}/edit?{_where(datastore.workspace, tenant_id)}"


def studio_data(asset: DataAsset, tenant_id: str, cloud: Cloud = AZURE) -> str:
    """The newest version of a data asset in Azure ML studio; the workspace's own page of data where that is not known."""
    page = f"{quote(asset.name)}/{quote(asset.latest)}/details" if asset.latest else ""
    return f"{cloud.studio}/data/{page}?{_where(asset.workspace, tenant_id)}"


def studio_workspace(workspace: WorkspaceRef, tenant_id: str, cloud: Cloud = AZURE) -> str:
    """The workspace's home in Azure ML studio."""
    return f"{cloud.studio}/home?{_where(workspace, tenant_id)}"


def portal(arm_id: str, cloud: Cloud = AZURE) -> str:
    """A resource in the Azure portal."""
    return f"{cloud.portal}/#@/resource{quote(arm_id)}/overview"


def quotas(cloud: Cloud = AZURE) -> str:
    """The portal's page of quotas, where a higher limit is asked for: Machine Learning is one of its providers."""
    return f"{cloud.portal}/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"


def costs(scope: str, cloud: Cloud = AZURE) -> str:
    """The portal's cost analysis of a scope."""
    return f"{cloud.portal}/#view/Microsoft_Azure_CostManagement/Menu/~/costanalysis/openedBy/AzurePortal/scope/{quote(scope, safe='')}"


def access(scope: str, cloud: Cloud = AZURE) -> str:
    """The portal's page of who has access at a scope."""
    return f"{cloud.portal}/#@/resource{quote(scope)}/users"


def principal(object_id: str, kind: PrincipalKind, cloud: Cloud = AZURE) -> str:
    """The portal's page of somebody in the directory."""
    blades = {
        PrincipalKind.USER: f"Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/{quote(object_id)}",
        PrincipalKind.GROUP: f"Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{quote(object_id)}",
        PrincipalKind.SERVICE_PRINCIPAL: f"Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/objectId/{quote(object_id)}",
    }
    return f"{cloud.portal}/#view/{blades[kind]}" if kind in blades else ""


def workspace_links(workspace: WorkspaceRef, tenant_id: str, cloud: Cloud = AZURE) -> list[Fact]:
    """The pages of a workspace."""
    return [Fact("studio", studio_workspace(workspace, tenant_id, cloud)), Fact("portal", portal(workspace.id, cloud))]


def _where(workspace: WorkspaceRef, tenant_id: str) -> str:
    tenant = f"&tid={quote(tenant_id)}" if tenant_id else ""
    return f"wsid={quote(workspace.id)}{tenant}"
