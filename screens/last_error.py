"""The last error, whole: ready to copy for a support ticket."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.trouble import Trouble
from screens.widgets.facts import Fact


def troubles_facts(troubles: Sequence[Trouble]) -> list[Fact]:
    """Each trouble whole, in the order given: where several places are looked at, each may have its own."""
    if not troubles:
        return [Fact("", "Nothing went wrong since the start.", "ok")]
    facts = [fact for trouble in troubles for fact in (Fact("", ""), *_facts(trouble))]
    return facts[1:]


def _facts(trouble: Trouble) -> list[Fact]:
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
