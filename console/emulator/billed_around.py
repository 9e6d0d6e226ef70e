"""What stands around computes and is paid for: storage, vaults, registries, logs, traffic, endpoints, what was brought from outside.

How much of each is used is made up, steadily over the day and by a pattern of the week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from console.emulator import meters
from console.emulator.chance import chance, pattern
from console.emulator.companions import KINDS
from console.emulator.estate import PROVIDER, Compute, Estate, OnlineDeployment, OnlineEndpoint, Reservation, Workspace
from console.emulator.meters import Meter
from console.emulator.payer import Payer, Use, hours, overlap, tags_at, used

_DAY_HOURS = Decimal(24)
_NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Habit:
    """So many units of a meter on a mean day; `weekend` is the share of a week-end's day, `spread` how far days differ."""

    meter: Meter
    daily: float
    weekend: float = 0.75
    spread: float = 0.2


def _part(start: datetime, end: datetime, since: datetime) -> Decimal:
    """Which part of a day lies between `start` and `end`, after `since`."""
    return hours(overlap(start, end, since, None)) / _DAY_HOURS


def _steadily(estate: Estate, of: str, since: datetime, habits: tuple[_Habit, ...]) -> Callable[[datetime, datetime, bool], Iterator[Use]]:
    def uses(start: datetime, end: datetime, _spread: bool) -> Iterator[Use]:
        part = _part(start, end, since)
        for habit in habits:
            busy = pattern(estate.seed, f"{of} {habit.meter.name}", start.date(), habit.weekend, habit.spread)
            yield from used(habit.meter, Decimal(str(round(habit.daily * busy, 4))) * part)

    return uses


def _between(estate: Estate, of: str, low: float, high: float) -> float:
    """A figure of a resource that is its own."""
    return low + (high - low) * chance(estate.seed, of, "size")


def around_workspace(estate: Estate, workspace: Workspace) -> Iterator[Payer]:
    """The companions of a workspace, and what it uses itself."""
    own = workspace.id.lower()
    traffic = (_Habit(meters.BANDWIDTH, _between(estate, own, 0.5, 4), 0.5, 0.4),)
    yield _payer(estate, workspace, workspace.id, f"{PROVIDER}/workspaces", traffic)
    companions = {kind.property: kind for kind in KINDS}
    for name, kind in (
        ("storageAccount", "Microsoft.Storage/storageAccounts"),
        ("keyVault", "Microsoft.KeyVault/vaults"),
        ("applicationInsights", "Microsoft.Insights/components"),
        ("containerRegistry", "Microsoft.ContainerRegistry/registries"),
    ):
        identifier = workspace.body.get(name)
        if not isinstance(identifier, str):
            continue
        tier = companions[name].told(identifier, workspace)["sku"]["name"] if name in companions else ""
        yield _payer(estate, workspace, identifier, kind, _of_companion(estate, name, identifier, str(tier)))


def _of_companion(estate: Estate, name: str, identifier: str, tier: str) -> tuple[_Habit, ...]:
    match name:
        case "storageAccount":
            # Gigabytes are paid by the month: a thirtieth of them a day.
            stored = _Habit(meters.BLOBS, _between(estate, identifier, 400, 6000) / 30, 1.0, 0.01)
            return stored, _Habit(meters.WRITES, _between(estate, identifier, 2, 18))
        case "keyVault":
            return (_Habit(meters.VAULT, _between(estate, identifier, 0.1, 1.5)),)
        case "applicationInsights":
            return (_Habit(meters.LOGS, _between(estate, identifier, 0.05, 0.9)),)
        case _:
            return (_Habit(meters.REGISTRIES[tier], 1.0, 1.0, 0.0),)


def _payer(estate: Estate, workspace: Workspace, identifier: str, kind: str, habits: tuple[_Habit, ...]) -> Payer:
    return Payer(
        id=identifier.lower(),
        type=kind.lower(),
        subscription_id=workspace.subscription_id,
        resource_group=workspace.resource_group.lower(),
        location=workspace.location,
        tags=lambda moment: tags_at(workspace.former_tags, workspace.tags, moment),
        uses=_steadily(estate, identifier, workspace.created_at, habits),
    )


def serving(estate: Estate, endpoint: OnlineEndpoint, deployment: OnlineDeployment) -> Payer:
    """The machines of an online deployment, which run for as long as it exists.

    They stand on the bill under the workspace, told apart by two tags ("View costs for managed online endpoints", Microsoft Learn).
    """
    workspace = estate.workspaces[endpoint.workspace_id]
    habits = (_Habit(meters.machine(deployment.size, workspace.location), 24.0 * deployment.count, 1.0, 0.0),)
    of = {"azuremlendpoint": endpoint.name, "azuremldeployment": deployment.name}
    return Payer(
        id=workspace.id.lower(),
        type=f"{PROVIDER}/workspaces".lower(),
        subscription_id=workspace.subscription_id,
        resource_group=workspace.resource_group.lower(),
        location=workspace.location,
        tags=lambda moment: {**tags_at(workspace.former_tags, workspace.tags, moment), **of},
        uses=_steadily(estate, deployment.id, deployment.created_at, habits),
    )


def brought(estate: Estate, workspace: Workspace, compute: Compute) -> Payer | None:
    """What is behind a compute that was attached before the epoch, paid whether it is attached or not; None where nothing is paid."""
    if compute.resource_id is None or compute.created_at > estate.epoch:
        return None
    uses = _of_outside(estate, compute, compute.resource_id)
    if uses is None:
        return None
    kind = compute.resource_id.partition("/providers/")[2].split("/")
    return Payer(
        id=compute.resource_id.lower(),
        type="/".join([kind[0], *kind[1::2]]).lower(),
        subscription_id=workspace.subscription_id,
        resource_group=workspace.resource_group.lower(),
        location=compute.location,
        tags=lambda _moment: _NO_TAGS,
        uses=uses,
    )


def _of_outside(estate: Estate, compute: Compute, resource: str) -> Callable[[datetime, datetime, bool], Iterator[Use]] | None:
    since, properties = compute.created_at, compute.properties
    habits: tuple[_Habit, ...]
    match compute.kind:
        case "AKS":
            machine = meters.machine(str(properties["agentVmSize"]), compute.location)
            nodes = 24.0 * int(properties["agentCount"])
            habits = (_Habit(machine, nodes, 1.0, 0.0), _Habit(meters.KUBERNETES, 24.0, 1.0, 0.0))
        case "VirtualMachine":
            return _machine(estate, compute, resource)
        case "Databricks":
            habits = (_Habit(meters.DATABRICKS, 34.0, 0.1, 0.4),)
        case "SynapseSpark":
            habits = (_Habit(meters.SPARK, 96.0, 0.2, 0.35),)
        case "DataFactory":
            habits = (_Habit(meters.FACTORY, 3.2, 1.0, 0.1),)
        case "HDInsight":
            habits = (_Habit(meters.HADOOP, 72.0, 1.0, 0.0),)
        case _:
            return None
    return _steadily(estate, resource, since, habits)


def _machine(estate: Estate, compute: Compute, resource: str) -> Callable[[datetime, datetime, bool], Iterator[Use]]:
    """A virtual machine that runs all the time; where it was reserved its hours are paid already, or cost their share of that."""
    meter = meters.machine(str(compute.properties["virtualMachineSize"]), compute.location)
    held = next((one for one in estate.reservations if one.covers == resource.lower()), None)

    def uses(start: datetime, end: datetime, spread: bool) -> Iterator[Use]:
        time = hours(overlap(start, end, compute.created_at, None))
        if not time:
            return
        if held is None or not held.bought <= start.date() < held.bought + timedelta(days=held.days):
            yield Use(meter, time, meter.price)
        else:
            price = held.price / (held.days * 24) if spread else Decimal(0)
            yield Use(meter, time, price, pricing_model="Reservation")

    return uses


def bought(reservation: Reservation) -> Payer:
    """The purchase of a reservation: one charge on its day, in no resource group; none where it is spread over what uses it."""
    meter = meters.machine(reservation.size, "")
    once = Meter(meter.category, meter.subcategory, f"{meter.name} Reservation", meter.service, reservation.price, "1 Year")

    def uses(start: datetime, _end: datetime, spread: bool) -> Iterator[Use]:
        if start.date() == reservation.bought and not spread:
            yield Use(once, Decimal(1), reservation.price, "Purchase", "Reservation")

    return Payer(
        id=f"/providers/microsoft.capacity/reservationorders/{reservation.order}",
        type="microsoft.capacity/reservationorders",
        subscription_id=reservation.subscription_id,
        resource_group="",
        location="",
        tags=lambda _moment: _NO_TAGS,
        uses=uses,
    )
