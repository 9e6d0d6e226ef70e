"""A line to type in that holds nothing but what it shows."""

from __future__ import annotations

from textual.events import Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from console.text import safe

#: Characters at most: more than anything that is asked for, and little enough to be judged at every keystroke.
MOST = 16_384


class TypedLine(Input):
    """Whatever is typed, pasted or put into it is one line of visible characters; so what is sent is what was seen.

    What stands in a password line is never shown, and stays as it is. A keystroke lays nothing out anew: the line is as wide as its place.
    """

    virtual_size = Reactive(Size(0, 0))

    def _on_paste(self, event: Paste) -> None:
        """What is pasted where it is not shown is taken whole: the first line alone would be another secret, and nobody would see it."""
        if self.password and event.text:
            self.replace(event.text, *self.selection)
            event.stop()
            event.prevent_default()

    def validate_value(self, value: str) -> str:
        return value if self.password else safe(value, MOST)
