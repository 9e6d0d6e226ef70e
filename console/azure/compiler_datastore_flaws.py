"""Flaws of a datastore's fields that azure-ai-ml lets pass or tells badly. Part of the compiler child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from console.azure.compiler_flaws import Flaw, flaw
from console.azure.compiler_yaml import Marks
from console.azure.slots import SLOT
from console.azure.sources import source
from console.domain.names import container_name_fault, datastore_name_fault, storage_account_name_fault

#: `type` of the CLI's YAML → what it is called, and its schema in azure-ai-ml.
TYPES = {
    "azure_blob": "a blob datastore",
    "azure_file": "a file datastore",
    "azure_data_lake_gen2": "a Data Lake Gen2 datastore",
    "one_lake": "a OneLake datastore",
}
RETIRED = "azure_data_lake_gen1"
KIND_IN_SCHEMA = re.compile(r"/([A-Za-z0-9]+)\.schema\.json\s*$")
DATASTORE_SCHEMAS = frozenset({"azureblob", "azurefile", "azuredatalakegen1", "azuredatalakegen2", "onelake"})
#: Fields of YAML that only this console knows, and where they are on the wire: azure-ai-ml drops them.
OWN = {"service_data_access_auth_identity": "serviceDataAccessAuthIdentity", "subscription_id": "subscriptionId"} | {
    "resource_group": "resourceGroup"
}
#: `ServiceDataAccessAuthIdentity` of the published swagger.
IDENTITIES = ("None", "WorkspaceSystemAssignedIdentity", "WorkspaceUserAssignedIdentity")
CONTAINERS = ("container_name", "file_share_name", "filesystem")


class Form(NamedTuple):
    """A way to open a datastore: what it is called, the fields by which it is meant, all that it needs, and what it may have."""

    label: str
    meant: tuple[str, ...]
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


_APPLICATION, _PLACES = ("tenant_id", "client_id"), ("authority_url", "authority_uri", "resource_url")
FORMS = (
    Form("an account key", ("account_key",), ("account_key",)),
    Form("a SAS", ("sas_token",), ("sas_token",)),
    Form("a certificate", ("certificate", "thumbprint"), (*_APPLICATION, "thumbprint", "certificate"), _PLACES),
    Form("a service principal", ("client_secret", *_APPLICATION, *_PLACES), (*_APPLICATION, "client_secret"), _PLACES),
)
KEY, SAS, CERTIFICATE, SERVICE_PRINCIPAL = FORMS
OPENED_BY = {
    "azure_blob": (KEY, SAS),
    "azure_file": (KEY, SAS),
    "azure_data_lake_gen2": (SERVICE_PRINCIPAL, CERTIFICATE),
    "one_lake": (SERVICE_PRINCIPAL,),
}


def wrong_kind(data: Mapping[str, Any], marks: Marks) -> Flaw | None:
    """What says that this is no datastore at all; None where it may be one."""
    told, schema = data.get("type"), data.get("$schema")
    found = KIND_IN_SCHEMA.search(schema) if isinstance(schema, str) else None
    kinds = ", ".join(TYPES)
    if found and found[1].lower() not in DATASTORE_SCHEMAS:
        return flaw(("$schema",), f"this is YAML of another kind ({found[1]}); a datastore's `type` is one of {kinds}", marks)
    if told is None:
        return flaw((), f"`type` is missing; it is one of {kinds}", marks)
    if told == RETIRED:
        return flaw(("type",), "Data Lake Storage Gen1 has ended on 2024-02-29: nothing can be registered there", marks)
    if told not in TYPES:
        return flaw(("type",), f"this is no type of a datastore; it is one of {kinds}", marks)
    return None


def of_names(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    """Names that Azure would refuse, an artifact that is not named, an identity that is none."""
    rules = {"name": datastore_name_fault, "account_name": storage_account_name_fault} | dict.fromkeys(CONTAINERS, container_name_fault)
    for name, rule in rules.items():
        told = data.get(name)
        if isinstance(told, str) and (fault := rule(told)) is not None:
            yield flaw((name,), fault.rstrip("."), marks)
    if data.get("type") == "one_lake" and not isinstance(data.get("artifact"), Mapping):
        yield flaw(("artifact",), "`artifact` is missing: its `name` is the lakehouse's", marks)
    identity = data.get("service_data_access_auth_identity")
    if identity is not None and identity not in IDENTITIES:
        path = ("service_data_access_auth_identity",)
        yield flaw(path, f"it is one of {', '.join(IDENTITIES)}", marks)


def of_credentials(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    """Credentials that do not fit the type or are not whole. No value is told."""
    told = data.get("credentials")
    if told is None or told == {}:
        return
    if not isinstance(told, Mapping):
        yield flaw(("credentials",), "it has fields: leave it out where identity opens the datastore", marks)
        return
    meant = [form for form in FORMS[:-1] if any(name in told for name in form.meant)]
    if "client_secret" in told or (not meant and any(name in told for name in SERVICE_PRINCIPAL.meant)):
        meant.append(SERVICE_PRINCIPAL)
    allowed = OPENED_BY[str(data["type"])]
    opens = f"{TYPES[str(data['type'])]} is opened by {' or '.join(form.label for form in allowed)}, or by identity (no credentials)"
    if len(meant) > 1:
        yield flaw(("credentials",), f"these are {' and '.join(form.label for form in meant)}; one is enough", marks)
    elif meant and meant[0] not in allowed:
        yield flaw(("credentials",), f"{opens}, not by {meant[0].label}", marks)
    else:
        yield from _of_fields(told, meant[0] if meant else None, allowed, opens, marks)


def _of_fields(told: Mapping[str, Any], form: Form | None, allowed: tuple[Form, ...], opens: str, marks: Marks) -> Iterator[Flaw]:
    forms = allowed if form is None else (form,)
    known = [name for each in forms for name in (*each.needed, *each.optional)]
    for name in told:
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            hint = f"; did you mean `{near[0]}`?" if near else f": {opens}"
            yield flaw(("credentials", str(name)), f"there is no such field{hint}", marks)
    for name in form.needed if form is not None else ():
        value = told.get(name)
        if value is None or value == "":
            yield flaw(("credentials", name), f"`{name}` is missing", marks)
        elif not isinstance(value, str):
            yield flaw(("credentials", name), "it has to be a text: put it in quotes", marks)
        elif not SLOT.fullmatch(value) and source(value) is None and (fault := _of_secret(name, value)):
            yield flaw(("credentials", name), fault, marks)


def _of_secret(name: str, value: str) -> str:
    """What can be seen to be wrong with a secret; "" where nothing is. It is not repeated."""
    if name == "sas_token" and "sig=" not in value:
        return "this is no SAS: it has no `sig`"
    if name == "certificate" and "-----BEGIN" in value and value.count("-----BEGIN") != value.count("-----END"):
        return "this PEM is cut off: a part of it that begins does not end"
    return ""
