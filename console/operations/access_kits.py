"""Plans for kits: the roles of a kit are assigned together; a custom role that one needs is made before."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.domain.access.assignments import PRESENT, RoleAssignment, condition_words
from console.domain.access.kits import TEMPLATES, Kit, Need, Template, there
from console.domain.access.places import At, Place
from console.domain.access.principals import Principal
from console.domain.access.roles import RoleDefinition
from console.domain.permissions import Permission
from console.operations import access
from console.operations.access import NOUNS, Compiling, Surroundings
from console.operations.access_bundle import Bundle, bundled, on
from console.operations.plan import GONE, Concern, Effect, Retry, Settling, Step

if TYPE_CHECKING:
    from console.azure.request import Request

MAKE_ROLE = "Microsoft.Authorization/roleDefinitions/write"
DELETE_ROLE = "Microsoft.Authorization/roleDefinitions/delete"
#: The space of this console's custom roles: one of a name in a subscription always gets the same GUID, and another than elsewhere, since
#: writing a role again would put other scopes in the place of those that it is assignable at.
NAMES = uuid.UUID("2f0d5b0e-77a8-5d0b-8a0c-3a5f3b7f9d11")
#: A principal, or a role, that was made just now may not be known yet where it is assigned.
NEW = Retry(
    codes=("PrincipalNotFound", "RoleDefinitionDoesNotExist"),
    sentence="Azure does not know the principal or the role yet; it may have been made just now",
)


class Making(Compiling, Protocol):
    """What makes requests of custom roles too (console.azure.access_compiler). Its methods raise TroubleError."""

    async def role(
        self, scope: str, guid: str, name: str, description: str, permissions: Sequence[Permission], assignable: Sequence[str]
    ) -> Request: ...

    async def role_removal(self, scope: str, guid: str) -> Request: ...


async def give(
    compiler: Making,
    kit: Kit,
    principals: Sequence[Principal],
    place: Place,
    needs: Sequence[Need],
    roles: Sequence[RoleDefinition],
    held: Sequence[RoleAssignment],
    around: Surroundings,
    totals: Sequence[Effect] = (),
) -> Bundle:
    """A kit for principals in a workspace: what is missing of it becomes steps. Raises TroubleError where requests cannot be made.

    `needs` are what the kit comes to there, none with a fault; `roles` those that are known, `held` the assignments that there are.
    """
    notes, steps = [], []
    quiet = msgspec.structs.replace(around, outlook={})
    made: dict[str, RoleDefinition] = {}
    for need in needs:
        if need.missing:
            notes.append(f"{place.workspace.name} has no {need.part.at} yet: {need.part.name} is left out; give the kit again once it has")
            continue
        if need.warning:
            notes.append(need.warning)
        role = need.role
        if role is None and need.template is not None:
            role = made.get(need.template.name) or made_from(need.template, place, roles)
            made[need.template.name] = role
        assert role is not None, "a need without a fault has a role or a template"
        for each in principals:
            if (known := there(held, each.id, role.guid, need.scope)) is not None:
                under = f", under the condition {condition_words(known.condition)}" if known.condition else ""
                notes.append(f"already there: {role.name} {on(need.scope, around)} for {each.label}{under}")
            else:
                plan = await access.assign(compiler, [each], role, need.scope, quiet)
                follows = (role.id,) if role.name in made else ()
                steps += [msgspec.structs.replace(step, retry=NEW, follows=follows) for step in plan.steps]
    for name, role in made.items():
        users = [step for step in steps if role.id in step.follows]
        steps.insert(0, await _make_role(compiler, role, place, around, tuple(step.target_id for step in users)))
        notes.append(f"{name} is not there and is made first; Azure may take some minutes until everybody sees a new role")
    to = f"{NOUNS[principals[0].kind]} {principals[0].label}" if len(principals) == 1 else f"{len(principals)} principals"
    return bundled("give kit", f"Give the kit {kit.name} to {to} on {place.workspace.name}", steps, around, notes, totals)


def made_from(template: Template, place: Place, roles: Sequence[RoleDefinition]) -> RoleDefinition:
    """The custom role as it will be: assignable in the whole subscription, so that its other workspaces need no second one."""
    subscription = place.scope(At.SUBSCRIPTION)
    base = next(each for each in roles if each.guid == template.base)
    guid = str(uuid.uuid5(NAMES, f"{subscription}|{template.name}".lower()))
    return RoleDefinition(
        id=f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
        guid=guid,
        name=template.name,
        custom=True,
        description=template.description,
        assignable_scopes=(subscription,),
        permissions=template.permissions(base),
    )


async def _make_role(compiler: Making, role: RoleDefinition, place: Place, around: Surroundings, users: tuple[str, ...]) -> Step:
    """The step that makes a custom role; its undo comes after that of the assignments: Azure keeps a role that is assigned."""
    (scope,) = role.assignable_scopes
    withheld = ", ".join(each.rpartition("workspaces/")[2] for each in TEMPLATES[role.name.lower()].withheld)
    undo = Step(
        target_id=role.id,
        target_name=role.name,
        request=await compiler.role_removal(scope, role.guid),
        permission=DELETE_ROLE,
        at=scope,
        effects=(Effect(Concern.ACCESS, f"the custom role {role.name} goes"),),
        az=f"az role definition delete --name {role.guid} --scope {shlex.quote(scope)}",
        sdk=f'client.role_definitions.delete("{scope}", "{role.guid}")',
        rests_on=PRESENT,
        settles=Settling(gone=True),
        about=around.about,
        follows=users,
    )
    return Step(
        target_id=role.id,
        target_name=role.name,
        request=await compiler.role(scope, role.guid, role.name, role.description, role.permissions, role.assignable_scopes),
        permission=MAKE_ROLE,
        at=scope,
        effects=(
            Effect(Concern.CHANGE, f"a custom role is made, assignable in the whole subscription of {place.workspace.name}"),
            Effect(Concern.ACCESS, f"it withholds: {withheld}"),
        ),
        az=f"az role definition create --role-definition {shlex.quote(_az_json(role))}",
        sdk=f'client.role_definitions.create_or_update("{scope}", "{role.guid}", RoleDefinition(…))',
        rests_on=GONE,
        settles=Settling((PRESENT,)),
        undo=undo,
        about=around.about,
    )


def _az_json(role: RoleDefinition) -> str:
    """A role as the command line takes it (`az role definition create`)."""
    block = role.permissions[0]
    told = {
        "Name": role.name,
        "Id": role.guid,
        "Description": role.description,
        "Actions": block.actions,
        "NotActions": block.not_actions,
        "DataActions": block.data_actions,
        "NotDataActions": block.not_data_actions,
        "AssignableScopes": role.assignable_scopes,
    }
    return msgspec.json.encode(told).decode()
