"""The last error, whole: ready to copy for a support ticket."""

from __future__ import annotations

from console.domain.trouble import Trouble
from screens.widgets.facts import Fact


def trouble_facts(trouble: Trouble | None) -> list[Fact]:
    if trouble is None:
        return [Fact("", "Nothing went wrong since the start.", "ok")]
    lines = [
        ("kind", trouble.kind.value),
        ("code", trouble.code),
        ("status", str(trouble.status or "no answer")),
        ("message", trouble.message),
        ("operation", trouble.operation),
        ("correlation id", trouble.correlation_id),
        ("request id", trouble.request_id),
        ("at", f"{trouble.at:%Y-%m-%d %H:%M:%S} UTC" if trouble.at else ""),
        ("retry after", f"{trouble.retry_after:g} s" if trouble.retry_after is not None else ""),
    ]
    return [Fact("", trouble.sentence, "bad"), Fact("", ""), *(Fact(name, text) for name, text in lines if text)]
