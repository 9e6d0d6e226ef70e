"""Keys of storage accounts on the wire: how old they are, and the requests that list them, make one anew and hand them on.

Microsoft.Storage (published swagger, storage.json) and Microsoft.MachineLearningServices (machineLearningServices.json).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from console.azure import connections, timestamps
from console.azure.datastores import API as MACHINE_LEARNING
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.sources import StorageKey
from console.domain.account_keys import KEYS, AccountKeys
from console.domain.connections import is_connection
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-05-01"
#: What each request needs (Azure permissions for Storage and for AI + machine learning).
LIST_KEYS = "Microsoft.Storage/storageAccounts/listkeys/action"
REGENERATE = "Microsoft.Storage/storageAccounts/regeneratekey/action"
WRITE_DATASTORES = "Microsoft.MachineLearningServices/workspaces/datastores/write"
WRITE_CONNECTIONS = "Microsoft.MachineLearningServices/workspaces/connections/write"
TEST_CONNECTIONS = "Microsoft.MachineLearningServices/workspaces/connections/testconnection/action"
LIST_SECRETS = "Microsoft.MachineLearningServices/workspaces/datastores/listsecrets/action"
LIST_CONNECTION_SECRETS = "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"
RESYNC = "Microsoft.MachineLearningServices/workspaces/resyncKeys/action"


class _Properties(msgspec.Struct, rename="camel"):
    key_creation_time: dict[str, str | None] | None = None
    allow_shared_key_access: bool | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str
    location: str | None = None
    properties: _Properties | None = None


class _Key(msgspec.Struct):
    name: str = msgspec.field(name="keyName")
    value: str


class _Keys(msgspec.Struct):
    keys: list[_Key]


class _Credentials(msgspec.Struct):
    key: str | None = None
    sas: str | None = None


class _Entered(msgspec.Struct):
    credentials: _Credentials | None = None


class _Secrets(msgspec.Struct, rename="camel"):
    """What datastores (at the top) and connections (below `properties`) tell of theirs."""

    key: str | None = None
    sas_token: str | None = None
    properties: _Entered | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read_one(arm: ArmClient, account_id: str) -> AccountKeys:
    """How old an account's keys are. Raises TroubleError, NOT_FOUND included."""
    answer = await arm.send(Request(method="GET", path=account_id, api_version=API))
    return _decoded(arm, answer.body, f"GET {account_id}")


async def find(arm: ArmClient, subscription_id: str, name: str) -> AccountKeys | None:
    """The account of that name in a subscription; None where the caller sees none. Raises TroubleError."""
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Storage/storageAccounts"
    async for page in arm.pages(Request(method="GET", path=path, api_version=API)):
        for raw in page:
            account = _decoded(arm, bytes(raw), f"GET {path}")
            if account.name.lower() == name.lower():
                return account
    return None


def _decoded(arm: ArmClient, raw: bytes, operation: str) -> AccountKeys:
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        raise unreadable(str(error), operation, arm.clock.now()) from error
    told = wire.properties or _Properties()
    times = told.key_creation_time or {}
    return AccountKeys(
        id=wire.id,
        name=wire.name,
        location=wire.location or "",
        made={key: timestamps.parse(times.get(key)) for key in KEYS},
        shared_key=told.allow_shared_key_access is not False,
    )


# Requests


def list_keys(account_id: str) -> Request:
    return Request(method="POST", path=f"{account_id}/listKeys", api_version=API)


def regenerate(account_id: str, key: str) -> Request:
    """Make a key anew; its old value opens nothing from then on."""
    return Request(method="POST", path=f"{account_id}/regenerateKey", api_version=API, body={"keyName": key})


def list_secrets(user_id: str) -> Request:
    """What a datastore or a connection holds."""
    if is_connection(user_id):
        return Request(method="POST", path=f"{user_id}/listsecrets", api_version=connections.API)
    return Request(method="POST", path=f"{user_id}/listSecrets", api_version=MACHINE_LEARNING)


def hand_connection(connection_id: str, settings: Mapping[str, Any], held: StorageKey) -> Request:
    """The PUT that gives a connection another key and leaves all else as it is; Azure takes it unchecked."""
    return connections.put_request(connection_id, {**settings, "credentials": {"key": str(held)}})


def try_connection(connection_id: str, settings: Mapping[str, Any], held: StorageKey) -> Request:
    """Have Azure enter a connection's target with a key; a long-running operation that fails where the target does not open."""
    return connections.test_request(connection_id, {**settings, "credentials": {"key": str(held)}})


def resync(workspace: WorkspaceRef) -> Request:
    """Have a workspace's own datastores take the key of their account; a long-running operation."""
    return Request(method="POST", path=f"{workspace.id}/resyncKeys", api_version=MACHINE_LEARNING)


def hand(datastore_id: str, raw: bytes, held: StorageKey) -> Request:
    """The PUT that gives a datastore another key and leaves all else as its GET has it; Azure checks that the key opens the storage.

    Raises TroubleError where the datastore is no longer one that holds a key.
    """
    try:
        properties = msgspec.json.decode(raw, type=dict[str, Any]).get("properties")
    except UNDECODABLE as error:
        raise TroubleError(_unfit(datastore_id, str(error))) from error
    credentials = properties.get("credentials") if isinstance(properties, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(credentials, Mapping) or credentials.get("credentialsType") != "AccountKey":
        raise TroubleError(_unfit(datastore_id, "it holds no account key now"))
    # `isDefault` is read-only in the schema.
    kept = {name: value for name, value in properties.items() if name not in {"credentials", "isDefault"} and value is not None}
    given = {**credentials, "secrets": {"secretsType": "AccountKey", "key": str(held)}}
    body = {"properties": {**kept, "credentials": given}}
    return Request(method="PUT", path=datastore_id, api_version=MACHINE_LEARNING, query={"skipValidation": "false"}, body=body)


def _unfit(datastore_id: str, why: str) -> Trouble:
    name = datastore_id.rsplit("/", 1)[-1]
    return Trouble(Kind.CONFLICT, f"{name} cannot be given another key: {why}. Read the radius again.", "NotKeyed")


# Answers that hold secrets


def keys_told(body: bytes) -> Mapping[str, str]:
    """Name of a key → the key, from an answer to `list_keys`. Raises ValueError, which repeats nothing of it."""
    try:
        return {each.name.lower(): each.value for each in msgspec.json.decode(body, type=_Keys).keys}
    except UNDECODABLE:
        raise ValueError("the list of keys cannot be read") from None


def secret_told(body: bytes) -> tuple[str, str]:
    """Key and shared access signature from an answer to `list_secrets`, "" for what it has none of. Raises ValueError likewise."""
    try:
        told = msgspec.json.decode(body, type=_Secrets)
    except UNDECODABLE:
        raise ValueError("its secret cannot be read") from None
    entered = (told.properties.credentials if told.properties is not None else None) or _Credentials()
    return told.key or entered.key or "", told.sas_token or entered.sas or ""


def ends(signature: str) -> datetime | None:
    """When a shared access signature runs out (`se`, UTC); None where it does not say so (a stored access policy does)."""
    told = parse_qs(signature.lstrip("?")).get("se", [""])[0]
    return timestamps.parse(f"{told}T00:00:00Z" if len(told) == len("2026-01-31") else told)
