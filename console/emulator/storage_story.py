"""Contoso's storage accounts: one of each workspace, and those that data of several is kept in."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.emulator.activity import steady_guid
from console.emulator.applications import lake_reader
from console.emulator.estate import AccountKey, Container, Estate, StorageAccount, Workspace, group_id
from console.emulator.storage_accounts import TYPE, properties
from console.emulator.storage_keys import NAMES


def tell(estate: Estate, epoch: datetime) -> None:
    """Add the accounts to an estate that has its workspaces."""
    for workspace in estate.workspaces.values():
        _companion(estate, workspace)
    home = next(one for one in estate.workspaces.values() if one.name == "fraud-prod")
    # Its keys are as old as the account: nobody dares to make them anew, for nobody knows what they open.
    _shared(estate, home, epoch, "contosodata", 611, ("chargebacks", "transactions", "transactions-sample"), ("labels", "scratch"))
    _shared(estate, home, epoch, "contosopartners", 402, ("feed", "archive"))
    lake = _shared(estate, home, epoch, "contosolake", 340, ("curated", "ledger", "raw"), hierarchical=True)
    readers = frozenset({lake_reader(estate).object_id})
    for name in ("curated", "ledger"):
        lake.containers[name].readers = readers


def _companion(estate: Estate, workspace: Workspace) -> None:
    """The account that a workspace was made with, and what Machine Learning keeps in it."""
    identifier, made = str(workspace.body["storageAccount"]), workspace.created_at
    name = identifier.rpartition("/")[2]
    # Where datastores are opened by identity, the account has no use for its keys.
    by_key = workspace.body["systemDatastoresAuthMode"] != "identity"
    private = workspace.body["publicNetworkAccess"] == "Disabled"
    body = properties(name, workspace.location, shared_key=by_key, private=private)
    account = StorageAccount(identifier, name, workspace.location, made, body, {key: AccountKey(made) for key in NAMES})
    account.tags = dict(workspace.tags)
    containers = ["azureml", f"azureml-blobstore-{workspace.workspace_id}"]
    if workspace.name == "pricing-prod":
        containers.append("pricing-features")
    shares = (f"azureml-filestore-{workspace.workspace_id}", code_share(estate, workspace))
    account.containers = {one: Container(one, made) for one in containers}
    # A share opens by identity to whom its access control list lets in.
    readers = frozenset() if by_key else frozenset({str(workspace.identity["principalId"])})
    account.shares = {one: Container(one, made, readers) for one in shares}
    estate.storage_accounts.setdefault(identifier.lower(), account)


def code_share(estate: Estate, workspace: Workspace) -> str:
    """The share that notebooks and other code of a workspace are kept in."""
    return f"code-{steady_guid(estate.seed, 'code', workspace.workspace_id)}"


def _shared(
    estate: Estate,
    home: Workspace,
    epoch: datetime,
    name: str,
    days: float,
    containers: tuple[str, ...],
    shares: tuple[str, ...] = (),
    hierarchical: bool = False,
) -> StorageAccount:
    made = epoch - timedelta(days=days, hours=3)
    identifier = f"{group_id(home.subscription_id, home.resource_group)}/providers/{TYPE}/{name}"
    account = StorageAccount(
        id=identifier,
        name=name,
        location=home.location,
        created_at=made,
        body=properties(name, home.location, hierarchical),
        keys={key: AccountKey(made) for key in NAMES},
        sku="Standard_ZRS",
        tags={"team": "data-platform", "environment": "prod"},
        containers={one: Container(one, made + timedelta(hours=1)) for one in containers},
        shares={one: Container(one, made + timedelta(hours=1)) for one in shares},
    )
    estate.storage_accounts[identifier.lower()] = account
    return account
