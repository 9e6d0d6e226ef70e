"""What a client asks first of a cloud that it does not know: where its other endpoints are."""

from __future__ import annotations

from typing import Any

from console.emulator.routing import Call, Reply, Route

NAME = "AmlConsoleEmulator"

# Reserved by RFC 2606: no storage account, vault or registry is reached by these.
STORAGE_SUFFIX, VAULT_SUFFIX, REGISTRY_SUFFIX = "storage.invalid", "vault.invalid", "registry.invalid"


def _cloud(base_url: str) -> dict[str, Any]:
    return {
        "portal": f"{base_url}/",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": [base_url, "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "media": base_url,
        "graphAudience": base_url,
        "graph": base_url,
        "name": NAME,
        "suffixes": {"storage": STORAGE_SUFFIX, "keyVaultDns": VAULT_SUFFIX, "acrLoginServer": REGISTRY_SUFFIX},
        "batch": base_url,
        "resourceManager": base_url,
        "microsoftGraphResourceId": base_url,
        "gallery": base_url,
    }


def _endpoints(call: Call) -> Reply:
    cloud = _cloud(call.base_url)
    # Clients of 2019 want a list of clouds, later ones the one that they asked.
    return Reply(200, [cloud] if call.query.get("api-version", "") < "2020" else cloud)


def routes() -> list[Route]:
    versions = frozenset({"2019-05-01", "2022-09-01"})
    return [Route("GET", "/metadata/endpoints", _endpoints, "sdk", api_versions=versions, anonymous=True)]
