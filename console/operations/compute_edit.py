"""Edits of a compute: what two descriptions of it differ in, what of that can change, and the body that changes it and nothing else.

azure-ai-ml's entities know a part of what a compute has, and make up values where nothing is said. So what an edit changes is found between
two bodies that azure-ai-ml made of the same compute, before and after; only that is laid over the compute as Azure has it now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from console.domain import durations
from console.domain.compute import LONGEST_IDLE, SHORTEST_IDLE, Kind
from console.text import redact

Path = tuple[str, ...]


class Change(msgspec.Struct, frozen=True):
    """One value that differs: its path in ARM's JSON, and both values (None: it is not there)."""

    path: Path
    before: Any
    after: Any


INNER = ("properties", "properties")
#: Where a field of the CLI's YAML is in ARM's JSON (azure-ai-ml 1.35.2, `_to_rest_object` of its entities).
FIELDS: dict[Path, str] = {
    ("location",): "location",
    ("tags",): "tags",
    ("identity",): "identity",
    ("properties", "computeType"): "type",
    ("properties", "description"): "description",
    ("properties", "resourceId"): "resource_id",
    ("properties", "disableLocalAuth"): "ssh_settings",
    (*INNER, "vmSize"): "size",
    (*INNER, "vmPriority"): "tier",
    (*INNER, "scaleSettings", "minNodeCount"): "min_instances",
    (*INNER, "scaleSettings", "maxNodeCount"): "max_instances",
    (*INNER, "scaleSettings", "nodeIdleTimeBeforeScaleDown"): "idle_time_before_scale_down",
    (*INNER, "subnet"): "network_settings",
    (*INNER, "enableNodePublicIp"): "enable_node_public_ip",
    (*INNER, "userAccountCredentials"): "ssh_settings",
    (*INNER, "remoteLoginPortPublicAccess"): "ssh_public_access_enabled",
    (*INNER, "sshSettings", "sshPublicAccess"): "ssh_public_access_enabled",
    (*INNER, "sshSettings"): "ssh_settings",
    (*INNER, "personalComputeInstanceSettings"): "create_on_behalf_of",
    (*INNER, "idleTimeBeforeShutdown"): "idle_time_before_shutdown_minutes",
    (*INNER, "schedules"): "schedules",
    (*INNER, "setupScripts"): "setup_scripts",
    (*INNER, "customServices"): "custom_applications",
    (*INNER, "enableSSO"): "enable_sso",
    (*INNER, "enableRootAccess"): "enable_root_access",
    (*INNER, "releaseQuotaOnStop"): "release_quota_on_stop",
    (*INNER, "enableOSPatching"): "enable_os_patching",
    (*INNER, "administratorAccount"): "ssh_settings",
    (*INNER, "sshPort"): "ssh_settings",
    (*INNER, "namespace"): "namespace",
    INNER: "properties",
}
#: What is fixed once a compute is there, by kind ("Manage a compute cluster", "Manage a compute instance" of Azure's documentation).
LASTING_FOR_ALL = frozenset({"type", "location", "resource_id", "namespace"})
LASTING: dict[Kind, frozenset[str]] = {
    Kind.CLUSTER: LASTING_FOR_ALL
    | {"size", "tier", "network_settings", "enable_node_public_ip", "ssh_settings", "ssh_public_access_enabled", "identity.type"},
    Kind.INSTANCE: LASTING_FOR_ALL
    | {"size", "network_settings", "enable_node_public_ip", "ssh_settings", "ssh_public_access_enabled", "create_on_behalf_of"}
    | {"setup_scripts", "custom_applications", "enable_root_access", "enable_os_patching"},
}
#: `readOnly` in the published swagger, and answered by GET.
READ_ONLY = {
    (): frozenset({"id", "name", "type", "systemData"}),
    ("properties",): frozenset({"provisioningState", "createdOn", "modifiedOn", "provisioningErrors", "isAttachedCompute"}),
    INNER: frozenset(
        {"allocationState", "allocationStateTransitionTime", "errors", "currentNodeCount", "targetNodeCount", "nodeStateCounts"}
        | {"osImageMetadata", "connectivityEndpoints", "applications", "createdBy", "state", "lastOperation"}
        | {"containers", "dataDisks", "dataMounts", "versions"}
    ),
    (*INNER, "sshSettings"): frozenset({"adminUserName", "sshPort"}),
    ("identity",): frozenset({"principalId", "tenantId"}),
}
#: Secrets that a PUT may say and no GET tells (published swagger, `x-ms-secret`).
WRITTEN_ONLY = frozenset({"adminUserPassword", "password", "privateKeyData"})
ANY_CASE = frozenset({"vmSize", "location", "computeLocation", "id", "resourceId"})
#: What says "none" to a PUT, where leaving it out might leave what there is.
NOTHING: dict[Path, Any] = {
    ("tags",): {},
    ("identity",): {"type": "None"},
    ("properties", "description"): "",
    (*INNER, "schedules"): {"computeStartStop": []},
}
#: Changes that are written out; the rest are counted.
MOST_WRITTEN = 8


def changes(before: Any, after: Any, path: Path = ()) -> tuple[Change, ...]:
    """What differs between two bodies, mappings compared key by key, everything else as a whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = dict.fromkeys((*before, *after))
        return tuple(each for name in names for each in changes(before.get(name), after.get(name), (*path, name)))
    return () if before == after or _same(path, before, after) else (Change(path, before, after),)


def untold(change: Change) -> bool:
    """Whether a change is only a secret that Azure has but never gives back."""
    return change.before is None and change.path[-1] in WRITTEN_ONLY


def _same(path: Path, before: Any, after: Any) -> bool:
    """Whether two texts are the same to Azure: it writes sizes, regions and ids as it likes."""
    alike = path and path[-1] in ANY_CASE and isinstance(before, str) and isinstance(after, str)
    return bool(alike) and before.replace(" ", "").lower() == after.replace(" ", "").lower()


def field_of(path: Path) -> str:
    """The YAML's field for a place in ARM's JSON, e.g. `max_instances`; below tags and identity with what is below them."""
    for end in range(len(path), 0, -1):
        name = FIELDS.get(path[:end])
        if name is not None:
            rest = path[end:] if name in {"tags", "identity"} else ()
            return ".".join((name, *rest))
    return ".".join(path)


def refusals(kind: Kind, changed: Sequence[Change]) -> dict[str, str]:
    """Fields that cannot change on a compute that is there, each with why."""
    lasting = LASTING.get(kind, LASTING_FOR_ALL)
    told: dict[str, str] = {}
    for change in changed:
        field = field_of(change.path)
        if field in lasting or (field == "identity" and "identity.type" in lasting):
            told[field] = f"it cannot change once a {kind.label} is there; a new one can have it"
        elif field == "idle_time_before_shutdown_minutes":
            length = durations.parse(str(change.after or ""))
            if change.after is None:
                told[field] = "Azure has no call that takes an idle shutdown away; a longer time can be set, up to 3 days"
            elif length is None or not SHORTEST_IDLE <= length <= LONGEST_IDLE:
                told[field] = "it is 15 minutes to 3 days"
    if kind is Kind.INSTANCE and "size" in told:
        told["size"] = "it does not change by an edit; resizing is an action of its own on a stopped instance"
    return told


def only(changed: Sequence[Change], path: Path) -> bool:
    """Whether all changes are at or below a path."""
    return bool(changed) and all(change.path[: len(path)] == path for change in changed)


def settable(raw: Mapping[str, Any], path: Path = ()) -> dict[str, Any]:
    """A compute's JSON without what Azure alone writes, and without nulls: what a PUT that changes nothing says."""
    out = READ_ONLY.get(path, frozenset())
    kept: dict[str, Any] = {}
    for name, value in raw.items():
        if value is None or name in out:
            continue
        kept[name] = settable(value, (*path, name)) if isinstance(value, Mapping) else value
    if path == ("identity", "userAssignedIdentities"):
        return {name: {} for name in kept}
    return kept


def merged(raw: Mapping[str, Any], changed: Sequence[Change]) -> dict[str, Any]:
    """The body that makes these changes to a compute as Azure has it (`raw`) and leaves everything else."""
    body = settable(raw)
    for change in changed:
        _put(body, change)
    return body


def words(changed: Sequence[Change]) -> Iterator[str]:
    """The changes, a line each: `max_instances: 4 → 6`; secrets are not told."""
    for change in changed[:MOST_WRITTEN]:
        yield f"{field_of(change.path)}: {_said(change.path, change.before)} → {_said(change.path, change.after)}"
    if len(changed) > MOST_WRITTEN:
        yield f"and {len(changed) - MOST_WRITTEN} more"


def _put(body: dict[str, Any], change: Change) -> None:
    *way, name = change.path
    at = body
    for step in way:
        inner = at.get(step)
        if not isinstance(inner, dict):
            inner = at[step] = {}
        at = inner
    if change.after is not None:
        at[name] = _as_it_was(at.get(name), change.before, change.after)
    elif change.path in NOTHING:
        at[name] = NOTHING[change.path]
    else:
        at.pop(name, None)


def _as_it_was(now: Any, before: Any, after: Any) -> Any:
    """A new list with Azure's own form of the items that stay (they have ids); anything else as it is."""
    lists = isinstance(now, list) and isinstance(before, list) and isinstance(after, list)
    if not lists or len(now) != len(before):
        return after
    pairs = list(zip(before, now, strict=True))
    return [next((theirs for ours, theirs in pairs if ours == item), item) for item in after]


def _said(path: Path, value: Any) -> str:
    if value is None:
        return "none"
    hidden = redact({path[-1]: value})[path[-1]]
    return hidden if isinstance(hidden, str) else msgspec.json.encode(hidden).decode()
