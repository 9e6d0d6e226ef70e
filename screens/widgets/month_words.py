"""The month in words: what is spent of which budget, what it comes to, and when that passes; for the header and for the head of Cost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from console.clock import step
from console.domain.billing.account import Account, Kind
from console.domain.billing.amounts import Form, figure, money, reached, sum_of
from console.domain.billing.budget_course import Course
from console.domain.billing.month import Month
from console.domain.billing.outlook import Passing
from console.domain.figures import Figure
from screens.widgets.status_line import Part

BAR = 10
FULL, LEFT = "▓", "░"
#: Used up by so much a budget is drawn as pressing, and from 1 on as spent.
PRESSING = Decimal("0.9")
#: Seconds from which on the age of a bill is told beside it: a younger one is as new as Azure has it.
OLD_S = 4 * 3600


def bar(used: Decimal) -> str:
    """How much of a budget is spent, as a bar of ten: full only where all of it is."""
    full = max(0, min(BAR, int(used * BAR)))
    return FULL * full + LEFT * (BAR - full)


def look_of(used: Decimal | None) -> str:
    """How a part of a budget looks."""
    if used is None:
        return "bold"
    return "bad" if used > 1 else "warn" if used >= PRESSING else "bold"


def spent(month: Month) -> list[Part]:
    """`Nov ≈$4,310 of $6,000 ▓▓▓▓▓▓▓░░░ 72%`; none where nothing is known of the month. A budget of a longer period is told by `longer`."""
    so_far, course = month.outlook.to_date, month.course
    if so_far.value is None:
        return []
    monthly = course if course is not None and course.monthly else None
    parts: list[Part] = [(f"{month.today:%b} ", "muted"), (figure(so_far, Form.WHOLE), look_of(monthly.used if monthly else None))]
    if month.bill.others.amounts:
        parts.append((f" + {sum_of(month.bill.others, Form.WHOLE)}", "bold"))
    return [*parts, *_of_budget(monthly)] if monthly is not None else parts


def longer(month: Month, *, drawn: bool = True) -> list[Part]:
    """`2026 $73,212 of $79,580 ▓▓▓▓▓▓▓▓▓░ 92%`, without the bar unless `drawn`: a budget of a longer period; else none."""
    course = month.course
    if course is None or course.monthly:
        return []
    known = figure(course.spent, Form.WHOLE)
    return [(f"{course.words} ", "muted"), (known, look_of(course.used)), *_of_budget(course, drawn=drawn)]


def spent_shortly(month: Month) -> list[Part]:
    """`MTD 4.3k/6k 72%`: the same in few cells."""
    so_far, course = month.outlook.to_date, month.course
    if so_far.value is None:
        return []
    if course is None or not course.monthly or course.used is None:
        parts: list[Part] = [("MTD ", "muted"), (figure(so_far, Form.SHORT), "bold")]
        if course is not None and course.used is not None:
            parts += [(f" {course.words} ", "muted"), (reached(course.used), look_of(course.used))]
        return parts
    both = f"{_bare(so_far.value)}{'+?' if so_far.missing else ''}/{_bare(course.amount)}"
    return [("MTD ", "muted"), (both, look_of(course.used)), (f" {reached(course.used)}", look_of(course.used))]


def forecast(month: Month) -> list[Part]:
    """`fc ≈$5,870`, in the colour of what it does to a budget of the month."""
    return _forecast(month.outlook.forecast, month.budget)


def forecast_longer(month: Month) -> list[Part]:
    """The forecast for the end of a longer budget's period."""
    course = month.course
    return _forecast(course.forecast, course.amount) if course is not None and not course.monthly else []


def passing(month: Month) -> list[Part]:
    """`over budget 24 Nov (19 to 28 Nov)`: the day on which the budget is passed, and the bounds of that; none without a budget."""
    course = month.course
    if course is not None and course.used is not None and course.used > 1 and course.passing is None:
        return [("over budget", "bad")]
    when = course.passing if course is not None else None
    if when is None:
        return []
    if when.day is None:
        worst = f", at worst over on {when.earliest:%-d %b}" if when.earliest is not None else ""
        return [(f"within budget{worst}", "muted")]
    if when.day < month.today:
        return [(f"over budget since {when.day:%-d %b}", "bad")]
    sure = when.earliest == when.latest == when.day
    return [(f"over budget {when.day:%-d %b}", "warn"), ("" if sure else _bounds(when), "muted")]


def _bounds(when: Passing) -> str:
    """` (19 to 28 Nov)`; the month once where both are in it."""
    earliest, latest = when.earliest or when.day, when.latest
    if earliest is None or latest is None:
        return f" ({earliest:%-d %b} or never)" if earliest is not None else ""
    same = (earliest.year, earliest.month) == (latest.year, latest.month)
    return f" ({earliest:{'%-d' if same else '%-d %b'}} to {latest:%-d %b})"


def _of_budget(course: Course, *, drawn: bool = True) -> list[Part]:
    """` of $6,000 ▓▓▓▓▓▓▓░░░ 72%`"""
    parts: list[Part] = [(f" of {money(course.amount, course.spent.unit, Form.WHOLE)}", "muted")]
    if course.used is not None:
        look = look_of(course.used)
        parts += [(f" {bar(course.used)}" if drawn else "", look), (f" {reached(course.used)}", look)]
    return parts


def _forecast(comes_to: Figure, budget: Decimal | None) -> list[Part]:
    if comes_to.value is None:
        return []
    over = budget is not None and comes_to.value > budget
    return [("fc ", "muted"), (figure(comes_to, Form.WHOLE), "warn" if over else "bold")]


def whose(account: Account, subscription: Callable[[str], str]) -> str:
    """What the month is summed up of, by name; `subscription` names one by its id."""
    names = [subscription(name) for name in account.names] if account.kind is Kind.SUBSCRIPTION else list(account.names)
    if len(names) == 1:
        return names[0] if account.kind is not Kind.GROUP else f"{names[0]} (group)"
    return f"{len(names)} {account.kind}s"


def age_of(month: Month, seconds: float) -> list[Part]:
    """The age of the bill where it is worth telling; `seconds` is since Azure was asked."""
    return [(f" {step(seconds)} old", "muted")] if month.bill.asked is not None and seconds >= OLD_S else []


def _bare(amount: Decimal) -> str:
    """An amount without its currency: what it is compared with is in the same."""
    text = money(amount, "", Form.SHORT)
    return text.replace(".0k", "k").replace(".0M", "M").replace(".0G", "G")
