"""Help: the keys of a screen, from its bindings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.screen import Screen

from screens.commands import Command
from screens.keys_shown import shown
from screens.widgets.facts import Fact

#: Textual's own bindings of every screen that mean nothing here: no text is selected, nothing but the table takes the focus.
FOREIGN = frozenset({"app.focus_next", "app.focus_previous", "screen.copy_text", "screen.minimize"})


def help_facts(screen: Screen[Any], commands: Mapping[str, Command]) -> list[Fact]:
    """Every key that works on `screen`, nearest first, then every command."""
    facts: list[Fact] = []
    told: set[str] = set()
    for node, bindings in screen._modal_binding_chain:
        lines: dict[str, tuple[list[str], str]] = {}
        for key, binding in bindings:
            if binding.action in told or binding.action in FOREIGN or not binding.description:
                continue
            keys = lines.setdefault(binding.action, ([], binding.description))[0]
            if (told_key := binding.key_display or shown(key)) not in keys:  # a mapped binding that had two keys comes twice
                keys.append(told_key)
        told |= lines.keys()
        if lines:
            facts += [Fact("", ""), Fact("", _group(node, screen), "bold")]
            facts += [Fact(f"  {', '.join(keys)}", text, "", "key") for keys, text in lines.values()]
    facts += [Fact("", ""), Fact("", "commands", "bold")]
    for command in commands.values():
        also = f" (also :{', :'.join(command.aliases)})" if command.aliases else ""
        facts.append(Fact(f"  :{command.name}", command.says + also, "", "key"))
    return facts[1:]


def _group(node: object, screen: Screen[Any]) -> str:
    if node is screen:
        return str(getattr(screen, "kind", type(screen).__name__))
    return "everywhere" if isinstance(node, App) else "the table"
