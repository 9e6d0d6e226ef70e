"""Activating an eligible role for a while, and ending that early.

The emulator's policy is the one that Privileged Identity Management starts with: a justification, at most eight hours, no approval.
The failed rules are named as Azure names them. Which requests beyond self-activation are refused, and how, is the emulator's own.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.emulator.activity import steady_guid
from console.emulator.errors import gateway_error, invalid_content, seven_decimals
from console.emulator.estate import Activation, Eligibility, Estate, RoleAssignment
from console.emulator.pim import PROVIDER, TEMPLATE, VERSIONS, active, expanded, role_id
from console.emulator.rbac import reaches, subjects
from console.emulator.routing import Call, Reply, Route

KIND = "roleAssignmentScheduleRequests"
LONGEST = timedelta(hours=8)
SHORTEST = timedelta(minutes=5)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request as it was understood; `end` is None when it asks for no end or for one that cannot be read."""

    told: dict[str, Any]
    kind: str
    role: str
    start: datetime
    end: datetime | None
    justification: str


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _length(text: Any) -> timedelta | None:
    match = _DURATION.fullmatch(str(text))
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _end(schedule: Mapping[str, Any], start: datetime) -> datetime | None:
    expiration = schedule.get("expiration")
    if not isinstance(expiration, dict):
        return None
    if str(expiration.get("type", "")).lower() == "afterdatetime":
        return _moment(expiration.get("endDateTime"))
    length = _length(expiration.get("duration"))
    return None if length is None else start + length


def _wish(call: Call) -> _Wish | Reply:
    told = call.body.get("properties") if isinstance(call.body, dict) else None
    if not isinstance(told, dict) or not all(
        isinstance(told.get(name), str) for name in ("principalId", "roleDefinitionId", "requestType")
    ):
        return invalid_content("'principalId', 'roleDefinitionId' and 'requestType' are required.")
    if told["principalId"].lower() != call.principal_id:
        return gateway_error(403, "InsufficientPermissions", "The requestor does not have permissions for this request.")
    schedule = told.get("scheduleInfo") if isinstance(told.get("scheduleInfo"), dict) else {}
    now = call.world.clock.now()
    start = max(now, _moment((schedule or {}).get("startDateTime")) or now)
    role = told["roleDefinitionId"].rpartition("/")[2].lower()
    return _Wish(told, told["requestType"].lower(), role, start, _end(schedule or {}, start), str(told.get("justification") or "").strip())


def _eligibility(call: Call, wish: _Wish) -> Eligibility | None:
    """What makes the caller eligible for the role at the scope, or above it."""
    estate, now = call.world.estate, call.world.clock.now()
    who = subjects(estate, call.principal_id)
    linked = str(wish.told.get("linkedRoleEligibilityScheduleId") or "").rpartition("/")[2].lower()
    for held in estate.eligibilities.values():
        lasting = held.start <= now and (held.end is None or held.end > now)
        meant = held.role_definition_guid == wish.role and held.principal_id in who and linked in ("", held.schedule)
        if lasting and meant and reaches(estate, held.scope, call.param("scope")):
            return held
    return None


def _running(call: Call, role: str) -> tuple[str, Activation] | None:
    """The caller's own activation of a role at the scope, with the key of its assignment."""
    for key, one in active(call.world.estate).items():
        held = call.world.estate.role_assignments[key]
        if (held.principal_id, held.role_definition_guid, one.scope.lower()) == (call.principal_id, role, call.param("scope").lower()):
            return key, one
    return None


def _refusal(call: Call, wish: _Wish) -> Reply | None:
    try:
        uuid.UUID(call.param("name"))
    except ValueError:
        return gateway_error(400, "InvalidRoleAssignmentScheduleRequestId", "The name of a request must be a GUID.")
    if call.param("name").lower() in call.world.estate.activations:
        return gateway_error(400, "RoleAssignmentRequestExists", "A request of that name exists.")
    if wish.kind == "selfdeactivate":
        return _deactivation_refusal(call, wish)
    if wish.kind != "selfactivate":
        return gateway_error(400, "InvalidRequestType", f"Requests of the type '{wish.told['requestType']}' cannot be made here.")
    if _running(call, wish.role) is not None:
        return gateway_error(400, "RoleAssignmentExists", "The Role assignment already exists.")
    failed = []
    if _eligibility(call, wish) is None:
        failed.append("EligibilityRule")
    if not wish.justification:
        failed.append("JustificationRule")
    if wish.end is None or not SHORTEST <= wish.end - wish.start <= LONGEST:
        failed.append("ExpirationRule")
    if failed:
        message = f"The following policy rules failed: {json.dumps(failed, separators=(',', ':'))}"
        return gateway_error(400, "RoleAssignmentRequestPolicyValidationFailed", message)
    return None


def _deactivation_refusal(call: Call, wish: _Wish) -> Reply | None:
    running = _running(call, wish.role)
    if running is None:
        return gateway_error(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
    if call.world.clock.now() - running[1].start < SHORTEST:
        return gateway_error(400, "ActiveDurationTooShort", "The active duration is too short. Minimum required is 5 minutes.")
    return None


def _body(call: Call, one: Activation) -> dict[str, Any]:
    estate, told = call.world.estate, one.told
    schedule = told.get("scheduleInfo") if isinstance(told.get("scheduleInfo"), dict) else {}
    expiration = (schedule or {}).get("expiration") or {}
    kept = {name: expiration[name] for name in ("type", "endDateTime", "duration") if isinstance(expiration.get(name), str)}
    kind = "User" if one.requestor_id in estate.people else "ServicePrincipal"
    role = told["roleDefinitionId"].rpartition("/")[2].lower()
    properties: dict[str, Any] = {
        "targetRoleAssignmentScheduleId": one.schedule,
        "scope": one.scope,
        "roleDefinitionId": role_id(one.scope, role),
        "principalId": one.requestor_id,
        "principalType": kind,
        "requestType": told["requestType"],
        "status": one.status,
        "scheduleInfo": {"startDateTime": seven_decimals(one.start), "expiration": kept},
        "linkedRoleEligibilityScheduleId": one.eligibility.schedule,
        "justification": str(told.get("justification") or ""),
        "requestorId": one.requestor_id,
        "createdOn": seven_decimals(one.created_on),
        "expandedProperties": expanded(estate, one.scope, role, one.requestor_id, kind),
    }
    ticket = told.get("ticketInfo")
    if isinstance(ticket, dict):
        properties["ticketInfo"] = {name: ticket[name] for name in ("ticketNumber", "ticketSystem") if isinstance(ticket.get(name), str)}
    return {
        "properties": properties,
        "name": one.request,
        "id": f"{one.scope}/providers/{PROVIDER}/{KIND}/{one.request}",
        "type": f"{PROVIDER}/{KIND}",
    }


def _activation(call: Call, wish: _Wish) -> Activation:
    """The record of a request that is granted."""
    seed, now, name = call.world.estate.seed, call.world.clock.now(), call.param("name").lower()
    running = _running(call, wish.role) if wish.kind == "selfdeactivate" else None
    if running is not None:
        return replace(running[1], request=name, told=wish.told, status="Revoked", created_on=now, end=now)
    eligibility = _eligibility(call, wish)
    if eligibility is None or wish.end is None:
        raise AssertionError("A request that is granted has an eligibility and an end.")
    status = "Provisioned" if wish.start <= now else "ScheduleCreated"
    return Activation(
        request=name,
        scope=call.param("scope"),
        schedule=steady_guid(seed, "schedule", name),
        assignment=steady_guid(seed, "assignment", name),
        eligibility=eligibility,
        requestor_id=call.principal_id,
        told=wish.told,
        status=status,
        created_on=now,
        start=wish.start,
        end=wish.end,
    )


def _begin(call: Call, one: Activation) -> None:
    """Let the assignment be there from the start of an activation to its end; it counts at once."""
    world, estate = call.world, call.world.estate
    kind = "User" if one.requestor_id in estate.people else "ServicePrincipal"
    held = RoleAssignment(
        *(one.assignment, one.scope, one.eligibility.role_definition_guid, one.requestor_id, kind, one.start, one.requestor_id)
    )

    def begin() -> None:
        estate.role_assignments[held.id.lower()] = held
        estate.access_generation += 1
        one.status = "Provisioned"
        world.clock.at(one.end, lambda: _remove(estate, held.id.lower()))

    if one.start <= world.clock.now():
        begin()
    else:
        world.clock.at(one.start, begin)


def _remove(estate: Estate, key: str) -> None:
    if estate.role_assignments.pop(key, None) is not None:
        estate.access_generation += 1


def _checked(call: Call) -> _Wish | Reply:
    """What the request asks for, if the policy grants it; otherwise how it is refused."""
    wish = _wish(call)
    return wish if isinstance(wish, Reply) else _refusal(call, wish) or wish


def _put(call: Call) -> Reply:
    wish = _checked(call)
    if isinstance(wish, Reply):
        return wish
    one = _activation(call, wish)
    call.world.estate.activations[one.request] = one
    if one.status == "Revoked":
        running = _running(call, wish.role)
        _remove(call.world.estate, "" if running is None else running[0])
    else:
        _begin(call, one)
    return Reply(201, _body(call, one))


def _validate(call: Call) -> Reply:
    wish = _checked(call)
    if isinstance(wish, Reply):
        return wish
    return Reply(200, _body(call, _activation(call, wish)))


def _one(call: Call) -> Reply:
    found = call.world.estate.activations.get(call.param("name").lower())
    if found is None or found.requestor_id != call.principal_id:
        return gateway_error(404, "RoleAssignmentRequestNotFound", f"The request '{call.param('name')}' is not found.")
    return Reply(200, _body(call, found))


def routes() -> list[Route]:
    # Who may ask for what is the policy's matter, not that of a role.
    one = f"{TEMPLATE}/{KIND}/{{name}}"
    return [
        Route("PUT", one, _put, "schema", api_versions=VERSIONS),
        Route("GET", one, _one, "schema", api_versions=VERSIONS),
        Route("POST", f"{one}/validate", _validate, "schema", api_versions=VERSIONS, dry=True),
    ]
