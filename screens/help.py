"""Help: the keys of a screen, from its bindings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from screens.commands import Command
from screens.keys_shown import shown
from screens.widgets.facts import Fact

#: Textual's own bindings of every screen that mean nothing here: no text is selected, nothing but the table takes the focus.
FOREIGN = frozenset({"app.focus_next", "app.focus_previous", "screen.copy_text", "screen.minimize"})


def help_facts(screen: Screen[Any], commands: Mapping[str, Command]) -> list[Fact]:
    """Every key that works on `screen`, its own first, then nearest first, then every command."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {_kind(screen): {}}
    told: set[str] = set()
    for node, bindings in screen._modal_binding_chain:
        here: set[str] = set()
        for key, binding in bindings:
            if binding.action in told or binding.action in FOREIGN or not binding.description:
                continue
            here.add(binding.action)
            keys = groups.setdefault(_group(node, screen, binding), {}).setdefault(binding.action, ([], binding.description))[0]
            if (told_key := binding.key_display or shown(key)) not in keys:  # a mapped binding that had two keys comes twice
                keys.append(told_key)
        told |= here
    facts: list[Fact] = []
    for group, lines in groups.items():
        if lines:
            facts += [Fact("", ""), Fact("", group, "bold")]
            facts += [Fact(f"  {', '.join(keys)}", text, "", "key") for keys, text in lines.values()]
    facts += [Fact("", ""), Fact("", "commands", "bold")]
    for command in commands.values():
        also = f" (also :{', :'.join(command.aliases)})" if command.aliases else ""
        facts.append(Fact(f"  :{command.name}", command.says + also, "", "key"))
    return facts[1:]


def _group(node: object, screen: Screen[Any], binding: Binding) -> str:
    """Whose key it is: what every list has alike is told apart from what a screen has of its own."""
    if node is screen:
        return "every list" if (binding.id or "").startswith("list.") else _kind(screen)
    return "everywhere" if isinstance(node, App) else "the table"


def _kind(screen: Screen[Any]) -> str:
    return str(getattr(screen, "kind", "") or type(screen).__name__)
