"""Usages: what Azure tells of cores that are used and allowed, by family, region, workspace and compute; and what that leaves.

Sources: `usages` and `quotas` of the published swagger (machineLearningServices.json) with their examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import msgspec

from console.domain.cost import region_key
from console.domain.figures import Confidence, Figure, unknown
from console.domain.scopes import WorkspaceRef, key, segments

CORES = "cores"
_TIER = re.compile(r"\s*cluster\s*(dedicated|low\s*priority)?\s*v?cpus\s*$|\s*(dedicated|low\s*priority)?\s*v?cpus\s*$", re.IGNORECASE)
_LOW = re.compile(r"low\s*_?priority", re.IGNORECASE)


class Level(StrEnum):
    """What a figure of usage or quota is about."""

    FAMILY = "family"
    REGION = "region"
    WORKSPACE = "workspace"
    COMPUTE = "compute"
    CLUSTERS = "clusters"
    OTHER = "other"
    UNREADABLE = "unreadable"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of `usages` (used and limit) or `quotas` (limit only), in cores; of level CLUSTERS in clusters.

    `family` is the VM family's key (see `family_key`), "" for a total of the region. `about` is the ARM id of the workspace or compute
    that the figure is of, "" for the subscription. `limited` False: Azure sets no limit here (-1 on the wire), that of the region
    rules. `used` and `limit` are None where Azure did not tell. `fault` says why an item could not be read.
    """

    id: str
    name: str
    subscription_id: str
    region: str
    level: Level
    type: str = ""
    family: str = ""
    low_priority: bool = False
    about: str = ""
    used: int | None = None
    limit: int | None = None
    limited: bool = True
    fault: str = ""

    @property
    def key(self) -> str:
        """What it is known by among the figures of its region: totals have an id in common, their names tell them apart."""
        return f"{key(self.id)}#{self.name}"


class LimitRef(msgspec.Struct, frozen=True):
    """One family's limit of one workspace in a region: what a plan changes. `name` is the last part of its ARM id."""

    workspace: WorkspaceRef
    region: str
    name: str

    @property
    def arm_id(self) -> str:
        return f"{self.workspace.id}/quotas/{self.name}"

    @property
    def target_id(self) -> str:
        """What a plan's step names: the ARM id with the region, which it lacks."""
        return f"{self.workspace.id}/locations/{self.region}/quotas/{self.name}"

    @classmethod
    def parse(cls, target_id: str) -> LimitRef | None:
        """What a target id names; None where it is that of something else."""
        parts = segments(target_id)
        if "quotas" not in parts or "locations" not in parts:
            return None
        return cls(WorkspaceRef.parse(target_id), parts["locations"], parts["quotas"])


class Limit(msgspec.Struct, frozen=True):
    """A workspace's limit as a plan's target: its state is the number of cores."""

    cores: int | None
    passing: bool = False
    last_changed: datetime | None = None

    def aspect(self, _name: str) -> str:
        """Its only aspect: the limit in words."""
        return limit_text(self.cores)


def limit_text(cores: int | None) -> str:
    """A limit as the state of a target."""
    return "no limit" if cores is None else f"{cores} cores"


@lru_cache(maxsize=4096)
def family_key(text: str) -> str:
    """`standardDSv2Family` and `Standard DSv2 Family Cluster Dedicated vCPUs` are the same family: letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", _TIER.sub("", text.replace("_", " ")).lower())


def is_low_priority(text: str) -> bool:
    """Whether the name of a figure is about low-priority cores."""
    return _LOW.search(text) is not None


def told_by_compute(usages: Iterable[Usage]) -> dict[str, int]:
    """Compute's key → cores, for the computes of which Azure itself tells."""
    return {key(usage.about): usage.used for usage in usages if usage.level is Level.COMPUTE and usage.used is not None}


def family_of(name: str) -> str:
    """The family in the name of a figure: `Standard DSv2 Family` of `Standard DSv2 Family Cluster Dedicated vCPUs`."""
    return _TIER.sub("", name)


def quota_left(
    usages: Iterable[Usage], family: str, region: str, low_priority: bool = False, *, subscription_id: str = "", workspace_id: str = ""
) -> Figure | None:
    """Cores that a new compute of a family may still take in a region: the least that any limit leaves; None where none is told.

    Limits are the family's, the region's over all families of the tier, and the workspace's own where `workspace_id` names one.
    `family` in any spelling; `subscription_id` narrows figures of several subscriptions.
    """
    wanted, where, own = family_key(family), region_key(region), key(workspace_id)
    rests: list[tuple[int, str]] = []
    seen = False
    for usage in usages:
        if usage.region != where or usage.low_priority != low_priority or subscription_id not in {"", usage.subscription_id}:
            continue
        if not (
            usage.level is Level.REGION
            or (usage.family == wanted and (usage.level is Level.FAMILY or (usage.level is Level.WORKSPACE and key(usage.about) == own)))
        ):
            continue
        seen = True
        if usage.limited and usage.limit is not None and usage.used is not None:
            rests.append((max(0, usage.limit - usage.used), f"{usage.name}: {usage.used} of {usage.limit} used"))
    if not rests:
        return unknown(CORES, "Azure tells no limit or no usage (usages)") if seen else None
    least, why = min(rests)
    return Figure(Decimal(least), CORES, why, Confidence.OBSERVED)


def workspace_of(about: str) -> WorkspaceRef | None:
    """The workspace that a figure is about, or that a compute of it is in; None for one of the subscription."""
    try:
        return WorkspaceRef.parse(about)
    except ValueError:
        return None
