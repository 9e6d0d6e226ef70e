"""Help: the keys of a screen, from its bindings."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from screens.widgets.status_line import Part


def help_parts(screen: Screen[Any]) -> list[Part]:
    """Every key that works on `screen`, nearest first."""
    parts: list[Part] = []
    told: set[str] = set()
    for node, bindings in reversed(screen._modal_binding_chain):
        lines = []
        for key, binding in bindings:
            if binding.action in told or not binding.description:
                continue
            keys = ", ".join(binding.key_display or name for name, other in bindings if other.action == binding.action)
            told.add(binding.action)
            lines.append((keys or key, binding.description))
        if lines:
            parts.append((f"\n{type(node).__name__}\n", "bold"))
            parts += [part for keys, text in lines for part in ((f"  {keys:<22}", "key"), (f"{text}\n", ""))]
    return parts
