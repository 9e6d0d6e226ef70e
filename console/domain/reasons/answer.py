"""Answer: a question with its conclusion, the checks that it rests on, what nobody can see from here, and what would save money."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

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


def job_name(run: Run) -> str:
    """A job as a sentence names it: its id, and its title where that says something else."""
    return f"{run.id} ({run.title})" if run.title and run.title != run.id else run.id


def named(runs: tuple[Run, ...], most: int = 3) -> str:
    """Jobs by name and user, the first few."""
    told = [f"{job_name(run)}{f' of {run.user}' if run.user else ''}" for run in runs[:most]]
    return ", ".join(told) + (f" and {len(runs) - most} more" if len(runs) > most else "")


def counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
