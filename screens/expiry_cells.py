"""How what expires is written: cells, and the page with all that is known of one."""

from __future__ import annotations

from collections.abc import Callable

from console.clock import step
from console.domain import durations
from console.domain.expiry import SOON, Expiring, Kind, Measured
from console.domain.findings.expiry import WEEK
from console.domain.findings.finding import Source
from console.session import Session
from screens.compute import length
from screens.reasons import age_of, utc
from screens.widgets.facts import Fact

#: What `f` does, in a word or two, by the kind.
PLANS = {
    Kind.SECRET: "new version",
    Kind.CERTIFICATE: "its vault renews",
    Kind.CONNECTION: "rotate",
    Kind.KEY: "rotate keys",
    Kind.APP_SECRET: "in Entra ID",
    Kind.APP_CERTIFICATE: "in Entra ID",
    Kind.APPLICATION: "in Entra ID",
    Kind.SIGNATURE: "new SAS",
    Kind.URI: "new version",
    Kind.VAULT: "get to read it",
}


#: Kinds whose users are listed here: where there is none, none was seen. Of others nobody tells who they are.
LISTED = frozenset({Kind.KEY, Kind.APP_SECRET, Kind.APP_CERTIFICATE, Kind.SIGNATURE})


def left_text(row: Expiring, session: Session) -> str:
    """How long it has; `ended 26d` once it is over, of a key `late 80d`; `?` where that is not known."""
    left = row.left(session.clock.now())
    if left is None:
        return "?"
    seconds = left.total_seconds()
    if seconds > 0:
        return length(seconds)
    return f"{'late' if row.measured is Measured.AGE else 'ended'} {length(-seconds)}"


def left_style(row: Expiring, session: Session) -> str:
    left = row.left(session.clock.now())
    if left is None:
        return "muted"
    if row.measured is Measured.AGE:
        return "warn" if left.total_seconds() <= 0 else ""
    return "bad" if left <= WEEK else "warn" if left <= SOON else ""


def breaks_text(row: Expiring) -> str:
    """Who fails, the first by name; why nothing is known where it is not."""
    if row.why:
        return row.why
    if not row.breaks:
        return "none seen" if row.kind in LISTED else "?"
    more = f" +{len(row.breaks) - 1}" if len(row.breaks) > 1 else ""
    # Where it is another column tells, and the page of the row.
    return f"{row.breaks[0].partition(' in ')[0]}{more}"


def read_age(row: Expiring, session: Session) -> float | None:
    """Seconds since what tells of it was read; None where nothing was."""
    if row.source is Source.SCAN:
        return session.clock.age(row.read_at).total_seconds() if row.read_at is not None else None
    if row.source is Source.DIRECTORY:
        return session.data.expiry.applications.age(row.id.split("/")[1])
    if row.source is Source.VAULT:
        return session.data.vaults.secrets.age
    ages = {Kind.KEY: session.data.storage.accounts.age, Kind.URI: session.data.now.assets.age}
    return ages.get(row.kind, session.data.connections.feed.age)


def read_text(row: Expiring, session: Session) -> str:
    age = read_age(row, session)
    return "never" if age is None and row.source is Source.SCAN else "" if age is None else step(age)


def expiry_facts(row: Expiring, session: Session) -> list[Fact]:
    """What, where, when, what breaks, by what it is known, and what is done about it."""
    now = session.clock.now()
    left = row.left(now)
    when = "" if left is None else f"in {durations.words(left)}" if left.total_seconds() > 0 else f"{durations.words(-left)} ago"
    ends = "too old from" if row.measured is Measured.AGE else "ends"
    facts = [
        Fact("name", row.name),
        Fact("kind", row.kind.value),
        Fact("where", row.where or "?"),
        Fact(ends, f"{utc(row.due)} ({when})") if row.due is not None else Fact(ends, f"? {row.why}", "warn", "warn"),
    ]
    if row.tells:
        facts.append(Fact("would tell", row.tells))
    if row.since is not None:
        facts.append(Fact("made" if row.measured is Measured.AGE else "since", utc(row.since)))
    if row.breaks:
        facts += [Fact(" " if number else "breaks", text) for number, text in enumerate(row.breaks)]
    else:
        facts.append(Fact("breaks", "none seen" if row.kind in LISTED else "? nobody tells", "muted"))
    facts += [Fact("not seen", row.unsure, "muted")] if row.unsure else []
    read = f"scanned {utc(row.read_at)}" if row.read_at is not None else age_of(read_age(row, session))
    told = "not scanned yet" if row.source is Source.SCAN and row.read_at is None else read
    scanned = session.data.expiry.scanned.get(row.subject_id.lower()) if row.kind is Kind.SIGNATURE else None
    facts += [Fact("allows", scanned.permissions)] if scanned is not None and scanned.permissions else []
    return [*facts, Fact("source", f"{row.source.value}, {told}"), Fact("plan", PLANS[row.kind]), Fact("of", row.subject_id)]


def expiry_ages(row: Expiring | None, session: Session) -> Callable[[Source], str]:
    """How long ago what is found of a row was read (None: it is gone); of a scan the evidence itself tells when that was."""
    told = age_of(read_age(row, session)) if row is not None else "not read now"
    return lambda source: "scanned then" if source is Source.SCAN else told
