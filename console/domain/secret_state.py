"""Secret state: what a Key Vault tells of one secret without its value: its versions, whether they are enabled, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from console.domain.vault_secrets import Secret

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SecretState(msgspec.Struct, frozen=True):
    """The versions of a secret, the newest first; `fault` says why they, or some of them, could not be read."""

    versions: tuple[Secret, ...] = ()
    fault: str = ""

    @classmethod
    def of(cls, versions: Iterable[Secret]) -> SecretState:
        """The state that versions, in any order, come to."""
        found = tuple(versions)
        read = sorted((each for each in found if not each.fault), key=lambda each: each.created or _LONG_AGO, reverse=True)
        return cls(tuple(read), next((each.fault for each in found if each.fault), ""))

    @property
    def newest(self) -> Secret | None:
        """The newest version; None where that is not known."""
        return self.versions[0] if self.versions and not self.fault else None

    def version(self, name: str) -> Secret | None:
        """A version by its name; None where the vault tells of none of it."""
        return next((each for each in self.versions if each.version == name), None)


class Unusable(NamedTuple):
    """Why a version cannot be read now, in a word, and the sentence."""

    what: str
    sentence: str


def unusable(version: Secret, now: datetime) -> Unusable | None:
    """Why a version should not be taken now; None where nothing is known to stand against it. An expired one can be read all the same."""
    if version.enabled is False:
        return Unusable("disabled", "it is disabled: nobody can read it")
    if version.expires is not None and version.expires <= now:
        return Unusable("expired", f"it expired on {version.expires:%Y-%m-%d}")
    return None
