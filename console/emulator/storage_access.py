"""Whether what a datastore is opened with opens its storage now, and if not, why: as the storage services, Entra ID and roles decide it.

The codes and sentences of Azure Storage and Entra ID are theirs, from their documentation; that Machine Learning checks in this order is
inferred. OneLake is not emulated, so nothing is found wrong with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console.emulator import storage_keys
from console.emulator.applications import Application, application
from console.emulator.estate import Estate, StorageAccount, Workspace
from console.emulator.rbac import may
from console.emulator.storage_accounts import TYPE, named

_CONTAINERS = f"{TYPE}/blobServices/containers"
READ_BLOBS = f"{_CONTAINERS}/blobs/read"
READ_FILES = f"{TYPE}/fileServices/fileshares/files/read"


@dataclass(frozen=True, slots=True)
class Denial:
    """Why storage does not open: a code of the service that says so, and its sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a datastore's data is: `service` is blob or file, `missing` what is said where there is no such container."""

    account: StorageAccount
    service: str
    container: str
    missing: Denial

    @property
    def scope(self) -> str:
        path = "fileServices/default/fileshares" if self.service == "file" else "blobServices/default/containers"
        return f"{self.account.id}/{path}/{self.container}"


_BAD_KEY = Denial(
    "AuthenticationFailed",
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
)
_NO_KEYS = Denial("KeyBasedAuthenticationNotPermitted", "Key based authentication is not permitted on this storage account.")
_NOT_AUTHORIZED = "This request is not authorized to perform this operation"
_NOT_PERMITTED = Denial("AuthorizationPermissionMismatch", f"{_NOT_AUTHORIZED} using this permission.")
_NETWORK = Denial("AuthorizationFailure", f"{_NOT_AUTHORIZED}.")
_GEN1 = Denial("ServiceRetired", "Azure Data Lake Storage Gen1 was retired on 29 February 2024.")
#: By the type of a datastore: the service that holds its data, the field that names where, and what is said where that is missing.
PLACES = {
    "AzureBlob": ("blob", "containerName", Denial("ContainerNotFound", "The specified container does not exist.")),
    "AzureFile": ("file", "fileShareName", Denial("ShareNotFound", "The specified share does not exist.")),
    "AzureDataLakeGen2": ("blob", "filesystem", Denial("FilesystemNotFound", "The specified filesystem does not exist.")),
}


def denial(
    estate: Estate, now: datetime, workspace: Workspace, body: Mapping[str, Any], credentials: Mapping[str, Any], secrets: Mapping[str, str]
) -> Denial | None:
    """Why a datastore's storage does not open from a workspace, or None: it does. `body` and `credentials` are as on the wire.

    Credentials of the type Principal, which no datastore has, are those of whoever has that `objectId`.
    """
    kind = str(body["datastoreType"])
    if kind == "AzureDataLakeGen1":
        return _GEN1
    if kind not in PLACES:
        return None
    service, field, missing = PLACES[kind]
    account = named(estate, str(body["accountName"]))
    if account is None:
        return Denial("AccountNotFound", f"The storage account '{body['accountName']}' does not exist: its name leads nowhere.")
    place = _Place(account, service, str(body[field]), missing)
    if account.body["publicNetworkAccess"] == "Disabled" and workspace.body["managedNetwork"]["isolationMode"] == "Disabled":
        return _NETWORK
    refused = _refused(estate, now, workspace, place, body, credentials, secrets)
    held = account.shares if service == "file" else account.containers
    return refused or (None if place.container in held else missing)


def _refused(
    estate: Estate,
    now: datetime,
    workspace: Workspace,
    place: _Place,
    body: Mapping[str, Any],
    credentials: Mapping[str, Any],
    secrets: Mapping[str, str],
) -> Denial | None:
    match credentials["credentialsType"]:
        case "AccountKey":
            if not place.account.body["allowSharedKeyAccess"]:
                return _NO_KEYS
            return None if storage_keys.holder(estate, place.account, secrets.get("key", "")) is not None else _BAD_KEY
        case "Sas":
            return _signature(estate, now, place, secrets.get("sasToken", ""))
        case "ServicePrincipal" | "Certificate":
            known = _signed_in(estate, credentials, secrets)
            return known if isinstance(known, Denial) else _principal(estate, place, known.object_id)
        case "Principal":
            return _principal(estate, place, str(credentials["objectId"]))
    return _identity(estate, workspace, place, str(body.get("serviceDataAccessAuthIdentity") or "None"))


def _signature(estate: Estate, now: datetime, place: _Place, token: str) -> Denial | None:
    if not place.account.body["allowSharedKeyAccess"]:
        return _NO_KEYS
    if storage_keys.signer(estate, place.account, token, place.service, place.container) is None:
        return _BAD_KEY
    fields = storage_keys.read_sas(token)
    try:
        start = datetime.fromisoformat(fields["st"]) if fields.get("st") else now
        end = datetime.fromisoformat(fields["se"])
    except (KeyError, ValueError):
        return _BAD_KEY
    start, end = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC) for moment in (start, end))
    if not start <= now < end:
        told = " - ".join(f"{name} [{at:%a, %d %b %Y %H:%M:%S} GMT]" for name, at in (("Start", start), ("Expiry", end), ("Current", now)))
        return Denial("AuthenticationFailed", f"Signature not valid in the specified time frame: {told}.")
    if "ss" in fields and place.service[0] not in fields["ss"]:
        return Denial("AuthorizationServiceMismatch", f"{_NOT_AUTHORIZED} using this service.")
    if "ss" in fields and not {"c", "o"} <= set(fields.get("srt", "")):
        return Denial("AuthorizationResourceTypeMismatch", f"{_NOT_AUTHORIZED} using this resource type.")
    return None if {"r", "l"} <= set(fields.get("sp", "")) else _NOT_PERMITTED


def _signed_in(estate: Estate, credentials: Mapping[str, Any], secrets: Mapping[str, str]) -> Application | Denial:
    """The application that signs in with what a datastore keeps, or how Entra ID refuses it."""
    tenant, client = str(credentials.get("tenantId")), str(credentials.get("clientId"))
    if tenant.lower() != estate.tenant_id.lower():
        return Denial("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
    known = application(estate, client)
    if known is None:
        return Denial(
            "unauthorized_client", f"AADSTS700016: Application with identifier '{client}' was not found in the directory 'Contoso'."
        )
    if credentials["credentialsType"] == "Certificate":
        given, right = secrets.get("certificate", ""), known.certificate
        wrong = "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application."
    else:
        given, right = secrets.get("clientSecret", ""), known.secret
        wrong = f"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the one of app '{client}'."
    matches = bool(right) and hmac.compare_digest(given.encode(), right.encode())
    return known if matches else Denial("invalid_client", wrong)


def _principal(estate: Estate, place: _Place, object_id: str) -> Denial | None:
    """Whether roles or the access control list of a container let a principal read what is in it."""
    held = place.account.shares if place.service == "file" else place.account.containers
    container = held.get(place.container)
    if container is not None and object_id in container.readers:
        return None
    action = READ_FILES if place.service == "file" else READ_BLOBS
    attributes = {f"@resource[{_CONTAINERS.lower()}:name]": place.container}
    return None if may(estate, object_id, action, place.scope, data=True, attributes=attributes) else _NOT_PERMITTED


def _identity(estate: Estate, workspace: Workspace, place: _Place, identity: str) -> Denial | None:
    """Without credentials: whether the identity that the service is to use may read; where it uses none, nobody is asked about."""
    if identity == "WorkspaceSystemAssignedIdentity":
        principal = workspace.identity.get("principalId")
        if principal is None:
            return Denial("IdentityNotFound", f"Workspace '{workspace.name}' has no system-assigned identity.")
        return _principal(estate, place, str(principal))
    if identity == "WorkspaceUserAssignedIdentity":
        return Denial("IdentityNotFound", f"Workspace '{workspace.name}' has no user-assigned identity.")
    return None
