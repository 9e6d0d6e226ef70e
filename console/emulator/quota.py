"""Cores: how many of each VM family a subscription may have in a region, who has them, and what is refused for want of them.

An instance counts while it exists, unless it is stopped with releaseQuotaOnStop. A cluster counts with the nodes that it has, its
maximum with none: so the published example of usages (a cluster that uses 0) and the error codes have it, which speak of minimum nodes
when a cluster is made and of a quota that is reached when it grows; Microsoft's prose, which lets the maximum count, says otherwise.
Limits are the emulator's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from console.emulator import sizes
from console.emulator.clock import Clock
from console.emulator.estate import Compute, Estate, LastOperation, subscription_scope

Refuse = Callable[[str, str], None]

OWN = ("ComputeInstance", "AmlCompute")
MIN_NODES_EXCEED = "ClusterMinNodesExceedCoreQuota"
REACHED = "ClusterCoreQuotaReached"
#: How long it takes until a creation ends that the quota does not allow.
REFUSING_SECONDS = 20.0
#: What the story needs, by subscription name, region and family; other processor families have DEFAULT, other GPU families none.
LIMITS = {
    ("contoso-prod", "westeurope", "StandardNCADSA100v4Family"): 50,
    ("contoso-prod", "northeurope", "StandardNCADSA100v4Family"): 96,
    ("contoso-prod", "westeurope", "standardNCSv3Family"): 168,
    ("contoso-prod", "northeurope", "standardNCSv3Family"): 48,
    ("contoso-prod", "westeurope", "Standard NCASv3_T4 Family"): 24,
    ("contoso-prod", "westeurope", "standardDSv2Family"): 160,
    ("contoso-prod", "northeurope", "standardFSv2Family"): 400,
    ("contoso-research", "swedencentral", "Standard NDASv4_A100 Family"): 384,
    ("contoso-research", "swedencentral", "StandardNCADSA100v4Family"): 48,
}
DEFAULT = 100
REGION_LIMIT, LOW_PRIORITY_LIMIT, CLUSTERS_LIMIT = 1000, 200, 200


@dataclass(frozen=True, slots=True)
class Room:
    """Cores that a compute may have in all: what the narrowest of its limits leaves beside the other computes."""

    cores: int
    limit: int
    used: int


def set_limits(estate: Estate, scale: int) -> None:
    """Give every subscription its limits in every region; a bigger company has been given more."""
    for subscription in estate.subscriptions.values():
        for region in sizes.locations():
            for family in sizes.families():
                common = 0 if sizes.has_gpus(family) else DEFAULT
                limit = LIMITS.get((subscription.name, region, family), common)
                estate.core_limits[subscription.id.lower(), region, family] = limit * scale
            for low_priority, limit in ((False, REGION_LIMIT), (True, LOW_PRIORITY_LIMIT)):
                estate.region_limits[subscription.id.lower(), region, low_priority] = limit * scale


def family_of(compute: Compute) -> str:
    """The VM family of an instance or a cluster; "" for what has no machines of its own."""
    return _size(compute.properties["vmSize"])[0] if compute.kind in OWN else ""


def low_priority(compute: Compute) -> bool:
    return compute.properties.get("vmPriority") == "LowPriority"


def cores_of(compute: Compute) -> int:
    """The cores that a compute has of its family's quota now."""
    return _machines(compute) * _each(compute)


def _each(compute: Compute) -> int:
    return _size(compute.properties["vmSize"])[1] if compute.kind in OWN else 0


@cache
def _size(name: str) -> tuple[str, int]:
    """Family and cores of a size; nothing of one that there is not."""
    size = sizes.find(name)
    return (str(size["family"]), int(size["vCPUs"])) if size is not None else ("", 0)


def _machines(compute: Compute) -> int:
    if compute.kind == "AmlCompute":
        return sum(node.state != "preempted" for node in compute.nodes)
    if compute.kind != "ComputeInstance" or compute.state == "CreateFailed":
        return 0
    return 0 if compute.state == "Stopped" and compute.properties.get("releaseQuotaOnStop") else 1


def in_subscription(estate: Estate, subscription_id: str, region: str) -> Iterator[Compute]:
    """The instances and clusters of a subscription whose machines are in a region."""
    prefix = f"{subscription_scope(subscription_id)}/".lower()
    for compute in estate.computes.values():
        if compute.location == region and compute.workspace_id.startswith(prefix) and family_of(compute):
            yield compute


def room(estate: Estate, compute: Compute) -> Room:
    """What the limit of the family, of the workspace or of the region leaves for a compute, whichever is least."""
    subscription_id, region, family, tier = compute.workspace_id.split("/")[2], compute.location, family_of(compute), low_priority(compute)
    own_limit = estate.workspace_limits.get((compute.workspace_id, region, family))
    in_region = in_family = in_workspace = 0
    for one in in_subscription(estate, subscription_id, region):
        if low_priority(one) == tier:
            cores = cores_of(one)
            in_region += cores
            if family_of(one) == family:
                in_family += cores
                in_workspace += cores if one.workspace_id == compute.workspace_id else 0
    own = cores_of(compute)
    limits = [(estate.region_limits[subscription_id, region, tier], in_region)]
    if not tier:  # low priority is limited by the region alone
        limits.append((estate.core_limits[subscription_id, region, family], in_family))
        limits += [(own_limit, in_workspace)] if own_limit is not None else []
    # It may be in the estate already, and counted.
    counted = own if estate.computes.get(compute.id.lower()) is compute else 0
    return min((Room(limit - used + counted, limit, used) for limit, used in limits), key=lambda each: each.cores)


def growth(estate: Estate, compute: Compute, nodes: int) -> int:
    """How many of so many nodes more a cluster may get; while it may not get all, its errors say so."""
    content(compute)
    each = _each(compute)
    found = room(estate, compute)
    allowed = max(0, min(nodes, (found.cores - cores_of(compute)) // each)) if each else nodes
    if allowed < nodes:
        # The code is known from jobs that wait; the sentence is that of Azure's other quota errors.
        message = (
            f"Operation results in exceeding quota limits of Core. Maximum allowed: {found.limit}, Current in use: {found.used}, "
            f"Additional requested: {nodes * each}."
        )
        compute.errors.append({"error": {"code": REACHED, "message": message}})
    return allowed


def content(compute: Compute) -> None:
    """A cluster asks for no more than it has: no quota is in its way."""
    if compute.errors:
        compute.errors = [one for one in compute.errors if one["error"]["code"] != REACHED]


def refuse(estate: Estate, clock: Clock, compute: Compute, fail: Refuse | None) -> bool:
    """Whether the least that a compute has to have exceeds its quota; if so, it ends Failed a little later, and `fail` hears why."""
    if not family_of(compute):
        return False
    cluster = compute.kind == "AmlCompute"
    least = compute.properties["scaleSettings"].get("minNodeCount", 0) if cluster else 1
    found = room(estate, compute)
    if least * _each(compute) <= found.cores or (cluster and least <= _machines(compute)):
        return False
    message = _sentence(compute, found, least)

    def failed() -> None:
        compute.provisioning_state = "Failed"
        compute.errors = [{"error": {"code": MIN_NODES_EXCEED, "message": message}}]
        if not cluster:
            compute.state, compute.state_since = "CreateFailed", clock.now()

    compute.provisioning_state = "Creating"
    _later(clock, compute, failed, message, fail)
    return True


def lacking(estate: Estate, compute: Compute, size: str) -> tuple[str, str] | None:
    """Why an instance may not have another size, as code and sentence; None if it may. Without cores of its own it needs none yet."""
    before = compute.properties
    compute.properties = {**before, "vmSize": size}
    try:
        found = room(estate, compute)
        return None if cores_of(compute) <= found.cores else (MIN_NODES_EXCEED, _sentence(compute, found, 1))
    finally:
        compute.properties = before


def refuse_start(estate: Estate, clock: Clock, compute: Compute, fail: Refuse) -> bool:
    """Whether a stopped instance that gave its cores back gets none again; if so, it is Stopped as before, and `fail` hears why."""
    found = room(estate, compute)
    if _machines(compute) or _each(compute) <= found.cores:
        return False
    since = compute.state_since
    compute.state, compute.last_operation = "Starting", LastOperation("Start", clock.now(), "InProgress", "User")

    def failed() -> None:
        compute.state, compute.state_since = "Stopped", since
        if compute.last_operation is not None:
            compute.last_operation.status = "StartFailed"

    _later(clock, compute, failed, _sentence(compute, found, 1), fail)
    return True


def _later(clock: Clock, compute: Compute, failed: Callable[[], None], message: str, fail: Refuse | None) -> None:
    """Let it end so, unless another operation takes the compute over meanwhile."""
    compute.generation += 1
    compute.abandon = fail
    generation = compute.generation

    def over() -> None:
        if compute.generation != generation:
            return
        failed()
        compute.abandon, compute.modified_at = None, clock.now()
        if fail is not None:
            fail(MIN_NODES_EXCEED, message)

    clock.after(REFUSING_SECONDS, over)


def _sentence(compute: Compute, found: Room, nodes: int) -> str:
    family = shown(family_of(compute)).removesuffix(" Family")
    return (
        f"The specified subscription has a {family} family vCPU quota of {found.limit} and cannot accomodate for at least {nodes} "
        f"requested managed compute nodes which maps to {nodes * _each(compute)} vCPUs."
    )


def shown(family: str) -> str:
    """A family as figures of usage name it: `Standard DSv2 Family` of `standardDSv2Family`."""
    found = re.fullmatch(r"standard\s*(.+?)\s*family", family, re.IGNORECASE)
    return f"Standard {found[1]} Family" if found else family
