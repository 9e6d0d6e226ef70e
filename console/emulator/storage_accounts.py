"""Storage accounts as Azure Resource Manager has them: list, get, keys, and keys made anew.

The fields are those that azure-mgmt-storage 25.0.0 knows. Neither a key nor what it signed is kept in the state file.
"""

from __future__ import annotations

from typing import Any

from console.emulator import storage_keys
from console.emulator.arm_paths import place_of
from console.emulator.errors import gateway_error, resource_not_found
from console.emulator.estate import AccountKey, Estate, StorageAccount, group_id
from console.emulator.metadata import STORAGE_SUFFIX
from console.emulator.paging import page
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import seven_decimals

TYPE = "Microsoft.Storage/storageAccounts"
READ = f"{TYPE}/read"
VERSIONS = frozenset({"2023-01-01", "2023-05-01", "2024-01-01", "2025-08-01"})
PAGE_SIZE = 1000
_OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{TYPE}"
_OF_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
ONE = f"{_OF_GROUP}/{{account}}"


def properties(name: str, location: str, hierarchical: bool = False, shared_key: bool = True, private: bool = False) -> dict[str, Any]:
    """Those of an account as it is made, its times apart."""
    services = ("blob", "dfs", "file", "queue", "table", "web") if hierarchical else ("blob", "file", "queue", "table")
    return {
        "accessTier": "Hot",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": shared_key,
        "isHnsEnabled": hierarchical,
        "minimumTlsVersion": "TLS1_2",
        "networkAcls": {
            "bypass": "AzureServices",
            "defaultAction": "Deny" if private else "Allow",
            "ipRules": [],
            "virtualNetworkRules": [],
        },
        "primaryEndpoints": {service: f"https://{name}.{service}.{STORAGE_SUFFIX}/" for service in services},
        "primaryLocation": location,
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Disabled" if private else "Enabled",
        "statusOfPrimary": "available",
        "supportsHttpsTrafficOnly": True,
    }


def named(estate: Estate, name: str) -> StorageAccount | None:
    """The account of that name, wherever it is: names of accounts are unique in all of Azure."""
    return next((account for account in estate.storage_accounts.values() if account.name == name.lower()), None)


def body(account: StorageAccount) -> dict[str, Any]:
    """The account as GET answers it."""
    made = seven_decimals(account.created_at, "Z")
    keys = {name: seven_decimals(key.created, "Z") for name, key in account.keys.items()}
    return {
        "sku": {"name": account.sku, "tier": "Standard"},
        "kind": "StorageV2",
        "id": account.id,
        "name": account.name,
        "type": TYPE,
        "location": account.location,
        "tags": account.tags,
        "properties": {**account.body, "creationTime": made, "keyCreationTime": keys},
    }


def find(call: Call) -> StorageAccount | Reply:
    """The account that the path names, or the 404 that ARM answers."""
    group, name = call.param("group"), call.param("account")
    found = call.world.estate.storage_accounts.get(f"{group_id(call.param('subscription'), group)}/providers/{TYPE}/{name}".lower())
    return resource_not_found(call, TYPE, name, group) if found is None else found


def _listed(call: Call) -> Reply:
    estate, prefix = call.world.estate, place_of(call.params).lower() + "/"
    seen = [
        account
        for key, account in estate.storage_accounts.items()
        if key.startswith(prefix) and may(estate, call.principal_id, READ, account.id)
    ]
    return page(call, seen, PAGE_SIZE, token="$skiptoken", shape=body)


def _get(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, body(found))


def _keys(estate: Estate, account: StorageAccount) -> Reply:
    told = [
        {
            "creationTime": seven_decimals(key.created, "Z"),
            "keyName": name,
            "value": storage_keys.value(estate, account, name),
            "permissions": "FULL",
        }
        for name, key in account.keys.items()
    ]
    return Reply(200, {"keys": told})


def _list_keys(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else _keys(call.world.estate, found)


def _regenerate(call: Call) -> Reply:
    """Make a key anew; what held its old value, or a signature made with it, opens nothing from now on."""
    found = find(call)
    if isinstance(found, Reply):
        return found
    name = str(call.body.get("keyName", "")).lower() if isinstance(call.body, dict) else ""
    if name not in found.keys:
        message = f"Values for request parameters are invalid: keyName. It must be one of {', '.join(found.keys)}."
        return gateway_error(400, "InvalidValuesForRequestParameters", message, {"x-ms-failure-cause": "service"})
    found.keys[name] = AccountKey(call.world.clock.now(), found.keys[name].generation + 1)
    return _keys(call.world.estate, found)


def routes() -> list[Route]:
    return [
        Route("GET", _OF_SUBSCRIPTION, _listed, "sdk", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", _OF_GROUP, _listed, "sdk", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", ONE, _get, "sdk", READ, VERSIONS),
        Route("POST", f"{ONE}/listKeys", _list_keys, "sdk", f"{TYPE}/listkeys/action", VERSIONS),
        Route("POST", f"{ONE}/regenerateKey", _regenerate, "sdk", f"{TYPE}/regeneratekey/action", VERSIONS),
    ]
