"""Owners: who looked last, so that their snapshots can be shown before the sign-in has answered."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from console import private_file
from console.feeds.snapshots import Owner

log = logging.getLogger(__name__)


def last_owner(path: Path, cloud: str) -> Owner | None:
    """Who signed in last to this cloud, as kept in `path`; None where that is not known."""
    try:
        owner = msgspec.json.decode(path.read_bytes(), type=Owner)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.warning("who looked last is not known: %s", error)
        return None
    return owner if owner.cloud == cloud else None


def keep_owner(path: Path, owner: Owner) -> None:
    """Remember who signed in (0600). What cannot be kept costs the next start's first rows, nothing else: it is logged."""
    try:
        private_file.replace(path, msgspec.json.encode(owner))
    except OSError as error:
        log.warning("who looked is not kept: %s", error)
