"""Another size for an instance, what a region has run out of, and a disk that is full."""

from __future__ import annotations

from typing import Any

import pytest

from console.emulator.allocation import is_scarce
from tests.conftest import Answer, Emulator
from tests.emulator.test_compute_scale import patch
from tests.emulator.test_computes import Computes, cluster, computes, error, instance, versioned, workspace_path

__all__ = ["computes"]
SCARCE = "Standard_NC24rs_v3"


def resize(computes: Computes, name: str, size: Any) -> Answer:
    return computes.send("POST", f"/{name}/resize", {"targetVMSize": size})


def located(computes: Computes, answer: Answer) -> Answer:
    """What the answer's Location says now."""
    return computes.emulator.request("GET", answer.headers["Location"], None, computes.identity)


def test_the_allowed_sizes_are_the_region_s(computes: Computes) -> None:
    allowed = computes.send("POST", "/nb-mei/getAllowedVmSizesForResize").json()
    subscription = workspace_path(computes.emulator).split("/resourceGroups/")[0]
    path = f"{subscription}/providers/Microsoft.MachineLearningServices/locations/westeurope/vmSizes"
    assert allowed == computes.emulator.request("GET", versioned(path)).json()
    assert {"Standard_NC6s_v3", "Standard_DS3_v2"} <= {size["name"] for size in allowed["value"]}


def test_a_stopped_instance_gets_another_size(computes: Computes) -> None:
    answer = resize(computes, "nb-mei", "standard_ds3_v2")
    assert (answer.status, answer.content) == (202, b"")
    assert "Azure-AsyncOperation" not in answer.headers
    assert located(computes, answer).status == 202
    told = computes.inner("nb-mei")
    assert (told["state"], told["vmSize"]) == ("Resizing", "STANDARD_NC6S_V3")
    assert (told["lastOperation"]["operationName"], told["lastOperation"]["operationStatus"]) == ("Resize", "InProgress")
    assert error(computes.send("POST", "/nb-mei/start"))[0] == 409
    assert error(resize(computes, "nb-mei", "Standard_DS4_v2"))[0] == 409
    computes.advance(240)
    assert located(computes, answer).status == 204
    told = computes.inner("nb-mei")
    assert (told["state"], told["vmSize"], told["lastOperation"]["operationStatus"]) == ("Stopped", "STANDARD_DS3_V2", "Succeeded")
    assert told["idleTimeBeforeShutdown"] == "PT45M"
    # A PUT that still names the old size is refused now.
    assert error(computes.send("PUT", "/nb-mei", instance("Standard_NC6s_v3")))[0] == 400


@pytest.mark.parametrize("size", ["Standard_Nothing", "", None, 8, ["Standard_DS3_v2"]])
def test_a_size_that_the_region_lacks_is_refused(computes: Computes, size: Any) -> None:
    assert error(resize(computes, "nb-mei", size)) == (400, "UserError")
    assert computes.inner("nb-mei")["state"] == "Stopped"


def test_only_stopped_instances_are_resized(computes: Computes) -> None:
    assert error(resize(computes, "nb-grace", "Standard_DS3_v2")) == (409, "Conflict")
    assert error(resize(computes, "gpu-idle", "Standard_DS3_v2")) == (400, "UserError")
    assert error(resize(computes, "nothing", "Standard_DS3_v2")) == (404, "UserError")
    assert error(computes.send("POST", "/gpu-idle/getAllowedVmSizesForResize")) == (400, "UserError")


@pytest.mark.parametrize(("version", "status"), [("2023-08-01-preview", 202), ("2024-10-01", 400), ("2023-06-01-preview", 400)])
def test_only_some_previews_resize(computes: Computes, version: str, status: int) -> None:
    path = versioned(f"{computes.path}/nb-mei/resize", version)
    assert computes.emulator.request("POST", path, {"targetVMSize": "Standard_DS3_v2"}).status == status


@pytest.mark.parametrize(("identity", "status"), [("operator", 202), ("data-scientist", 202), ("reader", 403), ("outsider", 403)])
def test_who_may_resize(fresh_emulator: Emulator, identity: str, status: int) -> None:
    assert resize(Computes(fresh_emulator, identity=identity), "nb-mei", "Standard_DS3_v2").status == status


def test_a_size_that_the_region_has_run_out_of_stays_the_old_one(computes: Computes) -> None:
    answer = resize(computes, "nb-mei", SCARCE)
    assert answer.status == 202
    computes.advance(300)
    assert located(computes, answer).json()["error"]["code"] == "AllocationFailed"
    told = computes.inner("nb-mei")
    assert (told["state"], told["vmSize"], told["lastOperation"]["operationStatus"]) == ("Stopped", "STANDARD_NC6S_V3", "ResizeFailed")
    assert told["errors"][0]["error"]["code"] == "AllocationFailed"
    computes.send("POST", "/nb-mei/start")
    computes.advance(240)
    assert computes.inner("nb-mei")["errors"] == []


def test_an_instance_of_such_a_size_is_not_made(computes: Computes) -> None:
    answer = computes.send("PUT", "/nb-new", instance(SCARCE))
    assert answer.status == 201
    computes.advance(310)
    polled = computes.emulator.request("GET", answer.headers["Azure-AsyncOperation"]).json()
    assert (polled["status"], polled["error"]["code"]) == ("Failed", "AllocationFailed")
    found = computes.get("nb-new")
    assert (found["provisioningState"], found["properties"]["state"]) == ("Failed", "CreateFailed")
    assert found["provisioningErrors"][0]["error"]["code"] == "AllocationFailed"
    assert found["properties"]["lastOperation"]["operationStatus"] == "CreateFailed"
    computes.send("DELETE", "/nb-new?underlyingResourceAction=Delete")
    computes.advance(100)
    assert computes.send("GET", "/nb-new").status == 404


def test_there_is_room_in_another_region() -> None:
    assert is_scarce("westeurope", SCARCE)
    assert not is_scarce("northeurope", SCARCE)


def test_a_size_beyond_the_quota_stays_the_old_one(computes: Computes) -> None:
    answer = resize(computes, "nb-mei", "Standard_NC96ads_A100_v4")
    assert answer.status == 202
    computes.advance(300)
    refused = located(computes, answer).json()["error"]
    assert refused["code"] == "ClusterMinNodesExceedCoreQuota" and "NCADSA100v4" in refused["message"]
    told = computes.inner("nb-mei")
    assert (told["state"], told["vmSize"], told["lastOperation"]["operationStatus"]) == ("Stopped", "STANDARD_NC6S_V3", "ResizeFailed")


def test_a_cluster_of_such_a_size_waits_for_its_nodes(computes: Computes) -> None:
    answer = computes.send("PUT", "/gpu-scarce", cluster(least=1, size=SCARCE))
    computes.advance(60)
    assert computes.outcome(answer) == "Succeeded"
    told = computes.inner("gpu-scarce")
    assert (told["allocationState"], told["currentNodeCount"], told["targetNodeCount"]) == ("Resizing", 0, 1)
    computes.advance(3600)
    told = computes.inner("gpu-scarce")
    assert (told["allocationState"], told["errors"][0]["error"]["code"]) == ("Resizing", "AllocationFailed")
    patch(computes, "gpu-scarce", minNodeCount=0, maxNodeCount=2)
    computes.advance(60)
    told = computes.inner("gpu-scarce")
    assert (told["allocationState"], told["targetNodeCount"], told["errors"]) == ("Steady", 0, None)


def test_a_full_disk_cannot_be_stopped_by_anyone(fresh_emulator: Emulator) -> None:
    sandbox = Computes(fresh_emulator, "sandbox")
    answer = sandbox.send("POST", "/nb-emil/stop")
    assert error(answer) == (400, "UserError")
    assert answer.json()["error"]["message"] == "StopCompute is not allowed when ComputeInstance disk is full."
    assert sandbox.send("POST", "/nb-emil/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT15M"}).status == 200
    stop = {"action": "Stop", "triggerType": "Cron", "cron": {"expression": "0 9 * * *"}}
    assert sandbox.send("PUT", "/nb-emil", instance(schedules={"computeStartStop": [stop]})).status == 200
    sandbox.advance(86400)
    assert sandbox.inner("nb-emil")["state"] == "Running"
    assert sandbox.send("DELETE", "/nb-emil?underlyingResourceAction=Delete").status == 202
