"""Rotation now: who uses a storage account over all workspaces that can be seen, which key each was found to hold, and the plan of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec.structs import replace

from console.clock import ServerClock
from console.domain.account_keys import AccountKeys
from console.domain.connections import Connection
from console.domain.datastores import Datastore
from console.domain.readings import Reading
from console.domain.rotation import Consumer, Holding, application_users, connection_users, radius, unscanned
from console.domain.rotation import Kind as ConsumerKind
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.workspaces import Workspace
from console.feeds.feed import Cadence, Feed
from console.jobs_running import running
from console.readers import Readers

if TYPE_CHECKING:
    from console.operations.plan import Plan
    from console.operations.rotation import Moving
    from console.operations.runner import Runner

T = TypeVar("T")
#: Lists that are asked for at once.
AT_ONCE = 4
#: Users that are named; the rest is counted.
MOST_NAMED = 3
#: All workspaces that can be seen, and why others may be missing, by the place. Raises TroubleError.
Seen = Callable[[], Awaitable[tuple[Sequence[Workspace], Mapping[str, str]]]]


class _Everything(NamedTuple):
    """What was read of all workspaces, and what was not."""

    workspaces: Sequence[Workspace]
    datastores: tuple[Datastore, ...]
    connections: tuple[Connection, ...]
    unread: Mapping[str, str]


class AccountUsers:
    """Lists all users of an account anew, and remembers what any of them was found to hold, by its id, as long as one session lives."""

    def __init__(self, readers: Readers, seen: Seen) -> None:
        self._readers, self._seen = readers, seen
        self.holdings: dict[str, Holding] = {}
        #: The application that a connection signs in as (client id), by the connection's id, once somebody had it read.
        self.clients: dict[str, str] = {}

    async def read(self, account_id: str) -> tuple[AccountKeys, tuple[Consumer, ...]]:
        """An account, and everything that is known to use it and what is not. Raises TroubleError where not even the account is read."""
        account = await self._readers.account_keys(account_id)
        every = await self._everything()
        more = connection_users(account.id, every.connections)
        return account, radius(account.id, every.workspaces, every.datastores, more, every.unread)

    async def of_application(self, client_id: str) -> tuple[Consumer, ...]:
        """Everything that signs in as an application. Raises TroubleError where no workspace is seen."""
        every = await self._everything()
        return application_users(client_id, every.datastores, every.connections, every.unread, self.clients)

    async def _everything(self) -> _Everything:
        workspaces, missing = await self._seen()
        unread, gate = dict(missing), asyncio.Semaphore(AT_ONCE)

        async def listed(what: str, read: Callable[[str], Awaitable[Reading[T]]], workspace: Workspace) -> Sequence[T]:
            async with gate:
                try:
                    reading = await read(workspace.id)
                except TroubleError as error:
                    unread[f"{what} of {workspace.name}"] = error.trouble.sentence
                    return ()
            if reading.incomplete:
                unread[f"some {what} of {workspace.name}"] = reading.incomplete
            return reading.items

        datastores: list[Awaitable[Sequence[Datastore]]] = [listed("datastores", self._readers.datastores, each) for each in workspaces]
        entered: list[Awaitable[Sequence[Connection]]] = [listed("connections", self._readers.connections, each) for each in workspaces]
        stores, connections = await asyncio.gather(asyncio.gather(*datastores), asyncio.gather(*entered))
        return _Everything(workspaces, tuple(chain.from_iterable(stores)), tuple(chain.from_iterable(connections)), unread)


class RotationNow:
    """One for an account, for as long as somebody looks. Nothing is revealed until `compare` is given a plan that was agreed to."""

    def __init__(
        self,
        account_id: str,
        users: AccountUsers,
        readers: Readers,
        runner: Callable[[], Runner],
        clock: ServerClock,
    ) -> None:
        self._users, self._readers, self._runner = users, readers, runner
        self.account_id = account_id
        self.account: AccountKeys | None = None
        #: What was found, by the id of the consumer: by a scan, or by the check of a rotation.
        self.holdings = users.holdings
        self.feed: Feed[Consumer] = Feed("radius", self._read, Cadence(60, 0, 0), clock)
        self.feed.set_scopes([account_id])

    async def _read(self, scope: str) -> Reading[Consumer]:
        self.account, consumers = await self._users.read(scope)
        return Reading(consumers)

    @property
    def consumers(self) -> Sequence[Consumer]:
        return self.feed.items

    def scan(self) -> Plan:
        """The plan that reads what each user holds. Raises TroubleError while the account is not read."""
        from console.operations import key_scan

        return key_scan.scan(self._known(), self.consumers)

    async def compare(self, plan: Plan) -> None:
        """Carry out a scan that was agreed to, and keep what it tells."""
        from console.operations import key_scan

        _, found = await key_scan.compare(self._runner(), plan, self.consumers)
        self.holdings.update(found)

    async def plan(self, leaving: str, grace: tuple[float, str]) -> Plan:
        """All to the other key, then `leaving` made anew. Raises TroubleError where it is not known what everybody holds."""
        from console.operations import rotation

        account, consumers = await self._users.read(self._known().id)
        self.account = account
        if unknown := unscanned(consumers, self.holdings):
            names = ", ".join(each.name for each in unknown[:MOST_NAMED])
            rest = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
            sentence = f"Compare the keys first: it is not known which {names}{rest} hold."
            raise TroubleError(Trouble(Kind.CONFLICT, sentence, "NotCompared"))
        wanted = rotation.Wanted(
            account=account,
            consumers=consumers,
            holdings=self.holdings,
            leaving=leaving,
            grace=grace,
        )
        told = await running(self._readers, {each.workspace: None for each in consumers if each.keyed and each.workspace is not None})
        wanted = replace(wanted, jobs=told.jobs, unread=told.unread)
        return rotation.rotate(replace(wanted, moving={each.id: await self._moving(each) for each in wanted.moved}))

    async def _moving(self, each: Consumer) -> Moving:
        """How a consumer is moved, by what it is now. Raises TroubleError."""
        from console.operations import rotation

        if each.kind is ConsumerKind.CONNECTION:
            connection = await self._readers.connection(each.id)
            return rotation.connection_moving(connection, await self._readers.connection_settings(each.id))
        return rotation.datastore_moving(*await self._readers.datastore(each.id))

    def _known(self) -> AccountKeys:
        if self.account is None:
            raise TroubleError(Trouble(Kind.CONFLICT, "The account is not read yet; try again in a moment.", "NotRead"))
        return self.account
