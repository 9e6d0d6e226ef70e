"""Budgets and alerts of Cost Management: lists, single ones, and what of them can be read (published swagger 2024-08-01)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.timestamps import parse
from console.azure.unreadable import named
from console.domain import scopes
from console.domain.billing.budgets import Alert, Budget, BudgetFilter, Notification
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

T = TypeVar("T")
#: The version that azure-mgmt-costmanagement 5.0.0 writes budgets with.
API = "2025-03-01"
PROVIDER = "Microsoft.CostManagement"
READ_BUDGETS = f"{PROVIDER}/budgets/read"
#: The narrowest built-in role that reads budgets and alerts (Azure built-in roles, Management and governance).
READER = "Cost Management Reader"


class _Amount(msgspec.Struct):
    amount: Decimal | None = None
    unit: str | None = None


class _Period(msgspec.Struct, rename="camel"):
    start_date: str | None = None
    end_date: str | None = None


class _Notification(msgspec.Struct, rename="camel"):
    threshold: Decimal
    enabled: bool = True
    operator: str | None = None
    threshold_type: str | None = None
    contact_emails: list[str] | None = None
    contact_roles: list[str] | None = None
    contact_groups: list[str] | None = None
    locale: str | None = None


class _Comparison(msgspec.Struct):
    name: str
    values: list[str] = []
    operator: str | None = None


class _Condition(msgspec.Struct):
    dimensions: _Comparison | None = None
    tags: _Comparison | None = None


class _Filter(_Condition):
    both: list[_Condition] | None = msgspec.field(name="and", default=None)


class _Properties(msgspec.Struct, rename="camel"):
    amount: Decimal | None = None
    category: str | None = None
    time_grain: str | None = None
    time_period: _Period | None = None
    filter: msgspec.Raw = msgspec.Raw(b"")
    current_spend: _Amount | None = None
    forecast_spend: _Amount | None = None
    notifications: dict[str, _Notification] | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str | None = None
    e_tag: str | None = msgspec.field(name="eTag", default=None)
    properties: _Properties | None = None


class _Definition(msgspec.Struct):
    type: str | None = None


class _Details(msgspec.Struct, rename="camel"):
    threshold: Decimal | None = None
    amount: Decimal | None = None
    current_spend: Decimal | None = None
    unit: str | None = None


class _AlertProperties(msgspec.Struct, rename="camel"):
    definition: _Definition | None = None
    details: _Details | None = None
    cost_entity_id: str | None = None
    status: str | None = None
    creation_time: str | None = None


class _AlertWire(msgspec.Struct):
    id: str
    name: str | None = None
    properties: _AlertProperties | None = None


_budget = msgspec.json.Decoder(_Wire)
_alert = msgspec.json.Decoder(_AlertWire)
_filter = msgspec.json.Decoder(_Filter)


def list_request(scope: str) -> Request:
    return Request(method="GET", path=f"{scope.rstrip('/')}/providers/{PROVIDER}/budgets", api_version=API)


def alerts_request(scope: str) -> Request:
    return Request(method="GET", path=f"{scope.rstrip('/')}/providers/{PROVIDER}/alerts", api_version=API)


async def read(arm: ArmClient, scope: str) -> Reading[Budget]:
    """The budgets of a subscription (those of its groups may be among them) or of a resource group. Raises TroubleError."""
    return await _read_all(arm, list_request(scope), decode, lambda item: scopes.key(item.id))


async def read_alerts(arm: ArmClient, scope: str) -> Reading[Alert]:
    """The alerts of a subscription or of a resource group. Raises TroubleError."""
    return await _read_all(arm, alerts_request(scope), decode_alert, lambda item: scopes.key(item.id))


async def read_json(arm: ArmClient, budget_id: str) -> bytes:
    """A budget as Azure sends it now. Raises TroubleError."""
    try:
        return (await arm.send(Request(method="GET", path=budget_id, api_version=API))).body
    except TroubleError as error:
        raise TroubleError(_told(error.trouble, budget_id)) from error


async def read_one(arm: ArmClient, budget_id: str) -> Budget:
    """A budget as it is now. Raises TroubleError, also where it cannot be read."""
    found = decode(await read_json(arm, budget_id))
    if found.fault:
        raise unreadable(found.fault, f"GET {budget_id}", arm.clock.now())
    return found


def decode(raw: bytes) -> Budget:
    """One budget as a row; never raises."""
    try:
        wire = _budget.decode(raw)
        properties = wire.properties or _Properties()
        filter_raw = b"" if bytes(properties.filter) in {b"", b"null", b"{}"} else bytes(properties.filter)
        filters = _conditions(filter_raw)
    except UNDECODABLE as error:
        return _faulty(raw, str(error))
    period = properties.time_period or _Period()
    spent, forecast = properties.current_spend or _Amount(), properties.forecast_spend or _Amount()
    budget_id = _absolute(wire.id)
    return Budget(
        id=budget_id,
        name=wire.name or budget_id.rpartition("/")[2],
        scope=scope_of(budget_id),
        amount=properties.amount,
        grain=properties.time_grain or "",
        start=_day(period.start_date),
        end=_day(period.end_date),
        spent=spent.amount,
        forecast=forecast.amount,
        currency=spent.unit or forecast.unit or "",
        filters=filters,
        filter_raw=filter_raw,
        notifications=tuple(_notification(name, each) for name, each in (properties.notifications or {}).items()),
        etag=wire.e_tag or "",
        category=properties.category or "Cost",
    )


def decode_alert(raw: bytes) -> Alert:
    """One alert as a row; never raises."""
    try:
        wire = _alert.decode(raw)
    except UNDECODABLE as error:
        budget = _faulty(raw, str(error))
        return Alert(id=budget.id, name=budget.name, scope=budget.scope, fault=budget.fault)
    properties = wire.properties or _AlertProperties()
    details = properties.details or _Details()
    alert_id = _absolute(wire.id)
    return Alert(
        id=alert_id,
        name=wire.name or alert_id.rpartition("/")[2],
        scope=scope_of(alert_id),
        kind=(properties.definition or _Definition()).type or "",
        status=properties.status or "",
        budget=properties.cost_entity_id or "",
        threshold=details.threshold,
        amount=details.amount,
        spent=details.current_spend,
        unit=details.unit or "",
        created=properties.creation_time or "",
    )


def scope_of(arm_id: str) -> str:
    """What a budget or an alert is on: its id without its provider and name."""
    at = arm_id.lower().rfind("/providers/")
    return arm_id[:at] if at > 0 else ""


async def _read_all(arm: ArmClient, request: Request, decoder: Callable[[bytes], T], key: Callable[[T], str]) -> Reading[T]:
    try:
        return await arm.read_all(request, decoder, key)
    except TroubleError as error:
        raise TroubleError(_told(error.trouble, request.path)) from error


def _told(trouble: Trouble, path: str) -> Trouble:
    """A refusal names the role that helps."""
    if trouble.kind is not Kind.PERMISSION or trouble.code == "ReadOnly":
        return trouble
    place = "/".join(scope_of(path).split("/")[-2:])
    return replace(trouble, sentence=f"You may not see the budgets of {place}: {READER} there grants {READ_BUDGETS}.")


def _conditions(raw: bytes) -> tuple[BudgetFilter, ...]:
    if not raw:
        return ()
    told = _filter.decode(raw)
    found = []
    for each in (told, *(told.both or ())):
        for comparison, tag in ((each.dimensions, False), (each.tags, True)):
            if comparison is not None:
                found.append(BudgetFilter(comparison.name, tuple(comparison.values), tag))
    return tuple(found)


def _notification(name: str, told: _Notification) -> Notification:
    return Notification(
        name=name,
        threshold=told.threshold,
        kind=told.threshold_type or "Actual",
        operator=told.operator or "",
        enabled=told.enabled,
        emails=tuple(told.contact_emails or ()),
        roles=tuple(told.contact_roles or ()),
        groups=tuple(told.contact_groups or ()),
        locale=told.locale or "",
    )


def _faulty(raw: bytes, fault: str) -> Budget:
    found, name = named(raw)
    budget_id = _absolute(found)
    return Budget(id=budget_id, name=name, scope=scope_of(budget_id), fault=fault)


def _absolute(arm_id: str) -> str:
    """Azure's examples spell ids of budgets and alerts without their first slash."""
    return f"/{arm_id}" if arm_id.lower().startswith("subscriptions/") else arm_id


def _day(told: str | None) -> date | None:
    moment = parse(told)
    return moment.date() if moment is not None else None
