"""The registry: every screen that opens by its name, by what is to be known of it before its module is imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from screens.resource_screen import ResourceScreen


class View(NamedTuple):
    """A screen's `kind`, the class `name` of a module of this room, its `number` ("": it has none) and what else the line calls it."""

    kind: str
    module: str
    name: str
    number: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The module's name, as Python knows it."""
        return f"screens.{self.module}"

    @property
    def screen(self) -> type[ResourceScreen[Any]]:
        """Its class; drill-downs and actions follow from what that declares. Imports it, unless that is done."""
        screen: type[ResourceScreen[Any]] = getattr(import_module(self.path), self.name)
        return screen


#: The list of workspaces, which opens of itself where one is to be chosen.
WORKSPACES = "workspaces"
#: In the order in which help and the command line name them. The classes say of themselves what is said of them here.
VIEWS: dict[str, View] = {
    view.kind: view
    for view in (
        View("compute", "compute", "ComputeScreen", "2", ("cp", "computes")),
        View("datastores", "datastores", "DatastoresScreen", "3", ("ds", "datastore")),
        View("connections", "connections", "ConnectionsScreen", "4", ("cn", "conn", "connection")),
        View("access", "access", "AccessScreen", "5", ("rbac", "iam")),
        View("who", "who", "WhoScreen", "", ("whocan",)),
        View("findings", "findings", "FindingsScreen"),
        View("quota", "quota", "QuotaScreen", "", ("quotas", "cores")),
        View("cost", "cost", "CostScreen", "6", ("money", "spend", "costs")),
        View("data", "data_assets", "DataAssetsScreen", "", ("data-assets", "da")),
        View("storage", "storage", "StorageScreen", "", ("storage-accounts", "accounts", "sa")),
        View(WORKSPACES, "workspaces", "WorkspacesScreen", "", ("ws", "workspace")),
        View("activity", "activity", "ActivityScreen", "9", ("ops", "operations", "changes")),
        View("roles", "roles", "RolesScreen", "", ("role",)),
        View("budgets", "budgets", "BudgetsScreen", "", ("budget",)),
        View("waste", "waste", "WasteScreen"),
        View("vaults", "vaults", "VaultsScreen", "", ("vault", "kv")),
        View("secrets", "vault_secrets", "SecretsScreen", "", ("secret",)),
        View("expiry", "expiry", "ExpiryScreen", "", ("exp", "expiring")),
    )
}
