"""Help: the keys of a screen, from its bindings."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from screens.widgets.facts import Fact


def help_facts(screen: Screen[Any]) -> list[Fact]:
    """Every key that works on `screen`, nearest first."""
    facts: list[Fact] = []
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
            facts += [Fact("", ""), Fact("", type(node).__name__, "bold")]
            facts += [Fact(f"  {keys}", text, "", "key") for keys, text in lines]
    return facts
