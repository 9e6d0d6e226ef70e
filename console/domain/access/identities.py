"""Identities: what principals can do by running a job as a managed identity.

Source: "Set up authentication between Azure Machine Learning and other services" (Microsoft Learn): a job may use the identity of the
cluster that it runs on. Whoever creates compute, submits jobs and may assign a user-assigned identity runs jobs as that identity. Whoever
submits jobs runs them as the identity of a cluster that there is; that a compute is a cluster is not known here, so that this counts as
conditional. Identities that a cluster has already are not followed further than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import cache

import msgspec

from console.domain import scopes
from console.domain.access.facts import Facts, What
from console.domain.access.paths import Hold, bearing, by_roles, denying_at
from console.domain.access.places import At, Place, covers
from console.domain.access.principals import Principal
from console.domain.access.reach import may_reach
from console.domain.access.verbs import ATTACH_IDENTITY, INDEX, Need
from console.domain.access.verdicts import Row, Verdict

_ATTACH = Need(ATTACH_IDENTITY, At.GROUP)
_HOLDS = {Hold.GRANTED: Verdict.YES, Hold.ELIGIBLE: Verdict.ELIGIBLE, Hold.CONDITIONAL: Verdict.CONDITIONAL, Hold.UNKNOWN: Verdict.UNKNOWN}


def through_identities(facts: Facts, place: Place, rows: Mapping[str, Row]) -> Mapping[str, Row]:
    """The rows with what each principal can do through managed identities that the directory told of."""
    known = facts.directory.principals
    identities = [found for one in rows if (found := known.get(one)) and found.service == "ManagedIdentity"]
    able = {one.id: [index for index, cell in enumerate(rows[one.id]) if cell.verdict <= Verdict.BY_KEY] for one in identities}
    routes = [(one, route) for one in identities if able[one.id] and (route := _route(place, one)) is not None]
    if not routes:
        return rows
    # Worked out when the first is asked for: mostly nobody has to be.
    assigning = cache(lambda: bearing(facts, ATTACH_IDENTITY))
    return {
        who: row if _own(row, "submit-jobs") is Verdict.NO else _widened(assigning, routes, row, who, able) for who, row in rows.items()
    }


class _Route(Enum):
    """How jobs come to run as an identity."""

    CLUSTER = auto()
    ASSIGNED = auto()
    UNKNOWN = auto()


def _route(place: Place, identity: Principal) -> _Route | None:
    """The route to an identity; None for that of something that runs no jobs of this workspace."""
    if not identity.resource_id:
        return _Route.UNKNOWN
    kinds = scopes.segments(identity.resource_id)
    if "userassignedidentities" in kinds:
        return _Route.ASSIGNED
    return _Route.CLUSTER if "computes" in kinds and covers(place.workspace.id, identity.resource_id) else None


def _widened(
    assigning: Callable[[], Facts],
    routes: list[tuple[Principal, _Route]],
    row: Row,
    who: str,
    able: Mapping[str, list[int]],
) -> Row:
    cells = list(row)
    for identity, route in routes:
        lacking = [index for index in able[identity.id] if cells[index].verdict > Verdict.ONESELF]
        verdict = _running_as(assigning, route, row, who, identity) if lacking and identity.id != who else Verdict.NO
        for index in lacking:
            if verdict is not Verdict.NO and verdict <= cells[index].verdict:
                through = (*cells[index].through, identity.id)
                cells[index] = msgspec.structs.replace(cells[index], verdict=verdict, through=through)
    return tuple(cells)


def _running_as(assigning: Callable[[], Facts], route: _Route, row: Row, who: str, identity: Principal) -> Verdict:
    """How firmly a principal who submits jobs can run one as an identity: ONESELF at best."""
    submit, create = _own(row, "submit-jobs"), _own(row, "create-compute")
    if route is _Route.CLUSTER:
        return max(submit, Verdict.CONDITIONAL)
    if create is Verdict.NO:
        return Verdict.NO
    worst = max(submit, create, attaching(assigning(), who, identity.resource_id), Verdict.ONESELF)
    return worst if route is _Route.ASSIGNED or worst is Verdict.NO else max(worst, Verdict.UNKNOWN)


def _own(row: Row, verb: str) -> Verdict:
    """How firmly something is held already: what one could give to oneself counts as that verb's own cell tells it."""
    verdict = row[INDEX[verb]].verdict
    return Verdict.NO if verdict is Verdict.ONESELF else verdict


def attaching(facts: Facts, who: str, identity: str) -> Verdict:
    """Whether a principal may assign an identity (ARM id); of an identity whose id is not known, whether it may assign any."""
    if not identity:
        given = {each.scope for each in facts.given if each.scope}
        return min((attaching(facts, who, scope) for scope in given), default=Verdict.NO)
    against = tuple(denying_at(facts, identity, who, _ATTACH))
    if any(each.sure for each in against):
        return Verdict.NO
    verdict = min((_HOLDS.get(path.hold, Verdict.NO) for path in by_roles(facts, who, _ATTACH, identity)), default=Verdict.NO)
    if verdict is Verdict.NO:
        unread = any(each.what is not What.DENIES and may_reach(each.scope, identity) for each in facts.unread)
        return Verdict.UNKNOWN if unread else Verdict.NO
    return Verdict.UNKNOWN if against else verdict
