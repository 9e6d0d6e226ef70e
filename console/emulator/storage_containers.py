"""Blob containers and file shares as Azure Resource Manager lists them. What is in them is not told here.

The fields are those that azure-mgmt-storage 25.0.0 knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from console.emulator.errors import gateway_error
from console.emulator.estate import Container, StorageAccount
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.storage_accounts import ONE, TYPE, VERSIONS, find
from console.emulator.versions import seven_decimals

PAGE_SIZE = 5000


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an account holds: its path and type beneath the account, what there is of it, and what is said of one that is missing."""

    path: str
    type: str
    held: Callable[[StorageAccount], Mapping[str, Container]]
    missing: tuple[str, str]
    properties: Mapping[str, Any]


KINDS = (
    _Kind(
        "blobServices/default/containers",
        "blobServices/containers",
        lambda account: account.containers,
        ("ContainerNotFound", "The specified container does not exist."),
        {
            "publicAccess": "None",
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "leaseState": "Available",
            "leaseStatus": "Unlocked",
        },
    ),
    _Kind(
        "fileServices/default/shares",
        "fileServices/shares",
        lambda account: account.shares,
        ("ShareNotFound", "The specified share does not exist."),
        {"accessTier": "TransactionOptimized", "shareQuota": 5120, "enabledProtocols": "SMB", "leaseState": "available"},
    ),
)


def _body(kind: _Kind, account: StorageAccount, one: Container) -> dict[str, Any]:
    identifier = f"{account.id}/{kind.path}/{one.name}"
    etag = blake2b(f"{identifier.lower()} {one.created.isoformat()}".encode(), digest_size=7).hexdigest().upper()
    properties = {**kind.properties, "lastModifiedTime": seven_decimals(one.created, "Z")}
    return {"id": identifier, "name": one.name, "type": f"{TYPE}/{kind.type}", "etag": f'"0x{etag}"', "properties": properties}


def _list(call: Call, kind: _Kind) -> Reply:
    account = find(call)
    if isinstance(account, Reply):
        return account
    held = kind.held(account)
    asked = call.query.get("$maxpagesize", "")
    size = int(asked) if asked.isdecimal() and int(asked) else PAGE_SIZE
    return page(call, [held[name] for name in sorted(held)], size, token="$skipToken", shape=partial(_body, kind, account))


def _get(call: Call, kind: _Kind) -> Reply:
    account = find(call)
    if isinstance(account, Reply):
        return account
    found = kind.held(account).get(call.param("name"))
    if found is None:
        return gateway_error(404, *kind.missing, {"x-ms-failure-cause": "service"})
    return Reply(200, _body(kind, account, found))


def routes() -> list[Route]:
    found = []
    for kind in KINDS:
        read = f"{TYPE}/{kind.type}/read"
        found += [
            Route("GET", f"{ONE}/{kind.path}", partial(_list, kind=kind), "sdk", read, VERSIONS),
            Route("GET", f"{ONE}/{kind.path}/{{name}}", partial(_get, kind=kind), "sdk", read, VERSIONS),
        ]
    return found
