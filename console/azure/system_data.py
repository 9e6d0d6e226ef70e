"""System data: who made and last changed a resource, and when, as ARM writes it on every kind (common types, `systemData`)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import msgspec

from console.azure import timestamps


class SystemData(msgspec.Struct, rename="camel"):
    created_at: str | None = None
    created_by: str | None = None
    last_modified_at: str | None = None
    last_modified_by: str | None = None


class Made(TypedDict):
    """The same, as fields of a row."""

    created_on: datetime | None
    created_by: str
    modified_on: datetime | None
    modified_by: str


def made(wire: SystemData | None) -> Made:
    """What is told of it; None and "" for what is not."""
    told = wire or SystemData()
    return Made(
        created_on=timestamps.parse(told.created_at),
        created_by=told.created_by or "",
        modified_on=timestamps.parse(told.last_modified_at),
        modified_by=told.last_modified_by or "",
    )
