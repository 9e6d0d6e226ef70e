"""How costs are written: the cells of lines and days, and the line that tells how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.costs.alive import COMPUTES
from console.domain.billing.amounts import percent, untimed
from console.domain.billing.cost_days import CostDay
from console.domain.billing.lines import CostLine, Dimension, Spent, moved_text
from console.domain.billing.ranges import Range
from console.domain.billing.resource_names import ResourceName
from console.domain.billing.sums import Sum
from console.domain.figures import Confidence
from console.domain.trouble import Kind
from console.feeds.feed import newest_trouble
from console.session import Session
from screens.widgets.columns import Column
from screens.widgets.status_line import Part

#: A day's bar: what is billed, and what is estimated.
BILLED, ESTIMATED = "█", "▒"


def now_text(row: CostLine) -> str:
    """What it burns now; `?` of a compute that is not read here, "–" of what does not burn."""
    if row.now is not None:
        return untimed(row.now)
    unread = COMPUTES in row.key and "not open here" in row.note
    return "?" if unread else "–"


def now_style(row: CostLine) -> str:
    return "money" if row.now is not None and row.now.value else "muted"


def now_value(row: CostLine) -> Decimal | None:
    return row.now.value if row.now is not None else None


def spent_text(row: CostLine) -> str:
    return row.spent.text()


def before_text(row: CostLine) -> str:
    return row.before.text() if row.before is not None else ""


def change_text(row: CostLine) -> str:
    """The change with its sign; what was not there before is new, what is no more is gone."""
    if row.before is None or row.moved is None:
        return ""
    return moved_text(row.moved, estimate=not row.before.firm)


def change_style(moved: Sum | None) -> str:
    """More money stands out; its sign tells without colour."""
    values = list(moved.amounts.values()) if moved is not None else []
    return "warn" if any(value > 0 for value in values) else "ok" if any(value < 0 for value in values) else "muted"


#: The column of changes: more money stands out, and what moved most leads.
CHANGE: Column[CostLine] = Column(
    "CHANGE",
    11,
    change_text,
    lambda row: change_style(row.moved),
    sort=lambda row: (row.drift, row.weight),
    priority=0,
    align="right",
    most=18,
)


def share_text(row: CostLine) -> str:
    return percent(row.share) if row.spent.known else "?"


def people_text(row: CostLine, session: Session) -> str:
    """Whose it is, the first of several by name where the directory tells it."""
    if row.dimension is Dimension.USER or not row.people:
        return ""
    more = f" +{len(row.people) - 1}" if len(row.people) > 1 else ""
    return f"{person(row.people[0], session)}{more}"


def person(who: str, session: Session) -> str:
    """Somebody by name, in short: an id that no name is known of by its beginning."""
    name = session.names.get(who)
    if name:
        return name.split("@", 1)[0]
    return who if " " in who or "@" in who else who[:8]


def range_name(over: Range) -> str:
    """The head of the column of amounts."""
    return {Range.TODAY: "TODAY", Range.WEEK: "7 DAYS", Range.MONTH: "MONTH", Range.LAST_MONTH: "LAST MONTH"}[over]


def bar(row: CostDay, width: int) -> str:
    """A day's part of the dearest day, in blocks."""
    cells = round(row.part * width)
    if row.part > 0:
        cells = max(1, cells)
    return (BILLED if row.spent.firm else ESTIMATED) * cells


def day_name(row: CostDay) -> str:
    """`Tue 02 Dec`: two digits, as days stand one below the other."""
    return f"{row.day:%a %d %b}"


def cause_text(row: CostDay, name: ResourceName | None) -> str:
    """What made the difference, and by how much."""
    if not row.cause:
        return "not all on the bill yet" if not row.whole else ""
    called = name.name if name is not None else row.cause
    return f"{called} {moved_text(row.caused)}"


def spike_text(row: CostDay) -> str:
    """How far above the usual a spike's day is."""
    spike = row.spike
    if spike is None:
        return ""
    return f"{spike.times:.1f} times the usual day" if spike.times is not None else "usually nothing"


def firm_words(spent: Spent) -> str:
    """How an amount is known, in a word."""
    if spent.firm and spent.billed is not None:
        return "billed"
    return str(spent.estimated.confidence if spent.estimated is not None else Confidence.UNKNOWN)


def trust(session: Session, told: Sequence[CostLine]) -> list[Part]:
    """The line above the table: what is waited for, what is missing or mixed, and up to which day the bill is whole."""
    cost, lines = session.costs.now, session.costs.lines
    status, bills, days = cost.status, lines.bills, lines.days
    refused = any(trouble.kind is Kind.PERMISSION for trouble in cost.troubles.values())
    parts: list[Part] = []
    if status.waiting_until is not None:
        parts.append((f" queries refused until {status.waiting_until:%H:%M:%S} UTC", "warn"))
    elif status.asking:
        parts.append((" asking Azure for the bill…", "busy"))
    if refused and not bills:
        parts.append((" no bill: it may not be read (L); what burns now needs none", "warn"))
    elif bills and (trouble := newest_trouble(cost.troubles)) is not None and status.waiting_until is None:
        parts.append((f" not read anew: {trouble.sentence}", "warn"))
    if lines.lacking:
        parts.append((f" {lines.lacking}", "warn"))
    if bills and not any(bill.charges for bill in bills):
        parts.append((" nothing is billed (yet: a new subscription's costs appear within 48 hours)", "warn"))
    mixed = sorted({each for line in told for each in line.spent.sum.amounts})
    if len(mixed) > 1:
        parts.append((f" in {' and '.join(mixed)}: not summed", "warn"))
    if lines.credits.amounts:
        parts.append((f" credits of {moved_text(lines.credits)} are in these", "warn"))
    if cost.incomplete:
        parts.append((f" incomplete: {cost.incomplete[0]}", "warn"))
    if bills and days.billed is not None:
        whole = f"billed whole to {days.whole.last:%-d %b}" if days.whole is not None else "no day of it is billed whole yet"
        parts.append((f" {days.words}, {whole}", "muted"))
    elif not parts:
        parts.append((f" {days.words}, live" if days.since is not None else " no bill yet", "muted"))
    return parts
