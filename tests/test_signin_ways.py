"""What is told of the ways to sign in: names of variables and accounts, never a value of a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.cloud import AZURE
from console.settings import load
from console.signin_ways import Way, ways


def told(home: Path, environ: dict[str, str], **flags: Any) -> dict[str, Way]:
    return {way.method: way for way in ways(load(flags, {}, home), AZURE, environ, home)}


def az(home: Path, profile: object) -> dict[str, str]:
    """An environment with an `az`, and the profile that a sign-in left behind."""
    (home / "az").write_text("#!/bin/sh\n")
    (home / "az").chmod(0o755)
    (home / ".azure").mkdir()
    (home / ".azure" / "azureProfile.json").write_text(json.dumps(profile), "utf-8-sig")
    return {"PATH": str(home)}


def test_az_that_is_not_there(tmp_path: Path) -> None:
    way = told(tmp_path, {"PATH": str(tmp_path)})["az"]
    assert way.there is False and "not on PATH" in way.says


@pytest.mark.parametrize(
    ("profile", "there", "says"),
    [
        ({"subscriptions": []}, False, "nobody is signed in"),
        (
            {"subscriptions": [{"id": "a", "user": {"name": "x@y"}}, {"id": "b", "isDefault": True, "user": {"name": "ada@c"}}]},
            True,
            "ada@c",
        ),
        ({"subscriptions": [{"id": "a", "user": None}]}, True, "does not say as whom"),
        ({"subscriptions": [{"name": "without id"}]}, False, "cannot be read"),
    ],
)
def test_az_says_as_whom_or_why_not(tmp_path: Path, profile: object, there: bool, says: str) -> None:
    settings = load({}, {}, tmp_path)
    environ = az(tmp_path, profile)
    way = next(way for way in ways(settings, AZURE, environ, tmp_path) if way.method == "az")
    assert way.there is there and says in way.says


@pytest.mark.parametrize(
    ("given", "there", "says"),
    [
        ((), False, "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET not set"),
        (("AZURE_TENANT_ID",), False, "AZURE_TENANT_ID set; AZURE_CLIENT_ID, AZURE_CLIENT_SECRET not set"),
        (("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"), True, "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET set"),
        (
            ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"),
            True,
            "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH set",
        ),
    ],
)
def test_the_environment_names_what_is_set_and_what_is_missing(tmp_path: Path, given: tuple[str, ...], there: bool, says: str) -> None:
    way = told(tmp_path, {"PATH": "", **dict.fromkeys(given, "canary")})["environment"]
    assert (way.there, way.says) == (there, says)


def test_a_managed_identity_is_not_known_before_it_is_tried(tmp_path: Path) -> None:
    assert told(tmp_path, {"PATH": ""})["managed-identity"].there is None
    assert told(tmp_path, {"PATH": "", "IDENTITY_ENDPOINT": "canary"})["managed-identity"].says == "IDENTITY_ENDPOINT is set"
