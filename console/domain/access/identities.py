"""Identities: what principals can do by running a job as a managed identity.

Source: "Set up authentication between Azure Machine Learning and other services" (Microsoft Learn): a job may use the identity of the
cluster that it runs on. Whoever creates compute, submits jobs and may assign a user-assigned identity runs jobs as that identity. Whoever
submits jobs runs them as the identity of a cluster that there is; that a compute is a cluster is not known here, so that this counts as
conditional. Identities that a cluster has already are not followed further than that.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from console.domain import scopes
from console.domain.access.facts import Facts
from console.domain.access.paths import Hold, by_roles, denying_at
from console.domain.access.places import At, Place, covers
from console.domain.access.principals import Principal
from console.domain.access.verbs import ATTACH_IDENTITY, INDEX, VERBS, Need
from console.domain.access.verdicts import Row, Verdict

_ATTACH = Need(ATTACH_IDENTITY, At.GROUP)
_HOLDS = {Hold.GRANTED: Verdict.YES, Hold.ELIGIBLE: Verdict.ELIGIBLE, Hold.CONDITIONAL: Verdict.CONDITIONAL, Hold.UNKNOWN: Verdict.UNKNOWN}


def through_identities(facts: Facts, place: Place, rows: Mapping[str, Row]) -> Mapping[str, Row]:
    """The rows with what each principal can do through managed identities that the directory told of."""
    known = facts.directory.principals
    identities = [found for one in rows if (found := known.get(one)) and found.service == "ManagedIdentity"]
    able = {one.id: [index for index, cell in enumerate(rows[one.id]) if cell.verdict <= Verdict.BY_KEY] for one in identities}
    identities = [one for one in identities if able[one.id]]
    if not identities:
        return rows
    return {who: _widened(facts, place, rows, who, [one for one in identities if one.id != who], able) for who in rows}


def _widened(
    facts: Facts, place: Place, rows: Mapping[str, Row], who: str, identities: list[Principal], able: Mapping[str, list[int]]
) -> Row:
    cells = list(rows[who])
    for identity in identities:
        lacking = [index for index in able[identity.id] if cells[index].verdict > Verdict.ONESELF]
        verdict = _running_as(facts, place, rows[who], who, identity) if lacking else Verdict.NO
        for index in lacking:
            if verdict is not Verdict.NO and verdict <= cells[index].verdict:
                through = (*cells[index].through, identity.id)
                cells[index] = msgspec.structs.replace(cells[index], verdict=verdict, through=through)
    assert len(cells) == len(VERBS)
    return tuple(cells)


def _running_as(facts: Facts, place: Place, row: Row, who: str, identity: Principal) -> Verdict:
    """How firmly a principal can run a job as an identity: ONESELF at best."""
    submit, create = _own(row, "submit-jobs"), _own(row, "create-compute")
    if covers(place.workspace.id, identity.resource_id) and "computes" in scopes.segments(identity.resource_id):
        return max(submit, Verdict.CONDITIONAL)
    if identity.resource_id and "userassignedidentities" not in scopes.segments(identity.resource_id):
        return Verdict.NO
    if max(submit, create) >= Verdict.NO:
        return Verdict.NO
    attach = attaching(facts, who, identity.resource_id)
    worst = max(submit, create, attach, Verdict.ONESELF)
    return worst if identity.resource_id or worst is Verdict.NO else max(worst, Verdict.UNKNOWN)


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
    return Verdict.UNKNOWN if against and verdict is not Verdict.NO else verdict
