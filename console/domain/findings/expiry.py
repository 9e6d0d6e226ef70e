"""Rules over what expires and has no rule of its own: applications' secrets and certificates, and signatures that were scanned."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.domain import durations
from console.domain.expiry import SOON, Expiring, Kind
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Severity

#: Time enough to make another and move everybody, and no more.
WEEK = timedelta(days=7)
RULES = {Kind.APP_SECRET: "app-secret-expires", Kind.APP_CERTIFICATE: "app-certificate-expires", Kind.SIGNATURE: "signature-expires"}
_ADVICE = {
    Kind.APP_SECRET: "Add a second secret in Entra ID, move who signs in by it, then end the first (f tells how).",
    Kind.APP_CERTIFICATE: "Add a second certificate in Entra ID, move who signs in by it, then end the first (f tells how).",
    Kind.SIGNATURE: "Issue another and paste it (f); or let identities in.",
}


def ending(row: Expiring, now: datetime) -> Finding | None:
    """What is found of one that ended, or ends within SOON; `now` is UTC. Other kinds are told by the rules of their own."""
    left = row.left(now)
    if row.kind not in RULES or row.due is None or left is None or left > SOON:
        return None
    over = left <= timedelta(0)
    what = {Kind.SIGNATURE: "signature"}.get(row.kind, str(row.kind))
    when = f"ended {durations.words(-left)} ago" if over else f"ends in {durations.words(left)}"
    owner = f"The {what} of {row.name}"
    more = f" and {len(row.breaks) - 3} more" if len(row.breaks) > 3 else ""
    hit = f" {'Broken' if over else 'Breaks then'}: {', '.join(row.breaks[:3])}{more}." if row.breaks else ""
    return Finding(
        rule=RULES[row.kind],
        subject_id=row.id,
        subject_name=row.name,
        what=f"{what} {'ended' if over else 'ends'}",
        claim=f"{owner} {when}.{hit}",
        severity=Severity.SERIOUS if left <= WEEK else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"{'It ended' if over else 'It ends'} on {row.due:%Y-%m-%d %H:%M} UTC", row.source, row.read_at),),
        unseen=(f"{row.unsure[:1].upper()}{row.unsure[1:]}.",) if row.unsure else (),
        since=row.due if over else None,
        advice=_ADVICE[row.kind],
        about="expiry",
    )
