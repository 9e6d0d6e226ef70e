"""Renders the widgets that a change touches and no others: Textual renders all those in the same container, line by line.

A form has a container full of lines of which a keystroke changes one. This rests on private names of Textual, which is pinned.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class TightCompositor(Compositor):
    """A compositor for screens of many small widgets."""

    def _get_renders(self, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            if crop is not None:
                shown = shown.intersection(Region(shown.x, crop.y, shown.width, crop.height))
            if shown:
                yield shown, clip, widget.render_lines(shown.translate(-region.offset))
