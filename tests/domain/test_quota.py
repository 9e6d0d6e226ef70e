"""Quota: which figures are about the same family, who holds and awaits cores, what a change gives back."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.compute import Compute, Kind, NodeCounts, VmSize
from console.domain.quota import Change, Delete, FamilyQuota, Place, Scale, Stop, families, freed, holding, room_elsewhere, waiting
from console.domain.scopes import WorkspaceRef
from console.domain.usages import Level, Usage, family_key, family_of, is_low_priority, quota_left

HERE = WorkspaceRef("s", "rg", "ws")
OTHER = WorkspaceRef("s", "rg", "other")
A100, DSV2 = "StandardNCADSA100v4Family", "standardDSv2Family"
SIZES = {
    "westeurope": {
        "STANDARD_NC24ADS_A100_V4": VmSize(name="Standard_NC24ads_A100_v4", family=A100, cores=24),
        "STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", family=DSV2, cores=4),
    }
}


def instance(name: str = "nb", state: str = "Running", size: str = "Standard_DS3_v2", **fields: Any) -> Compute:
    known = {"workspace": HERE, "location": "westeurope", "provisioning_state": "Succeeded", **fields}
    return Compute(id=f"{known['workspace'].id}/computes/{name}", name=name, kind=Kind.INSTANCE, state=state, vm_size=size, **known)


def cluster(name: str = "gpu", least: int = 0, most: int = 4, size: str = "Standard_NC24ads_A100_v4", **fields: Any) -> Compute:
    known = {"nodes": NodeCounts(), "workspace": HERE, "location": "West Europe", "provisioning_state": "Succeeded", **fields}
    return Compute(id=f"{HERE.id}/computes/{name}", name=name, kind=Kind.CLUSTER, vm_size=size, min_nodes=least, max_nodes=most, **known)


def usage(level: Level, used: int | None, limit: int | None, family: str = A100, **fields: Any) -> Usage:
    known = {
        "id": f"/{level}/{family}",
        "name": family,
        "subscription_id": "s",
        "region": "westeurope",
        "family": family_key(family),
        **fields,
    }
    return Usage(level=level, used=used, limit=limit, **known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("standardDSv2Family", "Standard DSv2 Family Cluster Dedicated vCPUs"),
        ("standardDSv2Family", "Standard_DSv2_Family_Cluster_LowPriority_vCPUs"),
        ("StandardNCADSA100v4Family", "Standard NCADSA100v4 Family Cluster Dedicated vCPUs"),
        ("Standard NCASv3_T4 Family", "Standard NCASv3_T4 Family vCPUs"),
    ],
)
def test_a_family_is_the_same_in_every_spelling(one: str, other: str) -> None:
    assert family_key(one) == family_key(other)


def test_families_that_look_alike_are_told_apart() -> None:
    spelt = ["Standard D Family", "Standard Dv2 Family", "Standard DSv2 Family", "Standard DSv3 Family", "Standard DDSv4 Family"]
    assert len({family_key(f"{name} Cluster Dedicated vCPUs") for name in spelt}) == len(spelt)
    assert family_of("Standard D Family Cluster LowPriority vCPUs") == "Standard D Family"
    assert is_low_priority("Total Cluster LowPriority Regional vCPUs") and is_low_priority("Low Priority vCPUs")
    assert not is_low_priority("Standard D Family Cluster Dedicated vCPUs")


@pytest.mark.parametrize(
    ("compute", "cores", "most", "how"),
    [
        (instance(), 4, 4, "running"),
        (instance(state="Stopped"), 4, 4, "stopped, holds"),
        (instance(state="Stopped", release_quota_on_stop=True), 0, 4, "stopped, released"),
        (instance(state="Stopping", release_quota_on_stop=True), 4, 4, "stopping"),
        (instance(state="CreateFailed", provisioning_state="Failed"), 0, 4, "failed, holds none"),
        (instance(size="Standard_Unheard_Of"), None, None, "running"),
        (cluster(), 0, 96, "0 of 4 nodes"),
        (cluster(nodes=NodeCounts(idle=1, running=1, preparing=1, unusable=1, preempted=3)), 96, 96, "4 of 4 nodes"),
        (cluster(nodes=None, current_nodes=2), 48, 96, "2 of 4 nodes"),
        (cluster(nodes=None), None, 96, "Succeeded"),
        (cluster(nodes=None, provisioning_state="Failed"), 0, 96, "failed, holds none"),
    ],
)
def test_what_a_compute_holds(compute: Compute, cores: int | None, most: int | None, how: str) -> None:
    held = holding(compute, SIZES)
    assert held is not None and (held.cores, held.most, held.how) == (cores, most, how)


def test_what_is_no_machine_of_azure_ml_holds_nothing() -> None:
    assert holding(Compute(id="/x", name="x", workspace=HERE, kind=Kind.KUBERNETES), SIZES) is None


def test_a_size_of_another_region_says_nothing() -> None:
    held = holding(instance(location="eastus"), SIZES)
    assert held is not None and held.cores is None and held.place.family == ""


def test_azures_own_figure_of_a_compute_goes_before_ours() -> None:
    rows = families([usage(Level.COMPUTE, 48, None, about=cluster().id.upper())], [], [cluster()], SIZES)
    assert [(held.cores, held.told) for held in rows[0].holdings] == [(48, True)]


def test_a_family_with_all_that_is_known_of_it() -> None:
    other = usage(Level.WORKSPACE, 24, None, about=OTHER.id)
    own = usage(Level.WORKSPACE, 60, None, about=HERE.id)
    limit = usage(Level.WORKSPACE, None, 72, about=HERE.id)
    computes = [
        instance("small", size="Standard_NC24ads_A100_v4", state="Stopped"),
        cluster(nodes=NodeCounts(idle=2)),
        cluster("empty", most=0),
        instance("cpu"),
    ]
    rows = {row.place.family: row for row in families([usage(Level.FAMILY, 100, 104), other, own], [limit], computes, SIZES)}
    row = rows[family_key(A100)]
    assert (row.used, row.limit, row.left, row.spelt) == (100, 104, 4, A100)
    assert [(held.compute.name, held.cores, held.most) for held in row.holdings] == [("gpu", 48, 96), ("small", 24, 24)]
    assert row.elsewhere == ((OTHER.id, 24),)
    assert row.unaccounted == 100 - 72 - 24
    assert row.workspaces == (limit,)
    # Of the other family Azure told nothing: its holder is seen, its limit is not.
    assert (rows[family_key(DSV2)].used, rows[family_key(DSV2)].left, rows[family_key(DSV2)].unaccounted) == (None, None, None)


def test_what_is_not_accounted_for_is_unknown_while_a_holder_is() -> None:
    unsized = cluster(nodes=None)
    row = families([usage(Level.FAMILY, 50, 100)], [], [unsized], SIZES)[0]
    assert (row.unsized, row.unaccounted) == (1, None)


def test_the_same_family_in_another_region_or_tier_is_another_row() -> None:
    figures = [usage(Level.FAMILY, 1, 10), usage(Level.FAMILY, 1, 10, region="eastus"), usage(Level.FAMILY, 0, None, low_priority=True)]
    rows = families([*figures, usage(Level.REGION, 1, 500, family="", name="Total")], [], [cluster(low_priority=True)], SIZES)
    assert [(row.place.region, row.place.tier, len(row.holdings)) for row in rows[1:]] == [
        ("westeurope", "dedicated", 0),
        ("eastus", "dedicated", 0),
        ("westeurope", "low priority", 1),
    ]
    assert (rows[0].spelt, rows[0].left) == ("Total", 499)


def test_a_figure_that_cannot_be_read_is_a_row() -> None:
    rows = families([usage(Level.UNREADABLE, None, None, fault="expected int")], [], [], SIZES)
    assert [row.fault for row in rows] == ["expected int"]


@pytest.mark.parametrize(
    ("used", "limit", "limited", "left", "share"),
    [
        (48, 50, True, 2, 0.96),
        (0, 0, True, 0, 0.0),
        (4, 0, True, 0, 1.0),
        (60, 50, True, 0, 1.2),
        (5, None, False, None, None),
        (None, 50, True, None, None),
    ],
)
def test_left_and_share(used: int | None, limit: int | None, limited: bool, left: int | None, share: float | None) -> None:
    row = FamilyQuota(place=Place("s", "r", "f"), spelt="f", used=used, limit=limit, limited=limited)
    assert (row.left, row.share) == (left, share)


def test_who_waits() -> None:
    growing = cluster(target_nodes=3, allocation_state="Resizing", nodes=NodeCounts(preparing=1))
    assert (wants := waiting(growing, SIZES)) and (wants.cores, wants.why) == (48, "resizing: 1 of 3 nodes")
    full = cluster(target_nodes=1, errors=("ClusterCoreQuotaReached: Operation results in exceeding quota limits of Core.",))
    assert (wants := waiting(full, SIZES)) and (wants.cores, wants.why) == (24, "ClusterCoreQuotaReached")
    assert (wants := waiting(cluster(), SIZES, queued=True)) and (wants.cores, wants.why) == (None, "a job is queued")
    assert waiting(cluster(nodes=NodeCounts(running=1)), SIZES, queued=True) is None
    refused: dict[str, Any] = {"errors": ("ClusterMinNodesExceedCoreQuota: no cores",), "provisioning_state": "Failed", "nodes": None}
    assert (wants := waiting(cluster(least=2, **refused), SIZES)) and (wants.cores, wants.why) == (48, "ClusterMinNodesExceedCoreQuota")
    del refused["nodes"]
    assert (wants := waiting(instance(state="CreateFailed", **refused), SIZES)) and wants.cores == 4
    assert waiting(cluster(), SIZES) is None and waiting(instance(), SIZES) is None


@pytest.mark.parametrize(
    ("compute", "change", "now", "claim"),
    [
        (instance(), Stop(), 0, 0),
        (instance(release_quota_on_stop=True), Stop(), 4, 0),
        (instance(state="Stopped"), Delete(), 4, 4),
        (instance(state="Stopped", release_quota_on_stop=True), Delete(), 0, 4),
        (instance(size="?"), Delete(), None, None),
        (cluster(least=2, nodes=NodeCounts(idle=2)), Delete(), 48, 96),
        (cluster(least=2, nodes=NodeCounts(idle=2)), Scale(min_nodes=1), 24, 0),
        (cluster(least=2, nodes=NodeCounts(idle=2)), Scale(min_nodes=0, max_nodes=2), 48, 48),
        (cluster(nodes=NodeCounts(idle=1, running=2)), Scale(max_nodes=1), 24, 72),
        (cluster(nodes=NodeCounts(running=2)), Scale(max_nodes=1), 0, 72),
        (cluster(nodes=NodeCounts(idle=1)), Scale(max_nodes=6), 0, -48),
        (cluster(), Scale(min_nodes=1), -24, 0),
        (cluster(nodes=None), Scale(max_nodes=1), None, None),
    ],
)
def test_what_a_change_gives_back(compute: Compute, change: Change, now: int | None, claim: int | None) -> None:
    given = freed(compute, SIZES, change)
    assert given is not None and (given.now, given.claim) == (now, claim)


def test_what_holds_none_gives_none_back() -> None:
    assert freed(Compute(id="/x", name="x", workspace=HERE, kind=Kind.AKS), SIZES, Delete()) is None


def test_the_least_that_any_limit_leaves() -> None:
    figures = [
        usage(Level.FAMILY, 48, 100),
        usage(Level.REGION, 480, 500, family="", name="Total Cluster Dedicated Regional vCPUs"),
        usage(Level.WORKSPACE, 40, 50, about=HERE.id),
        usage(Level.WORKSPACE, 1, 2, about=OTHER.id),
        usage(Level.FAMILY, 5, None, limited=False, low_priority=True),
        usage(Level.REGION, 5, 30, family="", low_priority=True, name="Total Cluster LowPriority Regional vCPUs"),
        usage(Level.FAMILY, 0, 7, region="eastus"),
    ]

    def left(*args: Any, **kwargs: Any) -> int | None:
        figure = quota_left(figures, *args, **kwargs)
        return None if figure is None or figure.value is None else int(figure.value)

    assert left(A100, "West Europe") == 20
    assert left(A100, "westeurope", workspace_id=HERE.id.upper()) == 10
    assert left(A100, "westeurope", True) == 25
    assert left(A100, "eastus", subscription_id="s") == 7
    assert quota_left(figures, A100, "eastus", subscription_id="t") is None
    assert quota_left(figures, A100, "nowhere") is None
    figure = quota_left([usage(Level.FAMILY, None, 100)], A100, "westeurope")
    assert figure is not None and not figure.known


def test_where_there_is_room() -> None:
    def row(region: str, used: int, limit: int) -> FamilyQuota:
        return FamilyQuota(place=Place("s", region, "f"), spelt="f", used=used, limit=limit)

    full = row("westeurope", 96, 100)
    rows = [full, row("eastus", 10, 20), row("northeurope", 0, 90), row("swedencentral", 5, 5)]
    assert [each.place.region for each in room_elsewhere(rows, full)] == ["northeurope", "eastus"]
