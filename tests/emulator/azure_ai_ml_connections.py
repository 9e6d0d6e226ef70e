"""What the real azure-ai-ml sees and makes of connections."""

from __future__ import annotations

from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    AccessKeyConfiguration,
    APIKeyConnection,
    AzureBlobStoreConnection,
    AzureOpenAIConnection,
    PatTokenConfiguration,
    UsernamePasswordConfiguration,
    WorkspaceConnection,
)
from azure.core.exceptions import HttpResponseError
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.mgmt.core.polling.arm_polling import ARMPolling


def links(client: MLClient, seen: dict[str, Any]) -> None:
    """Connections: lists, secrets, and several that are made, lost and deleted."""
    seen["connections"] = {one.name: [type(one).__name__, one.type, type(one.credentials).__name__] for one in client.connections.list()}
    seen["git connections"] = [one.name for one in client.connections.list(connection_type="git")]
    place = (client.resource_group_name, client.workspace_name)
    operations = client.connections._operation
    # The public list never asks for all of them, whatever it is told.
    seen["all connections"] = [one.name for one in operations.list(*place, include_all=True)]
    told = client.connections.get("openai", populate_secrets=True)
    seen["openai"] = [told.api_version, told.api_key, told.metadata["aml-console.vault-secret"], told.creation_context.created_by]
    seen["warehouse"] = operations.list_secrets(*place, "risk-warehouse").properties.credentials.username
    seen["blob connection"] = operations.list_secrets(*place, "chargebacks-blob").properties.credentials.key
    seen["tested"] = [tested(client, "openai", {}), tested(client, "openai", {"credentials": {"key": "canary-wrong"}})]
    make(client, seen)


def make(client: MLClient, seen: dict[str, Any]) -> None:
    made = (
        AzureOpenAIConnection(name="made-openai", azure_endpoint="https://contoso-openai.openai.azure.com/", api_key="canary-made"),
        APIKeyConnection(name="made-key", api_base="https://api", api_key="canary-made"),
        AzureBlobStoreConnection(
            name="made-blob",
            url="https://contosodata.blob.core.windows.net/chargebacks",
            container_name="chargebacks",
            account_name="contosodata",
            credentials=AccessKeyConfiguration(access_key_id="contosodata", secret_access_key="canary-made"),
        ),
        WorkspaceConnection(name="made-git", type="git", target="https://git", credentials=PatTokenConfiguration(pat="canary-made")),
        WorkspaceConnection(
            name="made-snow",
            type="snowflake",
            target="snow",
            credentials=UsernamePasswordConfiguration(username="me", password="canary-made"),
            is_shared=False,
            metadata={"owner": "risk"},
        ),
    )
    found = {one.name: client.connections.create_or_update(one, populate_secrets=True) for one in made}
    seen["made connections"] = {name: [one.type, one.is_shared] for name, one in found.items()}
    seen["made key"] = [found["made-openai"].api_key, found["made-key"].api_key, found["made-snow"].metadata]
    # Its round trip loses the secret: what it read was without.
    client.connections.create_or_update(client.connections.get("made-git"))
    place = (client.resource_group_name, client.workspace_name)
    seen["lost pat"] = client.connections._operation.list_secrets(*place, "made-git").properties.credentials.pat
    for name in found:
        client.connections.delete(name)
    client.connections.delete("made-git")
    try:
        client.connections.get("made-git")
    except HttpResponseError as error:
        seen["no connection"] = [error.status_code, error.error.message if error.error else None]


def tested(client: MLClient, name: str, more: dict[str, Any]) -> str | None:
    """What a test of a connection ends with; azure-ai-ml has none, so azure-core asks and polls."""
    operations = client.connections._operation
    kept = operations.get(client.resource_group_name, client.workspace_name, name)
    body = {"properties": {"authType": kept.properties.auth_type, **more}}
    request = HttpRequest("POST", f"{kept.id}/testconnection", params={"api-version": "2024-10-01-preview"}, json=body)
    request.url = operations._client.format_url(request.url, endpoint=operations._config.base_url)
    begun = operations._client._pipeline.run(request)
    begun.http_response.read()
    polling = ARMPolling(0.2, lro_options={"final-state-via": "location"})
    try:
        LROPoller(operations._client, begun, lambda _: None, polling).result()
    except HttpResponseError as error:
        return None if error.error is None else error.error.code
    return "passed"
