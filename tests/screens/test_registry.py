"""The registry: what it lists is what the command line offers, what keys reach, and what a plan may need."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from console import cli
from screens import forms
from screens.forms.attach import AttachForm
from screens.forms.form import Form
from screens.forms.new_cluster import NewClusterForm
from screens.forms.scale import ScaleForm
from screens.registry import VIEWS, View
from screens.row_screen import RowScreen
from screens.with_findings import ScreenWithFindings
from tests.nets import SCREENS
from tests.nets import View as Way
from tests.screens.conftest import Open

#: `on_event` is no handler: it hands messages on.
CALLS_ABOVE = re.compile(r"super\(\)\.(on_(?!event\b)\w+)")
ARM_OPERATION = re.compile(r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)+/(read|write|delete|action)")


def test_command_line_offers_every_screen() -> None:
    """The command line names them itself, as it must not import screens to parse its flags."""
    assert tuple(cli.VIEWS) == tuple(VIEWS)


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.kind)
def test_what_the_registry_says_of_a_screen_is_what_its_class_says(view: View) -> None:
    screen = view.screen
    assert issubclass(screen, RowScreen)
    assert view.kind == screen.kind
    assert (view.number, view.aliases) == (screen.number, screen.aliases)
    assert screen.__module__ == view.path


@pytest.mark.parametrize("name", VIEWS)
def test_every_action_has_a_key_of_its_own(name: str) -> None:
    screen = VIEWS[name].screen
    keys = [action.key for action in screen.actions]
    assert len(set(keys)) == len(keys)
    bound = {key: binding.action for binding in screen.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    for action in screen.actions:
        assert bound[action.key] == f"act('{action.name}')"
        assert ARM_OPERATION.fullmatch(action.needs), "ARM's own name of the permission"


def left_open(kind: type) -> set[str]:
    """What a class leaves to those below it."""
    return {name for name in dir(kind) if getattr(getattr(kind, name, None), "__isabstractmethod__", False)}


@pytest.mark.parametrize("name", VIEWS)
def test_every_screen_gives_what_its_kind_leaves_open(name: str) -> None:
    """Textual's metaclass is not abc's, which would refuse to make one that does not; mypy sees it, and this does."""
    assert left_open(RowScreen) == {"feed", "key_of", "describe", "refusal"}
    assert left_open(ScreenWithFindings) == left_open(RowScreen) | {"findings_of", "accepted_of", "why", "mend"}
    assert not left_open(VIEWS[name].screen)
    assert not any(left_open(drill.screen) for drill in VIEWS[name].screen.drills if isinstance(drill.screen, type))


def test_every_form_gives_what_its_kind_leaves_open() -> None:
    modules = [import_module(f"screens.forms.{module.name}") for module in iter_modules(forms.__path__)]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type) and issubclass(each, Form)}
    opened = {each for each in found if not each.__subclasses__()}
    assert left_open(Form) == {"heading", "fields", "plan"}
    assert {AttachForm, NewClusterForm, ScaleForm} < opened
    assert not any(left_open(form) for form in opened)


def test_no_handler_calls_the_one_above_it() -> None:
    """Textual calls the handlers of all classes of a kind; one that is called from below too listens, ticks and judges twice."""
    sources = [path for room in ("console", "screens") for path in (Path(__file__).parents[2] / room).rglob("*.py")]
    assert len(sources) > 100
    twice = {path.name: found for path in sources if (found := CALLS_ABOVE.findall(path.read_text(encoding="utf-8")))}
    assert not twice


@pytest.mark.parametrize("view", SCREENS, ids=str)
async def test_every_screen_is_reached_and_left_by_keys(view: Way, open_console: Open) -> None:
    async with open_console(view.opens) as console:
        await console.enter(view)
        await console.loaded()
        assert len(console.app.screen_stack) == 1 + len(view.drills)
        assert console.screen.kind == (view.drills[-1].name if view.drills else view.opens)
        for _ in view.drills:
            await console.press("escape")
        assert len(console.app.screen_stack) == 1
        await console.command(view.opens)
        assert console.screen.kind == view.opens and console.row_keys()
