"""Microsoft's own command line on the emulator: a client that nobody here wrote."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.azure.signin import SignIn, SignInConfig
from tests.conftest import EPOCH, Emulator

AZ = os.environ.get("AML_CONSOLE_TEST_AZ") or shutil.which("az")

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(AZ is None, reason="azure-cli is not installed: set AML_CONSOLE_TEST_AZ to its az, or put it on PATH"),
]


def _environment(emulator: Emulator, folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AZURE_")},
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off",
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "REQUESTS_CA_BUNDLE": emulator.ready["ca_file"],
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _az_of(emulator: Emulator, environment: dict[str, str]) -> Callable[..., Any]:
    """The command line with the emulator as its cloud; what it prints, read."""

    def az(*arguments: str) -> Any:
        done = subprocess.run([str(AZ), *arguments, "-o", "json"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"az {arguments[:3]}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    az("cloud", "register", "-n", "Emulator", "--endpoint-resource-manager", emulator.base_url)
    az("cloud", "set", "-n", "Emulator")
    return az


def test_az_signs_a_person_in_by_device_code_and_reads_the_activity_log(fresh_emulator: Emulator, tmp_path: Path) -> None:
    environment = _environment(fresh_emulator, tmp_path)
    az = _az_of(fresh_emulator, environment)
    command = [str(AZ), "login", "--use-device-code", "--tenant", fresh_emulator.ready["tenant_id"], "-o", "json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as login:
        assert login.stdout is not None and login.stderr is not None
        shown = next((line for line in login.stderr if "user_code=" in line), "")
        code = shown.partition("user_code=")[2].partition("&")[0]
        fresh_emulator.control("POST", "approve", {"user_code": code, "as": "tomasz.nowak@contoso.com"})
        accounts = json.loads(login.stdout.read())
        assert login.wait(timeout=120) == 0
    assert {account["user"]["name"] for account in accounts} == {"tomasz.nowak@contoso.com"}
    log = az("monitor", "activity-log", "list", "--start-time", "2026-10-01T00:00:00Z", "--end-time", EPOCH, "--status", "Failed")
    assert "noah.weber@contoso.com" in {event["caller"] for event in log}


def test_az_registers_the_cloud_signs_in_and_lists_access(fresh_emulator: Emulator, tmp_path: Path) -> None:
    environment = _environment(fresh_emulator, tmp_path)
    az = _az_of(fresh_emulator, environment)
    admin = fresh_emulator.identity("admin")
    sign_in = ("--service-principal", "-u", admin["client_id"], "-p", admin["client_secret"], "--tenant", fresh_emulator.ready["tenant_id"])
    accounts = az("login", *sign_in)
    assert {account["name"] for account in accounts} <= {known["name"] for known in fresh_emulator.ready["subscriptions"]}
    assert az("account", "list") == accounts
    held = az("role", "assignment", "list", "--all")
    mine = [entry for entry in held if entry["principalId"] == admin["object_id"]]
    assert [entry["roleDefinitionName"] for entry in mine] == ["Owner"]
    assert mine[0]["principalName"] == admin["client_id"]
    assert any("@" in entry["principalName"] for entry in held if entry["principalType"] == "User")
    assert az("role", "assignment", "list", "--assignee", admin["client_id"]) == mine
    environment["PATH"] = f"{Path(str(AZ)).parent}{os.pathsep}{environment['PATH']}"
    assert asyncio.run(_seen_with_the_azure_cli_session(fresh_emulator, environment)) == {account["name"] for account in accounts}


async def _seen_with_the_azure_cli_session(emulator: Emulator, environment: dict[str, str]) -> set[str]:
    """The subscriptions that the console's own sign-in child sees when it borrows the session of the real az."""
    signin = SignIn(SignInConfig(method="az", audience=emulator.base_url, environ=environment))
    try:
        token = await signin.token(emulator.base_url)
    finally:
        await signin.close()
    answer = emulator.send("GET", "/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token.token}"})
    return {entry["displayName"] for entry in answer.json()["value"]}
