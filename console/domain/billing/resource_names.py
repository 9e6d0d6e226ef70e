"""Names of billed resources: what an ARM id on the bill is, in a name and a word, also of what is gone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from console.domain import scopes
from console.domain.billing.belongings import Belongings, How
from console.domain.compute import Compute
from console.domain.scopes import WorkspaceRef

#: ARM resource types (lower case) in the field's words; of others the type itself is told.
WORDS = {
    "microsoft.machinelearningservices/workspaces": "workspace",
    "microsoft.machinelearningservices/workspaces/computes": "compute",
    "microsoft.machinelearningservices/workspaces/onlineendpoints": "online endpoint",
    "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments": "online deployment",
    "microsoft.machinelearningservices/workspaces/batchendpoints": "batch endpoint",
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": "serverless endpoint",
    "microsoft.machinelearningservices/registries": "registry",
    "microsoft.storage/storageaccounts": "storage account",
    "microsoft.keyvault/vaults": "Key Vault",
    "microsoft.containerregistry/registries": "container registry",
    "microsoft.insights/components": "Application Insights",
    "microsoft.operationalinsights/workspaces": "Log Analytics",
    "microsoft.network/loadbalancers": "load balancer",
    "microsoft.network/publicipaddresses": "public IP address",
    "microsoft.network/privateendpoints": "private endpoint",
    "microsoft.network/azurefirewalls": "firewall",
    "microsoft.compute/disks": "disk",
    "microsoft.compute/virtualmachines": "virtual machine",
    "microsoft.compute/virtualmachinescalesets": "scale set",
    "microsoft.containerservice/managedclusters": "Kubernetes cluster",
    "microsoft.databricks/workspaces": "Databricks workspace",
}
NO_RESOURCE = "no resource"


class ResourceName(msgspec.Struct, frozen=True):
    """What a resource is called, what it is, and of which workspace ("" of none or of several).

    `there` tells whether it was among what was read: False is deleted (or no longer visible), None is not known. `shared` is how many
    workspaces use a companion that is not one's alone.
    """

    name: str
    kind: str
    workspace: str = ""
    there: bool | None = None
    shared: int = 0

    @property
    def words(self) -> str:
        """The kind with all that is to be told of it: `cluster of nlp, deleted`, `storage account shared by 3`."""
        of = f" of {self.workspace}" if self.workspace and self.workspace != self.name else ""
        by = f" shared by {self.shared}" if self.shared else ""
        return f"{self.kind}{of}{by}{', deleted' if self.there is False else ''}"


class ResourceNames:
    """Names of resources as they are known now.

    `computes` are those that were read, `read` the workspaces whose computes those are all of: what is billed in one of these and is
    not among them is told as deleted. Without `every`, a workspace that was not read may merely be one that nobody chose.
    """

    def __init__(
        self, belongings: Belongings, computes: Iterable[Compute] = (), read: Iterable[WorkspaceRef] = (), *, every: bool = False
    ) -> None:
        self._belongings = belongings
        self._computes = {scopes.key(compute.id): compute for compute in computes}
        self._read = {ref.id.lower() for ref in read}
        self._every = every
        self._named: dict[str, ResourceName] = {}

    def of(self, resource_id: str) -> ResourceName:
        """What an ARM id on a bill is; "" is a charge of no resource, and what is no ARM id is its own name."""
        named = self._named.get(resource_id)
        if named is None:
            named = self._named[resource_id] = self._name(resource_id)
        return named

    def _name(self, resource_id: str) -> ResourceName:
        if not resource_id:
            return ResourceName(NO_RESOURCE, "purchase or adjustment")
        kind, name = _type_and_name(resource_id)
        belonging = self._belongings.of(resource_id)
        if belonging is None:
            return ResourceName(name, kind)
        if belonging.how is How.SHARED:
            return ResourceName(name, kind, there=True, shared=len(belonging.workspaces))
        workspace = belonging.workspaces[0]
        if belonging.how is How.COMPANION:
            return ResourceName(name, kind, workspace.name, True)
        gone = False if self._every else None
        if kind == WORDS["microsoft.machinelearningservices/workspaces"]:
            return ResourceName(workspace.name, kind, workspace.name, True if belonging.read else gone)
        compute = self._computes.get(scopes.key(resource_id))
        if compute is not None:
            return ResourceName(compute.name, compute.kind.label, workspace.name, True)
        if not belonging.read:
            return ResourceName(name, kind, workspace.name, gone)
        is_compute = kind == WORDS["microsoft.machinelearningservices/workspaces/computes"]
        return ResourceName(name, kind, workspace.name, False if is_compute and workspace.id.lower() in self._read else None)


def _type_and_name(resource_id: str) -> tuple[str, str]:
    """The word for the type, and the last name, of an ARM id."""
    parts = resource_id.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" not in lowered:
        pairs = scopes.segments(resource_id)
        word = "resource group" if "resourcegroups" in pairs else "subscription" if "subscriptions" in pairs else "?"
        return word, parts[-1]
    start = len(lowered) - 1 - lowered[::-1].index("providers")
    kind = "/".join([*lowered[start + 1 : start + 2], *lowered[start + 2 :: 2]])
    return WORDS.get(kind, kind or "?"), parts[-1]
