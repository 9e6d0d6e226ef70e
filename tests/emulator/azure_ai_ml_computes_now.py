"""A script that knows nothing but the ready file: prints as JSON what the real azure-ai-ml makes of every compute.

Run as `python azure_ai_ml_computes_now.py READY_FILE`, with REQUESTS_CA_BUNDLE naming the emulator's CA.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from azure.ai.ml.entities import AmlCompute, ComputeInstance
from azure_ai_ml_client import connect


def main(ready: dict[str, Any]) -> dict[str, Any]:
    client, _ = connect(ready)
    seen: dict[str, Any] = {}
    for compute in client.compute.list():
        told: dict[str, Any] = {"type": compute.type, "state": compute.provisioning_state}
        if isinstance(compute, AmlCompute):
            told |= {"scale": [compute.min_instances, compute.max_instances], "size": compute.size}
        if isinstance(compute, ComputeInstance):
            told |= {"idle": compute.idle_time_before_shutdown, "size": compute.size, "state": compute.state}
            told["for"] = compute.create_on_behalf_of.user_object_id if compute.create_on_behalf_of else None
        seen[compute.name] = told
    return seen


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))), default=str))
