"""Datastores and data assets as Azure writes them and as the emulator serves them: no list reads a secret, no secret becomes a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from hypothesis import given

from console.azure import data_assets, datastores
from console.domain.data_assets import Type as DataType
from console.domain.datastores import Auth, Datastore, Type
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.azure.scripted import Scripted, client_of, serving
from tests.azure.test_published import DATA, answers, needs_data, objects
from tests.conftest import Emulator
from tests.gateway import trouble_of, workspace
from tests.properties import json_values, steady

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
SECRET = "c2VjcmV0LWNhbmFyeQ"
BLOB: dict[str, Any] = {
    "id": f"{PLACE.id}/datastores/claims",
    "name": "claims",
    "type": "Microsoft.MachineLearningServices/workspaces/datastores",
    "properties": {
        "description": f"see https://a.blob.core.windows.net/x?sv=1&sig={SECRET}",
        "tags": {"team": "risk", "key": SECRET},
        "isDefault": True,
        "credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": SECRET}},
        "datastoreType": "AzureBlob",
        "accountName": "contosodata",
        "containerName": "raw",
        "endpoint": "core.windows.net",
        "protocol": "https",
        "serviceDataAccessAuthIdentity": "None",
    },
    "systemData": {"createdAt": "2026-01-02T03:04:05.1234567+00:00", "createdBy": "Grace", "createdByType": "User"},
}


def decoded(**changed: Any) -> Datastore:
    return datastores.decode(json.dumps(BLOB | {"properties": BLOB["properties"] | changed}).encode(), PLACE)


def test_a_datastore_is_a_row_without_any_secret() -> None:
    row = decoded()
    assert (row.name, row.type, row.target, row.auth, row.default, row.service_identity) == (
        "claims",
        Type.BLOB,
        "contosodata/raw",
        Auth.KEY,
        True,
        "",
    )
    assert row.created_by == "Grace" and row.created_on is not None and row.tags["team"] == "risk"
    assert SECRET not in msgspec.json.encode(row).decode()


@pytest.mark.parametrize(
    ("told", "target", "auth"),
    [
        ({"datastoreType": "AzureFile", "fileShareName": "share", "containerName": None}, "contosodata/share", "key"),
        (
            {"datastoreType": "AzureDataLakeGen2", "filesystem": "fs", "containerName": None, "credentials": {"credentialsType": "None"}},
            "contosodata/fs",
            "identity",
        ),
        (
            {
                "datastoreType": "AzureDataLakeGen1",
                "storeName": "old",
                "accountName": None,
                "credentials": {"credentialsType": "ServicePrincipal"},
            },
            "old",
            "service principal",
        ),
        (
            {
                "datastoreType": "OneLake",
                "oneLakeWorkspaceName": "Sales",
                "artifact": {"artifactName": "Lake"},
                "accountName": None,
                "containerName": None,
                "credentials": {"credentialsType": "Certificate"},
            },
            "Sales/Lake",
            "certificate",
        ),
        ({"datastoreType": "AzureParrot", "credentials": {"credentialsType": "Feather"}, "accountName": None}, "?/raw", "?"),
        ({"credentials": None}, "contosodata/raw", "?"),
    ],
)
def test_each_type_has_its_target(told: dict[str, Any], target: str, auth: str) -> None:
    row = decoded(**told)
    assert (row.fault, row.target, row.auth.label) == ("", target, auth)
    assert row.type_word == told.get("datastoreType", "AzureBlob")


@steady
@given(json_values)
def test_any_json_is_a_row(value: Any) -> None:
    for item in (value, BLOB | {"properties": value}, {"id": "/x", "properties": {"credentials": value, "tags": value, "dataUri": value}}):
        raw = json.dumps(item).encode()
        assert isinstance(datastores.decode(raw, PLACE).name, str)
        assert isinstance(data_assets.decode(raw, PLACE).latest_id, str)
        version = data_assets.decode_version(raw, f"{PLACE.id}/data/x/versions/1")
        assert isinstance(version.datastore_id, str) and isinstance(version.signed, tuple)


def test_what_cannot_be_read_is_found_again_and_says_why() -> None:
    row = datastores.decode(json.dumps(BLOB | {"properties": {"isDefault": "maybe"}}).encode(), PLACE)
    assert (row.id, row.name) == (BLOB["id"], "claims") and "isDefault" in row.fault and row.target == ""


def test_a_signature_in_an_address_is_hidden_and_its_end_is_not() -> None:
    uri = f"https://contosodata.blob.core.windows.net/raw/x.csv?sp=r&se=2026-11-05T08:00:00Z&sig={SECRET}%3D"
    body = {"id": "x", "properties": {"dataUri": uri, "dataType": "uri_file", "referencedUris": [uri], "description": uri}}
    version = data_assets.decode_version(json.dumps(body).encode(), f"{PLACE.id}/data/x/versions/1")
    assert SECRET not in msgspec.json.encode(version).decode()
    assert [(each.permissions, f"{each.expires:%d %H}") for each in version.signed] == [("r", "05 08")] * 2


@needs_data
def test_every_published_and_recorded_one_is_readable() -> None:
    found = []
    for path in sorted(Path(DATA or "").rglob("*.json")):
        content = path.read_bytes()
        if b'"datastoreType"' in content or b'"dataType"' in content or b'\\"dataType\\"' in content:
            found += [body for answer in answers(json.loads(content.decode("utf-8-sig"))) for body in objects(answer)]
    bodies = [body for body in found if isinstance(body.get("properties"), dict) and isinstance(body.get("id"), str)]
    stores = [datastores.decode(json.dumps(body).encode(), PLACE) for body in bodies if "datastoreType" in body["properties"]]
    kinds = {"uri_file", "uri_folder", "mltable", "UriFile", "UriFolder", "MLTable"}
    data = [body for body in bodies if body["properties"].get("dataType") in kinds]
    assets = [data_assets.decode(json.dumps(body).encode(), PLACE) for body in data]
    versions = [data_assets.decode_version(json.dumps(body).encode(), f"{PLACE.id}/data/x/versions/1") for body in data]
    assert not [each.fault or each.type_word for each in stores if each.fault or each.type is Type.UNKNOWN or each.auth is Auth.UNKNOWN]
    assert not [each.fault or each.type_word for each in assets if each.fault or each.type is DataType.UNKNOWN]
    assert not [each.fault for each in versions if each.fault]
    assert len(stores) >= 50 and len(assets) >= 20 and any(each.uri.startswith("azureml://") for each in versions)
    assert {Type.BLOB, Type.FILE} <= {each.type for each in stores}


async def test_a_thousand_datastores_are_one_list_and_no_secret(tmp_path: Path) -> None:
    """Page by page, as Azure gives them; what is asked is counted at the other end of the wire."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(authority) as server:

        def page(path: str) -> Scripted:
            first = int(path.partition("skip=")[2] or 0)
            items = [
                BLOB | {"id": f"{PLACE.id}/datastores/d{number}", "name": f"d{number}"} for number in range(first, min(first + 30, 1_000))
            ]
            link = {"nextLink": f"{server.base_url}{PLACE.id}/datastores?api-version=1&skip={first + 30}"} if first + 30 < 1_000 else {}
            return Scripted(200, json.dumps({"value": items, **link}).encode())

        server.answer = page
        arm = client_of(server, tmp_path / "ca.pem")
        try:
            first = await datastores.read(arm, PLACE)
            asked = len(server.seen)
            again = await datastores.read(arm, PLACE, first)
        finally:
            await arm.transport.close()
    assert len({item.id for item in first.items}) == 1_000 and not [item for item in first.items if item.fault]
    assert {(each.method, each.path.partition("?")[0]) for each in server.seen} == {("GET", f"{PLACE.id}/datastores")}
    assert asked == 34, "a thousand in pages of thirty"
    assert all(new is old for new, old in zip(again.items, first.items, strict=True))


@pytest.mark.asyncio(loop_scope="module")
async def test_the_emulator_s_datastores_and_data(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    rows = {row.name: row for row in (await datastores.read(arm, place)).items}
    assert not [row.fault for row in rows.values() if row.fault]
    assert {row.type for row in rows.values()} == set(Type) - {Type.UNKNOWN}
    assert {row.auth for row in rows.values()} == set(Auth) - {Auth.UNKNOWN}
    assert [name for name, row in rows.items() if row.default] == ["workspaceblobstore"]
    assert sum(row.system for row in rows.values()) == 4 and rows["lake_curated"].client_id
    assets = {row.name: row for row in (await data_assets.read(arm, place)).items}
    version = await data_assets.read_version(arm, assets["transactions"].latest_id)
    assert version.datastore_id == rows["transactions"].id.lower()
    leaked = await data_assets.read_version(arm, assets["partner-feed"].latest_id)
    assert leaked.signed and leaked.uri.endswith("sig=•••")
    assert (await trouble_of(data_assets.read_version(arm, f"{assets['ledger'].id}/versions/none"))).kind is Kind.NOT_FOUND
    assert not [call["path"] for call in fresh_emulator.calls() if "secret" in call["path"].lower()]
