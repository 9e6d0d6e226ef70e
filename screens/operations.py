"""Operations: what was changed in this session, what an earlier one left open, and how each ended."""

from __future__ import annotations

from collections.abc import Sequence

from console.operations.operation import Operation, Progress
from screens.widgets.facts import Fact

LOOKS = {Progress.DONE: "ok", Progress.FAILED: "bad", Progress.UNKNOWN: "bad", Progress.STOPPED: "warn"}


def operation_facts(operations: Sequence[Operation]) -> list[Fact]:
    """The newest first, each step with its progress and why."""
    facts: list[Fact] = []
    for operation in reversed(operations):
        facts.append(Fact("", operation.plan.title, "bold"))
        for run in operation.runs:
            facts.append(Fact(f"  {run.progress}", run.step.target_id, "", LOOKS.get(run.progress, "busy")))
            if run.note:
                facts.append(Fact("", f"  {run.note}", LOOKS.get(run.progress, "muted")))
    return facts or [Fact("", "Nothing was changed since the start.", "muted")]
