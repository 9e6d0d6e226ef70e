"""The host: what a screen may ask of the app around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from console.operations.plan import Plan
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class Flashed(Protocol):
    """One line of news and its look."""

    @property
    def text(self) -> str: ...

    @property
    def look(self) -> str: ...


class Host(Protocol):
    """Implemented by the app; screens know nothing else of it."""

    @property
    def flashed(self) -> Flashed | None: ...

    def tabs(self, kind: str) -> Sequence[Part]: ...

    def flash(self, text: str, look: str = "busy") -> None: ...

    def read(self, title: str, facts: Sequence[Fact]) -> None: ...

    def show_yaml(self, key: str, raw: bytes | None) -> None: ...

    def propose(self, plan: Plan, refusal: str) -> None: ...

    def retry(self) -> None: ...
