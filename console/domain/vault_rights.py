"""Rights in a Key Vault: what somebody may do with its secrets, by roles or by access policies, and what would let them.

Sources: "Azure permissions for Security" (Microsoft.KeyVault data actions), the built-in roles of Key Vault, and for access policies
"Assign a Key Vault access policy" with the permission that each operation of the secrets' REST API names.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from console.domain.key_vaults import KeyVault
from console.domain.permissions import Allowance

_SECRETS = "Microsoft.KeyVault/vaults/secrets"
READER, USER, OFFICER = "Key Vault Reader", "Key Vault Secrets User", "Key Vault Secrets Officer"


class Right(StrEnum):
    """What can be done with secrets, as a sentence goes on after "you may"."""

    LIST = "list secrets"
    READ = "read values"
    SET = "set secrets"
    UPDATE = "change attributes"
    DELETE = "delete secrets"
    RECOVER = "recover secrets"
    PURGE = "purge secrets"


class Grant(NamedTuple):
    """What grants a right: the operation on data, the permission of an access policy, and the narrowest built-in role."""

    operation: str
    policy: str
    role: str


GRANTS: dict[Right, Grant] = {
    Right.LIST: Grant(f"{_SECRETS}/readMetadata/action", "list", READER),
    Right.READ: Grant(f"{_SECRETS}/getSecret/action", "get", USER),
    Right.SET: Grant(f"{_SECRETS}/setSecret/action", "set", OFFICER),
    Right.UPDATE: Grant(f"{_SECRETS}/update/action", "set", OFFICER),
    Right.DELETE: Grant(f"{_SECRETS}/delete", "delete", OFFICER),
    Right.RECOVER: Grant(f"{_SECRETS}/recover/action", "recover", OFFICER),
    Right.PURGE: Grant(f"{_SECRETS}/purge/action", "purge", OFFICER),
}


def permission(vault: KeyVault, right: Right) -> str:
    """What a right is called where it is granted: an operation, or a permission of an access policy."""
    return GRANTS[right].operation if vault.rbac or vault.unread else f"secrets/{GRANTS[right].policy} by access policy"


def may(vault: KeyVault, right: Right, allowance: Allowance, is_mine: Callable[[str], bool | None]) -> bool | None:
    """Whether somebody has a right; None where that is not known.

    `allowance` is theirs at the vault; `is_mine` tells of an object id whether it is theirs, or that of a group that they are in.
    """
    if vault.fault or vault.unread:
        return None
    if vault.rbac:
        return allowance.allows_data(GRANTS[right].operation)
    wanted = {GRANTS[right].policy, "all"}
    told = [is_mine(policy.object_id) for policy in vault.policies if wanted & policy.secrets]
    return True if True in told else None if None in told else False


def lacking(vault: KeyVault, right: Right) -> str:
    """Why somebody without a right lacks it, with the grant that would give it, as a clause."""
    grant = GRANTS[right]
    if vault.unread:
        return f"{vault.name} refuses it"
    if vault.rbac:
        return f"you lack {grant.operation} in {vault.name}; {grant.role} at the vault grants it"
    return f"no access policy of {vault.name} permits you {grant.policy} of secrets; one that does would let you"
