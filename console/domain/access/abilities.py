"""Abilities: a row for everybody who can, or might, do something in a workspace, and in short by which path."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from console.domain import scopes
from console.domain.access.assignments import Eligibility, RoleAssignment
from console.domain.access.facts import Facts
from console.domain.access.paths import Hold, Path, paths
from console.domain.access.places import Place
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.verbs import INDEX, Verb
from console.domain.access.verdicts import Cell, Matrix, Row, Verdict

#: How everybody is called who holds nothing that was read.
ANYBODY = "anybody else"
#: The holds that a path of a way with this verdict may have.
_HOLDS = {
    Verdict.YES: (Hold.GRANTED,),
    Verdict.BY_KEY: (Hold.GRANTED,),
    Verdict.ONESELF: (Hold.GRANTED,),
    Verdict.ELIGIBLE: (Hold.ELIGIBLE, Hold.GRANTED),
    Verdict.CONDITIONAL: (Hold.CONDITIONAL, Hold.GRANTED, Hold.ELIGIBLE),
    Verdict.UNKNOWN: (Hold.UNKNOWN, Hold.GRANTED, Hold.ELIGIBLE, Hold.CONDITIONAL),
}


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """What a principal can do at a place: a cell for each of VERBS, in their order.

    `principal` is None where the directory was not read, or does not know it (`orphan`); its account is not told here: it is read for those
    in view alone, and decides nothing. `closed` is a group whose members were not read.
    `principal_id` is "" for anybody else: whoever holds nothing that was read.
    """

    place: Place
    principal_id: str
    cells: Row
    kind: PrincipalKind = PrincipalKind.UNKNOWN
    principal: Principal | None = None
    orphan: bool = False
    closed: bool = False

    @property
    def id(self) -> str:
        """One for a principal at a place."""
        return f"{self.place.workspace.id}/{self.principal_id or ANYBODY}"

    @property
    def label(self) -> str:
        if not self.principal_id:
            return ANYBODY
        return self.principal.label if self.principal is not None else self.principal_id

    def cell(self, verb: Verb) -> Cell:
        return self.cells[INDEX[verb.key]]


def ability(facts: Facts, matrix: Matrix, principal_id: str, told: PrincipalKind = PrincipalKind.UNKNOWN) -> Ability:
    """The row of one principal, a group too; `told` is its kind by what is assigned to it."""
    directory = facts.directory
    principal = directory.get(principal_id)
    kind = principal.kind if principal and principal.kind is not PrincipalKind.UNKNOWN else told
    return Ability(
        place=matrix.place,
        principal_id=principal_id,
        cells=matrix.row(principal_id),
        kind=kind,
        principal=msgspec.structs.replace(principal, guest=None, enabled=None) if principal is not None else None,
        orphan=principal_id in directory.gone,
        closed=facts.members(principal_id, kind) is None,
    )


def abilities(facts: Facts, matrix: Matrix) -> tuple[Ability, ...]:
    """The rows of a place by name, anybody else last where something of them is not known.

    Of a group whose members were read each member has a row; only one that stands for people who are not known is a row itself.
    """
    directory, kinds = facts.directory, facts.kinds()
    every = (ability(facts, matrix, who, kinds.get(who, PrincipalKind.UNKNOWN)) for who in matrix.rows)
    found = [each for each in every if each.closed or not (each.kind is PrincipalKind.GROUP or each.principal_id in directory.members)]
    found.sort(key=lambda each: (each.principal is None, each.label.casefold()))
    if any(cell.verdict is not Verdict.NO for cell in matrix.others):
        found.append(Ability(place=matrix.place, principal_id="", cells=matrix.others))
    return tuple(found)


class Shortest(msgspec.Struct, frozen=True):
    """How a cell comes about, in short: the `path` with the fewest groups that leads to its verdict; None where it has no path of its own.

    `words` say what the path is good for where that is not the verb itself. `others` counts further assignments that lead to the same.
    `through` is the managed identity that it goes by.
    """

    path: Path | None
    words: str = ""
    others: int = 0
    through: str = ""


class Routes:
    """The shortest paths of one place, found where they are asked for: each principal's from what concerns it alone."""

    def __init__(self, facts: Facts, place: Place) -> None:
        self.facts, self._place = facts, place
        self._held: dict[str, list[RoleAssignment]] = {}
        self._may: dict[str, list[Eligibility]] = {}
        for each in facts.assignments:
            self._held.setdefault(each.principal_id, []).append(each)
        for one in facts.eligibilities or ():
            self._may.setdefault(one.principal_id, []).append(one)
        kinds = facts.kinds()
        self._groups: dict[str, list[str]] = {}
        self._closed: list[str] = []
        for holder in (*self._held, *(each for each in self._may if each not in self._held)):
            members = facts.members(holder, kinds.get(holder))
            if members is None:
                self._closed.append(holder)
            for member in members or ():
                self._groups.setdefault(member, []).append(holder)
        self._known: dict[tuple[str, str], Shortest] = {}

    def shortest(self, row: Ability, verb: Verb) -> Shortest:
        """The shortest path of a cell of this place."""
        key = (row.principal_id, verb.key)
        if (found := self._known.get(key)) is None:
            found = self._known[key] = self._shortest(row, verb)
        return found

    def _shortest(self, row: Ability, verb: Verb) -> Shortest:
        cell = row.cell(verb)
        if cell.verdict is Verdict.NO or not row.principal_id:
            return Shortest(None)
        ways = [way for way, verdict in zip(verb.ways, cell.ways, strict=True) if verdict is cell.verdict]
        if not ways and cell.through:
            return Shortest(None, through=cell.through[0])
        own = self.own(row.principal_id)
        best: Shortest | None = None
        sources: set[str] = set()
        holds = _HOLDS[cell.verdict]
        for way in ways:
            every = (path for need in way.needs for path in paths(own, self._place, row.principal_id, need))
            found = [path for path in every if path.hold in holds]
            sources.update(path.source for path in found)
            for path in found:
                if best is None or best.path is None or _rank(cell.verdict, path) < _rank(cell.verdict, best.path):
                    best = Shortest(path, "" if cell.verdict is Verdict.YES and len(verb.ways) == 1 else way.words)
        return Shortest(None) if best is None else msgspec.structs.replace(best, others=len(sources) - 1)

    def own(self, principal_id: str) -> Facts:
        """The facts without the assignments that cannot be the principal's."""
        holders = (principal_id, *self._groups.get(principal_id, ()), *(each for each in self._closed if each != principal_id))
        return msgspec.structs.replace(
            self.facts,
            assignments=tuple(each for holder in holders for each in self._held.get(holder, ())),
            eligibilities=tuple(each for holder in holders for each in self._may.get(holder, ())),
        )


def _rank(verdict: Verdict, path: Path) -> tuple[int, int, int, str]:
    return _HOLDS[verdict].index(path.hold), len(path.via), -scopes.key(path.scope).count("/"), path.source


def route_words(found: Shortest, facts: Facts, scope: Callable[[str], str]) -> str:
    """A shortest path in one line, groups first: `ml-ops → Contributor @ sub contoso`; `scope` names scopes in short."""
    if found.through:
        return f"runs jobs as {facts.name(found.through)}"
    path = found.path
    if path is None:
        return ""
    groups = "".join(f"{facts.name(each)} → " for each in path.via)
    if path.hold is Hold.UNKNOWN and path.why:
        return f"{groups}{path.role.name if path.role else path.role_guid or 'a role'} @ {scope(path.scope)}: {path.why}"
    role = path.role.name if path.role is not None else path.role_guid or "access policy"
    more = f" (+{found.others})" if found.others > 0 else ""
    return f"{groups}{role} @ {scope(path.scope)}{more}"
