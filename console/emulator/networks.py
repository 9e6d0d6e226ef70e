"""Virtual networks with their subnets, for reading: as far as computes are put into them.

The shape is that which the CLI's client reads ("network vnet show", 2024-05-01). Which addresses the machines of Azure ML take there, and
under which ids Azure would list them, has not been seen: only what else is in a subnet takes addresses here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.emulator.errors import resource_not_found
from console.emulator.estate import Estate, group_id
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2023-11-01", "2024-05-01", "2024-07-01"})
READ = "Microsoft.Network/virtualNetworks/read"
_ONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}"


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network of the story; `subnets`: name → prefix, and how many addresses of it are taken."""

    subscription: str
    group: str
    name: str
    location: str
    space: str
    subnets: Mapping[str, tuple[str, int]]


STORY = (
    Network(
        "contoso-prod",
        "ml-prod-rg",
        "vnet-ml-prod",
        "westeurope",
        "10.20.0.0/16",
        {"training": ("10.20.1.0/24", 37), "notebooks": ("10.20.2.0/29", 1), "endpoints": ("10.20.3.0/29", 3)},
    ),
    Network("contoso-prod", "supply-prod-rg", "vnet-supply", "northeurope", "10.30.0.0/16", {"training": ("10.30.1.0/26", 4)}),
    Network("contoso-research", "research-rg", "vnet-research", "swedencentral", "10.40.0.0/16", {"lab": ("10.40.1.0/25", 12)}),
)


def _find(estate: Estate, subscription_id: str, group: str, name: str) -> tuple[Network, str] | None:
    """The network of that name, and its resource group's ARM id."""
    for known in estate.subscriptions.values():
        for each in STORY:
            if (
                each.subscription == known.name
                and known.id.lower() == subscription_id.lower()
                and (each.group.lower(), each.name.lower()) == (group.lower(), name.lower())
            ):
                return each, group_id(known.id, each.group)
    return None


def _get(call: Call) -> Reply:
    group, name = call.param("group"), call.param("network")
    found = _find(call.world.estate, call.param("subscription"), group, name)
    if found is None:
        return resource_not_found(call, "Microsoft.Network/virtualNetworks", name, group)
    network, scope = found
    own = f"{scope}/providers/Microsoft.Network/virtualNetworks/{network.name}"
    properties = {
        "provisioningState": "Succeeded",
        "resourceGuid": str(uuid.uuid5(uuid.NAMESPACE_URL, own)),
        "addressSpace": {"addressPrefixes": [network.space]},
        "subnets": [_subnet(scope, own, subnet, prefix, taken) for subnet, (prefix, taken) in network.subnets.items()],
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }
    body = {"name": network.name, "id": own, "type": "Microsoft.Network/virtualNetworks", "location": network.location}
    return Reply(200, {**body, "properties": properties})


def _subnet(scope: str, network_id: str, name: str, prefix: str, taken: int) -> dict[str, Any]:
    cards = f"{scope}/providers/Microsoft.Network/networkInterfaces"
    return {
        "name": name,
        "id": f"{network_id}/subnets/{name}",
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "properties": {
            "provisioningState": "Succeeded",
            "addressPrefix": prefix,
            "ipConfigurations": [{"id": f"{cards}/{name}-{number}/ipConfigurations/ipconfig1"} for number in range(1, taken + 1)],
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
        },
    }


def routes() -> list[Route]:
    return [Route("GET", _ONE, _get, "sdk", READ, VERSIONS)]
