"""The key map: other keys do what they are told, are shown where keys are shown, and a wrong one is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

from console.app import ConsoleApp
from console.config_file import SettingsError, read_config
from console.config_screens import keys, wrong
from console.settings import load
from screens import keymap
from tests.screens.conftest import Open

ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*")


def read(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "config.toml"
    path.write_text(f"[keys]\n{text}", "utf-8")
    config = read_config(path, must_exist=True)
    return keymap.read(config.keys, config.places, ConsoleApp)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('compute.stpo = "x"', 2, "did you mean compute.stop"),
        ('nothing.at-all = "x"', 2, "aml-console config keys"),
        ('compute.stop = "f3"\nlist.yaml = "contrl+x"', 3, "there is no key 'contrl+x'"),
        ('compute.stop = "pagdown"', 2, "did you mean pagedown"),
        ('compute.stop = ""', 2, "a key is to be named"),
        ('compute.stop = "x,,y"', 2, "a key is to be named"),
        ('compute.stop = "ctrl+i"', 2, "the same for ctrl+i as for tab"),
        ('compute.stop = "ctrl+m"', 2, "write enter"),
        ('compute.stop = "shift+x"', 2, "'X'"),
        ('compute.stop = "alt+x"', 2, "most terminals do not send"),
        ('compute.stop = "ctrl+shift+x"', 2, "most terminals do not send"),
        ('compute.stop = "\\u0007"', 2, "there is no key"),
        ('compute.stop = "d"', 2, "'d' is the key of list.describe on the screen compute too"),
        ('compute.stop = "j"', 2, "table.down"),
        ('compute.stop = "question_mark"', 2, "app.help"),
        ('compute.stop = "x"\ncompute.start = "x"', 3, "'x' is the key of compute.stop"),
        ('reader.first = "G"', 2, "reader.last"),
        ('app.quit = "Q"', 2, "could never be typed"),
    ],
)
def test_a_wrong_key_map_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)
    assert refused.value.place == f"{tmp_path / 'config.toml'}:{line}"
    assert said in refused.value.sentence
    assert refused.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ('compute.stop = "x"', {"compute.stop": "x"}),
        ('"compute.stop" = " x , ctrl+x,f3 "', {"compute.stop": "x,ctrl+x,f3"}),
        ('list.filter = "?"\napp.help = "/"', {"list.filter": "question_mark", "app.help": "slash"}),
        ('compute.stop = "s"\ncompute.start = "S"', {"compute.stop": "s", "compute.start": "S"}),
        ('compute.stop = "comma"', {"compute.stop": "comma"}),
        ('list.open = "enter,l"', {"list.open": "enter,l"}),
        ('reader.first = "home"', {"reader.first": "home"}),
        ('confirm.cancel = "escape,n"', {"confirm.cancel": "escape,n"}),
        ('app.quit = "ctrl+x"', {"app.quit": "ctrl+x"}),
        ("", {}),
    ],
)
def test_what_may_be_mapped(tmp_path: Path, text: str, mapped: dict[str, str]) -> None:
    assert read(tmp_path, text) == mapped


def declared() -> Iterator[tuple[str, Binding]]:
    for screen in (ConsoleApp, keymap.ResourceTable, *keymap._screens()):
        for binding in screen.__dict__.get("BINDINGS", ()):
            yield screen.__name__, binding


def test_every_binding_has_an_id_of_its_own_and_says_what_it_does() -> None:
    found = list(declared())
    assert {binding.id for _, binding in found} <= keymap.bound(ConsoleApp).keys()
    for screen, binding in found:
        assert binding.id is not None and ID.fullmatch(binding.id), f"{screen}: {binding}"
        assert binding.description, f"{screen}: {binding}"
    for name in keymap.bound(ConsoleApp):
        meant = {(screen, binding.action) for screen, binding in found if binding.id == name}
        assert len({action for _, action in meant}) == 1, f"{name} is given to {meant}"


def test_the_keys_as_they_come_contradict_nobody(tmp_path: Path) -> None:
    text = "".join(f'"{each.id}" = "{",".join(each.keys)}"\n' for each in keymap.bound(ConsoleApp).values())
    assert len(read(tmp_path, text)) == len(keymap.bound(ConsoleApp))


async def test_mapped_keys_work_and_are_shown(open_console: Open) -> None:
    config = '[keys]\ncompute.stop = "x,ctrl+x"\nlist.filter = "f2"\napp.help = "h"\nlist.mark = "m"\nreader.back = "b"\n'
    config += 'findings.why = "f3"\nfindings.fix = "f4"\nfindings.snooze = "f5"\nfindings.accepted = "f6"\nwaste.accepted = "f7"\n'
    async with open_console(config=config) as console:
        await console.loaded()
        key = next(key for key in console.row_keys() if key.endswith("/nb-grace"))
        await console.at(key)
        assert "x stop" in console.hints and "f2 filter" in console.hints and "h help" in console.hints
        await console.press("S")
        assert console.screen.kind == "compute", "the old key does nothing any more"
        for pressed in ("x", "ctrl+x"):
            await console.press(pressed)
            assert console.dialog.plan.title.startswith("Stop instance nb-grace")
            await console.press("escape")
        await console.press("m")
        assert console.screen.table.marks == {key}
        await console.press("f2", "x", "h", "m")
        assert console.screen.table.filter_text == "xhm", "mapped keys are typed where text is typed"
        await console.press("escape", "h")
        assert "b back" in console.text
        text = "\n".join(fact.label for fact in console.reader.facts)
        assert "x, ctrl+x" in text and "f2" in text and "  h" in text.splitlines()
        await console.press("b")
        assert console.screen.kind == "compute"
        for view, key in (("findings", "f6"), ("waste", "f7")):
            await console.command(view)
            assert f"f3 why  f4 fix  f5 snooze  {key} accepted" in console.hints
        assert console.changes() == []


def test_the_list_of_keys_shows_them_as_mapped(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\ncompute.stop = "slash,x"\nlist.filter = "f2"\n', "utf-8")
    lines = {line.split()[0]: line.split(None, 2)[1:] for line in keys(load({"config": path}, {}, tmp_path, tmp_path))}
    assert lines["compute.stop"] == ["/,x", "stop"]
    assert lines["list.filter"][0] == "f2"
    assert lines["app.command"][0] == ":"


def test_every_wrong_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('view = "pods"\ntheme = "neon"\n[keys]\ncompute.stpo = "x"\nlist.yaml = "alt+y"\n', "utf-8")
    found = wrong(load({"config": path}, {}, tmp_path, tmp_path))
    assert [error.place for error in found] == [f"{path}:{line}" for line in (1, 2, 4, 5)]


async def test_help_begins_with_what_the_screen_has_of_its_own(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("?")
        facts = console.reader.facts
        heads = [fact.text for fact in facts if fact.look == "bold"]
        assert heads == ["compute", "the table", "every list", "everywhere", "commands"]
        own = [fact.label.strip() for fact in facts[1 : next(at for at, fact in enumerate(facts) if fact.text == "the table")]]
        assert {"s", "S", "ctrl+d", "w", "f", "z"} <= set(own) and not {"space", "/"} & set(own)
