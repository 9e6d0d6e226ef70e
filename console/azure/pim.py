"""Privileged Identity Management of a subscription's roles: who may activate one, and what of those in force ends (published swagger).

Where a tenant has no licence for it, or the caller may not read it, Azure refuses: that PIM is not to be had is no failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.assignments import PROVIDER, kind_of, scope_of
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.timestamps import parse
from console.azure.unreadable import named
from console.domain import scopes
from console.domain.access.assignments import Activation, Eligibility
from console.domain.access.pim import ActivationRequest
from console.domain.access.roles import guid_of
from console.domain.readings import Reading

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2020-10-01"
#: Azure's published examples spell a subscription so; an ARM id of anything in it does not begin so.
_LONG = "/providers/Microsoft.Subscription/subscriptions/"


class _Role(msgspec.Struct, rename="camel"):
    display_name: str | None = None


class _Expanded(msgspec.Struct, rename="camel"):
    role_definition: _Role | None = None


class _Properties(msgspec.Struct, rename="camel"):
    scope: str | None = None
    role_definition_id: str | None = None
    principal_id: str | None = None
    principal_type: str | None = None
    role_eligibility_schedule_id: str | None = None
    origin_role_assignment_id: str | None = None
    assignment_type: str | None = None
    member_type: str | None = None
    condition: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    expanded_properties: _Expanded | None = None


class _Wire(msgspec.Struct):
    id: str
    properties: _Properties | None = None


class _Status(msgspec.Struct):
    status: str | None = None


class _Asked(msgspec.Struct):
    properties: _Status | None = None


_decoder = msgspec.json.Decoder(_Wire)


def eligibilities_request(subscription_id: str) -> Request:
    return _request(subscription_id, "roleEligibilityScheduleInstances")


def activations_request(subscription_id: str) -> Request:
    return _request(subscription_id, "roleAssignmentScheduleInstances")


async def read_eligibilities(arm: ArmClient, subscription_id: str) -> Reading[Eligibility]:
    """The roles that somebody may activate in a subscription. Raises TroubleError."""
    inside = frozenset({subscription_id.lower()})
    request = eligibilities_request(subscription_id)
    return await arm.read_all(request, lambda raw: decode_eligibility(raw, inside), lambda item: scopes.key(item.id))


async def read_activations(arm: ArmClient, subscription_id: str) -> Reading[Activation]:
    """What PIM tells of the role assignments in force in a subscription. Raises TroubleError."""
    return await arm.read_all(activations_request(subscription_id), decode_activation, lambda item: scopes.key(item.id))


async def read_own_eligibilities(arm: ArmClient, subscription_id: str) -> Reading[Eligibility]:
    """The roles that the caller may activate, through groups too. Raises TroubleError."""
    inside = frozenset({subscription_id.lower()})
    request = _own(eligibilities_request(subscription_id))
    return await arm.read_all(request, lambda raw: decode_eligibility(raw, inside), lambda item: scopes.key(item.id))


async def read_own_activations(arm: ArmClient, subscription_id: str) -> Reading[Activation]:
    """What PIM tells of the caller's own role assignments. Raises TroubleError."""
    return await arm.read_all(_own(activations_request(subscription_id)), decode_activation, lambda item: scopes.key(item.id))


async def read_request(arm: ArmClient, request_id: str) -> ActivationRequest:
    """A request for an activation as it is now. Raises TroubleError."""
    answer = await arm.send(Request(method="GET", path=request_id, api_version=API))
    try:
        properties = msgspec.json.decode(answer.body, type=_Asked).properties
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {request_id}", arm.clock.now()) from error
    return ActivationRequest(status=(properties.status if properties is not None else None) or "unknown")


def decode_eligibility(raw: bytes, read_in: frozenset[str] = frozenset()) -> Eligibility:
    """One eligibility as a row; never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        found, _ = named(raw)
        return Eligibility(id=found, scope=_short(scope_of(found)), read_in=read_in, fault=str(error))
    properties = wire.properties or _Properties()
    return Eligibility(
        id=wire.id,
        scope=_short(properties.scope or scope_of(wire.id)),
        role=guid_of(properties.role_definition_id or ""),
        principal_id=(properties.principal_id or "").lower(),
        principal_kind=kind_of(properties.principal_type),
        condition=properties.condition or "",
        schedule_id=properties.role_eligibility_schedule_id or "",
        member_type=properties.member_type or "",
        role_name=_role_name(properties),
        since=parse(properties.start_date_time),
        until=parse(properties.end_date_time),
        read_in=read_in,
    )


def decode_activation(raw: bytes) -> Activation:
    """What PIM tells of one role assignment; never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return Activation(id=named(raw)[0], fault=str(error))
    properties = wire.properties or _Properties()
    return Activation(
        id=wire.id,
        assignment_id=_short(properties.origin_role_assignment_id or ""),
        scope=_short(properties.scope or scope_of(wire.id)),
        role=guid_of(properties.role_definition_id or ""),
        principal_id=(properties.principal_id or "").lower(),
        activated=properties.assignment_type == "Activated",
        until=parse(properties.end_date_time),
    )


def _role_name(properties: _Properties) -> str:
    role = properties.expanded_properties.role_definition if properties.expanded_properties is not None else None
    return (role.display_name if role is not None else None) or ""


def _request(subscription_id: str, what: str) -> Request:
    return Request(method="GET", path=f"/subscriptions/{subscription_id}/providers/{PROVIDER}/{what}", api_version=API)


def _own(request: Request) -> Request:
    return msgspec.structs.replace(request, query={"$filter": "asTarget()"})


def _short(arm_id: str) -> str:
    return "/subscriptions/" + arm_id[len(_LONG) :] if arm_id.lower().startswith(_LONG.lower()) else arm_id
