"""What connections are made for: the common categories, with what each has to be told, in the fields of the CLI's YAML.

Types and fields are those of azure-ai-ml 1.35.2 (`load_connection`); `custom_keys` is a word of the console's own compiler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from console.domain.connection_kinds import FITTING, Auth


class More(NamedTuple):
    """Something else that a connection of a purpose is told: its field in YAML, what it is called, help, and whether it is needed."""

    field: str
    label: str
    help: str
    needed: bool = True


class Purpose(NamedTuple):
    """`type` is the CLI's word, `category` Azure's; `field` is the YAML's for the target, of which `help` gives an example."""

    name: str
    note: str
    type: str
    category: str
    field: str
    help: str
    more: tuple[More, ...] = ()

    @property
    def auths(self) -> tuple[Auth, ...]:
        """What it may be entered with, the usual first."""
        own = FITTING[self.category.lower()]
        return (Auth.CUSTOM_KEYS,) if self.type == "custom" else own

    @property
    def by_key(self) -> bool:
        """Whether the YAML has an `api_key` in place of credentials."""
        return Auth.API_KEY in self.auths


PURPOSES = (
    Purpose(
        "Azure OpenAI",
        "models behind an endpoint of your own",
        "azure_open_ai",
        "AzureOpenAI",
        "azure_endpoint",
        "https://NAME.openai.azure.com",
        (More("api_version", "API version", "Of the models' API, such as 2024-10-21; empty: the caller says.", False),),
    ),
    Purpose("AI Search", "an index to search in", "azure_ai_search", "CognitiveSearch", "endpoint", "https://NAME.search.windows.net"),
    Purpose(
        "blob",
        "a container of a storage account (a datastore serves jobs better)",
        "azure_blob",
        "AzureBlob",
        "url",
        "https://ACCOUNT.blob.core.windows.net/CONTAINER",
        (More("account_name", "account", "The storage account's name."), More("container_name", "container", "The container's name.")),
    ),
    Purpose(
        "ADLS gen2",
        "a file system of a storage account with folders",
        "azure_data_lake_gen2",
        "ADLSGen2",
        "target",
        "https://ACCOUNT.dfs.core.windows.net/FILESYSTEM",
    ),
    Purpose("git", "a repository of code", "git", "Git", "target", "https://github.com/ORG/REPOSITORY"),
    Purpose(
        "Python feed",
        "packages for environments",
        "python_feed",
        "PythonFeed",
        "target",
        "https://pkgs.dev.azure.com/ORG/_packaging/FEED/pypi/simple",
    ),
    Purpose("container registry", "images for environments", "container_registry", "ContainerRegistry", "target", "NAME.azurecr.io"),
    Purpose(
        "Snowflake",
        "a database to import from",
        "snowflake",
        "Snowflake",
        "target",
        "jdbc:snowflake://ACCOUNT.snowflakecomputing.com/?db=DB&warehouse=W&role=R",
    ),
    Purpose(
        "Azure SQL",
        "a database to import from",
        "azure_sql_db",
        "AzureSqlDb",
        "target",
        "Server=tcp:NAME.database.windows.net,1433;Database=DB",
    ),
    Purpose("API key", "any service that takes a key", "api_key", "ApiKey", "api_base", "https://api.example.com"),
    Purpose(
        "custom keys", "any service, with keys by names of your own", "custom", "CustomKeys", "target", "Any text: an address, a name."
    ),
    Purpose(
        "serverless model",
        "a model that is paid by the token",
        "serverless",
        "Serverless",
        "endpoint",
        "https://NAME.REGION.models.ai.azure.com",
    ),
)
#: How the YAML spells an auth type and the fields of its credentials, by the fields on the wire.
_TYPES = {
    Auth.PAT: ("pat", {"pat": "pat"}),
    Auth.USER: ("username_password", {"username": "username", "password": "password"}),
    Auth.MANAGED_IDENTITY: ("managed_identity", {"clientId": "client_id", "resourceId": "resource_id"}),
    Auth.SAS: ("sas", {"sas": "sas_token"}),
    Auth.ACCOUNT_KEY: ("account_key", {"key": "account_key"}),
    Auth.SERVICE_PRINCIPAL: ("service_principal", {"clientId": "client_id", "clientSecret": "client_secret", "tenantId": "tenant_id"}),
    Auth.ACCESS_KEY: ("access_key", {"accessKeyId": "access_key_id", "secretAccessKey": "secret_access_key"}),
    Auth.AAD: ("aad", {}),
    Auth.NONE: ("none", {}),
}


def document(
    purpose: Purpose,
    name: str,
    target: str,
    auth: Auth,
    given: Mapping[str, str],
    *,
    more: Mapping[str, str],
    shared: bool,
    metadata: Mapping[str, str],
    expires: str = "",
    key_name: str = "",
) -> dict[str, Any]:
    """A connection in the fields of the CLI's YAML. `given` are the fields of its credentials as on the wire, secrets or their sources.

    `expires` is a time in ISO 8601 ("": not known); of custom keys `key_name` is the name of the one that `given` has as `key`.
    """
    told: dict[str, Any] = {"name": name, "type": purpose.type, purpose.field: target, "is_shared": shared}
    told |= {field: value for field, value in more.items() if value}
    if metadata:
        told["metadata"] = dict(metadata)
    if expires:
        told["expiry_time"] = expires
    if auth is Auth.CUSTOM_KEYS:
        return {**told, "credentials": {"type": "custom_keys", "keys": {key_name: given["key"]}}}
    if purpose.by_key:
        return {**told, "api_key": given["key"]} if auth is Auth.API_KEY else told
    word, fields = _TYPES[auth]
    return {**told, "credentials": {"type": word, **{fields[field]: value for field, value in given.items() if value}}}
