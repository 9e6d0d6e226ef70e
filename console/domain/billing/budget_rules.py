"""Rules of budgets: what Azure refuses of one, field by field, before it is sent.

Sources: Budgets - Create Or Update of Cost Management (published swagger 2024-08-01 and REST reference), for budgets of cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import msgspec

from console.domain import scopes
from console.domain.billing.budgets import Budget, Notification

NAME = re.compile(r"^[a-zA-Z0-9_-]{1,63}\Z")
GRAINS = ("Monthly", "Quarterly", "Annually", "BillingMonth", "BillingQuarter", "BillingAnnual")
#: `BillingMonth` and its like: Azure takes them of those only that pay it directly (Web Direct).
BILLING_GRAINS = frozenset(GRAINS[3:])
KINDS = ("Actual", "Forecasted")
OPERATORS = ("GreaterThan", "GreaterThanOrEqualTo")
LOCALES = frozenset(
    {
        *("en-us", "ja-jp", "zh-cn", "de-de", "es-es", "fr-fr", "it-it", "ko-kr", "pt-br", "ru-ru", "zh-tw"),
        *("cs-cz", "pl-pl", "tr-tr", "da-dk", "en-gb", "hu-hu", "nb-no", "nl-nl", "pt-pt", "sv-se"),
    }
)
EARLIEST = date(2017, 6, 1)
MONTHS_AHEAD = 12
MOST_OF_A_KIND = 5
MOST_CONTACTS = 50
HIGHEST_THRESHOLD = Decimal(1000)
THRESHOLD_DECIMALS = 2
#: One @, no blanks, a domain with a dot: whether somebody reads mail there only a mail can tell.
EMAIL = re.compile(r"^[^\s@,;<>()\"]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]\Z")
ACTION_GROUPS = "microsoft.insights/actiongroups"


class Flaw(msgspec.Struct, frozen=True):
    """What Azure would refuse. `field` is the budget's (`amount`, `notifications[2].threshold` …), `sentence` says what and what else."""

    field: str
    sentence: str


def flaws(budget: Budget, today: date, before: Budget | None = None) -> tuple[Flaw, ...]:
    """All that Azure would refuse of a budget, in the order of its fields; none where it is fine.

    `today` is a UTC day. `before` is the budget that this one changes: a start that stays as it was is not judged anew, as the rule is
    about new ones (inferred: the reference does not say). Budgets of reservation utilization have other rules and are refused.
    """
    if budget.category != "Cost":
        return (Flaw("category", f"A budget of {budget.category} has other rules: this console only changes budgets of cost."),)
    kept = before is not None and before.start == budget.start
    return (
        *_name(budget.name),
        *_amount(budget.amount),
        *_grain(budget.grain),
        *_start(budget, today, kept),
        *_end(budget),
        *_filters(budget),
        *_notifications(budget),
    )


def name_fault(name: str) -> str | None:
    """Why Azure would refuse a budget's name, as a sentence; None when it is fine."""
    if NAME.match(name):
        return None
    if not name:
        return "A budget needs a name."
    if len(name) > 63:
        return f"A budget's name has at most 63 characters; this one has {len(name)}."
    return "A budget's name has letters of a to z, digits, hyphens and underscores only."


def email_fault(address: str) -> str | None:
    """Why something is no e-mail address, as a sentence; None when it may be one."""
    return None if EMAIL.match(address) and ".." not in address else f"{address!r} is no e-mail address."


def period_start(grain: str, today: date) -> date:
    """The first day of the month, quarter or year (by the grain) that `today` is in; a billing period is taken for a calendar one."""
    if grain in {"Annually", "BillingAnnual"}:
        return today.replace(month=1, day=1)
    if grain in {"Quarterly", "BillingQuarter"}:
        return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return today.replace(day=1)


def latest_start(today: date) -> date:
    """The last day that a budget may start on: twelve months from `today`, as the first of a month."""
    return date(today.year + MONTHS_AHEAD // 12, today.month, 1)


def takes_groups(scope: str) -> bool:
    """Whether budgets at a scope may tell action groups and roles: at subscriptions and resource groups only."""
    return scopes.key(scope).startswith("/subscriptions/")


def _name(name: str) -> Iterator[Flaw]:
    if fault := name_fault(name):
        yield Flaw("name", fault)


def _amount(amount: Decimal | None) -> Iterator[Flaw]:
    if amount is None:
        yield Flaw("amount", "A budget needs an amount.")
    elif not amount.is_finite() or amount <= 0:
        yield Flaw("amount", f"The amount is more than 0; this is {amount}.")


def _grain(grain: str) -> Iterator[Flaw]:
    if grain not in GRAINS:
        yield Flaw("grain", f"A budget is reset {_listed(GRAINS)}; {grain!r} is none of these.")


def _start(budget: Budget, today: date, kept: bool) -> Iterator[Flaw]:
    start = budget.start
    if start is None:
        yield Flaw("start", "A budget needs a day to start on: the first of a month.")
        return
    if start.day != 1:
        yield Flaw("start", f"A budget starts on the first of a month; {start} is none.")
    if start < EARLIEST:
        yield Flaw("start", f"A budget starts on {EARLIEST} or later; this is {start}.")
    elif not kept and start < (period := period_start(budget.grain, today)):
        yield Flaw("start", f"A start in the past is within the current period, which began on {period}; this is {start}.")
    if start > (latest := latest_start(today)):
        yield Flaw("start", f"A budget starts within {MONTHS_AHEAD} months, on {latest} at the latest; this is {start}.")


def _end(budget: Budget) -> Iterator[Flaw]:
    if budget.end is not None and budget.start is not None and budget.end <= budget.start:
        yield Flaw("end", f"A budget ends after it starts ({budget.start}); this is {budget.end}.")


def _filters(budget: Budget) -> Iterator[Flaw]:
    for index, each in enumerate(budget.filters):
        if not each.name:
            yield Flaw(f"filters[{index}]", "A condition needs the name of a dimension or a tag.")
        if not each.values:
            yield Flaw(f"filters[{index}]", f"A condition on {each.name or '?'} needs at least one value.")


def _notifications(budget: Budget) -> Iterator[Flaw]:
    for kind in KINDS:
        count = sum(each.kind == kind for each in budget.notifications)
        if count > MOST_OF_A_KIND:
            yield Flaw("notifications", f"A budget has at most {MOST_OF_A_KIND} thresholds of kind {kind}; these are {count}.")
    names: set[str] = set()
    for index, each in enumerate(budget.notifications):
        field = f"notifications[{index}]"
        if not each.name or each.name.lower() in names:
            yield Flaw(f"{field}.name", "Each threshold has a name of its own within the budget.")
        names.add(each.name.lower())
        yield from _threshold(field, each)
        yield from _contacts(field, each, budget.scope)


def _threshold(field: str, told: Notification) -> Iterator[Flaw]:
    threshold = told.threshold
    if not threshold.is_finite() or not 0 <= threshold <= HIGHEST_THRESHOLD:
        yield Flaw(f"{field}.threshold", f"A threshold is from 0 to {HIGHEST_THRESHOLD} per cent; this is {threshold}.")
    elif threshold != round(threshold, THRESHOLD_DECIMALS):
        yield Flaw(f"{field}.threshold", f"A threshold has at most {THRESHOLD_DECIMALS} decimals; this is {threshold}.")
    if told.kind not in KINDS:
        yield Flaw(f"{field}.kind", f"A threshold is of what is {_listed(KINDS)}; {told.kind!r} is none of these.")
    if told.operator not in OPERATORS:
        yield Flaw(f"{field}.operator", f"A threshold of cost compares by {_listed(OPERATORS)}; not by {told.operator!r}.")
    if told.locale and told.locale.lower() not in LOCALES:
        yield Flaw(f"{field}.locale", f"Azure writes mail in no language {told.locale!r}.")


def _contacts(field: str, told: Notification, scope: str) -> Iterator[Flaw]:
    for address in told.emails:
        if fault := email_fault(address):
            yield Flaw(f"{field}.emails", fault)
    for name, contacts in (("emails", told.emails), ("groups", told.groups)):
        if len(contacts) > MOST_CONTACTS:
            yield Flaw(f"{field}.{name}", f"A threshold tells at most {MOST_CONTACTS} {name}; these are {len(contacts)}.")
    for group in told.groups:
        if not _is_action_group(group):
            yield Flaw(f"{field}.groups", f"An action group is named by its whole ARM id; {group!r} is none.")
    if takes_groups(scope):
        if not told.emails and not told.groups:
            yield Flaw(f"{field}.emails", "A threshold tells at least one e-mail address or action group.")
        return
    if not told.emails:
        yield Flaw(f"{field}.emails", "A threshold tells at least one e-mail address.")
    for name, contacts in (("roles", told.roles), ("groups", told.groups)):
        if contacts:
            yield Flaw(f"{field}.{name}", f"Only budgets of subscriptions and resource groups tell {name}.")


def _is_action_group(group: str) -> bool:
    parts = scopes.key(group).strip("/").split("/")
    return len(parts) == 8 and parts[0] == "subscriptions" and "/".join(parts[5:7]) == ACTION_GROUPS


def _listed(words: Iterable[str]) -> str:
    every = list(words)
    return f"{', '.join(every[:-1])} or {every[-1]}"
