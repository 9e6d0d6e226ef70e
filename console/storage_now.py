"""Storage now: the storage accounts under the datastores, and who is on each of them over all workspaces that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_

from console.clock import ServerClock
from console.domain import scopes
from console.domain.datastores import Datastore
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.storage_accounts import StorageAccount, UsedAccount, account_name, used_accounts
from console.domain.workspaces import Workspace
from console.feeds.beside import JoinedBeside
from console.feeds.feed import Cadence, Feed, newest_trouble
from console.readers import Readers

#: Marks the scopes of the feed of accounts: a subscription is also a scope of other feeds.
ACCOUNTS = "storage-accounts"
#: Marks the workspaces whose datastores are read for this alone.
ELSEWHERE = "datastores-elsewhere"


class StorageNow:
    """Nothing is read until `begin`, for the accounts alone, or `begin_everywhere`, for who is on them in other workspaces too."""

    def __init__(
        self,
        readers: Readers,
        datastores: Feed[Datastore],
        read_datastores: Callable[[], None],
        workspaces: Feed[Workspace],
        enumerate_workspaces: Callable[[], None],
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
    ) -> None:
        """`datastores` are those of the workspaces that are open (`where`), once `read_datastores` was called.

        `workspaces` tells which others can be seen, once they are enumerated.
        """
        self._readers, self._datastores, self._workspaces = readers, datastores, workspaces
        self._read_datastores, self._enumerate, self._where = read_datastores, enumerate_workspaces, where
        self._begun = self._everywhere = False
        self._made: Sequence[UsedAccount] = ()
        self._followed: tuple[object, ...] = (None,) * 4
        self.accounts: Feed[StorageAccount] = Feed("storage accounts", self._read_accounts, Cadence(300, 0, 0), clock)
        #: The datastores of the workspaces that can be seen and are not open.
        self.elsewhere: Feed[Datastore] = Feed("datastores elsewhere", self._read_elsewhere, Cadence(300, 0, 0), clock)
        #: A row for each account that something is on.
        self.used: JoinedBeside[UsedAccount] = JoinedBeside(
            (datastores, self.accounts), (workspaces, self.elsewhere), self._used, self.accounts.raw
        )
        for feed in (datastores, workspaces):
            feed.subscribe(lambda _feed: self.places_changed())

    @property
    def feeds(self) -> tuple[Feed[StorageAccount], Feed[Datastore]]:
        return self.accounts, self.elsewhere

    def begin(self) -> None:
        """Read the accounts in the subscriptions that are looked at from now on: one list for each."""
        self._begun = True
        self._read_datastores()
        self.places_changed()

    def begin_everywhere(self) -> None:
        """Read the datastores of every workspace that can be seen, too."""
        self._everywhere = True
        self._enumerate()
        self.begin()

    def places_changed(self) -> None:
        """Other workspaces are looked at, or are known."""
        if not self._begun:
            return
        here = {scopes.key(place.id) for place in self._where()}
        others = [each for each in self._workspaces.items if self._everywhere and not each.fault and scopes.key(each.id) not in here]
        told = {row.storage_subscription for row in self._datastores.items}
        seen = [each for each in self._workspaces.items if self._everywhere or scopes.key(each.id) in here]
        own = {scopes.segments(each.storage).get("subscriptions", "") for each in seen}
        wanted = sorted({each.lower() for each in (*(place.subscription_id for place in self._where()), *told, *own) if each})
        if (accounts := [f"{each}/{ACCOUNTS}" for each in wanted]) != list(self.accounts.parts):
            self.accounts.set_scopes(accounts)
        if (elsewhere := [f"{each.id}/{ELSEWHERE}" for each in others]) != list(self.elsewhere.parts):
            self.elsewhere.set_scopes(elsewhere)
        self.used.touch()

    def account(self, row: Datastore) -> StorageAccount | None:
        """The account that a datastore is on, as far as it is read."""
        return self.named(account_name(row))

    def named(self, name: str) -> StorageAccount | None:
        """The account of a name; None where it is not seen."""
        return next((each for each in self.accounts.items if each.name.lower() == name.lower()), None) if name else None

    def unseen(self) -> str:
        """Why an account is not seen, as a clause; "" while it is not known whether it will be."""
        if trouble := next(iter(self.accounts.troubles.values()), None):
            return trouble.sentence.rstrip(".")
        if not self.accounts.parts or not self.accounts.loaded:
            return ""
        return "you may not read it, or it is in another subscription, or it is gone"

    @property
    def unread(self) -> str:
        """What of other workspaces is not read, and why; "" where all of it is."""
        if trouble := newest_trouble(self.elsewhere.troubles):
            number = len(self.elsewhere.troubles)
            return f"the datastores of {number} other workspace{'' if number == 1 else 's'}: {trouble.sentence}"
        if not self._everywhere:
            return "the datastores of workspaces that are not open here (:storage reads them)"
        waiting = sum(part.reading is None for part in self.elsewhere.parts.values())
        if waiting or not self._workspaces.loaded:
            return "the datastores of other workspaces are being read"
        return self._workspaces.incomplete

    async def _read_accounts(self, scope: str) -> Reading[StorageAccount]:
        return await self._readers.storage_accounts(scope.removesuffix(f"/{ACCOUNTS}"), self.accounts.reading(scope))

    async def _read_elsewhere(self, scope: str) -> Reading[Datastore]:
        return await self._readers.datastores(scope.removesuffix(f"/{ELSEWHERE}"), self.elsewhere.reading(scope))

    def _used(self) -> Sequence[UsedAccount]:
        """Made anew only where something that they follow from is another than before."""
        follows_from = (self.accounts.items, self._datastores.items, self.elsewhere.items, self._workspaces.items)
        if not all(map(is_, follows_from, self._followed)):
            self._followed = follows_from
            accounts, here, elsewhere, workspaces = follows_from
            unseen = self.unseen() or "it is being looked for"
            before = {row.name: row for row in self._made}
            made = used_accounts(accounts, (*here, *elsewhere), workspaces, unseen)
            self._made = tuple(was if (was := before.get(row.name)) == row else row for row in made)
        return self._made
