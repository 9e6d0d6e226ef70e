"""The state file: what was done is there after a restart, after a kill, at the same addresses; a bad file is told in one sentence."""

from __future__ import annotations

import io
import shutil
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from console.emulator import arm, control
from console.emulator.replay import replay
from console.emulator.server import main
from console.emulator.staff import CONTRIBUTOR
from console.emulator.state import State
from tests.conftest import EPOCH, Emulator, start_emulator, stop_emulator
from tests.emulator.asking import ask
from tests.emulator.test_computes import cluster, instance, versioned, workspace_path
from tests.emulator.test_device_code import refresh, signed_in
from tests.emulator.vault_asking import TABLE, fresh

Start = Callable[..., Emulator]
GUID = "0f0f0f0f-0000-4000-8000-00000000000a"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts emulators on one state file, one after the other."""
    running: list[Emulator] = []

    def begin(*flags: str) -> Emulator:
        emulator = start_emulator(tmp_path, "--state", str(tmp_path / "state"), *flags)
        running.append(emulator)
        return emulator

    yield begin
    for emulator in running:
        if emulator.process.poll() is None:
            assert stop_emulator(emulator) == 0
    assert (tmp_path / "emulator.err").read_text("utf-8") == ""


def kill(emulator: Emulator) -> None:
    emulator.process.kill()
    emulator.process.wait(timeout=60)
    assert emulator.process.stdin is not None and emulator.process.stdout is not None
    emulator.process.stdin.close()
    emulator.process.stdout.close()


def seen(emulator: Emulator) -> dict[str, Any]:
    """What a client sees of the first workspace and its subscription."""
    path = workspace_path(emulator)
    log = {"api-version": "2015-04-01", "$filter": "eventTimestamp ge '2026-10-30T00:00:00Z'"}
    subscription = path.partition("/resourceGroups")[0]
    events = f"{subscription}/providers/Microsoft.Insights/eventtypes/management/values?{urlencode(log, quote_via=quote)}"
    computes = emulator.request("GET", versioned(f"{path}/computes")).json()["value"]
    clusters = [one["name"] for one in computes if one["properties"]["computeType"] == "AmlCompute"]
    found = {"computes": computes, "events": []}
    page = emulator.request("GET", events).json()
    while True:
        found["events"] += page["value"]
        if "nextLink" not in page:
            break
        page = emulator.request("GET", page["nextLink"]).json()
    for name in clusters:
        runs = f"/history/v1.0{path}/computes/{name}/runs"
        found[name] = emulator.request("GET", runs).json()
    return found


def write_much(emulator: Emulator, still: bool = True) -> list[str]:
    """Writes of every kind, time between them; the URLs of operations that go on. By a clock that runs, a start may be over soon."""
    path = f"{workspace_path(emulator)}/computes"
    pending = []
    for method, target, body, status in (
        ("PUT", "nb-new", instance(idleTimeBeforeShutdown="PT30M"), 201),
        ("PUT", "cpu-new", cluster(least=2), 201),
        ("POST", "nb-mei/start", None, 202),
        ("POST", "nb-mei/stop", None, 409 if still else None),
        ("DELETE", "nb-sofia?underlyingResourceAction=Delete", None, 202),
        ("PUT", "gpu-idle", cluster(least=0, size="Standard_NC24ads_A100_v4"), 201),
        ("PATCH", "cpu-lowpri", {"properties": {"properties": {"scaleSettings": {"minNodeCount": 5, "maxNodeCount": 6}}}}, 200),
        ("POST", "nb-ivan/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT1H"}, 200),
        ("POST", "nb-ulrich/resize", {"targetVMSize": "Standard_DS3_v2"}, 202),
        ("PUT", "gpu-scarce", cluster(least=1, size="Standard_NC24rs_v3"), 201),
        ("POST", "nb-noah/stop", None, 202),
    ):
        answer = emulator.request(method, versioned(f"{path}/{target}"), body)
        assert answer.status == status or (status is None and answer.status in (202, 409)), answer.content
        if "Azure-AsyncOperation" in answer.headers:
            pending.append(answer.headers["Azure-AsyncOperation"])
        emulator.control("POST", "clock", {"advance": 37})
    return pending


def test_everything_is_there_after_a_kill(start: Start) -> None:
    emulator = start("--speed", "0", "--epoch", EPOCH)
    pending = write_much(emulator)
    token = emulator.token("operator")
    before = seen(emulator)
    statuses = [emulator.request("GET", url).json() for url in pending]
    date = emulator.request("GET", "/subscriptions?api-version=2022-12-01").headers["Date"]
    assert {status["status"] for status in statuses} == {"InProgress", "Succeeded"}
    kill(emulator)

    again = start("--speed", "0")
    assert again.ready == emulator.ready
    answer = again.request("GET", "/subscriptions?api-version=2022-12-01", identity=None, Authorization=f"Bearer {token}")
    assert (answer.status, answer.headers["Date"]) == (200, date)
    assert seen(again) == before
    assert [again.request("GET", url).json() for url in pending] == statuses
    # And it goes on from there as it would have.
    again.control("POST", "clock", {"advance": 3600})
    assert {again.request("GET", url).json()["status"] for url in pending} == {"Succeeded"}
    later = seen(again)
    assert later != before
    assert stop_emulator(again) == 0
    assert seen(start("--speed", "0")) == later


def test_access_that_was_changed_is_so_after_a_kill(start: Start) -> None:
    emulator = start("--speed", "0", "--epoch", EPOCH)
    workspace = workspace_path(emulator, "fraud-dev")
    subscription, provider = workspace.partition("/resourceGroups")[0], "providers/Microsoft.Authorization"
    outsider, operator = (emulator.identity(name)["object_id"] for name in ("outsider", "operator"))
    block = {"actions": ["Microsoft.MachineLearningServices/workspaces/read"]}
    role = {"roleName": "Watcher", "assignableScopes": [subscription], "permissions": [block]}
    definition, one = (f"{subscription}/{provider}/roleDefinitions/{GUID}", f"{workspace}/{provider}/roleAssignments/{GUID}")
    wish = {"principalId": operator, "roleDefinitionId": CONTRIBUTOR, "requestType": "SelfActivate", "justification": "Incident 4711"}
    wish |= {"scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1H"}}}
    request = f"{workspace}/{provider}/roleAssignmentScheduleRequests/{GUID}?api-version=2020-10-01"
    for path, properties, identity in (
        (f"{definition}?api-version=2022-04-01", role, "admin"),
        (f"{one}?api-version=2022-04-01", {"roleDefinitionId": definition, "principalId": outsider}, "admin"),
        (request, wish, "operator"),
    ):
        assert emulator.request("PUT", path, {"properties": properties}, identity).status == 201

    def held(emulator: Emulator) -> Any:
        return emulator.request("GET", f"{workspace}/{provider}/roleAssignments?api-version=2022-04-01").json()["value"]

    before = held(emulator)
    kill(emulator)
    again = start("--speed", "0")
    assert held(again) == before
    seen_by_outsider = versioned(workspace)
    assert again.request("GET", seen_by_outsider, identity="outsider").status == 403
    again.control("POST", "clock", {"advance": 120})
    assert again.request("GET", seen_by_outsider, identity="outsider").status == 200
    again.control("POST", "clock", {"advance": 3600})
    assert len(held(again)) == len(before) - 1


def test_a_running_clock_never_goes_back_and_the_story_stays_the_same(start: Start) -> None:
    emulator = start("--speed", "5000", "--epoch", EPOCH)
    write_much(emulator, still=False)
    before = seen(emulator)
    date = parsedate_to_datetime(emulator.request("GET", "/subscriptions?api-version=2022-12-01").headers["Date"])
    kill(emulator)
    again = start("--speed", "0")
    after = seen(again)
    assert parsedate_to_datetime(again.request("GET", "/subscriptions?api-version=2022-12-01").headers["Date"]) >= date
    known = {event["id"]: event for event in after["events"]}
    assert [known.get(event["id"]) for event in before["events"]] == before["events"]
    ended = {run["runId"]: run for run in before["gpu-train"]["value"] if run["status"] in ("Completed", "Failed")}
    still = {run["runId"]: run for run in after["gpu-train"]["value"] if run["runId"] in ended}
    assert len(still) > 10
    assert still == {name: ended[name] for name in still}
    assert stop_emulator(again) == 0
    assert seen(start("--speed", "0")) == after


def test_a_reset_begins_again_in_the_file_too(start: Start) -> None:
    emulator = start("--speed", "0", "--epoch", EPOCH)
    at_first = seen(emulator)
    write_much(emulator)
    emulator.control("POST", "reset")
    kill(emulator)
    again = start("--speed", "0")
    assert seen(again) == at_first
    pending = write_much(again)
    assert stop_emulator(again) == 0
    assert all(start("--speed", "0").request("GET", url).status == 200 for url in pending[:1])


def test_a_reset_leaves_no_write_in_the_file(tmp_path: Path) -> None:
    with closing(State(str(tmp_path / "state"))) as state:
        world, again = fresh(), fresh()
        replay(world, TABLE, state)
        path = next(one.id for one in world.estate.workspaces.values() if one.name == "fraud-prod")
        body = cluster(least=0)
        assert ask(world, versioned(f"{path}/computes/cpu-before"), "admin", "PUT", TABLE, body).status == 201
        assert len(list(state.writes())) == 1
        lever = arm.Request("POST", "/emulator/reset", {}, {"authorization": f"Bearer {world.control_token}"}, b"", "")
        assert control.answer(world, lever).status == 204
        assert list(state.writes()) == [] and world.estate.computes.keys() == again.estate.computes.keys()
        # What comes after begins the story anew.
        assert ask(world, versioned(f"{path}/computes/cpu-after"), "admin", "PUT", TABLE, body).status == 201
        replay(again, TABLE, state)
        assert again.estate.computes.keys() == world.estate.computes.keys()


def test_sessions_of_people_outlive_the_process_unless_they_were_ended(start: Start) -> None:
    emulator = start("--speed", "0")
    token = signed_in(emulator)["refresh_token"]
    assert stop_emulator(emulator) == 0
    again = start("--speed", "0")
    assert refresh(again, token).status == 200
    again.control("POST", "tokens", {"revoke": True})
    kill(again)
    assert refresh(start("--speed", "0"), token).json()["error_codes"] == [50173]


def test_the_file_is_private_and_keeps_no_secret_of_a_request(start: Start, tmp_path: Path) -> None:
    emulator = start("--speed", "0")
    body = cluster(userAccountCredentials={"adminUserName": "azureuser", "adminUserPassword": "Hunter2-hunter2"})
    assert emulator.request("PUT", versioned(f"{workspace_path(emulator)}/computes/cpu-new"), body).status == 201
    machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
    account = {"administratorAccount": {"username": "azureuser", "password": "Hunter2-attached", "privateKeyData": "Hunter2-key"}}
    attached = {"properties": {"computeType": "VirtualMachine", "resourceId": machine, "properties": account}}
    assert emulator.request("PUT", versioned(f"{workspace_path(emulator)}/computes/vm-new"), attached).status == 201
    token = emulator.token("admin")
    assert stop_emulator(emulator) == 0
    files = [path for path in tmp_path.glob("state*") if path.is_file()]
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_bytes()
        assert b"azureuser" in content and b"Hunter2" not in content and token.encode() not in content


def test_the_certificate_goes_with_the_file(start: Start, tmp_path: Path) -> None:
    emulator = start("--speed", "0")
    authority = Path(emulator.ready["ca_file"])
    assert authority.is_relative_to(tmp_path / "state.tls")
    before = authority.read_bytes()
    kill(emulator)
    shutil.rmtree(tmp_path / "aml-console", ignore_errors=True)
    assert Path(start("--speed", "0").ready["ca_file"]).read_bytes() == before


def told(path: Path, *flags: str) -> str:
    """The one sentence that a start with this state file ends with."""
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()) as errors:
        code = main(["--speed", "0", "--state", str(path), *flags])
    error = errors.getvalue()
    assert (code, printed.getvalue()) == (2, "")
    assert error.count("\n") == 1 and error.endswith(".\n")
    assert str(path) in error or error.startswith("aml-console emulator: Port ")
    return error


def test_other_flags_than_it_was_begun_with_are_refused(start: Start, written: Path, tmp_path: Path) -> None:
    path = tmp_path / "state"
    shutil.copy(written, path)
    address = f"https://127.0.0.1:{port_in(path)}"
    assert "--seed 7, not 8" in told(path, "--seed", "8")
    assert "--scale 1, not 2" in told(path, "--scale", "2")
    assert "--epoch 2026-11-02T08:00:00+00:00, not 2026-11-03" in told(path, "--epoch", "2026-11-03")
    assert "--port" in told(path, "--port", "1")
    assert start("--speed", "1", "--epoch", EPOCH, "--seed", "7", "--scale", "1").base_url == address


def test_two_emulators_do_not_share_a_file(start: Start, tmp_path: Path) -> None:
    start("--speed", "0")
    assert "in use by another emulator" in told(tmp_path / "state")


def test_a_taken_port_is_told(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "state"
    shutil.copy(written, path)
    port = port_in(path)
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"Port {port}" in told(path)


def port_in(path: Path) -> int:
    """The port that a state file keeps."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("select value from settings where name = 'port'").fetchone()[0])


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table bookmarks (url text)")


def changed(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_files_of_others_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other"
    for make in (lambda: path.write_text("my precious notes"), lambda: foreign(path)):
        path.unlink(missing_ok=True)
        make()
        before = path.read_bytes()
        assert "not a state file" in told(path)
        assert path.read_bytes() == before
    assert "cannot be opened" in told(tmp_path / "missing" / "state")
    assert "cannot be opened" in told(tmp_path)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("pragma user_version = 9", "another version"),
        ("update writes set status = 418 where number = 2", "request 2, PUT "),
        ("update writes set path = '/nowhere' where number = 3", "request 3, POST /nowhere, is not understood"),
        ("update writes set moment = 'yesterday' where number = 1", "damaged"),
        ("update writes set headers = '{' where number = 1", "damaged"),
        ("drop table writes", "damaged"),
        ("update settings set value = 'many' where name = 'seed'", "its seed"),
        ("update settings set value = 'x' where name = 'signing_key'", "its keys"),
        ("update settings set value = 'x' where name = 'reached'", "damaged"),
    ],
)
def test_a_damaged_file_is_told(written: Path, tmp_path: Path, statement: str, named: str) -> None:
    path = tmp_path / "state"
    shutil.copy(written, path)
    changed(path, statement)
    assert named in told(path)


def test_a_file_cut_short_is_told(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "state"
    content = written.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in told(path)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of an emulator that ended, with a few writes in it."""
    folder = tmp_path_factory.mktemp("written")
    emulator = start_emulator(folder, "--speed", "0", "--epoch", EPOCH, "--state", str(folder / "state"))
    write_much(emulator)
    assert stop_emulator(emulator) == 0
    return folder / "state"
