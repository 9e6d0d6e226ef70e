"""Access findings: grants that stayed behind, reach too far or are about to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from console.domain import durations
from console.domain.access.grants import Flag, Grant, flags
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source, worst_first

#: Flag → how much it presses, in three or four words, what it means (after "NAME holds ROLE: "), and what mends it.
#: That a role is held directly is told on its row, but is no trouble by itself.
SAID: Mapping[Flag, tuple[Severity, str, Callable[[Grant, datetime], str], str]] = {
    Flag.ORPHAN: (
        Severity.WARNING,
        "orphaned assignment",
        lambda _grant, _now: "the directory does not know this principal any more",
        "Remove it: it counts against the 4,000 of the subscription, and tells nobody anything.",
    ),
    Flag.DISABLED: (
        Severity.WARNING,
        "access of a disabled account",
        lambda _grant, _now: "the account is disabled, and has all of it again on the day that it is enabled",
        "Remove it, and look at what else the account holds (P).",
    ),
    Flag.GUEST_WRITES: (
        Severity.WARNING,
        "a guest may change things",
        lambda _grant, _now: "a guest of the tenant holds a role that does more than read",
        "Ask who needs it; give it for a time, or take it away.",
    ),
    Flag.OWNER: (
        Severity.WARNING,
        "Owner of a subscription",
        lambda _grant, _now: "an Owner of a whole subscription may do everything in it, and give it to others",
        "Give a narrower role at a narrower scope, or make it eligible (PIM); then remove this one.",
    ),
    Flag.EMPTY: (
        Severity.NOTE,
        "a role for nobody",
        lambda _grant, _now: "nobody is in the group: whoever joins it has the role",
        "Remove it, if the group is not about to be filled.",
    ),
    Flag.EXPIRES: (
        Severity.NOTE,
        "access that ends soon",
        lambda grant, now: f"it ends {_when(grant, now)}",
        "Renew it in PIM, if it is still needed.",
    ),
}


def findings_of(grant: Grant, now: datetime) -> tuple[Finding, ...]:
    """What is found of a grant, the worst first."""
    if grant.fault:
        return ()
    return worst_first(_finding(grant, flag, now) for flag in flags(grant, now) if flag in SAID)


def _finding(grant: Grant, flag: Flag, now: datetime) -> Finding:
    severity, what, means, advice = SAID[flag]
    meaning = means(grant, now)
    where = grant.scope.rstrip("/").rsplit("/", 1)[-1]
    asked = Source.ROLES if flag in {Flag.OWNER, Flag.EXPIRES} else Source.DIRECTORY
    return Finding(
        rule=f"access-{flag}",
        about="access",
        subject_id=grant.id,
        subject_name=grant.label,
        what=what,
        claim=f"{grant.label} holds {grant.role_name} at {where}: {meaning}.",
        severity=severity,
        confidence=Confidence.OBSERVED,
        evidence=(
            Evidence(f"{grant.role_name} at {grant.scope}", Source.ROLES, grant.created_on),
            *((Evidence(meaning[:1].upper() + meaning[1:], asked),) if asked is Source.DIRECTORY else ()),
        ),
        since=grant.created_on,
        advice=advice,
        remedy=Remedy.NONE if flag is Flag.EXPIRES else Remedy.REMOVE,
    )


def _when(grant: Grant, now: datetime) -> str:
    return "?" if grant.until is None else "now" if grant.until <= now else f"in {durations.words(grant.until - now)}"
