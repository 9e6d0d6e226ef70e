"""Rotation by blast radius: all that uses a storage account, how each comes in, which key it holds, and how it is moved.

A registered datastore keeps the key that it was given, whatever becomes of that; a workspace's own datastores take theirs from the account
when the workspace is told to (`resyncKeys`), or by themselves after about an hour (Microsoft Learn, "Regenerate storage account access
keys").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from console.domain import scopes, uris
from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import Connection
from console.domain.datastores import Auth, Datastore
from console.domain.scopes import WorkspaceRef
from console.domain.uris import StoragePlace
from console.domain.workspaces import Workspace


class Kind(StrEnum):
    """What a row of the radius is. OWN came with its workspace; UNSEEN stands for users that cannot be read from here."""

    DATASTORE = "datastore"
    OWN = "own datastore"
    CONNECTION = "connection"
    UNSEEN = "not seen"


class Way(StrEnum):
    """How it is moved from one key to the other."""

    REPLACE = "its key is replaced"
    RESYNC = "resyncKeys of its workspace"
    REISSUE = "by hand: a new SAS"
    SECRET = "its client secret is replaced"
    UNTOUCHED = "holds no key"
    LOOK = "look there"


class Held(StrEnum):
    """Which of the account's keys somebody holds, by comparison in memory. UNTOLD: nobody compared, or it cannot be told."""

    KEY1 = "key1"
    KEY2 = "key2"
    NEITHER = "neither"
    UNTOLD = "?"


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """One user of an account. `id` is its ARM id, of what is not seen a text; `place` where in the account; `note` what else is known."""

    id: str
    name: str
    kind: Kind
    way: Way
    workspace: WorkspaceRef | None = None
    auth: str = ""
    place: str = ""
    note: str = ""

    @property
    def keyed(self) -> bool:
        """Whether it holds a key of the account itself."""
        return self.way in {Way.REPLACE, Way.RESYNC}

    @property
    def secret(self) -> bool:
        """Whether a secret is behind it that tells more."""
        return self.keyed or self.way is Way.REISSUE


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison told of a consumer at a moment (UTC, the server's clock); the secret itself is forgotten.

    `fingerprint` tells equal ones from others, within this console's life alone. `ends` is when a shared access signature runs out.
    `why` says why nothing is told.
    """

    held: Held
    at: datetime
    fingerprint: str = ""
    ends: datetime | None = None
    why: str = ""


def radius(
    account_id: str, workspaces: Iterable[Workspace], datastores: Iterable[Datastore], more: Iterable[Consumer], unread: Mapping[str, str]
) -> tuple[Consumer, ...]:
    """Everything that is known to use an account, and what is not known. `more` are users of other kinds.

    `unread` are places whose lists could not be read, and why.
    """
    name = scopes.segments(account_id).get("storageaccounts", "").lower()
    homes = {scopes.key(each.id): each for each in workspaces}
    found = [_datastore(each, account_id, homes) for each in datastores if each.account.lower() == name and not each.fault]
    return (*found, *more, *_unseen(unread), OUTSIDE)


#: Azure ML is not all that may hold a key. Microsoft Learn, "Prevent Shared Key authorization" and the logs' `identity / tokenHash`.
OUTSIDE = Consumer(
    id="outside:azure-ml",
    name="outside Azure ML",
    kind=Kind.UNSEEN,
    way=Way.LOOK,
    note=(
        "applications, jobs with a key in their code, other services: nothing here sees them. The account's metric Transactions by "
        "Authentication (Account Key, SAS) counts them; its logs (StorageBlobLogs, StorageFileLogs) name caller, and in "
        "AuthenticationHash which key"
    ),
)


def connection_users(account_id: str, rows: Iterable[Connection]) -> tuple[Consumer, ...]:
    """The connections whose target is in an account, of those that can be read."""
    name = scopes.segments(account_id).get("storageaccounts", "").lower()
    ways = {ConnectionAuth.ACCOUNT_KEY: Way.REPLACE, ConnectionAuth.SAS: Way.REISSUE}
    placed = ((row, uris.parse(row.target)) for row in rows if not row.fault)
    return tuple(
        Consumer(
            id=row.id,
            name=row.name,
            kind=Kind.CONNECTION,
            way=ways.get(row.auth, Way.UNTOUCHED),
            workspace=row.workspace,
            auth=row.auth.label,
            place=f"{place.account}/{place.container}",
        )
        for row, place in placed
        if isinstance(place, StoragePlace) and place.account.lower() == name
    )


def application_users(
    client_id: str,
    datastores: Iterable[Datastore],
    connections: Iterable[Connection],
    unread: Mapping[str, str],
    clients: Mapping[str, str] = {},
) -> tuple[Consumer, ...]:
    """Everything that signs in as an application, or may: a connection tells whose it is with its secret alone.

    `clients` are the client ids of those that were read, by the connections' ids.
    """
    mine = [each for each in datastores if each.client_id.lower() == client_id.lower() and not each.fault]
    stores = [
        Consumer(
            id=each.id,
            name=each.name,
            kind=Kind.DATASTORE,
            way=Way.LOOK if each.retired else Way.SECRET if each.auth is Auth.SERVICE_PRINCIPAL else Way.UNTOUCHED,
            workspace=each.workspace,
            auth=each.auth.label,
            place=each.target,
            note="its service has ended: no secret opens it" if each.retired else "",
        )
        for each in mine
    ]
    entered = [
        Consumer(
            id=each.id,
            name=each.name,
            kind=Kind.CONNECTION,
            way=Way.SECRET if each.id in clients else Way.LOOK,
            workspace=each.workspace,
            auth=each.auth.label,
            place=each.target,
            note="" if each.id in clients else "by a service principal: which one is told with its secret alone",
        )
        for each in connections
        if each.auth is ConnectionAuth.SERVICE_PRINCIPAL and clients.get(each.id, client_id).lower() == client_id.lower()
    ]
    return (*stores, *entered, *_unseen(unread))


def _unseen(unread: Mapping[str, str]) -> tuple[Consumer, ...]:
    return tuple(
        Consumer(id=f"unread:{place}", name=place, kind=Kind.UNSEEN, way=Way.LOOK, note=f"it could not be read: {why}")
        for place, why in unread.items()
    )


def _datastore(row: Datastore, account_id: str, homes: Mapping[str, Workspace]) -> Consumer:
    home = homes.get(scopes.key(row.workspace.id))
    own = row.system and (home is None or scopes.key(home.storage) == scopes.key(account_id))
    ways = {Auth.KEY: Way.RESYNC if own else Way.REPLACE, Auth.SAS: Way.REISSUE}
    return Consumer(
        id=row.id,
        name=row.name,
        kind=Kind.OWN if own else Kind.DATASTORE,
        way=ways.get(row.auth, Way.UNTOUCHED),
        workspace=row.workspace,
        auth=row.auth.label if row.auth is not Auth.UNKNOWN else row.auth_word or "?",
        place=row.target,
    )


def holding(consumers: Iterable[Consumer], holdings: Mapping[str, Holding], held: Held) -> tuple[Consumer, ...]:
    """The consumers that were found to hold this."""
    return tuple(each for each in consumers if each.keyed and (known := holdings.get(each.id)) is not None and known.held is held)


def unscanned(consumers: Iterable[Consumer], holdings: Mapping[str, Holding]) -> tuple[Consumer, ...]:
    """The consumers with a key of which it is not known which it is."""
    return tuple(each for each in consumers if each.keyed and ((known := holdings.get(each.id)) is None or known.held is Held.UNTOLD))


def against(consumers: Sequence[Consumer], holdings: Mapping[str, Holding], leaving: str, after: Iterable[str] = ()) -> tuple[str, ...]:
    """What stands against making a key anew now, a sentence each: whoever holds it still, or may.

    `after` are ids of workspaces whose own datastores are told to take the new key right after.
    """
    later = {scopes.key(each) for each in after}
    found = []
    for each in consumers:
        place = f"{each.name} in {each.workspace.name}" if each.workspace is not None else each.name
        if not each.keyed or (each.way is Way.RESYNC and each.workspace is not None and scopes.key(each.workspace.id) in later):
            continue
        known = holdings.get(each.id)
        if known is None or known.held is Held.UNTOLD:
            found.append(f"which key {place} holds could not be told{f': {known.why}' if known is not None and known.why else ''}")
        elif known.held == leaving:
            found.append(f"{place} still holds {leaving}")
    return tuple(found)
