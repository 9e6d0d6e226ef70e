"""Who gets into a Key Vault: from which networks, and by roles or by the vault's own access policies."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from console.emulator import vault_errors
from console.emulator.estate import DenyAssignment, Estate, Vault
from console.emulator.rbac import decide, subjects
from console.emulator.routing import Reply
from console.emulator.tokens import Principal

#: Where every client of the emulator calls from.
LOOPBACK = "127.0.0.1"
SECRETS = "Microsoft.KeyVault/vaults/secrets"


def caller_of(estate: Estate, principal: Principal | None) -> str:
    """A caller as Key Vault's sentences have one."""
    client, object_id = ("", "") if principal is None else (principal.client_id, principal.object_id)
    return f"appid={client};oid={object_id};iss=https://sts.windows.net/{estate.tenant_id}/"


def closed_to(estate: Estate, vault: Vault, principal: Principal | None) -> Reply | None:
    """Whether the vault can be reached from where the emulator's clients are: the loopback, or a network with a private endpoint of it."""
    if vault.linked:
        return None
    caller = caller_of(estate, principal)
    if str(vault.body.get("publicNetworkAccess", "Enabled")).lower() == "disabled":
        return vault_errors.forbidden_by_connection(vault, caller)
    rules = vault.body.get("networkAcls")
    if isinstance(rules, Mapping) and str(rules.get("defaultAction", "Allow")).lower() == "deny":
        allowed = (IPv4Network(one["value"], strict=False) for one in rules.get("ipRules") or ())
        inside = any(IPv4Address(LOOPBACK) in network for network in allowed)
        return None if inside else vault_errors.forbidden_by_firewall(vault, caller, LOOPBACK)
    return None


def refusal(estate: Estate, vault: Vault, principal: Principal | None, needed: str, secret: str) -> Reply | None:
    """Why the caller may not; None when roles, or the vault's access policies, let it.

    `needed` is a data action and a permission of policies with a space between; `secret` is "" for what is about all of them.
    """
    principal = principal or Principal("", "", "", 0)
    action, _, permission = needed.partition(" ")
    if not vault.body["enableRbacAuthorization"]:
        return None if _permitted(estate, principal, vault, permission) else forbidden(estate, vault, principal, needed, secret)
    decision = decide(estate, principal.object_id, action, _scope(vault, secret), data=True)
    return None if decision.allowed else forbidden(estate, vault, principal, needed, secret, decision.denied_by)


def _scope(vault: Vault, secret: str) -> str:
    return f"{vault.id}/secrets/{secret}" if secret else vault.id


def forbidden(
    estate: Estate, vault: Vault, principal: Principal | None, needed: str, secret: str, deny: DenyAssignment | None = None
) -> Reply:
    """The refusal in the words of what decides in the vault; `needed` and `secret` as in `refusal`."""
    caller = caller_of(estate, principal)
    action, _, permission = needed.partition(" ")
    if vault.body["enableRbacAuthorization"]:
        return vault_errors.forbidden_by_rbac(vault, caller, action, _scope(vault, secret), deny)
    return vault_errors.forbidden_by_policy(vault, caller, permission)


def _permitted(estate: Estate, principal: Principal, vault: Vault, permission: str) -> bool:
    """Whether a policy of the vault names the caller, or a group that it is in, and has the permission.

    One for an application on somebody's behalf holds only for that application.
    """
    who = {one.lower() for one in subjects(estate, principal.object_id)}
    for policy in vault.body["accessPolicies"]:
        application = policy.get("applicationId")
        if policy["objectId"].lower() not in who or (application and application.lower() != principal.client_id.lower()):
            continue
        if {permission, "all"} & {one.lower() for one in policy["permissions"].get("secrets", ())}:
            return True
    return False
