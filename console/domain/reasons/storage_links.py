"""Storage links: the account that data is on, whether it is reached, and whether the secret that a datastore keeps can open it.

Sources: "Prevent Shared Key authorization" and "Azure Storage firewall rules" (Microsoft Learn) for what a switched-off key and a closed
network mean; "Workspace managed virtual network isolation" for which private endpoints such a network makes by itself. No secret is read
for this: when keys were made tells a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.domain.datastores import Auth, Datastore, Type
from console.domain.findings.finding import Source
from console.domain.reasons.chain import Link, Part, Standing, Way
from console.domain.scopes import same_id
from console.domain.storage_accounts import ON_ACCOUNTS, StorageAccount

#: How a workspace says that it has no managed network (published swagger: `IsolationMode`).
NO_NETWORK = frozenset({"", "disabled"})


def storage_links(way: Way) -> Iterator[Link]:
    """Account, network and secret of the datastore that the way goes by."""
    row = way.datastore
    if row is None:
        return
    if row.type is Type.GEN1:
        yield Link(Part.STORAGE, Standing.BROKEN, "Data Lake Storage Gen1 ended on 2024-02-29: nothing answers any more", Source.ARM)
        return
    if row.type not in ON_ACCOUNTS:
        yield Link(Part.STORAGE, Standing.UNREAD, f"{row.target} is not in Azure Storage: what it lets in is decided in Fabric", Source.ARM)
        return
    account = way.account
    if account is None or account.fault:
        why = account.fault if account is not None else way.unseen or "it is being read"
        yield Link(Part.STORAGE, Standing.UNREAD, f"The account {row.account}: {why}", Source.ARM)
        yield Link(Part.NETWORK, Standing.UNREAD, "From where it can be reached: that is told by the account", Source.ARM)
    else:
        yield _storage(row, account)
        yield _network(way, account)
    yield _secret(row, account)


def _storage(row: Datastore, account: StorageAccount) -> Link:
    kind = "hierarchical" if account.hierarchical else "flat"
    if row.type is Type.GEN2 and not account.hierarchical:
        told = f"{account.name} has a flat namespace: the datastore is of gen2, whose directories and their access control it has not"
        return Link(Part.STORAGE, Standing.DOUBTFUL, told, Source.ARM)
    return Link(Part.STORAGE, Standing.HOLDS, f"{account.name} is there, {kind}, in {account.location or '?'}", Source.ARM)


def _network(way: Way, account: StorageAccount) -> Link:
    if account.closed:
        if way.workspace is None:
            told = f"{account.name} lets nobody in but by private endpoints; whether the workspace has one is not read"
            return Link(Part.NETWORK, Standing.UNREAD, told, Source.ARM)
        if way.workspace.isolation.lower() in NO_NETWORK:
            told = f"{account.name} lets nobody in but by private endpoints, and {way.workspace.name} has no managed network to have one in"
            return Link(Part.NETWORK, Standing.BROKEN, told, Source.ARM)
        if not same_id(way.workspace.storage, account.id):
            told = (
                f"{account.name} lets nobody in but by private endpoints; whether the workspace's managed network has one to it is not read"
            )
            return Link(Part.NETWORK, Standing.UNREAD, told, Source.ARM)
        told = (
            f"{account.name} lets nobody in but by private endpoints; it is the account of {way.workspace.name}, whose network is managed"
        )
        return Link(Part.NETWORK, Standing.HOLDS, told, Source.ARM)
    if account.selected:
        let = f"{account.rules} rules name who comes in" if account.rules else "no rule names anybody"
        told = f"{account.name} is closed but for its rules: {let}; past them: {account.bypass or 'nobody'}"
        return Link(Part.NETWORK, Standing.DOUBTFUL, told, Source.ARM)
    return Link(Part.NETWORK, Standing.HOLDS, f"{account.name} can be reached from everywhere", Source.ARM)


def _secret(row: Datastore, account: StorageAccount | None) -> Link:
    if row.auth is Auth.IDENTITY:
        return Link(Part.SECRET, Standing.HOLDS, "None is kept, so that none can end", Source.ARM, row.modified_on)
    if row.auth in {Auth.SERVICE_PRINCIPAL, Auth.CERTIFICATE}:
        kept = "The certificate" if row.auth is Auth.CERTIFICATE else "The client secret"
        told = f"{kept} of the application {row.client_id or '?'} that it keeps: until when it is good its application tells"
        return Link(Part.SECRET, Standing.UNREAD, told, Source.ARM, row.modified_on)
    if row.auth not in {Auth.KEY, Auth.SAS}:
        return Link(Part.SECRET, Standing.UNREAD, f"What it keeps is of a kind not known here: {row.auth_word or '?'}", Source.ARM)
    kept = "key" if row.auth is Auth.KEY else "signature"
    if account is None or account.fault:
        return Link(Part.SECRET, Standing.UNREAD, f"The {kept} that it keeps: whether its account takes it is not known", Source.ARM)
    if not account.shared_key:
        told = f"It keeps a {kept}, and {account.name} takes none: its keys are off (allowSharedKeyAccess)"
        return Link(Part.SECRET, Standing.BROKEN, told, Source.ARM)
    return _made_with(row, account, kept)


def _made_with(row: Datastore, account: StorageAccount, kept: str) -> Link:
    """What can be said of a secret that is not read: a key that was made after it was stored is not the one that it is, or is made with."""
    stored = row.modified_on or row.created_on
    if not account.keys or stored is None:
        return Link(Part.SECRET, Standing.UNREAD, f"Whether the {kept} that it keeps is still good", Source.ARM, stored)
    newer = {name: made for name, made in account.keys.items() if made > stored}
    when = ", ".join(f"{name} on {made:%Y-%m-%d}" for name, made in sorted(newer.items()))
    if len(newer) == len(account.keys):
        told = f"The {kept} that it keeps was stored before the keys of {account.name} were made anew ({when}): it opens nothing"
        return Link(Part.SECRET, Standing.BROKEN, told, Source.ARM, stored)
    if newer:
        told = f"The {kept} that it keeps was stored before one key was made anew ({when}): it is good only where it is of the other"
        return Link(Part.SECRET, Standing.DOUBTFUL, told, Source.ARM, stored)
    if row.auth is Auth.SAS:
        told = "No key was made anew since its signature was stored; when that ends is in it, and it is not read for this"
        return Link(Part.SECRET, Standing.UNREAD, told, Source.ARM, stored)
    return Link(Part.SECRET, Standing.HOLDS, f"No key of {account.name} was made anew since it was stored", Source.ARM, stored)
