"""Computes that are to be made: what a form holds of them, what is wrong with it, and the fields that azure-ai-ml makes a request of.

The fields are those of the CLI's YAML (`az ml compute create -f`; schemas amlCompute and computeInstance of azure-ai-ml 1.35.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from console.domain.compute import Compute, VmSize
from console.domain.cost import region_key
from console.domain.names import compute_name_fault
from console.domain.scopes import WorkspaceRef, same_id

#: What stands for the person in a name pattern.
USER = "{user}"
SUBNET = re.compile(
    r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/virtualNetworks/[^/]+/subnets/[^/]+$", re.IGNORECASE
)
MOST_NAME = 24
#: How ARM writes regions: `westeurope`, `eastus2`.
REGION = re.compile(r"[a-z][a-z0-9]{2,40}")


class Person(msgspec.Struct, frozen=True):
    """Somebody of the directory: object id, user principal name or display name, and the tenant they are in."""

    id: str
    name: str

    @property
    def short(self) -> str:
        """What stands for them in a compute's name: letters, digits and hyphens of what is before the @."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.split("@", 1)[0].lower()).strip("-")


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What clusters and instances have alike. `subnet` is an ARM id or a name in `vnet`; `identity` "", "system" or an ARM id."""

    size: str
    public_ip: bool = True
    subnet: str = ""
    identity: str = ""
    ssh_user: str = ""
    ssh_key: str = ""
    tags: Mapping[str, str] = {}

    def fields(self) -> dict[str, Any]:
        """The fields that both kinds spell alike."""
        found: dict[str, Any] = {"size": self.size, "tags": dict(self.tags), "enable_node_public_ip": self.public_ip}
        if self.subnet:
            found["network_settings"] = {"subnet": self.subnet}
        if self.identity == "system":
            found["identity"] = {"type": "system_assigned"}
        elif self.identity:
            found["identity"] = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": self.identity}]}
        return found


class NewCluster(Shared, frozen=True, kw_only=True):
    """A cluster that is to be made. `idle` is how long a node waits for the next job."""

    name: str
    low_priority: bool = False
    least: int = 0
    most: int = 4
    idle: timedelta = timedelta(minutes=2)

    def document(self) -> dict[str, Any]:
        """The cluster in the CLI's fields."""
        found = {
            "type": "amlcompute",
            "name": self.name,
            **self.fields(),
            "tier": "low_priority" if self.low_priority else "dedicated",
            "min_instances": self.least,
            "max_instances": self.most,
            "idle_time_before_scale_down": int(self.idle.total_seconds()),
        }
        if self.ssh_key:
            found["ssh_settings"] = {"admin_username": self.ssh_user, "ssh_key_value": self.ssh_key}
            found["ssh_public_access_enabled"] = self.public_ip
        return found


class NewInstance(Shared, frozen=True, kw_only=True):
    """An instance that is to be made, for `person` (None: whoever makes it). `stop_at` is a cron expression in `time_zone`."""

    name: str
    person: Person | None = None
    tenant_id: str = ""
    idle: timedelta | None = None
    stop_at: str = ""
    time_zone: str = "UTC"
    release_quota: bool = False

    def document(self) -> dict[str, Any]:
        """The instance in the CLI's fields."""
        found: dict[str, Any] = {"type": "computeinstance", "name": self.name, **self.fields()}
        if self.person is not None:
            found["create_on_behalf_of"] = {"user_tenant_id": self.tenant_id, "user_object_id": self.person.id}
        if self.idle is not None:
            found["idle_time_before_shutdown_minutes"] = int(self.idle.total_seconds() // 60)
        if self.release_quota:
            found["release_quota_on_stop"] = True
        if self.stop_at:
            trigger = {"type": "cron", "expression": self.stop_at, "time_zone": self.time_zone}
            found["schedules"] = {"compute_start_stop": [{"action": "stop", "state": "enabled", "trigger": trigger}]}
        if self.ssh_key:
            found["ssh_settings"] = {"ssh_key_value": self.ssh_key}
            found["ssh_public_access_enabled"] = True
        return found


def named(pattern: str, people: Sequence[Person]) -> list[tuple[str, Person]]:
    """A name for each person: the pattern with who they are in it, cut to what Azure takes."""
    return [(pattern.replace(USER, person.short)[:MOST_NAME].rstrip("-"), person) for person in people]


def name_fault(name: str, region: str, computes: Iterable[Compute], place: WorkspaceRef | None = None) -> str:
    """Why a compute cannot have this name ("" when it can, as far as is seen): the rule, or who has it already.

    A name is the region's only one, and that of the workspace `place` it is made in, whose computes may be in other regions.
    """
    if name.startswith("/"):
        return "a name, not an ARM id"
    if (fault := compute_name_fault(name) if name else "a name is needed") is not None:
        return fault
    for each in computes:
        if each.name.lower() != name.lower():
            continue
        if region_key(each.location) == region_key(region):
            return f"taken in {region}: in {each.workspace.name}"
        if place is not None and same_id(each.workspace.id, place.id):
            return f"taken in {place.name}: in {each.location}"
    return ""


def size_fault(name: str, sizes: Mapping[str, VmSize] | None, kind: str, region: str) -> str:
    """Why a size cannot be had ("" when it can, or when the region's sizes are not read)."""
    if not name.strip():
        return "a size is needed"
    if sizes is None:
        return ""
    size = sizes.get(name.strip().upper())
    if size is None:
        return f"{region} has no such size"
    return "" if not size.kinds or kind in size.kinds else f"not for {'instances' if kind == 'ComputeInstance' else 'clusters'}"


def price(size: VmSize | None, *, low_priority: bool = False) -> Decimal | None:
    """A size's list price, USD/h; None where it is not known."""
    if size is None or size.currency != "USD":
        return None
    return size.low_priority if low_priority else size.dedicated


def subnet_fault(text: str) -> str:
    """Why a text names no subnet ("" when it does, or is empty). Only an ARM id says which network it is in."""
    return "" if not text.strip() or SUBNET.match(text.strip()) else "an ARM id: /subscriptions/…/virtualNetworks/NAME/subnets/NAME"


def identity_fault(text: str) -> str:
    """Why a text names no identity ("" when it does: nothing, `system`, or the ARM id of a user-assigned one)."""
    written = text.strip()
    if not written or written == "system" or re.match(r"^/subscriptions/.+/userAssignedIdentities/[^/]+$", written, re.IGNORECASE):
        return ""
    return "empty, system, or the ARM id of a user-assigned identity"


def parse_tags(text: str) -> dict[str, str] | None:
    """`team=fraud, env=prod` → a mapping; None where it is none, or names a tag twice (Azure tells their names apart by no case)."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or name.strip().lower() in {other.lower() for other in found}:
            return None
        found[name.strip()] = value.strip()
    return found


def tags_fault(text: str, required: Sequence[str]) -> str:
    """Why tags are not right ("" when they are): how they are written, or which of the required ones is missing."""
    found = parse_tags(text)
    if found is None:
        return "name=value, name=value"
    missing = [name for name in required if not found.get(name)]
    return f"needed here: {', '.join(missing)}" if missing else ""


class Lock(msgspec.Struct, frozen=True):
    """A management lock: its name and level (`CanNotDelete`, `ReadOnly`; "" where that could not be read)."""

    name: str
    level: str

    @property
    def forbids_making(self) -> bool:
        """Whether nothing can be made under it."""
        return self.level.lower() == "readonly"
