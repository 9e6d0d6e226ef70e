"""What policies say to a plan before it is agreed to: each request asked about once, those alike together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from console.azure.request import Request
from console.domain.policies import Objection, refusal, warnings
from console.domain.trouble import TroubleError
from console.operations.plan import Concern, Effect, Plan, Step

#: What Azure Policy has against a request; raises TroubleError.
Ask = Callable[[Request], Awaitable[Sequence[Objection]]]
MOST_AT_ONCE = 4
UNSURE = "policies could not be checked"


async def checked(plan: Plan, ask: Ask) -> Plan:
    """The plan with what policies say to each of its PUTs; one that Azure would deny refuses the plan.

    Requests that differ in nothing but their name and for whom they are count as one. What cannot be checked holds nobody up.
    """
    asked: dict[bytes, asyncio.Task[Sequence[Objection]]] = {}
    gate = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(request: Request) -> Sequence[Objection]:
        async with gate:
            return await ask(request)

    async with asyncio.TaskGroup() as group:
        for step in plan.steps:
            if step.request.method == "PUT" and (alike := _alike(step.request)) not in asked:
                asked[alike] = group.create_task(_told(one(step.request)))
    found: dict[bytes, Sequence[Objection] | str] = {alike: task.result() for alike, task in asked.items()}
    steps = tuple(_with(step, found[_alike(step.request)]) if step.request.method == "PUT" else step for step in plan.steps)
    against = [each for objections in found.values() if not isinstance(objections, str) for each in objections]
    return msgspec.structs.replace(plan, steps=steps, refused=plan.refused or refusal(against))


async def _told(asked: Awaitable[Sequence[Objection]]) -> Any:
    """The objections, or why there are none to be had."""
    try:
        return await asked
    except TroubleError as error:
        return error.trouble.sentence


def _with(step: Step, found: Sequence[Objection] | str) -> Step:
    if isinstance(found, str):
        told = [Effect(Concern.UNCHECKED, f"{UNSURE}: {found}")]
    else:
        told = [Effect(Concern.POLICY, f"it may be refused: {each}") for each in warnings(found)]
        if not found:
            told = [Effect(Concern.POLICY, "none forbids it, Azure says")]
    return msgspec.structs.replace(step, effects=(*step.effects, *told))


def _alike(request: Request) -> bytes:
    """What a request has in common with those that policies cannot tell from it: where it goes and its body, without the person."""
    return msgspec.json.encode((request.path.rpartition("/")[0].lower(), _impersonal(request.body)), order="deterministic")


def _impersonal(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: _impersonal(value) for key, value in body.items() if key != "assignedUser"}
    return [_impersonal(each) for each in body] if isinstance(body, list) else body
