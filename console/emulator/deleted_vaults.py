"""Key Vaults that were deleted: they keep their names, and what is in them, until they are purged or recovered.

Bodies are those of the published swagger (2023-07-01). Recovery is a PUT with `createMode: recover` (console.emulator.vault_writes).
"""

from __future__ import annotations

from typing import Any

from console.emulator.arm_paths import place_of
from console.emulator.errors import gateway_error
from console.emulator.estate import Estate, Vault
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.vault_secrets import purge_date
from console.emulator.vaults import ONE, PAGE_SIZE, TYPE, VERSIONS, arm_id
from console.emulator.versions import seven_decimals
from console.emulator.world import World

PROVIDER = "Microsoft.KeyVault"
_OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{PROVIDER}"
_DELETED = f"{_OF_SUBSCRIPTION}/locations/{{location}}/deletedVaults/{{vault}}"


def body(vault: Vault) -> dict[str, Any]:
    """A deleted vault as it is told."""
    if vault.deleted is None:
        raise ValueError(f"The vault {vault.name} is not deleted.")
    subscription = vault.id.split("/")[2]
    return {
        "id": f"/subscriptions/{subscription}/providers/{PROVIDER}/locations/{vault.location}/deletedVaults/{vault.name}",
        "name": vault.name,
        "type": f"{PROVIDER}/deletedVaults",
        "properties": {
            "vaultId": vault.id,
            "location": vault.location,
            "tags": vault.tags,
            "deletionDate": seven_decimals(vault.deleted, "Z"),
            "scheduledPurgeDate": seven_decimals(purge_date(vault, vault.deleted), "Z"),
            **({"purgeProtectionEnabled": True} if vault.body.get("enablePurgeProtection") else {}),
        },
    }


def sweep(world: World) -> Estate:
    """The estate, without the deleted vaults whose time is over."""
    estate, now = world.estate, world.clock.now()
    over = [key for key, one in estate.deleted_vaults.items() if one.deleted is not None and purge_date(one, one.deleted) <= now]
    for key in over:
        del estate.deleted_vaults[key]
    return estate


def _listed(call: Call) -> Reply:
    prefix = place_of(call.params).lower() + "/"
    seen = [body(one) for one in sweep(call.world).deleted_vaults.values() if one.id.lower().startswith(prefix)]
    return page(call, seen, PAGE_SIZE, token="$skiptoken")


def _find(call: Call) -> Vault | None:
    found = sweep(call.world).deleted_vaults.get(call.param("vault").lower())
    prefix = place_of(call.params).lower() + "/"
    here = found is not None and found.id.lower().startswith(prefix) and found.location.lower() == call.param("location").lower()
    return found if here else None


def _missing(call: Call) -> Reply:
    return gateway_error(404, "DeletedVaultNotFound", f"The specified deleted vault '{call.param('vault')}' does not exist.")


def _get(call: Call) -> Reply:
    found = _find(call)
    return _missing(call) if found is None else Reply(200, body(found))


def _purge(call: Call) -> Reply:
    found = _find(call)
    if found is None:
        return _missing(call)
    if found.body.get("enablePurgeProtection"):
        return gateway_error(400, "BadRequest", "Operation 'DeletedVaultPurge' is not allowed.", {"x-ms-failure-cause": "service"})
    del call.world.estate.deleted_vaults[found.name.lower()]
    return Reply(200)


def _delete(call: Call) -> Reply:
    """Delete a vault with all that is in it; it can be recovered."""
    estate = sweep(call.world)
    vault = estate.vaults.pop(arm_id(call).lower(), None)
    if vault is None:
        return Reply(204)
    vault.deleted = call.world.clock.now()
    estate.deleted_vaults[vault.name.lower()] = vault
    return Reply(200)


def routes() -> list[Route]:
    read, deleted = f"{PROVIDER}/deletedVaults/read", f"{PROVIDER}/locations/deletedVaults"
    return [
        Route("DELETE", ONE, _delete, "schema", f"{TYPE}/delete", VERSIONS),
        Route("GET", f"{_OF_SUBSCRIPTION}/deletedVaults", _listed, "schema", read, VERSIONS, scope_of=place_of),
        Route("GET", _DELETED, _get, "schema", f"{deleted}/read", VERSIONS, scope_of=place_of),
        Route("POST", f"{_DELETED}/purge", _purge, "schema", f"{deleted}/purge/action", VERSIONS, scope_of=place_of),
    ]
