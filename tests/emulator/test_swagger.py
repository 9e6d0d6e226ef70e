"""Answers of the simulation's routes against Microsoft's published swagger (AML_CONSOLE_TEST_DATA names the folder that holds it)."""

from __future__ import annotations

import copy
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.swagger import Swagger
from tests.emulator.test_computes import cluster, instance, versioned, workspace_path

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
SPECIFICATION = Path(DATA or "missing") / "azure-specs" / "specification"
pytestmark = pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")

PROVIDER = "Microsoft.MachineLearningServices"
VERSIONS = {
    "2023-08-01-preview": "preview",
    "2024-04-01-preview": "preview",
    "2024-10-01-preview": "preview",
    "2024-10-01": "stable",
}
# Seen in recordings of Azure: values that are null, and fields, which the schema does not have.
NULLS = {
    "Compute": frozenset({"description"}),
    "ComputeInstanceProperties": frozenset(
        {"applicationSharingPolicy", "applications", "connectivityEndpoints", "errors", "osImageMetadata", "state", "versions"}
    ),
    "AmlComputeProperties": frozenset({"allocationState"}),
    "UserAccountCredentials": frozenset({"adminUserPassword"}),
    "WorkspaceProperties": frozenset({"containerRegistry", "imageBuildCompute"}),
    "NotebookResourceInfo": frozenset({"notebookPreparationError"}),
}
EXTRAS = {"Workspace": frozenset({"etag"})}


@cache
def swagger(version: str) -> Swagger:
    folder = SPECIFICATION / "machinelearningservices" / "resource-manager" / PROVIDER / VERSIONS[version] / version
    return Swagger(folder, NULLS, EXTRAS)


class Checked:
    """Sends requests and fails on an answer that its api-version's swagger does not have."""

    def __init__(self, emulator: Emulator, version: str) -> None:
        self.emulator = emulator
        self.version = version
        self.swagger = swagger(version)
        self.checked = 0

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        answer = self.emulator.request(method, versioned(path, self.version), body)
        content = answer.json() if answer.content else None
        assert self.swagger.problems(method, path.partition("?")[0], answer.status, content) == []
        self.checked += 1
        return answer


@pytest.fixture(params=sorted(VERSIONS))
def checked(request: pytest.FixtureRequest, fresh_emulator: Emulator) -> Checked:
    return Checked(fresh_emulator, request.param)


def test_everything_there_is(checked: Checked) -> None:
    kinds = set()
    for known in checked.emulator.ready["workspaces"]:
        path = workspace_path(checked.emulator, known["name"])
        assert checked.send("GET", path).json()["name"] == known["name"]
        computes = checked.send("GET", f"{path}/computes").json()["value"]
        kinds |= {one["properties"]["computeType"] for one in computes}
        for one in computes:
            if one["properties"]["computeType"] == "AmlCompute":
                checked.send("POST", f"{path}/computes/{one['name']}/listNodes")
        checked.send("GET", f"{path}/computes/{computes[0]['name']}")
        subscription = path.split("/resourceGroups/")[0]
        checked.send("GET", path.rpartition("/")[0])
        checked.send("GET", f"{subscription}/providers/{PROVIDER}/workspaces")
        checked.send("GET", f"{subscription}/providers/{PROVIDER}/locations/{known['location']}/vmSizes")
    assert len(kinds) == 10
    assert checked.checked > 60


def test_lives_at_every_stage(checked: Checked) -> None:
    path = f"{workspace_path(checked.emulator)}/computes"
    evening = {"action": "Stop", "triggerType": "Cron", "status": "Enabled", "cron": {"timeZone": "UTC", "expression": "0 19 * * *"}}
    planned = {"computeStartStop": [evening]}
    checked.send("PUT", f"{path}/nb-new", instance(idleTimeBeforeShutdown="PT30M", schedules=planned))
    checked.send(
        "PUT", f"{path}/cpu-new", cluster(least=1, userAccountCredentials={"adminUserName": "azureuser", "adminUserPassword": "x"})
    )
    checked.send("POST", f"{path}/nb-mei/start")
    checked.send("POST", f"{path}/nb-grace/stop")
    checked.send("POST", f"{path}/nb-noah/restart")
    checked.send("DELETE", f"{path}/nb-sofia?underlyingResourceAction=Delete")
    for _ in range(12):
        checked.emulator.control("POST", "clock", {"advance": 45})
        checked.send("GET", path)
        checked.send("POST", f"{path}/gpu-train/listNodes")
    checked.send("PUT", f"{path}/cpu-new", cluster(least=0))
    checked.send("GET", f"{path}/cpu-new")
    checked.send("PUT", f"{path}/nb-new", instance(idleTimeBeforeShutdown="PT45M"))
    checked.send("PATCH", f"{path}/gpu-idle", {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 3}}}})
    checked.send("GET", f"{path}/gpu-idle")
    if checked.version != "2024-10-01":
        checked.send("POST", f"{path}/nb-new/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT30M"})
        checked.send("POST", f"{path}/nb-ulrich/getAllowedVmSizesForResize")
        checked.send("POST", f"{path}/nb-ulrich/resize", {"targetVMSize": "Standard_DS3_v2"})
    for name in ("vm-legacy", "aks-score", "adb-fraud"):
        checked.send("POST", f"{path}/{name}/listKeys")
    outside = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/k"
    kubernetes = {"computeType": "Kubernetes", "resourceId": outside, "properties": {"namespace": "azureml"}}
    checked.send("PUT", f"{path}/k8s-new", {"properties": kubernetes})
    checked.send("PUT", f"{path}/gpu-scarce", cluster(least=1, size="Standard_NC24rs_v3"))
    for _ in range(8):
        checked.send("GET", path)
        checked.emulator.control("POST", "clock", {"advance": 60})


def test_the_check_notices_what_is_wrong(checked: Checked) -> None:
    path = f"{workspace_path(checked.emulator)}/computes/nb-grace"
    good = checked.send("GET", path).json()

    def refused(change: Any, method: str = "GET", status: int = 200, at: str = path) -> bool:
        body = copy.deepcopy(good)
        change(body)
        return bool(checked.swagger.problems(method, at, status, body))

    assert not refused(lambda body: None)
    assert refused(lambda body: body.update(idleSince="2026-11-02T08:00:00Z"))
    assert refused(lambda body: body["properties"].update(lastActivity=None))
    assert refused(lambda body: body["properties"]["properties"].update(idleMinutes=3))
    assert refused(lambda body: body["properties"]["properties"].update(state="Dreaming"))
    assert refused(lambda body: body["properties"]["properties"].update(vmSize=None))
    assert refused(lambda body: body["properties"]["properties"]["lastOperation"].update(operationTime="yesterday"))
    assert refused(lambda body: body["properties"].update(createdOn="yesterday"))
    assert refused(lambda body: body["properties"].update(computeType="Abacus"))
    assert refused(lambda body: body["properties"].pop("computeType"))
    assert refused(lambda body: body["properties"].update(computeType="AmlCompute"))
    assert refused(lambda body: None, status=418)
    assert refused(lambda body: None, method="OPTIONS")
    assert refused(lambda body: None, at=f"{path}/nothing")


def test_metrics_have_the_published_shape(fresh_emulator: Emulator) -> None:
    folder = SPECIFICATION / "monitor" / "resource-manager" / "Microsoft.Insights" / "stable" / "2024-02-01"
    example = json.loads((folder / "examples" / "GetMetric.json").read_text("utf-8"))["responses"]["200"]["body"]
    filtered = "$filter=ClusterName%20eq%20%27*%27&aggregation=average,minimum,maximum"
    path = f"{workspace_path(fresh_emulator)}/providers/Microsoft.Insights/metrics"
    answer = fresh_emulator.request("GET", versioned(f"{path}?metricnames=Active%20Nodes&{filtered}", "2024-02-01"))
    assert answer.status == 200
    # The types that the document refers to are not published with it, so the example is what the answer is held to.
    assert unlike(answer.json(), example, "") == []


def test_the_activity_log_has_the_published_shape(fresh_emulator: Emulator) -> None:
    path = f"{workspace_path(fresh_emulator)}/computes/nb-mei"
    assert [fresh_emulator.request("POST", versioned(f"{path}/{verb}")).status for verb in ("stop", "start")] == [409, 202]
    fresh_emulator.control("POST", "clock", {"advance": 600})
    published = Swagger(SPECIFICATION / "monitor" / "resource-manager" / "Microsoft.Insights" / "stable" / "2015-04-01")
    log = f"/subscriptions/{path.split('/')[2]}/providers/Microsoft.Insights/eventtypes/management/values"
    query = "$filter=eventTimestamp%20ge%20'2026-08-10T00:00:00Z'"
    answer = fresh_emulator.request("GET", versioned(f"{log}?{query}", "2015-04-01"))
    assert {event["status"]["value"] for event in answer.json()["value"]} == {"Started", "Accepted", "Succeeded", "Failed"}
    assert published.problems("GET", log, answer.status, answer.json()) == []
    assert published.problems("GET", log, 200, {"value": [{**answer.json()["value"][0], "mood": "good"}]})


def unlike(answer: Any, example: Any, place: str) -> list[str]:
    """Where an answer has other fields or types than an example."""
    if isinstance(example, dict) and isinstance(answer, dict):
        missing = [f"{place}.{name}: missing" for name in sorted(example.keys() - answer.keys())]
        more = [f"{place}.{name}: unknown" for name in sorted(answer.keys() - example.keys() - {"errorCode"})]
        shared = sorted(answer.keys() & example.keys())
        return [*missing, *more, *(problem for name in shared for problem in unlike(answer[name], example[name], f"{place}.{name}"))]
    if isinstance(example, list) and isinstance(answer, list):
        return [problem for index, item in enumerate(answer) for problem in unlike(item, example[0], f"{place}[{index}]")]
    numbers = isinstance(answer, int | float) and isinstance(example, int | float)
    return [] if numbers or type(answer) is type(example) else [f"{place}: {type(answer).__name__}, not {type(example).__name__}"]
