"""Microsoft's own command line on the emulator: a client that nobody here wrote."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.azure.signin import SignIn, SignInConfig
from tests.conftest import Emulator

AZ = os.environ.get("AML_CONSOLE_TEST_AZ") or shutil.which("az")

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(AZ is None, reason="azure-cli is not installed: set AML_CONSOLE_TEST_AZ to its az, or put it on PATH"),
]


def test_az_registers_the_cloud_signs_in_and_lists_access(fresh_emulator: Emulator, tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AZURE_")},
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CONFIG_DIR": str(tmp_path / "azure"),
        "REQUESTS_CA_BUNDLE": fresh_emulator.ready["ca_file"],
        "NO_PROXY": "127.0.0.1,localhost",
    }

    def az(*arguments: str) -> Any:
        done = subprocess.run([str(AZ), *arguments, "-o", "json"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"az {arguments[:3]}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    admin = fresh_emulator.identity("admin")
    az("cloud", "register", "-n", "Emulator", "--endpoint-resource-manager", fresh_emulator.base_url)
    az("cloud", "set", "-n", "Emulator")
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
