"""Sources: a secret that Azure holds is read as the request is sent, and stands in nothing before."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from console.azure.request import Request
from console.azure.shared_signatures import SERVICE_VERSION, signed
from console.azure.sources import ConnectionSecret, DatastoreSecret, Source, StorageKey, StorageSas, VaultSecret, filled, source, sources_in
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.conftest import Emulator
from tests.gateway import sent, trouble_of, workspace

ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"


@pytest.mark.parametrize(
    "named",
    [
        StorageKey(ACCOUNT, "key2"),
        StorageSas(ACCOUNT, "key1", "blob", "chargebacks", "rl", "2027-01-31T18:00:00Z"),
        VaultSecret("https://kv.vault.azure.net", "openai"),
        VaultSecret("https://kv.vault.azure.net", "openai", "0123abc"),
        DatastoreSecret("/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/datastores/d"),
        ConnectionSecret("/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/connections/c"),
        ConnectionSecret("/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/connections/c", "clientSecret"),
    ],
)
def test_a_source_is_read_back_from_its_text(named: Source) -> None:
    assert source(str(named)) == named
    assert source(f" {named}") is None
    assert sources_in({"a": [str(named), str(named)], "b": "plain"}) == (named,)


def test_a_body_without_sources_is_itself() -> None:
    body = {"a": ["{{from:storage-key:nonsense}}", 1, None], "b": {"c": "{{secret:00:x}}"}}
    assert sources_in(body) == ()


async def test_every_source_is_asked_once_and_stands_where_it_was_named() -> None:
    asked: list[str] = []

    async def read(named: Source) -> str:
        asked.append(str(named))
        return f"secret {len(asked)}"

    one, other = StorageKey(ACCOUNT, "key1"), StorageKey(ACCOUNT, "key2")
    keys = {"first": str(one), "more": [str(other), {"again": str(one)}]}
    body = {"properties": {"credentials": {"keys": keys, "username": "x"}}}
    read_in = {"first": "secret 1", "more": ["secret 2", {"again": "secret 1"}]}
    assert await filled(body, read) == {"properties": {"credentials": {"keys": read_in, "username": "x"}}}
    assert asked == [str(one), str(other)]


@pytest.mark.parametrize(
    "path",
    [
        ("description",),
        ("properties", "metadata", "credentials"),
        ("properties", "tags", "key"),
        ("properties", "credentials", "clientId"),
        ("properties", "credentials", "authorityUrl"),
        ("properties", "credentials", "username"),
        ("metadata", "properties", "credentials"),
    ],
)
async def test_where_no_secret_belongs_none_is_read(path: tuple[str, ...]) -> None:
    """Others write what stands there, and read it."""

    async def read(named: Source) -> str:
        raise AssertionError(f"{named} was read")

    body: Any = str(StorageKey(ACCOUNT, "key1"))
    for name in reversed(path):
        body = {name: body}
    good = {"properties": {"credentials": {"secrets": {"key": str(StorageKey(ACCOUNT, "key2"))}}}}
    refused = await trouble_of(filled({**body, **({} if "properties" in body else good)}, read))
    assert refused.code == "SecretMisplaced" and refused.sentence.startswith(".".join(path))


async def test_the_key_of_an_account_is_read_as_a_datastore_is_written(fresh_emulator: Emulator, connect: Connect) -> None:
    place = workspace(fresh_emulator)
    arm = connect(write=True)
    default = json.loads((await arm.send(Request(method="GET", path=f"{place.id}/datastores/transactions", api_version="2024-10-01"))).body)
    known = {"subscription": place.subscription_id, "group": place.resource_group}
    account = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/".format(**known)
    named = StorageKey(account + default["properties"]["accountName"], "key2")
    body = {
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": default["properties"]["accountName"],
            "containerName": default["properties"]["containerName"],
            "credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": str(named)}},
        }
    }
    request = Request(
        method="PUT", path=f"{place.id}/datastores/extra", api_version="2024-10-01", query={"skipValidation": "false"}, body=body
    )
    await arm.send(request)
    assert len(sent(fresh_emulator, "POST", "/listKeys")) == 1
    assert "canary" not in msgspec.json.encode(request).decode()

    missing = msgspec.structs.replace(request, body={"properties": {"credentials": {"key": str(StorageKey(named.account_id, "key9"))}}})
    assert "key9" in (await trouble_of(arm.send(missing))).sentence
    elsewhere = msgspec.structs.replace(
        request, body={"properties": {"credentials": {"key": str(VaultSecret("https://kv.vault.azure.net", "x"))}}}
    )
    assert (await trouble_of(arm.send(elsewhere))).kind is Kind.UNEXPECTED
    assert len(sent(fresh_emulator, "PUT")) == 1


@pytest.mark.parametrize("service", ["blob", "file"])
def test_a_signature_is_the_one_that_azure_s_own_client_makes(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.storage.blob import _shared_access_signature as blobs
    from azure.storage.fileshare import _shared_access_signature as files

    key = base64.b64encode(b"of no account").decode()
    for module in (blobs, files):
        monkeypatch.setattr(module, "X_MS_VERSION", SERVICE_VERSION)
    lets: dict[str, Any] = {"account_key": key, "permission": "rcwl", "expiry": "2027-01-31T18:00:00Z", "protocol": "https"}
    client_s = blobs.generate_container_sas if service == "blob" else files.generate_share_sas
    made = signed(StorageSas(ACCOUNT, "key1", service, "c-1", "rcwl", "2027-01-31T18:00:00Z"), key)
    assert parse_qs(made) == parse_qs(client_s("a", "c-1", **lets))


def test_what_is_no_key_signs_nothing_and_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="no base64") as error:
        signed(StorageSas(ACCOUNT, "key1", "blob", "c", "rl", "2027-01-31T18:00:00Z"), "canary!")
    assert "canary" not in str(error.value)
