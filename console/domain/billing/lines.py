"""Cost lines: what one compute, person, meter or tag burns now, cost over a range, and cost before; billed and estimated parts apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.billing.amounts import FIRM, UNKNOWN, Form, money, sum_of
from console.domain.billing.breakdown import Breakdown
from console.domain.billing.ranges import Days, Range
from console.domain.billing.sums import NOTHING, ZERO, Sum, together
from console.domain.figures import Figure

#: The key of what a dimension does not tell apart: untagged, of no compute, of no workspace.
REST = ""


class Dimension(StrEnum):
    """What costs are told apart by."""

    COMPUTE = "compute"
    WORKSPACE = "workspace"
    USER = "user"
    JOB = "job"
    EXPERIMENT = "experiment"
    RESOURCE = "resource"
    METER = "meter"
    TAG = "tag"

    @property
    def attributed(self) -> bool:
        """Whether the bill does not know it: run history does, and all its amounts are estimates."""
        return self in {Dimension.USER, Dimension.JOB, Dimension.EXPERIMENT}


class Spent(msgspec.Struct, frozen=True):
    """What a line cost: `billed` (None: no bill tells of it) and, of the days that the bill lacks, `estimated` in USD (None: none is)."""

    billed: Sum | None = None
    estimated: Figure | None = None

    @property
    def sum(self) -> Sum:
        """Both together, currency by currency."""
        parts = [self.billed or NOTHING]
        if self.estimated is not None and self.estimated.value is not None and (self.estimated.value or not parts[0].amounts):
            parts.append(Sum({self.estimated.unit: self.estimated.value}))
        return together(parts)

    @property
    def known(self) -> bool:
        return self.billed is not None or (self.estimated is not None and self.estimated.known)

    @property
    def firm(self) -> bool:
        """Whether nothing of it is an estimate."""
        return self.estimated is None or (self.estimated.confidence in FIRM and not self.estimated.missing)

    def text(self, form: Form = Form.CENTS) -> str:
        """As it is drawn: bare where it is billed, ≈ where a part is estimated, `+?` where a part is not known, `?` where nothing is."""
        if not self.known:
            return UNKNOWN
        missing = self.estimated is not None and (self.estimated.missing > 0 or not self.estimated.known)
        whole = self.sum
        if missing and not any(whole.amounts.values()):
            return UNKNOWN
        return f"{sum_of(whole, form, estimate=not self.firm)}{'+?' if missing else ''}"


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a dimension over a range. `key` is an ARM id in lower case, a meter, a tag's value, a person's id or a run's id.

    `now` is what it burns in USD/h (None: it is nothing that burns), `before` what the same length of time before cost and `moved` how far
    it went from there (None: not comparable, or not known), `share` its part of all lines (0 to 1). `weight` and `drift` are what lines are
    put in order by: parts of the whole of their own currency. `people` are ids, or names, of whose it is.
    """

    key: str
    dimension: Dimension
    over: Range
    days: Days
    name: str
    kind: str = ""
    now: Figure | None = None
    spent: Spent = Spent()
    before: Spent | None = None
    moved: Sum | None = None
    share: Decimal | None = None
    weight: Decimal = ZERO
    drift: Decimal = ZERO
    people: tuple[str, ...] = ()
    note: str = ""


class Billed(msgspec.Struct, frozen=True):
    """What a dimension's keys are billed: over all days of a range, over those that are whole, and over those before."""

    all: Breakdown
    whole: Breakdown
    before: Breakdown | None = None


class Words(msgspec.Struct, frozen=True):
    """What a key is called, what it is, and what is to be told of it."""

    name: str
    kind: str = ""
    note: str = ""


class Live(msgspec.Struct, frozen=True):
    """What is known of a key beside the bill: its burn in USD/h, and estimates in USD of the days that it lacks, and of those before.

    `words` are its own where nothing but run history knows it.
    """

    now: Figure | None = None
    estimated: Figure | None = None
    before: Figure | None = None
    people: tuple[str, ...] = ()
    words: Words | None = None


def lines(
    dimension: Dimension,
    over: Range,
    days: Days,
    billed: Billed | None,
    live: Mapping[str, Live],
    words: Callable[[str], Words],
) -> tuple[CostLine, ...]:
    """A line for each key that is billed or alive, the one that costs most first."""
    parts = (billed.all, billed.whole, billed.before) if billed is not None else (None, None, None)
    all_of, whole_of, before_of = map(_by_key, parts)
    made: list[CostLine] = []
    for key in dict.fromkeys((*all_of, *before_of, *live)):
        alive = live.get(key, Live())
        spent = _spent(key, billed, all_of, whole_of, alive)
        before, moved = _moved(key, billed, whole_of, before_of, alive)
        named = alive.words or words(key)
        made.append(
            CostLine(
                key=key,
                dimension=dimension,
                over=over,
                days=days,
                name=named.name,
                kind=named.kind,
                now=alive.now,
                spent=spent,
                before=before,
                moved=moved,
                people=alive.people,
                note=named.note,
            )
        )
    return _weighed(made)


def _by_key(breakdown: Breakdown | None) -> dict[str, Sum]:
    return {row.key: row.cost for row in breakdown.rows} if breakdown is not None else {}


def _spent(key: str, billed: Billed | None, all_of: Mapping[str, Sum], whole_of: Mapping[str, Sum], alive: Live) -> Spent:
    """The whole days of the bill with the estimate of the others; without an estimate whatever is billed so far."""
    if billed is None:
        return Spent(None, alive.estimated)
    if alive.estimated is None or not alive.estimated.known:
        return Spent(all_of.get(key, NOTHING))
    return Spent(whole_of.get(key, NOTHING), alive.estimated)


def _moved(
    key: str, billed: Billed | None, whole_of: Mapping[str, Sum], before_of: Mapping[str, Sum], alive: Live
) -> tuple[Spent | None, Sum | None]:
    """What it cost before, and how far it went from there: only like is compared with like, billed days with billed ones."""
    if billed is not None and billed.before is not None:
        was, has = before_of.get(key, NOTHING), whole_of.get(key, NOTHING)
        return Spent(was), has.minus(was)
    if billed is None and alive.before is not None and alive.before.known:
        yesterday = Spent(None, alive.before)
        has_now = alive.estimated is not None and alive.estimated.known
        return yesterday, Spent(None, alive.estimated).sum.minus(yesterday.sum) if has_now else None
    return None, None


def _weighed(made: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Each line with its part of the whole, the largest first."""
    kept = list(made)
    whole = together(_positive(line.spent.sum) for line in kept)
    both = together((whole, *(_positive(line.before.sum) for line in kept if line.before is not None)))
    weighed = [
        msgspec.structs.replace(
            line,
            share=line.spent.sum.share_of(whole) if line.spent.known else None,
            weight=line.spent.sum.weight_in(whole),
            drift=line.moved.weight_in(both) if line.moved is not None else ZERO,
        )
        for line in kept
    ]
    return tuple(sorted(weighed, key=lambda line: (line.key == REST, -line.weight, -(_rate(line) or ZERO), line.name)))


def _positive(known: Sum) -> Sum:
    """Without credits: a part of what was spent is told, not of what is left of it."""
    return Sum({each: amount for each, amount in known.amounts.items() if amount > 0})


def _rate(line: CostLine) -> Decimal | None:
    return line.now.value if line.now is not None else None


def moved_text(moved: Sum | None, form: Form = Form.CENTS, *, estimate: bool = False) -> str:
    """A change with its sign: `+$12.00`, `-€3.10`, `≈+$2.00`; `=` where it stayed, "" where it is not comparable."""
    if moved is None:
        return ""
    mark = "≈" if estimate else ""
    parts = [f"{mark}{'+' if amount > 0 else ''}{money(amount, each, form)}" for each, amount in sorted(moved.amounts.items()) if amount]
    return " ".join(parts) or "="
