"""config.toml: every key of the table, every way to have it wrong, and the schema that is made of the same table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from console.config_file import Config, Context, CostTable, KitTable, SettingsError, faults, read_config
from console.config_keys import CONTEXT, COST, KIT, TOP, ConfigKey, json_schema

#: For each kind a value that fits and values of TOML that do not.
FITTING = {"text": '"x"', "texts": '["x"]', "flag": "true", "table": "{}"}
WRONG = {
    "text": ("1", "true", "[]", "{}", "1979-05-27"),
    "texts": ('"x"', "[1]", "{}", '["x", ["y"]]'),
    "flag": ('"true"', "1", "[]"),
    "table": ('"x"', "[]", "1"),
}


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def fitting(key: ConfigKey) -> str:
    return f'"{key.choices[-1]}"' if key.choices else FITTING[key.kind]


def cases() -> list[Any]:
    found = []
    for under, keys in (("", TOP), ("[contexts.prod]", CONTEXT)):
        for name, key in keys.items():
            values = [*WRONG[key.kind], *(('"no-such-choice"', '""') if key.choices else ())]
            found += [pytest.param(under, name, value, id=f"{under}{name}={value}") for value in values]
    return found


@pytest.mark.parametrize(("under", "name", "value"), cases())
def test_each_wrong_value_is_told_with_its_line_and_refused_by_the_schema(tmp_path: Path, under: str, name: str, value: str) -> None:
    text = f"# first line\n{under}\n\n{name} = {value}\n"
    path = written(tmp_path / "config.toml", text)
    with pytest.raises(SettingsError) as refused:
        read_config(path, must_exist=True)
    assert refused.value.place == f"{path}:4"
    assert f"`{'contexts.prod.' if under else ''}{name}` is" in refused.value.sentence
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_all_keys_at_once_are_read_and_fit_the_schema(tmp_path: Path) -> None:
    top = "".join(f"{name} = {fitting(key)}\n" for name, key in TOP.items() if key.kind != "table")
    inside = "".join(f"{name} = {fitting(key)}\n" for name, key in CONTEXT.items())
    text = f'{top}[keys]\ncompute.stop = "x,y"\n"list.filter" = "z"\n[contexts.prod]\n{inside}'
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(tomllib.loads(text), json_schema())
    path = written(tmp_path / "config.toml", text)
    read = read_config(path, must_exist=True)
    assert read.keys == {"compute.stop": "x,y", "list.filter": "z"}
    lines = text.splitlines()
    assert read.places["keys.compute.stop"] == f"{path}:{lines.index('[keys]') + 2}"
    assert read.places["keys.list.filter"] == f"{path}:{lines.index('[keys]') + 3}"
    for name, key in TOP.items():
        if key.kind != "table":
            assert getattr(read, name) not in (None, ()), name
    for name in CONTEXT:
        assert getattr(read.contexts["prod"], name) not in (None, ()), name


KITS = """[kits.visitors]
says = "look at everything"
group = ["Reader"]
storage = ["Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"]
"""


def test_a_kit_is_read_with_its_line_and_fits_the_schema(tmp_path: Path) -> None:
    jsonschema.validate(tomllib.loads(KITS), json_schema())
    path = written(tmp_path / "config.toml", f"# mine\n{KITS}")
    read = read_config(path, must_exist=True)
    kit = read.kits["visitors"]
    assert (kit.says, kit.group, len(kit.storage), kit.vault) == ("look at everything", ("Reader",), 2, ())
    assert read.places["kits.visitors"] == f"{path}:2"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[kits]\nflat = 1\n", 2, "`kits.flat` is to be a table: [kits.flat]"),
        ('[kits."two words"]\ngroup = ["Reader"]\n', 1, "letters, digits, - and _"),
        ("[kits.x]\n", 1, "`kits.x` names no role"),
        ('[kits.x]\nsays = "for all"\ngroup = []\n', 1, "`kits.x` names no role"),
        ('[kits.x]\ngroup = "Reader"\n', 2, "`kits.x.group` is to be a list of texts"),
        ('[kits.x]\ngruop = ["Reader"]\n', 2, "did you mean group?"),
        ('[kits.x]\nvault = ["Reader"]\nstorage = [" "]\n', 3, "`kits.x.storage` has a role without a name"),
        ('[kits.x]\nsays = 1\ngroup = ["Reader"]\n', 2, "`kits.x.says` is to be a text in quotes"),
    ],
)
def test_a_wrong_kit_is_told_with_its_line_and_refused_by_the_schema(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = written(tmp_path / "config.toml", text)
    (error,) = faults(path)
    assert error.place == f"{path}:{line}" and said in error.sentence
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_costs_have_a_table_of_their_own(tmp_path: Path) -> None:
    text = '[cost]\nqpu_per_hour = 40\ntag = "cost center"\nalarm_per_hour = 50\n'
    path = written(tmp_path / "config.toml", text)
    read = read_config(path, must_exist=True)
    assert read.cost.alarm_per_hour == 50
    assert (read.cost.qpu_per_hour, read.cost.tag, read.places["cost.qpu_per_hour"]) == (40, "cost center", f"{path}:2")
    jsonschema.validate(tomllib.loads(text), json_schema())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[cost]\nqpu_per_hour = 0\n", 2, "`cost.qpu_per_hour` is 0; it is to be from 1 to 600"),
        ("[cost]\nalarm_per_hour = 0\n", 2, "`cost.alarm_per_hour` is 0; it is to be from 1 to 1000000"),
        ("[cost]\nalarm_per_hour = 2.5\n", 2, "`cost.alarm_per_hour` is to be a whole number"),
        ("[cost]\nqpu_per_hour = 601\n", 2, "it is to be from 1 to 600"),
        ("[cost]\nqpu_per_hour = true\n", 2, "`cost.qpu_per_hour` is to be a whole number"),
        ("[cost]\nqpu_per_hour = 1.5\n", 2, "`cost.qpu_per_hour` is to be a whole number"),
        ("[cost]\ntags = 1\n", 2, "did you mean tag?"),
        ("cost = 1\n", 1, "`cost` is to be a table"),
    ],
)
def test_a_wrong_table_of_costs_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = written(tmp_path / "config.toml", text)
    (error,) = faults(path)
    assert error.place == f"{path}:{line}" and said in error.sentence
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_the_table_names_what_is_read_and_nothing_else() -> None:
    assert set(CostTable.__struct_fields__) == set(COST)
    assert set(KitTable.__struct_fields__) == set(KIT)
    assert set(Config.__struct_fields__) - {"places"} == set(TOP)
    assert set(Context.__struct_fields__) == set(CONTEXT)


def test_every_wrong_key_is_told_not_only_the_first(tmp_path: Path) -> None:
    path = written(
        tmp_path / "config.toml",
        'mode = "admin"\n[keys]\ncompute.stop = 3\n[contexts]\nflat = 1\n[contexts.prod]\nmod = "write"\n'
        'protected = "x"\n[contexts."a.b"]\ncolour = 1\n',
    )
    told = [(error.place, error.sentence) for error in faults(path)]
    assert [place for place, _ in told] == [f"{path}:{line}" for line in (1, 3, 5, 7, 8, 10)]
    assert "did you mean mode?" in told[3][1]
    assert "`keys.compute.stop`" in told[1][1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mode = \n", 1),
        ('theme = "nord"\nmode = read-only\n', 2),
        ('theme = "nord"\ntheme = "nord"\n', 2),
        ("[contexts.prod\n", 1),
        ('a = """\nmode = 1\n"""\nmode = 2\n', 1),
        ("contexts = {prod = {mode = 1}}\n", 1),
        ('[contexts.prod]\nmode = "write"\n[[contexts.prod]]\n', 3),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = written(tmp_path / "config.toml", text)
    with pytest.raises(SettingsError) as refused:
        read_config(path, must_exist=True)
    assert refused.value.place in {f"{path}:{line}", str(path)}
    assert refused.value.place == f"{path}:{line}" or "(at end of document)" in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_a_text_of_several_lines_does_not_shift_the_line_of_a_key(tmp_path: Path) -> None:
    path = written(tmp_path / "config.toml", 'theme = """\nmode = 1\n"""\nmode = "admin"\n')
    assert [error.place for error in faults(path)] == [f"{path}:4"]


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "config.toml", "a = " + "[" * 100_000)
    (error,) = faults(path)
    assert error.place.startswith(str(path))
