"""Access tokens: JSON Web Tokens that any client can read and only this process accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from console.emulator.estate import Person

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
    # Who it is, for a person; "" for an application.
    upn: str = ""


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


def asked_freshness(claims: str | None) -> int | None:
    """The number in a claims request (`access_token.nbf.value`), 0 without one, None for claims that cannot be read."""
    if not claims:
        return 0
    try:
        wanted = json.loads(claims)["access_token"]
        return int(wanted["nbf"]["value"]) if "nbf" in wanted else 0
    except (ValueError, KeyError, TypeError):
        return None


class Tokens:
    """Issues and checks tokens. Lifetimes are real seconds, because clients compare them with their own clock."""

    def __init__(self, tenant_id: str, now: Callable[[], float] = time.time, key: bytes | None = None, revocations: int = 0) -> None:
        self.tenant_id = tenant_id
        self.lifetime = DEFAULT_LIFETIME
        self._now = now
        self._key = secrets.token_bytes(32) if key is None else key
        self._known: dict[str, Principal] = {}
        self._challenge = 0
        self.revocations = revocations

    def restore_lifetime(self) -> None:
        self.lifetime = DEFAULT_LIFETIME

    def next_challenge(self) -> int:
        """A number for a claims challenge that no token has been asked for with yet."""
        self._challenge = max(self._challenge + 1, int(self._now()))
        return self._challenge

    def issue(self, object_id: str, client_id: str, audience: str, fresh_since: int = 0, person: Person | None = None) -> tuple[str, int]:
        """A signed access token and its lifetime in seconds.

        `fresh_since` is the number in the claims that it was asked for with; `person` is who signed in, if not an application.
        """
        issued = int(self._now())
        who = {"appidacr": "1", "idtyp": "app"}
        if person is not None:
            who = {"appidacr": "0", "idtyp": "user", "scp": "user_impersonation", "name": person.display_name}
            who |= {"upn": person.upn, "unique_name": person.upn}
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": issued,
            "nbf": issued,
            "exp": issued + self.lifetime,
            "appid": client_id,
            **who,
            "oid": object_id,
            "sub": object_id,
            "tid": self.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
            **({"fresh_since": fresh_since} if fresh_since else {}),
        }
        return self._signed(claims), self.lifetime

    def issue_identity(self, person: Person, client_id: str, issuer: str) -> str:
        """What tells a client who has signed in."""
        issued = int(self._now())
        claims = {
            "aud": client_id,
            "iss": issuer,
            "iat": issued,
            "nbf": issued,
            "exp": issued + DEFAULT_LIFETIME,
            "name": person.display_name,
            "oid": person.object_id,
            "preferred_username": person.upn,
            "sub": person.object_id,
            "tid": self.tenant_id,
            "ver": "2.0",
        }
        return self._signed(claims)

    def issue_refresh(self, object_id: str, client_id: str) -> str:
        """What a client keeps to ask for more tokens with; good until `revoke`."""
        claims = {"use": "refresh", "oid": object_id, "appid": client_id, "since": self.revocations, "uti": secrets.token_urlsafe(16)}
        return self._signed(claims)

    def revoke(self) -> None:
        """Make every refresh token that was issued until now worthless."""
        self.revocations += 1

    def check_refresh(self, token: str) -> tuple[str, str, bool] | None:
        """Object id, client id, and whether the token is still good; None for one that was not issued here."""
        claims = self._claims(token)
        if claims is None or claims.get("use") != "refresh":
            return None
        return str(claims["oid"]), str(claims["appid"]), claims["since"] == self.revocations

    def _signed(self, claims: Mapping[str, Any]) -> str:
        header = {"typ": "JWT", "alg": "HS256", "kid": "emulator"}
        head = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        return f"{head}.{self._signature(head)}"

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
        claims = self._claims(token)
        if claims is None or "aud" not in claims or "appid" not in claims:
            raise InvalidTokenError("InvalidAuthenticationToken", "The access token is invalid.")
        fresh_since = int(claims.get("fresh_since", 0))
        return Principal(claims["oid"], claims["appid"], claims["aud"], float(claims["exp"]), fresh_since, claims.get("upn", ""))

    def _claims(self, token: str) -> dict[str, Any] | None:
        """What a token says that was signed here; None for any other."""
        head, _, signature = token.rpartition(".")
        try:
            if not head.isascii() or not hmac.compare_digest(self._signature(head), signature):
                return None
            claims: dict[str, Any] = json.loads(_decode(head.split(".")[1]))
        except (ValueError, IndexError, TypeError):
            return None
        return claims
