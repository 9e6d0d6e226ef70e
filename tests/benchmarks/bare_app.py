"""The floor: the smallest Textual app that shows something."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

MARK = "nothing but this"


class Bare(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static(MARK)


def main() -> None:
    Bare().run(mouse=False)


if __name__ == "__main__":
    main()
