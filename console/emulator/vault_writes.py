"""Key Vaults: create, recover and change, and access policies.

That changing who decides, roles or policies, takes leave to assign roles is documented; so is that a vault's access policies are ignored
while roles decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.emulator.deleted_vaults import sweep
from console.emulator.errors import authorization_failed, gateway_error
from console.emulator.estate import Vault
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.vault_policies import InvalidPolicyError, changed, read_policies
from console.emulator.vault_requests import NAME, InvalidVaultError, settings_in
from console.emulator.vaults import ONE, TYPE, VERSIONS, arm_id, body, missing, properties

WRITE = f"{TYPE}/write"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
OPERATIONS = ("add", "remove", "replace")
#: From this version of the API on roles decide in a vault that is made without a word about it.
RBAC_SINCE = "2026-02-01"


def _bad(message: str) -> Reply:
    return gateway_error(400, "BadRequest", message, {"x-ms-failure-cause": "service"})


def _caller(call: Call) -> tuple[str, str]:
    """The caller's name and kind, as systemData has them."""
    estate = call.world.estate
    person = estate.people.get(call.principal_id)
    if person is not None:
        return person.upn, "User"
    known = next((one.client_id for one in estate.identities.values() if one.object_id == call.principal_id), call.principal_id)
    return known, "Application"


def _put(call: Call) -> Reply:
    """Create a vault, or set what a client read and changed: the command line sets policies this way."""
    return _write(call, create=True)


def _patch(call: Call) -> Reply:
    return _write(call, create=False)


def _write(call: Call, create: bool) -> Reply:
    estate = sweep(call.world)
    given = call.body if isinstance(call.body, dict) else {}
    asked = given.get("properties") or {}
    vault = estate.vaults.get(arm_id(call).lower())
    if vault is None and not create:
        return missing(call)
    try:
        settings = settings_in(asked if isinstance(asked, dict) else {}, estate.tenant_id)
    except (InvalidVaultError, InvalidPolicyError) as trouble:
        return _bad(str(trouble))
    deleted = estate.deleted_vaults.get(call.param("vault").lower())
    if vault is None and deleted is not None:
        return _recovered(call, deleted, asked)
    if vault is None:
        return _created(call, given, settings)
    decider = settings.get("enableRbacAuthorization", vault.body["enableRbacAuthorization"])
    if decider != vault.body["enableRbacAuthorization"] and not may(estate, call.principal_id, ASSIGN, vault.id):
        return authorization_failed(_caller(call)[0], call.principal_id, ASSIGN, vault.id)
    vault.body |= settings
    vault.tags = _tags(given, vault.tags)
    _touched(call, vault)
    return Reply(200, body(estate, vault))


def _recovered(call: Call, deleted: Vault, asked: object) -> Reply:
    """Bring a deleted vault back, if that is what is asked; its name is free for nothing else."""
    if not isinstance(asked, Mapping) or str(asked.get("createMode")).lower() != "recover" or deleted.id.lower() != arm_id(call).lower():
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
    told = {**properties(name, rbac=call.query["api-version"] >= RBAC_SINCE, private=False), **settings}
    made = Vault(arm_id(call), name, location, call.world.clock.now(), who, kind, told, _tags(given, {}))
    estate.vaults[made.id.lower()] = made
    return Reply(201, body(estate, made))


def _tags(given: Mapping[str, Any], otherwise: dict[str, str]) -> dict[str, str]:
    told = given.get("tags")
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else otherwise


def _policies(call: Call) -> Reply:
    """`…/accessPolicies/{add|remove|replace}`."""
    estate = call.world.estate
    operation = call.param("operation").lower()
    if operation not in OPERATIONS:
        return _bad(f"The operation '{call.param('operation')}' is not one of {', '.join(OPERATIONS)}.")
    vault = estate.vaults.get(arm_id(call).lower())
    if vault is None:
        return missing(call)
    asked = call.body.get("properties") if isinstance(call.body, dict) else None
    try:
        given = read_policies(asked.get("accessPolicies") if isinstance(asked, dict) else None, estate.tenant_id)
        vault.body["accessPolicies"] = changed(vault.body["accessPolicies"], operation, given)
    except InvalidPolicyError as trouble:
        return _bad(str(trouble))
    _touched(call, vault)
    told = {"accessPolicies": vault.body["accessPolicies"]}
    return Reply(200, {"id": f"{vault.id}/accessPolicies/", "type": f"{TYPE}/accessPolicies", "properties": told})


def _touched(call: Call, vault: Vault) -> None:
    vault.modified_at = call.world.clock.now()
    vault.modified_by, vault.modified_by_type = _caller(call)


def routes() -> list[Route]:
    policies = f"{ONE}/accessPolicies/{{operation}}"
    return [
        Route("PUT", ONE, _put, "recorded", WRITE, VERSIONS),
        Route("PATCH", ONE, _patch, "schema", WRITE, VERSIONS),
        Route("PUT", policies, _policies, "schema", f"{TYPE}/accessPolicies/write", VERSIONS),
    ]
