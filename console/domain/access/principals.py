"""Principals: who roles are assigned to, and what the directory (Microsoft Graph) tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from console.domain.trouble import Trouble


class PrincipalKind(StrEnum):
    """`principalType` of a role assignment (published swagger); UNKNOWN where Azure says something else, or nothing."""

    USER = "User"
    GROUP = "Group"
    SERVICE_PRINCIPAL = "ServicePrincipal"
    FOREIGN_GROUP = "ForeignGroup"
    DEVICE = "Device"
    UNKNOWN = ""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something that the directory knows, by object id (lower case).

    `guest` and `enabled` are None where the directory did not tell; what follows is "" then. `service` is a service principal's type
    (`ManagedIdentity`, `Application`, …), `app_id` its application's, `resource_id` the ARM id of the resource that it is the identity of.
    """

    id: str
    kind: PrincipalKind
    name: str
    upn: str = ""
    mail: str = ""
    guest: bool | None = None
    enabled: bool | None = None
    service: str = ""
    app_id: str = ""
    resource_id: str = ""

    @property
    def label(self) -> str:
        """How a list names it: a user by the sign-in name, anything else by the display name."""
        return self.upn or self.name or self.id


class Account(msgspec.Struct, frozen=True):
    """What the directory tells of a user's account; None: it did not tell."""

    guest: bool | None = None
    enabled: bool | None = None


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of the directory. Keys are object ids in lower case.

    `gone` are ids that it was asked for and does not know: orphans. `members` are a group's transitive members, users and service
    principals and the groups between alike; a group whose members were not read, or could not be, is not in it. `trouble` says why the
    directory cannot be read (None: it can).
    """

    principals: Mapping[str, Principal] = {}
    gone: frozenset[str] = frozenset()
    members: Mapping[str, frozenset[str]] = {}
    trouble: Trouble | None = None

    def get(self, principal_id: str) -> Principal | None:
        return self.principals.get(principal_id.lower())
