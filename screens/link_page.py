"""Links: the addresses of pages that show a resource, each in full and on lines of its own; one can be chosen and copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

from textual.binding import Binding, BindingType

from screens.host import Host
from screens.reader import Reader
from screens.widgets.facts import Fact, Facts


class LinkPage(Reader):
    """Shows `links` (label and address). There is no browser over SSH: copy one, click it where the terminal takes links, or select it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,Y", "copy", "copy the address", id="links.copy"),
        Binding("j,down", "choose(1)", "the next", show=False, id="links.next"),
        Binding("k,up", "choose(-1)", "the one before", show=False, id="links.before"),
    ]

    def __init__(self, title: str, links: Sequence[Fact]) -> None:
        self.links = [link for link in links if link.text]
        self.chosen = 0
        super().__init__(title, self._facts("c"), 0)

    def action_choose(self, by: int) -> None:
        self.chosen = max(0, min(len(self.links) - 1, self.chosen + by))
        self._show()

    def action_copy(self) -> None:
        cast(Host, self.app).copy(self.links[self.chosen].text)

    def on_screen_resume(self) -> None:
        self._show()

    def _redraw(self) -> None:
        """There is news, which the app tells by this: what was copied is said where it was asked for."""
        self._show()

    def _show(self) -> None:
        host = cast(Host, self.app)
        said = host.flashed
        news = [] if said is None else [Fact("", ""), Fact("", said.text, said.look)]
        self.query_one(Facts).show([*self._facts(host.key("links.copy", "c")), *news])

    def _facts(self, copy: str) -> list[Fact]:
        facts: list[Fact] = []
        for number, link in enumerate(self.links):
            chosen = number == self.chosen
            facts += [
                Fact("", f"{'▶' if chosen else ' '}{link.label}", "key" if chosen else "muted"),
                Fact("", link.text, link=link.text),
                Fact("", ""),
            ]
        facts.append(Fact("", f"{copy} copies the one that ▶ points at.", "muted"))
        return facts
