"""For machine learning: the roles that are assigned on a workspace and its companions, the first that a picker offers."""

from __future__ import annotations

from collections.abc import Iterable

from console.domain.access.roles import (
    COMPUTE_OPERATOR,
    CONNECTION_SECRETS_READER,
    CONTRIBUTOR,
    DATA_SCIENTIST,
    OWNER,
    RBAC_ADMINISTRATOR,
    READER,
    USER_ACCESS_ADMINISTRATOR,
    RoleDefinition,
)

#: Built-in roles by GUID (Azure built-in roles, Microsoft Learn), the narrow ones before those that give access.
ML_ROLES = (
    DATA_SCIENTIST,
    COMPUTE_OPERATOR,
    READER,
    CONTRIBUTOR,
    CONNECTION_SECRETS_READER,
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",  # Storage Blob Data Reader
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "69566ab7-960f-475b-8e7c-b3118f30c6bd",  # Storage File Data Privileged Contributor
    "4633458b-17de-408a-b874-0445c86b69e6",  # Key Vault Secrets User
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",  # AcrPull
    "8311e382-0749-4cb8-b61a-304f252e45ec",  # AcrPush
    RBAC_ADMINISTRATOR,
    USER_ACCESS_ADMINISTRATOR,
    OWNER,
)
_RANKS = {guid: rank for rank, guid in enumerate(ML_ROLES)}


def ordered(roles: Iterable[RoleDefinition]) -> list[RoleDefinition]:
    """Custom roles first, as somebody made them for here; then those of ML_ROLES; then the rest by name."""
    return sorted(roles, key=lambda each: (not each.custom, _RANKS.get(each.guid, len(_RANKS)), each.name.lower()))
