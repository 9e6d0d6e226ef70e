"""A workspace with its companions, Azure's built-in roles, and short ways to say who holds what there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import console.emulator
from console.domain.access.assignments import DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.facts import Facts
from console.domain.access.places import Place, Vault
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.permissions import Permission
from console.domain.scopes import WorkspaceRef, key

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
WORKSPACE = WorkspaceRef(SUBSCRIPTION, "rg-ml", "ws-ml")
ROOT = f"/subscriptions/{SUBSCRIPTION}"
GROUP = WORKSPACE.group_id
PLACE = Place(
    WORKSPACE,
    storage=f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stml",
    vault=f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-ml",
    registry=f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crml",
)
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/contoso"
ADA, BOB, CARLA = "user-ada", "user-bob", "user-carla"
TEAM, PARENT = "group-team", "group-parent"
_serial = count()


@cache
def builtin() -> Mapping[str, RoleDefinition]:
    """Azure's built-in roles by GUID."""
    table = json.loads((Path(console.emulator.__file__).parent / "roles.json").read_bytes())
    return {
        guid: RoleDefinition(
            id=guid, guid=guid, name=name, permissions=tuple(Permission(*(tuple(part) for part in b[:4]), *b[4:]) for b in blocks)
        )
        for guid, name, blocks in table
    }


def guid(name: str) -> str:
    """The GUID of a built-in role."""
    return next(role.guid for role in builtin().values() if role.name == name)


def custom(*actions: str, **more: Any) -> RoleDefinition:
    """A custom role of one block."""
    name = f"custom-{next(_serial)}"
    return RoleDefinition(id=name, guid=name, name=name, custom=True, permissions=(Permission(actions=actions, **more),))


def held(principal: str, role: str | RoleDefinition, scope: str = WORKSPACE.id, **more: Any) -> RoleAssignment:
    """An assignment; the role by its name, or as it is."""
    found = role.guid if isinstance(role, RoleDefinition) else guid(role)
    return RoleAssignment(id=more.pop("id", f"assignment-{next(_serial)}"), scope=scope, role=found, principal_id=principal, **more)


def eligible(principal: str, role: str, scope: str = WORKSPACE.id, **more: Any) -> Eligibility:
    """An eligibility."""
    return Eligibility(id=f"eligibility-{next(_serial)}", scope=scope, role=guid(role), principal_id=principal, **more)


def denied(principals: Iterable[str], *actions: str, scope: str = GROUP, **more: Any) -> DenyAssignment:
    """A deny assignment of actions; more blocks as `permissions`."""
    permissions = more.pop("permissions", (Permission(actions=actions),))
    name = more.pop("name", f"deny-{next(_serial)}")
    return DenyAssignment(id=name, name=name, scope=scope, permissions=permissions, principals=frozenset(principals), **more)


def directory(members: Mapping[str, Iterable[str]] | None = None, **more: Any) -> Directory:
    """A directory that knows the people and the groups, and these transitive members."""
    people = {one: Principal(id=one, kind=PrincipalKind.USER, name=one, enabled=True) for one in (ADA, BOB, CARLA)}
    groups = {one: Principal(id=one, kind=PrincipalKind.GROUP, name=one) for one in (TEAM, PARENT)}
    read = {group: frozenset(inside) for group, inside in (members or {}).items()}
    return Directory(principals=people | groups | more.pop("principals", {}), members=read, **more)


def facts(*assignments: RoleAssignment, roles: Iterable[RoleDefinition] = (), **more: Any) -> Facts:
    """Facts in which everything was read: an RBAC vault, no denials, no eligibilities."""
    more.setdefault("directory", directory())
    more.setdefault("vaults", {key(PLACE.vault): Vault(id=PLACE.vault)})
    return Facts(roles={**builtin(), **{role.guid: role for role in roles}}, assignments=assignments, **more)
