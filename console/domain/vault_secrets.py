"""Secrets of Key Vaults: all that is known of them but their values. Published swagger, keyvault/data-plane 7.5, secrets.json."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from console.domain.scopes import segments

#: How secrets may be called (swagger: `secret-name`).
NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
#: Bytes that a value may have ("About Azure Key Vault secrets": at most 25 k bytes each).
MOST_BYTES = 25_600
#: What of the newest version a plan rests on: whether it can be read, and its end; another version is never the same.
NEWEST, END = "newest", "end"
#: How long before its end a secret is worth a word.
SOON = timedelta(days=30)
_TARGET = re.compile(
    r"(?P<vault>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.KeyVault/vaults/[^/]+)/secrets/(?P<name>[0-9a-zA-Z-]{1,127})",
    re.IGNORECASE,
)


class State(StrEnum):
    """What can be done with a secret's value."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


class SecretRef(msgspec.Struct, frozen=True):
    """A secret by the ARM id of its vault and its name. Its id is the one that role assignments at a single secret have."""

    vault: str
    name: str

    @property
    def id(self) -> str:
        return f"{self.vault}/secrets/{self.name}"

    @staticmethod
    def parse(target_id: str) -> SecretRef | None:
        """The secret that an id names; None where it names none."""
        found = _TARGET.fullmatch(target_id)
        return SecretRef(found["vault"], found["name"]) if found is not None else None


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One secret, or one version of one, decoded; never its value. Moments are UTC, None where Azure tells none.

    `id` is the ARM id of the secret (of a version: with `/` and the version), `version` "" in a list of secrets, which tells the newest
    one's properties without naming it. `hidden`: something in its tags or content type looks
    like a secret, and is left out of them. `managed`: it belongs to a certificate. `deleted_on` and `purge_on` are of a deleted one;
    `purgeable` is None where Azure does not tell. `fault` says why it could not be read.
    """

    id: str
    name: str
    vault: str
    version: str = ""
    enabled: bool | None = None
    expires: datetime | None = None
    not_before: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None
    content_type: str = ""
    tags: dict[str, str] = {}
    hidden: bool = False
    managed: bool = False
    deleted: bool = False
    deleted_on: datetime | None = None
    purge_on: datetime | None = None
    purgeable: bool | None = None
    fault: str = ""

    @property
    def ref(self) -> SecretRef:
        return SecretRef(self.vault, self.name)

    @property
    def vault_name(self) -> str:
        return segments(self.vault).get("vaults", self.vault)

    @property
    def state(self) -> str:
        """Whether its value can be had; "?" where Azure does not tell."""
        if self.deleted:
            return State.DELETED
        return "?" if self.enabled is None else State.ENABLED if self.enabled else State.DISABLED

    def left(self, now: datetime) -> timedelta | None:
        """How long until it expires; negative once it has, None where it never does."""
        return self.expires - now if self.expires is not None else None

    def aspect(self, name: str) -> str:
        """What a plan rests on or leads to: its state (""), its newest "version", and of that NEWEST its state, END its end ("never").

        Raises ValueError for any other.
        """
        if name == "":
            return self.state
        if name == "version":
            return self.version
        if name == NEWEST:
            return f"{self.state}, version {self.version}"
        if name == END:
            return f"{expiry_word(self.expires)}, version {self.version}"
        raise ValueError(f"a secret has no {name!r}")

    @property
    def last_changed(self) -> datetime | None:
        return self.deleted_on or self.updated

    @property
    def passing(self) -> bool:
        """Never on its way, as far as its properties tell."""
        return False


def expiry_word(moment: datetime | None) -> str:
    """A moment of expiry as plans compare it, in UTC to the second."""
    return "never" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def newest(versions: tuple[Secret, ...]) -> Secret | None:
    """The version that is current: the one made last."""
    return max((each for each in versions if not each.fault), key=lambda each: (each.created is not None, each.created), default=None)


def ending(secrets: Iterable[Secret], now: datetime) -> int:
    """How many that are not disabled expire soon, or have."""
    return sum(1 for each in secrets if each.enabled is not False and (left := each.left(now)) is not None and left <= SOON)


def name_fault(name: str) -> str:
    """Why a secret cannot be called so ("" where it can)."""
    return "" if NAME.fullmatch(name) else "1 to 127 letters (a–z), digits and hyphens"


def value_fault(value: str) -> str:
    """Why a text cannot be a secret's value ("" where it can); nothing of the value is in what this says."""
    if not value:
        return "a value is needed"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "it has characters that cannot be written as UTF-8"
    if size > MOST_BYTES:
        return f"it has {size:,} bytes as UTF-8; a vault takes {MOST_BYTES:,} at most"
    return ""


def value_notes(value: str) -> tuple[str, ...]:
    """What is worth knowing of a value before it is sent, a sentence each; nothing of the value is in them."""
    notes = []
    if lines := value.count("\n"):
        end = ", the last of them at its end" if value.endswith("\n") else ""
        notes.append(f"it has {lines} line break{'s' if lines > 1 else ''}{end}: they are part of the value")
    if value != value.strip() and not value.endswith("\n"):
        notes.append("it begins or ends with a space: that is part of the value")
    if not value.isascii():
        notes.append("it has characters beyond ASCII: they are sent as UTF-8, and whoever reads it has to expect that")
    return tuple(notes)
