"""Signatures that were scanned: what a shared access signature told of itself once, when that was, and nothing of the signature."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ScannedSignature(msgspec.Struct, frozen=True, kw_only=True):
    """Of a datastore or connection (`id`: ARM, in lower case) that keeps one: `expires` is its `se`, `permissions` its `sp`.

    `expires` None: it does not say so itself; with `policy` it goes by a stored access policy, which does. `read_at` (UTC) is the moment
    of the reading. `changed` is when its holder was last changed as of then: one that was changed since may hold another.
    """

    id: str
    read_at: datetime
    expires: datetime | None = None
    permissions: str = ""
    policy: bool = False
    changed: datetime | None = None
