"""Computes: everything that a workspace can run on, and which of their states cost money."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

import msgspec

from console.domain import durations
from console.domain.scopes import WorkspaceRef


class Kind(StrEnum):
    """`computeType` on the wire (published swagger). A kind that Azure adds later is UNKNOWN and keeps its own word in `kind_word`."""

    INSTANCE = "ComputeInstance"
    CLUSTER = "AmlCompute"
    KUBERNETES = "Kubernetes"
    AKS = "AKS"
    VIRTUAL_MACHINE = "VirtualMachine"
    SPARK = "SynapseSpark"
    DATABRICKS = "Databricks"
    HDINSIGHT = "HDInsight"
    DATA_FACTORY = "DataFactory"
    DATA_LAKE = "DataLakeAnalytics"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.INSTANCE: "instance",
    Kind.CLUSTER: "cluster",
    Kind.KUBERNETES: "k8s",
    Kind.AKS: "aks",
    Kind.VIRTUAL_MACHINE: "vm",
    Kind.SPARK: "spark",
    Kind.DATABRICKS: "dbricks",
    Kind.HDINSIGHT: "hdinsight",
    Kind.DATA_FACTORY: "factory",
    Kind.DATA_LAKE: "datalake",
    Kind.UNKNOWN: "unknown",
    Kind.UNREADABLE: "unreadable",
}

#: Instance states whose VM is billed. The transitional ones are a cautious reading: Azure documents only running and stopped.
BILLED_STATES = frozenset(
    {
        "Running",
        "JobRunning",
        "SettingUp",
        "UserSettingUp",
        "Starting",
        "Restarting",
        "Stopping",
        "Resizing",
        "SetupFailed",
        "UserSetupFailed",
        "Unusable",
        "Creating",
        "Deleting",
    }
)
#: Instance states that the published swagger names and whose VM is not billed.
UNBILLED_STATES = frozenset({"Stopped", "CreateFailed"})
#: States that pass by themselves: worth looking at again soon.
PASSING_STATES = frozenset({"Creating", "SettingUp", "UserSettingUp", "Starting", "Restarting", "Stopping", "Resizing", "Deleting"})
PASSING_PROVISIONING = frozenset({"Creating", "Updating", "Deleting"})


#: Aspects of a compute: settings that a change may rest on.
SCALE = "scale"
IDLE_SHUTDOWN = "idle shutdown"
SIZE = "size"
SCHEDULES = "schedules"
#: When it was changed last: what a request rests on that sends all of a compute.
MODIFIED = "modified"

#: What Azure keeps to as an idle shutdown (`idleTimeBeforeShutdown` of the published swagger): 15 minutes to 3 days.
SHORTEST_IDLE, LONGEST_IDLE = timedelta(minutes=15), timedelta(days=3)


def scale_words(least: int | None, most: int | None, idle: str) -> str:
    """Scale settings as one text: `0 to 4 nodes, down after 2 min idle`. `idle` is ISO 8601."""
    patience = durations.parse(idle)
    after = f", down after {durations.exactly(patience)} idle" if patience is not None else ""
    return f"{'?' if least is None else least} to {'?' if most is None else most} nodes{after}"


def idle_words(idle: str) -> str:
    """An idle shutdown as one text: `after 30 min`, `none`; what cannot be read as Azure has it. `idle` is ISO 8601."""
    length = durations.parse(idle)
    return f"after {durations.exactly(length)}" if length is not None else idle or "none"


class NodeCounts(msgspec.Struct, frozen=True):
    """`nodeStateCounts` of a cluster."""

    idle: int = 0
    running: int = 0
    preparing: int = 0
    unusable: int = 0
    leaving: int = 0
    preempted: int = 0

    @property
    def billed(self) -> int:
        """Nodes whose VM is billed: all but the preempted ones (unusable nodes are billed)."""
        return self.idle + self.running + self.preparing + self.unusable + self.leaving


class LastOperation(msgspec.Struct, frozen=True):
    """`lastOperation` of an instance: who or what did it last, and when (UTC)."""

    name: str = ""
    status: str = ""
    trigger: str = ""
    time: datetime | None = None


class Schedule(msgspec.Struct, frozen=True):
    """One of an instance's schedules: what it does (Azure's words: Start, Stop), when, and whether it is on.

    `when` is a cron expression or a recurrence as Azure has it; `zone` is its time zone, by Azure's name.
    """

    action: str = ""
    when: str = ""
    zone: str = ""
    status: str = ""
    provisioning: str = ""

    @property
    def words(self) -> str:
        """All of it in a line: `Stop cron 0 19 * * * UTC, Enabled`."""
        return f"{' '.join(filter(None, (self.action, self.when, self.zone)))}, {self.status or '?'}"

    @property
    def stops(self) -> bool:
        return self.action.lower() == "stop"

    @property
    def enabled(self) -> bool:
        return self.status.lower() == "enabled" and self.provisioning.lower() != "failed"


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """How a compute is set up, as far as its use, its end or another one like it depends on it. None and "": Azure does not tell.

    `image_current` is `isLatestOsImageVersion`, `applications` are the custom ones by name, `ssh` is `sshPublicAccess`. `subnet` is an
    ARM id, `public_ip` is `enableNodePublicIp`, `identity` names its managed identities: `system`, or the ARM ids of those given to it.
    """

    image: str = ""
    image_latest: str = ""
    image_current: bool | None = None
    applications: tuple[str, ...] = ()
    ssh: str = ""
    subnet: str = ""
    public_ip: bool | None = None
    identity: tuple[str, ...] = ()


class Compute(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One compute of a workspace, decoded. `id` is the ARM id as Azure spells it; times are UTC.

    What follows from its fields is worked out once: an unchanged compute is the same object through many readings.

    `fault` says why an item could not be read; then only `id`, `name` and `kind` hold anything.
    """

    id: str
    name: str
    workspace: WorkspaceRef
    kind: Kind
    kind_word: str = ""
    location: str = ""
    provisioning_state: str = ""
    state: str = ""
    vm_size: str = ""
    low_priority: bool = False
    nodes: NodeCounts | None = None
    current_nodes: int | None = None
    target_nodes: int | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    allocation_state: str = ""
    allocation_since: datetime | None = None
    last_operation: LastOperation | None = None
    owner_id: str = ""
    created_by: str = ""
    created_on: datetime | None = None
    modified_on: datetime | None = None
    idle_shutdown: str = ""
    idle_scale_down: str = ""
    description: str = ""
    attached: bool = False
    release_quota_on_stop: bool = False
    errors: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    schedules: tuple[Schedule, ...] = ()
    setup: Setup = Setup()
    #: Object ids of its managed identities, its own and those that were given to it.
    identities: tuple[str, ...] = ()
    fault: str = ""

    @cached_property
    def shown_state(self) -> str:
        """The state that tells the truth for this kind, in Azure's own word.

        An instance's `provisioningState` stays Succeeded while it stops, so its own state leads; a cluster's is its allocation state;
        a failed or passing provisioning leads over both.
        """
        if self.kind is Kind.UNREADABLE:
            return "unreadable"
        if self.provisioning_state in {"Failed", "Canceled"} and not self.state:
            return self.provisioning_state
        if self.kind is Kind.INSTANCE and self.state:
            return self.state
        if self.provisioning_state and self.provisioning_state != "Succeeded":
            return self.provisioning_state
        return self.allocation_state or self.provisioning_state or "?"

    @cached_property
    def passing(self) -> bool:
        """True while the compute is on its way from one state to another."""
        return (
            self.provisioning_state in PASSING_PROVISIONING
            or (self.kind is Kind.INSTANCE and self.state in PASSING_STATES)
            or (self.kind is Kind.CLUSTER and self.allocation_state == "Resizing")
        )

    def aspect(self, name: str) -> str:
        """What a change rests on and leads to, in words: "" is the state, else the setting of that name (`SCALE` and its like)."""
        if not name:
            return self.shown_state
        if name == SCALE:
            return scale_words(self.min_nodes, self.max_nodes, self.idle_scale_down)
        if name == IDLE_SHUTDOWN:
            return idle_words(self.idle_shutdown)
        if name == SIZE:
            return self.vm_size.upper() or "?"
        if name == MODIFIED:
            return f"modified {self.modified_on:%Y-%m-%d %H:%M:%S} UTC" if self.modified_on is not None else self.shown_state
        if name == SCHEDULES:
            return "; ".join(schedule.words for schedule in self.schedules) or "none"
        raise ValueError(f"a compute has no aspect {name!r}")

    @property
    def up_since(self) -> datetime | None:
        """Since when an instance that is up has been up: the end of its last start, restart or create; None where Azure does not tell.

        ARM has no "running since": `lastOperation` is the nearest it gives, and any later operation (a resize, say) hides the start.
        """
        if self.kind is not Kind.INSTANCE or self.state not in BILLED_STATES or self.last_operation is None:
            return None
        return self.last_operation.time if self.last_operation.name in {"Start", "Restart", "Create"} else None

    @property
    def last_changed(self) -> datetime | None:
        """When Azure last changed it (UTC), as far as it tells: an instance's last operation, else its modification."""
        if self.last_operation is not None and self.last_operation.time is not None:
            return self.last_operation.time
        return self.modified_on

    @cached_property
    def billed_nodes(self) -> int | None:
        """How many VMs are billed now; None where Azure does not tell. 0 for a compute whose VM is not Azure ML's to bill."""
        if self.kind is Kind.INSTANCE:
            if self.state in BILLED_STATES:
                return 1
            if self.state in UNBILLED_STATES or self.provisioning_state == "Failed":
                return 0
            return 1 if not self.state and self.provisioning_state == "Creating" else None
        if self.kind is Kind.CLUSTER:
            return self.nodes.billed if self.nodes is not None else self.current_nodes
        return None

    @property
    def idle_nodes(self) -> int:
        return self.nodes.idle if self.nodes is not None else 0


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One node of a cluster as `listNodes` tells it."""

    id: str
    state: str = ""
    run_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    port: int | None = None
    fault: str = ""


class VmSize(msgspec.Struct, frozen=True, kw_only=True):
    """A VM size in a region and its list prices in `currency` per hour (None: Azure gave none).

    `kinds` are the `computeType`s that it can be used for; none where Azure does not tell.
    """

    name: str
    family: str = ""
    cores: int = 0
    gpus: int = 0
    memory_gb: float = 0
    currency: str = "USD"
    dedicated: Decimal | None = None
    low_priority: Decimal | None = None
    kinds: tuple[str, ...] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of run history: what ran on a compute, for whom, when (UTC); `title` is its display name, `error` its code and message.

    `experiment` is its experiment's id: run history tells no name. `user` is a name where there is one, `user_id` the object id.
    """

    id: str
    status: str = ""
    user: str = ""
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    title: str = ""
    nodes: int | None = None
    error: str = ""
    user_id: str = ""
    experiment: str = ""

    @property
    def waiting(self) -> bool:
        """Whether it has not begun: what it waits for is a node."""
        return self.active and self.started is None

    @property
    def active(self) -> bool:
        return self.status in {"Running", "Starting", "Preparing", "Queued", "Provisioning", "Finalizing", "CancelRequested"}
