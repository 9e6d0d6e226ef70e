"""Run history as azure-ai-ml's client asks for it, and the discovery document that leads there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from console.emulator.errors import gateway_error, management_frontend_error
from console.emulator.estate import PROVIDER, Compute, Estate, Run, compute_arm_id, workspace_arm_id
from console.emulator.history import past_runs, runs_on
from console.emulator.paging import link
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import seven_decimals
from console.emulator.workspaces import find as find_workspace

HISTORY = f"/history/v1.0/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{PROVIDER}/workspaces/{{workspace}}"
READ = f"{PROVIDER}/workspaces/experiments/runs/read"
# The services whose addresses azure-ai-ml looks up.
SERVICES = ("api", "catalog", "experimentation", "gallery", "history", "hyperdrive", "labeling", "modelmanagement", "pipelines", "studio")
PAGE_SIZE = 100
LARGEST_PAGE = 500
_CONDITION = re.compile(r"\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+(?:'((?:[^']|'')*)'|(\S+))\s*", re.IGNORECASE)
_ORDER = re.compile(r"\s*(\w+)(?:\s+(asc|desc))?\s*", re.IGNORECASE)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


class _QueryError(Exception):
    """A query option that cannot be understood; the message is one sentence."""


def body(estate: Estate, run: Run, now: datetime) -> dict[str, Any]:
    """A run with the names that run history uses on the wire."""
    compute = estate.computes.get(run.compute)
    target = compute.name if compute is not None else run.compute.rpartition("/")[2]
    author = _author(estate, run.created_by)
    ended = run.ended or now
    changed = run.ended or run.started or run.created
    return {
        "runId": run.id,
        "runNumber": int(run.created.timestamp()),
        "rootRunId": run.parent or run.id,
        "parentRunId": run.parent,
        "experimentId": _experiment_id(run),
        "displayName": run.display_name,
        "status": run.status,
        "createdUtc": seven_decimals(run.created),
        "startTimeUtc": None if run.started is None else seven_decimals(run.started),
        "endTimeUtc": None if run.ended is None else seven_decimals(run.ended),
        "duration": None if run.started is None else _span(ended - run.started),
        "createdBy": author,
        "lastModifiedBy": author,
        "lastModifiedUtc": seven_decimals(changed),
        "userId": run.created_by,
        "error": _error(run),
        "warnings": None,
        "target": target,
        "compute": {
            "target": target,
            "targetType": "amlcompute" if compute is None or compute.kind == "AmlCompute" else "computeinstance",
            "vmSize": None if compute is None else compute.properties.get("vmSize"),
            "instanceCount": run.nodes,
            "priority": None if compute is None else compute.properties.get("vmPriority"),
        },
        "runType": "azureml.scriptrun",
        "hidden": False,
        "properties": {},
        "tags": {},
    }


def _author(estate: Estate, object_id: str) -> dict[str, Any]:
    person = estate.people.get(object_id)
    return {
        "userObjectId": object_id,
        "userTenantId": estate.tenant_id,
        "userName": object_id if person is None else person.display_name,
        "upn": None if person is None else person.upn,
    }


def _error(run: Run) -> dict[str, Any] | None:
    if run.error is None or run.ended is None:
        return None
    code, message = run.error
    return {"error": {"code": code, "message": message, "details": []}, "time": seven_decimals(run.ended)}


def _experiment_id(run: Run) -> str:
    return str(uuid5(NAMESPACE_URL, f"{run.workspace_id}/{run.experiment}"))


def _span(length: timedelta) -> str:
    """A .NET TimeSpan, as run history writes durations."""
    seconds = int(length.total_seconds())
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{days}.{clock}" if days else clock


def _filtered(runs: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Runs that meet every condition of a `$filter`: comparisons joined by `and`, as `status eq 'Running'`."""
    for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else ():
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise _QueryError(f"The filter '{part}' is not supported.")
        wire = {name.lower(): name for name in runs[0]} if runs else {}
        field = wire.get(found[1].lower())
        if runs and field is None:
            raise _QueryError(f"The filter names '{found[1]}', which a run does not have.")
        compare = _COMPARISONS[found[2].lower()]
        wanted = found[4] if found[3] is None else found[3].replace("''", "'")
        runs = [run for run in runs if run[field or ""] is not None and compare(*_comparable(run[field or ""], wanted))]
    return runs


def _comparable(value: Any, wanted: str) -> tuple[Any, Any]:
    """Both sides of a comparison in one type; moments compare as moments."""
    if isinstance(value, int):
        return value, int(wanted) if wanted.lstrip("-").isdecimal() else value + 1
    try:
        left, right = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (str(value), wanted))
        return left, right if right.tzinfo is not None else right.replace(tzinfo=left.tzinfo)
    except ValueError:
        return str(value), wanted


def _ordered(runs: list[dict[str, Any]], text: str, direction: str) -> list[dict[str, Any]]:
    """Sort by `$orderby`; runs that lack the field come last in either direction."""
    found = _ORDER.fullmatch(text)
    if found is None or (runs and found[1] not in runs[0]):
        raise _QueryError(f"Runs cannot be ordered by '{text}'.")
    backwards = (found[2] or direction or "asc").lower() == "desc"
    have = [run for run in runs if run[found[1]] is not None]
    return sorted(have, key=lambda run: str(run[found[1]]), reverse=backwards) + [run for run in runs if run[found[1]] is None]


def _page(call: Call, runs: Sequence[Run]) -> Reply:
    estate, now = call.world.estate, call.world.clock.now()
    query = {name.lower(): value for name, value in call.query.items()}
    token, top = query.get("$continuationtoken", "0"), query.get("$top", str(PAGE_SIZE))
    if not token.isdecimal() or not top.isdecimal() or int(top) < 1:
        return gateway_error(400, "BadRequest", f"$top '{top}' or $continuationtoken '{token}' is invalid.")
    if "$filter" not in query and "$orderby" not in query:
        return _cut(call, [None] * len(runs), int(token), int(top), lambda index: body(estate, runs[index], now))
    try:
        shown = _filtered([body(estate, run, now) for run in runs], query.get("$filter", ""))
        shown = _ordered(shown, query["$orderby"], query.get("$sortorder", "")) if "$orderby" in query else shown
    except _QueryError as error:
        return gateway_error(400, "BadRequest", str(error))
    return _cut(call, shown, int(token), int(top), lambda index: shown[index])


def _cut(call: Call, rows: Sequence[Any], start: int, top: int, at: Callable[[int], dict[str, Any]]) -> Reply:
    size = min(top, LARGEST_PAGE)
    answer: dict[str, Any] = {"value": [at(index) for index in range(start, min(start + size, len(rows)))]}
    if start + size < len(rows):
        answer["continuationToken"] = str(start + size)
        answer["nextLink"] = link(call, "$continuationtoken", answer["continuationToken"])
    return Reply(200, answer)


def _by_compute(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    compute = call.world.estate.computes.get(compute_arm_id(workspace.id, call.param("compute")).lower())
    return _page(call, [] if compute is None else runs_on(call.world.estate, compute))


def _find(call: Call) -> Run | Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    estate, name, key = call.world.estate, call.param("run"), workspace.id.lower()
    known = estate.runs.get(name)
    if known is not None and known.workspace_id == key:
        return known
    computes: list[Compute] = [one for one in estate.computes.values() if one.workspace_id == key]
    for compute in computes:
        for run in past_runs(estate, compute):
            if run.id == name:
                return run
    return management_frontend_error(call, 404, "UserError", f"Run {name} not found.", ("NotFound", "RunNotFound"))


def _get(call: Call) -> Reply:
    found = _find(call)
    return found if isinstance(found, Reply) else Reply(200, body(call.world.estate, found, call.world.clock.now()))


def _children(call: Call) -> Reply:
    found = _find(call)
    if isinstance(found, Reply):
        return found
    return _page(call, [run for run in call.world.estate.runs.values() if run.parent == found.id])


def _discovery(call: Call) -> Reply:
    return Reply(200, dict.fromkeys(SERVICES, call.base_url))


def routes() -> list[Route]:
    def scope(params: Mapping[str, str]) -> str:
        return workspace_arm_id(params["subscription"], params["group"], params["workspace"])

    return [
        Route("GET", "/discovery", _discovery, "sdk", anonymous=True),
        Route("GET", f"{HISTORY}/computes/{{compute}}/runs", _by_compute, "sdk", action=READ, scope_of=scope),
        Route("GET", f"{HISTORY}/runs/{{run}}", _get, "sdk", action=READ, scope_of=scope),
        Route("GET", f"{HISTORY}/runs/{{run}}/children", _children, "sdk", action=READ, scope_of=scope),
    ]
