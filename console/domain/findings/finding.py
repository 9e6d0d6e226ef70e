"""Finding: one type behind every list of trouble; a claim with its evidence, what could not be seen, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec

from console.domain.figures import Confidence, Figure
from console.domain.scopes import key

#: Hours that a rate is multiplied with to tell it by the month (365 × 24 ÷ 12), as Azure's own price calculator does.
HOURS_A_MONTH = 730


class Severity(IntEnum):
    """How much a finding presses. NOTE: worth knowing. WARNING: probably money or trouble. SERIOUS: certainly."""

    NOTE = 1
    WARNING = 2
    SERIOUS = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Source(StrEnum):
    """Where evidence comes from. How old it is follows from when that was read last, which whoever draws it knows."""

    ARM = "ARM"
    RUNS = "run history"
    PRICES = "list prices"
    LOG = "activity log"
    ROLES = "role assignments"
    QUOTA = "usages"
    DIRECTORY = "Microsoft Graph"
    BILL = "bill"
    BUDGETS = "budgets"
    VAULT = "Key Vault"
    SCAN = "SAS scan"


class Remedy(StrEnum):
    """Names of the actions that mend something. A console that has no such action says what else to do."""

    NONE = ""
    STOP = "stop"
    DELETE = "delete"
    SCALE = "scale"
    IDLE_SHUTDOWN = "idle-shutdown"
    REMOVE = "remove"
    BUDGET = "budget"
    ASSIGN = "assign"
    ROTATE = "rotate"
    UPDATE = "update"


class Suggestion(msgspec.Struct, frozen=True):
    """Values that a remedy's form begins with: nodes of a cluster, an idle shutdown (ISO 8601, as Azure takes it). None and "": not it."""

    min_nodes: int | None = None
    max_nodes: int | None = None
    idle: str = ""


NO_SUGGESTION = Suggestion()


class Evidence(msgspec.Struct, frozen=True):
    """One fact that a claim rests on. `as_of` is the moment that the source itself gives for it (UTC), if it gives one."""

    sentence: str
    source: Source
    as_of: datetime | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of one resource; equal as long as nothing changed that it rests on.

    `what` names the trouble in three or four words, `claim` is the sentence. `cost` is in USD/h (None: it costs nothing by itself).
    `confidence` is unknown where the rule waits for something that is not read yet: the claim then says only what is known.
    `unseen` are sentences on what could not be seen, `advice` one on what mends it, `remedy` the action that does ("" if none). `about`
    is the kind of its subject, by the name of the screen that lists such.
    """

    rule: str
    subject_id: str
    subject_name: str
    what: str
    claim: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    unseen: tuple[str, ...] = ()
    cost: Figure | None = None
    since: datetime | None = None
    advice: str = ""
    remedy: Remedy = Remedy.NONE
    suggestion: Suggestion = NO_SUGGESTION
    about: str = "compute"

    @property
    def id(self) -> str:
        """Stable over polls: the rule and the subject's ARM id, which ARM compares without regard to case."""
        return f"{self.rule}@{key(self.subject_id)}"

    @property
    def known(self) -> bool:
        """False while the rule waits for what is not read yet."""
        return self.confidence is not Confidence.UNKNOWN

    @property
    def monthly(self) -> Decimal | None:
        """Its cost in USD a month if nothing changes; None where it costs nothing by itself, or where that is not known."""
        return self.cost.value * HOURS_A_MONTH if self.cost is not None and self.cost.value is not None else None


def subject_of(finding_id: str) -> str:
    """The ARM id (lower case) in a finding's id."""
    return finding_id.partition("@")[2]


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by what they cost, then by name: those that wait for knowledge come last of their severity."""
    return tuple(sorted(findings, key=lambda each: (-each.severity, not each.known, -(each.monthly or 0), each.subject_name, each.rule)))
