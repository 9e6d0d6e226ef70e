"""Secret state: what a Key Vault tells of a secret without its value: its versions, whether they are enabled, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec


class SecretVersion(msgspec.Struct, frozen=True):
    """A version of a secret; `enabled` None: the vault did not tell. Times are UTC."""

    version: str
    enabled: bool | None = None
    made_on: datetime | None = None
    expires: datetime | None = None


class SecretState(msgspec.Struct, frozen=True):
    """The versions of a secret, the newest first; `fault` says why they, or some of them, could not be read."""

    versions: tuple[SecretVersion, ...] = ()
    fault: str = ""

    @property
    def newest(self) -> SecretVersion | None:
        """The newest version; None where that is not known."""
        return self.versions[0] if self.versions and not self.fault else None

    def version(self, name: str) -> SecretVersion | None:
        """A version by its name; None where the vault has none of it."""
        return next((each for each in self.versions if each.version == name), None)


class Unusable(NamedTuple):
    """Why a version cannot be read now, in two words, and the sentence."""

    what: str
    sentence: str


def unusable(version: SecretVersion, now: datetime) -> Unusable | None:
    """Why a version cannot be read now; None where nothing is known to stand against it. An expired one can be read, but should not be."""
    if version.enabled is False:
        return Unusable("disabled", "it is disabled: nobody can read it")
    if version.expires is not None and version.expires <= now:
        return Unusable("expired", f"it expired on {version.expires:%Y-%m-%d}")
    return None
