"""Whether a connection's credentials open what it leads to now, and if not, why.

Storage decides it as the storage services do, the services of the story by their own keys. What lies outside of the emulated world is said
to be unknown, never to be open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from console.emulator import connection_targets, storage_access, storage_keys
from console.emulator.connection_categories import DATA
from console.emulator.connection_targets import UNKNOWN
from console.emulator.estate import Estate, StorageAccount, Workspace
from console.emulator.storage_access import Denial
from console.emulator.storage_accounts import named


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be judged of a connection. `caller` is the object id of who asks, None where nobody does."""

    category: str
    auth_type: str
    target: str | None
    metadata: Mapping[str, str | None]
    credentials: Mapping[str, Any]
    by_workspace_identity: bool
    caller: str | None = None


def place(target: str | None, metadata: Mapping[str, str | None]) -> tuple[str, str]:
    """The storage account and the container or filesystem that a connection to data leads to; "" for what is not told.

    azure-ai-ml writes both into the metadata of a connection to blobs; else they are read from the target, https or abfss.
    """
    parts = urlsplit(target or "")
    host, path = parts.hostname or "", parts.path.strip("/").partition("/")[0]
    if parts.username:
        path = parts.username
    return str(metadata.get("AccountName") or host.partition(".")[0]), str(metadata.get("ContainerName") or path)


def account(estate: Estate, category: str, target: str | None, metadata: Mapping[str, str | None]) -> StorageAccount | None:
    """The emulated storage account behind a connection, or None."""
    return named(estate, place(target, metadata)[0]) if category in ("AzureBlob", "ADLSGen2") else None


def key_held(found: StorageAccount, estate: Estate, asked: Asked) -> str | None:
    """Which key of an account a connection holds, or its signature was made with; None if neither."""
    match asked.auth_type:
        case "AccountKey" | "AccessKey":
            return storage_keys.holder(estate, found, _key(asked.credentials))
        case "SAS":
            container = place(asked.target, asked.metadata)[1]
            return storage_keys.signer(estate, found, str(asked.credentials.get("sas", "")), "blob", container)
    return None


def _key(credentials: Mapping[str, Any]) -> str:
    return str(credentials.get("key") or credentials.get("secretAccessKey") or "")


def denial(estate: Estate, now: datetime, workspace: Workspace, asked: Asked) -> Denial | None:
    """Why a connection does not open what it leads to, or None: it does. The code is `TargetUnknown` where nobody here can tell."""
    if asked.category == "AzureOneLake":
        return Denial(UNKNOWN, "OneLake is not emulated: whether the credentials open it cannot be told.")
    if asked.category in DATA:
        return _storage(estate, now, workspace, asked)
    return connection_targets.denial(estate, asked.target, asked.auth_type, asked.credentials)


def _storage(estate: Estate, now: datetime, workspace: Workspace, asked: Asked) -> Denial | None:
    name, container = place(asked.target, asked.metadata)
    if asked.category == "AzureBlob":
        body = {"datastoreType": "AzureBlob", "accountName": name, "containerName": container}
    else:
        body = {"datastoreType": "AzureDataLakeGen2", "accountName": name, "filesystem": container}
    held = asked.credentials

    def judged(kind: str, credentials: Mapping[str, Any] | None = None, **secrets: Any) -> Denial | None:
        told = {"credentialsType": kind, **(credentials or {})}
        return storage_access.denial(estate, now, workspace, body, told, {one: str(value or "") for one, value in secrets.items()})

    match asked.auth_type:
        case "AccountKey" | "AccessKey":
            return judged("AccountKey", key=_key(held))
        case "SAS":
            return judged("Sas", sasToken=held.get("sas"))
        case "ServicePrincipal":
            whose = {name: held.get(name) for name in ("tenantId", "clientId")}
            return judged("ServicePrincipal", whose, clientSecret=held.get("clientSecret"))
        case "ManagedIdentity":
            return Denial("IdentityNotFound", f"Workspace '{workspace.name}' has no user-assigned identity '{held.get('resourceId')}'.")
    # Without credentials, it is the identity of the workspace or that of whoever uses the connection.
    if asked.by_workspace_identity:
        body["serviceDataAccessAuthIdentity"] = "WorkspaceSystemAssignedIdentity"
        return judged("None")
    if asked.caller is None:
        return Denial(UNKNOWN, "Whoever uses the connection is let in or not; nobody does.")
    return judged("Principal", {"objectId": asked.caller})
