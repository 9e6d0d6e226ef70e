"""One line of text in parts, repainted only when what it says changes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from console.text import cells, fit, safe

#: A part: text (made safe here) and the name of a look.
Part = tuple[str, str]

LOOKS = {
    "": "",
    "bold": "bold",
    "muted": "$foreground-muted",
    "ok": "$text-success",
    "warn": "bold $text-warning",
    "bad": "bold $text-error",
    "busy": "$text-primary",
    "key": "bold $text-accent",
    "reverse": "reverse",
    "alarm": "bold reverse",
}


class StatusLine(Widget):
    """Shows `left` parts from the left edge and `right` parts to the right one; what does not fit is cut from the end of `left`."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    StatusLine { height: 1; width: 1fr; }
    """

    def __init__(self, left: Sequence[Part] = (), right: Sequence[Part] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left, self._right = tuple(left), tuple(right)

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Say something else; nothing is sent when it is what the line says already."""
        if (tuple(left), tuple(right)) != (self._left, self._right):
            self._left, self._right = tuple(left), tuple(right)
            if self.is_mounted:
                self.refresh()

    @property
    def plain(self) -> str:
        """What the line says, without looks."""
        return "".join(text for text, _ in (*self._left, *self._right))

    def render(self) -> RenderResult:
        width = self.size.width
        right = [(safe(text), look) for text, look in self._right]
        room = max(0, width - sum(cells(text) for text, _ in right))
        left: list[Part] = []
        for text, look in self._left:
            text = safe(text)
            if cells(text) > room:
                left.append((fit(text, room), look))
                room = 0
                break
            left.append((text, look))
            room -= cells(text)
        parts = (*left, (" " * room, ""), *right)
        return Content.assemble(*((text, LOOKS[look]) for text, look in parts)) if width else Text("")
