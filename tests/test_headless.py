"""The headless twin as real processes: what is printed where, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from console.access_fields import FIELDS as ACCESS_FIELDS
from console.compute_fields import FIELDS
from console.data_fields import ASSET_FIELDS, CONNECTION_FIELDS, DATASTORE_FIELDS
from console.domain.access import review
from console.domain.access.verbs import VERBS
from console.vault_fields import VAULT_FIELDS
from screens.access import AccessScreen
from screens.compute import ComputeScreen
from screens.connections import ConnectionsScreen
from screens.data_assets import DataAssetsScreen
from screens.datastores import DatastoresScreen
from screens.vaults import VaultsScreen
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.nets import changes

STOPPED, RUNNING = "nb-mei", "nb-grace"


@pytest.fixture
def cloud_file(fresh_emulator: Emulator, tmp_path: Path) -> Path:
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps(fresh_emulator.ready))
    return path


def run(home: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "AML_", "XDG_"))}
    environment = {**kept, "HOME": str(home), "TERM": "xterm-256color", **environ}
    command = [sys.executable, "-m", "console", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home, timeout=100, check=False)


def listed(cloud_file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(cloud_file.parent, "list", "compute", "--cloud-file", str(cloud_file), *words)


def test_json_is_whole(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = listed(cloud_file, "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert len(rows) > 15
    assert (rows[RUNNING]["state"], rows[RUNNING]["nodes"], rows[RUNNING]["kind"]) == ("Running", 1, "instance")
    assert rows[RUNNING]["usd_per_hour"] > 0
    assert rows[RUNNING]["up_since"].endswith("+00:00")
    assert (rows[STOPPED]["nodes"], rows[STOPPED]["usd_per_hour"], rows[STOPPED]["up_since"]) == (0, 0.0, None)
    assert rows["k8s-fraud"]["usd_per_hour"] is None, "what is not known is null, not zero"
    assert {row["workspace"] for row in rows.values()} == {"fraud-prod"}
    assert changes(fresh_emulator.calls()) == [], "a list changes nothing"


def test_every_column_of_the_screen_is_printed(cloud_file: Path) -> None:
    rows = {row["name"]: row for row in json.loads(listed(cloud_file, "-o", "json", "--jobs").stdout)}
    screen = ComputeScreen.__new__(ComputeScreen)  # its columns need no app
    assert {column.name for column in screen.columns} <= {field.column for field in FIELDS}
    assert rows[RUNNING].keys() == {field.name for field in FIELDS}
    grace, idle = rows[RUNNING], rows["gpu-idle"]
    assert (grace["owner"], grace["tier"]) == ("grace.okafor@contoso.com", "dedicated")
    assert grace["last_job"].endswith("+00:00") and grace["finding"]
    assert (idle["idle_off"], idle["min_nodes"], idle["last_job"][:2]) != (None, None, None)
    assert rows["k8s-fraud"]["last_job"] is None and rows["k8s-fraud"]["tier"] is None
    assert "/computes/" in grace["id"] and isinstance(grace["tags"], dict)


def test_what_cannot_be_looked_up_is_told_beside_the_list(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "getByIds", "kind": "403"}])
    done = listed(cloud_file, "-o", "json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert len(rows[RUNNING]["owner"]) == 36 and "last_job" not in rows[RUNNING]
    assert done.returncode == 0 and done.stderr.startswith("note: names of owners are not known: ")


def test_csv_has_the_same_rows(cloud_file: Path) -> None:
    done = listed(cloud_file, "-o", "csv", "-w", "nlp-research")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 0
    assert {row["name"] for row in rows} >= {"nb-wei", "nb-tara", "gpu-a100"}
    assert all(row["workspace"] == "nlp-research" for row in rows)
    assert {row["usd_per_hour"] for row in rows if row["name"] == "nb-tara"} == {"0.0"}


def test_the_table_is_plain_text(cloud_file: Path) -> None:
    done = listed(cloud_file)
    head, *rows = done.stdout.splitlines()
    assert done.returncode == 0
    assert head.split()[:3] == ["name", "kind", "state"]
    assert any(row.startswith(RUNNING) and " Running " in row for row in rows)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("output", ["json", "csv", "table"])
def test_hostile_text_is_inert_in_every_form(cloud_file: Path, fresh_emulator: Emulator, output: str) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "/computes$", "kind": "hostile-text"}])
    done = listed(cloud_file, "-o", output)
    assert done.returncode == 0
    assert all(character.isprintable() for character in done.stdout.replace("\r\n", "").replace("\n", ""))
    if output == "json":
        assert any("\x1b" in row["name"] for row in json.loads(done.stdout)), "data is not mended, only escaped"


def test_a_list_that_is_not_whole_says_so(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "vmSizes", "kind": "500"}])
    done = listed(cloud_file, "-o", "json")
    assert done.returncode == 0
    assert {row["usd_per_hour"] for row in json.loads(done.stdout) if row["name"] == RUNNING} == {None}
    assert "prices" in done.stderr


def test_a_reader_that_goes_away_is_no_fault(cloud_file: Path) -> None:
    program = f'{sys.executable} -m console list compute --cloud-file "{cloud_file}" | true; echo "${{PIPESTATUS[0]}}"'
    environment = {**os.environ, "HOME": str(cloud_file.parent)}
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=environment, timeout=100, check=False)
    assert done.stderr == ""
    assert done.stdout == "141\n"


# Exit codes


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "outsider"), 1, "does not have authorization|You need Microsoft.MachineLearningServices/workspaces/computes/read"),
        (("-w", "no-such"), 1, "No workspace that you may see matches -w no-such"),
        (("-g", "no-such"), 1, "ResourceGroupNotFound"),
        (("-s", "11111111-1111-1111-1111-111111111111", "-g", "g", "-w", "w"), 1, "SubscriptionNotFound"),
    ],
)
def test_what_cannot_be_listed(cloud_file: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = listed(cloud_file, *words)
    assert done.returncode == code
    assert done.stdout == ""
    assert any(each in done.stderr for each in said.split("|")), done.stderr
    assert done.stderr.startswith("aml-console: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_dead_emulator_is_a_connection_that_fails(tmp_path: Path, fresh_emulator: Emulator) -> None:
    dead = json.dumps(fresh_emulator.ready).replace(fresh_emulator.base_url, "https://127.0.0.1:1")
    (tmp_path / "cloud.json").write_text(dead)
    for words in (("list", "compute"), ("check",)):
        done = run(tmp_path, *words, "--cloud-file", str(tmp_path / "cloud.json"))
        assert done.returncode == 3, done.stderr
        assert "cannot be reached" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\udcff", '{"resource_manager": "https://management.azure.com"}'])
def test_a_damaged_cloud_file_is_usage(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cloud.json"
    path.write_text(content, errors="surrogateescape")
    done = run(tmp_path, "list", "compute", "--cloud-file", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"aml-console: {path}: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words", [("list",), ("list", "nonsense"), ("list", "compute", "-o", "yaml"), ("list", "compute", "--nonsense"), ("nonsense",)]
)
def test_what_is_no_command_is_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: aml-console" in done.stderr


# check


def checked(cloud_file: Path, *words: str, **environ: str) -> tuple[int, dict[str, list[str]], str]:
    """Exit code, and what each word says of what."""
    done = run(cloud_file.parent, "check", "--cloud-file", str(cloud_file), *words, **environ)
    told: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        told.setdefault(line[:4].strip(), []).append(line[5:])
    assert done.stderr == ""
    return done.returncode, told, done.stdout


def test_check_as_admin(cloud_file: Path, fresh_emulator: Emulator) -> None:
    code, told, text = checked(cloud_file)
    assert code == 0
    assert told.keys() == {"ok"}, text
    assert text.count("permission") == 4
    assert fresh_emulator.identity("admin")["object_id"] in text
    assert fresh_emulator.identity("admin")["client_secret"] not in text
    assert workspace(fresh_emulator).name in text


def test_check_does_not_measure_a_simulated_clock_by_this_machine(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "clock", {"advance": 3600})
    _, told, text = checked(cloud_file)
    line = next(line for line in told["ok"] if line.startswith("clock"))
    assert "simulated" in line and " UTC" in line, text
    assert "from this machine" not in text


def test_check_as_reader_says_what_the_roles_do_not_grant(cloud_file: Path) -> None:
    code, told, text = checked(cloud_file, "--as", "reader")
    assert code == 0
    assert [line.split()[1].rpartition("/computes/")[2] for line in told["no"]] == [
        "start/action",
        "stop/action",
        "restart/action",
        "delete",
    ], text


def test_check_as_outsider_fails(cloud_file: Path) -> None:
    code, told, text = checked(cloud_file, "--as", "outsider")
    assert code == 1, text
    assert len(told["FAIL"]) == 1


def test_check_says_what_of_it_fails(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "vmSizes", "kind": "503"}, {"route": "permissions", "kind": "503"}])
    code, told, text = checked(cloud_file)
    assert code == 1
    assert [line.split()[0] for line in told["FAIL"]] == ["prices"]
    assert [line.split()[0] for line in told["?"]] == ["permission"] * 4, text


def test_datastores_and_data_are_printed_as_the_screens_have_them(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = run(cloud_file.parent, "list", "datastores", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    screen = DatastoresScreen.__new__(DatastoresScreen)  # its columns need no app
    assert {column.name for column in screen.columns} <= {field.column for field in DATASTORE_FIELDS}
    transactions = rows["transactions"]
    assert (transactions["target"], transactions["auth"], transactions["used_by"]) == ("contosodata/transactions", "key", 2)
    assert "azureml://datastores/transactions/paths/" in transactions["uris"]
    assert (rows["workspaceblobstore"]["default"], rows["workspaceblobstore"]["system"]) == (True, True)
    assert rows["legacy_lake"]["finding"] == "on retired storage"
    done = run(cloud_file.parent, "list", "data", "--cloud-file", str(cloud_file), "-o", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    assets = {row["name"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    columns = {column.name for column in DataAssetsScreen.__new__(DataAssetsScreen).columns}
    assert columns <= {field.column for field in ASSET_FIELDS}
    assert (assets["transactions"]["version"], assets["transactions"]["on"]) == ("10", "transactions")
    assert assets["partner-feed"]["uri"].endswith("sig=•••")
    calls = fresh_emulator.calls()
    assert changes(calls) == [] and not [call for call in calls if "secret" in call["path"].lower()]


def test_connections_are_printed_as_the_screen_has_them(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = run(cloud_file.parent, "list", "connections", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    screen = ConnectionsScreen.__new__(ConnectionsScreen)  # its columns need no app
    assert {column.name for column in screen.columns} - {"TEST"} <= {field.column for field in CONNECTION_FIELDS}, "tests are of a session"
    assert (rows["feature-repo"]["auth"], rows["feature-repo"]["scope"], rows["feature-repo"]["finding"]) == ("PAT", "private", "expired")
    openai = rows["openai"]
    assert openai["vault_secret"].endswith("/secrets/openai-key") and openai["vault_secret_newest"] and openai["expires"] is None
    calls = fresh_emulator.calls()
    assert changes(calls) == [] and not [call for call in calls if "listsecrets" in call["path"].lower()]


def test_datastores_without_the_data_assets_say_so(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "/versions/", "kind": "500"}])
    done = run(cloud_file.parent, "list", "datastores", "--cloud-file", str(cloud_file), "-o", "json")
    assert {row["used_by"] for row in json.loads(done.stdout)} == {None}, "not known is not none"
    assert done.returncode == 0 and "note: not read: where some data assets are: " in done.stderr


def test_vaults_and_secrets_are_printed_without_a_value(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = run(cloud_file.parent, "list", "vaults", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (vault,) = json.loads(done.stdout)
    assert (vault["name"], vault["decides"], vault["may_list_secrets"], vault["may_read_values"]) == (
        "kv-fraud-prod",
        "policies",
        True,
        True,
    )
    assert vault["expiring"] == 2
    done = run(cloud_file.parent, "list", "secrets", "--vault", "KV-fraud-prod", "--cloud-file", str(cloud_file), "-o", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert (rows["openai-key"]["state"], rows["feature-store-password"]["days_left"]) == ("disabled", "3")
    assert len(rows) == vault["secrets"] and "canary" not in done.stdout
    assert {column.name for column in VaultsScreen.__new__(VaultsScreen).columns} <= {field.column for field in VAULT_FIELDS}
    revealed = [call for call in fresh_emulator.calls() if call["path"].startswith("//") and "/secrets/" in call["path"]]
    assert not revealed
    done = run(cloud_file.parent, "list", "secrets", "--vault", "other", "--cloud-file", str(cloud_file))
    assert done.returncode == 1 and "no Key Vault other; it has kv-fraud-prod" in done.stderr


def test_access_is_printed_as_the_screen_has_it(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = run(cloud_file.parent, "list", "access", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    screen = AccessScreen.__new__(AccessScreen)  # its columns need no app
    assert {column.name for column in screen.columns} <= {field.column for field in ACCESS_FIELDS}
    by_name = {(row["principal"], row["role"]): row for row in rows}
    hackathon = by_name["hackathon-2023", "Contributor"]
    assert (hackathon["where"], hackathon["kind"], hackathon["members"]) == ("inherited", "Group", 4)
    (orphan,) = [row for row in rows if "orphan" in row["flags"]]
    assert orphan["principal"] is None and len(orphan["principal_id"]) == 36
    assert [row["pim"] for row in rows if row["pim"]] == ["eligible"]
    calls = fresh_emulator.calls()
    assert changes(calls) == []
    # What a row rests on, once each, and nothing else; nothing is kept for a console that did not ask for it.
    asked = Counter(call["path"].rsplit("/", 1)[-1] for call in calls if "token" not in call["path"] and ".well-known" not in call["path"])
    once = ("roleAssignments", "roleDefinitions", "roleEligibilityScheduleInstances", "roleAssignmentScheduleInstances", "getByIds")
    assert asked == {**dict.fromkeys(once, 1), "fraud-prod": 1, "$batch": 2}
    assert not list(cloud_file.parent.rglob("access-*.msgpack"))


def test_access_without_the_directory_says_so(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": f"{call}$", "kind": "403"} for call in ("getByIds", "batch")])
    done = run(cloud_file.parent, "list", "access", "--cloud-file", str(cloud_file), "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 0 and {row["principal"] for row in rows} == {""} and not [row for row in rows if row["flags"] == "orphan"]
    assert "note: not read: directory: " in done.stderr


def test_a_review_is_written_once_for_its_owner_alone(cloud_file: Path, fresh_emulator: Emulator) -> None:
    path = cloud_file.parent / "review.csv"
    words = ("review", "--cloud-file", str(cloud_file), "-o", str(path))
    done = run(cloud_file.parent, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = review.read(path.read_text("utf-8"))
    assert found.faults == () and str(len(found.rows)) == found.evidence["rows"] and path.stat().st_mode & 0o777 == 0o600
    again = run(cloud_file.parent, *words)
    assert again.returncode == 1 and "review.csv cannot be written: File exists." in again.stderr
    printed = run(cloud_file.parent, "review", "--cloud-file", str(cloud_file))
    assert review.read(printed.stdout).rows == found.rows
    assert changes(fresh_emulator.calls()) == []


def test_who_may_not_list_access_is_told_which_permission(cloud_file: Path) -> None:
    done = run(cloud_file.parent, "list", "access", "--cloud-file", str(cloud_file), "--as", "outsider")
    assert done.returncode != 0 and done.stdout == "" and "Traceback" not in done.stderr
    table = run(cloud_file.parent, "list", "access", "--cloud-file", str(cloud_file), "--as", "operator")
    assert table.returncode == 1 and "the list is incomplete: only what reaches here" in table.stderr
    assert any(line.startswith("hackathon-2023") for line in table.stdout.splitlines())


def test_who_can_do_what_is_printed_with_every_verb_and_the_path(cloud_file: Path, fresh_emulator: Emulator) -> None:
    done = run(cloud_file.parent, "list", "who", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    by_cell = {(row["principal"], row["verb"]): row for row in rows}
    assert len(by_cell) == len(rows) == len({row["principal_id"] for row in rows}) * len(VERBS)
    secrets = by_cell["grace.okafor@contoso.com", "read Key Vault secrets"]
    assert (secrets["can"], secrets["how"]) == ("yes", "fraud-poc-2022 → access policy @ Key Vault kv-fraud-prod")
    assert by_cell["noah.weber@contoso.com", "create compute"]["how"].startswith("hackathon-2023 → Contributor @ resource group")
    assert by_cell["grace.okafor@contoso.com", "create compute"]["can"] == "no"
    assert secrets["guest"] is False and secrets["enabled"] is True
    assert changes(fresh_emulator.calls()) == []


def test_who_can_do_what_says_what_was_not_read(cloud_file: Path, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "KeyVault/vaults/[^/]*$", "kind": "403"}])
    done = run(cloud_file.parent, "list", "who", "--cloud-file", str(cloud_file), "-o", "csv")
    rows = [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["verb"] == "read Key Vault secrets"]
    assert "no" not in {row["can"] for row in rows} and "note: The Key Vault kv-fraud-prod could not be read: " in done.stderr
    refused = run(cloud_file.parent, "list", "who", "--cloud-file", str(cloud_file), "--as", "outsider")
    assert refused.returncode != 0 and refused.stdout == "" and "Traceback" not in refused.stderr
