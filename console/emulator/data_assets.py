"""Data assets and their versions, for reading: as containers, each with the versions beneath it.

Bodies are as recorded; what a version of the previews adds (a stage, whose property, when it deletes itself) is null there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.emulator.datastores import author, refused
from console.emulator.errors import management_frontend_error
from console.emulator.estate import PROVIDER, DataAsset, DataVersion, Estate
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ACTION = f"{PROVIDER}/workspaces/data"
ALL = f"{WORKSPACE}/data"
ONE = f"{ALL}/{{asset}}"
PAGE_SIZE = 30
#: azure-ai-ml asks for data at the first of these.
VERSIONS = MACHINE_LEARNING | {"2023-04-01-preview"}
#: Versions whose schema has the fields of the previews.
_WITH_STAGE = frozenset({"2023-04-01-preview", "2023-08-01-preview", "2024-01-01-preview", "2024-04-01-preview"})
_ORDERS: dict[str, Callable[[DataVersion], Any]] = {
    "createdtime": lambda one: one.created_at,
    "modifiedtime": lambda one: one.created_at,
}


def _container(estate: Estate, asset: DataAsset) -> dict[str, Any]:
    versions = list(asset.versions.values())
    numbers = [int(one.name) for one in versions if one.name.isdecimal()]
    return {
        "id": asset.id,
        "name": asset.name,
        "type": ACTION,
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": asset.archived,
            "latestVersion": versions[-1].name,
            "nextVersion": str(max(numbers, default=0) + 1),
            "dataType": asset.data_type,
        },
        "systemData": author(estate, versions[0].created_by, "created", versions[0].created_at)
        | author(estate, versions[-1].created_by, "lastModified", versions[-1].created_at),
    }


def _version(call: Call, asset: DataAsset, version: DataVersion) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "description": version.description,
        "tags": {},
        "properties": {},
        "isArchived": version.archived or asset.archived,
        "isAnonymous": False,
        "dataUri": version.uri,
        "dataType": asset.data_type,
    }
    if call.query.get("api-version") in _WITH_STAGE:
        properties |= {"autoDeleteSetting": None, "stage": None, "intellectualProperty": None}
    if asset.data_type == "mltable":
        properties["referencedUris"] = list(version.referenced)
    made = author(call.world.estate, version.created_by, "created", version.created_at)
    return {
        "id": f"{asset.id}/versions/{version.name}",
        "name": version.name,
        "type": f"{ACTION}/versions",
        "properties": properties,
        "systemData": {**made, "lastModifiedAt": made["createdAt"]},
    }


def _seen(call: Call, archived: bool) -> bool:
    """Whether the call's `listViewType` takes in what is archived, or what is not."""
    view = call.query.get("listViewType", "ActiveOnly").lower()
    return view == "all" or archived == (view == "archivedonly")


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    estate, key = call.world.estate, workspace.id.lower()
    chosen = [one for one in estate.data_assets.values() if one.workspace_id == key and _seen(call, one.archived)]
    chosen.sort(key=lambda one: list(one.versions.values())[-1].created_at, reverse=True)
    return page(call, chosen, PAGE_SIZE, shape=lambda one: _container(estate, one))


def _find(call: Call) -> DataAsset | Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name = call.param("asset")
    found = call.world.estate.data_assets.get(f"{workspace.id}/data/{name}".lower())
    return _missing(call, f"Data container with name: {name} not found.") if found is None else found


def _missing(call: Call, sentence: str) -> Reply:
    # The form is that of a model's, which is recorded; for data the sentence is inferred from it.
    details = ({"code": "DataNotFound", "message": sentence},)
    return management_frontend_error(call, 404, "UserError", "The specified resource was not found.", "NotFoundError", details)


def _get(call: Call) -> Reply:
    found = _find(call)
    return found if isinstance(found, Reply) else Reply(200, _container(call.world.estate, found))


def _list_versions(call: Call) -> Reply:
    asset = _find(call)
    if isinstance(asset, Reply):
        return asset
    chosen = [one for one in asset.versions.values() if _seen(call, one.archived or asset.archived)]
    order, _, direction = call.query.get("$orderBy", "createdtime desc").lower().partition(" ")
    top = call.query.get("$top", "")
    if order not in _ORDERS or (top and not top.isdecimal()):
        return refused(call, f"Versions cannot be listed by '$orderBy={call.query.get('$orderBy', '')}' and '$top={top}'.")
    chosen.sort(key=_ORDERS[order], reverse=direction == "desc")
    return page(call, chosen[: int(top)] if top else chosen, PAGE_SIZE, shape=lambda one: _version(call, asset, one))


def _get_version(call: Call) -> Reply:
    asset = _find(call)
    if isinstance(asset, Reply):
        return asset
    found = asset.versions.get(call.param("version"))
    if found is None:
        return _missing(call, f"Data version with name: {asset.name}, version: {call.param('version')} not found.")
    return Reply(200, _version(call, asset, found))


def routes() -> list[Route]:
    return [
        Route("GET", ALL, _list, "schema", f"{ACTION}/read", VERSIONS),
        Route("GET", ONE, _get, "recorded", f"{ACTION}/read", VERSIONS),
        Route("GET", f"{ONE}/versions", _list_versions, "schema", f"{ACTION}/versions/read", VERSIONS),
        Route("GET", f"{ONE}/versions/{{version}}", _get_version, "recorded", f"{ACTION}/versions/read", VERSIONS),
    ]
