"""What is typed of a datastore: as the CLI's YAML has it, as the datastore that it comes to, and what of it does not fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.domain.creation import parse_tags
from console.domain.datastores import Auth, Datastore, Type
from console.domain.names import container_name_fault, storage_account_name_fault
from console.domain.reasons.reader_links import SYSTEM_IDENTITY
from console.domain.scopes import WorkspaceRef
from screens.forms.fields import Values

#: What stands in the form for a type, and the CLI's word for it.
TYPES = {
    "blob": (Type.BLOB, "azure_blob"),
    "file": (Type.FILE, "azure_file"),
    "gen2": (Type.GEN2, "azure_data_lake_gen2"),
    "OneLake": (Type.ONELAKE, "one_lake"),
}
#: The field of the CLI's YAML that a container is in.
CONTAINERS = {"blob": "container_name", "file": "file_share_name", "gen2": "filesystem"}
IDENTITY, KEY, TYPED_KEY, SAS, APP = "identity", "key", "typed key", "SAS", "app secret"
AUTHS = {IDENTITY: Auth.IDENTITY, KEY: Auth.KEY, TYPED_KEY: Auth.KEY, SAS: Auth.SAS, APP: Auth.SERVICE_PRINCIPAL}
#: What opens which type, by azure-ai-ml's schemas of datastores.
FITTING = {
    "blob": (IDENTITY, KEY, TYPED_KEY, SAS),
    "file": (IDENTITY, KEY, TYPED_KEY, SAS),
    "gen2": (IDENTITY, APP),
    "OneLake": (IDENTITY, APP),
}
#: Those for which a secret is typed.
SECRETIVE = frozenset({TYPED_KEY, SAS, APP})
WORKSPACE, NOBODY = "the workspace", "who looks"


def as_read(values: Values, place: WorkspaceRef, suffix: str) -> Datastore:
    """The datastore that the values come to."""
    kind, _ = TYPES[values["type"]]
    identity = SYSTEM_IDENTITY if values["auth"] == IDENTITY and values["reads_as"] == WORKSPACE else ""
    return Datastore(
        id=f"{place.id}/datastores/{values['name'].strip()}",
        name=values["name"].strip(),
        workspace=place,
        type=kind,
        account=values["account"].strip(),
        container=values["container"].strip(),
        endpoint="" if kind is Type.ONELAKE else suffix,
        auth=AUTHS[values["auth"]],
        client_id=values["client_id"].strip(),
        tenant_id=values["tenant_id"].strip(),
        service_identity=identity,
    )


def document(values: Values, key: str) -> dict[str, Any]:
    """The fields of the CLI's YAML; `key` is what stands for the account's key where Azure's own is taken."""
    _, word = TYPES[values["type"]]
    told: dict[str, Any] = {"type": word, "name": values["name"].strip()}
    if text := values["description"].strip():
        told["description"] = text
    if tags := parse_tags(values["tags"]):
        told["tags"] = tags
    if values["type"] == "OneLake":
        told |= {"one_lake_workspace_name": values["account"].strip()}
        told["artifact"] = {"type": "lake_house", "name": values["container"].strip()}
    else:
        told |= {"account_name": values["account"].strip(), CONTAINERS[values["type"]]: values["container"].strip()}
    if opened := _credentials(values, key):
        told["credentials"] = opened
    elif values["reads_as"] == WORKSPACE:
        told["service_data_access_auth_identity"] = SYSTEM_IDENTITY
    return told


def faults(values: Values) -> dict[str, str]:
    """What does not fit together, by field."""
    found = {}
    kind, auth = values["type"], values["auth"]
    if auth not in FITTING[kind]:
        found["auth"] = f"{kind} is opened by {' or '.join(FITTING[kind])}"
    if kind != "OneLake":
        account, container = values["account"].strip(), values["container"].strip()
        found |= {"account": storage_account_name_fault(account) or "" if account else ""}
        found |= {"container": container_name_fault(container) or "" if container else ""}
    if auth in SECRETIVE and not values["secret"].strip():
        found["secret"] = "needed: it is not shown, and not kept"
    if auth == APP:
        found |= {name: f"{what} is needed" for name, what in _OF_APPS.items() if not values[name].strip()}
    return {name: fault for name, fault in found.items() if fault}


_OF_APPS: Mapping[str, str] = {"client_id": "the application's client id", "tenant_id": "its tenant's id"}


def _credentials(values: Values, key: str) -> dict[str, str]:
    secret = values["secret"].strip()
    match values["auth"]:
        case "key":
            return {"account_key": key}
        case "typed key":
            return {"account_key": secret}
        case "SAS":
            return {"sas_token": secret}
        case "app secret":
            return {"tenant_id": values["tenant_id"].strip(), "client_id": values["client_id"].strip(), "client_secret": secret}
    return {}


def seed(row: Datastore) -> Values | None:
    """What a datastore has, as the values that the form of a new one begins with; None for one that the form does not make.

    Its secret is not known; where it keeps a key, the account's own is taken.
    """
    kind = next((word for word, (each, _) in TYPES.items() if each is row.type), None)
    auth = next((word for word, each in AUTHS.items() if each is row.auth), None)
    if kind is None or auth is None or row.fault:
        return None
    return {
        "type": kind,
        "account": row.account,
        "container": row.container,
        "auth": auth,
        "client_id": row.client_id,
        "tenant_id": row.tenant_id,
        "reads_as": WORKSPACE if row.service_identity else NOBODY,
        "description": row.description,
        "tags": ", ".join(f"{name}={value}" for name, value in row.tags.items()),
    }
