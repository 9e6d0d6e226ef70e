"""Prints the state that azure-ai-ml sees of one compute: `python sdk_state.py READY_FILE COMPUTE`, a client from outside."""

from __future__ import annotations

import json
import os
import sys


def main(ready_file: str, compute: str) -> None:
    with open(ready_file, encoding="utf-8") as file:
        ready = json.load(file)
    os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    from azure.ai.ml import MLClient
    from azure.identity import ClientSecretCredential

    base, who = ready["resource_manager"], next(each for each in ready["identities"] if each["name"] == "admin")
    credential = ClientSecretCredential(
        ready["tenant_id"], who["client_id"], who["client_secret"], authority=base, disable_instance_discovery=True
    )
    place = ready["workspaces"][0]
    metadata = {
        "azure_portal": "https://portal.localhost/",
        "resource_manager": base,
        "active_directory": base,
        "aml_resource_id": "https://ml.azure.com",
        "storage_endpoint": "core.windows.net",
        "registry_discovery_endpoint": f"{base}/",
    }
    client = MLClient(
        credential,
        place["subscription_id"],
        place["resource_group"],
        place["name"],
        cloud="Emulated",
        cloud_metadata=metadata,
        show_progress=False,
        enable_telemetry=False,
    )
    state = client.compute.get(compute).state
    print(getattr(state, "value", state))


if __name__ == "__main__":
    main(*sys.argv[1:])
