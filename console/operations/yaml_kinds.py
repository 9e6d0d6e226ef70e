"""Which kind of resource a text of the CLI's YAML describes: told by its `$schema` where it has one, else by its `type` and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COMPUTE, DATASTORE, CONNECTION = "compute", "datastore", "connection"
KINDS = (COMPUTE, DATASTORE, CONNECTION)
#: Types of datastores that no connection has, and those of both: a connection of these says where it leads, or how it is entered.
_DATASTORES = frozenset({"azure_file", "azure_data_lake_gen1", "one_lake"})
_BOTH = frozenset({"azure_blob", "azure_data_lake_gen2"})
_OF_CONNECTIONS = frozenset({"target", "url", "metadata", "is_shared"})


def kind_of(text: str) -> str:
    """The kind of what a text describes; "" where that cannot be told, and where it is no YAML at all."""
    from console.azure.compiler_compute_flaws import TYPES as COMPUTES
    from console.azure.compiler_connection_flaws import TYPES as CONNECTIONS
    from console.azure.compiler_yaml import YamlFlawError, read

    try:
        data = read(text)[0]
    except YamlFlawError:
        return ""
    told = str(data.get("type") or "").lower()
    by_schema = _by_schema(str(data.get("$schema") or "").lower())
    if by_schema:
        return by_schema
    if told in _BOTH:
        return CONNECTION if _entered(data) else DATASTORE
    if told in _DATASTORES:
        return DATASTORE
    if told in COMPUTES:
        return COMPUTE
    return CONNECTION if told in CONNECTIONS else ""


def _by_schema(schema: str) -> str:
    name = schema.rstrip().removesuffix(".schema.json").rpartition("/")[2]
    if not name or not schema.rstrip().endswith(".schema.json"):
        return ""
    if "connection" in name:
        return CONNECTION
    if "compute" in name:
        return COMPUTE
    return DATASTORE if name in {"azureblob", "azurefile", "azuredatalakegen1", "azuredatalakegen2", "onelake"} else ""


def _entered(data: Mapping[str, Any]) -> bool:
    credentials = data.get("credentials")
    return bool(_OF_CONNECTIONS & set(data)) or (isinstance(credentials, Mapping) and "type" in credentials)
