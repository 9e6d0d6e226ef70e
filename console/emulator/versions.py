"""The api-versions at which Machine Learning answers, and what the stable one leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MACHINE_LEARNING = frozenset({"2023-08-01-preview", "2024-01-01-preview", "2024-04-01-preview", "2024-10-01", "2024-10-01-preview"})
_STABLE = "2024-10-01"
# In the previews' schemas and not in the stable one.
_PREVIEW_ONLY = frozenset(
    {"autologgerSettings", "enableOSPatching", "enableRootAccess", "enableSSO", "idleTimeBeforeShutdown", "releaseQuotaOnStop"}
    | {"systemDatastoresAuthMode", "isPrivateLinkEnabled"}
)


def as_of(version: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """`properties` as this api-version shows them."""
    return {name: value for name, value in properties.items() if version != _STABLE or name not in _PREVIEW_ONLY}


def seven_decimals(moment: datetime, suffix: str = "+00:00") -> str:
    """A moment as Machine Learning writes it: seven decimals and an offset."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0{suffix}"
