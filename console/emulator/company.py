"""Contoso's subscriptions, resource groups and workspaces."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from console.emulator.estate import Estate, ResourceGroup, Subscription, Workspace, group_id, workspace_arm_id
from console.emulator.ids import guid

# name, subscription, resource group, location, project, environment, team, cost centre, kind, age in days
WORKSPACES = (
    ("fraud-prod", "contoso-prod", "ml-prod-rg", "westeurope", "fraud", "prod", "risk", "CC-4100", "Default", 812),
    ("pricing-prod", "contoso-prod", "ml-prod-rg", "westeurope", "pricing", "prod", "commerce", "CC-4210", "Default", 640),
    ("demand-prod", "contoso-prod", "supply-prod-rg", "northeurope", "demand", "prod", "supply", "CC-4300", "Default", 505),
    ("vision-prod", "contoso-prod", "vision-prod-rg", "westeurope", "vision", "prod", "quality", "CC-4400", "Default", 371),
    ("fraud-dev", "contoso-dev", "ml-dev-rg", "westeurope", "fraud", "dev", "risk", "CC-4100", "Default", 830),
    ("pricing-dev", "contoso-dev", "ml-dev-rg", "westeurope", "pricing", "dev", "commerce", "CC-4210", "Default", 655),
    ("demand-dev", "contoso-dev", "supply-dev-rg", "northeurope", "demand", "dev", "supply", "CC-4300", "Default", 520),
    ("vision-dev", "contoso-dev", "vision-dev-rg", "westeurope", "vision", "dev", "quality", "CC-4400", "Default", 390),
    ("nlp-research", "contoso-research", "research-rg", "swedencentral", "language", "research", "ai-lab", "CC-7000", "Default", 298),
    ("vision-research", "contoso-research", "research-rg", "swedencentral", "vision", "research", "ai-lab", "CC-7000", "Default", 260),
    ("sandbox", "contoso-research", "sandbox-rg", "eastus2", "sandbox", "dev", "ai-lab", "CC-7100", "Default", 944),
    ("genai-hub", "contoso-research", "genai-rg", "swedencentral", "assistants", "research", "ai-lab", "CC-7200", "Hub", 133),
)
# Workspaces that never built an image have no registry; one whose team forgot its tags has none.
WITHOUT_REGISTRY = {"sandbox", "genai-hub", "demand-dev"}
UNTAGGED = {"sandbox"}


def found(estate: Estate, rng: Random, epoch: datetime, founder: str) -> None:
    """Add the three subscriptions and what contains the computes; `founder` is the UPN that created them."""
    for name in ("contoso-prod", "contoso-dev", "contoso-research"):
        subscription = Subscription(guid(rng), name)
        estate.subscriptions[subscription.id] = subscription
    by_name = {one.name: one.id for one in estate.subscriptions.values()}
    for name, subscription_name, group, location, project, environment, team, centre, kind, age in WORKSPACES:
        subscription_id = by_name[subscription_name]
        tags = {"project": project, "environment": environment, "team": team, "costcenter": centre}
        group_key = group_id(subscription_id, group).lower()
        if group_key not in estate.resource_groups:
            group_tags = {"environment": environment, "team": team}
            estate.resource_groups[group_key] = ResourceGroup(
                group_id(subscription_id, group), subscription_id, group, location, group_tags
            )
        created = epoch - timedelta(days=age, minutes=rng.randrange(1440))
        workspace = Workspace(
            id=workspace_arm_id(subscription_id, group, name),
            subscription_id=subscription_id,
            resource_group=group,
            name=name,
            location=location,
            workspace_id=guid(rng),
            created_at=created,
            created_by=founder,
            created_by_type="User",
            tags={} if name in UNTAGGED else tags,
            kind=kind,
            identity={"type": "SystemAssigned", "principalId": guid(rng), "tenantId": estate.tenant_id},
            sku={"name": "Basic", "tier": "Basic"},
        )
        workspace.body = _properties(workspace, rng)
        estate.workspaces[workspace.id.lower()] = workspace


def _properties(workspace: Workspace, rng: Random) -> dict[str, object]:
    """The parts of a workspace's properties that depend on nothing else."""
    providers = f"{group_id(workspace.subscription_id, workspace.resource_group)}/providers"
    compact = workspace.name.replace("-", "")
    registry = f"{providers}/Microsoft.ContainerRegistry/registries/{compact}acr"
    private = workspace.name.startswith("fraud-prod")
    return {
        "friendlyName": workspace.name,
        "description": "",
        "storageAccount": f"{providers}/Microsoft.Storage/storageAccounts/{compact}{rng.randrange(10**6):06d}",
        "keyVault": f"{providers}/Microsoft.KeyVault/vaults/kv-{workspace.name}",
        "applicationInsights": f"{providers}/Microsoft.Insights/components/{workspace.name}-insights",
        "containerRegistry": None if workspace.name in WITHOUT_REGISTRY else registry,
        "hbiWorkspace": private,
        "imageBuildCompute": None,
        "publicNetworkAccess": "Disabled" if private else "Enabled",
        "managedNetwork": {"isolationMode": "AllowInternetOutbound" if private else "Disabled"},
        "v1LegacyMode": False,
        "systemDatastoresAuthMode": "identity" if private else "accesskey",
    }
