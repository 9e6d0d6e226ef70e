"""The datastores of Contoso's workspaces: those that came with them, and what people registered, trouble and all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from console.emulator import storage_keys
from console.emulator.applications import lake_reader, lake_thumbprint
from console.emulator.datastores import arm_id
from console.emulator.estate import Datastore, Estate, StorageAccount, Workspace
from console.emulator.metadata import STORAGE_SUFFIX
from console.emulator.staff import person
from console.emulator.storage_accounts import named
from console.emulator.storage_story import code_share

#: The application that Machine Learning makes a workspace's datastores as; recorded.
MACHINE_LEARNING = "779301c0-18b2-4cdc-801b-a0a3368fee0a"
ENDPOINT = {"endpoint": STORAGE_SUFFIX, "protocol": "https", "serviceDataAccessAuthIdentity": "None"}
BY_IDENTITY = {"serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity"}
SAS_DAYS_LEFT, SAS_DAYS_OVER = 3, 26


def tell(estate: Estate, epoch: datetime, scale: int) -> None:
    """Add the datastores to an estate that has its storage accounts; `scale` multiplies what people registered."""
    spaces = {one.name: one for one in estate.workspaces.values()}
    for workspace in spaces.values():
        _system(estate, workspace)
    teller = _Teller(estate, epoch)
    _by_key(teller, spaces)
    _by_signature(teller, spaces["fraud-prod"])
    _lakes(teller, spaces)
    if scale > 1:
        _multiply(estate, scale)


def _system(estate: Estate, workspace: Workspace) -> None:
    """The four that come with a workspace, opened the way that its settings say."""
    account = estate.storage_accounts[str(workspace.body["storageAccount"]).lower()]
    by_key = workspace.body["systemDatastoresAuthMode"] != "identity"
    blob, file = {"datastoreType": "AzureBlob"}, {"datastoreType": "AzureFile"}
    for seconds, name, place in (
        (70.0, "workspacefilestore", {**file, "fileShareName": f"azureml-filestore-{workspace.workspace_id}"}),
        (70.1, "workspaceartifactstore", {**blob, "containerName": "azureml"}),
        (70.2, "workspaceworkingdirectory", {**file, "fileShareName": code_share(estate, workspace)}),
        (70.6, "workspaceblobstore", {**blob, "containerName": f"azureml-blobstore-{workspace.workspace_id}"}),
    ):
        made = workspace.created_at + timedelta(seconds=seconds)
        default = name == "workspaceblobstore"
        identity = BY_IDENTITY if default or not by_key else {}
        datastore = Datastore(
            id=arm_id(workspace, name),
            workspace_id=workspace.id.lower(),
            name=name,
            created_at=made,
            created_by=MACHINE_LEARNING,
            modified_at=made + timedelta(seconds=1),
            modified_by=MACHINE_LEARNING,
            body={**place, "accountName": account.name, **ENDPOINT, **identity},
            credentials={"credentialsType": "AccountKey" if by_key else "None"},
            secrets={"key": storage_keys.value(estate, account, "key1")} if by_key else {},
            system=True,
            default=default,
        )
        estate.datastores[datastore.id.lower()] = datastore


@dataclass(slots=True)
class _Teller:
    estate: Estate
    epoch: datetime

    def register(
        self,
        workspace: Workspace,
        name: str,
        who: str,
        days: float,
        body: dict[str, Any],
        credentials: dict[str, Any],
        secrets: dict[str, str] | None = None,
        description: str | None = None,
    ) -> None:
        made, creator = self.epoch - timedelta(days=days, minutes=7), person(self.estate, who)
        datastore = Datastore(
            id=arm_id(workspace, name),
            workspace_id=workspace.id.lower(),
            name=name,
            created_at=made,
            created_by=creator,
            modified_at=made + timedelta(seconds=0.2),
            modified_by=creator,
            body=body,
            credentials=credentials,
            secrets=secrets or {},
            description=description,
            tags={},
        )
        self.estate.datastores[datastore.id.lower()] = datastore

    def account(self, name: str) -> StorageAccount:
        found = named(self.estate, name)
        if found is None:
            raise ValueError(f"The story has no storage account {name}.")
        return found


def _blob(account: str, container: str) -> dict[str, Any]:
    return {"datastoreType": "AzureBlob", "accountName": account, "containerName": container, **ENDPOINT}


def _file(account: str, share: str) -> dict[str, Any]:
    return {"datastoreType": "AzureFile", "accountName": account, "fileShareName": share, **ENDPOINT}


def _lake(filesystem: str, **more: str) -> dict[str, Any]:
    return {"datastoreType": "AzureDataLakeGen2", "accountName": "contosolake", "filesystem": filesystem, **ENDPOINT, **more}


def _by_key(teller: _Teller, spaces: dict[str, Workspace]) -> None:
    """One key of one account, in five datastores of two workspaces; and one that identity opens."""
    account, production, development = teller.account("contosodata"), spaces["fraud-prod"], spaces["fraud-dev"]
    for workspace, name, who, days, body in (
        (production, "transactions", "Grace Okafor", 588, _blob(account.name, "transactions")),
        (production, "chargebacks", "Ivan Petrov", 431, _blob(account.name, "chargebacks")),
        (production, "labels", "Mei Tanaka", 402, _file(account.name, "labels")),
        (development, "transactions_sample", "Noah Weber", 377, _blob(account.name, "transactions-sample")),
        (development, "scratch", "Ulrich Braun", 466, _file(account.name, "scratch")),
    ):
        key = {"key": storage_keys.value(teller.estate, account, "key1")}
        teller.register(workspace, name, who, days, body, {"credentialsType": "AccountKey"}, key)
    pricing = spaces["pricing-prod"]
    own = str(pricing.body["storageAccount"]).rpartition("/")[2]
    body = {**_blob(own, "pricing-features"), **BY_IDENTITY}
    teller.register(pricing, "pricing_features", "Omar Haddad", 96, body, {"credentialsType": "None"})


def _by_signature(teller: _Teller, workspace: Workspace) -> None:
    """Two shared access signatures: one runs out in three days, one has run out."""
    account = teller.account("contosopartners")
    for name, container, start, end in (
        ("partner_feed", "feed", -87, SAS_DAYS_LEFT),
        ("partner_archive", "archive", -392, -SAS_DAYS_OVER),
    ):
        since, until = teller.epoch + timedelta(days=start), teller.epoch + timedelta(days=end)
        fields = {"st": f"{since:%Y-%m-%dT%H:%M:%SZ}", "se": f"{until:%Y-%m-%dT%H:%M:%SZ}", "sr": "c", "sp": "rl", "spr": "https"}
        token = storage_keys.signed(teller.estate, account, "key1", fields, "blob", container)
        body = _blob(account.name, container)
        teller.register(workspace, name, "Sofia Marino", -start, body, {"credentialsType": "Sas"}, {"sasToken": token})


def _lakes(teller: _Teller, spaces: dict[str, Workspace]) -> None:
    """What is in lakes: opened by an application's secret, by its certificate, by an identity that may not, and where Gen1 was."""
    estate, workspace = teller.estate, spaces["fraud-prod"]
    reader = lake_reader(estate)
    whose = {"tenantId": estate.tenant_id, "clientId": reader.client_id}
    application = {"credentialsType": "ServicePrincipal", **whose, "authorityUrl": None, "resourceUrl": None}
    secret = {"clientSecret": reader.secret}
    teller.register(workspace, "lake_curated", "Grace Okafor", 301, _lake("curated"), application, secret)
    certified = {
        "credentialsType": "Certificate",
        **whose,
        "thumbprint": lake_thumbprint(estate),
        "authorityUrl": None,
        "resourceUrl": None,
    }
    teller.register(workspace, "lake_ledger", "Ivan Petrov", 188, _lake("ledger"), certified, {"certificate": reader.certificate})
    # Nobody gave the workspace's identity a role on the lake.
    note = "Raw events, by identity"
    teller.register(workspace, "lake_raw", "Mei Tanaka", 12, _lake("raw", **BY_IDENTITY), {"credentialsType": "None"}, None, note)
    gen1 = {"datastoreType": "AzureDataLakeGen1", "storeName": "contosolegacy", "serviceDataAccessAuthIdentity": "None"}
    teller.register(workspace, "legacy_lake", "Ulrich Braun", 805, gen1, application, secret, "To be moved to Gen2")
    artifact = {"artifactType": "LakeHouse", "artifactName": "sales"}
    one_lake = {"datastoreType": "OneLake", "oneLakeWorkspaceName": "contoso-sales", "artifact": artifact}
    one_lake |= {"endpoint": f"https://onelake.dfs.{STORAGE_SUFFIX}", "serviceDataAccessAuthIdentity": "None"}
    teller.register(workspace, "sales_lakehouse", "Sofia Marino", 64, one_lake, {"credentialsType": "None"})


def _multiply(estate: Estate, scale: int) -> None:
    """Copy what people registered `scale` - 1 times under a number."""
    for original in [one for one in estate.datastores.values() if not one.system]:
        for number in range(2, scale + 1):
            name = f"{original.name}_{number:03d}"
            copy = replace(original, id=f"{original.id.rpartition('/')[0]}/{name}", name=name, secrets=dict(original.secrets))
            estate.datastores[copy.id.lower()] = copy
