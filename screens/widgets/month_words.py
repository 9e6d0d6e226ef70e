"""The month in words: what is spent of which budget, what it comes to, and when that passes; for the header and for the head of Cost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from console.clock import step
from console.domain.billing.account import Account, Kind
from console.domain.billing.amounts import Form, figure, money, percent, sum_of
from console.domain.billing.month import Month
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


def spent(month: Month, *, name: bool = True) -> list[Part]:
    """`Nov ≈$4,310 of $6,000 ▓▓▓▓▓▓▓░░░ 72%`; none where nothing is known of the month."""
    so_far = month.outlook.to_date
    if so_far.value is None:
        return []
    used = month.used
    parts: list[Part] = [(f"{month.today:%b} " if name else "", "muted"), (figure(so_far, Form.WHOLE), look_of(used))]
    if month.bill.others.amounts:
        parts.append((f" + {sum_of(month.bill.others, Form.WHOLE)}", "bold"))
    if month.budget is not None and used is not None:
        parts += [(f" of {money(month.budget, so_far.unit, Form.WHOLE)} ", "muted"), (f"{bar(used)} ", look_of(used))]
        parts.append((percent(used), look_of(used)))
    return parts


def spent_shortly(month: Month) -> list[Part]:
    """`MTD 4.3k/6k 72%`: the same in few cells."""
    so_far = month.outlook.to_date
    if so_far.value is None:
        return []
    if month.budget is None or month.used is None:
        return [("MTD ", "muted"), (figure(so_far, Form.SHORT), "bold")]
    both = f"{_bare(so_far.value)}{'+?' if so_far.missing else ''}/{_bare(month.budget)}"
    return [("MTD ", "muted"), (both, look_of(month.used)), (f" {percent(month.used)}", look_of(month.used))]


def forecast(month: Month) -> list[Part]:
    """`fc ≈$5,870`, in the colour of what it does to the budget."""
    comes_to = month.outlook.forecast
    if comes_to.value is None:
        return []
    over = month.budget is not None and comes_to.value > month.budget
    return [("fc ", "muted"), (figure(comes_to, Form.WHOLE), "warn" if over else "bold")]


def passing(month: Month) -> list[Part]:
    """`over budget 24 Nov (19 to 28)`: the day on which the month passes it, and the bounds of that; none without a budget."""
    when = month.passing
    if when is None:
        return []
    if when.day is None:
        worst = f", at worst over on {when.earliest:%d %b}" if when.earliest is not None else ""
        return [(f"within budget{worst}", "muted")]
    if when.day < month.today:
        return [(f"over budget since {when.day:%d %b}", "bad")]
    sure = when.earliest == when.latest == when.day
    earliest = when.earliest or when.day
    bounds = "" if sure else f" ({earliest.day} to {when.latest.day if when.latest is not None else 'never'})"
    return [(f"over budget {when.day:%d %b}", "warn"), (bounds, "muted")]


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
