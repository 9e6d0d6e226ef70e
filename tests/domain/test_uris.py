"""A place is the same, however it is spelt; what is no place is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import uris
from console.domain.scopes import WorkspaceRef
from console.domain.uris import DatastorePlace, Service, Signed, StoragePlace, parse
from tests.properties import steady

WORKSPACE = WorkspaceRef("7cf20724-d953-4e26-9d87-cec31f7296ab", "ml-prod-rg", "fraud")
PLACE = StoragePlace(Service.DFS, "contosodata", "raw", "2026/x y#1.parquet")

accounts = st.from_regex(r"\A[a-z0-9]{3,24}\Z")
containers = st.from_regex(r"\A[a-z0-9][a-z0-9-]{1,30}[a-z0-9]\Z")
#: Anything that a terminal can paste; a URI that is pasted is stripped.
paths = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.rstrip)
suffixes = st.sampled_from([uris.PUBLIC, "core.chinacloudapi.cn", "storage.azure.net"])


@steady
@given(st.sampled_from([Service.BLOB, Service.DFS, Service.FILE]), accounts, containers, paths, suffixes)
def test_every_spelling_of_storage_leads_back(service: Service, account: str, container: str, path: str, suffix: str) -> None:
    place = StoragePlace(service, account, container, path, suffix)
    assert parse(uris.https(place)) == place
    driven = uris.abfss(place)
    assert (driven == "") == (service is Service.FILE)
    back = parse(driven)
    assert not driven or (isinstance(back, StoragePlace) and back == StoragePlace(Service.DFS, account, container, path, suffix))
    assert back is None or (isinstance(back, StoragePlace) and back.container_key == place.container_key)


@steady
@given(st.from_regex(r"\A[a-zA-Z0-9][a-zA-Z0-9_-]{0,20}\Z"), paths)
def test_every_spelling_on_a_datastore_leads_back(name: str, path: str) -> None:
    assert parse(uris.azureml_short(name, path)) == DatastorePlace(name, path)
    assert parse(uris.azureml_long(WORKSPACE, name, path)) == DatastorePlace(name, path, WORKSPACE)


@steady
@given(accounts, paths)
def test_gen1_leads_back(store: str, path: str) -> None:
    place = StoragePlace(Service.GEN1, store, "", path, uris.GEN1_HOST)
    assert parse(uris.adl(place)) == place
    assert uris.https(place) == uris.abfss(place) == ""


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("abfss://raw@contosodata.dfs.core.windows.net/2026/x y#1.parquet", PLACE),
        ("ABFSS://raw@ContosoData.DFS.core.windows.net/2026/x y#1.parquet", PLACE),
        ("https://contosodata.dfs.core.windows.net/raw/2026/x%20y%231.parquet?sv=1&sig=abc", PLACE),
        (" wasbs://raw@contosodata.blob.core.windows.net\n", StoragePlace(Service.BLOB, "contosodata", "raw")),
        ("https://contosodata.blob.core.windows.net/raw", StoragePlace(Service.BLOB, "contosodata", "raw")),
        ("https://contosodata.z12.blob.storage.azure.net/raw/", StoragePlace(Service.BLOB, "contosodata", "raw", "", "storage.azure.net")),
        (
            "https://onelake.dfs.fabric.microsoft.com/Sales/Lake.Lakehouse/Files/a",
            StoragePlace(Service.DFS, "onelake", "Sales", "Lake.Lakehouse/Files/a", "fabric.microsoft.com"),
        ),
        ("azureml://datastores/claims", DatastorePlace("claims")),
        ("azureml://datastores/claims/paths/", DatastorePlace("claims")),
        (
            f"azureml:/{WORKSPACE.id}/datastores/claims/paths/a/b",
            DatastorePlace("claims", "a/b", WORKSPACE),
        ),
    ],
)
def test_what_is_pasted_is_understood(uri: str, place: object) -> None:
    assert parse(uri) == place


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "",
            "raw",
            "://",
            "https://",
            "https://[::1",
            "https://contosodata.blob.core.windows.net",
            "https://contosodata.blob.core.windows.net/",
        ),
        *(
            "https://example.com/raw/x",
            "abfss://contosodata.dfs.core.windows.net/x",
            "azureml://jobs/x/outputs/y/paths/z",
            "azureml://datastores",
        ),
        *("adl://store.example.com/x", "s3://bucket/x", "runs:/x"),
    ],
)
def test_what_is_no_place_is_none(uri: str) -> None:
    assert parse(uri) is None


def test_containers_are_told_apart_from_shares_of_the_same_name() -> None:
    blob, dfs, share = (StoragePlace(service, "a", "raw") for service in (Service.BLOB, Service.DFS, Service.FILE))
    assert blob.container_key == dfs.container_key != share.container_key


def test_a_signature_tells_when_it_ends_and_what_it_allows() -> None:
    base = "https://contosodata.blob.core.windows.net/raw/x?"
    assert uris.signed(f"{base}sp=r&se=2026-11-05T08:00:00Z&sig=•••") == Signed(datetime(2026, 11, 5, 8, tzinfo=UTC), "r")
    assert uris.signed(f"{base}se=2026-11-05&SIG=a%3D") == Signed(datetime(2026, 11, 5, tzinfo=UTC))
    assert uris.signed(f"{base}se=soon&sig=") == Signed()
    assert uris.signed(f"{base}design=big") is None
    assert uris.signed(base) is None


def test_what_may_be_a_signature_is_left_out() -> None:
    plain = "https://contosodata.blob.core.windows.net/raw/x"
    assert uris.without_query(f"{plain}?sv=1&sig=abc#x") == plain
    assert (
        uris.without_query("https://ml.azure.com/compute/x?wsid=/subscriptions/s") == "https://ml.azure.com/compute/x?wsid=/subscriptions/s"
    )
    assert uris.without_query("azureml://datastores/a/paths/b?c") == "azureml://datastores/a/paths/b?c"
