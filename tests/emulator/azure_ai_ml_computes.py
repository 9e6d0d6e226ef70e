"""A script that knows nothing but the ready file: prints what the real azure-ai-ml sees of some computes, as JSON.

Run as `python azure_ai_ml_computes.py READY_FILE NAME…`, with REQUESTS_CA_BUNDLE naming the emulator's CA.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from azure_ai_ml_client import connect

if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    client, _ = connect(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    wanted = ("type", "size", "tier", "min_instances", "max_instances", "idle_time_before_scale_down", "tags", "provisioning_state")
    seen = {}
    for name in sys.argv[2:]:
        compute = client.compute.get(name)
        seen[name] = {field: getattr(compute, field, None) for field in (*wanted, "state", "idle_time_before_shutdown")}
    print(json.dumps(seen, default=str))
