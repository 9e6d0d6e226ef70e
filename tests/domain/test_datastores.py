"""What a datastore says of itself: target, spellings, and who is on it."""

from __future__ import annotations

import pytest

from console.domain import uris
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore, Type, can_delete
from console.domain.scopes import WorkspaceRef, key
from console.domain.used_by import Via, uses

PLACE = WorkspaceRef("s", "rg", "fraud")
OTHER = WorkspaceRef("s", "rg", "vision")


def datastore(
    name: str = "claims", type_: Type = Type.BLOB, account: str = "contosodata", container: str = "raw", **more: object
) -> Datastore:
    return Datastore(
        id=f"{PLACE.id}/datastores/{name}", name=name, workspace=PLACE, type=type_, account=account, container=container, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "target", "rest"),
    [
        (datastore(), "contosodata/raw", "https://contosodata.blob.core.windows.net/raw/a b"),
        (
            datastore(type_=Type.GEN2, endpoint="core.chinacloudapi.cn"),
            "contosodata/raw",
            "https://contosodata.dfs.core.chinacloudapi.cn/raw/a b",
        ),
        (datastore(type_=Type.FILE), "contosodata/raw", "https://contosodata.file.core.windows.net/raw/a b"),
        (datastore(type_=Type.GEN1, container=""), "contosodata", "adl://contosodata.azuredatalakestore.net/a b"),
        (
            datastore(type_=Type.ONELAKE, account="Sales", container="Lake"),
            "Sales/Lake",
            "https://onelake.dfs.fabric.microsoft.com/Sales/Lake.Lakehouse/Files/a b",
        ),
        (
            datastore(
                type_=Type.ONELAKE,
                account="w",
                container="01234567-abcd-1234-5678-012345678901",
                endpoint="https://x-onelake.dfs.fabric.microsoft.com",
            ),
            "w/01234567-abcd-1234-5678-012345678901",
            "https://x-onelake.dfs.fabric.microsoft.com/w/01234567-abcd-1234-5678-012345678901/Files/a b",
        ),
    ],
)
def test_where_it_is_and_how_that_is_spelt(row: Datastore, target: str, rest: str) -> None:
    assert row.target == target
    spelt = [spelling.uri for spelling in row.spellings("a b")]
    assert spelt[:2] == ["azureml://datastores/claims/paths/a b", uris.azureml_long(PLACE, "claims", "a b")]
    assert rest.replace(" ", "%20") in spelt or rest in spelt
    assert {place.container_key for uri in spelt if isinstance(place := uris.parse(uri), uris.StoragePlace)} == {row.place().container_key}  # type: ignore[union-attr]


def test_what_azure_did_not_tell_is_no_place() -> None:
    assert datastore(container="").place() is None and datastore(container="").target == "contosodata/?"
    assert datastore(type_=Type.UNKNOWN).place() is None
    assert len(datastore(account="").spellings()) == 2


def test_what_came_with_the_workspace_stays() -> None:
    assert "came with its workspace" in can_delete(datastore("WorkspaceBlobStore", default=True))
    assert can_delete(datastore()) == can_delete(datastore(default=True)) == ""
    assert datastore(type_=Type.GEN1).retired and not datastore().retired


def asset(name: str, workspace: WorkspaceRef = PLACE) -> DataAsset:
    return DataAsset(id=f"{workspace.id}/data/{name}", name=name, workspace=workspace, latest="2")


def test_who_is_on_it_is_told_by_name_and_by_address() -> None:
    rows = [datastore("a"), datastore("b", Type.GEN2), datastore("files", Type.FILE), datastore("c", container="other")]
    spelt = {
        "short": "azureml://datastores/a/paths/x",
        "long": uris.azureml_long(WorkspaceRef("S", "RG", "Fraud"), "A", "x"),
        "past": "https://contosodata.dfs.core.windows.net/raw/x?sig=•••",
        "elsewhere": "https://example.com/raw/x",
        "unknown": "",
    }
    assets = [asset(name) for name in spelt] + [asset("unread"), asset("theirs", OTHER)]
    versions = {each.latest_id: DataVersion(id=each.latest_id, name="2", uri=spelt[each.name]) for each in assets if each.name in spelt}
    theirs = assets[-1]
    versions[theirs.latest_id] = DataVersion(id=theirs.latest_id, name="2", uri=uris.azureml_long(PLACE, "c", "x"))
    table = next(each for each in assets if each.name == "unknown")
    parts = ("./x.csv", uris.azureml_long(PLACE, "c", "x"), "abfss://raw@contosodata.dfs.core.windows.net/y", uris.azureml_short("b"))
    versions[table.latest_id] = DataVersion(id=table.latest_id, name="2", referenced=parts)
    found = {row.name: [(use.asset.name, use.via) for use in uses(rows, assets, versions).get(key(row.id), ())] for row in rows}
    assert found == {
        "a": [("short", Via.DATASTORE), ("long", Via.DATASTORE), ("past", Via.ADDRESS), ("unknown", Via.ADDRESS)],
        "b": [("past", Via.ADDRESS), ("unknown", Via.DATASTORE)],
        "files": [],
        "c": [("unknown", Via.DATASTORE), ("theirs", Via.DATASTORE)],
    }
