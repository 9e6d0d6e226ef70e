"""Connections now: those of the workspaces that are looked at, the Key Vault secrets behind them, and what came of testing them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from console.clock import ServerClock
from console.domain.connections import Connection, SecretLink, by_secret
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef, key
from console.domain.secret_state import SecretState
from console.feeds.feed import Cadence, Feed
from console.feeds.lookup import Lookup
from console.feeds.snapshots import Snapshots
from console.readers import Readers

if TYPE_CHECKING:
    from console.operations.operation import Operation, StepRun

#: What the path of a test ends in.
TEST_PATH = "/testconnection"


class Tested(NamedTuple):
    """What came of a test of this session: whether the target was entered (None: that is not known), when (UTC), and what was said."""

    passed: bool | None
    at: datetime
    said: str = ""


class ConnectionsNow:
    """Nothing is read until `begin`; of the secrets behind connections their versions alone are, of rows that are `want`ed."""

    def __init__(
        self,
        readers: Readers,
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        changed: Callable[[], None],
        snapshots: Snapshots | None,
    ) -> None:
        """`where` tells the workspaces that are open; `changed` is called after each secret whose versions were read."""
        self._readers, self._where, self._begun = readers, where, False
        self.feed: Feed[Connection] = Feed("connections", self._read, Cadence(60, 15, 0), clock, snapshots=snapshots, item_type=Connection)
        self._named: dict[str, SecretLink] = {}
        #: Identifier of a secret (without a version) → its versions.
        self.secrets: Lookup[SecretState] = Lookup(self._read_secrets, clock, changed, keep=300)
        self._tests: dict[str, Tested] = {}
        self._linked_of: tuple[Connection, ...] = ()
        self._linked: dict[tuple[str, str], tuple[Connection, ...]] = {}

    def begin(self) -> None:
        """Read the workspaces that are looked at from now on: a list for each."""
        self._begun = True
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if self._begun:
            self.feed.set_scopes([place.id for place in self._where()])

    def want(self, rows: Iterable[Connection]) -> None:
        """Read the versions of the secrets behind these."""
        found = {secret.identifier: secret for row in rows if (secret := row.behind) is not None}
        self._named |= found
        self.secrets.want(found)

    def secret(self, row: Connection) -> SecretState | None:
        """What is known of the secret behind a connection; None where there is none, or nothing was read of it."""
        behind = row.behind
        return self.secrets.get(behind.identifier) if behind is not None else None

    def made_from(self, vault_name: str, secret_name: str) -> tuple[Connection, ...]:
        """The connections, as far as they are read, that were made from a secret of a Key Vault."""
        if self.feed.items is not self._linked_of:
            self._linked_of, self._linked = self.feed.items, by_secret(self.feed.items)
        return self._linked.get((vault_name.lower(), secret_name.lower()), ())

    def heard(self, _operation: Operation, run: StepRun) -> None:
        """Something came of a step: of a test it is remembered for this session; after a change in a vault its secrets are read anew."""
        if run.progress.ended and run.step.request.vault:
            self.secrets.forget()
        if not run.progress.ended or not run.step.request.path.endswith(TEST_PATH) or not run.history:
            return
        passed = {"done": True, "failed": False}.get(run.progress.value)
        if run.sent_at is not None:
            self._tests[key(run.step.target_id)] = Tested(passed, run.history[-1][1], run.note)

    def test(self, row: Connection) -> Tested | None:
        """The last test of a connection in this session."""
        return self._tests.get(key(row.id))

    async def json(self, connection_id: str) -> bytes:
        """A connection as Azure sends it now. Raises TroubleError."""
        return await self._readers.connection_json(connection_id)

    async def settings(self, row: Connection) -> Mapping[str, Any]:
        """What a change of a connection has to say again, as it is now. Raises TroubleError."""
        return await self._readers.connection_settings(row.id)

    async def state(self, secret: SecretLink) -> SecretState:
        """The versions of a secret, read now; where they cannot be read, why."""
        return await self._readers.secret_state(secret)

    def forget(self) -> None:
        """Somebody else asks from now on. The feed is forgotten with those of the session."""
        self.secrets.forget()
        self._tests.clear()

    async def close(self) -> None:
        await self.secrets.close()
        await self.feed.keep()

    async def read_once(self) -> None:
        """For headless commands: the lists once, and the versions of the secrets behind. What fails is in the feed and in the states."""
        self.begin()
        await asyncio.gather(*(self.feed.poll(scope) for scope in tuple(self.feed.parts)))
        self._named |= {secret.identifier: secret for row in self.feed.items if (secret := row.behind) is not None}
        await self.secrets.settle(self._named)

    async def _read(self, scope: str) -> Reading[Connection]:
        return await self._readers.connections(scope, self.feed.reading(scope))

    async def _read_secrets(self, identifiers: Sequence[str]) -> Mapping[str, SecretState]:
        states = await asyncio.gather(*(self._readers.secret_state(self._named[each]) for each in identifiers))
        return dict(zip(identifiers, states, strict=True))
