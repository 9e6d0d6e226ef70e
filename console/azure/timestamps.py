"""Timestamps as Azure writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


def parse(text: str | None) -> datetime | None:
    """UTC time of a timestamp: up to seven decimals occur, and some lack the zone (they are UTC). None for what is no time."""
    if not text:
        return None
    try:
        moment = msgspec.convert(text, datetime)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (msgspec.ValidationError, OverflowError):
        return None
