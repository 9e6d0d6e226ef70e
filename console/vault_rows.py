"""Rows of vaults and of their secrets: what several feeds read, joined for one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from console.domain import scopes
from console.domain.key_vaults import KeyVault
from console.domain.trouble import Trouble
from console.domain.vault_secrets import Secret
from console.feeds.source import Joined

if TYPE_CHECKING:
    from console.vaults_now import VaultsNow


class VaultRows(Joined[KeyVault]):
    """The vaults, each once; whether its secrets can be read is told in its own row."""

    def __init__(self, now: VaultsNow) -> None:
        super().__init__((now.found,), lambda: now.vaults, lambda key: now.found.raw(key))
        self._now = now


class SecretRows(Joined[Secret]):
    """The secrets of one vault, or of all ("" for `vault_id`), with those that were deleted while `shows_deleted`; to be closed."""

    def __init__(self, now: VaultsNow, vault_id: str = "") -> None:
        self._now, self._vault, self.shows_deleted = now, vault_id, True
        super().__init__((now.secrets, now.deleted), self._joined, lambda key: now.secrets.raw(key) or now.deleted.raw(key))

    @property
    def loaded(self) -> bool:
        """Once the secrets are read, or it is known why not: who may not list what was deleted sees the others."""
        if self._vault:
            return self._now.secrets_of(self._vault) is not None
        parts = self._now.secrets.parts.values()
        answered = all(part.reading is not None or part.trouble is not None for part in parts)
        return self._now.found.loaded and answered and (not parts or any(part.reading is not None for part in parts))

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Of the vaults' lists; that what was deleted cannot be listed is told nowhere else."""
        troubles = self._now.secrets.troubles
        if not self._vault:
            return {**self._now.found.troubles, **troubles}
        return {scope: trouble for scope, trouble in troubles.items() if scopes.same_id(scope, self._vault)}

    @property
    def incomplete(self) -> str:
        live = [part.reading.incomplete for part in self._now.secrets.parts.values() if part.reading is not None]
        return next((why for why in live if why), "")

    def _joined(self) -> Sequence[Secret]:
        live = [each for each in self._now.secrets.items if not self._vault or scopes.same_id(each.vault, self._vault)]
        if not self.shows_deleted:
            return live
        there = {scopes.key(each.id) for each in live}
        gone = (each for each in self._now.deleted.items if not self._vault or scopes.same_id(each.vault, self._vault))
        return [*live, *(each for each in gone if scopes.key(each.id) not in there)]
