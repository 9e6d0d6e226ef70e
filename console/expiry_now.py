"""Expiry now: what expires over the workspaces that are looked at, from the lists of each kind, the directory, and scans of signatures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import TYPE_CHECKING

from console.clock import ServerClock
from console.connections_now import ConnectionsNow
from console.context import Context
from console.data_now import DataNow
from console.domain import expiry_applications, expiry_rows, expiry_signatures
from console.domain.applications import Application
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset
from console.domain.datastores import Auth, Datastore
from console.domain.expiry import Expiring
from console.domain.key_vaults import KeyVault
from console.domain.scopes import key
from console.domain.signatures import ScannedSignature
from console.domain.storage_accounts import UsedAccount
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_secrets import Secret
from console.feeds.lookup import Lookup
from console.feeds.snapshots import Snapshots
from console.feeds.source import Joined
from console.readers import Readers
from console.storage_now import StorageNow
from console.vaults_now import VaultsNow

if TYPE_CHECKING:
    from console.operations.plan import Plan
    from console.operations.runner import Runner

#: Where scans are kept on disk: with whom they were read as, and never a signature.
KEPT, EVERY = "signatures", "every workspace"
#: What a row is about.
Subject = KeyVault | Secret | Connection | Datastore | UsedAccount | DataAsset
#: How many client ids the directory is asked for at once.
AT_ONCE = 15


class ExpiryNow:
    """Nothing is read until `begin`, and no secret then: a signature only by a scan that was agreed to."""

    def __init__(
        self,
        readers: Readers,
        vaults: VaultsNow,
        connections: ConnectionsNow,
        data: DataNow,
        storage: StorageNow,
        context: Context,
        runner: Callable[[], Runner],
        clock: ServerClock,
        changed: Callable[[], None],
        snapshots: Snapshots | None,
    ) -> None:
        """`changed` is called after each answer of the directory, and after a scan. Without `snapshots` scans are not kept on disk."""
        self.vaults, self.connections, self.data, self.storage = vaults, connections, data, storage
        self._context, self._runner, self._tell, self._snapshots = context, runner, changed, snapshots
        self.begun = False
        #: Client id (lower case) → the application, as its directory tells of it.
        self.applications: Lookup[Application] = Lookup(readers.applications, clock, changed, keep=3_600, batch=AT_ONCE)
        self.scanned: dict[str, ScannedSignature] = {}
        self.rows = ExpiryRows(self)
        self._subjects: dict[str, Subject] = {}

    def begin(self) -> None:
        """Read from now on the lists that tell what expires, those of the workspaces that are looked at."""
        if not self.begun:
            self.begun = True
            self._recall()
        self.vaults.begin()
        self.connections.begin()
        self.storage.begin()

    def want(self) -> None:
        """Ask the directory of the applications that are known now, and where the data assets are."""
        self.applications.want(self._clients())
        self.data.want(())

    @property
    def items(self) -> tuple[Expiring, ...]:
        """The rows; none before somebody asked for them."""
        return self.rows.items if self.begun else ()

    def subject(self, row: Expiring) -> Subject | None:
        """What a row is about, as it is now; None where it is gone."""
        return self._subjects.get(key(row.subject_id)) if self.items else None

    # Scans

    @property
    def signed(self) -> tuple[Datastore | Connection, ...]:
        """What keeps a signature."""
        return tuple(expiry_signatures.signed(self.data.datastores.items, self.connections.feed.items))

    def scan(self, ids: Sequence[str] = ()) -> Plan:
        """The plan that reads the signatures of these (ARM ids; none: of all). Raises TroubleError where nothing keeps one."""
        from console.operations import signature_scan

        if not (rows := self._chosen(ids)):
            raise TroubleError(Trouble(Kind.NOT_FOUND, "Nothing here keeps a shared access signature.", "NothingToScan"))
        return signature_scan.scan(rows)

    async def read(self, plan: Plan) -> tuple[int, tuple[str, ...]]:
        """Carry out a scan that was agreed to: how many told their end, and why others did not. Raises JournalError."""
        from console.operations import signature_scan

        rows = self._chosen([step.target_id for step in plan.steps])
        _, found, failed = await signature_scan.read(self._runner(), plan, rows)
        self.scanned |= {each.id: each for each in found}
        await self._keep()
        self._tell()
        return len(found), failed

    def _chosen(self, ids: Sequence[str]) -> tuple[Datastore | Connection, ...]:
        wanted = {key(each) for each in ids}
        return tuple(row for row in self.signed if not wanted or key(row.id) in wanted)

    async def _keep(self) -> None:
        if self._snapshots is not None and self.scanned:
            every = tuple(self.scanned.values())
            await asyncio.to_thread(self._snapshots.save, KEPT, EVERY, every, max(each.read_at for each in every))

    def _recall(self) -> None:
        stored = self._snapshots.load(KEPT, EVERY, ScannedSignature) if self._snapshots is not None else None
        if stored is not None:
            self.scanned = {each.id: each for each in stored.items} | self.scanned

    # Life

    def forget(self) -> None:
        """Somebody else asks from now on: what was scanned is not theirs."""
        self.applications.forget()
        self.scanned.clear()
        if self.begun:
            self._recall()
        self.rows.touch()

    async def close(self) -> None:
        """What was scanned is written anew: what nobody looks at for long is pruned."""
        await self.applications.close()
        if self.begun:
            await self._keep()

    async def read_once(self) -> None:
        """For headless commands: every list once, and the directory. What fails is in the rows and in `unread`."""
        self.begin()
        await asyncio.gather(self.vaults.read_once(), self.connections.read_once(), self.data.read_once())
        # What the datastores are on is known once they are read.
        self.storage.places_changed()
        await asyncio.gather(*(self.storage.accounts.poll(scope) for scope in tuple(self.storage.accounts.parts)))
        await self.applications.settle(self._clients())
        self.rows.touch()

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What was not read, and why: who is not told of by a row."""
        feeds = (self.vaults.found, self.connections.feed, self.data.datastores, self.storage.accounts, self.data.assets)
        return {feed.name: trouble for feed in feeds for trouble in feed.troubles.values()}

    def _clients(self) -> list[str]:
        """The applications that datastores sign in as in one's own tenant."""
        mine = self._context.tenant_id.lower()
        signing = [each for each in self.data.datastores.items if each.auth in {Auth.SERVICE_PRINCIPAL, Auth.CERTIFICATE}]
        own = (each for each in signing if each.client_id and (not mine or each.tenant_id.lower() in {"", mine}))
        return list(dict.fromkeys(each.client_id.lower() for each in own))

    def made(self) -> list[Expiring]:
        """The rows, made anew."""
        datastores, connections = self.data.datastores.items, self.connections.feed.items
        trouble = self.applications.trouble
        # Others come and go with what else is known of the workspaces that can be seen.
        open_here = {key(place.id) for place in self._context.where}
        listed = (self.vaults.vaults, self.vaults.secrets.items, connections, datastores, self.storage.used.items, self.data.assets.items)
        self._subjects = {key(each.id): each for rows in listed for each in rows}
        return [
            *expiry_rows.of_secrets(self.vaults.secrets.items, connections),
            *expiry_rows.of_vaults(self.vaults.vaults, self._refused),
            *expiry_rows.of_connections(connections),
            *expiry_rows.of_accounts(
                each for each in self.storage.used.items if not open_here.isdisjoint(key(at.id) for at in each.workspaces)
            ),
            *expiry_rows.of_assets(self.data.assets.items, self.data.version),
            *expiry_applications.of_applications(
                datastores, self._context.tenant_id, self._application, trouble.sentence if trouble is not None else ""
            ),
            *expiry_signatures.of_signatures(datastores, connections, self.scanned, self._on),
        ]

    def _refused(self, vault: KeyVault) -> Trouble | None:
        """Why nothing is known of a vault's secrets; None where they were read, be it a while ago."""
        return self.vaults.trouble_of(vault.id) if self.vaults.secrets_of(vault.id) is None else None

    def _application(self, client_id: str) -> tuple[bool, Application | None]:
        return self.applications.known(client_id), self.applications.get(client_id)

    def _on(self, row: Datastore) -> tuple[str, ...]:
        users = self.data.users(row)
        named = tuple(f"data asset {each.asset.name} in {each.asset.workspace.name}" for each in users.known)
        more = (f"? ({users.unread} data assets are not read)",) if users.unread else ()
        return (*named, *more)


class ExpiryRows(Joined[Expiring]):
    """The rows; a vault that refuses is one of them, and is not waited for."""

    def __init__(self, now: ExpiryNow) -> None:
        self._now = now
        self._before: tuple[Expiring, ...] = ()
        feeds = (now.vaults.found, now.connections.feed, now.data.datastores, now.storage.accounts, now.vaults.secrets, now.data.assets)
        self._needed = feeds[:4]
        super().__init__(feeds, self._same, self._raw)

    @property
    def loaded(self) -> bool:
        answered = all(part.reading is not None or part.trouble is not None for part in self._now.vaults.secrets.parts.values())
        return answered and all(feed.loaded for feed in self._needed)

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Those of the first list that fails; that a vault refuses its secrets is told by its row."""
        others = (feed for feed in self._feeds if feed is not self._now.vaults.secrets)
        return next((troubles for feed in others if (troubles := feed.troubles)), {})

    def _same(self) -> Sequence[Expiring]:
        """Rows that say what they said before are the same objects: the table then draws nothing."""
        known = {row.id: row for row in self._before}
        made = tuple(was if (was := known.get(row.id)) == row else row for row in self._now.made())
        if len(made) != len(self._before) or not all(map(is_, made, self._before)):
            self._before = made
        return self._before

    def _raw(self, wanted: str) -> bytes | None:
        row = next((each for each in self.items if each.id.lower() == wanted), None)
        return next((raw for feed in self._feeds if (raw := feed.raw(row.subject_id.lower())) is not None), None) if row else None
