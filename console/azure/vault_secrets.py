"""Secrets of Key Vaults: their requests out, their JSON in (published swagger, keyvault/data-plane 7.5, secrets.json).

Nothing but `value_in` reads a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure.answer import Answer
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_secrets import Secret, SecretRef, newest
from console.text import redact, redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: What a page holds at most, and if nothing is asked (swagger: `maxresults`).
PAGE = "25"


class _Attributes(msgspec.Struct, rename="camel"):
    enabled: bool | None = None
    nbf: int | None = None
    exp: int | None = None
    created: int | None = None
    updated: int | None = None
    recovery_level: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    content_type: str | None = None
    attributes: _Attributes | None = None
    tags: dict[str, str | None] | None = None
    managed: bool | None = None
    deleted_date: int | None = None
    scheduled_purge_date: int | None = None


class _Bundle(msgspec.Struct):
    value: str


_decoder = msgspec.json.Decoder(_Wire)


# Reading


async def read(arm: ArmClient, vault: str, address: str, before: Reading[Secret] | None = None) -> Reading[Secret]:
    """The secrets of a vault (its ARM id and address) without their values; unchanged ones are those of `before`. Raises TroubleError."""
    return await _list(arm, vault, address, "/secrets", before)


async def read_deleted(arm: ArmClient, vault: str, address: str, before: Reading[Secret] | None = None) -> Reading[Secret]:
    """What was deleted in a vault and can still be recovered. Raises TroubleError."""
    return await _list(arm, vault, address, "/deletedsecrets", before, deleted=True)


async def read_versions(arm: ArmClient, ref: SecretRef, address: str) -> Reading[Secret]:
    """Every version of a secret, without values; none where there is no such secret. Raises TroubleError."""
    request = Request(method="GET", path=f"/secrets/{ref.name}/versions", query={"maxresults": PAGE}, vault=address)
    return await arm.read_all(request, lambda raw: decode(raw, ref.vault, versions=True), lambda item: item.id.lower())


async def read_one(arm: ArmClient, ref: SecretRef, address: str) -> Secret:
    """The newest version of a secret, or the deleted one of that name; its value is not read. Raises TroubleError, not found included."""
    try:
        found = newest((await read_versions(arm, ref, address)).items)
    except TroubleError as error:
        if error.trouble.kind is not Kind.NOT_FOUND:
            raise
        found = None
    if found is not None:
        return msgspec.structs.replace(found, id=ref.id)
    answer = await arm.send(Request(method="GET", path=f"/deletedsecrets/{ref.name}", vault=address))
    deleted = decode(answer.body, ref.vault, deleted=True)
    if deleted.fault:
        raise TroubleError(Trouble(Kind.UNEXPECTED, f"What Azure tells of the deleted {ref.name} could not be read: {deleted.fault}."))
    return msgspec.structs.replace(deleted, id=ref.id)


async def _list(
    arm: ArmClient, vault: str, address: str, path: str, before: Reading[Secret] | None, *, deleted: bool = False
) -> Reading[Secret]:
    request = Request(method="GET", path=path, query={"maxresults": PAGE}, vault=address)
    return await arm.read_all(request, lambda raw: decode(raw, vault, deleted=deleted), lambda item: item.id.lower(), before=before)


def decode(raw: bytes, vault: str, *, deleted: bool = False, versions: bool = False) -> Secret:
    """One item of a list as a row; never raises: what does not fit the schema becomes an unreadable row that says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return Secret(id=f"{vault}/secrets/?", name="?", vault=vault, deleted=deleted, fault=str(error))
    # https://NAME.vault.azure.net/secrets/SECRET and, of a version, its number.
    _, _, told = wire.id.partition("/secrets/")
    name, _, version = told.partition("/")
    own = wire.attributes or _Attributes()
    # People paste keys into these; rows are shown.
    content_type, tags = redact_text(wire.content_type or ""), redact(_told_tags(wire))
    return Secret(
        id=f"{vault}/secrets/{name}/{version}" if versions else f"{vault}/secrets/{name}",
        name=name or "?",
        vault=vault,
        version=version,
        enabled=own.enabled,
        expires=_moment(own.exp),
        not_before=_moment(own.nbf),
        created=_moment(own.created),
        updated=_moment(own.updated),
        content_type=content_type,
        tags=tags,
        hidden=content_type != (wire.content_type or "") or tags != _told_tags(wire),
        managed=bool(wire.managed),
        deleted=deleted,
        deleted_on=_moment(wire.deleted_date),
        purge_on=_moment(wire.scheduled_purge_date),
        purgeable="purgeable" in own.recovery_level.lower() if own.recovery_level else None,
        fault="" if name else "its identifier names no secret",
    )


def _told_tags(wire: _Wire) -> dict[str, str]:
    return {name: value or "" for name, value in (wire.tags or {}).items()}


def _moment(seconds: int | None) -> datetime | None:
    """UTC time of seconds since 1970; None for what is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
    except (OverflowError, ValueError, OSError):
        return None


# Changing and revealing


def set_request(
    address: str,
    name: str,
    value: str,
    *,
    content_type: str = "",
    tags: Mapping[str, str] | None = None,
    expires: datetime | None = None,
    enabled: bool = True,
) -> Request:
    """The PUT of a new version. `value` is a slot (console.azure.slots), never the secret itself; a version inherits nothing."""
    attributes: dict[str, Any] = {"enabled": enabled}
    if expires is not None:
        attributes["exp"] = int(expires.timestamp())
    body: dict[str, Any] = {"value": value, "attributes": attributes}
    if content_type:
        body["contentType"] = content_type
    if tags:
        body["tags"] = dict(tags)
    return Request(method="PUT", path=f"/secrets/{name}", body=body, vault=address)


def attributes_request(address: str, name: str, version: str, attributes: Mapping[str, Any]) -> Request:
    """The PATCH of a version's attributes (`enabled`, `exp` in seconds since 1970): what it does not name stays."""
    return Request(method="PATCH", path=f"/secrets/{name}/{version}", body={"attributes": dict(attributes)}, vault=address)


def delete_request(address: str, name: str) -> Request:
    return Request(method="DELETE", path=f"/secrets/{name}", vault=address)


def recover_request(address: str, name: str) -> Request:
    return Request(method="POST", path=f"/deletedsecrets/{name}/recover", vault=address)


def purge_request(address: str, name: str) -> Request:
    return Request(method="DELETE", path=f"/deletedsecrets/{name}", vault=address)


def reveal_request(address: str, name: str, version: str = "") -> Request:
    """The GET whose answer has the value; of the newest version where none is named."""
    return Request(method="GET", path=f"/secrets/{name}/{version}", vault=address)


def value_in(answer: Answer) -> str:
    """The value in a vault's answer about one secret. Raises ValueError, with nothing of the answer in it."""
    try:
        return msgspec.json.decode(answer.body, type=_Bundle).value
    except UNDECODABLE:
        raise ValueError("it has no value") from None
