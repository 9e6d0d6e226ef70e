"""Reviews of access: made of what is read now, compared with the last one, and carried out as a person marked them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from console.access.desk import AccessDesk
from console.access.now import AccessNow
from console.clock import ServerClock
from console.context import Context
from console.domain.access import review
from console.domain.access.grants import Grant, flags
from console.domain.access.review import Decision, Fault, Review, Row
from console.domain.trouble import Kind, Trouble, TroubleError
from console.exports import new_file
from console.operations.access import can_remove
from console.operations.plan import Plan

STEM = "access-review"
#: Bytes of a file that is read as a review, at most.
MOST_BYTES = 20_000_000
#: Rows that came or went which are named; the rest are counted.
MOST_NAMED = 20


class Made(NamedTuple):
    """A review that was written: its files, how many rows, its evidence, and what is different since the last one, in sentences."""

    table: Path
    text: Path
    rows: int
    evidence: tuple[tuple[str, str], ...]
    since: tuple[str, ...]


class Marked(NamedTuple):
    """A review that was read back: the grants that are to be removed, how many are kept and undecided, and what is wrong."""

    evidence: dict[str, str]
    remove: tuple[Grant, ...]
    kept: int
    undecided: int
    faults: tuple[Fault, ...]


class Reviews:
    """One for a session. `folder` is where reviews are written."""

    def __init__(self, access: AccessNow, desk: AccessDesk, context: Context, clock: ServerClock, folder: Path) -> None:
        self._access, self._desk, self._context, self._clock, self._folder = access, desk, context, clock, folder

    async def look(self) -> None:
        """Read access anew: a review is of now. Raises TroubleError where the assignments cannot be read."""
        await self._access.read_once()
        for trouble in self._access.assignments.troubles.values():
            raise TroubleError(trouble)

    def csv(self) -> str:
        """A review of what was read, as CSV."""
        now = self._clock.now()
        return review.as_csv(tuple(self._evidence(now)), [self._texts(each, now) for each in self._access.grants.items])

    def make(self) -> Made:
        """Write a review of what was read. Raises TroubleError where it cannot be written."""
        now = self._clock.now()
        texts, evidence = [self._texts(each, now) for each in self._access.grants.items], tuple(self._evidence(now))
        since = tuple(self._since(dict(evidence), review.rows_of(texts)))
        stem = f"{STEM}-{now:%Y%m%dT%H%M%S}Z"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            table = new_file(self._folder, stem, "csv", review.as_csv(evidence, texts))
            text = new_file(self._folder, stem, "md", review.as_markdown(evidence, texts, since))
        except OSError as error:
            sentence = f"The review cannot be written to {self._folder}: {error.strerror}."
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "ReviewUnwritable", str(error), at=now)) from error
        return Made(table, text, len(texts), evidence, since)

    def load(self, path: Path) -> Marked:
        """A review that somebody marked, held against what was read. Raises TroubleError where there is no such file."""
        found = review.read(_text(path))
        grants = {each.id.lower(): each for each in self._access.grants.items}
        remove, faults = [], list(found.faults)
        for row in found.rows:
            if row.decision is not Decision.REMOVE:
                continue
            grant = grants.get(row.assignment.lower())
            if fault := self._misfit(row, grant):
                faults.append(Fault(row.line, fault))
            elif grant is not None:
                remove.append(grant)
        count = {each: sum(row.decision is each for row in found.rows) for each in Decision}
        ordered = tuple(sorted(faults, key=lambda fault: fault.line))
        return Marked(dict(found.evidence), tuple(remove), count[Decision.KEEP], count[Decision.UNDECIDED], ordered)

    async def plan(self, marked: Marked) -> Plan:
        """The plan that removes what is marked. Raises TroubleError."""
        return await self._desk.remove(marked.remove)

    def _misfit(self, row: Row, grant: Grant | None) -> str:
        """Why a row cannot be removed as it was marked ("" where it can)."""
        who = f"{row.cells['PRINCIPAL']} · {row.cells['ROLE']}"
        if grant is None:
            return f"{who}: there is no such assignment now among those that are read here: nothing to remove"
        now = (grant.principal_id, grant.role, grant.scope.lower())
        if now != (row.cells["PRINCIPAL_ID"].lower(), row.cells["ROLE_ID"].lower(), row.cells["SCOPE"].lower()):
            return f"{who}: the assignment of this id is another now ({grant.label} · {grant.role_name}): left out"
        why = can_remove(grant)
        return f"{who}: {why}: left out" if why else ""

    def _texts(self, grant: Grant, now: datetime) -> list[str]:
        """A grant as a text for each of the columns of a review."""
        giver = self._access.directory.get(grant.created_by) if grant.created_by else None
        return [
            grant.fault or grant.label,
            str(grant.kind),
            grant.role_name,
            grant.scope,
            str(grant.standing),
            str(grant.pim),
            _iso(grant.until),
            grant.condition,
            grant.description,
            _iso(grant.created_on),
            giver.label if giver is not None else grant.created_by,
            ", ".join(flags(grant, now)),
            grant.principal_id,
            grant.role,
            grant.id,
        ]

    def _evidence(self, now: datetime) -> Iterator[tuple[str, str]]:
        context, access = self._context, self._access
        yield review.MADE_BY, f"{context.who} ({context.object_id}), tenant {context.tenant_id}"
        yield review.MADE_AT, _iso(now)
        yield "workspaces", ", ".join(place.id for place in context.where)
        reached = sorted({f"/subscriptions/{part.split('/', 1)[0]}" for part in access.assignments.parts})
        yield "scopes covered", f"{', '.join(reached)}: what is here, above, below and on the workspaces' companions"
        age = access.assignments.age
        yield "read", f"{age:.0f} s before it was made" if age is not None else "?"
        unread = [f"{what}: {trouble.sentence}" for what, trouble in access.unread.items()]
        unread += [f"assignments: {trouble.sentence}" for trouble in access.assignments.troubles.values()]
        unread += [f"roles: {trouble.sentence}" for trouble in access.definitions.troubles.values()]
        unread += [f"{feed.name}: {feed.incomplete}" for feed in access.feeds if feed.incomplete]
        yield "not read", "; ".join(dict.fromkeys(unread)) or "nothing: all was read"
        conditional = sum(bool(each.condition) for each in access.grants.items)
        yield "conditions", f"{conditional} not evaluated: the column CONDITION has them as they are written"
        nameless = sum(each.principal is None and not each.orphan for each in access.grants.items)
        yield "names", f"{nameless} not known"

    def _since(self, evidence: dict[str, str], rows: Sequence[Row]) -> Iterator[str]:
        """What came and what went since the last review of the same workspaces."""
        last = self._last(evidence)
        if last is None:
            yield "there is no earlier review of these workspaces to compare with"
            return
        when, (came, went) = last.evidence.get(review.MADE_AT, "?"), review.difference(last, rows)
        yield f"since the review of {when}: {len(came)} came, {len(went)} went"
        for sign, each in (("+", came), ("-", went)):
            yield from (f"{sign} {row.cells['PRINCIPAL']} · {row.cells['ROLE']} · {row.cells['SCOPE']}" for row in each[:MOST_NAMED])
            if len(each) > MOST_NAMED:
                yield f"{sign} and {len(each) - MOST_NAMED} more"

    def _last(self, evidence: dict[str, str]) -> Review | None:
        """The newest review of the same workspaces in the folder that is whole."""
        for path in sorted(self._folder.glob(f"{STEM}-*.csv"), reverse=True):
            try:
                found = review.read(_text(path))
            except TroubleError:
                continue
            if found.rows and not found.faults and found.evidence.get("workspaces") == review.inert(evidence["workspaces"]):
                return found
        return None


def _text(path: Path) -> str:
    """The text of a file. Raises TroubleError."""
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TroubleError(Trouble(Kind.INVALID, f"{path} cannot be read: {error.strerror}.", "ReviewUnreadable")) from error
    if len(data) > MOST_BYTES:
        raise TroubleError(Trouble(Kind.INVALID, f"{path} is larger than a review is ({MOST_BYTES:,} bytes).", "ReviewTooLarge"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sentence = f"{path} is no UTF-8 text (byte {error.start}): save it as CSV UTF-8."
        raise TroubleError(Trouble(Kind.INVALID, sentence, "ReviewNotText")) from error


def _iso(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment is not None else ""
