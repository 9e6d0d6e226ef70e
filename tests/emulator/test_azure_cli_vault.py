"""Microsoft's own command line on the secrets of the emulator's Key Vaults."""

from __future__ import annotations

from tests.conftest import Emulator
from tests.emulator.test_azure_cli import pytestmark as real_az
from tests.emulator.test_azure_cli_directory import Az, az

pytestmark = real_az
__all__ = ["az"]


def test_az_keeps_secrets(az: Az, fresh_emulator: Emulator) -> None:
    address = fresh_emulator.ready["vaults"]["kv-fraud-prod"]
    secret, deleted = f"{address}/secrets/alerts-webhook", f"{address}/deletedsecrets/alerts-webhook"
    listed = {one["name"]: one["attributes"]["enabled"] for one in az("keyvault", "secret", "list", "--id", address)}
    assert listed["openai-key"] is False and listed["alerts-webhook"] is True
    # Its own command to set one takes no address.
    to_vault = ("--url", f"{secret}?api-version=7.4", "--resource", "https://vault.azure.net")
    made = az("rest", "--method", "put", *to_vault, "--body", '{"value": "canary-by-az"}')
    shown = az("keyvault", "secret", "show", "--id", secret)
    assert (shown["value"], shown["id"]) == ("canary-by-az", made["id"])
    assert len(az("keyvault", "secret", "list-versions", "--id", secret)) == 2
    changed = az("keyvault", "secret", "set-attributes", "--id", secret, "--expires", "2027-01-01T00:00:00Z", "--tags", "owner=risk")
    assert (changed["attributes"]["expires"], changed["tags"]) == ("2027-01-01T00:00:00+00:00", {"owner": "risk"})
    az("keyvault", "secret", "delete", "--id", secret)
    assert "alerts-webhook" in {one["name"] for one in az("keyvault", "secret", "list-deleted", "--id", address)}
    az("keyvault", "secret", "recover", "--id", deleted)
    assert az("keyvault", "secret", "show", "--id", secret)["value"] == "canary-by-az"
    az("keyvault", "secret", "delete", "--id", secret)
    az("keyvault", "secret", "purge", "--id", deleted)
    assert {one["name"] for one in az("keyvault", "secret", "list-deleted", "--id", address)} == {"chargeback-sftp-password"}
