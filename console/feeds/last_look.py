"""The last look: when somebody last looked at a screen in an earlier session, so that what is new since can be told."""

from __future__ import annotations

import logging
import os
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from console.feeds.snapshots import Owner

log = logging.getLogger(__name__)

#: Of how many owners it is kept, those who looked last: every demo is another cloud.
MOST_KEPT = 20


class LastLook:
    """Owner → the server's time (UTC) of the last look, in one file (0600). What cannot be read or written is logged and costs the mark."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before: dict[str, datetime] | None = None

    def before(self, owner: Owner) -> datetime | None:
        """When this owner last looked before this session; None where that is not known. `keep` does not change it."""
        if self._before is None:
            self._before = self._read()
        return self._before.get(_name(owner))

    def keep(self, owner: Owner, at: datetime) -> None:
        """Remember for the next session that somebody looks now."""
        self.before(owner)  # what an earlier session kept is read before it is written over
        looks = {**self._read(), _name(owner): at}
        newest = dict(sorted(looks.items(), key=lambda look: look[1])[-MOST_KEPT:])
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".look-")
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(newest))
            os.replace(name, self._path)
        except OSError as error:
            log.warning("the last look is not kept: %s", error)

    def _read(self) -> dict[str, datetime]:
        try:
            looks = msgspec.json.decode(self._path.read_bytes(), type=dict[str, datetime])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the last look is not known: %s", error)
            return {}
        return {name: at for name, at in looks.items() if at.tzinfo is not None}


def _name(owner: Owner) -> str:
    return f"{owner.cloud} {owner.tenant_id} {owner.object_id}"
