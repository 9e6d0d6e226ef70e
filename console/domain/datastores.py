"""Datastores: storage under a name of Azure ML, and what opens it. Published swagger, machineLearningServices.json (`Datastore`)."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from console.domain import uris
from console.domain.findable import GUID
from console.domain.scopes import WorkspaceRef
from console.domain.uris import PUBLIC, Service, StoragePlace

#: Those that come with a workspace (recorded of azure-ai-ml): jobs, uploads and notebooks rest on them.
SYSTEM = frozenset({"workspaceblobstore", "workspacefilestore", "workspaceartifactstore", "workspaceworkingdirectory"})
#: What a lakehouse's name ends in where a name is told, and the only part of one that Azure ML reads (its documentation of OneLake).
LAKEHOUSE, FILES = ".Lakehouse", "Files"
ONELAKE_HOST = "onelake.dfs.fabric.microsoft.com"
#: The state of a datastore that is there: it has no other.
REGISTERED = "registered"
#: Aspects of a datastore as a plan's target: when it was changed last; with a time after SINCE, whether it was changed after that.
CHANGED, SINCE = "changed", "since "
ANEW, AS_BEFORE = "made anew", "as before"


class Type(StrEnum):
    """`DatastoreType` of the swagger."""

    BLOB = "AzureBlob"
    FILE = "AzureFile"
    GEN1 = "AzureDataLakeGen1"
    GEN2 = "AzureDataLakeGen2"
    ONELAKE = "OneLake"
    UNKNOWN = "?"

    @property
    def label(self) -> str:
        return _TYPES[self]


class Auth(StrEnum):
    """`CredentialsType` of the swagger: what a datastore keeps to enter the storage. IDENTITY: nothing, whoever reads must be let in."""

    KEY = "AccountKey"
    SAS = "Sas"
    SERVICE_PRINCIPAL = "ServicePrincipal"
    CERTIFICATE = "Certificate"
    IDENTITY = "None"
    UNKNOWN = "?"

    @property
    def label(self) -> str:
        return _AUTHS[self]


_TYPES = {
    Type.BLOB: "blob",
    Type.FILE: "file",
    Type.GEN1: "ADLS gen1",
    Type.GEN2: "ADLS gen2",
    Type.ONELAKE: "OneLake",
    Type.UNKNOWN: "?",
}
_AUTHS = {
    Auth.KEY: "key",
    Auth.SAS: "SAS",
    Auth.SERVICE_PRINCIPAL: "service principal",
    Auth.CERTIFICATE: "certificate",
    Auth.IDENTITY: "identity",
    Auth.UNKNOWN: "?",
}
_SERVICES = {Type.BLOB: Service.BLOB, Type.FILE: Service.FILE, Type.GEN2: Service.DFS, Type.GEN1: Service.GEN1}


class Spelling(NamedTuple):
    """A way to write a place: what it is called, and the URI."""

    label: str
    uri: str


class Datastore(msgspec.Struct, frozen=True, kw_only=True):
    """One datastore, decoded; no secret of it is ever in a list.

    `container` is a file system of gen2, a share of files, an artifact of OneLake, whose `account` is Fabric's workspace; `endpoint`
    what follows the service in the account's host (of OneLake its host). `client_id`, `tenant_id`, `authority` and `thumbprint` tell
    of a service principal. `service_identity` is what Azure ML itself reads with (previews in studio), `storage_subscription` and
    `storage_group` where the account is, each "" where it is not told. `fault` says why it could not be read.
    """

    id: str
    name: str
    workspace: WorkspaceRef
    type: Type = Type.UNKNOWN
    type_word: str = ""
    account: str = ""
    container: str = ""
    endpoint: str = ""
    auth: Auth = Auth.UNKNOWN
    auth_word: str = ""
    client_id: str = ""
    tenant_id: str = ""
    authority: str = ""
    thumbprint: str = ""
    service_identity: str = ""
    storage_subscription: str = ""
    storage_group: str = ""
    default: bool = False
    tags: dict[str, str] = {}
    description: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    modified_on: datetime | None = None
    modified_by: str = ""
    fault: str = ""

    @property
    def system(self) -> bool:
        """Whether it came with its workspace."""
        return self.name.lower() in SYSTEM

    @property
    def retired(self) -> bool:
        """Whether its service has ended: Data Lake Storage Gen1 on 2024-02-29."""
        return self.type is Type.GEN1

    @property
    def target(self) -> str:
        """Account and container, as people say it; "?" for what is not told."""
        if self.fault:
            return ""
        return self.account or "?" if self.type is Type.GEN1 else f"{self.account or '?'}/{self.container or '?'}"

    def aspect(self, name: str) -> str:
        """What a plan rests on, in words: "" is that it is there, else CHANGED, or SINCE and a time. Raises ValueError for else."""
        if not name:
            return REGISTERED
        changed = self.modified_on.isoformat() if self.modified_on is not None else "?"
        if name == CHANGED:
            return changed
        if name.startswith(SINCE):
            return AS_BEFORE if changed == name.removeprefix(SINCE) else ANEW
        raise ValueError(f"a datastore has no {name!r}")

    @property
    def last_changed(self) -> datetime | None:
        return self.modified_on

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False

    def place(self, path: str = "") -> StoragePlace | None:
        """Where a path on it is stored; None where that is not told."""
        if self.type is Type.ONELAKE:
            return self._in_onelake(path) if self.account and self.container else None
        service = _SERVICES.get(self.type)
        if service is None or not self.account or not (self.container or service is Service.GEN1):
            return None
        suffix = uris.GEN1_HOST if service is Service.GEN1 else self.endpoint or PUBLIC
        return StoragePlace(service, self.account.lower(), self.container, path, suffix.lower())

    def spellings(self, path: str = "") -> tuple[Spelling, ...]:
        """Every way to write a path on it; `wasbs://` is understood but not offered, as its driver is deprecated."""
        found = [Spelling("azureml, short", uris.azureml_short(self.name, path))]
        found.append(Spelling("azureml, long", uris.azureml_long(self.workspace, self.name, path)))
        place = self.place(path)
        if place is not None:
            told = (Spelling("abfss", uris.abfss(place)), Spelling("https", uris.https(place)), Spelling("adl (retired)", uris.adl(place)))
            found += [spelling for spelling in told if spelling.uri]
        return tuple(found)

    def _in_onelake(self, path: str) -> StoragePlace:
        host = (self.endpoint or ONELAKE_HOST).removeprefix("https://").rstrip("/")
        account, _, suffix = host.partition(".dfs.")
        artifact = self.container if GUID.match(self.container) or self.container.endswith(LAKEHOUSE) else f"{self.container}{LAKEHOUSE}"
        inner = f"{artifact}/{FILES}" + (f"/{path}" if path else "")
        return StoragePlace(Service.DFS, account.lower(), self.account, inner, suffix.lower())


def is_datastore(target_id: str) -> bool:
    """Whether an ARM id is a datastore's."""
    return re.search(r"/workspaces/[^/]+/datastores/[^/]+\Z", target_id, re.IGNORECASE) is not None


def can_delete(row: Datastore) -> str:
    """Why a datastore may not be deleted ("" where it may)."""
    return "it came with its workspace: jobs, uploads and notebooks rest on it" if row.system else ""
