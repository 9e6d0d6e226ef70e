"""Access tokens: JSON Web Tokens that any client can read and only this process accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DEFAULT_LIFETIME = 3599


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token speaks for."""

    object_id: str
    client_id: str
    audience: str
    expires: float
    # The highest number that a claims challenge asked for and this token was asked for with.
    fresh_since: int = 0


class InvalidTokenError(Exception):
    """The bearer token cannot be accepted; `code` is ARM's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _american(moment: float) -> str:
    parts = time.gmtime(moment)
    hour = parts.tm_hour % 12 or 12
    half = "AM" if parts.tm_hour < 12 else "PM"
    return f"{parts.tm_mon}/{parts.tm_mday}/{parts.tm_year} {hour}:{parts.tm_min:02}:{parts.tm_sec:02} {half}"


class Tokens:
    """Issues and checks tokens. Lifetimes are real seconds, because clients compare them with their own clock."""

    def __init__(self, tenant_id: str, now: Callable[[], float] = time.time) -> None:
        self.tenant_id = tenant_id
        self.lifetime = DEFAULT_LIFETIME
        self._now = now
        self._key = secrets.token_bytes(32)
        self._known: dict[str, Principal] = {}
        self._challenge = 0

    def restore_lifetime(self) -> None:
        self.lifetime = DEFAULT_LIFETIME

    def next_challenge(self) -> int:
        """A number for a claims challenge that no token has been asked for with yet."""
        self._challenge = max(self._challenge + 1, int(self._now()))
        return self._challenge

    def issue(self, object_id: str, client_id: str, audience: str, fresh_since: int = 0) -> tuple[str, int]:
        """A signed token and its lifetime in seconds; `fresh_since` is the number in the claims it was asked for with."""
        issued = int(self._now())
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": issued,
            "nbf": issued,
            "exp": issued + self.lifetime,
            "appid": client_id,
            "appidacr": "1",
            "idtyp": "app",
            "oid": object_id,
            "sub": object_id,
            "tid": self.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
            **({"fresh_since": fresh_since} if fresh_since else {}),
        }
        header = {"typ": "JWT", "alg": "HS256", "kid": "emulator"}
        head = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        return f"{head}.{self._signature(head)}", self.lifetime

    def _signature(self, head: str) -> str:
        return _encode(hmac.digest(self._key, head.encode("ascii"), hashlib.sha256))

    def check(self, token: str) -> Principal:
        """Who the token speaks for. Raises InvalidTokenError when it was not issued here or has expired."""
        principal = self._known.get(token)
        if principal is None:
            principal = self._known[token] = self._read(token)
        now = self._now()
        if principal.expires <= now:
            raise InvalidTokenError(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{_american(principal.expires)}' is earlier than current UTC time '{_american(now)}'.",
            )
        return principal

    def _read(self, token: str) -> Principal:
        head, _, signature = token.rpartition(".")
        try:
            if not head.isascii() or not hmac.compare_digest(self._signature(head), signature):
                raise InvalidTokenError("InvalidAuthenticationToken", "The access token is invalid.")
            claims: dict[str, Any] = json.loads(_decode(head.split(".")[1]))
            return Principal(claims["oid"], claims["appid"], claims["aud"], float(claims["exp"]), int(claims.get("fresh_since", 0)))
        except (ValueError, KeyError, IndexError, TypeError):
            raise InvalidTokenError("InvalidAuthenticationToken", "The access token is invalid.") from None
