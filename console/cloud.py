"""A cloud: the endpoints to talk to, those of Azure's public and sovereign clouds or of an emulator's ready file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from console.config_file import CloudName, SettingsError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Subscription(msgspec.Struct, frozen=True):
    """A subscription of a cloud, by its GUID and display name."""

    id: str
    name: str


class CloudWorkspace(msgspec.Struct, frozen=True):
    """A workspace that a cloud says it has."""

    subscription_id: str
    resource_group: str
    name: str
    location: str = ""


class CloudIdentity(msgspec.Struct, frozen=True):
    """Who one can be on an emulator. Its client secret is read by the sign-in child alone, never by this process."""

    name: str
    object_id: str
    client_id: str
    summary: str = ""


class Cloud(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoints to talk to: one of Azure's clouds, or an emulator's as its ready file tells them.

    `audience` is what ARM's tokens are for where that is not its own address. `studio` and `portal` are pages for people.
    `storage_suffix` is what storage accounts' hosts end in.
    `vaults` are the addresses of an emulator's Key Vaults by their names, in lower case; `vault_domain` is what the names of all end in.
    """

    resource_manager: str
    authority: str
    graph: str
    audience: str = ""
    studio: str = "https://ml.azure.com"
    portal: str = "https://portal.azure.com"
    storage_suffix: str = "core.windows.net"
    prices: str = ""
    vaults: dict[str, str] = {}
    vault_domain: str = "vault.azure.net"
    storage: str | None = None
    ca_file: str | None = None
    tenant_id: str | None = None
    subscriptions: tuple[Subscription, ...] = ()
    workspaces: tuple[CloudWorkspace, ...] = ()
    identities: tuple[CloudIdentity, ...] = ()

    @property
    def emulated(self) -> bool:
        """Whether this is an emulator, which has a certificate authority of its own."""
        return self.ca_file is not None

    @property
    def arm_audience(self) -> str:
        """What a token for Azure Resource Manager is asked for."""
        return self.audience or self.resource_manager

    def identity(self, name: str) -> CloudIdentity | None:
        """The identity called `name`, if this cloud has it."""
        return next((each for each in self.identities if each.name == name), None)


AZURE = Cloud(
    resource_manager="https://management.azure.com",
    authority="https://login.microsoftonline.com",
    graph="https://graph.microsoft.com",
    prices="https://prices.azure.com",
)
#: Never seen, only read about. ARM and its audience: azure-mgmt-core's `get_arm_endpoints`; authority: azure-identity's
#: `KnownAuthorities`; studio, portal and storage: azure-ai-ml's `_azure_environments`; Graph: learn.microsoft.com/graph/deployments (US:
#: L4); vaults: azure-cli's `CloudSuffixes` (`keyvault_dns`).
CHINA = Cloud(
    resource_manager="https://management.chinacloudapi.cn",
    authority="https://login.chinacloudapi.cn",
    graph="https://microsoftgraph.chinacloudapi.cn",
    studio="https://ml.azure.cn",
    portal="https://portal.azure.cn",
    storage_suffix="core.chinacloudapi.cn",
    vault_domain="vault.azure.cn",
)
USGOV = Cloud(
    resource_manager="https://management.usgovcloudapi.net",
    audience="https://management.core.usgovcloudapi.net",
    authority="https://login.microsoftonline.us",
    graph="https://graph.microsoft.us",
    studio="https://ml.azure.us",
    portal="https://portal.azure.us",
    storage_suffix="core.usgovcloudapi.net",
    vault_domain="vault.usgovcloudapi.net",
)
CLOUDS: dict[CloudName, Cloud] = {"public": AZURE, "china": CHINA, "usgov": USGOV}


class _ReadyFile(Cloud, frozen=True, kw_only=True):
    """What an emulator's ready file must tell."""

    ca_file: str
    tenant_id: str
    subscriptions: tuple[Subscription, ...]
    identities: tuple[CloudIdentity, ...]


def read_cloud(path: Path) -> Cloud:
    """The cloud that an emulator's ready file describes; SettingsError where it is missing, damaged or not on loopback."""
    try:
        cloud = msgspec.json.decode(path.read_bytes(), type=_ReadyFile)
    except OSError as error:
        raise SettingsError(str(path), f"cannot read the cloud file: {error.strerror}. Is the emulator running?") from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(path), "is not an emulator's ready file: it is not UTF-8") from error
    except msgspec.DecodeError as error:
        raise SettingsError(str(path), f"is not an emulator's ready file: {error}") from error
    told = (("resource_manager", cloud.resource_manager), ("authority", cloud.authority), ("graph", cloud.graph))
    for name, url in (*told, *((f"vaults.{vault}", address) for vault, address in cloud.vaults.items())):
        # A file that names Azure itself would open it in write mode, with trust in the file's own authority.
        if not _on_loopback(url):
            raise SettingsError(str(path), f"`{name}` is {url!r}; an emulator is at https on loopback")
    authority = path.parent / cloud.ca_file
    if not authority.is_file():
        raise SettingsError(str(path), f"`ca_file` names {cloud.ca_file}, which is not a file")
    return msgspec.structs.replace(cloud, ca_file=str(authority))


def _on_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.hostname in _LOOPBACK
