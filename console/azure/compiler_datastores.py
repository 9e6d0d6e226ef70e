"""Datastores by azure-ai-ml: its request for what fields or YAML tell of one, and one as its YAML. Part of the compiler child.

Only public calls are used: `load_datastore`, `datastores.create_or_update`, `datastores.get` and an entity's `dump`. What azure-ai-ml
sends is completed: it asks Azure not to try the credentials, and drops which identity Azure ML itself reads with.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from console.azure.captured import FlawsError
from console.azure.compiler_datastore_flaws import OWN, of_credentials, of_names, wrong_kind
from console.azure.compiler_sdk import Sdk
from console.azure.compiler_secrets import taken_out
from console.azure.compiler_words import told, written
from console.azure.compiler_yaml import merged
from console.azure.datastore_bodies import SECRETS
from console.azure.sources import DatastoreSecret

FIRST = (
    *("name", "type", "description", "account_name", "container_name", "file_share_name", "filesystem", "one_lake_workspace_name"),
    *("artifact", "endpoint", "protocol", "credentials", *OWN),
)
#: The CLI's word for a secret, by its name on the wire; and for what is told of an application beside it.
SECRET_FIELDS = {"key": "account_key", "sasToken": "sas_token", "clientSecret": "client_secret", "certificate": "certificate"}
TOLD_FIELDS = {"tenantId": "tenant_id", "clientId": "client_id", "thumbprint": "thumbprint"} | {
    "authorityUrl": "authority_url",
    "resourceUrl": "resource_url",
}


class Datastores:
    """What `compile` and `dump` of the kind `datastore` are done by."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def compile(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The request that makes (or replaces) a datastore, from `yaml` or `fields`, laid over the fields `over` where there are any.

        Credentials lie over others of the same form alone. Returns `request`, `secrets` (by the numbers of their slots), `kind` and
        `notes`. Raises FlawsError.
        """
        data, marks = told(asked)
        data = _over(asked.get("over") or {}, data)
        wrong = wrong_kind(data, marks)
        if wrong is not None:
            raise FlawsError([wrong])
        flaws = [*of_credentials(data, marks), *of_names(data, marks)]
        secrets: dict[str, str] = {}
        place = asked["workspace"]
        data = _of_the_cloud(taken_out(data, secrets), place)
        own = {OWN[name]: data.pop(name) for name in OWN if name in data}
        kind = str(data["type"])
        # Azure-ai-ml tells of credentials that do not fit what each of their forms has against them.
        plain = {name: value for name, value in data.items() if name != "credentials" or not flaws}
        try:
            entity = self._sdk.loaded("load_datastore", plain, marks, lambda: self._schema(kind))
        except FlawsError as error:
            flaws += [each for each in error.flaws if each["path"] not in {flaw["path"] for flaw in flaws}]
        except (TypeError, ValueError):
            if not flaws:
                raise
        if flaws:
            raise FlawsError(sorted(flaws, key=lambda each: int(each["line"])))
        captured = self._sdk.captured(place, {}, lambda client: client.datastores.create_or_update(entity), marks)
        request = captured.request(json.loads(captured.body or "{}"))
        request["query"]["skipValidation"] = "false"
        request["body"]["properties"].update(own)
        return {"request": request, "secrets": secrets, "kind": kind, "notes": []}

    def dump(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A datastore as the CLI writes it, from its JSON; a source stands for its secret, so that nobody needs to see it."""
        item = asked["item"]
        properties = item.get("properties") or {}
        plain = {**item, "properties": {**properties, "credentials": {"credentialsType": "None"}}}
        found: list[Any] = []
        self._sdk.answered(asked["workspace"], plain, lambda client: found.append(client.datastores.get(item["name"])))
        stream = io.StringIO()
        found[0].dump(stream)
        dumped = yaml.safe_load(stream.getvalue())
        dumped["credentials"] = _credentials(item)
        dumped |= {field: properties.get(name) for field, name in OWN.items()}
        facts = {"id": dumped.pop("id", None), "is_default": properties.get("isDefault")}
        return written(dumped, {name: value for name, value in facts.items() if value is not None}, FIRST)

    @lru_cache(maxsize=8)  # noqa: B019  (one of these lives as long as its process)
    def _schema(self, kind: str) -> Any:
        modules = {
            "azure_blob": ("azure_storage", "AzureBlobSchema"),
            "azure_file": ("azure_storage", "AzureFileSchema"),
            "azure_data_lake_gen2": ("azure_storage", "AzureDataLakeGen2Schema"),
            "one_lake": ("one_lake", "OneLakeSchema"),
        }
        module, name = modules[kind]
        return getattr(importlib.import_module(f"azure.ai.ml._schema._datastore.{module}"), name)(context={"base_path": "./"})


def _over(over: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` over `over`; credentials of another form replace those that there are, also by none (`credentials: {}`)."""
    if "credentials" not in data:
        return merged(over, data)
    before, after = over.get("credentials"), data["credentials"]
    alike = isinstance(before, Mapping) and isinstance(after, Mapping) and after and set(after) <= set(before)
    return merged(over, data) if alike else {**merged(over, {**data, "credentials": None}), "credentials": after}


def _of_the_cloud(data: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with the cloud's own places where they say none: azure-ai-ml would take those of the cloud that it was imported in."""
    data = dict(data)
    if data["type"] != "one_lake":
        data["endpoint"] = data.get("endpoint") or place["storage_suffix"]
    credentials = data.get("credentials")
    if isinstance(credentials, Mapping) and "tenant_id" in credentials and "authority_uri" not in credentials:
        data["credentials"] = {"authority_url": place["authority"], **credentials}
    return data


def _credentials(item: Mapping[str, Any]) -> dict[str, Any]:
    """The CLI's credentials, from the wire's."""
    kept = (item.get("properties") or {}).get("credentials") or {}
    secret = SECRETS.get(str(kept.get("credentialsType")))
    if secret is None:
        return {}
    told = {field: kept[name] for name, field in TOLD_FIELDS.items() if kept.get(name)}
    return told | {SECRET_FIELDS[secret]: str(DatastoreSecret(str(item["id"])))}
