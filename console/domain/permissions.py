"""Permissions: does a set of them allow an operation (RBAC's matching rules).

Source: "Understand Azure role definitions" (Microsoft Learn) for actions, notActions and wildcards. That `/*/` also matches nothing
between its slashes is inferred from the built-in roles: Microsoft does not document it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec


class Permission(msgspec.Struct, frozen=True, rename="camel"):
    """One block of a role definition, or of the caller's permissions: what it grants less what it takes back.

    `condition` is the definition's own, which has to hold besides (roleDefinitions 2022-05-01-preview tells it, earlier versions do not).
    """

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None
    condition_version: str | None = None


class Allowance(msgspec.Struct, frozen=True):
    """What somebody may do at one scope; `known` is False where it could not be read: then nothing is refused on its account."""

    permissions: tuple[Permission, ...] = ()
    known: bool = True

    def allows(self, operation: str) -> bool:
        """True where some block grants the management operation and does not take it back itself (other blocks never take it back)."""
        if not self.known:
            return True
        return any(
            any(matches(pattern, operation) for pattern in block.actions)
            and not any(matches(pattern, operation) for pattern in block.not_actions)
            for block in self.permissions
        )

    def allows_data(self, operation: str) -> bool | None:
        """The same of an operation on data, which `actions` never grant; None where what one may do could not be read."""
        if not self.known:
            return None
        return any(
            any(matches(pattern, operation) for pattern in block.data_actions)
            and not any(matches(pattern, operation) for pattern in block.not_data_actions)
            for block in self.permissions
        )


#: Operations on the secrets in a vault, which `dataActions` grant; and what an access policy permits, which no role does.
_ON_DATA = re.compile(r"^(Microsoft\.KeyVault/vaults/secrets/(?!read$|write$)|secrets/)", re.IGNORECASE)


def is_on_data(operation: str) -> bool:
    """Whether an operation is one on data, about which `actions` say nothing."""
    return _ON_DATA.match(operation) is not None


#: What looking at computes needs.
READ_COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes/read"
#: The narrowest built-in roles that grant an operation (Azure built-in roles: AI + machine learning, Management and governance).
OPERATORS = ("AzureML Compute Operator", "Contributor")
USERS = ("AzureML Data Scientist", *OPERATORS)
GRANTED_BY = {
    "microsoft.machinelearningservices/workspaces/computes/start/action": USERS,
    "microsoft.machinelearningservices/workspaces/computes/stop/action": USERS,
    "microsoft.machinelearningservices/workspaces/computes/restart/action": USERS,
    "microsoft.machinelearningservices/workspaces/computes/delete": OPERATORS,
    "microsoft.costmanagement/query/read": ("Cost Management Reader", "Reader"),
    "microsoft.costmanagement/budgets/read": ("Cost Management Reader", "Reader"),
    "microsoft.costmanagement/budgets/write": ("Cost Management Contributor", "Contributor"),
    "microsoft.costmanagement/budgets/delete": ("Cost Management Contributor", "Contributor"),
    # At the subscription: a role at the workspace alone does not do.
    "microsoft.machinelearningservices/locations/updatequotas/action": ("Contributor", "Owner"),
}


def granting(operation: str) -> str:
    """Which built-in roles grant an operation, as a clause; "" where this is not known here."""
    roles = GRANTED_BY.get(operation.lower(), ())
    return f"{', '.join(roles[:-1])} or {roles[-1]} grants it" if roles else ""


UNKNOWN_ALLOWANCE = Allowance(known=False)


def missing(allowance: Allowance, operations: Iterable[str]) -> tuple[str, ...]:
    """Those of the operations that the allowance does not grant."""
    return tuple(operation for operation in operations if not allowance.allows(operation))


def matches(pattern: str, operation: str) -> bool:
    """Whether a role's pattern covers an operation: `*` may span segments, `/*/` also stand for none (inferred), case does not count."""
    return _compiled(pattern).match(operation) is not None


def matches_literally(pattern: str, operation: str) -> bool:
    """The same where `/*/` stands for one segment at least, as the pattern is spelt."""
    return _compiled_literally(pattern).match(operation) is not None


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"/\*/", "/(?:.*/)?").replace(r"\*", ".*")
    return re.compile(f"^{escaped}$", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _compiled_literally(pattern: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(pattern).replace(chr(92) + '*', '.*')}$", re.IGNORECASE)
