"""Flaws of a connection's fields that azure-ai-ml lets pass or tells badly. Part of the compiler child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

from console.azure.compiler_flaws import Flaw, flaw
from console.azure.compiler_yaml import Marks
from console.azure.sources import source
from console.domain.names import connection_name_fault


class Kind(NamedTuple):
    """A type of the CLI's YAML: its `category` on the wire, the field for its target, other fields that it needs, and what may open it.

    `auths` are words of `credentials.type`; "": nothing may be said; None: anything. `api_key` says whether that stands for credentials:
    may, must, or neither.
    """

    category: str
    target: str = "target"
    needed: tuple[str, ...] = ()
    auths: tuple[str, ...] | None = None
    api_key: str = ""


MAY, MUST = "may", "must"
#: Types of azure-ai-ml 1.35.2, with what its `CONNECTION_CATEGORY_TO_CREDENTIAL_MAP` and schemas take for each.
TYPES = {
    "git": Kind("Git", auths=("pat", "username_password", "none")),
    "python_feed": Kind("PythonFeed", auths=("pat", "username_password", "none")),
    "container_registry": Kind("ContainerRegistry", auths=("managed_identity", "username_password")),
    "s3": Kind("S3"),
    "snowflake": Kind("Snowflake"),
    "azure_sql_db": Kind("AzureSqlDb"),
    "azure_synapse_analytics": Kind("AzureSynapseAnalytics"),
    "azure_my_sql_db": Kind("AzureMySqlDb"),
    "azure_postgres_db": Kind("AzurePostgresDb"),
    "custom": Kind("CustomKeys"),
    "azure_data_lake_gen2": Kind("ADLSGen2", auths=("service_principal", "aad", "managed_identity")),
    "azure_blob": Kind("AzureBlob", "url", ("account_name", "container_name"), ("account_key", "sas", "aad")),
    "azure_one_lake": Kind("AzureOneLake", "endpoint", ("one_lake_workspace_name", "artifact"), ("service_principal", "aad")),
    "azure_open_ai": Kind("AzureOpenAI", "azure_endpoint", (), (), MAY),
    "azure_ai_services": Kind("AIServices", "endpoint", ("ai_services_resource_id",), (), MAY),
    "azure_ai_search": Kind("CognitiveSearch", "endpoint", (), (), MAY),
    "azure_content_safety": Kind("CognitiveService", "endpoint", (), (), MAY),
    "azure_speech_services": Kind("CognitiveService", "endpoint", (), (), MAY),
    "api_key": Kind("ApiKey", "api_base", (), (), MUST),
    "open_ai": Kind("OpenAI", "", (), (), MUST),
    "serp": Kind("Serp", "", (), (), MUST),
    "serverless": Kind("Serverless", "endpoint", (), (), MUST),
}
#: `credentials.type` → the `authType` on the wire, and the fields with their names there. `custom_keys` is this console's own word.
AUTHS: dict[str, tuple[str, dict[str, str]]] = {
    "none": ("None", {}),
    "aad": ("AAD", {}),
    "pat": ("PAT", {"pat": "pat"}),
    "sas": ("SAS", {"sas_token": "sas"}),
    "account_key": ("AccountKey", {"account_key": "key"}),
    "api_key": ("ApiKey", {"key": "key"}),
    "username_password": ("UsernamePassword", {"username": "username", "password": "password"}),
    "managed_identity": ("ManagedIdentity", {"client_id": "clientId", "resource_id": "resourceId"}),
    "service_principal": ("ServicePrincipal", {"tenant_id": "tenantId", "client_id": "clientId", "client_secret": "clientSecret"}),
    "access_key": ("AccessKey", {"access_key_id": "accessKeyId", "secret_access_key": "secretAccessKey"}),
    "custom_keys": ("CustomKeys", {"keys": "keys"}),
}
CUSTOM_KEYS = "custom_keys"
#: Azure takes one of them, or both, for a managed identity.
OPTIONAL = frozenset({"managed_identity"})
#: Fields of YAML that only this console knows, and where they are on the wire: azure-ai-ml drops them.
OWN = {"expiry_time": "expiryTime"}
KIND_IN_SCHEMA = re.compile(r"/([A-Za-z0-9]+)\.schema\.json\s*$")


def wrong_kind(data: Mapping[str, Any], marks: Marks) -> Flaw | None:
    """What says that this is no connection at all; None where it may be one."""
    told, schema = data.get("type"), data.get("$schema")
    found = KIND_IN_SCHEMA.search(schema) if isinstance(schema, str) else None
    kinds = ", ".join(TYPES)
    if found and "connection" not in found[1].lower():
        return flaw(("$schema",), f"this is YAML of another kind ({found[1]}); a connection's `type` is one of {kinds}", marks)
    if told is None:
        return flaw((), f"`type` is missing; it is one of {kinds}", marks)
    if told not in TYPES:
        return flaw(("type",), f"this is no type of a connection; it is one of {kinds}", marks)
    return None


def of_fields(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    """A name that Azure would refuse, what its type needs, an expiry that is no time."""
    kind, name = TYPES[str(data["type"])], data.get("name")
    if isinstance(name, str) and (fault := connection_name_fault(name)) is not None:
        yield flaw(("name",), fault.rstrip("."), marks)
    whole = kind.category == "AzureOneLake" and data.get("target")
    for field in () if whole else filter(None, (kind.target, *kind.needed)):
        if data.get(field) in (None, ""):
            yield flaw((field,), f"`{field}` is missing", marks)
    expires = data.get("expiry_time")
    if expires is not None and _moment(expires) is None:
        yield flaw(("expiry_time",), "it is a time in UTC: 2027-01-31T00:00:00Z", marks)


def of_credentials(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    """Credentials that do not fit the type or are not whole. No value is told."""
    kind, told = TYPES[str(data["type"])], data.get("credentials")
    if kind.api_key:
        if told is not None:
            yield flaw(("credentials",), f"a connection of type {data['type']} has none: it has an `api_key`", marks)
        if kind.api_key == MUST and data.get("api_key") in (None, ""):
            yield flaw(("api_key",), "`api_key` is missing", marks)
        return
    if told is None:
        if kind.auths is not None and not {"none", "aad"} & set(kind.auths):
            yield flaw((), f"`credentials` is missing: {_opened(data)}", marks)
        return
    auth = told.get("type") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or auth is None:
        yield flaw(("credentials",), f"its `type` is missing; it is one of {', '.join(AUTHS)}", marks)
    elif auth not in AUTHS:
        yield flaw(("credentials", "type"), f"this is no type of credentials; it is one of {', '.join(AUTHS)}", marks)
    elif (kind.auths is not None and auth not in kind.auths) or (auth == CUSTOM_KEYS and kind.category != "CustomKeys"):
        yield flaw(("credentials", "type"), f"{_opened(data)}, not by {auth}", marks)
    else:
        yield from _of_auth(told, str(auth), marks)


def _opened(data: Mapping[str, Any]) -> str:
    auths = TYPES[str(data["type"])].auths
    return f"a connection of type {data['type']} is opened by {' or '.join(auths or (each for each in AUTHS if each != CUSTOM_KEYS))}"


def _of_auth(told: Mapping[str, Any], auth: str, marks: Marks) -> Iterator[Flaw]:
    fields = AUTHS[auth][1]
    for name in told:
        if name != "type" and name not in fields:
            near = get_close_matches(str(name), fields, 1)
            yield flaw(("credentials", str(name)), f"there is no such field{f'; did you mean `{near[0]}`?' if near else ''}", marks)
    for name in fields:
        value = told.get(name)
        if value in (None, "", {}):
            if auth not in OPTIONAL:
                yield flaw(("credentials", name), f"`{name}` is missing", marks)
        elif name == "keys":
            yield from _of_keys(value, marks)
        elif not isinstance(value, str):
            yield flaw(("credentials", name), "it has to be a text: put it in quotes", marks)


def _of_keys(keys: Any, marks: Marks) -> Iterator[Flaw]:
    if isinstance(keys, str) and source(keys) is not None:
        return
    if not isinstance(keys, Mapping):
        yield flaw(("credentials", "keys"), "it is a name and a value for each key", marks)
        return
    for name, value in keys.items():
        if not isinstance(value, str):
            yield flaw(("credentials", "keys", str(name)), "it has to be a text: put it in quotes", marks)


def _moment(told: Any) -> datetime | None:
    try:
        return told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError:
        return None
