"""Role and deny assignments of a subscription, and how many it may have (Microsoft.Authorization): requests out, JSON in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.timestamps import parse
from console.azure.unreadable import named
from console.domain import scopes
from console.domain.access.assignments import DenyAssignment, RoleAssignment, Usage
from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import guid_of
from console.domain.permissions import Permission
from console.domain.readings import Reading

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2022-04-01"
USAGE_API = "2019-08-01-preview"
PROVIDER = "Microsoft.Authorization"
_WITHIN = f"/providers/{PROVIDER}/"


class _Properties(msgspec.Struct, rename="camel"):
    scope: str | None = None
    role_definition_id: str | None = None
    principal_id: str | None = None
    principal_type: str | None = None
    condition: str | None = None
    condition_version: str | None = None
    description: str | None = None
    created_on: str | None = None
    created_by: str | None = None
    updated_on: str | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str | None = None
    properties: _Properties | None = None


class _Principal(msgspec.Struct):
    id: str | None = None


class _Blocks(msgspec.Struct, rename="camel"):
    actions: list[str] | None = None
    not_actions: list[str] | None = None
    data_actions: list[str] | None = None
    not_data_actions: list[str] | None = None
    condition: str | None = None
    condition_version: str | None = None


class _Denied(msgspec.Struct, rename="camel"):
    deny_assignment_name: str | None = None
    description: str | None = None
    scope: str | None = None
    permissions: list[_Blocks] | None = None
    principals: list[_Principal] | None = None
    exclude_principals: list[_Principal] | None = None
    do_not_apply_to_child_scopes: bool | None = None
    is_system_protected: bool | None = None


class _Deny(msgspec.Struct):
    id: str
    name: str | None = None
    properties: _Denied | None = None


class _Usage(msgspec.Struct, rename="camel"):
    role_assignments_limit: int | None = None
    role_assignments_current_count: int | None = None


_decoder = msgspec.json.Decoder(_Wire)
_deny_decoder = msgspec.json.Decoder(_Deny)


def scope_of(item_id: str) -> str:
    """The scope that an assignment's id begins with; "/" for the root."""
    return item_id[: item_id.lower().rfind(_WITHIN.lower())] or "/" if _WITHIN.lower() in item_id.lower() else ""


def kind_of(word: str | None) -> PrincipalKind:
    """A `principalType`; one that is new is UNKNOWN."""
    try:
        return PrincipalKind(word or "")
    except ValueError:
        return PrincipalKind.UNKNOWN


def list_request(scope: str) -> Request:
    """Everything at an ARM scope, above it and below it: no filter."""
    return Request(method="GET", path=f"{scope}/providers/{PROVIDER}/roleAssignments", api_version=API)


async def read(arm: ArmClient, scope: str, before: Reading[RoleAssignment] | None = None) -> Reading[RoleAssignment]:
    """The role assignments that reach into a subscription, or a part of it: unreadable ones are rows too. Raises TroubleError.

    Those that are unchanged since `before`, a reading in the same subscription, are the same objects.
    """
    inside = _subscription(scope)
    return await arm.read_all(list_request(scope), lambda raw: decode(raw, inside), lambda item: scopes.key(item.id), before=before)


async def read_one(arm: ArmClient, assignment_id: str) -> RoleAssignment:
    """A role assignment as it is now. Raises TroubleError, also where it cannot be read."""
    request = Request(method="GET", path=assignment_id, api_version=API)
    found = decode((await arm.send(request)).body)
    if found.fault:
        raise unreadable(found.fault, f"GET {assignment_id}", arm.clock.now())
    return found


async def read_denies(arm: ArmClient, scope: str) -> Reading[DenyAssignment]:
    """The deny assignments that reach into a subscription, or a part of it. Raises TroubleError."""
    request = Request(method="GET", path=f"{scope}/providers/{PROVIDER}/denyAssignments", api_version=API)
    inside = _subscription(scope)
    return await arm.read_all(request, lambda raw: decode_deny(raw, inside), lambda item: scopes.key(item.id))


async def read_usage(arm: ArmClient, subscription_id: str) -> Reading[Usage]:
    """How many role assignments a subscription has of those that it may have. Raises TroubleError."""
    path = f"/subscriptions/{subscription_id}/providers/{PROVIDER}/roleAssignmentsUsageMetrics"
    request = Request(method="GET", path=path, api_version=USAGE_API)
    answer = await arm.send(request)
    try:
        wire = msgspec.json.decode(answer.body, type=_Usage)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {path}", arm.clock.now()) from error
    found = Usage(subscription_id=subscription_id, used=wire.role_assignments_current_count, limit=wire.role_assignments_limit)
    return Reading((found,))


def decode(raw: bytes, read_in: frozenset[str] = frozenset()) -> RoleAssignment:
    """One role assignment as a row; never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        found, _ = named(raw)
        return RoleAssignment(id=found, name=found.rsplit("/", 1)[-1], scope=scope_of(found), read_in=read_in, fault=str(error))
    properties = wire.properties or _Properties()
    return RoleAssignment(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        scope=properties.scope or scope_of(wire.id),
        role=guid_of(properties.role_definition_id or ""),
        principal_id=(properties.principal_id or "").lower(),
        principal_kind=kind_of(properties.principal_type),
        condition=properties.condition or "",
        condition_version=properties.condition_version or "",
        description=properties.description or "",
        created_on=parse(properties.created_on),
        created_by=(properties.created_by or "").lower(),
        updated_on=parse(properties.updated_on),
        read_in=read_in,
    )


def decode_deny(raw: bytes, read_in: frozenset[str] = frozenset()) -> DenyAssignment:
    """One deny assignment as a row; never raises."""
    try:
        wire = _deny_decoder.decode(raw)
    except UNDECODABLE as error:
        found, _ = named(raw)
        return DenyAssignment(id=found, scope=scope_of(found), read_in=read_in, fault=str(error))
    properties = wire.properties or _Denied()
    return DenyAssignment(
        id=wire.id,
        name=properties.deny_assignment_name or wire.name or "",
        scope=properties.scope or scope_of(wire.id),
        permissions=tuple(map(_permission, properties.permissions or ())),
        principals=_ids(properties.principals),
        excluded=_ids(properties.exclude_principals),
        only_here=bool(properties.do_not_apply_to_child_scopes),
        system=bool(properties.is_system_protected),
        description=properties.description or "",
        read_in=read_in,
    )


def _subscription(scope: str) -> frozenset[str]:
    return frozenset({scopes.segments(scope).get("subscriptions", "").lower()})


def _permission(blocks: _Blocks) -> Permission:
    return Permission(
        actions=tuple(blocks.actions or ()),
        not_actions=tuple(blocks.not_actions or ()),
        data_actions=tuple(blocks.data_actions or ()),
        not_data_actions=tuple(blocks.not_data_actions or ()),
        condition=blocks.condition,
        condition_version=blocks.condition_version,
    )


def _ids(principals: list[_Principal] | None) -> frozenset[str]:
    return frozenset(each.id.lower() for each in principals or () if each.id)
