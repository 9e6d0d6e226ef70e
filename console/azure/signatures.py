"""Shared access signatures on the wire: what one tells of itself, out of the answer that reveals it."""

from __future__ import annotations

from urllib.parse import parse_qs

from console.azure import account_keys
from console.domain import uris
from console.domain.uris import Signed


def told(body: bytes) -> tuple[Signed, bool]:
    """When it ends and what it allows, and whether a stored access policy is behind it (`si`); nothing else of it leaves.

    `body` answers `account_keys.list_secrets`. Raises ValueError, which repeats nothing of it.
    """
    _, signature = account_keys.secret_told(body)
    query = signature.rpartition("?")[2]
    found = uris.signed(f"?{query}")
    if found is None:
        raise ValueError("what it keeps is no shared access signature")
    return found, "si" in parse_qs(query)
