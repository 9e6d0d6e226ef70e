"""Facts: what was read of who has which roles where, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.access.assignments import DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.places import Vault
from console.domain.access.principals import Directory, PrincipalKind
from console.domain.access.roles import RoleDefinition


class What(StrEnum):
    """A kind of fact that can be missing."""

    ASSIGNMENTS = "role assignments"
    DENIES = "deny assignments"
    ELIGIBILITIES = "PIM eligibilities"


class Unread(msgspec.Struct, frozen=True):
    """What could not be read at a scope (and therefore what holds at it and below it is not known), and why, as a clause."""

    what: What
    scope: str
    why: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What access is decided from. `roles` are by GUID (lower case), `vaults` by the key of their ARM id.

    `denies` and `eligibilities` are None where their lists were not read at all; `unread` tells what could not be read of a part.
    """

    roles: Mapping[str, RoleDefinition] = {}
    assignments: tuple[RoleAssignment, ...] = ()
    denies: tuple[DenyAssignment, ...] | None = ()
    eligibilities: tuple[Eligibility, ...] | None = ()
    directory: Directory = Directory()
    vaults: Mapping[str, Vault] = {}
    unread: tuple[Unread, ...] = ()

    def role(self, guid: str) -> RoleDefinition | None:
        """The role; None where its definition was not read."""
        found = self.roles.get(guid)
        return None if found is None or found.fault else found

    def vault(self, arm_id: str) -> Vault | None:
        """The vault; None where it was not read."""
        found = self.vaults.get(scopes.key(arm_id))
        return None if found is None or found.fault else found

    @property
    def given(self) -> tuple[RoleAssignment | Eligibility, ...]:
        """The assignments and the eligibilities."""
        return (*self.assignments, *(self.eligibilities or ()))

    def kinds(self) -> dict[str, PrincipalKind]:
        """The kinds of principals as far as assignments tell them: where the directory cannot be read, nothing else does."""
        return {each.principal_id: each.principal_kind for each in self.given if each.principal_kind is not PrincipalKind.UNKNOWN}

    def members(self, principal_id: str, kind: PrincipalKind | None = None) -> frozenset[str] | None:
        """The transitive members of a principal, none where it is no group; None where they are unread and it is, or may be, a group.

        `kind` is what an assignment says of it: it counts where the directory does not tell.
        """
        directory = self.directory
        if (found := directory.members.get(principal_id)) is not None:
            return found
        if principal_id in directory.gone:
            return frozenset()
        known = directory.principals.get(principal_id)
        sort = known.kind if known and known.kind is not PrincipalKind.UNKNOWN else kind
        return frozenset() if sort in _SINGLE else None

    def name(self, principal_id: str) -> str:
        """How the principal is named in a sentence."""
        known = self.directory.get(principal_id)
        return known.label if known else principal_id or "a principal that Azure did not name"


_SINGLE = frozenset({PrincipalKind.USER, PrincipalKind.SERVICE_PRINCIPAL, PrincipalKind.DEVICE})
