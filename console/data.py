"""Data of a session: datastores, data assets, storage accounts, connections and Key Vaults, and how they are reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.access.now import AccessNow
from console.application_now import ApplicationNow
from console.connections_now import ConnectionsNow
from console.data_now import DataNow
from console.data_ways import DataWays
from console.domain.account_keys import AccountKeys
from console.domain.connections import is_connection
from console.domain.datastores import is_datastore
from console.domain.findings.vaults import production
from console.domain.scopes import WorkspaceRef, key
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_secrets import Secret
from console.domain.workspaces import Workspace
from console.expiry_now import ExpiryNow
from console.feeds.connection_findings import ConnectionFindings
from console.feeds.data_findings import DataFindings, DatastoreFindings
from console.feeds.expiry_findings import ExpiryFindings
from console.feeds.feed import Cadence, Feed
from console.feeds.findings import Finder
from console.feeds.storage_findings import StorageFindings
from console.feeds.vault_findings import SecretFindings, VaultFindings
from console.ground import Ground
from console.rotation_now import AccountUsers, RotationNow
from console.storage_now import StorageNow
from console.vaults_now import VaultsNow

if TYPE_CHECKING:
    from console.operations.operation import Operation, StepRun
    from console.operations.runner import Runner

#: After a plan of ours a list is read at the transition's pace for so long (real seconds).
HURRY_S = 15.0


class Data:
    """Nothing is asked of Azure before one of its parts begins."""

    def __init__(self, ground: Ground, access: AccessNow, runner: Callable[[], Runner]) -> None:
        self._ground, self._runner = ground, runner
        readers, context, clock, changed = ground.readers, ground.context, ground.clock, ground.changed
        self.now = DataNow(readers, lambda: context.where, clock, changed, ground.kept)
        self.storage = StorageNow(
            readers, self.now.datastores, self.now.begin, ground.workspaces, ground.visible.enumerate, lambda: context.where, clock
        )
        self.connections = ConnectionsNow(readers, lambda: context.where, clock, changed, ground.kept)
        self.vaults = VaultsNow(readers, context, access.people, clock, changed)
        self.account_users = AccountUsers(readers, self._all_workspaces)
        self.ways = DataWays(
            lambda: self.now.datastores.items,
            self.now.version,
            self.storage.named,
            self.storage.unseen,
            lambda: access.workspaces.items,
            access.facts,
            access.rests_on,
            access.read_in,
            lambda: context.object_id.lower(),
            clock,
        )
        self.expiry = ExpiryNow(
            readers, self.vaults, self.connections, self.now, self.storage, context, runner, clock, changed, ground.kept
        )
        self.expiry_findings = ExpiryFindings(lambda: self.expiry.items, self.expiry.rows.touch, clock)
        self.datastore_findings = DatastoreFindings(self.now.datastores, self.ways.of, self.ways.read_at)
        self.asset_findings = DataFindings(self.now.assets, self.now.version, clock)
        self.storage_findings = StorageFindings(self.storage.used, (self.now.datastores, self.storage.accounts), clock)
        self.connection_findings = ConnectionFindings(self.connections.feed, self.connections.secret, clock)
        self.vault_findings = VaultFindings(lambda: self.vaults.vaults, self.vaults.found, self._is_important)
        self.secret_findings = SecretFindings(self.vaults.secrets, self.connections.made_from, clock)
        self.feeds: tuple[Feed[Any], ...] = (self.connections.feed, *self.now.feeds, *self.storage.feeds, *self.vaults.feeds)
        self.finders: tuple[Finder, ...] = (
            self.datastore_findings,
            self.asset_findings,
            self.storage_findings,
            self.connection_findings,
            self.vault_findings,
            self.secret_findings,
            self.expiry_findings,
        )
        for feed in self.feeds:
            feed.subscribe(lambda _feed: changed())

    # For as long as somebody looks

    def versions_of(self, secret: Secret) -> Feed[Secret]:
        """A feed of a secret's versions, for as long as somebody shows it; to be given back with the session's `release`."""
        feed: Feed[Secret] = Feed("versions", self._ground.readers.secret_versions, Cadence(60, 3, 0), self._ground.clock)
        feed.set_scopes([secret.ref.id])
        self._ground.scheduler.add(feed)
        return feed

    def rotation_of(self, account_id: str) -> RotationNow:
        """Who uses a storage account and with which key, for as long as somebody shows it; its feed is to be given back with `release`."""
        now = RotationNow(account_id, self.account_users, self._ground.readers, self._runner, self._ground.clock)
        now.feed.subscribe(lambda _feed: self._ground.changed())
        self._ground.scheduler.add(now.feed)
        return now

    def application_of(self, client_id: str) -> ApplicationNow:
        """Who signs in as an application, by its client id; nothing is read until it is asked to."""
        return ApplicationNow(client_id, self.account_users, self._ground.readers, self._runner)

    async def account_named(self, name: str, subscription_id: str = "") -> AccountKeys:
        """The storage account of a name, in a subscription or in any that has a workspace. Raises TroubleError where none is seen."""
        workspaces, _ = await self._all_workspaces()
        for each in dict.fromkeys((subscription_id, *(workspace.ref.subscription_id for workspace in workspaces))):
            if each and (found := await self._ground.readers.account_named(each, name)) is not None:
                return found
        sentence = f"No storage account {name} is seen: it is gone, in a subscription without a workspace, or you may not read it."
        raise TroubleError(Trouble(Kind.NOT_FOUND, sentence, "StorageAccountNotFound"))

    # What follows from what

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        for part in (self.now, self.storage, self.connections, self.vaults):
            part.places_changed()

    def heard(self, operation: Operation, run: StepRun) -> None:
        """Something came of a step of ours: what it changes is read soon."""
        target = run.step.target_id
        listed: Feed[Any] | None
        listed = self.now.datastores if is_datastore(target) else self.connections.feed if is_connection(target) else None
        for place in self._ground.context.where:
            if listed is not None and key(target).startswith(key(place.id) + "/"):
                listed.hurry(place.id, HURRY_S)
        self.connections.heard(operation, run)
        self.vaults.hurry(target)

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are forgotten with those of the session."""
        for part in (self.now, self.connections, self.vaults, self.ways, self.expiry):
            part.forget()

    async def close(self) -> None:
        for part in (self.now, self.connections, self.vaults, self.expiry):
            await part.close()

    async def _all_workspaces(self) -> tuple[Sequence[Workspace], Mapping[str, str]]:
        """Every workspace that can be seen, and the subscriptions of which that is not known."""
        found = await self._ground.visible.all()
        names, troubles = self._ground.context.subscription_names, self._ground.workspaces.troubles
        return found, {f"workspaces of {names.get(scope, scope)}": trouble.sentence for scope, trouble in troubles.items()}

    def _is_important(self, place: WorkspaceRef) -> bool:
        """Whether somebody called a workspace protected, or production by its tags."""
        return self._ground.context.is_protected(place) or production(self._ground.visible.tags(place))
