"""Usages, quotas and locks of the simulation: the figures add up, and what they do not allow is refused."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import Computes, cluster, error, instance, versioned, workspace_path
from tests.emulator.test_swagger import VERSIONS, Checked

ML = "Microsoft.MachineLearningServices"
A100 = "Standard NCADSA100v4 Family Cluster Dedicated vCPUs"
DSV2 = "Standard DSv2 Family Cluster Dedicated vCPUs"
DDSV4 = "Standard DDSv4 Family Cluster Dedicated vCPUs"
NCSV3 = "Standard NCSv3 Family Cluster Dedicated vCPUs"
NC24 = "Standard_NC24ads_A100_v4"


def location(emulator: Emulator, what: str, region: str = "westeurope") -> str:
    subscription = workspace_path(emulator).split("/resourceGroups/")[0]
    return versioned(f"{subscription}/providers/{ML}/locations/{region}/{what}")


def figures(emulator: Emulator, what: str = "usages", region: str = "westeurope") -> list[dict[str, Any]]:
    answer = emulator.request("GET", location(emulator, what, region))
    assert answer.status == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def used(emulator: Emulator, name: str = A100, region: str = "westeurope") -> tuple[int, int]:
    """Used and limit of the subscription under a name."""
    found = [one for one in figures(emulator, region=region) if one["name"]["value"] == name and "/workspaces/" not in one["id"]]
    assert len(found) == 1
    return found[0]["currentValue"], found[0]["limit"]


def quota_id(emulator: Emulator, name: str = A100, workspace: str = "fraud-prod") -> str:
    return f"{workspace_path(emulator, workspace)}/quotas/{name.replace(' ', '_')}"


def update(emulator: Emulator, path: str, limit: Any, identity: str = "admin") -> Answer:
    body = {"location": "westeurope", "value": [{"id": path, "type": f"{ML}/workspaces/quotas", "limit": limit, "unit": "Count"}]}
    return emulator.request("POST", location(emulator, "updateQuotas"), body, identity)


def status(answer: Answer) -> str:
    assert answer.status == 200, answer.content
    found: str = answer.json()["value"][0]["status"]
    return found


@pytest.fixture
def computes(fresh_emulator: Emulator) -> Computes:
    return Computes(fresh_emulator)


@pytest.mark.parametrize("region", ["westeurope", "northeurope"])
def test_what_a_family_uses_is_what_its_workspaces_and_their_computes_use(fresh_emulator: Emulator, region: str) -> None:
    listed = figures(fresh_emulator, region=region)
    names = {one["name"]["value"] for one in listed if "/usages/" in one["id"]}
    for name in names:
        of_name = [one for one in listed if one["name"]["value"] == name]
        alone = [one["currentValue"] for one in of_name if "/workspaces/" not in one["id"]]
        in_workspaces = [one for one in of_name if "/workspaces/" in one["id"] and "/computes/" not in one["id"]]
        in_computes = [one for one in of_name if "/computes/" in one["id"]]
        assert alone == [sum(one["currentValue"] for one in in_workspaces)] == [sum(one["currentValue"] for one in in_computes)]
        assert all(one["amlWorkspaceLocation"] == region for one in in_workspaces + in_computes)
    for tier, kind in (("Dedicated", "dedicatedCores"), ("LowPriority", "lowPriorityCores")):
        total = next(one for one in listed if one["type"] == f"{ML}/{kind}/usages")
        alike = [one for one in listed if one["type"] == f"{ML}/vmFamily/usages" and f"Cluster {tier} vCPUs" in one["name"]["value"]]
        assert total["currentValue"] == sum(one["currentValue"] for one in alike) > 0 or region == "northeurope"
    assert len(names) > 20


def test_the_story_has_a_family_at_96_percent(fresh_emulator: Emulator) -> None:
    assert used(fresh_emulator) == (48, 50)
    failed = Computes(fresh_emulator).get("gpu-a100-new")["provisioningErrors"][0]["error"]["message"]
    assert "quota of 50 and" in failed


def test_a_stop_frees_cores_only_where_they_are_released(computes: Computes) -> None:
    emulator = computes.emulator
    computes.send("PUT", "/nb-keeps", instance("Standard_D4ds_v4"))
    computes.send("PUT", "/nb-gives", instance("Standard_D4ds_v4", releaseQuotaOnStop=True))
    computes.advance(600)
    assert used(emulator, DDSV4)[0] == 8
    assert [computes.send("POST", f"/{name}/stop").status for name in ("nb-keeps", "nb-gives")] == [202, 202]
    computes.advance(600)
    assert used(emulator, DDSV4)[0] == 4
    computes.send("DELETE", "/nb-keeps?underlyingResourceAction=Delete")
    computes.advance(600)
    assert used(emulator, DDSV4)[0] == 0


def test_a_lower_minimum_lets_an_idle_node_go_and_frees_its_cores(computes: Computes) -> None:
    computes.send("PUT", "/gpu-idle", cluster(least=1, most=4, size=NC24))
    computes.advance(900)
    assert used(computes.emulator) == (24, 50)


@pytest.mark.parametrize("body", [cluster(least=1, size=NC24), instance(size=NC24)])
def test_what_is_made_beyond_the_quota_ends_failed(computes: Computes, body: dict[str, Any]) -> None:
    answer = computes.send("PUT", "/gpu-more", body)
    assert answer.status == 201
    computes.advance(300)
    assert computes.outcome(answer) == "Failed"
    made = computes.get("gpu-more")
    assert made["provisioningState"] == "Failed"
    said = made["provisioningErrors"][0]["error"]
    assert said["code"] == "ClusterMinNodesExceedCoreQuota"
    assert said["message"].endswith("at least 1 requested managed compute nodes which maps to 24 vCPUs.")
    assert used(computes.emulator) == (48, 50)


def test_a_minimum_that_the_quota_does_not_allow_is_refused(computes: Computes) -> None:
    refused = computes.send("PUT", "/gpu-idle", cluster(least=3, most=4, size=NC24))
    computes.advance(300)
    assert computes.outcome(refused) == "Failed"
    assert computes.get("gpu-idle")["provisioningErrors"][0]["error"]["code"] == "ClusterMinNodesExceedCoreQuota"
    assert computes.outcome(computes.send("PUT", "/gpu-idle", cluster(least=2, most=9, size=NC24))) == "InProgress"
    computes.advance(300)
    assert computes.get("gpu-idle")["provisioningState"] == "Succeeded"


def test_a_cluster_whose_jobs_wait_for_cores_says_so_until_there_are_some(computes: Computes) -> None:
    emulator = computes.emulator

    def reached() -> list[str]:
        return [one["error"]["code"] for one in computes.inner("gpu-train")["errors"] or ()]

    assert status(update(emulator, quota_id(emulator, NCSV3), 30)) == "Success"
    waits = 0
    while reached() != ["ClusterCoreQuotaReached"]:
        waits += 1
        assert waits < 100, "its jobs want more nodes sooner or later"
        computes.advance(300)
        assert used(emulator, NCSV3)[0] <= 30
    shown = computes.inner("gpu-train")
    assert shown["targetNodeCount"] > shown["currentNodeCount"]
    assert shown["errors"][0]["error"]["message"].startswith("Operation results in exceeding quota limits of Core. Maximum allowed: 30,")
    assert status(update(emulator, quota_id(emulator, NCSV3), 72)) == "Success"
    computes.advance(120)
    assert reached() == []


def test_a_stopped_instance_that_gave_its_cores_back_cannot_start_without(computes: Computes) -> None:
    emulator = computes.emulator
    computes.send("PUT", "/gpu-idle", cluster(least=0, most=4, size=NC24))
    computes.advance(900)
    computes.send("PUT", "/nb-big", instance(size=NC24, releaseQuotaOnStop=True))
    computes.advance(600)
    computes.send("POST", "/nb-big/stop")
    computes.advance(600)
    computes.send("PUT", "/gpu-idle", cluster(least=2, most=4, size=NC24))
    computes.advance(900)
    assert used(emulator) == (48, 50)
    answer = computes.send("POST", "/nb-big/start")
    computes.advance(300)
    assert (answer.status, computes.outcome(answer)) == (202, "Failed")
    shown = computes.inner("nb-big")
    assert (shown["state"], shown["lastOperation"]["operationStatus"]) == ("Stopped", "StartFailed")
    computes.send("DELETE", "/gpu-idle?underlyingResourceAction=Delete")
    computes.advance(600)
    answer = computes.send("POST", "/nb-big/start")
    computes.advance(600)
    assert (computes.outcome(answer), used(emulator)) == ("Succeeded", (24, 50))


def test_a_workspace_s_own_quota_is_set_seen_and_kept_to(computes: Computes) -> None:
    emulator = computes.emulator
    assert status(update(emulator, quota_id(emulator), 48)) == "Success"
    assert [one["limit"] for one in figures(emulator, "quotas") if one["id"] == quota_id(emulator)] == [48]
    shown = [one for one in figures(emulator) if one["id"] == quota_id(emulator).replace("/quotas/", "/usages/")]
    assert [(one["currentValue"], one["limit"]) for one in shown] == [(48, 48)]
    assert status(update(emulator, quota_id(emulator, DSV2), 58)) == "Success"
    answer = computes.send("PUT", "/cpu-more", cluster(least=20, most=20))
    computes.advance(300)
    assert computes.outcome(answer) == "Failed"
    assert "vCPU quota of 58 and" in computes.get("cpu-more")["provisioningErrors"][0]["error"]["message"]


@pytest.mark.parametrize(
    ("name", "workspace", "limit", "said"),
    [
        (A100, "fraud-prod", 51, "InvalidQuotaExceedsSubscriptionLimit"),
        (A100, "fraud-prod", 47, "InvalidQuotaBelowClusterMinimum"),
        ("Standard Parrot Family Cluster Dedicated vCPUs", "fraud-prod", 1, "InvalidVMFamilyName"),
        (A100, "fraud-dev", 1, "Failure"),
        (A100, "fraud-prod", "many", "Failure"),
    ],
)
def test_a_quota_that_cannot_be_set_says_why(fresh_emulator: Emulator, name: str, workspace: str, limit: Any, said: str) -> None:
    before = figures(fresh_emulator, "quotas")
    assert status(update(fresh_emulator, quota_id(fresh_emulator, name, workspace), limit)) == said
    assert figures(fresh_emulator, "quotas") == before


@pytest.mark.parametrize(
    ("identity", "reads", "updates"),
    [("admin", 200, 200), ("reader", 200, 403), ("data-scientist", 403, 403), ("operator", 403, 403)],
)
def test_who_may(fresh_emulator: Emulator, identity: str, reads: int, updates: int) -> None:
    answers = [fresh_emulator.request("GET", location(fresh_emulator, what), None, identity) for what in ("usages", "quotas")]
    assert [answer.status for answer in answers] == [reads, reads]
    assert update(fresh_emulator, quota_id(fresh_emulator), 48, identity).status == updates


def test_a_region_that_is_none(fresh_emulator: Emulator) -> None:
    for what in ("usages", "quotas"):
        answer = fresh_emulator.request("GET", location(fresh_emulator, what, "atlantis"))
        assert error(answer) == (400, "LocationNotAvailableForResourceType")
    assert error(fresh_emulator.request("POST", location(fresh_emulator, "updateQuotas"), {"value": 7})) == (400, "UserError")


def test_locks_are_listed_and_refuse_what_they_are_for(fresh_emulator: Emulator) -> None:
    kept, frozen = Computes(fresh_emulator, "vision-prod"), Computes(fresh_emulator, "demand-dev")
    group = kept.path.split("/providers/")[0]
    listed = fresh_emulator.request("GET", versioned(f"{group}/providers/Microsoft.Authorization/locks", "2016-09-01")).json()["value"]
    assert [(one["name"], one["properties"]["level"]) for one in listed] == [("keep-production", "CanNotDelete")]
    at_workspace = f"{kept.path.removesuffix('/computes')}/providers/Microsoft.Authorization/locks?$filter=atScope()"
    assert fresh_emulator.request("GET", versioned(at_workspace, "2016-09-01")).json()["value"] == listed
    unlocked = f"{workspace_path(fresh_emulator)}/providers/Microsoft.Authorization/locks"
    assert fresh_emulator.request("GET", versioned(unlocked, "2016-09-01")).json()["value"] == []
    running = next(one["name"] for one in kept.send("GET", "").json()["value"] if one["name"].startswith("ci-"))
    refused = kept.send("DELETE", f"/{running}?underlyingResourceAction=Delete")
    assert error(refused) == (409, "ScopeLocked") and group in refused.json()["error"]["message"]
    assert kept.send("POST", f"/{running}/stop").status == 202
    other = next(one["name"] for one in frozen.send("GET", "").json()["value"] if one["name"].startswith("ci-"))
    assert error(frozen.send("POST", f"/{other}/stop")) == (409, "ScopeLocked")
    assert error(frozen.send("PUT", "/nb-new", {**instance(), "location": "northeurope"})) == (409, "ScopeLocked")
    assert frozen.send("GET", f"/{other}").status == 200


@pytest.mark.skipif("AML_CONSOLE_TEST_DATA" not in os.environ, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")
@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_answers_are_those_of_the_published_swagger(fresh_emulator: Emulator, version: str) -> None:
    checked = Checked(fresh_emulator, version)
    base = location(fresh_emulator, "").partition("?")[0]
    for what in ("usages", "quotas"):
        assert checked.send("GET", f"{base}{what}").status == 200
    values = [{"id": quota_id(fresh_emulator), "limit": limit} for limit in (48, 51, 47)]
    assert checked.send("POST", f"{base}updateQuotas", {"location": "westeurope", "value": values}).status == 200
