"""How Key Vault refuses: its error body, whose inner code tells reasons apart, and its own sentences, as recorded or seen in reports."""

from __future__ import annotations

from collections.abc import Mapping

from console.emulator.audiences import KEY_VAULT
from console.emulator.estate import DenyAssignment, Vault
from console.emulator.routing import Reply


def vault_error(status: int, code: str, message: str, inner: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An error in Key Vault's envelope."""
    told = {"code": code, "message": message, **({} if inner is None else {"innererror": {"code": inner}})}
    return Reply(status, {"error": told}, dict(headers or {}))


def challenge(tenant_url: str, message: str = "AKV10000: Request is missing a Bearer or PoP token.") -> Reply:
    """The 401 that tells a client where to get a token, and for what."""
    header = f'Bearer authorization="{tenant_url}", resource="{KEY_VAULT}"'
    return vault_error(401, "Unauthorized", message, headers={"WWW-Authenticate": header})


def wrong_audience(tenant_url: str, audience: str) -> Reply:
    return challenge(tenant_url, f"AKV10022: Invalid audience. Expected {KEY_VAULT}, found: {audience}.")


def expired_token(tenant_url: str) -> Reply:
    return challenge(tenant_url, "[TokenExpired] Error validating token: 'S2S12086'.")


def bad_parameter(message: str) -> Reply:
    return vault_error(400, "BadParameter", message)


def _place(vault: Vault) -> str:
    return f"{vault.name};location={vault.location}"


def forbidden_by_connection(vault: Vault, caller: str) -> Reply:
    """For a vault that is closed to public networks."""
    message = "Public network access is disabled and request is not from a trusted service nor via an approved private link."
    return vault_error(403, "Forbidden", f"{message}\r\nCaller: {caller}\r\nVault: {_place(vault)}", "ForbiddenByConnection")


def forbidden_by_firewall(vault: Vault, caller: str, address: str) -> Reply:
    """For a vault whose firewall does not let this address in."""
    message = f"Client address is not authorized and caller is not a trusted service.\r\nClient address: {address}"
    return vault_error(403, "Forbidden", f"{message}\r\nCaller: {caller}\r\nVault: {_place(vault)}", "ForbiddenByFirewall")


def forbidden_by_rbac(vault: Vault, caller: str, action: str, scope: str, deny: DenyAssignment | None = None) -> Reply:
    """For a caller whose roles do not have the data action at `scope`."""
    lines = (
        "Caller is not authorized to perform action on resource.",
        "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.",
        f"Caller: {caller}",
        f"Action: '{action}'",
        f"Resource: '{scope.replace('/resourceGroups/', '/resourcegroups/').replace('/Microsoft.KeyVault/', '/microsoft.keyvault/')}'",
        "Assignment: (not found)",
        f"DenyAssignmentId: {'null' if deny is None else repr(deny.name.replace('-', ''))}",
        "DecisionReason: 'DeniedWithNoValidRBAC' ",
        f"Vault: {_place(vault)}",
        "",
    )
    return vault_error(403, "Forbidden", "\r\n".join(lines), "ForbiddenByRbac")


def forbidden_by_policy(vault: Vault, caller: str, permission: str) -> Reply:
    """For a caller whom no access policy permits this."""
    message = (
        f"The user, group or application '{caller}' does not have secrets {permission} permission on key vault '{_place(vault)}'. "
        "For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
    )
    return vault_error(403, "Forbidden", message, "ForbiddenByPolicy")


def purge_protected(vault: Vault) -> Reply:
    message = (
        'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge '
        f"it after the retention period has passed.\r\nVault: {_place(vault)}"
    )
    return vault_error(403, "Forbidden", message, "ForbiddenByPolicy")


def disabled_secret() -> Reply:
    return vault_error(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")


def secret_not_found(name: str) -> Reply:
    """`name` is the secret's, or that and its version's with a slash between."""
    message = (
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover "
        "it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    )
    return vault_error(404, "SecretNotFound", message)


def deleted_secret_not_found(name: str) -> Reply:
    return vault_error(404, "SecretNotFound", f"Deleted Secret not found: {name}")


def name_is_deleted(name: str) -> Reply:
    """The 409 for a name that a deleted secret keeps."""
    message = (
        f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only "
        "be recovered or purged."
    )
    return vault_error(409, "Conflict", message, "ObjectIsDeletedButRecoverable")


def throttled(retry_after: int | None) -> Reply:
    """The 429 of a vault that was asked too often."""
    message = "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"
    return vault_error(429, "Throttled", message, headers={} if retry_after is None else {"Retry-After": str(retry_after)})
