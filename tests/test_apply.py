"""`plan -f` and `apply -f`: files of `az ml compute create`, printed and carried out; the real azure-ai-ml agrees with what came of it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from console.azure.compiler import Compiler
from console.azure.signin import SignIn, SignInConfig
from console.domain.trouble import TroubleError
from console.headless_plans import Wish, run_file
from console.operations import pace
from console.session import Session
from console.settings import load, read_cloud
from tests.conftest import Emulator, start_emulator, stop_emulator

LOOK = Path(__file__).parent / "emulator" / "azure_ai_ml_computes.py"
CLUSTER = """\
# of the fraud team
$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json
name: gpu-new
type: amlcompute
size: Standard_NC6s_v3
min_instances: 0
max_instances: 4
idle_time_before_scale_down: 300
ssh_settings:
  admin_username: me
  admin_password: hush-hush
tags: {team: fraud}
"""
INSTANCE = """\
name: nb-new
type: computeinstance
size: Standard_DS3_v2
idle_time_before_shutdown_minutes: 45
"""
Run = Callable[..., Awaitable[int]]


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator whose boots of minutes take a second."""
    emulator = start_emulator(tmp_path_factory.mktemp("swift"), "--speed", "600", "--epoch", "2026-11-02T08:00:00Z")
    yield emulator
    stop_emulator(emulator)


@pytest.fixture
def cloud_file(swift: Emulator, tmp_path: Path) -> Path:
    path = tmp_path / "cloud.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(swift.ready))
    return path


@pytest.fixture
def run(cloud_file: Path, compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a file's text as the command does; keyword arguments are flags. An operation is looked at often: it takes a second at most."""
    for name in ("POLL_S", "FASTEST_S"):
        monkeypatch.setattr(pace, name, 0.05)

    async def one(text: str, *, apply: bool = False, yes: bool = True, reason: str = "", config: str = "", **flags: object) -> int:
        file = tmp_path / "compute.yml"
        file.write_text(text, "utf-8")
        if config:
            path = tmp_path / ".config" / "aml-console" / "config.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(config, "utf-8")
        settings = load({"cloud_file": cloud_file, **flags}, {}, tmp_path)
        cloud = read_cloud(cloud_file)
        session = Session(settings, cloud, SignIn(SignInConfig.of(settings, cloud)))
        session._compiler = compiler
        return await run_file(session, Wish(str(file), apply, yes, reason))

    return one


def command(cloud_file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "AML_", "XDG_"))}
    environment = {**kept, "HOME": str(cloud_file.parent)}
    argv = [sys.executable, "-m", "console", *words, "--cloud-file", str(cloud_file)]
    return subprocess.run(argv, capture_output=True, text=True, env=environment, cwd=cloud_file.parent, timeout=110, check=False)


def seen_from_outside(emulator: Emulator, folder: Path, *names: str) -> dict[str, dict[str, object]]:
    """What azure-ai-ml, in a process of its own, sees of computes."""
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": emulator.ready["ca_file"], "NO_PROXY": "127.0.0.1,localhost", "HOME": str(folder)}
    argv = [sys.executable, str(LOOK), str(folder / "cloud.json"), *names]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return found


def written(folder: Path) -> str:
    """All that the console wrote below its home, but the files it was given."""
    given = {"cloud.json", "compute.yml"}
    return "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file() and path.name not in given)


def changes(emulator: Emulator) -> list[tuple[str, str]]:
    return [(call["method"], call["path"].rpartition("/")[2]) for call in emulator.calls() if call["method"] in {"PUT", "PATCH", "DELETE"}]


def test_a_file_of_az_is_planned_applied_and_seen_from_outside(swift: Emulator, cloud_file: Path) -> None:
    swift.control("POST", "reset")
    (cloud_file.parent / "compute.yml").write_text(CLUSTER)
    planned = command(cloud_file, "plan", "-f", "compute.yml")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert planned.stdout.startswith("Create cluster gpu-new\n")
    assert "$3.61/h a node" in planned.stdout
    body = json.loads(planned.stdout[planned.stdout.index("{") :])
    assert body["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 4
    assert not changes(swift), "a plan changes nothing"
    applied = command(cloud_file, "apply", "-f", "compute.yml", "--yes", "--reason", "CHG-7")
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.endswith("create gpu-new: done\n")
    assert changes(swift) == [("PUT", "gpu-new")]
    told = planned.stdout + applied.stdout + applied.stderr + written(cloud_file.parent)
    assert "CHG-7" in told and "hush" not in told
    seen = seen_from_outside(swift, cloud_file.parent, "gpu-new")["gpu-new"]
    assert (seen["size"], seen["min_instances"], seen["max_instances"]) == ("STANDARD_NC6S_V3", 0, 4)
    assert (seen["idle_time_before_scale_down"], seen["tags"], seen["provisioning_state"]) == (300, {"team": "fraud"}, "Succeeded")


@pytest.mark.asyncio(loop_scope="session")
async def test_applied_again_it_changes_nothing_and_changed_it_sends_the_least(
    run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    swift.control("POST", "reset")
    assert await run(INSTANCE, apply=True) == 0
    assert changes(swift) == [("PUT", "nb-new")]
    capsys.readouterr()
    assert await run(INSTANCE, apply=True) == 0
    assert capsys.readouterr().out.startswith("Nothing would change")
    assert await run(INSTANCE.replace("45", "90"), apply=True) == 0
    assert "after 45 min → after 1 h 30 min" in capsys.readouterr().out
    assert changes(swift) == [("PUT", "nb-new")], "idle shutdown has a call of its own"
    assert await run("name: gpu-idle\ntype: amlcompute\nmax_instances: 6\n", apply=True) == 0
    assert changes(swift) == [("PUT", "nb-new"), ("PATCH", "gpu-idle")]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_datastore_s_file_is_applied_and_its_key_is_written_nowhere(
    run: Run, swift: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swift.control("POST", "reset")
    accounts = f"/subscriptions/{swift.ready['subscriptions'][0]['id']}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01"
    account = next(each["id"] for each in swift.request("GET", accounts).json()["value"] if each["name"] == "contosodata")
    key = swift.request("POST", f"{account}/listKeys?api-version=2023-05-01").json()["keys"][0]["value"]
    text = "name: chargebacks_new\ntype: azure_blob\naccount_name: contosodata\ncontainer_name: chargebacks\ncredentials:\n  account_key: "
    assert await run(f"{text}canary-wrong-key\n", apply=True) == 1
    assert "cannot be reached with these credentials" in capsys.readouterr().out
    assert await run(f"{text}{key}\n", apply=True) == 0
    assert capsys.readouterr().out.endswith("create chargebacks_new: done\n")
    assert await run(f"{text}{key}\n") == 0
    told = capsys.readouterr()
    assert changes(swift) == [("PUT", "chargebacks_new")] * 2
    assert all(secret not in told.out + told.err + written(tmp_path) for secret in (key, "canary-wrong-key"))
    assert await run("name: chargebacks_new\ntype: azure_blob\naccount_name: contosodata\ncontainer: x\n", apply=True) == 2
    assert ":4: container: there is no such field; did you mean `container_name`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CLUSTER.replace("max_instances", "max_nodes"), ":7: max_nodes: there is no such field"),
        (CLUSTER.replace("gpu-new", "gpu-idle"), ":5: size: it cannot change"),
        ("name: x\n  type: y\n", ":2: column 7: this is no YAML"),
        (
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ntype: command\n",
            ":1: $schema: this is YAML of another",
        ),
        ("", ":1: there is nothing in it"),
        ("name: \x1b]0;owned\x07\n", ":1: "),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_wrong_is_told_with_file_and_line(
    run: Run, text: str, told: str, tmp_path: Path, swift: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    swift.control("POST", "reset")
    assert await run(text, apply=True) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert any(line.startswith(f"{tmp_path / 'compute.yml'}{told}") for line in said.err.splitlines()), said.err
    assert all(line.isprintable() for line in said.err.splitlines())
    assert not changes(swift)


@pytest.mark.asyncio(loop_scope="session")
async def test_only_a_person_at_a_terminal_can_agree(
    run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    swift.control("POST", "reset")
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert await run(CLUSTER, apply=True, yes=False) == 1
    said = capsys.readouterr()
    assert "--yes agrees to it" in said.err and "hush" not in said.out + said.err
    assert not changes(swift)


@pytest.mark.asyncio(loop_scope="session")
async def test_who_may_not_is_refused_and_may_plan(run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    swift.control("POST", "reset")
    for flags, why in (({"identity": "reader"}, "you lack"), ({"read_only": True}, "read-only (--read-only)")):
        assert await run(CLUSTER, **flags) == 0
        assert why in capsys.readouterr().err
        with pytest.raises(TroubleError, match="Nothing was sent") as refused:
            await run(CLUSTER, apply=True, **flags)
        assert why in refused.value.trouble.sentence
    assert not changes(swift)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_a_policy_forbids_is_planned_and_not_applied(run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    swift.control("POST", "reset")
    text = INSTANCE.replace("nb-new", "nb-a100").replace("Standard_DS3_v2", "Standard_NC24ads_A100_v4")
    assert await run(text, workspace="sandbox", write=True) == 0
    told = capsys.readouterr()
    assert "PUT /subscriptions" in told.out
    assert "could not be applied now: Azure would refuse it: policy no-a100-in-sandbox" in told.err
    before = len(swift.calls())
    with pytest.raises(TroubleError, match="Nothing was sent: Azure would refuse it"):
        await run(text, apply=True, workspace="sandbox", write=True)
    assert not [call for call in swift.calls()[before:] if call["method"] == "PUT"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_protected_workspace_wants_a_reason_and_a_person(run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    swift.control("POST", "reset")
    config = 'protected = ["fraud-prod"]\n'
    with pytest.raises(TroubleError, match="wants a reason"):
        await run(CLUSTER, apply=True, config=config)
    assert await run(CLUSTER, apply=True, reason="CHG-8", config=config) == 1
    assert "somebody has to type fraud-prod" in capsys.readouterr().err
    assert not changes(swift)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_azure_refuses_is_a_failure(run: Run, swift: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    swift.control("POST", "reset")
    assert await run(CLUSTER.replace("Standard_NC6s_v3", "Standard_Nonsense"), apply=True) == 1
    assert "create gpu-new: failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("plan",), 2, "-f"),
        (("plan", "-f", "no-such.yml"), 2, "no-such.yml cannot be read: No such file"),
        (("plan", "-f", "."), 2, "cannot be read: Is a directory"),
        (("plan", "-f", "compute.bin"), 2, "it is no UTF-8 text"),
    ],
)
def test_what_is_no_file_is_usage(cloud_file: Path, words: tuple[str, ...], code: int, told: str) -> None:
    (cloud_file.parent / "compute.bin").write_bytes(b"\xff\xfe")
    done = command(cloud_file, *words)
    assert done.returncode == code
    assert told in done.stderr and "Traceback" not in done.stderr
