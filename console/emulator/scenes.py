"""Who runs what in which workspace at the epoch: the story's computes, with the trouble that is there to be found."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from console.emulator.estate import Estate, Habit, Workspace
from console.emulator.fleet import Fleet

NO_QUOTA = (
    "ClusterMinNodesExceedCoreQuota",
    "The specified subscription has a Standard NCADSA100v4 family vCPU quota of 50 and cannot accomodate for at least 1 "
    "requested managed compute nodes which maps to 24 vCPUs.",
)
NODE_BROKEN = ("UserError", "The node could not be set up and is unusable.")
SETUP_BROKEN = ("UserError", "Compute instance creation failed: the subnet has no free address.")


def populate(estate: Estate, rng: Random) -> None:
    """Fill every workspace."""
    ids = {one.display_name: one.object_id for one in estate.people.values()}
    for workspace in estate.workspaces.values():
        fleet = Fleet(estate, workspace, rng, estate.epoch)
        SCENES.get(workspace.name, _elsewhere)(fleet, ids)


def _habit(epoch: datetime, per_day: float, minutes: tuple[int, int], nodes: tuple[int, int], people: Any, jobs: Any, **rest: Any) -> Habit:
    return Habit(per_day, minutes, nodes, tuple(people), tuple(jobs), epoch, **rest)


def _fraud_prod(fleet: Fleet, ids: dict[str, str]) -> None:
    _fraud_instances(fleet, ids)
    _fraud_clusters(fleet, ids)
    admin = ids["Tomasz Nowak"]
    resources = {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"cpu": "2", "memory": "8Gi"}}
    kubernetes = {
        "namespace": "azureml-fraud",
        "defaultInstanceType": "defaultinstancetype",
        "instanceTypes": {"defaultinstancetype": {"nodeSelector": None, "resources": resources}},
    }
    fleet.attached("k8s-fraud", "Kubernetes", admin, 210, "Microsoft.Kubernetes/connectedClusters/arc-fraud", kubernetes)
    aks = {"clusterFqdn": "aks-score-4f1c.hcp.westeurope.azmk8s.io", "agentCount": 3, "agentVmSize": "Standard_DS3_v2"}
    aks |= {"clusterPurpose": "FastProd", "loadBalancerType": "PublicIp"}
    fleet.attached("aks-score", "AKS", admin, 402, "Microsoft.ContainerService/managedClusters/aks-score", aks)
    machine = {"virtualMachineSize": "STANDARD_D8S_V3", "sshPort": 22, "address": "10.4.0.12", "isNotebookInstanceCompute": False}
    machine["administratorAccount"] = {"username": "azureuser"}
    fleet.attached("vm-legacy", "VirtualMachine", ids["Victor Stahl"], 790, "Microsoft.Compute/virtualMachines/vm-legacy", machine)
    databricks = {"workspaceUrl": "adb-4117725612.9.azuredatabricks.net"}
    fleet.attached("adb-fraud", "Databricks", ids["Sofia Marino"], 330, "Microsoft.Databricks/workspaces/adb-fraud", databricks)


def _fraud_instances(fleet: Fleet, ids: dict[str, str]) -> None:
    evening = {"id": "stop-evening", "provisioningStatus": "Completed", "status": "Enabled", "action": "Stop", "triggerType": "Cron"}
    evening["cron"] = {"timeZone": "UTC", "expression": "0 19 * * 1-5"}  # type: ignore[assignment]
    # Runs for 23 days although it should stop after 30 idle minutes: an open terminal keeps it awake.
    fleet.instance("nb-grace", "Standard_DS12_v2", ids["Grace Okafor"], 97, "Running", 23 * 24, idle="PT30M", never_idle=True, quiet_days=9)
    fleet.instance("nb-ivan", "Standard_DS3_v2", ids["Ivan Petrov"], 61, "Running", 3.2, idle="PT60M", busy_minutes=35, quiet_days=0.05)
    fleet.instance(
        "nb-mei", "Standard_NC6s_v3", ids["Mei Tanaka"], 140, "Stopped", 50, trigger="IdleShutdown", idle="PT45M", quiet_days=2.2
    )
    fleet.instance("nb-noah", "Standard_E4s_v3", ids["Noah Weber"], 33, "Running", 5.5, quiet_days=0.1)
    fleet.instance(
        "nb-sofia", "Standard_DS11_v2", ids["Sofia Marino"], 18, "Stopped", 16, trigger="Schedule", schedules=[evening], quiet_days=0.9
    )
    # Its owner left; stopped, it still pays its disk and keeps its cores from others.
    fleet.instance("nb-ulrich", "Standard_DS4_v2", ids["Ulrich Braun"], 420, "Stopped", 140 * 24, quiet_days=140)
    fleet.instance("nb-audit", "Standard_DS3_v2", ids["Helen Murphy"], 1.2, "CreateFailed", 28, errors=[SETUP_BROKEN])


def _fraud_clusters(fleet: Fleet, ids: dict[str, str]) -> None:
    epoch = fleet.epoch
    risk = [ids[name] for name in ("Grace Okafor", "Ivan Petrov", "Mei Tanaka", "Noah Weber", "Sofia Marino")]
    admin = ids["Priya Raman"]
    fleet.cluster(
        "gpu-idle", "Standard_NC24ads_A100_v4", admin, 190, (2, 4), states="II", steady_hours=16 * 24, patience="PT30M",
        habit=_habit(epoch, 2, (60, 400), (1, 2), risk, ["graph-embeddings"], quiet_days=16),
    )  # fmt: skip
    train = fleet.cluster(
        "gpu-train", "Standard_NC6s_v3", admin, 300, (0, 8), steady_hours=0.3, patience="PT10M",
        habit=_habit(epoch, 90, (12, 55), (1, 2), risk, ["fraud-xgb-gpu", "fraud-transformer", "fraud-hpo"], live=True),
    )  # fmt: skip
    fleet.running(train, 1.9, 2, 22)
    fleet.running(train, 0.6, 1, 9)
    fleet.running(train, 0.3, 1, 47)
    score = fleet.cluster(
        "cpu-score", "Standard_DS3_v2", admin, 410, (0, 6), steady_hours=0.2, patience="PT5M",
        habit=_habit(epoch, 160, (4, 18), (1, 1), risk, ["batch-score", "feature-refresh"], failing=0.03, live=True),
    )  # fmt: skip
    fleet.running(score, 0.2, 1, 4)
    broken = fleet.cluster(
        "etl-nightly", "Standard_DS4_v2", admin, 255, (0, 5), states="UU", steady_hours=31, patience="PT1H", errors=[NODE_BROKEN],
        habit=_habit(epoch, 2, (30, 90), (1, 3), risk[:2], ["etl-nightly"], failing=0.3, quiet_days=1.2),
    )  # fmt: skip
    fleet.running(broken, 0.7, 1, 31)
    spot = fleet.cluster(
        "cpu-lowpri", "Standard_F16s_v2", admin, 88, (0, 10), states="PPP", steady_hours=2, low_priority=True,
        habit=_habit(epoch, 3, (60, 240), (1, 4), risk, ["fraud-hpo"], failing=0.2),
    )  # fmt: skip
    fleet.running(spot, 2.4, 4, 52)
    stuck = fleet.cluster("gpu-resize", "Standard_NC4as_T4_v3", admin, 47, (0, 4), states="G", steady_hours=7.4)
    stuck.stuck, stuck.allocation_state, stuck.target_nodes = True, "Resizing", 4
    fleet.cluster("gpu-a100-new", "Standard_NC24ads_A100_v4", risk[3], 0.4, (1, 2), failed=[NO_QUOTA])


def _pricing_prod(fleet: Fleet, ids: dict[str, str]) -> None:
    team = [ids[name] for name in ("Omar Haddad", "Chloé Dubois", "Jonas Berg", "Aisha Bello")]
    fleet.instance("nb-omar", "Standard_DS3_v2", team[0], 80, "Running", 2.1, idle="PT60M", busy_minutes=80, quiet_days=0.02)
    fleet.instance("nb-chloe", "Standard_DS3_v2", team[1], 75, "Stopped", 30, trigger="IdleShutdown", idle="PT60M", quiet_days=1.3)
    cluster = fleet.cluster(
        "cpu-pricing", "Standard_D8s_v3", team[0], 200, (0, 8), patience="PT5M",
        habit=_habit(fleet.epoch, 40, (8, 30), (1, 2), team, ["elasticity", "price-grid"], live=True),
    )  # fmt: skip
    fleet.running(cluster, 0.5, 2, 12)
    factory = "Microsoft.DataFactory/factories/adf-pricing"
    fleet.attached("adf-pricing", "DataFactory", team[2], 610, factory, {})


def _demand_prod(fleet: Fleet, ids: dict[str, str]) -> None:
    team = [ids[name] for name in ("Diego Fuentes", "Hana Novakova", "Kofi Mensah", "Laura Jensen")]
    fleet.instance("nb-hana", "Standard_E8s_v3", team[1], 120, "Running", 27, quiet_days=0.8)
    fleet.cluster(
        "cpu-forecast", "Standard_F32s_v2", team[0], 310, (0, 12), steady_hours=6, patience="PT5M",
        habit=_habit(fleet.epoch, 4, (30, 120), (2, 8), team, ["forecast-weekly", "forecast-daily"], quiet_days=0.25),
    )  # fmt: skip
    pool = {
        "autoScaleProperties": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10},
        "autoPauseProperties": {"enabled": True, "delayInMinutes": 15},
        "sparkVersion": "3.4",
        "nodeSize": "Medium",
        "nodeSizeFamily": "MemoryOptimized",
        "subscriptionId": fleet.workspace.subscription_id,
        "resourceGroup": fleet.workspace.resource_group,
        "workspaceName": "syn-demand",
        "poolName": "sparkpool",
    }
    fleet.attached("spark-demand", "SynapseSpark", team[2], 166, "Microsoft.Synapse/workspaces/syn-demand/bigDataPools/sparkpool", pool)


def _demand_dev(fleet: Fleet, ids: dict[str, str]) -> None:
    _elsewhere(fleet, ids)
    cluster = {"sshPort": 22, "address": "hdi-demand-ssh.azurehdinsight.net", "administratorAccount": {"username": "sshuser"}}
    fleet.attached("hdi-demand", "HDInsight", ids["Laura Jensen"], 480, "Microsoft.HDInsight/clusters/hdi-demand", cluster)


def _research(fleet: Fleet, ids: dict[str, str]) -> None:
    lab = [ids[name] for name in ("Ruth Adeyemi", "Samir Nair", "Tara Walsh", "Wei Zhang", "Yara Khalil")]
    fleet.instance("nb-wei", "Standard_NC24ads_A100_v4", lab[3], 52, "Running", 71, idle="PT3H", busy_minutes=140, quiet_days=0.3)
    fleet.instance("nb-tara", "Standard_DS12_v2", lab[2], 70, "Stopped", 9, trigger="User", quiet_days=0.4)
    # Eleven days ago somebody ran it at full size for a whole day.
    cluster = fleet.cluster(
        "gpu-a100", "Standard_ND96asr_v4", lab[0], 230, (0, 4), patience="PT20M",
        habit=_habit(fleet.epoch, 3, (90, 600), (1, 2), lab, ["pretrain", "finetune"], failing=0.15, burst=(11, 23)),
    )  # fmt: skip
    fleet.running(cluster, 5.2, 2, 190)


def _sandbox(fleet: Fleet, ids: dict[str, str]) -> None:
    people = [ids[name] for name in ("Emil Larsen", "Farah Siddiqui", "Samir Nair")]
    emil = fleet.instance("nb-emil", "Standard_DS3_v2", people[0], 510, "Running", 61 * 24, quiet_days=58)
    # Nobody can stop it: its disk is full.
    emil.disk_full = True
    fleet.instance("nb-farah", "Standard_DS2_v2", people[1], 505, "Stopped", 200 * 24, quiet_days=200)
    fleet.instance("nb-demo", "Standard_DS2_v2", people[2], 0.1, "SetupFailed", 2, quiet_days=1)
    fleet.cluster("cpu-hack", "Standard_DS3_v2", people[0], 540, (1, 4), states="I", steady_hours=420 * 24)
    fleet.attached(
        "adla-old",
        "DataLakeAnalytics",
        people[2],
        930,
        "Microsoft.DataLakeAnalytics/accounts/adlaold",
        {"dataLakeStoreAccountName": "adlsold"},
    )


def _hub(fleet: Fleet, ids: dict[str, str]) -> None:
    fleet.instance("nb-yara", "Standard_E4s_v3", ids["Yara Khalil"], 40, "Running", 1.5, idle="PT30M", busy_minutes=20, quiet_days=0.01)


def _elsewhere(fleet: Fleet, ids: dict[str, str]) -> None:
    """A quiet workspace: two instances and a cluster that scales to nothing."""
    workspace: Workspace = fleet.workspace
    stem, _, environment = workspace.name.replace("research", "lab").partition("-")
    people = {
        "fraud": ("Ivan Petrov", "Noah Weber"),
        "pricing": ("Jonas Berg", "Aisha Bello"),
        "demand": ("Kofi Mensah", "Laura Jensen"),
        "vision": ("Mateo Silva", "Nadia Rahmani") if workspace.name != "vision-research" else ("Samir Nair", "Ruth Adeyemi"),
    }[stem]
    first, second = (ids[name] for name in people)
    short = people[0].partition(" ")[0].lower()
    days = 30 + fleet.rng.randrange(200)
    fleet.instance(
        f"nb-{short}-{environment}", "Standard_DS3_v2", first, days, "Stopped", 4 + fleet.rng.randrange(90), idle="PT60M", quiet_days=4
    )
    fleet.instance(f"ci-{stem}-{environment}", "Standard_D4s_v3", second, days, "Running", 1 + fleet.rng.randrange(30), quiet_days=1)
    fleet.cluster(
        f"cpu-{stem}-{environment}", "Standard_DS3_v2", first, days + 20, (0, 4), steady_hours=20,
        habit=_habit(fleet.epoch, 3, (5, 60), (1, 3), (first, second), [f"{stem}-train"], quiet_days=0.9),
    )  # fmt: skip


SCENES = {
    "fraud-prod": _fraud_prod,
    "pricing-prod": _pricing_prod,
    "demand-prod": _demand_prod,
    "demand-dev": _demand_dev,
    "nlp-research": _research,
    "sandbox": _sandbox,
    "genai-hub": _hub,
}
