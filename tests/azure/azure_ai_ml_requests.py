"""A script that knows nothing of the console: prints the bodies that azure-ai-ml would send for YAML, as JSON, and sends none of them.

Run as `python azure_ai_ml_requests.py` with [["datastore" | "connection", YAML], …] on standard input.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any

from azure.ai.ml import MLClient, load_connection, load_datastore
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import HttpTransport


class SentError(Exception):
    """The request that was about to be sent."""


class Nowhere(HttpTransport):  # type: ignore[type-arg]
    def open(self) -> None: ...

    def close(self) -> None: ...

    def __exit__(self, *_exc: object) -> None: ...

    def send(self, request: Any, **_options: Any) -> Any:
        raise SentError(request.method, request.url, json.loads(request.content or request.data))


class Nobody:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("none", 1 << 40)


def sent(client: MLClient, kind: str, text: str) -> list[Any]:
    try:
        if kind == "datastore":
            client.datastores.create_or_update(load_datastore(io.StringIO(text)))
        else:
            client.connections.create_or_update(load_connection(io.StringIO(text)))
    except SentError as request:
        return list(request.args)
    raise RuntimeError("nothing was sent")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    client = MLClient(Nobody(), "00000000-0000-0000-0000-000000000001", "rg-ml", "fraud-prod", transport=Nowhere(), enable_telemetry=False)
    print(json.dumps([sent(client, kind, text) for kind, text in json.load(sys.stdin)]))
