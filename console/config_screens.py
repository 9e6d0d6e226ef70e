"""What of the configuration only the screens know: ids and keys, views and themes."""

from __future__ import annotations

from collections.abc import Iterator

from textual.theme import BUILTIN_THEMES

from console.app import ConsoleApp
from console.config_file import SettingsError
from console.settings import Settings
from screens import keymap
from screens.keys_shown import shown
from screens.registry import VIEWS


def keys(settings: Settings) -> Iterator[str]:
    """Id, keys as they are mapped, meaning; a line each. Raises SettingsError where the key map is wrong."""
    mapped = keymap.read(settings.keys, settings.sources, ConsoleApp)
    rows = [
        (each.id, ",".join(shown(key) for key in (mapped[each.id].split(",") if each.id in mapped else each.keys)), each.says)
        for each in keymap.bound(ConsoleApp).values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, told, says in rows:
        yield f"{name:<{widths[0]}}  {told:<{widths[1]}}  {says}"


def wrong(settings: Settings) -> list[SettingsError]:
    """What of the settings names something that there is not."""
    found: list[SettingsError] = []
    for name, value, there in (("view", settings.view, VIEWS), ("theme", settings.theme, BUILTIN_THEMES)):
        if value is not None and value not in there:
            sentence = f"there is no {name} {value!r}; there are {', '.join(sorted(there))}"
            found.append(SettingsError(settings.sources.get(name, name), sentence))
    for name, told in settings.keys.items():
        try:
            keymap.read({name: told}, settings.sources, ConsoleApp)
        except SettingsError as error:
            found.append(error)
    if not found:
        try:
            keymap.read(settings.keys, settings.sources, ConsoleApp)
        except SettingsError as error:
            found.append(error)
    return found
