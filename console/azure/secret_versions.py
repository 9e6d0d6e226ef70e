"""Versions of a Key Vault's secret: their request out, their JSON in. Data plane 7.5 (`GetSecretVersions`); no value is ever read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.connections import SecretRef
from console.domain.secret_state import SecretState, SecretVersion

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "7.5"
#: Times of a version are whole seconds, so that versions of one second stand as the vault lists them.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Attributes(msgspec.Struct):
    enabled: bool | None = None
    created: int | None = None
    exp: int | None = None


class _Item(msgspec.Struct):
    id: str
    attributes: _Attributes | None = None


class _Page(msgspec.Struct, rename="camel"):
    value: list[_Item] = []
    next_link: str | None = None


def versions_request(secret: SecretRef) -> Request:
    return Request(method="GET", path=f"/secrets/{secret.name}/versions", api_version=API, vault=secret.vault)


async def read(arm: ArmClient, secret: SecretRef) -> SecretState:
    """The versions of a secret. Vaults list them in no order, a page at a time: of one with more, which is the newest is not known.

    Raises TroubleError.
    """
    request = versions_request(secret)
    body = (await arm.send(request)).body
    try:
        page = msgspec.json.decode(body, type=_Page)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {request.path}", arm.clock.now()) from error
    found = [_version(item) for item in page.value]
    found.sort(key=lambda each: each.made_on or EPOCH, reverse=True)
    return SecretState(tuple(found), "it has more versions than were read" if page.next_link else "")


def _version(item: _Item) -> SecretVersion:
    told = item.attributes or _Attributes()
    return SecretVersion(item.id.rstrip("/").rsplit("/", 1)[-1], told.enabled, _moment(told.created), _moment(told.exp))


def _moment(seconds: int | None) -> datetime | None:
    """UTC time of Unix seconds; None for what is no time."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
