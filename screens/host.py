"""The host: what a screen may ask of the app around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from textual.screen import Screen

from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.operations.plan import Plan
from console.view_memory import Order
from screens.dialogs.choose import Choice
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class Flashed(Protocol):
    """One line of news and its look."""

    @property
    def text(self) -> str: ...

    @property
    def look(self) -> str: ...


class Viewed(Protocol):
    """A screen of rows, as far as somebody who sends the user there may know it."""

    def show_row(self, key: str) -> str: ...


class Host(Protocol):
    """Implemented by the app; screens know nothing else of it."""

    #: What was typed into forms that were left, by form and target.
    drafts: dict[str, dict[str, str]]

    @property
    def flashed(self) -> Flashed | None: ...

    def tabs(self, kind: str) -> Sequence[Part]: ...

    def key(self, binding_id: str, default: str) -> str:
        """The first key of a binding as a person would write it: the mapped one, else `default`."""

    def flash(self, text: str, look: str = "busy", *, stays: bool = False) -> None: ...

    def forget_news(self) -> None:
        """What was said was about what is left now."""

    def report(self, trouble: Trouble) -> None: ...

    def keep_trouble(self, trouble: Trouble | None) -> None: ...

    def go_to(self, name: str) -> Viewed:
        """Go to a screen of the registry, leaving whatever is open above it."""

    def open_screen(self, screen: Screen[None]) -> None:
        """Put a screen on top; esc goes back from it."""

    def later(self, reading: Awaitable[Sequence[str]], then: Callable[[Sequence[str]], None]) -> None:
        """Do something with what is being read, once it is there; nothing where the user has gone elsewhere meanwhile."""

    def read(self, title: str, facts: Sequence[Fact]) -> None: ...

    def show_yaml(self, key: str, raw: bytes | None) -> None: ...

    def propose(
        self,
        plan: Plan,
        refusal: str,
        *,
        notes: Sequence[str] = (),
        agreed: Callable[[], None] | None = None,
        run: Callable[[Plan], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None: ...

    def reveal(self, plan: Plan, refusal: str, then: Callable[[str], None]) -> None:
        """Show a plan that reads one secret; once it is agreed to and journaled, hand the value to `then`, and keep nothing of it."""

    def order(self, kind: str) -> Order | None: ...

    def keep_order(self, kind: str, order: Order) -> None: ...

    def below(self, screen: Screen[Any]) -> Sequence[str]:
        """What the screens below one list, the lowest first."""
        ...

    def back(self) -> None:
        """Out of a drill-down, else to the view before."""
        ...

    def look_at(self, chosen: Sequence[WorkspaceRef]) -> None:
        """Let every screen be about these workspaces, and go back to the one that was left to choose them."""
        ...

    def choose(self, title: str, choices: Sequence[Choice], chosen: Callable[[str | None], None]) -> None: ...

    def copy(self, text: str, named: str = "", *, secret: bool = False) -> None: ...

    def export(self, kind: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def retry(self) -> None: ...
