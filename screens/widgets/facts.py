"""Facts: labelled texts, each wrapped beside its label; what looks like a secret is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from console.text import fit, redact_text, safe
from screens.widgets.status_line import LOOKS

LABEL_WIDTH = 15
MOST_LENGTH = 8_000


class Fact(NamedTuple):
    """A label and what there is to say; without a label the text takes the whole width. Line breaks are the program's own.

    `link` is where the text leads to, on terminals that take hyperlinks.
    """

    label: str
    text: str
    look: str = ""
    label_look: str = "muted"
    link: str = ""


class Facts(Widget):
    """As high as its text at its width."""

    DEFAULT_CSS = """
    Facts { height: auto; width: 1fr; }
    """

    def __init__(self, facts: Sequence[Fact], *, label_width: int = LABEL_WIDTH, id: str | None = None) -> None:
        super().__init__(id=id)
        self.facts = tuple(facts)
        self.label_width = label_width

    def show(self, facts: Sequence[Fact]) -> None:
        """Say something else; nothing is sent when it is what is said already."""
        if tuple(facts) != self.facts:
            self.facts = tuple(facts)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for fact in self.facts:
            label = fit(safe(fact.label), self.label_width) if fact.label else ""
            room = max(8, width - len(label))
            first = True
            for text in fact.text.split("\n"):
                for piece in Content(safe(redact_text(text), MOST_LENGTH)).wrap(room) or [Content("")]:
                    head = label if first else " " * len(label)
                    said = Content.assemble((head, LOOKS[fact.label_look]), (piece.plain.rstrip(), LOOKS[fact.look]))
                    lines.append(said.stylize(Style(link=fact.link), len(head)) if fact.link else said)
                    first = False
        return lines
