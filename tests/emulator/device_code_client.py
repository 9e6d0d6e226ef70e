"""A script that knows nothing but the ready file: signs a person in with the real DeviceCodeCredential and prints what came of it as JSON.

Run as `python device_code_client.py READY_FILE WHO`, with REQUESTS_CA_BUNDLE naming the emulator's CA. The code is approved
on the control plane.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from azure.identity import DeviceCodeCredential
from azure.mgmt.authorization import AuthorizationManagementClient


def main(ready: dict[str, Any], who: str) -> dict[str, Any]:
    base = ready["resource_manager"]
    trust = ssl.create_default_context(cafile=ready["ca_file"])
    shown = []

    def approve(address: str, user_code: str, expires: Any) -> None:
        shown.append(address)
        body = json.dumps({"user_code": user_code, "as": who}).encode()
        headers = {"Authorization": f"Bearer {ready['control_token']}"}
        urlopen(Request(f"{base}/emulator/approve", body, headers), context=trust).close()

    credential = DeviceCodeCredential(authority=base, disable_instance_discovery=True, prompt_callback=approve)
    record = credential.authenticate(scopes=[f"{base}/.default"])
    client = AuthorizationManagementClient(
        credential, ready["workspaces"][0]["subscription_id"], base_url=base, credential_scopes=[f"{base}/.default"]
    )
    assignments = [held.id for held in client.role_assignments.list_for_subscription()]
    graph = credential.get_token("https://graph.microsoft.com/.default").token
    people = urlopen(Request(f"{base}/v1.0/users", headers={"Authorization": f"Bearer {graph}"}), context=trust).read()
    return {
        "shown": shown,
        "assignments": len(assignments),
        "people": len(json.loads(people)["value"]),
        "username": record.username,
        "tenant": record.tenant_id,
        "account": record.home_account_id,
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2])))
