"""A budget's filter: which charges it counts, by dimensions and tags. Only `In` is known, and conditions are joined by `and`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.emulator.budget_errors import InvalidBudgetError, texts
from console.emulator.cost_dimensions import dimension
from console.emulator.cost_questions import Test, filter_of
from console.emulator.estate import Estate


def normal_filter(told: Any) -> dict[str, Any]:
    """A filter as it is kept and shown; {} for none. Raises InvalidBudgetError."""
    if told is None or told == {}:
        return {}
    if not isinstance(told, dict) or len(told) != 1:
        raise InvalidBudgetError("'filter' must have one of and, dimensions, tags.")
    if "and" not in told:
        return _condition(told, "filter")
    joined = told["and"]
    if not isinstance(joined, list) or len(joined) < 2:
        raise InvalidBudgetError("'filter.and' must have at least 2 items.")
    return {"and": [_condition(one, f"filter.and[{at}]") for at, one in enumerate(joined)]}


def _condition(told: Any, place: str) -> dict[str, Any]:
    if not isinstance(told, dict) or len(told) != 1 or next(iter(told)) not in ("dimensions", "tags"):
        raise InvalidBudgetError(f"'{place}' must have one of dimensions, tags.")
    ((kind, asked),) = told.items()
    if not isinstance(asked, dict) or not isinstance(asked.get("name"), str) or not asked["name"].strip():
        raise InvalidBudgetError(f"'{place}.{kind}.name' is missing.")
    if str(asked.get("operator")).lower() != "in":
        raise InvalidBudgetError(f"'{place}.{kind}.operator' must be In, not {str(asked.get('operator'))[:40]!r}.")
    values = texts(asked.get("values"), f"{place}.{kind}.values")
    if not values:
        raise InvalidBudgetError(f"'{place}.{kind}.values' must have at least one value.")
    if kind == "dimensions" and dimension(asked["name"]) is None:
        raise InvalidBudgetError(f"'{place}.dimensions.name' {asked['name'][:60]!r} is not supported.")
    return {kind: {"name": asked["name"], "operator": "In", "values": values}}


def conditions(kept: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The conditions of a kept filter, each with one of `dimensions` and `tags`."""
    return list(kept.get("and", ())) or ([kept] if kept else [])


def test_of(estate: Estate, kept: Mapping[str, Any]) -> Test:
    """Whether a charge fits a kept filter, as a query with that filter would have it."""
    return filter_of(estate, kept or None, "Invalid budget")
