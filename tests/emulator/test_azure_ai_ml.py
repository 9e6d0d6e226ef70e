"""The real azure-ai-ml against the emulator: one process drives it, each test reads what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import start_emulator, stop_emulator

SCRIPT = Path(__file__).with_name("azure_ai_ml_client.py")
# Boots of minutes in tenths of seconds; the client polls each operation.
SPEED = "600"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("azure-ai-ml")
    emulator = start_emulator(folder, "--speed", SPEED, "--epoch", "2026-11-02T08:00:00Z")
    try:
        environment = {
            **os.environ,
            "REQUESTS_CA_BUNDLE": emulator.ready["ca_file"],
            "NO_PROXY": "127.0.0.1,localhost",
            "HOME": str(folder),
        }
        command = [sys.executable, str(SCRIPT), str(folder / "ready.json")]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        found = json.loads(done.stdout.splitlines()[-1])
        found["base"] = emulator.base_url
        return found
    finally:
        stop_emulator(emulator)


def test_workspaces(seen: dict[str, Any]) -> None:
    assert seen["workspaces"] == ["fraud-prod", "pricing-prod", "demand-prod", "vision-prod"]
    assert seen["workspace"]["location"] == "westeurope"
    assert seen["workspace"]["tags"]["costcenter"] == "CC-4100"
    assert seen["workspace"]["discovery"] == f"{seen['base']}/discovery"


def test_computes_of_every_kind_are_understood(seen: dict[str, Any]) -> None:
    assert len(seen["computes"]) == 18
    assert seen["computes"]["nb-grace"] == "computeinstance"
    assert seen["computes"]["gpu-idle"] == "amlcompute"
    assert seen["computes"]["k8s-fraud"] == "kubernetes"
    assert seen["grace"]["size"] == "STANDARD_DS12_V2"
    assert seen["grace"]["state"] == "Running"
    assert seen["grace"]["last"]["operationName"] == "Start"
    assert seen["idle"] == {"size": "STANDARD_NC24ADS_A100_V4", "least": 2, "most": 4, "patience": 1800}
    assert seen["failed"]["state"] == "Failed" and "ClusterMinNodesExceedCoreQuota" in str(seen["failed"]["errors"])


def test_nodes_and_sizes(seen: dict[str, Any]) -> None:
    assert seen["node_count"] == 2
    assert seen["nodes"] == ["idle", "idle"]
    assert seen["sizes"]["Standard_NC6s_v3"] == [6, 1]


def test_usages(seen: dict[str, Any]) -> None:
    assert seen["usages"]["Standard NCADSA100v4 Family Cluster Dedicated vCPUs"] == [48, 50]
    assert seen["usages"]["Total Cluster LowPriority Regional vCPUs"][1] == 200
    assert seen["usages"]["Standard FSv2 Family Cluster LowPriority vCPUs"][1] == -1


def test_an_instance_s_day(seen: dict[str, Any]) -> None:
    assert (seen["started"], seen["restarted"], seen["stopped"]) == ("Running", "Running", "Stopped")
    assert seen["refused"] == {"status": 409, "code": "StartComputeInstanceOnlyAllowedInStoppedState"}


def test_made_changed_and_gone(seen: dict[str, Any]) -> None:
    assert seen["made"] == {"state": "Running", "size": "STANDARD_DS3_V2"}
    assert (seen["cluster"], seen["updated"]) == ("Succeeded", 5)
    assert "cpu-made" in seen["left"]
    assert not {"nb-made", "k8s-fraud"} & set(seen["left"])


def test_attached_revealed_and_detached(seen: dict[str, Any]) -> None:
    assert seen["kubernetes"] == {"state": "Succeeded", "resource": True, "space": "azureml"}
    assert seen["machine"] == {"state": "Succeeded", "user": "azureuser", "password": None, "port": 22}
    assert seen["keys"] == ["VirtualMachineSecrets", "azureuser", "canary-attached"]
    assert seen["aks"] and seen["detached"]


def test_scale_by_patch_sign_on_and_schedules(seen: dict[str, Any]) -> None:
    assert seen["patched"] == ["Succeeded", 0, 3]
    assert seen["sso"] is False
    assert seen["schedules"] == [["Start", "Enabled", "Completed", "CronTrigger"], ["Stop", "Disabled", "Completed", "RecurrenceTrigger"]]
    assert (seen["ids"], seen["week_days"]) == (2, ["Friday"])


def test_datastores_are_understood_made_and_gone(seen: dict[str, Any]) -> None:
    assert len(seen["datastores"]) == 14
    assert seen["datastores"]["transactions"] == ["AzureBlobDatastore", "AccountKeyConfiguration"]
    assert seen["datastores"]["labels"] == ["AzureFileDatastore", "AccountKeyConfiguration"]
    assert seen["datastores"]["legacy_lake"] == ["AzureDataLakeGen1Datastore", "ServicePrincipalConfiguration"]
    assert seen["datastores"]["lake_ledger"] == ["AzureDataLakeGen2Datastore", "CertificateConfiguration"]
    assert seen["datastores"]["sales_lakehouse"] == ["OneLakeDatastore", "NoneCredentialConfiguration"]
    assert (seen["default"], seen["one_lake"]) == ("workspaceblobstore", "sales")
    assert seen["blob"][:2] == ["contosodata", "transactions"] and seen["blob"][2].startswith("canary")
    assert "sig=" in seen["sas"] and seen["principal"] == ["curated", seen["principal"][1]]
    assert seen["principal"][1].startswith("canary-clientSecret") and seen["certificate"].startswith("canary-certificate")
    assert (seen["stored"], seen["lake"], seen["lost"], seen["forgotten"]) == ("https", True, None, None)
    assert seen["refused made_here"] == [404, "Could not find datastore: made_here."]
    assert seen["refused workspaceblobstore"] == [400, "Datastore 'workspaceblobstore' came with the workspace and cannot be deleted."]


def test_data_assets_are_understood(seen: dict[str, Any]) -> None:
    assert seen["data"]["transactions"] == ["uri_folder", "10"]
    assert seen["data"]["chargeback-labels"] == ["uri_file", "1"]
    assert seen["archived"] == ["telemetry-2019"]
    assert (seen["versions"], seen["latest"]) == (["10", "9", "8"], "2")
    assert seen["table"][:2] == ["mltable", 2] and "/datastores/workspaceblobstore/paths/" in seen["table"][2]


def test_run_history(seen: dict[str, Any]) -> None:
    # The client follows no link: it is served the page that it asked for.
    assert len(seen["runs"]) == 50
    assert {(target, author) for _, _, target, author in seen["runs"]} == {("nb-grace", "Grace Okafor")}
    assert seen["run"][0] == seen["runs"][0][0]
    assert seen["run"][1] < seen["run"][2] < "2026-10-24"


def test_connections_are_understood_made_and_gone(seen: dict[str, Any]) -> None:
    assert seen["connections"] == {
        "openai": ["AzureOpenAIConnection", "azure_open_ai", "ApiKeyConfiguration"],
        "feature-repo": ["WorkspaceConnection", "git", "PatTokenConfiguration"],
        "risk-warehouse": ["WorkspaceConnection", "snowflake", "UsernamePasswordConfiguration"],
    }
    assert seen["git connections"] == ["feature-repo"]
    assert seen["all connections"] == ["chargebacks-blob", "partner-feed", "openai", "feature-repo", "risk-warehouse"]
    assert seen["openai"][2] == "https://kv-fraud-prod.vault.azure.net/secrets/openai-key"
    assert seen["openai"][1].startswith("canary-") and seen["openai"][3] == "Mei Tanaka"
    assert seen["warehouse"] == "SVC_RISK_ML" and seen["blob connection"] == seen["blob"][2]
    assert seen["made connections"] == {
        "made-openai": ["azure_open_ai", True],
        "made-key": ["api_key", True],
        "made-blob": ["azure_blob", True],
        "made-git": ["git", True],
        "made-snow": ["snowflake", False],
    }
    assert seen["made key"] == ["canary-made", "canary-made", {"owner": "risk"}]
    assert seen["tested"] == ["passed", "401"]
    assert seen["lost pat"] is None
    assert seen["no connection"] == [404, "Connection made-git can't be found in this workspace"]
