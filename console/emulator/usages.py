"""Usages, quotas, and the change of a workspace's quota, as Machine Learning tells them by region."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from console.emulator import sizes
from console.emulator.errors import account_rp_error
from console.emulator.estate import PROVIDER, Compute, Estate, subscription_scope
from console.emulator.paging import page
from console.emulator.quota import CLUSTERS_LIMIT, cores_of, family_of, in_subscription, low_priority, shown
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING

PAGE_SIZE = 500
LOCATION = f"/subscriptions/{{subscription}}/providers/{PROVIDER}/locations/{{location}}"
_QUOTA = re.compile(r"(?P<workspace>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+/workspaces/[^/]+)/quotas/(?P<name>[^/]+)")


def _figure(path: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": path, "type": f"{PROVIDER}/{kind}", "unit": "Count", "name": {"value": name, "localizedValue": name}, **more}


def _named(family: str, low: bool) -> str:
    return f"{shown(family)} Cluster {'LowPriority' if low else 'Dedicated'} vCPUs"


def _usages(call: Call) -> Reply:
    region = sizes.location_of(call, "usages")
    if isinstance(region, Reply):
        return region
    estate, subscription_id = call.world.estate, call.param("subscription")
    here = list(in_subscription(estate, subscription_id, region))
    scope = subscription_scope(subscription_id)
    clusters = sum(one.kind == "AmlCompute" for one in here)
    found = [_figure(f"{scope}/usages", "totalCores/usages", "Clusters", currentValue=clusters, limit=CLUSTERS_LIMIT * _scale(call))]
    for low in (False, True):
        tier = [one for one in here if low_priority(one) == low]
        kind, name = ("lowPriorityCores", "LowPriority") if low else ("dedicatedCores", "Dedicated")
        used = sum(map(cores_of, tier))
        limit = estate.region_limits[subscription_id.lower(), region, low]
        found.append(_figure(f"{scope}/usages", f"{kind}/usages", f"Total Cluster {name} Regional vCPUs", currentValue=used, limit=limit))
        by_family: dict[str, list[Compute]] = {family: [] for family in sizes.families()}
        for one in tier:
            by_family[family_of(one)].append(one)
        for family, computes in by_family.items():
            limit = -1 if low else estate.core_limits[subscription_id.lower(), region, family]
            found += _of_family(estate, scope, region, _named(family, low), family, limit, computes)
    return page(call, found, PAGE_SIZE)


def _scale(call: Call) -> int:
    return call.world.options.scale


def _of_family(
    estate: Estate, scope: str, region: str, name: str, family: str, limit: int, computes: Sequence[Compute]
) -> Iterator[dict[str, Any]]:
    """A family's figure for the subscription, then for each workspace that has computes of it, then for each of these."""
    last = name.replace(" ", "_")
    yield _figure(f"{scope}/usages/{last}", "vmFamily/usages", name, currentValue=sum(map(cores_of, computes)), limit=limit)
    by_workspace: Callable[[Compute], str] = lambda one: one.workspace_id  # noqa: E731
    for key, group in groupby(sorted(computes, key=by_workspace), by_workspace):
        own = list(group)
        workspace = estate.workspaces[key]
        place = {"amlWorkspaceLocation": workspace.location}
        most = limit if limit < 0 else estate.workspace_limits.get((key, region, family), limit)
        used = sum(map(cores_of, own))
        yield _figure(f"{workspace.id}/usages/{last}", "workspaces/usages", name, currentValue=used, limit=most, **place)
        for one in own:
            path = f"{one.id}/usages/{last}"
            yield _figure(path, "workspaces/computes/usages", name, currentValue=cores_of(one), limit=most, **place)


def _quotas(call: Call) -> Reply:
    region = sizes.location_of(call, "quotas")
    if isinstance(region, Reply):
        return region
    estate, subscription_id = call.world.estate, call.param("subscription")
    scope, found = subscription_scope(subscription_id), []
    here = [one for one in estate.workspaces.values() if (one.subscription_id.lower(), one.location) == (subscription_id.lower(), region)]
    for family in sizes.families():
        limit = estate.core_limits[subscription_id.lower(), region, family]
        name = _named(family, False)
        last = name.replace(" ", "_")
        found.append(_figure(f"{scope}/quotas/{last}", "vmFamily/quotas", name, limit=limit))
        for workspace in here:
            own = estate.workspace_limits.get((workspace.id.lower(), region, family), limit)
            place = {"amlWorkspaceLocation": workspace.location}
            found.append(_figure(f"{workspace.id}/quotas/{last}", "workspaces/quotas", name, limit=own, **place))
    return page(call, found, PAGE_SIZE)


def _update(call: Call) -> Reply:
    region = sizes.location_of(call, "updateQuotas")
    if isinstance(region, Reply):
        return region
    wanted = call.body.get("value") if isinstance(call.body, dict) else None
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        return account_rp_error(call, 400, "UserError", "The quotas to update are missing: value must be a list.", "ValidationError")
    return Reply(200, {"value": [_updated(call, region, one) for one in wanted]})


def _updated(call: Call, region: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    path, limit = str(wanted.get("id", "")), wanted.get("limit")
    status = _set(call, region, path, limit)
    kind = f"{PROVIDER}/workspaces/quotas"
    return {"id": path, "type": kind, **({"limit": limit} if type(limit) is int else {}), "unit": "Count", "status": status}


def _set(call: Call, region: str, path: str, limit: object) -> str:
    """Change one limit; the status that tells how that went. Those that a workspace's tier or region lead to are not reached here."""
    estate = call.world.estate
    found = _QUOTA.fullmatch(path)
    workspace = estate.workspaces.get(found["workspace"].lower()) if found is not None else None
    mine = workspace is not None and workspace.subscription_id.lower() == call.param("subscription").lower()
    if found is None or workspace is None or not mine or type(limit) is not int or limit < 0:
        return "Failure"
    names = {_named(family, False).replace(" ", "_").lower(): family for family in sizes.families()}
    family = names.get(found["name"].lower())
    if family is None:
        return "InvalidVMFamilyName"
    if limit > estate.core_limits[workspace.subscription_id.lower(), region, family]:
        return "InvalidQuotaExceedsSubscriptionLimit"
    own = [one for one in in_subscription(estate, workspace.subscription_id, region) if one.workspace_id == workspace.id.lower()]
    least = sum(_minimum(one) for one in own if family_of(one) == family and not low_priority(one))
    if limit < least:
        return "InvalidQuotaBelowClusterMinimum"
    estate.workspace_limits[workspace.id.lower(), region, family] = limit
    return "Success"


def _minimum(compute: Compute) -> int:
    """The cores of the nodes that a cluster always keeps."""
    if compute.kind != "AmlCompute" or compute.provisioning_state == "Failed":
        return 0
    size = sizes.find(compute.properties["vmSize"])
    return int(compute.properties["scaleSettings"].get("minNodeCount", 0)) * (int(size["vCPUs"]) if size is not None else 0)


def routes() -> list[Route]:
    def route(method: str, what: str, handler: Callable[[Call], Reply], action: str) -> Route:
        return Route(
            method,
            f"{LOCATION}/{what}",
            handler,
            "schema",
            action=f"{PROVIDER}/locations/{action}",
            api_versions=MACHINE_LEARNING,
            scope_of=lambda params: subscription_scope(params["subscription"]),
        )

    return [
        route("GET", "usages", _usages, "usages/read"),
        route("GET", "quotas", _quotas, "quotas/read"),
        route("POST", "updateQuotas", _update, "updateQuotas/action"),
    ]
