"""What is pasted is found, however it was copied; names out of a URI match whole names only."""

from __future__ import annotations

import pytest

from console.domain.findable import Findable, query, search

WORKSPACE = (
    "/subscriptions/7cf20724-d953-4e26-9d87-cec31f7296ab/resourceGroups/ml-prod-rg"
    "/providers/Microsoft.MachineLearningServices/workspaces/fraud"
)


def findable(name: str, what: str = "compute", **texts: str) -> Findable:
    own = f"{WORKSPACE}/computes/{name}"
    return Findable(
        what, name, "compute", own, (("name", name), ("ARM id", own), *((label.replace("_", " "), text) for label, text in texts.items()))
    )


LOADED = [
    findable("nb-grace", owner="grace.okafor@contoso.com", owners_id="0A1B2C3D-0000-4000-8000-000000000001", last_run="brave_fox_ab12"),
    findable("nb-grace-2", owner="grace@contoso.com"),
    findable("gpu-train", last_runs_user="Grace Okafor"),
    Findable("workspace", "fraud", "", WORKSPACE, (("name", "fraud"), ("ARM id", WORKSPACE))),
    Findable("datastore", "claims", "datastores", f"{WORKSPACE}/datastores/claims", (("name", "claims"), ("account", "contosoclaims"))),
]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nb-grace", ["nb-grace"]),
        ("NB-GRACE", ["nb-grace"]),
        ("nb-gr", ["nb-grace", "nb-grace-2"]),
        ("grace", ["nb-grace", "nb-grace-2", "gpu-train"]),
        ("  'Grace.Okafor@Contoso.com',\n", ["nb-grace"]),
        ("“brave_fox_ab12”", ["nb-grace"]),
        ("0a1b2c3d-0000-4000-8000-000000000001", ["nb-grace"]),
        (f"{WORKSPACE}/computes/nb-grace", ["nb-grace"]),
        (f"{WORKSPACE}/computes/nb-grace/".upper(), ["nb-grace"]),
        (f'"{WORKSPACE[:70]}\n{WORKSPACE[70:]}/computes/nb-grace"', ["nb-grace"]),
        (WORKSPACE, ["fraud"]),
        ("7cf20724-d953-4e26-9d87-cec31f7296ab", ["nb-grace", "nb-grace-2", "gpu-train", "fraud"]),
        ("azureml://datastores/claims/paths/2026/x.parquet", ["claims"]),
        (f"azureml:/{WORKSPACE}/datastores/claims/paths/x", ["claims"]),
        ("azureml://jobs/brave_fox_ab12/outputs/artifacts/paths/model", ["nb-grace"]),
        ("abfss://raw@contosoclaims.dfs.core.windows.net/2026", ["claims"]),
        ("wasbs://raw@contosoclaims.blob.core.windows.net", ["claims"]),
        ("https://contosoclaims.blob.core.windows.net/raw/x?sv=1", ["claims"]),
        ("https://contosoclaims.z6.web.core.windows.net/", ["claims"]),
        ("https://contoso.blob.core.windows.net/raw", []),
        (f"https://ml.azure.com/compute/nb-grace/details?wsid={WORKSPACE}&tid=x", ["nb-grace", "fraud"]),
        (f"https://portal.azure.com/#@/resource{WORKSPACE}/overview", ["fraud"]),
        ("nobody@contoso.com", []),
        ("azureml://datastores/gone/paths/x", []),
    ],
)
def test_what_is_found(text: str, names: list[str]) -> None:
    assert [hit.found.name for hit in search(query(text), LOADED)] == names


def datastore(name: str, place: str, workspace: str = WORKSPACE) -> Findable:
    own = f"{workspace}/datastores/{name}"
    account = place.removeprefix("share ").partition("/")[0]
    return Findable("datastore", name, "datastores", own, (("name", name), ("ARM id", own), ("account", account), ("place", place)))


OTHER = WORKSPACE.replace("workspaces/fraud", "workspaces/vision")
STORED = [
    datastore("raw", "contosodata/raw"),
    datastore("curated", "contosodata/curated"),
    datastore("files", "share contosodata/raw"),
    datastore("raw", "contosovision/raw", OTHER),
    Findable("data asset", "claims", "data", f"{WORKSPACE}/data/claims", (("name", "claims"), ("place", "contosodata/raw/2026/Claims"))),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("abfss://raw@contosodata.dfs.core.windows.net/2026/Claims", ["data/claims"]),
        ("https://contosodata.blob.core.windows.net/raw/2026/Claims/?sp=r&sig=abc", ["data/claims"]),
        ("abfss://raw@contosodata.dfs.core.windows.net/2027", ["fraud/datastores/raw"]),
        ("wasbs://raw@ContosoData.blob.core.windows.net", ["fraud/datastores/raw"]),
        ("https://contosodata.file.core.windows.net/raw/x", ["datastores/files"]),
        ("https://contosodata.blob.core.windows.net/other", ["fraud/datastores/raw", "datastores/curated", "datastores/files"]),
        ("azureml://datastores/raw/paths/x", ["fraud/datastores/raw", "vision/datastores/raw"]),
        (f"azureml:/{OTHER}/datastores/raw/paths/x", ["vision/datastores/raw"]),
    ],
)
def test_the_narrowest_that_a_uri_means_is_found(text: str, found: list[str]) -> None:
    hits = search(query(text), STORED)
    assert len(hits) == len(found)
    assert all(hit.found.key.endswith(ending) for hit, ending in zip(hits, found, strict=True)), hits


def test_a_signature_that_is_pasted_is_looked_for_nowhere() -> None:
    assert "abc" not in str(query("https://contosodata.blob.core.windows.net/raw/x?sp=r&sig=abc"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nb-grace", "name"),
        ("ada@contoso.com", "e-mail"),
        ("0a1b2c3d-0000-4000-8000-000000000001", "GUID"),
        (WORKSPACE, "ARM id"),
        ("/datastores/x", "path"),
        ("abfss://a@b.dfs.core.windows.net", "URI"),
    ],
)
def test_what_it_looks_like_is_told(text: str, kind: str) -> None:
    assert query(text).kind == kind


@pytest.mark.parametrize(
    "text", ["", "  \n ", '""', "'", "https://", "azureml://", "://", "https://[::1", "//", "/", "@", "\x00", "azureml://datastores"]
)
def test_nonsense_is_read_without_a_fault(text: str) -> None:
    search(query(text), LOADED)
