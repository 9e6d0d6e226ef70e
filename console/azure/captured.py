"""Captured requests: an SDK's call, stopped before it is sent, as the request that it would have made. Part of the compiler children."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: The host that SDKs are told of; nothing is ever sent there.
NOWHERE = "https://nowhere.invalid"
#: Headers of an SDK's call that are part of what is asked, and not of how its transport asks.
KEPT_HEADERS = ("ClientType",)


class FlawsError(Exception):
    """The fields cannot become a request; `flaws` says why."""

    def __init__(self, flaws: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(flaws)} flaws")
        self.flaws = flaws


class CapturedError(Exception):
    """Raised in place of sending a request."""

    def __init__(self, method: str, url: str, body: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(method)
        self.method, self.url, self.body, self.headers = method, url, body, dict(headers or {})

    @classmethod
    def of(cls, request: Any) -> CapturedError:
        """What an SDK hands to its transport."""
        content = getattr(request, "content", None) or getattr(request, "data", None) or b""
        headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
        return cls(request.method, request.url, content.decode() if isinstance(content, bytes) else str(content), headers)

    def request(self, body: Any) -> dict[str, Any]:
        """It with another body (JSON-ready, None: none), as the console reads requests."""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query))
        version = query.pop("api-version", "")
        asked = {"method": self.method, "path": unquote(parts.path), "api_version": version, "query": query, "body": body}
        return asked | ({"headers": self.headers} if self.headers else {})

    def whole(self) -> dict[str, Any]:
        """It as it is."""
        return self.request(json.loads(self.body) if self.body else None)


class Nobody:
    """A credential whose token is none: it reaches no further than the capturing transport."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("none", 1 << 40)


def captured(sdk: str, call: Callable[[], Any]) -> dict[str, Any]:
    """What a call of an SDK would have sent. Raises RuntimeError where it sends nothing."""
    try:
        call()
    except CapturedError as request:
        return {"request": request.whole()}
    raise RuntimeError(f"{sdk} sent nothing")


def flaw(path: str, message: str) -> dict[str, Any]:
    """What is wrong with a field of no text."""
    return {"path": path, "line": 0, "message": message}


def transport() -> Any:
    """A transport that captures everything."""
    core = importlib.import_module("azure.core.pipeline.transport")

    class Capturing(core.HttpTransport):  # type: ignore[name-defined, misc]
        def open(self) -> None: ...

        def close(self) -> None: ...

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_exc: object) -> None: ...

        def send(self, request: Any, **_options: Any) -> Any:
            raise CapturedError.of(request)

    return Capturing()
