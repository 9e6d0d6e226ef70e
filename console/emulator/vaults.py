"""Key Vaults as Azure Resource Manager has them: list and get. What is in them is not told here.

Bodies are those of the published swagger (2023-07-01) and of a recorded vault.
"""

from __future__ import annotations

from typing import Any

from console.emulator.arm_paths import place_of
from console.emulator.errors import resource_not_found
from console.emulator.estate import Estate, Vault, group_id
from console.emulator.metadata import VAULT_SUFFIX
from console.emulator.paging import page
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import seven_decimals

TYPE = "Microsoft.KeyVault/vaults"
READ = f"{TYPE}/read"
VERSIONS = frozenset({"2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01", "2026-02-01"})
PAGE_SIZE = 100
_OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{TYPE}"
_OF_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
ONE = f"{_OF_GROUP}/{{vault}}"


def properties(name: str, rbac: bool, private: bool) -> dict[str, Any]:
    """Those of a vault as a workspace's is made; policies apart."""
    return {
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "enableRbacAuthorization": rbac,
        "vaultUri": f"https://{name}.{VAULT_SUFFIX}/",
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Disabled" if private else "Enabled",
    }


def body(estate: Estate, vault: Vault) -> dict[str, Any]:
    """The vault as GET answers it."""
    created = {"createdBy": vault.created_by, "createdByType": vault.created_by_type, "createdAt": seven_decimals(vault.created_at, "Z")}
    modified = {
        "lastModifiedBy": vault.modified_by or vault.created_by,
        "lastModifiedByType": vault.modified_by_type or vault.created_by_type,
        "lastModifiedAt": seven_decimals(vault.modified_at or vault.created_at, "Z"),
    }
    return {
        "id": vault.id,
        "name": vault.name,
        "type": TYPE,
        "location": vault.location,
        "tags": vault.tags,
        "systemData": created | modified,
        "properties": {"tenantId": estate.tenant_id, **vault.body},
    }


def arm_id(call: Call) -> str:
    """The id of the vault that the path names."""
    return f"{group_id(call.param('subscription'), call.param('group'))}/providers/{TYPE}/{call.param('vault')}"


def missing(call: Call) -> Reply:
    return resource_not_found(call, TYPE, call.param("vault"), call.param("group"))


def _listed(call: Call) -> Reply:
    estate = call.world.estate
    prefix = place_of(call.params).lower() + "/"
    seen = [
        body(estate, vault) for key, vault in estate.vaults.items() if key.startswith(prefix) and may(estate, call.principal_id, READ, key)
    ]
    top = call.query.get("$top", "")
    return page(call, seen, int(top) if top.isdecimal() and int(top) else PAGE_SIZE, token="$skiptoken")


def _get(call: Call) -> Reply:
    found = call.world.estate.vaults.get(arm_id(call).lower())
    return missing(call) if found is None else Reply(200, body(call.world.estate, found))


def routes() -> list[Route]:
    return [
        Route("GET", _OF_SUBSCRIPTION, _listed, "schema", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", _OF_GROUP, _listed, "schema", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", ONE, _get, "recorded", READ, VERSIONS),
    ]
