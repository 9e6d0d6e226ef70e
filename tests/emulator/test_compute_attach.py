"""What is brought from outside: attached, its keys revealed to those who may, taken out again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import Computes, computes, error, versioned

__all__ = ["computes"]
GROUP = "/subscriptions/s/resourceGroups/g/providers"
MACHINE = f"{GROUP}/Microsoft.Compute/virtualMachines/vm"
ACCOUNT = {"username": "azureuser", "password": "canary-attached"}


def attached(kind: str, resource: Any, **properties: Any) -> dict[str, Any]:
    return {"properties": {"computeType": kind, "resourceId": resource, "properties": properties}}


def keys(computes: Computes, name: str) -> Answer:
    return computes.send("POST", f"/{name}/listKeys")


def test_a_machine_is_attached_and_its_password_shown_to_listkeys_alone(computes: Computes) -> None:
    answer = computes.send("PUT", "/vm-new", attached("VirtualMachine", MACHINE, sshPort=22, administratorAccount=ACCOUNT))
    assert answer.status == 201
    computes.advance(60)
    assert computes.outcome(answer) == "Succeeded"
    found = computes.get("vm-new")
    assert (found["isAttachedCompute"], found["resourceId"], found["computeLocation"]) == (True, MACHINE, "westeurope")
    assert found["properties"] == {"sshPort": 22, "administratorAccount": {"username": "azureuser"}}
    assert b"canary" not in answer.content + computes.send("GET", "").content
    assert keys(computes, "vm-new").json() == {"computeType": "VirtualMachine", "administratorAccount": ACCOUNT}
    # Another password takes the place of the first; leaving it out leaves it.
    changed = {**ACCOUNT, "password": "canary-changed"}
    for account in (changed, {"username": "azureuser"}):
        body = attached("VirtualMachine", MACHINE, sshPort=22, administratorAccount=account)
        assert computes.send("PUT", "/vm-new", body).status == 200
        assert keys(computes, "vm-new").json()["administratorAccount"] == changed


def test_detaching_leaves_nothing(computes: Computes) -> None:
    answer = computes.send("DELETE", "/vm-legacy?underlyingResourceAction=Detach")
    computes.advance(100)
    assert computes.outcome(answer) == "Succeeded"
    assert error(keys(computes, "vm-legacy")) == (404, "UserError")


def test_keys_of_every_kind_that_has_them(computes: Computes) -> None:
    machine = keys(computes, "vm-legacy").json()
    assert machine["administratorAccount"]["username"] == "azureuser"
    assert machine["administratorAccount"]["password"].startswith("canary-password-")
    cluster = keys(computes, "aks-score").json()
    assert cluster["computeType"] == "AKS"
    assert "canary-admin-" in cluster["adminKubeConfig"] and "canary-user-" in cluster["userKubeConfig"]
    assert keys(computes, "adb-fraud").json()["databricksAccessToken"].startswith("canary-databricksAccessToken-")
    assert keys(computes, "vm-legacy").json() == machine
    assert b"canary" not in computes.send("GET", "").content


@pytest.mark.parametrize("name", ["nb-grace", "gpu-idle", "k8s-fraud"])
def test_the_others_have_none(computes: Computes, name: str) -> None:
    assert error(keys(computes, name)) == (400, "UserError")


@pytest.mark.parametrize(("identity", "status"), [("operator", 200), ("data-scientist", 403), ("reader", 403), ("outsider", 403)])
def test_who_may_see_keys(fresh_emulator: Emulator, identity: str, status: int) -> None:
    answer = keys(Computes(fresh_emulator, identity=identity), "vm-legacy")
    assert answer.status == status
    if status == 403:
        assert "workspaces/computes/listKeys/action" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("Kubernetes", None),
        ("Kubernetes", ""),
        ("Kubernetes", 7),
        ("Kubernetes", "arc-fraud"),
        ("Kubernetes", MACHINE),
        ("VirtualMachine", f"{GROUP}/Microsoft.ContainerService/managedClusters/aks"),
        ("VirtualMachine", "/subscriptions/s/resourceGroups/g"),
        ("HDInsight", "https://hdi.azurehdinsight.net"),
    ],
)
def test_what_is_behind_must_be_named_and_fit(computes: Computes, kind: str, resource: Any) -> None:
    before = computes.send("GET", "").json()
    assert error(computes.send("PUT", "/from-outside", attached(kind, resource))) == (400, "UserError")
    assert computes.send("GET", "").json() == before


@pytest.mark.parametrize("kind", ["Microsoft.Kubernetes/connectedClusters", "microsoft.containerservice/managedclusters"])
def test_both_kinds_of_kubernetes(computes: Computes, kind: str) -> None:
    assert computes.send("PUT", "/k8s-new", attached("Kubernetes", f"{GROUP}/{kind}/k", namespace="azureml")).status == 201
    computes.advance(60)
    assert computes.inner("k8s-new") == {"namespace": "azureml"}


def sso(computes: Computes, name: str, body: Any, version: str = "2024-04-01-preview") -> Answer:
    return computes.emulator.request("POST", versioned(f"{computes.path}/{name}/enableSso", version), body, computes.identity)


def test_single_sign_on(computes: Computes) -> None:
    assert computes.inner("nb-grace")["enableSSO"] is True
    assert sso(computes, "nb-grace", {"enableSSO": False}).status == 200
    assert computes.inner("nb-grace")["enableSSO"] is False
    assert sso(computes, "nb-grace", {"enableSSO": True}, "2024-01-01-preview").status == 200
    assert computes.inner("nb-grace")["enableSSO"] is True
    for body in (None, {}, {"enableSSO": "no"}, [True]):
        assert error(sso(computes, "nb-grace", body)) == (400, "UserError")
    assert error(sso(computes, "gpu-idle", {"enableSSO": True})) == (400, "UserError")
    assert sso(computes, "nb-grace", {"enableSSO": True}, "2024-10-01-preview").status == 400
    computes.send("DELETE", "/nb-grace?underlyingResourceAction=Delete")
    assert error(sso(computes, "nb-grace", {"enableSSO": True})) == (409, "Conflict")
