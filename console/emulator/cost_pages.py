"""The `$skiptoken` of Cost Management: which page comes next, and how much was known when the first one was served."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime

#: The query option that carries it.
TOKEN = "$skiptoken"


class TokenError(Exception):
    """A token that was never given out; the message is the sentence."""


def token_of(page: int, until: datetime) -> str:
    """The token of a page (0 is the first). As recorded it begins with the number; that the rest keeps the moment is the emulator's own."""
    return base64.b64encode(struct.pack("<iI", page, int(until.timestamp()) // 3600)).decode("ascii")


def token_read(token: str) -> tuple[int, datetime]:
    """Page and moment of a token. Raises TokenError."""
    try:
        page, hour = struct.unpack("<iI", base64.b64decode(token, validate=True))
        if page < 0:
            raise ValueError
        return page, datetime.fromtimestamp(hour * 3600, UTC)
    except (ValueError, struct.error, OverflowError):
        raise TokenError("Invalid query option: the $skiptoken is not one of this service.") from None
