"""Answer: a question with its conclusion, the checks that it rests on, what nobody can see from here, and what would save money."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain import durations
from console.domain.activity import Event
from console.domain.compute import Compute, Run
from console.domain.findings.finding import Source
from console.domain.findings.subject import Subject


class Mark(StrEnum):
    """What a check came to, as it is told beside it. POSSIBLE: it is there, and whether it is the reason cannot be seen."""

    CAUSE = "cause"
    POSSIBLE = "may be"
    RULED_OUT = "ruled out"
    FACT = "fact"
    UNREAD = "not read"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `as_of` is the moment (UTC) that the source itself gives for it, if it gives one."""

    mark: Mark
    sentence: str
    source: Source
    as_of: datetime | None = None


class Saving(msgspec.Struct, frozen=True):
    """What would cost less, in USD a month at list price (None: its price is not known)."""

    sentence: str
    monthly: Decimal | None = None


class Answer(msgspec.Struct, frozen=True):
    """`conclusion` follows from the checks alone; `unseen` are reasons that no service tells of."""

    question: str
    conclusion: str
    checks: tuple[Check, ...]
    unseen: tuple[str, ...] = ()


class Rights(msgspec.Struct, frozen=True):
    """Roles that the managed identities of a compute have on its workspace, by name or id; from groups too."""

    roles: tuple[str, ...] = ()
    #: Whether one of them may stop the instance: Contributor or Owner.
    enough: bool = False


class Situation(msgspec.Struct, frozen=True):
    """A compute with all that an answer may rest on; what is None was not read, or could not be.

    `runs` are the newest on it, `events` those of Azure's activity log about it, `rights` those of its identities. `refusal` says why the
    user may not start it ("" when nothing refuses).
    """

    subject: Subject
    runs: tuple[Run, ...] | None = None
    events: tuple[Event, ...] | None = None
    rights: Rights | None = None
    refusal: str = ""

    @property
    def compute(self) -> Compute:
        return self.subject.compute

    def since(self, moment: datetime | None) -> timedelta | None:
        return self.subject.since(moment)

    @property
    def active(self) -> tuple[Run, ...] | None:
        """Runs that are under way or wait; of an old reading of the newest, at least the last one."""
        if self.runs is not None:
            return tuple(run for run in self.runs if run.active)
        if not self.subject.run_known:
            return None
        return (self.subject.run,) if self.subject.run is not None and self.subject.run.active else ()


def errors_told(compute: Compute) -> tuple[Check, ...]:
    """What Azure itself says is wrong with a compute."""
    return tuple(Check(Mark.CAUSE, error.rstrip("."), Source.ARM) for error in compute.errors)


def last_job(situation: Situation) -> Check:
    """The last job as what is over, for a compute on which none is under way."""
    last = situation.runs[0] if situation.runs else situation.subject.run
    if last is None:
        return Check(Mark.RULED_OUT, "A job: none ever ran on it", Source.RUNS)
    ended = last.ended or last.started or last.created
    quiet = situation.since(ended)
    when = f", {durations.words(quiet)} ago" if quiet is not None else ""
    return Check(Mark.RULED_OUT, f"A job: the last, {named((last,))}, ended {last.status or '?'}{when}", Source.RUNS, ended)


def job_name(run: Run) -> str:
    """A job as a sentence names it: its id, and its title where that says something else."""
    return f"{run.id} ({run.title})" if run.title and run.title != run.id else run.id


def named(runs: tuple[Run, ...], most: int = 3) -> str:
    """Jobs by name and user, the first few."""
    told = [f"{job_name(run)}{f' of {run.user}' if run.user else ''}" for run in runs[:most]]
    return ", ".join(told) + (f" and {len(runs) - most} more" if len(runs) > most else "")


def counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
