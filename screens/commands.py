"""Commands: what can be typed after `:`, read and completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from console.domain.trouble import Kind, Trouble, TroubleError


@dataclass(frozen=True)
class Invocation:
    """A line as typed: `name arguments @workspace /filter`."""

    name: str
    arguments: tuple[str, ...] = ()
    workspace: str = ""
    filter: str = ""
    rest: str = field(default="", compare=False)
    """All after the name, as it was typed."""


class Command(msgspec.Struct, frozen=True):
    """Something to do by name. `choices` completes its argument."""

    name: str
    says: str
    run: Callable[[Invocation], None]
    aliases: tuple[str, ...] = ()
    choices: Callable[[], Iterable[str]] = tuple


def parse(line: str) -> Invocation:
    """Read a line. The filter is everything after the first word that begins with `/`, spaces included."""
    head, slash, rest = line.strip().lstrip(":").partition(" /")
    words = head.split()
    places = [word[1:] for word in words[1:] if word.startswith("@") and len(word) > 1]
    arguments = tuple(word for word in words[1:] if not word.startswith("@"))
    after = line.strip().lstrip(":").strip().partition(" ")[2].strip()
    return Invocation(words[0].lower() if words else "", arguments, places[-1] if places else "", rest if slash else "", after)


def table(commands: Iterable[Command]) -> dict[str, Command]:
    """Every name and alias → its command. Raises ValueError where two commands claim one name."""
    named: dict[str, Command] = {}
    for command in commands:
        for name in (command.name, *command.aliases):
            if name in named:
                raise ValueError(f"two commands are called :{name}")
            named[name] = command
    return named


def find(name: str, commands: Mapping[str, Command]) -> Command:
    """The command of a name, or the only one that begins so. Raises TroubleError naming what there is."""
    if name in commands:
        return commands[name]
    begun = {command.name: command for known, command in commands.items() if known.startswith(name)}
    if len(begun) == 1:
        return next(iter(begun.values()))
    named = ", ".join(f":{each}" for each in (begun or {command.name: command for command in commands.values()}))
    if begun:
        what = f":{name} may be {named}"
    else:
        from difflib import get_close_matches  # only who mistypes needs it

        meant = next(iter(get_close_matches(name, commands, 1)), "")
        what = f"there is no command :{name}{f' (:{meant}?)' if meant else ''}; there are {named}"
    raise TroubleError(Trouble(Kind.INVALID, what, "UnknownCommand"))


def completions(line: str, commands: Mapping[str, Command], workspaces: Sequence[str] = ()) -> list[str]:
    """Whole lines that `line` may become, the likeliest first."""
    if not line.strip():
        return []
    head, space, word = line.rpartition(" ")
    if not space:
        return sorted(name for name in commands if name.startswith(word.lower()))
    if word.startswith("@"):
        return [f"{head} @{name}" for name in workspaces if name.lower().startswith(word[1:].lower())]
    command = commands.get(head.split()[0].lower()) if head.split() else None
    choices = command.choices() if command is not None else ()
    return [f"{head} {choice}" for choice in choices if word and choice.lower().startswith(word.lower())]
