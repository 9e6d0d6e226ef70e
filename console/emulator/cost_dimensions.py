"""What charges can be grouped and filtered by, and the list of it with the values that occur.

Names are those that Cost Management lists in its own error messages, as far as the ledger knows their values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from console.emulator.cost_calls import DIMENSIONS, VERSIONS, Scope, bad_request, metered, on_scope, scope_of_call
from console.emulator.cost_pages import TOKEN, TokenError, token_of, token_read
from console.emulator.estate import Estate
from console.emulator.ledger import Charge, charges, known_until
from console.emulator.paging import link
from console.emulator.routing import Call, Reply, Route

Value = Callable[[Estate, Charge], str]
NAMES: Mapping[str, Value] = {
    "ResourceGroup": lambda _, charge: charge.resource_group,
    "ResourceGroupName": lambda _, charge: charge.resource_group,
    "ResourceType": lambda _, charge: charge.resource_type,
    "ResourceId": lambda _, charge: charge.resource_id,
    "ResourceLocation": lambda _, charge: charge.location,
    "SubscriptionId": lambda _, charge: charge.subscription_id,
    "SubscriptionName": lambda estate, charge: estate.subscriptions[charge.subscription_id].name,
    "MeterCategory": lambda _, charge: charge.meter_category,
    "MeterSubcategory": lambda _, charge: charge.meter_subcategory,
    "Meter": lambda _, charge: charge.meter,
    "ServiceName": lambda _, charge: charge.service_name,
    "UnitOfMeasure": lambda _, charge: charge.use.meter.unit,
    "ChargeType": lambda _, charge: charge.charge_type,
    "PublisherType": lambda _, charge: "Azure",
    "PricingModel": lambda _, charge: charge.pricing_model,
}
_BY_LOWER = {name.lower(): value for name, value in NAMES.items()}
_TERM = re.compile(r"\s*properties/(category|usageStart|usageEnd)\s+(eq|lt|gt|le|ge)\s+'([^']*)'\s*", re.IGNORECASE)
MOST = 1000


def dimension(name: str) -> Value | None:
    """How the value of a dimension (in any case) is read off a charge, or None where there is none of that name."""
    return _BY_LOWER.get(name.lower())


class _QueryError(Exception):
    """A query option that cannot be answered; the message is the sentence."""


def _options(call: Call, today: date) -> tuple[list[str], date, date]:
    """The categories and the days that a `$filter` asks for: all of the month to date by default."""
    wanted, first, last = list(NAMES), today.replace(day=1), today
    text = next((value for name, value in call.query.items() if name.lower() == "$filter"), "")
    for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else ():
        found = _TERM.fullmatch(part)
        if found is None:
            raise _QueryError(f"Invalid filter: '{part}'.")
        name, operator, value = found[1].lower(), found[2].lower(), found[3]
        if name == "usagestart":
            first = _day(value)
        elif name == "usageend":
            last = _day(value)
        elif operator == "eq" and value.lower() in _BY_LOWER:
            wanted = [known for known in NAMES if known.lower() == value.lower()]
        else:
            raise _QueryError(f"Invalid filter: '{value}' is not a category of dimensions.")
    return wanted, first, last


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).date()
    except ValueError:
        raise _QueryError(f"Invalid filter: '{text}' is not a date.") from None


def _list(call: Call) -> Reply:
    scope = scope_of_call(call)
    if isinstance(scope, Reply):
        return scope
    options = {name.lower(): value for name, value in call.query.items()}
    top = options.get("$top", str(MOST))
    if not top.isdecimal() or not 1 <= int(top) <= MOST:
        return bad_request(f"Invalid query option: $top must be from 1 to {MOST}, not '{top}'.")
    now = call.world.clock.now()
    try:
        wanted, first, last = _options(call, now.date())
        page, until = token_read(options[TOKEN]) if TOKEN in options else (0, known_until(now))
    except (_QueryError, TokenError) as error:
        return bad_request(str(error))
    return metered(call, first, last, lambda: _answer(call, scope, wanted, (first, last), int(top), page, until))


def _answer(call: Call, scope: Scope, wanted: list[str], days: tuple[date, date], top: int, page: int, until: datetime) -> Reply:
    estate = call.world.estate
    found = [charge for charge in charges(call.world, *days, until) if scope.covers(charge)]
    if not found:
        return Reply(204)
    expanded = "properties/data" in next((value for name, value in call.query.items() if name.lower() == "$expand"), "").lower()
    value = []
    for name in wanted:
        data = sorted({NAMES[name](estate, charge) for charge in found} - {""})
        shown = data[page * top : (page + 1) * top]
        more = expanded and len(data) > (page + 1) * top
        following = link(call, TOKEN, token_of(page + 1, until)) if more else None
        value.append(_body(scope, name, days, top, shown if expanded else [], len(data), following))
    return Reply(200, {"value": value})


def _body(
    scope: Scope, category: str, days: tuple[date, date], top: int, data: list[str], total: int, following: str | None
) -> dict[str, object]:
    name = f"dimensions_{category}_{days[0]}_{days[1]}_{top}"
    properties = {
        "data": data,
        "total": total,
        "category": category,
        "usageStart": f"{days[0]}T00:00:00+00:00",
        "usageEnd": f"{days[1]}T00:00:00+00:00",
        "description": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", category).capitalize(),
        "filterEnabled": True,
        "groupingEnabled": True,
        "nextLink": following,
    }
    identifier = f"{scope.path.strip('/')}/providers/Microsoft.CostManagement/{name}"
    return {"id": identifier, "name": name, "type": "Microsoft.CostManagement/dimensions", "properties": properties}


def routes() -> list[Route]:
    return [Route("GET", DIMENSIONS, _list, "schema", "Microsoft.CostManagement/dimensions/read", VERSIONS, scope_of=on_scope)]
