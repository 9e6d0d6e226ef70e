"""Rows of what expires, made from what is read of each kind of resource; of what cannot be told there is a row too, which says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.expiry import Expiring, Kind, Measured
from console.domain.findings.finding import Source
from console.domain.findings.storage import KEY_DAYS
from console.domain.key_vaults import KeyVault
from console.domain.storage_accounts import UsedAccount
from console.domain.trouble import Trouble
from console.domain.vault_secrets import Secret, State

READERS_UNKNOWN = "who else reads it: Key Vault keeps no list of that"
JOBS_UNKNOWN = "which jobs and deployments use it: Azure ML does not tell"
#: What whoever made a connection has to say for its end to be known: its secret ends, and Azure ML does not know when.
TELLS_BY_HAND = "f gives it another secret, and says until when; which application it is of, its secret alone tells"
ENDING = frozenset({ConnectionAuth.SERVICE_PRINCIPAL})


def of_secrets(secrets: Iterable[Secret], connections: Iterable[Connection]) -> Iterator[Expiring]:
    """Those that expire, each with the connections that were made from it."""
    made: dict[tuple[str, str], list[str]] = {}
    for each in connections:
        if (behind := each.behind) is not None:
            made.setdefault((behind.vault_name.lower(), behind.name.lower()), []).append(named("connection", each))
    for row in secrets:
        if row.fault or row.deleted or row.expires is None:
            continue
        off = row.state == State.DISABLED
        yield Expiring(
            kind=Kind.CERTIFICATE if row.managed else Kind.SECRET,
            id=row.id,
            subject_id=row.id,
            name=row.name,
            where=row.vault_name,
            due=row.expires,
            since=row.updated or row.created,
            breaks=tuple(made.get((row.vault_name.lower(), row.name.lower()), ())),
            unsure=f"{READERS_UNKNOWN}{'; it is disabled already' if off else ''}",
            source=Source.VAULT,
        )


def of_vaults(vaults: Iterable[KeyVault], trouble: Callable[[KeyVault], Trouble | None]) -> Iterator[Expiring]:
    """The vaults whose secrets cannot be listed: what expires there is not known."""
    for row in vaults:
        refused = trouble(row)
        why = row.fault or (refused.sentence if refused is not None else "")
        if why:
            yield Expiring(
                kind=Kind.VAULT,
                id=row.id,
                subject_id=row.id,
                name=row.name,
                where=", ".join(place.name for place in row.workspaces),
                workspace=row.workspaces[0] if row.workspaces else None,
                source=Source.VAULT,
                why=why,
                tells="whoever may list its secrets; what would let you is told where the vault is listed (enter)",
            )


def of_connections(rows: Iterable[Connection]) -> Iterator[Expiring]:
    """Those whose maker said until when they are good, and those whose secret ends though nobody said when."""
    for row in rows:
        if row.fault or (row.expires is None and row.auth not in ENDING):
            continue
        yield Expiring(
            kind=Kind.CONNECTION,
            id=row.id,
            subject_id=row.id,
            name=row.name,
            where=row.workspace.name,
            workspace=row.workspace,
            due=row.expires,
            since=row.modified_on or row.created_on,
            breaks=(f"what enters {row.label}{f' ({row.target})' if row.target else ''} by it",),
            unsure=JOBS_UNKNOWN,
            source=Source.ARM,
            why="" if row.expires is not None else "the secret of its application ends some day, and nobody said when",
            tells="" if row.expires is not None else TELLS_BY_HAND,
        )


def of_accounts(rows: Iterable[UsedAccount]) -> Iterator[Expiring]:
    """The older key of each account that keys open, by the account's own period, else by the benchmark's."""
    for row in rows:
        account = row.account
        if account is None or account.fault or not account.shared_key:
            continue
        made, days = account.oldest_key, account.key_days or KEY_DAYS
        whose = "its own key policy" if account.key_days else "the CIS benchmark for Azure"
        yield Expiring(
            kind=Kind.KEY,
            id=row.id,
            subject_id=row.id,
            name=row.name,
            where=", ".join(place.name for place in row.workspaces),
            due=made + timedelta(days=days) if made is not None else None,
            measured=Measured.AGE,
            since=made,
            breaks=tuple(named("datastore", each) for each in row.by_key),
            unsure=f"nothing breaks by age: {whose} wants one anew every {days} days; who fails when it is made anew is told here, "
            "and who has it outside of Azure ML is told nowhere",
            source=Source.ARM,
            why="" if made is not None else "Azure does not tell when its keys were made: they are older than that field",
            tells="" if made is not None else "making them anew (f)",
        )


def of_assets(assets: Iterable[DataAsset], version: Callable[[DataAsset], DataVersion | None]) -> Iterator[Expiring]:
    """Data assets whose newest version carries a signature in its URI, which everybody reads who reads the asset."""
    for row in assets:
        newest = version(row)
        ends = [each.expires for each in newest.signed if each.expires is not None] if newest is not None and not row.fault else []
        if newest is not None and ends:
            yield Expiring(
                kind=Kind.URI,
                id=f"signatures{row.id}",
                subject_id=row.id,
                name=row.name,
                where=row.workspace.name,
                workspace=row.workspace,
                due=min(ends),
                since=newest.created_on,
                breaks=(f"what reads version {newest.name} of it",),
                unsure="which jobs read it: Azure ML does not tell",
                source=Source.ARM,
            )


def named(kind: str, row: Connection | Datastore) -> str:
    """How what breaks is named."""
    return f"{kind} {row.name} in {row.workspace.name}"
