"""Virtual networks and their subnets, as computes are put into them ("Virtual Networks - Get" of the published API reference)."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.networks import Network, Subnet

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: That of the CLI's client, "network vnet show".
API = "2024-05-01"


class _SubnetProperties(msgspec.Struct, rename="camel"):
    address_prefix: str | None = None
    address_prefixes: list[str] | None = None
    ip_configurations: list[Any] | None = None
    delegations: list[Any] | None = None


class _Subnet(msgspec.Struct):
    name: str | None = None
    properties: _SubnetProperties | None = None


class _Properties(msgspec.Struct):
    subnets: list[_Subnet] | None = None


class _Wire(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    location: str | None = None
    properties: _Properties | None = None


async def read(arm: ArmClient, network_id: str) -> Network:
    """A virtual network with its subnets. Raises TroubleError."""
    answer = await arm.send(Request(method="GET", path=network_id, api_version=API))
    try:
        wire = msgspec.json.decode(answer.body, type=_Wire)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {network_id}", arm.clock.now()) from error
    subnets = tuple(_subnet(each) for each in (wire.properties or _Properties()).subnets or ())
    return Network(id=wire.id or network_id, name=wire.name or network_id.rpartition("/")[2], region=wire.location or "", subnets=subnets)


def _subnet(wire: _Subnet) -> Subnet:
    properties = wire.properties or _SubnetProperties()
    prefixes = properties.address_prefixes or [properties.address_prefix or ""]
    return Subnet(
        name=wire.name or "?",
        addresses=_addresses(prefixes),
        taken=len(properties.ip_configurations or ()),
        delegated=bool(properties.delegations),
    )


def _addresses(prefixes: list[str]) -> int | None:
    """How many IPv4 addresses prefixes hold; None where one cannot be read, or there is none."""
    try:
        ranges = [ip_network(prefix, strict=False) for prefix in prefixes]
    except ValueError:
        return None
    counted = [each.num_addresses for each in ranges if each.version == 4]
    return sum(counted) if counted else None
