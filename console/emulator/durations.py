"""ISO 8601 durations as the compute APIs use them."""

from __future__ import annotations

import re

_DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?")


def seconds_of(duration: str) -> float:
    """The seconds of a duration such as PT30M or P1DT2H; ValueError if it is not one."""
    found = _DURATION.fullmatch(duration)
    if found is None or duration in ("P", "PT") or duration.endswith("T"):
        raise ValueError(f"{duration!r} is not an ISO 8601 duration.")
    part = {name: float(value or 0) for name, value in found.groupdict().items()}
    return part["days"] * 86400 + part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
