"""Run history: what ran on a compute and when, from the service that azure-ai-ml's own client reads.

`{api}/history/v1.0/…/computes/{name}/runs` (azure-ai-ml 1.35.2, `_restclient/runhistory`). Not a public contract: where it is missing or
answers otherwise, the console falls back to `?`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.links import origin
from console.azure.request import Request
from console.domain.compute import Run
from console.domain.readings import Reading
from console.domain.workspaces import Workspace
from console.text import redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

AUDIENCE = "https://ml.azure.com"
#: Audiences of the sovereign clouds by the end of the data plane's host (azure-ai-ml 1.35.2, `_azure_environments`).
AUDIENCES = {".azure.us": "https://ml.azure.us", ".azure.cn": "https://ml.azure.cn"}
#: Hosts of Azure ML's data plane in the public and the sovereign clouds.
OWN_HOSTS = (".azureml.ms", ".ml.azure.com", ".ml.azure.us", ".ml.azure.cn")


PAGE_SIZE = 100
#: What a reading says that left older runs unread.
OLDER = "older ones are not read (t)"


class _User(msgspec.Struct, rename="camel"):
    user_name: str | None = None
    user_object_id: str | None = None


class _Target(msgspec.Struct, rename="camel"):
    instance_count: int | None = None


class _Wire(msgspec.Struct, rename="camel"):
    run_id: str
    status: str | None = None
    created_utc: str | None = None
    start_time_utc: str | None = None
    end_time_utc: str | None = None
    created_by: _User | None = None
    display_name: str | None = None
    experiment_id: str | None = None
    compute: _Target | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(_Wire)


async def data_plane(arm: ArmClient, workspace: Workspace) -> str:
    """Base URL of a workspace's data plane, as its discovery document tells; asked without a token, as azure-ai-ml does.

    Raises TroubleError, also where the address is not one of Azure ML's own: the caller's token would go there.
    """
    url = workspace.discovery_url
    operation = f"GET {url[:200]}"
    if not _is_own(arm, url):
        raise unreadable("the discovery address is not one of Azure ML's", operation, arm.clock.now())
    answer = await arm.get_public(url)
    try:
        base = msgspec.json.decode(answer.body, type=dict[str, str]).get("api", "")
    except UNDECODABLE as error:
        raise unreadable(str(error), operation, arm.clock.now()) from error
    if not _is_own(arm, base):
        raise unreadable("the discovery document names an address that is not one of Azure ML's", operation, arm.clock.now())
    return base


def _is_own(arm: ArmClient, url: str) -> bool:
    found = origin(url)
    return found is not None and (found == origin(arm.base_url) or f".{found[0]}".endswith(OWN_HOSTS))


def audience(base_url: str) -> str:
    """What a token for a data plane is asked for."""
    host = (origin(base_url) or ("",))[0]
    return next((found for end, found in AUDIENCES.items() if host.endswith(end)), AUDIENCE)


async def read_recent(arm: ArmClient, base_url: str, compute_id: str, most: int) -> Reading[Run]:
    """The newest runs on a compute, at most so many; `incomplete` says that there are older ones. Raises TroubleError."""
    size = min(most, PAGE_SIZE)
    request = Request(method="GET", path=f"/history/v1.0{compute_id}/runs", query={"$top": str(size), "$orderby": "createdUtc desc"})
    reading = await arm.read_all(request, _decode, lambda run: run.id.lower(), most=most, audience=audience(base_url), base_url=base_url)
    return Reading(reading.items[:most], reading.raw, OLDER) if len(reading.items) >= most else reading


async def read_last(arm: ArmClient, base_url: str, compute_id: str) -> Reading[Run]:
    """The most recent run on a compute (none, or one). Raises TroubleError."""
    request = Request(method="GET", path=f"/history/v1.0{compute_id}/runs", query={"$top": "1", "$orderby": "createdUtc desc"})
    async for page in arm.pages(request, audience=audience(base_url), base_url=base_url):
        return Reading(tuple(_decode(bytes(raw)) for raw in page[:1]))
    return Reading(())


def _decode(raw: bytes) -> Run:
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE:
        return Run(id="?", status="unreadable")
    user = wire.created_by or _User()
    return Run(
        id=wire.run_id,
        status=wire.status or "",
        user=user.user_name or user.user_object_id or "",
        created=timestamps.parse(wire.created_utc),
        started=timestamps.parse(wire.start_time_utc),
        ended=timestamps.parse(wire.end_time_utc),
        title=redact_text(wire.display_name or ""),
        nodes=wire.compute.instance_count if wire.compute is not None else None,
        error=_error_text(wire.error),
        user_id=user.user_object_id or "",
        experiment=wire.experiment_id or "",
    )


def _error_text(error: Any) -> str:
    """Code and message of a run's error, made harmless: people's code writes them."""
    inner = error.get("error", error) if isinstance(error, dict) else error
    if isinstance(inner, dict):
        inner = ": ".join(str(inner[part]) for part in ("code", "message") if inner.get(part))
    return redact_text(str(inner)) if inner else ""
