"""Key Vaults: who decides about their secrets, from where they can be reached, and what protects what is deleted in them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from console.domain.access.places import AccessPolicy
from console.domain.scopes import WorkspaceRef


class Network(StrEnum):
    """From where a vault can be reached, as far as its own settings tell (`publicNetworkAccess`, `networkAcls.defaultAction`)."""

    OPEN = "open"
    RULES = "rules"
    PRIVATE = "private"


class KeyVault(msgspec.Struct, frozen=True, kw_only=True):
    """One vault, decoded. `address` is where its secrets are (`vaultUri`, without a slash at its end), "" where Azure does not tell it.

    `unread` says why its settings could not be read, where it is known by its name alone: what is left of them is then not known.
    `workspaces` are those that keep their secrets in it. Without a word on `rbac` access policies decide. `retention_days` is how long
    what was deleted can be recovered, in days (None: not told). `fault` says why it could not be read.
    """

    id: str
    name: str
    address: str = ""
    workspaces: tuple[WorkspaceRef, ...] = ()
    rbac: bool = False
    policies: tuple[AccessPolicy, ...] = ()
    purge_protection: bool = False
    soft_delete: bool | None = None
    retention_days: int | None = None
    network: Network = Network.OPEN
    location: str = ""
    tenant_id: str = ""
    tags: dict[str, str] = {}
    unread: str = ""
    fault: str = ""

    @property
    def model(self) -> str:
        """What decides about its secrets, in Azure's words."""
        if self.unread:
            return "?"
        return "roles" if self.rbac else "access policies"
