"""Microsoft's own command line on the emulator's storage accounts."""

from __future__ import annotations

from tests.emulator.test_azure_cli import pytestmark as real_az
from tests.emulator.test_azure_cli_access import Az, az

__all__ = ["az"]
pytestmark = real_az


def test_az_lists_accounts_their_keys_and_what_they_hold_and_makes_a_key_anew(az: Az) -> None:
    place, name = ("--subscription", "contoso-prod"), "contosodata"
    accounts = {one["name"]: one for one in az("storage", "account", "list", *place, "-g", "ml-prod-rg")}
    assert set(accounts) > {"contosodata", "contosolake", "contosopartners"}
    assert accounts["contosolake"]["isHnsEnabled"] and not accounts[name]["isHnsEnabled"]
    assert az("storage", "account", "show", *place, "-g", "ml-prod-rg", "-n", name)["keyCreationTime"] == accounts[name]["keyCreationTime"]
    before = az("storage", "account", "keys", "list", *place, "-n", name)
    assert [one["keyName"] for one in before] == ["key1", "key2"]
    after = az("storage", "account", "keys", "renew", *place, "-g", "ml-prod-rg", "-n", name, "--key", "primary")
    assert [one["value"] == two["value"] for one, two in zip(before, after, strict=True)] == [False, True]
    containers = az("storage", "container-rm", "list", *place, "-g", "ml-prod-rg", "--storage-account", name)
    assert [one["name"] for one in containers] == ["chargebacks", "transactions", "transactions-sample"]
    assert [one["name"] for one in az("storage", "share-rm", "list", *place, "-g", "ml-prod-rg", "--storage-account", name)] == [
        "labels",
        "scratch",
    ]
