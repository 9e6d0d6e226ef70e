"""Readings: what one look at Azure gave, before it has an age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Reading(msgspec.Struct, Generic[T], frozen=True):
    """Items of one scope, in Azure's order.

    `raw` holds each item's JSON by key for the YAML view; it never goes to disk. `incomplete` says why items may be missing
    ("" if none are).
    """

    items: tuple[T, ...]
    raw: Mapping[str, bytes] = {}
    incomplete: str = ""
