"""The ways to sign in: what this machine has for each of them, told without asking anybody and without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from console.cloud import Cloud
from console.config_file import SettingsError
from console.settings import Settings, az_profile

Method = Literal["az", "device-code", "managed-identity", "environment", "emulator", "demo"]
PRINCIPAL = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
#: What azure-identity's EnvironmentCredential takes in place of a secret: https://learn.microsoft.com/python/api/azure-identity
INSTEAD = ("AZURE_CLIENT_CERTIFICATE_PATH",)
#: What Azure's hosts set where they offer an identity; a virtual machine sets none and is asked over the network.
ENDPOINTS = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE")


class Way(msgspec.Struct, frozen=True):
    """One way: `says` is what was found for it; `there` whether it can work (None: not known before it is tried)."""

    method: Method
    title: str
    says: str
    there: bool | None


def ways(settings: Settings, cloud: Cloud, environ: Mapping[str, str], home: Path) -> tuple[Way, ...]:
    """All ways, the usual ones first. Reads files, asks no network. Names variables, never their values."""
    if cloud.emulated:
        name = settings.identity or "admin"
        return (
            Way("emulator", "service principal", f"{name}, an identity of this emulator", True),
            Way("device-code", "device code", "as one of the people of the emulated company", True),
        )
    return (
        _az(environ, home),
        Way("device-code", "device code", "a code to type in a browser, on any device", True),
        _managed_identity(environ),
        _environment(environ),
        Way("demo", "demo", "needs no account: leave, and start `aml-console --demo`", None),
    )


def _az(environ: Mapping[str, str], home: Path) -> Way:
    import shutil  # the first frame does without

    if shutil.which("az", path=environ.get("PATH", "")) is None:
        return Way("az", "Azure CLI", "not found: az is not on PATH", False)
    try:
        profile = az_profile(environ, home)
    except SettingsError as error:
        return Way("az", "Azure CLI", f"its profile cannot be read: {error}", False)
    users = [each["user"].get("name") for each in sorted(profile, key=lambda each: not each.get("isDefault")) if _has_user(each)]
    who = next((name for name in users if isinstance(name, str) and name), None)
    if not profile:
        return Way("az", "Azure CLI", "nobody is signed in: run `az login --use-device-code` in another window", False)
    return Way("az", "Azure CLI", f"signed in as {who}" if who else "signed in; its profile does not say as whom", True)


def _has_user(entry: Mapping[str, object]) -> bool:
    return isinstance(entry.get("user"), dict)


def _managed_identity(environ: Mapping[str, str]) -> Way:
    found = [name for name in ENDPOINTS if environ.get(name)]
    says = f"{found[0]} is set" if found else "not known before it is tried: only a machine on Azure has one"
    return Way("managed-identity", "managed identity", says, True if found else None)


def _environment(environ: Mapping[str, str]) -> Way:
    given = [name for name in (*PRINCIPAL, *INSTEAD) if environ.get(name)]
    missing = [name for name in PRINCIPAL if name not in given]
    if missing == ["AZURE_CLIENT_SECRET"] and "AZURE_CLIENT_CERTIFICATE_PATH" in given:
        missing = []
    told = [f"{', '.join(names)} {word}" for names, word in ((given, "set"), (missing, "not set")) if names]
    return Way("environment", "environment", "; ".join(told), not missing)
