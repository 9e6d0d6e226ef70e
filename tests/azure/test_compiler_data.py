"""Datastores and connections by the compiler child: what azure-ai-ml sends, completed; secrets stand nowhere; flaws have their line."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from console.azure.compiler import Compiled, Compiler, Kind
from console.azure.slots import filled
from console.azure.sources import ConnectionSecret, DatastoreSecret, StorageKey, VaultSecret
from console.domain.scopes import WorkspaceRef

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACE = WorkspaceRef("00000000-0000-0000-0000-000000000001", "rg-ml", "fraud-prod")
ALONE = Path(__file__).parent / "azure_ai_ml_requests.py"
CANARY = "canary-" + "s" * 40
SAS = f"sv=2024-11-04&sr=c&sp=rl&sig={CANARY}"
APPLICATION = {"tenant_id": "t", "client_id": "c"}
BLOB = {"name": "new_data", "type": "azure_blob", "account_name": "contosodata", "container_name": "chargebacks"}
LAKE = {"name": "new_lake", "type": "azure_data_lake_gen2", "account_name": "contosolake", "filesystem": "ledger"}
DATASTORES: list[dict[str, Any]] = [
    BLOB,
    {**BLOB, "credentials": {"account_key": CANARY}, "tags": {"team": "fraud"}, "description": "of the card system"},
    {**BLOB, "credentials": {"sas_token": SAS}},
    {"name": "new_share", "type": "azure_file", "account_name": "contosodata", "file_share_name": "labels"},
    LAKE,
    {**LAKE, "credentials": {**APPLICATION, "client_secret": CANARY}},
    {**LAKE, "credentials": {**APPLICATION, "thumbprint": "AB", "certificate": CANARY}},
    {"name": "new_house", "type": "one_lake", "one_lake_workspace_name": "w", "endpoint": "onelake.dfs.fabric.microsoft.com"}
    | {"artifact": {"type": "lake_house", "name": "sales"}},
]
KEY = {"type": "api_key", "key": CANARY}
PERSON = {"type": "username_password", "username": "u", "password": CANARY}
IDENTITY = {"type": "managed_identity", "client_id": "c", "resource_id": "r"}
PRINCIPAL = {"type": "service_principal", **APPLICATION, "client_secret": CANARY}
CONNECTIONS: list[dict[str, Any]] = [
    {"type": "git", "target": "https://git", "credentials": {"type": "pat", "pat": CANARY}},
    {"type": "git", "target": "https://git"},
    {"type": "python_feed", "target": "https://feed", "credentials": PERSON},
    {"type": "container_registry", "target": "https://acr", "credentials": PERSON, "is_shared": False},
    {
        "type": "container_registry",
        "target": "https://acr",
        "credentials": {"type": "managed_identity", "client_id": "c", "resource_id": "r"},
    },
    {"type": "s3", "target": "https://s3", "credentials": {"type": "access_key", "access_key_id": "a", "secret_access_key": CANARY}},
    {"type": "snowflake", "target": "jdbc:snowflake://x", "credentials": PERSON, "metadata": {"a": "b"}},
    {"type": "azure_sql_db", "target": "server", "credentials": {"type": "aad"}},
    {"type": "azure_data_lake_gen2", "target": "https://lake", "credentials": PRINCIPAL},
    {
        "type": "azure_blob",
        "url": "https://b",
        "account_name": "a",
        "container_name": "c",
        "credentials": {"type": "sas", "sas_token": SAS},
    },
    {"type": "custom", "target": "https://any", "credentials": KEY},
    {"type": "azure_open_ai", "azure_endpoint": "https://o", "api_key": CANARY, "api_version": "v", "open_ai_resource_id": "/r"},
    {"type": "azure_open_ai", "azure_endpoint": "https://o"},
    {"type": "azure_ai_services", "endpoint": "https://a", "api_key": CANARY, "ai_services_resource_id": "/r"},
    {"type": "azure_ai_search", "endpoint": "https://s", "api_key": CANARY},
    {"type": "azure_content_safety", "endpoint": "https://s", "api_key": CANARY},
    {"type": "azure_speech_services", "endpoint": "https://s", "api_key": CANARY},
    {"type": "api_key", "api_base": "https://s", "api_key": CANARY},
    {"type": "open_ai", "api_key": CANARY},
    {"type": "serp", "api_key": CANARY},
    {"type": "serverless", "endpoint": "https://s", "api_key": CANARY},
]
BY_SAS = {"type": "sas", "sas_token": SAS}
CONNECTIONS += [{"type": "azure_blob", "url": "https://b", "account_name": "a", "container_name": "c", "credentials": BY_SAS}]
ALL: list[tuple[Kind, dict[str, Any]]] = [("datastore", each) for each in DATASTORES]
ALL += [("connection", {"name": "new-one", **each}) for each in CONNECTIONS]


async def compiled(compiler: Compiler, kind: Kind, told: dict[str, Any] | str, over: dict[str, Any] | None = None) -> Compiled:
    if isinstance(told, str):
        return await compiler.compile(PLACE, "westeurope", kind=kind, yaml=told, over=over)
    return await compiler.compile(PLACE, "westeurope", kind=kind, fields=told)


async def test_each_is_what_azure_ai_ml_sends_but_for_the_check(compiler: Compiler) -> None:
    """Of each kind and every form of credentials; azure-ai-ml in a process of its own."""
    asked = json.dumps([[kind, yaml.safe_dump(told)] for kind, told in ALL])
    argv = [sys.executable, str(ALONE)]
    done = await asyncio.to_thread(subprocess.run, argv, input=asked, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for (kind, told), (method, url, body) in zip(ALL, json.loads(done.stdout.splitlines()[-1]), strict=True):
        result = await compiled(compiler, kind, told)
        assert result.request is not None, (told, result.flaws)
        assert CANARY not in repr(result.request), told
        asked_for = dict(parse_qsl(urlsplit(url).query))
        if kind == "datastore":
            assert (asked_for.pop("skipValidation"), result.request.query) == ("true", {"skipValidation": "false"})
        assert (result.request.method, result.request.path) == (method, urlsplit(url).path)
        assert asked_for == {"api-version": result.request.api_version}
        assert filled(result.request.body) == body, told


async def test_what_azure_ai_ml_drops_is_there(compiler: Compiler) -> None:
    datastore = await compiled(compiler, "datastore", {**BLOB, "service_data_access_auth_identity": "WorkspaceSystemAssignedIdentity"})
    assert datastore.request is not None, datastore.flaws
    assert datastore.request.body["properties"]["serviceDataAccessAuthIdentity"] == "WorkspaceSystemAssignedIdentity"
    text = "name: new-one\ntype: custom\ntarget: any\nexpiry_time: 2027-01-31T12:00:00+02:00\n"
    custom = await compiled(compiler, "connection", text + f"credentials: {{type: custom_keys, keys: {{one: {CANARY}, two: b}}}}\n")
    assert custom.request is not None, custom.flaws
    properties = filled(custom.request.body)["properties"]
    assert properties["expiryTime"] == "2027-01-31T10:00:00Z"
    assert (properties["authType"], properties["credentials"]) == ("CustomKeys", {"keys": {"one": CANARY, "two": "b"}})
    assert CANARY not in repr(custom)
    blob = {"type": "azure_blob", "url": "https://b", "account_name": "a", "container_name": "c", "name": "new-one"}
    keyed = await compiled(compiler, "connection", {**blob, "credentials": {"type": "account_key", "account_key": CANARY}})
    assert keyed.request is not None, keyed.flaws
    assert filled(keyed.request.body)["properties"]["credentials"] == {"key": CANARY}


async def test_what_stands_for_a_secret_already_is_left_as_it_is(compiler: Compiler) -> None:
    key = str(StorageKey("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a", "key2"))
    datastore = await compiled(compiler, "datastore", {**BLOB, "credentials": {"account_key": key}})
    assert datastore.request is not None
    assert datastore.request.body["properties"]["credentials"]["secrets"]["key"] == key
    secret = str(VaultSecret("https://kv.vault.azure.net", "openai"))
    told = {"name": "new-one", "type": "azure_open_ai", "azure_endpoint": "https://o", "api_key": secret}
    connection = await compiled(compiler, "connection", told)
    assert connection.request is not None
    assert connection.request.body["properties"]["credentials"] == {"key": secret}


@pytest.mark.parametrize(
    ("kind", "text", "flaws"),
    [
        ("datastore", "name: a\ntype: azure_blob\naccount_name: abc\ncontainer_name: abc\nbogus: 1\n", [("bogus", 5)]),
        ("datastore", "name: a\ntype: azure_bolb\n", [("type", 2)]),
        ("datastore", "name: a\ntype: azure_blob\n", [("account_name", 1), ("container_name", 1)]),
        ("datastore", "name: a\ntype: azure_data_lake_gen1\nstore_name: x\n", [("type", 2)]),
        (
            "datastore",
            "name: -a\ntype: azure_file\naccount_name: ABC\nfile_share_name: a--b\n",
            [("name", 1), ("account_name", 3), ("file_share_name", 4)],
        ),
        ("datastore", "name: a\ntype: one_lake\none_lake_workspace_name: w\nendpoint: e\n", [("artifact", 1)]),
        ("connection", "name: ab\ntype: git\ntarget: x\n", [("name", 1)]),
        ("connection", "name: abc\ntype: serp\n", [("api_key", 1)]),
        ("connection", "name: abc\ntype: azure_ai_services\n", [("endpoint", 1), ("ai_services_resource_id", 1)]),
        ("connection", "name: abc\ntype: container_registry\ntarget: x\n", [("", 1)]),
        ("connection", "name: abc\ntype: git\ntarget: x\ncredentials: {type: aad}\n", [("credentials.type", 4)]),
        ("connection", "name: abc\ntype: git\ntarget: x\nexpiry_time: soon\n", [("expiry_time", 4)]),
        ("connection", "$schema: x/azureBlob.schema.json\nname: abc\ntype: git\n", [("$schema", 1)]),
    ],
)
async def test_a_flaw_names_its_field_and_line(compiler: Compiler, kind: Kind, text: str, flaws: list[tuple[str, int]]) -> None:
    result = await compiled(compiler, kind, text)
    assert result.request is None
    assert [(flaw.path, flaw.line) for flaw in result.flaws] == flaws, result.flaws


@pytest.mark.parametrize(
    "credentials",
    [
        {"sas_token": CANARY},
        {"account_keey": CANARY},
        {"account_key": CANARY, "sas_token": SAS},
        {"client_secret": CANARY, **APPLICATION},
        {"account_key": [CANARY]},
        CANARY,
    ],
)
async def test_no_flaw_repeats_a_secret(compiler: Compiler, credentials: Any) -> None:
    for kind, told in (("datastore", BLOB), ("connection", {"name": "new-one", "type": "git", "target": "x"})):
        result = await compiled(compiler, kind, {**told, "credentials": credentials})  # type: ignore[arg-type]
        assert result.flaws and CANARY not in repr(result), result.flaws
        assert all(flaw.path.startswith("credentials") for flaw in result.flaws), result.flaws


async def test_a_certificate_that_is_cut_off_is_no_certificate(compiler: Compiler) -> None:
    told = {**APPLICATION, "thumbprint": "AB", "certificate": f"-----BEGIN CERTIFICATE-----\n{CANARY}\n"}
    result = await compiled(compiler, "datastore", {**LAKE, "credentials": told})
    assert [flaw.path for flaw in result.flaws] == ["credentials.certificate"]
    assert CANARY not in repr(result)


async def test_a_datastore_told_as_yaml_is_the_same_again(compiler: Compiler) -> None:
    where = f"{PLACE.id}/datastores/new_data"
    properties = {"datastoreType": "AzureBlob", "accountName": "contosodata", "containerName": "chargebacks", "isDefault": False}
    properties |= {"endpoint": "core.windows.net", "protocol": "https", "tags": {"team": "fraud"}, "description": None}
    item = {"id": where, "name": "new_data", "properties": properties | {"credentials": {"credentialsType": "AccountKey"}}}
    dumped = await compiler.dump(PLACE, "westeurope", item, kind="datastore")
    assert dumped.fields["credentials"] == {"account_key": str(DatastoreSecret(where))}
    assert "# is_default: false" in dumped.yaml
    again = await compiled(compiler, "datastore", dumped.yaml)
    assert again.request is not None, again.flaws
    assert again.request.body["properties"]["credentials"]["secrets"]["key"] == str(DatastoreSecret(where))
    other = await compiled(compiler, "datastore", f"name: new_data\ntype: azure_blob\ncredentials: {{sas_token: '{SAS}'}}\n", dumped.fields)
    assert other.request is not None, other.flaws
    assert other.request.body["properties"]["credentials"]["credentialsType"] == "Sas"


async def test_a_connection_told_as_yaml_is_the_same_again(compiler: Compiler) -> None:
    where = f"{PLACE.id}/connections/new-one"
    properties = {"category": "AzureOpenAI", "authType": "ApiKey", "target": "https://o", "credentials": None, "isSharedToAll": True}
    metadata = {"ApiVersion": "v", "ApiType": "Azure", "ResourceId": "/r", "team": "fraud"}
    item = {"id": where, "name": "new-one", "properties": properties | {"metadata": metadata, "expiryTime": "2027-01-31T10:00:00Z"}}
    dumped = await compiler.dump(PLACE, "westeurope", item, kind="connection")
    assert dumped.fields["api_key"] == str(ConnectionSecret(where, "key"))
    again = await compiled(compiler, "connection", dumped.yaml)
    assert again.request is not None, again.flaws
    kept = again.request.body["properties"]
    assert (kept["metadata"], kept["expiryTime"], kept["authType"]) == (metadata, "2027-01-31T10:00:00Z", "ApiKey")
