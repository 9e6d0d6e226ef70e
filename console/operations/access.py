"""Plans for access: roles are assigned to principals, and taken from them again. azure-mgmt-authorization makes the requests."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.azure.access_compiler import NewAssignment, split
from console.domain.access.assignments import CONDITION, PRESENT, condition_words
from console.domain.access.grants import Grant, Pim, is_wide
from console.domain.access.naming import scope_words, typed_name
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.scopes import WorkspaceRef
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Retry, Settling, Step
from console.operations.spread import Spread

if TYPE_CHECKING:
    from console.azure.request import Request

WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
#: What a kind of principal is called in a sentence.
NOUNS = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_PRINCIPAL: "service principal",
    PrincipalKind.FOREIGN_GROUP: "foreign group",
    PrincipalKind.DEVICE: "device",
    PrincipalKind.UNKNOWN: "principal",
}
#: A principal made just now may not be known yet where roles are assigned (Troubleshoot Azure RBAC, "PrincipalNotFound").
NEW_PRINCIPAL = Retry(codes=("PrincipalNotFound",), sentence="Azure does not know the principal yet; it may have been made just now")
#: There is one assignment of a role to a principal at a scope (ARM, RoleAssignmentExists).
EXISTS = ("RoleAssignmentExists",)
UNREVOKED = "keys, SAS and tokens that they have already: a removal revokes none (tokens last up to an hour or so)"
UNDONE = "Undo assigns again what was removed: same name, condition and description; who granted it first and when is lost."


class Compiling(Protocol):
    """What makes requests of assignments (console.azure.access_compiler). Its methods raise TroubleError."""

    def warm(self) -> None: ...

    async def assignment(self, grant: NewAssignment) -> Request: ...

    async def validation(self, grant: NewAssignment) -> Request: ...

    async def removal(self, assignment_id: str) -> Request: ...


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan of access is made in: who plans it (`me`, an object id), the workspaces it concerns, names of subscriptions by id.

    `outlook` are sentences about what it lets whom do, before and after, by principal (object id in lower case).
    """

    me: str = ""
    about: tuple[WorkspaceRef, ...] = ()
    subscriptions: Mapping[str, str] = {}
    outlook: Mapping[str, tuple[str, ...]] = {}


async def assign(
    compiler: Compiling,
    principals: Sequence[Principal],
    role: RoleDefinition,
    scope: str,
    around: Surroundings,
    *,
    condition: str = "",
    description: str = "",
) -> Plan:
    """Assign a role at a scope to principals, an assignment for each. Raises TroubleError where the requests cannot be made."""
    steps, back = [], msgspec.structs.replace(around, outlook={})
    for principal in principals:
        held = granted(principal, role, scope, condition, description)
        undo = await _take(compiler, held, back)
        steps.append(msgspec.structs.replace(await _make(compiler, held, around), undo=undo))
    to = f"{NOUNS[principals[0].kind]} {principals[0].label}" if len(principals) == 1 else f"{len(principals)} principals"
    return Plan(
        verb="assign",
        title=f"Assign {role.name} to {to} on {scope_words(scope, around.subscriptions)}",
        where=where_of(scope, around),
        steps=tuple(steps),
        danger=Danger.TYPED if is_wide(scope) else Danger.CONFIRM,
        typed=typed_name(scope, around.subscriptions) if is_wide(scope) else "",
        undo_note="Undo removes the assignment again; keys that were read meanwhile stay known.",
    )


async def remove(compiler: Compiling, held: Sequence[Grant], around: Surroundings, *, orphans: bool = False) -> Plan:
    """Remove role assignments; `orphans` says that the directory knows their principals no longer. Raises TroubleError."""
    steps, back = [], msgspec.structs.replace(around, outlook={})
    for each in held:
        known = each.kind is not PrincipalKind.UNKNOWN  # else Azure would take a group for a user
        undo = msgspec.structs.replace(await _make(compiler, each, back), reason_in=()) if known else None
        steps.append(msgspec.structs.replace(await _take(compiler, each, around), undo=undo))
    wide = [each for each in held if is_wide(each.scope)]
    what = f"{held[0].role_name} from {who_of(held[0])}" if len(held) == 1 else f"{len(held)} role assignments"
    title = f"Remove {len(held)} orphaned role assignment{'' if len(held) == 1 else 's'}" if orphans else f"Remove {what}"
    places = tuple(dict.fromkeys(where_of(each.scope, around) for each in held))
    return Plan(
        verb="remove access" if not orphans else "remove orphans",
        title=title,
        where=", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else ""),
        steps=tuple(steps),
        danger=Danger.TYPED if wide or len(held) > 1 else Danger.CONFIRM,
        typed=str(len(held)) if len(held) > 1 else typed_name(wide[0].scope, around.subscriptions) if wide else "",
        undo_note="Nothing holds by an orphan; undo fails, since Azure assigns to nobody that it does not know." if orphans else UNDONE,
    )


def granted(principal: Principal, role: RoleDefinition, scope: str, condition: str = "", description: str = "") -> Grant:
    """A grant as it will be, with the id that follows from it."""
    new = NewAssignment(scope=scope, role=role.guid, principal_id=principal.id, principal_kind=principal.kind)
    return Grant(
        id=new.id,
        scope=scope,
        role=role.guid,
        principal_id=principal.id,
        principal_kind=principal.kind,
        principal=principal,
        definition=role,
        condition=condition.strip(),
        description=description.strip(),
    )


def can_remove(grant: Grant) -> str:
    """Why a grant cannot be removed as a role assignment ("" when it can)."""
    if grant.fault:
        return "Azure's answer about it could not be read"
    if grant.pim is Pim.ELIGIBLE:
        return "it may be activated, it is not assigned: PIM takes eligibilities away, in the portal"
    return f"{grant.label} has it through the group {grant.via}: remove it there, or take them out of the group" if grant.via else ""


def new_assignment(grant: Grant) -> NewAssignment:
    """A grant as the request that makes it needs it: under the name that it has."""
    return NewAssignment(
        scope=grant.scope,
        role=grant.role,
        principal_id=grant.principal_id,
        principal_kind=grant.kind,
        condition=grant.condition.strip(),
        description=grant.description.strip(),
        name=split(grant.id)[1],
    )


def who_of(grant: Grant) -> str:
    """`group ml-team`, `user ada@example.com`."""
    return f"{NOUNS[grant.kind]} {grant.label}"


def where_of(scope: str, around: Surroundings) -> str:
    """Where a change of access takes place, for a plan's heading."""
    try:
        place = WorkspaceRef.parse(scope)
    except ValueError:
        return scope_words(scope, around.subscriptions)
    return f"{place.name} · {place.resource_group}"


async def _make(compiler: Compiling, held: Grant, around: Surroundings) -> Step:
    """The step that makes an assignment as `held` tells it."""
    grant = new_assignment(held)
    return Step(
        target_id=held.id,
        target_name=held.label,
        request=await compiler.assignment(grant),
        permission=WRITE,
        at=held.scope,
        effects=tuple(_gains(held, around)),
        az=_az_create(grant, held),
        sdk=f'client.role_assignments.create("{grant.scope}", "{grant.guid}", RoleAssignmentCreateParameters(…))',
        rests_on=GONE,
        settles=Settling((condition_words(grant.condition),), aspect=CONDITION),
        retry=NEW_PRINCIPAL,
        already=EXISTS,
        spread=_spread(held, around, gained=True),
        about=around.about,
        reason_in=("properties", "description"),
    )


async def _take(compiler: Compiling, held: Grant, around: Surroundings) -> Step:
    """The step that removes an assignment."""
    return Step(
        target_id=held.id,
        target_name=held.label,
        request=await compiler.removal(held.id),
        permission=DELETE,
        at=held.scope,
        effects=(
            Effect(Concern.ACCESS, f"{who_of(held)} loses {held.role_name} on {scope_words(held.scope, around.subscriptions)}"),
            *_outlook(held, around),
            *(() if held.orphan else (Effect(Concern.UNCHECKED, UNREVOKED),)),
        ),
        az=f"az role assignment delete --ids {shlex.quote(held.id)}",
        sdk=f'client.role_assignments.delete("{held.scope}", "{split(held.id)[1]}")',
        rests_on=PRESENT,
        settles=Settling(gone=True),
        spread=_spread(held, around, gained=False),
        about=around.about,
    )


def _gains(held: Grant, around: Surroundings) -> Sequence[Effect]:
    under = f", under the condition {condition_words(held.condition)}" if held.condition else ""
    gains = f"{who_of(held)} gets {held.role_name} on {scope_words(held.scope, around.subscriptions)}{under}"
    everybody = held.principal is not None and held.principal.kind is PrincipalKind.GROUP
    effects = [Effect(Concern.ACCESS, gains + ("; so does everybody in it, now and later" if everybody else "")), *_outlook(held, around)]
    if is_wide(held.scope):
        effects.append(Effect(Concern.ACCESS, "everything beneath is reached, also what is made there later"))
    if held.principal is not None and held.principal.enabled is False:
        effects.append(Effect(Concern.UNCHECKED, "the account is disabled: it can use nothing of this until it is enabled"))
    return effects


def _outlook(held: Grant, around: Surroundings) -> Sequence[Effect]:
    return [Effect(Concern.ACCESS, sentence) for sentence in around.outlook.get(held.principal_id.lower(), ())]


def _spread(held: Grant, around: Surroundings, *, gained: bool) -> Spread:
    mine = bool(around.me) and held.principal_id.lower() == around.me.lower() and held.definition is not None
    permissions = held.definition.permissions if mine and held.definition is not None else ()
    return Spread(scope=held.scope, permissions=permissions, gained=gained, mine=mine, who=who_of(held))


def _az_create(grant: NewAssignment, held: Grant) -> str:
    words = ["az", "role", "assignment", "create", "--assignee-object-id", grant.principal_id]
    words += ["--assignee-principal-type", grant.principal_kind.value, "--role", held.role_name]
    words += ["--scope", grant.scope, "--name", grant.guid]
    if grant.condition:
        words += ["--condition", grant.condition, "--condition-version", "2.0"]
    if grant.description:
        words += ["--description", grant.description]
    return shlex.join(words)
