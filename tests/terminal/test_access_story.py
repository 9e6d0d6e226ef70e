"""A new administrator's first day with access, by keyboard: who reads the secrets, who makes computes and why, and what is done about it.

Whatever is done is looked at from outside as well: by azure-mgmt-authorization, and by `az role assignment list` where az is there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.emulator.test_azure_cli import AZ, _az_of, _environment
from tests.gateway import workspace
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal

#: More than a change of access needs to spread in the emulator.
SPREAD_S = 130
CLI_APP = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
Held = set[tuple[str, str]]


class Outside:
    """Who holds which role at exactly a scope, by clients that nobody here wrote; they have to agree."""

    def __init__(self, emulator: Emulator, ready_file: Path, folder: Path) -> None:
        self._ready_file = ready_file
        self._az = self._signed_in(emulator, folder) if AZ is not None else None

    def _signed_in(self, emulator: Emulator, folder: Path) -> Callable[..., Any]:
        az, who = _az_of(emulator, _environment(emulator, folder)), emulator.identity("reader")
        az("login", "--service-principal", "-u", who["client_id"], "-p", who["client_secret"], "--tenant", emulator.ready["tenant_id"])
        return az

    def held(self, scope: str) -> Held:
        command = [sys.executable, str(Path(__file__).with_name("sdk_access.py")), str(self._ready_file), scope]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        found = {(who, role) for who, role in json.loads(done.stdout)}
        if self._az is not None:
            self._az("account", "set", "--subscription", scope.split("/")[2])
            told = self._az("role", "assignment", "list", "--scope", scope)
            assert {(each["principalId"], each["roleDefinitionName"]) for each in told} == found
        return found


@pytest.fixture
def outside(fresh_emulator: Emulator, ready_file: Path, tmp_path: Path) -> Outside:
    return Outside(fresh_emulator, ready_file, tmp_path)


def may_write_computes(emulator: Emulator, upn: str, scope: str) -> bool:
    """Whether Azure lets somebody make a compute there now: they sign in on a device, and ask for one that cannot be made."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    root = f"/{emulator.ready['tenant_id']}/oauth2/v2.0"
    wanted = f"client_id={CLI_APP}&scope={emulator.base_url}/.default".encode()
    code = emulator.send("POST", f"{root}/devicecode", wanted, form).json()
    emulator.control("POST", "approve", {"user_code": code["user_code"], "as": upn})
    asked = f"grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id={CLI_APP}&device_code={code['device_code']}".encode()
    token = emulator.send("POST", f"{root}/token", asked, form).json()["access_token"]
    url = f"{scope}/computes/nb-new?api-version=2023-08-01-preview"
    answer = emulator.request("PUT", url, {"location": "nowhere", "properties": {}}, identity=None, Authorization=f"Bearer {token}")
    assert answer.status in (400, 403), answer.content
    return answer.status == 400


def object_id(emulator: Emulator, kind: str, name: str) -> str:
    """Whom the directory knows by a name."""
    token = emulator.sign_in("reader", f"{emulator.base_url}/.default").json()["access_token"]
    field = "displayName" if kind == "groups" else "userPrincipalName"
    answer = emulator.send("GET", f"/v1.0/{kind}?$filter={field}%20eq%20'{name}'&$select=id", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200, answer.content
    (found,) = answer.json()["value"]
    return str(found["id"])


def command(terminal: Terminal, line: str) -> None:
    terminal.press(":")
    terminal.type(line)
    terminal.press("enter")


def leave(terminal: Terminal) -> None:
    """Out of a page or a dialog. What follows an escape at once would be read as one key with it."""
    terminal.press("escape")
    terminal.settle()


def only(terminal: Terminal, text: str, shown: str) -> str:
    """Filter the list; the screen once that is so."""
    terminal.press("/")
    terminal.press("ctrl+u")
    terminal.type(text)
    terminal.press("enter")
    return terminal.settled(lambda screen: f"/{text}" in screen and shown in screen)


def words(screen: str) -> str:
    """What a dialog or a page says, without its frame and its line breaks."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", screen).split())


def test_a_first_day_with_access(open_console: Open, fresh_emulator: Emulator, outside: Outside, home: Home, tmp_path: Path) -> None:
    emulator, place = fresh_emulator, workspace(fresh_emulator)
    hackathon, lab = object_id(emulator, "groups", "hackathon-2023"), object_id(emulator, "groups", "ai-lab")
    terminal = open_console("--as", "admin")
    terminal.wait_for("nb-grace")

    # Who reads the secrets, and through which group that everybody has forgotten.
    command(terminal, "who vault-secrets")
    terminal.settled(lambda screen: "who can read Key Vault secrets" in screen and "noah.weber" in screen)
    line = only(terminal, "noah", "● yes")
    assert "hackathon-2023 → fraud-po" in line
    terminal.press("w")
    why = words(terminal.settled("granted"))
    assert "noah.weber@contoso.com → hackathon-2023 → fraud-poc-2022 → an access policy at Key Vault kv-fraud-prod grants get" in why
    leave(terminal)

    # That a data scientist makes computes, and why.
    command(terminal, "who create-compute")
    assert "● yes" in only(terminal, "noah", "who can create compute")
    assert may_write_computes(emulator, "noah.weber@contoso.com", place.id)
    terminal.press("w")
    why = words(terminal.settled("would end"))
    assert "noah.weber@contoso.com → hackathon-2023 → Contributor at resource group ml-prod-rg grants" in why

    # It is taken away; that takes its time, and then it is so.
    terminal.press("f")
    plan = words(terminal.settled("Remove access"))
    assert "group hackathon-2023 loses Contributor on resource group ml-prod-rg" in plan and "can no longer create compute" in plan
    assert (hackathon, "Contributor") in outside.held(place.group_id)
    terminal.press("tab", "enter")
    terminal.wait_for(lambda screen: re.search(r"^.noah.weber@contoso.com +user +· no", screen, re.MULTILINE))
    assert (hackathon, "Contributor") not in outside.held(place.group_id)
    assert may_write_computes(emulator, "noah.weber@contoso.com", place.id), "it has not spread yet"
    emulator.control("POST", "clock", {"advance": SPREAD_S})
    assert not may_write_computes(emulator, "noah.weber@contoso.com", place.id)
    terminal.press("w")
    assert "create compute in fraud-prod: no" in words(terminal.settled("takes back"))
    leave(terminal)

    # The group of who comes new gets what a data scientist needs, and no key.
    command(terminal, "access")
    terminal.settled("AzureML Data Sci")
    command(terminal, "kit data-scientist-no-secrets")
    terminal.settled("there is no such role yet")
    terminal.type("ai-lab")
    terminal.settled("can then")
    terminal.press("enter", "enter")
    plan = words(terminal.settled("Give kit"))
    assert "it withholds: datastores/write" in plan and "listStorageAccountKeys/action" in plan
    terminal.press("tab", "enter")
    given = only(terminal, "ai-lab", "access[4/")
    assert given.count("⟳") == 4
    assert (lab, "AML Data Scientist (no secrets)") in outside.held(place.id)
    emulator.control("POST", "clock", {"advance": SPREAD_S})
    command(terminal, "who datastore-secrets")
    assert "· no" in only(terminal, "ruth.adeyemi", "who can read datastore secrets")
    command(terminal, "who submit-jobs")
    assert "● yes" in only(terminal, "ruth.adeyemi", "who can submit jobs")

    # Nobody is locked out: neither oneself nor everybody.
    command(terminal, "access @nlp-research")
    terminal.settled(lambda screen: screen.startswith("nlp-research·contoso-research") and "access[" in screen)
    before = outside.held(f"/subscriptions/{workspace(emulator, 'nlp-research').subscription_id}")
    only(terminal, "User Access", "access[1/")
    terminal.press("space")
    only(terminal, "Owner", "admin")
    terminal.press("space", "ctrl+d")
    refused = words(terminal.settled("refused"))
    assert "Nobody would be left who can assign roles at subscription contoso-research" in refused
    assert "Remove access" not in refused
    leave(terminal)
    assert outside.held(f"/subscriptions/{workspace(emulator, 'nlp-research').subscription_id}") == before

    # A review goes out, comes back with two removals, and is done.
    command(terminal, "access @fraud-prod")
    terminal.settled(lambda screen: screen.startswith("fraud-prod·contoso-prod") and "access[" in screen)
    command(terminal, "review")
    terminal.settled("changes")
    (made,) = (home.state / "reviews").glob("*.csv")
    marked = tmp_path / "marked.csv"
    removed = (",helen.murphy@contoso.com,", ",ines.moreau@contoso.com,")
    lines = made.read_text("utf-8").splitlines(keepends=True)
    assert sum(line.startswith(removed) for line in lines) == 2
    marked.write_text("".join(f"REMOVE{line}" if line.startswith(removed) else line for line in lines), "utf-8")
    leave(terminal)
    command(terminal, f"review {marked}")
    plan = words(terminal.settled("type 2 to go on"))
    assert "Remove 2 role assignments" in plan and "as marked in marked.csv" in plan
    people = {object_id(emulator, "users", f"{name}@contoso.com") for name in ("helen.murphy", "ines.moreau")}
    assert people <= {who for who, _ in outside.held(place.id)}
    terminal.type("2")
    terminal.press("enter")
    terminal.wait_for(lambda screen: "helen.murphy" not in screen and "access[" in screen)
    assert not people & {who for who, _ in outside.held(place.id)}

    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    ended = [(record["outcome"]) for record in home.journal() if record["stage"] == "settled"]
    assert ended == ["done"] * 8, "one removal, a role and four assignments, two removals"
