"""Prints what azure-mgmt-costmanagement sees from outside: `python sdk_costs.py READY_FILE SCOPE BUDGET FIRST LAST`, as JSON.

The budget (null where there is none), and what every resource of the scope cost from FIRST to LAST, by its name.
"""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from typing import Any


def main(ready_file: str, scope: str, budget: str, first: str, last: str) -> None:
    with open(ready_file, encoding="utf-8") as file:
        ready = json.load(file)
    os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    from azure.core.exceptions import ResourceNotFoundError
    from azure.identity import ClientSecretCredential
    from azure.mgmt.costmanagement import CostManagementClient

    base, who = ready["resource_manager"], next(each for each in ready["identities"] if each["name"] == "admin")
    credential = ClientSecretCredential(
        ready["tenant_id"], who["client_id"], who["client_secret"], authority=base, disable_instance_discovery=True
    )
    client = CostManagementClient(credential, base_url=base, credential_scopes=[f"{base}/.default"])
    body: dict[str, Any] = {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:59Z"},
        "dataset": {
            "granularity": "None",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": "ResourceId"}],
        },
    }
    answer = client.query.usage(scope, body)
    assert answer is not None and not answer.next_link, "one page has all of it"
    names = [column.name for column in answer.columns]
    costs: dict[str, Decimal] = {}
    for row in answer.rows:
        told = dict(zip(names, row, strict=True))
        name = told["ResourceId"].rsplit("/", 1)[-1]
        costs[name] = costs.get(name, Decimal(0)) + Decimal(str(told["Cost"]))
    try:
        found = client.budgets.get(scope, budget)
        alerts = {name: [each.threshold, each.contact_emails] for name, each in (found.notifications or {}).items()}
        seen: dict[str, Any] | None = {"amount": found.amount, "grain": found.time_grain, "alerts": alerts}
    except ResourceNotFoundError:
        seen = None
    print(json.dumps({"budget": seen, "costs": {name: str(cost) for name, cost in costs.items()}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
