"""Imports ahead: what other views need is imported while nobody types, a module at a time, so that opening one later costs no pause."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

#: What keys of a first screen open, and no view needs before.
OPENED = ("screens.answers", "screens.command_line", "screens.why", "screens.help")
#: Between two modules, in seconds: for the screen and for what Azure answers.
PAUSE_S = 0.02
#: Before somebody who types is looked at again, in seconds.
LOOK_S = 0.25
#: An import of this project at the top of a module; those further in are made when what they are in is run.
IMPORT = re.compile(r"^(?:from|import) +((?:console|screens)\b[\w.]*)(?: +import +([\w, ]+))?", re.MULTILINE)


async def import_ahead(names: Iterable[str], busy: Callable[[], bool]) -> int:
    """Import modules with all that they need, none while the app is `busy`; returns how many."""
    imported = 0
    for name in unimported(names):
        while busy():  # noqa: ASYNC110 (keys come to a reader, and no event tells that none came)
            await asyncio.sleep(LOOK_S)
        import_module(name)
        imported += 1
        await asyncio.sleep(PAUSE_S)
    return imported


def unimported(names: Iterable[str]) -> Iterator[str]:
    """Modules of this project that are not imported: those named with all that they need, each after what it needs itself.

    To be imported one by one as they are given. What is not seen here comes with the module that needs it.
    """
    seen: set[str] = set()
    for name in names:
        yield from _behind(name, seen)


def _behind(name: str, seen: set[str]) -> Iterator[str]:
    if name in seen or name in sys.modules:
        return
    seen.add(name)
    spec = find_spec(name)
    read = getattr(spec.loader, "get_source", None) if spec is not None else None
    if read is None:
        return
    for module, parts in IMPORT.findall(read(name) or ""):
        yield from _behind(module, seen)
        if hasattr(sys.modules.get(module), "__path__"):
            for part in parts.split(","):
                if find_spec(f"{module}.{part.split()[0]}") is not None:
                    yield from _behind(f"{module}.{part.split()[0]}", seen)
    if name not in sys.modules:
        yield name
