"""Separation: who can do more than their work needs: by the design of a role, and beyond their role.

The line is the one that "Manage access to Azure Machine Learning workspaces" draws for the role of a data scientist: everything in the
workspace "except for creating or deleting compute resources and modifying the workspace itself".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from console.domain.access.explanation import path_words
from console.domain.access.facts import Facts
from console.domain.access.guards import Removal
from console.domain.access.paths import Hold, Path, denying, paths, scope_words
from console.domain.access.places import Place, covers
from console.domain.access.principals import PrincipalKind
from console.domain.access.role_verbs import SECRETS, verb_names, verbs_of
from console.domain.access.roles import DATA_SCIENTIST, RoleDefinition
from console.domain.access.verbs import BY_KEY, Kind, Need, Verb, Way
from console.domain.access.verdicts import Cell, Matrix, Verdict

#: What somebody who works in a workspace is not meant to do.
APART = ("create-compute", "delete-compute", "manage-workspace", "quota", "assign-roles", "budgets", "vault-secrets")


class ByDesign(msgspec.Struct, frozen=True, kw_only=True):
    """What a role grants by itself that separation would not have: one line, with what to do instead."""

    role: RoleDefinition
    verbs: tuple[str, ...]
    holders: int
    sentence: str
    remedy: str


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that lets somebody do more, and what would end it.

    `removal` takes away the assignment where it is the person's own, else the membership in the first of the groups it comes through;
    both are empty where it is not for the console to end (an eligibility, an access policy).
    """

    sentence: str
    source: str
    removal: Removal
    plan: str


class Beyond(msgspec.Struct, frozen=True, kw_only=True):
    """A verb that a person can do beyond their role, with everything that would have to end for them not to."""

    principal_id: str
    verb: Verb
    cell: Cell
    causes: tuple[Cause, ...]


class Separation(msgspec.Struct, frozen=True):
    """The check of a place; `unsure` are the data scientists of whom something asked for is not known, with the verbs."""

    by_design: tuple[ByDesign, ...]
    beyond: tuple[Beyond, ...]
    unsure: tuple[tuple[str, tuple[str, ...]], ...]


def check(facts: Facts, matrix: Matrix) -> Separation:
    """The separation check of a workspace."""
    scientists = _scientists(facts, matrix.place)
    beyond: list[Beyond] = []
    unsure: list[tuple[str, tuple[str, ...]]] = []
    for who in scientists:
        asked = [(BY_KEY[key], matrix.cell(who, BY_KEY[key])) for key in APART]
        beyond += [_beyond(facts, matrix.place, who, verb, cell) for verb, cell in asked if cell.verdict < Verdict.CONDITIONAL]
        if unknown := tuple(verb.name for verb, cell in asked if cell.verdict is Verdict.UNKNOWN):
            unsure.append((who, unknown))
    # What one could give to oneself follows from assigning roles, which is a line of its own.
    return Separation(_by_design(facts, len(scientists)), tuple(each for each in beyond if _of_its_own(each, beyond)), tuple(unsure))


def _of_its_own(each: Beyond, found: list[Beyond]) -> bool:
    assigning = any(other.principal_id == each.principal_id and other.verb.key == "assign-roles" for other in found)
    return not (assigning and each.cell.verdict is Verdict.ONESELF)


def _scientists(facts: Facts, place: Place) -> tuple[str, ...]:
    """The people (no groups, no services) who hold the role of a data scientist at the workspace, or would by activating it."""
    found: dict[str, None] = {}
    kinds = facts.kinds()
    for each in facts.given:
        if each.role == DATA_SCIENTIST and covers(each.scope, place.workspace.id, each.read_in):
            for who in (each.principal_id, *sorted(facts.members(each.principal_id, each.principal_kind) or ())):
                known = facts.directory.get(who)
                if (known.kind if known else kinds.get(who)) is PrincipalKind.USER:
                    found[who] = None
    return tuple(found)


def _by_design(facts: Facts, holders: int) -> tuple[ByDesign, ...]:
    role = facts.role(DATA_SCIENTIST)
    if role is None or not holders or not (secrets := verb_names(role, SECRETS)):
        return ()
    people = "1 person holds it" if holders == 1 else f"{holders} people hold it"
    keyed = BY_KEY["read-data"] in verbs_of(role, (Kind.KEY,))
    data = ", and with the keys read data that no storage role gives them" if keyed else ""
    sentence = f"{role.name} can {' and '.join(secrets)} by design{data}; {people} here."
    remedy = "Give a custom role without datastores/listsecrets, connections/listsecrets and listStorageAccountKeys instead."
    return (ByDesign(role=role, verbs=secrets, holders=holders, sentence=sentence, remedy=remedy),)


def _beyond(facts: Facts, place: Place, who: str, verb: Verb, cell: Cell) -> Beyond:
    causes: dict[str, Cause] = {}
    for way, verdict in zip(verb.ways, cell.ways, strict=True):
        if verdict <= Verdict.ELIGIBLE:
            for cause in causes_of(facts, place, who, way):
                causes.setdefault(cause.source + cause.plan, cause)
    return Beyond(principal_id=who, verb=verb, cell=cell, causes=tuple(causes.values()))


def causes_of(facts: Facts, place: Place, who: str, way: Way) -> Iterator[Cause]:
    """What lets somebody go a way, and what would end it: what holds now, or once activated, and is not denied."""
    for need in way.needs:
        if any(each.sure for each in denying(facts, place, who, need)):
            continue
        for path in paths(facts, place, who, need):
            if path.hold in (Hold.GRANTED, Hold.ELIGIBLE):
                yield _cause(facts, who, need, path)


def _cause(facts: Facts, who: str, need: Need, path: Path) -> Cause:
    sentence = path_words(facts, who, need, path)
    at, name = scope_words(path.scope), facts.name(who)
    role = path.role.name if path.role else path.role_guid
    removal = Removal()
    if path.via:
        removal = Removal(memberships=frozenset({(path.via[0], who)}))
        plan = f"End the membership of {name} in {facts.name(path.via[0])}."
    elif need.policy:
        plan = f"Take the access policy of {name} away from {at}."
    elif path.hold is Hold.ELIGIBLE:
        plan = f"End the eligibility of {name} for {role} at {at}."
    else:
        removal = Removal(assignments=frozenset({path.source}))
        plan = f"Remove {role} at {at} from {name}."
    return Cause(sentence=sentence, source=path.source, removal=removal, plan=plan)
