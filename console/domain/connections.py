"""Connections: what a workspace reaches outside of itself, and what it is entered with.

Published swagger, workspaceRP.json (`WorkspaceConnectionPropertiesV2BasicResource`, 2024-10-01-preview).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from console.domain import connection_kinds, names
from console.domain.connection_kinds import Auth
from console.domain.scopes import WorkspaceRef

#: Where the console remembers, in a connection's metadata, which secret of a Key Vault it was made from: the secret's identifier without a
#: version, and the version that was taken. Every administrator's console reads them there; the value stands nowhere.
VAULT_SECRET, VAULT_VERSION = "aml-console.vault-secret", "aml-console.vault-secret-version"  # names of keys, no secrets
LINKS = frozenset({VAULT_SECRET, VAULT_VERSION})
#: Where Key Vaults of the public cloud are.
PUBLIC_VAULT = "vault.azure.net"
_IDENTIFIER = re.compile(r"(https://[\w.-]+?)/*/secrets/([0-9A-Za-z-]{1,127})(?:/([0-9A-Za-z]{1,64}))?/?", re.IGNORECASE)
_SHORT = re.compile(r"([A-Za-z][0-9A-Za-z-]{1,22}[0-9A-Za-z])/([0-9A-Za-z-]{1,127})")
#: What a plan rests on of a connection, besides that it is there.
SCOPE, SECRET, SETTINGS, WHOLE = "scope", "secret", "settings", "whole"
THERE = "there"
SHARED, PRIVATE = "shared", "private"


class SecretLink(NamedTuple):
    """A secret of a Key Vault: the vault's address (`https://NAME.vault.azure.net`), its name and version ("": the newest)."""

    vault: str
    name: str
    version: str = ""

    @property
    def vault_name(self) -> str:
        return self.vault.removeprefix("https://").partition(".")[0]

    @property
    def identifier(self) -> str:
        """What Azure calls it by, without its version."""
        return f"{self.vault}/secrets/{self.name}"

    @property
    def short(self) -> str:
        return f"{self.vault_name}/{self.name}"


def secret_named(text: str, suffix: str = PUBLIC_VAULT) -> SecretLink | None:
    """The secret that a text names: its identifier, or `VAULT/NAME` of a vault below `suffix`; None where it names none."""
    written = text.strip()
    if found := _IDENTIFIER.fullmatch(written):
        return SecretLink(found[1].lower(), found[2], found[3] or "")
    if found := _SHORT.fullmatch(written):
        return SecretLink(f"https://{found[1].lower()}.{suffix}", found[2])
    return None


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One connection, decoded; no secret of it is ever in a list.

    `category` is Azure's word. `shared` None: Azure did not tell. `expires` (UTC) is when its credential ends, if whoever made it said so.
    `secret_id` and `secret_version` are what the console kept of the Key Vault secret that it was made from, each "" where nothing is.
    `hidden` names the metadata whose values look like secrets, which everybody reads who reads the connection. `made_in` is the workspace
    that it was made in, where it is another (a hub's). `digest` is a word for all that a PUT replaces of it besides its credentials, which
    changes when any of that does. `error` is what Azure says of it. `fault` says why it could not be read.
    """

    id: str
    name: str
    workspace: WorkspaceRef
    category: str = ""
    auth: Auth = Auth.UNKNOWN
    auth_word: str = ""
    target: str = ""
    group: str = ""
    shared: bool | None = None
    shared_with: tuple[str, ...] = ()
    expires: datetime | None = None
    secret_id: str = ""
    secret_version: str = ""
    metadata: dict[str, str] = {}
    hidden: tuple[str, ...] = ()
    made_in: str = ""
    digest: str = ""
    error: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    modified_on: datetime | None = None
    modified_by: str = ""
    fault: str = ""

    @property
    def label(self) -> str:
        """What its category is called."""
        return "" if self.fault else connection_kinds.label(self.category) or "?"

    @property
    def scope(self) -> str:
        """Who may use it: "shared" with everybody in the workspace (of a hub: in its projects), "private" to its maker, "?"."""
        return "" if self.fault else "?" if self.shared is None else SHARED if self.shared else PRIVATE

    @property
    def behind(self) -> SecretLink | None:
        """The Key Vault secret that it was made from, as the console keeps it; None where it keeps none."""
        found = secret_named(self.secret_id)
        return found._replace(version=self.secret_version) if found is not None else None

    def left(self, now: datetime) -> timedelta | None:
        """How long its credential is good; negative when it has ended, None where nobody said until when."""
        return self.expires - now if self.expires is not None else None

    # How a plan's runner sees it

    def aspect(self, name: str) -> str:
        """What a plan rests on or leads to: "" that it is there, SCOPE, SECRET (the version that it was made from), SETTINGS (target,
        category, auth, end), WHOLE: all that a PUT replaces of it."""
        if name == SCOPE:
            return self.scope
        if name == SECRET:
            return f"{self.secret_id}/{self.secret_version}" if self.secret_id else "no vault secret"
        if name == SETTINGS:
            until = f", until {self.expires:%Y-%m-%d %H:%M}" if self.expires is not None else ""
            return f"{self.target} ({self.category}, {self.auth_word}{until})"
        if name == WHOLE:
            names = ", ".join(sorted(self.metadata)) or "none"
            return f"{self.aspect(SETTINGS)}, {self.scope}, metadata {names} ({self.digest})"
        return THERE

    @property
    def last_changed(self) -> datetime | None:
        return self.modified_on

    @property
    def passing(self) -> bool:
        return False


def by_secret(rows: Iterable[Connection]) -> dict[tuple[str, str], tuple[Connection, ...]]:
    """Connections by the Key Vault secret that they were made from: the names of its vault and its own, in lower case."""
    found: dict[tuple[str, str], tuple[Connection, ...]] = {}
    for row in rows:
        if (behind := row.behind) is not None:
            name = (behind.vault_name.lower(), behind.name.lower())
            found[name] = (*found.get(name, ()), row)
    return found


def linked(metadata: Mapping[str, str], secret: SecretLink | None) -> dict[str, str]:
    """Metadata that names the secret of a Key Vault it belongs to (None: none any more)."""
    kept = {name: value for name, value in metadata.items() if name not in LINKS}
    return kept if secret is None else {**kept, VAULT_SECRET: secret.identifier, VAULT_VERSION: secret.version}


def name_fault(text: str, rows: tuple[Connection, ...], workspace: WorkspaceRef) -> str:
    """What is wrong with a name for a new connection of a workspace ("" when nothing is)."""
    if fault := names.connection_name_fault(text):
        return fault
    taken = any(row.workspace == workspace and row.name.lower() == text.lower() for row in rows)
    return f"there is a connection {text} already: R gives it another secret" if taken else ""


def is_connection(target_id: str) -> bool:
    """Whether an ARM id is a connection's."""
    return "/connections/" in target_id.lower()
