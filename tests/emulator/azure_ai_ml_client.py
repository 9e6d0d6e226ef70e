"""A script that knows nothing but the ready file: drives the emulator with the real azure-ai-ml and prints what it saw as JSON.

Run as `python azure_ai_ml_client.py READY_FILE`, with REQUESTS_CA_BUNDLE naming the emulator's CA.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml._restclient.arm_ml_service.models import ClusterUpdateParameters
from azure.ai.ml._restclient.runhistory import RunHistoryClient
from azure.ai.ml.constants import ListViewType
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AmlCompute,
    AzureBlobDatastore,
    AzureDataLakeGen2Datastore,
    ComputeInstance,
    ComputeSchedules,
    ComputeStartStopSchedule,
    CronTrigger,
    KubernetesCompute,
    RecurrencePattern,
    RecurrenceTrigger,
    ServicePrincipalConfiguration,
    VirtualMachineCompute,
    VirtualMachineSshSettings,
)
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure_ai_ml_connections import links


def connect(ready: dict[str, Any]) -> tuple[MLClient, ClientSecretCredential]:
    """A client of the first workspace of the story, as its admin."""
    base = ready["resource_manager"]
    admin = next(known for known in ready["identities"] if known["name"] == "admin")
    credential = ClientSecretCredential(
        ready["tenant_id"], admin["client_id"], admin["client_secret"], authority=base, disable_instance_discovery=True
    )
    metadata = {
        "azure_portal": "https://portal.localhost/",
        "resource_manager": base,
        "active_directory": base,
        "aml_resource_id": "https://ml.azure.com",
        "storage_endpoint": "core.windows.net",
        "registry_discovery_endpoint": f"{base}/",
    }
    place = ready["workspaces"][0]
    client = MLClient(
        credential,
        place["subscription_id"],
        place["resource_group"],
        place["name"],
        cloud=f"Emulator{base.rpartition(':')[2]}",
        cloud_metadata=metadata,
        show_progress=False,
        enable_telemetry=False,
        polling_interval=0.2,
    )
    return client, credential


def main(ready: dict[str, Any]) -> dict[str, Any]:
    client, credential = connect(ready)
    seen: dict[str, Any] = {}
    look(client, seen)
    act(client, seen)
    attach(client, seen)
    settle(client, seen)
    stores(client, seen)
    links(client, seen)
    history(credential, ready["resource_manager"], ready["workspaces"][0], seen)
    return seen


def look(client: MLClient, seen: dict[str, Any]) -> None:
    seen["workspaces"] = [workspace.name for workspace in client.workspaces.list(scope="subscription")]
    workspace = client.workspaces.get("fraud-prod")
    seen["workspace"] = {
        "name": workspace.name,
        "location": workspace.location,
        "tags": dict(workspace.tags),
        "discovery": workspace.discovery_url,
    }
    seen["computes"] = {compute.name: compute.type for compute in client.compute.list()}
    grace = client.compute.get("nb-grace")
    seen["grace"] = {"size": grace.size, "state": grace.state, "idle": grace.idle_time_before_shutdown, "last": grace.last_operation}
    idle = client.compute.get("gpu-idle")
    seen["idle"] = {
        "size": idle.size,
        "least": idle.min_instances,
        "most": idle.max_instances,
        "patience": idle.idle_time_before_scale_down,
    }
    failed = client.compute.get("gpu-a100-new")
    seen["failed"] = {"state": failed.provisioning_state, "errors": failed.provisioning_errors}
    # Its own node entity loses every field but the count; the model underneath has them.
    seen["node_count"] = len(list(client.compute.list_nodes("gpu-idle")))
    place = (client.resource_group_name, client.workspace_name)
    seen["nodes"] = [node.node_state for node in client.compute._operation.list_nodes(*place, "gpu-idle")]
    # Its size entity keeps the wire's names beside its own, which stay empty.
    seen["sizes"] = {size.name: (vars(size)["vCPUs"], size.gpus) for size in client.compute.list_sizes()}
    # So does its usage entity.
    usages = [(usage.name["value"], vars(usage)) for usage in client.compute.list_usage()]
    seen["usages"] = {name: (known["currentValue"], known["limit"]) for name, known in usages if "/workspaces/" not in known["id"]}


def act(client: MLClient, seen: dict[str, Any]) -> None:
    client.compute.begin_start("nb-mei").result()
    seen["started"] = client.compute.get("nb-mei").state
    client.compute.begin_restart("nb-mei").result()
    seen["restarted"] = client.compute.get("nb-mei").state
    client.compute.begin_stop("nb-mei").result()
    seen["stopped"] = client.compute.get("nb-mei").state
    try:
        client.compute.begin_start("nb-grace").result()
    except HttpResponseError as error:
        seen["refused"] = {"status": error.status_code, "code": error.error.code if error.error else None}
    made = client.compute.begin_create_or_update(
        ComputeInstance(name="nb-made", size="Standard_DS3_v2", idle_time_before_shutdown_minutes=60)
    ).result()
    seen["made"] = {"state": made.state, "size": made.size}
    cluster = AmlCompute(name="cpu-made", size="Standard_DS3_v2", min_instances=1, max_instances=3, idle_time_before_scale_down=120)
    seen["cluster"] = client.compute.begin_create_or_update(cluster).result().provisioning_state
    cluster.max_instances = 5
    seen["updated"] = client.compute.begin_update(cluster).result().max_instances
    for name, action in (("nb-made", "Delete"), ("k8s-fraud", "Detach")):
        client.compute.begin_delete(name, action=action).wait()
    seen["left"] = [compute.name for compute in client.compute.list()]


def attach(client: MLClient, seen: dict[str, Any]) -> None:
    """What is brought from outside, its keys, and taking it out again."""
    group = f"/subscriptions/{client.subscription_id}/resourceGroups/{client.resource_group_name}"
    place = (client.resource_group_name, client.workspace_name)
    arc = f"{group}/providers/Microsoft.Kubernetes/connectedClusters/arc-made"
    kubernetes = client.compute.begin_attach(KubernetesCompute(name="k8s-made", resource_id=arc, namespace="azureml")).result()
    seen["kubernetes"] = {"state": kubernetes.provisioning_state, "resource": kubernetes.resource_id == arc, "space": kubernetes.namespace}
    machine = f"{group}/providers/Microsoft.Compute/virtualMachines/vm-made"
    ssh = VirtualMachineSshSettings(admin_username="azureuser", admin_password="canary-attached")
    attached = client.compute.begin_attach(VirtualMachineCompute(name="vm-made", resource_id=machine, ssh_settings=ssh)).result()
    seen["machine"] = {
        "state": attached.provisioning_state,
        "user": attached.ssh_settings.admin_username,
        "password": attached.ssh_settings.admin_password,
        "port": attached.ssh_settings.ssh_port,
    }
    keys = client.compute._operation.list_keys(*place, "vm-made")
    seen["keys"] = [type(keys).__name__, keys.administrator_account.username, keys.administrator_account.password]
    seen["aks"] = "canary-admin" in client.compute._operation.list_keys(*place, "aks-score").admin_kube_config
    client.compute.begin_delete("vm-made", action="Detach").wait()
    seen["detached"] = "vm-made" not in [compute.name for compute in client.compute.list()]


def settle(client: MLClient, seen: dict[str, Any]) -> None:
    """Settings of what exists: scale by PATCH, single sign-on, schedules."""
    place = (client.resource_group_name, client.workspace_name)
    scale = {"properties": {"properties": {"scaleSettings": {"minNodeCount": 0, "maxNodeCount": 3}}}}
    patched = client.compute._operation.begin_update(*place, "gpu-idle", ClusterUpdateParameters(scale)).result()
    settings = patched.properties.properties.scale_settings
    seen["patched"] = [patched.properties.provisioning_state, settings.min_node_count, settings.max_node_count]
    client.compute.enable_sso(name="nb-grace", enable_sso=False)
    seen["sso"] = client.compute.get("nb-grace").enable_sso
    weekly = RecurrenceTrigger(frequency="week", interval=1, schedule=RecurrencePattern(hours=[19], minutes=[30], week_days=["friday"]))
    schedules = ComputeSchedules(
        compute_start_stop=[
            ComputeStartStopSchedule(trigger=CronTrigger(expression="0 7 * * 1-5", time_zone="UTC"), action="start"),
            ComputeStartStopSchedule(trigger=weekly, action="stop", state="disabled"),
        ]
    )
    client.compute.begin_create_or_update(ComputeInstance(name="nb-timed", size="Standard_DS3_v2", schedules=schedules)).result()
    found = client.compute.get("nb-timed").schedules.compute_start_stop
    seen["schedules"] = [(one.action, one.state, one.provisioning_state, type(one.trigger).__name__) for one in found]
    seen["ids"] = len({one.schedule_id for one in found})
    seen["week_days"] = found[1].trigger.schedule.week_days


def stores(client: MLClient, seen: dict[str, Any]) -> None:
    """Datastores and data assets."""
    seen["datastores"] = {one.name: [type(one).__name__, type(one.credentials).__name__] for one in client.datastores.list()}
    seen["default"] = client.datastores.get_default().name
    blob = client.datastores.get("transactions", include_secrets=True)
    seen["blob"] = [blob.account_name, blob.container_name, blob.credentials.account_key]
    seen["sas"] = client.datastores.get("partner_feed", include_secrets=True).credentials.sas_token
    curated = client.datastores.get("lake_curated", include_secrets=True)
    seen["principal"] = [curated.filesystem, curated.credentials.client_secret]
    seen["certificate"] = client.datastores.get("lake_ledger", include_secrets=True).credentials.certificate
    seen["one_lake"] = client.datastores.get("sales_lakehouse").artifact.name
    key = AccountKeyConfiguration(account_key="canary-made")
    made = AzureBlobDatastore(name="made_here", account_name="contosodata", container_name="chargebacks", credentials=key)
    seen["stored"] = client.datastores.create_or_update(made).protocol
    lake = AzureDataLakeGen2Datastore(
        name="made_lake",
        account_name="contosolake",
        filesystem="curated",
        credentials=ServicePrincipalConfiguration(
            tenant_id=client.subscription_id, client_id=client.subscription_id, client_secret="canary"
        ),
    )
    seen["lake"] = client.datastores.create_or_update(lake).credentials.client_id == client.subscription_id
    # Its round trip loses the secret: what it read was without.
    client.datastores.create_or_update(client.datastores.get("made_here"))
    seen["lost"] = client.datastores.get("made_here", include_secrets=True).credentials.account_key
    client.datastores.delete("made_here")
    client.datastores.delete("made_lake")
    seen["forgotten"] = client.datastores._operation.delete(client.resource_group_name, client.workspace_name, "made_here")
    for name in ("made_here", "workspaceblobstore"):
        try:
            client.datastores.get(name) if name == "made_here" else client.datastores.delete(name)
        except HttpResponseError as error:
            seen[f"refused {name}"] = [error.status_code, error.error.message if error.error else None]
    seen["data"] = {one.name: [one.type, one.latest_version] for one in client.data.list()}
    seen["archived"] = [one.name for one in client.data.list(list_view_type=ListViewType.ARCHIVED_ONLY)]
    seen["versions"] = [one.version for one in client.data.list("transactions")]
    seen["latest"] = client.data.get("fraud-features", label="latest").version
    table = client.data.get("fraud-features", version="1")
    seen["table"] = [table.type, len(table._referenced_uris), table.path]
    client.workspaces.begin_sync_keys(client.workspace_name).result()


def history(credential: ClientSecretCredential, base: str, place: dict[str, str], seen: dict[str, Any]) -> None:
    client = RunHistoryClient(credential=credential, endpoint=base, credential_scopes=[f"{base}/.default"])
    where = (place["subscription_id"], place["resource_group"], place["name"])
    found = client.runs.list_by_compute(*where, "nb-grace", top=50)
    runs = list(found)
    seen["runs"] = [(run.run_id, run.status, run.target, run.created_by.user_name) for run in runs]
    one = client.runs.get(*where, runs[0].run_id)
    seen["run"] = [one.run_id, one.start_time_utc.isoformat(), one.end_time_utc.isoformat()]


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))), default=str))
