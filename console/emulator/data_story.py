"""The data assets of Contoso's workspaces, on datastores and beside them; some carry a signature in their address that everyone reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.emulator import storage_keys
from console.emulator.estate import DataAsset, DataVersion, Estate, Workspace
from console.emulator.metadata import STORAGE_SUFFIX
from console.emulator.staff import person
from console.emulator.storage_accounts import named

#: The signature in an address was made to last, as those are that nobody means to keep an eye on.
SIGNED_YEARS = 5


def tell(estate: Estate, epoch: datetime) -> None:
    """Add the assets to an estate that has its datastores."""
    spaces = {one.name: one for one in estate.workspaces.values()}
    production, development = spaces["fraud-prod"], spaces["fraud-dev"]
    store = _on(production, "transactions")
    months = [(str(number), f"{store}2026-{number:02d}/") for number in (8, 9, 10)]
    _register(estate, production, "transactions", "uri_folder", "Grace Okafor", epoch, months, 62)
    labels = [("1", f"{_on(production, 'labels')}chargebacks/labels.csv")]
    _register(estate, production, "chargeback-labels", "uri_file", "Mei Tanaka", epoch, labels, 120)
    table = f"{_on(production, 'workspaceblobstore')}tables/fraud-features/"
    parts = (f"{store}2026-09/", f"{_on(production, 'lake_curated')}customers/")
    _register(estate, production, "fraud-features", "mltable", "Ivan Petrov", epoch, [("1", table), ("2", table)], 33, parts)
    _register(estate, production, "raw-events", "uri_folder", "Mei Tanaka", epoch, [("1", f"{_lake('raw')}events/")], 11)
    _register(estate, production, "ledger", "uri_folder", "Ivan Petrov", epoch, [("2025", f"{_on(production, 'lake_ledger')}2025/")], 170)
    _register(estate, production, "partner-feed", "uri_folder", "Sofia Marino", epoch, _signed(estate, epoch, "feed", "daily/"), 80)
    old = [("1", f"{_on(production, 'legacy_lake')}telemetry/")]
    _register(estate, production, "telemetry-2019", "uri_folder", "Ulrich Braun", epoch, old, 790).archived = True
    sample = [("1", f"{_on(development, 'transactions_sample')}small/"), ("2", f"{_on(development, 'transactions_sample')}large/")]
    _register(estate, development, "transactions-sample", "uri_folder", "Noah Weber", epoch, sample, 300)
    once = _signed(estate, epoch, "archive", "2024/disputes.csv")
    _register(estate, development, "disputes-2024", "uri_file", "Noah Weber", epoch, once, 210)
    blobs = [("1", f"wasbs://transactions-sample@contosodata.blob.{STORAGE_SUFFIX}/small/transactions.csv")]
    _register(estate, development, "sample-file", "uri_file", "Noah Weber", epoch, blobs, 205)


def _on(workspace: Workspace, datastore: str) -> str:
    """Paths on a datastore, in the form that Machine Learning brings every spelling into."""
    place = f"subscriptions/{workspace.subscription_id}/resourcegroups/{workspace.resource_group}/workspaces/{workspace.name}"
    return f"azureml://{place}/datastores/{datastore}/paths/"


def _lake(filesystem: str) -> str:
    return f"abfss://{filesystem}@contosolake.dfs.{STORAGE_SUFFIX}/"


def _signed(estate: Estate, epoch: datetime, container: str, path: str) -> list[tuple[str, str]]:
    """One version at an address of the partners' account that opens it to whoever has the address."""
    account = named(estate, "contosopartners")
    if account is None:
        raise ValueError("The story has no storage account contosopartners.")
    until = epoch + timedelta(days=365 * SIGNED_YEARS)
    fields = {"se": f"{until:%Y-%m-%dT%H:%M:%SZ}", "sr": "c", "sp": "rl", "spr": "https"}
    token = storage_keys.signed(estate, account, "key2", fields, "blob", container)
    return [("1", f"https://{account.name}.blob.{STORAGE_SUFFIX}/{container}/{path}?{token}")]


def _register(
    estate: Estate,
    workspace: Workspace,
    name: str,
    data_type: str,
    who: str,
    epoch: datetime,
    versions: Sequence[tuple[str, str]],
    days: float,
    referenced: tuple[str, ...] = (),
) -> DataAsset:
    """An asset whose first version is so many days old; each further one came in the middle of the time that was left."""
    asset = DataAsset(f"{workspace.id}/data/{name}", workspace.id.lower(), name, data_type)
    for version, uri in versions:
        made = epoch - timedelta(days=days, minutes=11)
        asset.versions[version] = DataVersion(version, uri, made, person(estate, who), referenced=referenced)
        days /= 2
    estate.data_assets[asset.id.lower()] = asset
    return asset
