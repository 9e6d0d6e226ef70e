"""The last error, whole: ready to copy for a support ticket; and the last news whole, of which the last line may show a part."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from console.domain.trouble import Trouble
from screens.widgets.facts import Fact

#: News that are kept to be read again.
MOST_NEWS = 5


class Said(NamedTuple):
    """One line of news, when it was said (UTC, the server's clock)."""

    at: datetime
    text: str
    look: str


class News:
    """The last news. Mere progress is kept only until something else is said."""

    def __init__(self) -> None:
        self._said: deque[Said] = deque(maxlen=MOST_NEWS)

    def add(self, at: datetime, text: str, look: str) -> None:
        if self._said and (self._said[-1].look == "busy" or self._said[-1].text == text):
            self._said.pop()
        self._said.append(Said(at, text, look))

    def clear(self) -> None:
        self._said.clear()

    def facts(self) -> list[Fact]:
        """Each whole, the newest first; nothing where nothing was said."""
        if not self._said:
            return []
        told = [Fact(f"{each.at:%H:%M} UTC", each.text, each.look) for each in reversed(self._said)]
        return [Fact("", ""), Fact("", "Last news", "bold"), *told]


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
