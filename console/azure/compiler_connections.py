"""Connections by azure-ai-ml: its request for what fields or YAML tell of one. Part of the compiler child.

Only public calls are used: `load_connection` and `connections.create_or_update`. What azure-ai-ml sends is completed: it has no custom
keys, no time of expiry, and a name for an account key that the schema has not. Its reading of connections fails on some of its own, so
that one is told as YAML here.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from console.azure.captured import FlawsError
from console.azure.compiler_connection_flaws import AUTHS, CUSTOM_KEYS, OWN, TYPES, of_credentials, of_fields, wrong_kind
from console.azure.compiler_sdk import Sdk
from console.azure.compiler_secrets import taken_out
from console.azure.compiler_words import told, written
from console.azure.compiler_yaml import merged
from console.azure.sources import ConnectionSecret

FIRST = ("name", "type", *dict.fromkeys(kind.target for kind in TYPES.values() if kind.target), "credentials", "api_key", *OWN)
#: Fields that azure-ai-ml keeps in the metadata, by their names there.
IN_METADATA = {
    "azure_blob": {"AccountName": "account_name", "ContainerName": "container_name"},
    "azure_open_ai": {"ApiVersion": "api_version", "ResourceId": "open_ai_resource_id", "ApiType": ""},
    "azure_ai_services": {"ResourceId": "ai_services_resource_id"},
    "azure_content_safety": {"Kind": ""},
    "azure_speech_services": {"Kind": ""},
}
#: `authType`s that have no credentials on the wire.
WITHOUT_CREDENTIALS = frozenset({"None", "AAD"})
#: What tells two types of one category apart.
KINDS = {"content safety": "azure_content_safety", "speech": "azure_speech_services"}


class Connections:
    """What `compile` and `dump` of the kind `connection` are done by."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def compile(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The request that makes (or replaces) a connection, from `yaml` or `fields`, laid over the fields `over` where there are any.

        Returns `request`, `secrets` (by the numbers of their slots), `kind` and `notes`. Raises FlawsError.
        """
        data, marks = told(asked)
        data = _over(asked.get("over") or {}, data)
        wrong = wrong_kind(data, marks)
        if wrong is not None:
            raise FlawsError([wrong])
        flaws = [*of_credentials(data, marks), *of_fields(data, marks)]
        secrets: dict[str, str] = {}
        data = taken_out(data, secrets)
        kind = str(data["type"])
        own = {OWN[name]: data.pop(name) for name in OWN if name in data}
        keys = _custom_keys(data)
        plain = {name: value for name, value in data.items() if name != "credentials" or not (flaws or keys is not None)}
        try:
            entity = self._sdk.loaded("load_connection", plain, marks, lambda: self._schema(kind))
        except FlawsError as error:
            flaws += [each for each in error.flaws if each["path"] not in {flaw["path"] for flaw in flaws}]
        except (TypeError, ValueError):
            if not flaws:
                raise
        if flaws:
            raise FlawsError(sorted(flaws, key=lambda each: int(each["line"])))
        captured = self._sdk.captured(asked["workspace"], {}, lambda client: client.connections.create_or_update(entity), marks)
        request = captured.request(json.loads(captured.body or "{}"))
        _complete(request["body"]["properties"], own, keys)
        return {"request": request, "secrets": secrets, "kind": kind, "notes": []}

    def dump(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A connection as the CLI writes it, from its JSON; sources stand for its credentials, so that nobody needs to see them."""
        item = asked["item"]
        properties = item.get("properties") or {}
        kind = _type_of(properties)
        if kind is None:
            raise FlawsError([{"path": "type", "line": 0, "message": f"azure-ai-ml has no YAML for a {properties.get('category')}"}])
        metadata = dict(properties.get("metadata") or {})
        fields = {"name": item["name"], "type": kind, TYPES[kind].target or "target": properties.get("target")}
        fields |= {field: metadata.pop(name, None) for name, field in IN_METADATA.get(kind, {}).items() if field}
        for name, field in IN_METADATA.get(kind, {}).items():
            if not field:
                metadata.pop(name, None)
        if kind in {"open_ai", "serp"}:
            fields.pop("target", None)
        fields |= _credentials(item, kind) | {"metadata": metadata, "is_shared": properties.get("isSharedToAll")}
        fields |= {field: properties.get(name) for field, name in OWN.items()}
        facts = {"id": item.get("id"), "group": properties.get("group"), "made in": properties.get("createdByWorkspaceArmId")}
        return written(fields, {name: value for name, value in facts.items() if value}, FIRST, ("metadata", "is_shared"))

    @lru_cache(maxsize=32)  # noqa: B019  (one of these lives as long as its process)
    def _schema(self, kind: str) -> Any:
        entity = importlib.import_module("azure.ai.ml.entities").WorkspaceConnection
        return entity._get_schema_class_from_type(kind)(context={"base_path": "./"})


def _over(over: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` over `over`; credentials of another type replace those that there are."""
    before, after = over.get("credentials"), data.get("credentials")
    alike = isinstance(before, Mapping) and isinstance(after, Mapping) and before.get("type") == after.get("type")
    new = merged(over, data)
    return new if "credentials" not in data or alike else {**new, "credentials": after}


def _custom_keys(data: Mapping[str, Any]) -> Any:
    """The keys of a custom connection, or the source of all of them; None where it has no such credentials."""
    told = data.get("credentials")
    return told.get("keys") if isinstance(told, Mapping) and told.get("type") == CUSTOM_KEYS else None


def _complete(properties: dict[str, Any], own: Mapping[str, Any], keys: Any) -> None:
    """What azure-ai-ml drops or names otherwise than the published schema."""
    properties.update({name: _utc(told) for name, told in own.items()})
    if keys is not None:
        properties |= {"authType": AUTHS[CUSTOM_KEYS][0], "credentials": {"keys": keys}}
    if properties.get("authType") == "AccountKey":
        properties["credentials"] = {"key": properties["credentials"]["sas"]}


def _utc(told: Any) -> str:
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _type_of(properties: Mapping[str, Any]) -> str | None:
    """The CLI's type of a connection on the wire, whose category is written as its maker liked."""
    category = str(properties.get("category") or "").replace("_", "").lower()
    if category == "cognitiveservice":
        return KINDS.get(str((properties.get("metadata") or {}).get("Kind") or "").lower())
    return next((kind for kind, each in TYPES.items() if each.category.lower() == category), None)


def _credentials(item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The CLI's credentials of a connection; its `api_key` where its type has that."""
    auth = str((item.get("properties") or {}).get("authType") or "None")
    where = str(item["id"])
    if TYPES[kind].api_key:
        return {} if auth in WITHOUT_CREDENTIALS else {"api_key": str(ConnectionSecret(where, "key"))}
    word = next((word for word, (name, _) in AUTHS.items() if name.lower() == auth.lower()), None)
    if word is None:
        raise FlawsError([{"path": "credentials.type", "line": 0, "message": f"azure-ai-ml has no YAML for credentials of type {auth}"}])
    fields = {field: str(ConnectionSecret(where, name)) for field, name in AUTHS[word][1].items()}
    return {"credentials": {"type": word, **fields}}
