"""What Cost Management takes as a budget, and its body once taken.

The rules are those of the published schema (costmanagement.budgets.json, consumption.json). That a start date cannot be changed is
Azure's own sentence; the other sentences are the emulator's. Billing periods and reservation alerts belong to scopes that it does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from console.emulator.budget_errors import InvalidBudgetError, number
from console.emulator.budget_filter import normal_filter
from console.emulator.budget_notifications import normal_notifications
from console.emulator.budget_periods import GRAINS, months_later, period_start, wire_day

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,63}")
_ELSEWHERE = {
    "billingmonth": "is supported for web direct customers only",
    "billingquarter": "is supported for web direct customers only",
    "billingannual": "is supported for web direct customers only",
    "last7days": "is for reservation utilization only",
    "last30days": "is for reservation utilization only",
}
_EARLIEST = date(2017, 6, 1)
# Azure's eTags of budgets look like moments: hundreds of nanoseconds since 1601, in hexadecimal digits.
_ETAGS_BEGAN = datetime(1601, 1, 1, tzinfo=UTC)


def etag(moment: datetime, writes: int) -> str:
    """The eTag of the write at a moment; `writes` tells those of one moment apart."""
    return f'"{(moment - _ETAGS_BEGAN) // timedelta(microseconds=1) * 10 + writes:x}"'


def day_of(told: Any, name: str) -> date:
    """The day (UTC) that a moment of a request lies on. Raises InvalidBudgetError."""
    try:
        moment = datetime.fromisoformat(told)
        return moment.date() if moment.tzinfo is None else moment.astimezone(UTC).date()
    except (TypeError, ValueError, OverflowError):
        raise InvalidBudgetError(f"'{name}' must be a date such as 2026-11-01T00:00:00Z, not {str(told)[:60]!r}.") from None


def properties(name: str, told: Any, today: date, group: bool, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """`told` as it is kept and shown. `group` says that it is a management group's, `before` what an update replaces.

    Raises InvalidBudgetError.
    """
    if not _NAME.fullmatch(name):
        raise InvalidBudgetError(f"The budget name {name!r:.80} must have 1 to 63 letters, digits, underscores or hyphens.")
    if not isinstance(told, dict):
        raise InvalidBudgetError("'properties' is missing.")
    if any(told.get("filters", {}).values() if isinstance(told.get("filters"), dict) else [told.get("filters")]):
        raise InvalidBudgetError("'filters' is of former api-versions; use 'filter'.")
    _category(told.get("category"))
    grain = _grain(told.get("timeGrain"))
    first, last = _period(told.get("timePeriod"), grain, today, before)
    return {
        "category": "Cost",
        "amount": _amount(told.get("amount")),
        "timeGrain": grain,
        "timePeriod": {"startDate": wire_day(first), "endDate": wire_day(last)},
        "filter": normal_filter(told.get("filter")),
        "notifications": normal_notifications(told.get("notifications"), group),
    }


def _category(told: Any) -> None:
    category = str(told or "").lower()
    if category == "reservationutilization":
        raise InvalidBudgetError("The category ReservationUtilization is supported at billing scopes only.")
    if category != "cost":
        raise InvalidBudgetError(f"'category' must be Cost, not {str(told)[:60]!r}.")


def _amount(told: Any) -> float:
    amount = number(told, "amount")
    if amount <= 0:
        raise InvalidBudgetError("'amount' must be greater than 0.")
    return float(amount)


def _grain(told: Any) -> str:
    asked = str(told or "").lower()
    found = next((grain for grain in GRAINS if grain.lower() == asked), None)
    if found is None:
        reason = _ELSEWHERE.get(asked, f"is not one of {', '.join(GRAINS)}")
        raise InvalidBudgetError(f"'timeGrain' {str(told)[:40]!r} {reason}.")
    return found


def _period(told: Any, grain: str, today: date, before: Mapping[str, Any] | None) -> tuple[date, date]:
    if not isinstance(told, dict) or told.get("startDate") is None:
        raise InvalidBudgetError("'timePeriod.startDate' is missing.")
    first = day_of(told["startDate"], "timePeriod.startDate")
    if before is None:
        _check_start(first, grain, today)
    elif wire_day(first) != before["timePeriod"]["startDate"]:
        raise InvalidBudgetError("Start date of budgets cannot be updated. Please delete and create a new budget.")
    last = months_later(first, 120) if told.get("endDate") is None else day_of(told["endDate"], "timePeriod.endDate")
    if last <= first:
        raise InvalidBudgetError("'timePeriod.endDate' must be after 'timePeriod.startDate'.")
    return first, last


def _check_start(first: date, grain: str, today: date) -> None:
    if first.day != 1:
        raise InvalidBudgetError("'timePeriod.startDate' must be the first of a month.")
    if first < _EARLIEST:
        raise InvalidBudgetError("'timePeriod.startDate' must be on or after June 1, 2017.")
    if first > months_later(today, 12):
        raise InvalidBudgetError("'timePeriod.startDate' must not be more than twelve months ahead.")
    if first < period_start(grain, today):
        raise InvalidBudgetError(f"A past 'timePeriod.startDate' must lie within the current period of the time grain {grain}.")
