"""Usages and quotas of Azure ML in a region: requests out, JSON in. Published swagger, machineLearningServices.json, with its examples.

`usages` tells used and limit by family, and used by workspace and by compute; `quotas` tells the limits that workspaces were given;
`updateQuotas` changes these. The limit of a subscription is not changed here: that is a request to Azure's support.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.readings import Reading
from console.domain.scopes import ML, same_id
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.usages import Level, Limit, LimitRef, Usage, family_key, is_low_priority

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: That which azure-ai-ml 1.35.2 sends for usages; its own client of `quotas` is of the same version.
API = "2023-08-01-preview"
UPDATE = "updateQuotas"
#: What `status` of an update says (swagger: `Status`), as a sentence.
REFUSALS = {
    "Failure": "Azure could not set the limit",
    "InvalidQuotaBelowClusterMinimum": "the limit is below the minimum of nodes of the workspace's own clusters",
    "InvalidQuotaExceedsSubscriptionLimit": "the limit is above that of the subscription",
    "InvalidVMFamilyName": "there is no such VM family in this region",
    "OperationNotSupportedForSku": "the workspace's tier knows no limits of its own",
    "OperationNotEnabledForRegion": "this region knows no limits for workspaces",
}
#: Azure's examples write both.
_WORKSPACE = re.compile(r"/workspaces/[^/]+", re.IGNORECASE)
_COMPUTE = re.compile(r"/workspaces/[^/]+/computes/[^/]+", re.IGNORECASE)


class _Name(msgspec.Struct, rename="camel"):
    value: str | None = None
    localized_value: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str | None = None
    type: str | None = None
    current_value: int | None = None
    limit: int | None = None
    name: _Name | None = None


class _Updated(msgspec.Struct):
    id: str | None = None
    status: str | None = None


class _Update(msgspec.Struct):
    value: list[_Updated] | None = None


_decoder = msgspec.json.Decoder(_Wire)
_update_decoder = msgspec.json.Decoder(_Update)


def usages_request(subscription_id: str, region: str) -> Request:
    return Request(method="GET", path=f"{_location(subscription_id, region)}/usages", api_version=API)


def quotas_request(subscription_id: str, region: str) -> Request:
    return Request(method="GET", path=f"{_location(subscription_id, region)}/quotas", api_version=API)


def update_request(subscription_id: str, region: str, limits: Sequence[tuple[Usage, int]]) -> Request:
    """Set the limits of workspaces: each a quota of level WORKSPACE and its new limit in cores. The answer is to be read by `refused`."""
    value = [{"id": quota.id, "type": quota.type, "limit": limit, "unit": "Count"} for quota, limit in limits]
    body = {"location": region, "value": value}
    return Request(method="POST", path=f"{_location(subscription_id, region)}/{UPDATE}", api_version=API, body=body)


async def read(arm: ArmClient, subscription_id: str, region: str) -> Reading[Usage]:
    """Used and limit in a region: unreadable items are rows too. Raises TroubleError."""
    return await _read(arm, usages_request(subscription_id, region), subscription_id, region)


async def read_limits(arm: ArmClient, subscription_id: str, region: str) -> Reading[Usage]:
    """The limits of the subscription and of its workspaces in a region. Raises TroubleError."""
    return await _read(arm, quotas_request(subscription_id, region), subscription_id, region)


async def read_limit(arm: ArmClient, quota: LimitRef) -> Limit:
    """The limit of a workspace as it is now. Raises TroubleError, also where there is none of that name."""
    reading = await read_limits(arm, quota.workspace.subscription_id, quota.region)
    for each in reading.items:
        if same_id(each.id, quota.arm_id):
            return Limit(each.limit if each.limited else None)
    sentence = f"{quota.name} is not among the quotas of {quota.workspace.name} in {quota.region}."
    raise TroubleError(Trouble(Kind.NOT_FOUND, sentence, "QuotaNotFound", at=arm.clock.now()))


def refused(request: Request, body: bytes, now: datetime) -> Trouble | None:
    """Why an update did not happen although it was answered with 200: Azure tells it limit by limit. None where all went well."""
    if not request.path.endswith(f"/{UPDATE}"):
        return None
    operation = f"{request.method} {request.path}"
    try:
        answered = _update_decoder.decode(body).value or []
    except UNDECODABLE as error:
        sentence = "Azure's answer to the change of quota could not be read."
        return Trouble(Kind.UNEXPECTED, sentence, "Unreadable", str(error), operation=operation, at=now)
    for each in answered:
        status = each.status or "Undefined"
        if status != "Success":
            name = (each.id or "?").rsplit("/", 1)[-1]
            sentence = f"Azure did not set the limit of {name}: {REFUSALS.get(status, status)}."
            return Trouble(Kind.QUOTA, sentence, status, operation=operation, at=now)
    return None


def decode(raw: bytes, subscription_id: str, region: str) -> Usage:
    """One item of `usages` or `quotas` as a row; never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, last = unreadable.named(raw)
        return Usage(id=item_id, name=last, subscription_id=subscription_id, region=region, level=Level.UNREADABLE, fault=str(error))
    name = wire.name or _Name()
    named = name.localized_value or name.value or (wire.id or "").rsplit("/", 1)[-1].replace("_", " ")
    found, kind = wire.id or "", wire.type or ""
    level = _level(found, kind, named)
    about = _COMPUTE.search(found) if level is Level.COMPUTE else _WORKSPACE.search(found) if level is Level.WORKSPACE else None
    return Usage(
        id=found,
        name=named,
        subscription_id=subscription_id,
        region=region,
        level=level,
        type=kind,
        family="" if level in {Level.REGION, Level.CLUSTERS, Level.OTHER} else family_key(name.value or named),
        low_priority=is_low_priority(named) or kind.lower().endswith("lowprioritycores/usages"),
        about=found[: about.end()] if about is not None else "",
        used=wire.current_value,
        limit=None if wire.limit is None or wire.limit < 0 else wire.limit,
        # -1 in the published examples of low priority: the total of the region is what limits it.
        limited=wire.limit is None or wire.limit >= 0,
    )


def _location(subscription_id: str, region: str) -> str:
    return f"/subscriptions/{subscription_id}/providers/{ML}/locations/{region}"


async def _read(arm: ArmClient, request: Request, subscription_id: str, region: str) -> Reading[Usage]:
    return await arm.read_all(request, lambda raw: decode(raw, subscription_id, region), lambda item: item.key)


def _level(found: str, kind: str, named: str) -> Level:
    """What a figure is about: its id says it of workspaces and computes, its type of the rest, its name where the type is new."""
    if _COMPUTE.search(found):
        return Level.COMPUTE
    if _WORKSPACE.search(found):
        return Level.WORKSPACE
    last = kind.lower().removeprefix(f"{ML.lower()}/").split("/", 1)[0]
    if last in {"dedicatedcores", "lowprioritycores"}:
        return Level.REGION
    if last == "totalcores":
        return Level.CLUSTERS
    if last == "vmfamily" or "family" in named.lower():
        return Level.FAMILY
    return Level.REGION if "regional vcpus" in named.lower() else Level.OTHER
