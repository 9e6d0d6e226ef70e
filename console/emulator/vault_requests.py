"""What a PUT or a PATCH on a Key Vault asks for, checked against the schema (published swagger, 2023-07-01)."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from console.emulator.vault_policies import read_policies

NAME = re.compile(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
RETENTION_DAYS = range(7, 91)
#: The properties that a request may set, with what their values are; access policies apart.
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
_STAYS = ("enableSoftDelete", "enablePurgeProtection")


class InvalidVaultError(Exception):
    """What was asked is no vault; the message is the sentence that is answered."""


def settings_in(given: Mapping[str, Any], tenant_id: str) -> dict[str, Any]:
    """The properties that a request sets. Raises InvalidVaultError and InvalidPolicyError."""
    found = {name: copy.deepcopy(given[name]) for name in SETTABLE if given.get(name) is not None}
    for name, value in found.items():
        kind = SETTABLE[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _wrong(name)
        if name in _STAYS and value is False:
            raise InvalidVaultError(f"The property '{name}' cannot be set to false: once enabled it stays.")
    if found.get("softDeleteRetentionInDays", RETENTION_DAYS[0]) not in RETENTION_DAYS:
        raise _wrong("softDeleteRetentionInDays", f"it must be from {RETENTION_DAYS[0]} to {RETENTION_DAYS[-1]}")
    _check_rules(found.get("networkAcls", {}))
    if given.get("accessPolicies") is not None:
        found["accessPolicies"] = read_policies(given["accessPolicies"], tenant_id)
    return found


def _wrong(name: str, why: str = "") -> InvalidVaultError:
    return InvalidVaultError(f"An invalid value was provided for '{name}'{why and ': '}{why}.")


def _check_rules(rules: Mapping[str, Any]) -> None:
    """Whether a vault's firewall has the schema's shape. Raises InvalidVaultError."""
    for name, words in (("defaultAction", ("allow", "deny")), ("bypass", ("azureservices", "none"))):
        if rules.get(name) is not None and str(rules[name]).lower() not in words:
            raise _wrong(f"networkAcls.{name}")
    for name, fits in (("ipRules", _is_range), ("virtualNetworkRules", _is_network)):
        told = rules.get(name)
        if told is not None and not (isinstance(told, list) and all(isinstance(one, dict) and fits(one) for one in told)):
            raise _wrong(f"networkAcls.{name}")


def _is_range(rule: Mapping[str, Any]) -> bool:
    """Whether a rule names an address or a range of addresses, IPv4."""
    value = rule.get("value")
    try:
        return isinstance(value, str) and bool(IPv4Network(value, strict=False))
    except ValueError:
        return False


def _is_network(rule: Mapping[str, Any]) -> bool:
    return isinstance(rule.get("id"), str)
