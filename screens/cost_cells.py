"""How costs are written: the cells of lines and days, and the line that tells how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.clock import step
from console.costs.alive import COMPUTES
from console.domain.billing.amounts import figure, percent
from console.domain.billing.cost_days import CostDay
from console.domain.billing.lines import CostLine, Dimension, Spent, moved_text
from console.domain.billing.ranges import Range
from console.domain.billing.resource_names import ResourceName
from console.domain.billing.sums import Sum
from console.domain.figures import Confidence
from console.domain.trouble import Kind
from console.session import Session
from screens.widgets.status_line import Part

#: A day's bar: what is billed, and what is estimated.
BILLED, ESTIMATED = "█", "▒"


def now_text(row: CostLine) -> str:
    """What it burns now; `?` of a compute that is not read here, "–" of what does not burn."""
    if row.now is not None:
        return figure(row.now).replace("/h", "")
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


def trust(session: Session, told: Sequence[CostLine]) -> tuple[list[Part], list[Part]]:
    """The line under the title: what is waited for, what is missing, up to when is billed, how old that is, and queries used."""
    cost, lines, clock = session.cost, session.cost_lines, session.clock
    status = cost.status
    left: list[Part] = []
    if status.waiting_until is not None:
        left.append((f" queries refused until {status.waiting_until:%H:%M:%S}", "warn"))
    elif status.asking:
        left.append((" asking Azure for the bill…", "busy"))
    refused = next((trouble for trouble in cost.troubles.values() if trouble.kind is Kind.PERMISSION), None)
    bills = lines.bills
    if refused is not None and not bills:
        left.append((" no bill: it may not be read (L); what burns now needs none", "warn"))
    if lines.lacking:
        left.append((f" {lines.lacking}", "warn"))
    if bills and not any(bill.charges for bill in bills):
        left.append((" nothing is billed (yet: a new subscription's costs appear within 48 hours)", "warn"))
    mixed = sorted({each for line in told for each in line.spent.sum.amounts})
    if len(mixed) > 1:
        left.append((f" in {' and '.join(mixed)}: not summed", "warn"))
    if lines.credits.amounts:
        left.append((f" credits of {moved_text(lines.credits)} are in these", "muted"))
    if cost.incomplete:
        left.append((f" incomplete: {cost.incomplete[0]}", "warn"))
    if cost.asked is not None:
        days = lines.days
        upto = f"whole to {days.whole.last:%-d %b}" if days.whole is not None else "no day whole yet" if days.billed is not None else "live"
        left.append((f" {days.words}: {upto}, bill asked {_ago(step(clock.age(cost.asked).total_seconds()))}", "muted"))
    elif bills == () and refused is None:
        left.append((" no bill yet", "muted"))
    return left, [(f"queries {status.spent.normalize():f}/{status.cap} an hour ", "muted")]


def _ago(age: str) -> str:
    return "just now" if age == "now" else f"{age} ago"
