"""The emulated company: what exists, as plain mutable records that routes read and life cycles change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

PROVIDER = "Microsoft.MachineLearningServices"
Life = tuple[str, datetime]


@dataclass(slots=True)
class Subscription:
    id: str
    name: str


@dataclass(slots=True)
class ResourceGroup:
    id: str
    subscription_id: str
    name: str
    location: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    object_id: str
    upn: str
    display_name: str
    guest: bool = False
    enabled: bool = True


@dataclass(slots=True)
class Group:
    object_id: str
    display_name: str
    members: set[str] = field(default_factory=set)
    description: str | None = None
    created: datetime | None = None


@dataclass(slots=True)
class Identity:
    """A service principal that the ready file hands out, with its secret; `reads_directory` is Graph's Directory.Read.All."""

    name: str
    object_id: str
    client_id: str
    client_secret: str
    summary: str
    reads_directory: bool = True


@dataclass(slots=True)
class RoleAssignment:
    """One role assignment; `scope` is the full ARM id it was made at, `created_by` an object id.

    One that was just made shows in lists at once, but grants nothing until it is `in_effect`.
    """

    name: str
    scope: str
    role_definition_guid: str
    principal_id: str
    principal_type: str
    created_on: datetime
    created_by: str
    description: str | None = None
    condition: str | None = None
    updated_on: datetime | None = None
    updated_by: str | None = None
    in_effect: bool = True

    @property
    def id(self) -> str:
        return f"{self.scope}/providers/Microsoft.Authorization/roleAssignments/{self.name}"


@dataclass(slots=True)
class CustomRole:
    """A role definition of the company's own; `permissions` are its blocks as they go over the wire."""

    guid: str
    name: str
    description: str | None
    assignable_scopes: tuple[str, ...]
    permissions: list[dict[str, Any]]
    created_on: datetime
    created_by: str
    updated_on: datetime
    updated_by: str


@dataclass(slots=True)
class DenyAssignment:
    """What some principals may not do at `scope`, whatever roles they hold; `principals` are `{"id", "type", "displayName"}`."""

    name: str
    scope: str
    display_name: str
    description: str | None
    permissions: list[dict[str, Any]]
    principals: list[dict[str, str]]
    exclude_principals: list[dict[str, str]]
    created_on: datetime
    created_by: str
    do_not_apply_to_child_scopes: bool = False
    is_system_protected: bool = True

    @property
    def id(self) -> str:
        return f"{self.scope}/providers/Microsoft.Authorization/denyAssignments/{self.name}"


@dataclass(slots=True)
class Eligibility:
    """A role that a principal may activate for a while (Privileged Identity Management); `schedule` and `instance` are GUIDs."""

    schedule: str
    instance: str
    scope: str
    role_definition_guid: str
    principal_id: str
    principal_type: str
    start: datetime
    end: datetime | None
    created_on: datetime


@dataclass(slots=True)
class Activation:
    """A request about an eligible role: `request`, `schedule` and `assignment` are GUIDs, `assignment` that of what it makes.

    `told` is what the request said, as it goes over the wire.
    """

    request: str
    scope: str
    schedule: str
    assignment: str
    eligibility: Eligibility
    requestor_id: str
    told: dict[str, Any]
    status: str
    created_on: datetime
    start: datetime
    end: datetime


@dataclass(slots=True)
class ManagementGroup:
    """A management group: `parent` is the lower-case ARM id of the one above it, `subscriptions` the lower-case ids directly in it."""

    name: str
    display_name: str
    parent: str | None
    subscriptions: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"/providers/Microsoft.Management/managementGroups/{self.name}"


@dataclass(slots=True)
class Lock:
    """A management lock; `scope` is the full ARM id that it was put on, `level` CanNotDelete or ReadOnly."""

    scope: str
    name: str
    level: str
    notes: str | None = None

    @property
    def id(self) -> str:
        return f"{self.scope}/providers/Microsoft.Authorization/locks/{self.name}"


@dataclass(slots=True)
class Workspace:
    """A workspace; `body` holds the `properties` that never change by themselves, as they go on the wire."""

    id: str
    subscription_id: str
    resource_group: str
    name: str
    location: str
    workspace_id: str
    created_at: datetime
    created_by: str
    created_by_type: str
    tags: dict[str, str] = field(default_factory=dict)
    kind: str = "Default"
    identity: dict[str, Any] = field(default_factory=dict)
    sku: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    # Tags that it once had, each set with the moment it was replaced.
    former_tags: list[tuple[datetime, Mapping[str, str]]] = field(default_factory=list)


@dataclass(slots=True)
class SecretVersion:
    """One version of a secret; `not_before` and `expires` are what goes over the wire as `nbf` and `exp`."""

    version: str
    value: str = field(repr=False)
    created: datetime
    updated: datetime
    enabled: bool = True
    not_before: datetime | None = None
    expires: datetime | None = None
    content_type: str | None = None
    tags: dict[str, str] | None = None


@dataclass(slots=True)
class VaultSecret:
    """A secret of a Key Vault with its versions, the oldest first; `deleted` is when it was deleted, if it was and can be recovered."""

    name: str
    versions: list[SecretVersion] = field(default_factory=list)
    deleted: datetime | None = None

    @property
    def latest(self) -> SecretVersion:
        return self.versions[-1]


@dataclass(slots=True)
class Vault:
    """A Key Vault as Azure Resource Manager has it; `body` holds its `properties` as they go on the wire, access policies among them.

    `secrets` is what is in it, by lower-case name; `made` counts the versions that it ever had. `linked` tells that clients of the
    emulator are in a network with a private endpoint of it; `deleted` is when it was deleted, if it was and can be recovered.
    """

    id: str
    name: str
    location: str
    created_at: datetime
    created_by: str
    created_by_type: str
    body: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None
    modified_by: str = ""
    modified_by_type: str = ""
    secrets: dict[str, VaultSecret] = field(default_factory=dict, repr=False)
    made: int = 0
    linked: bool = False
    deleted: datetime | None = None


@dataclass(slots=True)
class AccountKey:
    """One of the two keys of a storage account: how often it was made anew, and when last. Its value follows from that."""

    created: datetime
    generation: int = 0


@dataclass(slots=True)
class Container:
    """A blob container (a filesystem, where the account has a hierarchical namespace) or a file share.

    `readers` are object ids that its access control list lets in, whatever roles they hold.
    """

    name: str
    created: datetime
    readers: frozenset[str] = frozenset()


@dataclass(slots=True)
class StorageAccount:
    """A storage account as Azure Resource Manager has it; `body` holds its `properties` as they go on the wire, those of keys apart."""

    id: str
    name: str
    location: str
    created_at: datetime
    body: dict[str, Any]
    keys: dict[str, AccountKey]
    sku: str = "Standard_LRS"
    tags: dict[str, str] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    shares: dict[str, Container] = field(default_factory=dict)


@dataclass(slots=True)
class Datastore:
    """A datastore; `body` holds what its kind says of where the data is, `credentials` what is told of them, `secrets` what is not.

    `created_by` is an object id of a person, or the id of an application. A `system` one came with the workspace.
    """

    id: str
    workspace_id: str
    name: str
    created_at: datetime
    created_by: str
    modified_at: datetime
    modified_by: str
    body: dict[str, Any]
    credentials: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    description: str | None = None
    tags: dict[str, str] | None = None
    properties: dict[str, str] | None = None
    system: bool = False
    default: bool = False


@dataclass(slots=True)
class Connection:
    """A connection of a workspace; `metadata` is anybody's to read, `credentials` nobody's but through listsecrets.

    `category` and `auth_type` are words of the schema. `created_by` is an object id of a person, or the id of an application.
    `network` holds peRequirement and peStatus where somebody set them. The secrets among its credentials, named by `secret_fields`, are in
    `vault_secret` of the workspace's Key Vault (console.emulator.connection_secrets); "" where it has none.
    """

    id: str
    workspace_id: str
    name: str
    created_at: datetime
    created_by: str
    modified_at: datetime
    modified_by: str
    category: str
    auth_type: str
    target: str | None
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    vault_secret: str = ""
    secret_fields: tuple[str, ...] = ()
    metadata: dict[str, str | None] = field(default_factory=dict)
    expires: datetime | None = None
    shared_to_all: bool = True
    shared_users: tuple[str, ...] = ()
    by_workspace_identity: bool = False
    network: dict[str, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(slots=True)
class DataVersion:
    """A version of a data asset: where the data is, and what an MLTable refers to."""

    name: str
    uri: str
    created_at: datetime
    created_by: str
    description: str | None = None
    archived: bool = False
    referenced: tuple[str, ...] = ()


@dataclass(slots=True)
class DataAsset:
    """A data asset with its versions, the oldest first; `data_type` is uri_file, uri_folder or mltable."""

    id: str
    workspace_id: str
    name: str
    data_type: str
    archived: bool = False
    versions: dict[str, DataVersion] = field(default_factory=dict)


@dataclass(slots=True)
class OnlineDeployment:
    """A managed online deployment: so many machines of a size, for as long as it exists."""

    id: str
    name: str
    size: str
    count: int
    created_at: datetime
    created_by: str


@dataclass(slots=True)
class OnlineEndpoint:
    """A managed online endpoint with its deployments; `traffic` is in per cent by the deployment's name."""

    id: str
    workspace_id: str
    name: str
    created_at: datetime
    created_by: str
    traffic: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, OnlineDeployment] = field(default_factory=dict)


@dataclass(slots=True)
class Habit:
    """How a compute is used: what its past is made of and, on a live one, what comes next.

    `until` is the moment the made-up past ends; `quiet_days` before it nothing ran at all. `live` keeps jobs coming.
    """

    runs_per_day: float
    minutes: tuple[int, int]
    nodes: tuple[int, int]
    people: tuple[str, ...]
    experiments: tuple[str, ...]
    until: datetime
    quiet_days: float = 0.0
    failing: float = 0.08
    burst: tuple[float, int] | None = None
    live: bool = False


@dataclass(slots=True)
class Node:
    """One node of a cluster; `state` is a NodeState of the schema, `since` when it entered that state."""

    node_id: str
    state: str
    since: datetime
    private_ip: str
    public_ip: str | None
    port: int
    run_id: str | None = None


@dataclass(slots=True)
class LastOperation:
    name: str
    time: datetime
    status: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch before the epoch over which an instance ran; `end` is None while it still ran at the epoch.

    `stopped_by` is a trigger of the schema (User, IdleShutdown, Schedule), "" while it ran. One that was `made` began with the creation.
    """

    start: datetime
    end: datetime | None
    stopped_by: str = ""
    made: bool = False


@dataclass(slots=True)
class Compute:
    """A compute of any kind. `properties` is the kind's own block as it was asked for; what moves has a field of its own."""

    id: str
    workspace_id: str
    name: str
    kind: str
    location: str
    created_at: datetime
    modified_at: datetime
    created_by: str
    created_by_type: str
    provisioning_state: str = "Succeeded"
    tags: dict[str, str] = field(default_factory=dict)
    identity: dict[str, Any] | None = None
    description: str | None = None
    resource_id: str | None = None
    attached: bool = False
    disable_local_auth: bool | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    # A compute instance's.
    state: str | None = None
    state_since: datetime | None = None
    last_operation: LastOperation | None = None
    # A cluster's.
    allocation_state: str | None = None
    allocation_since: datetime | None = None
    target_nodes: int = 0
    nodes: list[Node] = field(default_factory=list)
    queue: list[str] = field(default_factory=list)
    # The simulation's own, never on the wire.
    habit: Habit | None = None
    busy_until: datetime | None = None
    never_idle: bool = False
    idle_clock: int = 0
    disk_full: bool = False
    starving: bool = False
    stuck: bool = False
    asking: bool = False
    generation: int = 0
    abandon: Callable[[str, str], None] | None = None
    counts: list[tuple[datetime, tuple[int, ...]]] = field(default_factory=list)
    # A cluster's scale settings at the epoch and since when its nodes had been unusable by then, for the past that is made up of it.
    past_scale: dict[str, Any] | None = None
    past_unusable: tuple[datetime, ...] = ()
    # An instance's: its state and size from when on, since the epoch; how it was at that, for the past that is made up of it.
    states: list[tuple[datetime, str, str]] = field(default_factory=list)
    at_epoch: Compute | None = None
    # Tags that it once had, each set with the moment it was replaced; when it was gone; whether `--scale` made it of another.
    former_tags: list[tuple[datetime, Mapping[str, str]]] = field(default_factory=list)
    gone_at: datetime | None = None
    copied: bool = False

    @property
    def life(self) -> Life:
        """What tells it from one that was there before it, or comes after it, under the same id."""
        return self.id.lower(), self.created_at


@dataclass(slots=True)
class Run:
    """One job as run history knows it; `compute` is the lower-case ARM id of what it runs on, `created_by` an object id."""

    id: str
    workspace_id: str
    compute: str
    experiment: str
    display_name: str
    created_by: str
    status: str
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    nodes: int = 1
    minutes: float = 0.0
    parent: str | None = None
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """A virtual machine paid for a year in advance: `covers` is the lower-case ARM id of what uses it, `price` in USD for the term."""

    order: str
    subscription_id: str
    covers: str
    size: str
    bought: date
    days: int
    price: Decimal


@dataclass(slots=True)
class Budget:
    """A budget of Cost Management on `scope` (a full ARM id); `body` holds its `properties` as they were asked for, on the wire.

    `spent` and `forecast` are what the evaluation of the moment `evaluated` found, in `unit`; None before the first one.
    """

    scope: str
    name: str
    body: dict[str, Any]
    etag: str
    created: datetime
    evaluated: datetime | None = None
    spent: Decimal | None = None
    forecast: Decimal | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        return f"{self.scope}/{self.name}".lower()


@dataclass(slots=True)
class CostAlert:
    """What an evaluation raised: `notification` of the budget at `budget` (its key) was passed in the period that began on `period`.

    `status` is Active, Dismissed or Resolved. `spent` is what had been spent at the last evaluation that it held at.
    """

    name: str
    scope: str
    budget: str
    budget_name: str
    notification: str
    period: date
    rule: dict[str, Any]
    budget_body: dict[str, Any]
    spent: Decimal
    unit: str
    created: datetime
    modified: datetime
    status: str = "Active"
    closed: datetime | None = None
    status_by: str | None = None
    status_changed: datetime | None = None


@dataclass(slots=True)
class Estate:
    """Everything there is. Keys are lower-case ARM ids where a resource has one, object ids in the directory, names for identities."""

    tenant_id: str
    seed: int
    epoch: datetime
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    resource_groups: dict[str, ResourceGroup] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    computes: dict[str, Compute] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    # What was made up of the past of computes (console.emulator.history, console.emulator.instance_past), by their lives.
    past: dict[Life, list[Run]] = field(default_factory=dict)
    past_counts: dict[Life, list[tuple[datetime, tuple[int, ...]]]] = field(default_factory=dict)
    past_stays: dict[Life, tuple[Stay, ...]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    role_assignments: dict[str, RoleAssignment] = field(default_factory=dict)
    # Cores: by subscription, region and family; by subscription, region and low priority; by workspace, region and family.
    core_limits: dict[tuple[str, str, str], int] = field(default_factory=dict)
    region_limits: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    workspace_limits: dict[tuple[str, str, str], int] = field(default_factory=dict)
    management_groups: dict[str, ManagementGroup] = field(default_factory=dict)
    custom_roles: dict[str, CustomRole] = field(default_factory=dict)
    deny_assignments: dict[str, DenyAssignment] = field(default_factory=dict)
    # By the GUID of the schedule; by the GUID of the request.
    eligibilities: dict[str, Eligibility] = field(default_factory=dict)
    activations: dict[str, Activation] = field(default_factory=dict)
    # When principals that were made after the epoch came to be, by object id in lower case.
    newcomers: dict[str, datetime] = field(default_factory=dict)
    # Assignments that were taken away or changed and still grant what they granted, until that has spread.
    lapsing: list[RoleAssignment] = field(default_factory=list)
    # Counts what changed about access; whoever changes it in place, not by adding or removing a record, adds one.
    access_generation: int = 0
    # What was worked out about access, for one state of it (console.emulator.rbac).
    access: Any = field(default=None, repr=False, compare=False)
    vaults: dict[str, Vault] = field(default_factory=dict)
    # Vaults that were deleted and can be recovered, by their names in lower case.
    deleted_vaults: dict[str, Vault] = field(default_factory=dict)
    storage_accounts: dict[str, StorageAccount] = field(default_factory=dict)
    datastores: dict[str, Datastore] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    data_assets: dict[str, DataAsset] = field(default_factory=dict)
    online_endpoints: dict[str, OnlineEndpoint] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    # Computes that are gone: what they cost stays on the bill.
    departed: list[Compute] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    # What was worked out about the bill (console.emulator.ledger).
    book: Any = field(default=None, repr=False, compare=False)
    # By scope and name, by GUID. `budget_writes` counts changes; `budgets_evaluated` is the last evaluation, None: those of the story
    # have not been told yet (console.emulator.budget_evaluation).
    budgets: dict[str, Budget] = field(default_factory=dict)
    cost_alerts: dict[str, CostAlert] = field(default_factory=dict)
    budget_writes: int = 0
    budgets_evaluated: datetime | None = None


def subscription_scope(subscription_id: str) -> str:
    return f"/subscriptions/{subscription_id}"


def group_id(subscription_id: str, name: str) -> str:
    return f"/subscriptions/{subscription_id}/resourceGroups/{name}"


def workspace_arm_id(subscription_id: str, resource_group: str, name: str) -> str:
    return f"{group_id(subscription_id, resource_group)}/providers/{PROVIDER}/workspaces/{name}"


def compute_arm_id(workspace: str, name: str) -> str:
    return f"{workspace}/computes/{name}"
