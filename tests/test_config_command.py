"""`aml-console config`: printed without a terminal, without signing in, and also where the config is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest


def config(home: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE", "AML_CONSOLE", "XDG_"))}
    command = [sys.executable, "-m", "console", "config", *words]
    environment = {**inherited, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1]), **environ}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=60, check=False)


def write(home: Path, text: str) -> Path:
    path = home / ".config" / "aml-console" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_paths_are_told_also_of_a_damaged_config(tmp_path: Path) -> None:
    for text in ('log_file = "~/my.log"\n', "mode = "):
        path = write(tmp_path, text)
        done = config(tmp_path, "paths", XDG_CACHE_HOME=str(tmp_path / "c"))
        assert (done.returncode, done.stderr) == (0, "")
        lines = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
        assert " there " in lines["config"] and lines["config"].endswith(str(path))
        assert "not there" in lines["cache"] and lines["cache"].endswith(str(tmp_path / "c" / "aml-console"))
        assert lines["log"].endswith("my.log" if "log_file" in text else "/.local/state/aml-console/aml-console.log")
    assert [each.name for each in tmp_path.iterdir()] == [".config"], "asking makes nothing"


def test_show_tells_values_and_sources(tmp_path: Path) -> None:
    path = write(tmp_path, 'theme = "nord"\nascii = true\n[keys]\ncompute.stop = "x"\n[contexts.prod]\n[kits.look]\ngroup = ["Reader"]\n')
    done = config(tmp_path, "show", "-w", "fraud", AML_CONSOLE_TENANT="contoso", AML_CONSOLE_CLOUD="china")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert rows["theme"] == ["nord", f"{path}:1"]
    assert rows["ascii"] == ["true", f"{path}:2"]
    assert rows["keys.compute.stop"] == ["x", f"{path}:4"]
    assert rows["kits.look"] == ["Reader", "(group)", f"{path}:6"]
    assert rows["workspace"] == ["fraud", "--workspace"]
    assert rows["tenant"] == ["contoso", "AML_CONSOLE_TENANT"]
    assert rows["cloud"] == ["china", "AML_CONSOLE_CLOUD"]
    assert rows["view"] == ["–", "default"]
    assert rows["contexts"] == ["prod", str(path)]


def test_the_schema_is_one(tmp_path: Path) -> None:
    done = config(tmp_path, "schema")
    assert done.returncode == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ('mode = "admin"\n[contexts.prod]\nmod = 1\n', {1: "mode", 3: "did you mean mode?"}),
        ('view = "pods"\ntheme = "neon"\n[keys]\ncompute.stpo = "x"\n', {1: "pods", 2: "neon", 4: "compute.stop"}),
        ('context = "nowhere"\n', {None: "nowhere"}),
        ("mode = read-only\n", {1: "is not TOML"}),
    ],
)
def test_check_tells_all_that_is_wrong(tmp_path: Path, text: str, lines: dict[int | None, str]) -> None:
    path = write(tmp_path, text)
    done = config(tmp_path, "check")
    assert done.stderr == ""
    assert done.returncode == (2 if lines else 0)
    told = done.stdout.splitlines()
    if not lines:
        assert told == ["nothing is wrong"]
        return
    assert len(told) == len(lines)
    for sentence, (line, names) in zip(told, lines.items(), strict=True):
        assert sentence.startswith(f"{path}:{line}: " if line else f"{path}: ")
        assert names in sentence


def test_keys_are_listed(tmp_path: Path) -> None:
    done = config(tmp_path, "keys")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert rows["compute.stop"] == ["S", "stop"]
    assert rows["list.filter"][0] == "/"


def test_a_wrong_key_ends_every_command_but_check_with_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, '[keys]\ncompute.stop = "alt+x"\n')
    done = config(tmp_path, "keys")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"aml-console: {path}:2: ") and len(done.stderr.splitlines()) == 1


def test_what_it_prints_needs_no_screens(tmp_path: Path) -> None:
    script = "import sys; from console.cli import main; main(['config', 'show']); main(['config', 'paths']); main(['config', 'schema'])"
    script += "\nassert not {'textual', 'azure', 'asyncio'} & {m.split('.')[0] for m in sys.modules}, sys.modules"
    environ = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
