"""The body of a query or a forecast of Cost Management, checked: of which days, what is summed, how it is grouped and filtered.

The codes and the sentence about groupings are as callers have reported them; the other sentences follow its form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from console.emulator.cost_dimensions import NAMES, dimension
from console.emulator.estate import Estate
from console.emulator.ledger import Charge

TYPES = ("Usage", "ActualCost", "AmortizedCost")
GRAINS = ("None", "Daily", "Monthly")
TIMEFRAMES = ("MonthToDate", "BillingMonthToDate", "TheLastMonth", "TheLastBillingMonth", "TheCurrentMonth", "WeekToDate", "Custom")
SUMS: Mapping[str, Callable[[Charge], Decimal]] = {
    **dict.fromkeys(("Cost", "PreTaxCost", "CostUSD", "PreTaxCostUSD"), lambda charge: charge.cost),
    "UsageQuantity": lambda charge: charge.quantity,
}
MOST_GROUPINGS = MOST_SUMS = 2
# How many days of daily figures there are for single resources.
MOST_DAYS_BY_RESOURCE = 31
Test = Callable[[Charge], bool]


class QuestionError(Exception):
    """A body that cannot be answered; the message is the sentence, `code` Azure's."""

    def __init__(self, message: str, code: str = "BadRequest") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Grouped:
    """One grouping: its columns' names and how their values are read off a charge."""

    columns: tuple[str, ...]
    values: Callable[[Charge], tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class CostQuestion:
    """What is asked; days are UTC, both included. `test` is the filter, `order` columns to sort by, each with whether downwards."""

    first: date
    last: date
    amortized: bool
    grain: str
    sums: tuple[str, ...]
    groupings: tuple[Grouped, ...]
    test: Test
    order: tuple[tuple[str, bool], ...] = ()


def field(body: object, name: str) -> Any:
    """A member of a JSON object, its name in any case, as Azure reads bodies; None where there is none."""
    return next((value for key, value in body.items() if key.lower() == name.lower()), None) if isinstance(body, dict) else None


def question(estate: Estate, body: object, now: datetime, above: bool, what: str = "query") -> CostQuestion:
    """What a body asks. `above`: the scope is one above subscriptions. Raises QuestionError."""
    wrong = f"Invalid {what} definition"
    dataset = field(body, "dataset")
    if not isinstance(dataset, dict):
        raise QuestionError(f"{wrong}: Dataset is missing.", "BadRequest" if what == "query" else "DontContainsDataSet")
    kind = _one_of(field(body, "type"), TYPES, f"{wrong}: Invalid type")
    grain = _one_of(field(dataset, "granularity") or "None", GRAINS, f"{wrong}: Invalid dataset granularity")
    first, last = _days(body, now, wrong)
    groupings = _list(field(dataset, "grouping"), f"{wrong}: Invalid dataset grouping")
    if len(groupings) > MOST_GROUPINGS:
        raise QuestionError(f"{wrong}: Invalid dataset grouping: {len(groupings)} are more than {MOST_GROUPINGS}.")
    by_resource = any(str(field(one, "name")).lower() == "resourceid" and not _is_tag(one) for one in groupings)
    if by_resource and above:
        raise QuestionError(f"{wrong}: Invalid dataset grouping: 'ResourceId' is only valid for subscriptions and what is below them.")
    if by_resource and grain == "Daily" and (last - first).days >= MOST_DAYS_BY_RESOURCE:
        raise QuestionError(f"{wrong}: The time period for daily data grouped by ResourceId cannot exceed {MOST_DAYS_BY_RESOURCE} days.")
    sums = _sums(field(dataset, "aggregation"), wrong)
    grouped = tuple(_grouping(estate, one, wrong) for one in groupings)
    test = filter_of(estate, field(dataset, "filter"), wrong)
    order = _order(field(dataset, "sorting"), wrong)
    return CostQuestion(first, last, kind == "AmortizedCost", grain, sums, grouped, test, order)


def _one_of(value: object, known: Sequence[str], wrong: str) -> str:
    found = next((one for one in known if isinstance(value, str) and one.lower() == value.lower()), None)
    if found is None:
        raise QuestionError(f"{wrong}: '{value}'; valid values: {_quoted(known)}.")
    return found


def _quoted(names: Sequence[str]) -> str:
    return ",".join(f"'{name}'" for name in names)


def _list(value: object, wrong: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise QuestionError(f"{wrong}: it must be a list of objects.")
    return value


def _days(body: object, now: datetime, wrong: str) -> tuple[date, date]:
    frame = _one_of(field(body, "timeframe"), TIMEFRAMES, f"{wrong}: Invalid timeframe")
    today = now.date()
    month = today.replace(day=1)
    match frame:
        case "Custom":
            return _period(field(body, "timePeriod"), wrong)
        case "WeekToDate":
            return today - timedelta(days=today.isoweekday() % 7), today
        case "TheLastMonth" | "TheLastBillingMonth":
            last = month - timedelta(days=1)
            return last.replace(day=1), last
        case "TheCurrentMonth":
            return month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case _:
            return month, today


def _period(period: object, wrong: str) -> tuple[date, date]:
    first, last = _moment(field(period, "from"), wrong), _moment(field(period, "to"), wrong)
    if last < first:
        raise QuestionError(f"{wrong}: Invalid time period: 'to' {last.isoformat()} is before 'from' {first.isoformat()}.")
    return first.date(), last.date()


def _moment(text: object, wrong: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise QuestionError(f"{wrong}: Invalid time period: '{text}' is not a date and time.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sums(asked: object, wrong: str) -> tuple[str, ...]:
    if asked is None:
        return ()
    if not isinstance(asked, dict) or len(asked) > MOST_SUMS:
        raise QuestionError(f"{wrong}: Invalid dataset aggregation: at most {MOST_SUMS} are possible.")
    for one in asked.values():
        _one_of(field(one, "function"), ("Sum",), f"{wrong}: Invalid dataset aggregation function")
    return tuple(_one_of(field(one, "name"), tuple(SUMS), f"{wrong}: Invalid dataset aggregation") for one in asked.values())


def _is_tag(grouping: object) -> bool:
    return str(field(grouping, "type")).lower() == "tagkey"


def _grouping(estate: Estate, grouping: object, wrong: str) -> Grouped:
    _one_of(field(grouping, "type"), ("Dimension", "TagKey"), f"{wrong}: Invalid dataset grouping type")
    name = str(field(grouping, "name"))
    if _is_tag(grouping):
        # The key stands in a column of its own beside the value; of what is not tagged both are null.
        return Grouped(("TagKey", "TagValue"), lambda charge: _tag(charge, name.lower()))
    value = dimension(name)
    if value is None:
        raise QuestionError(f"{wrong}: Invalid dataset grouping: '{name}'; valid values: {_quoted([*NAMES, ''])}.")
    return Grouped((name,), lambda charge: (value(estate, charge),))


def _tag(charge: Charge, key: str) -> tuple[str | None, str | None]:
    found = next((value for name, value in charge.tags.items() if name.lower() == key), None)
    return (None, None) if found is None else (key, found)


def filter_of(estate: Estate, asked: object, wrong: str) -> Test:
    """What a filter lets pass; None lets everything. `wrong` begins the sentence about one that is none. Raises QuestionError."""
    if asked is None:
        return lambda _charge: True
    if not isinstance(asked, dict) or len(asked) != 1:
        raise QuestionError(f"{wrong}: Invalid dataset filter: it has one of 'and', 'or', 'not', 'dimensions', 'tags'.")
    name, inner = next(iter(asked.items()))
    match name.lower():
        case "and" | "or":
            parts = [filter_of(estate, one, wrong) for one in _list(inner, f"{wrong}: Invalid dataset filter")]
            if len(parts) < 2:
                raise QuestionError(f"{wrong}: Invalid dataset filter: '{name}' needs at least two expressions.")
            join = all if name.lower() == "and" else any
            return lambda charge: join(part(charge) for part in parts)
        case "not":
            part = filter_of(estate, inner, wrong)
            return lambda charge: not part(charge)
        case "dimensions" | "dimension" | "tags" | "tag":
            return _comparison(estate, inner, name.lower().startswith("tag"), wrong)
    raise QuestionError(f"{wrong}: Invalid dataset filter: '{name}'.")


def _comparison(estate: Estate, asked: object, tag: bool, wrong: str) -> Test:
    name, values = str(field(asked, "name")), field(asked, "values")
    _one_of(field(asked, "operator"), ("In",), f"{wrong}: Invalid dataset filter operator")
    if not isinstance(values, list) or not values:
        raise QuestionError(f"{wrong}: Invalid dataset filter: '{name}' needs values.")
    if tag:
        wanted = {str(value).lower() for value in values}
        return lambda charge: str(_tag(charge, name.lower())[1] or "").lower() in wanted
    value = dimension(name)
    if value is None:
        raise QuestionError(f"{wrong}: Invalid dataset filter: '{name}'; valid values: {_quoted(tuple(NAMES))}.")
    # West Europe and westeurope are the same place.
    blank = "" if name.lower() == "resourcelocation" else " "
    told = {str(one).lower().replace(" ", blank) for one in values}
    return lambda charge: value(estate, charge).lower() in told


def _order(asked: object, wrong: str) -> tuple[tuple[str, bool], ...]:
    """Columns to sort by. Not in the published schema, but the portal's own queries have it."""
    found = []
    for one in _list(asked, f"{wrong}: Invalid dataset sorting"):
        direction = _one_of(field(one, "direction") or "ascending", ("ascending", "descending"), f"{wrong}: Invalid dataset sorting")
        found.append((str(field(one, "name")), direction == "descending"))
    return tuple(found)
