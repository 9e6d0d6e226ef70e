"""The last error, whole: ready to copy for a support ticket."""

from __future__ import annotations

from console.domain.trouble import Trouble
from screens.widgets.status_line import Part


def trouble_parts(trouble: Trouble | None) -> list[Part]:
    if trouble is None:
        return [("Nothing went wrong since the start.", "ok")]
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
    head: list[Part] = [(f"{trouble.sentence}\n\n", "bad")]
    return head + [part for name, text in lines if text for part in ((f"{name:<16}", "muted"), (f"{text}\n", ""))]
