"""Errors of Key Vaults: what a vault's refusal means, in a sentence with what to do.

Codes and inner codes: Key Vault REST API error codes (Microsoft Learn) and answers that callers of azure-keyvault-secrets have posted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from console.azure.errors import UNDECODABLE, trouble_of_answer
from console.domain.trouble import Kind, Trouble, TroubleError

#: Inner code → what it means; the vault's name is put in.
INNER: Mapping[str, tuple[Kind, str]] = {
    "ForbiddenByRbac": (
        Kind.PERMISSION,
        "Your roles do not grant this in Key Vault {vault}. If they were granted just now, it can take minutes.",
    ),
    "ForbiddenByPolicy": (Kind.PERMISSION, "No access policy of Key Vault {vault} permits you this."),
    "AccessDenied": (Kind.PERMISSION, "No access policy of Key Vault {vault} permits you this."),
    "ForbiddenByFirewall": (
        Kind.PERMISSION,
        "The firewall of Key Vault {vault} does not let this address in: ask from a network that it allows, or have it allow this one.",
    ),
    "ForbiddenByConnection": (
        Kind.PERMISSION,
        "Key Vault {vault} takes no connection from public networks: ask from a network that its private endpoint is in.",
    ),
    "SecretDisabled": (Kind.CONFLICT, "The secret is disabled in Key Vault {vault}: its value cannot be read until it is enabled."),
    "ObjectIsDeletedButRecoverable": (
        Kind.CONFLICT,
        "A secret of this name was deleted in Key Vault {vault} and can still be recovered: recover it, or purge it, to use the name.",
    ),
    "ObjectIsBeingDeleted": (Kind.CONFLICT, "A secret of this name is being deleted in Key Vault {vault}: try again in some seconds."),
    "ObjectIsBeingRecovered": (Kind.CONFLICT, "The secret is being recovered in Key Vault {vault}: try again in some seconds."),
}
NEEDED = re.compile(r"Action: '([^']+)'")
DELETED = re.compile(r"deleted but recoverable", re.IGNORECASE)
PROTECTED = re.compile(r"purge protection is enabled", re.IGNORECASE)


class _Inner(msgspec.Struct):
    code: str | None = None


class _Error(msgspec.Struct):
    innererror: _Inner | None = None
    inner_error: _Inner | None = msgspec.field(name="innerError", default=None)


class _Body(msgspec.Struct):
    error: _Error | None = None


def trouble_of_vault(status: int, headers: Mapping[str, str], body: bytes, operation: str, vault: str, at: datetime) -> Trouble:
    """The trouble that a vault's answer of 300 and above tells of; never raises. `code` is the inner code where there is one."""
    found = trouble_of_answer(status, headers, body, operation, at)
    inner = _inner(body)
    if not inner and status == 409 and DELETED.search(found.message):
        inner = "ObjectIsDeletedButRecoverable"
    if PROTECTED.search(found.message):
        sentence = f"Purge protection is on in Key Vault {vault}: what was deleted goes by itself once its retention is over, not before."
        return replace(found, kind=Kind.CONFLICT, code="PurgeProtected", sentence=sentence)
    if (known := INNER.get(inner)) is not None:
        kind, lead = known
        needed = NEEDED.search(found.message)
        told = f"{lead.format(vault=vault)}{f' It needs {needed[1]}.' if needed else ''} ({inner})"
        return replace(found, kind=kind, code=inner, sentence=told)
    if found.kind is Kind.NOT_FOUND:
        return replace(found, sentence=f"Key Vault {vault} has no such secret ({found.code}).")
    return replace(found, code=inner or found.code, sentence=f"Key Vault {vault}: {found.sentence}")


def no_vault(address: str, domain: str, operation: str) -> TroubleError:
    """An address that is not a vault's: no token goes there."""
    where = address[:200].encode("unicode_escape").decode()
    sentence = f"{where!r} is not the address of a Key Vault here (https://NAME.{domain}); nothing was sent to it."
    return TroubleError(Trouble(Kind.INVALID, sentence, "NoVaultAddress", operation=operation))


def no_such_vault(name: str, operation: str) -> TroubleError:
    """The emulator has no vault of that name."""
    return TroubleError(Trouble(Kind.UNREACHABLE, f"The emulator has no Key Vault {name}.", "NoSuchVault", operation=operation))


def other_tenant(name: str, asked: str, own: str) -> TroubleError:
    """The vault is another tenant's."""
    sentence = (
        f"Key Vault {name} takes tokens of tenant {asked}, and you are signed in to tenant {own}: none was sent."
        f" Sign in with --tenant {asked} to use it."
    )
    return TroubleError(Trouble(Kind.PERMISSION, sentence, "OtherTenant"))


def other_audience(name: str, asked: str) -> TroubleError:
    """What answers in the vault's place asks for a token that is not for vaults."""
    where = asked[:200].encode("unicode_escape").decode()
    sentence = f"What answers for Key Vault {name} asks for a token for {where}, which is not for Key Vaults: none was sent."
    return TroubleError(Trouble(Kind.UNEXPECTED, sentence, "OtherAudience"))


def _inner(body: bytes) -> str:
    try:
        error = msgspec.json.decode(body, type=_Body).error if body else None
    except UNDECODABLE:
        return ""
    inner = (error.innererror or error.inner_error) if error is not None else None
    return (inner.code if inner is not None else None) or ""
