"""Rules over connections: what ended or ends soon, what is newer in the vault, and secrets that everybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from console.domain.connections import Connection
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source
from console.domain.secret_state import SecretState, unusable

#: How long before its end a credential is worth a finding, and how long before it presses.
SOON, AT_ONCE = timedelta(days=14), timedelta(days=3)


def of(row: Connection, secret: SecretState | None, now: datetime) -> Iterator[Finding]:
    """What is found of a connection; `secret` is what is known of the vault secret behind it, `now` is UTC."""
    if row.fault:
        return
    yield from _ending(row, now)
    if secret is not None:
        yield from _behind(row, secret, now)
    if row.hidden:
        yield _readable(row)
    if row.error:
        yield _failing(row)


def _ending(row: Connection, now: datetime) -> Iterator[Finding]:
    left = row.left(now)
    if row.expires is None or left is None or left > SOON:
        return
    over = left <= timedelta(0)
    days = max(0, left.days)
    if over:
        what, claim = "expired", f"{row.name} expired on {row.expires:%Y-%m-%d}: whatever enters {row.label} by it fails, or soon will."
    else:
        what = f"expires in {days}d"
        claim = f"{row.name} expires on {row.expires:%Y-%m-%d %H:%M} UTC: whatever enters {row.label} by it fails from then on."
    yield Finding(
        rule="connection-expires",
        subject_id=row.id,
        subject_name=row.name,
        what=what,
        claim=claim,
        severity=Severity.SERIOUS if left <= AT_ONCE else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"Its expiry is {row.expires:%Y-%m-%d %H:%M} UTC, as whoever made it said", Source.ARM, row.modified_on),),
        unseen=("Whether the credential itself ends then: what it was issued with, Azure ML does not tell.",),
        since=row.expires if over else None,
        advice="Give it another secret (R), and until when that is good.",
        remedy=Remedy.ROTATE,
        about="connections",
    )


def _behind(row: Connection, secret: SecretState, now: datetime) -> Iterator[Finding]:
    """What the vault tells of the secret that a connection was made from."""
    behind, newest = row.behind, secret.newest
    if behind is None or newest is None:
        return
    if newest.version != behind.version:
        wrong = unusable(newest, now)
        which = "an earlier" if secret.version(behind.version) is not None else "another"
        yield Finding(
            rule="newer-secret",
            subject_id=row.id,
            subject_name=row.name,
            what="newer secret in vault",
            claim=f"{row.name} was made from {which} version of {behind.short} than the newest, and still holds that.",
            severity=Severity.WARNING,
            confidence=Confidence.OBSERVED,
            evidence=(
                Evidence(f"It was made from version {behind.version or '?'}", Source.ARM, row.modified_on),
                Evidence(f"The newest is {newest.version}{f'; {wrong.sentence}' if wrong else ''}", Source.VAULT, newest.created),
            ),
            since=newest.created,
            advice="Update the connection from the vault (V)." if wrong is None else "Mend the secret in its vault first.",
            remedy=Remedy.UPDATE if wrong is None else Remedy.NONE,
            about="connections",
        )
    used = secret.version(behind.version)
    if used is not None and (wrong := unusable(used, now)) is not None:
        yield Finding(
            rule="vault-secret-unusable",
            subject_id=row.id,
            subject_name=row.name,
            what=f"vault secret {wrong.what}",
            claim=f"The version of {behind.short} that {row.name} was made from: {wrong.sentence}. The connection holds a copy of it.",
            severity=Severity.WARNING,
            confidence=Confidence.OBSERVED,
            evidence=(Evidence(f"Version {used.version}: {wrong.sentence}", Source.VAULT, used.created),),
            unseen=("Whether what it opens still takes the value: whoever disabled it in the vault may have ended it there too.",),
            advice="Set a new version in the vault and update the connection, or test it (T).",
            about="connections",
        )


def _readable(row: Connection) -> Finding:
    names = ", ".join(row.hidden)
    return Finding(
        rule="secret-in-metadata",
        subject_id=row.id,
        subject_name=row.name,
        what="secret in metadata",
        claim=f"{row.name} carries what looks like a secret in its metadata: whoever may read the connection reads it.",
        severity=Severity.SERIOUS,
        confidence=Confidence.ESTIMATED,
        evidence=(Evidence(f"By name or by form: {names}; the values are not shown here", Source.ARM, row.modified_on),),
        since=row.modified_on,
        advice="Make it anew with the secret in its credentials, and renew the secret: it has been readable.",
        about="connections",
    )


def _failing(row: Connection) -> Finding:
    return Finding(
        rule="connection-error",
        subject_id=row.id,
        subject_name=row.name,
        what="Azure tells an error",
        claim=f"Azure says of {row.name}: {row.error}",
        severity=Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence("Its field `error`", Source.ARM, row.modified_on),),
        advice="Test it (T).",
        about="connections",
    )
