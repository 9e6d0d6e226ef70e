"""Prints what azure-ai-ml and azure-keyvault-secrets see from outside: `python sdk_secrets.py READY_FILE WORKSPACE...`, as JSON.

Of each workspace its datastores and connections, of its first one's vault the secrets; a secret as the first digits of its hash alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Any

LINK = "aml-console.vault-secret"


def main(ready_file: str, *names: str) -> None:
    with open(ready_file, encoding="utf-8") as file:
        ready = json.load(file)
    os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    from azure.identity import ClientSecretCredential
    from azure.keyvault.secrets import SecretClient

    base, who = ready["resource_manager"], next(each for each in ready["identities"] if each["name"] == "admin")
    credential = ClientSecretCredential(
        ready["tenant_id"], who["client_id"], who["client_secret"], authority=base, disable_instance_discovery=True
    )
    seen: dict[str, Any] = {"datastores": {}, "connections": {}, "secrets": {}}
    for name in names:
        of_workspace(connect(ready, name, credential), seen)
    vault = SecretClient(ready["vaults"][f"kv-{names[0]}"], credential, verify_challenge_resource=False)
    for each in vault.list_properties_of_secrets():
        if each.name is not None and each.enabled:
            found = vault.get_secret(each.name)
            seen["secrets"][each.name] = [found.properties.version, fingerprint(found.value)]
    print(json.dumps(seen))


def of_workspace(client: Any, seen: dict[str, Any]) -> None:
    for one in client.datastores.list(include_secrets=True):
        place = getattr(one, "filesystem", None) or getattr(one, "container_name", None) or getattr(one, "file_share_name", None)
        told = [
            getattr(one, "account_name", ""),
            place,
            type(one.credentials).__name__,
            fingerprint(getattr(one.credentials, "account_key", "")),
        ]
        seen["datastores"][one.name] = told
    # The public list never asks for those to storage, whatever it is told, and the public get reads the secrets of API keys alone.
    place, operations = (client.resource_group_name, client.workspace_name), client.connections._operation
    for name in [one.name for one in operations.list(*place, include_all=True)]:
        one, secrets = client.connections.get(name), getattr(operations.list_secrets(*place, name).properties, "credentials", None)
        link = (one.metadata or {}).get(LINK, ""), (one.metadata or {}).get(f"{LINK}-version", "")
        seen["connections"][name] = [one.target, *link, fingerprint(getattr(secrets, "key", ""))]


def connect(ready: dict[str, Any], name: str, credential: Any) -> Any:
    from azure.ai.ml import MLClient

    base = ready["resource_manager"]
    place = next(each for each in ready["workspaces"] if each["name"] == name)
    metadata = {
        "azure_portal": "https://portal.localhost/",
        "resource_manager": base,
        "active_directory": base,
        "aml_resource_id": "https://ml.azure.com",
        "storage_endpoint": "core.windows.net",
        "registry_discovery_endpoint": f"{base}/",
    }
    return MLClient(
        credential,
        place["subscription_id"],
        place["resource_group"],
        name,
        cloud="Emulated",
        cloud_metadata=metadata,
        show_progress=False,
        enable_telemetry=False,
    )


def fingerprint(secret: str | None) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
