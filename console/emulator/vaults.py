"""Key Vaults as Azure Resource Manager has them: list, get, create, change, and access policies. What is in them is not told here.

Bodies are those of the published swagger (2023-07-01) and of a recorded vault. That changing who decides, roles or policies, takes
leave to assign roles is documented; so is that a vault's access policies are ignored while roles decide.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from console.emulator.arm_paths import place_of
from console.emulator.errors import authorization_failed, gateway_error, resource_not_found
from console.emulator.estate import Estate, Vault, group_id
from console.emulator.metadata import VAULT_SUFFIX
from console.emulator.paging import page
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.vault_policies import InvalidPolicyError, changed, read_policies
from console.emulator.versions import seven_decimals

TYPE = "Microsoft.KeyVault/vaults"
READ, WRITE = f"{TYPE}/read", f"{TYPE}/write"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
VERSIONS = frozenset({"2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01", "2026-02-01"})
OPERATIONS = ("add", "remove", "replace")
NAME = re.compile(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
PAGE_SIZE = 100
_OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{TYPE}"
_OF_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
_ONE = f"{_OF_GROUP}/{{vault}}"
#: The properties that a request may set, with what their values are.
SETTABLE: Mapping[str, type] = {
    "enabledForDeployment": bool,
    "enabledForDiskEncryption": bool,
    "enabledForTemplateDeployment": bool,
    "enableSoftDelete": bool,
    "softDeleteRetentionInDays": int,
    "enableRbacAuthorization": bool,
    "enablePurgeProtection": bool,
    "publicNetworkAccess": str,
    "networkAcls": dict,
    "sku": dict,
}


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


def _id(call: Call) -> str:
    return f"{group_id(call.param('subscription'), call.param('group'))}/providers/{TYPE}/{call.param('vault')}"


def _missing(call: Call) -> Reply:
    return resource_not_found(call, TYPE, call.param("vault"), call.param("group"))


def _bad(message: str) -> Reply:
    return gateway_error(400, "BadRequest", message, {"x-ms-failure-cause": "service"})


def _listed(call: Call) -> Reply:
    estate = call.world.estate
    prefix = place_of(call.params).lower() + "/"
    seen = [
        body(estate, vault) for key, vault in estate.vaults.items() if key.startswith(prefix) and may(estate, call.principal_id, READ, key)
    ]
    top = call.query.get("$top", "")
    return page(call, seen, int(top) if top.isdecimal() and int(top) else PAGE_SIZE, token="$skiptoken")


def _get(call: Call) -> Reply:
    found = call.world.estate.vaults.get(_id(call).lower())
    return _missing(call) if found is None else Reply(200, body(call.world.estate, found))


def _caller(call: Call) -> tuple[str, str]:
    """The caller's name and kind, as systemData has them."""
    estate = call.world.estate
    person = estate.people.get(call.principal_id)
    if person is not None:
        return person.upn, "User"
    known = next((one.client_id for one in estate.identities.values() if one.object_id == call.principal_id), call.principal_id)
    return known, "Application"


def _settings(given: Mapping[str, Any], tenant_id: str) -> dict[str, Any]:
    """What a request sets. Raises InvalidPolicyError."""
    for name, kind in SETTABLE.items():
        value = given.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise InvalidPolicyError(f"An invalid value was provided for '{name}'.")
    found = {name: copy.deepcopy(given[name]) for name in SETTABLE if given.get(name) is not None}
    if given.get("accessPolicies") is not None:
        found["accessPolicies"] = read_policies(given["accessPolicies"], tenant_id)
    return found


def _put(call: Call) -> Reply:
    """Create a vault, or set what a client read and changed: the command line sets policies this way."""
    return _write(call, create=True)


def _patch(call: Call) -> Reply:
    return _write(call, create=False)


def _write(call: Call, create: bool) -> Reply:
    estate = call.world.estate
    given = call.body if isinstance(call.body, dict) else {}
    asked = given.get("properties") or {}
    vault = estate.vaults.get(_id(call).lower())
    if vault is None and not create:
        return _missing(call)
    try:
        settings = _settings(asked if isinstance(asked, dict) else {}, estate.tenant_id)
    except InvalidPolicyError as trouble:
        return _bad(str(trouble))
    deleted = estate.deleted_vaults.get(call.param("vault").lower())
    if vault is None and deleted is not None:
        return _recovered(call, deleted, asked)
    if vault is None:
        return _created(call, given, settings)
    decider = settings.get("enableRbacAuthorization", vault.body["enableRbacAuthorization"])
    if decider != vault.body["enableRbacAuthorization"] and not may(estate, call.principal_id, ASSIGN, vault.id):
        return authorization_failed(_caller(call)[0], call.principal_id, ASSIGN, vault.id)
    if vault.body.get("enablePurgeProtection") and settings.get("enablePurgeProtection") is False:
        return _bad("The property 'enablePurgeProtection' cannot be set to false: once enabled it stays.")
    vault.body |= settings
    if isinstance(given.get("tags"), dict):
        vault.tags = {str(name): str(value) for name, value in given["tags"].items()}
    _touched(call, vault)
    return Reply(200, body(estate, vault))


def _recovered(call: Call, deleted: Vault, asked: object) -> Reply:
    """Bring a deleted vault back, if that is what is asked; its name is free for nothing else."""
    if not isinstance(asked, Mapping) or str(asked.get("createMode")).lower() != "recover" or deleted.id.lower() != _id(call).lower():
        message = (
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. "
            "Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete."
        )
        return gateway_error(409, "ConflictError", message, {"x-ms-failure-cause": "service"})
    estate = call.world.estate
    del estate.deleted_vaults[deleted.name.lower()]
    deleted.deleted = None
    estate.vaults[deleted.id.lower()] = deleted
    _touched(call, deleted)
    return Reply(200, body(estate, deleted))


def _created(call: Call, given: Mapping[str, Any], settings: Mapping[str, Any]) -> Reply:
    estate = call.world.estate
    name, location = call.param("vault"), given.get("location")
    if not NAME.fullmatch(name):
        return gateway_error(400, "VaultNameNotValid", f"The vault name '{name}' is invalid: 3 to 24 letters, digits and hyphens.")
    if not isinstance(location, str) or not location:
        return gateway_error(400, "LocationRequired", "The location property is required for this definition.")
    if any(one.name.lower() == name.lower() for one in estate.vaults.values()):
        return gateway_error(409, "VaultAlreadyExists", f"The vault name '{name}' is already in use.")
    who, kind = _caller(call)
    made = Vault(_id(call), name, location, call.world.clock.now(), who, kind, {**properties(name, rbac=False, private=False), **settings})
    if isinstance(given.get("tags"), dict):
        made.tags = {str(key): str(value) for key, value in given["tags"].items()}
    estate.vaults[made.id.lower()] = made
    return Reply(201, body(estate, made))


def _policies(call: Call) -> Reply:
    """`…/accessPolicies/{add|remove|replace}`."""
    estate = call.world.estate
    operation = call.param("operation").lower()
    if operation not in OPERATIONS:
        return _bad(f"The operation '{call.param('operation')}' is not one of {', '.join(OPERATIONS)}.")
    vault = estate.vaults.get(_id(call).lower())
    if vault is None:
        return _missing(call)
    asked = call.body.get("properties") if isinstance(call.body, dict) else None
    try:
        given = read_policies(asked.get("accessPolicies") if isinstance(asked, dict) else None, estate.tenant_id)
    except InvalidPolicyError as trouble:
        return _bad(str(trouble))
    vault.body["accessPolicies"] = changed(vault.body["accessPolicies"], operation, given)
    _touched(call, vault)
    told = {"accessPolicies": vault.body["accessPolicies"]}
    return Reply(200, {"id": f"{vault.id}/accessPolicies/", "type": f"{TYPE}/accessPolicies", "properties": told})


def _touched(call: Call, vault: Vault) -> None:
    vault.modified_at = call.world.clock.now()
    vault.modified_by, vault.modified_by_type = _caller(call)


def routes() -> list[Route]:
    policies = f"{_ONE}/accessPolicies/{{operation}}"
    return [
        Route("GET", _OF_SUBSCRIPTION, _listed, "schema", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", _OF_GROUP, _listed, "schema", READ, VERSIONS, scope_of=place_of, filters_itself=True),
        Route("GET", _ONE, _get, "recorded", READ, VERSIONS),
        Route("PUT", _ONE, _put, "recorded", WRITE, VERSIONS),
        Route("PATCH", _ONE, _patch, "schema", WRITE, VERSIONS),
        Route("PUT", policies, _policies, "schema", f"{TYPE}/accessPolicies/write", VERSIONS),
    ]
