"""What is found of Key Vaults and of their secrets: the rules over what is read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.connections import Connection
from console.domain.findings.finding import Finding, subject_of, worst_first
from console.domain.findings.vaults import of_secret, production, unprotected
from console.domain.key_vaults import KeyVault
from console.domain.scopes import WorkspaceRef, key
from console.domain.vault_secrets import Secret
from console.feeds.feed import Feed

#: The connections that were made from the secret of a vault, by their names.
MadeFrom = Callable[[str, str], Sequence[Connection]]


class VaultFindings:
    """Finds nothing before vaults are read. `important` tells of a workspace whether it is protected, or production."""

    about = "vaults"

    def __init__(self, vaults: Callable[[], Sequence[KeyVault]], found: Feed[KeyVault], important: Callable[[WorkspaceRef], bool]) -> None:
        self._vaults, self._found, self._important = vaults, found, important

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._found,)

    def changed(self) -> None:
        """Nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._vaults():
            yield from self.of(row)

    def of(self, row: KeyVault) -> tuple[Finding, ...]:
        """What is found of a vault."""
        found = unprotected(row, production(row.tags) or any(map(self._important, row.workspaces)))
        return (found,) if found is not None else ()

    def subject(self, finding_id: str) -> KeyVault | None:
        """The vault that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._vaults() if key(row.id) == wanted), None)


class SecretFindings:
    """Finds nothing of a vault before its secrets are listed; `made_from` tells the connections that are known to be made from one."""

    about = "secrets"

    def __init__(self, secrets: Feed[Secret], made_from: MadeFrom, clock: ServerClock) -> None:
        self._secrets, self._made_from, self._clock = secrets, made_from, clock

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._secrets,)

    def changed(self) -> None:
        """Nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._secrets.items:
            yield from self.of(row)

    def of(self, row: Secret) -> tuple[Finding, ...]:
        """What is found of a secret, the worst first."""
        return worst_first(of_secret(row, self._made_from(row.vault_name, row.name), self._clock.now()))

    def subject(self, finding_id: str) -> Secret | None:
        """The secret that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._secrets.items if key(row.id) == wanted), None)
