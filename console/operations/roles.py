"""Plans for custom roles: made, changed, deleted. azure-mgmt-authorization makes the requests."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.domain.access.assignments import PRESENT
from console.domain.access.naming import scope_words
from console.domain.access.role_text import LISTS, RoleDraft, text_of
from console.domain.access.role_verbs import verbs_of
from console.domain.access.roles import DEFINITION, RoleDefinition, fingerprint
from console.domain.access.verbs import Verb
from console.domain.permissions import Permission
from console.operations.access import Surroundings
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Settling, Step

if TYPE_CHECKING:
    from console.azure.request import Request

WRITE = "Microsoft.Authorization/roleDefinitions/write"
DELETE = "Microsoft.Authorization/roleDefinitions/delete"
#: Lines of a difference that are written out; the rest are counted.
MOST_LINES = 24
SLOW = "how long until whoever holds it has what changed: Azure's documentation says minutes, up to an hour was seen"


class Compiling(Protocol):
    """What makes requests of roles (console.azure.access_compiler). Its methods raise TroubleError."""

    async def role(
        self, scope: str, guid: str, name: str, description: str, permissions: Sequence[Permission], assignable: Sequence[str]
    ) -> Request: ...

    async def role_removal(self, scope: str, guid: str) -> Request: ...


def can_edit(role: RoleDefinition) -> str:
    """Why a role cannot be changed ("" when it can)."""
    if role.fault:
        return "its definition could not be read"
    return "" if role.custom else "a built-in role is Azure's own; N begins one like it"


def can_delete(role: RoleDefinition, assigned: int) -> str:
    """Why a role cannot be deleted ("" when it can); `assigned` counts the role assignments of it that are known."""
    if role.fault or not role.custom:
        return "its definition could not be read" if role.fault else "a built-in role is Azure's own"
    held = "1 role assignment has" if assigned == 1 else f"{assigned} role assignments have"
    return f"{held} it: remove them first (Azure: RoleDefinitionHasAssignments)" if assigned else ""


def as_role(draft: RoleDraft, guid: str) -> RoleDefinition:
    """A draft as the role that it will be."""
    return RoleDefinition(
        id=definition_id(draft.assignable_scopes, guid),
        guid=guid,
        name=draft.name,
        custom=True,
        description=draft.description,
        assignable_scopes=draft.assignable_scopes,
        permissions=(draft.permission,),
    )


def definition_id(scopes: Sequence[str], guid: str) -> str:
    """The ARM id at which a custom role is written: below the first of its assignable scopes."""
    return f"{scopes[0].rstrip('/')}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


async def create(compiler: Compiling, draft: RoleDraft, guid: str, around: Surroundings) -> Plan:
    """Make a role. Raises TroubleError where the request cannot be made."""
    role = as_role(draft, guid)
    undo = await _take(compiler, role, around)
    step = msgspec.structs.replace(await _put(compiler, role, around, None, _made(role)), undo=undo)
    return _plan(
        "create role", f"Create the role {role.name}", role, (step,), around, "Undo deletes the role again, unless it was assigned."
    )


async def change(
    compiler: Compiling, before: RoleDefinition, draft: RoleDraft, around: Surroundings, effects: Sequence[Effect] = ()
) -> Plan:
    """Change a role; `effects` tell who holds it and what that means for them. Raises TroubleError."""
    after = as_role(draft, before.guid)
    back = await _put(compiler, before, around, after, ())
    told = (*difference(before, after), *effects, Effect(Concern.UNCHECKED, SLOW))
    step = msgspec.structs.replace(await _put(compiler, after, around, before, told), undo=back)
    return _plan("change role", f"Change the role {before.name}", after, (step,), around, "Undo writes the role as it was.")


async def delete(compiler: Compiling, role: RoleDefinition, around: Surroundings) -> Plan:
    """Delete a role. Raises TroubleError."""
    undo = await _put(compiler, role, around, None, ())
    step = msgspec.structs.replace(await _take(compiler, role, around), undo=undo)
    note = "Undo makes the role again, under the same id."
    return _plan("delete role", f"Delete the role {role.name}", role, (step,), around, note, Danger.TYPED)


def difference(before: RoleDefinition, after: RoleDefinition) -> Iterator[Effect]:
    """What differs, line by line as a diff has it."""
    lines = [*_texts(before, after)]
    was, now = _lists(before), _lists(after)
    for name in (*LISTS, "AssignableScopes"):
        lines += [f"-{name}: {each}" for each in was[name] if each not in now[name]]
        lines += [f"+{name}: {each}" for each in now[name] if each not in was[name]]
    yield from (Effect(Concern.CHANGE, line) for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield Effect(Concern.CHANGE, f"and {len(lines) - MOST_LINES} more lines")
    gained, lost = verbs_of(after), verbs_of(before)
    if told := _verbs(verb for verb in gained if verb not in lost):
        yield Effect(Concern.ACCESS, f"whoever holds it can then {told}")
    if told := _verbs(verb for verb in lost if verb not in gained):
        yield Effect(Concern.ACCESS, f"by it nobody can any longer {told}")


def _made(role: RoleDefinition) -> Iterator[Effect]:
    verbs = _verbs(verbs_of(role))
    yield Effect(Concern.ACCESS, f"whoever it is assigned to can {verbs}" if verbs else "it lets nobody do any of the verbs by itself")
    yield Effect(Concern.ACCESS, "nobody has it until it is assigned")


def _texts(before: RoleDefinition, after: RoleDefinition) -> Iterator[str]:
    for name, was, now in (("Name", before.name, after.name), ("Description", before.description, after.description)):
        if was != now:
            yield f"-{name}: {was}"
            yield f"+{name}: {now}"


def _lists(role: RoleDefinition) -> dict[str, tuple[str, ...]]:
    blocks = role.permissions
    return {
        "Actions": tuple(each for block in blocks for each in block.actions),
        "NotActions": tuple(each for block in blocks for each in block.not_actions),
        "DataActions": tuple(each for block in blocks for each in block.data_actions),
        "NotDataActions": tuple(each for block in blocks for each in block.not_data_actions),
        "AssignableScopes": tuple(each.rstrip("/") for each in role.assignable_scopes),
    }


def _verbs(verbs: Iterator[Verb] | Sequence[Verb]) -> str:
    return ", ".join(verb.name for verb in verbs)


def _plan(
    verb: str, title: str, role: RoleDefinition, steps: tuple[Step, ...], around: Surroundings, note: str, danger: Danger = Danger.CONFIRM
) -> Plan:
    where = ", ".join(scope_words(scope, around.subscriptions) for scope in role.assignable_scopes[:3])
    more = f" and {len(role.assignable_scopes) - 3} more" if len(role.assignable_scopes) > 3 else ""
    typed = role.name if danger is Danger.TYPED else ""
    return Plan(verb=verb, title=title, where=f"assignable at {where}{more}", steps=steps, danger=danger, typed=typed, undo_note=note)


async def _put(
    compiler: Compiling,
    role: RoleDefinition,
    around: Surroundings,
    before: RoleDefinition | None,
    effects: Sequence[Effect] | Iterator[Effect],
) -> Step:
    """The step that writes a role over `before` (None: there is none)."""
    scope = role.assignable_scopes[0]
    request = await compiler.role(scope, role.guid, role.name, role.description, role.permissions, role.assignable_scopes)
    block = role.permissions[0] if role.permissions else Permission()
    draft = RoleDraft(name=role.name, description=role.description, permission=block, assignable_scopes=role.assignable_scopes)
    told = json.loads(text_of(draft)) | ({"Id": role.guid} if before is not None else {})
    return Step(
        target_id=definition_id(role.assignable_scopes, role.guid),
        target_name=role.name,
        request=request,
        permission=WRITE,
        at=scope,
        effects=tuple(effects),
        az=shlex.join(["az", "role", "definition", "update" if before is not None else "create", "--role-definition", json.dumps(told)]),
        sdk=f'client.role_definitions.create_or_update("{scope}", "{role.guid}", RoleDefinition(…))',
        rests_on=fingerprint(before) if before is not None else GONE,
        aspect=DEFINITION if before is not None else "",
        settles=Settling((fingerprint(role),), aspect=DEFINITION),
        about=around.about,
    )


async def _take(compiler: Compiling, role: RoleDefinition, around: Surroundings) -> Step:
    """The step that deletes a role."""
    scope = role.assignable_scopes[0]
    return Step(
        target_id=definition_id(role.assignable_scopes, role.guid),
        target_name=role.name,
        request=await compiler.role_removal(scope, role.guid),
        permission=DELETE,
        at=scope,
        effects=(Effect(Concern.ACCESS, "nobody has it, as far as assignments were read; Azure refuses while somebody does"),),
        az=shlex.join(["az", "role", "definition", "delete", "--name", role.guid, "--scope", scope]),
        sdk=f'client.role_definitions.delete("{scope}", "{role.guid}")',
        rests_on=PRESENT,
        settles=Settling(gone=True),
        about=around.about,
    )
