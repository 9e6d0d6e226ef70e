"""The connections of Contoso's workspaces, trouble and all: keys that storage and services gave out, some of them old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from console.emulator import connection_secrets, secret_story, storage_keys, vault_secrets
from console.emulator import connection_targets as targets
from console.emulator.applications import canary, lake_reader
from console.emulator.connections import arm_id
from console.emulator.datastore_story import SAS_DAYS_LEFT
from console.emulator.estate import Connection, Estate, StorageAccount, Workspace, group_id
from console.emulator.metadata import STORAGE_SUFFIX
from console.emulator.staff import person
from console.emulator.storage_accounts import named

#: Days since the expiry that somebody wrote on the token for the repository.
TOKEN_DAYS_OVER = 9
#: Where a connection came from a secret of a Key Vault, the console says so in its metadata: the secret, and the version that was used.
VAULT_SECRET, VAULT_SECRET_VERSION = "aml-console.vault-secret", "aml-console.vault-secret-version"
DEMAND = ("demand-prod", "demand-dev")
_API = {"ApiType": "Azure", "ApiVersion": "2024-10-21", "DeploymentApiVersion": "2023-10-01-preview"}


def tell(estate: Estate, epoch: datetime, scale: int) -> None:
    """Add the connections to an estate that has its storage accounts; `scale` multiplies them."""
    spaces = {one.name: one for one in estate.workspaces.values()}
    teller = _Teller(estate, epoch)
    _storage(teller, spaces)
    _models(teller, spaces)
    _packages(teller, spaces)
    _databases(teller, spaces)
    if scale > 1:
        _multiply(estate, scale)


@dataclass(slots=True)
class _Teller:
    estate: Estate
    epoch: datetime

    def connect(
        self,
        workspace: Workspace,
        name: str,
        who: str,
        days: float,
        category: str,
        auth_type: str,
        target: str,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str | None] | None = None,
    ) -> Connection:
        made, creator = self.epoch - timedelta(days=days, minutes=19), person(self.estate, who)
        connection = Connection(
            id=arm_id(workspace, name),
            workspace_id=workspace.id.lower(),
            name=name,
            created_at=made,
            created_by=creator,
            modified_at=made,
            modified_by=creator,
            category=category,
            auth_type=auth_type,
            target=target,
            metadata=dict(metadata or {}),
        )
        connection_secrets.keep(self.estate, connection, credentials or {}, made)
        self.estate.connections[connection.id.lower()] = connection
        return connection

    def serve(
        self, workspace: Workspace, name: str, who: str, days: float, category: str, auth_type: str, target: str, **metadata: str
    ) -> Connection:
        """A connection that opens a service of the story."""
        opens = targets.credentials(self.estate, target, auth_type)
        return self.connect(workspace, name, who, days, category, auth_type, target, opens, metadata)

    def blobs(self, workspace: Workspace, name: str, who: str, days: float, account: StorageAccount, container: str) -> Connection:
        """A connection to a container that the first key of its account opens."""
        target, metadata = _container(account.name, container)
        key = {"key": storage_keys.value(self.estate, account, "key1")}
        return self.connect(workspace, name, who, days, "AzureBlob", "AccountKey", target, key, metadata)

    def account(self, name: str) -> StorageAccount:
        found = named(self.estate, name)
        if found is None:
            raise ValueError(f"The story has no storage account {name}.")
        return found


def _container(account: str, container: str) -> tuple[str, dict[str, str | None]]:
    """The target of a connection to blobs, and the metadata that azure-ai-ml gives it."""
    return f"https://{account}.blob.{STORAGE_SUFFIX}/{container}", {"ContainerName": container, "AccountName": account}


def _resource(workspace: Workspace, provider: str, name: str) -> str:
    return f"{group_id(workspace.subscription_id, workspace.resource_group)}/providers/{provider}/{name}"


def _storage(teller: _Teller, spaces: Mapping[str, Workspace]) -> None:
    """The key that five datastores hold too, in two workspaces; a signature that runs out; a lake by an application and by identity."""
    estate, production = teller.estate, spaces["fraud-prod"]
    data, partners = teller.account("contosodata"), teller.account("contosopartners")
    teller.blobs(production, "chargebacks-blob", "Ivan Petrov", 212, data, "chargebacks")
    teller.blobs(spaces["fraud-dev"], "transactions-sample-blob", "Noah Weber", 198, data, "transactions-sample")
    since, until = teller.epoch - timedelta(days=87), teller.epoch + timedelta(days=SAS_DAYS_LEFT)
    fields = {"st": f"{since:%Y-%m-%dT%H:%M:%SZ}", "se": f"{until:%Y-%m-%dT%H:%M:%SZ}", "sr": "c", "sp": "rl", "spr": "https"}
    token = storage_keys.signed(estate, partners, "key1", fields, "blob", "feed")
    target, metadata = _container(partners.name, "feed")
    signed = teller.connect(production, "partner-feed", "Sofia Marino", 87, "AzureBlob", "SAS", target, {"sas": token}, metadata)
    signed.expires = until
    reader = lake_reader(estate)
    whose = {"clientId": reader.client_id, "tenantId": estate.tenant_id, "clientSecret": reader.secret}
    lake = f"https://contosolake.dfs.{STORAGE_SUFFIX}"
    teller.connect(spaces["demand-prod"], "lake-curated", "Hana Novakova", 143, "ADLSGen2", "ServicePrincipal", f"{lake}/curated", whose)
    # Nobody gave the workspace's identity a role on the lake.
    by_identity = teller.connect(spaces["demand-prod"], "lake-raw", "Kofi Mensah", 31, "ADLSGen2", "AAD", f"{lake}/raw")
    by_identity.by_workspace_identity = True


def _models(teller: _Teller, spaces: Mapping[str, Workspace]) -> None:
    """Language models and search: a key that came out of a Key Vault, one that was made anew elsewhere, and identity."""
    estate, production, hub = teller.estate, spaces["fraud-prod"], spaces["genai-hub"]
    openai = _resource(hub, "Microsoft.CognitiveServices", "accounts/contoso-openai")
    from_vault = teller.serve(production, "openai", "Mei Tanaka", 121, "AzureOpenAI", "ApiKey", targets.OPENAI, **_API, ResourceId=openai)
    _from_vault(estate, from_vault, targets.OPENAI)
    teller.serve(spaces["nlp-research"], "search", "Samir Nair", 88, "CognitiveSearch", "ApiKey", targets.SEARCH)
    teller.connect(
        spaces["nlp-research"], "openai", "Samir Nair", 88, "AzureOpenAI", "AAD", targets.OPENAI, None, {**_API, "ResourceId": openai}
    )
    # The key from before the account's was made anew: it opens nothing any more.
    old = {"key": canary(estate, "sandbox", "openai", "old-key")}
    teller.connect(spaces["sandbox"], "openai-trial", "Wei Zhang", 402, "AzureOpenAI", "ApiKey", targets.OPENAI, old, _API)
    services = _resource(hub, "Microsoft.CognitiveServices", "accounts/contoso-ai")
    teller.serve(hub, "ai-services", "Ruth Adeyemi", 130, "AIServices", "ApiKey", targets.AI_SERVICES, ResourceId=services)
    teller.connect(hub, "search", "Ruth Adeyemi", 130, "CognitiveSearch", "AAD", targets.SEARCH)
    teller.serve(hub, "mistral-large", "Yara Khalil", 41, "Serverless", "ApiKey", targets.MODEL)


def _from_vault(estate: Estate, connection: Connection, target: str, number: int | None = None) -> None:
    """Write into a connection which secret of a Key Vault it came from, as the console does."""
    vault_name, name, newest = targets.IN_VAULT[target]
    vault = vault_secrets.named(estate, vault_name)
    if vault is None:
        raise ValueError(f"The story has no vault {vault_name}.")
    connection.metadata[VAULT_SECRET] = f"https://{vault_name}.vault.azure.net/secrets/{name}"
    connection.metadata[VAULT_SECRET_VERSION] = vault.secrets[name].versions[(number or newest) - 1].version


def _packages(teller: _Teller, spaces: Mapping[str, Workspace]) -> None:
    """Code, packages and images: a private token whose expiry has passed, feeds and registries."""
    estate, production = teller.estate, spaces["fraud-prod"]
    private = teller.serve(production, "feature-repo", "Grace Okafor", 374, "Git", "PAT", targets.REPOSITORY)
    private.expires = teller.epoch - timedelta(days=TOKEN_DAYS_OVER)
    private.shared_to_all, private.shared_users = False, (person(estate, "Grace Okafor"), person(estate, "Ivan Petrov"))
    teller.serve(spaces["fraud-dev"], "packages", "Ulrich Braun", 301, "PythonFeed", "PAT", targets.FEED)
    teller.connect(spaces["sandbox"], "packages", "Goran Ilic", 611, "PythonFeed", "None", targets.FEED)
    teller.serve(spaces["pricing-dev"], "feature-repo", "Jonas Berg", 166, "Git", "PAT", targets.REPOSITORY)
    teller.serve(spaces["pricing-prod"], "images", "Omar Haddad", 240, "ContainerRegistry", "UsernamePassword", targets.REGISTRY)
    identity = _resource(spaces["vision-prod"], "Microsoft.ManagedIdentity", "userAssignedIdentities/image-puller")
    pulled = {"clientId": lake_reader(estate).client_id, "resourceId": identity}
    for name in ("vision-prod", "vision-dev"):
        teller.connect(spaces[name], "images", "Nadia Rahmani", 77, "ContainerRegistry", "ManagedIdentity", targets.REGISTRY, pulled)
    # Somebody wrote the password where everybody reads it.
    loose = {"note": f"pull with {targets.secret(estate, targets.REGISTRY, 'password')}"}
    teller.serve(
        spaces["vision-research"], "images", "Quentin Leroy", 59, "ContainerRegistry", "UsernamePassword", targets.REGISTRY, **loose
    )


def _databases(teller: _Teller, spaces: Mapping[str, Workspace]) -> None:
    """Where tables, objects and figures of others come from."""
    teller.serve(spaces["fraud-prod"], "risk-warehouse", "Grace Okafor", 333, "Snowflake", "UsernamePassword", targets.WAREHOUSE)
    teller.serve(spaces["fraud-dev"], "scores", "Ulrich Braun", 270, "AzureSqlDb", "UsernamePassword", targets.DATABASE)
    teller.serve(spaces["pricing-prod"], "competitor-prices", "Chloé Dubois", 190, "CustomKeys", "CustomKeys", targets.PRICES)
    teller.serve(spaces["pricing-dev"], "competitor-prices", "Jonas Berg", 158, "CustomKeys", "CustomKeys", targets.PRICES)
    weather = [teller.serve(spaces[name], "weather", "Laura Jensen", 71, "ApiKey", "ApiKey", targets.WEATHER) for name in DEMAND]
    _from_vault(teller.estate, weather[0], targets.WEATHER)
    # The vault has had a newer version for weeks, and nobody told the connection.
    vault, name, newest = targets.IN_VAULT[targets.ERP]
    old = {"username": targets.NAMES[targets.ERP], "password": secret_story.value(teller.estate, vault, name, newest - 1)}
    erp = teller.connect(spaces["pricing-prod"], "erp", "Aisha Bello", 301, "SapEcc", "UsernamePassword", targets.ERP, old)
    _from_vault(teller.estate, erp, targets.ERP, newest - 1)
    for name in ("vision-prod", "vision-research"):
        teller.serve(spaces[name], "labels", "Oskar Nilsson", 143, "S3", "AccessKey", targets.LABELS)
    teller.connect(
        spaces["vision-dev"],
        "old-labels",
        "Paula Costa",
        366,
        "Sftp",
        "UsernamePassword",
        "sftp://labels.contoso.example",
        {"username": "labels", "password": canary(teller.estate, "old-labels", "password")},
    )


def _multiply(estate: Estate, scale: int) -> None:
    """Copy the connections `scale` - 1 times under a number."""
    for original in list(estate.connections.values()):
        for number in range(2, scale + 1):
            name = f"{original.name}-{number:03d}"
            identifier, metadata = f"{original.id.rpartition('/')[0]}/{name}", dict(original.metadata)
            copy = replace(original, id=identifier, name=name, credentials={}, metadata=metadata, vault_secret="", secret_fields=())
            connection_secrets.keep(estate, copy, connection_secrets.kept(estate, original), original.created_at)
            estate.connections[copy.id.lower()] = copy
