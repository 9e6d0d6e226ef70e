"""Long-running operations: their status URLs, their answers, and how they end."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from console.emulator.routing import Call, Reply, Route

Style = Literal["async", "location", "both"]
PROVIDER = "Microsoft.MachineLearningServices"
# Where the result of an operation is, by where its status is; the others answer both at one path, told apart by `type=`.
_RESULTS = {"computeOperationsStatus": "computeOperationResults"}


@dataclass(slots=True)
class Operation:
    """One operation that runs until `succeed` or `fail` is called."""

    id: str
    kind: str
    subscription_id: str
    location: str
    style: Style
    base_url: str
    started: datetime
    status: Literal["InProgress", "Succeeded", "Failed"] = "InProgress"
    result: Any = None
    error: dict[str, Any] | None = None
    when_over: Callable[[Operation], None] | None = None

    def succeed(self, result: Any = None) -> None:
        """End well; `result` is what the Location URL will answer (None: 204)."""
        self.status = "Succeeded"
        self.result = result
        self._tell()

    def fail(self, code: str, message: str) -> None:
        """End badly, with an ARM error."""
        self.status = "Failed"
        self.error = {"code": code, "message": message}
        self._tell()

    def _tell(self) -> None:
        if self.when_over is not None:
            self.when_over(self)

    def headers(self, call: Call) -> dict[str, str]:
        """The headers of the answer that starts the operation, with absolute URLs."""
        version = call.query.get("api-version", "")
        found: dict[str, str] = {}
        if self.style != "location":
            found["Azure-AsyncOperation"] = self._url(self.kind, version, "async")
        if self.style != "async":
            found["Location"] = self._url(_RESULTS.get(self.kind, self.kind), version, "location")
        return found

    def _url(self, kind: str, version: str, form: str) -> str:
        path = f"/subscriptions/{self.subscription_id}/providers/{PROVIDER}/locations/{self.location}/{kind}/{self.id}"
        told_apart = "" if self.kind in _RESULTS else f"&type={form}"
        return f"{self.base_url}{path}?api-version={version}{told_apart}"

    def async_reply(self) -> Reply:
        """What Azure-AsyncOperation answers: always 200, the state in the body."""
        body: dict[str, Any] = {"status": self.status}
        if self.status == "Succeeded":
            body["percentComplete"] = 100.0
        if self.error is not None:
            body["error"] = self.error
        return Reply(200, body)

    def location_reply(self, call: Call) -> Reply:
        """What Location answers: 202 while it runs, then the result, nothing, or the error."""
        if self.status == "InProgress":
            return Reply(202, None, self.headers(call))
        if self.error is not None:
            return Reply(400, {"error": self.error}, {"x-ms-failure-cause": "service"})
        return Reply(204) if self.result is None else Reply(200, self.result)


class Operations:
    """All operations since the beginning. Ids follow from the seed, so that the same story gives the same URLs."""

    def __init__(self, base_url: str, seed: int) -> None:
        self._base_url = base_url
        self._random = random.Random(f"operations {seed}")
        self._all: dict[str, Operation] = {}

    def begin(self, kind: str, subscription_id: str, location: str, style: Style, now: datetime) -> Operation:
        """Start one now; `kind` is the segment of its status URL, e.g. `computeOperationsStatus`."""
        identifier = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        operation = Operation(identifier, kind, subscription_id, location, style, self._base_url, now)
        self._all[identifier] = operation
        return operation

    def find(self, identifier: str) -> Operation | None:
        return self._all.get(identifier.lower())

    def started_by(self, reply: Reply) -> Operation | None:
        """The operation whose status URL a reply carries, or None."""
        url = reply.headers.get("Azure-AsyncOperation") or reply.headers.get("Location", "")
        return self.find(url.partition("?")[0].rpartition("/")[2])


def not_found() -> Reply:
    """What a status URL answers that leads to no operation."""
    error = {"code": "NotFound", "message": "The specified operation was not found."}
    return Reply(404, {"error": error}, {"x-ms-failure-cause": "service"})


def _status(call: Call) -> Reply:
    operation = call.world.operations.find(call.param("operation"))
    asked = call.param("kind").lower()
    if operation is None or asked not in (operation.kind.lower(), _RESULTS.get(operation.kind, "").lower()):
        return not_found()
    as_result = asked != operation.kind.lower() or call.query.get("type") == "location"
    return operation.location_reply(call) if as_result else operation.async_reply()


def routes() -> list[Route]:
    # Polling needs no permission of its own: the URL is known only to who started the operation.
    template = f"/subscriptions/{{subscription}}/providers/{PROVIDER}/locations/{{location}}/{{kind}}/{{operation}}"
    return [Route("GET", template, _status, "recorded")]
