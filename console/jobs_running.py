"""Jobs that run in workspaces now, by run history of each compute, as somebody asks: what may have been given a secret when it began."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from console.domain.compute import Compute, Run
from console.domain.cost import OWN_MACHINES
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError
from console.readers import Readers

#: Computes whose jobs are asked for at once.
AT_ONCE = 4
#: Jobs of a compute that are looked at, the newest first: one page of run history.
MOST_READ = 100
#: Jobs of a workspace that are named; the rest is counted.
MOST_NAMED = 3


class Told(NamedTuple):
    """Sentences: of each workspace with jobs, which they are; and what could not be looked at."""

    jobs: tuple[str, ...]
    unread: tuple[str, ...]


async def running(readers: Readers, workspaces: Iterable[WorkspaceRef]) -> Told:
    """What runs, waits or begins in workspaces on computes of their own; jobs on serverless compute are on none, and are not seen."""
    gate, found, unread = asyncio.Semaphore(AT_ONCE), list[str](), list[str]()

    async def on(compute: Compute) -> Sequence[Run]:
        async with gate:
            return [run for run in (await readers.recent_runs(compute.id, MOST_READ)).items if run.active]

    async def of(workspace: WorkspaceRef) -> None:
        try:
            async with gate:
                listed = await readers.computes(workspace.id)
        except TroubleError as error:
            unread.append(f"which jobs run in {workspace.name}: {error.trouble.sentence}")
            return
        computes = [each for each in listed.items if each.kind in OWN_MACHINES]
        answers = await asyncio.gather(*map(on, computes), return_exceptions=True)
        runs = [run for answer in answers if not isinstance(answer, BaseException) for run in answer]
        if runs:
            names = [f"{run.title or run.id} ({run.user or '?'})" for run in runs[:MOST_NAMED]]
            rest = f" and {len(runs) - MOST_NAMED} more" if len(runs) > MOST_NAMED else ""
            found.append(f"jobs run in {workspace.name} that may have been given the key: {', '.join(names)}{rest}")
        failed: dict[str, list[str]] = {}
        for compute, answer in zip(computes, answers, strict=True):
            if isinstance(answer, TroubleError):
                failed.setdefault(answer.trouble.sentence, []).append(compute.name)
            elif isinstance(answer, BaseException):
                raise answer
        unread.extend(f"which jobs run on {', '.join(names)} in {workspace.name}: {why}" for why, names in failed.items())
        if listed.incomplete:
            unread.append(f"which jobs run on some computes of {workspace.name}: {listed.incomplete}")

    places = tuple(workspaces)
    await asyncio.gather(*map(of, places))
    if places:
        unread.append("jobs on serverless compute: no list of them is read")
    return Told(tuple(sorted(found)), tuple(sorted(unread)))
