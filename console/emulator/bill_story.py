"""What only the bill tells of the estate: a cluster that is gone, a tag that came late, a machine paid in advance."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from console.emulator import sizes
from console.emulator.activity import steady_guid
from console.emulator.estate import Estate, Habit, Reservation, Workspace
from console.emulator.fleet import Fleet
from console.emulator.history import remember
from console.emulator.staff import person

GONE_DAYS = 40
TAGGED_DAYS = 19
RESERVED_DAYS = 47
TERM_DAYS = 365
# A year in advance costs so much of what the hours cost.
RESERVED_FACTOR = Decimal("0.62")


def tell(estate: Estate, epoch: datetime) -> None:
    """Add them to an estate that has its workspaces and computes. Draws from no sequence of the others."""
    by_name = {one.name: one for one in estate.workspaces.values()}
    _gone(estate, by_name["fraud-dev"], epoch)
    _tagged_late(by_name["genai-hub"], epoch)
    _reserved(estate, by_name["fraud-prod"], epoch)


def _gone(estate: Estate, workspace: Workspace, epoch: datetime) -> None:
    """A cluster for one project, deleted when that was over."""
    fleet = Fleet(estate, workspace, Random(f"{estate.seed} departed"), epoch)
    people = (person(estate, "Noah Weber"), person(estate, "Mei Tanaka"))
    gone = epoch - timedelta(days=GONE_DAYS)
    habit = Habit(4, (40, 200), (1, 3), people, ("chargeback-poc",), gone - timedelta(hours=6))
    cluster = fleet.cluster("gpu-poc", "Standard_NC8as_T4_v3", people[0], 130, (0, 4), patience="PT15M", habit=habit)
    remember(cluster)
    del estate.computes[cluster.id.lower()]
    cluster.gone_at, cluster.counts = gone, []
    cluster.provisioning_state = "Deleting"
    estate.departed.append(cluster)


def _tagged_late(workspace: Workspace, epoch: datetime) -> None:
    without = {name: value for name, value in workspace.tags.items() if name != "team"}
    workspace.former_tags.append((epoch - timedelta(days=TAGGED_DAYS), without))


def _reserved(estate: Estate, workspace: Workspace, epoch: datetime) -> None:
    """The old virtual machine behind `vm-legacy` runs all day and all night: a year of it was bought."""
    compute = estate.computes[f"{workspace.id}/computes/vm-legacy".lower()]
    size = str(compute.properties["virtualMachineSize"])
    hourly = Decimal(str(sizes.price(size, compute.location)))
    price = (hourly * 24 * TERM_DAYS * RESERVED_FACTOR).quantize(Decimal("0.01"))
    bought = (epoch - timedelta(days=RESERVED_DAYS)).date()
    order = steady_guid(estate.seed, "reservation", compute.id)
    covers = (compute.resource_id or "").lower()
    estate.reservations.append(Reservation(order, workspace.subscription_id, covers, size, bought, TERM_DAYS, price))
