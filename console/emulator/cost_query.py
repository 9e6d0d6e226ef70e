"""Cost Management's query: sums of charges by day or month and by groupings, in pages that are asked for by POST."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from console.emulator.cost_calls import QUERY, VERSIONS, Scope, bad_request, metered, on_scope, scope_of_call
from console.emulator.cost_pages import TOKEN, TokenError, token_of, token_read
from console.emulator.cost_questions import SUMS, CostQuestion, QuestionError, question
from console.emulator.ledger import CURRENCY, Charge, charges, known_until
from console.emulator.paging import link
from console.emulator.routing import Call, Reply, Route

PAGE_SIZE, MOST_ON_PAGE = 1000, 5000
Row = list[Any]
Columns = Sequence[tuple[str, str]]


def _query(call: Call) -> Reply:
    scope = scope_of_call(call)
    if isinstance(scope, Reply):
        return scope
    options = {name.lower(): value for name, value in call.query.items()}
    now, top = call.world.clock.now(), options.get("$top", str(PAGE_SIZE))
    if not top.isdecimal() or not 1 <= int(top) <= MOST_ON_PAGE:
        return bad_request(f"Invalid query option: $top must be from 1 to {MOST_ON_PAGE}, not '{top}'.")
    try:
        asked = question(call.world.estate, call.body, now, scope.above)
        page, until = token_read(options[TOKEN]) if TOKEN in options else (0, known_until(now))
    except (QuestionError, TokenError) as error:
        return bad_request(str(error), getattr(error, "code", "BadRequest"))
    return metered(call, asked.first, asked.last, lambda: _answer(call, scope, asked, int(top), page, until))


def _answer(call: Call, scope: Scope, asked: CostQuestion, size: int, page: int, until: datetime) -> Reply:
    there = [one for one in charges(call.world, asked.first, asked.last, until, asked.amortized) if scope.covers(one)]
    if not there:
        return Reply(204)
    columns = columns_of(asked)
    rows = ordered(columns, rows_of(asked, filter(asked.test, there)), asked.order)
    more = len(rows) > (page + 1) * size
    # To be asked for by POST with the same body.
    following = link(call, TOKEN, token_of(page + 1, until)) if more else None
    return Reply(200, result(scope, columns, rows[page * size : (page + 1) * size], following))


def result(scope: Scope, columns: Columns, rows: Sequence[Row], following: str | None = None) -> dict[str, Any]:
    """The body of an answer, as recorded; the answer to a forecast has the same type."""
    name = str(uuid.uuid4())
    return {
        "id": f"{scope.path.strip('/')}/providers/Microsoft.CostManagement/query/{name}",
        "name": name,
        "type": "Microsoft.CostManagement/query",
        "location": None,
        "sku": None,
        "eTag": None,
        "properties": {"nextLink": following, "columns": [{"name": name, "type": kind} for name, kind in columns], "rows": list(rows)},
    }


def time_column(grain: str) -> Columns:
    """The column of a day (a number yyyymmdd) or a month (its first moment), or none."""
    return {"Daily": [("UsageDate", "Number")], "Monthly": [("BillingMonth", "Datetime")]}.get(grain, [])


def time_value(grain: str, day: date) -> tuple[Any, ...]:
    """A day's value in that column."""
    match grain:
        case "Daily":
            return (int(f"{day:%Y%m%d}"),)
        case "Monthly":
            return (f"{day:%Y-%m}-01T00:00:00",)
        case _:
            return ()


def columns_of(asked: CostQuestion) -> Columns:
    """Names and types of the columns: the sums, the time, the groupings, the currency."""
    grouped = [(name, "String") for grouping in asked.groupings for name in grouping.columns]
    return [*((name, "Number") for name in asked.sums), *time_column(asked.grain), *grouped, ("Currency", "String")]


def rows_of(asked: CostQuestion, found: Iterable[Charge]) -> list[Row]:
    """A row for each time and group that has charges, the earliest first."""
    measures = [SUMS[name] for name in asked.sums]
    totals: dict[tuple[Any, ...], list[Decimal]] = {}
    for charge in found:
        group = [value for grouping in asked.groupings for value in grouping.values(charge)]
        key = (*time_value(asked.grain, charge.day), *group, charge.currency)
        sums = totals.setdefault(key, [Decimal(0)] * len(measures))
        for index, measure in enumerate(measures):
            sums[index] += measure(charge)
    if not totals and not asked.groupings and asked.grain == "None" and measures:
        totals[(CURRENCY,)] = [Decimal(0)] * len(measures)
    # The sums leave as JSON numbers; their digits are the Decimal's own.
    return [[*map(float, sums), *key] for key, sums in sorted(totals.items(), key=lambda item: [str(part or "") for part in item[0]])]


def ordered(columns: Columns, rows: list[Row], order: Sequence[tuple[str, bool]]) -> list[Row]:
    """Rows sorted by the columns that the caller named; columns that there are not leave the order as it is."""
    names = [name.lower() for name, _ in columns]
    for name, downwards in reversed(order):
        if name.lower() in names:
            at = names.index(name.lower())
            rows = sorted(rows, key=lambda row: (row[at] is not None, row[at]), reverse=downwards)
    return rows


def routes() -> list[Route]:
    return [Route("POST", QUERY, _query, "recorded", "Microsoft.CostManagement/query/read", VERSIONS, scope_of=on_scope, dry=True)]
