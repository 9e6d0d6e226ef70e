"""Warnings: what to think of before a role is assigned, gravest first, and what the assignment would change in verbs."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

import msgspec

from console.domain import scopes
from console.domain.access.assignments import RoleAssignment
from console.domain.access.conditions import leaves_alone
from console.domain.access.evaluation import evaluate
from console.domain.access.explanation import Difference, differences
from console.domain.access.facts import Facts
from console.domain.access.guards import Removal, without
from console.domain.access.masks import covers_operation
from console.domain.access.paths import scope_words
from console.domain.access.places import Place
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.role_verbs import SECRETS, verb_names
from console.domain.access.roles import COMPUTE_OPERATOR, OWNER, RoleDefinition
from console.domain.access.verbs import ASSIGN


class Level(IntEnum):
    """How grave a warning is."""

    NOTE = 1
    CAUTION = 2
    DANGER = 3


class Rung(msgspec.Struct, frozen=True):
    """One warning."""

    level: Level
    sentence: str


class Proposal(msgspec.Struct, frozen=True):
    """An assignment that is about to be made; `principal` is None where the directory did not tell who it is."""

    role: RoleDefinition
    scope: str
    principal: Principal | None
    condition: str = ""


def ladder(proposal: Proposal) -> tuple[Rung, ...]:
    """The warnings, gravest first."""
    found = (*_of_role(proposal), *_of_scope(proposal), *_of_principal(proposal.principal))
    return tuple(sorted(found, key=lambda rung: -rung.level))


def _of_role(proposal: Proposal) -> Iterator[Rung]:
    role = proposal.role
    if role.fault:
        yield Rung(Level.CAUTION, f"What {role.name or role.guid} grants could not be read.")
        return
    assigning = [block for block in role.permissions if covers_operation(block, ASSIGN, False)]
    limited = not leaves_alone(proposal.condition, ASSIGN) or all(not leaves_alone(block.condition or "", ASSIGN) for block in assigning)
    if role.guid == OWNER and not limited:
        yield Rung(Level.DANGER, "Owner can do everything there and assign any role to anybody.")
    elif assigning and not limited:
        yield Rung(Level.DANGER, f"{role.name} can assign any role to anybody there, Owner to oneself included.")
    elif assigning:
        yield Rung(Level.CAUTION, f"{role.name} can assign roles there, as far as its condition allows.")
    elif any("*" in block.actions for block in role.permissions):
        yield Rung(Level.CAUTION, f"{role.name} can change and delete everything there but access.")
    for pattern in dict.fromkeys(pattern for block in role.permissions for pattern in block.data_actions if pattern.endswith("*")):
        yield Rung(Level.CAUTION, f"It grants every data operation of {pattern}: reading, changing and deleting alike.")
    if secrets := verb_names(role, SECRETS):
        yield Rung(Level.CAUTION, f"It can {' and '.join(secrets)}; taking the role away does not take back what was read.")
    if role.guid == COMPUTE_OPERATOR:
        yield Rung(Level.NOTE, "It lacks Microsoft.MachineLearningServices/workspaces/read: alone it cannot open the workspace in Studio.")


def _of_scope(proposal: Proposal) -> Iterator[Rung]:
    parts = [part for part in scopes.key(proposal.scope).split("/") if part]
    if not parts or parts[0] != "subscriptions":
        yield Rung(Level.DANGER, f"It holds in every subscription beneath {scope_words(proposal.scope)}.")
    elif len(parts) == 2:
        yield Rung(Level.CAUTION, f"It holds in every resource group of {scope_words(proposal.scope)}.")


def _of_principal(principal: Principal | None) -> Iterator[Rung]:
    if principal is None:
        yield Rung(Level.NOTE, "The directory did not tell who this is.")
        return
    if principal.enabled is False:
        yield Rung(Level.CAUTION, f"The account {principal.label} is disabled.")
    if principal.guest:
        yield Rung(Level.CAUTION, f"{principal.label} is a guest from another directory.")
    if principal.kind is PrincipalKind.USER:
        yield Rung(Level.NOTE, "A group is easier to review and to hand over than a person.")


def changes(
    facts: Facts,
    place: Place,
    principal_id: str,
    added: tuple[RoleAssignment, ...] = (),
    removal: Removal = Removal(),  # noqa: B008
) -> tuple[Difference, ...]:
    """The verbs that change for a principal at a place: before, and after these assignments and removals."""
    later = without(facts, removal)
    later = msgspec.structs.replace(later, assignments=(*later.assignments, *added))
    return differences(evaluate(facts, place).row(principal_id), evaluate(later, place).row(principal_id))
