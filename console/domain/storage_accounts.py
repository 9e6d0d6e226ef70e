"""Storage accounts: what lets one in, from where, how old its keys are, and which datastores and workspaces are on one.

Fields: Azure Storage's published swagger (storage.json, `StorageAccountProperties`); what an absent one means is told there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from console.domain import scopes
from console.domain.datastores import Datastore, Type
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace

#: The types whose account is one of Azure Storage: Gen1 was a service of its own, OneLake is Fabric's.
ON_ACCOUNTS = frozenset({Type.BLOB, Type.FILE, Type.GEN2})
TYPE = "Microsoft.Storage/storageAccounts"


class StorageAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account, decoded; no key of it is ever read for this.

    `shared_key` is whether its keys, and signatures made with them, open anything. `public` is `publicNetworkAccess` and `default_action`
    what becomes of an address that no rule names, as Azure writes them; `rules` counts addresses, subnets and resource instances that
    are let in. `keys` is when each was made (UTC), `key_days` after how many days its policy wants one made anew (None: it has none).
    `fault` says why it could not be read.
    """

    id: str
    name: str
    location: str = ""
    kind: str = ""
    sku: str = ""
    hierarchical: bool = False
    shared_key: bool = True
    public: str = ""
    default_action: str = ""
    bypass: str = ""
    rules: int = 0
    keys: dict[str, datetime] = {}
    key_days: int | None = None
    tags: dict[str, str] = {}
    created_on: datetime | None = None
    fault: str = ""

    @property
    def closed(self) -> bool:
        """Whether nobody comes in but by a private endpoint."""
        return self.public.lower() in {"disabled", "securedbyperimeter"}

    @property
    def selected(self) -> bool:
        """Whether only named addresses, subnets and resources are let in, beside private endpoints."""
        return not self.closed and self.default_action.lower() == "deny"

    @property
    def oldest_key(self) -> datetime | None:
        """When the older of its keys was made; None where that is not told."""
        return min(self.keys.values(), default=None)


class UsedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that workspaces and datastores are on. `account` is None where it is not seen: `why` says so, as a clause.

    `own_of` are the workspaces that were made with it.
    """

    name: str
    account: StorageAccount | None = None
    why: str = ""
    datastores: tuple[Datastore, ...] = ()
    own_of: tuple[WorkspaceRef, ...] = ()

    @property
    def id(self) -> str:
        """Its ARM id; where that is not known its name, which is the only one in all of Azure."""
        return self.account.id if self.account is not None else self.name

    @property
    def workspaces(self) -> tuple[WorkspaceRef, ...]:
        """The workspaces that are on it, each once."""
        return tuple({scopes.key(each.id): each for each in (*self.own_of, *(row.workspace for row in self.datastores))}.values())

    @property
    def by_key(self) -> tuple[Datastore, ...]:
        """The datastores that a key opens, or a signature that was made with one."""
        return tuple(row for row in self.datastores if row.auth.value in {"AccountKey", "Sas"})


def account_name(row: Datastore) -> str:
    """The name of the storage account that a datastore is on, in lower case; "" where it is on none."""
    return row.account.lower() if row.type in ON_ACCOUNTS and not row.fault else ""


def used_accounts(
    accounts: Iterable[StorageAccount], datastores: Iterable[Datastore], workspaces: Iterable[Workspace], unseen: str
) -> Sequence[UsedAccount]:
    """The accounts that anything is on, by name; `unseen` is why one that is not among `accounts` may be missing, as a clause."""
    by_name: Mapping[str, StorageAccount] = {each.name.lower(): each for each in accounts}
    on: dict[str, list[Datastore]] = {}
    own: dict[str, list[WorkspaceRef]] = {}
    for row in datastores:
        if name := account_name(row):
            on.setdefault(name, []).append(row)
    for each in workspaces:
        if each.storage:
            own.setdefault(each.storage.rpartition("/")[2].lower(), []).append(each.ref)
    return [
        UsedAccount(
            name=name,
            account=by_name.get(name),
            why="" if name in by_name else unseen,
            datastores=tuple(sorted(on.get(name, ()), key=lambda row: (row.workspace.name, row.name))),
            own_of=tuple(own.get(name, ())),
        )
        for name in sorted({*on, *own})
    ]
