"""Subscriptions, tenants and resource groups, as far as the caller may see them."""

from __future__ import annotations

from typing import Any

from console.emulator.errors import resource_group_not_found, subscription_not_found
from console.emulator.estate import ResourceGroup, Subscription
from console.emulator.paging import page
from console.emulator.rbac import assignments_of, covers, may, reaches
from console.emulator.routing import Call, Reply, Route

SUBSCRIPTION_VERSIONS = frozenset({"2016-06-01", "2019-06-01", "2019-11-01", "2020-01-01", "2021-01-01", "2022-12-01"})
GROUP_VERSIONS = frozenset(
    {"2020-06-01", "2020-10-01", "2021-04-01", "2022-09-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-03-01", "2025-04-01"}
)
GROUP_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"


def _subscription(call: Call, subscription: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription.id,
        "tenantId": call.world.estate.tenant_id,
        "displayName": subscription.name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _visible(call: Call, subscription: Subscription) -> bool:
    """A subscription shows to whoever holds any role in it, above it or beneath it."""
    scope = f"/subscriptions/{subscription.id}"
    held = assignments_of(call.world.estate, call.principal_id)
    return any(reaches(call.world.estate, assignment.scope, scope) or covers(scope, assignment.scope) for assignment in held)


def _subscriptions(call: Call) -> Reply:
    found = [_subscription(call, known) for known in call.world.estate.subscriptions.values() if _visible(call, known)]
    body: dict[str, Any] = {"value": found}
    if call.query.get("api-version", "") >= "2019":
        body["count"] = {"type": "Total", "value": len(found)}
    return Reply(200, body)


def _one_subscription(call: Call) -> Reply:
    asked = call.param("subscription").lower()
    for known in call.world.estate.subscriptions.values():
        if known.id.lower() == asked and _visible(call, known):
            return Reply(200, _subscription(call, known))
    return subscription_not_found(call.param("subscription"))


def _tenants(call: Call) -> Reply:
    tenant = call.world.estate.tenant_id
    return Reply(200, {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant}]})


def _group(group: ResourceGroup) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": "Succeeded"},
    }
    if group.tags:
        body["tags"] = group.tags
    return body


def _groups(call: Call) -> Reply:
    estate = call.world.estate
    scope = f"/subscriptions/{call.param('subscription')}"
    seen = [
        _group(group)
        for group in estate.resource_groups.values()
        if covers(scope, group.id) and may(estate, call.principal_id, GROUP_READ, group.id)
    ]
    top = call.query.get("$top", "")
    return page(call, seen, int(top) if top.isdecimal() and int(top) else 1000, token="$skiptoken")


def _one_group(call: Call) -> Reply:
    key = f"/subscriptions/{call.param('subscription')}/resourceGroups/{call.param('group')}".lower()
    found = call.world.estate.resource_groups.get(key)
    return resource_group_not_found(call.param("group")) if found is None else Reply(200, _group(found))


def _group_scope(params: Any) -> str:
    return f"/subscriptions/{params['subscription']}/resourceGroups/{params['group']}"


def routes() -> list[Route]:
    groups = "/subscriptions/{subscription}/resourcegroups"
    return [
        Route("GET", "/subscriptions", _subscriptions, "sdk", api_versions=SUBSCRIPTION_VERSIONS),
        Route("GET", "/tenants", _tenants, "sdk", api_versions=SUBSCRIPTION_VERSIONS),
        Route("GET", "/subscriptions/{subscription}", _one_subscription, "sdk", api_versions=SUBSCRIPTION_VERSIONS),
        Route("GET", groups, _groups, "recorded", api_versions=GROUP_VERSIONS),
        Route("GET", groups + "/{group}", _one_group, "recorded", action=GROUP_READ, api_versions=GROUP_VERSIONS, scope_of=_group_scope),
    ]
