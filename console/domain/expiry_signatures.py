"""When shared access signatures end that datastores and connections keep: known after a scan alone, and until their holder is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import Connection
from console.domain.datastores import Auth, Datastore
from console.domain.expiry import Expiring, Kind
from console.domain.findings.finding import Source
from console.domain.scopes import key
from console.domain.signatures import ScannedSignature

SCAN = "s scans it: the secret is read, journaled, and its end alone is kept"
POLICIES = "the container's access policies (az storage container policy list)"


def of_signatures(
    datastores: Iterable[Datastore],
    connections: Iterable[Connection],
    scanned: Mapping[str, ScannedSignature],
    on: Callable[[Datastore], tuple[str, ...]],
) -> Iterator[Expiring]:
    """What keeps a shared access signature, with what a scan told; `on` names the data assets on a datastore."""
    for row in signed(datastores, connections):
        known = scanned.get(key(row.id))
        stale = known is not None and known.changed != row.modified_on
        ends = known.expires if known is not None and not stale else None
        why, tells = ("", "") if ends is not None else _untold(known, stale)
        is_store = isinstance(row, Datastore)
        yield Expiring(
            kind=Kind.SIGNATURE,
            id=f"signatures{row.id}",
            subject_id=row.id,
            name=row.name,
            where=row.workspace.name,
            workspace=row.workspace,
            due=ends,
            since=row.modified_on or row.created_on,
            breaks=on(row) if isinstance(row, Datastore) else (f"what enters {row.label}{f' ({row.target})' if row.target else ''} by it",),
            unsure=f"which jobs read by the {'datastore' if is_store else 'connection'}: Azure ML does not tell",
            source=Source.SCAN,
            read_at=known.read_at if known is not None else None,
            why=why,
            tells=tells,
        )


def signed(datastores: Iterable[Datastore], connections: Iterable[Connection]) -> Iterator[Datastore | Connection]:
    """Those that keep a shared access signature."""
    yield from (row for row in datastores if row.auth is Auth.SAS and not row.fault)
    yield from (row for row in connections if row.auth is ConnectionAuth.SAS and not row.fault)


def _untold(known: ScannedSignature | None, stale: bool) -> tuple[str, str]:
    """Why the end of a signature is not known, and what would tell it."""
    if known is None:
        return "never scanned: only the signature itself tells", SCAN
    if stale:
        return f"changed since the scan of {known.read_at:%Y-%m-%d}: it may hold another signature", SCAN
    if known.policy:
        return "it goes by a stored access policy of its container, which has the end", POLICIES
    return "the signature does not say when it ends", "a signature that does (f)"
