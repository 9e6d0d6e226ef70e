"""The registry: every screen that opens by its name; drill-downs and actions follow from what each of them declares."""

from __future__ import annotations

from typing import Any

from screens.access import AccessScreen
from screens.activity import ActivityScreen
from screens.budgets import BudgetsScreen
from screens.compute import ComputeScreen
from screens.connections import ConnectionsScreen
from screens.cost import CostScreen
from screens.data_assets import DataAssetsScreen
from screens.datastores import DatastoresScreen
from screens.expiry import ExpiryScreen
from screens.findings import FindingsScreen
from screens.quota import QuotaScreen
from screens.resource_screen import ResourceScreen
from screens.roles import RolesScreen
from screens.storage import StorageScreen
from screens.vault_secrets import SecretsScreen
from screens.vaults import VaultsScreen
from screens.waste import WasteScreen
from screens.who import WhoScreen
from screens.workspaces import WorkspacesScreen

VIEWS: dict[str, type[ResourceScreen[Any]]] = {
    screen.kind: screen
    for screen in (
        ComputeScreen,
        DatastoresScreen,
        ConnectionsScreen,
        AccessScreen,
        WhoScreen,
        FindingsScreen,
        QuotaScreen,
        CostScreen,
        DataAssetsScreen,
        StorageScreen,
        WorkspacesScreen,
        ActivityScreen,
        RolesScreen,
        BudgetsScreen,
        WasteScreen,
        VaultsScreen,
        SecretsScreen,
        ExpiryScreen,
    )
}
