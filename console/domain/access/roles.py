"""Role definitions: what a role lets its holder do (Microsoft.Authorization/roleDefinitions)."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from console.domain.access.assignments import PRESENT
from console.domain.permissions import Permission

#: Built-in roles by GUID: Microsoft renames them (Azure built-in roles, Microsoft Learn).
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"
COMPUTE_OPERATOR = "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815"
CONNECTION_SECRETS_READER = "ea01e6af-a1c1-4350-9563-ad00f8c72ec5"

#: The aspect of a role that is all that is in it.
DEFINITION = "definition"


class RoleDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A role, built in or `custom`. `guid` (lower case) is what assignments are matched by. `fault` says why it could not be read."""

    id: str
    guid: str
    name: str
    custom: bool = False
    description: str = ""
    assignable_scopes: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    fault: str = ""

    def aspect(self, name: str) -> str:
        """What a plan rests on, or leads to: that it is there, or what it is made of. Raises ValueError for anything else."""
        if name == DEFINITION:
            return fingerprint(self)
        if name:
            raise ValueError(f"a role definition has no {name!r}")
        return PRESENT

    @property
    def last_changed(self) -> datetime | None:
        """Not known: not every version of Azure's answer tells it."""
        return None

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False


#: What the roles that PIM is used for most grant ("Azure built-in roles", Microsoft Learn), for whoever may not read definitions.
DOCUMENTED = {
    each.guid: each
    for each in (
        RoleDefinition(id="", guid=OWNER, name="Owner", permissions=(Permission(actions=("*",)),)),
        RoleDefinition(
            id="",
            guid=CONTRIBUTOR,
            name="Contributor",
            permissions=(
                Permission(
                    actions=("*",),
                    not_actions=(
                        "Microsoft.Authorization/*/Delete",
                        "Microsoft.Authorization/*/Write",
                        "Microsoft.Authorization/elevateAccess/Action",
                        "Microsoft.Blueprint/blueprintAssignments/write",
                        "Microsoft.Blueprint/blueprintAssignments/delete",
                        "Microsoft.Compute/galleries/share/action",
                        "Microsoft.Purview/consents/write",
                        "Microsoft.Purview/consents/delete",
                        "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
                        "Microsoft.Subscription/cancel/action",
                        "Microsoft.Subscription/enable/action",
                    ),
                ),
            ),
        ),
        RoleDefinition(
            id="",
            guid=USER_ACCESS_ADMINISTRATOR,
            name="User Access Administrator",
            permissions=(Permission(actions=("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")),),
        ),
    )
}


def fingerprint(role: RoleDefinition) -> str:
    """A word for all that is in a role; the order of its operations and scopes, and the case of scopes, do not count."""
    blocks = sorted(
        [sorted(each) for each in (block.actions, block.not_actions, block.data_actions, block.not_data_actions)]
        for block in role.permissions
    )
    scopes = sorted(scope.rstrip("/").lower() for scope in role.assignable_scopes)
    told = msgspec.json.encode((role.name, role.description, blocks, scopes))
    return f"definition {hashlib.sha256(told).hexdigest()[:12]}"


def is_role(arm_id: str) -> bool:
    """Whether an ARM id is that of a role definition."""
    return "/providers/microsoft.authorization/roledefinitions/" in arm_id.lower()


def guid_of(role_definition_id: str) -> str:
    """The GUID at the end of a role definition's id, in lower case."""
    return role_definition_id.rstrip("/").rsplit("/", 1)[-1].lower()


class RoleInUse(msgspec.Struct, frozen=True, kw_only=True):
    """A role with how many of the role assignments that were read are of it, and of the eligibilities."""

    role: RoleDefinition
    assigned: int = 0
    eligible: int = 0

    @property
    def worth_a_look(self) -> bool:
        """Whether somebody has it, or made it, or it could not be read."""
        return bool(self.role.custom or self.role.fault or self.assigned or self.eligible)

    @property
    def operations(self) -> int:
        """How many strings it grants by."""
        return sum(len(block.actions) + len(block.data_actions) for block in self.role.permissions)
