"""Prints who holds which role at a scope by azure-mgmt-authorization: `python sdk_access.py READY_FILE SCOPE`, a client from outside."""

from __future__ import annotations

import json
import os
import sys


def main(ready_file: str, scope: str) -> None:
    with open(ready_file, encoding="utf-8") as file:
        ready = json.load(file)
    os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    from azure.identity import ClientSecretCredential
    from azure.mgmt.authorization import AuthorizationManagementClient

    base, who = ready["resource_manager"], next(each for each in ready["identities"] if each["name"] == "reader")
    credential = ClientSecretCredential(
        ready["tenant_id"], who["client_id"], who["client_secret"], authority=base, disable_instance_discovery=True
    )
    client = AuthorizationManagementClient(credential, scope.split("/")[2], base_url=base, credential_scopes=[f"{base}/.default"])
    names = {each.id.rpartition("/")[2]: each.role_name for each in client.role_definitions.list(scope)}
    held = client.role_assignments.list_for_scope(scope, filter="atScope()")
    here = [each for each in held if each.scope.lower() == scope.lower()]
    print(json.dumps(sorted([each.principal_id, names[each.role_definition_id.rpartition("/")[2]]] for each in here)))


if __name__ == "__main__":
    main(*sys.argv[1:])
