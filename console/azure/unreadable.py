"""Unreadable: what can be saved of an item that does not fit its schema, so that the row of it can be found again."""

from __future__ import annotations

import msgspec

from console.azure.errors import UNDECODABLE


def named(raw: bytes, below: str = "") -> tuple[str, str]:
    """Its ARM id and name, where they are texts; else an id (under `below`, where that is given) that is the same for the same JSON."""
    try:
        data = msgspec.json.decode(raw)
    except UNDECODABLE:
        data = None
    found = data.get("id") if isinstance(data, dict) else None
    told = data.get("name") if isinstance(data, dict) else None
    made_up = f"unreadable-{hash(raw) & 0xFFFFFF:06x}"
    item_id = found if isinstance(found, str) and found else f"{below}/{made_up}" if below else made_up
    return item_id, told if isinstance(told, str) and told else item_id.rsplit("/", 1)[-1]
