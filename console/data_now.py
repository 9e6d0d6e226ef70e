"""Data now: the datastores and data assets of the workspaces that are looked at, and which data is on which datastore."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from console.clock import ServerClock
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef, key
from console.domain.trouble import Trouble
from console.domain.used_by import Use, Via, uses
from console.feeds.feed import Cadence, Feed
from console.feeds.lookup import Lookup
from console.feeds.snapshots import Snapshots
from console.feeds.source import Derived
from console.readers import Readers

#: Versions that are read so that it is known who is on which datastore, a request each; the rest is told as not read.
MOST_READ = 300


class Users(NamedTuple):
    """The data assets on a datastore, and of how many more it is not known where they are. `read` False: no list of them is there yet."""

    known: tuple[Use, ...]
    unread: int
    read: bool

    @property
    def through(self) -> int | None:
        """How many are on it by its name, as far as that is known; None where nothing is."""
        number = sum(1 for each in self.known if each.via is Via.DATASTORE)
        return number if self.read and (number or not self.unread) else None


class DataNow:
    """Nothing is read until `begin`. Versions never change where they are, so that each is read once."""

    def __init__(
        self,
        readers: Readers,
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        changed: Callable[[], None],
        snapshots: Snapshots | None,
    ) -> None:
        """`where` tells the workspaces that are open; `changed` is called after each version that was read."""
        self._readers, self._where, self._tell = readers, where, changed
        self._begun = False
        self._uses: dict[str, tuple[Use, ...]] | None = None
        self._unread: dict[str, int] = {}
        self.datastores: Feed[Datastore] = Feed(
            "datastores", self._read_datastores, Cadence(60, 5, 0), clock, snapshots=snapshots, item_type=Datastore
        )
        self.assets: Feed[DataAsset] = Feed(
            "data assets", self._read_assets, Cadence(120, 0, 0), clock, snapshots=snapshots, item_type=DataAsset
        )
        #: ARM id of a version → it.
        self.versions: Lookup[DataVersion] = Lookup(readers.data_versions, clock, self._versions_changed, keep=86_400)
        for feed in self.feeds:
            feed.subscribe(lambda _feed: self.touch())

    @property
    def feeds(self) -> tuple[Feed[Datastore], Feed[DataAsset]]:
        return self.datastores, self.assets

    def begin(self) -> None:
        """Read the workspaces that are looked at from now on: a list of datastores and one of data assets for each."""
        self._begun = True
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if self._begun:
            for feed in self.feeds:
                feed.set_scopes([place.id for place in self._where()])
            self.touch()

    def touch(self) -> None:
        """Something was read."""
        self._uses = None

    def want(self, assets: Iterable[DataAsset]) -> None:
        """Read where these are, and as far as may be read where all are, these first."""
        first = dict.fromkeys(each.latest_id for each in assets if each.latest_id)
        rest = (each.latest_id for each in self.assets.items[:MOST_READ] if each.latest_id)
        self.versions.want(dict.fromkeys((*first, *rest)))

    def version(self, asset: DataAsset) -> DataVersion | None:
        """The newest version of a data asset, once it is read."""
        return self.versions.get(asset.latest_id) if asset.latest_id else None

    def users(self, datastore: Datastore) -> Users:
        """Who is on a datastore, by the newest version of each data asset."""
        if self._uses is None:
            known = self.versions.values
            self._uses = uses(self.datastores.items, self.assets.items, known)
            self._unread = {}
            for each in self.assets.items:
                version = known.get(each.latest_id)
                if version is None or version.fault:
                    self._unread[each.workspace.id] = self._unread.get(each.workspace.id, 0) + 1
        place = datastore.workspace.id
        read = self.assets.reading(place) is not None
        return Users(self._uses.get(key(datastore.id), ()), self._unread.get(place, 0), read)

    async def json(self, item_id: str) -> bytes:
        """A datastore, or a version of a data asset, as Azure sends it now. Raises TroubleError."""
        ask: Callable[[str], Awaitable[bytes]]
        ask = self._readers.data_version_json if "/versions/" in item_id.lower() else self._readers.datastore_json
        return await ask(item_id)

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are forgotten with those of the session."""
        self.versions.forget()
        self.touch()

    async def close(self) -> None:
        await self.versions.close()
        for feed in self.feeds:
            await feed.keep()

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What was not read beside the rows, and why."""
        trouble = self.versions.trouble
        return {"where some data assets are": trouble} if trouble is not None else {}

    async def read_once(self) -> None:
        """For headless commands: both lists once, and every newest version. What fails is in the feeds and in `unread`."""
        self.begin()
        await asyncio.gather(*(feed.poll(scope) for feed in self.feeds for scope in tuple(feed.parts)))
        await self.versions.settle(each.latest_id for each in self.assets.items if each.latest_id)

    async def _read_datastores(self, scope: str) -> Reading[Datastore]:
        return await self._readers.datastores(scope, self.datastores.reading(scope))

    async def _read_assets(self, scope: str) -> Reading[DataAsset]:
        return await self._readers.data_assets(scope, self.assets.reading(scope))

    def _versions_changed(self) -> None:
        self.touch()
        self._tell()


class UsersOf(Derived[Use]):
    """The data assets on one datastore, as rows."""

    def __init__(self, data: DataNow, datastore: Datastore) -> None:
        super().__init__(*data.feeds)
        self._data, self._datastore = data, datastore

    @property
    def items(self) -> tuple[Use, ...]:
        return self._data.users(self._datastore).known

    @property
    def incomplete(self) -> str:
        unread = self._data.users(self._datastore).unread
        return super().incomplete or (f"where {unread} more data assets are is not read" if unread else "")
