"""Connection links: whether a connection leads where it should: what it keeps, until when, the vault secret behind it, and what it enters.

A connection keeps a copy of the secret that it was made from: what becomes of the secret in its vault changes nothing until somebody gives
the connection the new one. Where it leads into Azure Storage the links of stored data follow; elsewhere only a test tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from console.domain import uris
from console.domain.connection_kinds import Auth
from console.domain.connections import Connection
from console.domain.datastores import Auth as DatastoreAuth
from console.domain.datastores import Datastore, Type
from console.domain.findings.finding import Source
from console.domain.reasons.chain import Chain, Link, Part, Standing, Way, concluded
from console.domain.reasons.reader_links import SYSTEM_IDENTITY, reader_links
from console.domain.reasons.storage_links import storage_links
from console.domain.secret_state import SecretState, unusable
from console.domain.uris import DatastorePlace, Service

TARGET_UNSEEN = "Whether the target answers, and what its own network lets in: a test (T) has Azure try it."
USERS_UNSEEN = "Who uses it: no service tells."

_TYPES = {Service.BLOB: Type.BLOB, Service.DFS: Type.GEN2, Service.FILE: Type.FILE}
_AUTHS = {
    Auth.ACCOUNT_KEY: DatastoreAuth.KEY,
    Auth.ACCESS_KEY: DatastoreAuth.KEY,
    Auth.SAS: DatastoreAuth.SAS,
    Auth.SERVICE_PRINCIPAL: DatastoreAuth.SERVICE_PRINCIPAL,
    Auth.MANAGED_IDENTITY: DatastoreAuth.IDENTITY,
    Auth.AAD: DatastoreAuth.IDENTITY,
}


class Tried(NamedTuple):
    """What came of a test: whether the target was entered (None: that is not known), when (UTC), and what was said."""

    passed: bool | None
    at: datetime
    said: str = ""


def stored_at(row: Connection) -> Datastore | None:
    """What a connection into Azure Storage enters, as a datastore without a name; None where it leads elsewhere."""
    place = uris.parse(row.target)
    if place is None or isinstance(place, DatastorePlace) or place.service not in _TYPES or row.auth not in _AUTHS:
        return None
    return Datastore(
        id="",
        name="",
        workspace=row.workspace,
        type=_TYPES[place.service],
        account=place.account,
        container=place.container,
        auth=_AUTHS[row.auth],
        service_identity=SYSTEM_IDENTITY if row.auth is Auth.MANAGED_IDENTITY else "",
        modified_on=row.modified_on or row.created_on,
    )


def leading(row: Connection, way: Way, secret: SecretState | None, tried: Tried | None) -> Chain:
    """The chain of a connection. The datastore of `way` is what `stored_at` gives; `secret` is what is known of the vault secret behind."""
    links = [_connection(row), *_ending(row, way.now), *_behind(row, secret, way.now)]
    lacking = None
    if way.datastore is not None:
        links += storage_links(way)
        if way.datastore.auth in {DatastoreAuth.KEY, DatastoreAuth.SAS}:
            told = f"Nobody is asked: whoever uses the connection goes in by its {row.auth.label}"
            links.append(Link(Part.IDENTITY, Standing.HOLDS, told, Source.ARM))
        else:
            readers = list(reader_links(way))
            links += [link for link, _ in readers]
            lacking = next((found for _, found in readers if found is not None), None)
    links += _tried(row, tried)
    told_links = tuple(links)
    unseen = (USERS_UNSEEN,) if tried is not None else (TARGET_UNSEEN, USERS_UNSEEN)
    return Chain(concluded(told_links), told_links, unseen, lacking)


def _connection(row: Connection) -> Link:
    how = row.auth.label if row.auth is not Auth.UNKNOWN else row.auth_word or "?"
    told = f"{row.name} leads to {row.target or '?'} ({row.label}), by {how}"
    if row.error:
        return Link(Part.CONNECTION, Standing.BROKEN, f"{told}; Azure says of it: {row.error}", Source.ARM, row.modified_on)
    return Link(Part.CONNECTION, Standing.HOLDS, told, Source.ARM, row.modified_on or row.created_on)


def _ending(row: Connection, now: datetime) -> Iterator[Link]:
    if row.expires is None:
        return
    day = f"{row.expires:%Y-%m-%d}"
    if row.expires <= now:
        told = f"Whoever made it said that its credential is good until {day}: that is over"
        yield Link(Part.SECRET, Standing.DOUBTFUL, told, Source.ARM, row.modified_on)
    else:
        yield Link(
            Part.SECRET, Standing.HOLDS, f"Whoever made it said that its credential is good until {day}", Source.ARM, row.modified_on
        )


def _behind(row: Connection, secret: SecretState | None, now: datetime) -> Iterator[Link]:
    behind = row.behind
    if behind is None:
        return
    newest = secret.newest if secret is not None else None
    if newest is None:
        why = secret.fault if secret is not None and secret.fault else "it is being read"
        yield Link(Part.VAULT, Standing.UNREAD, f"It was made from {behind.short}: {why}", Source.VAULT)
        return
    wrong = unusable(newest, now)
    if newest.version != behind.version:
        told = f"It holds an earlier version of {behind.short} than the newest{f'; of the newest: {wrong.sentence}' if wrong else ''}"
        yield Link(Part.VAULT, Standing.DOUBTFUL, told, Source.VAULT, newest.created)
    elif wrong is not None:
        told = f"It holds the newest version of {behind.short}: {wrong.sentence}; the copy that the connection keeps stands by itself"
        yield Link(Part.VAULT, Standing.DOUBTFUL, told, Source.VAULT, newest.updated or newest.created)
    else:
        yield Link(Part.VAULT, Standing.HOLDS, f"It holds the newest version of {behind.short}", Source.VAULT, newest.created)


def _tried(row: Connection, tried: Tried | None) -> Iterator[Link]:
    if tried is None:
        return
    if tried.passed is None:
        yield Link(Part.TARGET, Standing.UNREAD, f"A test did not tell{f': {tried.said}' if tried.said else ''}", Source.ARM, tried.at)
    elif row.modified_on is not None and row.modified_on > tried.at:
        yield Link(Part.TARGET, Standing.UNREAD, "It was changed since the last test", Source.ARM, tried.at)
    elif tried.passed:
        yield Link(Part.TARGET, Standing.HOLDS, "Azure entered the target in a test", Source.ARM, tried.at)
    else:
        yield Link(Part.TARGET, Standing.BROKEN, f"A test failed: {tried.said or 'Azure did not say why'}", Source.ARM, tried.at)
