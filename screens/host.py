"""The host: what a screen may ask of the app around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from console.operations.plan import Plan
from console.view_memory import Order
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

    def key(self, binding_id: str, default: str) -> str:
        """The first key of a binding as a person would write it: the mapped one, else `default`."""

    def flash(self, text: str, look: str = "busy") -> None: ...

    def read(self, title: str, facts: Sequence[Fact]) -> None: ...

    def show_yaml(self, key: str, raw: bytes | None) -> None: ...

    def propose(self, plan: Plan, refusal: str, *, notes: Sequence[str] = (), agreed: Callable[[], None] | None = None) -> None: ...

    def order(self, kind: str) -> Order | None: ...

    def keep_order(self, kind: str, column: str, reverse: bool) -> None: ...

    def copy(self, text: str) -> None: ...

    def export(self, kind: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def retry(self) -> None: ...
