"""A process that begins to stop an instance and kills itself on the way: what a crash leaves behind.

On standard input: a JSON object with `ready` (the emulator's), `folder` (the journal's), `compute_id` and `when`: "intended", "sent" or
"accepted".
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn, cast

from console.azure import computes
from console.azure.request import Request
from console.operations import computes as plans
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, StepRun
from console.operations.runner import Runner
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


async def main(told: dict[str, Any]) -> None:
    emulator = Emulator(told["ready"], cast(Any, None))
    arm = client(emulator, EndpointTokens(emulator))
    send = arm.send

    async def dying(request: Request, **more: Any) -> Any:
        if request.method == "POST" and told["when"] == "intended":
            die()
        answer = await send(request, **more)
        if request.method == "POST" and told["when"] == "sent":
            die()
        return answer

    def changed(_operation: Operation, run: StepRun) -> None:
        if run.progress is Progress.RUNNING and told["when"] == "accepted":
            die()

    arm.send = dying  # type: ignore[method-assign]
    journal = Journal(Path(told["folder"]))
    runner = Runner(arm, journal, lambda name: computes.read_one(arm, name), changed, cloud=emulator.base_url, who=lambda: "admin")
    runner.run(plans.stop([await computes.read_one(arm, told["compute_id"])], {}))
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
