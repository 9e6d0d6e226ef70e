"""Places: the scopes that access to a workspace is decided at: its own, its companions' and those above them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.scopes import WorkspaceRef


class At(StrEnum):
    """Which of a workspace's scopes an operation is done at."""

    WORKSPACE = "workspace"
    GROUP = "resource group"
    SUBSCRIPTION = "subscription"
    STORAGE = "storage account"
    VAULT = "Key Vault"
    REGISTRY = "container registry"


class Place(msgspec.Struct, frozen=True):
    """A workspace with the ARM ids of its companions; "" where it has none (a registry before its first image) or none was told."""

    workspace: WorkspaceRef
    storage: str = ""
    vault: str = ""
    registry: str = ""

    def scope(self, at: At) -> str:
        """The ARM id; "" for a companion that there is not."""
        match at:
            case At.WORKSPACE:
                return self.workspace.id
            case At.GROUP:
                return self.workspace.group_id
            case At.SUBSCRIPTION:
                return f"/subscriptions/{self.workspace.subscription_id}"
            case At.STORAGE:
                return self.storage
            case At.VAULT:
                return self.vault
            case At.REGISTRY:
                return self.registry

    @property
    def companions(self) -> tuple[tuple[At, str], ...]:
        """The companions that there are, with their ARM ids."""
        return tuple((at, scope) for at in (At.STORAGE, At.VAULT, At.REGISTRY) if (scope := self.scope(at)))


class AccessPolicy(msgspec.Struct, frozen=True):
    """What an access policy of a vault lets an object id (lower case) do with secrets, in Key Vault's words: `get`, `list`, `all` …"""

    object_id: str
    secrets: frozenset[str] = frozenset()


class Vault(msgspec.Struct, frozen=True, kw_only=True):
    """A Key Vault: whether roles decide about its secrets (`rbac`), else its `policies`. `fault` says why it could not be read."""

    id: str
    rbac: bool = True
    policies: tuple[AccessPolicy, ...] = ()
    fault: str = ""


def covers(ancestor: str, scope: str, read_in: frozenset[str] = frozenset()) -> bool:
    """Whether what holds at `ancestor` holds at `scope`: it is that scope or above it.

    Of management groups and the root an ARM id does not tell what is beneath: they reach the subscriptions that Azure listed them in.
    """
    above, below = scopes.key(ancestor), scopes.key(scope)
    if not above.startswith("/subscriptions/"):
        subscription = scopes.segments(scope).get("subscriptions", "")
        return subscription.lower() in {each.lower() for each in read_in}
    return below == above or below.startswith(above + "/")
