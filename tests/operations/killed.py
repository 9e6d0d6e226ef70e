"""A process that begins to change a compute and kills itself on the way: what a crash leaves behind.

On standard input: a JSON object with `ready` (the emulator's), `folder` (the journal's), `compute_id`, `when`: "intended", "sent" or
"accepted", and `verb`: "stop" (where it is not there), "scale" or "create".
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

from console.azure import computes
from console.azure.arm import ArmClient
from console.azure.request import Request
from console.domain.scopes import WorkspaceRef
from console.operations import computes as plans
from console.operations import creation, scaling
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Plan
from console.operations.runner import Runner
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client

SIZE = {"computeType": "ComputeInstance", "properties": {"vmSize": "Standard_DS3_v2"}}


async def plan(arm: ArmClient, compute_id: str, verb: str) -> Plan:
    if verb == "create":
        request = computes.put(compute_id, {"location": "westeurope", "properties": SIZE})
        body = json.dumps({"id": compute_id, **request.body}).encode()
        return creation.created([(computes.decode(body, WorkspaceRef.parse(compute_id)), request)], {})
    compute = await computes.read_one(arm, compute_id)
    return scaling.scale([compute], scaling.Scale(1, 3, timedelta(minutes=5)), {}) if verb == "scale" else plans.stop([compute], {})


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


async def main(told: dict[str, Any]) -> None:
    emulator = Emulator(told["ready"], cast(Any, None))
    arm = client(emulator, EndpointTokens(emulator))
    send = arm.send

    async def dying(request: Request, **more: Any) -> Any:
        changes = request.method != "GET"
        if changes and told["when"] == "intended":
            die()
        answer = await send(request, **more)
        if changes and told["when"] == "sent":
            die()
        return answer

    def changed(_operation: Operation, run: StepRun) -> None:
        if run.progress is Progress.RUNNING and told["when"] == "accepted":
            die()

    arm.send = dying  # type: ignore[method-assign]
    journal = Journal(Path(told["folder"]))
    runner = Runner(arm, journal, lambda name: computes.read_one(arm, name), changed, cloud=emulator.base_url, who=lambda: "admin")
    runner.run(await plan(arm, told["compute_id"], told.get("verb", "stop")))
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
