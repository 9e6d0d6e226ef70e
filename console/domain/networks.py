"""Networks: whether computes can be put into a subnet.

Sources: "Secure training environments with virtual networks" (the network is in the workspace's subscription; an instance in another
region than the workspace is not possible; a cluster's region is that of its network; an address for each instance and node; no
delegated subnet) and the FAQ of Azure Virtual Network (five addresses of a subnet are Azure's own).
"""

from __future__ import annotations

import msgspec

from console.domain.cost import region_key
from console.domain.scopes import segments

RESERVED = 5


class Subnet(msgspec.Struct, frozen=True, kw_only=True):
    """A subnet: how many IPv4 `addresses` its prefix holds (None: unreadable), and how many of them Azure lists as `taken`."""

    name: str
    addresses: int | None = None
    taken: int = 0
    delegated: bool = False

    @property
    def free(self) -> int | None:
        """Addresses that are left, as far as Azure tells who has them; None where its prefix is not known."""
        return None if self.addresses is None else max(0, self.addresses - RESERVED - self.taken)


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual network and its subnets."""

    id: str
    name: str
    region: str
    subnets: tuple[Subnet, ...] = ()


class Fit(msgspec.Struct, frozen=True):
    """Whether computes go into a subnet: why not (`fault`, "" where they can), or what is `told` of it.

    `short`: there are not addresses for all. `known` is False where the network could not be read.
    """

    fault: str = ""
    told: str = ""
    short: bool = False
    known: bool = True


def network_of(subnet_id: str) -> str:
    """The ARM id of the virtual network that a subnet is in."""
    return subnet_id.strip().rstrip("/").rpartition("/")[0].rpartition("/")[0]


def fit(network: Network, subnet_id: str, subscription_id: str, region: str, machines: int, least: int = 1) -> Fit:
    """Whether so many machines go into a subnet, in a region. With fewer free addresses than `least` nothing comes of it."""
    parts = segments(subnet_id)
    if parts.get("subscriptions", "").lower() != subscription_id.lower():
        return Fit("it is in another subscription than the workspace; Azure takes none of those")
    if network.region and region and region_key(network.region) != region_key(region):
        return Fit(f"{network.name} is in {network.region}, not in {region}: Azure wants them in one region")
    subnet = next((each for each in network.subnets if each.name.lower() == parts.get("subnets", "").lower()), None)
    if subnet is None:
        return Fit(f"{network.name} has no such subnet; it has {', '.join(each.name for each in network.subnets) or 'none'}")
    if subnet.delegated:
        return Fit(f"{subnet.name} is delegated to another service; Azure ML cannot use it")
    if subnet.free is None:
        return Fit(told=f"{network.name}/{subnet.name}: free addresses ?")
    told = f"{subnet.free} of {subnet.addresses} addresses of {network.name}/{subnet.name} are free ({RESERVED} are Azure's)"
    if subnet.free < max(1, least):
        return Fit(f"{told}; {max(1, least)} are needed at least", told, True)
    return Fit(told=f"{told}; {machines} are wanted", short=subnet.free < machines)
