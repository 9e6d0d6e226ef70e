"""Explanation: why a cell of the matrix is what it is, what one principal holds, and where two of them differ. Sentences, no markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from console.domain.access.assignments import Eligibility
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.paths import Hold, Path, chain, denying, holders, paths, scope_words
from console.domain.access.places import Place
from console.domain.access.verbs import VERBS, Need, Verb, Way
from console.domain.access.verdicts import Cell, Matrix, Row, Verdict


class Tells(StrEnum):
    """What a sentence tells of."""

    GRANT = "grant"
    TAKEN_BACK = "taken back"
    DENIAL = "denial"
    CONDITION = "condition"
    UNREAD = "unread"
    INFERENCE = "inference"
    PROVIDED = "provided"
    LACK = "lack"


class Sentence(msgspec.Struct, frozen=True):
    """One sentence; `source` is the ARM id of what it rests on, "" where that is the console's own reasoning."""

    tells: Tells
    text: str
    source: str = ""


class WayTold(msgspec.Struct, frozen=True):
    """One way of a verb for a principal."""

    way: Way
    verdict: Verdict
    sentences: tuple[Sentence, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell is what it is: all ways that hold or may hold, best first; `against` tells what was granted and taken away again.

    `through` tells the managed identities that the principal can run jobs as. `gaps` are what could not be read, where that bears on it.
    """

    principal_id: str
    verb: Verb
    cell: Cell
    ways: tuple[WayTold, ...]
    against: tuple[Sentence, ...]
    through: tuple[Sentence, ...]
    gaps: tuple[str, ...]


def explain(facts: Facts, matrix: Matrix, principal_id: str, verb: Verb) -> Explanation:
    """The explanation of a principal's cell."""
    cell = matrix.cell(principal_id, verb)
    told = [
        WayTold(way, verdict, tuple(_way_sentences(facts, matrix.place, principal_id, way)))
        for way, verdict in zip(verb.ways, cell.ways, strict=True)
        if verdict is not Verdict.NO
    ]
    against: dict[Sentence, None] = {}
    for way, verdict in zip(verb.ways, cell.ways, strict=True):
        if verdict is Verdict.NO:
            against.update(dict.fromkeys(each for need in way.needs for each in _against(facts, matrix.place, principal_id, need)))
    return Explanation(
        principal_id=principal_id,
        verb=verb,
        cell=cell,
        ways=tuple(sorted(told, key=lambda each: each.verdict)),
        against=tuple(against),
        through=tuple(_identity(facts, principal_id, identity, verb) for identity in cell.through),
        gaps=matrix.gaps if cell.verdict is Verdict.UNKNOWN or cell.more or cell.may_be_denied else (),
    )


def _identity(facts: Facts, principal_id: str, identity: str, verb: Verb) -> Sentence:
    known = facts.directory.get(identity)
    text = f"{facts.name(principal_id)} can run a job as the managed identity {facts.name(identity)}, which can {verb.name}"
    resource = known.resource_id if known else ""
    if not resource:
        return Sentence(Tells.UNREAD, f"{text}, if it is one that can be assigned: its resource is not known.", identity)
    if "/computes/" in resource.lower():
        return Sentence(Tells.PROVIDED, f"{text}, where {scope_words(resource)} is a cluster.", resource)
    return Sentence(Tells.GRANT, f"{text}: by assigning it to a cluster.", resource)


def _way_sentences(facts: Facts, place: Place, principal_id: str, way: Way) -> Iterator[Sentence]:
    for need in way.needs:
        found = [path for path in paths(facts, place, principal_id, need) if path.hold is not Hold.TAKEN_BACK]
        for path in sorted(found, key=lambda each: _FIRM.index(each.hold)):
            yield from _path_sentences(facts, principal_id, need, path)
        yield from _denials(facts, place, principal_id, need)
        if not found:
            yield Sentence(Tells.UNREAD, f"Whether {facts.name(principal_id)} has {need.words} could not be found out.")
    if way.provided:
        yield Sentence(Tells.PROVIDED, f"This holds only where {way.provided}.")


_FIRM = (Hold.GRANTED, Hold.ELIGIBLE, Hold.CONDITIONAL, Hold.UNKNOWN)


def _path_sentences(facts: Facts, principal_id: str, need: Need, path: Path) -> Iterator[Sentence]:
    yield Sentence(Tells.UNREAD if path.hold is Hold.UNKNOWN else Tells.GRANT, path_words(facts, principal_id, need, path), path.source)
    for condition in path.conditions:
        yield Sentence(Tells.CONDITION, f"Only where this condition holds: {condition}", path.source)
    if path.part:
        yield Sentence(Tells.CONDITION, f"Only for {scope_words(path.part)}.", path.source)
    yield from _inference(path)


def _inference(path: Path) -> Iterator[Sentence]:
    if path.by_inference:
        text = f"It rests on /*/ in {', '.join(path.patterns)} standing for nothing, which Microsoft does not document."
        yield Sentence(Tells.INFERENCE, text, path.source)


def path_words(facts: Facts, principal_id: str, need: Need, path: Path) -> str:
    """The path as one sentence: who → groups → role → scope, and what it grants there."""
    if need.policy:
        grant = "an access policy"
    else:
        grant = path.role.name if path.role else f"the role {path.role_guid}" if path.role_guid else "a role"
    steps = " → ".join((*(facts.name(each) for each in (principal_id, *path.via)), grant))
    at = scope_words(path.scope)
    match path.hold:
        case Hold.UNKNOWN:
            return f"{steps} at {at} may grant {need.words}: {path.why}."
        case Hold.ELIGIBLE:
            return f"{steps} at {at} grants {need.words} once activated (PIM)."
        case Hold.TAKEN_BACK:
            return f"{steps} at {at} takes back {need.words}: {', '.join(path.patterns)}."
        case _:
            return f"{steps} at {at} grants {need.words}."


def _denials(facts: Facts, place: Place, principal_id: str, need: Need) -> Iterator[Sentence]:
    for against in denying(facts, place, principal_id, need):
        verb = "denies" if against.sure else "may deny"
        deny = against.deny
        text = f"The deny assignment {deny.name or deny.id} at {scope_words(deny.scope)} {verb} {need.words}."
        yield Sentence(Tells.DENIAL, text, deny.id)


def _against(facts: Facts, place: Place, principal_id: str, need: Need) -> Iterator[Sentence]:
    """What would have granted a need, and what took it away."""
    found = paths(facts, place, principal_id, need)
    for path in found:
        tells = Tells.TAKEN_BACK if path.hold is Hold.TAKEN_BACK else Tells.GRANT
        yield Sentence(tells, path_words(facts, principal_id, need, path), path.source)
        yield from _inference(path)
    if any(path.hold is not Hold.TAKEN_BACK for path in found):
        yield from _denials(facts, place, principal_id, need)
    elif not found:
        yield Sentence(Tells.LACK, f"Nothing grants {need.words}.")


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a principal holds, may activate, or (not `sure`) may hold; `via` are the groups that it comes through."""

    source: str
    role_guid: str
    role: str
    scope: str
    via: tuple[str, ...] = ()
    condition: str = ""
    eligible: bool = False
    sure: bool = True


def holdings(facts: Facts, principal_id: str) -> tuple[Holding, ...]:
    """Everything a principal holds in what was read, its own before its groups', wide scopes before narrow ones."""
    whose = holders(facts, principal_id)
    found = [
        Holding(
            source=each.id,
            role_guid=each.role,
            role=role.name if (role := facts.role(each.role)) else each.role,
            scope=each.scope,
            via=chain(facts, principal_id, each.principal_id),
            condition=each.condition,
            eligible=isinstance(each, Eligibility),
            sure=whose[each.principal_id],
        )
        for each in facts.given
        if each.principal_id in whose
    ]
    return tuple(sorted(found, key=lambda each: (not each.sure, len(each.via), each.scope.count("/"), each.scope.lower(), each.role)))


def everywhere(facts: Facts, places: Iterable[Place], principal_id: str) -> tuple[tuple[Place, Row], ...]:
    """What a principal can do at each place."""
    return tuple((place, evaluate(facts, place).row(principal_id)) for place in places)


class Difference(msgspec.Struct, frozen=True):
    """A verb on which two principals, or two moments, differ."""

    verb: Verb
    one: Cell
    other: Cell


def differences(one: Row, other: Row) -> tuple[Difference, ...]:
    """The verbs whose verdicts differ."""
    pairs = zip(VERBS, one, other, strict=True)
    return tuple(Difference(verb, mine, theirs) for verb, mine, theirs in pairs if mine.verdict is not theirs.verdict)
