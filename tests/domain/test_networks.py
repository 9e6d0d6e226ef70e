"""Whether computes go into a subnet: where it is, whose it is, and how many addresses it has left."""

from __future__ import annotations

import pytest

from console.domain.networks import Network, Subnet, fit, network_of

ID = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets"
NETWORK = Network(
    id="/x/v",
    name="v",
    region="westeurope",
    subnets=(
        Subnet(name="Wide", addresses=256, taken=41),
        Subnet(name="tight", addresses=8, taken=2),
        Subnet(name="odd"),
        Subnet(name="lent", addresses=256, delegated=True),
    ),
)


@pytest.mark.parametrize(
    ("subnet", "region", "machines", "least", "fault", "told", "short"),
    [
        ("wide", "West Europe", 210, 0, "", "210 of 256 addresses of v/Wide are free", False),
        ("wide", "westeurope", 211, 0, "", "211 are wanted", True),
        ("tight", "westeurope", 1, 1, "", "1 of 8 addresses", False),
        ("tight", "westeurope", 2, 2, "2 are needed at least", "", True),
        ("none", "westeurope", 1, 1, "v has no such subnet; it has Wide, tight", "", False),
        ("wide", "northeurope", 1, 1, "v is in westeurope, not in northeurope", "", False),
        ("odd", "westeurope", 9, 9, "", "free addresses ?", False),
        ("lent", "westeurope", 1, 1, "delegated to another service", "", False),
        ("wide", "", 1, 1, "", "are free", False),
    ],
)
def test_fit(subnet: str, region: str, machines: int, least: int, fault: str, told: str, short: bool) -> None:
    found = fit(NETWORK, f"{ID}/{subnet}", "s", region, machines, least)
    assert fault in found.fault and bool(fault) is bool(found.fault)
    assert told in found.told and found.short is short


def test_another_subscription() -> None:
    assert "another subscription" in fit(NETWORK, f"{ID}/wide", "other", "westeurope", 1).fault


def test_the_network_of_a_subnet() -> None:
    assert network_of(f" {ID}/wide/ ") == ID.rpartition("/")[0]
