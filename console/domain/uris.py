"""URIs of stored data: the place that one means, whichever way it is spelt, and the ways to spell a place.

Sources: azure-ai-ml 1.35.2 (`constants/_common.py`: short and long `azureml://`, the hosts of the services), the ABFS and WASB drivers
of Hadoop (`container@account.host`), Azure Storage's REST API (`https://account.blob.…/container/path`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from console.domain.scopes import WorkspaceRef

PUBLIC = "core.windows.net"
GEN1_HOST = "azuredatalakestore.net"

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)\Z", re.IGNORECASE | re.DOTALL)
_LONG = re.compile(
    r"subscriptions/([^/]+)/resourcegroups/([^/]+)/(?:providers/[^/]+/)?workspaces/([^/]+)/datastores/([^/]+)(?:/paths(?:/(.*))?)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_SHORT = re.compile(r"datastores/([^/]+)(?:/paths(?:/(.*))?)?\Z", re.IGNORECASE | re.DOTALL)
#: A zone stands in the names of accounts with DNS zones; the account is the same.
_HOST = re.compile(r"([a-z0-9-]+)\.(?:z\d+\.)?(blob|dfs|file)\.([a-z0-9.-]+)\Z", re.IGNORECASE)
_AT = re.compile(r"([^@/]+)@([^@/]+)(?:/(.*))?\Z", re.DOTALL)
_WEB = re.compile(r"([^/?#]+)/([^/?#]+)(?:/([^?#]*))?(?:[?#].*)?\Z", re.DOTALL)
_WEB_SCHEME = re.compile(r"\s*https?://", re.IGNORECASE)
#: Schemes of Hadoop's drivers.
_DRIVERS = frozenset({"abfs", "abfss", "wasb", "wasbs"})


class Service(StrEnum):
    """What of Azure Storage answers, as its host says it; OneLake speaks as DFS does."""

    BLOB = "blob"
    DFS = "dfs"
    FILE = "file"
    GEN1 = "gen1"


class StoragePlace(msgspec.Struct, frozen=True):
    """A path ("": the root) in a container, file system or share of an account; `suffix` is what follows the service in its host.

    Gen1 has no container: all of a store is one. In OneLake the account is Fabric's host, the container a workspace of Fabric.
    """

    service: Service
    account: str
    container: str
    path: str = ""
    suffix: str = PUBLIC

    @property
    def container_key(self) -> str:
        """What is the same for all spellings of one container: a blob container is a file system to DFS, a share is another thing."""
        kind = {Service.FILE: "share ", Service.GEN1: "gen1 "}.get(self.service, "")
        return f"{kind}{self.account}/{self.container}".lower()

    @property
    def key(self) -> str:
        """What is the same for all spellings of one path; paths, unlike containers, differ by case."""
        path = self.path.strip("/")
        return f"{self.container_key}/{path}" if path else self.container_key


class DatastorePlace(msgspec.Struct, frozen=True):
    """A path on a datastore; `workspace` is None where the URI leaves open in which."""

    datastore: str
    path: str = ""
    workspace: WorkspaceRef | None = None


class Signed(msgspec.Struct, frozen=True):
    """What a shared access signature tells of itself, without the signature: when it ends (UTC, None: not told), what it allows."""

    expires: datetime | None = None
    permissions: str = ""


def parse(uri: str) -> StoragePlace | DatastorePlace | None:
    """The place that a URI means; None where it means none. A query, such as a shared access signature, is no part of a place."""
    found = _SCHEME.match(uri.strip())
    if found is None:
        return None
    scheme, rest = found[1].lower(), found[2]
    if scheme == "azureml":
        return _on_datastore(rest)
    if scheme in _DRIVERS:
        at = _AT.match(rest)
        return _stored(at[2], at[1], at[3] or "") if at is not None else None
    if scheme == "adl":
        host, _, path = rest.partition("/")
        store, _, suffix = host.partition(".")
        return StoragePlace(Service.GEN1, store.lower(), "", path, suffix.lower()) if suffix.lower() == GEN1_HOST else None
    web = _WEB.match(rest) if scheme in {"https", "http"} else None
    return _stored(web[1], unquote(web[2]), unquote(web[3] or "")) if web is not None else None


def azureml_short(datastore: str, path: str = "") -> str:
    """A path on a datastore of the workspace that the URI is used in."""
    return f"azureml://datastores/{datastore}/paths/{path}"


def azureml_long(workspace: WorkspaceRef, datastore: str, path: str = "") -> str:
    """A path on a datastore, from everywhere."""
    place = f"subscriptions/{workspace.subscription_id}/resourcegroups/{workspace.resource_group}/workspaces/{workspace.name}"
    return f"azureml://{place}/datastores/{datastore}/paths/{path}"


def https(place: StoragePlace) -> str:
    """A place as its service's REST API has it; "" for Gen1, which has no such."""
    if place.service is Service.GEN1:
        return ""
    path = f"/{quote(place.path, safe='/')}" if place.path else ""
    return f"https://{place.account}.{place.service}.{place.suffix}/{quote(place.container, safe='')}{path}"


def abfss(place: StoragePlace) -> str:
    """A place for the ABFS driver; "" where that cannot reach it (shares, Gen1)."""
    if place.service not in {Service.BLOB, Service.DFS}:
        return ""
    return f"abfss://{place.container}@{place.account}.{Service.DFS}.{place.suffix}/{place.path}"


def adl(place: StoragePlace) -> str:
    """A place in a store of Gen1; "" elsewhere."""
    return f"adl://{place.account}.{place.suffix}/{place.path}" if place.service is Service.GEN1 else ""


def signed(uri: str) -> Signed | None:
    """What a URI's shared access signature tells; None where it carries none. The signature itself may be hidden already."""
    if "?" not in uri:
        return None
    fields = {name.lower(): value for name, value in parse_qsl(uri.partition("?")[2].partition("#")[0], keep_blank_values=True)}
    return Signed(_moment(fields.get("se", "")), fields.get("sp", "")) if "sig" in fields else None


def without_query(uri: str) -> str:
    """A URI of storage without what may be a signature; any other URI as it is."""
    return re.split(r"[?#]", uri, maxsplit=1)[0] if isinstance(parse(uri), StoragePlace) and _WEB_SCHEME.match(uri) else uri


def _on_datastore(rest: str) -> DatastorePlace | None:
    if (long := _LONG.match(rest)) is not None:
        return DatastorePlace(long[4], long[5] or "", WorkspaceRef(long[1], long[2], long[3]))
    short = _SHORT.match(rest)
    return DatastorePlace(short[1], short[2] or "") if short is not None else None


def _stored(host: str, container: str, path: str) -> StoragePlace | None:
    found = _HOST.match(host.rpartition("@")[2].partition(":")[0])
    if found is None:
        return None
    return StoragePlace(Service(found[2].lower()), found[1].lower(), container, path, found[3].lower())


def _moment(text: str) -> datetime | None:
    """A signature's end: a time in UTC, or a day alone."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
