"""Virtual networks in the emulator: what is read of them, and by whom."""

from __future__ import annotations

from ipaddress import ip_network

from console.emulator.networks import STORY
from tests.conftest import Emulator
from tests.emulator.test_computes import versioned, workspace_path

VERSION = "2024-05-01"


def network_path(emulator: Emulator, name: str, workspace: str = "fraud-prod") -> str:
    return f"{workspace_path(emulator, workspace).partition('/providers/')[0]}/providers/Microsoft.Network/virtualNetworks/{name}"


def test_a_network_with_its_subnets(fresh_emulator: Emulator) -> None:
    answer = fresh_emulator.request("GET", versioned(network_path(fresh_emulator, "VNET-ml-prod"), VERSION))
    body = answer.json()
    assert (answer.status, body["name"], body["location"], body["type"]) == (
        200,
        "vnet-ml-prod",
        "westeurope",
        "Microsoft.Network/virtualNetworks",
    )
    subnets = {each["name"]: each["properties"] for each in body["properties"]["subnets"]}
    assert subnets["training"]["addressPrefix"] == "10.20.1.0/24" and len(subnets["training"]["ipConfigurations"]) == 37
    assert all(each["id"].startswith(body["id"]) for each in body["properties"]["subnets"])


def test_subnets_are_in_their_networks_and_hold_what_is_in_them() -> None:
    for network in STORY:
        for prefix, taken in network.subnets.values():
            assert ip_network(prefix).subnet_of(ip_network(network.space))  # type: ignore[arg-type]
            assert taken <= ip_network(prefix).num_addresses - 5


def test_who_may_not_read_and_what_is_not_there(fresh_emulator: Emulator) -> None:
    path = versioned(network_path(fresh_emulator, "vnet-ml-prod"), VERSION)
    assert fresh_emulator.request("GET", path, identity="reader").status == 200
    refused = fresh_emulator.request("GET", path, identity="data-scientist")
    assert (refused.status, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert "Microsoft.Network/virtualNetworks/read" in refused.json()["error"]["message"]
    missing = fresh_emulator.request("GET", versioned(network_path(fresh_emulator, "vnet-none"), VERSION))
    assert (missing.status, missing.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert fresh_emulator.request("GET", versioned(network_path(fresh_emulator, "vnet-ml-prod"), "1999-01-01")).status == 400
