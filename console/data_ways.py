"""Data ways: the chains from datastores, data assets and connections to what lets somebody in, worked out from what is read by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_

from console.clock import ServerClock
from console.domain import scopes, uris
from console.domain.access.facts import Facts
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Auth, Datastore, Type
from console.domain.reasons.chain import Chain, Way
from console.domain.reasons.connection_links import Tried, leading, stored_at
from console.domain.reasons.reaching import reaching
from console.domain.secret_state import SecretState
from console.domain.storage_accounts import StorageAccount, account_name
from console.domain.uris import DatastorePlace, Service, StoragePlace
from console.domain.workspaces import Workspace

_TYPES = {Service.BLOB: Type.BLOB, Service.DFS: Type.GEN2, Service.FILE: Type.FILE, Service.GEN1: Type.GEN1}


class DataWays:
    """Reads nothing: whoever looks begins to read the accounts and the access."""

    def __init__(
        self,
        datastores: Callable[[], Sequence[Datastore]],
        version: Callable[[DataAsset], DataVersion | None],
        account: Callable[[str], StorageAccount | None],
        unseen: Callable[[], str],
        workspaces: Callable[[], Sequence[Workspace]],
        facts: Callable[[], Facts],
        rests_on: Callable[[], tuple[object, ...]],
        read_in: Callable[[str], bool],
        me: Callable[[], str],
        clock: ServerClock,
    ) -> None:
        """`facts` are those of access, the same for as long as each of `rests_on` is.

        `read_in` tells whether those of a subscription were read.
        """
        self._datastores, self._version, self._account, self._unseen = datastores, version, account, unseen
        self._workspaces, self._make_facts, self._rests_on, self._read_in = workspaces, facts, rests_on, read_in
        self._me, self._clock = me, clock
        self._facts: tuple[tuple[object, ...], Facts] | None = None
        self._known: dict[str, tuple[tuple[object, ...], Chain]] = {}

    def of(self, row: Datastore) -> Chain:
        """The chain of a datastore; made anew where something that it rests on is another than before."""
        account, workspace, facts = self._account(account_name(row)), self._workspace(row.workspace.id), self._access()
        rests = (row, account, workspace, facts)
        known = self._known.get(row.id)
        if known is None or account is None or not all(map(is_, rests, known[0])):
            known = self._known[row.id] = rests, reaching(self._way(row))
        return known[1]

    def to_be(self, row: Datastore) -> Chain:
        """The chain of a datastore as it would be."""
        return reaching(self._way(row))

    def of_asset(self, asset: DataAsset) -> Chain:
        """The chain of a data asset, by its newest version."""
        version = self._version(asset)
        on = self._on(version) if version is not None else None
        if on is None and version is not None:
            on = _at_address(asset, version)
        return reaching(self._way(on, asset, version))

    def of_connection(self, row: Connection, secret: SecretState | None, tried: Tried | None) -> Chain:
        """The chain of a connection: with what is known of the vault secret behind it, and what came of the last test."""
        stored = stored_at(row)
        way = self._way(stored) if stored is not None else Way(datastore=None, now=self._clock.now())
        return leading(row, way, secret, tried)

    def read_at(self, row: Datastore) -> bool:
        """Whether all that the chain of a datastore rests on is read."""
        account = self._account(account_name(row))
        return account is not None and self._workspace(row.workspace.id) is not None and self._roles_read(account)

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._facts = None
        self._known.clear()

    def _way(self, row: Datastore | None, asset: DataAsset | None = None, version: DataVersion | None = None) -> Way:
        account = self._account(account_name(row)) if row is not None else None
        place = row.workspace if row is not None else asset.workspace if asset is not None else None
        return Way(
            datastore=row,
            asset=asset,
            version=version,
            account=account,
            unseen=self._unseen(),
            workspace=self._workspace(place.id) if place is not None else None,
            facts=self._access() if account is not None and self._roles_read(account) else None,
            me=self._me(),
            now=self._clock.now(),
        )

    def _roles_read(self, account: StorageAccount) -> bool:
        return self._read_in(scopes.segments(account.id).get("subscriptions", "").lower())

    def _on(self, version: DataVersion) -> Datastore | None:
        return next((each for each in self._datastores() if scopes.key(each.id) == version.datastore_id), None)

    def _workspace(self, workspace_id: str) -> Workspace | None:
        return next((each for each in self._workspaces() if scopes.same_id(each.id, workspace_id) and not each.fault), None)

    def _access(self) -> Facts:
        rests = self._rests_on()
        if self._facts is None or not all(map(is_, rests, self._facts[0])):
            self._facts = rests, self._make_facts()
        return self._facts[1]


def _at_address(asset: DataAsset, version: DataVersion) -> Datastore | None:
    """What an address without a signature is like: a datastore without a name, that whoever reads has to be let in to."""
    place = uris.parse(version.uri)
    if place is None or isinstance(place, DatastorePlace) or version.signed:
        return None
    return _nameless(asset, place)


def _nameless(asset: DataAsset, place: StoragePlace) -> Datastore:
    kind = _TYPES[place.service]
    return Datastore(
        id="", name="", workspace=asset.workspace, type=kind, account=place.account, container=place.container, auth=Auth.IDENTITY
    )
