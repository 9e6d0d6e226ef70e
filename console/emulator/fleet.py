"""How the story puts computes into workspaces: builders for instances, clusters and what is attached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from console.emulator.autoscaler import counts, new_node
from console.emulator.estate import Compute, Estate, Habit, LastOperation, Run, Workspace, compute_arm_id
from console.emulator.ids import job_name

Errors = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Fleet:
    """The computes of one workspace, as they are at the epoch."""

    estate: Estate
    workspace: Workspace
    rng: Random
    epoch: datetime

    def _add(self, name: str, kind: str, days: float, creator: str, properties: dict[str, Any]) -> Compute:
        created = self.epoch - timedelta(days=days)
        compute = Compute(
            id=compute_arm_id(self.workspace.id, name),
            workspace_id=self.workspace.id.lower(),
            name=name,
            kind=kind,
            location=self.workspace.location,
            created_at=created,
            modified_at=created,
            created_by=creator,
            created_by_type="User",
            properties=properties,
        )
        self.estate.computes[compute.id.lower()] = compute
        return compute

    def instance(
        self,
        name: str,
        size: str,
        owner: str,
        days: float,
        state: str,
        hours: float,
        *,
        trigger: str = "User",
        idle: str | None = None,
        never_idle: bool = False,
        busy_minutes: float | None = None,
        schedules: list[dict[str, Any]] | None = None,
        quiet_days: float = 1.0,
        errors: Errors = (),
    ) -> Compute:
        """A compute instance of `owner` (an object id), in `state` for so many hours."""
        number = self.rng.getrandbits(16)
        properties: dict[str, Any] = {
            "vmSize": size.upper(),
            "applicationSharingPolicy": "Personal",
            "sshSettings": {"sshPublicAccess": "Disabled"},
            "personalComputeInstanceSettings": {"assignedUser": {"objectId": owner, "tenantId": self.estate.tenant_id}},
            "connectivityEndpoints": {"publicIpAddress": f"20.{number % 90 + 50}.{number // 256}.7", "privateIpAddress": "10.0.0.4"},
        }
        if idle is not None:
            properties["idleTimeBeforeShutdown"] = idle
        if schedules is not None:
            properties["schedules"] = {"computeStartStop": schedules}
        compute = self._add(name, "ComputeInstance", days, owner, properties)
        compute.disable_local_auth = True
        compute.state = state
        compute.state_since = self.epoch - timedelta(hours=hours)
        compute.modified_at = compute.state_since
        operation = {"Running": "Start", "Stopped": "Stop"}.get(state, "Create")
        outcome = "CreateFailed" if state == "CreateFailed" else "Succeeded"
        compute.last_operation = LastOperation(operation, compute.state_since - timedelta(minutes=2), outcome, trigger)
        compute.never_idle = never_idle
        if busy_minutes is not None:
            compute.busy_until = self.epoch + timedelta(minutes=busy_minutes)
        if errors:
            compute.provisioning_state = "Failed"
            compute.errors = [{"error": {"code": code, "message": message}} for code, message in errors]
        else:
            compute.habit = Habit(1.5, (3, 40), (1, 1), (owner,), (f"{self.workspace.tags.get('project', 'adhoc')}-notebook",), self.epoch)
            compute.habit.quiet_days = quiet_days
        return compute

    def cluster(
        self,
        name: str,
        size: str,
        creator: str,
        days: float,
        nodes: tuple[int, int],
        *,
        states: str = "",
        low_priority: bool = False,
        patience: str = "PT2M",
        steady_hours: float = 1.0,
        habit: Habit | None = None,
        errors: Errors = (),
        failed: Errors = (),
    ) -> Compute:
        """A cluster of `nodes` (least, most); `states` has a letter for each node: Idle, Unusable, Preempted, preparing (G)."""
        properties: dict[str, Any] = {
            "osType": "Linux",
            "vmSize": size.upper(),
            "vmPriority": "LowPriority" if low_priority else "Dedicated",
            "scaleSettings": {"maxNodeCount": nodes[1], "minNodeCount": nodes[0], "nodeIdleTimeBeforeScaleDown": patience},
            "remoteLoginPortPublicAccess": "Disabled",
            "enableNodePublicIp": True,
        }
        compute = self._add(name, "AmlCompute", days, creator, properties)
        compute.disable_local_auth = False
        compute.habit = habit
        if failed:
            compute.provisioning_state = "Failed"
            compute.errors = [{"error": {"code": code, "message": message}} for code, message in failed]
            return compute
        compute.errors = [{"error": {"code": code, "message": message}} for code, message in errors]
        compute.allocation_state = "Steady"
        compute.allocation_since = self.epoch - timedelta(hours=steady_hours)
        compute.modified_at = compute.allocation_since
        meaning = {"I": "idle", "U": "unusable", "P": "preempted", "G": "preparing"}
        for letter in states:
            compute.nodes.append(new_node(compute, self.rng, meaning[letter], compute.allocation_since))
        self._settled(compute)
        return compute

    def running(self, compute: Compute, hours: float, nodes: int, minutes_left: float) -> Run:
        """A job that has run on a cluster for so many hours, with its nodes; it will go on for `minutes_left`."""
        habit = compute.habit
        if habit is None:
            raise ValueError(f"Nobody uses {compute.name}.")
        started = self.epoch - timedelta(hours=hours)
        experiment = self.rng.choice(habit.experiments)
        run = Run(
            id=job_name(self.rng),
            workspace_id=compute.workspace_id,
            compute=compute.id.lower(),
            experiment=experiment,
            display_name=experiment,
            created_by=self.rng.choice(habit.people),
            status="Running",
            created=started - timedelta(minutes=5),
            started=started,
            nodes=nodes,
            minutes=hours * 60 + minutes_left,
        )
        self.estate.runs[run.id] = run
        for _ in range(nodes):
            compute.nodes.append(new_node(compute, self.rng, "running", started, run.id))
        habit.until = min(habit.until, run.created)
        self._settled(compute)
        return run

    def _settled(self, compute: Compute) -> None:
        compute.target_nodes = sum(node.state not in ("leaving", "preempted") for node in compute.nodes)
        compute.counts = [(self.epoch, counts(compute))]

    def attached(self, name: str, kind: str, creator: str, days: float, resource: str | None, properties: dict[str, Any]) -> Compute:
        """A compute brought from outside; `resource` is the provider path of what is behind it, in the workspace's resource group."""
        compute = self._add(name, kind, days, creator, properties)
        compute.attached = True
        compute.disable_local_auth = kind != "VirtualMachine"
        if resource is not None:
            group = self.workspace.id.partition("/providers/")[0]
            compute.resource_id = f"{group}/providers/{resource}"
        return compute


def multiply(estate: Estate, scale: int) -> None:
    """Copy every compute `scale` - 1 times under a number. Copies rest: they queue no jobs and run none."""
    for original in list(estate.computes.values()):
        for number in range(2, scale + 1):
            name = f"{original.name[:20]}{'x' if original.name[-1].isdigit() else ''}{number:03d}"
            compute = replace(original, id=compute_arm_id(original.id.rpartition("/computes/")[0], name), name=name)
            compute.nodes = [replace(node, node_id=f"{node.node_id[:-6]}{number:04d}_d") for node in original.nodes if node.run_id is None]
            compute.habit = None if original.habit is None or original.habit.live else original.habit
            compute.queue = []
            compute.counts = []
            compute.states, compute.former_tags, compute.copied = [], [], True
            compute.errors = list(original.errors)
            compute.target_nodes = sum(node.state not in ("leaving", "preempted") for node in compute.nodes)
            if original.kind == "AmlCompute":
                compute.counts = [(estate.epoch, counts(compute))]
            if original.last_operation is not None:
                compute.last_operation = replace(original.last_operation)
            estate.computes[compute.id.lower()] = compute
