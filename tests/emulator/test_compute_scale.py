"""PATCH of a cluster's scale settings, and the nodes that come and go by it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import Computes, cluster, computes, error, instance, versioned

__all__ = ["computes"]


def scale(**settings: Any) -> dict[str, Any]:
    return {"properties": {"properties": {"scaleSettings": settings}}}


def patch(computes: Computes, name: str, **settings: Any) -> Answer:
    return computes.send("PATCH", f"/{name}", scale(**settings))


def test_raising_the_minimum_brings_nodes(computes: Computes) -> None:
    answer = patch(computes, "cpu-lowpri", minNodeCount=6, maxNodeCount=8, nodeIdleTimeBeforeScaleDown="PT5M")
    assert answer.status == 200
    assert answer.json()["properties"]["provisioningState"] == "Updating"
    assert computes.outcome(answer) == "InProgress"
    # What the caller did not name stays as it is, and nodes stay visible meanwhile.
    assert answer.json()["properties"]["properties"]["vmSize"] == "STANDARD_F16S_V2"
    assert computes.nodes("cpu-lowpri").count("running") == 4
    computes.advance(40)
    assert computes.outcome(answer) == "Succeeded"
    told = computes.inner("cpu-lowpri")
    assert told["scaleSettings"] == {"minNodeCount": 6, "maxNodeCount": 8, "nodeIdleTimeBeforeScaleDown": "PT5M"}
    assert (told["allocationState"], told["targetNodeCount"]) == ("Resizing", 6)
    computes.advance(300)
    assert computes.nodes("cpu-lowpri").count("idle") == 2
    assert computes.inner("cpu-lowpri")["allocationState"] == "Steady"


def test_lowering_the_minimum_frees_idle_nodes_after_their_patience(computes: Computes) -> None:
    answer = patch(computes, "gpu-idle", minNodeCount=0, maxNodeCount=4)
    # Left out, the minimum would be 0 and the patience with idle nodes stays.
    assert answer.json()["properties"]["properties"]["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT30M"
    computes.advance(45)
    assert computes.nodes("gpu-idle") == ["leaving", "leaving"]
    computes.advance(60)
    assert computes.nodes("gpu-idle") == []


def test_the_minimum_is_nothing_where_it_is_not_told(computes: Computes) -> None:
    patch(computes, "gpu-idle", maxNodeCount=3)
    assert computes.inner("gpu-idle")["scaleSettings"] == {"maxNodeCount": 3, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT30M"}


def test_lowering_the_maximum_waits_for_jobs(computes: Computes) -> None:
    patch(computes, "cpu-lowpri", minNodeCount=0, maxNodeCount=1)
    computes.advance(50)
    assert computes.nodes("cpu-lowpri").count("running") == 4
    computes.advance(60 * 60)
    assert set(computes.nodes("cpu-lowpri")) == {"preempted"}


def test_unusable_nodes_go_when_the_cluster_is_scaled_to_nothing_and_back(computes: Computes) -> None:
    assert computes.nodes("etl-nightly").count("unusable") == 2
    patch(computes, "etl-nightly", minNodeCount=0, maxNodeCount=0)
    computes.advance(100)
    assert sorted(computes.nodes("etl-nightly")) == ["running"]
    computes.advance(60 * 60)
    assert computes.nodes("etl-nightly") == []
    patch(computes, "etl-nightly", minNodeCount=2, maxNodeCount=5)
    computes.advance(400)
    assert computes.nodes("etl-nightly") == ["idle", "idle"]


def test_a_failed_cluster_is_mended_by_asking_for_less(computes: Computes) -> None:
    assert computes.get("gpu-a100-new")["provisioningErrors"]
    patch(computes, "gpu-a100-new", minNodeCount=0, maxNodeCount=2)
    computes.advance(60)
    found = computes.get("gpu-a100-new")
    assert (found["provisioningState"], found["provisioningErrors"], found["properties"]["errors"]) == ("Succeeded", None, None)


def test_a_stuck_cluster_stays_stuck(computes: Computes) -> None:
    answer = patch(computes, "gpu-resize", minNodeCount=0, maxNodeCount=0)
    computes.advance(24 * 3600)
    assert computes.outcome(answer) == "Succeeded"
    assert computes.nodes("gpu-resize") == ["preparing"]
    assert computes.inner("gpu-resize")["allocationState"] == "Resizing"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"properties": {"properties": {}}},
        {"properties": {"properties": {"scaleSettings": 4}}},
        {"properties": {"scaleSettings": {"maxNodeCount": 4}}},
        scale(),
        scale(minNodeCount=2),
        scale(minNodeCount=5, maxNodeCount=4),
        scale(minNodeCount=-1, maxNodeCount=4),
        scale(minNodeCount=0, maxNodeCount=1_000_000),
        scale(minNodeCount=0, maxNodeCount=True),
        scale(minNodeCount=0, maxNodeCount="4"),
        scale(minNodeCount=0, maxNodeCount=4.5),
        scale(maxNodeCount=4, nodeIdleTimeBeforeScaleDown="120"),
        scale(maxNodeCount=4, nodeIdleTimeBeforeScaleDown=120),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(computes: Computes, body: Any) -> None:
    before = computes.send("GET", "").json()
    assert error(computes.send("PATCH", "/gpu-idle", body)) == (400, "UserError")
    assert computes.send("GET", "").json() == before


def test_only_clusters_that_stand_still_are_scaled(computes: Computes) -> None:
    assert error(patch(computes, "nb-grace", maxNodeCount=4)) == (400, "UserError")
    assert error(patch(computes, "nothing", maxNodeCount=4)) == (404, "UserError")
    patch(computes, "gpu-idle", maxNodeCount=4)
    assert error(patch(computes, "gpu-idle", maxNodeCount=5)) == (409, "Conflict")
    assert error(computes.send("PUT", "/gpu-idle", cluster(size="Standard_NC24ads_A100_v4"))) == (409, "Conflict")
    computes.send("DELETE", "/gpu-train?underlyingResourceAction=Delete")
    assert error(patch(computes, "gpu-train", maxNodeCount=5)) == (409, "Conflict")


@pytest.mark.parametrize(
    ("identity", "status"), [("admin", 200), ("operator", 200), ("data-scientist", 403), ("reader", 403), ("outsider", 403)]
)
def test_who_may_scale(fresh_emulator: Emulator, identity: str, status: int) -> None:
    answer = patch(Computes(fresh_emulator, identity=identity), "gpu-idle", maxNodeCount=4)
    assert answer.status == status
    if status == 403:
        assert "Microsoft.MachineLearningServices/workspaces/computes/write" in answer.json()["error"]["message"]


def test_a_delete_overtakes_a_patch(computes: Computes) -> None:
    changed = patch(computes, "gpu-idle", maxNodeCount=3)
    computes.send("DELETE", "/gpu-idle?underlyingResourceAction=Delete")
    assert computes.outcome(changed) == "Failed"


def test_a_cluster_survives_a_round_trip(computes: Computes) -> None:
    body = computes.send("GET", "/cpu-lowpri").json()
    body["properties"]["properties"]["scaleSettings"]["maxNodeCount"] = 7
    assert computes.send("PUT", "/cpu-lowpri", body).status == 201
    computes.advance(45)
    after = computes.send("GET", "/cpu-lowpri").json()
    assert body["properties"].pop("modifiedOn") < after["properties"].pop("modifiedOn")
    assert after == body


def nodes_told(computes: Computes, metric: str, name: str, timespan: str = "") -> list[float]:
    """What Monitor tells of the hour that has passed (or of another timespan), a minute each."""
    only = quote(f"ClusterName eq '{name}'")
    query = f"metricnames={quote(metric)}&aggregation=maximum&interval=PT1M&$filter={only}{timespan}"
    path = f"{computes.path.removesuffix('/computes')}/providers/Microsoft.Insights/metrics?{query}"
    answer = computes.emulator.request("GET", versioned(path, "2024-02-01"))
    assert answer.status == 200, answer.content
    return [point["maximum"] for point in answer.json()["value"][0]["timeseries"][0]["data"]]


def test_the_metrics_remember_what_scaling_did(computes: Computes) -> None:
    patch(computes, "gpu-idle", minNodeCount=1, maxNodeCount=4)
    patch(computes, "etl-nightly", minNodeCount=0, maxNodeCount=0)
    computes.advance(30 * 60)
    patch(computes, "gpu-idle", minNodeCount=2, maxNodeCount=2)
    computes.advance(30 * 60)
    idle = nodes_told(computes, "Idle Nodes", "gpu-idle")
    assert (idle[0], idle[29], idle[-1]) == (2, 1, 2)
    assert idle == sorted(idle[:30], reverse=True) + sorted(idle[30:])
    # What was before is not changed by it, though nobody had asked until now.
    before = quote("2026-10-30T08:00:00Z/2026-11-01T08:00:00Z")
    assert set(nodes_told(computes, "Idle Nodes", "gpu-idle", f"&timespan={before}")) == {2}
    unusable = nodes_told(computes, "Unusable Nodes", "etl-nightly")
    assert (unusable[0], unusable[-1]) == (2, 0)


def test_a_region_in_words_is_a_region(computes: Computes) -> None:
    assert computes.send("PUT", "/cpu-words", {**cluster(), "location": "West Europe"}).json()["location"] == "westeurope"
    assert error(computes.send("PUT", "/nb-grace-2x", {**instance(), "location": "Atlantis"})) == (400, "UserError")


def test_an_instance_is_no_cluster(computes: Computes) -> None:
    assert computes.send("PUT", "/nb-new", instance()).status == 201
    assert error(patch(computes, "nb-new", maxNodeCount=1)) == (400, "UserError")
