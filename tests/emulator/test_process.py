"""The emulator as a process: its flags, its ready file, its certificate, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from console.emulator.server import main, ready
from console.emulator.tls import certificate
from console.emulator.world import World
from tests.conftest import EPOCH, Emulator, start_emulator, stop_emulator

SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


def test_the_ready_file_is_the_ready_line_and_private(emulator: Emulator, tmp_path: Path) -> None:
    running = start_emulator(tmp_path, "--speed", "0", "--epoch", EPOCH)
    try:
        file = tmp_path / "ready.json"
        assert json.loads(file.read_text("utf-8")) == running.ready
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert list(running.ready) == [
            "resource_manager",
            "authority",
            "graph",
            "prices",
            "vaults",
            "storage",
            "ca_file",
            "tenant_id",
            "subscriptions",
            "control_token",
            "workspaces",
            "identities",
        ]
        assert {known["name"] for known in running.ready["identities"]} >= {
            "admin",
            "operator",
            "data-scientist",
            "reader",
            "cost-analyst",
            "outsider",
        }
        # The same seed and epoch give the same company; what is secret or about this process differs.
        same = ("tenant_id", "subscriptions", "workspaces", "identities")
        assert {key: running.ready[key] for key in same} == {key: emulator.ready[key] for key in same}
        assert running.ready["control_token"] != emulator.ready["control_token"]
    finally:
        assert stop_emulator(running) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    running = start_emulator(tmp_path, "--speed", "0")
    assert running.request("GET", SUBSCRIPTIONS).status == 200
    running.process.send_signal(number)
    assert running.process.wait(timeout=60) == 0
    assert (tmp_path / "emulator.err").read_text("utf-8") == ""
    stop_emulator(running)


def test_alone_it_outlives_a_closed_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "console.emulator", "--speed", "0"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        running = Emulator(json.loads(process.stdout.readline()), process)
        assert running.request("GET", SUBSCRIPTIONS).status == 200
        assert process.poll() is None
        process.terminate()


def test_the_certificate_is_for_loopback_and_kept(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    made = certificate(environment)
    assert certificate(environment) == made
    assert stat.S_IMODE(made.chain.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "aml-console" / "emulator").stat().st_mode) == 0o700
    files = {path.name: path.read_text("ascii") for path in tmp_path.rglob("*") if path.is_file()}
    assert set(files) == {"ca.pem", "server.pem"}
    assert "PRIVATE KEY" not in files["ca.pem"]
    assert files["server.pem"].count("PRIVATE KEY-----") == 2


def test_the_certificate_serves_both_names_of_loopback(emulator: Emulator) -> None:
    def version(name: str) -> str | None:
        address = ("127.0.0.1", urlsplit(emulator.base_url).port or 0)
        with socket.create_connection(address) as plain, emulator.context.wrap_socket(plain, server_hostname=name) as secured:
            return secured.version()

    assert [version("127.0.0.1"), version("localhost")] == ["TLSv1.3", "TLSv1.3"]
    with pytest.raises(ssl.SSLCertVerificationError):
        version("example.com")


def test_without_a_state_folder_the_certificate_is_temporary(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    made = certificate({"XDG_STATE_HOME": str(blocked)})
    assert made.authority.is_file()
    assert tmp_path not in made.authority.parents


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--port", "x"], "--port"),
        (["--port", "70000"], "70000"),
        (["--scale", "0"], "--scale"),
        (["--speed", "-1"], "--speed"),
        (["--epoch", "yesterday"], "'yesterday'"),
        (["--nonsense"], "--nonsense"),
        (["--faults", "/nonexistent/faults.json"], "/nonexistent/faults.json"),
        (["--ready-file", "/nonexistent/ready.json"], "/nonexistent/ready.json"),
    ],
)
def test_bad_flags_are_one_sentence_and_exit_2(capsys: pytest.CaptureFixture[str], tmp_path: Path, flags: list[str], named: str) -> None:
    if "--ready-file" in flags:
        # This one is found out only once it listens, so in a process of its own.
        command = [sys.executable, "-m", "console.emulator", *flags]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)}, check=False)
        code, error = done.returncode, done.stderr
    else:
        code, error = main(flags), capsys.readouterr().err
    assert code == 2
    assert error.count("\n") == 1 and error.endswith(".\n")
    assert named in error


def test_a_taken_port_is_one_sentence(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    port = urlsplit(emulator.base_url).port
    assert main(["--port", str(port)]) == 2
    assert f"Port {port}" in capsys.readouterr().err


def test_the_route_table_prints_its_provenance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--routes"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert all(len(line) == 4 and line[3] in ("recorded", "schema", "sdk", "inferred", "emulator") for line in lines)
    assert ["GET", "/metadata/endpoints", "2019-05-01, 2022-09-01", "sdk"] in lines


def test_ready_lists_every_workspace_once(world: World, tmp_path: Path) -> None:
    listed = ready(world, certificate({"XDG_STATE_HOME": str(tmp_path)}))["workspaces"]
    names = {(known["subscription_id"], known["resource_group"], known["name"]) for known in listed}
    assert len(names) == len(listed) == len(world.estate.workspaces) > 0
