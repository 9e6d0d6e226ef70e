"""Plans for copying access: what one principal holds directly is assigned to another who lacks it; what cannot be copied is told."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import msgspec

from console.domain.access.assignments import RoleAssignment
from console.domain.access.grants import Grant, Pim
from console.domain.access.kits import there
from console.domain.access.places import Vault
from console.domain.access.principals import Principal
from console.operations import access
from console.operations.access import NOUNS, Compiling, Surroundings
from console.operations.access_bundle import Bundle, bundled, on
from console.operations.plan import Effect, Step


def copied(rows: Sequence[Grant], to: Principal, held: Sequence[RoleAssignment]) -> tuple[Grant, ...]:
    """What of somebody's rows can be assigned to another, and is not yet: held directly, for good, and read as a whole."""
    return tuple(each for each in rows if not _stays(each) and there(held, to.id, each.role, each.scope) is None)


def left(rows: Sequence[Grant], to: Principal, held: Sequence[RoleAssignment], around: Surroundings) -> tuple[str, ...]:
    """Sentences about what is not copied, and how it is had where there is a way."""
    notes: dict[str, None] = {}
    groups: dict[str, tuple[Grant, list[str]]] = {}
    for each in rows:
        if each.via:
            groups.setdefault(each.principal_id, (each, []))[1].append(each.role_name)
        elif why := _stays(each):
            notes[f"not copied: {each.role_name} {on(each.scope, around)}: {why}"] = None
        elif there(held, to.id, each.role, each.scope) is not None:
            notes[f"already there: {each.role_name} {on(each.scope, around)}"] = None
    for group_id, (each, names) in groups.items():
        what = ", ".join(dict.fromkeys(names))
        line = member_line("add", group_id, to.id)
        notes[f"not copied: {what} through the group {each.via}; instead: {line}"] = None
    return tuple(notes)


def policies_left(principal_id: str, vaults: Sequence[Vault]) -> tuple[str, ...]:
    """Access policies of somebody: they are no assignments, and are given at the vault."""
    return tuple(
        f"not copied: the access policy of the Key Vault {each.id.rsplit('/', 1)[-1]} ({', '.join(sorted(policy.secrets)) or 'no secrets'})"
        for each in vaults
        if not each.rbac
        for policy in each.policies
        if policy.object_id == principal_id
    )


async def copy(
    compiler: Compiling,
    rows: Sequence[Grant],
    to: Principal,
    of: str,
    held: Sequence[RoleAssignment],
    around: Surroundings,
    totals: Sequence[Effect] = (),
) -> Bundle:
    """What `of` (a name) holds, for another too, with conditions and descriptions. Raises TroubleError."""
    quiet = msgspec.structs.replace(around, outlook={})
    steps: list[Step] = []
    for each in copied(rows, to, held):
        assert each.definition is not None
        plan = await access.assign(
            compiler, [to], each.definition, each.scope, quiet, condition=each.condition, description=each.description
        )
        steps += plan.steps
    title = f"Copy the access of {of} to {NOUNS[to.kind]} {to.label}"
    return bundled("copy access", title, steps, around, left(rows, to, held, around), totals)


def member_line(verb: str, group_id: str, member_id: str) -> str:
    """The command that puts somebody into a group, or takes them out of it."""
    return shlex.join(["az", "ad", "group", "member", verb, "--group", group_id, "--member-id", member_id])


def _stays(grant: Grant) -> str:
    """Why a row cannot be copied as an assignment ("" where it can)."""
    if grant.via:
        return "it comes through a group"
    if grant.fault or grant.definition is None:
        return "it, or its role, could not be read"
    if grant.pim is Pim.ELIGIBLE:
        return "it may be activated (PIM), it is not assigned: make them eligible in the portal"
    if grant.pim is Pim.ACTIVE or grant.until is not None:
        return "PIM gives it for a time"
    return ""
