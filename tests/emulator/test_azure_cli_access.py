"""Microsoft's own command line on the emulator's access: role assignments and role definitions, read and written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.emulator.test_azure_cli import _az_of, _environment
from tests.emulator.test_azure_cli import pytestmark as real_az
from tests.emulator.test_computes import workspace_path

pytestmark = real_az
Az = Callable[..., Any]


@pytest.fixture
def az(fresh_emulator: Emulator, tmp_path: Path) -> Az:
    """The command line, signed in as the administrator."""
    run = _az_of(fresh_emulator, _environment(fresh_emulator, tmp_path))
    admin = fresh_emulator.identity("admin")
    sign_in = ("--service-principal", "-u", admin["client_id"], "-p", admin["client_secret"], "--tenant", fresh_emulator.ready["tenant_id"])
    run("login", *sign_in)
    run("account", "set", "--subscription", workspace_path(fresh_emulator, "fraud-dev").split("/")[2])
    return run


def test_az_assigns_lists_and_takes_away(az: Az, fresh_emulator: Emulator) -> None:
    scope = workspace_path(fresh_emulator, "fraud-dev")
    assignment = ("role", "assignment")
    by_name = ("--assignee", "emil.larsen@contoso.com", "--role", "Reader", "--scope", scope)
    made = az(*assignment, "create", *by_name, "--description", "for a week")
    assert (made["principalType"], made["description"], made["scope"]) == ("User", "for a week", scope)
    assert [one["name"] for one in az(*assignment, "list", *by_name)] == [made["name"]]
    outsider = fresh_emulator.identity("outsider")
    typed = ("--assignee-object-id", outsider["object_id"], "--assignee-principal-type", "ServicePrincipal")
    az(*assignment, "create", *typed, "--role", "AzureML Data Scientist", "--scope", scope)
    through_application = az(*assignment, "list", "--assignee", outsider["client_id"], "--all")
    assert [one["roleDefinitionName"] for one in through_application] == ["AzureML Data Scientist"]
    az(*assignment, "delete", *by_name)
    az(*assignment, "delete", "--ids", through_application[0]["id"])
    assert az(*assignment, "list", *by_name) == []
    assert az(*assignment, "list", "--assignee", outsider["client_id"], "--all") == []


def test_az_follows_groups_and_what_is_inherited(az: Az, fresh_emulator: Emulator) -> None:
    scope = workspace_path(fresh_emulator, "fraud-dev")
    noah = ("--assignee", "noah.weber@contoso.com")
    assert az("role", "assignment", "list", *noah, "--all") == []
    held = az("role", "assignment", "list", *noah, "--scope", scope, "--include-groups", "--include-inherited")
    assert "AzureML Data Scientist" in {one["roleDefinitionName"] for one in held}
    everywhere = az("role", "assignment", "list", *noah, "--all", "--include-groups", "--include-inherited")
    assert {one["id"] for one in held} <= {one["id"] for one in everywhere}
    here = az("role", "assignment", "list", "--scope", scope)
    assert {one["scope"] for one in here} == {scope}
    inherited = az("role", "assignment", "list", "--scope", scope, "--include-inherited")
    assert {one["scope"] for one in inherited} > {scope}


def test_az_makes_changes_and_removes_a_custom_role(az: Az, fresh_emulator: Emulator) -> None:
    subscription = "/".join(workspace_path(fresh_emulator, "fraud-dev").split("/")[:3])
    wanted = {
        "Name": "ML watcher",
        "Description": "Sees workspaces",
        "Actions": ["Microsoft.MachineLearningServices/workspaces/read"],
        "NotActions": [],
        "AssignableScopes": [subscription],
    }
    made = az("role", "definition", "create", "--role-definition", json.dumps(wanted))
    assert (made["roleName"], made["roleType"]) == ("ML watcher", "CustomRole")
    assert [one["name"] for one in az("role", "definition", "list", "--custom-role-only")] == [made["name"]]
    more = {**wanted, "Actions": ["Microsoft.MachineLearningServices/*/read"]}
    changed = az("role", "definition", "update", "--role-definition", json.dumps(more))
    assert changed["permissions"][0]["actions"] == more["Actions"]
    (reader,) = az("role", "definition", "list", "--name", "Reader")
    assert (reader["roleType"], reader["assignableScopes"]) == ("BuiltInRole", ["/"])
    az("role", "definition", "delete", "--name", "ML watcher", "--custom-role-only")
    assert az("role", "definition", "list", "--custom-role-only") == []
