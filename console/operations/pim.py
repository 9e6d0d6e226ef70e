"""Plans for activations: an eligible role is switched on for a time, with a justification (PIM)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from console.azure.access_compiler import Activating
from console.domain.access.naming import scope_words
from console.domain.access.pim import PROVISIONED, OwnRole
from console.operations.access import Surroundings
from console.operations.plan import GONE, Concern, Effect, Plan, Settling, Step
from console.operations.spread import Spread

if TYPE_CHECKING:
    from console.azure.request import Request

#: Hours that PIM lets a role be active unless the policy says otherwise (PIM's default).
MOST_HOURS = 8
#: What the request writes. No role grants it: the policy of the role decides.
WRITE = "Microsoft.Authorization/roleAssignmentScheduleRequests/write"


class Compiling(Protocol):
    """What makes requests of activations (console.azure.access_compiler). Its methods raise TroubleError."""

    async def activation(self, wanted: Activating) -> Request: ...

    async def activation_validation(self, wanted: Activating) -> Request: ...


def can_activate(role: OwnRole) -> str:
    """Why a role cannot be activated ("" when it can)."""
    if role.fault:
        return "Azure's answer about it could not be read"
    return "it is active already" if role.active else "" if role.schedule_id else "Azure did not tell its eligibility schedule"


def wish(role: OwnRole, me: str, hours: int, justification: str, ticket: str = "") -> Activating:
    """An activation as the request needs it. `me` is the object id of the signed-in user, also for an eligibility through a group."""
    parts = role.scope.strip("/").split("/")
    below = f"/{parts[0]}/{parts[1]}" if len(parts) > 1 and parts[0].lower() == "subscriptions" else ""
    return Activating(
        scope=role.scope,
        role=f"{below}/providers/Microsoft.Authorization/roleDefinitions/{role.role}",
        principal_id=me,
        eligibility=role.schedule_id,
        duration=f"PT{hours}H",
        justification=justification,
        ticket=ticket,
        condition=role.condition,
    )


async def activate(
    compiler: Compiling, role: OwnRole, hours: int, justification: str, ticket: str, around: Surroundings, lets: str = ""
) -> Plan:
    """Activate a role for some hours; `lets` is what that lets one do. Raises TroubleError where the request cannot be made."""
    request = await compiler.activation(wish(role, around.me, hours, justification, ticket))
    where, length = scope_words(role.scope, around.subscriptions), f"{hours} h"
    step = Step(
        target_id=request.path,
        target_name=role.name,
        request=request,
        # Whether one may is the policy's matter: no permission stands for it.
        permission="",
        effects=(
            Effect(Concern.ACCESS, f"you hold {role.name} on {where} for {length}; it ends by itself"),
            *((Effect(Concern.ACCESS, f"then you can {lets}"),) if lets else ()),
            Effect(Concern.UNCHECKED, "whether somebody has to approve it: then it waits for them"),
        ),
        az="",
        sdk=f'client.role_assignment_schedule_requests.create("{role.scope}", "{request.path.rsplit("/", 1)[-1]}", …)',
        rests_on=GONE,
        settles=Settling((PROVISIONED,)),
        spread=Spread(
            scope=role.scope,
            permissions=role.definition.permissions if role.definition is not None else (),
            mine=role.definition is not None,
            who="you",
        ),
        about=around.about,
    )
    return Plan(
        verb="activate",
        title=f"Activate {role.name} on {where} for {length}",
        where=where,
        steps=(step,),
        undo_note="Nothing takes it back here; it ends by itself, and the portal ends it earlier (five minutes after it began).",
    )
