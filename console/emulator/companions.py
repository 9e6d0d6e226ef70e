"""The container registries of workspaces, as Azure Resource Manager has them, for reading.

The fields are those that azure-mgmt-containerregistry knows; their values follow from the workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from console.emulator.arm_paths import place_of
from console.emulator.errors import resource_not_found
from console.emulator.estate import Estate, Workspace, group_id
from console.emulator.metadata import REGISTRY_SUFFIX
from console.emulator.paging import page
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import seven_decimals

PAGE_SIZE = 1000


def _registry(workspace: Workspace, name: str) -> dict[str, Any]:
    private = workspace.body["publicNetworkAccess"] == "Disabled"
    tier = "Premium" if private else "Standard"
    return {
        "sku": {"name": tier, "tier": tier},
        "properties": {
            "loginServer": f"{name}.{REGISTRY_SUFFIX}",
            "creationDate": seven_decimals(workspace.created_at, "Z"),
            "provisioningState": "Succeeded",
            "adminUserEnabled": not private,
            "publicNetworkAccess": "Disabled" if private else "Enabled",
        },
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of companion: the property of a workspace that names it, and what it is made of besides name and place."""

    type: str
    property: str
    body: Callable[[Workspace, str], dict[str, Any]]
    versions: frozenset[str]

    def all(self, estate: Estate) -> Iterator[tuple[str, Workspace]]:
        """The ARM id of each, and a workspace whose it is."""
        seen: set[str] = set()
        for workspace in estate.workspaces.values():
            identifier = workspace.body.get(self.property)
            if isinstance(identifier, str) and identifier.lower() not in seen:
                seen.add(identifier.lower())
                yield identifier, workspace

    def told(self, identifier: str, workspace: Workspace) -> dict[str, Any]:
        """One, as GET answers it."""
        name = identifier.rpartition("/")[2]
        place = {"id": identifier, "name": name, "type": self.type, "location": workspace.location, "tags": workspace.tags}
        return {**place, **self.body(workspace, name)}


KINDS = (
    Kind(
        "Microsoft.ContainerRegistry/registries",
        "containerRegistry",
        _registry,
        frozenset({"2023-07-01", "2025-04-01", "2025-11-01", "2026-09-01-preview"}),
    ),
)


def _listed(call: Call, kind: Kind) -> Reply:
    estate = call.world.estate
    prefix = place_of(call.params).lower() + "/"
    seen = [
        kind.told(identifier, workspace)
        for identifier, workspace in kind.all(estate)
        if identifier.lower().startswith(prefix) and may(estate, call.principal_id, f"{kind.type}/read", identifier)
    ]
    return page(call, seen, PAGE_SIZE, token="$skiptoken")


def _get(call: Call, kind: Kind) -> Reply:
    group, name = call.param("group"), call.param("name")
    asked = f"{group_id(call.param('subscription'), group)}/providers/{kind.type}/{name}".lower()
    for identifier, workspace in kind.all(call.world.estate):
        if identifier.lower() == asked:
            return Reply(200, kind.told(identifier, workspace))
    return resource_not_found(call, kind.type, name, group)


def routes() -> list[Route]:
    found = []
    for kind in KINDS:
        read, versions = f"{kind.type}/read", kind.versions
        everywhere = f"/subscriptions/{{subscription}}/providers/{kind.type}"
        here = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{kind.type}"
        listed = partial(_listed, kind=kind)
        found += [
            Route("GET", everywhere, listed, "sdk", read, versions, scope_of=place_of, filters_itself=True),
            Route("GET", here, listed, "sdk", read, versions, scope_of=place_of, filters_itself=True),
            Route("GET", f"{here}/{{name}}", partial(_get, kind=kind), "sdk", read, versions),
        ]
    return found
