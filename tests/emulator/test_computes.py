"""Workspaces, computes, sizes, runs and metrics over real HTTPS: what is answered, and what happens as time goes by."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import Answer, Emulator

VERSION = "2024-10-01-preview"


def workspace_path(emulator: Emulator, name: str = "fraud-prod") -> str:
    known = next(one for one in emulator.ready["workspaces"] if one["name"] == name)
    group = f"/subscriptions/{known['subscription_id']}/resourceGroups/{known['resource_group']}"
    return f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"


def versioned(path: str, version: str = VERSION) -> str:
    return f"{path}{'&' if '?' in path else '?'}api-version={version}"


class Computes:
    """The computes of one workspace, as one of the identities sees them."""

    def __init__(self, emulator: Emulator, workspace: str = "fraud-prod", identity: str = "admin") -> None:
        self.emulator = emulator
        self.identity = identity
        self.path = f"{workspace_path(emulator, workspace)}/computes"

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        return self.emulator.request(method, versioned(f"{self.path}{path}"), body, self.identity)

    def get(self, name: str) -> dict[str, Any]:
        answer = self.send("GET", f"/{name}")
        assert answer.status == 200, answer.content
        found: dict[str, Any] = answer.json()["properties"]
        return found

    def inner(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(name)["properties"]
        return found

    def nodes(self, name: str) -> list[str]:
        answer = self.send("POST", f"/{name}/listNodes")
        assert answer.status == 200, answer.content
        return [node["nodeState"] for node in answer.json()["nodes"]]

    def advance(self, seconds: float) -> None:
        self.emulator.control("POST", "clock", {"advance": seconds})

    def outcome(self, answer: Answer) -> str:
        """The status that the answer's operation has now."""
        polled = self.emulator.request("GET", answer.headers["Azure-AsyncOperation"], None, self.identity)
        assert polled.status == 200
        status: str = polled.json()["status"]
        return status


@pytest.fixture
def computes(fresh_emulator: Emulator) -> Computes:
    return Computes(fresh_emulator)


def instance(size: str = "Standard_DS3_v2", **properties: Any) -> dict[str, Any]:
    return {"location": "westeurope", "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": size, **properties}}}


def cluster(least: int = 0, most: int = 4, size: str = "Standard_DS3_v2", **properties: Any) -> dict[str, Any]:
    scale = {"minNodeCount": least, "maxNodeCount": most, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    return {
        "location": "westeurope",
        "properties": {"computeType": "AmlCompute", "properties": {"vmSize": size, "scaleSettings": scale, **properties}},
    }


def error(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["error"]["code"]


def test_workspaces_by_subscription_and_group(fresh_emulator: Emulator) -> None:
    one = fresh_emulator.request("GET", versioned(workspace_path(fresh_emulator))).json()
    subscription = one["id"].split("/resourceGroups/")[0]
    listed = fresh_emulator.request("GET", versioned(f"{subscription}/providers/Microsoft.MachineLearningServices/workspaces")).json()
    assert [item["name"] for item in listed["value"]] == ["fraud-prod", "pricing-prod", "demand-prod", "vision-prod"]
    assert listed["value"][0] == one
    group = one["id"].rpartition("/")[0]
    assert [item["name"] for item in fresh_emulator.request("GET", versioned(group)).json()["value"]] == ["fraud-prod", "pricing-prod"]
    assert one["properties"]["discoveryUrl"] == f"{fresh_emulator.base_url}/discovery"
    assert one["properties"]["provisioningState"] == "Succeeded"


def test_a_workspace_may_have_no_registry(fresh_emulator: Emulator) -> None:
    found = fresh_emulator.request("GET", versioned(workspace_path(fresh_emulator, "sandbox"))).json()
    assert found["properties"]["containerRegistry"] is None
    assert found["tags"] == {}


def test_workspaces_are_filtered_by_kind(fresh_emulator: Emulator) -> None:
    research = workspace_path(fresh_emulator, "genai-hub").split("/resourceGroups/")[0]
    path = f"{research}/providers/Microsoft.MachineLearningServices/workspaces?kind=hub"
    assert [item["name"] for item in fresh_emulator.request("GET", versioned(path)).json()["value"]] == ["genai-hub"]


def test_an_unknown_workspace_is_arm_s_404(fresh_emulator: Emulator) -> None:
    answer = fresh_emulator.request("GET", versioned(workspace_path(fresh_emulator).replace("workspaces/fraud-prod", "workspaces/nothing")))
    assert error(answer) == (404, "ResourceNotFound")
    assert "'Microsoft.MachineLearningServices/workspaces/nothing'" in answer.json()["error"]["message"]


def test_the_list_has_every_compute_as_get_shows_it(computes: Computes) -> None:
    listed = computes.send("GET", "").json()
    assert "nextLink" not in listed
    assert {"nb-grace", "gpu-idle", "k8s-fraud", "aks-score", "vm-legacy", "adb-fraud"} <= {item["name"] for item in listed["value"]}
    for item in listed["value"]:
        assert computes.send("GET", f"/{item['name']}").json() == item


def test_long_lists_come_in_pages_of_a_hundred(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.conftest import start_emulator, stop_emulator

    large = start_emulator(tmp_path_factory.mktemp("large"), "--speed", "0", "--scale", "12", "--epoch", "2026-11-02T08:00:00Z")
    try:
        names: list[str] = []
        sizes: list[int] = []
        link = versioned(f"{workspace_path(large)}/computes")
        while link:
            body = large.request("GET", link).json()
            names += [item["name"] for item in body["value"]]
            sizes.append(len(body["value"]))
            link = body.get("nextLink", "")
            assert not link or link.startswith(large.base_url)
        assert sizes == [100, 100, 16]
        assert len(set(names)) == len(names)
    finally:
        assert stop_emulator(large) == 0


def test_an_unknown_compute_is_the_account_service_s_404(computes: Computes) -> None:
    answer = computes.send("GET", "/nothing")
    assert error(answer) == (404, "UserError")
    assert answer.json()["error"]["innerError"]["code"] == "ComputeNotFound"
    assert answer.json()["componentName"] == "account-rp"


def test_start(computes: Computes) -> None:
    answer = computes.send("POST", "/nb-mei/start")
    assert (answer.status, answer.content) == (202, b"")
    assert "Location" not in answer.headers
    found = computes.get("nb-mei")
    assert (found["provisioningState"], found["properties"]["state"]) == ("Succeeded", "Starting")
    assert found["properties"]["lastOperation"]["operationStatus"] == "InProgress"
    assert computes.outcome(answer) == "InProgress"
    computes.advance(240)
    found = computes.get("nb-mei")
    assert found["properties"]["state"] == "Running"
    assert found["properties"]["lastOperation"] == {
        "operationName": "Start",
        "operationTime": "2026-11-02T08:00:00.0000000+00:00",
        "operationStatus": "Succeeded",
        "operationTrigger": "User",
    }
    assert computes.outcome(answer) == "Succeeded"


def test_stop_keeps_the_provisioning_state(computes: Computes) -> None:
    answer = computes.send("POST", "/nb-grace/stop")
    assert answer.status == 202
    found = computes.get("nb-grace")
    assert (found["provisioningState"], found["properties"]["state"]) == ("Succeeded", "Stopping")
    computes.advance(120)
    assert computes.inner("nb-grace")["state"] == "Stopped"
    assert computes.outcome(answer) == "Succeeded"


def test_restart(computes: Computes) -> None:
    answer = computes.send("POST", "/nb-noah/restart")
    assert computes.inner("nb-noah")["state"] == "Restarting"
    computes.advance(150)
    assert computes.inner("nb-noah")["state"] == "Running"
    assert computes.inner("nb-noah")["lastOperation"]["operationName"] == "Restart"
    assert computes.outcome(answer) == "Succeeded"


def test_what_the_state_forbids_is_a_conflict(computes: Computes) -> None:
    assert error(computes.send("POST", "/nb-grace/start")) == (409, "StartComputeInstanceOnlyAllowedInStoppedState")
    assert error(computes.send("POST", "/nb-mei/stop"))[0] == 409
    assert error(computes.send("POST", "/nb-mei/restart"))[0] == 409
    assert error(computes.send("POST", "/nb-audit/stop"))[0] == 409
    computes.send("POST", "/nb-grace/stop")
    assert error(computes.send("POST", "/nb-grace/stop"))[0] == 409
    assert error(computes.send("POST", "/nb-grace/start"))[0] == 409


def test_only_instances_start(computes: Computes) -> None:
    assert error(computes.send("POST", "/gpu-idle/start")) == (400, "UserError")
    assert error(computes.send("POST", "/k8s-fraud/stop")) == (400, "UserError")


def test_only_clusters_have_nodes(computes: Computes) -> None:
    assert error(computes.send("POST", "/nb-grace/listNodes")) == (400, "UserError")
    assert computes.nodes("gpu-idle") == ["idle", "idle"]
    assert computes.nodes("gpu-a100-new") == []


def test_node_counts_are_those_of_the_nodes(computes: Computes) -> None:
    for name in ("gpu-idle", "gpu-train", "cpu-score", "etl-nightly", "cpu-lowpri", "gpu-resize"):
        states, told = computes.nodes(name), computes.inner(name)
        for state in ("idle", "running", "preparing", "unusable", "leaving", "preempted"):
            assert told["nodeStateCounts"][f"{state}NodeCount"] == states.count(state)
        assert told["currentNodeCount"] == len(states) - states.count("preempted")


def test_an_instance_is_made(computes: Computes) -> None:
    answer = computes.send("PUT", "/nb-new", instance(idleTimeBeforeShutdown="PT30M"))
    assert answer.status == 201
    body = answer.json()
    assert body["tags"] is None
    assert body["properties"]["provisioningState"] == "Creating"
    assert body["properties"]["properties"]["vmSize"] == "STANDARD_DS3_V2"
    assert body["properties"]["properties"]["state"] is None
    states = []
    for _ in range(60):
        computes.advance(5)
        states.append(computes.inner("nb-new")["state"])
    assert list(dict.fromkeys(states)) == [None, "Creating", "SettingUp", "Running"]
    assert computes.get("nb-new")["provisioningState"] == "Succeeded"
    assert computes.outcome(answer) == "Succeeded"
    computes.advance(32 * 60)
    assert computes.inner("nb-new")["state"] == "Stopped"
    assert computes.inner("nb-new")["lastOperation"]["operationTrigger"] == "IdleShutdown"


def test_an_instance_s_settings_change(computes: Computes) -> None:
    body = instance("Standard_E4s_v3", idleTimeBeforeShutdown="PT20M")
    answer = computes.send("PUT", "/nb-noah", body)
    assert answer.status == 200
    assert computes.inner("nb-noah")["idleTimeBeforeShutdown"] == "PT20M"
    assert computes.inner("nb-noah")["personalComputeInstanceSettings"] is not None
    computes.advance(20 * 60 - 1)
    assert computes.inner("nb-noah")["state"] == "Running"
    computes.advance(1)
    assert computes.inner("nb-noah")["state"] == "Stopping"


def test_a_cluster_is_made_and_grows_to_its_minimum(computes: Computes) -> None:
    answer = computes.send("PUT", "/cpu-new", cluster(least=2))
    assert answer.status == 201
    assert answer.json()["properties"]["properties"]["nodeStateCounts"] is None
    assert "computeLocation" not in answer.json()["properties"]
    computes.advance(40)
    assert computes.outcome(answer) == "Succeeded"
    told = computes.inner("cpu-new")
    assert (told["allocationState"], told["targetNodeCount"]) == ("Resizing", 2)
    assert computes.nodes("cpu-new") == ["preparing", "preparing"]
    computes.advance(300)
    assert computes.nodes("cpu-new") == ["idle", "idle"]
    assert computes.inner("cpu-new")["allocationState"] == "Steady"


def test_lowering_the_minimum_lets_idle_nodes_go(computes: Computes) -> None:
    change = cluster(least=0, most=4, size="Standard_NC24ads_A100_v4")
    answer = computes.send("PUT", "/gpu-idle", change)
    # As recorded: changing a cluster answers 201 and Creating.
    assert (answer.status, answer.json()["properties"]["provisioningState"]) == (201, "Creating")
    assert answer.json()["properties"]["computeLocation"] == "westeurope"
    computes.advance(45)
    assert computes.nodes("gpu-idle") == ["leaving", "leaving"]
    computes.advance(75)
    assert computes.nodes("gpu-idle") == []
    assert computes.inner("gpu-idle")["scaleSettings"]["minNodeCount"] == 0


def test_secrets_are_never_read_back(computes: Computes) -> None:
    account = {"adminUserName": "azureuser", "adminUserPassword": "correct-horse", "adminUserSshPublicKey": "ssh-rsa AAAA"}
    answer = computes.send("PUT", "/cpu-ssh", cluster(userAccountCredentials=account))
    computes.advance(60)
    shown = computes.inner("cpu-ssh")["userAccountCredentials"]
    assert shown == {"adminUserName": "azureuser", "adminUserPassword": None, "adminUserSshPublicKey": "ssh-rsa AAAA"}
    assert b"correct-horse" not in answer.content + computes.send("GET", "").content


def test_kubernetes_is_attached_and_detached(computes: Computes) -> None:
    target = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Kubernetes/connectedClusters/arc"
    body = {"properties": {"computeType": "Kubernetes", "resourceId": target, "properties": {"namespace": "azureml"}}}
    answer = computes.send("PUT", "/k8s-new", body)
    assert answer.status == 201
    computes.advance(40)
    found = computes.get("k8s-new")
    assert (found["provisioningState"], found["isAttachedCompute"], found["resourceId"]) == ("Succeeded", True, target)
    gone = computes.send("DELETE", "/k8s-new?underlyingResourceAction=Detach")
    assert gone.status == 202
    computes.advance(100)
    assert computes.send("GET", "/k8s-new").status == 404
    assert computes.outcome(gone) == "Succeeded"


def test_delete_cancels_what_runs(computes: Computes) -> None:
    jobs = {node["runId"] for node in computes.send("POST", "/gpu-train/listNodes").json()["nodes"]}
    answer = computes.send("DELETE", "/gpu-train?underlyingResourceAction=Delete")
    assert (answer.status, answer.content) == (202, b"")
    assert computes.get("gpu-train")["provisioningState"] == "Deleting"
    assert error(computes.send("DELETE", "/gpu-train?underlyingResourceAction=Delete"))[0] == 409
    history = f"/history/v1.0{workspace_path(computes.emulator)}"
    statuses = {computes.emulator.request("GET", versioned(f"{history}/runs/{job}", "v1.0")).json()["status"] for job in jobs}
    assert statuses == {"Canceled"}
    computes.advance(86400)
    assert computes.send("GET", "/gpu-train").status == 404
    assert computes.outcome(answer) == "Succeeded"


def test_delete_overtakes_a_start(computes: Computes) -> None:
    started = computes.send("POST", "/nb-mei/start")
    computes.send("DELETE", "/nb-mei?underlyingResourceAction=Delete")
    assert computes.outcome(started) == "Failed"
    computes.advance(300)
    assert computes.send("GET", "/nb-mei").status == 404


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("ab", instance()),
        ("ends-in-12", instance()),
        ("9lives", instance()),
        ("a-name-of-twenty-five-chars", instance()),
        ("nb-size", instance("Standard_Nothing")),
        ("nb-idle", instance(idleTimeBeforeShutdown="PT5M")),
        ("nb-idle", instance(idleTimeBeforeShutdown="soon")),
        ("nb-cron", instance(schedules={"computeStartStop": [{"action": "Stop", "triggerType": "Cron", "cron": {"expression": "x"}}]})),
        ("nb-many", instance(schedules={"computeStartStop": [{"action": "Stop"}] * 5})),
        ("cpu-flip", cluster(least=5, most=4)),
        ("cpu-none", {"properties": {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2"}}}),
        ("cpu-kind", {"properties": {"computeType": "Abacus"}}),
        ("cpu-text", {"properties": "text"}),
        ("k8s-none", {"properties": {"computeType": "Kubernetes", "properties": {}}}),
        ("gpu-idle", cluster(size="Standard_DS3_v2")),
        ("gpu-idle", instance()),
        ("gpu-idle", cluster(size="Standard_NC24ads_A100_v4", vmPriority="LowPriority")),
    ],
)
def test_a_bad_request_is_refused_and_changes_nothing(computes: Computes, name: str, body: Any) -> None:
    before = computes.send("GET", "").json()
    answer = computes.send("PUT", f"/{name}", body)
    assert error(answer) == (400, "UserError"), answer.content
    assert computes.send("GET", "").json() == before


def test_a_name_is_taken_in_the_whole_region(fresh_emulator: Emulator) -> None:
    other = Computes(fresh_emulator, "pricing-prod")
    assert error(other.send("PUT", "/nb-grace", instance()))[0] == 409


def test_delete_must_say_what_happens_to_what_is_behind(computes: Computes) -> None:
    assert computes.send("DELETE", "/nb-mei").status == 400
    assert computes.send("DELETE", "/nb-mei?underlyingResourceAction=Burn").status == 400
    assert computes.get("nb-mei")["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("identity", "read", "stop", "delete", "nodes"),
    [
        ("admin", 200, 202, 202, 200),
        ("operator", 200, 202, 202, 200),
        ("data-scientist", 200, 202, 403, 200),
        ("reader", 200, 403, 403, 403),
        ("cost-analyst", 403, 403, 403, 403),
        ("outsider", 403, 403, 403, 403),
    ],
)
def test_who_may_do_what(fresh_emulator: Emulator, identity: str, read: int, stop: int, delete: int, nodes: int) -> None:
    seen = Computes(fresh_emulator, identity=identity)
    answers = [seen.send("GET", ""), seen.send("POST", "/nb-grace/stop"), seen.send("POST", "/gpu-idle/listNodes")]
    answers.append(seen.send("DELETE", "/nb-mei?underlyingResourceAction=Delete"))
    assert [answer.status for answer in answers] == [read, stop, nodes, delete]


def test_the_stable_version_lacks_the_previews_fields(computes: Computes) -> None:
    stable = computes.emulator.request("GET", versioned(f"{computes.path}/nb-grace", "2024-10-01")).json()["properties"]["properties"]
    assert computes.inner("nb-grace").keys() - stable.keys() == {
        "autologgerSettings", "enableOSPatching", "enableRootAccess", "enableSSO", "idleTimeBeforeShutdown", "releaseQuotaOnStop",
    }  # fmt: skip


def test_sizes_have_prices_but_for_one(fresh_emulator: Emulator) -> None:
    subscription = workspace_path(fresh_emulator).split("/resourceGroups/")[0]
    path = f"{subscription}/providers/Microsoft.MachineLearningServices/locations/westeurope/vmSizes"
    sizes = {size["name"]: size for size in fresh_emulator.request("GET", versioned(path)).json()["value"]}
    assert len(sizes) >= 40
    assert [name for name, size in sizes.items() if not size["estimatedVMPrices"]["values"]] == ["Standard_ND96isr_H100_v5"]
    prices = {price["vmTier"]: price["retailPrice"] for price in sizes["Standard_NC6s_v3"]["estimatedVMPrices"]["values"]}
    assert prices["LowPriority"] == pytest.approx(prices["Standard"] * 0.2, abs=1e-3)
    assert (sizes["Standard_NC6s_v3"]["gpus"], sizes["Standard_DS3_v2"]["vCPUs"]) == (1, 4)
    elsewhere = fresh_emulator.request("GET", versioned(path.replace("westeurope", "atlantis")))
    assert error(elsewhere) == (400, "LocationNotAvailableForResourceType")


def runs(emulator: Emulator, compute: str, query: str = "") -> list[dict[str, Any]]:
    path = f"/history/v1.0{workspace_path(emulator)}/computes/{compute}/runs"
    answer = emulator.request("GET", versioned(f"{path}{query}", "v1.0"))
    assert answer.status == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def test_run_history_tells_the_newest_first(fresh_emulator: Emulator) -> None:
    found = runs(fresh_emulator, "gpu-train")
    assert len(found) == 100
    assert [run["createdUtc"] for run in found] == sorted((run["createdUtc"] for run in found), reverse=True)
    assert {run["target"] for run in found} == {"gpu-train"}
    assert [run["status"] for run in found[:3]] == ["Running"] * 3
    ended = next(run for run in found if run["status"] == "Failed")
    assert ended["error"]["error"]["message"] and ended["endTimeUtc"] > ended["startTimeUtc"]
    one = fresh_emulator.request("GET", versioned(f"/history/v1.0{workspace_path(fresh_emulator)}/runs/{ended['runId']}", "v1.0"))
    assert one.json() == ended


def test_run_history_in_pages(fresh_emulator: Emulator) -> None:
    path = f"/history/v1.0{workspace_path(fresh_emulator)}/computes/nb-grace/runs"
    link, seen = versioned(f"{path}?$top=30", "v1.0"), []
    while link:
        body = fresh_emulator.request("GET", link).json()
        assert len(body["value"]) <= 30
        seen += [run["runId"] for run in body["value"]]
        link = body.get("nextLink", "")
    assert len(seen) == len(set(seen)) > 60


def test_run_history_is_filtered_and_ordered(fresh_emulator: Emulator) -> None:
    failed = runs(fresh_emulator, "gpu-train", f"?$filter={quote('''status eq 'Failed' and createdUtc ge 2026-10-20T00:00:00Z''')}")
    assert failed and {run["status"] for run in failed} == {"Failed"}
    assert min(run["createdUtc"] for run in failed) >= "2026-10-20"
    oldest = runs(fresh_emulator, "gpu-train", f"?$top=5&$orderby={quote('startTimeUtc asc')}")
    assert [run["startTimeUtc"] for run in oldest] == sorted(run["startTimeUtc"] for run in oldest)
    assert oldest[0]["startTimeUtc"] < "2026-08-05"
    for query in (f"?$filter={quote('status like x')}", "?$top=none", f"?$orderby={quote('nothing desc')}"):
        path = f"/history/v1.0{workspace_path(fresh_emulator)}/computes/gpu-train/runs{query}"
        assert fresh_emulator.request("GET", versioned(path, "v1.0")).status == 400


def test_an_unknown_run(fresh_emulator: Emulator) -> None:
    history = f"/history/v1.0{workspace_path(fresh_emulator)}"
    assert fresh_emulator.request("GET", versioned(f"{history}/runs/nothing", "v1.0")).status == 404
    job = runs(fresh_emulator, "gpu-train", "?$top=1")[0]["runId"]
    assert fresh_emulator.request("GET", versioned(f"{history}/runs/{job}/children", "v1.0")).json() == {"value": []}


def test_discovery_needs_no_token_and_leads_here(fresh_emulator: Emulator) -> None:
    answer = fresh_emulator.request("GET", "/discovery", identity=None)
    assert answer.json()["api"] == answer.json()["history"] == fresh_emulator.base_url


def metrics(emulator: Emulator, query: str, version: str = "2024-02-01") -> Answer:
    return emulator.request("GET", versioned(f"{workspace_path(emulator)}/providers/Microsoft.Insights/metrics?{query}", version))


@pytest.mark.parametrize("version", ["2024-02-01", "2018-01-01"])
def test_metrics_of_the_idle_cluster_over_two_weeks(fresh_emulator: Emulator, version: str) -> None:
    span = "timespan=2026-10-19T08:00:00Z/2026-11-02T08:00:00Z&interval=P1D&aggregation=average,maximum"
    query = f"metricnames={quote('Active Nodes,Idle Nodes')}&{span}&$filter={quote('''ClusterName eq 'gpu-idle' ''')}"
    active, idle = metrics(fresh_emulator, query, version).json()["value"]
    assert (active["name"]["value"], idle["name"]["value"]) == ("Active Nodes", "Idle Nodes")
    assert active["timeseries"][0]["metadatavalues"][0]["value"] == "gpu-idle"
    points = active["timeseries"][0]["data"]
    assert len(points) == 14
    assert points[0] == {"timeStamp": "2026-10-19T08:00:00Z", "average": 0.0, "maximum": 0}
    assert {point["maximum"] for point in points} == {0}
    assert {point["average"] for point in idle["timeseries"][0]["data"]} == {2.0}


def test_metrics_follow_the_simulation(computes: Computes) -> None:
    computes.send("DELETE", "/gpu-train?underlyingResourceAction=Delete")
    computes.send("PUT", "/cpu-new", cluster(least=3))
    computes.advance(3600)
    only = quote("ClusterName eq 'cpu-new'")
    query = f"metricnames={quote('Idle Nodes')}&aggregation=average,minimum,maximum&interval=PT30M&$filter={only}"
    first, second = metrics(computes.emulator, query).json()["value"][0]["timeseries"][0]["data"]
    assert (first["minimum"], first["maximum"]) == (0, 3) and 2 < first["average"] < 3
    assert (second["minimum"], second["maximum"], second["average"]) == (3, 3, 3)


def test_metrics_split_by_cluster_and_together(fresh_emulator: Emulator) -> None:
    span = "timespan=2026-11-02T07:00:00Z/2026-11-02T08:00:00Z&interval=PT1H&aggregation=total,count"
    split = metrics(fresh_emulator, f"metricnames={quote('Total Nodes')}&{span}&$filter={quote('''ClusterName eq '*' ''')}").json()[
        "value"
    ][0]
    names = [series["metadatavalues"][0]["value"] for series in split["timeseries"]]
    assert {"gpu-idle", "gpu-train", "etl-nightly"} <= set(names)
    together = metrics(fresh_emulator, f"metricnames={quote('Total Nodes')}&{span}").json()["value"][0]["timeseries"]
    assert len(together) == 1
    assert together[0]["data"][0]["total"] == pytest.approx(sum(series["data"][0]["total"] for series in split["timeseries"]))
    assert together[0]["data"][0]["count"] == 60 * len(names)


@pytest.mark.parametrize(
    "query",
    [
        "metricnames=Nothing",
        "timespan=yesterday",
        "timespan=2026-11-02T08:00:00Z/2026-11-01T08:00:00Z",
        "timespan=2026-01-01T00:00:00Z/2026-11-01T00:00:00Z",
        "interval=PT7M",
        "aggregation=median",
        "$filter=RunId%20eq%20%27x%27",
    ],
)
def test_metrics_that_cannot_be_answered(fresh_emulator: Emulator, query: str) -> None:
    assert error(metrics(fresh_emulator, query)) == (400, "BadRequest")
