"""Datastores: create, replace, delete, and tell the secrets.

With `skipValidation=false` the storage behind is really asked whether the credentials open it; azure-ai-ml always skips that.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from console.emulator.datastore_requests import CREDENTIALS, InvalidDatastoreError, Wanted, parse
from console.emulator.datastores import ACTION, ONE, arm_id, body, find, refused
from console.emulator.estate import Datastore, Workspace
from console.emulator.metadata import STORAGE_SUFFIX
from console.emulator.routing import Call, Reply, Route
from console.emulator.storage_access import denial
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import find as find_workspace


def _put(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name, estate = call.param("datastore"), call.world.estate
    try:
        wanted = parse(call.body, name, STORAGE_SUFFIX)
    except InvalidDatastoreError as trouble:
        return refused(call, str(trouble))
    existing = estate.datastores.get(arm_id(workspace, name).lower())
    if existing is not None and existing.body["datastoreType"] != wanted.body["datastoreType"]:
        return refused(call, f"Datastore '{existing.name}' is of type {existing.body['datastoreType']}; its type cannot be changed.")
    unopened = None if _skips(call) else _checked(call, workspace, wanted)
    if unopened is not None:
        return unopened
    if existing is not None:
        _replace(call, existing, wanted)
        return Reply(200, body(estate, existing))
    made = _made(call, workspace, name, wanted)
    estate.datastores[made.id.lower()] = made
    location = f"{call.base_url}{call.path}?{urlencode(call.query, safe='$', quote_via=quote)}"
    return Reply(201, body(estate, made), {"Location": location})


def _skips(call: Call) -> bool:
    return call.query.get("skipValidation", "false").lower() == "true"


def _checked(call: Call, workspace: Workspace, wanted: Wanted) -> Reply | None:
    world = call.world
    found = denial(world.estate, world.clock.now(), workspace, wanted.body, wanted.credentials, wanted.secrets)
    if found is None:
        return None
    sentence = f"The datastore '{call.param('datastore')}' cannot be reached with these credentials: {found.message}"
    return refused(call, sentence, ({"code": found.code, "message": found.message},))


def _made(call: Call, workspace: Workspace, name: str, wanted: Wanted) -> Datastore:
    now = call.world.clock.now()
    return Datastore(
        id=arm_id(workspace, name),
        workspace_id=workspace.id.lower(),
        name=name,
        created_at=now,
        created_by=call.principal_id,
        modified_at=now,
        modified_by=call.principal_id,
        body=wanted.body,
        credentials=wanted.credentials,
        secrets=wanted.secrets,
        description=wanted.description,
        tags=wanted.tags,
        properties=wanted.properties,
    )


def _replace(call: Call, existing: Datastore, wanted: Wanted) -> None:
    existing.body, existing.credentials, existing.secrets = wanted.body, wanted.credentials, wanted.secrets
    existing.description, existing.tags, existing.properties = wanted.description, wanted.tags, wanted.properties
    existing.modified_at, existing.modified_by = call.world.clock.now(), call.principal_id


def _delete(call: Call) -> Reply:
    """Forget a datastore; the data stays where it is, and so does whatever names the datastore."""
    found = find(call)
    if isinstance(found, Reply):
        workspace = find_workspace(call)
        return workspace if isinstance(workspace, Reply) else Reply(204)
    datastore = found[1]
    if datastore.system:
        return refused(call, f"Datastore '{datastore.name}' came with the workspace and cannot be deleted.")
    del call.world.estate.datastores[datastore.id.lower()]
    return Reply(200)


def _list_secrets(call: Call) -> Reply:
    found = find(call)
    if isinstance(found, Reply):
        return found
    datastore = found[1]
    kind = datastore.credentials["credentialsType"]
    name = CREDENTIALS[kind][0]
    if name is None:
        # No recording shows what is answered here; the schema has no secrets without a type.
        return refused(call, f"Datastore '{datastore.name}' is opened by identity: it has no secrets.")
    return Reply(200, {"secretsType": kind, name: datastore.secrets.get(name)})


def routes() -> list[Route]:
    return [
        Route("PUT", ONE, _put, "recorded", f"{ACTION}/write", MACHINE_LEARNING),
        Route("DELETE", ONE, _delete, "recorded", f"{ACTION}/delete", MACHINE_LEARNING),
        Route("POST", f"{ONE}/listSecrets", _list_secrets, "recorded", f"{ACTION}/listsecrets/action", MACHINE_LEARNING),
    ]
