"""Access policies of a Key Vault: what a request may say of them, and how they are added, replaced and taken away."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

MOST_POLICIES = 1024
#: What may be permitted, by the kind of thing (published swagger, 2023-07-01).
PERMISSIONS = {
    "keys": frozenset(
        {"all", "encrypt", "decrypt", "wrapKey", "unwrapKey", "sign", "verify", "get", "list", "create", "update", "import", "delete"}
        | {"backup", "restore", "recover", "purge", "release", "rotate", "getrotationpolicy", "setrotationpolicy"}
    ),
    "secrets": frozenset({"all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge"}),
    "certificates": frozenset(
        {"all", "get", "list", "delete", "create", "import", "update", "managecontacts", "getissuers", "listissuers", "setissuers"}
        | {"deleteissuers", "manageissuers", "recover", "purge", "backup", "restore"}
    ),
    "storage": frozenset(
        {"all", "get", "list", "delete", "set", "update", "regeneratekey", "recover", "purge", "backup", "restore", "setsas", "listsas"}
        | {"getsas", "deletesas"}
    ),
}


class InvalidPolicyError(Exception):
    """An access policy that Key Vault would not take; the message is the sentence that is answered."""


def read_policies(value: object, tenant_id: str) -> list[dict[str, Any]]:
    """Policies as a body has them, checked. Raises InvalidPolicyError."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise InvalidPolicyError("An invalid value was provided for 'accessPolicies': it must be a list of policies.")
    _check_number(value)
    found = [_policy(one, tenant_id) for one in value]
    if len({key(one) for one in found}) < len(found):
        raise InvalidPolicyError("An invalid value was provided for 'accessPolicies': the policies must be unique by object id.")
    return found


def _check_number(policies: Sequence[object]) -> None:
    if len(policies) > MOST_POLICIES:
        raise InvalidPolicyError(f"An invalid value was provided for 'accessPolicies': there can be at most {MOST_POLICIES}.")


def key(policy: Mapping[str, Any]) -> tuple[str, str]:
    """Whose a policy is: an object id, and the application on whose behalf, if any."""
    return str(policy["objectId"]).lower(), str(policy.get("applicationId") or "").lower()


def _policy(entry: Mapping[str, Any], tenant_id: str) -> dict[str, Any]:
    for name in ("tenantId", "objectId"):
        if not _is_guid(entry.get(name)):
            raise InvalidPolicyError(f"An invalid value was provided for 'accessPolicies.{name}'.")
    if str(entry["tenantId"]).lower() != tenant_id.lower():
        raise InvalidPolicyError("An invalid value was provided for 'accessPolicies.tenantId': it must be the vault's.")
    permissions = entry.get("permissions")
    if not isinstance(permissions, dict):
        raise InvalidPolicyError("An invalid value was provided for 'accessPolicies.permissions'.")
    kept: dict[str, Any] = {"tenantId": tenant_id, "objectId": str(entry["objectId"]).lower()}
    if entry.get("applicationId") is not None:
        kept["applicationId"] = str(entry["applicationId"])
    return {**kept, "permissions": {kind: _permitted(kind, permissions[kind]) for kind in PERMISSIONS if permissions.get(kind) is not None}}


def _permitted(kind: str, value: object) -> list[str]:
    known = {one.lower(): one for one in PERMISSIONS[kind]}
    if not isinstance(value, list) or not all(isinstance(one, str) and one.lower() in known for one in value):
        raise InvalidPolicyError(f"An invalid value was provided for 'accessPolicies.permissions.{kind}'.")
    return list(dict.fromkeys(known[one.lower()] for one in value))


def _is_guid(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def changed(held: list[dict[str, Any]], operation: str, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The policies of a vault after `add` (permissions join those held), `remove` (they leave; a policy that permits nothing goes)
    or `replace` (those given stand instead of the holders' own; nobody else's change). Raises InvalidPolicyError for too many."""
    after = {key(one): copy.deepcopy(one) for one in held}
    for policy in given:
        mine = after.get(key(policy))
        if operation == "replace" or (operation == "add" and mine is None):
            after[key(policy)] = copy.deepcopy(policy)
        elif mine is not None:
            mine["permissions"] = _combined(mine["permissions"], operation, policy["permissions"])
            if not any(mine["permissions"].values()):
                del after[key(policy)]
    _check_number(list(after))
    return list(after.values())


def _combined(held: Mapping[str, list[str]], operation: str, given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    if operation == "add":
        kinds = [kind for kind in PERMISSIONS if kind in held or kind in given]
        return {kind: list(dict.fromkeys([*held.get(kind, ()), *given.get(kind, ())])) for kind in kinds}
    return {kind: [one for one in permitted if one not in given.get(kind, ())] for kind, permitted in held.items()}
