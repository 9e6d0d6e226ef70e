"""How a budget is written: its cells, and the pages with all that is known of it and of an alert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from console.domain import scopes
from console.domain.access.naming import scope_words
from console.domain.billing.amounts import Form, money
from console.domain.billing.budget_rows import BudgetRow
from console.domain.billing.budgets import Alert, Budget, Notification
from console.domain.findings.finding import Source
from console.session import Session
from screens.reasons import age_of, utc
from screens.widgets.facts import Fact

BAR_WIDTH = 4
PER = {"Monthly": "month", "Quarterly": "quarter", "Annually": "year"}
PER |= {"BillingMonth": "billing month", "BillingQuarter": "billing quarter", "BillingAnnual": "billing year"}
#: From this part of its amount on (per cent) a budget is nearly used up.
NEARLY = Decimal(75)
FULL = Decimal(100)
#: Addresses that a cell names; the rest are counted.
MOST_NAMED = 2


def style(row: BudgetRow) -> str:
    if row.budget is None:
        return "muted"
    if row.budget.fault or row.state.over:
        return "bad"
    if row.state.pressing:
        return "warn"
    return "" if row.running else "muted"


def name_text(row: BudgetRow) -> str:
    if row.budget is None:
        return "none"
    return row.budget.fault or row.budget.name


def amount_text(row: BudgetRow) -> str:
    if row.budget is None or row.budget.fault:
        return ""
    return money(row.budget.amount, row.budget.currency, Form.WHOLE)


def per_text(row: BudgetRow) -> str:
    return PER.get(row.budget.grain, row.budget.grain) if row.budget is not None else ""


def percent(value: Decimal | None) -> str:
    """Per cent rounded down, so that what is not reached is not told as reached."""
    return "?" if value is None else f"{int(value)}%"


def spent_text(row: BudgetRow) -> str:
    """A bar, and per cent of the amount."""
    if row.budget is None or row.budget.fault:
        return ""
    spent = row.state.spent
    if spent is None:
        return "?"
    full = 0 if spent <= 0 else min(BAR_WIDTH, max(1, int(spent * BAR_WIDTH / FULL)))
    return f"{'█' * full}{'░' * (BAR_WIDTH - full)} {percent(spent)}"


def forecast_text(row: BudgetRow) -> str:
    if row.budget is None or row.budget.fault:
        return ""
    return "?" if row.state.forecast is None else f"≈{percent(row.state.forecast)}"


def next_text(row: BudgetRow) -> str:
    """The threshold of what is spent that comes next."""
    if row.budget is None or row.budget.fault:
        return ""
    if row.state.spent is None:
        return "?" if row.budget.notifications else "–"
    return "–" if row.state.next is None else f"{row.state.next.threshold.normalize():f}%"


def emails_text(row: BudgetRow) -> str:
    """Whom its alerts tell."""
    if row.budget is None:
        return ""
    told = list(dict.fromkeys(whom for each in row.budget.notifications if each.enabled for whom in told_by(each)))
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return f"{', '.join(told[:MOST_NAMED])}{more}" if told else "nobody" if not row.budget.fault else ""


def told_by(alert: Notification) -> tuple[str, ...]:
    return (*alert.emails, *(f"every {role}" for role in alert.roles), *(group.rsplit("/", 1)[-1] for group in alert.groups))


def budget_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about costs rest on was read."""

    def age(source: Source) -> str:
        if source is Source.BUDGETS:
            return age_of(session.costs.now.budgets.age)
        asked = session.costs.now.asked
        return age_of(session.clock.age(asked).total_seconds() if asked is not None else None)

    return age


def budget_facts(row: BudgetRow, session: Session, passing: str = "") -> list[Fact]:
    """All that is known of a budget, or of a workspace without one; `passing` says when it is passed."""
    if row.budget is None:
        workspace = row.workspaces[0]
        return [
            Fact("workspace", f"{workspace.name} · {workspace.resource_group} · {session.context.subscription(workspace)}"),
            Fact("budget", "none: no filter names it, and none is on its group", "warn"),
            Fact("more", "n makes one, for the workspace, its group or the subscription"),
        ]
    budget = row.budget
    if budget.fault:
        return [Fact("unreadable", budget.fault, "bad", "bad"), Fact("ARM id", budget.id)]
    age = budget_ages(session)(Source.BUDGETS)
    spent, forecast = money(budget.spent, budget.currency), money(budget.forecast, budget.currency, estimate=True)
    facts = [
        Fact("budget", budget.name),
        Fact("on", scope_words(budget.scope, session.context.subscription_names)),
        Fact("for", _whose(row, session)),
        Fact("amount", f"{money(budget.amount, budget.currency)} a {per_text(row)}"),
        Fact("spent", f"{spent}, {percent(row.state.spent)} (as Azure worked it out: once a day, {age})", style(row)),
        Fact("forecast", f"{forecast}, {percent(row.state.forecast)} (by Azure)"),
    ]
    facts += [Fact("passes", passing, "warn" if row.state.pressing else "")] if passing else []
    facts += filter_facts(budget)
    facts += [Fact("alert", alert_words(each, budget), "muted" if not each.enabled else "") for each in budget.notifications]
    facts += [] if budget.notifications else [Fact("alert", "none: it tells nobody", "warn")]
    facts += [
        Fact("from", f"{budget.start or '?'} until {budget.end or '?'}{'' if row.running else ': not in force today'}"),
        Fact("stops", "nothing: a budget tells, it limits no spending", "muted"),
        Fact("ARM id", budget.id),
    ]
    return facts


def filter_facts(budget: Budget) -> list[Fact]:
    """What it counts, where that is not all of its scope."""
    if not budget.filters:
        return [Fact("counts", "what its filter says, which this console cannot tell: y shows it", "warn")] if budget.filter_raw else []
    facts = []
    for each in budget.filters:
        names = [value.rsplit("/", 1)[-1] for value in each.values]
        kind = f"tag {each.name}" if each.tag else each.name
        facts.append(Fact("counts", f"{kind}: {', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}"))
    return facts


def alert_words(alert: Notification, budget: Budget) -> str:
    """`at 80 % of what is billed ($1,200.00): ada@contoso.com`."""
    costs = "the forecast" if alert.kind.lower() == "forecasted" else "what is billed"
    amount = money(budget.amount * alert.threshold / FULL, budget.currency) if budget.amount is not None else "?"
    operator = "at" if alert.operator == "GreaterThanOrEqualTo" else "above"
    words = f"{operator} {alert.threshold.normalize():f} % of {costs} ({amount}): {', '.join(told_by(alert)) or 'nobody'}"
    return words if alert.enabled else f"switched off: {words}"


def passing_words(row: BudgetRow, passes: object, until: object) -> str:
    """When it is passed, by what the bill tells of the last week."""
    if row.state.over:
        return "already: more than its amount is spent"
    if passes is None:
        return f"≈ not before its period ends on {until}, if days go on like the last week's"
    return f"≈ on {passes}, if days go on like the last week's"


def alert_facts(alert: Alert, session: Session) -> list[Fact]:
    """All that is known of an alert."""
    if alert.fault:
        return [Fact("unreadable", alert.fault, "bad", "bad"), Fact("ARM id", alert.id)]
    return [
        Fact("alert", alert.kind or "?"),
        Fact("status", alert.status or "?"),
        Fact("on", scope_words(alert.scope, session.context.subscription_names)),
        Fact("budget", alert.budget.rsplit("/", 1)[-1] or "?"),
        Fact("threshold", threshold_text(alert)),
        Fact("amount", money(alert.amount, alert.unit)),
        Fact("spent then", money(alert.spent, alert.unit)),
        Fact("since", alert.created or "?"),
        Fact("ARM id", alert.id),
    ]


def threshold_text(alert: Alert) -> str:
    """An alert tells its threshold as a share: 0.8 of the amount."""
    return "?" if alert.threshold is None else f"{(alert.threshold * 100).normalize():f}%"


def as_of(asked: datetime | None) -> str:
    """When the bill was asked for, and how old its figures were then."""
    return f"{utc(asked)}, 8 to 24 hours behind what ran"


def _whose(row: BudgetRow, session: Session) -> str:
    if not row.workspaces:
        return f"{row.whose}: no workspace's alone"
    names = ", ".join(each.name for each in row.workspaces)
    return names if len(row.workspaces) == 1 else f"{row.whose}: {names}"


def is_of(alert: Alert, budget: Budget) -> bool:
    """Whether an alert is about a budget: Azure names that by its name, at the alert's own scope."""
    return scopes.same_id(alert.scope, budget.scope) and alert.budget.rsplit("/", 1)[-1].lower() == budget.name.lower()
