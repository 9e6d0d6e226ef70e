"""Quota: who holds a VM family's cores, who waits for some, what gives some back, and all that is known of a family.

Azure ML's own quota, which is apart from that of virtual machines; what Azure tells of it is in `console.domain.usages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from console.domain.compute import Compute, Kind, VmSize
from console.domain.cost import OWN_MACHINES, PriceList, region_key
from console.domain.scopes import key
from console.domain.usages import Level, Usage, family_key, family_of, told_by_compute

#: What a cluster says of itself while its subscription has no cores left for the nodes that its jobs wait for.
QUOTA_REACHED = "ClusterCoreQuotaReached"
#: What a compute says that could not be made, or get its minimum of nodes, for want of quota.
QUOTA_EXCEEDED = "ClusterMinNodesExceedCoreQuota"
#: Instance states in which there is no machine, and none comes by itself.
WITHOUT_MACHINE = frozenset({"CreateFailed"})


class Place(msgspec.Struct, frozen=True, order=True):
    """Where cores are counted: a VM family in a region of a subscription, in one tier."""

    subscription_id: str
    region: str
    family: str
    low_priority: bool = False

    @property
    def tier(self) -> str:
        return "low priority" if self.low_priority else "dedicated"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What one compute has of its family's cores.

    `cores` are held now, `most` is what it may come to hold by itself (a cluster's maximum). Both are None where the size or the
    number of nodes is not known. `how` says it in words; `told` is True where the figure is Azure's own, by compute.
    """

    compute: Compute
    place: Place
    cores: int | None
    most: int | None
    how: str
    told: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """A compute that wants cores which it does not have; `cores` None where it is not known how many."""

    compute: Compute
    place: Place
    cores: int | None
    why: str


class Freed(msgspec.Struct, frozen=True, kw_only=True):
    """What a change gives back: `now` cores that are held today, `claim` cores that could have been taken. None: not known."""

    place: Place
    now: int | None
    claim: int | None
    why: str


class FamilyQuota(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one family in one region and tier. `spelt` is the family as Azure writes it."""

    place: Place
    spelt: str
    used: int | None = None
    limit: int | None = None
    limited: bool = True
    holdings: tuple[Holding, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    elsewhere: tuple[tuple[str, int], ...] = ()
    """Workspace id → cores, of workspaces that are not open here: Azure tells of them, not of their computes."""
    workspaces: tuple[Usage, ...] = ()
    """Limits that were set for single workspaces."""
    total: bool = False
    """The region's own figure, over all families of a tier."""
    source: str = ""
    """Key of the figure of `usages` that used and limit come from; "" where there is none."""
    fault: str = ""

    @property
    def id(self) -> str:
        """What the row is held by; an address of nothing."""
        place = self.place
        tier = "low-priority" if place.low_priority else "dedicated"
        return f"/subscriptions/{place.subscription_id}/locations/{place.region}/{tier}/{self.source if self.fault else self.short}"

    @property
    def short(self) -> str:
        """The family without what all have in common: `NCADSA100v4` of `StandardNCADSA100v4Family`."""
        if self.total:
            return "all families"
        return re.sub(r"^standard[\s_]*|[\s_]*family$", "", self.spelt, flags=re.IGNORECASE) or "?"

    @property
    def left(self) -> int | None:
        """Cores that may still be taken, as far as this family's own limit goes; None where it has none, or it is not known."""
        return max(0, self.limit - self.used) if self.limited and self.limit is not None and self.used is not None else None

    @property
    def share(self) -> float | None:
        """Used part of the limit, 0 to 1 and above; None where there is no limit, or it is not known. All of nothing is 1 once used."""
        if not self.limited or self.limit is None or self.used is None:
            return None
        return self.used / self.limit if self.limit else float(self.used > 0)

    @property
    def held_here(self) -> int:
        """Cores that computes which are seen here hold, those of unknown size left out."""
        return sum(holding.cores or 0 for holding in self.holdings)

    @property
    def unsized(self) -> int:
        """Computes seen here of which it is not known how many cores they hold."""
        return sum(holding.cores is None for holding in self.holdings)

    @property
    def unaccounted(self) -> int | None:
        """Used cores that neither a compute seen here nor a named workspace has: deployments, serverless jobs, what is not visible."""
        if self.used is None or self.unsized:
            return None
        return max(0, self.used - self.held_here - sum(cores for _, cores in self.elsewhere))


def place_of(compute: Compute, sizes: Mapping[str, PriceList]) -> Place:
    """Where a compute's cores are counted; the family is "" where its size is not known."""
    region = region_key(compute.location)
    size = size_of(compute, sizes)
    return Place(compute.workspace.subscription_id, region, family_key(size.family) if size else "", compute.low_priority)


def size_of(compute: Compute, sizes: Mapping[str, PriceList]) -> VmSize | None:
    """The size of a compute's machines; None where its region's list is not read, or lacks it. `sizes`: region → sizes."""
    return (sizes.get(region_key(compute.location)) or {}).get(compute.vm_size.upper())


def holding(compute: Compute, sizes: Mapping[str, PriceList], told: Mapping[str, int] | None = None) -> Holding | None:
    """What a compute has of the quota; None for kinds whose machines are not Azure ML's. `told`: compute's key → cores, Azure's figure."""
    if compute.kind not in OWN_MACHINES:
        return None
    size = size_of(compute, sizes)
    machines, how = _machines(compute)
    each = size.cores if size is not None else None
    most = compute.max_nodes if compute.kind is Kind.CLUSTER else 1
    cores = None if machines is None or (each is None and machines) else machines * (each or 0)
    azures = (told or {}).get(key(compute.id))
    return Holding(
        compute=compute,
        place=place_of(compute, sizes),
        cores=cores if azures is None else azures,
        most=None if each is None or most is None else each * most,
        how=how,
        told=azures is not None,
    )


def _machines(compute: Compute) -> tuple[int | None, str]:
    """How many machines of a compute count, and how that comes about."""
    state = compute.shown_state
    if compute.kind is Kind.INSTANCE:
        if state in WITHOUT_MACHINE or (compute.provisioning_state == "Failed" and not compute.state):
            return 0, "failed, holds none"
        if state == "Stopped":
            return (0, "stopped, released") if compute.release_quota_on_stop else (1, "stopped, holds")
        return 1, state[:1].lower() + state[1:]
    nodes = compute.billed_nodes
    if nodes is None and compute.provisioning_state == "Failed":
        return 0, "failed, holds none"
    if nodes is None:
        return None, state
    return nodes, f"{nodes} of {'?' if compute.max_nodes is None else compute.max_nodes} nodes"


def waiting(compute: Compute, sizes: Mapping[str, PriceList], queued: bool = False) -> Waiting | None:
    """Whether a compute wants cores that it does not have; `queued` says that its last run is known to be in the queue.

    It was refused them, or it is a cluster with fewer nodes than it is to have.
    """
    if compute.kind not in OWN_MACHINES:
        return None
    size, place = size_of(compute, sizes), place_of(compute, sizes)
    each = size.cores if size is not None else None
    if _says(compute, QUOTA_EXCEEDED) and compute.provisioning_state == "Failed":
        least = (compute.min_nodes or 0) if compute.kind is Kind.CLUSTER else 1
        return Waiting(compute, place, None if each is None else each * max(0, least - (compute.billed_nodes or 0)), QUOTA_EXCEEDED)
    if compute.kind is not Kind.CLUSTER:
        return None
    there = compute.billed_nodes
    missing = max(0, compute.target_nodes - there) if compute.target_nodes is not None and there is not None else 0
    cores = missing * each if each is not None and missing else None
    if _says(compute, QUOTA_REACHED):
        return Waiting(compute, place, cores, QUOTA_REACHED)
    if missing and compute.allocation_state == "Resizing":
        return Waiting(compute, place, cores, f"resizing: {there} of {compute.target_nodes} nodes")
    return Waiting(compute, place, cores, "a job is queued") if queued and there == 0 else None


def _says(compute: Compute, code: str) -> bool:
    return any(code.lower() in error.lower() for error in compute.errors)


def families(
    usages: Sequence[Usage],
    quotas: Sequence[Usage],
    computes: Iterable[Compute],
    sizes: Mapping[str, PriceList],
    queued: Iterable[str] = (),
) -> list[FamilyQuota]:
    """One row for each family, region and tier that has a figure, or that a compute is of; unreadable items are rows too.

    Families of a tier without limits of its own that nobody uses are left out: nothing is said of them.
    `sizes`: region → sizes by upper-case name. `queued`: keys of computes whose last run waits in the queue.
    """
    told, waits = told_by_compute(usages), frozenset(queued)
    holders: dict[Place, list[Holding]] = {}
    waiters: dict[Place, list[Waiting]] = {}
    open_here = set()
    for compute in computes:
        open_here.add(key(compute.workspace.id))
        held = holding(compute, sizes, told)
        if held is not None and (held.cores or held.most or held.cores is None):
            holders.setdefault(held.place, []).append(held)
        wants = waiting(compute, sizes, key(compute.id) in waits)
        if wants is not None:
            waiters.setdefault(wants.place, []).append(wants)
    heads = {_place(usage): usage for usage in usages if usage.level is Level.FAMILY}
    others = _by_place(each for each in usages if each.level is Level.WORKSPACE and each.used and key(each.about) not in open_here)
    own_limits = _by_place(each for each in quotas if each.level is Level.WORKSPACE)
    names = {family_key(size.family): size.family for listed in sizes.values() for size in listed.values()}
    rows = [
        FamilyQuota(
            place=place,
            spelt=names.get(place.family, "") or (family_of(heads[place].name) if place in heads else place.family),
            used=heads[place].used if place in heads else None,
            limit=heads[place].limit if place in heads else None,
            limited=heads[place].limited if place in heads else True,
            holdings=tuple(sorted(holders.get(place, ()), key=lambda each: (-(each.cores or 0), each.compute.name))),
            waiting=tuple(waiters.get(place, ())),
            elsewhere=tuple(sorted(((each.about, each.used or 0) for each in others.get(place, ())), key=lambda each: -each[1])),
            workspaces=tuple(own_limits.get(place, ())),
            source=heads[place].key if place in heads else "",
        )
        for place in dict.fromkeys((*heads, *holders, *waiters))
        if place in holders or place in waiters or heads[place].limited or heads[place].used
    ]
    return [*_totals(usages), *rows, *_faults((*usages, *quotas))]


def _place(usage: Usage) -> Place:
    return Place(usage.subscription_id, usage.region, usage.family, usage.low_priority)


def _totals(usages: Iterable[Usage]) -> list[FamilyQuota]:
    """The regions' own limits, over all families."""
    return [
        FamilyQuota(
            place=_place(usage), spelt=usage.name, used=usage.used, limit=usage.limit, limited=usage.limited, total=True, source=usage.key
        )
        for usage in usages
        if usage.level is Level.REGION
    ]


def _faults(figures: Iterable[Usage]) -> list[FamilyQuota]:
    return [
        FamilyQuota(place=Place(usage.subscription_id, usage.region, usage.id), spelt=usage.name, source=usage.key, fault=usage.fault)
        for usage in figures
        if usage.level is Level.UNREADABLE
    ]


def _by_place(figures: Iterable[Usage]) -> dict[Place, list[Usage]]:
    found: dict[Place, list[Usage]] = {}
    for each in figures:
        found.setdefault(_place(each), []).append(each)
    return found


class Stop(msgspec.Struct, frozen=True):
    """An instance is stopped."""


class Delete(msgspec.Struct, frozen=True):
    """A compute is deleted."""


class Scale(msgspec.Struct, frozen=True):
    """A cluster gets other limits; None leaves one as it is."""

    min_nodes: int | None = None
    max_nodes: int | None = None


Change = Stop | Delete | Scale


def freed(compute: Compute, sizes: Mapping[str, PriceList], change: Change, told: Mapping[str, int] | None = None) -> Freed | None:
    """What a change of a compute gives back to the quota; None for kinds that hold none. A negative figure is taken, not given.

    A stop frees cores only with releaseQuotaOnStop; a delete frees all; a lower maximum frees what stands above it, and nodes above a
    lower minimum go once they are idle for long enough; nodes that run stay until their jobs end.
    """
    held = holding(compute, sizes, told)
    if held is None:
        return None
    if isinstance(change, Delete):
        return Freed(place=held.place, now=held.cores, claim=held.most, why="deleted: all its cores go back")
    if isinstance(change, Stop):
        if compute.release_quota_on_stop:
            return Freed(place=held.place, now=held.cores, claim=0, why="releaseQuotaOnStop: its cores go back")
        return Freed(place=held.place, now=0, claim=0, why="its cores stay held: releaseQuotaOnStop is off")
    return _scaled(compute, held, size_of(compute, sizes), change)


def _scaled(compute: Compute, held: Holding, size: VmSize | None, change: Scale) -> Freed:
    if compute.kind is not Kind.CLUSTER:
        return Freed(place=held.place, now=0, claim=0, why="an instance is not scaled")
    most = compute.max_nodes if change.max_nodes is None else change.max_nodes
    least = (compute.min_nodes if change.min_nodes is None else change.min_nodes) or 0
    there, nodes = compute.billed_nodes, compute.nodes
    if size is None or there is None or most is None or compute.max_nodes is None:
        return Freed(place=held.place, now=None, claim=None, why="its size or its nodes are not known")
    idle, over = nodes.idle if nodes is not None else 0, max(0, there - most)
    if least > there:
        gone, why = there - least, f"{least - there} nodes come up to the new minimum"
    else:
        unpinned = there - least if least < (compute.min_nodes or 0) else 0
        gone = min(idle, max(over, unpinned))
        why = f"{gone} idle of {there} nodes go" if gone else "no node goes at once"
        why += f"; {over - gone} above the new maximum go when their jobs end" if over > gone else ""
    return Freed(place=held.place, now=gone * size.cores, claim=(compute.max_nodes - most) * size.cores, why=why)


def room_elsewhere(rows: Iterable[FamilyQuota], row: FamilyQuota) -> list[FamilyQuota]:
    """The same family with cores left in other regions, subscriptions or tiers, the most first."""
    others = (each for each in rows if each.place.family == row.place.family and each.place != row.place and each.place.family)
    return sorted((each for each in others if each.left), key=lambda each: -(each.left or 0))
