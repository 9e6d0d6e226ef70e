"""Shared access signatures (SAS): what one tells of itself without its signature, and what of one that was pasted would not open anything.

Microsoft Learn, "Create a service SAS" and "Create an account SAS": fields of a query, of which `sig` alone is the secret.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import msgspec

#: What a datastore's reader needs: read what is there, and list it.
READING = frozenset("rl")
WORDS = {"r": "read", "a": "add", "c": "create", "w": "write", "d": "delete", "l": "list"}


class Told(msgspec.Struct, frozen=True):
    """`ends` (UTC) is None, and `permissions` "", where a stored access policy has them."""

    ends: datetime | None
    permissions: str
    signed: bool


def bare(text: str) -> str:
    """A signature as it is sent: without the question mark or the address that it was pasted with."""
    return text.strip().rpartition("?")[2]


def told(text: str) -> Told:
    """What a signature tells of itself."""
    fields = parse_qs(bare(text))
    found = {name: values[0] for name, values in fields.items()}
    return Told(_moment(found.get("se", "")), found.get("sp", ""), bool(found.get("sig")))


def fault(text: str, now: datetime) -> str:
    """Why a signature would open nothing ("" where nothing is seen); nothing of the signature is in what this says."""
    known = told(text)
    if not known.signed:
        return "no SAS: it has no sig=…"
    if known.ends is not None and known.ends <= now:
        return f"it ran out on {known.ends:%Y-%m-%d %H:%M} UTC"
    if known.permissions and not set(known.permissions) >= READING:
        return f"it lets {words(known.permissions)} only: read and list are needed"
    return ""


def words(permissions: str) -> str:
    """Permissions (`sp`) in words: `read, list`; letters that are rare stay letters."""
    return ", ".join(WORDS.get(letter, letter) for letter in permissions) or "nothing"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
