"""Captured requests: an SDK's call, stopped before it is sent, as the request that it would have made. Part of the compiler children."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: The host that SDKs are told of; nothing is ever sent there.
NOWHERE = "https://nowhere.invalid"


class FlawsError(Exception):
    """The fields cannot become a request; `flaws` says why."""

    def __init__(self, flaws: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(flaws)} flaws")
        self.flaws = flaws


class CapturedError(Exception):
    """Raised in place of sending a request."""

    def __init__(self, method: str, url: str, body: str) -> None:
        super().__init__(method)
        self.method, self.url, self.body = method, url, body

    @classmethod
    def of(cls, request: Any) -> CapturedError:
        """What an SDK hands to its transport."""
        content = getattr(request, "content", None) or getattr(request, "data", None) or b""
        return cls(request.method, request.url, content.decode() if isinstance(content, bytes) else str(content))

    def request(self, body: Any) -> dict[str, Any]:
        """It with another body (JSON-ready, None: none), as the console reads requests."""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query))
        version = query.pop("api-version", "")
        return {"method": self.method, "path": unquote(parts.path), "api_version": version, "query": query, "body": body}

    def whole(self) -> dict[str, Any]:
        """It as it is."""
        return self.request(json.loads(self.body) if self.body else None)


class Nobody:
    """A credential whose token is none: it reaches no further than the capturing transport."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("none", 1 << 40)
