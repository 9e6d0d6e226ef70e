"""Imports ahead: one module a turn, each after what it needs, none while somebody types; told by a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

SEVERAL_AT_ONCE = """
import sys
from importlib import import_module

import console.app
from screens.imports_ahead import unimported
from screens.registry import VIEWS


def ours():
    return {name for name in sys.modules if name.startswith(("console.", "screens."))}


console.app.VIEWS["compute"].screen
for name in unimported(view.path for view in VIEWS.values()):
    before = ours()
    import_module(name)
    new = ours() - before
    # A package's own module is a few lines, and comes with the first of what is in it.
    whole = {each for each in new if not hasattr(sys.modules[each], "__path__")}
    print(name, len(whole | {name}))
assert all(view.path in sys.modules for view in VIEWS.values())
"""
WHILE_TYPING = """
import asyncio, sys

import console.app
from screens.imports_ahead import import_ahead
from screens.registry import VIEWS


async def main():
    typing = True
    task = asyncio.create_task(import_ahead([VIEWS["cost"].path], lambda: typing))
    await asyncio.sleep(0.6)
    assert "screens.cost" not in sys.modules and not task.done()
    typing = False
    await task
    assert "screens.cost" in sys.modules


asyncio.run(main())
print("done")
"""


def told(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_turn_imports_one_module() -> None:
    turns = dict(line.split() for line in told(SEVERAL_AT_ONCE))
    assert {"screens.cost", "screens.who", "console.domain.access.bars"} <= turns.keys()
    assert len(turns) > 80
    assert set(turns.values()) == {"1"}


def test_nothing_is_imported_while_somebody_types() -> None:
    assert told(WHILE_TYPING) == ["done"]
